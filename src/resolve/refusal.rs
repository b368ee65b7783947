//! Why there is no answer, in words that say which facts stand against it and what settles it.

use super::arn::{RouteArn, TargetGroupArn};
use super::model::{Forward, LoadBalancer, Route, Target};
use super::target_group::{Answer, Progress, Unsettled};
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
    /// Several task sets exist under EXTERNAL, and nobody said which listener to ask.
    OnlyTheListenerKnows,
    /// ECS reports no current service revision.
    NoCurrentRevision,
    /// ECS does not describe this current service revision.
    RevisionGone(String),
    /// Several service revisions have tasks, and the deployment that would tell their shares is not described.
    DeploymentUnknown,
    /// Tasks are registered in a target group that belongs to none of the configured load balancer entries.
    UnmatchedTargetGroup(TargetGroupArn),
    /// None or several are PRIMARY.
    NotOnePrimary {
        /// "task set" or "deployment".
        what: &'static str,
        /// How many are.
        found: usize,
    },
    /// The service has no load balancer entry at all.
    NoLoadBalancer,
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
    NoRoute,
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
        /// The route.
        route: RouteArn,
        /// The target group.
        target_group: TargetGroupArn,
    },
    /// Several routes forward to the service, and not in the same way.
    RoutesDisagree {
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
    /// A deployment has not finished, and no running one says how traffic is shared.
    ProgressUnknown,
}

/// A refusal in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// Title Case, 2 to 6 words, no values.
    pub summary: &'static str,
    /// What happened and what to do, in sentences.
    pub detail: String,
    /// The facts that stand against an answer: label and value, in fixed order.
    pub facts: Vec<(&'static str, String)>,
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
        matches!(
            self,
            Self::RoutesDisagree { .. }
                | Self::RevisionGone(_)
                | Self::DeploymentUnknown
                | Self::NoCurrentRevision
                | Self::NotOnePrimary { .. }
                | Self::ProgressUnknown
                | Self::AllWeightsZero { .. }
        )
    }

    /// The refusal in words. Argument names are those of the data sources.
    pub fn explain(&self) -> Explanation {
        match self {
            Self::BeingDeleted => explanation(
                "ECS Service Is Being Deleted",
                "The service is DRAINING: it is being deleted and its tasks are stopping. Wait until it is gone, or \
                 create it again, then plan again.",
                vec![],
            ),
            Self::UnknownValue { what, value } => explanation(
                "Unknown AWS Value",
                format!(
                    "AWS reports the {what} {value:?}, which this version of the provider does not know. Nothing is \
                     assumed about it. Upgrade the provider."
                ),
                vec![],
            ),
            Self::OnlyTheListenerKnows => explanation(
                "Traffic Shares Unknown",
                "A second task set exists under the deployment controller EXTERNAL, and only the listener knows which \
                 of the two gets production traffic. Say which one with production_listener_rule_arn, listener_arn or \
                 load_balancer_arn, without verify_listener = false.",
                vec![],
            ),
            Self::NoCurrentRevision => explanation(
                "No Current Service Revision",
                "ECS reports no current service revision, so nothing says where production traffic belongs. Wait until \
                 the first deployment has started, then plan again.",
                vec![],
            ),
            Self::RevisionGone(arn) => explanation(
                "Service Revision Is Gone",
                "ECS names a current service revision that it does not describe. A deployment may just be replacing \
                 it: plan again.",
                vec![("Service revision", arn.clone())],
            ),
            Self::DeploymentUnknown => explanation(
                "Traffic Shares Unknown",
                "Several service revisions have tasks, and ECS does not describe the deployment that would tell how \
                 production traffic is shared. Wait until the deployment has finished, then plan again.",
                vec![],
            ),
            Self::UnmatchedTargetGroup(group) => explanation(
                "Unknown Target Group in Use",
                "A service revision has its tasks in a target group that belongs to none of the load balancer entries \
                 of the service, so its container is not known. Please report this with the output of aws ecs \
                 describe-service-revisions.",
                vec![("Target group", group.to_string())],
            ),
            Self::NotOnePrimary { what, found } => explanation(
                "No Single Primary Deployment",
                format!(
                    "A service has exactly one PRIMARY {what} when it is settled, but ECS reports {found}. Wait until \
                     the deployment has started or finished, then plan again."
                ),
                vec![],
            ),
            Self::NoLoadBalancer => explanation(
                "ECS Service Has No Load Balancer",
                "No target group is attached to the service, so none can be live. Attach one, or remove this data \
                 source. With allow_missing = true the answer is found = false instead.",
                vec![],
            ),
            Self::ClassicLoadBalancer(name) => explanation(
                "Classic Load Balancer Not Supported",
                "The service is attached to a Classic Load Balancer, which has no target groups. Move the service to \
                 an Application or Network Load Balancer, or remove this data source.",
                vec![("Load balancer", name.clone())],
            ),
            Self::NotOneEntry { matching: 0, entries } => explanation(
                "No Such Load Balancer Entry",
                "None of the load balancer entries of the service is for this container_name, container_port and \
                 target_group_arns. Correct them to one of those listed, or leave them out.",
                entries.iter().map(|entry| ("Entry", entry.to_string())).collect(),
            ),
            Self::NotOneEntry { matching, entries } => explanation(
                "Ambiguous Load Balancer Entry",
                format!(
                    "The arguments select {matching} of the {} load balancer entries of the service; exactly one is \
                     needed. Set container_name and container_port to one of those listed, or target_group_arns to \
                     the target groups that you mean.",
                    entries.len()
                ),
                entries.iter().map(|entry| ("Entry", entry.to_string())).collect(),
            ),
            Self::NoRoute => explanation(
                "No Production Rule Found",
                "Of the listener rules and default actions that were searched, none forwards to a target group of this \
                 service. Say where traffic comes in with listener_arn, load_balancer_arn or \
                 production_listener_rule_arn, or correct the one that is set. If no rule exists yet, set \
                 verify_listener = false to take the word of ECS alone.",
                vec![],
            ),
            Self::NotOneForward { route, actions } => explanation(
                "Rule Does Not Forward",
                "The rule or listener has to have exactly one forward action. Set production_listener_rule_arn to the \
                 one that carries the production traffic of this service.",
                vec![("Rule", route.to_string()), ("Actions", actions.join(", "))],
            ),
            Self::AllWeightsZero { route } => explanation(
                "All Target Group Weights Are Zero",
                "Every target group of the forward action has weight 0, so no request reaches the service. Give the \
                 target group that should serve a weight, or wait until the deployment tool does.",
                vec![("Rule", route.to_string())],
            ),
            Self::StrangeTargetGroup { route, target_group } => explanation(
                "Traffic Leaves the Service",
                "A rule that forwards to this service also sends requests to a target group that is not known to be \
                 one of its own. If it is, list it with the others in target_group_arns; if the rule is the wrong \
                 one, set production_listener_rule_arn.",
                vec![("Rule", route.to_string()), ("Target group", target_group.to_string())],
            ),
            Self::RoutesDisagree { routes } => explanation(
                "Production Rules Disagree",
                "Several rules forward to this service, and not in the same way, so there is no single answer. Say \
                 which one carries production with production_listener_rule_arn, or which listener with listener_arn.",
                routes.iter().map(|(route, weights)| ("Rule", format!("{route} forwards {}", list(weights)))).collect(),
            ),
            Self::OutsideCandidates { live, candidates } => explanation(
                "Live Target Group Not Listed",
                "The target group that serves is none of target_group_arns. Add it if it belongs to this service, or \
                 correct the cluster, the service name or the container arguments.",
                std::iter::once(("Live", live.to_string()))
                    .chain(candidates.iter().map(|group| ("Listed", group.to_string())))
                    .collect(),
            ),
            Self::ProgressUnknown => explanation(
                "Traffic Shares Unknown",
                "A deployment has not finished, and no running one says how production traffic is shared. Only the \
                 listener knows. Set verify_listener = true, or finish or roll back the deployment.",
                vec![],
            ),
        }
    }
}

impl Unsettled {
    /// The reason in words, with the weights that were seen. Whoever has waited already is not told to wait.
    pub fn explain(&self, answer: &Answer, waited: bool) -> Explanation {
        let mut facts = Vec::new();
        let (summary, what) = match self {
            Self::Split(progress) => {
                facts.extend(progress.iter().flat_map(Progress::facts));
                ("Traffic Is Split", "Several target groups receive production traffic, so no single one is live.")
            }
            Self::Rollback(progress) => {
                facts.extend(progress.facts());
                ("Rollback In Progress", "A deployment is being rolled back, so what is live now will not stay.")
            }
            Self::Disagreement { ecs, listener, progress } => {
                facts.push(("ECS says", ecs.to_string()));
                facts.push(("Listener says", listener.to_string()));
                facts.extend(progress.iter().flat_map(Progress::facts));
                (
                    "ECS and Listener Disagree",
                    "ECS names one target group, the listener forwards to another, and no deployment explains it. \
                     Somebody moved the listener by hand, or a deployment ended half-way. Roll the deployment back or \
                     deploy again, so that both say the same.",
                )
            }
        };
        let advice = if waited {
            "It did not settle within timeouts.read. Plan again later, allow more time there, or set"
        } else {
            "Wait until it has settled and plan again, set on_traffic_shift = \"wait\" to wait within timeouts.read, or"
        };
        let detail = format!(
            "{what} {advice} on_traffic_shift = \"allow\" to go on with target_group_arn = null and the weights as \
             they are."
        );
        facts.push(("Weights", list(&answer.forward.weights)));
        if let Some(route) = &answer.route {
            facts.push(("Rule", route.to_string()));
        }
        explanation(summary, detail, facts)
    }
}

impl Progress {
    fn facts(&self) -> Vec<(&'static str, String)> {
        let stage = self.stage.clone().map(|stage| ("Lifecycle stage", stage));
        let deployment = format!("{} ({})", self.deployment, self.status);
        [("Deployment", deployment)].into_iter().chain(stage).collect()
    }
}

impl std::fmt::Display for LoadBalancer {
    /// `container:port -> target`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let container = self.container_name.as_deref().unwrap_or("(no container)");
        match self.container_port {
            Some(port) => write!(f, "{container}:{port} -> ")?,
            None => write!(f, "{container} -> ")?,
        }
        match &self.target {
            Target::Group(group) => write!(f, "{group}"),
            Target::Classic(name) => write!(f, "Classic Load Balancer {name}"),
        }
    }
}

impl super::model::Action {
    fn name(&self) -> &str {
        match self {
            Self::Forward(Forward { .. }) => "forward",
            Self::Other(name) => name,
        }
    }
}

fn explanation(summary: &'static str, detail: impl Into<String>, facts: Vec<(&'static str, String)>) -> Explanation {
    Explanation { summary, detail: detail.into(), facts }
}

/// `90 to ARN, 10 to ARN`.
fn list(weights: &BTreeMap<TargetGroupArn, u16>) -> String {
    let parts: Vec<String> = weights.iter().map(|(group, weight)| format!("{weight} to {group}")).collect();
    parts.join(", ")
}

#[cfg(test)]
mod tests;
