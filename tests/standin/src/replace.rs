//! What hashicorp/aws 6 cannot change in place: attributes that force a resource to be replaced.

use crate::value::Object;
use ecslive::framework::proto::AttributePath;
use ecslive::framework::proto::attribute_path::{Step, step::Selector};
use ecslive::tf::Value;

/// From the provider's source, for what plans are checked for.
const FORCING: [(&str, &[&str]); 4] = [
    ("aws_ecs_service", &["cluster", "launch_type", "name", "scheduling_strategy"]),
    (
        "aws_ecs_task_definition",
        &["container_definitions", "cpu", "execution_role_arn", "family", "memory", "network_mode", "task_role_arn"],
    ),
    ("aws_lb_listener_rule", &["listener_arn"]),
    ("aws_lb_target_group", &["name", "port", "protocol", "target_type", "vpc_id"]),
];

/// The attributes that differ and cannot be changed in place.
pub fn forced(type_name: &str, prior: &Value, proposed: &Value) -> Vec<AttributePath> {
    let (Value::Object(prior), Value::Object(proposed)) = (prior, proposed) else { return Vec::new() };
    let differs = |name: &&&str| of(prior, name) != of(proposed, name);
    let forcing = FORCING.iter().filter(|(of, _)| *of == type_name).flat_map(|(_, names)| *names);
    let path = |name: &&str| AttributePath {
        steps: vec![Step { selector: Some(Selector::AttributeName((*name).to_owned())) }],
    };
    forcing.filter(differs).map(path).collect()
}

fn of<'a>(object: &'a Object, name: &str) -> &'a Value {
    object.get(name).unwrap_or(&Value::Null)
}
