//! `deployment-in-progress`: the plan touches a service while it is being deployed.

use super::definitions::deploys;
use super::scene::{Found, Outcome, Scene, fine, short};
use super::traffic::overtaken;
use super::{Rule, Verdict};
use crate::guard::facts::{DeploymentFacts, Question, RouteFacts, ServiceFacts, Untold};
use crate::guard::outcome::Severity;
use crate::guard::plan::{Action, Change, Route};
use std::collections::BTreeSet;
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

/// The rule.
pub static RULE: Rule = Rule {
    id: "deployment-in-progress",
    title: "A deployment is under way",
    severity: Severity::Error,
    why: "An apply in the middle of a deployment stops it or moves what it is moving: a new task definition supersedes the \
          one that bakes, and a write to the listener undoes a shift. A bake time may last a day, a pause two weeks, so it \
          is not enough to look at the clock.",
    fix: "Wait until the deployment has ended (`ecslive resolve --watch` shows it), continue or stop it, then plan again.",
    needs: &[
        "ecs:DescribeServices",
        "ecs:DescribeServiceDeployments",
        "codedeploy:BatchGetDeployments",
        "elasticloadbalancing:DescribeListeners",
        "elasticloadbalancing:DescribeRules",
        "elasticloadbalancing:DescribeTargetGroups",
    ],
    judge,
};

fn judge(change: &Change, scene: &Scene<'_>) -> Verdict {
    match (change.kind.as_str(), &change.action) {
        ("aws_ecs_service", Action::Update | Action::Replace { .. } | Action::Delete) => service(change, scene),
        ("aws_lb_listener" | "aws_lb_listener_rule" | "aws_lb_target_group" | "aws_lb", _) => traffic(change, scene),
        _ => fine(),
    }
}

fn service(change: &Change, scene: &Scene<'_>) -> Verdict {
    let Some(live) = scene.service(change)? else { return fine() };
    let touches = change.action != Action::Update || deploys(change) || change.writes("deployment_configuration");
    let harmless = "The change does not disturb it (it starts no deployment).";
    Ok(found(live, touches, harmless).map(Outcome::Finding).into_iter().collect())
}

/// Everything in front of the tasks, changed, destroyed or made.
fn traffic(change: &Change, scene: &Scene<'_>) -> Verdict {
    let services = match touched(change, scene)? {
        Touched::Services(services) => services,
        Touched::Groups(groups) => {
            let owners = scene.owners(groups.iter().map(String::as_str))?;
            owners.into_iter().map(|owner| owner.service.clone()).collect()
        }
    };
    let staying = services.iter().filter(|service| !scene.goes_away(service));
    let live = scene.live(staying.map(String::as_str))?;
    Ok(live.into_iter().filter_map(|live| found(live, true, "").map(Outcome::Finding)).collect())
}

/// Whose traffic a change touches.
enum Touched {
    Services(BTreeSet<String>),
    Groups(BTreeSet<String>),
}

fn touched(change: &Change, scene: &Scene<'_>) -> Result<Touched, Untold> {
    let nothing = || Touched::Groups(BTreeSet::new());
    let is_rule = change.kind == "aws_lb_listener_rule";
    let arn = match change.arn() {
        Some(arn) => arn,
        None if is_rule && change.action.creates() => String::new(),
        None => return Ok(nothing()),
    };
    let destroys = change.action.destroys();
    let groups = |routes: &mut dyn Iterator<Item = &RouteFacts>| {
        Touched::Groups(routes.flat_map(|route| &route.groups).map(|group| group.arn.clone()).collect())
    };
    match change.kind.as_str() {
        "aws_lb" if destroys => {
            let live = scene.facts.load_balancer(Question::LoadBalancer(arn))?;
            Ok(Touched::Services(live.into_iter().flat_map(|live| live.services.iter().cloned()).collect()))
        }
        "aws_lb_target_group" if destroys => Ok(Touched::Groups(BTreeSet::from([arn]))),
        "aws_lb_listener" if destroys || change.writes("port") || change.writes("protocol") => {
            let live = scene.facts.listener(Question::Listener(arn))?;
            Ok(live.map_or_else(nothing, |live| groups(&mut live.routes.iter())))
        }
        "aws_lb_listener" | "aws_lb_listener_rule" => {
            let written = change.after().is_some_and(|after| change.writes(Route::new(&change.kind, after).key()));
            let mut routes: BTreeSet<String> = if is_rule && change.action != Action::Delete {
                overtaken(change, scene)?.into_iter().collect()
            } else {
                BTreeSet::new()
            };
            if destroys || written && change.action == Action::Update {
                routes.insert(arn);
            }
            scene.facts.ahead(routes.iter().cloned().map(Question::Route));
            let mut live = Vec::new();
            for route in routes {
                live.extend(scene.facts.route(Question::Route(route))?);
            }
            Ok(groups(&mut live.into_iter()))
        }
        _ => Ok(nothing()),
    }
}

fn found(live: &ServiceFacts, touches: bool, harmless: &str) -> Option<Found> {
    let deployment = live.deployment.as_ref()?;
    let stage = deployment.stage.as_deref().map_or(String::new(), |stage| format!(", stage {stage}"));
    let opening = format!(
        "{} deploys service {} at this moment ({}{stage}).",
        deployment.by,
        short(&live.arn),
        deployment.status
    );
    let mut found = if touches {
        Found::error(format!("{opening} The plan changes what is being deployed or shifted."))
    } else {
        Found::note(format!("{opening} {harmless}"))
    };
    found = found.fact("Service", &live.arn).fact("Deployment", &deployment.id);
    let facts = [("Brings", deployment.target.clone()), ("Started", deployment.started_at.clone())];
    for (label, value) in facts.into_iter().chain([("Bake time", bake(deployment))]) {
        if let Some(value) = value {
            found = found.fact(label, value);
        }
    }
    if !touches {
        return Some(found);
    }
    for wait in &deployment.waits_for {
        let otherwise =
            wait.otherwise.as_ref().map_or(String::new(), |otherwise| format!("; otherwise it {otherwise}"));
        let who = format!("It waits for somebody who may call {}{otherwise}", wait.iam_action);
        found = found.fix(format!("{who}: {}", wait.command));
    }
    let found = found.fix("Wait until it has ended, then plan again: the plan was made from what was there before.");
    let by_hand = "If it is Terraform that moves the requests step by step: allow it in .ecslive-guard.toml with a reason and a \
                   date.";
    Some(if live.controller == "EXTERNAL" { found.fix(by_hand) } else { found })
}

/// How long it bakes and, where AWS says when it started, the earliest end: baking begins later, and AWS does not say when.
fn bake(deployment: &DeploymentFacts) -> Option<String> {
    let minutes = deployment.bake_minutes.filter(|minutes| *minutes > 0)?;
    let started = deployment.started_at.as_deref().and_then(|text| OffsetDateTime::parse(text, &Rfc3339).ok());
    let earliest = started.and_then(|started| started.checked_add(Duration::minutes(minutes))?.format(&Rfc3339).ok());
    let end = earliest.map_or(String::new(), |earliest| format!(", so it ends after {earliest}"));
    Some(format!("{minutes} min (bakeTimeInMinutes of the service); AWS does not say when it began{end}"))
}
