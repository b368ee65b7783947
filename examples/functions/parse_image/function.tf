# The same repository by digest, whatever the reference has: a registry with a port, a tag, a digest or none of them.
locals {
  image  = provider::ecslive::parse_image(var.image)
  pinned = "${local.image.name}@${data.ecslive_image.web.digest}"
}
