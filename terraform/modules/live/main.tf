locals {
  has_target_groups = var.create && length(var.target_group_arns) > 0
}

# Nothing here depends on a resource, so that the reads happen while planning.
data "ecslive_service" "this" {
  count = var.create ? 1 : 0

  cluster       = var.cluster
  service_name  = var.service_name
  region        = var.region
  allow_missing = var.allow_missing
}

data "ecslive_target_group" "this" {
  count = local.has_target_groups ? 1 : 0

  cluster           = var.cluster
  service_name      = var.service_name
  region            = var.region
  target_group_arns = var.target_group_arns
  listener_arn      = var.listener_arn
  load_balancer_arn = var.load_balancer_arn
  on_traffic_shift  = var.on_traffic_shift
  allow_missing     = var.allow_missing
}

data "ecslive_deployment" "this" {
  count = var.create && var.read_deployment ? 1 : 0

  cluster       = var.cluster
  service_name  = var.service_name
  region        = var.region
  allow_missing = var.allow_missing
}
