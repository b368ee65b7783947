//! Load balancer entries that do not fit together, or that name what is not there.

use super::container;
use super::production::of_rules;
use crate::guard::facts::{Question, Untold};
use crate::guard::plan::{Change, Entry, Field, Service};
use crate::guard::rules::Verdict;
use crate::guard::rules::scene::{Found, Outcome, Scene, cannot_tell, fine, gather, short};
use std::collections::BTreeSet;

/// True when the change makes ECS look at the load balancer entries.
pub fn are_touched(change: &Change) -> bool {
    let touched = ["load_balancer", "deployment_configuration", "deployment_controller", "task_definition"];
    change.action.creates() || touched.iter().any(|key| change.writes(key))
}

/// Load balancer entries that do not fit together, or that the task definition does not have.
pub fn judge(change: &Change, after: Service<'_>, controller: &str, scene: &Scene<'_>) -> Verdict {
    if !are_touched(change) {
        return fine();
    }
    let Field::Known(entries) = after.entries() else {
        return cannot_tell("The plan does not know the load_balancer blocks: they are known only after apply.");
    };
    let strategy = after.strategy().known().unwrap_or_default();
    let native = if controller == "ECS" && strategy != "ROLLING" { native(change, &entries, scene) } else { fine() };
    gather([native, groups(change, &entries, scene), container::missing(change, &entries, scene)])
}

fn native(change: &Change, entries: &[Entry], scene: &Scene<'_>) -> Verdict {
    let mut outcomes = Vec::new();
    let mut fires = |message: String, way: &str| outcomes.push(Outcome::Finding(Found::error(message).fix(way)));
    let advanced = entries.iter().filter(|entry| entry.is_advanced).count();
    if advanced > 0 && advanced < entries.len() {
        fires(
            format!(
                "{advanced} of {} load_balancer blocks have an advanced_configuration: ECS wants it on all or none.",
                entries.len()
            ),
            "Give every load_balancer block its alternate target group and production rule.",
        );
    }
    for entry in entries.iter().filter(|entry| entry.is_advanced) {
        if let (Field::Known(group), Field::Known(alternate)) = (&entry.group, &entry.alternate)
            && group.judged() == alternate.judged()
        {
            fires(
                format!("The target group and its alternate are both {}.", group.part(short(group.judged()))),
                "Give the pair two different target groups.",
            );
        }
        let Field::Known(production) = &entry.production else { continue };
        let arn = production.judged();
        if entry.test.as_ref().known().is_some_and(|test| test.judged() == arn) {
            fires(
                "The production rule is also the test rule.".to_owned(),
                "Make a test rule of its own, or leave it out.",
            );
        }
        if arn.contains(":listener/app/") {
            fires(
                "production_listener_rule holds the ARN of a listener of an Application Load Balancer: ECS wants a rule.".to_owned(),
                "Give the ARN of the listener rule; of the default action it is the rule that `describe-rules` calls default.",
            );
        }
        if arn.contains(":listener-rule/net/") {
            fires(
                "production_listener_rule holds a rule of a Network Load Balancer: ECS wants the listener.".to_owned(),
                "Give the ARN of the listener.",
            );
        }
    }
    let asked = entries.iter().filter(|entry| entry.is_advanced);
    let asked = asked.map(|entry| gather([of_rules(change, entry, scene), unused_group(entry, scene)]));
    gather(std::iter::once(Ok(outcomes)).chain(asked.collect::<Vec<_>>()))
}

/// AWS documents that both groups have to be in the production rule; a first deployment has been accepted without.
fn unused_group(entry: &Entry, scene: &Scene<'_>) -> Verdict {
    for group in entry.groups() {
        match scene.facts.group(Question::Group(group.to_owned()))? {
            Some(facts) if facts.used_by.is_empty() => {
                let message = format!("Target group {} of the pair is in no listener rule yet.", short(group));
                let way =
                    "Name both groups in the production rule, one with weight 0: AWS documents that it has to be so.";
                return Found::note(message).fact("Target group", group).fix(way).alone();
            }
            _ => {}
        }
    }
    fine()
}

/// Target groups that do not exist: ECS refuses the service.
fn groups(change: &Change, entries: &[Entry], scene: &Scene<'_>) -> Verdict {
    if !change.action.creates() && !change.writes("load_balancer") {
        return fine();
    }
    let named: Vec<&str> = entries.iter().flat_map(Entry::groups).collect();
    Ok(missing_groups(named, scene)?.map_or_else(Vec::new, |(names, arns)| {
        let found = Found::error(format!("{names} of the service does not exist: ECS refuses it."));
        let found = found.fact("Target group", arns).fix("target_group_arn = aws_lb_target_group.NAME.arn");
        vec![Outcome::Finding(found)]
    }))
}

/// The names and ARNs of those that are not there; `None` when all of them are.
///
/// # Errors
/// [`Untold`] when AWS does not say.
pub fn missing_groups<'g>(
    named: impl IntoIterator<Item = &'g str>,
    scene: &Scene<'_>,
) -> Result<Option<(String, String)>, Untold> {
    let named: BTreeSet<&str> = named.into_iter().collect();
    scene.facts.ahead(named.iter().map(|arn| Question::Exists((*arn).to_owned())));
    let mut missing = Vec::new();
    for arn in named {
        if !scene.facts.exists(Question::Exists(arn.to_owned()))? {
            missing.push(arn);
        }
    }
    let names = missing.iter().map(|arn| short(arn)).collect::<Vec<_>>().join(", ");
    let word = if missing.len() > 1 { "Each of the target groups" } else { "Target group" };
    Ok((!missing.is_empty()).then(|| (format!("{word} {names}"), missing.join(", "))))
}
