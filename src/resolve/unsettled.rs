//! Why no single target group can be named now. It may pass, or somebody has to end it.

use super::arn::{RouteArn, TargetGroupArn};
use super::next::Next;
use super::progress::Progress;
use super::refusal::{Explanation, explanation, list};
use std::collections::BTreeMap;

/// Why no single target group can be named now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unsettled {
    /// Several target groups receive production traffic.
    Split {
        /// The deployment that shifts, or did.
        progress: Option<Progress>,
        /// Who would end it.
        end: End,
        /// What a person can write to end it.
        repair: Option<Repair>,
    },
    /// A deployment is being undone: the CodeDeploy deployment that undoes, or the ECS service deployment that is undone.
    Rollback(Progress),
    /// The very first deployment has not shifted traffic to the only revision yet.
    First(Progress),
    /// ECS names one target group, the listener forwards to another, and no deployment is under way that explains it.
    Disagreement {
        /// The target group that ECS names.
        ecs: TargetGroupArn,
        /// The target group that the listener forwards to.
        listener: TargetGroupArn,
        /// The routes that do.
        routes: Vec<RouteArn>,
        /// The deployment that was last.
        progress: Option<Progress>,
    },
}

/// Routes, and the target group that ECS would have behind them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repair {
    /// The routes, all of which have to be written.
    pub routes: Vec<RouteArn>,
    /// The target group.
    pub group: TargetGroupArn,
}

/// What the routes held.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen {
    /// The weight of each target group.
    pub weights: BTreeMap<TargetGroupArn, u16>,
    /// The route, when it was a single one.
    pub route: Option<RouteArn>,
}

/// Who ends a split.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The deployment that is under way.
    Deployment,
    /// A third party, if it is at work: nobody but itself knows.
    Tool,
    /// Nobody, before a person does.
    Nobody,
}

impl Unsettled {
    /// The deployment that it has to do with.
    pub fn progress(&self) -> Option<&Progress> {
        match self {
            Self::Split { progress, .. } | Self::Disagreement { progress, .. } => progress.as_ref(),
            Self::Rollback(progress) | Self::First(progress) => Some(progress),
        }
    }

    /// True when a deployment is under way that will end it.
    pub fn may_pass(&self) -> bool {
        match self {
            Self::Split { end, .. } => *end != End::Nobody,
            Self::Rollback(_) | Self::First(_) => true,
            Self::Disagreement { .. } => false,
        }
    }

    /// The reason in a few words.
    pub fn brief(&self) -> &'static str {
        match self {
            Self::Split { .. } => "no single target group: traffic is split",
            Self::Rollback(_) => "not settled: a rollback is under way",
            Self::First(_) => "not settled: the first deployment has not shifted traffic yet",
            Self::Disagreement { .. } => "not certain: ECS and the listener disagree",
        }
    }

    /// What a person can do about it, the first first.
    pub fn next(&self) -> Vec<Next> {
        let mut next: Vec<Next> = Vec::new();
        if let Some(progress) = self.progress().filter(|progress| !progress.hooks.is_empty() && self.may_pass()) {
            let hooks = progress.hooks.iter().map(|hook| hook.id.clone()).collect();
            next.push(Next::Continue { deployment: progress.deployment.clone(), hooks });
        }
        match self {
            Self::Split { end: End::Deployment, .. } | Self::Rollback(_) | Self::First(_) => next.push(Next::Wait),
            Self::Split { repair: Some(Repair { routes, group }), .. }
            | Self::Disagreement { ecs: group, routes, .. } => {
                next.extend(routes.iter().map(|route| Next::Point { route: route.clone(), group: group.clone() }));
            }
            Self::Split { repair: None, .. } => {
                next.push(Next::Set { argument: "verify_listener", value: Some("true".to_owned()) });
            }
        }
        next
    }

    /// The reason in words, with the weights that were seen. Whoever has waited already is not told to wait.
    pub fn explain(&self, seen: &Seen, waited: bool) -> Explanation {
        let mut facts = Vec::new();
        if let Self::Disagreement { ecs, listener, .. } = self {
            facts.push(("ECS says", ecs.to_string()));
            facts.push(("Listener says", listener.to_string()));
        }
        facts.extend(self.progress().into_iter().flat_map(Progress::facts));
        facts.push(("Weights", list(&seen.weights)));
        if let Some(route) = &seen.route {
            facts.push(("Rule", route.to_string()));
        }
        let (summary, what) = self.what();
        let explained = explanation(summary, format!("{what} {}", self.advice(waited)), facts);
        Explanation { next: self.next(), ..explained }
    }

    fn what(&self) -> (&'static str, &'static str) {
        match self {
            Self::Split { end: End::Deployment | End::Tool, .. } => {
                ("Traffic Is Split", "Several target groups receive production traffic, so no single one is live.")
            }
            Self::Split { .. } => (
                "Traffic Is Split",
                "Several target groups receive production traffic, so no single one is live, and no deployment is under \
                 way that would end it: one stopped or failed half-way, or somebody set the weights by hand.",
            ),
            Self::Rollback(_) => {
                ("Rollback In Progress", "A deployment is being rolled back, so what is live now will not stay.")
            }
            Self::First(_) => (
                "First Deployment In Progress",
                "The first deployment of the service is under way, and production traffic has not been shifted to its \
                 tasks yet: the rule still forwards to the other target group.",
            ),
            Self::Disagreement { .. } => (
                "ECS and Listener Disagree",
                "ECS names one target group, the listener forwards to another, and no deployment is under way that \
                 explains it. Somebody moved the listener by hand, or a deployment ended half-way.",
            ),
        }
    }

    fn advice(&self, waited: bool) -> String {
        let allow = "⟨on_traffic_shift = \"allow\"⟩ to go on without a single live target group, with the weights as they \
                     are.";
        let paused = self.progress().is_some_and(|progress| !progress.hooks.is_empty()) && self.may_pass();
        if paused {
            return format!(
                "It is paused until somebody continues it: every hook below has to be continued, then ⟨plan again⟩. Or set \
                 {allow}"
            );
        }
        match self {
            Self::Split { end: End::Tool, .. } => format!(
                "Under EXTERNAL only your deployment tool knows whether it is at work. Let it finish or undo the shift, or \
                 point the rule at one target group; set ⟨on_traffic_shift = \"wait\"⟩ to wait within ⟨timeouts.read⟩, or \
                 set {allow}"
            ),
            Self::Split { end: End::Nobody, repair, .. } => match repair {
                Some(Repair { group, .. }) => format!(
                    "Waiting does not help. Point the rule at {group}, which is what ECS goes by, and deploy again; \
                     or set {allow}"
                ),
                None => format!(
                    "Waiting does not help. ⟨Ask the listener too⟩ to be told which rule to point where, or set \
                     {allow}"
                ),
            },
            Self::Disagreement { ecs, .. } => format!(
                "Make sure that the target group that ECS names has healthy tasks, and point the rule at it: {ecs}. \
                 Until both agree, deployments are refused (CodeDeploy) or go wrong. Or set {allow}"
            ),
            _ if waited => format!(
                "It did not settle within ⟨timeouts.read⟩. Try again later, allow more time there, or set {allow}"
            ),
            _ => format!(
                "Wait until it has settled and ⟨plan again⟩, set ⟨on_traffic_shift = \"wait\"⟩ to wait within \
                 ⟨timeouts.read⟩, or set {allow}"
            ),
        }
    }
}
