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
            format!("unsettled: Traffic Is Split | blue={old} green={new} | Listener | verified | in progress");
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
fn a_route_that_is_put_back_during_the_bake_time_is_told() {
    let baking = |weights| {
        let mut deployment = service_deployment("IN_PROGRESS", 0, 100);
        deployment.stage = Some("BAKE_TIME".to_owned());
        account(Some(deployment), weights)
    };
    let back = baking(&[("blue", 100), ("green", 0)]);
    let expect = "blue | blue=100 green=0 | Listener | verified | in progress | taken back | standby green";
    check_all(&back, &["old", "new"], &Query::default(), expect, &MOVING);
    let stays = baking(&[("blue", 0), ("green", 100)]);
    let expect = "green | blue=0 green=100 | ServiceRevision | verified | in progress | standby blue";
    check_all(&stays, &["old", "new"], &Query::default(), expect, &MOVING);
    let goes_back = account(Some(service_deployment("ROLLBACK_IN_PROGRESS", 0, 100)), &[("blue", 100), ("green", 0)]);
    let expect = "unsettled: Rollback In Progress | blue=100 green=0 | Listener | verified | in progress";
    check_all(&goes_back, &["old", "new"], &Query::default(), expect, &MOVING);
}

#[test]
fn the_listener_leads_while_the_deployment_lags_behind() {
    let account = account(Some(service_deployment("IN_PROGRESS", 100, 0)), &[("blue", 0), ("green", 100)]);
    let expect = "green | blue=0 green=100 | Listener | verified | in progress | standby blue";
    check_all(&account, &["old", "new"], &Query::default(), expect, &MOVING);
}

#[test]
fn a_rollback_is_not_settled_until_it_is_done() {
    let settled = [("blue", 100), ("green", 0)];
    let asked_for = account(Some(service_deployment("ROLLBACK_REQUESTED", 100, 0)), &settled);
    let expect = "blue | blue=100 green=0 | ServiceRevision | verified | in progress | standby green";
    check_all(&asked_for, &["old", "new"], &Query::default(), expect, &MOVING);
    let running = account(Some(service_deployment("ROLLBACK_IN_PROGRESS", 100, 0)), &settled);
    let expect = "unsettled: Rollback In Progress | blue=100 green=0 | Listener | verified | in progress";
    check_all(&running, &["old", "new"], &Query::default(), expect, &MOVING);
    let account = account(Some(service_deployment("ROLLBACK_SUCCESSFUL", 100, 0)), &settled);
    let expect = "blue | blue=100 green=0 | ServiceRevision | verified | standby green";
    check_all(&account, &["old", "new"], &Query::default(), expect, &MOVING);
}

#[test]
fn after_a_failure_only_the_listener_decides() {
    for (status, moves) in [("ROLLBACK_FAILED", ""), ("STOPPED", ""), ("STOP_REQUESTED", " | in progress")] {
        let settled = account(Some(service_deployment(status, 50, 50)), &[("blue", 0), ("green", 100)]);
        let expect = format!("green | blue=0 green=100 | Listener | verified{moves} | standby blue");
        check_all(&settled, &["old", "new"], &Query::default(), &expect, &MOVING);
        check_all(&settled, &["old", "new"], &unverified(), "refused: Traffic Shares Unknown", &MOVING[..2]);
        let split = account(Some(service_deployment(status, 50, 50)), &[("blue", 50), ("green", 50)]);
        let expect = format!("unsettled: Traffic Is Split | blue=50 green=50 | Listener | verified{moves}");
        check_all(&split, &["old", "new"], &Query::default(), &expect, &MOVING);
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
    account.revisions[1].resolved.clear();
    let expect = "green | blue=0 green=100 | Listener | verified | standby blue";
    check_all(&account, &["new"], &Query::default(), expect, &STEADY);
    check_all(&account, &["new"], &unverified(), "refused: Traffic Shares Unknown", &STEADY[..1]);
}

#[test]
fn express_services_have_no_configured_entries() {
    let mut account = account(None, &[("green", 1)]);
    account.revisions[1].load_balancers.clear();
    let express =
        Service { load_balancers: Vec::new(), strategy: None, is_express: true, ..native(Strategy::Canary, &["new"]) };
    check(&account, express, &Query::default(), "green | green=1 | ServiceRevision | verified", &STEADY);
}

#[test]
fn the_container_selects_among_resolved_entries() {
    let mut account = account(None, &[("green", 1)]);
    let mut admin = pair();
    admin.target = Target::Group(group("admin-blue"));
    admin.alternate = Some(group("admin-green"));
    admin.container_port = Some(9090);
    let extra = ServiceRevision { ..service_revision("new", "admin-green", 8) };
    account.revisions[1].load_balancers.push(admin.clone());
    let service = || Service { load_balancers: vec![pair(), admin.clone()], ..native(Strategy::Canary, &["new"]) };
    account.revisions[1].resolved.extend(extra.resolved);
    let query = Query { container_port: Some(9090), unverified: true, ..Query::default() };
    let expect = "admin-green | admin-green=100 | ServiceRevision | standby admin-blue";
    check(&account, service(), &query, expect, &STEADY[..1]);
    check(&account, service(), &unverified(), "refused: Ambiguous Load Balancer Entry", &STEADY[..1]);
}

#[test]
fn the_listener_decides_what_ecs_does_not_describe() {
    let blue = |deployment| account(deployment, &[("blue", 1), ("green", 0)]);
    let expect = "blue | blue=1 green=0 | Listener | verified | standby green";
    let nothing = Account { revisions: Vec::new(), ..blue(None) };
    check_all(&nothing, &[], &Query::default(), expect, &["service deployment", "newest deployment", "route"]);
    check_all(&nothing, &["new"], &Query::default(), expect, &STEADY);
    check_all(&nothing, &["new"], &unverified(), "refused: Traffic Shares Unknown", &STEADY[..1]);
    let expect = "blue | blue=1 green=0 | Listener | verified | in progress | standby green";
    let asked = ["revisions old new", "service deployment", "newest deployment", "route"];
    check_all(&blue(None), &["old", "new"], &Query::default(), expect, &asked);
    check_all(&blue(None), &["old", "new"], &unverified(), "refused: Traffic Shares Unknown", &asked[..3]);
    let strange = blue(Some(service_deployment("PAUSED", 100, 0)));
    check_all(&strange, &["old", "new"], &Query::default(), expect, &MOVING);
}

#[test]
fn a_target_group_that_fits_no_entry_costs_what_it_would_tell() {
    let mut elsewhere = account(None, &[("green", 1)]);
    elsewhere.revisions[1] = service_revision("new", "stranger", 8);
    check_all(&elsewhere, &["new"], &Query::default(), "green | green=1 | Listener | verified | standby blue", &STEADY);
}

/// A service under EXTERNAL: what CodeDeploy would have made, without CodeDeploy.
fn external(sets: &[(&str, &str, u64, &str)]) -> Service {
    let sets: Vec<TaskSet> = code_deploy(sets).task_sets;
    Service { task_sets: sets, ..service(Controller::External, Strategy::Rolling) }
}

#[test]
fn under_external_the_route_decides() {
    let steady = || external(&[("PRIMARY", "blue", 7, "")]);
    check(&Account::default(), steady(), &unverified(), "refused: Traffic Shares Unknown", &[]);
    let account = Account { routes: vec![forward("prod", "1", &[("blue", 1)])], ..Account::default() };
    let expect = "blue | blue=1 | Listener | verified";
    check(&account, steady(), &Query::default(), expect, &["load balancers of blue"]);
    let query = Query { entry: Some(Entry::Listener(listener("prod"))), ..Query::default() };
    check(&account, steady(), &query, expect, &["listener prod"]);
}

#[test]
fn under_external_primary_proves_nothing() {
    let two = || external(&[("PRIMARY", "blue", 7, ""), ("ACTIVE", "green", 8, "")]);
    let query = Query { entry: Some(Entry::Route(rule("prod", "1"))), ..Query::default() };
    let moving = "Listener | verified | in progress";
    for (weights, expect) in [
        ([("blue", 100), ("green", 0)], format!("blue | blue=100 green=0 | {moving} | standby green")),
        ([("blue", 0), ("green", 100)], format!("green | blue=0 green=100 | {moving} | standby blue")),
        ([("blue", 5), ("green", 95)], format!("unsettled: Traffic Is Split | blue=5 green=95 | {moving}")),
    ] {
        let account = Account { routes: vec![forward("prod", "1", &weights)], ..Account::default() };
        check(&account, two(), &query, &expect, &["route"]);
        let asked = ["load balancers of blue", "load balancers of green"];
        check(&account, two(), &Query::default(), &expect, &asked);
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
        unverified in any::<bool>(),
    ) {
        let deployment = service_deployment(status, old, 100 - old);
        let account = account(Some(deployment), &[("blue", blue), ("green", green)]);
        let revisions: &[&str] = if both { &["old", "new"] } else { &["new"] };
        let query = Query { unverified, ..Query::default() };
        let (result, _) = account.answer(native(Strategy::Canary, revisions), |facts| decide(&query, facts));
        if let Ok(Answer { live: Ok(Some(live)), forward: Some(forward), .. }) = result {
            prop_assert!(forward.receivers() == vec![&live]);
            prop_assert!(!status.starts_with("ROLLBACK_IN") || !both);
        }
    }
}
