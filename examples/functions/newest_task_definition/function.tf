# Terraform's own revision or the one that runs, whichever is newer. Works on the first apply, when nothing runs yet.
resource "aws_ecs_service" "web" {
  name    = "web"
  cluster = "shop"
  task_definition = provider::ecslive::newest_task_definition(
    aws_ecs_task_definition.web.arn,
    data.ecslive_service.web.task_definition_arn,
  )
}
