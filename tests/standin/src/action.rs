//! The forward action of rules and listeners, between values and ELBv2.

use crate::schema::{empty, inner};
use crate::value::{Object, blocks, items, number, required, text};
use aws_sdk_elasticloadbalancingv2::types::{
    Action, ActionTypeEnum, FixedResponseActionConfig, ForwardActionConfig, TargetGroupStickinessConfig,
    TargetGroupTuple,
};
use ecslive::tf::Value;
use ecslive::tf::schema::Block;

/// The actions of the blocks of this name: those that forward and those that answer by themselves.
pub fn to_aws(object: &Object, name: &str) -> Result<Vec<Action>, String> {
    let mut actions = Vec::new();
    for action in blocks(object, name) {
        let made = match required(action, "type")?.as_str() {
            "forward" => Action::builder().r#type(ActionTypeEnum::Forward).forward_config(forward(action)?),
            "fixed-response" => {
                let answer = blocks(action, "fixed_response").next().ok_or("fixed_response is needed")?;
                let config = FixedResponseActionConfig::builder()
                    .status_code(text(answer, "status_code").unwrap_or_else(|| "200".to_owned()))
                    .set_content_type(text(answer, "content_type"))
                    .set_message_body(text(answer, "message_body"));
                Action::builder().r#type(ActionTypeEnum::FixedResponse).fixed_response_config(config.build())
            }
            other => return Err(format!("the stand-in has no action {other}")),
        };
        actions.push(made.build());
    }
    Ok(actions)
}

fn forward(action: &Object) -> Result<ForwardActionConfig, String> {
    let mut config = ForwardActionConfig::builder();
    if let Some(group) = text(action, "target_group_arn") {
        config = config.target_groups(TargetGroupTuple::builder().target_group_arn(group).build());
    }
    for forward in blocks(action, "forward") {
        for group in blocks(forward, "target_group") {
            let tuple = TargetGroupTuple::builder().target_group_arn(required(group, "arn")?);
            config = config.target_groups(tuple.weight(number(group, "weight").unwrap_or(1)).build());
        }
        for stickiness in blocks(forward, "stickiness") {
            let enabled = stickiness.get("enabled") == Some(&Value::Bool(true));
            let made = TargetGroupStickinessConfig::builder().enabled(enabled);
            config = config
                .target_group_stickiness_config(made.set_duration_seconds(number(stickiness, "duration")).build());
        }
    }
    Ok(config.build())
}

/// The blocks as AWS has them now: the forward action anew, what stands before it as it was.
pub fn from_aws(block: &Block, name: &str, prior: &Object, actions: &[Action]) -> Result<Value, String> {
    let before = items(prior.get(name).unwrap_or(&Value::Null));
    let Some(config) = actions.iter().find_map(Action::forward_config) else {
        return Ok(Value::List(before.to_vec()));
    };
    let schema = inner(block, name)?;
    let mut forward = empty(inner(schema, "forward")?);
    let groups = config.target_groups().iter().map(|tuple| {
        Value::object([
            ("arn", Value::from(tuple.target_group_arn().unwrap_or_default())),
            ("weight", Value::from(i64::from(tuple.weight().unwrap_or(1)))),
        ])
    });
    forward.insert("target_group".to_owned(), Value::set(groups));
    if let Some(stickiness) = config.target_group_stickiness_config().filter(|it| it.enabled() == Some(true)) {
        let duration = stickiness.duration_seconds().map(i64::from).map_or(Value::Null, Value::from);
        let made = Value::object([("enabled", Value::Bool(true)), ("duration", duration)]);
        forward.insert("stickiness".to_owned(), Value::List(vec![made]));
    }
    let is_forward =
        |action: &Value| matches!(action, Value::Object(it) if text(it, "type").as_deref() == Some("forward"));
    let mut made = match before.iter().find(|action| is_forward(action)) {
        Some(Value::Object(action)) => action.clone(),
        _ => empty(schema),
    };
    made.insert("type".to_owned(), Value::from("forward"));
    made.insert("forward".to_owned(), Value::List(vec![Value::Object(forward)]));
    made.insert("target_group_arn".to_owned(), Value::Null);
    let mut all: Vec<Value> = before.iter().filter(|action| !is_forward(action)).cloned().collect();
    all.push(Value::Object(made));
    Ok(Value::List(all))
}
