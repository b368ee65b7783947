//! Where does production traffic come in?
//!
//! The caller says it; or the service names its rule; or the CodeDeploy deployment names its listeners; or it is found by
//! the target groups: their load balancers, the listeners of those, and the rules that forward to the service.

use super::claim::Claim;
use super::{Entry, Query};
use crate::resolve::Refusal;
use crate::resolve::arn::{ListenerArn, RouteArn, TargetGroupArn};
use crate::resolve::inquiry::{Ask, Facts, GroupName, Scope, Seen, Step};
use crate::resolve::kind::Kind;
use crate::resolve::model::{CodeDeployDeployment, Forward, Route};
use crate::resolve::task_sets::{TaskSets, code_deploy};
use std::collections::{BTreeMap, BTreeSet};

/// What was found.
#[derive(Debug)]
pub(super) struct Found {
    /// The routes, those for tests left out as far as they are known.
    pub routes: Vec<Route>,
    /// True when the caller or the service names this very route, so that it has to forward.
    pub is_named: bool,
    /// What somebody names and what is gone: its ARN, and who names it.
    pub gone: Option<(String, &'static str)>,
}

/// Finds the routes of production traffic, or asks for one more fact.
///
/// # Errors
/// [`Refusal::Gone`] when what the caller names does not exist; [`Refusal::Unattached`] when the service has a target group
/// that no load balancer uses.
pub(super) fn find(query: &Query, claim: &Claim, facts: &Facts) -> Result<Step<Found>, Refusal> {
    if let Some(entry) = &query.entry {
        return by_entry(entry, claim, facts);
    }
    let mut missing = None;
    if let Some(route) = &claim.route {
        match look(facts, &[Scope::Route(route.clone())]) {
            Look::Ask(ask) => return Ok(Step::Ask(ask)),
            Look::Seen { routes, gone: None } => return Ok(Step::Done(Found { routes, is_named: true, gone: None })),
            Look::Seen { gone, .. } => missing = gone.map(|arn| (arn, "the service")),
        }
    }
    if claim.kind == Kind::CodeDeploy {
        match by_code_deploy(claim, facts)? {
            Step::Ask(ask) => return Ok(Step::Ask(ask)),
            Step::Done((Some(found), _)) => return Ok(Step::Done(found)),
            Step::Done((None, gone)) => missing = missing.or(gone),
        }
    }
    by_target_group(claim, facts, missing)
}

/// What the caller names, unless that is for tests.
fn by_entry(entry: &Entry, claim: &Claim, facts: &Facts) -> Result<Step<Found>, Refusal> {
    let routes = match look(facts, &[entry.scope()]) {
        Look::Ask(ask) => return Ok(Step::Ask(ask)),
        Look::Seen { gone: Some(arn), .. } => return Err(Refusal::Gone { arn, named_by: "the arguments" }),
        Look::Seen { routes, .. } => routes,
    };
    let tests = Tests::of(claim, facts);
    let (is_named, is_wide) = (matches!(entry, Entry::Route(_)), matches!(entry, Entry::LoadBalancer(_)));
    if let Some(listener) = routes.first().filter(|_| is_named).and_then(|route| tests.unread(route)) {
        match look(facts, &[Scope::Listener(listener)]) {
            Look::Ask(ask) => return Ok(Step::Ask(ask)),
            Look::Seen { routes, .. } => {
                if let Some(test) = routes.iter().find(|route| route.is_default && tests.has(route)) {
                    return Err(tests.refusal(test));
                }
            }
        }
    }
    let (for_tests, routes): (Vec<_>, Vec<_>) = routes.into_iter().partition(|route| tests.has(route));
    let nothing_else = is_named || !is_wide && !routes.iter().any(|route| route.mentions(&claim.own));
    match for_tests.first().filter(|_| nothing_else) {
        Some(test) => Err(tests.refusal(test)),
        None => Ok(Step::Done(Found { routes, is_named, gone: None })),
    }
}

type ByCodeDeploy = (Option<Found>, Option<(String, &'static str)>);

/// The listeners that the newest deployment names or, where one of those is gone or does not forward to the service, those
/// that its deployment group names now.
fn by_code_deploy(claim: &Claim, facts: &Facts) -> Result<Step<ByCodeDeploy>, Refusal> {
    let sets = TaskSets::of(&facts.service)?;
    let Some(deployment) = code_deploy(facts, &sets).newest.filter(|it| !it.production_listeners.is_empty()) else {
        return Ok(Step::Done((None, None)));
    };
    let (mut routes, gone) = match listeners(facts, &deployment.production_listeners) {
        Look::Ask(ask) => return Ok(Step::Ask(ask)),
        Look::Seen { routes, gone } => (routes, gone),
    };
    let is_pair = |group: &TargetGroupArn| deployment.target_group_names.contains(group.name());
    let forwards = |routes: &[Route]| {
        let mut groups = routes.iter().flat_map(|route| route.forwards()).flat_map(|forward| forward.weights.keys());
        groups.any(|group| claim.own.contains(group) || is_pair(group))
    };
    if gone.is_none() && forwards(&routes) {
        drop_tests(&mut routes, &deployment.test_listeners);
        return Ok(Step::Done((Some(Found { routes, is_named: false, gone: None }), None)));
    }
    let gone = gone.map(|arn| (arn, "the CodeDeploy deployment"));
    let Some(name) = group_name(deployment) else { return Ok(Step::Done((None, gone))) };
    let Some(group) = facts.deployment_groups.get(&name) else { return Ok(Step::Ask(Ask::DeploymentGroup(name))) };
    let Some(group) = group.as_ref().filter(|it| !it.production_listeners.is_empty()) else {
        return Ok(Step::Done((None, gone)));
    };
    Ok(match listeners(facts, &group.production_listeners) {
        Look::Ask(ask) => Step::Ask(ask),
        Look::Seen { mut routes, gone: None } if forwards(&routes) => {
            drop_tests(&mut routes, &group.test_listeners);
            Step::Done((Some(Found { routes, is_named: false, gone: None }), None))
        }
        Look::Seen { gone: now, .. } => {
            Step::Done((None, now.map(|arn| (arn, "the CodeDeploy deployment group")).or(gone)))
        }
    })
}

/// The deployment group of a deployment.
pub(in crate::resolve) fn group_name(deployment: &CodeDeployDeployment) -> Option<GroupName> {
    Some(GroupName { application: deployment.application.clone()?, group: deployment.group.clone()? })
}

fn listeners(facts: &Facts, arns: &BTreeSet<ListenerArn>) -> Look {
    look(facts, &arns.iter().cloned().map(Scope::Listener).collect::<Vec<_>>())
}

fn drop_tests(routes: &mut Vec<Route>, tests: &BTreeSet<ListenerArn>) {
    routes.retain(|route| !tests.contains(&route.listener));
}

/// A search cannot tell test listeners apart, unless the service or CodeDeploy names them.
fn by_target_group(claim: &Claim, facts: &Facts, gone: Option<(String, &'static str)>) -> Result<Step<Found>, Refusal> {
    let (mut routes, mut unattached, mut absent): (Vec<Route>, _, _) = (Vec::new(), None, None);
    for group in &claim.own {
        let scope = Scope::TargetGroup(group.clone());
        match facts.routes.get(&scope) {
            None => return Ok(Step::Ask(Ask::Routes(scope))),
            Some(Seen::Routes(found)) => routes.extend(found.iter().cloned()),
            Some(Seen::Unattached) => unattached = Some(group.clone()),
            Some(Seen::Gone) => absent = Some(group.to_string()),
        }
    }
    let tests = Tests::of(claim, facts);
    routes.retain(|route| !tests.has(route));
    routes.sort();
    routes.dedup();
    if !routes.is_empty() {
        return Ok(Step::Done(Found { routes, is_named: false, gone }));
    }
    match (absent, unattached, gone) {
        (_, _, Some((arn, named_by))) => Err(Refusal::Gone { arn, named_by }),
        (None, Some(group), None) => Err(Refusal::Unattached { group }),
        (Some(arn), _, None) => Err(Refusal::Gone { arn, named_by: "the service" }),
        (None, None, None) => Ok(Step::Done(Found { routes, is_named: false, gone: None })),
    }
}

/// The routes that the service or CodeDeploy uses for tests.
struct Tests<'a> {
    claim: &'a Claim,
    /// Those that CodeDeploy uses for tests, and not for production.
    listeners: BTreeSet<&'a ListenerArn>,
}

impl<'a> Tests<'a> {
    fn of(claim: &'a Claim, facts: &'a Facts) -> Self {
        let (deployments, groups) = (facts.deployments.values().flatten(), facts.deployment_groups.values().flatten());
        let production = deployments.clone().flat_map(|it| &it.production_listeners);
        let production: BTreeSet<_> =
            production.chain(groups.clone().flat_map(|it| &it.production_listeners)).collect();
        let tests = deployments.flat_map(|it| &it.test_listeners).chain(groups.flat_map(|it| &it.test_listeners));
        Self { claim, listeners: tests.filter(|listener| !production.contains(listener)).collect() }
    }

    fn has(&self, route: &Route) -> bool {
        self.claim.tests.iter().any(|test| route.is_called(test)) || self.listeners.contains(&route.listener)
    }

    /// The listener of a default action that may be the service's test rule: only all rules of the listener tell.
    fn unread(&self, route: &Route) -> Option<ListenerArn> {
        let is_open = route.is_default && route.default_rule.is_none();
        let on_it = |test: &RouteArn| matches!(test, RouteArn::Rule(_)) && test.listener() == route.listener;
        (is_open && self.claim.tests.iter().any(on_it)).then(|| route.listener.clone())
    }

    fn refusal(&self, route: &Route) -> Refusal {
        let named_by = if self.claim.kind == Kind::CodeDeploy { "CodeDeploy" } else { "ECS" };
        Refusal::TestRoute { route: route.arn.clone(), named_by }
    }
}

enum Look {
    Ask(Ask),
    /// Routes, and the first of what was named that is gone.
    Seen {
        routes: Vec<Route>,
        gone: Option<String>,
    },
}

fn look(facts: &Facts, scopes: &[Scope]) -> Look {
    let (mut all, mut gone) = (Vec::new(), None);
    for scope in scopes {
        match facts.routes.get(scope) {
            None => return Look::Ask(Ask::Routes(scope.clone())),
            Some(Seen::Routes(routes)) => all.extend(routes.iter().cloned()),
            Some(Seen::Gone) => gone = gone.or_else(|| Some(scope.as_str().to_owned())),
            Some(Seen::Unattached) => {}
        }
    }
    Look::Seen { routes: all, gone }
}

/// What the routes that the caller vouches for hold, whoever the service is: equal values written back move nothing. `None`
/// when the caller names nothing to look at, or when nothing forwards there yet.
///
/// # Errors
/// A [`Refusal`] when the named route does not exist or does not forward, or when several do, and not in the same way.
pub fn weights(query: &Query, seen: &BTreeMap<Scope, Seen>) -> Result<Step<Option<Forward>>, Refusal> {
    let scopes: Vec<Scope> = match &query.entry {
        Some(entry) => vec![entry.scope()],
        None => query.candidates.iter().cloned().map(Scope::TargetGroup).collect(),
    };
    let mut forwards: Vec<(&Route, &Forward)> = Vec::new();
    for scope in &scopes {
        let routes = match seen.get(scope) {
            None => return Ok(Step::Ask(Ask::Routes(scope.clone()))),
            Some(Seen::Routes(routes)) => routes.as_slice(),
            // A target group that nobody uses yet, or that is still to be made: the first apply.
            Some(Seen::Gone | Seen::Unattached) if query.entry.is_none() => &[],
            Some(_) => return Err(Refusal::Gone { arn: scope.as_str().to_owned(), named_by: "the arguments" }),
        };
        for route in routes {
            let here: Vec<&Forward> = route.forwards().collect();
            match (here.as_slice(), scope) {
                ([forward], _) => forwards.push((route, forward)),
                (_, Scope::Route(_)) => return Err(Refusal::not_one_forward(route)),
                _ => {}
            }
        }
    }
    if !query.candidates.is_empty() {
        forwards.retain(|(_, forward)| forward.weights.keys().any(|group| query.candidates.contains(group)));
    }
    let Some((_, widest)) = forwards.iter().max_by_key(|(_, forward)| forward.weights.len()) else {
        return Ok(Step::Done(None));
    };
    if forwards.iter().any(|(_, forward)| !forward.agrees_with(widest)) {
        let routes = forwards.iter().map(|(route, forward)| (route.arn.clone(), forward.weights.clone()));
        return Err(Refusal::NobodyToTell { routes: routes.collect() });
    }
    Ok(Step::Done(Some((*widest).clone())))
}

/// The target groups that the caller lists and that do not exist, of those that were looked at.
pub fn nonexistent<'a>(query: &'a Query, seen: &'a BTreeMap<Scope, Seen>) -> impl Iterator<Item = &'a TargetGroupArn> {
    query.candidates.iter().filter(|group| seen.get(&Scope::TargetGroup((*group).clone())) == Some(&Seen::Gone))
}
