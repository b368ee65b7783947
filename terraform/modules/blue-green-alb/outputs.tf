output "load_balancer" {
  description = "For `load_balancer` of terraform-aws-modules/ecs (7.x, submodule `service`). Comes after the rules, so that no `depends_on` is needed."
  value = var.create ? {
    service = {
      target_group_arn = local.target_group_arn
      container_name   = var.container_name
      container_port   = var.container_port
      advanced_configuration = var.native == null ? null : {
        alternate_target_group_arn = local.alternate_target_group_arn
        production_listener_rule   = one(aws_lb_listener_rule.production[*].arn)
        test_listener_rule         = one(aws_lb_listener_rule.test[*].arn)
        role_arn                   = var.native.role_arn
      }
    }
  } : {}

  depends_on = [aws_lb_listener_rule.production, aws_lb_listener.production, aws_lb_listener_rule.test]
}

output "ecs_load_balancers" {
  description = "For `ecs_load_balancers` of cloudposse/ecs-alb-service-task (0.78; not for native deployments, which it does not know)."
  value = var.create ? [{
    target_group_arn = local.target_group_arn
    container_name   = var.container_name
    container_port   = var.container_port
    elb_name         = null
  }] : []

  depends_on = [aws_lb_listener_rule.production, aws_lb_listener.production, aws_lb_listener_rule.test]
}

output "target_group_arn" {
  description = "For `load_balancer` of `aws_ecs_service`: the target group of the pair that the service is configured with, else blue."
  value       = local.target_group_arn

  depends_on = [aws_lb_listener_rule.production, aws_lb_listener.production, aws_lb_listener_rule.test]
}

output "alternate_target_group_arn" {
  description = "The other one of the pair: for `advanced_configuration` of `aws_ecs_service`."
  value       = local.alternate_target_group_arn

  depends_on = [aws_lb_listener_rule.production, aws_lb_listener.production, aws_lb_listener_rule.test]
}

output "codedeploy" {
  description = "For `load_balancer_info` of `aws_codedeploy_deployment_group`: names of the pair, production and test listeners."
  value = var.create ? {
    target_group_names       = [aws_lb_target_group.blue[0].name, aws_lb_target_group.green[0].name]
    production_listener_arns = compact([one(var.production_rule[*].listener_arn), one(aws_lb_listener.production[*].arn)])
    test_listener_arns       = compact(var.test_rule[*].listener_arn)
  } : null
}

output "blue" {
  description = "The initial target group: `arn`, `name` and `arn_suffix` (the dimension `TargetGroup` of CloudWatch)."
  value       = var.create ? { for key in ["arn", "name", "arn_suffix"] : key => aws_lb_target_group.blue[0][key] } : null
}

output "green" {
  description = "The other target group, the same way."
  value       = var.create ? { for key in ["arn", "name", "arn_suffix"] : key => aws_lb_target_group.green[0][key] } : null
}

output "production_rule_arn" {
  description = "The rule that carries production; null with `production_listener`."
  value       = one(aws_lb_listener_rule.production[*].arn)
}

output "production_listener_arn" {
  description = "The listener that carries production."
  value       = try(coalesce(one(aws_lb_listener.production[*].arn), one(var.production_rule[*].listener_arn)), null)
}

output "test_rule_arn" {
  description = "The rule that carries test traffic; null without `test_rule`."
  value       = one(aws_lb_listener_rule.test[*].arn)
}

output "target_group_weights" {
  description = "Weight by target group ARN, as it is written."
  value       = local.weights
}

output "live_target_group_arn" {
  description = "Target group that serves production; null while traffic is split, and before anything is live. Inside modules and conditions only: as an output of the root it makes every plan after a deployment non-empty."
  value       = module.live.target_group_arn
}

output "standby_target_group_arn" {
  description = "The other one, the same way."
  value       = module.live.standby_target_group_arn
}

output "configured_task_definition_arn" {
  description = "For `task_definition` of `aws_ecs_service`: the revision that the service is configured to run; null before the service exists."
  value       = module.live.configured_task_definition_arn
}
