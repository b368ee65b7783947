//! Service revisions and service deployments as ECS shows them: the shapes `ServiceRevision` and `ServiceDeployment`.

use crate::native::resolved_digest;
use crate::service_answer::entries;
use crate::state::{HookRun, Region, Resolved, ServiceDeployment, ServiceRevision, Shares};
use serde_json::{Value, json};

/// A service revision.
pub(crate) fn revision(region: &Region, arn: &str, found: &ServiceRevision) -> Value {
    let images = region.images_of(&found.task_definition);
    let images = images.into_iter().map(|(container, image)| {
        let digest = found.digests.get(&container).cloned().unwrap_or_else(|| resolved_digest(&image));
        json!({"containerName": container, "image": image, "imageDigest": digest})
    });
    let mut answer = json!({
        "serviceRevisionArn": arn,
        "loadBalancers": entries(&found.load_balancers),
        "containerImages": images.collect::<Vec<_>>(),
        "createdAt": found.created.unwrap_or(1_790_000_000.0),
    });
    let arn_parts: Vec<&str> = arn.split('/').collect();
    if let [_, cluster, service, ..] = arn_parts.as_slice() {
        answer["serviceArn"] = json!(region.arn("ecs", &format!("service/{cluster}/{service}")));
        answer["clusterArn"] = json!(region.arn("ecs", &format!("cluster/{cluster}")));
    }
    if !found.task_definition.is_empty() {
        answer["taskDefinition"] = json!(found.task_definition);
    }
    let pair = found.load_balancers.first().and_then(|entry| entry.pair.as_ref());
    let only = found.target_group.as_ref().map(|group| {
        vec![Resolved { target_group: group.clone(), production_rule: pair.map(|pair| pair.production_rule.clone()) }]
    });
    if let Some(resolved) = found.resolved.clone().or(only) {
        answer["resolvedConfiguration"] = match resolved.as_slice() {
            [] => json!({}),
            entries => json!({"loadBalancers": entries.iter().map(resolved_entry).collect::<Vec<_>>()}),
        };
    }
    for (key, value) in &found.more {
        answer[key] = value.clone();
    }
    answer
}

fn resolved_entry(entry: &Resolved) -> Value {
    match &entry.production_rule {
        Some(rule) => json!({"targetGroupArn": entry.target_group, "productionListenerRule": rule}),
        None => json!({"targetGroupArn": entry.target_group}),
    }
}

/// A service deployment.
pub(crate) fn deployment(region: &Region, arn: &str, found: &ServiceDeployment) -> Value {
    let shares = found.shares.clone().unwrap_or_else(|| match found.percent {
        None => Shares::default(),
        Some(percent) => Shares {
            source: Some(f64::from(100 - percent)),
            target: Some(f64::from(percent)),
            source_test: Some(0.0),
            target_test: Some(0.0),
        },
    });
    let summary = |arn: &String, share: Option<f64>, test: Option<f64>| {
        let mut answer = json!({"arn": arn});
        if let Some(tasks) = found.tasks.get(arn) {
            answer["requestedTaskCount"] = json!(tasks.desired);
            answer["runningTaskCount"] = json!(tasks.running);
            answer["pendingTaskCount"] = json!(tasks.pending);
        }
        if let Some(share) = share {
            answer["requestedProductionTrafficWeight"] = json!(share);
        }
        if let Some(share) = test {
            answer["requestedTestTrafficWeight"] = json!(share);
        }
        answer
    };
    let first = found.source.iter().map(|arn| summary(arn, shares.source, shares.source_test));
    // A second source carries nothing: its traffic is gathered in RECONCILE_SERVICE.
    let none = shares.source.map(|_| 0.0);
    let others = found.more_sources.iter().map(|arn| summary(arn, none, none));
    let breaker = found.breaker.as_deref().unwrap_or("MONITORING");
    let alarms = found.alarms.as_deref().unwrap_or("DISABLED");
    let mut answer = json!({
        "serviceDeploymentArn": arn,
        "status": found.status,
        "createdAt": found.started,
        "startedAt": found.started,
        "updatedAt": found.finished.or(found.stopped).unwrap_or(found.started),
        "sourceServiceRevisions": first.chain(others).collect::<Vec<_>>(),
        "targetServiceRevision": summary(&found.target, shares.target, shares.target_test),
        "deploymentCircuitBreaker": {"status": breaker, "failureCount": found.failed_tasks, "threshold": 3},
        "alarms": {"status": alarms, "triggeredAlarmNames": found.triggered_alarms},
        "lifecycleHookDetails": found.hooks.iter().map(hook).collect::<Vec<_>>(),
    });
    let arn_parts: Vec<&str> = arn.split('/').collect();
    if let [_, cluster, service, ..] = arn_parts.as_slice() {
        answer["serviceArn"] = json!(region.arn("ecs", &format!("service/{cluster}/{service}")));
        answer["clusterArn"] = json!(region.arn("ecs", &format!("cluster/{cluster}")));
    }
    let back = found.rollback.as_ref().map(|reason| {
        let mut back =
            json!({"reason": reason, "serviceRevisionArn": found.rollback_to.as_ref().or(found.source.as_ref())});
        if let Some(started) = found.rollback_started {
            back["startedAt"] = json!(started);
        }
        back
    });
    let optional = [
        ("statusReason", found.reason.as_ref().map(|reason| json!(reason))),
        ("lifecycleStage", found.stage.as_ref().map(|stage| json!(stage))),
        ("finishedAt", found.finished.map(|finished| json!(finished))),
        ("stoppedAt", found.stopped.map(|stopped| json!(stopped))),
        ("rollback", back),
    ];
    for (name, value) in optional {
        if let Some(value) = value {
            answer[name] = value;
        }
    }
    for (key, value) in &found.more {
        answer[key] = value.clone();
    }
    answer
}

fn hook(hook: &HookRun) -> Value {
    let kind = if hook.lambda.is_some() { "AWS_LAMBDA" } else { "PAUSE" };
    let mut answer = json!({"hookId": hook.id, "targetType": kind, "status": hook.status});
    let optional = [
        ("targetArn", hook.lambda.as_ref().map(|arn| json!(arn))),
        ("expiresAt", hook.expires.map(|at| json!(at))),
        ("timeoutAction", hook.timeout_action.as_ref().map(|action| json!(action))),
    ];
    for (name, value) in optional {
        if let Some(value) = value {
            answer[name] = value;
        }
    }
    answer
}
