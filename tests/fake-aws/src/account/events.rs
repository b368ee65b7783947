//! EventBridge rules and their targets: what a scheduled task needs.

use super::{Outcome, Reply, tags, without};
use crate::state::Region;
use crate::wire::{AwsError, Call};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A rule with its targets by id.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Rule {
    /// In the words of PutRule.
    pub settings: Value,
    /// In the words of PutTargets.
    pub targets: BTreeMap<String, Value>,
}

/// Answers one call.
pub fn answer(region: &mut Region, call: &Call) -> Option<Outcome> {
    Some(match call.operation.as_str() {
        "PutRule" => put_rule(region, call),
        "DescribeRule" => describe(region, call),
        "EnableRule" => state(region, call, "ENABLED"),
        "DisableRule" => state(region, call, "DISABLED"),
        "DeleteRule" => delete(region, call),
        "PutTargets" => put_targets(region, call),
        "ListTargetsByRule" => rule(region, call, "Rule")
            .map(|found| Reply::Json(json!({"Targets": found.targets.values().collect::<Vec<_>>()}))),
        "RemoveTargets" => remove_targets(region, call),
        _ => return tags::by_resource_arn(region, call),
    })
}

fn arn(region: &Region, name: &str) -> String {
    region.arn("events", &format!("rule/{name}"))
}

fn rule<'a>(region: &'a mut Region, call: &Call, field: &str) -> Result<&'a mut Rule, AwsError> {
    let name = call.required(field)?;
    let text = format!("Rule {name} does not exist on EventBus default.");
    region.account.events.get_mut(name).ok_or_else(|| AwsError::new("ResourceNotFoundException", text))
}

fn put_rule(region: &mut Region, call: &Call) -> Outcome {
    let name = call.required("Name")?.to_owned();
    let arn = arn(region, &name);
    tags::keep(region, &arn, &call.input["Tags"]);
    let found = region.account.events.entry(name).or_default();
    found.settings = without(&call.input, &["Tags"]);
    Ok(Reply::Json(json!({"RuleArn": arn})))
}

fn describe(region: &mut Region, call: &Call) -> Outcome {
    let mut answer = rule(region, call, "Name")?.settings.clone();
    let name = call.required("Name")?;
    answer["Arn"] = json!(arn(region, name));
    for (field, default) in [("EventBusName", "default"), ("State", "ENABLED")] {
        if answer[field].is_null() {
            answer[field] = json!(default);
        }
    }
    Ok(Reply::Json(answer))
}

fn state(region: &mut Region, call: &Call, state: &str) -> Outcome {
    rule(region, call, "Name")?.settings["State"] = json!(state);
    Ok(Reply::Json(json!({})))
}

/// One that is not there is deleted already, as AWS says.
fn delete(region: &mut Region, call: &Call) -> Outcome {
    let name = call.required("Name")?;
    if region.account.events.get(name).is_some_and(|found| !found.targets.is_empty()) {
        let text = "Rule can't be deleted since it has targets.";
        return Err(AwsError::new("ValidationException", text));
    }
    region.account.events.remove(name);
    region.account.tags.remove(&arn(region, name));
    Ok(Reply::Json(json!({})))
}

fn put_targets(region: &mut Region, call: &Call) -> Outcome {
    let found = rule(region, call, "Rule")?;
    for target in call.input["Targets"].as_array().into_iter().flatten() {
        found.targets.insert(target["Id"].as_str().unwrap_or_default().to_owned(), target.clone());
    }
    Ok(Reply::Json(json!({"FailedEntryCount": 0, "FailedEntries": []})))
}

fn remove_targets(region: &mut Region, call: &Call) -> Outcome {
    let ids = call.list("Ids");
    rule(region, call, "Rule")?.targets.retain(|id, _| !ids.contains(id));
    Ok(Reply::Json(json!({"FailedEntryCount": 0, "FailedEntries": []})))
}
