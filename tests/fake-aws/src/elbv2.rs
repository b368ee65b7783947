//! Elastic Load Balancing v2, as far as it is used here.

use crate::account::{
    self, action_settings, conditions, listener_settings, load_balancer_settings, target_group_settings,
};
use crate::state::{Action, Region};
use crate::wire::{AwsError, Call, Xml};
use serde_json::Value;
use std::collections::{BTreeSet, HashMap};

/// Answers one call with the inside of its result element.
pub fn answer(region: &mut Region, call: &Call) -> Result<Xml, AwsError> {
    match call.operation.as_str() {
        "DescribeLoadBalancers" => describe_load_balancers(region, call),
        "DescribeListeners" => describe_listeners(region, call),
        "DescribeRules" => describe_rules(region, call),
        "DescribeTargetGroups" => describe_target_groups(region, call),
        "CreateRule" => {
            let listener = call.required("ListenerArn")?.to_owned();
            known(region.listeners.contains_key(&listener), "ListenerNotFound", "One or more listeners not found")?;
            let priority = call.required("Priority")?.parse();
            let priority = priority.map_err(|_| AwsError::new("ValidationError", "Priority is not a number"))?;
            let taken = region.rules.values().any(|rule| rule.listener == listener && rule.priority == priority);
            known(!taken, "PriorityInUse", "Priority is currently in use")?;
            let action = action(region, call, "Actions")?;
            account::one_load_balancer(region, &region.listeners[&listener].load_balancer, &action)?;
            let arn = region.rule(&listener, priority, action);
            if let Some(found) = region.rules.get_mut(&arn) {
                found.paths = paths(call);
            }
            let tree = call.tree();
            account::keep_rule(region, &arn, &tree);
            account::keep_tags(region, &arn, &tree["Tags"]);
            Ok(Xml::default().list("Rules", std::iter::once(rule(region, &arn))))
        }
        "ModifyRule" => {
            let arn = call.required("RuleArn")?.to_owned();
            valid(region, std::slice::from_ref(&arn), "listener rule")?;
            known(region.rules.contains_key(&arn), "RuleNotFound", "One or more rules not found")?;
            let new = given(call, "Actions").then(|| action(region, call, "Actions")).transpose()?;
            if let Some(found) = region.rules.get_mut(&arn) {
                found.action = new.unwrap_or_else(|| found.action.clone());
            }
            if given(call, "Conditions")
                && let Some(found) = region.rules.get_mut(&arn)
            {
                found.paths = paths(call);
            }
            account::keep_rule(region, &arn, &call.tree());
            Ok(Xml::default().list("Rules", std::iter::once(rule(region, &arn))))
        }
        "ModifyListener" => {
            let arn = call.required("ListenerArn")?.to_owned();
            valid(region, std::slice::from_ref(&arn), "listener")?;
            known(region.listeners.contains_key(&arn), "ListenerNotFound", "One or more listeners not found")?;
            let new = given(call, "DefaultActions").then(|| action(region, call, "DefaultActions")).transpose()?;
            if let Some(found) = region.listeners.get_mut(&arn) {
                found.action = new.unwrap_or_else(|| found.action.clone());
            }
            account::keep_listener(region, &arn, &call.tree());
            let input = serde_json::json!({"ListenerArns.member.1": arn});
            describe_listeners(region, &Call::query("DescribeListeners", input))
        }
        "DeleteRule" => {
            let gone = region.rules.remove(call.required("RuleArn")?);
            known(gone.is_some(), "RuleNotFound", "One or more rules not found").map(|()| Xml::default())
        }
        _ => Err(AwsError::new("InvalidAction", format!("The action {} is not valid.", call.operation))),
    }
}

/// True when a list has an element.
fn given(call: &Call, list: &str) -> bool {
    let start = format!("{list}.member.1.");
    call.input.as_object().is_some_and(|fields| fields.keys().any(|name| name.starts_with(&start)))
}

/// ELB refuses an ARN of another region, account or kind as not valid, and does not say that it found none.
fn valid(region: &Region, arns: &[String], what: &str) -> Result<(), AwsError> {
    let kind = if what == "listener rule" { "listener-rule" } else { &what.replace(' ', "") };
    let prefix = region.arn("elasticloadbalancing", &format!("{kind}/"));
    match arns.iter().find(|arn| !arn.starts_with(&prefix)) {
        Some(wrong) => Err(AwsError::new("ValidationError", format!("'{wrong}' is not a valid {what} ARN"))),
        None => Ok(()),
    }
}

fn known(is: bool, code: &str, message: &str) -> Result<(), AwsError> {
    if is { Ok(()) } else { Err(AwsError::new(code, message)) }
}

/// The action of a request: `Actions.member.N…` of which the forward is taken.
pub(crate) fn action(region: &Region, call: &Call, list: &str) -> Result<Action, AwsError> {
    let field = |index: usize, rest: &str| call.text(&format!("{list}.member.{index}.{rest}"));
    let index = (1..).take_while(|index| field(*index, "Type").is_some()).last();
    let index = index.ok_or_else(|| AwsError::new("ValidationError", format!("{list} is required.")))?;
    let kind = field(index, "Type").unwrap_or_default();
    if kind != "forward" {
        return Ok(Action::Other(kind.to_owned()));
    }
    let group = |number: usize| {
        let base = format!("ForwardConfig.TargetGroups.member.{number}");
        let arn = field(index, &format!("{base}.TargetGroupArn"))?.to_owned();
        let weight = field(index, &format!("{base}.Weight")).and_then(|weight| weight.parse().ok()).unwrap_or(1);
        Some((arn, weight))
    };
    let mut weights: Vec<(String, u32)> = (1..).map_while(group).collect();
    if weights.is_empty() {
        weights.extend(field(index, "TargetGroupArn").map(|arn| (arn.to_owned(), 1)));
    }
    known(!weights.is_empty(), "ValidationError", "A target group ARN must be specified")?;
    for (arn, weight) in &weights {
        known(region.target_groups.contains_key(arn), "TargetGroupNotFound", "One or more target groups not found")?;
        known(*weight <= 999, "ValidationError", "Weight must be between 0 and 999")?;
    }
    let sticky = field(index, "ForwardConfig.TargetGroupStickinessConfig.Enabled") == Some("true");
    let seconds = field(index, "ForwardConfig.TargetGroupStickinessConfig.DurationSeconds");
    Ok(Action::Forward { weights, sticky: sticky.then(|| seconds.and_then(|text| text.parse().ok()).unwrap_or(3600)) })
}

fn paths(call: &Call) -> Vec<String> {
    let value = |key: &str, value: &Value| {
        let wanted = key.starts_with("Conditions.member.") && key.contains("Values.member.");
        value.as_str().filter(|_| wanted).map(str::to_owned)
    };
    call.input.as_object().into_iter().flatten().filter_map(|(key, text)| value(key, text)).collect()
}

/// Cuts one page out of members and adds the marker of the next.
fn page(call: &Call, name: &str, members: Vec<Xml>) -> Result<Xml, AwsError> {
    let size: usize = match call.text("PageSize") {
        Some(size) => size
            .parse()
            .ok()
            .filter(|size| (1..=400).contains(size))
            .ok_or_else(|| AwsError::new("ValidationError", "PageSize must be between 1 and 400"))?,
        None => 400,
    };
    let start: usize = call.text("Marker").and_then(|marker| marker.parse().ok()).unwrap_or(0);
    let more = members.len() > start + size;
    let result = Xml::default().list(name, members.into_iter().skip(start).take(size));
    Ok(if more { result.text("NextMarker", &(start + size).to_string()) } else { result })
}

fn at_most_20(asked: &[String], what: &str) -> Result<(), AwsError> {
    let message = format!("You cannot describe more than '20' {what} at a time");
    known(asked.len() <= 20, "ValidationError", &message)
}

fn describe_load_balancers(region: &Region, call: &Call) -> Result<Xml, AwsError> {
    let (arns, names) = (call.list("LoadBalancerArns"), call.list("Names"));
    at_most_20(&arns, "load balancers")?;
    valid(region, &arns, "load balancer")?;
    let all = region.load_balancers.iter();
    let found: Vec<_> = all
        .filter(|(arn, found)| {
            (arns.is_empty() || arns.contains(arn)) && (names.is_empty() || names.contains(&found.name))
        })
        .collect();
    let complete = found.len() >= arns.len().max(names.len());
    known(complete, "LoadBalancerNotFound", "One or more load balancers not found")?;
    let member = |(arn, found): (&String, &crate::state::LoadBalancer)| {
        let kind = if found.kind == "net" { "network" } else { "application" };
        let state = Xml::default().text("Code", "active");
        Xml::default()
            .text("LoadBalancerArn", arn)
            .text("LoadBalancerName", &found.name)
            .text("Type", kind)
            .text("IpAddressType", if found.ip.is_empty() { "ipv4" } else { &found.ip })
            .node("State", state)
            .and(load_balancer_settings(region, arn, found))
    };
    page(call, "LoadBalancers", found.into_iter().map(member).collect())
}

fn describe_listeners(region: &Region, call: &Call) -> Result<Xml, AwsError> {
    let arns = call.list("ListenerArns");
    at_most_20(&arns, "listeners")?;
    valid(region, &arns, "listener")?;
    let found: Vec<&String> = match call.text("LoadBalancerArn") {
        Some(arn) => {
            valid(region, &[arn.to_owned()], "load balancer")?;
            let exists = region.load_balancers.contains_key(arn);
            known(exists, "LoadBalancerNotFound", "One or more load balancers not found")?;
            region.listeners.iter().filter(|(_, found)| found.load_balancer == arn).map(|(arn, _)| arn).collect()
        }
        None if arns.is_empty() => {
            let message = "You must specify either listener ARNs or a load balancer ARN";
            return Err(AwsError::new("ValidationError", message));
        }
        None => {
            let exist = arns.iter().all(|arn| region.listeners.contains_key(arn));
            known(exist, "ListenerNotFound", "One or more listeners not found")?;
            arns.iter().collect()
        }
    };
    let member = |arn: &String| {
        let found = &region.listeners[arn];
        let network = is_network(region, arn);
        Xml::default()
            .text("ListenerArn", arn)
            .text("LoadBalancerArn", &found.load_balancer)
            .text("Port", &found.port.to_string())
            .and(listener_settings(region, arn, network))
            .list("DefaultActions", std::iter::once(action_xml(region, arn, &found.action, network)))
    };
    page(call, "Listeners", found.into_iter().map(member).collect())
}

fn describe_rules(region: &Region, call: &Call) -> Result<Xml, AwsError> {
    let arns = call.list("RuleArns");
    at_most_20(&arns, "listener rules")?;
    valid(region, &arns, "listener rule")?;
    let members = match call.text("ListenerArn") {
        Some(listener) => {
            valid(region, &[listener.to_owned()], "listener")?;
            let exists = region.listeners.contains_key(listener);
            known(exists, "ListenerNotFound", "One or more listeners not found")?;
            let mut rules: Vec<_> = region.rules.iter().filter(|(_, rule)| rule.listener == listener).collect();
            rules.sort_by_key(|(_, rule)| rule.priority);
            let mut members: Vec<Xml> = rules.into_iter().map(|(arn, _)| rule(region, arn)).collect();
            members.push(default_rule(region, listener));
            members
        }
        None if arns.is_empty() => {
            return Err(AwsError::new(
                "ValidationError",
                "You must specify either listener rule ARNs or a listener ARN",
            ));
        }
        None => {
            let exist = arns.iter().all(|arn| region.rules.contains_key(arn));
            known(exist, "RuleNotFound", "One or more rules not found")?;
            arns.iter().map(|arn| rule(region, arn)).collect()
        }
    };
    page(call, "Rules", members)
}

fn rule(region: &Region, arn: &str) -> Xml {
    let found = &region.rules[arn];
    let values =
        || found.paths.iter().map(|path| Xml(Xml::default().text("x", path).0.replace("<x>", "").replace("</x>", "")));
    let condition = Xml::default()
        .text("Field", "path-pattern")
        .list("Values", values())
        .node("PathPatternConfig", Xml::default().list("Values", values()));
    Xml::default()
        .text("RuleArn", arn)
        .text("Priority", &found.priority.to_string())
        .text("IsDefault", "false")
        .node("Conditions", conditions(region, arn).unwrap_or_else(|| Xml::default().node("member", condition)))
        .list("Actions", std::iter::once(action_xml(region, arn, &found.action, is_network(region, arn))))
}

/// The default action of an ALB listener looks like a rule of its own.
fn default_rule(region: &Region, listener: &str) -> Xml {
    let arn = format!("{}/0000000000000000", listener.replacen(":listener/", ":listener-rule/", 1));
    let (action, network) = (&region.listeners[listener].action, is_network(region, listener));
    Xml::default()
        .text("RuleArn", &arn)
        .text("Priority", "default")
        .text("IsDefault", "true")
        .list("Conditions", std::iter::empty())
        .list("Actions", std::iter::once(action_xml(region, listener, action, network)))
}

/// Listeners and rules of a Network Load Balancer have `/net/` in their ARN.
fn is_network(region: &Region, arn: &str) -> bool {
    let balancer = region.rules.get(arn).map_or(arn, |rule| &rule.listener);
    let balancer = region.listeners.get(balancer).and_then(|found| region.load_balancers.get(&found.load_balancer));
    balancer.is_some_and(|balancer| balancer.kind == "net")
}

fn action_xml(region: &Region, arn: &str, action: &Action, network: bool) -> Xml {
    let (weights, sticky) = match action {
        Action::Forward { weights, sticky } => (weights, sticky),
        Action::Other(kind) => {
            return action_settings(region, arn).unwrap_or_else(|| Xml::default().text("Type", kind));
        }
    };
    let group = |(arn, weight): &(String, u32)| {
        let tuple = Xml::default().text("TargetGroupArn", arn);
        // A Network Load Balancer sends no weight for a single group.
        if network && weights.len() == 1 { tuple } else { tuple.text("Weight", &weight.to_string()) }
    };
    let stickiness = Xml::default().text("Enabled", if sticky.is_some() { "true" } else { "false" });
    let stickiness = match sticky {
        Some(seconds) => stickiness.text("DurationSeconds", &seconds.to_string()),
        None => stickiness,
    };
    let config =
        Xml::default().list("TargetGroups", weights.iter().map(group)).node("TargetGroupStickinessConfig", stickiness);
    let xml = Xml::default().text("Type", "forward");
    // AWS repeats the ARN beside the configuration only when there is a single target group.
    let xml = match weights.as_slice() {
        [(only, _)] => xml.text("TargetGroupArn", only),
        _ => xml,
    };
    xml.node("ForwardConfig", config)
}

fn describe_target_groups(region: &Region, call: &Call) -> Result<Xml, AwsError> {
    let (arns, names) = (call.list("TargetGroupArns"), call.list("Names"));
    at_most_20(&arns, "target groups")?;
    valid(region, &arns, "target group")?;
    let wanted_balancer = call.text("LoadBalancerArn");
    let attached = attachments(region);
    let none = BTreeSet::new();
    let balancers = |arn: &String| attached.get(arn.as_str()).unwrap_or(&none);
    let found = region.target_groups.iter().filter(|(arn, found)| {
        (arns.is_empty() || arns.contains(arn))
            && (names.is_empty() || names.contains(&found.name))
            && wanted_balancer.is_none_or(|balancer| balancers(arn).contains(balancer))
    });
    let found: Vec<_> = found.collect();
    let complete = found.len() >= arns.len().max(names.len());
    known(complete, "TargetGroupNotFound", "One or more target groups not found")?;
    let member = |(arn, group): (&String, &crate::state::TargetGroup)| {
        let balancers = balancers(arn).iter().map(|balancer| Xml((*balancer).to_owned()));
        Xml::default()
            .text("TargetGroupArn", arn)
            .text("TargetGroupName", &group.name)
            .and(target_group_settings(region, arn))
            .list("LoadBalancerArns", balancers)
    };
    page(call, "TargetGroups", found.into_iter().map(member).collect())
}

/// The load balancers whose rules or default actions forward to a target group, by target group.
pub(crate) fn attachments(region: &Region) -> HashMap<&str, BTreeSet<&str>> {
    let by_rule = region.rules.values().map(|rule| (&rule.listener, &rule.action));
    let by_default = region.listeners.iter().map(|(arn, found)| (arn, &found.action));
    let mut attached: HashMap<&str, BTreeSet<&str>> = HashMap::new();
    for (listener, action) in by_rule.chain(by_default) {
        let (Some(found), Action::Forward { weights, .. }) = (region.listeners.get(listener), action) else { continue };
        for (group, _) in weights {
            attached.entry(group).or_default().insert(&found.load_balancer);
        }
    }
    attached
}
