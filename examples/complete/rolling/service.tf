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

resource "aws_ecs_service" "web" {
  name    = local.service
  cluster = aws_ecs_cluster.shop.arn

  # What is configured is right at every moment, in a rollout and in its rollback. With newest_task_definition a plan in the
  # middle of a rollback would deploy the revision again that was just rolled back.
  task_definition = coalesce(data.ecslive_service.web.configured_task_definition_arn, aws_ecs_task_definition.web.arn)
  desired_count   = 2
  launch_type     = "FARGATE"

  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  load_balancer {
    target_group_arn = aws_lb_target_group.tasks.arn
    container_name   = "web"
    container_port   = 8080
  }

  network_configuration {
    subnets         = var.task_subnet_ids
    security_groups = var.task_security_group_ids
  }

  depends_on = [aws_lb_listener_rule.web, aws_iam_role_policy_attachment.execution]
}
