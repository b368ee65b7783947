//! Tags of everything, in the words of each service.

use super::{Outcome, Reply};
use crate::ecs::{cluster_name, revision, tag_list};
use crate::state::Region;
use crate::wire::{AwsError, Call, Xml, tags};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Keeps the tags of a request under an ARN.
pub fn keep(region: &mut Region, arn: &str, given: &Value) {
    let given = tags(given);
    if !given.is_empty() {
        region.account.tags.insert(arn.to_owned(), given);
    }
}

/// The tags under an ARN with capitals: `[{Key, Value}]`.
pub fn capitals(region: &Region, arn: &str) -> Value {
    let found = region.account.tags.get(arn).into_iter().flatten();
    found.map(|(key, value)| json!({"Key": key, "Value": value})).collect()
}

/// The tags of an ECS resource: services and task definitions have their own.
fn of_ecs<'a>(region: &'a mut Region, arn: &str) -> Result<&'a mut BTreeMap<String, String>, AwsError> {
    let missing = || AwsError::new("InvalidParameterException", "The specified resource could not be found.");
    let mut parts = arn.rsplit('/');
    let (name, cluster) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    if arn.contains(":service/") {
        let services = region.clusters.get_mut(cluster).map(|cluster| &mut cluster.services);
        return services.and_then(|services| services.get_mut(name)).map(|found| &mut found.tags).ok_or_else(missing);
    }
    if arn.contains(":task-definition/") {
        let (found, family) = revision(region, arn)?;
        let (number, family) = (found.revision, family.to_owned());
        let revisions = region.families.get_mut(&family).into_iter().flatten();
        let mut found = revisions.filter(|found| found.revision == number);
        return found.next().map(|found| &mut found.tags).ok_or_else(missing);
    }
    if arn.contains(":cluster/") && !region.clusters.contains_key(cluster_name(arn)) {
        return Err(missing());
    }
    Ok(region.account.tags.entry(arn.to_owned()).or_default())
}

/// ECS: TagResource, UntagResource, ListTagsForResource with `resourceArn`.
pub fn ecs(region: &mut Region, call: &Call) -> Option<Outcome> {
    let change = |region: &mut Region| -> Outcome {
        let found = of_ecs(region, call.required("resourceArn")?)?;
        match call.operation.as_str() {
            "TagResource" => found.extend(tags(&call.input["tags"])),
            "UntagResource" => found.retain(|key, _| !call.list("tagKeys").contains(key)),
            _ => return Ok(Reply::Json(json!({"tags": tag_list(found)}))),
        }
        Ok(Reply::Json(json!({})))
    };
    ["TagResource", "UntagResource", "ListTagsForResource"].contains(&call.operation.as_str()).then(|| change(region))
}

/// The three calls of services that keep tags under an ARN: with capitals, or as a map for CloudWatch Logs.
pub fn by_resource_arn(region: &mut Region, call: &Call) -> Option<Outcome> {
    let name = ["ResourceArn", "ResourceARN", "resourceArn"].into_iter().find(|name| call.text(name).is_some())?;
    let arn = call.text(name).unwrap_or_default().trim_end_matches(":*").to_owned();
    let (given, keys) = match &call.input["Tags"] {
        Value::Null => (&call.input["tags"], [call.list("tagKeys"), call.list("TagKeys")].concat()),
        given => (given, Vec::new()),
    };
    match call.operation.as_str() {
        "TagResource" => region.account.tags.entry(arn).or_default().extend(tags(given)),
        "UntagResource" => region.account.tags.entry(arn).or_default().retain(|key, _| !keys.contains(key)),
        "ListTagsForResource" => {
            let (capitals, found) = (capitals(region, &arn), region.account.tags.get(&arn));
            return Some(Ok(Reply::Json(match call.service {
                "logs" => json!({"tags": found.cloned().unwrap_or_default()}),
                "ecr" => json!({"tags": capitals}),
                _ => json!({"Tags": capitals}),
            })));
        }
        _ => return None,
    }
    Some(Ok(Reply::Json(json!({}))))
}

/// ELBv2: DescribeTags, AddTags, RemoveTags.
pub fn elbv2(region: &mut Region, call: &Call) -> Option<Outcome> {
    let arns = call.list("ResourceArns");
    let tree = call.tree();
    match call.operation.as_str() {
        "DescribeTags" => {
            if let Some(missing) = arns.iter().find_map(|arn| missing(region, arn)) {
                return Some(Err(missing));
            }
            let described = arns
                .iter()
                .map(|arn| Xml::default().text("ResourceArn", arn).node("Tags", Xml::tree(&capitals(region, arn))));
            return Some(Ok(Reply::Query(Xml::default().list("TagDescriptions", described))));
        }
        "AddTags" => {
            for arn in arns {
                region.account.tags.entry(arn).or_default().extend(tags(&tree["Tags"]));
            }
        }
        "RemoveTags" => {
            let keys = call.list("TagKeys");
            for arn in arns {
                region.account.tags.entry(arn).or_default().retain(|key, _| !keys.contains(key));
            }
        }
        _ => return None,
    }
    Some(Ok(Reply::Query(Xml::default())))
}

/// Why a thing of ELBv2 cannot be described, if it is not there.
pub fn missing(region: &Region, arn: &str) -> Option<AwsError> {
    let (exists, code, text) = if arn.contains(":targetgroup/") {
        (region.target_groups.contains_key(arn), "TargetGroupNotFound", "One or more target groups not found")
    } else if arn.contains(":loadbalancer/") {
        (region.load_balancers.contains_key(arn), "LoadBalancerNotFound", "One or more load balancers not found")
    } else if arn.contains(":listener-rule/") {
        (region.rules.contains_key(arn), "RuleNotFound", "One or more rules not found")
    } else {
        (region.listeners.contains_key(arn), "ListenerNotFound", "One or more listeners not found")
    };
    (!exists).then(|| AwsError::new(code, text))
}
