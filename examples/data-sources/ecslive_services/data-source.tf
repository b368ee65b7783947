# Every service of the cluster.
data "ecslive_services" "shop" {
  cluster        = "shop"
  include_images = true
}

locals {
  running = { for name, service in data.ecslive_services.shop.services : name => service.images }
}

# These, of which some may not exist yet.
data "ecslive_services" "some" {
  cluster       = "shop"
  service_names = ["web", "worker"]
  allow_missing = true
}
