//! `gradual-shift-without-stickiness`: users meet both versions in one visit.

use super::scene::{Found, Scene, cannot_tell, fine, short};
use super::{Rule, Verdict};
use crate::guard::facts::Question;
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
    if !config.judged().contains("Canary") && !config.judged().contains("Linear") {
        return fine();
    }
    let listeners = listeners(after);
    every(listeners.iter().map(String::as_str), &config.to_string(), scene)
}

/// The production listeners of a deployment group.
pub fn listeners(group: Node<'_>) -> Vec<String> {
    let pair = group.block("load_balancer_info").known().and_then(|info| info.block("target_group_pair_info").known());
    let route = pair.and_then(|pair| pair.block("prod_traffic_route").known());
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
