terraform {
  required_version = ">= 1.8"

  required_providers {
    ecslive = {
      source  = "ecslive/ecslive"
      version = "~> 0.1.0"
    }
  }
}
