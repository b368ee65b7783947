output "found" {
  description = "Whether the service exists."
  value       = try(data.ecslive_service.this[0].found, false)
}

output "target_group_weights" {
  description = "Weight by target group ARN, as the route has it: for `dynamic \"target_group\"` or `weighted_forward`. Before anything is live the first of `target_group_arns` has 100 and the others 0."
  value       = local.has_target_groups ? provider::ecslive::forward_weights(data.ecslive_target_group.this[0].target_group_weights, var.target_group_arns) : {}
}

output "target_group_arn" {
  description = "Target group that serves production; null while traffic is split, and before anything is live."
  value       = try(data.ecslive_target_group.this[0].target_group_arn, null)
}

output "standby_target_group_arn" {
  description = "The other target group of the pair; null when it is not known."
  value       = try(data.ecslive_target_group.this[0].standby_target_group_arn, null)
}

output "configured_target_group_arn" {
  description = "Target group that the service is configured with, of `target_group_arns` if these are given: for `load_balancer` of `aws_ecs_service` under CODE_DEPLOY. Null before the service exists."
  value = try([
    for entry in data.ecslive_service.this[0].load_balancers : entry.target_group_arn
    if length(var.target_group_arns) == 0 || contains(var.target_group_arns, entry.target_group_arn)
  ][0], null)
}

output "configured_task_definition_arn" {
  description = "ARN of the revision that the service is configured to run: for `task_definition` of `aws_ecs_service`. Null before the service exists."
  value       = try(data.ecslive_service.this[0].configured_task_definition_arn, null)
}

output "configured_task_definition" {
  description = "The same as `family:revision`: what hashicorp/aws stores under EXTERNAL and after an import."
  value       = try(data.ecslive_service.this[0].configured_task_definition, null)
}

output "task_definition_arn" {
  description = "ARN of the revision that runs: for people, checks and one-off tasks. Null where AWS does not say which of several it is."
  value       = try(data.ecslive_service.this[0].task_definition_arn, null)
}

output "images" {
  description = "Image by container name, of the revision that runs."
  value       = try(data.ecslive_service.this[0].images, {})
}

output "load_balancers" {
  description = "Load balancer entries of the service as they are configured: for `dynamic \"load_balancer\"` under EXTERNAL."
  value       = try(data.ecslive_service.this[0].load_balancers, [])
}

output "deployment_in_progress" {
  description = "Whether a deployment is under way; null when AWS does not say it, and before the service exists."
  value       = try(data.ecslive_service.this[0].deployment_in_progress, null)
}

output "deployment" {
  description = "The current or last deployment, with the attributes of `ecslive_deployment`; null without `read_deployment`."
  value       = one(data.ecslive_deployment.this)
}
