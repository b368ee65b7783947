//! CodeDeploy applications and deployment groups.

use super::{Account, Outcome, Reply, merge, tags, without};
use crate::code_deploy_answer;
use crate::ecs::cluster_name;
use crate::state::{DeploymentGroup, Region};
use crate::wire::{AwsError, Call};
use serde_json::{Value, json};

/// Answers one call.
pub fn answer(region: &mut Region, call: &Call) -> Option<Outcome> {
    Some(match call.operation.as_str() {
        "CreateApplication" => create_application(region, call),
        "GetApplication" => application(region, call).map(|found| Reply::Json(json!({"application": found}))),
        "UpdateApplication" => rename_application(region, call),
        "DeleteApplication" => delete_application(region, call),
        "CreateDeploymentGroup" => create_group(region, call),
        "UpdateDeploymentGroup" => update_group(region, call),
        "DeleteDeploymentGroup" => delete_group(region, call),
        _ => return None,
    })
}

fn uuid(region: &mut Region) -> String {
    let id = region.next_id();
    format!("00000000-0000-4000-{}-{}", &id[..4], &id[4..])
}

fn application_arn(region: &Region, name: &str) -> String {
    region.arn("codedeploy", &format!("application:{name}"))
}

fn group_arn(region: &Region, application: &str, name: &str) -> String {
    region.arn("codedeploy", &format!("deploymentgroup:{application}/{name}"))
}

fn application<'a>(region: &'a Region, call: &Call) -> Result<&'a Value, AwsError> {
    let name = call.required("applicationName")?;
    region.account.applications.get(name).ok_or_else(|| {
        let text = format!("No application found for name: {name}");
        AwsError::new("ApplicationDoesNotExistException", text)
    })
}

fn create_application(region: &mut Region, call: &Call) -> Outcome {
    let name = call.required("applicationName")?.to_owned();
    if region.account.applications.contains_key(&name) {
        let text = format!("Application already exists: {name}");
        return Err(AwsError::new("ApplicationAlreadyExistsException", text));
    }
    let id = uuid(region);
    let made = json!({
        "applicationId": id,
        "applicationName": name,
        "computePlatform": call.text("computePlatform").unwrap_or("Server"),
        "createTime": region.now(),
        "linkedToGitHub": false,
    });
    tags::keep(region, &application_arn(region, &name), &call.input["tags"]);
    region.account.applications.insert(name, made);
    Ok(Reply::Json(json!({"applicationId": id})))
}

fn rename_application(region: &mut Region, call: &Call) -> Outcome {
    let mut found = application(region, call)?.clone();
    let (old, new) = (call.required("applicationName")?, call.required("newApplicationName")?);
    found["applicationName"] = json!(new);
    region.account.applications.remove(old);
    region.account.applications.insert(new.to_owned(), found);
    Ok(Reply::Json(json!({})))
}

/// Its deployment groups go with it. One that is not there is deleted already, as AWS says.
fn delete_application(region: &mut Region, call: &Call) -> Outcome {
    let name = call.required("applicationName")?;
    region.account.applications.remove(name);
    let start = format!("{name}/");
    region.account.groups.retain(|key, _| !key.starts_with(&start));
    region.deployment_groups.retain(|key, _| !key.starts_with(&start));
    Ok(Reply::Json(json!({})))
}

fn create_group(region: &mut Region, call: &Call) -> Outcome {
    application(region, call)?;
    let (application, name) = (call.required("applicationName")?, call.required("deploymentGroupName")?);
    let key = format!("{application}/{name}");
    if region.account.groups.contains_key(&key) {
        let text = format!("Deployment Group already exists: {name}");
        return Err(AwsError::new("DeploymentGroupAlreadyExistsException", text));
    }
    let id = uuid(region);
    let mut made = json!({
        "autoRollbackConfiguration": {"enabled": false, "events": []},
        "autoScalingGroups": [],
        "computePlatform": region.account.applications[application]["computePlatform"],
        "deploymentConfigName": "CodeDeployDefault.ECSAllAtOnce",
        "deploymentGroupId": id,
        "ec2TagFilters": [],
        "onPremisesInstanceTagFilters": [],
        "outdatedInstancesStrategy": "UPDATE",
        "terminationHookEnabled": false,
        "triggerConfigurations": [],
    });
    merge(&mut made, &without(&call.input, &["applicationName", "deploymentGroupName", "tags"]));
    let group = deployment_group(region, &key, &made)?;
    tags::keep(region, &group_arn(region, application, name), &call.input["tags"]);
    region.account.groups.insert(key.clone(), made);
    region.deployment_groups.insert(key, group);
    Ok(Reply::Json(json!({"deploymentGroupId": id})))
}

/// What a deployment of the group works on.
fn deployment_group(region: &Region, key: &str, settings: &Value) -> Result<DeploymentGroup, AwsError> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let pair = &settings["loadBalancerInfo"]["targetGroupPairInfoList"][0];
    let names = pair["targetGroups"].as_array().into_iter().flatten();
    let group = DeploymentGroup {
        cluster: cluster_name(settings["ecsServices"][0]["clusterName"].as_str().unwrap_or_default()).to_owned(),
        service: text(&settings["ecsServices"][0]["serviceName"]),
        production_listener: text(&pair["prodTrafficRoute"]["listenerArns"][0]),
        test_listener: pair["testTrafficRoute"]["listenerArns"][0].as_str().map(str::to_owned),
        target_groups: names.map(|group| text(&group["name"])).collect(),
    };
    let service = region.clusters.get(&group.cluster).and_then(|cluster| cluster.services.get(&group.service));
    if service.is_none_or(|service| service.controller != "CODE_DEPLOY") {
        let text = "Deployment group's ECS service must be configured for a CODE_DEPLOY deployment controller.";
        return Err(AwsError::new("InvalidECSServiceException", text));
    }
    let mut others = region.deployment_groups.iter().filter(|(other, _)| *other != key);
    if others.any(|(_, other)| (&other.cluster, &other.service) == (&group.cluster, &group.service)) {
        let text = "The Amazon ECS service is associated with more than one deployment groups.";
        return Err(AwsError::new("ECSServiceMappingLimitExceededException", text));
    }
    Ok(group)
}

fn update_group(region: &mut Region, call: &Call) -> Outcome {
    application(region, call)?;
    let (application, name) = (call.required("applicationName")?, call.required("currentDeploymentGroupName")?);
    let key = format!("{application}/{name}");
    let Some(mut settings) = region.account.groups.get(&key).cloned() else {
        return Err(code_deploy_answer::no_group());
    };
    let new = call.text("newDeploymentGroupName").unwrap_or(name);
    let names = ["applicationName", "currentDeploymentGroupName", "newDeploymentGroupName"];
    merge(&mut settings, &without(&call.input, &names));
    let group = deployment_group(region, &key, &settings)?;
    region.account.groups.remove(&key);
    region.deployment_groups.remove(&key);
    let key = format!("{application}/{new}");
    region.account.groups.insert(key.clone(), settings);
    region.deployment_groups.insert(key, group);
    Ok(Reply::Json(json!({"hooksNotCleanedUp": []})))
}

fn delete_group(region: &mut Region, call: &Call) -> Outcome {
    let key = format!("{}/{}", call.required("applicationName")?, call.required("deploymentGroupName")?);
    region.account.groups.remove(&key);
    region.deployment_groups.remove(&key);
    Ok(Reply::Json(json!({"hooksNotCleanedUp": []})))
}

impl Account {
    /// Writes what a deployment group was made with into an answer.
    pub(crate) fn group_settings(&self, application: &str, name: &str, answer: &mut Value) {
        if let Some(found) = self.groups.get(&format!("{application}/{name}")) {
            merge(answer, found);
        }
    }
}
