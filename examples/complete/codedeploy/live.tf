# What is live. Plain names, no depends_on and no resource attribute as an argument: so the reads happen while planning.
locals {
  cluster       = "shop"
  service       = "web"
  target_groups = [aws_lb_target_group.blue.arn, aws_lb_target_group.green.arn]

  # What the route has; before anything is live, 100 for the first and 0 for the other.
  weights = provider::ecslive::forward_weights(data.ecslive_target_group.web.target_group_weights, local.target_groups)

  # What the service is configured with: CodeDeploy swaps it, so it is read and not written down.
  configured_target_group = try(data.ecslive_service.web.load_balancers[0].target_group_arn, aws_lb_target_group.blue.arn)
}

data "ecslive_target_group" "web" {
  cluster           = local.cluster
  service_name      = local.service
  target_group_arns = local.target_groups # a wrong name moves no traffic
  on_traffic_shift  = "allow"             # the weights are all that is used here
  allow_missing     = true                # the first apply creates it: take this out afterwards
}

data "ecslive_service" "web" {
  cluster       = local.cluster
  service_name  = local.service
  allow_missing = true # take this out afterwards as well
}
