# The revision number that runs, and null as long as nothing does.
locals {
  revision = try(provider::ecslive::parse_task_definition_arn(data.ecslive_service.web.task_definition_arn).revision, null)
}
