//! Services made from nothing, and what UpdateService changes besides the task definition.

use super::{Outcome, Reply};
use crate::ecs::{cluster_name, no_cluster, revision};
use crate::elbv2::attachments;
use crate::service_answer::service;
use crate::state::{ACCOUNT_ID, Breaker, Entry, Pair, Region, Service};
use crate::wire::{AwsError, Call, tags};
use serde_json::{Value, json};

/// Fields that come back as they were sent.
const AS_SENT: [&str; 16] = [
    "availabilityZoneRebalancing",
    "capacityProviderStrategy",
    "deploymentConfiguration",
    "enableECSManagedTags",
    "enableExecuteCommand",
    "healthCheckGracePeriodSeconds",
    "launchType",
    "networkConfiguration",
    "placementConstraints",
    "placementStrategy",
    "platformVersion",
    "propagateTags",
    "schedulingStrategy",
    "serviceConnectConfiguration",
    "serviceRegistries",
    "volumeConfigurations",
];

/// Answers one call.
pub fn answer(region: &mut Region, call: &Call) -> Option<Outcome> {
    match call.operation.as_str() {
        "CreateService" => Some(create(region, call)),
        _ => None,
    }
}

pub fn invalid(text: impl Into<String>) -> AwsError {
    AwsError::new("InvalidParameterException", text)
}

fn create(region: &mut Region, call: &Call) -> Outcome {
    let cluster = cluster_name(call.text("cluster").unwrap_or("default")).to_owned();
    let name = call.required("serviceName")?.to_owned();
    let found = region.clusters.get(&cluster).ok_or_else(no_cluster)?;
    match found.services.get(&name).map(|found| found.status.as_str()) {
        Some("ACTIVE") => return Err(invalid("Creation of service was not idempotent.")),
        Some("DRAINING") => return Err(invalid("Unable to Start a service that is still Draining.")),
        _ => {}
    }
    let input = &call.input;
    let controller = input["deploymentController"]["type"].as_str().unwrap_or("ECS");
    let entries = load_balancers(region, &input["loadBalancers"])?;
    let task_definition = match (call.text("taskDefinition"), controller) {
        // API reference of CreateService, taskDefinition: the other controllers need one, task sets have their own.
        (None, "EXTERNAL") => String::new(),
        (Some(_), "EXTERNAL") => return Err(invalid("A task definition cannot be specified for an EXTERNAL service.")),
        (None, _) => return Err(invalid("Task definition must be specified.")),
        (Some(wanted), _) => task_definition(region, wanted, &entries, input)?,
    };
    let mut made = Service {
        status: "ACTIVE".to_owned(),
        controller: controller.to_owned(),
        desired: input["desiredCount"].as_i64().unwrap_or(0),
        task_definition: task_definition.clone(),
        load_balancers: entries,
        tags: tags(&input["tags"]),
        ..Service::default()
    };
    keep(&mut made, input);
    made.more.insert("createdAt".to_owned(), json!(region.now()));
    made.more.insert("createdBy".to_owned(), json!(region.arn_of("iam", "user/fake")));
    let role = "role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS";
    if !made.load_balancers.is_empty() {
        made.more.insert("roleArn".to_owned(), json!(region.arn_of("iam", role)));
    }
    if let Some(cluster) = region.clusters.get_mut(&cluster) {
        cluster.services.insert(name.clone(), made);
    }
    match controller {
        "ECS" => region.first_deployment(&cluster, &name, &task_definition),
        "CODE_DEPLOY" => region.first_task_set(&cluster, &name),
        _ => {}
    }
    let found = &region.clusters[&cluster].services[&name];
    Ok(Reply::Json(json!({"service": service(region, &cluster, &name, found, true)})))
}

/// The ARN of a task definition that a service with these load balancers and this network can run.
fn task_definition(region: &Region, wanted: &str, entries: &[Entry], input: &Value) -> Result<String, AwsError> {
    let (found, family) = revision(region, wanted)?;
    if found.status != "ACTIVE" {
        return Err(AwsError::new("ClientException", "TaskDefinition is inactive"));
    }
    let containers = found.registered["containerDefinitions"].as_array();
    for entry in entries {
        let named = |container: &&Value| container["name"] == entry.container.as_str();
        let Some(container) = containers.into_iter().flatten().find(named) else {
            let text = format!("The container {} does not exist in the task definition.", entry.container);
            return Err(invalid(text));
        };
        let mut ports = container["portMappings"].as_array().into_iter().flatten();
        if !ports.any(|mapping| mapping["containerPort"] == entry.port) {
            let text =
                format!("The container {} did not have a container port {} defined.", entry.container, entry.port);
            return Err(invalid(text));
        }
    }
    if found.registered["networkMode"] == "awsvpc" && input["networkConfiguration"].is_null() {
        return Err(invalid("Network Configuration must be provided when networkMode 'awsvpc' is specified."));
    }
    Ok(region.task_definition_arn(family, found.revision))
}

/// Load balancer entries of a request. A target group has to be behind a load balancer by then.
pub fn load_balancers(region: &Region, given: &Value) -> Result<Vec<Entry>, AwsError> {
    let attached = attachments(region);
    let entry = |given: &Value| {
        let group = given["targetGroupArn"].as_str();
        if let Some(group) = group {
            if !region.target_groups.contains_key(group) {
                return Err(invalid(format!("The target group {group} does not exist.")));
            }
            if !attached.contains_key(group) {
                let text =
                    format!("The target group with targetGroupArn {group} does not have an associated load balancer.");
                return Err(invalid(text));
            }
        }
        let advanced = &given["advancedConfiguration"];
        let text = |name: &str| advanced[name].as_str().map(str::to_owned);
        let pair = text("alternateTargetGroupArn").zip(text("productionListenerRule"));
        Ok(Entry {
            target_group: group.map(str::to_owned),
            classic: given["loadBalancerName"].as_str().map(str::to_owned),
            container: given["containerName"].as_str().unwrap_or_default().to_owned(),
            port: given["containerPort"].as_u64().and_then(|port| port.try_into().ok()).unwrap_or(0),
            pair: pair.map(|(alternate, production_rule)| Pair {
                alternate,
                production_rule,
                test_rule: text("testListenerRule"),
                role: text("roleArn"),
            }),
        })
    };
    given.as_array().into_iter().flatten().map(entry).collect()
}

/// Writes what a request says over what the service has.
fn keep(found: &mut Service, input: &Value) {
    for name in AS_SENT.into_iter().filter(|name| !input[*name].is_null()) {
        found.more.insert(name.to_owned(), input[name].clone());
    }
    if found.more.get("capacityProviderStrategy").is_some_and(|strategy| strategy == &json!([])) {
        found.more.remove("capacityProviderStrategy");
    }
    if let Some(vpc) = found.more.get_mut("networkConfiguration").map(|network| &mut network["awsvpcConfiguration"]) {
        for (field, default) in [("assignPublicIp", json!("DISABLED")), ("securityGroups", json!([]))] {
            if vpc.is_object() && vpc[field].is_null() {
                vpc[field] = default;
            }
        }
    }
    if found.more.contains_key("capacityProviderStrategy") {
        // The two exclude each other: a service with a strategy has no launch type.
        found.more.insert("launchType".to_owned(), Value::Null);
    }
    let configuration = &input["deploymentConfiguration"];
    if !configuration.is_null() {
        let ecs = found.controller == "ECS";
        let mut whole = json!({"maximumPercent": 200, "minimumHealthyPercent": 100});
        if ecs {
            whole["deploymentCircuitBreaker"] = json!({"enable": false, "rollback": false});
        }
        super::merge(&mut whole, configuration);
        let breaker = &whole["deploymentCircuitBreaker"];
        found.breaker = Breaker { enable: breaker["enable"] == true, rollback: breaker["rollback"] == true };
        found.strategy = whole["strategy"].as_str().filter(|_| ecs).map(str::to_owned);
        found.more.insert("deploymentConfiguration".to_owned(), whole);
    }
}

/// Refuses what the controller does not let UpdateService change, and keeps the rest; true when tasks have to be replaced
/// for it.
pub(crate) fn updated(region: &mut Region, call: &Call, cluster: &str, name: &str) -> Result<bool, AwsError> {
    let input = &call.input;
    let entries = match &input["loadBalancers"] {
        Value::Null => None,
        given => Some(load_balancers(region, given)?),
    };
    let Some(found) = region.clusters.get_mut(cluster).and_then(|cluster| cluster.services.get_mut(name)) else {
        return Ok(false);
    };
    let changes = |field: &str| !input[field].is_null() && found.more.get(field) != Some(&input[field]);
    if found.controller != "ECS" && !found.controller.is_empty() {
        let refused = [
            ("networkConfiguration", "network parameters"),
            ("platformVersion", "platform version"),
            ("loadBalancers", "load balancers"),
        ];
        if let Some((_, what)) = refused.into_iter().find(|(field, _)| !input[*field].is_null()) {
            let controller = &found.controller;
            let way = if controller == "CODE_DEPLOY" { " Use AWS CodeDeploy to trigger a new deployment." } else { "" };
            let text = format!("Unable to update {what} on services with a {controller} deployment controller.{way}");
            return Err(invalid(text));
        }
    }
    let replaced = ["networkConfiguration", "platformVersion", "capacityProviderStrategy"];
    let replaces = entries.as_ref().is_some_and(|entries| entries.len() != found.load_balancers.len())
        || replaced.into_iter().any(changes);
    keep(found, input);
    if let Some(entries) = entries {
        found.load_balancers = entries;
    }
    Ok(replaces)
}

impl Region {
    /// An ARN of a service of the whole account, without a region.
    pub(crate) fn arn_of(&self, service: &str, resource: &str) -> String {
        format!("arn:{}:{service}::{ACCOUNT_ID}:{resource}", self.partition())
    }
}
