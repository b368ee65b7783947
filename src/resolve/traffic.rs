//! Where do these routes send production requests?
//!
//! Weights are the authority on traffic. Routes that disagree are refused, never averaged.

use super::Refusal;
use super::arn::{RouteArn, TargetGroupArn};
use super::model::{Action, Forward, Route};
use std::collections::{BTreeMap, BTreeSet};

/// What one or several agreeing routes do with production requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Traffic {
    /// Weights and stickiness as AWS holds them.
    pub forward: Forward,
    /// The routes that decided.
    pub routes: Vec<RouteArn>,
}

impl Forward {
    /// The target groups that receive requests. A forward to one target group ignores its weight.
    pub fn receivers(&self) -> Vec<&TargetGroupArn> {
        let single = self.weights.len() == 1;
        self.weights.iter().filter(|&(_, weight)| single || *weight > 0).map(|(group, _)| group).collect()
    }

    /// True when both give every target group the same share, whatever the scale: 1/0 is 100/0.
    pub(super) fn agrees_with(&self, other: &Self) -> bool {
        let total = |forward: &Self| -> u64 { forward.shares().values().sum() };
        let (mine, theirs) = (self.shares(), other.shares());
        let share = |shares: &BTreeMap<&TargetGroupArn, u64>, group| shares.get(group).copied().unwrap_or(0);
        let mut groups = mine.keys().chain(theirs.keys());
        groups.all(|group| share(&mine, group) * total(other) == share(&theirs, group) * total(self))
    }

    fn shares(&self) -> BTreeMap<&TargetGroupArn, u64> {
        let single = self.weights.len() == 1;
        self.weights.iter().map(|(group, weight)| (group, if single { 1 } else { u64::from(*weight) })).collect()
    }
}

/// What a route does that somebody names: it has to forward.
///
/// # Errors
/// [`Refusal::NotOneForward`], [`Refusal::AllWeightsZero`].
pub(super) fn of_named(routes: &[Route]) -> Result<Option<Traffic>, Refusal> {
    for route in routes {
        if route.forwards().count() != 1 {
            return Err(Refusal::not_one_forward(route));
        }
    }
    of_all(&routes.iter().collect::<Vec<_>>())
}

/// What these routes do; one without a single forward action does not count, and `None` when none counts.
///
/// # Errors
/// A [`Refusal`] when they disagree, or when all weights are 0.
pub(super) fn of_all(routes: &[&Route]) -> Result<Option<Traffic>, Refusal> {
    let mut counting: Vec<(&Route, &Forward)> = Vec::new();
    for route in routes {
        let mut forwards = route.forwards();
        if let (Some(forward), None) = (forwards.next(), forwards.next()) {
            counting.push((route, forward));
        }
    }
    if let Some((route, _)) = counting.iter().find(|(_, forward)| forward.receivers().is_empty()) {
        return Err(Refusal::AllWeightsZero { route: route.arn.clone() });
    }
    let Some(&(_, widest)) =
        counting.iter().max_by_key(|(route, forward)| (forward.weights.len(), std::cmp::Reverse(&route.arn)))
    else {
        return Ok(None);
    };
    if counting.iter().any(|(_, forward)| !forward.agrees_with(widest)) {
        let weights = counting.iter().map(|(route, forward)| (route.arn.clone(), forward.weights.clone()));
        return Err(Refusal::RoutesDisagree { routes: weights.collect() });
    }
    let routes = counting.iter().map(|(route, _)| route.arn.clone()).collect();
    Ok(Some(Traffic { forward: widest.clone(), routes }))
}

impl Route {
    /// Its forward actions.
    pub(super) fn forwards(&self) -> impl Iterator<Item = &Forward> {
        self.actions.iter().filter_map(|action| match action {
            Action::Forward(forward) => Some(forward),
            Action::Other(_) => None,
        })
    }

    /// True when this is one of its names.
    pub(super) fn is_called(&self, arn: &RouteArn) -> bool {
        self.arn == *arn || self.default_rule.as_ref() == Some(arn)
    }

    /// True when it forwards to one of these target groups, with whatever weight.
    pub(super) fn mentions(&self, groups: &BTreeSet<TargetGroupArn>) -> bool {
        self.forwards().any(|forward| forward.weights.keys().any(|group| groups.contains(group)))
    }
}
