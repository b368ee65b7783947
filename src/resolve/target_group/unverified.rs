//! The word of ECS and CodeDeploy alone, for callers who may not or will not ask the listener.
//!
//! What is only configured is never given as live.

use super::answer::Answer;
use super::claim::Claim;
use super::decided_by::DecidedBy;
use crate::resolve::Refusal;
use crate::resolve::arn::TargetGroupArn;
use crate::resolve::inquiry::{Ask, Facts, Step};
use crate::resolve::kind::Kind;
use crate::resolve::model::Forward;
use crate::resolve::native::Word;
use crate::resolve::task_sets::{TaskSets, code_deploy};
use crate::resolve::unsettled::{End, Unsettled};
use std::collections::BTreeMap;

/// Takes the word of ECS, or asks for one more fact.
pub(super) fn decide(claim: &Claim, facts: &Facts) -> Result<Step<Answer>, Refusal> {
    if claim.kind == Kind::External {
        return Err(Refusal::EcsDoesNotKnow);
    }
    let sets = TaskSets::of(&facts.service)?;
    if claim.kind == Kind::CodeDeploy && claim.word != Word::Nothing && !sets.waiting.is_empty() {
        return by_deployment(claim, facts, &sets);
    }
    let progress = || claim.progress.clone().ok_or(Refusal::OnlyTheListenerKnows);
    let live = match (claim.word, &claim.group) {
        (Word::One, Some(group)) => Ok(group.clone()),
        (Word::Split, _) => {
            Err(Unsettled::Split { progress: claim.progress.clone(), end: End::Deployment, repair: None })
        }
        (Word::Back, _) => Err(Unsettled::Rollback(progress()?)),
        (Word::First, _) => Err(Unsettled::First(progress()?)),
        (Word::One | Word::Nothing, _) => return Err(Refusal::OnlyTheListenerKnows),
    };
    Ok(Step::Done(Answer::on_its_word(claim, live)))
}

/// How CodeDeploy says that it shares traffic. A deployment that undoes another one has made no task set, but it is the one
/// that moves traffic; one that has ended left the shares as they are, unless somebody took the traffic back by hand. So where
/// PRIMARY is another, nobody's word counts any more.
fn by_deployment(claim: &Claim, facts: &Facts, sets: &TaskSets<'_>) -> Result<Step<Answer>, Refusal> {
    let known = code_deploy(facts, sets);
    let deployment = known.running.or(known.newest).ok_or(Refusal::OnlyTheListenerKnows)?;
    let Some(shares) = facts.shifts.get(&deployment.id) else {
        return Ok(Step::Ask(Ask::Shift(deployment.id.clone())));
    };
    let mut weights: BTreeMap<TargetGroupArn, u16> = BTreeMap::new();
    for set in &facts.service.task_sets {
        let (Some(share), Some(group)) = (shares.get(&set.id), set.load_balancers.first().and_then(|it| it.group()))
        else {
            continue;
        };
        *weights.entry(group.clone()).or_default() += share;
    }
    if weights.values().map(|weight| u32::from(*weight)).sum::<u32>() != 100 {
        return Err(Refusal::OnlyTheListenerKnows);
    }
    let forward = Forward { weights, stickiness: None };
    let live = match (claim.word, &claim.progress, forward.receivers().as_slice()) {
        (Word::Back, Some(progress), _) => Err(Unsettled::Rollback(progress.clone())),
        (_, _, [only]) if !deployment.is_running() && claim.group.as_ref() != Some(*only) => {
            return Err(Refusal::OnlyTheListenerKnows);
        }
        (_, _, [only]) => Ok((*only).clone()),
        (_, progress, _) => Err(Unsettled::Split { progress: progress.clone(), end: claim.end(), repair: None }),
    };
    let own = live.as_ref().ok();
    let decided_by = if own == claim.group.as_ref() { DecidedBy::TaskSet } else { DecidedBy::Deployment };
    let standby = own.and_then(|live| claim.standby(live, &forward.weights));
    let answer = Answer::on_its_word(claim, live);
    Ok(Step::Done(Answer { standby, forward: Some(forward), decided_by, ..answer }))
}
