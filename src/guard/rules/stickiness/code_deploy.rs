//! Deployment groups of CodeDeploy that shift in steps.

use super::{every, found, made};
use crate::guard::facts::{Question, RouteFacts};
use crate::guard::plan::{Action, Change, Field, Node, Text};
use crate::guard::rules::Verdict;
use crate::guard::rules::scene::{Outcome, Scene, cannot_tell, fine, short};
use crate::guard::rules::serving::listener_of;
use serde_json::Value;

const GROUP: &str = "aws_codedeploy_deployment_group";
const CONFIG: &str = "aws_codedeploy_deployment_config";

/// True when the rule looks at the whole deployment group.
fn is_touched(change: &Change) -> bool {
    change.action.creates() || change.writes("deployment_config_name") || change.writes("load_balancer_info")
}

/// A deployment group that is to shift in steps.
pub fn group(change: &Change, scene: &Scene<'_>) -> Verdict {
    if !is_touched(change) {
        return fine();
    }
    let Some(after) = change.after() else { return fine() };
    match after.get("deployment_config_name").name() {
        Field::Known(config) => of_group(change, after, &config, scene),
        Field::Null => fine(),
        Field::Unknown => cannot_tell("The plan does not know the deployment configuration of the group."),
    }
}

/// A configuration that is made anew under its name, for groups that already have it.
pub fn config(change: &Change, scene: &Scene<'_>) -> Verdict {
    let was = change.before().is_some_and(|before| in_steps(before) == Some(true));
    let Some(after) = change.after().filter(|after| !was && in_steps(*after) == Some(true)) else { return fine() };
    let Field::Known(name) = after.get("deployment_config_name").name() else { return fine() };
    let mut outcomes = Vec::new();
    for group in scene.plan.of_kind(GROUP).filter(|group| !is_touched(group)) {
        let Some(own) = group.after() else { continue };
        if own.get("deployment_config_name").name().known().is_some_and(|own| own.judged() == name.judged()) {
            outcomes.extend(of_group(group, own, &name, scene)?.into_iter().map(|outcome| match outcome {
                Outcome::Finding(found) => Outcome::Finding(found.fact("Deployment group", &group.address)),
                other => other,
            }));
        }
    }
    Ok(outcomes)
}

/// A route of a group that shifts in steps, which stops to keep clients on their target group.
pub fn route(change: &Change, scene: &Scene<'_>) -> Verdict {
    let Some(arn) = change.arn() else { return fine() };
    let Some(live) = scene.facts.route(Question::Route(arn.clone()))? else { return fine() };
    let listener = listener_of(&arn);
    let mut outcomes = Vec::new();
    let mut is_known = false;
    for group in scene.plan.of_kind(GROUP) {
        let Some(after) = group.after() else { continue };
        if !listeners(after).contains(&listener) || !is_shifted(live, &pair(after)) {
            continue;
        }
        is_known = true;
        let Field::Known(config) = after.get("deployment_config_name").name() else { continue };
        // What becomes of a group that changes is said there.
        match is_gradual(&config, scene) {
            Some(false) => {}
            _ if is_touched(group) => {}
            Some(true) => outcomes.push(Outcome::Finding(found(&config.to_string(), &arn))),
            None => outcomes.extend(unreadable(&config)?),
        }
    }
    if is_known {
        return Ok(outcomes);
    }
    let owners = scene.owners(live.groups.iter().map(|group| group.arn.as_str()))?;
    for service in scene.live(owners.into_iter().map(|owner| owner.service.as_str()))? {
        let is_test = service.test_routes.iter().any(|test| *test == listener || *test == arn);
        if service.controller == "CODE_DEPLOY" && !is_test {
            let text = format!(
                "The deployment group of service {} is not in the plan, so it is not known whether its traffic shifts in \
                 steps.",
                short(&service.arn)
            );
            return cannot_tell(text);
        }
    }
    fine()
}

fn of_group(change: &Change, after: Node<'_>, config: &Text, scene: &Scene<'_>) -> Verdict {
    let gradual = is_gradual(config, scene);
    if gradual == Some(false) {
        return fine();
    }
    let loose = loose(change, after, config, scene)?;
    match gradual {
        None if loose.iter().any(|outcome| matches!(outcome, Outcome::Finding(_))) => unreadable(config),
        _ => Ok(loose),
    }
}

fn unreadable(config: &Text) -> Verdict {
    cannot_tell(format!(
        "The deployment configuration {config} is not in the plan, so it is not known whether traffic shifts in steps."
    ))
}

/// What of the group's routes keeps nobody on one version.
fn loose(change: &Change, after: Node<'_>, config: &Text, scene: &Scene<'_>) -> Verdict {
    // The rules of the listener that forward to the pair are what CodeDeploy shifts, and the default action if that does.
    let pair = pair(after);
    let mut routes = Vec::new();
    for listener in listeners(after) {
        if let Some(live) = scene.facts.listener(Question::Listener(listener))? {
            routes.extend(live.routes.iter().filter(|route| is_shifted(route, &pair)).map(|route| route.arn.clone()));
        }
    }
    if !pair_info(after).is_some_and(|info| info.block("prod_traffic_route").known().is_some_and(Node::holds_unknown)) {
        return every(routes.iter().map(String::as_str), &config.to_string(), scene);
    }
    let path = ["load_balancer_info", "target_group_pair_info", "prod_traffic_route", "listener_arns"];
    let listeners: Vec<&str> = scene.plan.sources(change, &path).iter().map(|source| source.address.as_str()).collect();
    let rules = scene.plan.of_kind("aws_lb_listener_rule").filter(|rule| {
        let sources = scene.plan.sources(rule, &["listener_arn"]);
        sources.iter().any(|source| listeners.contains(&source.address.as_str()))
    });
    let own = scene.plan.of_kind("aws_lb_listener").filter(|listener| listeners.contains(&listener.address.as_str()));
    let made_here: Vec<&Change> = own.chain(rules).filter(|route| may_forward(route, &pair, scene)).collect();
    match made(made_here.iter().copied()) {
        Some(route) => found(&config.to_string(), &route.address).alone(),
        None if !made_here.iter().any(|route| route.action.creates()) => {
            cannot_tell("The plan does not know the production listener of the group.")
        }
        None => fine(),
    }
}

/// True when a planned route may forward to one of the pair.
fn may_forward(route: &Change, pair: &[String], scene: &Scene<'_>) -> bool {
    let sources = scene.forwarded_to(route);
    let names = sources.iter().filter_map(|group| group.after()?.get("name").name().known());
    let names: Vec<Text> = names.collect();
    names.is_empty() || names.iter().any(|name| pair.iter().any(|of_pair| of_pair == name.judged()))
}

fn is_shifted(route: &RouteFacts, pair: &[String]) -> bool {
    let mut groups = route.groups.iter().map(|group| short(&group.arn));
    route.groups.len() > 1 && groups.any(|name| pair.iter().any(|of_pair| of_pair == name))
}

/// True for a configuration that shifts in steps: one of CodeDeploy's own, of the plan, or of its prior state. `None` when
/// it is none of these.
fn is_gradual(config: &Text, scene: &Scene<'_>) -> Option<bool> {
    let name = config.judged();
    if name.contains("Canary") || name.contains("Linear") {
        return Some(true);
    }
    let mut planned = scene.plan.of_kind(CONFIG).filter(|change| change.action != Action::Delete);
    let planned = planned.find_map(|change| {
        let is_it =
            |node: &Node<'_>| node.get("deployment_config_name").name().known().is_some_and(|it| it.judged() == name);
        change.after().filter(is_it).or_else(|| change.before().filter(is_it)).and_then(in_steps)
    });
    let mut prior = scene.plan.prior.iter().filter(|prior| prior.kind == CONFIG);
    let prior = || {
        prior.find_map(|prior| {
            let how = prior.values.pointer("/traffic_routing_config/0/type").and_then(Value::as_str)?;
            let is_it = prior.values.get("deployment_config_name").and_then(Value::as_str) == Some(name);
            is_it.then_some(how.starts_with("TimeBased"))
        })
    };
    planned.or_else(prior).or(name.starts_with("CodeDeployDefault.").then_some(false))
}

/// Whether a configuration shifts in steps; `None` when it does not say.
fn in_steps(config: Node<'_>) -> Option<bool> {
    let routing = config.block("traffic_routing_config").known()?;
    routing.get("type").name().known().map(|how| how.judged().starts_with("TimeBased"))
}

fn pair_info(group: Node<'_>) -> Option<Node<'_>> {
    group.block("load_balancer_info").known().and_then(|info| info.block("target_group_pair_info").known())
}

/// The names of the target groups of a deployment group.
fn pair(group: Node<'_>) -> Vec<String> {
    let groups = pair_info(group).and_then(|pair| pair.blocks("target_group").known()).unwrap_or_default();
    let names = groups.iter().filter_map(|group| group.get("name").name().known());
    names.map(|name| name.judged().to_owned()).collect()
}

/// The production listeners of a deployment group.
pub fn listeners(group: Node<'_>) -> Vec<String> {
    let route = pair_info(group).and_then(|pair| pair.block("prod_traffic_route").known());
    let texts = route.and_then(|route| route.texts("listener_arns").known()).unwrap_or_default();
    texts.iter().map(|text| text.judged().to_owned()).collect()
}
