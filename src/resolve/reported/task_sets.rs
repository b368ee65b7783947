//! CODE_DEPLOY and EXTERNAL: failed, undone and left-over task sets, listeners that were replaced, tools that never promote.

use super::{Answered, Reported};
use crate::resolve::model::{CodeDeployDeployment, Controller, Service, Strategy};
use crate::resolve::scenes::*;
use crate::resolve::target_group::{Entry, Query};
use std::collections::BTreeMap;

const BLUE: (&str, &str, u64, &str) = ("PRIMARY", "blue", 7, "d-OLD");
const GREEN: (&str, &str, u64, &str) = ("ACTIVE", "green", 8, "d-NEW");

fn account(status: &str, weights: &[(&str, u16)]) -> Account {
    Account {
        deployments: vec![deployment("d-OLD", "Succeeded"), deployment("d-NEW", status)],
        routes: vec![forward("prod", "1", weights), forward("test", "1", &[("green", 1)])],
        newest: Some("d-NEW".to_owned()),
        ..Account::default()
    }
}

fn external(sets: &[(&str, &str, u64, &str)]) -> Service {
    let task_sets = code_deploy(sets).task_sets.into_iter().map(|mut set| {
        set.code_deploy_id = None;
        set
    });
    let task_sets = task_sets.collect();
    Service { task_sets, ..service(Controller::External, Strategy::Rolling) }
}

#[test]
fn a_listener_that_terraform_replaced_is_looked_for_where_it_is_named_now() {
    let replaced = |group_listener| {
        let mut account = account("Succeeded", &[]);
        account.routes = vec![forward("next", "1", &[("blue", 100), ("green", 0)])];
        account.gone = vec![listener("prod").as_str().to_owned()];
        Account { group_listener, newest: None, ..account }
    };
    let expect = || Answered { target_group: "blue | blue=100 green=0", ..Answered::default() };
    Reported::new(code_deploy(&[BLUE]), replaced(Some(listener("next")))).is("W22", expect());
    Reported::new(code_deploy(&[BLUE]), replaced(None)).is("W22", expect());
    let nothing = Account { routes: Vec::new(), ..replaced(Some(listener("prod"))) };
    let refused = Answered { target_group: "refused: Load Balancer Resource Not Found", ..Answered::default() };
    Reported::new(code_deploy(&[BLUE]), nothing).is("W22", refused);
}

#[test]
fn a_native_rule_that_is_gone_is_searched_for() {
    let account = Account {
        revisions: vec![service_revision("new", "green", 8)],
        routes: vec![forward("next", "1", &[("blue", 0), ("green", 100)])],
        ..Account::default()
    };
    let expect = Answered { target_group: "green | blue=0 green=100", ..Answered::default() };
    Reported::new(native(Strategy::BlueGreen, &["new"]), account).is("W22", expect);
}

#[test]
fn a_listener_on_the_wrong_side_is_pointed_at_what_codedeploy_goes_by() {
    // The deployment that failed made no task set: "Primary taskset target group must be behind listener".
    let mut account = account("Failed", &[("blue", 100), ("green", 0)]);
    account.deployments[1].reason = Some("Primary taskset target group must be behind listener".to_owned());
    let on_green = || code_deploy(&[("PRIMARY", "green", 8, "d-OLD")]);
    let (found, _) = account.answer(on_green(), |facts| crate::resolve::target_group::decide(&Query::default(), facts));
    let answer = found.expect("an answer");
    let disagreement = answer.live.as_ref().expect_err("a disagreement");
    let point = crate::resolve::next::Next::Point { route: rule("prod", "1"), group: group("green") };
    assert_eq!(disagreement.next(), [point], "W23");
    let expect = Answered {
        target_group: "ECS and Listener Disagree, stays | blue=100 green=0",
        deployment: "FAILED  -> ?",
        ..Answered::default()
    };
    Reported::new(on_green(), account).is("W23", expect);
}

#[test]
fn a_left_over_set_is_settled() {
    for status in ["Succeeded", "Failed", "Stopped"] {
        let mut account = account(status, &[("blue", 100), ("green", 0)]);
        let all_on_blue = [("ecs-svc/blue".to_owned(), 100), ("ecs-svc/green".to_owned(), 0)];
        account.shifts = BTreeMap::from([("d-NEW".to_owned(), BTreeMap::from(all_on_blue))]);
        let expect = Answered {
            target_group: "blue | blue=100 green=0",
            unverified: "blue | blue=100 green=0",
            runs: "7 to 7",
            ..Answered::default()
        };
        Reported::new(code_deploy(&[BLUE, GREEN]), account).is("W24", expect);
    }
}

#[test]
fn shares_that_a_failed_deployment_left_are_nobodys_word_where_ecs_says_otherwise() {
    // Whoever takes traffic back by hand tells neither ECS nor CodeDeploy.
    for status in ["Failed", "Stopped"] {
        let mut account = account(status, &[("blue", 100), ("green", 0)]);
        let all_on_green = [("ecs-svc/blue".to_owned(), 0), ("ecs-svc/green".to_owned(), 100)];
        account.shifts = BTreeMap::from([("d-NEW".to_owned(), BTreeMap::from(all_on_green))]);
        let expect = Answered { unverified: "refused: Traffic Shares Unknown", ..Answered::default() };
        Reported::new(code_deploy(&[BLUE, GREEN]), account).is("W24", expect);
    }
}

#[test]
fn a_split_that_nothing_will_end_is_said_to_stay() {
    for status in ["Stopped", "Failed"] {
        let expect = Answered { target_group: "Traffic Is Split, stays | blue=85 green=15", ..Answered::default() };
        Reported::new(code_deploy(&[BLUE, GREEN]), account(status, &[("blue", 85), ("green", 15)])).is("W46", expect);
    }
}

#[test]
fn a_rollback_is_a_deployment_of_its_own() {
    let undone = |status: &str| {
        let mut account = account("Stopped", &[("blue", 85), ("green", 15)]);
        account.deployments[1].rolled_back_by = Some("d-UNDO".to_owned());
        account.deployments.push(undo(status));
        Account { newest: Some("d-UNDO".to_owned()), ..account }
    };
    let going = Answered {
        target_group: "Rollback In Progress, passes | blue=85 green=15 | in progress",
        runs: "7 to 7 | in progress",
        deployment: "ROLLING_BACK 7 -> 8",
        ..Answered::default()
    };
    Reported::new(code_deploy(&[BLUE, GREEN]), undone("InProgress")).is("W44", going);
    let done = Account { routes: vec![forward("prod", "1", &[("blue", 100), ("green", 0)])], ..undone("Succeeded") };
    let back =
        Answered { target_group: "blue | blue=100 green=0", deployment: "ROLLED_BACK  -> ?", ..Answered::default() };
    Reported::new(code_deploy(&[BLUE]), done).is("W44", back);
}

#[test]
fn a_deployment_that_has_made_nothing_yet_is_known_to_its_group() {
    let before = account("InProgress", &[("blue", 100), ("green", 0)]);
    let expect = Answered { deployment: "IN_PROGRESS  -> ?", runs: "7 to 7", ..Answered::default() };
    Reported::new(code_deploy(&[BLUE]), before).is("W45", expect);
    // CloudFormation's hook leaves no group behind.
    let hook = Account { newest: None, ..account("InProgress", &[]) };
    Reported::new(code_deploy(&[BLUE]), hook)
        .is("W45", Answered { deployment: "SUCCEEDED  -> 7", ..Answered::default() });
}

#[test]
fn external_sets_that_nobody_promotes_are_answered_by_the_route() {
    let active = [("ACTIVE", "blue", 7, "")];
    let one = |weights| Account { routes: vec![forward("prod", "1", weights)], ..Account::default() };
    let expect = Answered {
        target_group: "blue | blue=1",
        runs: "7 to 7",
        deployment: "SUCCEEDED  -> 7",
        ..Answered::default()
    };
    Reported::new(external(&active), one(&[("blue", 1)])).is("W25", expect);
    let query = || Query { entry: Some(Entry::Route(rule("prod", "1"))), ..Query::default() };
    let foreign = Answered { target_group: "none | other=1", ..Answered::default() };
    Reported::new(external(&active), one(&[("other", 1)])).asking(query()).is("W25", foreign);
    let empty = Answered { target_group: "none | ", runs: "? to ?", deployment: "?  -> ?", ..Answered::default() };
    Reported::new(external(&[]), Account::default()).is("W25", empty);
    let kept = Answered { target_group: "none | blue=100 green=0", ..Answered::default() };
    Reported::new(external(&[]), one(&[("blue", 100), ("green", 0)])).asking(query()).is("W25", kept);
}

#[test]
fn external_leftovers_are_a_split_whoever_the_other_group_is() {
    let leftovers =
        Account { routes: vec![forward("prod", "1", &[("blue", 80), ("canary", 20)])], ..Account::default() };
    let expect = Answered { target_group: "Traffic Is Split, stays | blue=80 canary=20", ..Answered::default() };
    Reported::new(external(&[("PRIMARY", "blue", 7, "")]), leftovers).is("W26", expect);
}

#[test]
fn external_sets_without_a_load_balancer_have_no_target_group() {
    let mut discovered = external(&[("PRIMARY", "blue", 7, "")]);
    discovered.task_sets[0].load_balancers.clear();
    let expect = Answered { target_group: "none | ", unverified: "none | ", runs: "7 to 7", ..Answered::default() };
    Reported::new(discovered, Account::default()).is("W49", expect);
}

#[test]
fn deployments_that_codedeploy_forgot_leave_the_listener() {
    let forgotten = Account {
        deployments: Vec::<CodeDeployDeployment>::new(),
        ..account("Succeeded", &[("blue", 100), ("green", 0)])
    };
    let expect = Answered {
        target_group: "blue | blue=100 green=0 | in progress?",
        unverified: "refused: Traffic Shares Unknown",
        ..Answered::default()
    };
    let routes = vec![forward("prod", "1", &[("blue", 100), ("green", 0)])];
    Reported::new(code_deploy(&[BLUE, GREEN]), Account { routes, ..forgotten }).is("a forgotten application", expect);
}
