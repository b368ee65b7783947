//! Where does an ECS-native deployment (BLUE_GREEN, LINEAR, CANARY) stand?
//!
//! `loadBalancers` of such a service is configuration; the truth is in its current service revisions and, while a deployment
//! is under way, in the shares of traffic that it asked for. Where ECS does not say them the listener decides.

use super::Refusal;
use super::arn::TargetGroupArn;
use super::inquiry::{Ask, Facts, Step};
use super::model::{
    CurrentRevision, LoadBalancer, Resolved, Rollout, Service, ServiceDeployment, ServiceDeploymentStatus as Status,
    ServiceRevision, Target,
};
use super::task_definition::TaskDefinitionArn;
use std::collections::BTreeSet;

/// Where a deployment stands.
#[derive(Debug)]
pub(super) struct Standing<'a> {
    /// The current revisions that ECS describes.
    pub revisions: Vec<&'a ServiceRevision>,
    /// The deployment that made them, when ECS describes it.
    pub deployment: Option<&'a ServiceDeployment>,
    /// True while a deployment is under way.
    pub in_progress: bool,
    /// What ECS says about traffic.
    pub word: Word,
    /// The revision that has all of the traffic, as far as ECS says it.
    pub owner: Option<&'a ServiceRevision>,
    /// The task definition that serves; `None` where AWS does not say it.
    pub serves: Option<&'a TaskDefinitionArn>,
}

/// What ECS says about traffic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Word {
    /// One revision has all of it.
    One,
    /// Revisions on several target groups have some.
    Split,
    /// Nothing that could be relied on: a stage without weights, a deployment that stopped on the way or is not described, a
    /// Lambda function that may move the listener itself.
    Nothing,
    /// It moves back.
    Back,
    /// The very first deployment has not shifted yet.
    First,
}

impl Standing<'_> {
    /// The share of production traffic that the deployment asked for, in percent.
    pub fn share(&self, revision: &str) -> Option<u16> {
        self.deployment?.shares.get(revision).copied().flatten()
    }
}

/// Finds out where the deployment stands, or asks for one more fact.
pub(super) fn standing(facts: &Facts) -> Result<Step<Standing<'_>>, Refusal> {
    let service = &facts.service;
    if let Some(ask) = facts.ask_revisions(service.current_revisions.iter().map(|current| &current.arn)) {
        return Ok(Step::Ask(ask));
    }
    let rollout = |state: &Rollout| service.primary_deployment().is_some_and(|it| it.rollout.as_ref() == Some(state));
    let (moves, failed) = (rollout(&Rollout::InProgress), rollout(&Rollout::Failed));
    let deployment = match service.current_revisions.as_slice() {
        // What failed may never have had traffic.
        [_] if !moves && !failed => None,
        _ => match deployment(facts) {
            Step::Ask(ask) => return Ok(Step::Ask(ask)),
            Step::Done(deployment) => deployment,
        },
    };
    if let Some(ask) = deployment.and_then(|deployment| facts.ask_revisions(deployment.shares.keys())) {
        return Ok(Step::Ask(ask));
    }
    Ok(Step::Done(stand(facts, deployment, moves)))
}

/// The deployment that made the current revisions: the one that the service names, or else the newest that ECS lists.
/// The service names none for some seconds after UpdateService, and sometimes after the end (hashicorp/aws#47377).
fn deployment(facts: &Facts) -> Step<Option<&ServiceDeployment>> {
    let mut tried = Vec::new();
    for arn in [facts.service.current_deployment.as_ref(), facts.newest_deployment.as_ref().and_then(Option::as_ref)] {
        let Some(arn) = arn else { continue };
        if tried.contains(&arn) {
            continue;
        }
        tried.push(arn);
        match facts.service_deployments.get(arn) {
            None => return Step::Ask(Ask::ServiceDeployment(arn.clone())),
            Some(Some(deployment)) if made(deployment, &facts.service) => {
                return Step::Done(Some(deployment));
            }
            Some(_) => {}
        }
    }
    if facts.newest_deployment.is_none() { Step::Ask(Ask::NewestDeployment) } else { Step::Done(None) }
}

/// True for the deployment that made the current revisions: not for one that has ended well while another is about to begin,
/// nor for one that does not know all of them.
pub(super) fn made(deployment: &ServiceDeployment, service: &Service) -> bool {
    let moves = service.primary_deployment().is_some_and(|it| it.rollout == Some(Rollout::InProgress));
    let ended_well = matches!(deployment.status, Status::Successful | Status::RollbackSuccessful);
    let knows = |revision: &CurrentRevision| deployment.shares.contains_key(&revision.arn);
    !(moves && ended_well) && service.current_revisions.iter().all(knows)
}

fn stand<'a>(facts: &'a Facts, deployment: Option<&'a ServiceDeployment>, moves: bool) -> Standing<'a> {
    let service = &facts.service;
    let current = &service.current_revisions;
    let revisions: Vec<_> = current.iter().filter_map(|revision| facts.revision(&revision.arn)).collect();
    let standing = Standing {
        revisions,
        deployment,
        in_progress: current.len() > 1 || moves,
        word: Word::Nothing,
        owner: None,
        serves: None,
    };
    match (deployment, standing.revisions.as_slice()) {
        (Some(deployment), _) => under_way(standing, deployment, service),
        (None, &[only]) if current.len() == 1 => {
            // While one is about to begin, the revision is the old one if a COMPLETED deployment of it is there.
            let done = |arn: &TaskDefinitionArn| {
                let mut completed = service.deployments.iter().filter(|it| it.rollout == Some(Rollout::Completed));
                completed.any(|it| it.task_definition == *arn)
            };
            let sure = !moves || done(&only.task_definition);
            let word = if sure { Word::One } else { Word::Nothing };
            let owner = Some(only).filter(|_| sure);
            Standing { owner, word, serves: Some(&only.task_definition), ..standing }
        }
        // Seconds after UpdateService, revisions without tasks are listed beside the one that has some.
        (None, _) => Standing { serves: only_task_definition(&standing, service), ..standing },
    }
}

fn under_way<'a>(standing: Standing<'a>, deployment: &'a ServiceDeployment, service: &Service) -> Standing<'a> {
    let in_progress = !deployment.status.is_final();
    let serving: Vec<&&ServiceRevision> =
        standing.revisions.iter().filter(|it| standing.share(&it.arn).is_some_and(|share| share > 0)).collect();
    let told = standing.revisions.iter().all(|it| standing.share(&it.arn).is_some())
        && standing.revisions.len() == service.current_revisions.len();
    let full = |it: &ServiceRevision| standing.share(&it.arn) == Some(100);
    let groups: BTreeSet<_> = serving.iter().flat_map(|it| groups(it)).collect();
    // Shares of more than all of it share nothing: two revisions may both stand at 100 (kayac/ecspresso#890).
    let adds_up = serving.iter().filter_map(|it| standing.share(&it.arn)).map(u32::from).sum::<u32>() <= 100;
    let hooked = in_progress && service.has_lambda_hooks;
    let is_first = deployment.sources().next().is_none();
    let (word, owner) = match &deployment.status {
        Status::Unknown(_) | Status::Stopped | Status::StopRequested | Status::RollbackFailed => (Word::Nothing, None),
        Status::RollbackInProgress => (Word::Back, None),
        _ if hooked => (Word::Nothing, None),
        _ => match serving.as_slice() {
            [only] if told && full(only) => (Word::One, Some(**only)),
            [] if told && is_first => (Word::First, None),
            several if adds_up && several.len() > 1 && groups.len() > 1 => (Word::Split, None),
            _ => (Word::Nothing, None),
        },
    };
    // A share of 100 percent for a revision that never had a task serves nobody.
    let has_tasks = |owner: &&ServiceRevision| {
        let nobody = service.current_revisions.iter().all(|it| it.running == 0);
        nobody || service.current_revisions.iter().any(|it| it.arn == owner.arn && it.running > 0)
    };
    let serves = owner.filter(has_tasks).map(|owner| &owner.task_definition);
    let serves = if owner.is_some() { serves } else { only_task_definition(&standing, service) };
    Standing { in_progress, word, owner, serves, ..standing }
}

/// The task definition that all revisions with tasks run: of the only one, or of two that a forced deployment made. Seconds
/// after UpdateService, and after the end, revisions without tasks are listed beside it.
fn only_task_definition<'a>(standing: &Standing<'a>, service: &Service) -> Option<&'a TaskDefinitionArn> {
    let nobody = service.current_revisions.iter().all(|it| it.running == 0);
    let mut with_tasks = service.current_revisions.iter().filter(|it| nobody || it.running > 0).map(|current| {
        let described = standing.revisions.iter().find(|revision| revision.arn == current.arn);
        described.map(|revision| &revision.task_definition)
    });
    let first = with_tasks.next()??;
    with_tasks.all(|other| other == Some(first)).then_some(first)
}

/// Where the tasks of a revision are registered, as far as ECS says it.
fn groups(revision: &ServiceRevision) -> impl Iterator<Item = &TargetGroupArn> {
    revision.resolved.iter().map(|resolved| &resolved.target_group)
}

/// A load balancer entry of a revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Registered {
    /// The entry as it is configured; of an Express service, which has none, as its target groups are.
    pub entry: LoadBalancer,
    /// Where the tasks are registered; `None` when ECS does not say it.
    pub group: Option<TargetGroupArn>,
}

/// The load balancer entries of a revision. AWS gives no container with a resolved target group: the configured entry with
/// the same production route has it, or else the one whose pair the target group belongs to. One that fits none is left
/// out, and costs nothing else.
pub(super) fn entries(revision: &ServiceRevision) -> Vec<Registered> {
    let configured = &revision.load_balancers;
    if configured.is_empty() {
        let unnamed = |resolved: &Resolved| Registered {
            entry: LoadBalancer {
                target: Target::Group(resolved.target_group.clone()),
                container_name: None,
                container_port: None,
                alternate: None,
                production_route: resolved.production_route.clone(),
                test_route: None,
            },
            group: Some(resolved.target_group.clone()),
        };
        return revision.resolved.iter().map(unnamed).collect();
    }
    let resolved = |entry: &LoadBalancer| {
        let fits: Vec<_> =
            revision.resolved.iter().filter(|it| entry.groups().any(|own| *own == it.target_group)).collect();
        let same_route =
            |it: &&Resolved| it.production_route.is_some() && it.production_route == entry.production_route;
        let by_both: Vec<_> = fits.iter().copied().filter(|it| same_route(it)).collect();
        match (by_both.as_slice(), fits.as_slice()) {
            ([only], _) | (_, [only]) => Some(only.target_group.clone()),
            _ => None,
        }
    };
    configured.iter().map(|entry| Registered { group: resolved(entry), entry: entry.clone() }).collect()
}
