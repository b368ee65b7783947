//! `service-replaced`: a service that runs tasks would be deleted.

use super::scene::{Found, Scene, cannot_tell, fine, short};
use super::task_sets::{self, Standing};
use super::traffic::forced_by;
use super::{Rule, Verdict};
use crate::guard::facts::{ServiceFacts, Untold};
use crate::guard::outcome::Severity;
use crate::guard::plan::{Action, Change, Field, Service, Text};

/// The rule.
pub static RULE: Rule = Rule {
    id: "service-replaced",
    title: "A service that runs tasks is deleted",
    severity: Severity::Error,
    why: "Terraform replaces a service by deleting it and making it anew: all tasks stop before the first new one starts. \
          Autoscaling targets and policies go with it (hashicorp/aws#14254). Changing launch_type, name, cluster, iam_role or \
          scheduling_strategy does that, and in hashicorp/aws 5 also capacity_provider_strategy and deployment_controller. A \
          task set takes its tasks with it as well, and requests that still reach its target group are lost.",
    fix: "Change it in place where that is possible today (hashicorp/aws 6 migrates deployment controllers and capacity \
          providers in place), or put a second service beside it, move the requests, and delete the old one then.",
    needs: &["ecs:DescribeServices"],
    judge,
};

fn judge(change: &Change, scene: &Scene<'_>) -> Verdict {
    let kinds = ["aws_ecs_service", "aws_ecs_task_set", "aws_ecs_express_gateway_service"];
    if !kinds.contains(&change.kind.as_str()) || !change.action.destroys() {
        return fine();
    }
    let Some(before) = change.before() else { return fine() };
    if change.kind == "aws_ecs_task_set" {
        return task_set(change, scene);
    }
    let planned = Service(before).desired();
    match scene.service(change) {
        Ok(None) => fine(),
        Ok(Some(live)) if live.running_count == 0 && live.desired == 0 => fine(),
        Ok(Some(live)) => found(change, Some(live)).alone(),
        Err(Untold::Waiting) => Err(Untold::Waiting),
        Err(_) if planned.known().is_some_and(|count| count > 0) => {
            found(change, None).fact("Known from", "the plan alone: AWS was not asked, or did not answer").alone()
        }
        Err(untold) => Err(untold),
    }
}

fn task_set(change: &Change, scene: &Scene<'_>) -> Verdict {
    match scene.standing(change) {
        Ok(Standing::Gone | Standing::Idle) => fine(),
        // Then it is the service that has the finding.
        Ok(Standing::Serves(_, Some(live))) if scene.goes_away(&live.arn) => fine(),
        Ok(Standing::Serves(tasks, live)) => set_found(change, tasks, live).alone(),
        Ok(Standing::Untold) => cannot_tell("Whether requests reach the task set that would be deleted is not told."),
        Err(Untold::Waiting) => Err(Untold::Waiting),
        Err(_) if task_sets::status(change).as_deref() == Some("PRIMARY") => {
            let known = "the plan alone: AWS was not asked, or did not answer";
            set_found(change, None, None).fact("Known from", known).alone()
        }
        Err(untold) => Err(untold),
    }
}

fn set_found(change: &Change, tasks: Option<i64>, live: Option<&ServiceFacts>) -> Found {
    let (how, when) = fate(change);
    let of_service = live.map_or(String::new(), |live| format!(" for service {}", short(&live.arn)));
    let runs = tasks.map_or(String::new(), |tasks| format!(" It runs {tasks} tasks now."));
    let found = Found::error(format!("The task set that serves{of_service} {how}: {when}.{runs}"));
    let found = live.into_iter().fold(found, |found, live| found.fact("Service", &live.arn));
    found
        .fact("Task set", change.arn().unwrap_or_default())
        .fact("Forced by", change.replace_paths.join(", "))
        .fix("Make the new task set beside it, move the requests and the primary role, delete the old one then, in an apply of its own.")
}

/// What happens to a service or a task set, and when its tasks stop.
fn fate(change: &Change) -> (String, &'static str) {
    let how = match change.action {
        Action::Delete => "would be deleted".to_owned(),
        _ => format!("would be deleted and made anew{}", forced_by(change)),
    };
    let when = match change.action {
        Action::Replace { create_first: true } => "the new one starts beside it, and then all of its tasks stop",
        Action::Replace { .. } => "all of its tasks stop first",
        _ => "all of its tasks stop",
    };
    (how, when)
}

fn found(change: &Change, live: Option<&ServiceFacts>) -> Found {
    let arn = change.arn();
    let name = live.map(|live| short(&live.arn)).or(arn.as_deref().map(short)).unwrap_or("of this address").to_owned();
    let (how, when) = fate(change);
    let tasks = live.map_or(String::new(), |live| format!(" It runs {} tasks now.", live.running_count));
    let mut found = Found::error(format!("Service {name} {how}: {when}.{tasks}"));
    if let Some(arn) = live.map(|live| live.arn.clone()).or(arn) {
        found = found.fact("Service", arn);
    }
    if !change.replace_paths.is_empty() {
        found = found.fact("Forced by", change.replace_paths.join(", "));
    }
    if change.action == Action::Delete {
        return found
            .fix("If it is to go: set desired_count = 0 first, look whether anybody misses it, then delete it.");
    }
    for way in in_place(change) {
        found = found.fix(way);
    }
    runbook(found, change, live, &name)
}

/// Where AWS can do today in place what the provider's version replaces for.
fn in_place(change: &Change) -> Vec<&'static str> {
    let forced = |name: &str| change.replace_paths.iter().any(|path| path.starts_with(name));
    let mut ways = Vec::new();
    if forced("deployment_controller") {
        ways.push("hashicorp/aws 6 changes the deployment controller in place: update the provider first.");
    }
    if forced("capacity_provider_strategy") {
        ways.push(
            "ECS changes capacity providers in place with a forced deployment: hashicorp/aws 6 does it with \
             force_new_deployment = true.",
        );
    }
    if forced("launch_type") {
        ways.push(
            "Move from launch_type to a capacity provider strategy (FARGATE is one) by `aws ecs update-service \
             --force-new-deployment --capacity-provider-strategy …`, then write the same into the code: nothing is replaced.",
        );
    }
    ways
}

/// The target group that serves: what is live, else the only one that the plan has.
fn serving(change: &Change, live: Option<&ServiceFacts>) -> Option<Text> {
    if let Some(live) = live {
        return live.serving.first().map(|arn| Text::plain(short(arn)));
    }
    let entries = change.before().map(|before| Service(before).entries()).and_then(Field::known).unwrap_or_default();
    // Of a pair, the code does not say which one is live.
    let entry = entries.first().filter(|entry| entry.alternate.as_ref().known().is_none())?;
    entry.group.as_ref().known().map(|arn| arn.part(short(arn.judged())))
}

/// The way without downtime, with this service's own names.
fn runbook(found: Found, change: &Change, live: Option<&ServiceFacts>, name: &str) -> Found {
    let last = name.rsplit('/').next().unwrap_or(name);
    let group = serving(change, live);
    let found = found.fix(format!(
        "Without downtime: (1) add a second service \"{last}-next\" with the new settings and a target group of its own; \
         (2) try it through a rule before the others, on a host header such as {last}-next.example.com; (3) move the weights \
         of the production rule step by step{}; (4) delete {last}, then rename by `terraform state mv` or a moved block.",
        group.map_or(String::new(), |group| format!(" from {group} to the new group"))
    ));
    found.fix("Autoscaling targets and policies of the old service go with it: plan them for the new one too.")
}
