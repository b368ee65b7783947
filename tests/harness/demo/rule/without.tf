terraform {
  required_providers {
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
        for_each = var.target_groups

        content {
          arn    = target_group.value
          weight = target_group.key == 0 ? 100 : 0
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
