//! The answer, and why it may not name a single target group.

use super::claim::Claim;
use super::decided_by::DecidedBy;
use super::taken_back::TakenBack;
use crate::resolve::arn::{RouteArn, TargetGroupArn};
use crate::resolve::inquiry::Facts;
use crate::resolve::model::Forward;
use crate::resolve::refusal::Explanation;
use crate::resolve::unsettled::{Seen, Unsettled};
use crate::resolve::{rolling, task_sets};
use std::collections::BTreeMap;

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The target group that serves, or why there is no single one at this moment. None where nothing brings traffic to the
    /// service, and where the route has weights for target groups of others only.
    pub live: Result<Option<TargetGroupArn>, Unsettled>,
    /// The other target group of the pair, when it is known.
    pub standby: Option<TargetGroupArn>,
    /// Weights and stickiness: as AWS holds them if `verified`, else 100 for the live target group or percent. Empty where
    /// there is no route.
    pub forward: Option<Forward>,
    /// The route that was looked at, when it was a single one.
    pub route: Option<RouteArn>,
    /// True while a deployment is under way; `None` when AWS does not say it.
    pub in_progress: Option<bool>,
    /// True if the listener was asked.
    pub verified: bool,
    /// Which fact decided.
    pub decided_by: DecidedBy,
    /// True when the listener is ahead of what ECS says. It may be the age of the facts only.
    pub lags: bool,
    /// Where the deployment had shifted traffic before the route was put back.
    pub taken_back: Option<TakenBack>,
}

impl Answer {
    /// Nothing brings traffic to the service.
    pub(super) fn nothing(forward: Option<Forward>, facts: &Facts) -> Self {
        let sets = task_sets::TaskSets::of(&facts.service);
        let rollout = sets.map_or(None, |sets| Some(sets.present().count() > 1));
        let in_progress =
            if facts.service.deployments.is_empty() { rollout } else { rolling::in_progress(&facts.service) };
        Self {
            live: Ok(None),
            standby: None,
            verified: forward.is_some(),
            forward,
            route: None,
            in_progress,
            decided_by: DecidedBy::Service,
            lags: false,
            taken_back: None,
        }
    }

    /// What ECS says, when nobody asks the listener.
    pub(super) fn on_its_word(claim: &Claim, live: Result<TargetGroupArn, Unsettled>) -> Self {
        let weights = match &live {
            Ok(live) => BTreeMap::from([(live.clone(), 100)]),
            Err(_) => claim.shares.clone(),
        };
        Self {
            standby: live.as_ref().ok().and_then(|live| claim.standby(live, &weights)),
            live: live.map(Some),
            forward: Some(Forward { weights, stickiness: None }),
            route: None,
            in_progress: claim.in_progress,
            verified: false,
            decided_by: claim.decided_by,
            lags: false,
            taken_back: None,
        }
    }

    /// Why it names no single target group, in words. Whoever has waited already is not told to wait.
    pub fn explain(&self, unsettled: &Unsettled, waited: bool) -> Explanation {
        unsettled.explain(&Seen { weights: self.weights(), route: self.route.clone() }, waited)
    }

    /// The weights by target group.
    pub fn weights(&self) -> BTreeMap<TargetGroupArn, u16> {
        self.forward.as_ref().map(|forward| forward.weights.clone()).unwrap_or_default()
    }
}
