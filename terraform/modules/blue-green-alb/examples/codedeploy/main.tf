# A service that CodeDeploy deploys: the pair and its rules from the module, everything else from variables.
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

variable "test_listener_arn" {
  type = string
}

variable "task_definition_arn" {
  description = "The first revision; later ones come from the deployments."
  type        = string
}

variable "codedeploy_role_arn" {
  type = string
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
    priority     = 10
    conditions   = [{ path_pattern = ["/*"] }]
  }

  test_rule = {
    listener_arn = var.test_listener_arn
    priority     = 10
    conditions   = [{ path_pattern = ["/*"] }]
  }
}

resource "aws_ecs_service" "web" {
  name            = "web"
  cluster         = aws_ecs_cluster.shop.arn
  task_definition = coalesce(module.pair.configured_task_definition_arn, var.task_definition_arn)
  desired_count   = 2
  launch_type     = "FARGATE"

  deployment_controller {
    type = "CODE_DEPLOY"
  }

  # Comes after the rules by itself.
  load_balancer {
    target_group_arn = module.pair.target_group_arn
    container_name   = "web"
    container_port   = 8080
  }

  network_configuration {
    subnets         = var.subnet_ids
    security_groups = var.security_group_ids
  }
}

resource "aws_codedeploy_app" "web" {
  name             = "web"
  compute_platform = "ECS"
}

resource "aws_codedeploy_deployment_group" "web" {
  app_name               = aws_codedeploy_app.web.name
  deployment_group_name  = "web"
  service_role_arn       = var.codedeploy_role_arn
  deployment_config_name = "CodeDeployDefault.ECSAllAtOnce"

  deployment_style {
    deployment_option = "WITH_TRAFFIC_CONTROL"
    deployment_type   = "BLUE_GREEN"
  }

  blue_green_deployment_config {
    deployment_ready_option {
      action_on_timeout = "CONTINUE_DEPLOYMENT"
    }

    terminate_blue_instances_on_deployment_success {
      action                           = "TERMINATE"
      termination_wait_time_in_minutes = 5
    }
  }

  ecs_service {
    cluster_name = aws_ecs_cluster.shop.name
    service_name = aws_ecs_service.web.name
  }

  load_balancer_info {
    target_group_pair_info {
      prod_traffic_route {
        listener_arns = module.pair.codedeploy.production_listener_arns
      }

      test_traffic_route {
        listener_arns = module.pair.codedeploy.test_listener_arns
      }

      dynamic "target_group" {
        for_each = module.pair.codedeploy.target_group_names

        content {
          name = target_group.value
        }
      }
    }
  }
}
