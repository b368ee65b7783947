//! Refusals in words: what happened, what to do, and the facts.

use super::{Explanation, Refusal, explanation, list};
use crate::resolve::model::{Action, Beyond, LoadBalancer, Target};
use std::collections::BTreeSet;

impl Refusal {
    /// The refusal in words.
    pub fn explain(&self) -> Explanation {
        Explanation { next: self.next(), ..self.words() }
    }

    fn words(&self) -> Explanation {
        match self {
            Self::BeingDeleted => explanation(
                "ECS Service Is Being Deleted",
                "The service is DRAINING: it is being deleted and its tasks are stopping. Wait until it is gone, or \
                 create it again, then ⟨plan again⟩.",
                vec![],
            ),
            Self::UnknownValue { what, value } => explanation(
                "Unknown AWS Value",
                format!(
                    "AWS reports the {what} {value:?}, which this version does not know. Nothing is assumed about it. \
                     Upgrade ecslive."
                ),
                vec![],
            ),
            Self::OtherAccount { arn, account } => explanation(
                "Account Mismatch",
                "The ARN is in another AWS account than the one that these credentials are for, so nothing is known about \
                 what it names. Use credentials of its account, for example through ⟨another account⟩, or correct the \
                 ARN.",
                vec![("ARN", arn.clone()), ("Account that answers", account.clone())],
            ),
            Self::EcsDoesNotKnow => explanation(
                "Traffic Shares Unknown",
                "The deployment controller is EXTERNAL: its tool moves the traffic, and ECS does not know where it goes. \
                 Only the listener does. ⟨Ask the listener too⟩.",
                vec![],
            ),
            Self::OnlyTheListenerKnows => explanation(
                "Traffic Shares Unknown",
                "ECS does not say at this moment how production traffic is shared. Only the listener knows. \
                 ⟨Ask the listener too⟩, or wait until the deployment has ended and ⟨plan again⟩.",
                vec![],
            ),
            Self::NotOnePrimary { what, found } => explanation(
                "No Single Primary Deployment",
                format!(
                    "A service has exactly one PRIMARY {what} when it is settled, but ECS reports {found}. Wait \
                     until the deployment that is under way has ended; if none is, deploy again. Then ⟨plan again⟩."
                ),
                vec![],
            ),
            Self::Beyond(Beyond::Lattice) => explanation(
                "VPC Lattice Not Supported",
                "Traffic reaches the service through VPC Lattice, whose target groups and rules are not read. Do not \
                 ask for the live target group of this service.",
                vec![],
            ),
            Self::Beyond(Beyond::Gateway) => explanation(
                "ECS Gateway Not Fully Described",
                "Traffic reaches the service through an ECS gateway, and ECS does not tell all of its target groups and \
                 rules. Do not ask for the live target group of this service.",
                vec![],
            ),
            Self::ClassicLoadBalancer(name) => explanation(
                "Classic Load Balancer Not Supported",
                "The service is attached to a Classic Load Balancer, which has no target groups. Move the service to \
                 an Application or Network Load Balancer, or do not ask for its live target group.",
                vec![("Load balancer", name.clone())],
            ),
            Self::NotOneEntry { matching: 0, entries } => explanation(
                "No Such Load Balancer Entry",
                "None of the load balancer entries of the service is for this ⟨container_name⟩ and ⟨container_port⟩. \
                 Correct them to one of those listed, or leave them out.",
                entries.iter().map(|entry| ("Entry", entry.to_string())).collect(),
            ),
            Self::NotOneEntry { matching, entries } => explanation(
                "Ambiguous Load Balancer Entry",
                format!(
                    "The arguments select {matching} of the {} load balancer entries of the service; exactly one is \
                     needed. Set {}⟨target_group_arns⟩ or ⟨listener_arn⟩ to what belongs to the one that you mean.",
                    entries.len(),
                    if differ(entries) {
                        "⟨container_name⟩ and ⟨container_port⟩ to one of those listed, or "
                    } else {
                        ""
                    }
                ),
                entries.iter().map(|entry| ("Entry", entry.to_string())).collect(),
            ),
            Self::NoRoute { group, ecs_knows } => explanation(
                "No Production Rule Found",
                format!(
                    "Of the listener rules and default actions that were searched, none forwards to a target group of this \
                     service, so no production request reaches it there. Point the production rule at its target group, \
                     or correct ⟨listener_arn⟩, ⟨load_balancer_arn⟩ or ⟨production_listener_rule_arn⟩ if one of them is \
                     set.{}",
                    if *ecs_knows {
                        " Where there is no rule yet, leave those out: ⟨verify_listener = false⟩ takes the word of ECS \
                         alone."
                    } else {
                        ""
                    }
                ),
                vec![("Target group", group.to_string())],
            ),
            Self::Gone { arn, named_by: "the arguments" } => explanation(
                "Load Balancer Resource Not Found",
                "Elastic Load Balancing does not know the rule, listener, load balancer or target group that the \
                 arguments name. Correct the ARN.",
                vec![("Not found", arn.clone())],
            ),
            Self::Gone { arn, named_by } => explanation(
                "Load Balancer Resource Not Found",
                format!(
                    "Where production traffic comes in, {named_by} names a rule, listener or target group that does not \
                     exist any more, and nothing else forwards to the service. Say where it comes in with \
                     ⟨listener_arn⟩ or ⟨load_balancer_arn⟩, and correct what names it: the next deployment will look for \
                     it too."
                ),
                vec![("Not found", arn.clone())],
            ),
            Self::TestRoute { route, named_by } => explanation(
                "Test Listener Named",
                format!(
                    "The arguments say that production traffic comes in at a rule or listener that {named_by} calls the \
                     one for test traffic. What it forwards to says nothing about production. Set ⟨listener_arn⟩ or \
                     ⟨production_listener_rule_arn⟩ to the one for production, or leave it out: {named_by} names that \
                     one too."
                ),
                vec![("Test route", route.to_string())],
            ),
            Self::Unattached { group } => explanation(
                "Target Group Without Load Balancer",
                "No load balancer uses the target group of the service, so no request reaches it. Add a listener rule or \
                 default action that forwards to it.",
                vec![("Target group", group.to_string())],
            ),
            Self::NotOneForward { route, actions } => explanation(
                "Rule Does Not Forward",
                "The rule or listener has to have exactly one forward action. Set ⟨production_listener_rule_arn⟩ to the \
                 one that carries the production traffic of this service.",
                vec![("Rule", route.to_string()), ("Actions", actions.join(", "))],
            ),
            Self::AllWeightsZero { route } => explanation(
                "All Target Group Weights Are Zero",
                "Every target group of the forward action has weight 0, so no request reaches the service. Give the \
                 target group that should serve a weight, or deploy again with the tool that sets them.",
                vec![("Rule", route.to_string())],
            ),
            Self::StrangeTargetGroup { route, target_group } => explanation(
                "Traffic Leaves the Service",
                "A rule that should forward to this service also sends requests to a target group that is not known to be \
                 one of its own. If it is, list it with the others in ⟨target_group_arns⟩; if the rule is the wrong \
                 one, set ⟨production_listener_rule_arn⟩.",
                route
                    .iter()
                    .map(|route| ("Rule", route.to_string()))
                    .chain([("Target group", target_group.to_string())])
                    .collect(),
            ),
            Self::RoutesDisagree { routes } => explanation(
                "Production Rules Disagree",
                "Several rules forward to this service, and not in the same way, so there is no single answer. Say \
                 which one carries production with ⟨production_listener_rule_arn⟩, or which listener with \
                 ⟨listener_arn⟩.",
                routes.iter().map(|(route, weights)| ("Rule", format!("{route} forwards {}", list(weights)))).collect(),
            ),
            Self::NobodyToTell { routes } => explanation(
                "No Service, and Rules Differ",
                "No active service of this name exists, and the rules that were looked at forward in different ways, so \
                 that nobody can tell which weights are to be kept. Correct the name of the service or of the cluster. Where \
                 there is none yet, say which of the rules carries production with ⟨production_listener_rule_arn⟩ or \
                 ⟨listener_arn⟩.",
                routes.iter().map(|(route, weights)| ("Rule", format!("{route} forwards {}", list(weights)))).collect(),
            ),
            Self::OutsideCandidates { live, candidates } => explanation(
                "Live Target Group Not Listed",
                "The target group that serves is none of ⟨target_group_arns⟩. Add it if it belongs to this service, or \
                 correct the cluster, the service name or the container arguments.",
                std::iter::once(("Live", live.to_string()))
                    .chain(candidates.iter().map(|group| ("Listed", group.to_string())))
                    .collect(),
            ),
        }
    }
}

/// True when container and port tell one entry from another.
fn differ(entries: &[LoadBalancer]) -> bool {
    let ports: BTreeSet<_> = entries.iter().map(|entry| (&entry.container_name, entry.container_port)).collect();
    ports.len() > 1
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

impl Action {
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Forward(_) => "forward",
            Self::Other(name) => name,
        }
    }
}
