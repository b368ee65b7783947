//! Everything that guard wants to know of one service, decided from the same facts.
//!
//! Pure, like the decisions it is made of: it asks for one more fact, or is done.

use super::external::{self, Reached};
use crate::resolve::Refusal;
use crate::resolve::arn::{RouteArn, TargetGroupArn};
use crate::resolve::inquiry::{Ask, Facts, Step};
use crate::resolve::model::{Controller, LoadBalancer, Service};
use crate::resolve::target_group::{self, Query};
use crate::resolve::unsettled::{End, Repair, Unsettled};
use crate::resolve::{deployment, running, task_sets};
use std::collections::{BTreeMap, BTreeSet};

/// What is known of a service.
#[derive(Debug)]
pub struct Survey {
    /// What runs.
    pub running: running::Running,
    /// The deployment under way, or the last one.
    pub deployment: Option<deployment::Answer>,
    /// Every target group of the service: whether the tasks that serve are registered there; `None` where AWS does not say.
    pub groups: BTreeMap<TargetGroupArn, Option<bool>>,
    /// The names of the target group pair of its CodeDeploy deployments: the side without tasks is nowhere else.
    pub pair: BTreeSet<String>,
    /// The routes of production, as far as ECS or CodeDeploy names them.
    pub production_routes: BTreeSet<RouteArn>,
    /// The routes of tests.
    pub test_routes: BTreeSet<RouteArn>,
    /// The revisions that serving tasks may run.
    pub runs: BTreeSet<String>,
    /// The target groups that requests reach, whoever serves there; `None` where that is not told.
    pub receivers: Option<Reached>,
    /// True while several target groups share the requests of production.
    pub is_split: bool,
}

/// Decides, or asks for one more fact.
///
/// # Errors
/// A [`Refusal`] when the service is in a state that has no single answer.
pub fn survey(facts: &Facts) -> Result<Step<Survey>, Refusal> {
    let running = match running::decide(facts)? {
        Step::Ask(ask) => return Ok(Step::Ask(ask)),
        Step::Done(running) => running,
    };
    let deployment = match deployment(facts)? {
        Step::Ask(ask) => return Ok(Step::Ask(ask)),
        Step::Done(deployment) => deployment,
    };
    let mut groups = BTreeMap::new();
    let (mut receivers, mut is_split) = (Some(Reached::default()), false);
    for entry in entries(&running, facts) {
        let Live { serving: live, reached, is_split: splits } = match live(&entry, facts) {
            Step::Ask(ask) => return Ok(Step::Ask(ask)),
            Step::Done(found) => found,
        };
        is_split |= splits;
        receivers = receivers.zip(reached).map(|(all, reached)| all.and(reached));
        for group in entry.configured.groups().chain(live.group()) {
            let serves = live.is(group);
            let known: &mut Option<bool> = groups.entry(group.clone()).or_insert(serves);
            if serves == Some(true) {
                *known = serves;
            }
        }
    }
    let settled = groups.values().any(|serves| *serves == Some(true));
    for set in &facts.service.task_sets {
        for group in set.load_balancers.iter().flat_map(LoadBalancer::groups) {
            groups.entry(group.clone()).or_insert(settled.then_some(false));
        }
    }
    let configured = || running.entries.iter().map(|entry| &entry.configured);
    let deployments = || facts.deployments.values().flatten();
    let listeners = |arn: &crate::resolve::arn::ListenerArn| RouteArn::Listener(arn.clone());
    let production = configured().filter_map(|entry| entry.production_route.clone());
    let test = configured().filter_map(|entry| entry.test_route.clone());
    Ok(Step::Done(Survey {
        production_routes: production
            .chain(deployments().flat_map(|found| &found.production_listeners).map(listeners))
            .collect(),
        pair: deployments().flat_map(|found| found.target_group_names.iter().cloned()).collect(),
        test_routes: test.chain(deployments().flat_map(|found| &found.test_listeners).map(listeners)).collect(),
        runs: runs(&running, facts),
        receivers,
        is_split,
        running,
        deployment,
        groups,
    }))
}

/// The deployment under way, or the last one, as far as the service itself leads to it. A CodeDeploy deployment that has made
/// no task set is only known to its deployment group: that would be one call for each service.
fn deployment(facts: &Facts) -> Result<Step<Option<deployment::Answer>>, Refusal> {
    match deployment::decide(facts)? {
        Step::Ask(Ask::DeploymentGroup(name)) => {
            let mut facts = facts.clone();
            facts.deployment_groups.insert(name, None);
            deployment::decide(&facts)
        }
        step => Ok(step),
    }
}

/// The load balancer entries; under EXTERNAL, where no task set is PRIMARY, those of another set.
fn entries(running: &running::Running, facts: &Facts) -> Vec<running::Entry> {
    if !running.entries.is_empty() || facts.service.controller != Controller::External {
        return running.entries.clone();
    }
    let entries = task_sets::entries(&facts.service).iter();
    entries.map(|entry| running::Entry { configured: entry.clone(), live: None }).collect()
}

/// Where the serving tasks of an entry are registered.
#[derive(Debug, PartialEq, Eq)]
enum Serving {
    /// In this group.
    Group(TargetGroupArn),
    /// Nowhere: the first deployment has not brought them yet.
    Nowhere,
    /// That is not told.
    Unknown,
}

impl Serving {
    fn group(&self) -> Option<&TargetGroupArn> {
        match self {
            Self::Group(group) => Some(group),
            Self::Nowhere | Self::Unknown => None,
        }
    }

    fn is(&self, group: &TargetGroupArn) -> Option<bool> {
        match self {
            Self::Group(live) => Some(live == group),
            Self::Nowhere => Some(false),
            Self::Unknown => None,
        }
    }
}

/// What is known of an entry.
struct Live {
    /// Where the serving tasks are registered.
    serving: Serving,
    /// Which target groups requests reach.
    reached: Option<Reached>,
    /// True while several share them.
    is_split: bool,
}

impl From<Serving> for Live {
    fn from(serving: Serving) -> Self {
        let reached = serving.group().map(|group| Reached::by(BTreeSet::from([group.clone()])));
        Self { serving, reached, is_split: false }
    }
}

/// ECS says it when nothing is under way. Otherwise the listener decides, as it does for `resolve target-group`.
fn live(entry: &running::Entry, facts: &Facts) -> Step<Live> {
    let word = match decide(&entry.configured, facts, true) {
        Ok(Step::Ask(ask)) => return Step::Ask(ask),
        Ok(Step::Done(answer)) => {
            let live = answer.live.ok().flatten();
            match live {
                Some(live) if answer.in_progress == Some(false) => return Step::Done(Serving::Group(live).into()),
                live => live,
            }
        }
        Err(_) => None,
    };
    if let Some(live) = &entry.live {
        return Step::Done(Serving::Group(live.clone()).into());
    }
    let told = || word.clone().map_or(Serving::Unknown, Serving::Group);
    Step::Done(match decide(&entry.configured, facts, false) {
        Ok(Step::Ask(ask)) => return Step::Ask(ask),
        Ok(Step::Done(answer)) => {
            let reached = answer.forward.as_ref().map(|it| Reached::by(it.receivers().into_iter().cloned().collect()));
            let is_split = matches!(answer.live, Err(Unsettled::Split { .. }));
            let serving = match answer.live {
                Ok(Some(live)) => Serving::Group(live),
                Ok(None) => told(),
                // Nobody ends it, so what it should be is what counts.
                Err(Unsettled::Split { end: End::Nobody, repair: Some(Repair { group, .. }), .. }) => {
                    Serving::Group(group)
                }
                Err(Unsettled::Disagreement { ecs, .. }) => Serving::Group(ecs),
                Err(Unsettled::First(_)) => Serving::Nowhere,
                Err(Unsettled::Split { .. } | Unsettled::Rollback(_)) => Serving::Unknown,
            };
            Live { serving, reached, is_split }
        }
        Err(Refusal::OutsideCandidates { live, .. }) => Serving::Group(live).into(),
        Err(Refusal::RoutesDisagree { routes }) if facts.service.controller == Controller::External => {
            Live { serving: told(), is_split: false, reached: Some(external::reached(&routes)) }
        }
        Err(_) => told().into(),
    })
}

/// Which target group serves for an entry. Of several entries of one container, the target groups say which is meant.
fn decide(entry: &LoadBalancer, facts: &Facts, unverified: bool) -> Result<Step<target_group::Answer>, Refusal> {
    let query = Query {
        container_name: entry.container_name.clone(),
        container_port: entry.container_port,
        unverified,
        ..Query::default()
    };
    match target_group::decide(&query, facts) {
        Err(Refusal::NotOneEntry { .. }) => {
            target_group::decide(&Query { candidates: entry.groups().cloned().collect(), ..query }, facts)
        }
        decided => decided,
    }
}

/// The revision that serves; all that have tasks where AWS does not say which of them does.
fn runs(running: &running::Running, facts: &Facts) -> BTreeSet<String> {
    if let Some(arn) = &running.task_definition {
        return BTreeSet::from([arn.as_str().to_owned()]);
    }
    let Service { deployments, task_sets, current_revisions, .. } = &facts.service;
    let revisions = current_revisions.iter().filter(|it| it.running > 0).filter_map(|it| facts.revision(&it.arn));
    let arns = revisions
        .map(|revision| &revision.task_definition)
        .chain(deployments.iter().filter(|it| it.running > 0).map(|it| &it.task_definition))
        .chain(task_sets.iter().filter(|it| it.running > 0).map(|it| &it.task_definition));
    arns.map(|arn| arn.as_str().to_owned()).collect()
}
