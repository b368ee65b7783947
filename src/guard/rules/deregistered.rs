//! `running-revision-deregistered`: a revision that is in use becomes INACTIVE.

use super::definitions::{Planned, deploys, revision};
use super::scene::{Found, Outcome, Scene, fine, gather, question_of_service, short};
use super::{Rule, Verdict, exec, execution_role, refused, runners};
use crate::guard::facts::{Question, ServiceFacts, Untold};
use crate::guard::outcome::Severity;
use crate::guard::plan::{Action, Change, Field, Place, Prior, Service};
use serde_json::Value;

/// The rule.
pub static RULE: Rule = Rule {
    id: "running-revision-deregistered",
    title: "A task definition revision that is in use becomes INACTIVE",
    severity: Severity::Error,
    why: "Replacing aws_ecs_task_definition deregisters the old revision first. A service that is not moved on in the same \
          apply (ignore_changes, CODE_DEPLOY, a refused update) stays on an INACTIVE revision: it keeps running and scaling, \
          but nothing can be deployed or rolled back to it. What starts tasks by that ARN (schedules, event targets, Step \
          Functions) cannot start any more, and what is newly pointed at an INACTIVE revision never does.",
    fix: "Set skip_destroy = true on the task definition in an apply of its own, before the replacement: it counts as it was \
          before the plan.",
    needs: &["ecs:DescribeServices", "ecs:DescribeTaskDefinition", "ecs:ListClusters", "ecs:ListServices"],
    judge,
};

const SKIP: &str = "skip_destroy = true on the task definition keeps old revisions ACTIVE. It counts as it stands in the state: \
                    apply it alone first, then replace.";

const FORGET: &str = "If it is only to leave the code: a removed block with lifecycle { destroy = false } keeps the revision \
                      ACTIVE.";

/// Where the service can go.
fn follow(change: &Change) -> &'static str {
    if change.action == Action::Delete {
        "Let it go to another revision in an apply before."
    } else {
        "Let it go to the revision that the same apply registers: task_definition = aws_ecs_task_definition.NAME.arn, without \
         ignore_changes."
    }
}

/// How to keep the revision ACTIVE.
fn keep(change: &Change) -> &'static str {
    match change.action {
        // A deposed object stands nowhere in the code.
        Action::Delete if change.deposed.is_some() => {
            "Let whoever runs it go to another revision first, in an apply of its own."
        }
        Action::Delete => FORGET,
        _ => SKIP,
    }
}

fn judge(change: &Change, scene: &Scene<'_>) -> Verdict {
    if runners::KINDS.contains(&change.kind.as_str()) {
        return runners::judge(change, scene);
    }
    if change.kind != "aws_ecs_task_definition" || !change.action.destroys() {
        return fine();
    }
    let (Some(before), Some(arn)) = (change.before(), change.arn()) else { return fine() };
    if before.get("skip_destroy").boolean().known() == Some(true) {
        return fine();
    }
    let gone = Gone { change, scene, arn };
    let maybe = scene.services().filter(|service| gone.may_be_used_by(service));
    scene.facts.ahead(maybe.filter_map(|service| scene.service_question(service)));
    let staying = scene.services().filter(|service| service.action != Action::Delete);
    let one = |service| gone.judge(service).map(|found| found.into_iter().map(Outcome::Finding).collect());
    let judged = staying.map(one).collect::<Vec<_>>();
    let outcomes = gather([Ok(gone.started()), Ok(gone.made()), gone.outside()].into_iter().chain(judged))?;
    if !outcomes.iter().any(|outcome| matches!(outcome, Outcome::Finding(_))) {
        return Ok(outcomes);
    }
    match scene.facts.definition(Question::Definition(gone.arn.clone())) {
        Ok(Some(live)) if live.status != "ACTIVE" => fine(),
        Err(Untold::Waiting) => Err(Untold::Waiting),
        _ => Ok(outcomes),
    }
}

/// A revision that becomes INACTIVE.
struct Gone<'a> {
    change: &'a Change,
    scene: &'a Scene<'a>,
    arn: String,
}

impl Gone<'_> {
    /// Event targets, schedules and state machines that go on starting tasks with it.
    fn started(&self) -> Vec<Outcome> {
        let arn = &self.arn;
        let one = |address: String| {
            let message = format!(
                "The plan deregisters {}, and {address} goes on starting tasks with it: ECS starts no tasks from an INACTIVE \
                 revision.",
                short(arn)
            );
            let found = Found::error(message).fact("Task definition", arn).fact("Started by", &address);
            let follow = format!("Let {address} follow: {}.arn, or the family without a number.", self.change.address);
            Outcome::Finding(found.fix(follow).fix(keep(self.change)))
        };
        runners::left(self.scene, arn).into_iter().map(one).collect()
    }

    /// Services and task sets that this apply makes from it.
    fn made(&self) -> Vec<Outcome> {
        let kinds = ["aws_ecs_service", "aws_ecs_task_set"].into_iter();
        let made = kinds.flat_map(|kind| self.scene.plan.of_kind(kind)).filter(|change| change.action.creates());
        let named = |change: &&Change| matches!(self.scene.planned_definition(change, None), Planned::Revision(text) if self.is(text.judged(), change));
        let one = |change: &Change| {
            let message = format!(
                "The plan deregisters {}, and in the same apply makes {} from it: ECS takes no INACTIVE revision.",
                short(&self.arn),
                change.address
            );
            let found = Found::error(message).fact("Task definition", &self.arn).fact("Made from it", &change.address);
            Outcome::Finding(found.fix(follow(self.change)).fix(keep(self.change)))
        };
        made.filter(named).map(one).collect()
    }

    /// True for its ARN, and for its `family:revision` in the same region.
    fn is(&self, name: &str, change: &Change) -> bool {
        let here =
            || Place::of(change, self.scene.plan).region.is_none_or(|it| Some(it) == Place::of_arn(&self.arn).region);
        name == self.arn || !name.starts_with("arn:") && revision(name) == revision(&self.arn) && here()
    }

    /// The services of the region that this plan does not name: those of other states, and what `-target` leaves out.
    fn outside(&self) -> Verdict {
        let users = self.scene.facts.users(Question::Users(self.arn.clone()))?.map(Vec::as_slice).unwrap_or_default();
        let others: Vec<&String> = users
            .iter()
            .filter(|user| !self.scene.services().any(|service| is_service(service, user, self.scene)))
            .collect();
        self.scene.facts.ahead(others.iter().filter_map(|user| question_of_service(user)));
        let mut outcomes = Vec::new();
        for user in others {
            let live = match question_of_service(user).map(|question| self.scene.facts.service(question)) {
                Some(Err(Untold::Waiting)) => return Err(Untold::Waiting),
                Some(Ok(live)) => live,
                _ => None,
            };
            outcomes.push(Outcome::Finding(self.kept(user, self.address_of(user), live)));
        }
        Ok(outcomes)
    }

    /// Where the state has a service that the plan leaves out.
    fn address_of(&self, service: &str) -> Option<&str> {
        let of_it = |prior: &&Prior| {
            ["arn", "id"].iter().any(|key| prior.values.get(key).and_then(Value::as_str) == Some(service))
        };
        self.scene.plan.prior.iter().filter(|prior| !prior.is_data).find(of_it).map(|prior| prior.address.as_str())
    }

    /// A service that goes on running it.
    fn kept(&self, service: &str, address: Option<&str>, live: Option<&ServiceFacts>) -> Found {
        let deployment = live.and_then(|live| live.deployment.as_ref());
        let meanwhile = match deployment {
            Some(deployment) if deployment.target.as_deref() == Some(&*self.arn) => {
                format!(" {} is bringing it to the service at this moment.", deployment.by)
            }
            Some(deployment) => {
                format!(
                    " {} deploys the service at this moment, and a rollback would need that revision.",
                    deployment.by
                )
            }
            None => String::new(),
        };
        let message = format!(
            "The plan deregisters {}, which service {} runs, and does not move the service on. Its tasks go on, but nothing \
             can be deployed or rolled back to that revision any more.{meanwhile}",
            short(&self.arn),
            short(service)
        );
        let found = Found::warning(message).fact("Service", service).fact("Task definition", &self.arn);
        let found = address.into_iter().fold(found, |found, address| found.fact("Service address", address));
        let found = deployment.into_iter().fold(found, |found, deployment| found.fact("Deployment", &deployment.id));
        found.fix(keep(self.change))
    }

    fn judge(&self, service: &Change) -> Result<Option<Found>, Untold> {
        if !self.may_be_used_by(service) {
            return Ok(None);
        }
        let Some(live) = self.scene.service(service)? else { return Ok(None) };
        if !live.revisions().contains(&self.arn) {
            return Ok(None);
        }
        let planned = self.scene.planned_definition(service, Some(live));
        let moves_on = service.writes("task_definition")
            && !matches!(planned, Planned::Revision(text) if text.judged() == self.arn);
        // Who makes the new one first deregisters last, and not at all after a refusal.
        let is_last = matches!(self.change.action, Action::Replace { create_first: true });
        if moves_on {
            return if is_last { Ok(None) } else { self.left_behind(service, live) };
        }
        let controller = service.after().map(|after| Service(after).controller());
        let is_ecs = matches!(controller, Some(Field::Known(controller)) if controller == "ECS");
        let is_anew = service.action == Action::Update && is_ecs && deploys(service);
        if is_anew && !is_last && live.configured.as_ref() == Some(&self.arn) {
            let message = format!(
                "The plan deregisters {}, and in the same apply deploys service {} anew from it: ECS starts no new deployment \
                 of an INACTIVE revision.",
                short(&self.arn),
                short(&live.arn)
            );
            let found = Found::error(message).fact("Service", &live.arn).fact("Task definition", &self.arn);
            return Ok(Some(
                found.fact("Service address", &service.address).fix(follow(self.change)).fix(keep(self.change)),
            ));
        }
        Ok(Some(self.kept(&live.arn, Some(&service.address), Some(live))))
    }

    /// The service is meant to move on, but its own update would be refused: Deregister and Register come first.
    fn left_behind(&self, service: &Change, live: &ServiceFacts) -> Result<Option<Found>, Untold> {
        let registered = self.scene.plan.sources(service, &["task_definition"]);
        let registered = registered.into_iter().map(|registered| execution_role::judge(registered, self.scene));
        let others = [refused::judge(service, self.scene), exec::judge(service, self.scene)];
        let refusals = gather(others.into_iter().chain(registered))?;
        let is_error =
            |outcome: &Outcome| matches!(outcome, Outcome::Finding(found) if found.severity == Severity::Error);
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
            short(&self.arn),
            short(&live.arn)
        );
        let found = Found::error(message).fact("Service", &live.arn).fact("Task definition", &self.arn);
        let found = found.fact("Service address", &service.address).fix(keep(self.change));
        Ok(Some(found.fix("Make the update possible first: see its own finding.")))
    }

    /// False when the state of the service says that it is on another family: then AWS need not be asked.
    fn may_be_used_by(&self, service: &Change) -> bool {
        let before = service.before().and_then(|before| before.get("task_definition").name().known());
        match (before.as_ref().and_then(|text| revision(text.judged())), revision(&self.arn)) {
            (Some((family, _)), Some((other, _))) => family == other,
            _ => true,
        }
    }
}

/// True when the planned service is the one with this ARN.
fn is_service(service: &Change, arn: &str, scene: &Scene<'_>) -> bool {
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
