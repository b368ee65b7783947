//! Why there is no answer, in words that say which facts stand against it and what settles it.

mod next;
mod words;

use super::arn::{RouteArn, TargetGroupArn};
use super::model::{Beyond, LoadBalancer, Route};
use super::next::Next;
use std::collections::BTreeMap;

/// A state of the account that has no single answer. Never an access error, never an absence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// The service is DRAINING.
    BeingDeleted,
    /// AWS sent a value that this version does not know.
    UnknownValue {
        /// What the value is of: "deployment controller".
        what: &'static str,
        /// The value.
        value: String,
    },
    /// What was asked for, or what is given with it, is of another account than the one that answers.
    OtherAccount {
        /// The ARN.
        arn: String,
        /// The account that answers.
        account: String,
    },
    /// ECS does not know where the traffic of an EXTERNAL service goes, and the listener was not to be asked.
    EcsDoesNotKnow,
    /// ECS does not say at this moment where traffic goes, and the listener was not to be asked.
    OnlyTheListenerKnows,
    /// None or several are PRIMARY.
    NotOnePrimary {
        /// "task set" or "deployment".
        what: &'static str,
        /// How many are.
        found: usize,
    },
    /// Traffic comes in by a way whose target groups ECS does not tell.
    Beyond(Beyond),
    /// The entry is a Classic Load Balancer of this name.
    ClassicLoadBalancer(String),
    /// The container arguments select none or several of the entries.
    NotOneEntry {
        /// How many they select.
        matching: usize,
        /// All entries.
        entries: Vec<LoadBalancer>,
    },
    /// No route forwards to the service.
    NoRoute {
        /// The target group that one should forward to.
        group: TargetGroupArn,
        /// True when the word of ECS alone would be an answer.
        ecs_knows: bool,
    },
    /// A rule, listener, load balancer or target group that somebody names does not exist.
    Gone {
        /// Its ARN.
        arn: String,
        /// Who names it: "the service".
        named_by: &'static str,
    },
    /// What the arguments name is for test traffic.
    TestRoute {
        /// The rule or listener.
        route: RouteArn,
        /// Who calls it that: "ECS".
        named_by: &'static str,
    },
    /// No load balancer uses the target group of the service.
    Unattached {
        /// The target group.
        group: TargetGroupArn,
    },
    /// The named route has no forward action, or several.
    NotOneForward {
        /// The route.
        route: RouteArn,
        /// AWS's names of its actions.
        actions: Vec<String>,
    },
    /// All target groups of the forward have weight 0.
    AllWeightsZero {
        /// The route.
        route: RouteArn,
    },
    /// The route sends requests to a target group that is none of the service's.
    StrangeTargetGroup {
        /// The route, when it was a single one.
        route: Option<RouteArn>,
        /// The target group.
        target_group: TargetGroupArn,
    },
    /// Several routes forward to the service, and not in the same way.
    RoutesDisagree {
        /// Weights by route.
        routes: Vec<(RouteArn, BTreeMap<TargetGroupArn, u16>)>,
    },
    /// There is no such service, and the routes that might be meant forward in different ways.
    NobodyToTell {
        /// Weights by route.
        routes: Vec<(RouteArn, BTreeMap<TargetGroupArn, u16>)>,
    },
    /// The answer is none of the target groups that the caller listed.
    OutsideCandidates {
        /// The answer.
        live: TargetGroupArn,
        /// The list.
        candidates: Vec<TargetGroupArn>,
    },
}

/// A refusal in words. Arguments stand between `⟨` and `⟩`; [`super::wording`] writes them as a front end does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// Title Case, 2 to 6 words, no values.
    pub summary: &'static str,
    /// What happened and what to do, in sentences.
    pub detail: String,
    /// The facts that stand against an answer: label and value, in fixed order.
    pub facts: Vec<(&'static str, String)>,
    /// The same advice in a form that a program can follow.
    pub next: Vec<Next>,
}

impl Refusal {
    pub(super) fn unknown(what: &'static str, value: &str) -> Self {
        Self::UnknownValue { what, value: value.to_owned() }
    }

    pub(super) fn not_one_forward(route: &Route) -> Self {
        let actions = route.actions.iter().map(|action| action.name().to_owned()).collect();
        Self::NotOneForward { route: route.arn.clone(), actions }
    }

    /// True when a deployment that goes on can end it: between two steps of one, rules differ and revisions come and go.
    pub fn may_pass(&self) -> bool {
        let rules_move = matches!(self, Self::RoutesDisagree { .. } | Self::AllWeightsZero { .. });
        rules_move || matches!(self, Self::NotOnePrimary { .. })
    }
}

pub(super) fn explanation(
    summary: &'static str,
    detail: impl Into<String>,
    facts: Vec<(&'static str, String)>,
) -> Explanation {
    Explanation { summary, detail: detail.into(), facts, next: Vec::new() }
}

/// `90 to ARN, 10 to ARN`.
pub(super) fn list(weights: &BTreeMap<TargetGroupArn, u16>) -> String {
    let parts: Vec<String> = weights.iter().map(|(group, weight)| format!("{weight} to {group}")).collect();
    parts.join(", ")
}

#[cfg(test)]
mod tests;
