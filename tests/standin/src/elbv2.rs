//! Load balancers, target groups, listeners and rules, between values and calls to ELBv2.

use crate::action;
use crate::fill::identify;
use crate::schema::{self, empty, inner};
use crate::value::{Object, blocks, number, required, text, texts};
use aws_sdk_elasticloadbalancingv2::Client;
use aws_sdk_elasticloadbalancingv2::types::{
    Certificate, HostHeaderConditionConfig, HttpHeaderConditionConfig, PathPatternConditionConfig, Rule, RuleCondition,
};
use ecslive::tf::Value;
use std::fmt::Debug;

fn told(error: impl Debug) -> String {
    format!("{error:?}")
}

/// The answer, or `None` when AWS says that there is no such thing.
fn found<T, E: Debug>(answer: Result<T, E>) -> Result<Option<T>, String> {
    match answer.map_err(told) {
        Ok(answer) => Ok(Some(answer)),
        Err(error) if error.contains("NotFound") => Ok(None),
        Err(error) => Err(error),
    }
}

/// `CreateLoadBalancer`.
pub async fn create_load_balancer(client: &Client, object: &mut Object) -> Result<(), String> {
    let request = client.create_load_balancer().name(required(object, "name")?);
    let request = request.set_subnets(Some(texts(object, "subnets")));
    let request = request.set_security_groups(Some(texts(object, "security_groups")));
    let answer = request.send().await.map_err(told)?;
    let made = answer.load_balancers().first().ok_or("CreateLoadBalancer gave none")?;
    identify(object, made.load_balancer_arn().unwrap_or_default());
    object.insert("dns_name".to_owned(), Value::from(made.dns_name().unwrap_or_default()));
    Ok(())
}

/// Whether it is still there.
pub async fn read_load_balancer(client: &Client, object: Object) -> Result<Option<Object>, String> {
    let answer = client.describe_load_balancers().load_balancer_arns(required(&object, "arn")?).send().await;
    Ok(found(answer)?.map(|_| object))
}

/// `CreateTargetGroup`.
pub async fn create_target_group(client: &Client, object: &mut Object) -> Result<(), String> {
    let request = client.create_target_group().name(required(object, "name")?);
    let request = request.set_vpc_id(text(object, "vpc_id")).set_port(number(object, "port"));
    let request = request.set_protocol(text(object, "protocol").map(|it| it.as_str().into()));
    let request = request.set_target_type(text(object, "target_type").map(|it| it.as_str().into()));
    let answer = request.send().await.map_err(told)?;
    let made = answer.target_groups().first().ok_or("CreateTargetGroup gave none")?;
    let arn = made.target_group_arn().unwrap_or_default();
    identify(object, arn);
    let suffix = arn.split_once(":targetgroup/").map_or("", |(_, suffix)| suffix);
    object.insert("arn_suffix".to_owned(), Value::from(format!("targetgroup/{suffix}")));
    Ok(())
}

/// Whether it is still there.
pub async fn read_target_group(client: &Client, object: Object) -> Result<Option<Object>, String> {
    let answer = client.describe_target_groups().target_group_arns(required(&object, "arn")?).send().await;
    Ok(found(answer)?.map(|_| object))
}

/// `CreateListener`.
pub async fn create_listener(client: &Client, object: &mut Object) -> Result<(), String> {
    let request = client.create_listener().load_balancer_arn(required(object, "load_balancer_arn")?);
    let request = request.set_port(number(object, "port"));
    let request = request.set_protocol(text(object, "protocol").map(|it| it.as_str().into()));
    let certificate = text(object, "certificate_arn");
    let certificates = certificate.map(|arn| vec![Certificate::builder().certificate_arn(arn).build()]);
    let request = request.set_certificates(certificates);
    let answer = request.set_default_actions(Some(action::to_aws(object, "default_action")?)).send().await;
    let answer = answer.map_err(told)?;
    let made = answer.listeners().first().ok_or("CreateListener gave none")?;
    identify(object, made.listener_arn().unwrap_or_default());
    Ok(())
}

/// The default action as it is now.
pub async fn read_listener(client: &Client, mut object: Object) -> Result<Option<Object>, String> {
    let answer = found(client.describe_listeners().listener_arns(required(&object, "arn")?).send().await)?;
    let Some(listener) = answer.as_ref().and_then(|answer| answer.listeners().first()) else { return Ok(None) };
    let actions =
        action::from_aws(schema::of("aws_lb_listener")?, "default_action", &object, listener.default_actions())?;
    object.insert("default_action".to_owned(), actions);
    Ok(Some(object))
}

/// Writes the default action.
pub async fn modify_listener(client: &Client, object: &Object) -> Result<(), String> {
    let request = client.modify_listener().listener_arn(required(object, "arn")?);
    request.set_default_actions(Some(action::to_aws(object, "default_action")?)).send().await.map_err(told)?;
    Ok(())
}

/// `CreateRule`.
pub async fn create_rule(client: &Client, object: &mut Object) -> Result<(), String> {
    let mut request = client.create_rule().listener_arn(required(object, "listener_arn")?);
    let priority = number(object, "priority").unwrap_or(1);
    request = request.priority(priority).set_actions(Some(action::to_aws(object, "action")?));
    for condition in blocks(object, "condition") {
        request = request.conditions(self::condition(condition)?);
    }
    let answer = request.send().await.map_err(told)?;
    let made = answer.rules().first().ok_or("CreateRule gave none")?;
    object.insert("priority".to_owned(), Value::from(i64::from(priority)));
    identify(object, made.rule_arn().unwrap_or_default());
    Ok(())
}

fn condition(condition: &Object) -> Result<RuleCondition, String> {
    if let Some(path) = blocks(condition, "path_pattern").next() {
        let config = PathPatternConditionConfig::builder().set_values(Some(texts(path, "values"))).build();
        return Ok(RuleCondition::builder().field("path-pattern").path_pattern_config(config).build());
    }
    if let Some(host) = blocks(condition, "host_header").next() {
        let config = HostHeaderConditionConfig::builder().set_values(Some(texts(host, "values"))).build();
        return Ok(RuleCondition::builder().field("host-header").host_header_config(config).build());
    }
    let header = blocks(condition, "http_header").next().ok_or("the stand-in has no such condition")?;
    let config = HttpHeaderConditionConfig::builder().set_http_header_name(text(header, "http_header_name"));
    let config = config.set_values(Some(texts(header, "values"))).build();
    Ok(RuleCondition::builder().field("http-header").http_header_config(config).build())
}

/// The action as it is now; of a rule that is imported the rest as well.
pub async fn read_rule(client: &Client, mut object: Object) -> Result<Option<Object>, String> {
    let arn = required(&object, "arn")?;
    let answer = found(client.describe_rules().rule_arns(&arn).send().await)?;
    let Some(rule) = answer.as_ref().and_then(|answer| answer.rules().first()) else { return Ok(None) };
    let schema = schema::of("aws_lb_listener_rule")?;
    let actions = action::from_aws(schema, "action", &object, rule.actions())?;
    object.insert("action".to_owned(), actions);
    if text(&object, "listener_arn").is_none() {
        let listener = arn.replacen(":listener-rule/", ":listener/", 1);
        let listener = listener.rsplit_once('/').ok_or("the ARN of the rule has no id")?.0.to_owned();
        object.insert("listener_arn".to_owned(), Value::from(listener));
        let priority: i64 = rule.priority().and_then(|text| text.parse().ok()).ok_or("the priority is no number")?;
        object.insert("priority".to_owned(), Value::from(priority));
        object.insert("condition".to_owned(), paths(rule)?);
    }
    Ok(Some(object))
}

fn paths(rule: &Rule) -> Result<Value, String> {
    let schema = inner(schema::of("aws_lb_listener_rule")?, "condition")?;
    let mut conditions = Vec::new();
    for config in rule.conditions().iter().filter_map(RuleCondition::path_pattern_config) {
        let mut path = empty(inner(schema, "path_pattern")?);
        path.insert("values".to_owned(), Value::set(config.values().iter().map(String::as_str)));
        let mut condition = empty(schema);
        condition.insert("path_pattern".to_owned(), Value::List(vec![Value::Object(path)]));
        conditions.push(Value::Object(condition));
    }
    Ok(Value::set(conditions))
}

/// Writes the action.
pub async fn modify_rule(client: &Client, object: &Object) -> Result<(), String> {
    let request = client.modify_rule().rule_arn(required(object, "arn")?);
    request.set_actions(Some(action::to_aws(object, "action")?)).send().await.map_err(told)?;
    Ok(())
}

/// Deletes the rule.
pub async fn delete_rule(client: &Client, object: &Object) -> Result<(), String> {
    client.delete_rule().rule_arn(required(object, "arn")?).send().await.map(drop).map_err(told)
}
