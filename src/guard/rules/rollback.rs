//! `task-definition-rollback`: the service would go back to something older, or to what was rolled back.

use super::definitions::{Planned, containers, revision};
use super::scene::{Found, Outcome, Scene, cannot_tell, fine, short};
use super::{Rule, Verdict};
use crate::guard::facts::{ImageFacts, Question, Reason, ServiceFacts};
use crate::guard::outcome::Severity;
use crate::guard::plan::{Action, Change, Container, Field, Service};

/// The rule.
pub static RULE: Rule = Rule {
    id: "task-definition-rollback",
    title: "The service goes back to an older task definition or image",
    severity: Severity::Error,
    why: "A pipeline deploys new revisions beside Terraform, and a plan made from the code then takes the service back: to an \
          older revision, to one that is INACTIVE and cannot be deployed any more, forward to one that was just rolled back, \
          or to a new number with an older image in it. A bare family is its newest ACTIVE revision at apply: that may be \
          the one that was rolled back, or there may be none.",
    fix: "Give the service what is configured: coalesce(configured_task_definition_arn of data source ecslive_service, own \
          revision), or newest_task_definition of both where Terraform rolls out revisions too; and the task definition the \
          images that run (container_images, with_images). For a rollback that is meant, allow this finding with a reason \
          and a date.",
    needs: &["ecs:DescribeServices", "ecs:DescribeTaskDefinition", "ecr:DescribeImages"],
    judge,
};

const CONFIGURED: &str = "Take what is configured: coalesce(configured_task_definition_arn of data \"ecslive_service\", own). \
                          Where Terraform rolls out revisions too: provider::ecslive::newest_task_definition of both.";

fn judge(change: &Change, scene: &Scene<'_>) -> Verdict {
    let written = change.writes("task_definition") || matches!(change.action, Action::Replace { .. });
    if change.kind == "aws_ecs_service" && change.action == Action::Create {
        return created(change, scene);
    }
    if change.kind != "aws_ecs_service" || !written {
        return fine();
    }
    // Other controllers refuse the update: then it is `update-will-be-refused` that speaks.
    let controller = change.after().map(Service).map(|after| after.controller());
    if change.action == Action::Update && matches!(controller, Some(Field::Known(controller)) if controller != "ECS") {
        return fine();
    }
    let Some(live) = scene.service(change)? else { return fine() };
    match scene.planned_definition(change, Some(live)) {
        Planned::New(registered) => images(registered, live, scene),
        Planned::Unknown => cannot_tell("The plan does not know which task definition the service will run."),
        Planned::Nothing => fine(),
        planned => {
            let outcomes = numbers(change, &planned, live, scene)?;
            match &planned {
                Planned::Family(family) if !outcomes.is_empty() && scene.may_register(family.judged()) => cannot_tell(
                    "The service names a family of which this apply registers a revision, and does not refer to it: whether \
                     it gets that one or the one before is not in the plan. Refer to the task definition's arn.",
                ),
                _ => Ok(outcomes),
            }
        }
    }
}

/// A new service cannot start on a revision that is not ACTIVE, nor on one that does not exist.
fn created(change: &Change, scene: &Scene<'_>) -> Verdict {
    let planned = scene.planned_definition(change, None);
    let (Planned::Revision(text) | Planned::Family(text)) = &planned else { return fine() };
    match scene.live_definition(&planned, change)? {
        Some(facts) if facts.status != "ACTIVE" => {
            let name = text.part(short(text.judged()));
            let message =
                format!("The new service would run {name}, which is {}: ECS refuses to create it.", facts.status);
            Found::error(message).fact("Task definition", text).fix("Register it again as a new revision.").alone()
        }
        Some(_) => fine(),
        None => absent("The new service", &planned, scene),
    }
}

/// Nothing has the name: the apply fails, unless it registers the family before.
fn absent(service: &str, planned: &Planned<'_>, scene: &Scene<'_>) -> Verdict {
    let (text, what) = match planned {
        Planned::Revision(text) => (text, "a revision that does not exist"),
        Planned::Family(text) => (text, "a family without an ACTIVE revision"),
        _ => return fine(),
    };
    if scene.may_register(text.judged()) {
        return match planned {
            Planned::Revision(_) => cannot_tell(
                "The service names a revision by its number that does not exist yet: whether this apply registers it is \
                 not in the plan. Refer to the task definition's arn.",
            ),
            _ => fine(),
        };
    }
    let name = text.part(short(text.judged()));
    Found::error(format!("{service} would run {name}, {what}: ECS refuses it."))
        .fact("Task definition", text)
        .fix("Refer to the task definition itself (aws_ecs_task_definition.NAME.arn), or correct the name.")
        .alone()
}

fn numbers(change: &Change, planned: &Planned<'_>, live: &ServiceFacts, scene: &Scene<'_>) -> Verdict {
    let (Planned::Revision(text) | Planned::Family(text)) = planned else { return fine() };
    let definition = scene.live_definition(planned, change);
    let target = match (planned, &definition) {
        (Planned::Family(_), Ok(Some(newest))) => text.part(newest.arn.clone()),
        (Planned::Family(_), Err(untold)) => return Err(untold.clone()),
        (_, Ok(None)) if !live.running.iter().chain(&live.configured).any(|arn| arn == text.judged()) => {
            return absent(&format!("Service {}", short(&live.arn)), planned, scene);
        }
        _ => text.clone(),
    };
    let runs = live.running.iter().chain(&live.configured);
    let newest = runs.filter_map(|arn| Some((revision(arn)?, arn))).max_by_key(|((_, number), _)| *number);
    let found = |message: String| {
        let running = live.running.join(", ");
        let found = Found::error(message).fact("Service", &live.arn).fact("Runs now", running);
        found.fact("After the apply", &target)
    };
    let service = short(&live.arn);
    let name = target.part(short(target.judged()));
    let runs_it = live.running.len() == 1 && live.running[0] == target.judged();
    if !runs_it && live.rolled_back.iter().any(|arn| arn == target.judged()) {
        let message = format!(
            "Service {service} would be deployed with {name} again, although its last deployment was rolled back or failed."
        );
        return found(message).fix("Fix what made it fail and register a new revision.").fix(CONFIGURED).alone();
    }
    if let Ok(Some(facts)) = &definition
        && facts.status != "ACTIVE"
        && !runs_it
    {
        let message = format!(
            "Service {service} would be deployed with {name}, which is {}: ECS refuses to deploy it.",
            facts.status
        );
        return found(message).fix("Register it again as a new revision.").fix(CONFIGURED).alone();
    }
    if let (Some((family, number)), Some(((live_family, live_number), arn))) = (revision(target.judged()), newest)
        && family == live_family
        && number < live_number
    {
        let message = format!("Service {service} would go back from {} to {name}.", short(arn));
        return found(message)
            .fix(CONFIGURED)
            .fix("For a rollback that is meant: allow it in .ecslive-guard.toml with a reason and a date.")
            .alone();
    }
    definition.map(|_| Vec::new())
}

/// A new number may hold an older image.
fn images(registered: &Change, live: &ServiceFacts, scene: &Scene<'_>) -> Verdict {
    let planned = match containers(registered) {
        Field::Known(planned) => planned,
        Field::Null => return fine(),
        Field::Unknown => return cannot_tell("The plan does not know the containers of the new revision."),
    };
    let Some(running) = live.running.first().or(live.configured.as_ref()) else { return fine() };
    let Some(now) = scene.facts.definition(Question::Definition(running.clone()))? else { return fine() };
    let mut pairs = Vec::new();
    for container in &planned {
        if let Some(other) = now.containers.iter().find(|other| other.name == container.name.judged())
            && other.image != container.image.judged()
            && repository(&other.image) == repository(container.image.judged())
        {
            pairs.push((container, other.image.as_str()));
        }
    }
    let in_ecr = |image: &str| super::image::is_ecr(image);
    let (pairs, others): (Vec<_>, Vec<_>) = pairs.into_iter().partition(|(_, image)| in_ecr(image));
    scene.facts.ahead(pairs.iter().flat_map(|(container, image)| {
        [Question::Image(container.image.judged().to_owned()), Question::Image((*image).to_owned())]
    }));
    let mut outcomes: Vec<Outcome> = others.into_iter().map(|(container, _)| elsewhere(container)).collect();
    for (container, image) in pairs {
        let new = scene.facts.image(Question::Image(container.image.judged().to_owned()))?;
        let old = scene.facts.image(Question::Image(image.to_owned()))?;
        outcomes.extend(compare(container, image, new, old, live));
    }
    Ok(outcomes)
}

fn compare(
    container: &Container,
    image: &str,
    new: Option<&ImageFacts>,
    old: Option<&ImageFacts>,
    live: &ServiceFacts,
) -> Option<Outcome> {
    let new = new?;
    let (Some(new_pushed), Some(old_pushed)) = (&new.pushed_at, old.and_then(|old| old.pushed_at.as_ref())) else {
        let text = format!(
            "The push time of the image that container {} runs now, or of the planned one, is not in ECR: which is older \
             cannot be told.",
            container.name
        );
        return Some(Outcome::CannotTell(Reason::new(text)));
    };
    if new_pushed >= old_pushed {
        return None;
    }
    let message = format!(
        "Container {} of service {} would get an older image under a new revision number.",
        container.name,
        short(&live.arn)
    );
    let found = Found::error(message)
        .fact("Service", &live.arn)
        .fact("Runs now", if container.image.is_sensitive() { "(sensitive value)" } else { image })
        .fact("Pushed", old_pushed)
        .fact("After the apply", &container.image)
        .fact("Pushed then", new_pushed)
        .fix("Take the image that runs: data \"ecslive_service\" gives the images by container; with_images puts them in.")
        .fix("For a rollback that is meant: allow it in .ecslive-guard.toml with a reason and a date.");
    Some(Outcome::Finding(found))
}

fn elsewhere(container: &Container) -> Outcome {
    let what = format!("The age of the image of container {}", container.name);
    Outcome::Skipped {
        what,
        why: "It is in a registry that guard does not ask: only Amazon ECR tells push times.".to_owned(),
    }
}

/// A reference without tag and digest.
fn repository(image: &str) -> &str {
    let image = image.split('@').next().unwrap_or(image);
    match image.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => name,
        _ => image,
    }
}
