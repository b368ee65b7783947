//! What ends a refusal.

use super::Refusal;
use crate::resolve::model::LoadBalancer;
use crate::resolve::next::Next;

impl Refusal {
    /// What a person can do about it, the first first.
    pub fn next(&self) -> Vec<Next> {
        let set = |argument, value: Option<String>| Next::Set { argument, value };
        match self {
            Self::BeingDeleted | Self::NotOnePrimary { .. } => vec![Next::Wait],
            Self::UnknownValue { .. } => vec![Next::Upgrade],
            Self::OtherAccount { .. } => vec![Next::Correct { argument: "the ARN, or the credentials" }],
            Self::EcsDoesNotKnow | Self::OnlyTheListenerKnows => {
                vec![set("verify_listener", Some("true".to_owned()))]
            }
            Self::Beyond(_) | Self::ClassicLoadBalancer(_) => vec![Next::LeaveOut],
            Self::NotOneEntry { entries, .. } => by_container(entries),
            Self::Gone { named_by: "the arguments", .. } => vec![Next::Correct { argument: "the ARN" }],
            Self::Gone { .. } => vec![set("listener_arn", None), set("load_balancer_arn", None)],
            Self::NoRoute { group, .. } | Self::Unattached { group } => vec![Next::Attach { group: group.clone() }],
            Self::TestRoute { .. } => {
                vec![
                    Next::Correct { argument: "listener_arn" },
                    Next::Correct { argument: "production_listener_rule_arn" },
                ]
            }
            Self::NotOneForward { .. } => vec![set("production_listener_rule_arn", None)],
            Self::AllWeightsZero { .. } => vec![Next::Deploy],
            Self::StrangeTargetGroup { target_group, .. } => {
                vec![
                    set("target_group_arns", Some(target_group.to_string())),
                    set("production_listener_rule_arn", None),
                ]
            }
            Self::RoutesDisagree { routes } | Self::NobodyToTell { routes } => {
                let route = |(route, _): &(_, _)| set("production_listener_rule_arn", Some(format!("{route}")));
                routes.iter().map(route).collect()
            }
            Self::OutsideCandidates { live, .. } => vec![set("target_group_arns", Some(live.to_string()))],
        }
    }
}

fn by_container(entries: &[LoadBalancer]) -> Vec<Next> {
    let named = entries.iter().filter_map(|entry| entry.container_name.clone());
    named.map(|name| Next::Set { argument: "container_name", value: Some(name) }).collect()
}
