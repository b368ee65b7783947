terraform {
  required_providers {
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

import {
  to = aws_ecs_service.web
  id = "shop/web"
}

resource "aws_ecs_service" "web" {
  name            = "web"
  cluster         = "shop"
  task_definition = var.registered
}
