//! Task sets of EXTERNAL services: what a deployment tool, or Terraform in its place, makes of them.

use super::services::{invalid, load_balancers};
use super::{Outcome, Reply};
use crate::ecs::{cluster_name, no_cluster, revision, tag_list};
use crate::service_answer::{service, task_set};
use crate::state::{Region, Service, TaskSet, Tasks};
use crate::wire::{AwsError, Call, tags};
use serde_json::{Value, json};

const AS_SENT: [&str; 6] = [
    "capacityProviderStrategy",
    "launchType",
    "networkConfiguration",
    "platformVersion",
    "serviceRegistries",
    "externalId",
];

/// Answers one call.
pub fn answer(region: &mut Region, call: &Call) -> Option<Outcome> {
    Some(match call.operation.as_str() {
        "CreateTaskSet" => create(region, call),
        "DescribeTaskSets" => describe(region, call),
        "UpdateTaskSet" => change(region, call, "taskSet", |_, set| {
            set.scale = call.input["scale"]["value"].as_f64().or(set.scale);
        }),
        "UpdateServicePrimaryTaskSet" => promote(region, call),
        "DeleteTaskSet" => delete(region, call),
        _ => return None,
    })
}

fn named(region: &Region, call: &Call) -> Result<(String, String), AwsError> {
    let cluster = cluster_name(call.text("cluster").unwrap_or("default")).to_owned();
    let name = cluster_name(call.required("service")?).to_owned();
    let found = region.clusters.get(&cluster).ok_or_else(no_cluster)?.services.get(&name);
    match found.map(|found| found.status.as_str()) {
        Some("ACTIVE") => Ok((cluster, name)),
        Some(_) => Err(AwsError::new("ServiceNotActiveException", "Service was not ACTIVE.")),
        None => Err(AwsError::new("ServiceNotFoundException", "Service not found.")),
    }
}

fn of<'a>(region: &'a mut Region, (cluster, name): &(String, String)) -> Result<&'a mut Service, AwsError> {
    let services = region.clusters.get_mut(cluster).map(|cluster| &mut cluster.services);
    services.and_then(|services| services.get_mut(name)).ok_or_else(no_cluster)
}

fn create(region: &mut Region, call: &Call) -> Outcome {
    let place = named(region, call)?;
    let input = &call.input;
    let (found, family) = revision(region, call.required("taskDefinition")?)?;
    if found.status != "ACTIVE" {
        return Err(AwsError::new("ClientException", "TaskDefinition is inactive"));
    }
    let task_definition = region.task_definition_arn(family, found.revision);
    let entries = load_balancers(region, &input["loadBalancers"])?;
    let (number, created) = (region.next_id(), region.now());
    let id = format!("ecs-svc/{number}");
    let service = of(region, &place)?;
    if service.controller != "EXTERNAL" {
        let text = "Task sets can be made for services with an EXTERNAL deployment controller only.";
        return Err(AwsError::new("UnsupportedFeatureException", text));
    }
    let sent = AS_SENT.into_iter().filter(|name| !input[*name].is_null());
    let mut set = TaskSet {
        id: id.clone(),
        status: "ACTIVE".to_owned(),
        task_definition,
        load_balancers: entries,
        scale: Some(input["scale"]["value"].as_f64().unwrap_or(100.0)),
        created: Some(created),
        more: sent.map(|name| (name.to_owned(), input[name].clone())).collect(),
        ..TaskSet::default()
    };
    set.more.insert("tags".to_owned(), tag_list(&tags(&input["tags"])));
    scale(&mut set, service.desired);
    service.task_sets.push(set);
    shown(region, &place, &id)
}

/// The tasks that a set of this scale has.
fn scale(set: &mut TaskSet, desired: i64) {
    let desired = (desired as f64 * set.scale.unwrap_or(100.0) / 100.0).ceil() as i64;
    set.tasks = Some(Tasks { desired, running: desired, pending: 0 });
}

fn shown(region: &Region, (cluster, name): &(String, String), id: &str) -> Outcome {
    let found = &region.clusters[cluster].services[name];
    let all = Tasks { desired: found.desired, running: found.desired, pending: 0 };
    let set = found.task_sets.iter().find(|set| set.id == id);
    Ok(Reply::Json(json!({"taskSet": set.map(|set| task_set(region, cluster, name, set, all))})))
}

fn describe(region: &Region, call: &Call) -> Outcome {
    let (cluster, name) = named(region, call)?;
    let found = &region.clusters[&cluster].services[&name];
    let shown = service(region, &cluster, &name, found, false);
    let all = shown["taskSets"].as_array().cloned().unwrap_or_default();
    let asked = call.list("taskSets");
    let is = |set: &Value, wanted: &String| set["id"] == wanted.as_str() || set["taskSetArn"] == wanted.as_str();
    let missing = asked.iter().filter(|wanted| !all.iter().any(|set| is(set, wanted)));
    let missing: Vec<Value> = missing.map(|arn| json!({"arn": arn, "reason": "MISSING"})).collect();
    let mut sets: Vec<Value> =
        all.iter().filter(|set| asked.is_empty() || asked.iter().any(|wanted| is(set, wanted))).cloned().collect();
    if !call.list("include").contains(&"TAGS".to_owned()) {
        for set in sets.iter_mut().filter_map(Value::as_object_mut) {
            set.remove("tags");
        }
    }
    Ok(Reply::Json(json!({"taskSets": sets, "failures": missing})))
}

fn change(region: &mut Region, call: &Call, field: &str, change: impl Fn(i64, &mut TaskSet)) -> Outcome {
    let place = named(region, call)?;
    let wanted = call.required(field)?.to_owned();
    let service = of(region, &place)?;
    let desired = service.desired;
    // An id has a slash of its own: `ecs-svc/NUMBER`, at the end of the ARN too.
    let mut sets = service.task_sets.iter_mut();
    let set = sets.find(|set| wanted.ends_with(&set.id));
    let set = set.ok_or_else(|| AwsError::new("TaskSetNotFoundException", "The specified task set wasn't found."))?;
    change(desired, set);
    scale(set, desired);
    let id = set.id.clone();
    shown(region, &place, &id)
}

/// "Any parameters that are updated on the primary task set in a service will transition to the service."
fn promote(region: &mut Region, call: &Call) -> Outcome {
    let answer = change(region, call, "primaryTaskSet", |_, _| {})?;
    let Reply::Json(mut body) = answer else { return Ok(answer) };
    let id = body["taskSet"]["id"].as_str().unwrap_or_default().to_owned();
    let service = of(region, &named(region, call)?)?;
    for set in &mut service.task_sets {
        if set.id == id {
            "PRIMARY".clone_into(&mut set.status);
        } else if set.status == "PRIMARY" {
            "ACTIVE".clone_into(&mut set.status);
        }
    }
    service.mirror_primary();
    body["taskSet"]["status"] = json!("PRIMARY");
    Ok(Reply::Json(body))
}

fn delete(region: &mut Region, call: &Call) -> Outcome {
    let force = call.input["force"] == true;
    let answer = change(region, call, "taskSet", |_, _| {})?;
    let Reply::Json(mut body) = answer else { return Ok(answer) };
    if !force && body["taskSet"]["scale"]["value"].as_f64() != Some(0.0) {
        return Err(invalid(
            "The task set cannot be deleted while it is scaled above 0. Use force to delete it anyway.",
        ));
    }
    let id = body["taskSet"]["id"].as_str().unwrap_or_default().to_owned();
    let service = of(region, &named(region, call)?)?;
    service.task_sets.retain(|set| set.id != id);
    if service.task_sets.iter().all(|set| set.status != "PRIMARY") {
        service.task_definition.clear();
        service.load_balancers.clear();
    }
    body["taskSet"]["status"] = json!("DRAINING");
    Ok(Reply::Json(body))
}
