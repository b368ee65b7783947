//! The calls of Elastic Load Balancing, and what their answers mean. Which of them are made is [`super::routes`]'s.

use super::batch::{Answers, Batch, Calls, Outcome};
use super::ecs::parse;
use super::error::Error;
use super::limit::Limits;
use super::routes::Attachments;
use crate::resolve::arn::{ListenerArn, LoadBalancerArn, RouteArn, RuleArn, TargetGroupArn};
use crate::resolve::model::{Action, Forward, Route};
pub(super) use aws_sdk_elasticloadbalancingv2::Client;
use aws_sdk_elasticloadbalancingv2::types;
use aws_types::request_id::RequestId;
use std::collections::BTreeMap;
use std::sync::Arc;

const DESCRIBE_LISTENERS: &str = "elasticloadbalancing:DescribeListeners";
const DESCRIBE_RULES: &str = "elasticloadbalancing:DescribeRules";
const DESCRIBE_TARGET_GROUPS: &str = "elasticloadbalancing:DescribeTargetGroups";
/// The largest page of every ELBv2 Describe call.
const PAGE: i32 = 400;
/// The most ARNs of every ELBv2 Describe call. AWS enforces it and documents it nowhere.
const MOST: usize = 20;

/// A listener with its default action.
#[derive(Debug, Clone)]
pub(super) struct Listener {
    pub arn: ListenerArn,
    default: Vec<Action>,
}

impl Listener {
    /// Its default action.
    pub fn route(&self) -> Route {
        let arn = RouteArn::Listener(self.arn.clone());
        Route { arn, listener: self.arn.clone(), is_default: true, actions: self.default.clone() }
    }
}

/// `elasticloadbalancing:DescribeRules` of at most 20 rules.
pub(super) fn rules(client: &Client, calls: &Calls) -> Batch<(), Route> {
    let client = client.clone();
    Batch::new(calls, DESCRIBE_RULES, MOST, move |(), arns| describe_rules(client.clone(), arns))
}

/// `elasticloadbalancing:DescribeListeners` of at most 20 listeners.
pub(super) fn listeners(client: &Client, calls: &Calls) -> Batch<(), Listener> {
    let client = client.clone();
    Batch::new(calls, DESCRIBE_LISTENERS, MOST, move |(), arns| describe_listeners(client.clone(), arns))
}

/// `elasticloadbalancing:DescribeTargetGroups` of at most 20 target groups: the load balancers of each.
pub(super) fn target_groups(client: &Client, calls: &Calls) -> Batch<(), Vec<LoadBalancerArn>> {
    let client = client.clone();
    Batch::new(calls, DESCRIBE_TARGET_GROUPS, MOST, move |(), arns| describe_target_groups(client.clone(), arns))
}

async fn describe_rules(client: Client, arns: Vec<String>) -> Outcome<Route> {
    let answer = client.describe_rules().set_rule_arns(Some(arns)).send().await;
    let answer = answer.map_err(|error| Error::from_sdk(DESCRIBE_RULES, &error))?;
    let mut answers = Answers::new(DESCRIBE_RULES, answer.request_id());
    for rule in answer.rules() {
        answers.insert(rule.rule_arn().unwrap_or_default(), route(rule).map_err(|message| answers.bad(message)));
    }
    Ok(answers)
}

async fn describe_listeners(client: Client, arns: Vec<String>) -> Outcome<Listener> {
    let answer = client.describe_listeners().set_listener_arns(Some(arns)).send().await;
    let answer = answer.map_err(|error| Error::from_sdk(DESCRIBE_LISTENERS, &error))?;
    let mut answers = Answers::new(DESCRIBE_LISTENERS, answer.request_id());
    for found in answer.listeners() {
        let converted = listener(found).map_err(|message| answers.bad(message));
        answers.insert(found.listener_arn().unwrap_or_default(), converted);
    }
    Ok(answers)
}

async fn describe_target_groups(client: Client, arns: Vec<String>) -> Outcome<Vec<LoadBalancerArn>> {
    let answer = client.describe_target_groups().set_target_group_arns(Some(arns)).send().await;
    let answer = answer.map_err(|error| Error::from_sdk(DESCRIBE_TARGET_GROUPS, &error))?;
    let mut answers = Answers::new(DESCRIBE_TARGET_GROUPS, answer.request_id());
    for group in answer.target_groups() {
        let converted = attachment(group).map(|(_, attached)| attached).map_err(|message| answers.bad(message));
        answers.insert(group.target_group_arn().unwrap_or_default(), converted);
    }
    Ok(answers)
}

/// Fetches all pages of a listing, each in its turn, and translates what they hold.
macro_rules! listing {
    ($limits:ident, $operation:ident, $request:expr, $items:ident, $convert:expr) => {{
        let mut found = Vec::new();
        let mut pages = $request.page_size(PAGE).into_paginator().send();
        let mut more = true;
        while more {
            $limits.take($operation).await;
            let Some(page) = pages.next().await else { break };
            let page = page.map_err(|error| Error::from_sdk($operation, &error))?;
            more = page.next_marker().is_some();
            let converted = page.$items().iter().map($convert).collect::<Result<Vec<_>, _>>();
            found.extend(converted.map_err(|message| Error::bad_answer($operation, page.request_id(), message))?);
        }
        found
    }};
}

/// `elasticloadbalancing:DescribeTargetGroups` of the whole region: the load balancers of each.
pub(super) async fn groups_of_region(client: &Client, limits: &Limits) -> Result<Arc<Attachments>, Error> {
    let request = client.describe_target_groups();
    let found = listing!(limits, DESCRIBE_TARGET_GROUPS, request, target_groups, attachment);
    Ok(Arc::new(found.into_iter().collect()))
}

/// `elasticloadbalancing:DescribeListeners` of a load balancer.
pub(super) async fn listeners_of(
    client: &Client,
    limits: &Limits,
    arn: &LoadBalancerArn,
) -> Result<Arc<Vec<Listener>>, Error> {
    let request = client.describe_listeners().load_balancer_arn(arn.as_str());
    Ok(Arc::new(listing!(limits, DESCRIBE_LISTENERS, request, listeners, listener)))
}

/// `elasticloadbalancing:DescribeRules` of a listener, its default action among them.
pub(super) async fn rules_of(client: &Client, limits: &Limits, arn: &ListenerArn) -> Result<Arc<Vec<Route>>, Error> {
    let request = client.describe_rules().listener_arn(arn.as_str());
    Ok(Arc::new(listing!(limits, DESCRIBE_RULES, request, rules, route)))
}

fn attachment(group: &types::TargetGroup) -> Result<(TargetGroupArn, Vec<LoadBalancerArn>), String> {
    let arn = group.target_group_arn().ok_or("TargetGroupArn is missing")?;
    let attached = group.load_balancer_arns().iter();
    let attached = attached.map(|arn| parse("LoadBalancerArns", arn, LoadBalancerArn::parse));
    Ok((parse("TargetGroupArn", arn, TargetGroupArn::parse)?, attached.collect::<Result<_, _>>()?))
}

fn route(rule: &types::Rule) -> Result<Route, String> {
    let arn = parse("RuleArn", rule.rule_arn().ok_or("RuleArn is missing")?, RuleArn::parse)?;
    let listener = arn.listener();
    let is_default = rule.is_default() == Some(true);
    // A default action is written through its listener.
    let arn = if is_default { RouteArn::Listener(listener.clone()) } else { RouteArn::Rule(arn) };
    Ok(Route { arn, listener, is_default, actions: actions(rule.actions())? })
}

fn listener(listener: &types::Listener) -> Result<Listener, String> {
    let arn = listener.listener_arn().ok_or("ListenerArn is missing")?;
    let arn = parse("ListenerArn", arn, ListenerArn::parse)?;
    Ok(Listener { arn, default: actions(listener.default_actions())? })
}

fn actions(actions: &[types::Action]) -> Result<Vec<Action>, String> {
    actions.iter().map(action).collect()
}

/// AWS gives a forward as a list with weights, and for a single target group also by its ARN alone.
fn action(action: &types::Action) -> Result<Action, String> {
    let kind = action.r#type().ok_or("Actions[].Type is missing")?;
    if *kind != types::ActionTypeEnum::Forward {
        return Ok(Action::Other(kind.as_str().to_owned()));
    }
    let config = action.forward_config();
    let tuples = config.map(|config| config.target_groups()).unwrap_or_default();
    let mut weights = BTreeMap::new();
    for tuple in tuples {
        let arn = tuple.target_group_arn().ok_or("ForwardConfig.TargetGroups[].TargetGroupArn is missing")?;
        let weight = tuple.weight().unwrap_or(1);
        let weight = u16::try_from(weight).ok().filter(|weight| *weight <= 999);
        let weight = weight.ok_or_else(|| format!("the weight of {arn} is not within 0 to 999"))?;
        weights.insert(parse("ForwardConfig.TargetGroups[].TargetGroupArn", arn, TargetGroupArn::parse)?, weight);
    }
    if weights.is_empty() {
        let arn = action.target_group_arn().ok_or("a forward action names no target group")?;
        weights.insert(parse("Actions[].TargetGroupArn", arn, TargetGroupArn::parse)?, 1);
    }
    let sticky = config.and_then(|config| config.target_group_stickiness_config());
    let stickiness = sticky.filter(|sticky| sticky.enabled() == Some(true));
    let stickiness = stickiness.map(|sticky| i64::from(sticky.duration_seconds().unwrap_or_default()));
    Ok(Action::Forward(Forward { weights, stickiness }))
}
