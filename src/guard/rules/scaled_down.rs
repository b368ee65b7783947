//! `service-scaled-down`: the plan takes tasks away from a service.

use super::scene::{Found, Scene, cannot_tell, fine, short};
use super::{Rule, Verdict};
use crate::guard::outcome::Severity;
use crate::guard::plan::{Action, Change, Field, HIDDEN, Node, Service};

/// The rule.
pub static RULE: Rule = Rule {
    id: "service-scaled-down",
    title: "The plan takes tasks away from a service",
    severity: Severity::Error,
    why: "Removing desired_count from the code plans a change from 2 to null, and hashicorp/aws sends desiredCount 0: all \
          tasks stop. A fixed count under autoscaling takes away, at each apply, what autoscaling has added.",
    fix: "Let autoscaling or the operator decide: lifecycle { ignore_changes = [desired_count] }. To stop a service on \
          purpose, allow this finding with a reason and a date.",
    needs: &["ecs:DescribeServices"],
    judge,
};

fn judge(change: &Change, scene: &Scene<'_>) -> Verdict {
    if change.kind == "aws_ecs_task_set" {
        return task_set(change, scene);
    }
    if change.kind != "aws_ecs_service" || change.action != Action::Update || !writes_count(change) {
        return fine();
    }
    let Some(after) = change.after().map(Service) else { return fine() };
    if after.is_daemon() {
        return fine();
    }
    let (planned, removed) = match after.desired() {
        Field::Known(count) => (count, false),
        Field::Null => (0, true),
        Field::Unknown => return cannot_tell("The plan does not know desired_count: it is known only after apply."),
    };
    let Some(live) = scene.service(change)? else { return fine() };
    if planned >= live.desired || (live.desired == 0 && live.running_count == 0) {
        return fine();
    }
    let service = short(&live.arn);
    let is_hidden = after.0.get("desired_count").holds_sensitive();
    let found = match (planned, removed) {
        (0, false) if is_hidden => {
            Found::error(format!("Too few of the {} tasks of service {service} would be left.", live.desired))
        }
        _ if is_hidden => Found::warning(format!(
            "Service {service} would be taken from {} tasks to fewer, whatever autoscaling has decided.",
            live.desired
        )),
        (0, true) => Found::error(format!(
            "desired_count is no longer in the code, and the provider sends 0 for that: all {} tasks of service {service} stop.",
            live.desired
        )),
        (0, false) => Found::error(format!("All {} tasks of service {service} would stop.", live.desired)),
        _ => Found::warning(format!(
            "Service {service} would be taken from {} tasks to {planned}, whatever autoscaling has decided.",
            live.desired
        )),
    };
    found
        .fact("Service", &live.arn)
        .fact("Desired now", live.desired)
        .fact("Desired after", if is_hidden { HIDDEN.to_owned() } else { planned.to_string() })
        .fix("lifecycle { ignore_changes = [desired_count] } leaves the count to autoscaling and to operators.")
        .fix("Or write the live count into the code.")
        .alone()
}

/// The task set that serves: the PRIMARY one, or one in whose target group the service serves.
fn task_set(change: &Change, scene: &Scene<'_>) -> Verdict {
    let scale = |side: Option<Node<'_>>| Some(side?.block("scale").known()?.get("value").number());
    let (Some(Field::Known(before)), Some(planned)) = (scale(change.before()), scale(change.after())) else {
        return fine();
    };
    let planned = match planned {
        Field::Known(planned) => planned,
        Field::Null => 0,
        Field::Unknown => return cannot_tell("The plan does not know the scale of the task set."),
    };
    if change.action != Action::Update || planned >= before {
        return fine();
    }
    let Some(live) = scene.service_of_set(change)? else { return fine() };
    let object = change.object();
    let is_primary = object.get("status").name().known().is_some_and(|status| status.judged() == "PRIMARY");
    let entries = object.blocks("load_balancer").known().unwrap_or_default();
    let mut groups = entries.iter().filter_map(|entry| entry.get("target_group_arn").name().known());
    let serves = groups.any(|group| live.serving.iter().any(|serving| serving == group.judged()));
    if live.desired == 0 || !(serves || is_primary && live.serving.is_empty()) {
        return fine();
    }
    let hidden = |side: Option<Node<'_>>| side.is_some_and(|side| side.get("scale").holds_sensitive());
    let is_hidden = hidden(change.before()) || hidden(change.after());
    let (service, shown) =
        (short(&live.arn), |scale: i64| if is_hidden { HIDDEN.to_owned() } else { format!("{scale} %") });
    let found = if planned == 0 {
        Found::error(format!(
            "The task set that serves for service {service} would be scaled to 0: all of its tasks stop."
        ))
    } else {
        Found::warning(format!("The task set that serves for service {service} would be scaled down."))
    };
    let found = found.fact("Service", &live.arn).fact("Scale now", shown(before)).fact("Scale after", shown(planned));
    found
        .fix("Move the requests to another task set first; scale this one down in a later apply.")
        .fix("Or keep the scale: lifecycle { ignore_changes = [scale] } leaves it to the tool that deploys.")
        .alone()
}

/// 0 and null are the same to the provider, 2 and null are not.
fn writes_count(change: &Change) -> bool {
    let count = |side: Option<crate::guard::plan::Node<'_>>| side.map(|side| Service(side).desired());
    match (count(change.before()), count(change.after())) {
        (_, Some(Field::Unknown)) => true,
        (Some(before), Some(after)) => before.known().unwrap_or(0) != after.known().unwrap_or(0),
        _ => false,
    }
}
