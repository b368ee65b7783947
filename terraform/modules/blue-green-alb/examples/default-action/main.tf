# The whole listener belongs to one service: its default action carries production.
terraform {
  required_version = ">= 1.8"

  required_providers {
    aws     = { source = "hashicorp/aws" }
    ecslive = { source = "ecslive/ecslive" }
  }
}

variable "region" {
  type    = string
  default = "eu-west-1"
}

variable "vpc_id" {
  type = string
}

variable "load_balancer_arn" {
  type = string
}

variable "certificate_arn" {
  type = string
}

provider "aws" {
  region = var.region
}

provider "ecslive" {
  region = var.region
}

module "pair" {
  source = "../.."

  cluster        = "shop"
  service_name   = "web"
  container_name = "web"
  container_port = 8080
  vpc_id         = var.vpc_id

  production_listener = {
    load_balancer_arn = var.load_balancer_arn
    certificate_arn   = var.certificate_arn
  }

  tags = {
    service = "web"
  }
}
