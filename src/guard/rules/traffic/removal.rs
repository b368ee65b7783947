//! Listeners, rules, target groups and load balancers that are destroyed or replaced.

use super::super::scene::{Found, Outcome, Scene, Verdict, fine, short};
use super::super::serving::{Destination, is_rule_of, listener_of};
use super::{each, lost};
use crate::guard::facts::{Question, RouteFacts, ServiceFacts, Untold};
use crate::guard::plan::{Action, Change};

/// The attribute that forces a replacement, for a message.
pub fn forced_by(change: &Change) -> String {
    match change.replace_paths.as_slice() {
        [] => String::new(),
        paths => format!(" ({} forces the replacement)", paths.join(", ")),
    }
}

fn verb(change: &Change) -> String {
    match change.action {
        Action::Delete => "would be destroyed".to_owned(),
        _ => format!("would be replaced{}", forced_by(change)),
    }
}

pub fn route(change: &Change, scene: &Scene<'_>) -> Verdict {
    let Some(arn) = change.arn() else { return fine() };
    let is_rule = change.kind == "aws_lb_listener_rule";
    let Some(live) = scene.facts.listener(Question::Listener(listener_of(&arn)))? else { return fine() };
    let groups = live.routes.iter().flat_map(|route| &route.groups).map(|group| Question::Group(group.arn.clone()));
    scene.facts.ahead(groups.collect::<Vec<_>>());
    let mut outcomes = Vec::new();
    for gone in live.routes.iter().filter(|route| !is_rule || route.arn == arn) {
        let now = Destination::of_route(gone);
        let then = if is_rule { next(&live.routes, gone) } else { Destination::Nothing };
        let what = if is_rule { "rule" } else { "listener" };
        let opening = format!("The {what} {}.", verb(change));
        let told = outcomes.len();
        for loss in each(scene.losses(&gone.arn, &now, &then), &mut outcomes)? {
            outcomes.push(lost(change, &loss, &opening, (&now, &then)));
        }
        if outcomes.len() == told {
            outcomes.extend(named(change, scene, gone, &opening, (&now, &then))?);
        }
    }
    Ok(outcomes)
}

/// A route through which its service gets nothing now, and which its deployments need all the same.
fn named(
    change: &Change,
    scene: &Scene<'_>,
    gone: &RouteFacts,
    opening: &str,
    (now, then): (&Destination, &Destination),
) -> Verdict {
    let owners = scene.services_with(now.shares().into_iter().filter_map(|(group, _)| group))?;
    let services = scene.live(owners)?.into_iter().filter(|live| !scene.goes_away(&live.arn));
    let one = |live: &ServiceFacts| {
        let names = |routes: &[String]| routes.iter().any(|route| *route == gone.arn || is_rule_of(&gone.arn, route));
        let is_production = names(&live.production_routes);
        if !is_production && !live.test_routes.contains(&gone.arn) {
            return None;
        }
        let reaches = |to: &Destination| {
            let serves = |group: &str| live.serving.iter().any(|serving| serving == group);
            to.shares().iter().any(|(group, share)| *share > 0 && group.is_some_and(serves))
        };
        let service = short(&live.arn);
        let serving = live.serving.iter().map(|group| short(group)).collect::<Vec<_>>().join(", ");
        let is_wrong = is_production && !serving.is_empty() && !reaches(now);
        let found = if is_wrong && !reaches(then) && change.action == Action::Delete {
            Found::error(format!(
                "{opening} It carries the production requests of service {service} and stands on the wrong side already: \
                 {service} serves from {serving}. Without it no rule leads to {serving}.",
            ))
            .fact("Live target group", live.serving.join(", "))
            .fix(format!("Keep it, and let it forward to {serving}: what users see is broken now."))
        } else if live.controller == "ECS" && !scene.planned(&live.arn).any(|change| change.writes("load_balancer")) {
            let use_ = if is_production { "production" } else { "test" };
            let kind = if gone.arn.contains(":listener/") { "listener" } else { "rule" };
            Found::warning(format!(
                "{opening} Service {service} names it as its {use_} {kind}: its next deployment fails without it.",
            ))
            .fix(format!("Keep it, or let the service name another {use_} {kind} in the same apply."))
        } else {
            return None;
        };
        let found = found.fact("Service", &live.arn).fact("Weights now", now.describe());
        Some(Outcome::Finding(found))
    };
    Ok(services.filter_map(one).collect())
}

/// Where requests go when a rule is gone: the next one that takes them all.
fn next(routes: &[RouteFacts], gone: &RouteFacts) -> Destination {
    let later = routes.iter().filter(|route| {
        route.arn != gone.arn
            && route.priority.unwrap_or(i64::MAX) >= gone.priority.unwrap_or(i64::MAX)
            && super::conditions::covers(&route.conditions, &gone.conditions)
    });
    let first = later.min_by_key(|route| route.priority.unwrap_or(i64::MAX));
    first.map_or(Destination::Nothing, Destination::of_route)
}

pub fn group(change: &Change, scene: &Scene<'_>) -> Verdict {
    let Some(arn) = change.arn() else { return fine() };
    let Some(live) = scene.facts.group(Question::Group(arn.clone()))? else { return fine() };
    let serving = match scene.serving(&arn, "") {
        Ok(serving) => serving,
        Err(Untold::Because(_)) => live.owners.iter().map(|owner| owner.service.clone()).collect(),
        Err(untold) => return Err(untold),
    };
    let serving: Vec<String> = serving.into_iter().filter(|service| !scene.goes_away(service)).collect();
    let verb = verb(change);
    let name = short(&arn);
    let keep = match change.action {
        Action::Delete => "Keep the group until a deployment has moved the service to another one.",
        _ => {
            "Keep the attribute as it is, or make a third target group beside the pair and move to it by a deployment."
        }
    };
    if let Some(service) = serving.first() {
        let anew = match change.action {
            Action::Delete => "",
            _ => " A new group has no targets until the service is deployed into it.",
        };
        let message = format!(
            "Target group {name} {verb}, and the tasks of service {} that serve now are registered in it.{anew}",
            short(service)
        );
        let found = Found::error(message).fact("Service", service).fact("Target group", &arn);
        return found.fact("Used by", live.used_by.join(", ")).fix(keep).alone();
    }
    let still_used: Vec<&str> =
        live.used_by.iter().map(String::as_str).filter(|route| !is_removed(scene, route)).collect();
    if still_used.is_empty() {
        return fine();
    }
    let message = format!(
        "Target group {name} {verb} while a listener or rule names it. AWS refuses to delete it, at any weight \
         (ResourceInUse); Terraform tries for two minutes and stops half-way, with what comes before it already changed.",
    );
    let found = Found::error(message).fact("Target group", &arn).fact("Used by", still_used.join(", "));
    let found =
        found.fix("Take the group out of the listener or rule in an apply of its own, then delete it in the next.");
    match change.action {
        Action::Delete => found.alone(),
        _ => found.fix("Or keep the attribute that forces the replacement as it is.").alone(),
    }
}

/// True when the plan destroys the route before the group: then nothing is in the way.
fn is_removed(scene: &Scene<'_>, route: &str) -> bool {
    let gone = |change: &Change| {
        let Some(arn) = change.arn().filter(|_| change.action.destroys()) else { return false };
        arn == route || is_rule_of(route, &arn)
    };
    let mut routes = scene.plan.changes.iter().filter(|change| change.kind.starts_with("aws_lb_listener"));
    routes.any(gone)
}

pub fn load_balancer(change: &Change, scene: &Scene<'_>) -> Verdict {
    let Some(arn) = change.arn() else { return fine() };
    let Some(live) = scene.facts.load_balancer(Question::LoadBalancer(arn.clone()))? else { return fine() };
    let services: Vec<&str> =
        live.services.iter().map(String::as_str).filter(|service| !scene.goes_away(service)).collect();
    if services.is_empty() {
        return fine();
    }
    let names = services.iter().map(|service| short(service)).collect::<Vec<_>>().join(", ");
    let message = format!(
        "The load balancer {}. It is what users of {names} reach: its address and its listeners go with it.",
        verb(change)
    );
    let found = Found::error(message).fact("Load balancer", &arn).fact("Services", services.join(", "));
    found.fix("Make the new load balancer beside the old one, attach the services to both, move the DNS name, then delete.").alone()
}
