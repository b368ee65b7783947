//! A service as DescribeServices shows it: the shape of `Service`, `Deployment` and `TaskSet` of the API.

use crate::ecs::tag_list;
use crate::state::{ACCOUNT_ID, Deployment, Entry, Hook, Region, Service, TaskSet, Tasks};
use serde_json::{Value, json};

/// The moment of everything whose own moment is not told.
const LONG_AGO: f64 = 1_790_000_000.0;

/// The ARN of a service. Services of before 2018 have the short form without the cluster.
pub(crate) fn service_arn(region: &Region, cluster: &str, name: &str, found: &Service) -> String {
    let long = format!("service/{cluster}/{name}");
    let arn = region.arn("ecs", if found.short_arn { &long[..8] } else { &long });
    let arn = if found.short_arn { format!("{arn}{name}") } else { arn };
    match &found.account {
        Some(account) => arn.replacen(ACCOUNT_ID, account, 1),
        None => arn,
    }
}

/// A service.
pub(crate) fn service(region: &Region, cluster: &str, name: &str, found: &Service, with_tags: bool) -> Value {
    let arn = service_arn(region, cluster, name, found);
    let all = Tasks { desired: found.desired, running: found.desired, pending: 0 };
    let tasks = found.tasks.unwrap_or(all);
    let mut answer = json!({
        "serviceArn": arn,
        "serviceName": name,
        "clusterArn": region.arn("ecs", &format!("cluster/{cluster}")),
        "status": found.status,
        "desiredCount": found.desired,
        "runningCount": tasks.running,
        "pendingCount": tasks.pending,
        "launchType": "FARGATE",
        "platformVersion": "LATEST",
        "deploymentConfiguration": configuration(found),
        "loadBalancers": entries(&found.load_balancers),
        "deployments": found.deployments.iter().map(|row| deployment(row, all)).collect::<Vec<_>>(),
        "enableExecuteCommand": false,
        "propagateTags": "NONE",
        "schedulingStrategy": "REPLICA",
    });
    // Left out by services of before there were controllers (cc-ecs-describe-services-rolling-completed).
    if !found.controller.is_empty() {
        answer["deploymentController"] = json!({"type": found.controller});
    }
    if !found.task_definition.is_empty() {
        answer["taskDefinition"] = json!(found.task_definition);
    }
    if !is_ecs(found) {
        answer["taskSets"] = found.task_sets.iter().map(|set| task_set(region, cluster, name, set, all)).collect();
    }
    if !found.current_revisions.is_empty() {
        let revision = |arn: &String| {
            let tasks = found.revision_tasks.get(arn).copied().unwrap_or(all);
            json!({
                "arn": arn,
                "requestedTaskCount": tasks.desired,
                "runningTaskCount": tasks.running,
                "pendingTaskCount": tasks.pending,
            })
        };
        answer["currentServiceRevisions"] = found.current_revisions.iter().map(revision).collect();
    }
    let optional = [
        ("currentServiceDeployment", found.current_deployment.as_ref()),
        ("resourceManagementType", found.resource_management.as_ref()),
    ];
    for (field, value) in optional {
        if let Some(value) = value {
            answer[field] = json!(value);
        }
    }
    if with_tags {
        answer["tags"] = tag_list(&found.tags);
    }
    for (key, value) in &found.more {
        answer[key] = value.clone();
    }
    answer
}

fn is_ecs(found: &Service) -> bool {
    ["", "ECS"].contains(&found.controller.as_str())
}

/// `deploymentConfiguration`; a circuit breaker is known under the ECS controller only
/// (cc-ecs-describe-services-codedeploy-steady).
fn configuration(found: &Service) -> Value {
    let mut answer = json!({"maximumPercent": 200, "minimumHealthyPercent": 100});
    if is_ecs(found) {
        answer["deploymentCircuitBreaker"] =
            json!({"enable": found.breaker.enable, "rollback": found.breaker.rollback});
    }
    if let Some(strategy) = &found.strategy {
        answer["strategy"] = json!(strategy);
    }
    if !found.alarms.is_empty() {
        answer["alarms"] = json!({"alarmNames": found.alarms, "rollback": true, "enable": true});
    }
    if !found.hooks.is_empty() {
        let hook = |hook: &Hook| match &hook.lambda {
            Some(arn) => json!({"hookTargetArn": arn, "lifecycleStages": hook.stages}),
            None => json!({"lifecycleStages": hook.stages}),
        };
        answer["lifecycleHooks"] = found.hooks.iter().map(hook).collect();
    }
    answer
}

/// Load balancer entries as ECS writes them.
pub(crate) fn entries(entries: &[Entry]) -> Value {
    entries.iter().map(entry).collect()
}

fn entry(entry: &Entry) -> Value {
    let mut answer = json!({"containerName": entry.container, "containerPort": entry.port});
    match &entry.classic {
        Some(name) => answer["loadBalancerName"] = json!(name),
        None => answer["targetGroupArn"] = json!(entry.target_group),
    }
    if let Some(pair) = &entry.pair {
        answer["advancedConfiguration"] = json!({
            "alternateTargetGroupArn": pair.alternate,
            "productionListenerRule": pair.production_rule,
        });
        if let Some(rule) = &pair.test_rule {
            answer["advancedConfiguration"]["testListenerRule"] = json!(rule);
        }
        if let Some(role) = &pair.role {
            answer["advancedConfiguration"]["roleArn"] = json!(role);
        }
    }
    answer
}

fn deployment(deployment: &Deployment, all: Tasks) -> Value {
    let (tasks, created) = (deployment.tasks.unwrap_or(all), deployment.created.unwrap_or(LONG_AGO));
    let mut answer = json!({
        "id": deployment.id,
        "status": deployment.status,
        "failedTasks": deployment.failed_tasks,
        "taskDefinition": deployment.task_definition,
        "desiredCount": tasks.desired,
        "runningCount": tasks.running,
        "pendingCount": tasks.pending,
        "createdAt": created,
        "updatedAt": created,
    });
    if !deployment.rollout.is_empty() {
        answer["rolloutState"] = json!(deployment.rollout);
    }
    if let Some(reason) = &deployment.reason {
        answer["rolloutStateReason"] = json!(reason);
    }
    for (key, value) in &deployment.more {
        answer[key] = value.clone();
    }
    answer
}

/// A task set.
pub(crate) fn task_set(region: &Region, cluster: &str, service: &str, set: &TaskSet, all: Tasks) -> Value {
    let (tasks, created) = (set.tasks.unwrap_or(all), set.created.unwrap_or(LONG_AGO));
    let mut answer = json!({
        "id": set.id,
        "taskSetArn": region.arn("ecs", &format!("task-set/{cluster}/{service}/{}", set.id)),
        "serviceArn": region.arn("ecs", &format!("service/{cluster}/{service}")),
        "clusterArn": region.arn("ecs", &format!("cluster/{cluster}")),
        "status": set.status,
        "taskDefinition": set.task_definition,
        "loadBalancers": entries(&set.load_balancers),
        "stabilityStatus": if set.stability.is_empty() { "STEADY_STATE" } else { &set.stability },
        "scale": {"value": set.scale.unwrap_or(100.0), "unit": "PERCENT"},
        "computedDesiredCount": tasks.desired,
        "runningCount": tasks.running,
        "pendingCount": tasks.pending,
        "createdAt": created,
        "updatedAt": created,
    });
    if let Some(id) = &set.external_id {
        answer["externalId"] = json!(id);
        answer["startedBy"] = json!("CODE_DEPLOY");
    }
    for (key, value) in &set.more {
        answer[key] = value.clone();
    }
    answer
}
