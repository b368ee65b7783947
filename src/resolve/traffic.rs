//! Where do these routes send production requests?
//!
//! Weights are the authority on traffic. Routes that disagree are refused, never averaged.

use super::Refusal;
use super::arn::{RouteArn, TargetGroupArn};
use super::model::{Action, Forward, Route};
use std::collections::BTreeMap;

/// What one or several agreeing routes do with production requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Traffic {
    /// Weights and stickiness as AWS holds them.
    pub forward: Forward,
    /// The route that decided, when it was a single one.
    pub route: Option<RouteArn>,
}

impl Traffic {
    /// The only target group with traffic; `None` when several have some.
    pub fn only_target_group(&self) -> Option<&TargetGroupArn> {
        match *self.forward.receivers() {
            [only] => Some(only),
            _ => None,
        }
    }
}

impl Forward {
    /// The target groups that receive requests. A forward to one target group ignores its weight.
    pub fn receivers(&self) -> Vec<&TargetGroupArn> {
        let single = self.weights.len() == 1;
        self.weights.iter().filter(|&(_, weight)| single || *weight > 0).map(|(group, _)| group).collect()
    }

    /// True when both give every target group the same share, whatever the scale: 1/0 is 100/0.
    fn agrees_with(&self, other: &Self) -> bool {
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

/// Which of the routes count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Selection {
    /// Somebody named this route: it must forward to the service.
    Named,
    /// Routes found on a listener or load balancer: those that forward to the service count.
    Found,
}

/// Reads the routes, of which those that forward to a target group of the service count.
///
/// # Errors
/// A [`Refusal`] when no route counts, when they disagree, when all weights are 0, when a named route does not
/// forward, or when requests go to a target group that is not one of the service's.
pub fn read(
    routes: &[Route],
    selection: Selection,
    belongs: impl Fn(&TargetGroupArn) -> bool,
) -> Result<Traffic, Refusal> {
    let mut counting: Vec<(&Route, &Forward)> = Vec::new();
    for route in routes {
        let forwards: Vec<&Forward> = route.forwards().collect();
        match (forwards.as_slice(), selection) {
            ([forward], Selection::Found) if !forward.weights.keys().any(&belongs) => {}
            ([forward], _) => counting.push((route, forward)),
            (_, Selection::Found) => {}
            (_, Selection::Named) => return Err(Refusal::not_one_forward(route)),
        }
    }
    for (route, forward) in &counting {
        if forward.receivers().is_empty() {
            return Err(Refusal::AllWeightsZero { route: route.arn.clone() });
        }
        if let Some(stranger) = forward.receivers().into_iter().find(|group| !belongs(group)) {
            return Err(Refusal::StrangeTargetGroup { route: route.arn.clone(), target_group: stranger.clone() });
        }
    }
    let Some(&(first, widest)) =
        counting.iter().max_by_key(|(route, forward)| (forward.weights.len(), std::cmp::Reverse(&route.arn)))
    else {
        return Err(Refusal::NoRoute);
    };
    if counting.iter().any(|(_, forward)| !forward.agrees_with(widest)) {
        let weights = counting.iter().map(|(route, forward)| (route.arn.clone(), forward.weights.clone()));
        return Err(Refusal::RoutesDisagree { routes: weights.collect() });
    }
    let route = (counting.len() == 1).then(|| first.arn.clone());
    Ok(Traffic { forward: widest.clone(), route })
}

impl Route {
    fn forwards(&self) -> impl Iterator<Item = &Forward> {
        self.actions.iter().filter_map(|action| match action {
            Action::Forward(forward) => Some(forward),
            Action::Other(_) => None,
        })
    }
}
