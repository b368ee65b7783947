//! Routes: what decides where requests go.

use crate::resolve::arn::{ListenerArn, LoadBalancerArn, RouteArn, TargetGroupArn};
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
    /// Of a default action, the rule that it is too, where that was read: ECS may name it by either.
    pub default_rule: Option<RouteArn>,
    /// Its actions, in order.
    pub actions: Vec<Action>,
}

/// A route with what decides which requests it takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// What it does with them.
    pub route: Route,
    /// The lowest goes first; `None` for the default action, which goes last.
    pub priority: Option<i64>,
    /// What a request must have; nothing for the default action.
    pub conditions: Vec<RuleCondition>,
}

/// One condition of a rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RuleCondition {
    /// `host-header`, `path-pattern`, `http-header:NAME`, `http-request-method`, `query-string`, `source-ip`.
    pub field: String,
    /// Any of these; a query string is `KEY=VALUE`, a regular expression `regex:…`.
    pub values: Vec<String>,
}

/// A target group, as load balancers use it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetGroup {
    /// The ARN.
    pub arn: TargetGroupArn,
    /// `TargetType`: ip, instance, lambda, alb.
    pub target_type: String,
    /// The load balancers that it is attached to.
    pub load_balancers: Vec<LoadBalancerArn>,
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
