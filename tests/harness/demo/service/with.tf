terraform {
  required_providers {
    ecslive = { source = "ecslive/ecslive" }
    # The part of hashicorp/aws that this demo needs, so that it runs without a network.
    aws = { source = "ecslive/aws-standin" }
  }
}

variable "endpoint" {
  type = string
}

variable "registered" {
  type        = string
  description = "The revision that Terraform registered."
}

provider "aws" {
  region   = "eu-west-1"
  endpoint = var.endpoint
}

provider "ecslive" {
  region = "eu-west-1"

  endpoints {
    ecs        = var.endpoint
    elbv2      = var.endpoint
    codedeploy = var.endpoint
  }
}

data "ecslive_service" "web" {
  cluster       = "shop"
  service_name  = "web"
  allow_missing = true
}

import {
  to = aws_ecs_service.web
  id = "shop/web"
}

resource "aws_ecs_service" "web" {
  name            = "web"
  cluster         = "shop"
  task_definition = coalesce(data.ecslive_service.web.configured_task_definition_arn, var.registered)
}
