//! Where does an ECS-native deployment (BLUE_GREEN, LINEAR, CANARY) stand?
//!
//! `loadBalancers` of such a service is configuration; the truth is in its current service revisions and, while there
//! are several, in the traffic shares of the deployment.

use super::Refusal;
use super::inquiry::{Ask, Facts, Step};
use super::model::{
    LoadBalancer, Resolved, ServiceDeployment, ServiceDeploymentStatus as Status, ServiceRevision, Target,
};
use super::target_group::{Progress, Unsettled};

/// Where a deployment stands.
#[derive(Debug)]
pub(super) struct Standing<'a> {
    /// The revisions that have tasks.
    pub revisions: Vec<&'a ServiceRevision>,
    /// The one that has all of the production traffic.
    pub owner: Option<&'a ServiceRevision>,
    /// The one that is being rolled out, or was last.
    pub target: Option<&'a ServiceRevision>,
    /// The one that a deployment moves away from, when it is a single one.
    pub source: Option<&'a ServiceRevision>,
    /// True while there are several.
    pub in_progress: bool,
    /// Why none has all of the traffic, as far as ECS knows.
    pub unsettled: Option<Unsettled>,
    /// True when ECS does not know where traffic goes: the deployment stopped on the way.
    pub silent: bool,
    deployment: Option<&'a ServiceDeployment>,
}

impl Standing<'_> {
    /// The share of production traffic that ECS asked for, in percent.
    pub fn share(&self, revision: &str) -> u16 {
        match self.deployment {
            Some(deployment) => deployment.shares.get(revision).copied().flatten().unwrap_or(0),
            None => 100,
        }
    }

    /// How far the deployment has come, while there is one.
    pub fn progress(&self) -> Option<Progress> {
        self.deployment.map(progress)
    }

    /// True when AWS leaves out where the revision's tasks are registered.
    pub fn is_unresolved(&self, revision: &str) -> bool {
        self.revisions.iter().any(|known| known.arn == revision && known.resolved.is_none())
    }
}

/// Finds out where the deployment stands, or asks for one more fact.
pub(super) fn standing(facts: &Facts) -> Result<Step<Standing<'_>>, Refusal> {
    let service = &facts.service;
    if let Some(ask) = facts.ask_revisions(&service.current_revisions) {
        return Ok(Step::Ask(ask));
    }
    let mut revisions = Vec::new();
    for arn in &service.current_revisions {
        let known = facts.revisions.get(arn).and_then(Option::as_ref);
        revisions.push(known.ok_or_else(|| Refusal::RevisionGone(arn.clone()))?);
    }
    let (first, rest) = revisions.split_first().ok_or(Refusal::NoCurrentRevision)?;
    if rest.is_empty() {
        let only = Some(*first);
        let standing = Standing { owner: only, target: only, source: only, ..several(revisions.clone(), None) };
        return Ok(Step::Done(Standing { in_progress: false, ..standing }));
    }
    let arn = service.current_deployment.as_ref().ok_or(Refusal::DeploymentUnknown)?;
    let Some(deployment) = facts.service_deployments.get(arn) else {
        return Ok(Step::Ask(Ask::ServiceDeployment(arn.clone())));
    };
    let deployment = deployment.as_ref().ok_or(Refusal::DeploymentUnknown)?;
    under_way(revisions, deployment).map(Step::Done)
}

fn several<'a>(revisions: Vec<&'a ServiceRevision>, deployment: Option<&'a ServiceDeployment>) -> Standing<'a> {
    Standing {
        revisions,
        owner: None,
        target: None,
        source: None,
        in_progress: true,
        unsettled: None,
        silent: false,
        deployment,
    }
}

fn under_way<'a>(
    revisions: Vec<&'a ServiceRevision>,
    deployment: &'a ServiceDeployment,
) -> Result<Standing<'a>, Refusal> {
    let find = |arn: &str| revisions.iter().copied().find(|revision| revision.arn == arn);
    let target = deployment.target.as_deref().and_then(find);
    let sources: Vec<_> =
        revisions.iter().copied().filter(|revision| Some(&revision.arn) != deployment.target.as_ref()).collect();
    let source = match sources.as_slice() {
        [only] => Some(*only),
        _ => None,
    };
    let serves = |share| move |revision: &&ServiceRevision| deployment.shares.get(&revision.arn) == Some(&Some(share));
    let full: Vec<_> = revisions.iter().copied().filter(serves(100)).collect();
    let idle = revisions.iter().copied().filter(serves(0)).count();
    let owner = match full.as_slice() {
        [only] if idle + 1 == revisions.len() => Some(*only),
        _ => None,
    };
    let (owner, unsettled, silent) = match &deployment.status {
        Status::Unknown(value) => return Err(Refusal::unknown("service deployment status", value)),
        Status::RollbackRequested | Status::RollbackInProgress => {
            (None, Some(Unsettled::Rollback(progress(deployment))), false)
        }
        Status::Stopped | Status::StopRequested | Status::RollbackFailed => (None, None, true),
        Status::Pending | Status::InProgress | Status::Successful | Status::RollbackSuccessful => match owner {
            Some(owner) => (Some(owner), None, false),
            None => (None, Some(Unsettled::Split(Some(progress(deployment)))), false),
        },
    };
    Ok(Standing { owner, target, source, unsettled, silent, ..several(revisions, Some(deployment)) })
}

fn progress(deployment: &ServiceDeployment) -> Progress {
    Progress {
        deployment: deployment.arn.clone(),
        status: deployment.status.as_str().to_owned(),
        stage: deployment.stage.clone(),
    }
}

/// The load balancer entries of a revision, each with the target group where its tasks are registered.
pub(super) fn entries(revision: &ServiceRevision) -> Result<Vec<LoadBalancer>, Refusal> {
    let Some(resolved) = &revision.resolved else {
        return Ok(revision.load_balancers.clone());
    };
    resolved.iter().map(|resolved| entry(revision, resolved)).collect()
}

/// AWS gives no container with a resolved target group: the configured entry with the same production route has it, or
/// else the one whose pair the target group belongs to. Express services have no configured entries at all.
fn entry(revision: &ServiceRevision, resolved: &Resolved) -> Result<LoadBalancer, Refusal> {
    let configured = &revision.load_balancers;
    let pair = |entry: &LoadBalancer| {
        let target = match &entry.target {
            Target::Group(group) => Some(group.clone()),
            Target::Classic(_) => None,
        };
        [target, entry.alternate.clone()]
    };
    let in_pair = |entry: &&LoadBalancer| pair(entry).contains(&Some(resolved.target_group.clone()));
    let same_route = |entry: &&LoadBalancer| {
        resolved.production_route.is_some() && entry.production_route == resolved.production_route
    };
    let by_both: Vec<_> = configured.iter().filter(in_pair).filter(same_route).collect();
    let by_pair: Vec<_> = configured.iter().filter(in_pair).collect();
    let found = match (by_both.as_slice(), by_pair.as_slice()) {
        ([only], _) | (_, [only]) => *only,
        _ if configured.is_empty() => {
            return Ok(LoadBalancer {
                target: Target::Group(resolved.target_group.clone()),
                container_name: None,
                container_port: None,
                alternate: None,
                production_route: resolved.production_route.clone(),
                test_route: None,
            });
        }
        _ => return Err(Refusal::UnmatchedTargetGroup(resolved.target_group.clone())),
    };
    let other = pair(found).into_iter().flatten().find(|group| *group != resolved.target_group);
    Ok(LoadBalancer {
        target: Target::Group(resolved.target_group.clone()),
        alternate: other,
        production_route: resolved.production_route.clone().or_else(|| found.production_route.clone()),
        ..found.clone()
    })
}
