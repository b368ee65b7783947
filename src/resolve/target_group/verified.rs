//! What the production routes do, compared with what ECS says.

use super::answer::Answer;
use super::claim::{Claim, claim};
use super::decided_by::DecidedBy;
use super::routes::{Found, find};
use super::{Query, TargetGroupArn};
use crate::resolve::Refusal;
use crate::resolve::inquiry::{Ask, Facts, Step};
use crate::resolve::kind::Kind;
use crate::resolve::native::Word;
use crate::resolve::task_sets::{self, TaskSets};
use crate::resolve::traffic::{self, Traffic};
use crate::resolve::unsettled::{Repair, Unsettled};
use std::collections::BTreeSet;

/// Compares what ECS says with what the production routes do, or asks for one more fact.
pub(super) fn decide(query: &Query, mut claim: Claim, facts: &Facts) -> Result<Step<Answer>, Refusal> {
    let mut step = compare(query, &claim, facts);
    // CodeDeploy knows the pair and the test listeners. Where the caller names the entry, it is only asked when that matters.
    let is_odd = match &step {
        Err(Refusal::RoutesDisagree { .. } | Refusal::StrangeTargetGroup { .. } | Refusal::NoRoute { .. }) => true,
        Ok(Step::Done((answer, _))) => answer.live.is_err(),
        _ => false,
    };
    if claim.kind == Kind::CodeDeploy
        && is_odd
        && let Some(ask) = task_sets::ask_code_deploy(facts, &TaskSets::of(&facts.service)?)
    {
        return Ok(Step::Ask(ask));
    }
    // What a rolling service is configured with may not be all that it has: its revisions know.
    let falls_short = match &step {
        Ok(Step::Ask(_)) => false,
        Ok(Step::Done((_, strangers))) => *strangers,
        Err(refusal) => matches!(
            refusal,
            Refusal::NoRoute { .. }
                | Refusal::Unattached { .. }
                | Refusal::Gone { .. }
                | Refusal::StrangeTargetGroup { .. }
        ),
    };
    if claim.kind == Kind::Rolling && falls_short && !claim.knows_revisions {
        let current = facts.service.current_revisions.iter().map(|it| &it.arn);
        if let Some(ask) = facts.ask_revisions(current) {
            return Ok(Step::Ask(ask));
        }
        if !facts.service.current_revisions.is_empty() {
            claim = match self::claim(query, facts)? {
                Step::Done(Some(claim)) => claim,
                Step::Ask(ask) => return Ok(Step::Ask(ask)),
                Step::Done(None) => claim,
            };
            step = compare(query, &claim, facts);
        }
    }
    // Somebody may be waited for: the service deployment knows whom.
    if let (Kind::Rolling, Ok(Step::Done((Answer { live: Err(_), .. }, _))), Some(arn)) =
        (claim.kind, &step, &facts.service.current_deployment)
        && claim.in_progress != Some(false)
        && !facts.service_deployments.contains_key(arn)
    {
        return Ok(Step::Ask(Ask::ServiceDeployment(arn.clone())));
    }
    Ok(match step? {
        Step::Ask(ask) => Step::Ask(ask),
        Step::Done((answer, _)) => Step::Done(answer),
    })
}

/// The answer, and whether the route sends requests to target groups that are not known to be the service's.
fn compare(query: &Query, claim: &Claim, facts: &Facts) -> Result<Step<(Answer, bool)>, Refusal> {
    let found = match find(query, claim, facts)? {
        Step::Ask(ask) => return Ok(Step::Ask(ask)),
        Step::Done(found) => found,
    };
    let own = own(claim, facts, &found);
    let Traffic { forward, routes: counted } = match read(query, &own, &found)? {
        Some(traffic) => traffic,
        None => return Err(unreached(claim, &found)),
    };
    let vouched = own.iter().any(|group| query.candidates.contains(group));
    let is_own = |group: &&TargetGroupArn| own.contains(*group) || vouched && query.candidates.contains(*group);
    let route = match counted.as_slice() {
        [only] => Some(only.clone()),
        _ => None,
    };
    let receivers = forward.receivers();
    let (mine, strangers): (Vec<_>, Vec<_>) = receivers.into_iter().partition(is_own);
    let settled = claim.in_progress == Some(false);
    let group = claim.should.clone().or_else(|| mine.first().map(|it| (*it).clone()));
    let repair = || group.clone().map(|group| Repair { routes: counted.clone(), group });
    let split = || Unsettled::Split { progress: claim.progress.clone(), end: claim.end(), repair: repair() };
    let live = match (mine.as_slice(), strangers.as_slice(), claim.kind) {
        // The third party that moves the route may keep a target group that ECS knows nothing of.
        ([], [_], Kind::External) => Ok(None),
        ([_], [], Kind::External) => Ok(Some(mine[0].clone())),
        (_, _, Kind::External) => Err(split()),
        // Another service shares the rule on purpose: what it gets is none of this one's.
        ([], _, Kind::Rolling) if forward.weights.keys().any(|group| is_own(&group)) => Ok(None),
        ([], [stranger, ..], _) | (_, [stranger, ..], Kind::Native | Kind::CodeDeploy) => {
            let target_group = (*stranger).clone();
            let route = route.clone().or_else(|| found.routes.first().map(|route| route.arn.clone()));
            return Err(Refusal::StrangeTargetGroup { route, target_group });
        }
        _ if claim.word == Word::Back => match &claim.progress {
            Some(progress) => Err(Unsettled::Rollback(progress.clone())),
            None => Err(split()),
        },
        ([_, _, ..], _, _) => Err(split()),
        ([], ..) => Err(split()),
        ([live], ..) if claim.word == Word::First && !claim.registered.contains(*live) => match &claim.progress {
            Some(progress) => Err(Unsettled::First(progress.clone())),
            None => Err(split()),
        },
        ([live], ..) => match &claim.group {
            Some(group) if group != *live && settled => Err(Unsettled::Disagreement {
                ecs: group.clone(),
                listener: (*live).clone(),
                routes: counted.clone(),
                progress: claim.progress.clone(),
            }),
            _ => Ok(Some((*live).clone())),
        },
    };
    let settled_on = live.as_ref().ok().and_then(Option::as_ref);
    let lags = settled_on.is_some_and(|live| claim.group.as_ref().is_some_and(|group| group != live));
    let decided_by = if lags || claim.group.is_none() { DecidedBy::Listener } else { claim.decided_by };
    let standby = settled_on.and_then(|live| claim.standby(live, &forward.weights));
    // What the caller vouches for is not what ECS knows to be the service's.
    let has_strangers = mine.is_empty() || forward.receivers().iter().any(|group| !own.contains(*group));
    let answer = Answer {
        live,
        standby,
        forward: Some(forward),
        route,
        in_progress: claim.in_progress,
        verified: true,
        decided_by,
        lags,
        taken_back: claim.shifted.clone().filter(|_| lags),
    };
    Ok(Step::Done((answer, has_strangers)))
}

/// The target groups of the service, with those of the routes that CodeDeploy names as the pair: it gives no ARNs.
fn own(claim: &Claim, facts: &Facts, found: &Found) -> BTreeSet<TargetGroupArn> {
    let is_named = |group: &&TargetGroupArn| {
        facts.deployments.values().flatten().any(|it| it.target_group_names.contains(group.name()))
    };
    let forwards = found.routes.iter().flat_map(|route| route.forwards());
    let named = forwards.flat_map(|forward| forward.weights.keys()).filter(is_named);
    claim.own.iter().chain(named).cloned().collect()
}

/// What the routes that count do. One that is named counts as it is; of those that were found, the ones that forward to a
/// target group of the service, and of those the ones that stay within what the caller lists, if there are such.
fn read(query: &Query, own: &BTreeSet<TargetGroupArn>, found: &Found) -> Result<Option<Traffic>, Refusal> {
    if found.is_named {
        return traffic::of_named(&found.routes);
    }
    let mut counting: Vec<_> = found.routes.iter().filter(|route| route.mentions(own)).collect();
    let listed = |groups: &BTreeSet<TargetGroupArn>, route: &crate::resolve::model::Route| {
        route.forwards().all(|forward| forward.weights.keys().all(|group| groups.contains(group)))
    };
    if counting.iter().any(|route| listed(&query.candidates, route)) {
        counting.retain(|route| listed(&query.candidates, route));
    }
    traffic::of_all(&counting)
}

/// No route leads to the service: because the one that was named is gone, or because none forwards to it.
fn unreached(claim: &Claim, found: &Found) -> Refusal {
    let group = claim.should.as_ref().or(claim.registered.first()).or(claim.own.first());
    match (&found.gone, group) {
        (Some((arn, named_by)), _) => Refusal::Gone { arn: arn.clone(), named_by },
        (None, Some(group)) => Refusal::NoRoute { group: group.clone(), ecs_knows: claim.group.is_some() },
        // A claim is about an entry with a target group.
        (None, None) => Refusal::OnlyTheListenerKnows,
    }
}
