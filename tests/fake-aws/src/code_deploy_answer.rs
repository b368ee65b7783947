//! AWS CodeDeploy, as far as it is used here: what it answers.

use crate::state::{CodeDeployDeployment, Region};
use crate::wire::{AwsError, Call};
use serde_json::{Value, json};

/// Answers one call.
pub fn answer(region: &Region, call: &Call) -> Result<Value, AwsError> {
    match call.operation.as_str() {
        "BatchGetDeployments" => {
            let ids = call.list("deploymentIds");
            if ids.is_empty() {
                return Err(AwsError::new("DeploymentIdRequiredException", "At least one deployment ID is required."));
            }
            if ids.len() > 25 {
                return Err(AwsError::new("BatchLimitExceededException", "At most 25 deployments can be requested."));
            }
            let known = ids.iter().filter_map(|id| region.deployments.get(id));
            Ok(json!({"deploymentsInfo": known.map(info).collect::<Vec<_>>()}))
        }
        "GetDeployment" => {
            let found = region.deployments.get(call.required("deploymentId")?).ok_or_else(no_deployment)?;
            Ok(json!({"deploymentInfo": info(found)}))
        }
        "GetDeploymentGroup" => {
            let group = group(region, call.required("applicationName")?, call.required("deploymentGroupName")?);
            Ok(json!({"deploymentGroupInfo": group.ok_or_else(no_group)?}))
        }
        "BatchGetDeploymentGroups" => {
            let names = call.list("deploymentGroupNames");
            let application = call.required("applicationName")?;
            let groups: Vec<Value> = names.iter().filter_map(|name| group(region, application, name)).collect();
            Ok(json!({"deploymentGroupsInfo": groups}))
        }
        "GetDeploymentTarget" => target(region, call),
        _ => Err(AwsError::new("UnknownOperationException", "")),
    }
}

/// The events in their order (AWS CodeDeploy user guide, "List of lifecycle event hooks for an Amazon ECS deployment"), as far
/// as the traffic says where it is: before the shift it waits in the hook after the test traffic.
fn lifecycle_events(status: &str, share: u32) -> Vec<Value> {
    let names = [
        "BeforeInstall",
        "Install",
        "AfterInstall",
        "AllowTestTraffic",
        "AfterAllowTestTraffic",
        "BeforeAllowTraffic",
        "AllowTraffic",
        "AfterAllowTraffic",
    ];
    let under_way = match share {
        _ if status == "Succeeded" => names.len(),
        0 => 4,
        100 => 7,
        _ => 6,
    };
    let status = |at: usize| match at {
        at if at < under_way => "Succeeded",
        at if at == under_way && status == "InProgress" => "InProgress",
        _ => "Pending",
    };
    names.iter().enumerate().map(|(at, name)| json!({"lifecycleEventName": name, "status": status(at)})).collect()
}

/// Shape of awsdocs-codedeploy-get-deployment-target-ecs-doc, with the misspelt `identifer`.
fn target(region: &Region, call: &Call) -> Result<Value, AwsError> {
    let found = region.deployments.get(call.required("deploymentId")?).ok_or_else(no_deployment)?;
    if call.required("targetId")? != format!("{}:{}", found.cluster, found.service) {
        let text = "The target ID does not belong to the deployment.";
        return Err(AwsError::new("DeploymentTargetDoesNotExistException", text));
    }
    if found.status == "Created" {
        return Err(AwsError::new("DeploymentNotStartedException", "The specified deployment has not started."));
    }
    let service = region.clusters.get(&found.cluster).and_then(|cluster| cluster.services.get(&found.service));
    let set = |(id, weight): (&String, &u32)| {
        let mut info = json!({"identifer": id, "trafficWeight": f64::from(*weight)});
        let set = service.and_then(|service| service.task_sets.iter().find(|set| set.id == *id));
        if let Some(set) = set {
            let tasks = set.tasks.unwrap_or_default();
            let group = set.load_balancers.first().and_then(|entry| entry.target_group.as_ref());
            let group = group.and_then(|arn| region.target_groups.get(arn)).map(|group| &group.name);
            info["status"] = json!(set.status);
            info["desiredCount"] = json!(tasks.desired);
            info["runningCount"] = json!(tasks.running);
            info["pendingCount"] = json!(tasks.pending);
            info["targetGroup"] = json!({"name": group});
            let own = set.external_id.as_ref() == Some(&found.id);
            info["taskSetLabel"] = json!(if own { "Green" } else { "Blue" });
        }
        info
    };
    let sets_of = service.map(|service| service.task_sets.as_slice()).unwrap_or_default();
    let green = sets_of.iter().find(|set| set.external_id.as_ref() == Some(&found.id));
    let share = green.and_then(|set| found.traffic.get(&set.id)).copied().unwrap_or_default();
    let sets: Vec<Value> = found.traffic.iter().map(set).collect();
    let target = json!({
        "deploymentId": found.id,
        "targetId": format!("{}:{}", found.cluster, found.service),
        "status": found.status,
        "taskSetsInfo": sets,
        "lifecycleEvents": lifecycle_events(&found.status, share),
    });
    Ok(json!({"deploymentTarget": {"deploymentTargetType": "ECSTarget", "ecsTarget": target}}))
}

pub(crate) fn no_group() -> AwsError {
    AwsError::new("DeploymentGroupDoesNotExistException", "The deployment group could not be found.")
}

fn no_deployment() -> AwsError {
    AwsError::new("DeploymentDoesNotExistException", "The deployment could not be found.")
}

/// A deployment group as it is now, or as its last deployment says; there is none before the first.
fn group(region: &Region, application: &str, name: &str) -> Option<Value> {
    let of = |found: &&CodeDeployDeployment| {
        found.application() == application && found.group() == name && !found.without_group
    };
    let last = |wanted: &dyn Fn(&CodeDeployDeployment) -> bool| {
        let found = region.deployments.values().filter(of).filter(|found| wanted(found));
        found.max_by(|a, b| a.started.total_cmp(&b.started))
    };
    let (attempted, now) = (last(&|_| true), region.deployment_groups.get(&format!("{application}/{name}")));
    let route = match (now, attempted) {
        (Some(now), _) => {
            load_balancer_info(&now.target_groups, &now.production_listener, now.test_listener.as_deref())
        }
        (None, Some(attempted)) => info(attempted)["loadBalancerInfo"].clone(),
        (None, None) => return None,
    };
    let brief = |found: &CodeDeployDeployment| {
        let mut brief = json!({"deploymentId": found.id, "status": found.status, "createTime": found.started});
        if let Some(finished) = found.finished {
            brief["endTime"] = json!(finished);
        }
        brief
    };
    let mut answer = json!({
        "applicationName": application,
        "deploymentGroupName": name,
        "computePlatform": "ECS",
        "loadBalancerInfo": route,
    });
    if let Some(now) = now {
        answer["ecsServices"] = json!([{"serviceName": now.service, "clusterName": now.cluster}]);
    }
    region.account.group_settings(application, name, &mut answer);
    if let Some(attempted) = attempted {
        answer["lastAttemptedDeployment"] = brief(attempted);
    }
    if let Some(successful) = last(&|found| found.status == "Succeeded") {
        answer["lastSuccessfulDeployment"] = brief(successful);
    }
    Some(answer)
}

fn load_balancer_info(groups: &[String], production: &str, test: Option<&str>) -> Value {
    let route = |listener: &str| json!({"listenerArns": [listener]});
    let names = groups.iter().map(|name| json!({"name": name}));
    let mut pair = json!({"targetGroups": names.collect::<Vec<_>>(), "prodTrafficRoute": route(production)});
    if let Some(test) = test {
        pair["testTrafficRoute"] = route(test);
    }
    json!({"targetGroupPairInfoList": [pair]})
}

fn info(found: &CodeDeployDeployment) -> Value {
    let routes = load_balancer_info(&found.target_groups, &found.production_listener, found.test_listener.as_deref());
    let mut answer = json!({
        "deploymentId": found.id,
        "applicationName": found.application(),
        "deploymentGroupName": found.group(),
        "status": found.status,
        "creator": if found.undoes.is_some() { "codeDeployRollback" } else { "user" },
        "computePlatform": "ECS",
        "createTime": found.started,
        "startTime": found.started,
        "loadBalancerInfo": routes,
    });
    let code = found.error_code.as_deref().unwrap_or("TIMEOUT");
    let back = [("rollbackDeploymentId", &found.rolled_back_by), ("rollbackTriggeringDeploymentId", &found.undoes)];
    let back: serde_json::Map<String, Value> =
        back.into_iter().filter_map(|(name, id)| Some((name.to_owned(), json!(id.as_ref()?)))).collect();
    let optional = [
        ("completeTime", found.finished.map(|finished| json!(finished))),
        ("errorInformation", found.error.as_ref().map(|error| json!({"code": code, "message": error}))),
        ("rollbackInfo", Some(Value::Object(back)).filter(|back| back != &json!({}))),
    ];
    for (name, value) in optional {
        if let Some(value) = value {
            answer[name] = value;
        }
    }
    answer
}

impl CodeDeployDeployment {
    fn group(&self) -> &str {
        self.group_name.as_deref().unwrap_or(&self.service)
    }

    fn application(&self) -> String {
        self.application_name.clone().unwrap_or_else(|| format!("{}-{}", self.cluster, self.service))
    }
}
