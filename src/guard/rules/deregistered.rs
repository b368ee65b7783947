//! `running-revision-deregistered`: a revision that is in use becomes INACTIVE.

use super::definitions::{Planned, revision};
use super::scene::{Found, Outcome, Scene, fine, gather, question_of_service, short};
use super::{Rule, Verdict, exec, execution_role, refused};
use crate::guard::facts::{Question, ServiceFacts, Untold};
use crate::guard::outcome::Severity;
use crate::guard::plan::{Action, Change, Prior};
use serde_json::Value;

/// The rule.
pub static RULE: Rule = Rule {
    id: "running-revision-deregistered",
    title: "A task definition revision that is in use becomes INACTIVE",
    severity: Severity::Error,
    why: "Replacing aws_ecs_task_definition deregisters the old revision first. A service that is not moved on in the same \
          apply (ignore_changes, CODE_DEPLOY, a refused update) stays on an INACTIVE revision: it keeps running and scaling, \
          but nothing can be deployed or rolled back to it. What starts tasks by that ARN (schedules, event targets, Step \
          Functions) cannot start any more.",
    fix: "Set skip_destroy = true on the task definition in an apply of its own, before the replacement: it counts as it was \
          before the plan.",
    needs: &["ecs:DescribeServices", "ecs:ListClusters", "ecs:ListServices"],
    judge,
};

const SKIP: &str = "skip_destroy = true on the task definition keeps old revisions ACTIVE. It counts as it stands in the state: \
                    apply it alone first, then replace.";

fn judge(change: &Change, scene: &Scene<'_>) -> Verdict {
    if change.kind != "aws_ecs_task_definition" || !change.action.destroys() {
        return fine();
    }
    let (Some(before), Some(arn)) = (change.before(), change.arn()) else { return fine() };
    if before.get("skip_destroy").boolean().known() == Some(true) {
        return fine();
    }
    let outcomes = runners(change, scene, &arn);
    let maybe = scene.services().filter(|service| may_use(service, &arn));
    scene.facts.ahead(maybe.filter_map(|service| scene.service_question(service)));
    let staying = scene.services().filter(|service| service.action != Action::Delete);
    let one =
        |service| judge_service(service, scene, &arn).map(|found| found.into_iter().map(Outcome::Finding).collect());
    let judged = staying.map(one).collect::<Vec<_>>();
    gather([Ok(outcomes), outside(scene, &arn)].into_iter().chain(judged))
}

/// The services of the region that this plan does not name: those of other states, and what `-target` leaves out.
fn outside(scene: &Scene<'_>, arn: &str) -> Verdict {
    let users = scene.facts.users(Question::Users(arn.to_owned()))?.map(Vec::as_slice).unwrap_or_default();
    let address = |user: &str| {
        let of_it = |prior: &&Prior| {
            ["arn", "id"].iter().any(|key| prior.values.get(key).and_then(Value::as_str) == Some(user))
        };
        scene.plan.prior.iter().filter(|prior| !prior.is_data).find(of_it).map(|prior| prior.address.as_str())
    };
    let others = users.iter().filter(|user| !scene.services().any(|service| is(service, user, scene)));
    Ok(others.map(|user| Outcome::Finding(kept(user, address(user), arn))).collect())
}

/// True when the planned service is the one with this ARN.
fn is(service: &Change, arn: &str, scene: &Scene<'_>) -> bool {
    let place = |question| match question {
        Some(Question::Service { place, cluster, name }) => Some((place.region, cluster, name)),
        _ => None,
    };
    service.arn().as_deref() == Some(arn)
        || match (place(scene.service_question(service)), place(question_of_service(arn))) {
            (Some((planned, cluster, name)), Some((region, other, user))) => {
                (cluster, name) == (other, user) && planned.is_none_or(|planned| Some(planned) == region)
            }
            _ => false,
        }
}

/// A service that goes on running the revision.
fn kept(service: &str, address: Option<&str>, arn: &str) -> Found {
    let message = format!(
        "The plan deregisters {}, which service {} runs, and does not move the service on. Its tasks go on, but nothing can \
         be deployed or rolled back to that revision any more.",
        short(arn),
        short(service)
    );
    let found = Found::warning(message).fact("Service", service).fact("Task definition", arn);
    let found = address.into_iter().fold(found, |found, address| found.fact("Service address", address));
    found.fix(SKIP)
}

fn judge_service(service: &Change, scene: &Scene<'_>, arn: &str) -> Result<Option<Found>, Untold> {
    if !may_use(service, arn) {
        return Ok(None);
    }
    let Some(live) = scene.service(service)? else { return Ok(None) };
    let uses = |found: &String| found == arn;
    if !live.running.iter().any(uses) && !live.configured.iter().any(uses) {
        return Ok(None);
    }
    let moves_on = service.writes("task_definition")
        && !matches!(scene.planned_definition(service, Some(live)), Planned::Revision(text) if text.judged() == arn);
    if moves_on {
        return left_behind(service, scene, live, arn);
    }
    Ok(Some(kept(&live.arn, Some(&service.address), arn)))
}

/// The service is meant to move on, but its own update would be refused: Deregister and Register come first.
fn left_behind(service: &Change, scene: &Scene<'_>, live: &ServiceFacts, arn: &str) -> Result<Option<Found>, Untold> {
    let registered = scene.plan.sources(service, &["task_definition"]);
    let registered = registered.into_iter().map(|registered| execution_role::judge(registered, scene));
    let others = [refused::judge(service, scene), exec::judge(service, scene)];
    let refusals = gather(others.into_iter().chain(registered))?;
    let is_error = |outcome: &Outcome| matches!(outcome, Outcome::Finding(found) if found.severity == Severity::Error);
    if !refusals.iter().any(is_error) {
        let unclear = refusals.into_iter().find_map(|outcome| match outcome {
            Outcome::CannotTell(reason) => Some(Untold::Because(reason)),
            _ => None,
        });
        return unclear.map_or(Ok(None), Err);
    }
    let message = format!(
        "The plan deregisters {} before it updates service {}, and that update will be refused: the service is left on an \
         INACTIVE revision.",
        short(arn),
        short(&live.arn)
    );
    let found = Found::error(message).fact("Service", &live.arn).fact("Task definition", arn);
    Ok(Some(
        found
            .fact("Service address", &service.address)
            .fix(SKIP)
            .fix("Make the update possible first: see its own finding."),
    ))
}

/// False when the state of the service says that it is on another family: then AWS need not be asked.
fn may_use(service: &Change, arn: &str) -> bool {
    let before = service.before().and_then(|before| before.get("task_definition").name().known());
    match (before.as_ref().and_then(|text| revision(text.judged())), revision(arn)) {
        (Some((family, _)), Some((other, _))) => family == other,
        _ => true,
    }
}

/// Event targets, schedules and state machines that start tasks with that revision, and still will after the apply.
fn runners(change: &Change, scene: &Scene<'_>, arn: &str) -> Vec<Outcome> {
    let kinds = ["aws_cloudwatch_event_target", "aws_scheduler_schedule", "aws_sfn_state_machine"];
    let planned = scene.plan.changes.iter().filter(|other| kinds.contains(&other.kind.as_str()));
    let planned = planned.filter(|other| !other.action.destroys() && names(&other.before, arn) && stays(other, arn));
    let known: Vec<&str> = scene.plan.changes.iter().map(|other| other.address.as_str()).collect();
    let prior = scene.plan.prior.iter().filter(|prior| {
        kinds.contains(&prior.kind.as_str()) && !known.contains(&prior.address.as_str()) && names(&prior.values, arn)
    });
    let addresses = planned.map(|other| other.address.clone()).chain(prior.map(|prior| prior.address.clone()));
    addresses
        .map(|address| {
            let message = format!(
                "The plan deregisters {}, and {address} goes on starting tasks with it: ECS starts no tasks from an INACTIVE \
                 revision.",
                short(arn)
            );
            let found = Found::error(message).fact("Task definition", arn).fact("Started by", &address);
            Outcome::Finding(found.fix(format!("Let {address} follow: {}.arn, or the family without a number.", change.address)).fix(SKIP))
        })
        .collect()
}

fn stays(change: &Change, arn: &str) -> bool {
    change.action == Action::NoOp || names(&change.after, arn)
}

/// True when the ARN stands somewhere in the value; state machines have it inside a JSON text.
fn names(value: &Value, arn: &str) -> bool {
    match value {
        Value::String(text) => {
            text.match_indices(arn).any(|(at, _)| !text[at + arn.len()..].starts_with(|c: char| c.is_ascii_digit()))
        }
        Value::Array(items) => items.iter().any(|item| names(item, arn)),
        Value::Object(fields) => fields.values().any(|item| names(item, arn)),
        _ => false,
    }
}
