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

variable "listener_arn" {
  type = string
}

variable "rule_arn" {
  type = string
}

variable "target_groups" {
  type        = list(string)
  description = "Blue and green."
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

data "ecslive_target_group" "web" {
  cluster       = "shop"
  service_name  = "web"
  listener_arn  = var.listener_arn # EXTERNAL needs it: ECS and CodeDeploy name theirs, and which one is for tests
  allow_missing = true

  # So that a typo in the name of the service moves no traffic.
  target_group_arns = var.target_groups
}

locals {
  weights = provider::ecslive::forward_weights(data.ecslive_target_group.web.target_group_weights, var.target_groups)
}

import {
  to = aws_lb_listener_rule.web
  id = var.rule_arn
}

resource "aws_lb_listener_rule" "web" {
  listener_arn = var.listener_arn
  priority     = 10

  action {
    type = "forward"

    forward {
      dynamic "target_group" {
        for_each = local.weights

        content {
          arn    = target_group.key
          weight = target_group.value
        }
      }
    }
  }

  condition {
    path_pattern {
      values = ["/*"]
    }
  }
}
