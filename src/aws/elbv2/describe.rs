//! The calls of Elastic Load Balancing, and what their answers mean. Which of them are made is [`super::routes`]'s.

use crate::aws::calls::Limits;
use crate::aws::calls::{Answers, Batch, Calls, Outcome};
use crate::aws::error::{Error, ErrorKind};
use crate::aws::field::parse;
use crate::resolve::arn::{ListenerArn, LoadBalancerArn, RouteArn, RuleArn, TargetGroupArn};
use crate::resolve::model::{Action, Forward, Route, Rule, RuleCondition, TargetGroup};
pub(in crate::aws) use aws_sdk_elasticloadbalancingv2::Client;
use aws_sdk_elasticloadbalancingv2::types;
use aws_types::request_id::RequestId;
use std::collections::BTreeMap;
use std::sync::Arc;

pub(super) const DESCRIBE_LISTENERS: &str = "elasticloadbalancing:DescribeListeners";
pub(super) const DESCRIBE_RULES: &str = "elasticloadbalancing:DescribeRules";
pub(super) const DESCRIBE_TARGET_GROUPS: &str = "elasticloadbalancing:DescribeTargetGroups";
/// The largest page of every ELBv2 Describe call.
const PAGE: i32 = 400;
/// The most ARNs of every ELBv2 Describe call. AWS enforces it and documents it nowhere.
const MOST: usize = 20;

/// Every target group of a region.
pub(super) type Groups = BTreeMap<TargetGroupArn, TargetGroup>;

/// A listener with its default action.
#[derive(Debug, Clone)]
pub(in crate::aws) struct Listener {
    pub arn: ListenerArn,
    default: Vec<Action>,
}

impl Listener {
    /// Its default action.
    pub fn route(&self) -> Route {
        let arn = RouteArn::Listener(self.arn.clone());
        let actions = self.default.clone();
        Route { arn, listener: self.arn.clone(), is_default: true, default_rule: None, actions }
    }

    /// Its default action, as the last of its rules.
    pub fn rule(&self) -> Rule {
        Rule { route: self.route(), priority: None, conditions: Vec::new() }
    }
}

/// `elasticloadbalancing:DescribeRules` of at most 20 rules.
pub(in crate::aws) fn rules(client: &Client, calls: &Calls) -> Batch<(), Rule> {
    let client = client.clone();
    Batch::new(calls, DESCRIBE_RULES, MOST, move |(), arns| describe_rules(client.clone(), arns))
}

/// `elasticloadbalancing:DescribeListeners` of at most 20 listeners.
pub(in crate::aws) fn listeners(client: &Client, calls: &Calls) -> Batch<(), Listener> {
    let client = client.clone();
    Batch::new(calls, DESCRIBE_LISTENERS, MOST, move |(), arns| describe_listeners(client.clone(), arns))
}

/// `elasticloadbalancing:DescribeTargetGroups` of at most 20 target groups.
pub(in crate::aws) fn target_groups(client: &Client, calls: &Calls) -> Batch<(), TargetGroup> {
    let client = client.clone();
    Batch::new(calls, DESCRIBE_TARGET_GROUPS, MOST, move |(), arns| describe_target_groups(client.clone(), arns))
}

async fn describe_rules(client: Client, arns: Vec<String>) -> Outcome<Rule> {
    let answer = client.describe_rules().set_rule_arns(Some(arns)).send().await;
    let answer = answer.map_err(|error| Error::from_sdk(DESCRIBE_RULES, &error))?;
    let mut answers = Answers::new(DESCRIBE_RULES, answer.request_id());
    for found in answer.rules() {
        answers.insert(found.rule_arn().unwrap_or_default(), rule(found).map_err(|message| answers.bad(message)));
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

async fn describe_target_groups(client: Client, arns: Vec<String>) -> Outcome<TargetGroup> {
    let answer = client.describe_target_groups().set_target_group_arns(Some(arns)).send().await;
    let answer = answer.map_err(|error| Error::from_sdk(DESCRIBE_TARGET_GROUPS, &error))?;
    let mut answers = Answers::new(DESCRIBE_TARGET_GROUPS, answer.request_id());
    for found in answer.target_groups() {
        let converted = target_group(found).map_err(|message| answers.bad(message));
        answers.insert(found.target_group_arn().unwrap_or_default(), converted);
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

/// `elasticloadbalancing:DescribeTargetGroups` of the whole region.
pub(in crate::aws) async fn groups_of_region(client: &Client, limits: &Limits) -> Result<Arc<Groups>, Error> {
    let request = client.describe_target_groups();
    let found = listing!(limits, DESCRIBE_TARGET_GROUPS, request, target_groups, target_group);
    Ok(Arc::new(found.into_iter().map(|group| (group.arn.clone(), group)).collect()))
}

/// `elasticloadbalancing:DescribeTargetGroups` of one name. `None` when there is none of that name.
pub(in crate::aws) async fn group_named(client: &Client, name: &str) -> Result<Option<TargetGroup>, Error> {
    let answer = match client.describe_target_groups().names(name).send().await {
        Ok(answer) => answer,
        Err(error) => {
            let error = Error::from_sdk(DESCRIBE_TARGET_GROUPS, &error);
            return if error.kind == ErrorKind::NotFound { Ok(None) } else { Err(error) };
        }
    };
    let first = answer.target_groups().first().map(target_group).transpose();
    first.map_err(|message| Error::bad_answer(DESCRIBE_TARGET_GROUPS, answer.request_id(), message))
}

/// `elasticloadbalancing:DescribeListeners` of a load balancer.
pub(in crate::aws) async fn listeners_of(
    client: &Client,
    limits: &Limits,
    arn: &LoadBalancerArn,
) -> Result<Arc<Vec<Listener>>, Error> {
    let request = client.describe_listeners().load_balancer_arn(arn.as_str());
    Ok(Arc::new(listing!(limits, DESCRIBE_LISTENERS, request, listeners, listener)))
}

/// `elasticloadbalancing:DescribeRules` of a listener, its default action among them.
pub(in crate::aws) async fn rules_of(
    client: &Client,
    limits: &Limits,
    arn: &ListenerArn,
) -> Result<Arc<Vec<Rule>>, Error> {
    let request = client.describe_rules().listener_arn(arn.as_str());
    Ok(Arc::new(listing!(limits, DESCRIBE_RULES, request, rules, rule)))
}

fn target_group(group: &types::TargetGroup) -> Result<TargetGroup, String> {
    let arn = group.target_group_arn().ok_or("TargetGroupArn is missing")?;
    let attached = group.load_balancer_arns().iter();
    let attached = attached.map(|arn| parse("LoadBalancerArns", arn, LoadBalancerArn::parse));
    Ok(TargetGroup {
        arn: parse("TargetGroupArn", arn, TargetGroupArn::parse)?,
        target_type: group.target_type().map(|kind| kind.as_str().to_owned()).unwrap_or_default(),
        load_balancers: attached.collect::<Result<_, _>>()?,
    })
}

fn rule(rule: &types::Rule) -> Result<Rule, String> {
    let arn = parse("RuleArn", rule.rule_arn().ok_or("RuleArn is missing")?, RuleArn::parse)?;
    let listener = arn.listener();
    let is_default = rule.is_default() == Some(true);
    // A default action is written through its listener.
    let default_rule = is_default.then(|| RouteArn::Rule(arn.clone()));
    let arn = if is_default { RouteArn::Listener(listener.clone()) } else { RouteArn::Rule(arn) };
    let priority = rule.priority().filter(|_| !is_default);
    let priority = priority.map(|text| text.parse().map_err(|_| format!("Priority is {text:?}"))).transpose()?;
    let mut conditions: Vec<_> = rule.conditions().iter().flat_map(conditions).collect();
    conditions.sort();
    let route = Route { arn, listener, is_default, default_rule, actions: actions(rule.actions())? };
    Ok(Rule { route, priority, conditions })
}

/// The parts of a condition: AWS fills one of them, and `Values` beside it for the two oldest fields.
fn conditions(condition: &types::RuleCondition) -> Vec<RuleCondition> {
    let texts = |values: &[String], regexes: &[String]| {
        values.iter().cloned().chain(regexes.iter().map(|regex| format!("regex:{regex}"))).collect::<Vec<_>>()
    };
    let mut parts: Vec<(String, Vec<String>)> = Vec::new();
    if let Some(hosts) = condition.host_header_config() {
        parts.push(("host-header".to_owned(), texts(hosts.values(), hosts.regex_values())));
    }
    if let Some(paths) = condition.path_pattern_config() {
        parts.push(("path-pattern".to_owned(), texts(paths.values(), paths.regex_values())));
    }
    if let Some(header) = condition.http_header_config() {
        let name = header.http_header_name().unwrap_or_default().to_lowercase();
        parts.push((format!("http-header:{name}"), texts(header.values(), header.regex_values())));
    }
    if let Some(methods) = condition.http_request_method_config() {
        parts.push(("http-request-method".to_owned(), methods.values().to_vec()));
    }
    if let Some(sources) = condition.source_ip_config() {
        parts.push(("source-ip".to_owned(), sources.values().to_vec()));
    }
    if let Some(query) = condition.query_string_config() {
        let pair = |pair: &types::QueryStringKeyValuePair| {
            format!("{}={}", pair.key().unwrap_or_default(), pair.value().unwrap_or_default())
        };
        parts.push(("query-string".to_owned(), query.values().iter().map(pair).collect()));
    }
    if parts.is_empty() {
        let field = condition.field().unwrap_or("a condition without a name").to_owned();
        parts.push((field, texts(condition.values(), condition.regex_values())));
    }
    parts.into_iter().map(|(field, values)| RuleCondition { field, values }).collect()
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
