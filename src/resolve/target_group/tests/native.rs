//! Every situation of an ECS-native blue/green, linear or canary service, and of one under EXTERNAL.

use super::*;
use crate::resolve::model::{ServiceDeployment, ServiceRevision, TaskSet};

const STRATEGIES: [Strategy; 3] = [Strategy::BlueGreen, Strategy::Linear, Strategy::Canary];

/// Tasks of the old revision on blue, of the new one on green.
fn account(deployment: Option<ServiceDeployment>, prod: &[(&str, u16)]) -> Account {
    Account {
        revisions: vec![service_revision("old", "blue", 7), service_revision("new", "green", 8)],
        service_deployment: deployment,
        routes: vec![forward("prod", "1", prod), forward("test", "1", &[("green", 1)])],
        ..Account::default()
    }
}

fn check_all(account: &Account, revisions: &[&str], query: &Query, expect: &str, asked: &[&str]) {
    for strategy in STRATEGIES {
        check(account, self::native(strategy, revisions), query, expect, asked);
    }
}

fn native(strategy: Strategy, revisions: &[&str]) -> Service {
    crate::resolve::scenes::native(strategy, revisions)
}

const STEADY: [&str; 2] = ["revisions new", "route"];
const MOVING: [&str; 3] = ["revisions old new", "service deployment", "route"];

#[test]
fn the_one_current_revision_serves_wherever_it_is() {
    let green = account(None, &[("blue", 0), ("green", 100)]);
    let expect = "green | blue=0 green=100 | ServiceRevision | verified | standby blue";
    check_all(&green, &["new"], &Query::default(), expect, &STEADY);
    let expect = "green | green=100 | ServiceRevision | standby blue";
    check_all(&green, &["new"], &unverified(), expect, &["revisions new"]);
    let blue = account(None, &[("blue", 1), ("green", 0)]);
    let expect = "blue | blue=1 green=0 | ServiceRevision | verified | standby green";
    check_all(&blue, &["old"], &Query::default(), expect, &["revisions old", "route"]);
}

#[test]
fn before_the_shift_the_old_revision_serves() {
    let account = account(Some(service_deployment("IN_PROGRESS", 100, 0)), &[("blue", 100), ("green", 0)]);
    let expect = "blue | blue=100 green=0 | ServiceRevision | verified | in progress | standby green";
    check_all(&account, &["old", "new"], &Query::default(), expect, &MOVING);
}

#[test]
fn split_traffic_has_no_single_answer() {
    for (old, new) in [(90, 10), (50, 50)] {
        let account = account(Some(service_deployment("IN_PROGRESS", old, new)), &[("blue", old), ("green", new)]);
        let expect =
            format!("unsettled: Traffic Is Split | blue={old} green={new} | ServiceRevision | verified | in progress");
        check_all(&account, &["old", "new"], &Query::default(), &expect, &MOVING);
        let expect = format!("unsettled: Traffic Is Split | blue={old} green={new} | ServiceRevision | in progress");
        check_all(&account, &["old", "new"], &unverified(), &expect, &MOVING[..2]);
    }
}

#[test]
fn a_listener_that_is_already_split_is_split() {
    let account = account(Some(service_deployment("IN_PROGRESS", 100, 0)), &[("blue", 95), ("green", 5)]);
    let expect = "unsettled: Traffic Is Split | blue=95 green=5 | ServiceRevision | verified | in progress";
    check_all(&account, &["old", "new"], &Query::default(), expect, &MOVING);
}

#[test]
fn during_the_bake_time_the_new_revision_serves() {
    let account = account(Some(service_deployment("IN_PROGRESS", 0, 100)), &[("blue", 0), ("green", 100)]);
    let expect = "green | blue=0 green=100 | ServiceRevision | verified | in progress | standby blue";
    check_all(&account, &["old", "new"], &Query::default(), expect, &MOVING);
}

#[test]
fn the_listener_leads_while_the_deployment_lags_behind() {
    let account = account(Some(service_deployment("IN_PROGRESS", 100, 0)), &[("blue", 0), ("green", 100)]);
    let expect = "green | blue=0 green=100 | Listener | verified | in progress | standby blue";
    check_all(&account, &["old", "new"], &Query::default(), expect, &MOVING);
}

#[test]
fn a_rollback_is_not_settled_until_it_is_done() {
    for status in ["ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS"] {
        let account = account(Some(service_deployment(status, 100, 0)), &[("blue", 100), ("green", 0)]);
        let expect = "unsettled: Rollback In Progress | blue=100 green=0 | ServiceRevision | verified | in progress";
        check_all(&account, &["old", "new"], &Query::default(), expect, &MOVING);
    }
    let account = account(Some(service_deployment("ROLLBACK_SUCCESSFUL", 100, 0)), &[("blue", 100), ("green", 0)]);
    let expect = "blue | blue=100 green=0 | ServiceRevision | verified | in progress | standby green";
    check_all(&account, &["old", "new"], &Query::default(), expect, &MOVING);
}

#[test]
fn after_a_failure_only_the_listener_decides() {
    for status in ["ROLLBACK_FAILED", "STOPPED", "STOP_REQUESTED"] {
        let settled = account(Some(service_deployment(status, 50, 50)), &[("blue", 0), ("green", 100)]);
        let expect = "green | blue=0 green=100 | Listener | verified | in progress | standby blue";
        check_all(&settled, &["old", "new"], &Query::default(), expect, &MOVING);
        check_all(&settled, &["old", "new"], &unverified(), "refused: Traffic Shares Unknown", &MOVING[..2]);
        let split = account(Some(service_deployment(status, 50, 50)), &[("blue", 50), ("green", 50)]);
        let expect = "unsettled: Traffic Is Split | blue=50 green=50 | Listener | verified | in progress";
        check_all(&split, &["old", "new"], &Query::default(), expect, &MOVING);
    }
}

#[test]
fn a_listener_moved_by_hand_disagrees() {
    let account = account(None, &[("blue", 100), ("green", 0)]);
    let expect = "unsettled: ECS and Listener Disagree | blue=100 green=0 | ServiceRevision | verified";
    check_all(&account, &["new"], &Query::default(), expect, &STEADY);
}

#[test]
fn a_revision_without_resolved_configuration_is_looked_for_by_the_listener() {
    let mut account = account(None, &[("blue", 0), ("green", 100)]);
    account.revisions[1].resolved = None;
    let expect = "green | blue=0 green=100 | Listener | verified | standby blue";
    check_all(&account, &["new"], &Query::default(), expect, &STEADY);
    check_all(&account, &["new"], &unverified(), "refused: Traffic Shares Unknown", &STEADY[..1]);
}

#[test]
fn express_services_have_no_configured_entries() {
    let mut account = account(None, &[("green", 1)]);
    account.revisions[1].load_balancers.clear();
    check_all(&account, &["new"], &Query::default(), "green | green=1 | ServiceRevision | verified", &STEADY);
}

#[test]
fn the_container_selects_among_resolved_entries() {
    let mut account = account(None, &[("green", 1)]);
    let mut admin = pair();
    admin.target = Target::Group(group("admin-blue"));
    admin.alternate = Some(group("admin-green"));
    admin.container_port = Some(9090);
    let extra = ServiceRevision { ..service_revision("new", "admin-green", 8) };
    account.revisions[1].load_balancers.push(admin);
    account.revisions[1].resolved.as_mut().expect("resolved").extend(extra.resolved.expect("resolved"));
    let query = Query { container_port: Some(9090), verify: Some(false), ..Query::default() };
    let expect = "admin-green | admin-green=100 | ServiceRevision | standby admin-blue";
    check_all(&account, &["new"], &query, expect, &STEADY[..1]);
    check_all(&account, &["new"], &unverified(), "refused: Ambiguous Load Balancer Entry", &STEADY[..1]);
}

#[test]
fn refuses_what_ecs_does_not_describe() {
    let nothing = Account::default();
    check_all(&nothing, &[], &Query::default(), "refused: No Current Service Revision", &[]);
    check_all(&nothing, &["new"], &Query::default(), "refused: Service Revision Is Gone", &["revisions new"]);
    let old = account(None, &[("blue", 1)]);
    check_all(&old, &["old", "new"], &Query::default(), "refused: Traffic Shares Unknown", &MOVING[..2]);
    let strange = account(Some(service_deployment("PAUSED", 100, 0)), &[("blue", 1)]);
    check_all(&strange, &["old", "new"], &Query::default(), "refused: Unknown AWS Value", &MOVING[..2]);
    let mut elsewhere = account(None, &[("green", 1)]);
    elsewhere.revisions[1] = service_revision("new", "stranger", 8);
    check_all(&elsewhere, &["new"], &Query::default(), "refused: Unknown Target Group in Use", &STEADY[..1]);
    let mut headless = account(None, &[]);
    headless.revisions[1].resolved = Some(Vec::new());
    check_all(&headless, &["new"], &Query::default(), "refused: ECS Service Has No Load Balancer", &STEADY[..1]);
}

/// A service under EXTERNAL: what CodeDeploy would have made, without CodeDeploy.
fn external(sets: &[(&str, &str, u64, &str)]) -> Service {
    let sets: Vec<TaskSet> = code_deploy(sets).task_sets;
    Service { task_sets: sets, ..service(Controller::External, Strategy::Rolling) }
}

#[test]
fn under_external_the_only_task_set_serves() {
    let steady = || external(&[("PRIMARY", "blue", 7, "")]);
    check(&Account::default(), steady(), &Query::default(), "blue | blue=100 | TaskSet", &[]);
    let account = Account { routes: vec![forward("prod", "1", &[("blue", 1)])], ..Account::default() };
    let query = Query { entry: Some(Entry::Listener(listener("prod"))), ..Query::default() };
    check(&account, steady(), &query, "blue | blue=1 | TaskSet | verified", &["listener prod"]);
}

#[test]
fn under_external_two_task_sets_need_a_listener() {
    let two = || external(&[("PRIMARY", "blue", 7, ""), ("ACTIVE", "green", 8, "")]);
    let none = Account::default();
    check(&none, two(), &Query::default(), "refused: Traffic Shares Unknown", &[]);
    check(&none, two(), &unverified(), "refused: Traffic Shares Unknown", &[]);
    let query = Query { entry: Some(Entry::Route(rule("prod", "1"))), ..Query::default() };
    for (weights, expect) in [
        ([("blue", 100), ("green", 0)], "blue | blue=100 green=0 | TaskSet | verified | in progress | standby green"),
        ([("blue", 0), ("green", 100)], "green | blue=0 green=100 | Listener | verified | in progress | standby blue"),
        (
            [("blue", 5), ("green", 95)],
            "unsettled: Traffic Is Split | blue=5 green=95 | TaskSet | verified | in progress",
        ),
    ] {
        let account = Account { routes: vec![forward("prod", "1", &weights)], ..Account::default() };
        check(&account, two(), &query, expect, &["route"]);
    }
}

proptest! {
    /// Whatever AWS says: the answer follows the weights, or there is none.
    #[test]
    fn never_names_a_target_group_without_weight(
        blue in 0u16..3, green in 0u16..3, old in 0u16..101, both in any::<bool>(),
        status in prop::sample::select(vec![
            "PENDING", "IN_PROGRESS", "SUCCESSFUL", "STOP_REQUESTED", "STOPPED", "ROLLBACK_REQUESTED",
            "ROLLBACK_IN_PROGRESS", "ROLLBACK_SUCCESSFUL", "ROLLBACK_FAILED", "NEW_STATUS",
        ]),
        verify in prop::option::of(any::<bool>()),
    ) {
        let deployment = service_deployment(status, old, 100 - old);
        let account = account(Some(deployment), &[("blue", blue), ("green", green)]);
        let revisions: &[&str] = if both { &["old", "new"] } else { &["new"] };
        let query = Query { verify, ..Query::default() };
        let (result, _) = account.answer(native(Strategy::Canary, revisions), |facts| decide(&query, facts));
        if let Ok(Answer { live: Ok(live), forward, .. }) = result {
            prop_assert!(forward.receivers() == vec![&live]);
            prop_assert!(!status.starts_with("ROLLBACK_IN") || !both);
        }
    }
}
