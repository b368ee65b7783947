//! Which task definition runs in this service, and is another one being rolled out?

use super::Refusal;
use super::arn::TargetGroupArn;
use super::inquiry::{Facts, Step};
use super::kind::{Kind, is_between_controllers, kind};
use super::model::{LoadBalancer, Rollout, RunningImage, Service, ServiceRevision, ServiceStatus};
use super::native;
use super::rolling::{self, Serves};
use super::task_definition::TaskDefinitionArn;
use super::task_sets::{self, TaskSets};

/// What runs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Running {
    /// The revision that serves; `None` where AWS does not say which of several it is.
    pub task_definition: Option<TaskDefinitionArn>,
    /// The revision that is being rolled out; equals the running one when nothing is, or when it already serves.
    /// `None` when AWS does not say which of two it is.
    pub target: Option<TaskDefinitionArn>,
    /// True while a deployment is under way; `None` when AWS does not say it.
    pub in_progress: Option<bool>,
    /// `rolloutState` of the newest deployment, under the ECS controller.
    pub rollout: Option<Rollout>,
    /// The load balancer entries as they are configured.
    pub entries: Vec<Entry>,
    /// The service revision that serves, when one is known to.
    pub revision: Option<String>,
    /// The images as ECS resolved them, when a service revision tells.
    pub images: Vec<RunningImage>,
}

/// A load balancer entry of a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// As it is configured.
    pub configured: LoadBalancer,
    /// The target group that serves, as far as ECS alone can tell: not while traffic may shift, and not where only the
    /// configuration is known.
    pub live: Option<TargetGroupArn>,
}

impl Running {
    /// The images, when a service revision tells all of them: nobody then has to read the task definition.
    pub fn known_images(&self) -> Option<&[RunningImage]> {
        let complete = !self.images.is_empty() && self.images.iter().all(|image| image.image.is_some());
        complete.then_some(&self.images)
    }

    fn with_revision(self, revision: Option<&ServiceRevision>) -> Self {
        match revision {
            Some(revision) => Self { revision: Some(revision.arn.clone()), images: revision.images.clone(), ..self },
            None => self,
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
    let step = match kind(&facts.service)? {
        Kind::Rolling => by_deployments(facts),
        Kind::Native => by_revisions(facts),
        Kind::CodeDeploy => by_code_deploy(facts),
        Kind::External => by_task_sets(&facts.service).map(Step::Done),
    }?;
    let Step::Done(running) = step else { return Ok(step) };
    if !is_between_controllers(&facts.service) {
        return Ok(Step::Done(running));
    }
    let entries = running.entries.into_iter().map(|entry| Entry { live: None, ..entry }).collect();
    Ok(Step::Done(Running { task_definition: None, revision: None, images: Vec::new(), entries, ..running }))
}

fn by_deployments(facts: &Facts) -> Result<Step<Running>, Refusal> {
    let service = &facts.service;
    let primary = rolling::primary(service)?;
    let serves = match rolling::serves(facts)? {
        Step::Ask(ask) => return Ok(Step::Ask(ask)),
        Step::Done(serves) => serves,
    };
    let current = || service.current_revisions.iter().map(|it| &it.arn);
    if let Some(ask) = facts.ask_revisions(current()) {
        return Ok(Step::Ask(ask));
    }
    let known: Vec<_> = current().filter_map(|arn| facts.revision(arn)).collect();
    let in_progress = rolling::in_progress(service);
    // While tasks are replaced, the target group stays if every current revision has it.
    let is_told = !known.is_empty() && known.len() == service.current_revisions.len();
    let live = |entry: &LoadBalancer| {
        let is_known = in_progress == Some(false) || is_told;
        let group = entry.group().filter(|_| entry.alternate.is_none() && is_known)?;
        let stays = |revision: &&ServiceRevision| {
            let configured = revision.load_balancers.iter().flat_map(LoadBalancer::groups);
            let alike = configured.chain(revision.resolved.iter().map(|it| &it.target_group));
            let own: Vec<_> = alike.collect();
            own.is_empty() && in_progress == Some(false)
                || own.contains(&group) && revision.load_balancers.iter().all(|it| it.alternate.is_none())
        };
        known.iter().all(stays).then(|| group.clone())
    };
    let running = Running {
        task_definition: serves.map(|serves| serves.task_definition.clone()),
        target: Some(primary.task_definition.clone()),
        in_progress,
        rollout: primary.rollout.clone(),
        entries: entries(&service.load_balancers, live),
        ..Running::default()
    };
    Ok(Step::Done(running.with_revision(serves.and_then(|serves| revision_of(&serves, &known)))))
}

/// The revision of what runs: the one with the number of the deployment (`ecs-svc/N` made `…/N`, as hashicorp/aws relies
/// on), else the only one with its task definition. Of several none is more right than the others.
fn revision_of<'a>(serves: &Serves<'_>, known: &[&'a ServiceRevision]) -> Option<&'a ServiceRevision> {
    let alike: Vec<_> = known.iter().filter(|it| it.task_definition == *serves.task_definition).collect();
    let number = serves.deployment.and_then(|deployment| deployment.id.strip_prefix("ecs-svc/"));
    let numbered = number.and_then(|number| alike.iter().find(|it| it.arn.rsplit('/').next() == Some(number)));
    match (numbered, alike.as_slice()) {
        (Some(numbered), _) => Some(numbered),
        (None, [only]) => Some(only),
        _ => None,
    }
}

fn by_revisions(facts: &Facts) -> Result<Step<Running>, Refusal> {
    let standing = match native::standing(facts)? {
        Step::Ask(ask) => return Ok(Step::Ask(ask)),
        Step::Done(standing) => standing,
    };
    let service = &facts.service;
    let primary = service.primary_deployment();
    // Nothing but the list of deployments is there: it says what runs when there is one.
    let listed = || match service.deployments.as_slice() {
        [only] if service.current_revisions.is_empty() => Some(&only.task_definition),
        _ => None,
    };
    let serves = standing.serves.or_else(listed);
    let target = standing.deployment.and_then(|it| facts.revision(it.target.as_ref()?)).map(|it| &it.task_definition);
    let owner = standing.owner.or_else(|| {
        let alike: Vec<_> = standing.revisions.iter().filter(|it| Some(&it.task_definition) == serves).collect();
        match alike.as_slice() {
            [only] => Some(**only),
            _ => None,
        }
    });
    let registered = owner.map(native::entries).unwrap_or_default();
    let live = |entry: &LoadBalancer| {
        let settled = !standing.in_progress && standing.word == native::Word::One;
        let own = registered.iter().find(|it| it.entry == *entry || it.entry.groups().eq(entry.groups()));
        own.filter(|_| settled)?.group.clone()
    };
    let unnamed: Vec<LoadBalancer> = registered.iter().map(|it| it.entry.clone()).collect();
    let configured = if service.load_balancers.is_empty() { &unnamed } else { &service.load_balancers };
    let running = Running {
        task_definition: serves.cloned(),
        target: primary.map(|it| &it.task_definition).or(target).or(serves).cloned(),
        in_progress: Some(standing.in_progress),
        rollout: primary.and_then(|it| it.rollout.clone()),
        entries: entries(configured, live),
        ..Running::default()
    };
    Ok(Step::Done(running.with_revision(owner)))
}

fn by_code_deploy(facts: &Facts) -> Result<Step<Running>, Refusal> {
    let service = &facts.service;
    let sets = TaskSets::of(service)?;
    let primary = sets.the_primary()?;
    if !sets.waiting.is_empty()
        && let Some(ask) = task_sets::ask_code_deploy(facts, &sets)
    {
        return Ok(Step::Ask(ask));
    }
    let code_deploy = task_sets::code_deploy(facts, &sets);
    let made = |id: &String| sets.present().find(|set| set.code_deploy_id.as_ref() == Some(id));
    let target = match (sets.waiting.is_empty(), code_deploy.running) {
        (true, _) => Some(primary),
        // One that undoes another goes back to the set that other one did not make.
        (false, Some(running)) => match &running.undoes {
            Some(undone) => sets.present().find(|set| set.code_deploy_id.as_ref() != Some(undone)),
            None => made(&running.id),
        },
        (false, None) if code_deploy.newest.is_some() => Some(primary),
        (false, None) => None,
    };
    let configured = if service.load_balancers.is_empty() { &primary.load_balancers } else { &service.load_balancers };
    let live = |entry: &LoadBalancer| entry.group().filter(|_| sets.waiting.is_empty()).cloned();
    Ok(Step::Done(Running {
        task_definition: Some(primary.task_definition.clone()),
        target: target.map(|set| set.task_definition.clone()),
        in_progress: task_sets::in_progress(&sets, &code_deploy),
        entries: entries(configured, live),
        ..Running::default()
    }))
}

/// Under EXTERNAL, nobody but the deployment tool knows which of two task sets serves: not even the one that is PRIMARY has
/// to. The only one is what runs.
fn by_task_sets(service: &Service) -> Result<Running, Refusal> {
    let sets = TaskSets::of(service)?;
    let present: Vec<_> = sets.present().collect();
    // One whose tasks are still to come does not serve before those that are being removed are gone.
    let elsewhere = service.task_sets.iter().any(|set| set.running > 0);
    let only = match present.as_slice() {
        [only] if only.running > 0 || !elsewhere => Some(only.task_definition.clone()),
        _ => None,
    };
    let target = match present.as_slice() {
        [only] => Some(only.task_definition.clone()),
        _ => None,
    };
    let primary = sets.primary.map(|set| set.load_balancers.clone()).unwrap_or_default();
    let configured = if service.load_balancers.is_empty() { &primary } else { &service.load_balancers };
    Ok(Running {
        target,
        task_definition: only,
        in_progress: Some(sets.is_rollout()),
        entries: entries(configured, |_| None),
        ..Running::default()
    })
}

fn entries(configured: &[LoadBalancer], live: impl Fn(&LoadBalancer) -> Option<TargetGroupArn>) -> Vec<Entry> {
    configured.iter().map(|entry| Entry { configured: entry.clone(), live: live(entry) }).collect()
}

#[cfg(test)]
mod tests;
