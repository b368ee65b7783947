//! Log groups of Amazon CloudWatch Logs.

use super::{Outcome, Reply, milliseconds, tags, without};
use crate::state::Region;
use crate::wire::{AwsError, Call};
use serde_json::{Value, json};

/// Answers one call.
pub fn answer(region: &mut Region, call: &Call) -> Option<Outcome> {
    Some(match call.operation.as_str() {
        "CreateLogGroup" => create(region, call),
        "DescribeLogGroups" => Ok(describe(region, call)),
        "PutRetentionPolicy" => set(region, call, &call.input["retentionInDays"]),
        "DeleteRetentionPolicy" => set(region, call, &Value::Null),
        "DeleteLogGroup" => delete(region, call),
        _ => return tags::by_resource_arn(region, call),
    })
}

fn missing() -> AwsError {
    AwsError::new("ResourceNotFoundException", "The specified log group does not exist.")
}

fn arn(region: &Region, name: &str) -> String {
    region.arn("logs", &format!("log-group:{name}"))
}

fn create(region: &mut Region, call: &Call) -> Outcome {
    let name = call.required("logGroupName")?.to_owned();
    if region.account.log_groups.contains_key(&name) {
        return Err(AwsError::new("ResourceAlreadyExistsException", "The specified log group already exists"));
    }
    tags::keep(region, &arn(region, &name), &call.input["tags"]);
    let created = milliseconds(region.now());
    let mut made = without(&call.input, &["tags"]);
    super::merge(&mut made, &json!({"creationTime": created, "metricFilterCount": 0, "storedBytes": 0}));
    if made["logGroupClass"].is_null() {
        made["logGroupClass"] = json!("STANDARD");
    }
    region.account.log_groups.insert(name, made);
    Ok(Reply::Json(json!({})))
}

fn describe(region: &Region, call: &Call) -> Reply {
    let prefix = call.text("logGroupNamePrefix").unwrap_or_default();
    let groups = region.account.log_groups.iter().filter(|(name, _)| name.starts_with(prefix));
    let groups = groups.map(|(name, found)| {
        let mut found = without(found, &[]);
        found["logGroupArn"] = json!(arn(region, name));
        found["arn"] = json!(format!("{}:*", arn(region, name)));
        found
    });
    Reply::Json(json!({"logGroups": groups.collect::<Vec<_>>()}))
}

fn set(region: &mut Region, call: &Call, days: &Value) -> Outcome {
    let found = region.account.log_groups.get_mut(call.required("logGroupName")?).ok_or_else(missing)?;
    found["retentionInDays"] = days.clone();
    Ok(Reply::Json(json!({})))
}

fn delete(region: &mut Region, call: &Call) -> Outcome {
    let name = call.required("logGroupName")?;
    region.account.log_groups.remove(name).ok_or_else(missing)?;
    region.account.tags.remove(&arn(region, name));
    Ok(Reply::Json(json!({})))
}
