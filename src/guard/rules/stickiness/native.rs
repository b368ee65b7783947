//! Services that ECS shifts in steps: LINEAR and CANARY.

use super::{every, found, made};
use crate::guard::plan::{Change, Field, HIDDEN, Service, Text};
use crate::guard::rules::Verdict;
use crate::guard::rules::scene::{Outcome, Scene, cannot_tell, fine, short};

fn is_gradual(strategy: &str) -> bool {
    matches!(strategy, "LINEAR" | "CANARY")
}

/// True when the rule looks at the whole service.
fn is_touched(change: &Change) -> bool {
    change.action.creates() || ["deployment_configuration", "load_balancer"].iter().any(|key| change.writes(key))
}

/// A service that is to shift in steps.
pub fn service(change: &Change, scene: &Scene<'_>) -> Verdict {
    if !is_touched(change) {
        return fine();
    }
    let Some(after) = change.after().map(Service) else { return fine() };
    let Field::Known(strategy) = after.strategy() else { return fine() };
    if !is_gradual(&strategy) {
        return fine();
    }
    let is_hidden = after.0.get("deployment_configuration").holds_sensitive();
    let strategy = if is_hidden { HIDDEN.to_owned() } else { strategy };
    let entries = after.entries();
    let is_unknown = match &entries {
        Field::Known(entries) => entries.iter().any(|entry| entry.production.is_unknown()),
        entries => entries.is_unknown(),
    };
    let entries = entries.known().unwrap_or_default();
    let routes: Vec<Text> = entries.into_iter().filter_map(|entry| entry.production.known()).collect();
    if !is_unknown {
        return every(routes.iter().map(Text::judged), &strategy, scene);
    }
    let path = ["load_balancer", "advanced_configuration", "production_listener_rule"];
    let sources = scene.plan.sources(change, &path);
    let is_route = |route: &&Change| route.kind.starts_with("aws_lb_listener");
    let planned: Vec<&Change> = sources.into_iter().filter(is_route).collect();
    if let Some(route) = made(planned.iter().copied()) {
        return found(&strategy, &route.address).alone();
    }
    // A dynamic block hides which rule it is: that only matters when one of them keeps nobody.
    if planned.is_empty() && made(scene.plan.changes.iter().filter(is_route)).is_some() {
        return cannot_tell("The plan does not say which listener rule is the production rule of the service.");
    }
    every(routes.iter().map(Text::judged), &strategy, scene)
}

/// The production rule of a service that shifts in steps, which stops to keep clients on their group.
pub fn route(change: &Change, scene: &Scene<'_>) -> Verdict {
    let Some(arn) = change.arn() else { return fine() };
    let Some(live) = scene.facts.route(crate::guard::facts::Question::Route(arn.clone()))? else { return fine() };
    let owners = scene.services_with(live.groups.iter().map(|group| group.arn.as_str()))?;
    let mut outcomes = Vec::new();
    for service in scene.live(owners)? {
        let planned = scene.planned(&service.arn).next();
        // What becomes of such a service is said there.
        if planned.is_some_and(|planned| is_touched(planned) || planned.action.destroys()) {
            continue;
        }
        if service.controller == "ECS" && is_gradual(&service.strategy) && service.production_routes.contains(&arn) {
            let how = format!("{} of service {}", service.strategy, short(&service.arn));
            outcomes.push(Outcome::Finding(found(&how, &arn)));
        }
    }
    Ok(outcomes)
}
