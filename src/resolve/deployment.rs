//! How does the current deployment of a service stand, or how did the last one end?
//!
//! A deployment that was undone is reported as the deployment it was, not as the one that undid it.

use super::Refusal;
use super::inquiry::{Ask, Facts, GroupName, Step};
use super::kind::{Kind, kind};
use super::model::{
    CodeDeployDeployment, Deployment, DeploymentStatus, Moment, Rollout, Service, ServiceDeployment,
    ServiceDeploymentStatus as EcsStatus, TaskSet, TaskSetStatus,
};
use super::native;
use super::progress::Progress;
use super::rolling;
use super::target_group::group_name;
use super::task_definition::TaskDefinitionArn;
use super::task_sets::TaskSets;

/// A deployment. What AWS does not tell is `None` or empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answer {
    /// ARN of the service deployment, id of the CodeDeploy deployment, `ecs-svc/…` of an older ECS deployment, or id of
    /// the only task set under EXTERNAL.
    pub id: Option<String>,
    /// In one vocabulary for all controllers.
    pub status: Option<Status>,
    /// In AWS's own words.
    pub raw_status: Option<String>,
    /// Why, in AWS's own words.
    pub reason: Option<String>,
    /// When it started.
    pub started_at: Option<Moment>,
    /// When it ended, its rollback included.
    pub finished_at: Option<Moment>,
    /// True when it is being undone, or was.
    pub rollback: bool,
    /// What it moves away from.
    pub sources: Vec<TaskDefinitionArn>,
    /// What it moves to.
    pub target: Option<TaskDefinitionArn>,
    /// Tasks of the target that did not start; `None` where nobody counts them.
    pub failed_tasks: Option<i64>,
    /// CloudWatch alarms that ended it.
    pub triggered_alarms: Vec<String>,
    /// The lifecycle stage, and the hooks that wait for somebody.
    pub progress: Option<Progress>,
}

/// How a deployment stands, under any controller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Not started.
    Pending,
    /// Under way, or waiting for approval or for its end.
    InProgress,
    /// Done.
    Succeeded,
    /// Given up, and not undone.
    Failed,
    /// Stopped where it was.
    Stopped,
    /// Being undone.
    RollingBack,
    /// Undone.
    RolledBack,
}

impl Status {
    /// The name that data sources give it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::InProgress => "IN_PROGRESS",
            Self::Succeeded => "SUCCEEDED",
            Self::Failed => "FAILED",
            Self::Stopped => "STOPPED",
            Self::RollingBack => "ROLLING_BACK",
            Self::RolledBack => "ROLLED_BACK",
        }
    }
}

/// Decides, or asks for one more fact. `None` when AWS knows of no deployment of the service.
///
/// # Errors
/// A [`Refusal`] when no single deployment is PRIMARY, or for a controller that this version does not know.
pub fn decide(facts: &Facts) -> Result<Step<Option<Answer>>, Refusal> {
    match kind(&facts.service)? {
        Kind::Rolling | Kind::Native => by_ecs(facts),
        Kind::CodeDeploy => by_code_deploy(facts),
        Kind::External => by_task_sets(&facts.service).map(|answer| Step::Done(Some(answer))),
    }
}

fn by_ecs(facts: &Facts) -> Result<Step<Option<Answer>>, Refusal> {
    let arn = match (&facts.service.current_deployment, &facts.newest_deployment) {
        (Some(arn), _) => arn,
        (None, None) => return Ok(Step::Ask(Ask::NewestDeployment)),
        (None, Some(None)) => return primary(facts).map(Step::Done),
        (None, Some(Some(arn))) => arn,
    };
    let Some(found) = facts.service_deployments.get(arn) else {
        return Ok(Step::Ask(Ask::ServiceDeployment(arn.clone())));
    };
    // ECS describes deployments of the last 90 days only, and seconds after UpdateService it still names the one before.
    let moves = facts.service.primary_deployment().is_some_and(|it| it.rollout == Some(Rollout::InProgress));
    let Some(found) = found.as_ref().filter(|found| !moves || native::made(found, &facts.service)) else {
        let current = facts.service.current_revisions.iter().map(|it| &it.arn);
        return match facts.ask_revisions(current) {
            Some(ask) => Ok(Step::Ask(ask)),
            None => primary(facts).map(Step::Done),
        };
    };
    if let Some(ask) = facts.ask_revisions(found.shares.keys()) {
        return Ok(Step::Ask(ask));
    }
    let runs = |arn: &String| Some(facts.revision(arn)?.task_definition.clone());
    Ok(Step::Done(Some(Answer {
        id: Some(found.arn.clone()),
        status: ecs_status(found),
        raw_status: Some(found.status.as_str().to_owned()),
        reason: found.reason.clone(),
        started_at: found.started_at.clone(),
        finished_at: found.finished_at.clone(),
        rollback: is_rollback(found),
        sources: found.sources().filter_map(runs).collect(),
        target: found.target.as_ref().and_then(runs),
        failed_tasks: found.breaker.as_ref().filter(|breaker| breaker.counts()).map(|breaker| breaker.failures),
        triggered_alarms: found.triggered_alarms.clone(),
        progress: Some(Progress::from(found)),
    })))
}

/// ROLLBACK_REQUESTED is none yet: it may still end SUCCESSFUL.
fn is_rollback(found: &ServiceDeployment) -> bool {
    use EcsStatus::{RollbackFailed, RollbackInProgress, RollbackSuccessful};
    matches!(found.status, RollbackInProgress | RollbackSuccessful | RollbackFailed)
}

/// The status in one vocabulary; `None` for one that this version does not know. A deployment without rollback that the
/// circuit breaker or an alarm gave up ends STOPPED, as one does that a newer one replaces.
fn ecs_status(found: &ServiceDeployment) -> Option<Status> {
    let given_up = found.alarmed || found.breaker.as_ref().is_some_and(|breaker| breaker.triggered());
    Some(match &found.status {
        EcsStatus::Pending => Status::Pending,
        EcsStatus::InProgress | EcsStatus::StopRequested | EcsStatus::RollbackRequested => Status::InProgress,
        EcsStatus::Successful => Status::Succeeded,
        EcsStatus::Stopped if given_up => Status::Failed,
        EcsStatus::Stopped => Status::Stopped,
        EcsStatus::RollbackInProgress => Status::RollingBack,
        EcsStatus::RollbackSuccessful => Status::RolledBack,
        EcsStatus::RollbackFailed => Status::Failed,
        EcsStatus::Unknown(_) => return None,
    })
}

/// The PRIMARY entry of `deployments`: what there is of a deployment that ECS does not describe any more, or not yet.
fn primary(facts: &Facts) -> Result<Option<Answer>, Refusal> {
    let service = &facts.service;
    if service.deployments.is_empty() {
        return Ok(None);
    }
    let primary = rolling::primary(service)?;
    let status = match &primary.rollout {
        None | Some(Rollout::Unknown(_)) => None,
        Some(Rollout::Completed) => Some(Status::Succeeded),
        Some(Rollout::InProgress) => Some(Status::InProgress),
        Some(Rollout::Failed) => Some(Status::Failed),
    };
    let older = service.deployments.iter().filter(|deployment| deployment.status == DeploymentStatus::Active);
    Ok(Some(Answer {
        id: Some(primary.id.clone()).filter(|id| !id.is_empty()),
        status,
        raw_status: primary.rollout.as_ref().map(|rollout| rollout.as_str().to_owned()),
        reason: primary.reason.clone(),
        started_at: primary.created_at.clone(),
        sources: sources(facts, primary, older),
        target: Some(primary.task_definition.clone()),
        ..Answer::default()
    }))
}

fn sources<'a>(
    facts: &Facts,
    primary: &Deployment,
    older: impl Iterator<Item = &'a Deployment>,
) -> Vec<TaskDefinitionArn> {
    let listed: Vec<_> = older.map(|deployment| deployment.task_definition.clone()).collect();
    if !listed.is_empty() {
        return listed;
    }
    // Seconds after UpdateService: the revision with tasks is the one that is left.
    let with_tasks = facts.service.current_revisions.iter().filter(|it| it.running > 0);
    let runs = with_tasks.filter_map(|it| Some(facts.revision(&it.arn)?.task_definition.clone()));
    runs.filter(|it| primary.rollout == Some(Rollout::InProgress) && *it != primary.task_definition).collect()
}

/// The task sets name deployments that made something that is still there; their deployment group names the last one,
/// whether it made something or not.
fn by_code_deploy(facts: &Facts) -> Result<Step<Option<Answer>>, Refusal> {
    let sets = TaskSets::of(&facts.service)?;
    let ids = sets.deployment_ids();
    if let Some(ask) = facts.ask_deployments_and_undoing(&ids) {
        return Ok(Step::Ask(ask));
    }
    let age = |it: &&CodeDeployDeployment| it.created_at.as_ref().map(|at| at.millis);
    let Some(newest) = ids.iter().filter_map(|id| facts.deployment(id)).max_by_key(age) else {
        return Ok(Step::Done(None));
    };
    let last = match group_name(newest) {
        None => newest,
        Some(name) => match last_attempt(facts, &name) {
            Step::Ask(ask) => return Ok(Step::Ask(ask)),
            Step::Done(last) => last.unwrap_or(newest),
        },
    };
    let (itself, undo) = match &last.undoes {
        Some(undone) => {
            if let Some(ask) = facts.ask_deployments(std::slice::from_ref(undone)) {
                return Ok(Step::Ask(ask));
            }
            (facts.deployment(undone).unwrap_or(last), Some(last))
        }
        None => (last, last.rolled_back_by.as_ref().and_then(|id| facts.deployment(id))),
    };
    let present = facts.service.task_sets.iter();
    let (made, others): (Vec<_>, Vec<_>) = present.partition(|set| set.code_deploy_id.as_ref() == Some(&itself.id));
    let sources = replaced(facts, &others).into_iter().filter(|_| !made.is_empty());
    let sources = sources.map(|set| set.task_definition.clone());
    Ok(Step::Done(Some(Answer {
        id: Some(itself.id.clone()),
        status: code_deploy_status(itself, undo),
        raw_status: Some(itself.status.clone()),
        reason: itself.reason.clone().or_else(|| undo?.reason.clone()),
        started_at: itself.started_at.clone(),
        finished_at: undo.unwrap_or(itself).finished_at.clone(),
        rollback: undo.is_some(),
        sources: sources.collect(),
        target: made.first().map(|set| set.task_definition.clone()),
        progress: Some(Progress::from(itself)),
        ..Answer::default()
    })))
}

/// Of the sets that a deployment did not make, those that it replaces: the PRIMARY one, and once that is its own, those that
/// no other deployment left behind.
fn replaced<'a>(facts: &Facts, others: &[&'a TaskSet]) -> Vec<&'a TaskSet> {
    if let Some(primary) = others.iter().find(|set| set.status == TaskSetStatus::Primary) {
        return vec![primary];
    }
    let failed = |id: &String| {
        facts
            .deployment(id)
            .is_some_and(|it| matches!(code_deploy_status(it, None), Some(Status::Failed | Status::Stopped)))
    };
    others.iter().copied().filter(|set| !set.code_deploy_id.as_ref().is_some_and(failed)).collect()
}

/// The deployment that was last attempted in a group; `None` when the group is gone (CloudFormation deletes its own), or
/// when CodeDeploy does not know it any more.
fn last_attempt<'a>(facts: &'a Facts, name: &GroupName) -> Step<Option<&'a CodeDeployDeployment>> {
    let Some(group) = facts.deployment_groups.get(name) else { return Step::Ask(Ask::DeploymentGroup(name.clone())) };
    let Some(last) = group.as_ref().and_then(|group| group.last_attempt.as_ref()) else { return Step::Done(None) };
    match facts.ask_deployments_and_undoing(std::slice::from_ref(last)) {
        Some(ask) => Step::Ask(ask),
        None => Step::Done(facts.deployment(last)),
    }
}

/// The status in one vocabulary; `None` for one that this version does not know.
fn code_deploy_status(itself: &CodeDeployDeployment, undo: Option<&CodeDeployDeployment>) -> Option<Status> {
    let status = |deployment: &CodeDeployDeployment| {
        Some(match deployment.status.as_str() {
            "Created" | "Queued" => Status::Pending,
            "InProgress" | "Baking" | "Ready" => Status::InProgress,
            "Succeeded" => Status::Succeeded,
            "Failed" => Status::Failed,
            "Stopped" => Status::Stopped,
            _ => return None,
        })
    };
    match undo {
        None => status(itself),
        Some(undo) => Some(match status(undo)? {
            Status::Succeeded => Status::RolledBack,
            Status::Failed | Status::Stopped => Status::Failed,
            _ => Status::RollingBack,
        }),
    }
}

/// Under EXTERNAL a deployment is what its tool says it is; ECS only knows whether tasks of the only set have come up.
fn by_task_sets(service: &Service) -> Result<Answer, Refusal> {
    let sets = TaskSets::of(service)?;
    let present: Vec<_> = sets.present().collect();
    Ok(match present.as_slice() {
        [] => Answer::default(),
        [only] => Answer {
            id: Some(only.id.clone()),
            status: only.is_stable.map(|stable| if stable { Status::Succeeded } else { Status::InProgress }),
            started_at: only.created_at.clone(),
            target: Some(only.task_definition.clone()),
            ..Answer::default()
        },
        _ => Answer { status: Some(Status::InProgress), ..Answer::default() },
    })
}

#[cfg(test)]
mod tests;
