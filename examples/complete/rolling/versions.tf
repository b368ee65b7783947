terraform {
  required_version = ">= 1.8"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.36"
    }
    ecslive = {
      source  = "ecslive/ecslive"
      version = "~> 0.1.0"
    }
  }
}

provider "aws" {
  region = var.region
}

provider "ecslive" {
  region = var.region
}
