//! What holds for the arguments of every data source, those to come included.

use super::*;
use crate::tf::schema::{Attribute, Block, Mode};
use crate::tf::{Diagnostics, Type, Value};
use std::collections::BTreeMap;

/// A value for a required argument.
fn sample(name: &str) -> Value {
    match name {
        "cluster" => "shop".into(),
        "service_name" | "family" => "web".into(),
        "image" => "123456789012.dkr.ecr.eu-west-1.amazonaws.com/web:v1".into(),
        other => panic!("no sample for the required argument {other}"),
    }
}

fn null(block: &Block) -> BTreeMap<String, Value> {
    let attributes = block.attributes.iter().map(|attribute| attribute.name);
    attributes.chain(block.blocks.iter().map(|block| block.name)).map(|name| (name.to_owned(), Value::Null)).collect()
}

/// A configuration with its required arguments, and with `value` for the others.
fn config(block: &Block, value: impl Fn(&Attribute) -> Value) -> BTreeMap<String, Value> {
    let mut values = null(block);
    for attribute in &block.attributes {
        let value = match attribute.mode {
            Mode::Required => sample(attribute.name),
            Mode::Optional | Mode::OptionalComputed => value(attribute),
            Mode::Computed => Value::Null,
        };
        values.insert(attribute.name.to_owned(), value);
    }
    values
}

/// Every data source with its name, its schema and what it says about a configuration.
fn each(mut check: impl FnMut(&str, &Block, &dyn Fn(BTreeMap<String, Value>) -> Diagnostics)) {
    for source in all() {
        let schema = source.schema();
        check(source.name(), &schema, &|values| source.validate(&Value::Object(values), &schema));
    }
}

#[test]
fn what_is_unknown_conflicts_with_nothing() {
    each(|name, block, validate| {
        let unknown = validate(config(block, |_| Value::unknown()));
        assert!(unknown.is_empty(), "{name}: {unknown}");
    });
}

#[test]
fn an_empty_text_is_as_good_as_none() {
    each(|name, block, validate| {
        let empty = |attribute: &Attribute| match attribute.ty() {
            Type::String => "".into(),
            Type::Set(element) if *element == Type::String => Value::set([""]),
            _ => Value::Null,
        };
        let mut values = config(block, empty);
        for nested in &block.blocks {
            let inner = nested.block.attributes.iter().map(|attribute| (attribute.name, empty(attribute)));
            values.insert(nested.name.to_owned(), Value::object(inner));
        }
        let diagnostics = validate(values);
        assert!(diagnostics.is_empty(), "{name}: {diagnostics}");
    });
}

#[test]
fn a_required_argument_that_is_empty_is_named() {
    each(|name, block, validate| {
        for attribute in block.attributes.iter().filter(|attribute| attribute.mode == Mode::Required) {
            let mut values = config(block, |_| Value::Null);
            values.insert(attribute.name.to_owned(), "".into());
            let text = validate(values).to_string();
            let expected = format!(
                "Error: Missing Argument\n\n  on {0}\n\nThe argument {0} is required, and an empty text counts as not \
                 given. Give it a value.\n",
                attribute.name
            );
            assert_eq!(text, expected, "{name}");
        }
    });
}

#[test]
fn an_arn_of_the_wrong_kind_is_sent_where_it_belongs() {
    let elb = "arn:aws:elasticloadbalancing:eu-west-1:123456789012";
    let ecs = "arn:aws:ecs:eu-west-1:123456789012";
    let arns: [(String, &str, &[&str]); 7] = [
        (format!("{ecs}:cluster/shop"), "an ECS cluster", &["cluster"]),
        (format!("{ecs}:service/shop/web"), "an ECS service", &["service_name", "service_names"]),
        (format!("{ecs}:task-definition/web"), "a task definition family", &["family"]),
        (format!("{elb}:targetgroup/blue/1"), "a target group", &["target_group_arns"]),
        (format!("{elb}:loadbalancer/app/lb/1"), "a load balancer", &["load_balancer_arn"]),
        (format!("{elb}:listener/app/lb/1/2"), "a listener", &["listener_arn", "production_listener_rule_arn"]),
        (format!("{elb}:listener-rule/app/lb/1/2/3"), "a listener rule", &["production_listener_rule_arn"]),
    ];
    let takes_arns: Vec<&str> = arns.iter().flat_map(|(_, _, takers)| takers.iter().copied()).collect();
    let mut sent = 0;
    each(|source, block, validate| {
        let arguments = block.attributes.iter().filter(|attribute| attribute.mode != Mode::Computed);
        let names: Vec<&str> = arguments.clone().map(|argument| argument.name).collect();
        for argument in arguments.filter(|argument| takes_arns.contains(&argument.name)) {
            for (arn, noun, takers) in arns.iter().filter(|(_, _, takers)| !takers.contains(&argument.name)) {
                let mut values = config(block, |_| Value::Null);
                let value = match argument.ty() {
                    Type::Set(_) => Value::set([arn.as_str()]),
                    _ => arn.as_str().into(),
                };
                values.insert(argument.name.to_owned(), value);
                let text = validate(values).to_string();
                let place = format!("on {}\n\n\"{arn}\" is {noun}, not a", argument.name);
                assert!(text.contains(&place), "{source}: {text}\nexpected {place}");
                let taker = takers.iter().find(|taker| names.contains(taker));
                sent += usize::from(taker.is_some());
                let advice = taker.map(|taker| format!(": give it to {taker}.\n"));
                assert!(advice.as_ref().is_none_or(|advice| text.ends_with(advice)), "{source}: {text}\n{advice:?}");
                assert_eq!(advice.is_some(), text.contains("give it to"), "{source}: {text}");
            }
        }
    });
    assert!(sent > 20, "{sent}");
}

/// Every schema with the answer that fills it.
fn answers() -> Vec<(&'static str, serde_json::Value)> {
    use crate::live::{deployment, image, service, services, target_group, task_definition};
    use serde_json::to_value;
    let some = || Some("text".to_owned());
    let service = || service::Service {
        revision: Some(1),
        circuit_breaker_enabled: Some(true),
        desired_count: Some(1),
        images: [("web".to_owned(), some())].into(),
        load_balancers: vec![service::LoadBalancer { container_port: Some(1), ..Default::default() }],
        capacity_providers: vec!["FARGATE".to_owned()],
        ..Default::default()
    };
    let deployment = deployment::Deployment {
        awaiting_actions: vec![deployment::AwaitingAction::default()],
        triggered_alarms: vec!["alarm".to_owned()],
        failed_task_count: Some(1),
        ..Default::default()
    };
    let platform = task_definition::RuntimePlatform::default();
    let task_definition =
        task_definition::TaskDefinition { runtime_platform: Some(platform), revision: Some(1), ..Default::default() };
    let target_group = target_group::TargetGroup {
        target_group_weights: [("arn".to_owned(), 1)].into(),
        stickiness_duration: Some(1),
        ..Default::default()
    };
    let one = service::OneService { service: service(), region: String::new() };
    let many = services::Services { services: [("web".to_owned(), service())].into(), ..Default::default() };
    let image = image::Image { platforms: Some(["linux/amd64".to_owned()].into()), ..Default::default() };
    let json = |value: Result<serde_json::Value, serde_json::Error>| value.expect("JSON");
    vec![
        ("task_definition", json(to_value(task_definition))),
        ("service", json(to_value(one))),
        ("target_group", json(to_value(target_group))),
        ("deployment", json(to_value(deployment))),
        ("services", json(to_value(many))),
        ("image", json(to_value(image))),
    ]
}

/// The names of objects, however deep, with their paths.
fn names(path: &str, ty: &Type, value: &serde_json::Value, wrong: &mut Vec<String>) {
    match (ty, value) {
        (Type::Object(attributes), serde_json::Value::Object(fields)) => {
            wrong.extend(
                attributes
                    .keys()
                    .filter(|it| !fields.contains_key(*it))
                    .map(|it| format!("{path}.{it} is not answered")),
            );
            for (name, field) in fields {
                match attributes.get(name) {
                    Some(ty) => names(&format!("{path}.{name}"), ty, field, wrong),
                    None => wrong.push(format!("{path}.{name} is not in the schema")),
                }
            }
        }
        (Type::List(ty) | Type::Set(ty), serde_json::Value::Array(items)) => {
            items.iter().for_each(|item| names(&format!("{path}[]"), ty, item, wrong));
        }
        (Type::Map(ty), serde_json::Value::Object(fields)) => {
            fields.values().for_each(|item| names(&format!("{path}{{}}"), ty, item, wrong));
        }
        _ => {}
    }
}

#[test]
fn every_schema_has_the_names_and_the_types_of_its_answer() {
    let answers = answers();
    each(|name, block, _| {
        let (_, answer) = answers.iter().find(|(source, _)| *source == name).expect("an answer");
        let computed = block.attributes.iter().filter(|it| matches!(it.mode, Mode::Computed | Mode::OptionalComputed));
        let ty = Type::object(computed.map(|attribute| (attribute.name, attribute.ty())));
        let mut wrong = Vec::new();
        names(name, &ty, answer, &mut wrong);
        assert!(wrong.is_empty(), "{wrong:#?}");
        assert!(answer::attributes(block, answer).is_ok(), "{name}");
    });
}
