//! Everything that guard wants to know of one service, decided from the same facts.
//!
//! Pure, like the decisions it is made of: it asks for one more fact, or is done.

use crate::resolve::Refusal;
use crate::resolve::arn::{RouteArn, TargetGroupArn};
use crate::resolve::inquiry::{Ask, Facts, Step};
use crate::resolve::model::{Controller, LoadBalancer, Service};
use crate::resolve::target_group::{self, Query};
use crate::resolve::{deployment, running};
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
    /// The routes of production, as far as ECS or CodeDeploy names them.
    pub production_routes: BTreeSet<RouteArn>,
    /// The routes of tests.
    pub test_routes: BTreeSet<RouteArn>,
    /// The revisions that serving tasks may run.
    pub runs: BTreeSet<String>,
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
    for entry in &running.entries {
        let live = match live(entry, facts) {
            Step::Ask(ask) => return Ok(Step::Ask(ask)),
            Step::Done(live) => live,
        };
        for group in entry.configured.groups().chain(live.as_ref()) {
            let serves = live.as_ref().map(|live| live == group);
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
    let entries = || running.entries.iter().map(|entry| &entry.configured);
    let deployments = || facts.deployments.values().flatten();
    let listeners = |arn: &crate::resolve::arn::ListenerArn| RouteArn::Listener(arn.clone());
    let production = entries().filter_map(|entry| entry.production_route.clone());
    let test = entries().filter_map(|entry| entry.test_route.clone());
    Ok(Step::Done(Survey {
        production_routes: production
            .chain(deployments().flat_map(|found| &found.production_listeners).map(listeners))
            .collect(),
        test_routes: test.chain(deployments().flat_map(|found| &found.test_listeners).map(listeners)).collect(),
        runs: runs(&running, facts),
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

/// Where the serving tasks of an entry are registered: that is for ECS to say. The listener is only asked where ECS does
/// not know.
fn live(entry: &running::Entry, facts: &Facts) -> Step<Option<TargetGroupArn>> {
    let query = Query {
        container_name: entry.configured.container_name.clone(),
        container_port: entry.configured.container_port,
        unverified: true,
        ..Query::default()
    };
    match target_group::decide(&query, facts) {
        Ok(Step::Ask(ask)) => return Step::Ask(ask),
        Ok(Step::Done(answer)) => {
            if let Ok(Some(live)) = answer.live {
                return Step::Done(Some(live));
            }
        }
        Err(_) if entry.live.is_some() => return Step::Done(entry.live.clone()),
        Err(_) => {}
    }
    if facts.service.controller != Controller::External {
        return Step::Done(entry.live.clone());
    }
    match target_group::decide(&Query { unverified: false, ..query }, facts) {
        Ok(Step::Ask(ask)) => Step::Ask(ask),
        Ok(Step::Done(answer)) => Step::Done(answer.live.ok().flatten()),
        Err(_) => Step::Done(None),
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
