terraform {
  required_version = ">= 1.8"

  required_providers {
    ecslive = {
      source  = "ecslive/ecslive"
      version = "~> 0.1.0" # until 1.0 a minor version may change arguments
    }
  }
}

# The arguments of hashicorp/aws. Left out, they come from the environment, as they do there.
provider "ecslive" {
  region = "eu-west-1"
}

# Another account, through a chain of two roles.
provider "ecslive" {
  alias               = "production"
  region              = "eu-west-1"
  profile             = "shop"
  allowed_account_ids = ["222222222222"]

  assume_role {
    role_arn = "arn:aws:iam::111111111111:role/hub"
  }

  assume_role {
    role_arn     = "arn:aws:iam::222222222222:role/terraform-read"
    session_name = "plan"
    external_id  = "shop"
  }
}
