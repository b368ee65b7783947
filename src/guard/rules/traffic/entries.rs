//! The service's own `load_balancer` blocks: a group that serves must stay among them.

use super::super::scene::{Found, Scene, Verdict, cannot_tell, fine, short};
use crate::guard::facts::Question;
use crate::guard::plan::{Change, Entry, Field, Service};

pub fn judge(change: &Change, scene: &Scene<'_>) -> Verdict {
    let touched = ["load_balancer", "deployment_configuration", "deployment_controller"];
    if !touched.iter().any(|key| change.writes(key)) {
        return fine();
    }
    let Some(after) = change.after().map(Service) else { return fine() };
    // Other controllers refuse the update: then it is `update-will-be-refused` that speaks.
    if after.controller() != Field::Known("ECS".to_owned()) {
        return fine();
    }
    let Field::Known(entries) = after.entries() else {
        return cannot_tell(
            "The plan does not know the load balancer entries of the service: they are known only after apply.",
        );
    };
    let Some(live) = scene.service(change)? else { return fine() };
    if live.running_count == 0 && live.desired == 0 {
        return fine();
    }
    scene.facts.ahead(live.serving.iter().map(|group| Question::Group(group.clone())));
    let kept: Vec<&str> = entries.iter().flat_map(Entry::groups).collect();
    let gone: Vec<&String> = live.serving.iter().filter(|group| !kept.contains(&group.as_str())).collect();
    let Some(group) = gone.first() else { return fine() };
    let Some(facts) = scene.facts.group(Question::Group((*group).clone()))? else { return fine() };
    if facts.used_by.is_empty() {
        return fine();
    }
    let is_replaced = |group: &str| {
        let mut groups = scene.plan.of_kind("aws_lb_target_group");
        groups.any(|other| other.action.destroys() && other.arn().as_deref() == Some(group))
    };
    if entries.iter().any(Entry::holds_unknown) && !is_replaced(group) {
        return cannot_tell(
            "The plan does not know one of the service's target groups: its ARN is known only after apply.",
        );
    }
    let message = format!(
        "The plan takes the tasks of service {} out of target group {}, to which the load balancer still sends requests: \
         nothing would answer them.",
        short(&live.arn),
        short(group)
    );
    let found = Found::error(message).fact("Service", &live.arn).fact("Live target group", group);
    found
        .fact("Used by", facts.used_by.join(", "))
        .fix("Keep the live group among the service's load_balancer entries until no listener or rule sends requests to it.")
        .fix("Feed load_balancer from what is configured: data \"ecslive_service\".")
        .alone()
}
