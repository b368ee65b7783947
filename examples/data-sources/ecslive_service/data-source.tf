# What the service is configured to run, what it runs, and the image of each of its containers.
data "ecslive_service" "web" {
  cluster       = "shop"
  service_name  = "web"
  allow_missing = true # the first apply creates it: take this out afterwards
}

# Whoever deployed last, and while it goes on: the plan changes nothing.
resource "aws_ecs_service" "web" {
  name            = "web"
  cluster         = "shop"
  task_definition = coalesce(data.ecslive_service.web.configured_task_definition_arn, aws_ecs_task_definition.web.arn)
}

# For whatever runs the same image by hand or by schedule. No output at the root: it would change with every deployment.
locals {
  web_image = lookup(data.ecslive_service.web.images, "web", null)
}
