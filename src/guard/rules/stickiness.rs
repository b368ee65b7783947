//! `gradual-shift-without-stickiness`: users meet both versions in one visit.

use super::scene::{Found, Scene, cannot_tell, fine, short};
use super::{Rule, Verdict};
use crate::guard::facts::{Question, RouteFacts};
use crate::guard::outcome::Severity;
use crate::guard::plan::{Action, Change, Field, HIDDEN, Node, Route, Service, Text};

/// The rule.
pub static RULE: Rule = Rule {
    id: "gradual-shift-without-stickiness",
    title: "Traffic shifts gradually, and users are not kept on one version",
    severity: Severity::Warning,
    why: "While a canary or linear deployment shifts, a page may come from the new version and its script from the old one: \
          404 on assets whose names carry a hash. Stickiness between the target groups keeps a browser on one side.",
    fix: "stickiness { enabled = true, duration = … } in the forward of the production rule, or assets on S3 or a CDN, or a \
          shift of everything at once.",
    needs: &["elasticloadbalancing:DescribeRules", "elasticloadbalancing:DescribeListeners"],
    judge,
};

fn judge(change: &Change, scene: &Scene<'_>) -> Verdict {
    match change.kind.as_str() {
        "aws_ecs_service" => native(change, scene),
        "aws_codedeploy_deployment_group" => code_deploy(change, scene),
        "aws_ecs_express_gateway_service" if change.action == Action::Create => {
            Found::warning("An Express service always shifts as a canary, and its rule keeps nobody on one version.")
                .fix("Put assets whose names carry a hash on S3 or a CDN.")
                .alone()
        }
        _ => fine(),
    }
}

fn native(change: &Change, scene: &Scene<'_>) -> Verdict {
    let touched = ["deployment_configuration", "load_balancer"].iter().any(|key| change.writes(key));
    if !change.action.creates() && !touched {
        return fine();
    }
    let Some(after) = change.after().map(Service) else { return fine() };
    let Field::Known(strategy) = after.strategy() else { return fine() };
    if !matches!(strategy.as_str(), "LINEAR" | "CANARY") {
        return fine();
    }
    let is_hidden = after.0.get("deployment_configuration").holds_sensitive();
    let strategy = if is_hidden { HIDDEN.to_owned() } else { strategy };
    let entries = after.entries().known().unwrap_or_default();
    let routes: Vec<Text> = entries.into_iter().filter_map(|entry| entry.production.known()).collect();
    if routes.is_empty() {
        let path = ["load_balancer", "advanced_configuration", "production_listener_rule"];
        let planned = scene.plan.sources(change, &path);
        let planned: Vec<&&Change> = planned.iter().filter(|route| route.kind.starts_with("aws_lb_listener")).collect();
        return match planned.iter().find(|route| route.after().is_some_and(|after| !sticky(route, after))) {
            Some(route) => found(&strategy, &route.address).alone(),
            None => fine(),
        };
    }
    every(routes.iter().map(Text::judged), &strategy, scene)
}

fn code_deploy(change: &Change, scene: &Scene<'_>) -> Verdict {
    if !change.action.creates() && !change.writes("deployment_config_name") && !change.writes("load_balancer_info") {
        return fine();
    }
    let Some(after) = change.after() else { return fine() };
    let config = match after.get("deployment_config_name").name() {
        Field::Known(config) => config,
        Field::Null => return fine(),
        Field::Unknown => return cannot_tell("The plan does not know the deployment configuration of the group."),
    };
    if !config.judged().contains("Canary") && !config.judged().contains("Linear") && !is_gradual(&config, scene) {
        return fine();
    }
    // The rules of the listener that forward to the pair are what CodeDeploy shifts, and the default action if that does.
    let pair = pair(after);
    let mut routes = Vec::new();
    for listener in listeners(after) {
        if let Some(live) = scene.facts.listener(Question::Listener(listener))? {
            let is_shifted = |route: &&RouteFacts| {
                let mut groups = route.groups.iter().map(|group| short(&group.arn));
                route.groups.len() > 1 && groups.any(|name| pair.iter().any(|of_pair| of_pair == name))
            };
            routes.extend(live.routes.iter().filter(is_shifted).map(|route| route.arn.clone()));
        }
    }
    every(routes.iter().map(String::as_str), &config.to_string(), scene)
}

/// True for a configuration of the plan, or of its prior state, that shifts in steps.
fn is_gradual(config: &Text, scene: &Scene<'_>) -> bool {
    let kind = "aws_codedeploy_deployment_config";
    let mut planned = scene.plan.of_kind(kind).filter_map(|change| change.after());
    let by_plan = planned.any(|after| {
        let is_it = after.get("deployment_config_name").name().known().is_some_and(|it| it.judged() == config.judged());
        let routing = after.block("traffic_routing_config").known();
        let how = routing.and_then(|routing| routing.get("type").name().known());
        is_it && how.is_some_and(|how| how.judged().starts_with("TimeBased"))
    });
    let mut prior = scene.plan.prior.iter().filter(|prior| prior.kind == kind);
    by_plan
        || prior.any(|prior| {
            let text = |value: Option<&serde_json::Value>| value.and_then(serde_json::Value::as_str).map(str::to_owned);
            let name = text(prior.values.get("deployment_config_name"));
            let how = text(prior.values.pointer("/traffic_routing_config/0/type"));
            name.as_deref() == Some(config.judged()) && how.is_some_and(|how| how.starts_with("TimeBased"))
        })
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

fn every<'t>(routes: impl Iterator<Item = &'t str>, how: &str, scene: &Scene<'_>) -> Verdict {
    for arn in routes {
        let planned = scene.plan.changes.iter().find(|change| change.arn().as_deref() == Some(arn));
        if let Some((change, after)) = planned.and_then(|change| Some((change, change.after()?))) {
            if sticky(change, after) || Route::new(&change.kind, after).forwarding() == Field::Null {
                return fine();
            }
            if change.writes(Route::new(&change.kind, after).key()) {
                return found(how, arn).alone();
            }
        }
        if let Some(live) = scene.facts.route(Question::Route(arn.to_owned()))?
            && !live.sticky
            && live.groups.len() > 1
        {
            return found(how, arn).alone();
        }
    }
    fine()
}

fn sticky(change: &Change, after: Node<'_>) -> bool {
    Route::new(&change.kind, after).is_sticky()
}

fn found(how: &str, route: &str) -> Found {
    let message =
        format!("Traffic shifts gradually ({how}), and {} does not keep a user on one version.", short(route));
    Found::warning(message)
        .fact("Route", route)
        .fix("stickiness { enabled = true, duration = 600 } in the forward of the production rule.")
        .fix("Or put assets whose names carry a hash on S3 or a CDN.")
}
