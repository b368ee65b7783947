//! Rolling services: rollbacks, several pushes, failures, and target groups that change.

use super::{Answered, Reported};
use crate::resolve::model::{Deployment, DeploymentStatus, Service, Strategy};
use crate::resolve::scenes::*;

const GOING: Option<&str> = Some("IN_PROGRESS");
const DONE: Option<&str> = Some("COMPLETED");
const FAILED: Option<&str> = Some("FAILED");

/// A reason as ECS writes it (aws/copilot-cli#4838).
const BACK: &str = "ECS deployment circuit breaker: rolling back to deploymentId ecs-svc/0.";

fn state(deployments: &[(&str, Option<&str>, u64)]) -> Service {
    Service { current_deployment: Some("arn:deployment".to_owned()), ..rolling(deployments) }
}

fn going_back(deployments: &[(&str, Option<&str>, u64)]) -> Service {
    let mut service = state(deployments);
    service.deployments[0].reason = Some(BACK.to_owned());
    service
}

fn one_rule() -> Account {
    Account { routes: vec![forward("prod", "1", &[("only", 1)])], ..Account::default() }
}

#[track_caller]
fn runs(number: &str, service: Service, expect: &'static str) {
    Reported::new(service, one_rule()).is(number, Answered { runs: expect, ..Answered::default() });
}

#[test]
fn while_a_rollback_goes_on_the_old_revision_runs() {
    let failed = [("PRIMARY", GOING, 7), ("ACTIVE", FAILED, 8)];
    runs("W1", going_back(&failed), "7 to 7 | in progress");
    // Whatever the text says: the other one has failed.
    runs("W1", state(&failed), "7 to 7 | in progress");
    runs("W1", going_back(&[("PRIMARY", GOING, 7), ("ACTIVE", GOING, 8)]), "7 to 7 | in progress");
    let twice = [("PRIMARY", GOING, 7), ("ACTIVE", FAILED, 9), ("ACTIVE", GOING, 8)];
    runs("W1", going_back(&twice), "7 to 7 | in progress");
    // Where no text says it, the service deployment does.
    let mut account = one_rule();
    account.service_deployment = Some(service_deployment("ROLLBACK_IN_PROGRESS", 0, 0));
    account.revisions = vec![service_revision("old", "only", 7), service_revision("new", "only", 8)];
    let silent = state(&[("PRIMARY", GOING, 7), ("ACTIVE", GOING, 8)]);
    Reported::new(silent, account).is("W1", Answered { runs: "7 to 7 | in progress", ..Answered::default() });
    let group = Answered { target_group: "only | only=1 | in progress", ..Answered::default() };
    Reported::new(going_back(&failed), one_rule()).is("W1", group);
}

#[test]
fn of_several_pushes_the_one_that_was_proven_runs() {
    let three = [("PRIMARY", GOING, 9), ("ACTIVE", GOING, 8), ("ACTIVE", DONE, 7)];
    runs("W2", state(&three), "7 to 9 | in progress");
    let fix = [("PRIMARY", GOING, 9), ("ACTIVE", FAILED, 8), ("ACTIVE", DONE, 7)];
    runs("W2", state(&fix), "7 to 9 | in progress");
    let on_a_rollback = [("PRIMARY", GOING, 9), ("ACTIVE", GOING, 7), ("ACTIVE", FAILED, 8)];
    runs("W2", state(&on_a_rollback), "7 to 9 | in progress");
}

#[test]
fn a_failure_that_nobody_undoes_stays_as_it_is() {
    runs("W3", state(&[("PRIMARY", FAILED, 1)]), "1 to 1");
    let account = Account::default();
    let lone = Service { current_deployment: None, ..rolling(&[("PRIMARY", FAILED, 1)]) };
    Reported::new(lone, account).is("W3", Answered { deployment: "FAILED  -> 1", ..Answered::default() });
    runs("W41", state(&[("PRIMARY", FAILED, 8), ("ACTIVE", DONE, 7)]), "7 to 8");
    runs("W42", state(&[("PRIMARY", DONE, 8), ("ACTIVE", DONE, 7)]), "8 to 8");
    let group = Answered { target_group: "only | only=1", ..Answered::default() };
    Reported::new(state(&[("PRIMARY", FAILED, 8), ("ACTIVE", DONE, 7)]), one_rule()).is("W41", group);
    // A strategy of two sides was stopped, and has become ROLLING since: both have tasks.
    runs("W41", state(&[("PRIMARY", FAILED, 8), ("ACTIVE", FAILED, 7)]), "? to 8");
    runs("W41", state(&[("PRIMARY", FAILED, 8), ("ACTIVE", FAILED, 8)]), "8 to 8");
}

#[test]
fn deployments_that_drain_or_are_not_known_block_nothing() {
    let draining = [("PRIMARY", DONE, 7), ("DRAINING", FAILED, 8)];
    runs("W5", state(&draining), "7 to 7");
    Reported::new(state(&draining), one_rule())
        .is("W5", Answered { target_group: "only | only=1", ..Answered::default() });
    let unknown = [("PRIMARY", GOING, 8), ("ASLEEP", DONE, 7)];
    runs("an unknown status", state(&unknown), "? to 8 | in progress");
    let group = Answered { target_group: "only | only=1 | in progress", ..Answered::default() };
    Reported::new(state(&unknown), one_rule()).is("an unknown status", group);
    runs("an unknown rollout", state(&[("PRIMARY", Some("DREAMING"), 7)]), "7 to 7 | in progress?");
}

#[test]
fn answers_from_before_rollouts_had_a_state() {
    runs("no rollout state", state(&[("PRIMARY", None, 7)]), "7 to 7");
    runs("no rollout state", state(&[("PRIMARY", None, 8), ("ACTIVE", None, 7)]), "? to 8 | in progress");
}

#[test]
fn the_sole_revision_of_a_pair_that_is_left_over_knows_its_side() {
    let service = Service {
        load_balancers: vec![pair()],
        current_revisions: current(&["new"]),
        ..state(&[("PRIMARY", DONE, 8)])
    };
    let account = |weights| Account {
        revisions: vec![service_revision("new", "green", 8)],
        routes: vec![forward("prod", "1", weights)],
        ..Account::default()
    };
    let green = account(&[("blue", 0), ("green", 100)]);
    let expect =
        Answered { target_group: "green | blue=0 green=100", unverified: "green | green=100", ..Answered::default() };
    Reported::new(service.clone(), green).is("W8", expect);
    let other = account(&[("blue", 100), ("green", 0)]);
    let expect =
        Answered { target_group: "ECS and Listener Disagree, stays | blue=100 green=0", ..Answered::default() };
    Reported::new(service.clone(), other).is("W8", expect);
    // The service lost the pair, its revision is still one of BLUE_GREEN.
    let plain = Service { load_balancers: vec![entry("blue")], ..service };
    let expect =
        Answered { target_group: "green | blue=0 green=100", unverified: "green | green=100", ..Answered::default() };
    Reported::new(plain.clone(), account(&[("blue", 0), ("green", 100)])).is("W53", expect);
    let split = Answered { target_group: "Traffic Is Split, stays | blue=50 green=50", ..Answered::default() };
    Reported::new(plain, account(&[("blue", 50), ("green", 50)])).is("W53", split);
}

#[test]
fn a_target_group_that_no_task_has_reached_yet_is_not_live() {
    let service = Service {
        load_balancers: vec![entry("next")],
        current_revisions: current(&["old", "new"]),
        ..state(&[("PRIMARY", GOING, 8), ("ACTIVE", DONE, 7)])
    };
    let plain = |arn: &str, name: &str, number| crate::resolve::model::ServiceRevision {
        load_balancers: vec![entry(name)],
        resolved: Vec::new(),
        ..service_revision(arn, name, number)
    };
    let account = Account {
        revisions: vec![plain("old", "only", 7), plain("new", "next", 8)],
        routes: vec![forward("prod", "1", &[("only", 1)])],
        unattached: vec!["next"],
        ..Account::default()
    };
    let expect = Answered {
        target_group: "only | only=1 | in progress",
        unverified: "refused: Traffic Shares Unknown",
        runs: "7 to 8 | in progress",
        ..Answered::default()
    };
    Reported::new(service, account).is("W8", expect);
}

/// Found by the histories: a deployment to another target group that was stopped, and a caller who lists both.
#[test]
fn a_list_of_target_groups_does_not_hide_what_the_revisions_know() {
    let service = Service {
        load_balancers: vec![entry("next")],
        current_revisions: current(&["old", "new"]),
        ..state(&[("PRIMARY", FAILED, 7), ("ACTIVE", DONE, 7)])
    };
    let plain = |arn: &str, name: &str| crate::resolve::model::ServiceRevision {
        load_balancers: vec![entry(name)],
        resolved: Vec::new(),
        ..service_revision(arn, name, 7)
    };
    let account = Account {
        revisions: vec![plain("old", "only"), plain("new", "next")],
        routes: vec![forward("prod", "1", &[("only", 100), ("next", 0)])],
        ..Account::default()
    };
    let candidates = std::collections::BTreeSet::from([group("only"), group("next")]);
    let query = crate::resolve::target_group::Query { candidates, ..Default::default() };
    let expect = Answered { target_group: "only | next=0 only=100", ..Answered::default() };
    Reported::new(service, account).asking(query).is("W8", expect);
}

#[test]
fn two_rolling_services_may_share_a_rule() {
    let shared = |only, other| Account {
        routes: vec![forward("prod", "1", &[("only", only), ("other", other)])],
        ..Account::default()
    };
    let steady = || state(&[("PRIMARY", DONE, 7)]);
    for (account, expect) in [(shared(60, 40), "only | only=60 other=40"), (shared(0, 100), "none | only=0 other=100")]
    {
        Reported::new(steady(), account).is("W43", Answered { target_group: expect, ..Answered::default() });
    }
}

#[test]
fn images_follow_the_deployment_that_runs() {
    let mut service = state(&[("PRIMARY", GOING, 7), ("ACTIVE", DONE, 7)]);
    service.deployments[0].id = "ecs-svc/200".to_owned();
    service.deployments[1].id = "ecs-svc/100".to_owned();
    service.current_revisions = current(&["arn:revision/100", "arn:revision/200"]);
    let revisions = ["arn:revision/100", "arn:revision/200"].map(|arn| service_revision(arn, "only", 7));
    let account = Account { revisions: revisions.to_vec(), ..one_rule() };
    let (result, _) = account.answer(service.clone(), crate::resolve::running::decide);
    assert_eq!(result.expect("an answer").revision.as_deref(), Some("arn:revision/100"), "W51");
    service.deployments[1].id = "ecs-svc/300".to_owned();
    let (result, _) = account.answer(service, crate::resolve::running::decide);
    assert_eq!(result.expect("an answer").revision, None, "W51");
}

#[test]
fn a_service_without_entries_is_there_all_the_same() {
    let headless = || Service { load_balancers: Vec::new(), ..state(&[("PRIMARY", DONE, 7)]) };
    let expect = || Answered { target_group: "none | ", unverified: "none | ", runs: "7 to 7", ..Answered::default() };
    Reported::new(headless(), Account::default()).is("W7", expect());
    let mut lattice = headless();
    lattice.deployments = vec![Deployment { uses_lattice: true, ..lattice.deployments[0].clone() }];
    let refused =
        Answered { target_group: "refused: VPC Lattice Not Supported", runs: "7 to 7", ..Answered::default() };
    Reported::new(lattice, Account::default()).is("W16", refused);
}

#[test]
fn facts_of_two_controllers_are_decided_by_the_listener() {
    let sets = code_deploy(&[("PRIMARY", "green", 8, "")]).task_sets;
    let service = || Service { task_sets: sets.clone(), ..state(&[("PRIMARY", DONE, 7)]) };
    let account = Account { routes: vec![forward("prod", "1", &[("only", 0), ("green", 100)])], ..Account::default() };
    let expect = Answered {
        target_group: "green | green=100 only=0",
        unverified: "refused: Traffic Shares Unknown",
        runs: "? to 7",
        ..Answered::default()
    };
    Reported::new(service(), account).is("W54", expect);
    assert_eq!(service().strategy(), Some(&Strategy::Rolling));
    assert_eq!(service().deployments[0].status, DeploymentStatus::Primary);
}
