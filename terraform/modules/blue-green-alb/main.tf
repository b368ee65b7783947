locals {
  name = coalesce(var.name, var.service_name)
  port = coalesce(var.target_group.port, var.container_port)

  # The pair, the initial one first.
  pair = var.create ? [aws_lb_target_group.blue[0].arn, aws_lb_target_group.green[0].arn] : []

  # Everything that a listener holds comes from the route, everything that a service holds from what is configured.
  weights                    = module.live.target_group_weights
  target_group_arn           = try(coalesce(module.live.configured_target_group_arn, local.pair[0]), null)
  alternate_target_group_arn = one([for arn in local.pair : arn if arn != local.target_group_arn])
}

module "live" {
  source = "../live"

  create            = var.create
  cluster           = var.cluster
  service_name      = var.service_name
  region            = var.region
  target_group_arns = local.pair
  listener_arn      = one(var.production_rule[*].listener_arn)
  load_balancer_arn = one(var.production_listener[*].load_balancer_arn)
  on_traffic_shift  = var.on_traffic_shift
  allow_missing     = var.allow_missing
}
