//! Target groups: made, changed and deleted.

use super::{Outcome, Reply, merge, tags, without};
use crate::elbv2;
use crate::state::Region;
use crate::wire::{AwsError, Call, Xml};
use serde_json::{Value, json};

/// Answers one call.
pub fn answer(region: &mut Region, call: &Call) -> Option<Outcome> {
    Some(match call.operation.as_str() {
        "CreateTargetGroup" => create(region, call),
        "ModifyTargetGroup" => modify(region, call),
        "DeleteTargetGroup" => delete(region, call),
        _ => return None,
    })
}

/// What AWS fills in.
fn defaults(tree: &Value) -> Value {
    let protocol = tree["Protocol"].as_str().unwrap_or("HTTP");
    let http = protocol.starts_with("HTTP");
    let mut start = json!({
        "TargetType": "instance",
        "IpAddressType": "ipv4",
        "HealthCheckEnabled": "true",
        "HealthCheckProtocol": if http { "HTTP" } else { "TCP" },
        "HealthCheckPort": "traffic-port",
        "HealthCheckIntervalSeconds": "30",
        "HealthCheckTimeoutSeconds": if http { "5" } else { "10" },
        "HealthyThresholdCount": "5",
        "UnhealthyThresholdCount": "2",
    });
    if http {
        merge(&mut start, &json!({"ProtocolVersion": "HTTP1"}));
    }
    if http || tree["HealthCheckProtocol"].as_str().is_some_and(|protocol| protocol.starts_with("HTTP")) {
        merge(&mut start, &json!({"HealthCheckPath": "/", "Matcher": {"HttpCode": "200"}}));
    }
    start
}

fn create(region: &mut Region, call: &Call) -> Outcome {
    let name = call.required("Name")?.to_owned();
    let tree = call.tree();
    let mut settings = defaults(&tree);
    merge(&mut settings, &without(&tree, &["Name", "Tags"]));
    let same = region.target_groups.iter().find(|(_, found)| found.name == name).map(|(arn, _)| arn.clone());
    if let Some(arn) = same {
        // The same again is no error (Elastic Load Balancing API reference, CreateTargetGroup).
        if region.account.settings.get(&arn) == Some(&settings) {
            return described(region, &arn);
        }
        let text = format!("A target group with the same name '{name}' exists, but with different settings");
        return Err(AwsError::new("DuplicateTargetGroupName", text));
    }
    let arn = region.target_group(&name);
    tags::keep(region, &arn, &tree["Tags"]);
    region.account.settings.insert(arn.clone(), settings);
    described(region, &arn)
}

fn described(region: &mut Region, arn: &str) -> Outcome {
    let call = Call::query("DescribeTargetGroups", json!({"TargetGroupArns.member.1": arn}));
    elbv2::answer(region, &call).map(Reply::Query)
}

fn modify(region: &mut Region, call: &Call) -> Outcome {
    let arn = call.required("TargetGroupArn")?.to_owned();
    if let Some(missing) = tags::missing(region, &arn) {
        return Err(missing);
    }
    let given = without(&call.tree(), &["TargetGroupArn"]);
    merge(region.account.settings.entry(arn.clone()).or_insert_with(|| defaults(&Value::Null)), &given);
    described(region, &arn)
}

/// One that is not there is deleted already, as AWS says; one that a rule or a listener names stays.
fn delete(region: &mut Region, call: &Call) -> Outcome {
    let arn = call.required("TargetGroupArn")?.to_owned();
    let rules = region.rules.values().map(|rule| &rule.action);
    let mut actions = rules.chain(region.listeners.values().map(|listener| &listener.action));
    if actions.any(|action| action.forwards_to(std::slice::from_ref(&arn))) {
        let text = format!("Target group '{arn}' is currently in use by a listener or a rule");
        return Err(AwsError::new("ResourceInUse", text));
    }
    region.target_groups.remove(&arn);
    Ok(Reply::Query(Xml::default()))
}

/// What DescribeTargetGroups says beyond name, ARN and load balancers.
pub(crate) fn target_group_settings(region: &Region, arn: &str) -> Xml {
    match region.account.settings.get(arn) {
        Some(settings) => Xml::tree(settings),
        None => Xml::default().text("Protocol", "HTTP").text("Port", "80").text("TargetType", "ip"),
    }
}
