//! Rules of listeners: their conditions and priorities.

use super::{Outcome, Reply};
use crate::state::Region;
use crate::wire::{AwsError, Call, Xml};
use serde_json::{Value, json};

/// Answers one call.
pub fn answer(region: &mut Region, call: &Call) -> Option<Outcome> {
    match call.operation.as_str() {
        "SetRulePriorities" => Some(priorities(region, call)),
        _ => None,
    }
}

fn priorities(region: &mut Region, call: &Call) -> Outcome {
    for pair in call.tree()["RulePriorities"].as_array().into_iter().flatten() {
        let priority: Option<u32> = pair["Priority"].as_str().and_then(|text| text.parse().ok());
        let arn = pair["RuleArn"].as_str().unwrap_or_default();
        let listener = region.rules.get(arn).map(|rule| rule.listener.clone());
        let (Some(listener), Some(priority)) = (listener, priority) else {
            return Err(AwsError::new("RuleNotFound", "One or more rules not found"));
        };
        let mut others = region.rules.iter().filter(|(other, _)| *other != arn);
        if others.any(|(_, rule)| rule.listener == listener && rule.priority == priority) {
            return Err(AwsError::new("PriorityInUse", "Priority is currently in use"));
        }
        if let Some(rule) = region.rules.get_mut(arn) {
            rule.priority = priority;
        }
    }
    Ok(Reply::Query(Xml::default()))
}

/// Keeps what a request says of a rule.
pub(crate) fn kept(region: &mut Region, arn: &str, tree: &Value) {
    let settings = region.account.settings.entry(arn.to_owned()).or_default();
    for name in ["Conditions", "Actions"].into_iter().filter(|name| !tree[name].is_null()) {
        settings[name] = tree[name].clone();
    }
}

/// The conditions of a rule as DescribeRules shows them. Those of hosts and paths have their values twice.
pub(crate) fn conditions(region: &Region, arn: &str) -> Option<Xml> {
    let mut conditions = region.account.settings.get(arn)?["Conditions"].clone();
    for condition in conditions.as_array_mut()? {
        for (field, config) in [("path-pattern", "PathPatternConfig"), ("host-header", "HostHeaderConfig")] {
            if condition["Field"] == field {
                let values = condition[config]["Values"].clone();
                let values = if values.is_null() { condition["Values"].clone() } else { values };
                condition["Values"] = values.clone();
                condition[config] = json!({"Values": values});
            }
        }
    }
    Some(Xml::tree(&conditions))
}
