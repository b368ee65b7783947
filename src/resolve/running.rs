//! Which task definition runs in this service, and is another one being rolled out?

use super::Refusal;
use super::arn::TargetGroupArn;
use super::inquiry::{Facts, Step};
use super::model::{
    CodeDeployDeployment, Controller, Deployment, DeploymentStatus, LoadBalancer, Rollout, RunningImage, Service,
    ServiceStatus, Strategy, Target, TaskSet, TaskSetStatus,
};
use super::native::{self, Standing};
use super::task_definition::TaskDefinitionArn;

/// What runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Running {
    /// The revision that serves.
    pub task_definition: TaskDefinitionArn,
    /// The revision that is being rolled out; equals the running one when nothing is, or when it already serves.
    /// `None` when AWS does not say which of two it is.
    pub target: Option<TaskDefinitionArn>,
    /// True while a deployment is under way, or waits to clean up.
    pub in_progress: bool,
    /// `rolloutState` of the newest deployment, under the ECS controller.
    pub rollout: Option<Rollout>,
    /// The load balancer entries of what serves.
    pub load_balancers: Vec<LoadBalancer>,
    /// True when the entries name the target groups that get traffic. While it shifts only the listener knows, and an
    /// entry that is mere configuration does not tell which of its pair serves.
    pub entries_serve: bool,
    /// The service revision that serves, when one decided.
    pub revision: Option<String>,
    /// The images as ECS resolved them, when a service revision tells.
    pub images: Vec<RunningImage>,
}

impl Running {
    /// The images, when a service revision tells all of them: nobody then has to read the task definition.
    pub fn known_images(&self) -> Option<&[RunningImage]> {
        let complete = !self.images.is_empty() && self.images.iter().all(|image| image.image.is_some());
        complete.then_some(&self.images)
    }

    /// The target group that serves behind one entry, as far as ECS alone can tell.
    pub fn live_target_group<'a>(&self, entry: &'a LoadBalancer) -> Option<&'a TargetGroupArn> {
        match &entry.target {
            Target::Group(group) if self.entries_serve => Some(group),
            _ => None,
        }
    }
}

/// False for a deleted service.
///
/// # Errors
/// A [`Refusal`] for a service that is being deleted, or whose status is unknown.
pub fn exists(service: &Service) -> Result<bool, Refusal> {
    match &service.status {
        ServiceStatus::Active => Ok(true),
        ServiceStatus::Inactive => Ok(false),
        ServiceStatus::Draining => Err(Refusal::BeingDeleted),
        ServiceStatus::Unknown(value) => Err(Refusal::unknown("service status", value)),
    }
}

/// Decides what runs, or asks for one more fact.
///
/// # Errors
/// A [`Refusal`] when the service is in a state that has no single answer.
pub fn decide(facts: &Facts) -> Result<Step<Running>, Refusal> {
    let service = &facts.service;
    match kind(service)? {
        Kind::Rolling => Ok(with_revision(by_deployments(service)?, facts)),
        Kind::CodeDeploy => {
            let primary = primary_task_set(service)?;
            let others = waiting_task_sets(service)?;
            let ids = deployment_ids(service);
            if !others.is_empty()
                && let Some(ask) = facts.ask_deployments(&ids)
            {
                return Ok(Step::Ask(ask));
            }
            let target = match others.as_slice() {
                [] => Some(&primary.task_definition),
                _ => rolled_out(service, facts).map(|set| &set.task_definition),
            };
            Ok(Step::Done(Running {
                task_definition: primary.task_definition.clone(),
                target: target.cloned(),
                in_progress: !others.is_empty(),
                rollout: None,
                load_balancers: primary.load_balancers.clone(),
                entries_serve: others.is_empty(),
                revision: None,
                images: Vec::new(),
            }))
        }
        Kind::External => by_task_set(service).map(Step::Done),
        Kind::Native => match native::standing(facts)? {
            Step::Ask(ask) => Ok(Step::Ask(ask)),
            Step::Done(standing) => by_revision(&standing).map(Step::Done),
        },
    }
}

/// Adds what the service revisions know of the images. A rolling service may be older than those.
fn with_revision(running: Running, facts: &Facts) -> Step<Running> {
    let current = &facts.service.current_revisions;
    if let Some(ask) = facts.ask_revisions(current) {
        return Step::Ask(ask);
    }
    let known = current.iter().filter_map(|arn| facts.revisions.get(arn)?.as_ref());
    let serves: Vec<_> = known.filter(|revision| revision.task_definition == running.task_definition).collect();
    Step::Done(match serves.as_slice() {
        [only] => Running { revision: Some(only.arn.clone()), images: only.images.clone(), ..running },
        // Of several that run the same task definition, none is more right than the others.
        _ => running,
    })
}

/// Under EXTERNAL, nobody but the deployment tool knows which of two task sets is being rolled out.
fn by_task_set(service: &Service) -> Result<Running, Refusal> {
    let primary = primary_task_set(service)?;
    let in_progress = !waiting_task_sets(service)?.is_empty();
    Ok(Running {
        task_definition: primary.task_definition.clone(),
        target: (!in_progress).then(|| primary.task_definition.clone()),
        in_progress,
        rollout: None,
        load_balancers: primary.load_balancers.clone(),
        entries_serve: !in_progress,
        revision: None,
        images: Vec::new(),
    })
}

/// While traffic is split, the revision that the deployment moves away from still counts as the one that serves.
fn by_revision(standing: &Standing<'_>) -> Result<Running, Refusal> {
    let serves = standing.owner.or(standing.source).ok_or(Refusal::DeploymentUnknown)?;
    Ok(Running {
        task_definition: serves.task_definition.clone(),
        target: standing.target.map(|target| target.task_definition.clone()),
        in_progress: standing.in_progress,
        rollout: None,
        load_balancers: native::entries(serves)?,
        entries_serve: !standing.in_progress && serves.resolved.is_some(),
        revision: Some(serves.arn.clone()),
        images: serves.images.clone(),
    })
}

/// How the service is deployed, by what has to be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Tasks are replaced in place.
    Rolling,
    /// CodeDeploy alternates between task sets.
    CodeDeploy,
    /// A third party alternates between task sets.
    External,
    /// ECS alternates between service revisions.
    Native,
}

pub(super) fn kind(service: &Service) -> Result<Kind, Refusal> {
    match (&service.controller, &service.strategy) {
        (Controller::Unknown(value), _) => Err(Refusal::unknown("deployment controller", value)),
        (Controller::CodeDeploy, _) => Ok(Kind::CodeDeploy),
        (Controller::External, _) => Ok(Kind::External),
        (Controller::Ecs, Strategy::Unknown(value)) => Err(Refusal::unknown("deployment strategy", value)),
        (Controller::Ecs, Strategy::Rolling) => Ok(Kind::Rolling),
        (Controller::Ecs, Strategy::BlueGreen | Strategy::Linear | Strategy::Canary) => Ok(Kind::Native),
    }
}

pub(super) fn by_deployments(service: &Service) -> Result<Running, Refusal> {
    let mut primaries: Vec<&Deployment> = Vec::new();
    let mut older: Vec<&Deployment> = Vec::new();
    for deployment in &service.deployments {
        match &deployment.status {
            DeploymentStatus::Primary => primaries.push(deployment),
            DeploymentStatus::Active => older.push(deployment),
            DeploymentStatus::Inactive => {}
            DeploymentStatus::Unknown(value) => return Err(Refusal::unknown("deployment status", value)),
        }
    }
    let [primary] = primaries.as_slice() else {
        return Err(Refusal::NotOnePrimary { what: "deployment", found: primaries.len() });
    };
    let settled = match &primary.rollout {
        None | Some(Rollout::Completed) => true,
        Some(Rollout::InProgress | Rollout::Failed) => false,
        Some(Rollout::Unknown(value)) => return Err(Refusal::unknown("rollout state", value)),
    };
    let serves = match older.as_slice() {
        [one] if !settled => one,
        _ => primary,
    };
    Ok(Running {
        task_definition: serves.task_definition.clone(),
        target: Some(primary.task_definition.clone()),
        in_progress: !settled || !older.is_empty(),
        rollout: primary.rollout.clone(),
        load_balancers: service.load_balancers.clone(),
        // A pair is left over from another strategy: traffic may be on either.
        entries_serve: service.load_balancers.iter().all(|entry| entry.alternate.is_none()),
        revision: None,
        images: Vec::new(),
    })
}

/// The one task set that ECS calls PRIMARY.
pub(super) fn primary_task_set(service: &Service) -> Result<&TaskSet, Refusal> {
    let primaries: Vec<&TaskSet> =
        service.task_sets.iter().filter(|set| set.status == TaskSetStatus::Primary).collect();
    match primaries.as_slice() {
        [primary] => Ok(primary),
        _ => Err(Refusal::NotOnePrimary { what: "task set", found: primaries.len() }),
    }
}

/// The task sets that wait for traffic or for their end. A draining set has neither.
pub(super) fn waiting_task_sets(service: &Service) -> Result<Vec<&TaskSet>, Refusal> {
    let mut waiting = Vec::new();
    for set in &service.task_sets {
        match &set.status {
            TaskSetStatus::Active => waiting.push(set),
            TaskSetStatus::Primary | TaskSetStatus::Draining => {}
            TaskSetStatus::Unknown(value) => return Err(Refusal::unknown("task set status", value)),
        }
    }
    Ok(waiting)
}

/// The CodeDeploy deployments that made the task sets which are still there, draining ones left out.
pub(super) fn deployment_ids(service: &Service) -> Vec<String> {
    let sets = service.task_sets.iter().filter(|set| set.status != TaskSetStatus::Draining);
    sets.filter_map(|set| set.code_deploy_id.clone()).collect()
}

fn rolled_out<'a>(service: &'a Service, facts: &Facts) -> Option<&'a TaskSet> {
    let mut running = service.task_sets.iter().filter(|set| {
        let deployment = set.code_deploy_id.as_ref().and_then(|id| facts.deployment(id));
        deployment.is_some_and(CodeDeployDeployment::is_running)
    });
    match (running.next(), running.next()) {
        (Some(only), None) => Some(only),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resolve::scenes::*;

    fn running(account: &Account, service: Service) -> Result<(u64, Option<u64>, bool), &'static str> {
        let (result, _) = account.answer(service, decide);
        let number = |arn: &TaskDefinitionArn| arn.revision();
        result
            .map(|running| (number(&running.task_definition), running.target.as_ref().map(number), running.in_progress))
            .map_err(|refusal| refusal.explain().summary)
    }

    #[test]
    fn the_completed_rollout_runs() {
        let none = Account::default();
        let (done, going, failed) = (Some("COMPLETED"), Some("IN_PROGRESS"), Some("FAILED"));
        for (deployments, expect) in [
            (vec![("PRIMARY", done, 8)], (8, Some(8), false)),
            (vec![("PRIMARY", None, 8)], (8, Some(8), false)),
            (vec![("PRIMARY", going, 8), ("ACTIVE", done, 7)], (7, Some(8), true)),
            (vec![("PRIMARY", failed, 8), ("ACTIVE", done, 7)], (7, Some(8), true)),
            (vec![("PRIMARY", going, 8)], (8, Some(8), true)),
            (vec![("PRIMARY", done, 8), ("ACTIVE", done, 7)], (8, Some(8), true)),
            (vec![("PRIMARY", done, 7), ("INACTIVE", failed, 8)], (7, Some(7), false)),
        ] {
            assert_eq!(running(&none, rolling(&deployments)), Ok(expect), "{deployments:?}");
        }
    }

    #[test]
    fn refuses_rollouts_that_name_no_primary() {
        let none = Account::default();
        for deployments in [vec![], vec![("PRIMARY", None, 7), ("PRIMARY", None, 8)]] {
            assert_eq!(running(&none, rolling(&deployments)), Err("No Single Primary Deployment"));
        }
        assert_eq!(running(&none, rolling(&[("PRIMARY", Some("PAUSED"), 7)])), Err("Unknown AWS Value"));
    }

    #[test]
    fn the_primary_task_set_runs() {
        let none = Account::default();
        assert_eq!(running(&none, code_deploy(&[("PRIMARY", "blue", 7, "d-1")])), Ok((7, Some(7), false)));
    }

    #[test]
    fn the_running_deployment_tells_what_is_being_rolled_out() {
        let deployments = vec![deployment("d-OLD", "Succeeded"), deployment("d-NEW", "InProgress")];
        let account = Account { deployments, ..Account::default() };
        let before = [("PRIMARY", "blue", 7, "d-OLD"), ("ACTIVE", "green", 8, "d-NEW")];
        assert_eq!(running(&account, code_deploy(&before)), Ok((7, Some(8), true)));
        let after = [("PRIMARY", "green", 8, "d-NEW"), ("ACTIVE", "blue", 7, "d-OLD")];
        assert_eq!(running(&account, code_deploy(&after)), Ok((8, Some(8), true)));
        assert_eq!(running(&Account::default(), code_deploy(&before)), Ok((7, None, true)));
    }

    #[test]
    fn entries_that_are_mere_configuration_name_nothing_that_serves() {
        let live = |account: &Account, service| {
            let (result, _) = account.answer(service, decide);
            let running = result.expect("an answer");
            running.live_target_group(&running.load_balancers[0]).map(|group| group.name().to_owned())
        };
        let mut account = Account { revisions: vec![service_revision("new", "green", 8)], ..Account::default() };
        assert_eq!(live(&account, native(Strategy::Canary, &["new"])).as_deref(), Some("green"));
        account.revisions[0].resolved = None;
        assert_eq!(live(&account, native(Strategy::Canary, &["new"])), None);
        let mut rolling = rolling(&[("PRIMARY", None, 7)]);
        assert_eq!(live(&account, rolling.clone()).as_deref(), Some("only"));
        rolling.load_balancers[0] = pair();
        assert_eq!(live(&account, rolling), None);
    }

    #[test]
    fn a_service_being_deleted_is_refused() {
        let mut service = rolling(&[]);
        assert_eq!(exists(&service), Ok(true));
        service.status = ServiceStatus::Inactive;
        assert_eq!(exists(&service), Ok(false));
        service.status = ServiceStatus::Draining;
        assert_eq!(exists(&service), Err(Refusal::BeingDeleted));
    }
}
