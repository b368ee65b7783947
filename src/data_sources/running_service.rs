//! A service as data sources show it: one in `ecslive_service`, many in `ecslive_services`.

use super::container_images;
use crate::tf::Type;
use crate::tf::schema::Attribute;

/// What is computed of a service that exists, `found` left out.
pub fn attributes() -> Vec<Attribute> {
    let mut attributes = what_runs();
    attributes.extend(container_images::attributes());
    attributes.extend(how_it_runs());
    attributes
}

fn what_runs() -> Vec<Attribute> {
    vec![
        Attribute::string("arn").computed().describe("ARN of the service."),
        Attribute::string("status").computed().describe("Status of the service: `ACTIVE`."),
        Attribute::string("deployment_controller")
            .computed()
            .describe("Who deploys: `ECS`, `CODE_DEPLOY` or `EXTERNAL`."),
        Attribute::string("deployment_strategy").computed().describe(
            "How the ECS controller deploys: `ROLLING`, `BLUE_GREEN`, `LINEAR` or `CANARY`; null under the others.",
        ),
        Attribute::string("configured_task_definition_arn").computed().describe(
            "ARN of the task definition revision that the service is configured to run, which ECS changes as soon as a \
             deployment is asked for. It is what `aws_ecs_service.task_definition` refreshes, so feeding it back changes \
             nothing, in the middle of a deployment too. Null for a service without one, such as one under `EXTERNAL` \
             without task sets.",
        ),
        Attribute::string("configured_task_definition").computed().describe(
            "The same as `family:revision`: what hashicorp/aws stores under `EXTERNAL` and after an import.",
        ),
        Attribute::string("task_definition_arn").computed().describe(
            "ARN of the task definition revision that runs. While a deployment is under way, and while one is rolled \
             back, this is the revision that still serves; null while AWS does not say which of several it is, as while \
             traffic is split. For people, checks and one-off tasks: feed `configured_task_definition_arn` to a service.",
        ),
        Attribute::string("task_definition").computed().describe("The same as `family:revision`."),
        Attribute::string("family").computed().describe("Family of the task definition that runs."),
        Attribute::number("revision").computed().describe("Revision number of the task definition that runs."),
        Attribute::string("target_task_definition_arn").computed().describe(
            "ARN of the revision that is being rolled out, or rolled back to; equal to `task_definition_arn` when none \
             is, null when AWS does not say which of two it is.",
        ),
        Attribute::string("service_revision_arn")
            .computed()
            .describe("ARN of the service revision that serves; null when ECS does not tell."),
        Attribute::nested_list("load_balancers", load_balancer_attributes())
            .computed()
            .describe("Load balancer entries of the service as they are configured, in the order of ECS."),
    ]
}

fn load_balancer_attributes() -> Vec<Attribute> {
    vec![
        Attribute::string("container_name").computed().describe("Container that receives the requests."),
        Attribute::number("container_port").computed().describe("Port of the container."),
        Attribute::string("target_group_arn").computed().describe("Target group that is configured."),
        Attribute::string("alternate_target_group_arn")
            .computed()
            .describe("The other target group of an ECS-native blue/green pair."),
        Attribute::string("live_target_group_arn").computed().describe(
            "Target group that serves, as far as ECS alone can tell; null while traffic may shift, and where only the \
             configured pair is known. `ecslive_target_group` also asks the listener.",
        ),
        Attribute::string("production_listener_rule_arn")
            .computed()
            .describe("Production rule or listener of an ECS-native blue/green pair."),
        Attribute::string("test_listener_rule_arn")
            .computed()
            .describe("Test rule or listener of an ECS-native blue/green pair."),
    ]
}

fn how_it_runs() -> Vec<Attribute> {
    vec![
        Attribute::bool("deployment_in_progress")
            .computed()
            .describe("Whether a deployment is under way; null when AWS does not say it."),
        Attribute::string("rollout_state").computed().describe(
            "State of the newest rollout under the ECS controller: `COMPLETED`, `IN_PROGRESS` or `FAILED`; else null.",
        ),
        Attribute::bool("circuit_breaker_enabled").computed().describe("Whether the deployment circuit breaker is on."),
        Attribute::bool("circuit_breaker_rollback").computed().describe("Whether the circuit breaker rolls back."),
        Attribute::number("desired_count").computed().describe("Tasks that should run."),
        Attribute::number("running_count").computed().describe("Tasks that run."),
        Attribute::number("pending_count").computed().describe("Tasks that are starting."),
        Attribute::string("launch_type").computed().describe("Launch type; null with capacity providers."),
        Attribute::string("platform_version").computed().describe("Fargate platform version."),
        Attribute::list("capacity_providers", Type::String)
            .computed()
            .describe("Capacity providers of the service, in the order of ECS."),
        Attribute::bool("enable_execute_command").computed().describe("Whether ECS Exec is on."),
        Attribute::string("propagate_tags")
            .computed()
            .describe("Where tasks get their tags from: `SERVICE`, `TASK_DEFINITION`; null for neither."),
        Attribute::map("tags", Type::String).computed().describe("Tags of the service."),
    ]
}
