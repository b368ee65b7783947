//! Task sets: what CODE_DEPLOY and EXTERNAL services have instead of deployments.

use super::place::Place;
use crate::state::{Entry, Service, TaskSet, Tasks};

/// A task set.
#[derive(Debug, Clone)]
pub(super) struct Set {
    /// `ecs-svc/…`.
    pub id: String,
    /// PRIMARY, ACTIVE or DRAINING.
    pub status: &'static str,
    /// ARN of the task definition.
    pub task: String,
    /// ARN of the group.
    pub group: String,
    /// The CodeDeploy deployment that made it.
    pub external_id: Option<String>,
    /// STEADY_STATE; else STABILIZING.
    pub steady: bool,
    /// Its tasks.
    pub tasks: Tasks,
    /// When it was made.
    pub created: f64,
}

/// The set that is PRIMARY.
pub(super) fn primary(sets: &[Set]) -> Option<&Set> {
    sets.iter().find(|set| set.status == "PRIMARY")
}

/// What DescribeServices holds of them: with a PRIMARY the service mirrors it, and without one it names no revision
/// (cc-ecs-describe-services-codedeploy-steady; hashicorp/aws#30839 for EXTERNAL without a PRIMARY).
pub(super) fn publish(sets: &[Set], service: &mut Service, name: &str, place: &Place) {
    let entry = |group: &str| Entry {
        target_group: Some(group.to_owned()),
        container: name.to_owned(),
        port: 8080,
        ..Entry::default()
    };
    service.strategy = None;
    service.deployments.clear();
    service.current_revisions.clear();
    service.current_deployment = None;
    let mut sum = Tasks { desired: service.desired, ..Tasks::default() };
    service.task_sets.clear();
    for set in sets {
        sum.running += set.tasks.running;
        sum.pending += set.tasks.pending;
        service.task_sets.push(TaskSet {
            id: set.id.clone(),
            status: set.status.to_owned(),
            task_definition: set.task.clone(),
            load_balancers: vec![entry(&set.group)],
            external_id: set.external_id.clone(),
            stability: if set.steady { "STEADY_STATE" } else { "STABILIZING" }.to_owned(),
            tasks: Some(set.tasks),
            scale: Some(if set.status == "DRAINING" || service.status == "DRAINING" { 0.0 } else { 100.0 }),
            created: Some(set.created),
            more: Default::default(),
        });
    }
    service.tasks = Some(sum);
    match primary(sets) {
        Some(primary) => {
            service.task_definition.clone_from(&primary.task);
            service.load_balancers = vec![entry(&primary.group)];
        }
        None if service.controller == "EXTERNAL" => {
            service.task_definition.clear();
            service.load_balancers.clear();
        }
        None => service.load_balancers = vec![entry(&place.blue)],
    }
}
