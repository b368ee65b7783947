resource "aws_ecs_cluster" "shop" {
  name = "shop"
}

module "service" {
  source  = "cloudposse/ecs-alb-service-task/aws"
  version = "~> 0.78"

  # The service is called shop-web.
  namespace = "shop"
  name      = "web"

  ecs_cluster_arn            = aws_ecs_cluster.shop.arn
  ecs_load_balancers         = module.pair.ecs_load_balancers
  deployment_controller_type = "CODE_DEPLOY"
  launch_type                = "FARGATE"
  vpc_id                     = var.vpc_id
  subnet_ids                 = var.task_subnet_ids
  security_group_enabled     = false
  security_group_ids         = var.task_security_group_ids
  desired_count              = 2
  task_cpu                   = 256
  task_memory                = 512

  # The module leaves the task definition to the deployments, and the load balancer not: so it takes what is configured.
  ignore_changes_task_definition = true

  container_definition_json = jsonencode([{
    name         = "web"
    image        = var.image
    essential    = true
    portMappings = [{ containerPort = 8080, protocol = "tcp" }]
  }])
}

resource "aws_iam_role" "codedeploy" {
  name = "shop-web-codedeploy"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "codedeploy.amazonaws.com" }
    }]
  })
}

resource "aws_iam_role_policy_attachment" "codedeploy" {
  role       = aws_iam_role.codedeploy.name
  policy_arn = "arn:aws:iam::aws:policy/AWSCodeDeployRoleForECS"
}

resource "aws_codedeploy_app" "web" {
  name             = "shop-web"
  compute_platform = "ECS"
}

resource "aws_codedeploy_deployment_group" "web" {
  app_name               = aws_codedeploy_app.web.name
  deployment_group_name  = "shop-web"
  service_role_arn       = aws_iam_role.codedeploy.arn
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
      termination_wait_time_in_minutes = 15
    }
  }

  ecs_service {
    cluster_name = aws_ecs_cluster.shop.name
    service_name = module.service.service_name
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

  depends_on = [aws_iam_role_policy_attachment.codedeploy]
}
