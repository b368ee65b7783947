resource "aws_ecs_cluster" "shop" {
  name = "shop"
}

resource "aws_cloudwatch_log_group" "report" {
  name              = "/ecs/shop/report"
  retention_in_days = 30
}

# Pulls the image and writes the log.
resource "aws_iam_role" "execution" {
  name = "shop-report-execution"

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
  name = "shop-report-task"

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
# one that the schedule names.
resource "aws_ecs_task_definition" "report" {
  family                   = "report"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = 256
  memory                   = 512
  execution_role_arn       = aws_iam_role.execution.arn
  task_role_arn            = aws_iam_role.task.arn
  skip_destroy             = true

  container_definitions = jsonencode([{
    name      = "report"
    image     = var.image
    essential = true

    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = aws_cloudwatch_log_group.report.name
        awslogs-region        = var.region
        awslogs-stream-prefix = "report"
      }
    }
  }])
}
