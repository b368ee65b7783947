//! `plan-is-stale`: what the plan read is not what is live any more.

use super::definitions::revision;
use super::scene::{Found, Outcome, Scene, fine, short};
use super::serving::{Destination, Part};
use super::task_sets::Standing;
use super::{Rule, Verdict};
use crate::guard::facts::{Question, ServiceFacts, Untold};
use crate::guard::outcome::Severity;
use crate::guard::plan::{Action, Change, Entry, Field, Forwarding, HIDDEN, Place, Route, Service, Text};
use crate::resolve::duration::span;
use serde_json::Value;
use std::collections::BTreeSet;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// The rule.
pub static RULE: Rule = Rule {
    id: "plan-is-stale",
    title: "Somebody deployed after this plan was made",
    severity: Severity::Error,
    why: "A plan is checked in a pull request and applied hours later. In between a pipeline deploys, and the apply writes \
          what was right when it was read: the old revision, the old weights. Terraform does not look again when it applies a \
          saved plan.",
    fix: "Plan again, and run guard once more right before apply, on the same plan file that is applied.",
    needs: &[
        "ecs:DescribeServices",
        "ecs:DescribeTaskDefinition",
        "elasticloadbalancing:DescribeListeners",
        "elasticloadbalancing:DescribeRules",
        "elasticloadbalancing:DescribeTargetGroups",
    ],
    judge,
};

fn judge(change: &Change, scene: &Scene<'_>) -> Verdict {
    match (change.kind.as_str(), &change.action) {
        ("aws_ecs_service", Action::Update) => service(change, scene),
        ("aws_lb_listener" | "aws_lb_listener_rule", Action::Update) => route(change, scene),
        ("aws_ecs_task_set", Action::Update) => task_set(change, scene),
        ("aws_lb_target_group", Action::Update) => balancing(change, scene, "target group"),
        ("aws_lb", Action::Update) => balancing(change, scene, "load balancer"),
        ("aws_ecs_express_gateway_service", Action::Update) => {
            if scene.service(change)?.is_some() {
                return fine();
            }
            gone("The plan changes a service that does not exist any more.", scene).alone()
        }
        _ => fine(),
    }
}

/// A part of Elastic Load Balancing that the plan changes, and that may be gone.
fn balancing(change: &Change, scene: &Scene<'_>, what: &str) -> Verdict {
    let Some(arn) = change.arn() else { return fine() };
    if scene.facts.exists(Question::Exists(arn))? {
        return fine();
    }
    gone(format!("The plan changes a {what} that does not exist any more."), scene).alone()
}

fn gone(message: impl Into<String>, scene: &Scene<'_>) -> Found {
    dated(Found::error(message), scene).fix("Plan again.")
}

fn service(change: &Change, scene: &Scene<'_>) -> Verdict {
    let Some(before) = change.before().map(Service) else { return fine() };
    let Some(live) = scene.service(change)? else {
        return gone("The plan changes a service that does not exist any more, or is being deleted.", scene).alone();
    };
    let mut outcomes = Vec::new();
    let after = change.after().map(Service);
    if let (Field::Known(read), Some(now)) = (before.task_definition(), &live.configured)
        && !is_same_revision(read.judged(), now)
    {
        let words = ("task definition", "task_definition");
        let written = after.and_then(|after| after.task_definition().known());
        let writes = written.is_none_or(|written| revision(written.judged()) != revision(now));
        outcomes.push(differs(change, scene, words, (&shown(&read), short(now)), writes));
    }
    let groups =
        |entries: Vec<Entry>| entries.into_iter().filter_map(|entry| entry.group.known()).collect::<BTreeSet<Text>>();
    if let (Field::Known(read), false) = (before.entries().map(groups), live.load_balancers.is_empty()) {
        let now: BTreeSet<&str> = live.load_balancers.iter().map(|entry| entry.target_group.as_str()).collect();
        if !read.is_empty() && read.iter().map(Text::judged).collect::<BTreeSet<_>>() != now {
            let read = read.iter().map(shown).collect::<Vec<_>>().join(", ");
            let written = after.and_then(|after| after.entries().map(groups).known());
            let writes = written.is_none_or(|written| written.iter().map(Text::judged).collect::<BTreeSet<_>>() != now);
            let shown_now = now.into_iter().map(short).collect::<Vec<_>>().join(", ");
            outcomes.push(differs(change, scene, ("target groups", "load_balancer"), (&read, &shown_now), writes));
        }
    }
    let controllers = (before.controller(), after.map(|after| after.controller()), &live.controller);
    let strategies = (before.strategy(), after.map(|after| after.strategy()), &live.strategy);
    for (label, key, (read, written, now)) in [
        ("deployment controller", "deployment_controller", controllers),
        ("strategy", "deployment_configuration", strategies),
    ] {
        if let Field::Known(read) = read
            && !now.is_empty()
            && read != *now
            && before.0.block(key).known().is_some()
        {
            let writes = written.and_then(Field::known).is_none_or(|written| written != *now);
            let read = if before.0.get(key).holds_sensitive() { HIDDEN } else { &read };
            outcomes.push(differs(change, scene, (label, key), (read, now), writes));
        }
    }
    if outcomes.is_empty() {
        outcomes.extend(written_from_data(change, scene, live));
    }
    if outcomes.is_empty() {
        outcomes.extend(newest_from_data(change, scene)?);
    }
    Ok(outcomes)
}

fn task_set(change: &Change, scene: &Scene<'_>) -> Verdict {
    let Standing::Gone = scene.standing(change)? else { return fine() };
    let found = gone("The plan changes a task set that does not exist any more.", scene);
    found.fact("ARN", change.arn().unwrap_or_default()).alone()
}

fn shown(text: &Text) -> String {
    text.part(short(text.judged())).to_string()
}

/// EXTERNAL services hold `family:revision`, others an ARN; a bare family says nothing.
fn is_same_revision(read: &str, now: &str) -> bool {
    match (revision(read), revision(now)) {
        (Some(read), Some(now)) => read == now,
        _ => true,
    }
}

/// `writes`: what the plan writes is not what is live anyway.
fn differs(
    change: &Change,
    scene: &Scene<'_>,
    (label, key): (&str, &str),
    (read, now): (&str, &str),
    writes: bool,
) -> Outcome {
    let message = format!("Read for {label} when this was planned: {read}; live now: {now}.");
    let found = if change.writes(key) && !writes {
        Found::note(format!("{message} The plan writes just that, so nothing changes."))
    } else if change.writes(key) {
        Found::error(format!("{message} The apply would overwrite that."))
    } else {
        Found::note(format!("{message} The plan does not write it."))
    };
    let found =
        found.fact("Read by the plan", read).fact("Live now", now).fix("Plan again, and let guard check the new plan.");
    Outcome::Finding(dated(found, scene))
}

/// With how old the plan is, as far as the plan says when it was made.
fn dated(found: Found, scene: &Scene<'_>) -> Found {
    let Some(timestamp) = &scene.plan.timestamp else { return found };
    let made = OffsetDateTime::parse(timestamp, &Rfc3339).ok();
    let age = made.zip(scene.now).map(|(made, now)| (now - made).whole_seconds()).filter(|seconds| *seconds >= 0);
    let ago = age.map_or(String::new(), |seconds| format!(", {} ago", span(seconds)));
    found.fact("Planned at", format!("{timestamp}{ago}"))
}

/// The value comes from a data source that read something else than what is configured now.
fn written_from_data(change: &Change, scene: &Scene<'_>, live: &ServiceFacts) -> Option<Outcome> {
    let Field::Known(written) = Service(change.after()?).task_definition() else { return None };
    let now = live.configured.as_deref()?;
    if !change.writes("task_definition") || is_same_revision(written.judged(), now) {
        return None;
    }
    let read = scene.plan.prior.iter().find(|prior| {
        let values =
            ["configured_task_definition_arn", "configured_task_definition", "task_definition_arn", "task_definition"];
        let is = |key: &&'static str| prior.values.get(*key).and_then(Value::as_str) == Some(written.judged());
        prior.is_data && values.iter().any(is)
    })?;
    let message = format!(
        "{} read {} when this was planned, and the plan writes that; {} is configured now.",
        read.address,
        shown(&written),
        short(now)
    );
    let found = Found::error(message).fact("Read from", &read.address).fact("Live now", now).fix("Plan again.");
    Some(Outcome::Finding(dated(found, scene)))
}

/// The value is what was the newest revision of a family, and a newer one has been registered since.
fn newest_from_data(change: &Change, scene: &Scene<'_>) -> Result<Option<Outcome>, Untold> {
    let Some(Field::Known(written)) = change.after().map(|after| Service(after).task_definition()) else {
        return Ok(None);
    };
    let kinds = ["ecslive_task_definition", "aws_ecs_task_definition"];
    let values = ["arn", "family_revision", "task_definition"];
    let read = scene.plan.prior.iter().find(|prior| {
        let is = |key: &&'static str| prior.values.get(*key).and_then(Value::as_str) == Some(written.judged());
        prior.is_data && kinds.contains(&prior.kind.as_str()) && values.iter().any(is)
    });
    let (Some(read), Some((family, _))) = (read, revision(written.judged())) else { return Ok(None) };
    // Who asks a data source for one revision gets that one.
    let asked = read.values.get("task_definition").or(read.values.get("family")).and_then(Value::as_str);
    if !change.writes("task_definition") || asked.is_some_and(|asked| revision(asked).is_some()) {
        return Ok(None);
    }
    let place = match written.judged() {
        arn if arn.starts_with("arn:") => Place::of_arn(arn),
        _ => Place::of(change, scene.plan),
    };
    let newest = scene.facts.definition(Question::NewestDefinition { place, family: family.to_owned() })?;
    let Some(newest) = newest.filter(|newest| !is_same_revision(written.judged(), &newest.arn)) else {
        return Ok(None);
    };
    let message = format!(
        "{} read {} when this was planned, and the plan writes that; {} is the newest revision now.",
        read.address,
        shown(&written),
        short(&newest.arn)
    );
    let found =
        Found::error(message).fact("Read from", &read.address).fact("Newest now", &newest.arn).fix("Plan again.");
    Ok(Some(Outcome::Finding(dated(found, scene))))
}

fn route(change: &Change, scene: &Scene<'_>) -> Verdict {
    let (Some(arn), Some(before), Some(after)) = (change.arn(), change.before(), change.after()) else { return fine() };
    let (read, planned) = (Route::new(&change.kind, before), Route::new(&change.kind, after));
    let Some(live) = scene.facts.route(Question::Route(arn.clone()))? else {
        let what = if change.kind == "aws_lb_listener" { "listener" } else { "listener rule" };
        let message = format!("The plan changes a {what} that does not exist any more.");
        return gone(message, scene).fact("ARN", arn).alone();
    };
    let now = Destination::of_route(live);
    let writes = change.writes(read.key());
    if let Some(then) = destination(&read.forwarding()).filter(|then| shares(then) != shares(&now)) {
        let words = ("weights", read.key());
        let other = destination(&planned.forwarding()).is_none_or(|written| shares(&written) != shares(&now));
        return Ok(vec![differs(change, scene, words, (&then.describe(), &now.describe()), other)]);
    }
    let Some(written) = destination(&planned.forwarding()).filter(|written| writes && shares(written) != shares(&now))
    else {
        return fine();
    };
    let source = scene.plan.prior.iter().find(|prior| {
        prior.is_data && prior.kind == "ecslive_target_group" && shares(&weights(&prior.values)) == shares(&written)
    });
    let Some(source) = source else { return fine() };
    let message = format!(
        "{} read {} when this was planned, and the plan writes that; {} is live now.",
        source.address,
        written.describe(),
        now.describe()
    );
    let found =
        Found::error(message).fact("Read from", &source.address).fact("Live now", now.describe()).fix("Plan again.");
    dated(found, scene).alone()
}

fn weights(values: &Value) -> Destination {
    let weights = values.get("target_group_weights").and_then(Value::as_object).into_iter().flatten();
    let weight = |(arn, weight): (&String, &Value)| Part {
        arn: Some(Text::plain(&**arn)),
        weight: weight.as_i64().unwrap_or_default(),
        is_hidden: false,
    };
    Destination::Groups(weights.map(weight).collect())
}

fn destination(forwarding: &Field<Forwarding>) -> Option<Destination> {
    let Field::Known(Forwarding::Groups(shares)) = forwarding else { return None };
    let one = |share: &crate::guard::plan::GroupShare| {
        let arn = share.arn.as_ref().known()?.clone();
        Some(Part { arn: Some(arn), weight: share.weight, is_hidden: share.is_hidden })
    };
    shares.iter().map(one).collect::<Option<Vec<_>>>().map(Destination::Groups)
}

/// Shares without groups that get nothing, in a fixed order.
fn shares(destination: &Destination) -> Vec<(Option<&str>, i64)> {
    let mut shares: Vec<_> = destination.shares().into_iter().filter(|(_, share)| *share > 0).collect();
    shares.sort_unstable();
    shares
}
