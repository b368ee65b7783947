terraform {
  required_version = ">= 1.8"

  required_providers {
    ecslive = {
      source = "ecslive/ecslive"
    }
  }
}

# The arguments of hashicorp/aws. Left out, they come from the environment, as they do there.
provider "ecslive" {
  region = "eu-west-1"
}
