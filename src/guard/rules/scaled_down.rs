//! `service-scaled-down`: the plan takes tasks away from a service.

use super::scene::{Found, Scene, cannot_tell, fine, short};
use super::task_sets::Standing;
use super::{Rule, Verdict};
use crate::guard::outcome::Severity;
use crate::guard::plan::{Action, Change, Field, HIDDEN, Node, Service};

/// The rule.
pub static RULE: Rule = Rule {
    id: "service-scaled-down",
    title: "The plan takes tasks away from a service",
    severity: Severity::Error,
    why: "Removing desired_count from the code plans a change from 2 to null, and hashicorp/aws sends desiredCount 0: all \
          tasks stop. A fixed count under autoscaling takes away, at each apply, what autoscaling has added. The scale of a \
          task set is the share of that count which it runs: at 0 nothing answers the requests that still reach it.",
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

/// A task set whose tasks serve gets fewer of them.
fn task_set(change: &Change, scene: &Scene<'_>) -> Verdict {
    if change.action != Action::Update || !change.writes("scale") {
        return fine();
    }
    let (Some(Field::Known(before)), Some(planned)) = (change.before().map(scale), change.after().map(scale)) else {
        return fine();
    };
    if planned.as_ref().known().is_some_and(|planned| *planned >= before) || matches!(planned, Field::Null) {
        return fine();
    }
    let live = match scene.standing(change)? {
        Standing::Gone | Standing::Idle => return fine(),
        Standing::Untold => {
            return cannot_tell("Whether requests reach the task set that would be scaled down is not told.");
        }
        Standing::Serves(_, live) => live,
    };
    let Field::Known(planned) = planned else {
        return cannot_tell("The plan does not know the scale of the task set.");
    };
    let hidden = |side: Option<Node<'_>>| side.is_some_and(|side| side.get("scale").holds_sensitive());
    let is_hidden = hidden(change.before()) || hidden(change.after());
    let shown = |scale: i64| if is_hidden { HIDDEN.to_owned() } else { format!("{scale} %") };
    let of_service = live.map_or(String::new(), |live| format!(" for service {}", short(&live.arn)));
    let found = if planned == 0 {
        Found::error(format!("The task set that serves{of_service} would be scaled to 0: all of its tasks stop."))
    } else {
        Found::warning(format!("The task set that serves{of_service} would be scaled down."))
    };
    let found = live.into_iter().fold(found, |found, live| found.fact("Service", &live.arn));
    let found = found.fact("Scale now", shown(before)).fact("Scale after", shown(planned));
    found
        .fix("Move the requests to another task set first; scale this one down in a later apply.")
        .fix("Or keep the scale: lifecycle { ignore_changes = [scale] } leaves it to the tool that deploys.")
        .alone()
}

/// `scale.value` in percent; `Null` without a block, 0 for a block without a value.
fn scale(side: Node<'_>) -> Field<i64> {
    match side.block("scale") {
        Field::Known(block) => match block.get("value").number() {
            Field::Null => Field::Known(0),
            value => value,
        },
        Field::Null => Field::Null,
        Field::Unknown => Field::Unknown,
    }
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
