//! The state table: every situation of a deployment under every kind of it. One line is one cell.

use super::*;
use crate::resolve::model::ServiceDeployment;
use crate::resolve::running;

/// What a cell starts from: the service, and the account that answers what is asked.
type Cell = (Service, Account);

const DONE: Option<&str> = Some("COMPLETED");
const GOING: Option<&str> = Some("IN_PROGRESS");

fn check_cell(situation: &str, (service, account): Cell, query: &Query, expect: &str, runs: &str) {
    let (result, _) = account.answer(service.clone(), |facts| decide(query, facts));
    assert_eq!(outcome(result), expect, "{situation}");
    let (result, _) = account.answer(service, running::decide);
    let seen = match result {
        Ok(running) => {
            let number = |arn: Option<crate::resolve::task_definition::TaskDefinitionArn>| {
                arn.map_or("?".to_owned(), |arn| arn.revision().to_string())
            };
            format!("{} to {}", number(running.task_definition), number(running.target))
        }
        Err(refusal) => format!("refused: {}", refusal.explain().summary),
    };
    assert_eq!(seen, runs, "{situation}");
}

fn rolling_cell(deployments: &[(&str, Option<&str>, u64)]) -> Cell {
    // A second rule pins the same target group: it does not matter.
    let routes = vec![forward("prod", "1", &[("only", 1)]), forward("other", "1", &[("only", 1)])];
    (rolling(deployments), Account { routes, ..Account::default() })
}

#[test]
fn rolling_keeps_its_target_group_in_every_situation() {
    let steady = "only | only=1 | Service | verified";
    let moving = "only | only=1 | Service | verified | in progress";
    for (situation, deployments, expect, runs) in [
        ("steady", vec![("PRIMARY", DONE, 7)], steady, "7 to 7"),
        ("mid-deployment", vec![("PRIMARY", GOING, 8), ("ACTIVE", DONE, 7)], moving, "7 to 8"),
        ("done, old not yet gone", vec![("PRIMARY", DONE, 8), ("ACTIVE", DONE, 7)], steady, "8 to 8"),
        ("failed", vec![("PRIMARY", Some("FAILED"), 8), ("ACTIVE", DONE, 7)], steady, "7 to 8"),
        ("going back", vec![("PRIMARY", GOING, 7), ("ACTIVE", Some("FAILED"), 8)], moving, "7 to 7"),
        ("gone back", vec![("PRIMARY", DONE, 7), ("INACTIVE", Some("FAILED"), 8)], steady, "7 to 7"),
        ("first deployment", vec![("PRIMARY", GOING, 1)], moving, "1 to 1"),
    ] {
        check_cell(situation, rolling_cell(&deployments), &Query::default(), expect, runs);
        let (service, account) = rolling_cell(&deployments);
        let idle = Service { desired_count: 0, running_count: 0, ..service };
        check_cell(&format!("{situation}, no tasks"), (idle, account), &Query::default(), expect, runs);
    }
}

const BLUE: (&str, &str, u64, &str) = ("PRIMARY", "blue", 7, "d-OLD");
const WAITING: (&str, &str, u64, &str) = ("ACTIVE", "green", 8, "d-NEW");
const GREEN: (&str, &str, u64, &str) = ("PRIMARY", "green", 8, "d-NEW");
const LEAVING: (&str, &str, u64, &str) = ("ACTIVE", "blue", 7, "d-OLD");
const GONE: (&str, &str, u64, &str) = ("DRAINING", "green", 8, "d-NEW");

fn sets_cell(sets: &[(&str, &str, u64, &str)], status: &str, blue: u16, green: u16) -> Cell {
    let mut account = account(status, &[("blue", blue), ("green", green)]);
    // Rules on other listeners pin a target group of their own: only the production listener counts.
    account.routes.push(forward("other", "1", &[("blue", 1)]));
    account.routes.push(forward("other", "2", &[("green", 1)]));
    (code_deploy(sets), account)
}

#[test]
fn code_deploy_in_every_situation() {
    let blue = "blue | blue=100 green=0 | TaskSet | verified | standby green";
    let blue_moving = "blue | blue=100 green=0 | TaskSet | verified | in progress | standby green";
    let split = "unsettled: Traffic Is Split | blue=90 green=10 | TaskSet | verified | in progress";
    let stuck = "unsettled: Traffic Is Split | blue=90 green=10 | TaskSet | verified";
    for (situation, sets, status, weights, expect, runs) in [
        ("steady", vec![BLUE], "Succeeded", (100, 0), blue, "7 to 7"),
        ("before the shift", vec![BLUE, WAITING], "Ready", (100, 0), blue_moving, "7 to 8"),
        ("split", vec![BLUE, WAITING], "InProgress", (90, 10), split, "7 to 8"),
        (
            "shifted, the task set lags",
            vec![BLUE, WAITING],
            "InProgress",
            (0, 100),
            "green | blue=0 green=100 | Listener | verified | in progress | standby blue",
            "7 to 8",
        ),
        (
            "shifted, old not yet terminated",
            vec![GREEN, LEAVING],
            "InProgress",
            (0, 100),
            "green | blue=0 green=100 | TaskSet | verified | in progress | standby blue",
            "8 to 8",
        ),
        ("rolled back, green draining", vec![BLUE, GONE], "Stopped", (100, 0), blue, "7 to 7"),
        ("rolled back", vec![BLUE], "Stopped", (100, 0), blue, "7 to 7"),
        ("failed, green stays", vec![BLUE, WAITING], "Failed", (100, 0), blue, "7 to 7"),
        ("failed half-way", vec![BLUE, WAITING], "Failed", (90, 10), stuck, "7 to 7"),
        (
            "moved by hand",
            vec![BLUE],
            "Succeeded",
            (0, 100),
            "unsettled: ECS and Listener Disagree | blue=0 green=100 | TaskSet | verified",
            "7 to 7",
        ),
        ("all weights 0", vec![BLUE], "Succeeded", (0, 0), "refused: All Target Group Weights Are Zero", "7 to 7"),
    ] {
        let cell = || sets_cell(&sets, status, weights.0, weights.1);
        check_cell(situation, cell(), &Query::default(), expect, runs);
        let (service, account) = cell();
        let idle = Service { desired_count: 0, running_count: 0, ..service };
        check_cell(&format!("{situation}, no tasks"), (idle, account), &Query::default(), expect, runs);
    }
    let (service, mut account) = sets_cell(&[BLUE, WAITING], "Stopped", 90, 10);
    account.deployments[1].rolled_back_by = Some("d-UNDO".to_owned());
    account.deployments.push(undo("InProgress"));
    let expect = "unsettled: Rollback In Progress | blue=90 green=10 | TaskSet | verified | in progress";
    check_cell("rollback running", (service, account), &Query::default(), expect, "7 to 7");
}

#[test]
fn external_in_every_situation_with_its_listener_named() {
    let query = Query { entry: Some(Entry::Listener(listener("prod"))), ..Query::default() };
    let blue = "blue | blue=100 green=0 | Listener | verified | standby green";
    let moving = "blue | blue=100 green=0 | Listener | verified | in progress | standby green";
    let green = "green | blue=0 green=100 | Listener | verified | in progress | standby blue";
    let split = "unsettled: Traffic Is Split | blue=90 green=10 | Listener | verified | in progress";
    let unverified_expect = "refused: Traffic Shares Unknown";
    for (situation, sets, weights, expect, runs) in [
        ("steady", vec![BLUE, GONE], (100, 0), blue, "7 to 7"),
        ("before the shift", vec![BLUE, WAITING], (100, 0), moving, "? to ?"),
        ("split", vec![BLUE, WAITING], (90, 10), split, "? to ?"),
        ("shifted before PRIMARY moves", vec![BLUE, WAITING], (0, 100), green, "? to ?"),
        ("shifted, old not yet terminated", vec![GREEN, LEAVING], (0, 100), green, "? to ?"),
    ] {
        let cell = || {
            let (service, account) = sets_cell(&sets, "Succeeded", weights.0, weights.1);
            let task_sets = service.task_sets.into_iter().map(|mut set| {
                set.code_deploy_id = None;
                set
            });
            let task_sets = task_sets.collect();
            let service =
                Service { task_sets, ..crate::resolve::scenes::service(Controller::External, Strategy::Rolling) };
            (service, account)
        };
        check_cell(situation, cell(), &query, expect, runs);
        check_cell(&format!("{situation}, unverified"), cell(), &unverified(), unverified_expect, runs);
    }
}

fn native_cell(
    strategy: &Strategy,
    current: &[&str],
    deployment: Option<ServiceDeployment>,
    weights: (u16, u16),
) -> Cell {
    let account = Account {
        revisions: vec![service_revision("old", "blue", 7), service_revision("new", "green", 8)],
        service_deployment: deployment,
        routes: vec![
            forward("prod", "1", &[("blue", weights.0), ("green", weights.1)]),
            forward("test", "1", &[("green", 1)]),
            // Another rule of the production listener pins a target group: only the production rule counts.
            forward("prod", "2", &[("blue", 1)]),
        ],
        ..Account::default()
    };
    (crate::resolve::scenes::native(strategy.clone(), current), account)
}

#[test]
fn native_blue_green_linear_and_canary_in_every_situation() {
    let blue = "blue | blue=100 green=0 | ServiceRevision | verified | standby green";
    let green = "green | blue=0 green=100 | ServiceRevision | verified | standby blue";
    let moving = "blue | blue=100 green=0 | ServiceRevision | verified | in progress | standby green";
    let split = "unsettled: Traffic Is Split | blue=90 green=10 | Listener | verified | in progress";
    let by_listener = "blue | blue=100 green=0 | Listener | verified | standby green";
    let split_by_listener = "unsettled: Traffic Is Split | blue=90 green=10 | Listener | verified";
    let rollback = "unsettled: Rollback In Progress | blue=90 green=10 | Listener | verified | in progress";
    let both: &[&str] = &["old", "new"];
    for (situation, current, deployment, weights, expect, runs) in [
        ("steady", &["old"][..], None, (100, 0), blue, "7 to 7"),
        ("steady on green", &["new"][..], None, (0, 100), green, "8 to 8"),
        ("before the shift", both, Some(("IN_PROGRESS", 100, 0)), (100, 0), moving, "7 to 8"),
        ("split", both, Some(("IN_PROGRESS", 90, 10)), (90, 10), split, "? to 8"),
        (
            "bake time",
            both,
            Some(("IN_PROGRESS", 0, 100)),
            (0, 100),
            "green | blue=0 green=100 | ServiceRevision | verified | in progress | standby blue",
            "8 to 8",
        ),
        ("rollback asked for", both, Some(("ROLLBACK_REQUESTED", 90, 10)), (90, 10), split, "? to 8"),
        ("rollback running", both, Some(("ROLLBACK_IN_PROGRESS", 90, 10)), (90, 10), rollback, "? to 8"),
        ("rolled back", &["old"][..], Some(("ROLLBACK_SUCCESSFUL", 100, 0)), (100, 0), blue, "7 to 7"),
        ("rollback failed, one serves", both, Some(("ROLLBACK_FAILED", 50, 50)), (100, 0), by_listener, "? to 8"),
        ("rollback failed half-way", both, Some(("ROLLBACK_FAILED", 50, 50)), (90, 10), split_by_listener, "? to 8"),
        ("stopped, one serves", both, Some(("STOPPED", 50, 50)), (100, 0), by_listener, "? to 8"),
        ("stopped half-way", both, Some(("STOPPED", 50, 50)), (90, 10), split_by_listener, "? to 8"),
        (
            "moved by hand",
            &["old"][..],
            None,
            (0, 100),
            "unsettled: ECS and Listener Disagree | blue=0 green=100 | ServiceRevision | verified",
            "7 to 7",
        ),
    ] {
        for strategy in [Strategy::BlueGreen, Strategy::Linear, Strategy::Canary] {
            let deployment = deployment.map(|(status, old, new)| service_deployment(status, old, new));
            let cell = || native_cell(&strategy, current, deployment.clone(), weights);
            check_cell(&format!("{situation}, {strategy:?}"), cell(), &Query::default(), expect, runs);
            let (service, account) = cell();
            let idle = Service { desired_count: 0, running_count: 0, ..service };
            check_cell(
                &format!("{situation}, {strategy:?}, no tasks"),
                (idle, account),
                &Query::default(),
                expect,
                runs,
            );
        }
    }
}
