resource "aws_iam_role" "scheduler" {
  name = "shop-report-scheduler"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "scheduler.amazonaws.com" }
    }]
  })
}

resource "aws_iam_role_policy" "scheduler" {
  name = "run-task"
  role = aws_iam_role.scheduler.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect    = "Allow"
        Action    = "ecs:RunTask"
        Resource  = "${aws_ecs_task_definition.report.arn_without_revision}:*"
        Condition = { ArnEquals = { "ecs:cluster" = aws_ecs_cluster.shop.arn } }
      },
      {
        Effect   = "Allow"
        Action   = "iam:PassRole"
        Resource = [aws_iam_role.execution.arn, aws_iam_role.task.arn]
      },
    ]
  })
}

resource "aws_scheduler_schedule" "report" {
  name                         = "report"
  schedule_expression          = "cron(0 3 * * ? *)"
  schedule_expression_timezone = "Europe/Berlin"

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = aws_ecs_cluster.shop.arn
    role_arn = aws_iam_role.scheduler.arn

    ecs_parameters {
      launch_type = "FARGATE"

      # Never back to Terraform's own older revision.
      task_definition_arn = provider::ecslive::newest_task_definition(
        aws_ecs_task_definition.report.arn,
        data.ecslive_task_definition.report.arn,
      )

      network_configuration {
        subnets         = var.task_subnet_ids
        security_groups = var.task_security_group_ids
      }
    }
  }
}
