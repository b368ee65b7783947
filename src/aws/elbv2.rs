//! Listeners, rules and target groups: where load balancers send requests.
//!
//! What hangs on a load balancer is fetched once and shared by all services behind it.

use super::ecs::parse;
use super::error::Error;
use super::shared::Since;
use super::{ErrorKind, Regional};
use crate::resolve::arn::{ListenerArn, LoadBalancerArn, RouteArn, RuleArn, TargetGroupArn};
use crate::resolve::inquiry::Scope;
use crate::resolve::model::{Action, Forward, Route};
use aws_sdk_elasticloadbalancingv2::types;
use aws_types::request_id::RequestId;
use std::collections::BTreeMap;
use std::sync::Arc;

const DESCRIBE_LISTENERS: &str = "elasticloadbalancing:DescribeListeners";
const DESCRIBE_RULES: &str = "elasticloadbalancing:DescribeRules";
const DESCRIBE_TARGET_GROUPS: &str = "elasticloadbalancing:DescribeTargetGroups";
/// The largest page of every ELBv2 Describe call.
const PAGE: i32 = 400;

/// A listener with its default action.
#[derive(Debug, Clone)]
pub(super) struct Listener {
    arn: ListenerArn,
    default: Vec<Action>,
}

impl Listener {
    fn route(&self) -> Route {
        let arn = RouteArn::Listener(self.arn.clone());
        Route { arn, listener: self.arn.clone(), actions: self.default.clone() }
    }
}

impl Regional {
    /// The routes within a scope.
    ///
    /// # Errors
    /// [`Error`] when ELB does not answer, refuses, does not know the ARN, or answers what cannot be read.
    pub async fn routes(&self, scope: &Scope, since: Since) -> Result<Vec<Route>, Error> {
        match scope {
            Scope::Route(RouteArn::Rule(arn)) => Ok(vec![self.rule(arn).await?]),
            Scope::Route(RouteArn::Listener(arn)) => Ok(vec![self.listener(arn).await?.route()]),
            Scope::Listener(arn) if arn.has_rules() => Ok(self.rules(arn, since).await?.to_vec()),
            Scope::Listener(arn) => Ok(vec![self.listener(arn).await?.route()]),
            Scope::LoadBalancer(arn) => self.routes_of_load_balancer(arn, since).await,
            Scope::TargetGroup(arn) => {
                let mut routes = Vec::new();
                for load_balancer in self.load_balancers(arn, since).await? {
                    routes.extend(self.routes_of_load_balancer(&load_balancer, since).await?);
                }
                Ok(routes)
            }
        }
    }

    async fn routes_of_load_balancer(&self, arn: &LoadBalancerArn, since: Since) -> Result<Vec<Route>, Error> {
        let mut routes = Vec::new();
        for listener in self.listeners(arn, since).await?.iter() {
            if listener.arn.has_rules() {
                routes.extend(self.rules(&listener.arn, since).await?.iter().cloned());
            } else {
                routes.push(listener.route());
            }
        }
        Ok(routes)
    }

    /// The load balancers of a target group. All target groups of the region come in one listing, since reading a
    /// page of 400 costs as much as reading one.
    async fn load_balancers(&self, arn: &TargetGroupArn, since: Since) -> Result<Vec<LoadBalancerArn>, Error> {
        let client = self.elbv2.clone();
        let all = self.target_groups.get((), since, || async move { describe_target_groups(&client).await }).await?;
        all.get(arn)
            .cloned()
            .ok_or_else(|| not_found(DESCRIBE_TARGET_GROUPS, format!("there is no target group {arn}")))
    }

    async fn listeners(&self, arn: &LoadBalancerArn, since: Since) -> Result<Arc<Vec<Listener>>, Error> {
        let (client, key) = (self.elbv2.clone(), arn.clone());
        self.listeners.get(arn.clone(), since, || async move { describe_listeners(&client, &key).await }).await
    }

    async fn rules(&self, arn: &ListenerArn, since: Since) -> Result<Arc<Vec<Route>>, Error> {
        let (client, key) = (self.elbv2.clone(), arn.clone());
        self.rules.get(arn.clone(), since, || async move { describe_rules(&client, &key).await }).await
    }

    async fn rule(&self, arn: &RuleArn) -> Result<Route, Error> {
        let answer = self.elbv2.describe_rules().rule_arns(arn.as_str()).send().await;
        let answer = answer.map_err(|error| Error::from_sdk(DESCRIBE_RULES, &error))?;
        match answer.rules() {
            [rule] if rule.rule_arn() == Some(arn.as_str()) => {
                route(rule).map_err(|message| Error::bad_answer(DESCRIBE_RULES, answer.request_id(), message))
            }
            _ => Err(not_found(DESCRIBE_RULES, format!("there is no rule {arn}"))),
        }
    }

    async fn listener(&self, arn: &ListenerArn) -> Result<Listener, Error> {
        let answer = self.elbv2.describe_listeners().listener_arns(arn.as_str()).send().await;
        let answer = answer.map_err(|error| Error::from_sdk(DESCRIBE_LISTENERS, &error))?;
        match answer.listeners() {
            [listener] if listener.listener_arn() == Some(arn.as_str()) => convert_listener(listener)
                .map_err(|message| Error::bad_answer(DESCRIBE_LISTENERS, answer.request_id(), message)),
            _ => Err(not_found(DESCRIBE_LISTENERS, format!("there is no listener {arn}"))),
        }
    }
}

type Client = aws_sdk_elasticloadbalancingv2::Client;

async fn describe_target_groups(client: &Client) -> Result<Arc<BTreeMap<TargetGroupArn, Vec<LoadBalancerArn>>>, Error> {
    let mut groups = BTreeMap::new();
    let mut pages = client.describe_target_groups().page_size(PAGE).into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| Error::from_sdk(DESCRIBE_TARGET_GROUPS, &error))?;
        let bad = |message| Error::bad_answer(DESCRIBE_TARGET_GROUPS, page.request_id(), message);
        for group in page.target_groups() {
            let arn = group.target_group_arn().ok_or_else(|| bad("TargetGroupArn is missing".to_owned()))?;
            let arn = parse("TargetGroupArn", arn, TargetGroupArn::parse).map_err(bad)?;
            let attached = group.load_balancer_arns().iter();
            let attached = attached.map(|arn| parse("LoadBalancerArns", arn, LoadBalancerArn::parse));
            groups.insert(arn, attached.collect::<Result<_, _>>().map_err(bad)?);
        }
    }
    Ok(Arc::new(groups))
}

async fn describe_listeners(client: &Client, arn: &LoadBalancerArn) -> Result<Arc<Vec<Listener>>, Error> {
    let mut listeners = Vec::new();
    let request = client.describe_listeners().load_balancer_arn(arn.as_str());
    let mut pages = request.page_size(PAGE).into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| Error::from_sdk(DESCRIBE_LISTENERS, &error))?;
        let converted = page.listeners().iter().map(convert_listener).collect::<Result<Vec<_>, _>>();
        let bad = |message| Error::bad_answer(DESCRIBE_LISTENERS, page.request_id(), message);
        listeners.extend(converted.map_err(bad)?);
    }
    Ok(Arc::new(listeners))
}

async fn describe_rules(client: &Client, arn: &ListenerArn) -> Result<Arc<Vec<Route>>, Error> {
    let mut routes = Vec::new();
    let request = client.describe_rules().listener_arn(arn.as_str());
    let mut pages = request.page_size(PAGE).into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| Error::from_sdk(DESCRIBE_RULES, &error))?;
        let converted = page.rules().iter().map(route).collect::<Result<Vec<_>, _>>();
        routes.extend(converted.map_err(|message| Error::bad_answer(DESCRIBE_RULES, page.request_id(), message))?);
    }
    Ok(Arc::new(routes))
}

fn route(rule: &types::Rule) -> Result<Route, String> {
    let arn = parse("RuleArn", rule.rule_arn().ok_or("RuleArn is missing")?, RuleArn::parse)?;
    let listener = arn.listener();
    Ok(Route { arn: RouteArn::Rule(arn), listener, actions: actions(rule.actions())? })
}

fn convert_listener(listener: &types::Listener) -> Result<Listener, String> {
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

fn not_found(operation: &'static str, message: String) -> Error {
    Error { kind: ErrorKind::NotFound, operation, request_id: None, message }
}
