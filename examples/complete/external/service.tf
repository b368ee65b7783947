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

# Task sets hold the revision, the network and the load balancer; the service shows those of the PRIMARY one. What it shows
# is fed back, so that nothing is planned whichever set is PRIMARY.
resource "aws_ecs_service" "web" {
  name            = local.service
  cluster         = aws_ecs_cluster.shop.arn
  task_definition = data.ecslive_service.web.configured_task_definition
  desired_count   = 2

  deployment_controller {
    type = "EXTERNAL"
  }

  dynamic "load_balancer" {
    for_each = data.ecslive_service.web.load_balancers

    content {
      target_group_arn = load_balancer.value.target_group_arn
      container_name   = load_balancer.value.container_name
      container_port   = load_balancer.value.container_port
    }
  }

  depends_on = [aws_lb_listener_rule.web, aws_iam_role_policy_attachment.execution]
}
