//! `update-will-be-refused`: AWS or the provider refuses the change during apply, half-way through.

use super::definitions::{Planned, containers, deploys, writes_more_than_tags};
use super::scene::{Found, Outcome, Scene, cannot_tell, fine, gather, short};
use super::{Rule, Verdict};
use crate::guard::facts::Question;
use crate::guard::outcome::Severity;
use crate::guard::plan::{Action, Change, Entry, Field, Forwarding, GroupShare, HIDDEN, Route, Service};
use std::collections::BTreeSet;

/// The rule.
pub static RULE: Rule = Rule {
    id: "update-will-be-refused",
    title: "The apply will fail at this resource",
    severity: Severity::Error,
    why: "Under CODE_DEPLOY and EXTERNAL, UpdateService refuses whatever belongs to a deployment (network, task definition, \
          load balancer, platform version, capacity providers, a forced deployment), and blue/green configurations that do \
          not fit together are refused or rolled back by ECS. The plan looks fine; the apply stops half-way, with other \
          resources already changed.",
    fix: "Let the deployment tool make the change (a CodeDeploy deployment takes network and platform in its AppSpec), feed \
          the attribute from what is configured so that the plan writes nothing, or migrate the controller first.",
    needs: &["ecs:DescribeServices", "ecs:DescribeTaskDefinition", "elasticloadbalancing:DescribeRules"],
    judge,
};

pub fn judge(change: &Change, scene: &Scene<'_>) -> Verdict {
    if matches!(change.kind.as_str(), "aws_lb_listener" | "aws_lb_listener_rule") {
        return mixed_actions(change, scene);
    }
    if change.kind != "aws_ecs_service" || !(change.action == Action::Update || change.action.creates()) {
        return fine();
    }
    let Some(after) = change.after().map(Service) else { return fine() };
    let Field::Known(controller) = after.controller() else {
        return cannot_tell("The plan does not know the deployment controller of the service.");
    };
    let mut outcomes = Vec::new();
    if change.action == Action::Update {
        outcomes.extend(by_controller(change, after, &controller).map(Outcome::Finding));
    }
    if after.is_on("wait_for_steady_state") && controller != "ECS" {
        outcomes.push(Outcome::Finding(
            Found::error(format!(
                "wait_for_steady_state never ends under {controller}: the apply waits until it times out."
            ))
            .fact("Deployment controller", &controller)
            .fix("Set wait_for_steady_state = false (hashicorp/aws#29252)."),
        ));
    }
    gather([Ok(outcomes), entries(change, after, &controller, scene), retired(change, &controller, scene)])
}

/// A deployment of the revision that is configured, which is INACTIVE: tasks that run stay, new ones cannot start.
fn retired(change: &Change, controller: &str, scene: &Scene<'_>) -> Verdict {
    let anew = change.action == Action::Update && controller == "ECS" && !change.writes("task_definition");
    if !anew || !deploys(change) {
        return fine();
    }
    let Some(live) = scene.service(change)? else { return fine() };
    let Some(configured) = &live.configured else { return fine() };
    match scene.facts.definition(Question::Definition(configured.clone()))? {
        Some(definition) if definition.status == "INACTIVE" => Found::error(format!(
            "The update deploys {} anew, and that revision is INACTIVE: ECS starts no new deployment of it.",
            short(configured)
        ))
        .fact("Task definition", configured)
        .fact("Service", &live.arn)
        .fix("Register a new revision and let the service go to it in the same apply.")
        .alone(),
        _ => fine(),
    }
}

/// An action beside the forward on the production rule of a blue/green service that ECS deploys: its next deployment fails
/// (ECS developer guide, blue/green prerequisites: forward actions only).
fn mixed_actions(change: &Change, scene: &Scene<'_>) -> Verdict {
    let (Action::Update, Some(after), Some(arn)) = (&change.action, change.after(), change.arn()) else {
        return fine();
    };
    let route = Route::new(&change.kind, after);
    let kinds = route.action_types();
    if !change.writes(route.key()) || kinds.len() < 2 || !kinds.iter().any(|kind| kind == "forward") {
        return fine();
    }
    let Some(live) = scene.facts.route(Question::Route(arn.clone()))? else { return fine() };
    let owners = scene.owners(live.groups.iter().map(|group| group.arn.as_str()))?;
    let owners: BTreeSet<&str> = owners.into_iter().map(|owner| owner.service.as_str()).collect();
    // A service that is deployed in the same apply says it itself.
    let is_deployed = |service: &str| {
        let mut services = scene.plan.of_kind("aws_ecs_service");
        services.any(|change| change.arn().as_deref() == Some(service) && touches_entries(change))
    };
    let mut outcomes = Vec::new();
    for live in scene.live(owners.into_iter().filter(|service| !is_deployed(service)))? {
        if live.controller == "ECS" && live.strategy != "ROLLING" && live.production_routes.contains(&arn) {
            let message = format!(
                "The production rule of service {} would have {} actions: ECS only takes a single forward, and its next \
                 deployment fails.",
                short(&live.arn),
                kinds.join(" and ")
            );
            let found = Found::error(message).fact("Service", &live.arn).fact("Rule", &arn);
            outcomes.push(Outcome::Finding(found.fix("Put the authentication or redirect on another rule.")));
        }
    }
    Ok(outcomes)
}

/// What UpdateService refuses under a controller that ECS does not deploy for.
fn by_controller(change: &Change, after: Service<'_>, controller: &str) -> Option<Found> {
    let refused: &[&str] = match controller {
        "CODE_DEPLOY" => &[
            "task_definition",
            "network_configuration",
            "load_balancer",
            "platform_version",
            "capacity_provider_strategy",
        ],
        "EXTERNAL" => &["task_definition", "network_configuration", "load_balancer", "platform_version"],
        _ => return None,
    };
    let written: Vec<&str> = refused.iter().copied().filter(|key| change.writes(key)).collect();
    let forced =
        after.is_on("force_new_deployment") && (writes_more_than_tags(change) || change.writes("force_new_deployment"));
    let who = if controller == "CODE_DEPLOY" { "AWS CodeDeploy deploys" } else { "an external controller deploys" };
    let way = if controller == "CODE_DEPLOY" {
        "Make it by a CodeDeploy deployment: the AppSpec takes TaskDefinition, LoadBalancerInfo, PlatformVersion, \
         NetworkConfiguration and CapacityProviderStrategy."
    } else {
        "Make it in a new task set: these belong to the set, not to the service."
    };
    if !written.is_empty() {
        let message =
            format!("ECS refuses this update: {} cannot be changed on a service that {who}.", written.join(", "));
        let feed = "Feed the attribute from what is configured (data \"ecslive_service\"), or ignore_changes, so that the plan \
                    writes nothing.";
        let found =
            Found::error(message).fact("Attributes", written.join(", ")).fact("Deployment controller", controller);
        let found = found.fix(way).fix(feed);
        let migrate =
            "hashicorp/aws 6 migrates CODE_DEPLOY to ECS blue/green in place: then Terraform may change them.";
        return Some(if controller == "CODE_DEPLOY" { found.fix(migrate) } else { found });
    }
    if forced {
        let message = format!(
            "ECS refuses this update: force_new_deployment = true goes along with any other change, and {who} this service."
        );
        let found = Found::error(message).fact("Deployment controller", controller);
        return Some(found.fix("Remove force_new_deployment from the code.").fix(way));
    }
    if change.writes("propagate_tags") && controller == "CODE_DEPLOY" {
        let message = "propagate_tags alone is accepted; tasks that run keep their tags until they are replaced.";
        return Some(Found::note(message).fact("Deployment controller", controller));
    }
    None
}

/// True when the change makes ECS look at the load balancer entries.
fn touches_entries(change: &Change) -> bool {
    let touched = ["load_balancer", "deployment_configuration", "deployment_controller", "task_definition"];
    change.action.creates() || touched.iter().any(|key| change.writes(key))
}

/// Load balancer entries that do not fit together, or that the task definition does not have.
fn entries(change: &Change, after: Service<'_>, controller: &str, scene: &Scene<'_>) -> Verdict {
    if !touches_entries(change) {
        return fine();
    }
    let Field::Known(entries) = after.entries() else {
        return cannot_tell("The plan does not know the load_balancer blocks: they are known only after apply.");
    };
    let strategy = after.strategy().known().unwrap_or_default();
    let native = if controller == "ECS" && strategy != "ROLLING" { native(&entries, scene) } else { fine() };
    gather([native, missing_container(change, &entries, scene)])
}

fn native(entries: &[Entry], scene: &Scene<'_>) -> Verdict {
    let mut outcomes = Vec::new();
    let mut fires = |message: String, way: &str| outcomes.push(Outcome::Finding(Found::error(message).fix(way)));
    let advanced = entries.iter().filter(|entry| entry.is_advanced).count();
    if advanced > 0 && advanced < entries.len() {
        fires(
            format!(
                "{advanced} of {} load_balancer blocks have an advanced_configuration: ECS wants it on all or none.",
                entries.len()
            ),
            "Give every load_balancer block its alternate target group and production rule.",
        );
    }
    for entry in entries.iter().filter(|entry| entry.is_advanced) {
        if let (Field::Known(group), Field::Known(alternate)) = (&entry.group, &entry.alternate)
            && group.judged() == alternate.judged()
        {
            fires(
                format!("The target group and its alternate are both {}.", group.part(short(group.judged()))),
                "Give the pair two different target groups.",
            );
        }
        let Field::Known(production) = &entry.production else { continue };
        let arn = production.judged();
        if entry.test.as_ref().known().is_some_and(|test| test.judged() == arn) {
            fires(
                "The production rule is also the test rule.".to_owned(),
                "Make a test rule of its own, or leave it out.",
            );
        }
        if arn.contains(":listener/app/") {
            fires(
                "production_listener_rule holds the ARN of a listener of an Application Load Balancer: ECS wants a rule.".to_owned(),
                "Give the ARN of the listener rule; of the default action it is the rule that `describe-rules` calls default.",
            );
        }
        if arn.contains(":listener-rule/net/") {
            fires(
                "production_listener_rule holds a rule of a Network Load Balancer: ECS wants the listener.".to_owned(),
                "Give the ARN of the listener.",
            );
        }
    }
    let asked = entries.iter().filter(|entry| entry.is_advanced);
    let asked = asked.flat_map(|entry| [production_rule(entry, scene), unused_group(entry, scene)]);
    gather(std::iter::once(Ok(outcomes)).chain(asked.collect::<Vec<_>>()))
}

/// AWS documents that both groups have to be in the production rule; a first deployment has been accepted without.
fn unused_group(entry: &Entry, scene: &Scene<'_>) -> Verdict {
    for group in entry.groups() {
        match scene.facts.group(Question::Group(group.to_owned()))? {
            Some(facts) if facts.used_by.is_empty() => {
                let message = format!("Target group {} of the pair is in no listener rule yet.", short(group));
                let way =
                    "Name both groups in the production rule, one with weight 0: AWS documents that it has to be so.";
                return Found::note(message).fact("Target group", group).fix(way).alone();
            }
            _ => {}
        }
    }
    fine()
}

/// A planned or live production rule that ECS rolls a deployment back for.
fn production_rule(entry: &Entry, scene: &Scene<'_>) -> Verdict {
    let Some(arn) = entry.production.as_ref().known() else { return fine() };
    let own: Vec<&str> = entry.groups().collect();
    let planned = scene.plan.changes.iter().find(|change| {
        change.arn().as_deref() == Some(arn.judged())
            && change.after().is_some_and(|after| change.writes(Route::new(&change.kind, after).key()))
    });
    let mut hidden = false;
    let (weights, kinds): (Vec<(String, i64)>, Vec<String>) =
        match planned.and_then(|change| change.after().map(|after| (change, after))) {
            Some((change, after)) => {
                let route = Route::new(&change.kind, after);
                let Field::Known(Forwarding::Groups(shares)) = route.forwarding() else { return fine() };
                hidden = shares.iter().any(|share| share.is_hidden);
                let weight = |share: &GroupShare| Some((share.arn.as_ref().known()?.judged().to_owned(), share.weight));
                (shares.iter().filter_map(weight).collect(), route.action_types())
            }
            None => match scene.facts.route(Question::Route(arn.judged().to_owned()))? {
                Some(route) => {
                    let weights = route.groups.iter().map(|group| (group.arn.clone(), group.weight)).collect();
                    (weights, route.other.iter().cloned().collect())
                }
                None => {
                    let message = "The production rule of the service does not exist: ECS refuses it.";
                    let way = "production_listener_rule = aws_lb_listener_rule.NAME.arn";
                    return Found::error(message).fact("Rule", arn).fix(way).alone();
                }
            },
        };
    let mut outcomes = Vec::new();
    let heavy: Vec<&(String, i64)> = weights.iter().filter(|(_, weight)| *weight > 0).collect();
    let foreign = heavy.iter().find(|(group, _)| !own.contains(&group.as_str()) && own.len() == 2);
    let mut fires = |message: String, way: &str| {
        outcomes.push(Outcome::Finding(Found::error(message).fact("Rule", arn).fix(way)));
    };
    if let Some((group, weight)) = foreign {
        let weight = if hidden { HIDDEN.to_owned() } else { weight.to_string() };
        fires(
            format!(
                "The production rule gives weight {weight} to {}, which is none of the service's two groups.",
                short(group)
            ),
            "Leave only the pair in the production rule, or a foreign group with weight 0.",
        );
    } else if heavy.len() > 1 {
        fires(
            "The production rule gives weight to both groups: a blue/green deployment has to start from one side."
                .to_owned(),
            "Give the live group 100 and the other 0.",
        );
    }
    if kinds.len() > 1 {
        fires(
            format!("The production rule mixes {} actions: ECS only takes a single forward.", kinds.join(" and ")),
            "Put the authentication or redirect on another rule.",
        );
    }
    Ok(outcomes)
}

/// A container or port that the task definition does not have.
fn missing_container(change: &Change, entries: &[Entry], scene: &Scene<'_>) -> Verdict {
    let planned = scene.planned_definition(change, None);
    let hidden = matches!(&planned, Planned::New(registered) if is_sensitive(registered));
    let known: Vec<(String, Vec<i64>)> = match &planned {
        Planned::New(registered) => match containers(registered) {
            Field::Known(list) => list.into_iter().map(|one| (one.name.judged().to_owned(), one.ports)).collect(),
            _ => return fine(),
        },
        Planned::Unknown | Planned::Nothing => return fine(),
        _ if !change.writes("task_definition") && !change.writes("load_balancer") && !change.action.creates() => {
            return fine();
        }
        other => match scene.live_definition(other, change)? {
            Some(facts) => facts.containers.iter().map(|one| (one.name.clone(), one.ports.clone())).collect(),
            None => return fine(),
        },
    };
    let mut outcomes = Vec::new();
    for entry in entries {
        let (Field::Known(name), port) = (&entry.container, entry.port.as_ref().known()) else { continue };
        let wrong = match (known.iter().find(|(container, _)| container == name.judged()), port) {
            (None, _) => {
                format!("The load balancer entry names container {name}, which the task definition does not have.")
            }
            (Some((_, ports)), Some(port)) if !ports.contains(port) => {
                format!(
                    "The load balancer entry names port {port} of container {name}, which the task definition does not open."
                )
            }
            _ => continue,
        };
        let names = known.iter().map(|(name, ports)| format!("{name} {ports:?}")).collect::<Vec<_>>().join(", ");
        let names = if hidden { "(sensitive value)" } else { &names };
        let found = Found::error(wrong).fact("Containers", names);
        outcomes.push(Outcome::Finding(found.fix("Use a container name and containerPort of the task definition.")));
    }
    Ok(outcomes)
}

fn is_sensitive(registered: &Change) -> bool {
    let list = containers(registered).known().unwrap_or_default();
    list.iter().any(|container| container.name.is_sensitive())
}
