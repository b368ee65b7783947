locals {
  cluster = "shop"
  service = "web"
}

# No depends_on here: it would move the reads into the apply.
module "live" {
  source = "../../../terraform/modules/live"

  cluster           = local.cluster
  service_name      = local.service
  target_group_arns = [module.alb.target_groups["blue"].arn, module.alb.target_groups["green"].arn]
}
