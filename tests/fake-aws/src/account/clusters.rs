//! ECS clusters.

use super::{Outcome, Reply, merge, tags, without};
use crate::ecs::{cluster_name, no_cluster, tag_list};
use crate::state::Region;
use crate::wire::{AwsError, Call};
use serde_json::{Value, json};

/// Answers one call.
pub fn answer(region: &mut Region, call: &Call) -> Option<Outcome> {
    Some(match call.operation.as_str() {
        "CreateCluster" => Ok(create(region, call)),
        "DescribeClusters" => Ok(describe(region, call)),
        "UpdateCluster" | "UpdateClusterSettings" | "PutClusterCapacityProviders" => update(region, call),
        "DeleteCluster" => delete(region, call),
        _ => return None,
    })
}

/// The same again is no error: the cluster that is there is the answer.
fn create(region: &mut Region, call: &Call) -> Reply {
    let name = call.text("clusterName").unwrap_or("default").to_owned();
    region.clusters.entry(name.clone()).or_default();
    tags::keep(region, &region.arn("ecs", &format!("cluster/{name}")), &call.input["tags"]);
    region.account.clusters.insert(name.clone(), without(&call.input, &["clusterName", "tags"]));
    Reply::Json(json!({"cluster": cluster(region, &name, &["TAGS", "SETTINGS", "CONFIGURATIONS"])}))
}

fn cluster(region: &Region, name: &str, include: &[&str]) -> Value {
    let services = &region.clusters[name].services;
    let active = services.values().filter(|service| service.status == "ACTIVE");
    let arn = region.arn("ecs", &format!("cluster/{name}"));
    let settings = region.account.clusters.get(name).cloned().unwrap_or_default();
    let list = |field: &str| settings[field].as_array().cloned().unwrap_or_default();
    let mut answer = json!({
        "clusterArn": arn,
        "clusterName": name,
        "status": "ACTIVE",
        "activeServicesCount": active.clone().count(),
        "pendingTasksCount": 0,
        "registeredContainerInstancesCount": 0,
        "runningTasksCount": active.map(|service| service.desired).sum::<i64>(),
        "capacityProviders": list("capacityProviders"),
        "defaultCapacityProviderStrategy": list("defaultCapacityProviderStrategy"),
        "attachments": [],
        "settings": [],
        "statistics": [],
        "tags": [],
    });
    if include.contains(&"TAGS") {
        answer["tags"] = region.account.tags.get(&arn).map_or_else(|| json!([]), tag_list);
    }
    if include.contains(&"SETTINGS") {
        let given = list("settings");
        let off = vec![json!({"name": "containerInsights", "value": "disabled"})];
        answer["settings"] = json!(if given.is_empty() { off } else { given });
    }
    for (what, field) in [("CONFIGURATIONS", "configuration"), ("", "serviceConnectDefaults")] {
        if (what.is_empty() || include.contains(&what)) && !settings[field].is_null() {
            answer[field] = settings[field].clone();
        }
    }
    answer
}

fn describe(region: &Region, call: &Call) -> Reply {
    let asked = call.list("clusters");
    let asked = if asked.is_empty() { vec!["default".to_owned()] } else { asked };
    let include = call.list("include");
    let include: Vec<&str> = include.iter().map(String::as_str).collect();
    let (known, missing): (Vec<_>, Vec<_>) =
        asked.iter().map(|name| cluster_name(name)).partition(|name| region.clusters.contains_key(*name));
    let known: Vec<Value> = known.into_iter().map(|name| cluster(region, name, &include)).collect();
    let missing = missing.into_iter().map(|name| region.arn("ecs", &format!("cluster/{name}")));
    let missing: Vec<Value> = missing.map(|arn| json!({"arn": arn, "reason": "MISSING"})).collect();
    Reply::Json(json!({"clusters": known, "failures": missing}))
}

fn named(region: &Region, call: &Call) -> Result<String, AwsError> {
    let name = cluster_name(call.required("cluster")?).to_owned();
    if region.clusters.contains_key(&name) { Ok(name) } else { Err(no_cluster()) }
}

fn update(region: &mut Region, call: &Call) -> Outcome {
    let name = named(region, call)?;
    let given = without(&call.input, &["cluster"]);
    merge(region.account.clusters.entry(name.clone()).or_default(), &given);
    Ok(Reply::Json(json!({"cluster": cluster(region, &name, &["TAGS", "SETTINGS", "CONFIGURATIONS"])})))
}

fn delete(region: &mut Region, call: &Call) -> Outcome {
    let name = named(region, call)?;
    if region.clusters[&name].services.values().any(|service| service.status != "INACTIVE") {
        let text = "The Cluster cannot be deleted while Services are active.";
        return Err(AwsError::new("ClusterContainsServicesException", text));
    }
    let mut answer = cluster(region, &name, &[]);
    answer["status"] = json!("INACTIVE");
    region.clusters.remove(&name);
    region.account.clusters.remove(&name);
    region.account.tags.remove(&region.arn("ecs", &format!("cluster/{name}")));
    Ok(Reply::Json(json!({"cluster": answer})))
}
