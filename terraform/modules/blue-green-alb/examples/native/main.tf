# A service that ECS itself deploys blue/green, through the shape of terraform-aws-modules/ecs.
terraform {
  required_version = ">= 1.8"

  required_providers {
    aws     = { source = "hashicorp/aws", version = ">= 6.4" }
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

variable "subnet_ids" {
  type = list(string)
}

variable "security_group_ids" {
  type = list(string)
}

variable "listener_arn" {
  description = "Production listener."
  type        = string
}

variable "task_definition_arn" {
  description = "The first revision; later ones come from the deployments."
  type        = string
}

variable "infrastructure_role_arn" {
  description = "Role with which ECS changes the rules: policy AmazonECSInfrastructureRolePolicyForLoadBalancers, trusted by ecs.amazonaws.com."
  type        = string
}

provider "aws" {
  region = var.region
}

provider "ecslive" {
  region = var.region
}

resource "aws_ecs_cluster" "shop" {
  name = "shop"
}

module "pair" {
  source = "../.."

  cluster        = "shop"
  service_name   = "web"
  container_name = "web"
  container_port = 8080
  vpc_id         = var.vpc_id

  production_rule = {
    listener_arn = var.listener_arn
    priority     = 20
    conditions   = [{ path_pattern = ["/*"] }]
  }

  # Requests of testers come in on the same listener, before the production rule.
  test_rule = {
    listener_arn = var.listener_arn
    priority     = 10
    conditions   = [{ http_header = { name = "X-Deployment-Test", values = ["yes"] } }]
  }

  native = {
    role_arn = var.infrastructure_role_arn
  }
}

resource "aws_ecs_service" "web" {
  name            = "web"
  cluster         = aws_ecs_cluster.shop.arn
  task_definition = coalesce(module.pair.configured_task_definition_arn, var.task_definition_arn)
  desired_count   = 2
  launch_type     = "FARGATE"

  deployment_configuration {
    strategy             = "BLUE_GREEN"
    bake_time_in_minutes = 5
  }

  dynamic "load_balancer" {
    for_each = module.pair.load_balancer

    content {
      target_group_arn = load_balancer.value.target_group_arn
      container_name   = load_balancer.value.container_name
      container_port   = load_balancer.value.container_port

      advanced_configuration {
        alternate_target_group_arn = load_balancer.value.advanced_configuration.alternate_target_group_arn
        production_listener_rule   = load_balancer.value.advanced_configuration.production_listener_rule
        test_listener_rule         = load_balancer.value.advanced_configuration.test_listener_rule
        role_arn                   = load_balancer.value.advanced_configuration.role_arn
      }
    }
  }

  network_configuration {
    subnets         = var.subnet_ids
    security_groups = var.security_group_ids
  }
}
