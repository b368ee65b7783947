# What the service is configured with. Plain names and no depends_on: so the read happens while planning.
locals {
  cluster = "shop"
  service = "web"
}

data "ecslive_service" "web" {
  cluster       = local.cluster
  service_name  = local.service
  allow_missing = true # the first apply creates it: take this out afterwards
}
