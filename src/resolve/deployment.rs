//! How does the current deployment of a service stand, or how did the last one end?
//!
//! A deployment that was undone is reported as the deployment it was, not as the one that undid it.

use super::Refusal;
use super::inquiry::{Ask, Facts, Step};
use super::model::{
    CodeDeployDeployment, DeploymentStatus, Rollout, Service, ServiceDeployment, ServiceDeploymentStatus as EcsStatus,
};
use super::running::{Kind, deployment_ids, kind, primary_task_set, waiting_task_sets};
use super::task_definition::TaskDefinitionArn;

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
    /// `lifecycleStage` of an ECS-native deployment.
    pub stage: Option<String>,
    /// RFC 3339.
    pub started_at: Option<String>,
    /// RFC 3339.
    pub finished_at: Option<String>,
    /// True when it is being undone, or was.
    pub rollback: bool,
    /// What it moves away from.
    pub sources: Vec<TaskDefinitionArn>,
    /// What it moves to.
    pub target: Option<TaskDefinitionArn>,
    /// Tasks of the target that did not start; CodeDeploy and EXTERNAL do not count them.
    pub failed_tasks: Option<i64>,
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
/// A [`Refusal`] for a value that this version does not know, or when no single deployment is PRIMARY.
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
        (None, Some(None)) => return primary(&facts.service).map(Step::Done),
        (None, Some(Some(arn))) => arn,
    };
    let Some(found) = facts.service_deployments.get(arn) else {
        return Ok(Step::Ask(Ask::ServiceDeployment(arn.clone())));
    };
    // ECS describes deployments of the last 90 days only.
    let Some(found) = found else { return primary(&facts.service).map(Step::Done) };
    if let Some(ask) = facts.ask_revisions(found.shares.keys()) {
        return Ok(Step::Ask(ask));
    }
    let runs = |arn: &String| Some(facts.revisions.get(arn)?.as_ref()?.task_definition.clone());
    let sources = found.shares.keys().filter(|arn| Some(*arn) != found.target.as_ref());
    Ok(Step::Done(Some(Answer {
        id: Some(found.arn.clone()),
        status: Some(ecs_status(found)?),
        raw_status: Some(found.status.as_str().to_owned()),
        reason: found.reason.clone(),
        stage: found.stage.clone(),
        started_at: found.started_at.clone(),
        finished_at: found.finished_at.clone(),
        rollback: found.rolled_back || found.status.as_str().starts_with("ROLLBACK"),
        sources: sources.filter_map(runs).collect(),
        target: found.target.as_ref().and_then(runs),
        failed_tasks: found.failed_tasks,
    })))
}

fn ecs_status(found: &ServiceDeployment) -> Result<Status, Refusal> {
    Ok(match &found.status {
        EcsStatus::Pending => Status::Pending,
        EcsStatus::InProgress | EcsStatus::StopRequested => Status::InProgress,
        EcsStatus::Successful => Status::Succeeded,
        EcsStatus::Stopped => Status::Stopped,
        EcsStatus::RollbackRequested | EcsStatus::RollbackInProgress => Status::RollingBack,
        EcsStatus::RollbackSuccessful => Status::RolledBack,
        EcsStatus::RollbackFailed => Status::Failed,
        EcsStatus::Unknown(value) => return Err(Refusal::unknown("service deployment status", value)),
    })
}

/// The PRIMARY entry of `deployments`: what is left of a deployment that ECS no longer describes.
fn primary(service: &Service) -> Result<Option<Answer>, Refusal> {
    let primaries = service.deployments.iter().filter(|deployment| deployment.status == DeploymentStatus::Primary);
    let primary = match primaries.collect::<Vec<_>>().as_slice() {
        [] => return Ok(None),
        [only] => *only,
        several => return Err(Refusal::NotOnePrimary { what: "deployment", found: several.len() }),
    };
    let status = match &primary.rollout {
        None => None,
        Some(Rollout::Completed) => Some(Status::Succeeded),
        Some(Rollout::InProgress) => Some(Status::InProgress),
        Some(Rollout::Failed) => Some(Status::Failed),
        Some(Rollout::Unknown(value)) => return Err(Refusal::unknown("rollout state", value)),
    };
    let older = service.deployments.iter().filter(|deployment| deployment.status == DeploymentStatus::Active);
    Ok(Some(Answer {
        id: Some(primary.id.clone()).filter(|id| !id.is_empty()),
        status,
        raw_status: primary.rollout.as_ref().map(|rollout| rollout.as_str().to_owned()),
        reason: primary.reason.clone(),
        started_at: primary.created_at.clone(),
        sources: older.map(|deployment| deployment.task_definition.clone()).collect(),
        target: Some(primary.task_definition.clone()),
        failed_tasks: Some(primary.failed_tasks),
        ..Answer::default()
    }))
}

/// The task sets name deployments that made something that is still there; their deployment group names the last one.
fn by_code_deploy(facts: &Facts) -> Result<Step<Option<Answer>>, Refusal> {
    let ids = deployment_ids(&facts.service);
    if let Some(ask) = facts.ask_deployments(&ids) {
        return Ok(Step::Ask(ask));
    }
    let group = ids.iter().filter_map(|id| facts.deployment(id)).find_map(|found| {
        let (application, group) = (found.application.clone()?, found.group.clone()?);
        Some((application, group))
    });
    let Some(group) = group else { return Ok(Step::Done(None)) };
    let Some(last) = facts.last_attempts.get(&group) else {
        let (application, group) = group;
        return Ok(Step::Ask(Ask::LastAttempt { application, group }));
    };
    let Some(last) = last else { return Ok(Step::Done(None)) };
    if let Some(ask) = facts.ask_deployments_and_undoing(std::slice::from_ref(last)) {
        return Ok(Step::Ask(ask));
    }
    let Some(last) = facts.deployment(last) else { return Ok(Step::Done(None)) };
    let (itself, undo) = match &last.undoes {
        Some(undone) => {
            if let Some(ask) = facts.ask_deployments(std::slice::from_ref(undone)) {
                return Ok(Step::Ask(ask));
            }
            (facts.deployment(undone).unwrap_or(last), Some(last))
        }
        None => (last, last.rolled_back_by.as_ref().and_then(|id| facts.deployment(id))),
    };
    let sets = facts.service.task_sets.iter();
    let (made, others): (Vec<_>, Vec<_>) = sets.partition(|set| set.code_deploy_id.as_ref() == Some(&itself.id));
    let sources = others.iter().filter(|_| !made.is_empty()).map(|set| set.task_definition.clone());
    Ok(Step::Done(Some(Answer {
        id: Some(itself.id.clone()),
        status: Some(code_deploy_status(itself, undo)?),
        raw_status: Some(itself.status.clone()),
        reason: itself.reason.clone().or_else(|| undo?.reason.clone()),
        started_at: itself.started_at.clone(),
        finished_at: undo.unwrap_or(itself).finished_at.clone(),
        rollback: undo.is_some(),
        sources: sources.collect(),
        target: made.first().map(|set| set.task_definition.clone()),
        ..Answer::default()
    })))
}

fn code_deploy_status(itself: &CodeDeployDeployment, undo: Option<&CodeDeployDeployment>) -> Result<Status, Refusal> {
    let status = |deployment: &CodeDeployDeployment| {
        Ok(match deployment.status.as_str() {
            "Created" | "Queued" => Status::Pending,
            "InProgress" | "Baking" | "Ready" => Status::InProgress,
            "Succeeded" => Status::Succeeded,
            "Failed" => Status::Failed,
            "Stopped" => Status::Stopped,
            other => return Err(Refusal::unknown("CodeDeploy deployment status", other)),
        })
    };
    Ok(match undo.map(status).transpose()? {
        None => status(itself)?,
        Some(Status::Succeeded) => Status::RolledBack,
        Some(Status::Failed | Status::Stopped) => Status::Failed,
        Some(_) => Status::RollingBack,
    })
}

/// Under EXTERNAL a deployment is what its tool says it is; ECS only knows whether a second task set is there.
fn by_task_sets(service: &Service) -> Result<Answer, Refusal> {
    let primary = primary_task_set(service)?;
    if !waiting_task_sets(service)?.is_empty() {
        return Ok(Answer { status: Some(Status::InProgress), ..Answer::default() });
    }
    Ok(Answer {
        id: Some(primary.id.clone()),
        status: Some(Status::Succeeded),
        target: Some(primary.task_definition.clone()),
        ..Answer::default()
    })
}

#[cfg(test)]
mod tests;
