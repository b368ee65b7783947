//! `deployment-in-progress`: the plan touches a service while it is being deployed.

use super::definitions::deploys;
use super::scene::{Found, Outcome, Scene, fine, parts_of_service, short};
use super::{Rule, Verdict};
use crate::guard::facts::{DeploymentFacts, Question, ServiceFacts};
use crate::guard::outcome::Severity;
use crate::guard::plan::{Action, Change, Route};
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
    needs: &["ecs:DescribeServices", "ecs:DescribeServiceDeployments", "codedeploy:BatchGetDeployments"],
    judge,
};

fn judge(change: &Change, scene: &Scene<'_>) -> Verdict {
    match (change.kind.as_str(), &change.action) {
        ("aws_ecs_service", Action::Update | Action::Replace { .. } | Action::Delete) => service(change, scene),
        ("aws_lb_listener" | "aws_lb_listener_rule", Action::Update) => route(change, scene),
        _ => fine(),
    }
}

fn service(change: &Change, scene: &Scene<'_>) -> Verdict {
    let Some(live) = scene.service(change)? else { return fine() };
    let touches = change.action != Action::Update || deploys(change) || change.writes("deployment_configuration");
    let harmless = "The change does not disturb it (it starts no deployment).";
    Ok(found(live, touches, harmless).map(Outcome::Finding).into_iter().collect())
}

fn route(change: &Change, scene: &Scene<'_>) -> Verdict {
    let (Some(arn), Some(after)) = (change.arn(), change.after()) else { return fine() };
    if !change.writes(Route::new(&change.kind, after).key()) {
        return fine();
    }
    let Some(live) = scene.facts.route(Question::Route(arn))? else { return fine() };
    let groups: Vec<Question> = live.groups.iter().map(|group| Question::Group(group.arn.clone())).collect();
    scene.facts.ahead(groups.clone());
    let mut services = Vec::new();
    for group in groups {
        let Some(facts) = scene.facts.group(group)? else { continue };
        services.extend(facts.owners.iter().map(|owner| owner.service.clone()));
    }
    services.sort();
    services.dedup();
    let mut outcomes = Vec::new();
    for arn in services {
        let Some((place, cluster, name)) = parts_of_service(&arn) else { continue };
        if let Some(live) = scene.facts.service(Question::Service { place, cluster, name })? {
            outcomes.extend(found(live, true, "").map(Outcome::Finding));
        }
    }
    Ok(outcomes)
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
    Some(found.fix("Wait until it has ended, then plan again: the plan was made from what was there before."))
}

/// How long it bakes and, where AWS says when it started, the earliest end: baking begins later, and AWS does not say when.
fn bake(deployment: &DeploymentFacts) -> Option<String> {
    let minutes = deployment.bake_minutes.filter(|minutes| *minutes > 0)?;
    let started = deployment.started_at.as_deref().and_then(|text| OffsetDateTime::parse(text, &Rfc3339).ok());
    let earliest = started.and_then(|started| started.checked_add(Duration::minutes(minutes))?.format(&Rfc3339).ok());
    let end = earliest.map_or(String::new(), |earliest| format!(", so it ends after {earliest}"));
    Some(format!("{minutes} min (bakeTimeInMinutes of the service); AWS does not say when it began{end}"))
}
