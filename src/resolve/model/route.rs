//! Routes: what decides where requests go.

use crate::resolve::arn::{ListenerArn, RouteArn, TargetGroupArn};
use std::collections::BTreeMap;

/// A listener rule or a listener's default action: something that decides where requests go.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Route {
    /// The rule, or the listener for a default action that is not a rule.
    pub arn: RouteArn,
    /// The listener it belongs to.
    pub listener: ListenerArn,
    /// True for what a listener does when no rule of it matches.
    pub is_default: bool,
    /// Its actions, in order.
    pub actions: Vec<Action>,
}

/// One action of a route.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// Requests go to target groups.
    Forward(Forward),
    /// Anything else, by AWS's name: `redirect`, `fixed-response`, `authenticate-oidc`, …
    Other(String),
}

/// A forward action, as AWS holds it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Forward {
    /// Weight (0 to 999) by target group. Never empty.
    pub weights: BTreeMap<TargetGroupArn, u16>,
    /// Stickiness between target groups: its duration in seconds, when it is on.
    pub stickiness: Option<i64>,
}
