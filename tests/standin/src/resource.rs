//! A resource by its type name: planned by its schema alone, made and read in AWS where that matters.

use crate::{ecs, elbv2, fill, schema};
use ecslive::tf::Value;

/// Clients of the services that resources live in.
pub struct Clients {
    /// Elastic Load Balancing.
    pub elbv2: aws_sdk_elasticloadbalancingv2::Client,
    /// Amazon ECS.
    pub ecs: aws_sdk_ecs::Client,
    /// Where they live.
    pub region: String,
}

/// The resource as it is now, from the state of last time; `None` when it is gone.
pub async fn read(clients: &Clients, type_name: &str, state: Value) -> Result<Option<Value>, String> {
    let Value::Object(object) = state else { return Ok(None) };
    let found = match type_name {
        "aws_lb" => elbv2::read_load_balancer(&clients.elbv2, object).await?,
        "aws_lb_target_group" => elbv2::read_target_group(&clients.elbv2, object).await?,
        "aws_lb_listener" => elbv2::read_listener(&clients.elbv2, object).await?,
        "aws_lb_listener_rule" => elbv2::read_rule(&clients.elbv2, object).await?,
        "aws_ecs_service" => ecs::read_service(&clients.ecs, object).await?,
        _ => Some(object),
    };
    Ok(found.map(Value::Object))
}

/// What is there under this id.
pub async fn import(clients: &Clients, type_name: &str, id: &str) -> Result<Value, String> {
    let mut object = schema::empty(schema::of(type_name)?);
    fill::identify(&mut object, id);
    let found = read(clients, type_name, Value::Object(object)).await?;
    found.ok_or_else(|| format!("there is no {type_name} {id}"))
}

/// Makes what is planned of what was there.
pub async fn apply(clients: &Clients, type_name: &str, prior: &Value, planned: Value) -> Result<Value, String> {
    let prior = match prior {
        Value::Object(prior) => Some(prior),
        _ => None,
    };
    let Value::Object(mut object) = planned else {
        let Some(prior) = prior else { return Ok(Value::Null) };
        match type_name {
            "aws_lb_listener_rule" => elbv2::delete_rule(&clients.elbv2, prior).await?,
            "aws_ecs_service" => ecs::delete_service(&clients.ecs, prior).await?,
            _ => {}
        }
        return Ok(Value::Null);
    };
    match (type_name, prior) {
        ("aws_lb", None) => elbv2::create_load_balancer(&clients.elbv2, &mut object).await?,
        ("aws_lb_target_group", None) => elbv2::create_target_group(&clients.elbv2, &mut object).await?,
        ("aws_lb_listener", None) => elbv2::create_listener(&clients.elbv2, &mut object).await?,
        ("aws_lb_listener", Some(_)) => elbv2::modify_listener(&clients.elbv2, &object).await?,
        ("aws_lb_listener_rule", None) => elbv2::create_rule(&clients.elbv2, &mut object).await?,
        ("aws_lb_listener_rule", Some(_)) => elbv2::modify_rule(&clients.elbv2, &object).await?,
        ("aws_ecs_cluster", None) => ecs::create_cluster(&clients.ecs, &mut object).await?,
        ("aws_ecs_task_definition", None) => ecs::register(&clients.ecs, &mut object).await?,
        ("aws_ecs_service", None) => ecs::create_service(&clients.ecs, &mut object).await?,
        ("aws_ecs_service", Some(prior)) => ecs::update_service(&clients.ecs, prior, &object).await?,
        _ => {}
    }
    Ok(fill::filled(type_name, &clients.region, schema::of(type_name)?, Value::Object(object)))
}
