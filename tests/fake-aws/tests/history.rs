//! Random histories: every one can be walked, and what an endpoint would answer from agrees with the machine's own books.

use fake_aws::history::{Happening, History, Kind, Move, Start, Strategy, World, histories};
use fake_aws::state::{Action, Region, Service};
use proptest::prelude::*;
use std::collections::BTreeMap;

/// Fails with the story when something is not as it has to be.
macro_rules! hold {
    ($condition:expr, $($what:tt)*) => {
        if !$condition {
            return Err(format!($($what)*));
        }
    };
}

fn weights(region: &Region, route: &str) -> BTreeMap<String, u32> {
    let action = region.rules.get(route).map(|rule| &rule.action);
    match action.or_else(|| region.listeners.get(route).map(|listener| &listener.action)) {
        Some(Action::Forward { weights, .. }) => weights.iter().cloned().collect(),
        _ => BTreeMap::new(),
    }
}

fn service<'a>(world: &'a World, name: &str) -> &'a Service {
    &world.region().clusters["shop"].services[name]
}

/// What has to be so in every state.
fn invariants(world: &World) -> Result<(), String> {
    for name in world.services() {
        let (truth, shown) = (world.truth(name), service(world, name));
        hold!(truth.exists == (shown.status == "ACTIVE"), "status {} against {truth:#?}", shown.status);
        if let Some(route) = &truth.route {
            hold!(weights(world.region(), route) == truth.weights, "the route's weights: {truth:#?}");
        }
        let sum = shown.tasks.unwrap_or_default();
        let rows = shown
            .deployments
            .iter()
            .filter_map(|row| row.tasks)
            .chain(shown.task_sets.iter().filter_map(|set| set.tasks));
        let (mut running, mut pending) = (0, 0);
        for tasks in rows {
            hold!(tasks.running >= 0 && tasks.pending >= 0 && tasks.desired >= 0, "negative counts: {shown:#?}");
            running += tasks.running;
            pending += tasks.pending;
        }
        hold!((running, pending) == (sum.running, sum.pending), "counts do not add up: {shown:#?}");
        hold!(truth.tasks.values().sum::<i64>() == running, "tasks of the truth: {truth:#?}");
        let primaries = shown.deployments.iter().filter(|row| row.status == "PRIMARY").count();
        let alive = truth.exists || truth.draining;
        hold!(shown.controller != "ECS" || !alive || primaries == 1, "{primaries} PRIMARY deployments: {shown:#?}");
        let primaries = shown.task_sets.iter().filter(|set| set.status == "PRIMARY").count();
        hold!(primaries <= 1, "{primaries} PRIMARY task sets");
        hold!(shown.controller != "CODE_DEPLOY" || !alive || primaries == 1, "CODE_DEPLOY without PRIMARY");
        if truth.exists && shown.controller == "ECS" {
            let first = &shown.deployments[0];
            hold!(first.task_definition == shown.task_definition, "PRIMARY is not what the service names: {shown:#?}");
            let moving = shown.deployments.iter().any(|row| row.rollout == "IN_PROGRESS" && row.status == "PRIMARY");
            hold!(moving == truth.under_way, "PRIMARY IN_PROGRESS {moving}: {truth:#?}\n{shown:#?}");
            for arn in &shown.current_revisions {
                hold!(world.region().service_revisions.contains_key(arn), "no revision {arn}");
            }
            if let Some(arn) = &shown.current_deployment {
                let found = world.region().service_deployments.get(arn);
                let final_status = found.is_some_and(|found| found.finished.is_some());
                hold!(found.is_some(), "currentServiceDeployment is nowhere");
                hold!(final_status != truth.under_way, "{:?} while under way {}", found, truth.under_way);
            }
        }
        hold!(!truth.settled || !truth.under_way, "settled and under way");
        hold!(
            !truth.settled
                || truth.ecs_knows_traffic
                || truth.control_group.is_none()
                || world.kind(name) == Kind::SharedRule,
            "settled, but ECS does not know the traffic: {truth:#?}"
        );
    }
    Ok(())
}

fn check(history: &History) -> Result<(), TestCaseError> {
    let walked = history.walk(|world, _| invariants(world));
    walked.map_err(|error| TestCaseError::fail(format!("{error}\n{}", history.story())))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 300, max_shrink_iters: 4000, ..ProptestConfig::default() })]

    #[test]
    fn every_random_history_keeps_the_books_straight(history in histories(25)) {
        check(&history)?;
    }

    #[test]
    fn what_is_not_among_the_moves_is_refused_and_changes_nothing(history in histories(15)) {
        let mut last = None;
        let _ = history.walk(|world, _| { last = Some(world.clone()); Ok::<(), ()>(()) });
        let world = last.expect("at least the start");
        let can = world.moves();
        for service in world.services() {
            for what in Happening::all() {
                let wanted = Move { service: service.to_owned(), what };
                let mut twin = world.clone();
                prop_assert_eq!(twin.take(&wanted).is_ok(), can.contains(&wanted), "{}\n{}", wanted, history.story());
            }
        }
    }

    #[test]
    fn waiting_ends_every_deployment_that_nobody_holds_up(history in histories(15)) {
        let mut last = None;
        let _ = history.walk(|world, _| { last = Some(world.clone()); Ok::<(), ()>(()) });
        let mut world = last.expect("at least the start");
        for service in world.services().into_iter().map(str::to_owned).collect::<Vec<_>>() {
            let held = !world.truth(&service).waiting_hooks.is_empty();
            match world.wait(&service) {
                Ok(()) => prop_assert!(!world.truth(&service).under_way),
                Err(error) => {
                    let now = world.truth(&service);
                    let shown = &world.region().clusters["shop"].services[&service];
                    let ready = world.region().deployments.values().any(|found| found.status == "Ready");
                    prop_assert!(
                        held || !now.waiting_hooks.is_empty() || ready || shown.controller == "EXTERNAL",
                        "{:?}\n{}\n{:#?}", error, history.story(), shown
                    );
                }
            }
        }
    }
}

/// The weights in an answer of DescribeRules or DescribeListeners.
fn weights_on_the_wire(world: &mut World, route: &str) -> BTreeMap<String, u32> {
    let rule = route.contains(":listener-rule/");
    let operation = if rule { "DescribeRules&RuleArns" } else { "DescribeListeners&ListenerArns" };
    let body = world.respond(None, &format!("Version=2015-12-01&Action={operation}.member.1={route}")).body;
    let groups = body.split("<TargetGroups>").nth(1).and_then(|rest| rest.split("</TargetGroups>").next());
    let inside = |text: &str, name: &str| {
        let rest = text.split(&format!("<{name}>")).nth(1)?;
        Some(rest.split("</").next()?.to_owned())
    };
    let tuples = groups.into_iter().flat_map(|groups| groups.split("<member>").skip(1));
    tuples
        .filter_map(|tuple| Some((inside(tuple, "TargetGroupArn")?, inside(tuple, "Weight")?.parse().ok()?)))
        .collect()
}

/// Running tasks by task definition, and what the service names, as DescribeServices answers.
fn services_on_the_wire(world: &mut World, name: &str) -> (BTreeMap<String, i64>, Option<String>) {
    let asked = serde_json::json!({"cluster": "shop", "services": [name]}).to_string();
    let answer = world.respond(Some("AmazonEC2ContainerServiceV20141113.DescribeServices"), &asked);
    let answer: serde_json::Value = serde_json::from_str(&answer.body).expect("JSON");
    let active = answer["services"].as_array().expect("services").iter().find(|found| found["status"] == "ACTIVE");
    let Some(found) = active else { return (BTreeMap::new(), None) };
    let mut tasks: BTreeMap<String, i64> = BTreeMap::new();
    for row in [&found["deployments"], &found["taskSets"]].into_iter().filter_map(|rows| rows.as_array()).flatten() {
        let running = row["runningCount"].as_i64().expect("a count");
        if running > 0 {
            *tasks.entry(row["taskDefinition"].as_str().expect("an ARN").to_owned()).or_default() += running;
        }
    }
    (tasks, found["taskDefinition"].as_str().map(str::to_owned))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 150, ..ProptestConfig::default() })]

    #[test]
    fn the_wire_says_what_the_truth_says(history in histories(20)) {
        let walked = history.walk(|world, _| {
            for name in world.services() {
                let (mut twin, truth) = (world.clone(), world.truth(name));
                if let Some(route) = &truth.route {
                    let found = weights_on_the_wire(&mut twin, route);
                    hold!(found == truth.weights, "DescribeRules says {found:?}: {truth:#?}");
                }
                if truth.exists {
                    let (tasks, names) = services_on_the_wire(&mut twin, name);
                    hold!(tasks == truth.tasks && names == truth.configured, "{tasks:?} {names:?}: {truth:#?}");
                }
            }
            Ok(())
        });
        walked.map_err(|error| TestCaseError::fail(format!("{error}\n{}", history.story())))?;
    }
}

/// Which happenings random histories reach: a machine that never gets there tests nothing.
#[test]
fn random_histories_reach_everything_that_can_happen() {
    use proptest::strategy::{Strategy as _, ValueTree as _};
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let mut seen: BTreeMap<Happening, usize> = BTreeMap::new();
    for _ in 0..1500 {
        let history = histories(30).new_tree(&mut runner).expect("a history").current();
        let _ = history.walk(|_, story| {
            if let Some(last) = story.last() {
                *seen.entry(last.what).or_default() += 1;
            }
            Ok::<(), ()>(())
        });
    }
    let never: Vec<_> = Happening::all().filter(|what| !seen.contains_key(what)).collect();
    assert!(never.is_empty(), "never: {never:?}\n{seen:#?}");
}

#[test]
fn a_start_has_no_deployment_under_way_unless_it_is_new() {
    for kind in [Kind::Rolling, Kind::Native(Strategy::Canary), Kind::CodeDeploy, Kind::External, Kind::SharedRule] {
        let world = World::new(&Start::of(&[kind]));
        let truth = world.truth("web");
        assert!(truth.settled && truth.exists, "{kind:?}: {truth:#?}");
        assert_eq!(truth.tasks.values().sum::<i64>(), 2);
    }
    for kind in [Kind::RollingNew, Kind::NativeNew(Strategy::BlueGreen)] {
        let world = World::new(&Start::of(&[kind]));
        assert!(world.truth("web").under_way, "{kind:?}");
    }
}
