//! What starts tasks by the ARN of a revision, without a service: event targets, schedules and state machines.

use super::Verdict;
use super::scene::{Found, Outcome, Scene, fine, short};
use crate::guard::facts::Question;
use crate::guard::plan::{Action, Change};
use serde_json::Value;
use std::collections::BTreeSet;

/// The types of what starts tasks.
pub const KINDS: [&str; 3] = ["aws_cloudwatch_event_target", "aws_scheduler_schedule", "aws_sfn_state_machine"];

/// One that the plan makes start tasks from a revision that is INACTIVE already.
pub fn judge(change: &Change, scene: &Scene<'_>) -> Verdict {
    if !(change.action.creates() || change.action == Action::Update) {
        return fine();
    }
    let mut revisions = BTreeSet::new();
    collect(&change.after, &mut revisions);
    revisions.retain(|arn| change.action.creates() || !names(&change.before, arn));
    scene.facts.ahead(revisions.iter().cloned().map(Question::Definition));
    let mut outcomes = Vec::new();
    for arn in revisions {
        let live = scene.facts.definition(Question::Definition(arn.clone()))?;
        if live.is_some_and(|live| live.status != "ACTIVE") {
            let message =
                format!("It would start tasks from {}, which is INACTIVE: ECS starts no tasks from it.", short(&arn));
            let follow =
                "Let it follow the definition: aws_ecs_task_definition.NAME.arn, or the family without a number.";
            outcomes.push(Outcome::Finding(Found::error(message).fact("Task definition", arn).fix(follow)));
        }
    }
    Ok(outcomes)
}

/// The addresses of those that start tasks with a revision, and still will after the apply.
pub fn left(scene: &Scene<'_>, arn: &str) -> Vec<String> {
    let planned = scene.plan.changes.iter().filter(|other| KINDS.contains(&other.kind.as_str()));
    let stays = |other: &&Change| other.action == Action::NoOp || names(&other.after, arn);
    let planned = planned.filter(|other| !other.action.destroys() && names(&other.before, arn)).filter(stays);
    let known: Vec<&str> = scene.plan.changes.iter().map(|other| other.address.as_str()).collect();
    let prior = scene.plan.prior.iter().filter(|prior| {
        KINDS.contains(&prior.kind.as_str()) && !known.contains(&prior.address.as_str()) && names(&prior.values, arn)
    });
    planned.map(|other| other.address.clone()).chain(prior.map(|prior| prior.address.clone())).collect()
}

/// True when the ARN stands somewhere in the value; state machines have it inside a JSON text.
fn names(value: &Value, arn: &str) -> bool {
    let mut found = BTreeSet::new();
    collect(value, &mut found);
    found.contains(arn)
}

/// The ARNs of revisions that stand somewhere in the value.
fn collect(value: &Value, found: &mut BTreeSet<String>) {
    const RESOURCE: &str = ":task-definition/";
    match value {
        Value::String(text) => {
            for (at, _) in text.match_indices(RESOURCE) {
                let Some(start) = text[..at].rfind("arn:") else { continue };
                let end = at + RESOURCE.len();
                let inside = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | ':');
                let rest = text[end..].find(|c| !inside(c)).map_or(&text[end..], |length| &text[end..end + length]);
                if rest.split_once(':').is_some_and(|(_, number)| number.parse::<u64>().is_ok()) {
                    found.insert(format!("{}{rest}", &text[start..end]));
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
        Value::Object(fields) => fields.values().for_each(|item| collect(item, found)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn revisions_are_found_by_their_arns_also_inside_of_texts() {
        let seven = "arn:aws:ecs:eu-west-1:123456789012:task-definition/web:7";
        let text = format!(r#"{{"TaskDefinition":"{seven}","Cluster":"shop"}}"#);
        assert!(names(&json!({"definition": [text]}), seven) && names(&json!(seven), seven));
        assert!(!names(&json!(format!("{seven}0")), seven), "70 is another");
        assert!(!names(&json!("arn:aws:ecs:eu-west-1:123456789012:task-definition/web"), seven));
    }
}
