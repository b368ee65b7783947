//! `aws_lb_listener_rule` as a schema, as a value and as calls to ELBv2.

use crate::value::{items, number, object, only, text};
use aws_sdk_elasticloadbalancingv2::Client;
use aws_sdk_elasticloadbalancingv2::types::{
    Action, ActionTypeEnum, ForwardActionConfig, PathPatternConditionConfig, Rule, RuleCondition, TargetGroupTuple,
};
use ecslive::tf::schema::{Attribute, Block, NestedBlock};
use ecslive::tf::{Type, Value};

/// The schema: the part of hashicorp/aws's that the configurations here use.
pub fn schema() -> Block {
    let target_group = NestedBlock::set(
        "target_group",
        vec![Attribute::string("arn").required(), Attribute::number("weight").optional_computed()],
    );
    let forward = NestedBlock::list("forward", vec![]).with_block(target_group);
    let action = NestedBlock::list("action", vec![Attribute::string("type").required()]).with_block(forward);
    let pattern = NestedBlock::list("path_pattern", vec![Attribute::set("values", Type::String).required()]);
    Block::new(vec![
        Attribute::string("id").computed(),
        Attribute::string("arn").computed(),
        Attribute::string("listener_arn").required(),
        Attribute::number("priority").required(),
    ])
    .with_block(action)
    .with_block(NestedBlock::set("condition", vec![]).with_block(pattern))
}

/// A rule, as the configuration or AWS has it.
pub struct ListenerRule {
    arn: Option<String>,
    listener_arn: String,
    priority: i32,
    weights: Vec<(String, i32)>,
    patterns: Vec<String>,
}

impl ListenerRule {
    /// Reads a planned value.
    pub fn from_value(value: &Value) -> Result<Self, String> {
        let rule = object(value)?;
        let action = object(only(&rule["action"])?)?;
        let forward = object(only(&action["forward"])?)?;
        let mut weights = Vec::new();
        for group in items(&forward["target_group"])? {
            let group = object(group)?;
            weights.push((text(&group["arn"])?, number(&group["weight"]).unwrap_or(1)));
        }
        let mut patterns = Vec::new();
        for condition in items(&rule["condition"])? {
            for pattern in items(&object(condition)?["path_pattern"])? {
                for value in items(&object(pattern)?["values"])? {
                    patterns.push(text(value)?);
                }
            }
        }
        Ok(Self {
            arn: text(&rule["arn"]).ok(),
            listener_arn: text(&rule["listener_arn"])?,
            priority: number(&rule["priority"]).ok_or("priority must be a whole number")?,
            weights,
            patterns,
        })
    }

    /// The value that goes to the state.
    pub fn to_value(&self) -> Value {
        let group = |(arn, weight): &(String, i32)| {
            Value::object([("arn", Value::from(arn.as_str())), ("weight", Value::from(i64::from(*weight)))])
        };
        let groups = Value::Set(self.weights.iter().map(group).collect());
        let forward = Value::object([("target_group", groups)]);
        let action = Value::object([("type", Value::from("forward")), ("forward", Value::List(vec![forward]))]);
        let patterns = Value::Set(self.patterns.iter().map(|pattern| Value::from(pattern.as_str())).collect());
        let pattern = Value::object([("values", patterns)]);
        let condition = Value::object([("path_pattern", Value::List(vec![pattern]))]);
        Value::object([
            ("id", Value::from(self.arn.clone())),
            ("arn", Value::from(self.arn.clone())),
            ("listener_arn", Value::from(self.listener_arn.as_str())),
            ("priority", Value::from(i64::from(self.priority))),
            ("action", Value::List(vec![action])),
            ("condition", Value::Set(vec![condition])),
        ])
    }

    /// The rule as it is now; `None` when it is gone.
    pub async fn read(client: &Client, arn: &str) -> Result<Option<Self>, String> {
        match client.describe_rules().rule_arns(arn).send().await {
            Ok(answer) => answer.rules().first().map(|rule| Self::from_aws(arn, rule)).transpose(),
            Err(error) if format!("{error:?}").contains("RuleNotFound") => Ok(None),
            Err(error) => Err(format!("{error:?}")),
        }
    }

    fn from_aws(arn: &str, rule: &Rule) -> Result<Self, String> {
        let forward = rule.actions().iter().find_map(Action::forward_config).ok_or("the rule does not forward")?;
        let tuple =
            |tuple: &TargetGroupTuple| Some((tuple.target_group_arn()?.to_owned(), tuple.weight().unwrap_or(1)));
        let patterns = rule.conditions().iter().filter_map(RuleCondition::path_pattern_config);
        let listener = arn.replacen(":listener-rule/", ":listener/", 1);
        Ok(Self {
            arn: Some(arn.to_owned()),
            listener_arn: listener.rsplit_once('/').ok_or("the ARN of the rule has no id")?.0.to_owned(),
            priority: rule.priority().and_then(|text| text.parse().ok()).ok_or("the priority is no number")?,
            weights: forward.target_groups().iter().filter_map(tuple).collect(),
            patterns: patterns.flat_map(|config| config.values().to_vec()).collect(),
        })
    }

    /// Creates the rule; gives it with its ARN.
    pub async fn create(self, client: &Client) -> Result<Self, String> {
        let pattern = PathPatternConditionConfig::builder().set_values(Some(self.patterns.clone())).build();
        let condition = RuleCondition::builder().field("path-pattern").path_pattern_config(pattern).build();
        let request = client.create_rule().listener_arn(&self.listener_arn).priority(self.priority);
        let answer = request.conditions(condition).actions(self.action()).send().await;
        let answer = answer.map_err(|error| format!("{error:?}"))?;
        let arn = answer.rules().first().and_then(Rule::rule_arn).ok_or("CreateRule gave no ARN")?;
        Ok(Self { arn: Some(arn.to_owned()), ..self })
    }

    /// Writes the action.
    pub async fn modify(self, client: &Client) -> Result<Self, String> {
        let arn = self.arn.clone().ok_or("the rule has no ARN")?;
        let request = client.modify_rule().rule_arn(arn).actions(self.action());
        request.send().await.map_err(|error| format!("{error:?}"))?;
        Ok(self)
    }

    /// Deletes the rule.
    pub async fn delete(&self, client: &Client) -> Result<(), String> {
        let arn = self.arn.clone().ok_or("the rule has no ARN")?;
        client.delete_rule().rule_arn(arn).send().await.map(drop).map_err(|error| format!("{error:?}"))
    }

    fn action(&self) -> Action {
        let tuple =
            |(arn, weight): &(String, i32)| TargetGroupTuple::builder().target_group_arn(arn).weight(*weight).build();
        let groups = self.weights.iter().map(tuple).collect();
        let forward = ForwardActionConfig::builder().set_target_groups(Some(groups)).build();
        Action::builder().r#type(ActionTypeEnum::Forward).forward_config(forward).build()
    }
}
