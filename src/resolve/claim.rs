//! What does ECS say about a service's target groups, before anybody asks the listener?

use super::Refusal;
use super::arn::{RouteArn, TargetGroupArn};
use super::inquiry::{Facts, Step};
use super::model::{LoadBalancer, Target, TaskSet};
use super::native::{self, Standing};
use super::running::{Kind, by_deployments, kind, primary_task_set, waiting_task_sets};
use super::target_group::{DecidedBy, Entry, Progress, Query, Unsettled};
use std::collections::{BTreeMap, BTreeSet};

/// ECS's word.
#[derive(Debug)]
pub(super) struct Claim {
    /// How the service is deployed.
    pub kind: Kind,
    /// The target group that should serve. When ECS itself names none, one of those in question.
    pub group: TargetGroupArn,
    /// True while a deployment is under way, or waits to clean up.
    pub in_progress: bool,
    /// Where else tasks are registered: the listener may be ahead of ECS's word with one of these.
    pub others: BTreeSet<TargetGroupArn>,
    /// Every target group that is known to be the service's.
    pub own: BTreeSet<TargetGroupArn>,
    /// The production route that the service itself names.
    pub route: Option<RouteArn>,
    /// The fact behind the claim.
    pub decided_by: DecidedBy,
    /// Why ECS itself names no single target group at this moment.
    pub unsettled: Option<Unsettled>,
    /// How far the ECS-native deployment has come, while there is one.
    pub progress: Option<Progress>,
    /// The shares of traffic that ECS asked for, in percent.
    pub shares: BTreeMap<TargetGroupArn, u16>,
    /// True when ECS does not know where traffic goes, so that the listener alone decides.
    pub silent: bool,
}

impl Claim {
    fn new(kind: Kind, group: TargetGroupArn, decided_by: DecidedBy) -> Self {
        Self {
            kind,
            own: BTreeSet::from([group.clone()]),
            shares: BTreeMap::from([(group.clone(), 100)]),
            group,
            in_progress: false,
            others: BTreeSet::new(),
            route: None,
            decided_by,
            unsettled: None,
            progress: None,
            silent: false,
        }
    }

    /// True when the listener is asked, unless the caller says otherwise: not where there is nothing to alternate, nor
    /// where only the caller knows the listener.
    pub fn wants_listener(&self, entry: Option<&Entry>) -> bool {
        matches!(self.kind, Kind::CodeDeploy | Kind::Native) || self.route.is_some() || entry.is_some()
    }
}

/// Collects ECS's word, or asks for one more fact.
pub(super) fn claim(query: &Query, facts: &Facts) -> Result<Step<Claim>, Refusal> {
    match kind(&facts.service)? {
        Kind::Rolling => {
            let in_progress = by_deployments(&facts.service)?.in_progress;
            let entry = select(query, &facts.service.load_balancers)?;
            let mut claim = Claim::new(Kind::Rolling, group_of(&entry)?, DecidedBy::Service);
            // A pair is left over from another strategy, or belongs to one that the endpoint does not tell.
            claim.own.extend(entry.alternate);
            Ok(Step::Done(Claim { in_progress, route: entry.production_route, ..claim }))
        }
        kind @ (Kind::CodeDeploy | Kind::External) => task_sets(kind, query, facts).map(Step::Done),
        Kind::Native => match native::standing(facts)? {
            Step::Ask(ask) => Ok(Step::Ask(ask)),
            Step::Done(standing) => revisions(query, &standing).map(Step::Done),
        },
    }
}

fn task_sets(kind: Kind, query: &Query, facts: &Facts) -> Result<Claim, Refusal> {
    let waiting = waiting_task_sets(&facts.service)?;
    let primary = primary_task_set(&facts.service)?;
    let claim = Claim::new(kind, group_of(&select(query, &primary.load_balancers)?)?, DecidedBy::TaskSet);
    let in_progress = !waiting.is_empty();
    if kind == Kind::External && in_progress && (query.entry.is_none() || query.verify == Some(false)) {
        return Err(Refusal::OnlyTheListenerKnows);
    }
    let own = claim.own.iter().chain(groups_of(facts.service.task_sets.iter())).cloned().collect();
    Ok(Claim { in_progress, others: groups_of(waiting.into_iter()).cloned().collect(), own, ..claim })
}

fn groups_of<'a>(sets: impl Iterator<Item = &'a TaskSet>) -> impl Iterator<Item = &'a TargetGroupArn> {
    sets.flat_map(|set| &set.load_balancers).filter_map(|entry| match &entry.target {
        Target::Group(group) => Some(group),
        Target::Classic(_) => None,
    })
}

/// The word of the service revisions of an ECS-native deployment.
fn revisions(query: &Query, standing: &Standing<'_>) -> Result<Claim, Refusal> {
    let mut entries: Vec<(&str, LoadBalancer)> = Vec::new();
    for revision in &standing.revisions {
        entries.push((&revision.arn, select(query, &native::entries(revision)?)?));
    }
    let owner = standing.owner.map(|owner| owner.arn.as_str());
    let chosen = entries.iter().find(|(arn, _)| Some(*arn) == owner).or(entries.first());
    let (_, entry) = chosen.ok_or(Refusal::NoCurrentRevision)?;
    let group = group_of(entry)?;
    let mut claim = Claim::new(Kind::Native, group, DecidedBy::ServiceRevision);
    claim.shares.clear();
    for (arn, entry) in &entries {
        let registered = group_of(entry)?;
        claim.own.extend(entry.alternate.clone());
        claim.own.insert(registered.clone());
        if registered != claim.group {
            claim.others.insert(registered.clone());
        }
        *claim.shares.entry(registered).or_default() += standing.share(arn);
    }
    if entries.iter().any(|(arn, _)| standing.is_unresolved(arn)) {
        // Configuration names the pair, but not the one of it that serves.
        claim.others.extend(claim.own.iter().cloned());
        claim.silent = true;
    }
    claim.silent |= standing.silent;
    claim.route.clone_from(&entry.production_route);
    claim.in_progress = standing.in_progress;
    claim.unsettled.clone_from(&standing.unsettled);
    claim.progress = standing.progress();
    Ok(claim)
}

/// The one load balancer entry that the query selects.
fn select(query: &Query, entries: &[LoadBalancer]) -> Result<LoadBalancer, Refusal> {
    if entries.is_empty() {
        return Err(Refusal::NoLoadBalancer);
    }
    let matching = entries.iter().filter(|entry| {
        (query.container_name.is_none() || entry.container_name == query.container_name)
            && (query.container_port.is_none() || entry.container_port == query.container_port)
    });
    let mut matching: Vec<&LoadBalancer> = matching.collect();
    if matching.len() > 1 && !query.candidates.is_empty() {
        matching.retain(|entry| matches!(&entry.target, Target::Group(group) if query.candidates.contains(group)));
    }
    match matching.as_slice() {
        [only] => Ok((*only).clone()),
        several => Err(Refusal::NotOneEntry { matching: several.len(), entries: entries.to_vec() }),
    }
}

fn group_of(entry: &LoadBalancer) -> Result<TargetGroupArn, Refusal> {
    match &entry.target {
        Target::Group(group) => Ok(group.clone()),
        Target::Classic(name) => Err(Refusal::ClassicLoadBalancer(name.clone())),
    }
}
