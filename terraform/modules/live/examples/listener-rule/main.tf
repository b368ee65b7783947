# A pair of target groups and the rule in front of them, as you may have them already. The rule keeps the weights that the last
# deployment left.
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

variable "listener_arn" {
  type = string
}

provider "aws" {
  region = var.region
}

provider "ecslive" {
  region = var.region
}

module "live" {
  source = "../.."

  cluster           = "shop"
  service_name      = "web"
  target_group_arns = [aws_lb_target_group.blue.arn, aws_lb_target_group.green.arn]
}

resource "aws_lb_target_group" "blue" {
  name        = "web-blue"
  vpc_id      = var.vpc_id
  port        = 8080
  protocol    = "HTTP"
  target_type = "ip"
}

resource "aws_lb_target_group" "green" {
  name        = "web-green"
  vpc_id      = var.vpc_id
  port        = 8080
  protocol    = "HTTP"
  target_type = "ip"
}

resource "aws_lb_listener_rule" "web" {
  listener_arn = var.listener_arn
  priority     = 10

  action {
    type = "forward"

    forward {
      dynamic "target_group" {
        for_each = module.live.target_group_weights

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
