//! Where does a rolling deployment stand, and which of its deployments runs?
//!
//! `deployments` has the newest one as PRIMARY. It is no proof of anything: while a rollout goes on the older revision
//! still serves, and while one is rolled back PRIMARY is the old revision again, beside the broken one.

use super::Refusal;
use super::inquiry::{Ask, Facts, Step};
use super::model::{Deployment, DeploymentStatus, Rollout, Service, ServiceDeploymentStatus};
use super::task_definition::TaskDefinitionArn;

/// What runs, as far as AWS says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Serves<'a> {
    /// The task definition.
    pub task_definition: &'a TaskDefinitionArn,
    /// The deployment that runs it, when it is in the list.
    pub deployment: Option<&'a Deployment>,
}

impl<'a> From<&'a Deployment> for Serves<'a> {
    fn from(deployment: &'a Deployment) -> Self {
        Self { task_definition: &deployment.task_definition, deployment: Some(deployment) }
    }
}

/// The PRIMARY deployment.
///
/// # Errors
/// [`Refusal::NotOnePrimary`] when there are none or several.
pub(super) fn primary(service: &Service) -> Result<&Deployment, Refusal> {
    let found = || service.deployments.iter().filter(|it| it.status == DeploymentStatus::Primary).count();
    service.primary_deployment().ok_or_else(|| Refusal::NotOnePrimary { what: "deployment", found: found() })
}

/// The older deployments. INACTIVE and DRAINING ones are none: they never serve.
fn older(service: &Service) -> impl Iterator<Item = &Deployment> {
    service.deployments.iter().filter(|it| it.status == DeploymentStatus::Active)
}

fn has_unknown_status(service: &Service) -> bool {
    service.deployments.iter().any(|it| matches!(it.status, DeploymentStatus::Unknown(_)))
}

/// Whether a deployment is under way; `None` where AWS sent a value that this version does not know. Only PRIMARY is: what it
/// replaced stays IN_PROGRESS for good if it never came to an end. A PRIMARY that FAILED stays as it is, and so does an old
/// one beside a COMPLETED PRIMARY (early success criteria: the rest is cleaned up in the background).
pub(super) fn in_progress(service: &Service) -> Option<bool> {
    let primary = service.primary_deployment()?;
    match &primary.rollout {
        Some(Rollout::InProgress) => Some(true),
        Some(Rollout::Unknown(_)) => None,
        // A Classic Load Balancer, or an answer from before rollouts had a state.
        None => Some(older(service).next().is_some()),
        _ => Some(false),
    }
}

/// What runs; `None` where AWS does not say it.
pub(super) fn serves(facts: &Facts) -> Result<Step<Option<Serves<'_>>>, Refusal> {
    let service = &facts.service;
    let primary = primary(service)?;
    // One without tasks serves nobody as long as others have some.
    let nobody = service.deployments.iter().all(|it| it.running == 0);
    let others: Vec<&Deployment> = older(service).filter(|it| nobody || it.running > 0).collect();
    if has_unknown_status(service) {
        return Ok(Step::Done(None));
    }
    if others.is_empty() || primary.rollout == Some(Rollout::Completed) || is_rolling_back(primary) {
        return Ok(Step::Done(Some(primary.into())));
    }
    if !matches!(primary.rollout, Some(Rollout::InProgress | Rollout::Failed)) {
        return Ok(Step::Done(None));
    }
    let completed = others.iter().filter(|it| it.rollout == Some(Rollout::Completed));
    if let Some(newest) = completed.max_by_key(|it| it.created_at.as_ref().map(|at| at.millis)) {
        return Ok(Step::Done(Some((*newest).into())));
    }
    let sound: Vec<_> = others.iter().filter(|it| it.rollout != Some(Rollout::Failed)).collect();
    if sound.is_empty() {
        // A rollback: PRIMARY is the old revision again, with its tasks. Without any it is a push on top of a failure. Where PRIMARY
        // has failed too, as when somebody stops a deployment with both sides up, none of them is more sound than the others.
        let alike = others.iter().all(|it| it.task_definition == primary.task_definition);
        let is_back = nobody || primary.running > 0 && (alike || primary.rollout != Some(Rollout::Failed));
        return Ok(Step::Done(is_back.then(|| primary.into())));
    }
    // Which way the tasks are moving, only the deployment tells: its text does not always.
    let Some(arn) = &service.current_deployment else { return Ok(Step::Done(only(&sound))) };
    let Some(deployment) = facts.service_deployments.get(arn) else {
        return Ok(Step::Ask(Ask::ServiceDeployment(arn.clone())));
    };
    let Some(deployment) = deployment else { return Ok(Step::Done(only(&sound))) };
    let back = deployment.rollback.as_ref().and_then(|rollback| rollback.revision.as_ref());
    let sources: Vec<&String> = deployment.sources().collect();
    if let Some(ask) = facts.ask_revisions(back.into_iter().chain(sources.iter().copied())) {
        return Ok(Step::Ask(ask));
    }
    let runs = |arn: &String| facts.revision(arn).map(|revision| &revision.task_definition);
    let is_back = deployment.status == ServiceDeploymentStatus::RollbackInProgress;
    if is_back && back.and_then(runs) == Some(&primary.task_definition) {
        return Ok(Step::Done(Some(primary.into())));
    }
    let from_source = || match sources.as_slice() {
        [source] => runs(source).map(|task_definition| Serves { task_definition, deployment: None }),
        _ => None,
    };
    Ok(Step::Done(only(&sound).or_else(from_source)))
}

fn only<'a>(deployments: &[&&'a Deployment]) -> Option<Serves<'a>> {
    match deployments {
        [only] => Some((**only).into()),
        _ => None,
    }
}

/// The only trace of the direction in `deployments`: "… rolling back to deploymentId ecs-svc/…" on the deployment that is
/// gone back to (aws/copilot-cli#4838, README of @wanews/pulumi-wait-for-ecs-deploy).
fn is_rolling_back(deployment: &Deployment) -> bool {
    let says = |reason: &String| reason.to_lowercase().contains("rolling back");
    deployment.rollout == Some(Rollout::InProgress) && deployment.reason.as_ref().is_some_and(says)
}
