//! The types of resources and data sources that rules know.

const KNOWN: [&str; 34] = [
    "aws_appautoscaling_policy",
    "aws_appautoscaling_target",
    "aws_cloudwatch_event_target",
    "aws_cloudwatch_log_group",
    "aws_codedeploy_deployment_config",
    "aws_codedeploy_deployment_group",
    "aws_ecr_lifecycle_policy",
    "aws_ecr_repository",
    "aws_ecs_cluster",
    "aws_ecs_express_gateway_service",
    "aws_ecs_service",
    "aws_ecs_task_definition",
    "aws_ecs_task_set",
    "aws_efs_file_system",
    "aws_iam_policy",
    "aws_iam_role",
    "aws_iam_role_policy",
    "aws_iam_role_policy_attachment",
    "aws_lb",
    "aws_lb_listener",
    "aws_lb_listener_rule",
    "aws_lb_target_group",
    "aws_scheduler_schedule",
    "aws_secretsmanager_secret",
    "aws_secretsmanager_secret_version",
    "aws_service_discovery_service",
    "aws_sfn_state_machine",
    "aws_ssm_parameter",
    "ecslive_deployment",
    "ecslive_image",
    "ecslive_service",
    "ecslive_services",
    "ecslive_target_group",
    "ecslive_task_definition",
];

/// The main name of a type: hashicorp/aws has some under two names.
pub fn main_name(kind: &str) -> &str {
    match kind {
        "aws_alb" => "aws_lb",
        "aws_alb_listener" => "aws_lb_listener",
        "aws_alb_listener_rule" => "aws_lb_listener_rule",
        "aws_alb_target_group" => "aws_lb_target_group",
        other => other,
    }
}

/// True for a type that some rule judges or follows.
pub fn is_known(kind: &str) -> bool {
    KNOWN.binary_search(&main_name(kind)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aliases_are_known_and_the_list_is_sorted() {
        assert!(KNOWN.is_sorted());
        assert!(is_known("aws_alb_listener_rule") && is_known("aws_lb") && !is_known("aws_instance"));
    }
}
