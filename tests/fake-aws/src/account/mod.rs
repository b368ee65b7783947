//! An account that Terraform builds from nothing: what hashicorp/aws writes and reads around a service and its load
//! balancer. One file per kind of thing; what the scenarios know is written into the same typed state that they use, so
//! that their steps deploy on it.
//!
//! Simpler than AWS in time only: a load balancer is active, and the tasks of a new service run, as soon as they are made.

mod attributes;
mod clusters;
mod code_deploy;
mod ecr;
mod events;
mod iam;
mod listeners;
mod load_balancers;
mod logs;
mod operations;
mod rules;
mod services;
mod tags;
mod target_groups;
mod task_sets;

pub(crate) use listeners::{action_settings, listener_settings, modified as keep_listener, one_load_balancer};
pub(crate) use load_balancers::load_balancer_settings;
pub(crate) use operations::is_answered;
pub(crate) use rules::{conditions, kept as keep_rule};
pub(crate) use services::updated;
pub(crate) use tags::keep as keep_tags;
pub(crate) use target_groups::target_group_settings;

use crate::state::Region;
use crate::wire::{Answer, AwsError, Call, Xml, json_answer, query_answer, xml_answer};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// What was asked for, beyond what the scenarios need to know.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Account {
    /// Tags by ARN; those of services and task definitions are theirs.
    pub tags: BTreeMap<String, BTreeMap<String, String>>,
    /// Attributes of load balancers, listeners and target groups by ARN, as far as they were set.
    pub attributes: BTreeMap<String, BTreeMap<String, String>>,
    /// Settings of load balancers, listeners, rules and target groups by ARN, in the words of the request.
    pub settings: BTreeMap<String, Value>,
    /// Settings of clusters by name.
    pub clusters: BTreeMap<String, Value>,
    /// CodeDeploy applications by name.
    pub applications: BTreeMap<String, Value>,
    /// CodeDeploy deployment groups by `application/group`.
    pub groups: BTreeMap<String, Value>,
    /// IAM roles by name.
    pub roles: BTreeMap<String, iam::Role>,
    /// IAM policies by ARN.
    pub policies: BTreeMap<String, Value>,
    /// Log groups by name.
    pub log_groups: BTreeMap<String, Value>,
    /// EventBridge rules by name.
    pub events: BTreeMap<String, events::Rule>,
    /// Settings of ECR repositories by name.
    pub repositories: BTreeMap<String, Value>,
}

/// The inside of an answer.
enum Reply {
    /// Of the JSON protocol.
    Json(Value),
    /// Of the query protocol, inside the result element.
    Query(Xml),
    /// Of EC2's variety of it, beside the request id.
    Ec2(Xml),
}

type Outcome = Result<Reply, AwsError>;

/// Answers a call if it is one of those that are answered here.
pub(crate) fn answer(region: &mut Region, call: &Call, request_id: &str) -> Option<Result<Answer, AwsError>> {
    let outcome = match call.service {
        "ecs" => clusters::answer(region, call)
            .or_else(|| services::answer(region, call))
            .or_else(|| task_sets::answer(region, call))
            .or_else(|| tags::ecs(region, call)),
        "elasticloadbalancing" => load_balancers::answer(region, call)
            .or_else(|| target_groups::answer(region, call))
            .or_else(|| listeners::answer(region, call))
            .or_else(|| rules::answer(region, call))
            .or_else(|| attributes::answer(region, call))
            .or_else(|| tags::elbv2(region, call)),
        "codedeploy" => code_deploy::answer(region, call).or_else(|| tags::by_resource_arn(region, call)),
        "iam" => iam::answer(region, call),
        "logs" => logs::answer(region, call),
        "events" => events::answer(region, call),
        "ecr" => ecr::answer(region, call),
        // What a load balancer leaves behind: nothing.
        "ec2" if call.operation == "DescribeNetworkInterfaces" => {
            Some(Ok(Reply::Ec2(Xml::default().node("networkInterfaceSet", Xml::default()))))
        }
        _ => None,
    }?;
    Some(outcome.map(|reply| match reply {
        Reply::Json(body) => json_answer(200, &body),
        Reply::Query(result) => query_answer(&call.operation, result, request_id),
        Reply::Ec2(result) => {
            let body = Xml::default().text("requestId", request_id).0 + &result.0;
            xml_answer(200, &format!("<{0}Response>{body}</{0}Response>", call.operation))
        }
    }))
}

/// A moment as CloudWatch Logs writes it: milliseconds since 1970.
fn milliseconds(seconds: f64) -> u64 {
    (seconds * 1000.0) as u64
}

/// The fields of a JSON request that are given, without those of these names.
fn without(input: &Value, names: &[&str]) -> Value {
    let fields = input.as_object().into_iter().flatten();
    let kept = fields.filter(|(name, value)| !names.contains(&name.as_str()) && !value.is_null());
    Value::Object(kept.map(|(name, value)| (name.clone(), value.clone())).collect())
}

/// Writes the fields of one object over those of another.
fn merge(into: &mut Value, from: &Value) {
    for (name, value) in from.as_object().into_iter().flatten() {
        into[name] = value.clone();
    }
}
