# The images that are about to be registered, each of which has to be in ECR.
data "ecslive_image" "web" {
  for_each = provider::ecslive::container_images(local.container_definitions)
  image    = each.value
}
