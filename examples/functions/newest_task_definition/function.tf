# Terraform's own revision or the one that was deployed last, whichever is newer. Works on the first apply, when there is
# no service yet.
resource "aws_ecs_service" "web" {
  name    = "web"
  cluster = "shop"
  task_definition = provider::ecslive::newest_task_definition(
    aws_ecs_task_definition.web.arn,
    data.ecslive_service.web.configured_task_definition_arn,
  )
}
