//! Clusters, task definitions and services, between values and calls to ECS.

use crate::fill::identify;
use crate::schema::{self, empty, inner};
use crate::value::{Object, blocks, number, required, text, texts};
use aws_sdk_ecs::Client;
use aws_sdk_ecs::types::{
    AdvancedConfiguration, AwsVpcConfiguration, ContainerDefinition, DeploymentConfiguration, DeploymentController,
    LoadBalancer, NetworkConfiguration, PortMapping, Service,
};
use ecslive::tf::Value;
use std::fmt::Debug;

fn told(error: impl Debug) -> String {
    format!("{error:?}")
}

/// `CreateCluster`.
pub async fn create_cluster(client: &Client, object: &mut Object) -> Result<(), String> {
    let answer = client.create_cluster().cluster_name(required(object, "name")?).send().await.map_err(told)?;
    identify(object, answer.cluster().and_then(|cluster| cluster.cluster_arn()).unwrap_or_default());
    Ok(())
}

/// `RegisterTaskDefinition`, with the names, images and ports of the containers.
pub async fn register(client: &Client, object: &mut Object) -> Result<(), String> {
    let family = required(object, "family")?;
    let containers = required(object, "container_definitions")?;
    let containers: Vec<serde_json::Value> = serde_json::from_str(&containers).map_err(told)?;
    let mut request = client.register_task_definition().family(&family);
    request = request.set_network_mode(text(object, "network_mode").map(|mode| mode.as_str().into()));
    for container in &containers {
        let given = |name: &str| container[name].as_str().map(str::to_owned);
        let mut made = ContainerDefinition::builder().set_name(given("name")).set_image(given("image"));
        for mapping in container["portMappings"].as_array().into_iter().flatten() {
            let port = mapping["containerPort"].as_i64().and_then(|port| i32::try_from(port).ok());
            made = made.port_mappings(PortMapping::builder().set_container_port(port).build());
        }
        request = request.container_definitions(made.essential(true).build());
    }
    let answer = request.send().await.map_err(told)?;
    let made = answer.task_definition().ok_or("RegisterTaskDefinition gave none")?;
    let arn = made.task_definition_arn().unwrap_or_default();
    identify(object, arn);
    let (family_arn, revision) = arn.rsplit_once(':').ok_or("the ARN has no revision")?;
    object.insert("arn_without_revision".to_owned(), Value::from(family_arn));
    object.insert("revision".to_owned(), Value::from(revision.parse::<i64>().map_err(told)?));
    Ok(())
}

/// `CreateService`.
pub async fn create_service(client: &Client, object: &mut Object) -> Result<(), String> {
    let mut request = client.create_service().service_name(required(object, "name")?);
    request = request.set_cluster(text(object, "cluster")).set_task_definition(text(object, "task_definition"));
    request = request.set_desired_count(number(object, "desired_count"));
    if let Some(controller) = blocks(object, "deployment_controller").find_map(|it| text(it, "type")) {
        let made = DeploymentController::builder().r#type(controller.as_str().into()).build().map_err(told)?;
        request = request.deployment_controller(made);
    }
    if let Some(strategy) = blocks(object, "deployment_configuration").find_map(|it| text(it, "strategy")) {
        let made = DeploymentConfiguration::builder().strategy(strategy.as_str().into()).build();
        request = request.deployment_configuration(made);
    }
    for network in blocks(object, "network_configuration") {
        let vpc = AwsVpcConfiguration::builder()
            .set_subnets(Some(texts(network, "subnets")))
            .set_security_groups(Some(texts(network, "security_groups")));
        let vpc = vpc.build().map_err(told)?;
        request = request.network_configuration(NetworkConfiguration::builder().awsvpc_configuration(vpc).build());
    }
    let answer = request.set_load_balancers(Some(load_balancers(object)?)).send().await.map_err(told)?;
    identify(object, answer.service().and_then(Service::service_arn).unwrap_or_default());
    Ok(())
}

fn load_balancers(object: &Object) -> Result<Vec<LoadBalancer>, String> {
    let made = blocks(object, "load_balancer").map(|entry| {
        let mut made = LoadBalancer::builder()
            .set_target_group_arn(text(entry, "target_group_arn"))
            .set_container_name(text(entry, "container_name"))
            .set_container_port(number(entry, "container_port"));
        if let Some(advanced) = blocks(entry, "advanced_configuration").next() {
            let advanced = AdvancedConfiguration::builder()
                .set_alternate_target_group_arn(text(advanced, "alternate_target_group_arn"))
                .set_production_listener_rule(text(advanced, "production_listener_rule"))
                .set_test_listener_rule(text(advanced, "test_listener_rule"))
                .set_role_arn(text(advanced, "role_arn"));
            made = made.advanced_configuration(advanced.build());
        }
        made.build()
    });
    Ok(made.collect())
}

/// The service of this ARN, or that is imported as `CLUSTER/NAME`: its task definition and its load balancers as they are
/// configured now, everything else as it was.
pub async fn read_service(client: &Client, mut object: Object) -> Result<Option<Object>, String> {
    let id = required(&object, "arn")?;
    let mut parts = id.rsplit('/');
    let (Some(name), Some(cluster)) = (parts.next(), parts.next()) else {
        return Err(format!("{id} is not CLUSTER/NAME"));
    };
    let answer = client.describe_services().cluster(cluster).services(name).send().await.map_err(told)?;
    let Some(found) = answer.services().first().filter(|service| service.status() == Some("ACTIVE")) else {
        return Ok(None);
    };
    let imported = text(&object, "name").is_none();
    // Examples that leave the load balancer out are about something else.
    let balanced = blocks(&object, "load_balancer").next().is_some();
    let mut set = |key: &str, value: Value| object.insert(key.to_owned(), value);
    if imported {
        set("name", Value::from(name));
        set("cluster", Value::from(cluster));
    }
    set("task_definition", found.task_definition().map_or(Value::Null, Value::from));
    if balanced {
        let entries = found.load_balancers().iter().map(entry).collect::<Result<Vec<_>, _>>()?;
        set("load_balancer", Value::set(entries));
    }
    identify(&mut object, found.service_arn().unwrap_or_default());
    Ok(Some(object))
}

fn entry(entry: &LoadBalancer) -> Result<Value, String> {
    let schema = inner(schema::of("aws_ecs_service")?, "load_balancer")?;
    let given = |text: Option<&str>| text.map_or(Value::Null, Value::from);
    let mut made = empty(schema);
    made.insert("target_group_arn".to_owned(), given(entry.target_group_arn()));
    made.insert("container_name".to_owned(), given(entry.container_name()));
    made.insert("container_port".to_owned(), entry.container_port().map_or(Value::Null, |it| i64::from(it).into()));
    if let Some(advanced) = entry.advanced_configuration() {
        let advanced = Value::object([
            ("alternate_target_group_arn", given(advanced.alternate_target_group_arn())),
            ("production_listener_rule", given(advanced.production_listener_rule())),
            ("test_listener_rule", given(advanced.test_listener_rule())),
            ("role_arn", given(advanced.role_arn())),
        ]);
        made.insert("advanced_configuration".to_owned(), Value::List(vec![advanced]));
    }
    Ok(Value::Object(made))
}

/// Deploys the task definition and the load balancers that are planned, where they differ.
pub async fn update_service(client: &Client, prior: &Object, object: &Object) -> Result<(), String> {
    let mut request = client.update_service().service(required(object, "name")?);
    request = request.set_cluster(text(object, "cluster"));
    if prior.get("task_definition") != object.get("task_definition") {
        request = request.set_task_definition(text(object, "task_definition"));
    }
    if prior.get("load_balancer") != object.get("load_balancer") {
        request = request.set_load_balancers(Some(load_balancers(object)?));
    }
    request.send().await.map_err(told)?;
    Ok(())
}

/// Deletes the service with its tasks.
pub async fn delete_service(client: &Client, object: &Object) -> Result<(), String> {
    let request = client.delete_service().service(required(object, "name")?);
    request.set_cluster(text(object, "cluster")).force(true).send().await.map(drop).map_err(told)
}
