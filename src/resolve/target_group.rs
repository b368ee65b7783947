//! Which target group serves production, with which weights?
//!
//! ECS (its task sets, its service) says which target group should serve; the listener says which one does. An answer
//! needs both to agree, or the caller's word that ECS alone is enough.

use super::Refusal;
use super::arn::{Arn, ListenerArn, LoadBalancerArn, RouteArn, TargetGroupArn};
use super::claim::{Claim, claim};
use super::inquiry::{Ask, Facts, Scope, Step};
use super::model::{CodeDeployDeployment, Forward, LoadBalancer, Route, Target};
use super::running::{Kind, deployment_ids};
use super::traffic::{self, Selection, Traffic};
use std::collections::{BTreeMap, BTreeSet};

/// What the caller wants to know, and what they know already.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query {
    /// Only load balancer entries of this container.
    pub container_name: Option<String>,
    /// Only load balancer entries of this container port.
    pub container_port: Option<u16>,
    /// Where production traffic comes in.
    pub entry: Option<Entry>,
    /// If not empty: any other answer is refused.
    pub candidates: BTreeSet<TargetGroupArn>,
    /// Ask the listener? `None`: yes, unless no entry is given and the service is a rolling one or under EXTERNAL.
    pub verify: Option<bool>,
}

/// Where production traffic comes in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// This rule, or this listener's default action.
    Route(RouteArn),
    /// The rules of this listener that forward to the service.
    Listener(ListenerArn),
    /// The rules and default actions of this load balancer that forward to the service.
    LoadBalancer(LoadBalancerArn),
}

impl Entry {
    /// The parts of its ARN.
    pub fn arn(&self) -> &Arn {
        match self {
            Self::Route(arn) => arn.arn(),
            Self::Listener(arn) => arn.arn(),
            Self::LoadBalancer(arn) => arn.arn(),
        }
    }
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The target group that serves, or why there is no single one at this moment.
    pub live: Result<TargetGroupArn, Unsettled>,
    /// The other target group of the pair, when it is known.
    pub standby: Option<TargetGroupArn>,
    /// Weights and stickiness: as AWS holds them if `verified`, else 100 for the live target group or percent.
    pub forward: Forward,
    /// The route that was looked at, when it was a single one.
    pub route: Option<RouteArn>,
    /// True while a deployment is under way, or waits to clean up.
    pub in_progress: bool,
    /// True if the listener was asked.
    pub verified: bool,
    /// Which fact decided.
    pub decided_by: DecidedBy,
}

/// Why no single target group can be named now. Waiting may settle it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unsettled {
    /// Several target groups receive production traffic.
    Split(Option<Progress>),
    /// A deployment is being undone: the CodeDeploy deployment that undoes, or the ECS service deployment that is undone.
    Rollback(Progress),
    /// ECS names one target group, the listener forwards to another, and no deployment explains it.
    Disagreement {
        /// The target group that ECS names.
        ecs: TargetGroupArn,
        /// The target group that the listener forwards to.
        listener: TargetGroupArn,
        /// The deployment under way, if there is one.
        progress: Option<Progress>,
    },
}

/// How far a deployment has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// Id of the CodeDeploy deployment, or ARN of the ECS service deployment.
    pub deployment: String,
    /// AWS's word for its status.
    pub status: String,
    /// The lifecycle stage of an ECS-native deployment.
    pub stage: Option<String>,
}

/// The fact that decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DecidedBy {
    /// The service's own load balancer entry (rolling).
    Service,
    /// The PRIMARY task set.
    TaskSet,
    /// The service revision that has the traffic.
    ServiceRevision,
    /// The traffic weights that CodeDeploy reports for its deployment.
    Deployment,
    /// The listener's weights, against a task set that lags behind.
    Listener,
}

/// Decides, or asks for one more fact.
///
/// # Errors
/// A [`Refusal`] when the facts contradict each other or do not name one target group.
pub fn decide(query: &Query, facts: &Facts) -> Result<Step<Answer>, Refusal> {
    let mut claim = match claim(query, facts)? {
        Step::Ask(ask) => return Ok(Step::Ask(ask)),
        Step::Done(claim) => claim,
    };
    // A list that lacks what ECS names is about something else, and vouches for nothing.
    if query.candidates.contains(&claim.group) {
        claim.own.extend(query.candidates.iter().cloned());
    }
    let wanted = query.verify.unwrap_or_else(|| claim.wants_listener(query.entry.as_ref()));
    let step = match claim.kind {
        _ if wanted => verify(query, &claim, facts),
        Kind::CodeDeploy if claim.in_progress => weigh_by_deployment(&claim, facts),
        _ if claim.silent => Err(Refusal::ProgressUnknown),
        _ => Ok(Step::Done(claim.on_its_word())),
    }?;
    if let Step::Done(Answer { live: Ok(live), .. }) = &step
        && !query.candidates.is_empty()
        && !query.candidates.contains(live)
    {
        let candidates = query.candidates.iter().cloned().collect();
        return Err(Refusal::OutsideCandidates { live: live.clone(), candidates });
    }
    Ok(step)
}

impl Claim {
    fn on_its_word(&self) -> Answer {
        let live = match &self.unsettled {
            None => Ok(self.group.clone()),
            Some(unsettled) => Err(unsettled.clone()),
        };
        let weights = match live {
            Ok(_) => BTreeMap::from([(self.group.clone(), 100)]),
            Err(_) => self.shares.clone(),
        };
        Answer {
            standby: live.as_ref().ok().and_then(|live| self.standby(live, &weights)),
            live,
            forward: Forward { weights, stickiness: None },
            route: None,
            in_progress: self.in_progress,
            verified: false,
            decided_by: self.decided_by,
        }
    }

    /// The other one of a pair: by the weights, else by what the service alternates between. Three are no pair.
    fn standby(&self, live: &TargetGroupArn, weights: &BTreeMap<TargetGroupArn, u16>) -> Option<TargetGroupArn> {
        let other = |groups: Vec<&TargetGroupArn>| match groups.as_slice() {
            [only] => Some((*only).clone()),
            _ => None,
        };
        let by_weights = other(weights.keys().filter(|group| *group != live).collect());
        by_weights.or_else(|| other(self.own.iter().filter(|group| *group != live).collect()))
    }
}

/// CodeDeploy's own word on the shift, for callers who may not or will not ask the listener.
fn weigh_by_deployment(claim: &Claim, facts: &Facts) -> Result<Step<Answer>, Refusal> {
    let ids = deployment_ids(&facts.service);
    if let Some(ask) = facts.ask_deployments_and_undoing(&ids) {
        return Ok(Step::Ask(ask));
    }
    // A deployment that undoes another one has made no task set, but it is the one that moves traffic.
    let mut running = running(facts);
    let (Some(deployment), None) = (running.next(), running.next()) else {
        return Err(Refusal::ProgressUnknown);
    };
    let Some(shares) = facts.shifts.get(&deployment.id) else {
        return Ok(Step::Ask(Ask::Shift(deployment.id.clone())));
    };
    let mut weights: BTreeMap<TargetGroupArn, u16> = BTreeMap::new();
    for set in &facts.service.task_sets {
        let (Some(share), [LoadBalancer { target: Target::Group(group), .. }]) =
            (shares.get(&set.id), set.load_balancers.as_slice())
        else {
            continue;
        };
        *weights.entry(group.clone()).or_default() += share;
    }
    if weights.values().map(|weight| u32::from(*weight)).sum::<u32>() != 100 {
        return Err(Refusal::ProgressUnknown);
    }
    let traffic = Traffic { forward: Forward { weights, stickiness: None }, route: None };
    let decided_by =
        if traffic.only_target_group() == Some(&claim.group) { DecidedBy::TaskSet } else { DecidedBy::Deployment };
    Ok(Step::Done(settle(claim, facts, traffic, decided_by, false)))
}

/// Compares what ECS says with what the production routes do.
fn verify(query: &Query, claim: &Claim, facts: &Facts) -> Result<Step<Answer>, Refusal> {
    let ids = deployment_ids(&facts.service);
    let code_deploy_tells = query.entry.is_none() || claim.in_progress;
    if code_deploy_tells && let Some(ask) = facts.ask_deployments_and_undoing(&ids) {
        return Ok(Step::Ask(ask));
    }
    let scopes = scopes(query, claim, facts, &ids);
    let mut routes: Vec<Route> = Vec::new();
    for scope in &scopes {
        match facts.routes.get(scope) {
            Some(found) => routes.extend(found.iter().cloned()),
            None => return Ok(Step::Ask(Ask::Routes(scope.clone()))),
        }
    }
    let named = matches!(scopes.as_slice(), [Scope::Route(_)]);
    let selection = if named { Selection::Named } else { Selection::Found };
    let belongs = |group: &TargetGroupArn| belongs(group, claim, facts);
    let read = |routes: &[Route]| traffic::read(routes, selection, belongs);
    let mut outcome = read(&routes);
    // CodeDeploy knows the pair and the test listeners, which may differ. It is only asked when that matters.
    if let Err(Refusal::RoutesDisagree { .. } | Refusal::StrangeTargetGroup { .. } | Refusal::NoRoute) = &outcome
        && let Some(ask) = facts.ask_deployments_and_undoing(&ids)
    {
        return Ok(Step::Ask(ask));
    }
    if matches!(outcome, Err(Refusal::RoutesDisagree { .. })) && selection == Selection::Found {
        let tests = listeners(facts, &ids, |deployment| &deployment.test_listeners);
        routes.retain(|route| !tests.contains(&route.listener));
        outcome = read(&routes);
    }
    let traffic = outcome?;
    let lags = claim.in_progress && traffic.only_target_group().is_some_and(|live| *live != claim.group);
    let decided_by = if lags || claim.silent { DecidedBy::Listener } else { claim.decided_by };
    Ok(Step::Done(settle(claim, facts, traffic, decided_by, true)))
}

fn settle(claim: &Claim, facts: &Facts, traffic: Traffic, decided_by: DecidedBy, verified: bool) -> Answer {
    let undone = running(facts).find(|deployment| deployment.undoes.is_some());
    let undone = undone.map(|deployment| Unsettled::Rollback(progress(deployment)));
    let progress = claim.progress.clone().or_else(|| running(facts).next().map(progress));
    let live = match (undone.or_else(|| claim.unsettled.clone()), traffic.only_target_group()) {
        (Some(unsettled), _) => Err(unsettled),
        (None, None) => Err(Unsettled::Split(progress)),
        (None, Some(live)) if *live == claim.group || claim.others.contains(live) => Ok(live.clone()),
        (None, Some(live)) => {
            Err(Unsettled::Disagreement { ecs: claim.group.clone(), listener: live.clone(), progress })
        }
    };
    let standby = live.as_ref().ok().and_then(|live| claim.standby(live, &traffic.forward.weights));
    let Traffic { forward, route } = traffic;
    Answer { live, standby, forward, route, in_progress: claim.in_progress, verified, decided_by }
}

/// A target group of this service: where its tasks are registered, what it alternates between, or what the caller
/// vouches for.
fn belongs(group: &TargetGroupArn, claim: &Claim, facts: &Facts) -> bool {
    let named = || facts.deployments.values().flatten().any(|d| d.target_group_names.contains(group.name()));
    claim.own.contains(group) || named()
}

/// Where to look for the production routes.
fn scopes(query: &Query, claim: &Claim, facts: &Facts, ids: &[String]) -> Vec<Scope> {
    match &query.entry {
        Some(Entry::Route(arn)) => vec![Scope::Route(arn.clone())],
        Some(Entry::Listener(arn)) => vec![Scope::Listener(arn.clone())],
        Some(Entry::LoadBalancer(arn)) => vec![Scope::LoadBalancer(arn.clone())],
        None => {
            if let Some(route) = &claim.route {
                return vec![Scope::Route(route.clone())];
            }
            let production = listeners(facts, ids, |deployment| &deployment.production_listeners);
            if production.is_empty() {
                return vec![Scope::TargetGroup(claim.group.clone())];
            }
            production.into_iter().map(Scope::Listener).collect()
        }
    }
}

fn listeners(
    facts: &Facts,
    ids: &[String],
    which: impl Fn(&CodeDeployDeployment) -> &BTreeSet<ListenerArn>,
) -> BTreeSet<ListenerArn> {
    ids.iter().filter_map(|id| facts.deployment(id)).flat_map(which).cloned().collect()
}

/// The CodeDeploy deployments that have not finished.
fn running(facts: &Facts) -> impl Iterator<Item = &CodeDeployDeployment> {
    facts.deployments.values().flatten().filter(|deployment| deployment.is_running())
}

fn progress(deployment: &CodeDeployDeployment) -> Progress {
    Progress { deployment: deployment.id.clone(), status: deployment.status.clone(), stage: None }
}

#[cfg(test)]
mod tests;
