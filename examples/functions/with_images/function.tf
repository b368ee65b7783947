locals {
  container_definitions = jsonencode([
    {
      name         = "web"
      image        = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/web:initial"
      essential    = true
      portMappings = [{ containerPort = 8080 }]
    },
  ])
}

data "ecslive_service" "web" {
  cluster       = "shop"
  service_name  = "web"
  allow_missing = true
}

# Terraform has the last word on the containers, the pipeline on the image of this one. Where nothing runs yet, ":initial"
# stays.
resource "aws_ecs_task_definition" "web" {
  family = "web"
  container_definitions = provider::ecslive::with_images(
    local.container_definitions,
    { web = lookup(data.ecslive_service.web.images, "web", null) },
  )
}
