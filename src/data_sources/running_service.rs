//! A service as data sources show it: one in `ecslive_service`, many in `ecslive_services`.

use super::container_images;
use super::explain::Subject;
use super::task_definition::map;
use crate::aws::{Inquiry, Regional, Since};
use crate::framework::Attributes;
use crate::resolve::arn::{RouteArn, TargetGroupArn};
use crate::resolve::model::{LoadBalancer, Rollout, RunningImage, Service, Target};
use crate::resolve::name::{Cluster, ServiceName};
use crate::resolve::running::{self, Running};
use crate::tf::schema::Attribute;
use crate::tf::{Diagnostics, Type, Value};

/// What is computed of a service that exists, `found` left out.
pub fn attributes() -> Vec<Attribute> {
    let mut attributes = what_runs();
    attributes.extend(container_images::attributes());
    attributes.extend(how_it_runs());
    attributes
}

/// Reads one service, or says why it cannot be answered for.
pub async fn read(
    regional: &Regional,
    cluster: &Cluster,
    service: &ServiceName,
) -> Result<Result<Attributes, Inquiry<Running>>, Diagnostics> {
    let subject = || Subject::service(cluster, service, regional);
    let inquiry = regional.inquire(cluster, service, true, Since::ANY, running::decide).await;
    let (service, running) = match inquiry.map_err(|error| subject().failed(&error))? {
        Inquiry::Answer(service, running) => (service, running),
        unanswered => return Ok(Err(unanswered)),
    };
    if let Some(images) = running.known_images() {
        return Ok(Ok(values(&service, &running, images)));
    }
    let found = regional.task_definition(running.task_definition.as_str(), false).await;
    let found = found.map_err(|error| subject().failed(&error))?.ok_or_else(|| {
        subject().with("Task definition", running.task_definition.as_str()).diagnostic(
            "Running Task Definition Is Gone",
            "The service runs a task definition revision that ECS no longer describes, so its images are not known. \
             Deploy a revision that exists.",
        )
    })?;
    Ok(Ok(values(&service, &running, &found.images(&running.images))))
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
        Attribute::string("task_definition_arn").computed().describe(
            "ARN of the task definition revision that serves. While a rollout is under way, and after one that \
             failed, this is the older revision that still serves.",
        ),
        Attribute::string("task_definition").computed().describe("The same as `family:revision`."),
        Attribute::string("family").computed().describe("Family of the task definition that serves."),
        Attribute::number("revision").computed().describe("Revision number of the task definition that serves."),
        Attribute::string("target_task_definition_arn").computed().describe(
            "ARN of the revision that is being rolled out; equal to `task_definition_arn` when none is, null when AWS \
             does not say which of two it is.",
        ),
        Attribute::string("service_revision_arn")
            .computed()
            .describe("ARN of the service revision that serves; null when ECS does not tell."),
        Attribute::nested_list("load_balancers", load_balancer_attributes())
            .computed()
            .describe("Load balancer entries of what serves, in the order of ECS."),
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
            .describe("Whether a deployment is under way, or waits to clean up."),
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

/// The values of [`attributes`].
fn values(service: &Service, running: &Running, images: &[RunningImage]) -> Attributes {
    let strategy = service.uses_strategy().then(|| service.strategy.as_str());
    let revision = match service.current_revisions.as_slice() {
        _ if running.revision.is_some() => running.revision.as_deref(),
        [only] => Some(only.as_str()),
        _ => None,
    };
    let entries = running.load_balancers.iter().map(|entry| load_balancer(running, entry));
    let providers = service.capacity_providers.iter().map(|name| Value::from(name.as_str()));
    Attributes::new([
        ("found", true.into()),
        ("arn", service.arn.as_str().into()),
        ("status", service.status.as_str().into()),
        ("deployment_controller", service.controller.as_str().into()),
        ("deployment_strategy", strategy.into()),
        ("task_definition_arn", running.task_definition.as_str().into()),
        ("task_definition", running.task_definition.family_revision().into()),
        ("family", running.task_definition.family().into()),
        ("revision", running.task_definition.revision().into()),
        ("target_task_definition_arn", running.target.as_ref().map(|arn| arn.as_str()).into()),
        ("service_revision_arn", revision.into()),
        ("load_balancers", Value::List(entries.collect())),
        ("deployment_in_progress", running.in_progress.into()),
        ("rollout_state", running.rollout.as_ref().map(Rollout::as_str).into()),
        ("circuit_breaker_enabled", service.circuit_breaker.enabled.into()),
        ("circuit_breaker_rollback", service.circuit_breaker.rollback.into()),
        ("desired_count", service.desired_count.into()),
        ("running_count", service.running_count.into()),
        ("pending_count", service.pending_count.into()),
        ("launch_type", service.launch_type.clone().into()),
        ("platform_version", service.platform_version.clone().into()),
        ("capacity_providers", Value::List(providers.collect())),
        ("enable_execute_command", service.enable_execute_command.into()),
        ("propagate_tags", service.propagate_tags.clone().into()),
        ("tags", map(service.tags.iter().map(|(key, value)| (key, Some(value.clone()))))),
    ])
    .with_all(container_images::values(images))
}

fn load_balancer(running: &Running, entry: &LoadBalancer) -> Value {
    let configured = match &entry.target {
        Target::Group(group) => Some(group),
        Target::Classic(_) => None,
    };
    let live = running.live_target_group(entry);
    let group = |group: Option<&TargetGroupArn>| Value::from(group.map(TargetGroupArn::as_str));
    let route = |route: &Option<RouteArn>| Value::from(route.as_ref().map(RouteArn::as_str));
    Value::object([
        ("container_name", Value::from(entry.container_name.clone())),
        ("container_port", Value::from(entry.container_port.map(i64::from))),
        ("target_group_arn", group(configured)),
        ("alternate_target_group_arn", group(entry.alternate.as_ref())),
        ("live_target_group_arn", group(live)),
        ("production_listener_rule_arn", route(&entry.production_route)),
        ("test_listener_rule_arn", route(&entry.test_route)),
    ])
}
