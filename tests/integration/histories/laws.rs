//! The laws: what has to hold in every state.

use super::answers::{Answers, Group, Refused};
use super::facts::Account;
use super::reader::Reader;
use super::sketch;
use super::tally::Tally;
use ecslive::aws::Inquiry;
use ecslive::resolve::arn::{ListenerArn, RouteArn, TargetGroupArn};
use ecslive::resolve::deployment::Status;
use ecslive::resolve::model::Controller;
use ecslive::resolve::next::Next;
use ecslive::resolve::running::Running;
use ecslive::resolve::target_group::{Entry, Query};
use fake_aws::history::{Happening, Truth, World};
use std::collections::{BTreeMap, BTreeSet};

macro_rules! law {
    ($holds:expr, $($text:tt)*) => {
        if !$holds {
            return Err(format!($($text)*));
        }
    };
}

/// Looks at one service of the account as it stands.
pub fn hold(reader: Option<&Reader>, world: &World, service: &str, tally: &mut Tally) -> Result<(), String> {
    let truth = world.truth(service);
    tally.states += 1;
    tally.settled += u32::from(truth.settled);
    let queries = queries(world, service);
    let answers = ask(reader, world, service, &queries);
    tally.questions += u32::try_from(2 + queries.len()).expect("a few");
    runs(&truth, &answers.running)?;
    let status = match &answers.deployment {
        Inquiry::Answer(_, Some(answer)) => answer.status,
        _ => None,
    };
    progress(&truth, &answers.running, status)?;
    for (query, group) in queries.iter().zip(&answers.groups) {
        let shown = match &answers.running {
            Inquiry::Answer(found, _) => sketch::service(found),
            other => format!("{other:?}"),
        };
        let about = |text: String| format!("{service}: {text}\n{query:?}\n{}\n{shown}", sketch::truth(&truth));
        is_true(&truth, query, group).map_err(about)?;
        agrees(&truth, &answers.running, group).map_err(about)?;
        if let Some(refused) = group.refused() {
            *tally.refusals.entry(refused.summary).or_default() += 1;
            law!(!truth.settled || query.unverified, "{}", about(format!("settled, and refused: {}", refused.detail)));
            follow(reader, world, service, query, &refused, tally).map_err(about)?;
        }
    }
    together(reader, world, service, &answers.running)
}

/// The whole way where there is a reader, else with the domain alone.
fn ask(reader: Option<&Reader>, world: &World, service: &str, queries: &[Query]) -> Answers {
    match reader {
        Some(reader) => reader.ask(world, service, queries),
        None => Account::new(world, service).ask(queries),
    }
}

/// As people ask: with nothing, with the listener, with both target groups, and without asking the listener.
fn queries(world: &World, service: &str) -> Vec<Query> {
    let listener = ListenerArn::parse(&world.listener(service)).expect("a listener");
    let groups = world.truth(service).own_groups;
    let groups: BTreeSet<_> = groups.iter().map(|arn| TargetGroupArn::parse(arn).expect("a target group")).collect();
    vec![
        Query::default(),
        Query { entry: Some(Entry::Listener(listener)), ..Query::default() },
        Query { candidates: groups, ..Query::default() },
        Query { unverified: true, ..Query::default() },
    ]
}

/// Laws 2, 3 and 4 for what runs.
fn runs(truth: &Truth, running: &Inquiry<Running>) -> Result<(), String> {
    law!(!running.is_absent() || !truth.exists, "found = false, and the service is there: {}", sketch::truth(truth));
    let Inquiry::Answer(service, running) = running else {
        law!(!truth.exists || !truth.settled, "settled, and refused: {running:?}\n{}", sketch::truth(truth));
        return Ok(());
    };
    law!(truth.exists, "found, and there is no such service: {}", sketch::truth(truth));
    if let Some(runs) = &running.task_definition {
        // What is gone back to is what runs, even where its tasks have all been replaced by broken ones.
        let has_tasks = truth.tasks.is_empty()
            || truth.rolling_back
            || service.desired_count == 0
            || truth.tasks.contains_key(runs.as_str());
        law!(has_tasks, "{runs} runs, and has no tasks: {}\n{}", sketch::truth(truth), sketch::service(service));
    }
    let configured = service.configured.as_ref().map(|arn| arn.as_str().to_owned());
    law!(configured == truth.configured, "configured is {configured:?}: {}", sketch::truth(truth));
    law!(
        !truth.settled || truth.tasks.is_empty() || running.task_definition.is_some() || truth.tasks.len() > 1,
        "settled, and nothing runs: {}\n{}",
        sketch::truth(truth),
        sketch::service(service)
    );
    Ok(())
}

/// Law 5 for what is under way.
fn progress(truth: &Truth, running: &Inquiry<Running>, status: Option<Status>) -> Result<(), String> {
    let Inquiry::Answer(service, running) = running else { return Ok(()) };
    // Under CODE_DEPLOY, what has made no task set yet is known to its deployment group alone, which costs a call that only
    // the question about the deployment pays.
    let is_unmade = service.controller == Controller::CodeDeploy;
    // Under EXTERNAL, a PRIMARY alone that is not steady is only scaling.
    let is_unmade = is_unmade || service.controller == Controller::External;
    if let Some(told) = running.in_progress {
        law!(
            told == truth.under_way || is_unmade && !told,
            "in progress is {told}: {}\n{}",
            sketch::truth(truth),
            sketch::service(service)
        );
    }
    if let Some(status) = status {
        let goes_on = matches!(status, Status::Pending | Status::InProgress | Status::RollingBack);
        law!(
            goes_on == truth.under_way,
            "the deployment is {}: {}\n{}",
            status.as_str(),
            sketch::truth(truth),
            sketch::service(service)
        );
        law!(status != Status::RollingBack || truth.rolling_back, "it does not go back: {}", sketch::truth(truth));
    }
    Ok(())
}

/// Laws 1, 2 and 4 for the target group.
fn is_true(truth: &Truth, query: &Query, group: &Group) -> Result<(), String> {
    if let Some(absent) = &group.absent {
        law!(!truth.exists, "found = false, and the service is there");
        let Ok(weights) = absent else { return Ok(()) };
        let told: BTreeMap<String, u32> = weights
            .iter()
            .flat_map(|forward| &forward.weights)
            .map(|(group, weight)| (group.to_string(), u32::from(*weight)))
            .collect();
        let asks = query.arns().next().is_some();
        // A forward to one target group has no scale of its own: 1 is 100.
        let kept =
            truth.weights.iter().all(|(group, weight)| told.get(group).is_none_or(|it| (*it > 0) == (*weight > 0)));
        law!(kept, "absence moves traffic: {told:?}");
        let known = query.candidates.iter().any(|group| truth.weights.contains_key(group.as_str()));
        law!(!asks || !known || !told.is_empty(), "absence forgets the weights of the route");
        return Ok(());
    }
    let Some(answer) = group.answer() else { return Ok(()) };
    law!(truth.exists, "found, and there is no such service");
    let weights: BTreeMap<String, u32> =
        answer.weights().iter().map(|(group, weight)| (group.to_string(), u32::from(*weight))).collect();
    // Where somebody took production away from the service altogether, a search finds what is left: the test rule.
    let is_left = truth.weights.keys().any(|group| truth.own_groups.contains(group));
    if answer.verified {
        // Where several rules agree, those of the widest are told: written to any of them, they move nothing.
        let is_kept =
            if answer.route.is_none() { share_alike(&weights, &truth.weights) } else { weights == truth.weights };
        law!(is_kept || !is_left && query.entry.is_none(), "the weights are {weights:?}");
    }
    let Ok(Some(live)) = &answer.live else { return Ok(()) };
    let mine: Vec<&String> = truth
        .weights
        .iter()
        .filter(|(group, weight)| **weight > 0 && truth.own_groups.contains(*group))
        .map(|(group, _)| group)
        .collect();
    let has_all = mine == [live.as_str()];
    if answer.verified && (is_left || query.entry.is_some()) {
        law!(has_all, "{live} does not have all of the weight");
    } else {
        // ECS may have asked for what the listener has not done yet: without the listener nobody can know.
        let is_word = truth.control_group.as_deref() == Some(live.as_str()) || truth.under_way;
        law!(has_all || is_word, "{live} is neither what serves nor what ECS says");
    }
    Ok(())
}

/// True when every target group gets the same part of the requests. A forward to one target group ignores its weight.
fn share_alike(told: &BTreeMap<String, u32>, truth: &BTreeMap<String, u32>) -> bool {
    let share = |weights: &BTreeMap<String, u32>, group: &String| {
        let weight = |weight: u32| if weights.len() == 1 { 1 } else { weight };
        let whole: u32 = weights.values().map(|it| weight(*it)).sum();
        (weights.get(group).map_or(0, |it| weight(*it)), whole)
    };
    told.keys().chain(truth.keys()).all(|group| {
        let ((mine, all), (other, of_all)) = (share(told, group), share(truth, group));
        mine * of_all == other * all
    })
}

/// Law 5: the answers do not contradict each other.
fn agrees(truth: &Truth, running: &Inquiry<Running>, group: &Group) -> Result<(), String> {
    let (Inquiry::Answer(_, running), Some(answer)) = (running, group.answer()) else {
        law!(running.is_absent() == group.inquiry.is_absent(), "one is found, the other is not");
        return Ok(());
    };
    if let (Some(told), Some(other)) = (running.in_progress, answer.in_progress) {
        law!(told == other, "in progress is {told} for the service, {other} for the target group");
    }
    let Ok(Some(live)) = &answer.live else { return Ok(()) };
    for entry in &running.entries {
        let other = entry.live.as_ref().filter(|_| answer.verified);
        law!(other.is_none_or(|other| other == live), "the service says {other:?} is live, the target group {live}");
    }
    // While it moves, ECS may lag behind what the listener does already.
    if let Some(runs) = running.task_definition.as_ref().filter(|_| !answer.lags && answer.verified) {
        let there = truth.registered.get(live.as_str());
        let serves = there.is_none_or(|found| found.is_empty() || found.contains(runs.as_str()));
        law!(serves || !truth.settled, "{runs} runs, and {live} has {there:?}");
    }
    Ok(())
}

/// Law 5: batched or not, alone or together with others, the answer is the same.
fn together(reader: Option<&Reader>, world: &World, service: &str, alone: &Inquiry<Running>) -> Result<(), String> {
    let (services, Some(reader)) = (world.services(), reader) else { return Ok(()) };
    if services.len() < 2 || services[0] != service {
        return Ok(());
    }
    let show = |inquiry: &Inquiry<Running>| format!("{inquiry:?}");
    let (batched, single) = (reader.all(world, true), reader.all(world, false));
    law!(show(&batched[0]) == show(alone), "together {:?}, alone {alone:?}", batched[0]);
    for (one, other) in batched.iter().zip(&single) {
        law!(show(one) == show(other), "batched {one:?}, single {other:?}");
    }
    Ok(())
}

/// Law 6: the first advice is followed, and the refusal is gone; or another one says how to go on.
fn follow(
    reader: Option<&Reader>,
    world: &World,
    service: &str,
    query: &Query,
    refused: &Refused,
    tally: &mut Tally,
) -> Result<(), String> {
    let (mut world, mut query) = (world.clone(), query.clone());
    let mut tried = vec![(refused.summary, refused.next.clone())];
    loop {
        let (summary, next) = tried.last().cloned().expect("a refusal");
        law!(!next.is_empty(), "{summary} advises nothing");
        // The first advice; of routes all that are named.
        let routes = next.iter().take_while(|it| matches!(it, Next::Point { .. })).count();
        for next in &next[..routes.max(1)] {
            let kind = take(next, &mut world, service, &mut query)
                .map_err(|error| format!("{summary}: {next:?} is refused: {error}\n{}", refused.detail))?;
            *tally.advice.entry(kind).or_default() += 1;
        }
        let answers = ask(reader, &world, service, std::slice::from_ref(&query));
        let Some(again) = answers.groups[0].refused() else { return Ok(()) };
        let again = (again.summary, again.next);
        // A deployment may pause at every stage: on and on, but never twice the same without a step between.
        law!(
            tried.last() != Some(&again) && tried.len() < 60,
            "{summary}: it does not end: {tried:?}\nnow {}",
            sketch::truth(&world.truth(service))
        );
        tried.push(again);
    }
}

fn take(next: &Next, world: &mut World, service: &str, query: &mut Query) -> Result<&'static str, String> {
    let aws = |error| format!("{error:?}");
    Ok(match next {
        Next::Wait => {
            while world.truth(service).draining {
                world.let_happen(service, Happening::Drained).map_err(aws)?;
            }
            // On the way somebody may be waited for: then the next answer says whom. CodeDeploy waits for an approval.
            while world.wait(service).is_err() && world.let_happen(service, Happening::ContinueDeployment).is_ok() {}
            match world.wait(service) {
                Err(error) if world.truth(service).waiting_hooks.is_empty() => return Err(aws(error)),
                _ => "wait",
            }
        }
        Next::Continue { deployment, hooks } => {
            for hook in hooks {
                world.continue_hook(deployment, hook).map_err(aws)?;
            }
            "continue"
        }
        Next::Point { route, group } => {
            world.point(route.as_str(), group.as_str()).map_err(aws)?;
            "point the route"
        }
        Next::Deploy => {
            world.deploy(service).map_err(aws)?;
            world.wait(service).map_err(aws)?;
            "deploy"
        }
        Next::Attach { group } => {
            let route = world.truth(service).route.unwrap_or_else(|| world.listener(service));
            world.point(&route, group.as_str()).map_err(aws)?;
            "attach"
        }
        Next::Set { argument: "verify_listener", .. } => {
            query.unverified = false;
            "set verify_listener"
        }
        Next::Set { argument: "listener_arn", .. } => {
            query.entry =
                Some(Entry::Listener(ListenerArn::parse(&world.listener(service)).map_err(|e| e.to_string())?));
            "set listener_arn"
        }
        Next::Set { argument: "production_listener_rule_arn", value } => {
            let route = value.clone().or_else(|| world.truth(service).route).ok_or("no route")?;
            query.entry = Some(Entry::Route(RouteArn::parse(&route).map_err(|error| error.to_string())?));
            "set production_listener_rule_arn"
        }
        Next::Set { argument: "target_group_arns", value: Some(group) } => {
            let own = world.truth(service).own_groups;
            let all = own.iter().chain([group]);
            query.candidates = all.map(|arn| TargetGroupArn::parse(arn).expect("a target group")).collect();
            "set target_group_arns"
        }
        other => return Err(format!("nobody can follow {other:?}")),
    })
}
