resource "aws_ecs_cluster" "shop" {
  name = local.cluster
}

resource "aws_cloudwatch_log_group" "web" {
  name              = "/ecs/shop/web"
  retention_in_days = 30
}

# Pulls the image and writes the log.
resource "aws_iam_role" "execution" {
  name = "shop-web-execution"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "ecs-tasks.amazonaws.com" }
    }]
  })
}

resource "aws_iam_role_policy_attachment" "execution" {
  role       = aws_iam_role.execution.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
}

# What the application itself may do.
resource "aws_iam_role" "task" {
  name = "shop-web-task"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "ecs-tasks.amazonaws.com" }
    }]
  })
}

# The first revision. The pipeline registers the next ones in the same family; skip_destroy keeps Terraform from deregistering
# one that runs.
resource "aws_ecs_task_definition" "web" {
  family                   = "web"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = 256
  memory                   = 512
  execution_role_arn       = aws_iam_role.execution.arn
  task_role_arn            = aws_iam_role.task.arn
  skip_destroy             = true

  container_definitions = jsonencode([{
    name         = "web"
    image        = var.image
    essential    = true
    portMappings = [{ containerPort = 8080, protocol = "tcp" }]

    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = aws_cloudwatch_log_group.web.name
        awslogs-region        = var.region
        awslogs-stream-prefix = "web"
      }
    }
  }])
}

module "service" {
  source  = "terraform-aws-modules/ecs/aws//modules/service"
  version = "~> 7.5"

  name        = local.service
  cluster_arn = aws_ecs_cluster.shop.arn

  # A task definition of the module's own cannot be told what is configured.
  create_task_definition = false
  task_definition_arn    = coalesce(module.live.configured_task_definition_arn, aws_ecs_task_definition.web.arn)

  deployment_configuration = {
    strategy             = "BLUE_GREEN"
    bake_time_in_minutes = "10"
  }

  # The pair as it is configured: it never swaps.
  load_balancer = {
    service = {
      target_group_arn = module.alb.target_groups["blue"].arn
      container_name   = "web"
      container_port   = 8080

      advanced_configuration = {
        alternate_target_group_arn = module.alb.target_groups["green"].arn
        production_listener_rule   = module.alb.listener_rules["https/production"].arn
        # role_arn: the module's own infrastructure role, which it makes where there is a deployment_configuration.
      }
    }
  }

  desired_count         = 2
  enable_autoscaling    = false
  create_security_group = false
  security_group_ids    = var.task_security_group_ids
  subnet_ids            = var.task_subnet_ids
}
