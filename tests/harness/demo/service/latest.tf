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

# What data "aws_ecs_task_definition" says too: the revision that was registered last.
data "ecslive_task_definition" "web" {
  family = "web"
}

import {
  to = aws_ecs_service.web
  id = "shop/web"
}

resource "aws_ecs_service" "web" {
  name            = "web"
  cluster         = "shop"
  task_definition = data.ecslive_task_definition.web.arn
}
