//! Amazon ECS, as far as it is used here.

use crate::account;
use crate::native;
use crate::service_answer::service;
use crate::state::{ACCOUNT_ID, Region, TaskDefinition};
use crate::wire::{AwsError, Call};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const UPDATE_REFUSED: &str = "Unable to update task definition on services with a CODE_DEPLOY deployment controller. Use \
                              AWS CodeDeploy to trigger a new deployment.";

/// Answers one call.
pub fn answer(region: &mut Region, call: &Call) -> Result<Value, AwsError> {
    match call.operation.as_str() {
        "DescribeServices" => describe_services(region, call),
        "ListServices" => list_services(region, call),
        "ListClusters" => {
            let arns: Vec<_> =
                region.clusters.keys().map(|name| region.arn("ecs", &format!("cluster/{name}"))).collect();
            Ok(json!({"clusterArns": arns}))
        }
        "UpdateService" => update_service(region, call),
        "DeleteService" => delete_service(region, call),
        "DescribeTaskDefinition" => describe_task_definition(region, call),
        "RegisterTaskDefinition" => {
            let arn = region.register_raw(call.input.clone());
            let (found, family) = revision(region, &arn)?;
            Ok(json!({"taskDefinition": task_definition(region, family, found)}))
        }
        "DeregisterTaskDefinition" => {
            let arn = call.required("taskDefinition")?;
            let (found, family) = revision(region, arn)?;
            let (number, family) = (found.revision, family.to_owned());
            region.deregister(&family, number);
            let arn = region.task_definition_arn(&family, number);
            let (found, family) = revision(region, &arn)?;
            Ok(json!({"taskDefinition": task_definition(region, family, found)}))
        }
        "ListTaskDefinitions" => list_task_definitions(region, call),
        "ListTaskDefinitionFamilies" => {
            let prefix = call.text("familyPrefix").unwrap_or_default();
            let active = |revisions: &[TaskDefinition]| revisions.iter().any(|found| found.status == "ACTIVE");
            let families = region.families.iter().filter(|(_, revisions)| active(revisions));
            let families: Vec<_> = families.map(|(name, _)| name).filter(|name| name.starts_with(prefix)).collect();
            Ok(json!({"families": families}))
        }
        "DescribeServiceRevisions"
        | "DescribeServiceDeployments"
        | "ListServiceDeployments"
        | "StopServiceDeployment"
        | "ContinueServiceDeployment" => native::answer(region, call),
        "ListTasks" => {
            let stopped = call.text("desiredStatus") == Some("STOPPED");
            let tasks = stopped_tasks(region, call)?.filter(|_| stopped);
            Ok(json!({"taskArns": tasks.map(|task| task["taskArn"].clone()).collect::<Vec<_>>()}))
        }
        "DescribeTasks" => {
            let asked = call.list("tasks");
            let is_asked = |task: &&Value| task["taskArn"].as_str().is_some_and(|arn| asked.iter().any(|it| it == arn));
            let found: Vec<&Value> = stopped_tasks(region, call)?.filter(is_asked).collect();
            Ok(json!({"tasks": found, "failures": []}))
        }
        _ => Err(AwsError::new("UnknownOperationException", "")),
    }
}

/// Stopped tasks of the service that is named, or of all of the cluster.
fn stopped_tasks<'a>(region: &'a Region, call: &Call) -> Result<impl Iterator<Item = &'a Value> + use<'a>, AwsError> {
    let services = &region.clusters[cluster(region, call)?].services;
    let wanted = call.text("serviceName").map(|name| cluster_name(name).to_owned());
    let of = services.iter().filter(move |(name, _)| wanted.as_ref().is_none_or(|wanted| *name == wanted));
    Ok(of.flat_map(|(_, service)| &service.stopped_tasks))
}

pub(crate) fn cluster_name(identifier: &str) -> &str {
    identifier.rsplit('/').next().unwrap_or(identifier)
}

pub(crate) fn no_cluster() -> AwsError {
    AwsError::new("ClusterNotFoundException", "Cluster not found.")
}

fn cluster<'a>(region: &Region, call: &'a Call) -> Result<&'a str, AwsError> {
    let name = cluster_name(call.text("cluster").unwrap_or("default"));
    if region.clusters.contains_key(name) { Ok(name) } else { Err(no_cluster()) }
}

fn describe_services(region: &Region, call: &Call) -> Result<Value, AwsError> {
    let asked = call.list("services");
    if asked.is_empty() {
        return Err(AwsError::new("InvalidParameterException", "Services cannot be empty."));
    }
    if asked.len() > 10 {
        return Err(AwsError::new("InvalidParameterException", "Services cannot have more than 10 elements."));
    }
    let cluster = cluster(region, call)?;
    of_cluster(&asked, cluster)?;
    let with_tags = call.list("include").contains(&"TAGS".to_owned());
    let known = &region.clusters[cluster].services;
    if let Some(name) = asked.iter().find(|name| known.get(cluster_name(name)).is_some_and(|found| found.denied)) {
        let (user, name) = (format!("arn:{}:iam::{ACCOUNT_ID}:user/fake", region.partition()), cluster_name(name));
        let resource = region.arn("ecs", &format!("service/{cluster}/{name}"));
        let text = format!("User: {user} is not authorized to perform: ecs:DescribeServices on resource: {resource}");
        return Err(AwsError::new("AccessDeniedException", text));
    }
    if with_tags && asked.iter().any(|name| known.get(cluster_name(name)).is_some_and(|found| found.short_arn)) {
        // cloudposse/terraform-aws-ecs-atlantis and kayac/ecspresso on services of before 2020.
        let text = "Long arn format must be used for tagging operations";
        return Err(AwsError::new("InvalidParameterException", text));
    }
    let (mut services, mut failures) = (Vec::new(), Vec::new());
    for identifier in asked {
        let name = cluster_name(&identifier);
        if identifier.starts_with("arn:") && !identifier.starts_with(&region.arn("ecs", "service/")) {
            failures.push(json!({"arn": identifier, "reason": "MISSING"}));
            continue;
        }
        // A deleted service stays visible beside the new one of the same name for a while.
        let former = region.clusters[cluster].former.iter().filter(|(found, _)| found == name).map(|(_, found)| found);
        let found: Vec<_> = former.chain(known.get(name)).collect();
        services.extend(found.iter().map(|found| service(region, cluster, name, found, with_tags)));
        if found.is_empty() {
            let arn = region.arn("ecs", &format!("service/{cluster}/{name}"));
            failures.push(json!({"arn": arn, "reason": "MISSING"}));
        }
    }
    Ok(json!({"services": services, "failures": failures}))
}

/// A long ARN of another cluster fails the whole call (docker-archive/compose-cli#2086, aws/aws-toolkit-vscode#2915).
fn of_cluster(asked: &[String], cluster: &str) -> Result<(), AwsError> {
    let named = |arn: &String| {
        let (_, rest) = arn.split_once(":service/")?;
        Some(rest.split_once('/')?.0.to_owned())
    };
    match asked.iter().filter_map(named).find(|found| found != cluster) {
        None => Ok(()),
        Some(other) => {
            let text = format!("Invalid identifier: Identifier is for cluster {other}. Your cluster is {cluster}");
            Err(AwsError::new("InvalidParameterException", text))
        }
    }
}

fn list_services(region: &Region, call: &Call) -> Result<Value, AwsError> {
    let cluster = cluster(region, call)?;
    let size = call.input["maxResults"].as_u64().unwrap_or(10).clamp(1, 100) as usize;
    let start: usize = call.text("nextToken").and_then(|token| token.parse().ok()).unwrap_or(0);
    let active = region.clusters[cluster].services.iter().filter(|(_, service)| service.status != "INACTIVE");
    let arns: Vec<String> = active.map(|(name, _)| region.arn("ecs", &format!("service/{cluster}/{name}"))).collect();
    let page: Vec<&String> = arns.iter().skip(start).take(size).collect();
    let mut answer = json!({"serviceArns": page});
    if start + size < arns.len() {
        answer["nextToken"] = json!((start + size).to_string());
    }
    Ok(answer)
}

fn update_service(region: &mut Region, call: &Call) -> Result<Value, AwsError> {
    let cluster = cluster(region, call)?.to_owned();
    let name = cluster_name(call.required("service")?).to_owned();
    let target = match call.text("taskDefinition") {
        Some(wanted) => {
            let (found, family) = revision(region, wanted)?;
            if found.status != "ACTIVE" {
                return Err(AwsError::new("ClientException", "TaskDefinition is inactive"));
            }
            Some(region.task_definition_arn(family, found.revision))
        }
        None => None,
    };
    let missing = || AwsError::new("ServiceNotFoundException", "Service not found.");
    let active = region.clusters[&cluster].services.get(&name).is_some_and(|service| service.status == "ACTIVE");
    let replaces = if active { account::updated(region, call, &cluster, &name)? } else { false };
    let force = replaces || call.input["forceNewDeployment"] == true;
    let found = region.clusters.get_mut(&cluster).and_then(|cluster| cluster.services.get_mut(&name));
    let found = found.filter(|service| service.status == "ACTIVE").ok_or_else(missing)?;
    if found.controller == "CODE_DEPLOY" && target.is_some() {
        return Err(AwsError::new("InvalidParameterException", UPDATE_REFUSED));
    }
    if let Some(desired) = call.input["desiredCount"].as_i64() {
        found.desired = desired;
    }
    let current = found.task_definition.clone();
    let target = target.filter(|target| force || *target != current).or_else(|| force.then_some(current));
    if let Some(target) = target {
        match region.native_of(&cluster, &name) {
            Some(web) => drop(region.native_start(&web, &target)),
            None => region.rolling_start(&cluster, &name, &target),
        }
    }
    let found = &region.clusters[&cluster].services[&name];
    Ok(json!({"service": service(region, &cluster, &name, found, false)}))
}

fn delete_service(region: &mut Region, call: &Call) -> Result<Value, AwsError> {
    let cluster = cluster(region, call)?.to_owned();
    let name = cluster_name(call.required("service")?).to_owned();
    let services = &mut region.clusters.get_mut(&cluster).ok_or_else(no_cluster)?.services;
    let found = services.get_mut(&name);
    let found = found.ok_or_else(|| AwsError::new("ServiceNotFoundException", "Service not found."))?;
    found.status = if found.desired > 0 { "DRAINING" } else { "INACTIVE" }.to_owned();
    let found = found.clone();
    Ok(json!({"service": service(region, &cluster, &name, &found, false)}))
}

/// A revision by ARN, `family:revision` or family, with its family.
pub(crate) fn revision<'a>(region: &'a Region, wanted: &str) -> Result<(&'a TaskDefinition, &'a str), AwsError> {
    let unable = || AwsError::new("ClientException", "Unable to describe task definition.");
    let name = cluster_name(wanted);
    let (family, number) = match name.split_once(':') {
        Some((family, number)) => (family, Some(number.parse::<u64>().map_err(|_| unable())?)),
        None => (name, None),
    };
    let (family, revisions) = region.families.get_key_value(family).ok_or_else(unable)?;
    let found = match number {
        Some(number) => revisions.iter().find(|found| found.revision == number),
        None => revisions.iter().rev().find(|found| found.status == "ACTIVE"),
    };
    Ok((found.ok_or_else(unable)?, family))
}

fn describe_task_definition(region: &Region, call: &Call) -> Result<Value, AwsError> {
    let (found, family) = revision(region, call.required("taskDefinition")?)?;
    let mut answer = json!({"taskDefinition": task_definition(region, family, found)});
    if call.list("include").contains(&"TAGS".to_owned()) {
        answer["tags"] = tag_list(&found.tags);
    }
    Ok(answer)
}

fn list_task_definitions(region: &Region, call: &Call) -> Result<Value, AwsError> {
    let status = call.text("status").unwrap_or("ACTIVE");
    let family = call.text("familyPrefix");
    let families = region.families.iter().filter(|(name, _)| family.is_none_or(|family| *name == family));
    let mut arns: Vec<String> = families
        .flat_map(|(name, revisions)| {
            let wanted = revisions.iter().filter(|found| found.status == status);
            wanted.map(|found| region.task_definition_arn(name, found.revision)).collect::<Vec<_>>()
        })
        .collect();
    if call.text("sort") == Some("DESC") {
        arns.reverse();
    }
    let size = call.input["maxResults"].as_u64().unwrap_or(100).clamp(1, 100) as usize;
    let start: usize = call.text("nextToken").and_then(|token| token.parse().ok()).unwrap_or(0);
    let page: Vec<&String> = arns.iter().skip(start).take(size).collect();
    let mut answer = json!({"taskDefinitionArns": page});
    if start + size < arns.len() {
        answer["nextToken"] = json!((start + size).to_string());
    }
    Ok(answer)
}

fn task_definition(region: &Region, family: &str, found: &TaskDefinition) -> Value {
    let mut answer = found.registered.clone();
    answer["taskDefinitionArn"] = json!(region.task_definition_arn(family, found.revision));
    answer["family"] = json!(family);
    answer["revision"] = json!(found.revision);
    answer["status"] = json!(found.status);
    answer["registeredAt"] = json!(1_790_000_000.5 + found.revision as f64);
    answer
}

pub(crate) fn tag_list(found: &BTreeMap<String, String>) -> Value {
    found.iter().map(|(key, value)| json!({"key": key, "value": value})).collect()
}
