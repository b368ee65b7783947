//! Listeners and rules: actions that a blue/green deployment does not get along with, and names of what is not there.

use super::entries::{are_touched, missing_groups};
use super::production::alone;
use crate::guard::facts::Question;
use crate::guard::plan::{Action, Change, Field, Forwarding, Route};
use crate::guard::rules::Verdict;
use crate::guard::rules::scene::{Found, Outcome, Scene, fine, gather, short};

/// An action beside the forward on the production or test rule of a blue/green service that ECS deploys: its next deployment
/// fails (ECS developer guide, blue/green prerequisites: forward actions only).
pub fn mixed_actions(change: &Change, scene: &Scene<'_>) -> Verdict {
    let (Action::Update, Some(after), Some(arn)) = (&change.action, change.after(), change.arn()) else {
        return fine();
    };
    let route = Route::new(&change.kind, after);
    let kinds = route.action_types();
    if route.ends().len() > 1 {
        return fine();
    }
    if !change.writes(route.key()) || kinds.len() < 2 || !kinds.iter().any(|kind| kind == "forward") {
        return fine();
    }
    let Some(live) = scene.facts.route(Question::Route(arn.clone()))? else { return fine() };
    let owners = scene.services_with(live.groups.iter().map(|group| group.arn.as_str()))?;
    // A service that is deployed in the same apply says it itself.
    let is_deployed = |service: &str| scene.planned(service).any(are_touched);
    let mut outcomes = Vec::new();
    for live in scene.live(owners.into_iter().filter(|service| !is_deployed(service)))? {
        let role = match live {
            _ if live.controller != "ECS" || live.strategy == "ROLLING" => continue,
            _ if live.production_routes.contains(&arn) => "production",
            _ if live.test_routes.contains(&arn) => "test",
            _ => continue,
        };
        let message = format!(
            "The {role} rule of service {} would have {} actions: ECS only takes a single forward, and its next deployment \
             fails.",
            short(&live.arn),
            kinds.join(" and ")
        );
        let found = Found::error(message).fact("Service", &live.arn).fact("Rule", &arn);
        outcomes.push(Outcome::Finding(found.fix(alone(&kinds))));
    }
    Ok(outcomes)
}

/// More than one action that ends the request (CreateRule: exactly one of forward, redirect and fixed-response, the last).
pub fn two_ends(change: &Change, _: &Scene<'_>) -> Verdict {
    let Some(after) = change.after() else { return fine() };
    let route = Route::new(&change.kind, after);
    let ends = route.ends();
    if ends.len() < 2 || !(change.action.creates() || change.writes(route.key())) {
        return fine();
    }
    let what = what(change);
    let message = format!(
        "The {what} would have {} actions: Elastic Load Balancing takes one of them, the last, and refuses this. Nothing \
         moves.",
        ends.join(" and ")
    );
    Found::error(message).fix("Keep the one that is meant; the others need a rule of their own.").alone()
}

/// A rule on a listener, or a forward to a target group, that is not there: Elastic Load Balancing refuses it.
pub fn of_nothing(change: &Change, scene: &Scene<'_>) -> Verdict {
    let Some(after) = change.after() else { return fine() };
    let route = Route::new(&change.kind, after);
    if !change.action.creates() && !change.writes(route.key()) {
        return fine();
    }
    let what = what(change);
    let groups = || {
        let Field::Known(Forwarding::Groups(shares)) = route.forwarding() else { return fine() };
        let known: Vec<&str> = shares.iter().filter_map(|share| Some(share.arn.as_ref().known()?.judged())).collect();
        Ok(missing_groups(known, scene)?.map_or_else(Vec::new, |(names, arns)| {
            let message = format!("{names} does not exist: Elastic Load Balancing refuses the {what}.");
            let way = "Take the ARN from the target group itself: aws_lb_target_group.NAME.arn";
            vec![Outcome::Finding(Found::error(message).fact("Target group", arns).fix(way))]
        }))
    };
    let listener = || {
        let Field::Known(arn) = after.get("listener_arn").name() else { return fine() };
        if !change.action.creates() || scene.facts.listener(Question::Listener(arn.judged().to_owned()))?.is_some() {
            return fine();
        }
        let message = "The listener of the rule does not exist: Elastic Load Balancing refuses the rule.";
        Found::error(message).fact("Listener", &arn).fix("listener_arn = aws_lb_listener.NAME.arn").alone()
    };
    let balancer = || {
        let Field::Known(arn) = after.get("load_balancer_arn").name() else { return fine() };
        if !change.action.creates() || scene.facts.exists(Question::Exists(arn.judged().to_owned()))? {
            return fine();
        }
        let message = "The load balancer of the listener does not exist: Elastic Load Balancing refuses the listener.";
        Found::error(message).fact("Load balancer", &arn).fix("load_balancer_arn = aws_lb.NAME.arn").alone()
    };
    gather([groups(), listener(), balancer()])
}

fn what(route: &Change) -> &'static str {
    if route.kind == "aws_lb_listener" { "listener" } else { "rule" }
}
