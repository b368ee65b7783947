//! ECS-native blue/green, linear and canary deployments: on the way, paused, stopped, and seconds after they were asked for.

use super::{Answered, Reported};
use crate::resolve::model::{
    Beyond, Breaker, CurrentRevision, Deployment, Hook, LoadBalancer, Service, ServiceDeployment, ServiceRevision,
    Strategy,
};
use crate::resolve::scenes::*;
use crate::resolve::target_group::{Entry, Query};
use std::collections::BTreeMap;

/// Tasks of 7 on blue, of 8 on green.
fn account(deployment: Option<ServiceDeployment>, weights: &[(&str, u16)]) -> Account {
    Account {
        revisions: vec![service_revision("old", "blue", 7), service_revision("new", "green", 8)],
        service_deployment: deployment,
        routes: vec![forward("prod", "1", weights), forward("test", "1", &[("green", 1)])],
        ..Account::default()
    }
}

/// A service with these current revisions, and what ECS lists as its deployments.
fn service(revisions: &[&str], deployments: &[(&str, Option<&str>, u64)]) -> Service {
    let deployments: Vec<Deployment> = rolling(deployments).deployments;
    Service { deployments, ..native(Strategy::Canary, revisions) }
}

const MOVING: [(&str, Option<&str>, u64); 2] = [("PRIMARY", Some("IN_PROGRESS"), 8), ("ACTIVE", Some("COMPLETED"), 7)];

fn shares(deployment: ServiceDeployment, shares: &[(&str, Option<u16>)]) -> ServiceDeployment {
    let shares = shares.iter().map(|(arn, share)| ((*arn).to_owned(), *share)).collect::<BTreeMap<_, _>>();
    ServiceDeployment { shares, ..deployment }
}

#[test]
fn what_is_not_resolved_the_listener_decides() {
    for revision in [
        ServiceRevision { load_balancers: Vec::new(), resolved: Vec::new(), ..service_revision("new", "green", 8) },
        ServiceRevision { resolved: Vec::new(), ..service_revision("new", "green", 8) },
    ] {
        let mut account = account(None, &[("blue", 0), ("green", 100)]);
        account.revisions[1] = revision;
        let expect = Answered {
            target_group: "green | blue=0 green=100",
            unverified: "refused: Traffic Shares Unknown",
            ..Answered::default()
        };
        Reported::new(service(&["new"], &[]), account).is("W6", expect);
    }
}

#[test]
fn nothing_at_all_is_null_and_not_absent() {
    let mut account = account(None, &[]);
    account.revisions[1].load_balancers.clear();
    account.revisions[1].resolved.clear();
    let headless = || Service { load_balancers: Vec::new(), ..service(&["new"], &[]) };
    Reported::new(headless(), Account { routes: Vec::new(), ..account })
        .is("W7", Answered { target_group: "none | ", runs: "8 to 8", ..Answered::default() });
}

#[test]
fn a_rolling_service_that_becomes_blue_green_serves_from_its_old_target_group() {
    let weights = [("legacy", 100), ("blue", 0), ("green", 0)];
    let deployment = shares(service_deployment("IN_PROGRESS", 0, 0), &[("old", None), ("new", Some(0))]);
    let mut account = account(Some(deployment), &weights);
    let legacy = ServiceRevision {
        load_balancers: vec![entry("legacy")],
        resolved: Vec::new(),
        ..service_revision("old", "legacy", 7)
    };
    account.revisions[0] = legacy;
    let expect = Answered { target_group: "legacy | blue=0 green=0 legacy=100 | in progress", ..Answered::default() };
    Reported::new(service(&["old", "new"], &MOVING), account).is("W9", expect);
}

#[test]
fn shares_that_ecs_leaves_out_are_the_listeners() {
    for told in [[("old", Some(100)), ("new", None)], [("old", None), ("new", Some(0))], [("old", None), ("new", None)]]
    {
        let deployment = shares(service_deployment("IN_PROGRESS", 0, 0), &told);
        let expect = Answered {
            target_group: "blue | blue=100 green=0 | in progress",
            unverified: "refused: Traffic Shares Unknown",
            runs: "? to 8 | in progress",
            ..Answered::default()
        };
        Reported::new(service(&["old", "new"], &MOVING), account(Some(deployment), &[("blue", 100), ("green", 0)]))
            .is("W10", expect);
    }
}

#[test]
fn what_stopped_on_the_way_is_not_contradicted() {
    for status in ["STOPPED", "ROLLBACK_FAILED"] {
        let green = account(Some(service_deployment(status, 100, 0)), &[("blue", 0), ("green", 100)]);
        let expect = Answered { target_group: "green | blue=0 green=100", runs: "? to 8", ..Answered::default() };
        Reported::new(service(&["old", "new"], &[("PRIMARY", Some("FAILED"), 8)]), green).is("W11", expect);
    }
    let back = account(Some(service_deployment("ROLLBACK_IN_PROGRESS", 0, 100)), &[("blue", 0), ("green", 100)]);
    let returning = [("PRIMARY", Some("IN_PROGRESS"), 7), ("ACTIVE", Some("FAILED"), 8)];
    let expect = Answered {
        target_group: "Rollback In Progress, passes | blue=0 green=100 | in progress",
        runs: "? to 7 | in progress",
        deployment: "ROLLING_BACK 7 -> 8",
        ..Answered::default()
    };
    Reported::new(service(&["old", "new"], &returning), back).is("W11", expect);
}

#[test]
fn a_deployment_that_the_service_does_not_name_is_listed() {
    let mut unnamed = service(&["old", "new"], &MOVING);
    unnamed.current_deployment = None;
    let mut listed = account(Some(service_deployment("IN_PROGRESS", 100, 0)), &[("blue", 100), ("green", 0)]);
    listed.newest = Some("arn:deployment".to_owned());
    let expect = Answered {
        target_group: "blue | blue=100 green=0 | in progress",
        runs: "7 to 8 | in progress",
        deployment: "IN_PROGRESS 7 -> 8",
        ..Answered::default()
    };
    Reported::new(unnamed.clone(), listed).is("W12", expect);
    let nothing = account(None, &[("blue", 100), ("green", 0)]);
    let expect = Answered { target_group: "blue | blue=100 green=0 | in progress", ..Answered::default() };
    Reported::new(unnamed, nothing).is("W12", expect);
}

#[test]
fn the_very_first_deployment_has_nothing_to_compare_with() {
    let first = shares(service_deployment("IN_PROGRESS", 0, 0), &[("new", Some(0))]);
    let starting = [("PRIMARY", Some("IN_PROGRESS"), 8)];
    let expect = Answered {
        target_group: "First Deployment In Progress, passes | blue=1 | in progress",
        runs: "8 to 8 | in progress",
        deployment: "IN_PROGRESS  -> 8",
        ..Answered::default()
    };
    Reported::new(service(&["new"], &starting), account(Some(first.clone()), &[("blue", 1)])).is("W13", expect);
    // Afterwards the rule has both, the new one first (recorded: go-to-k/cdk-real-drift#1730).
    let shifted = shares(first, &[("new", Some(100))]);
    let expect = Answered { target_group: "green | blue=0 green=100 | in progress", ..Answered::default() };
    Reported::new(service(&["new"], &starting), account(Some(shifted), &[("blue", 0), ("green", 100)]))
        .is("W13", expect);
}

#[test]
fn a_lambda_function_may_move_the_listener_itself() {
    let hooked = Service { has_lambda_hooks: true, ..service(&["old", "new"], &MOVING) };
    let moved = account(Some(service_deployment("IN_PROGRESS", 100, 0)), &[("blue", 0), ("green", 100)]);
    let expect = Answered {
        target_group: "green | blue=0 green=100 | in progress",
        unverified: "refused: Traffic Shares Unknown",
        runs: "? to 8 | in progress",
        ..Answered::default()
    };
    Reported::new(hooked, moved).is("W14", expect);
}

#[test]
fn a_pause_names_every_hook_that_has_to_be_continued() {
    let hook = |id: &str| Hook { id: id.to_owned(), expires_at: Some(moment(0)), timeout_action: None };
    let paused = ServiceDeployment {
        stage: Some("PRE_PRODUCTION_TRAFFIC_SHIFT".to_owned()),
        hooks: vec![hook("one"), hook("two")],
        ..service_deployment("IN_PROGRESS", 90, 10)
    };
    let account = account(Some(paused), &[("blue", 90), ("green", 10)]);
    let service = service(&["old", "new"], &MOVING);
    let (found, _) =
        account.answer(service.clone(), |facts| crate::resolve::target_group::decide(&Query::default(), facts));
    let answer = found.expect("an answer");
    let told = answer.explain(answer.live.as_ref().expect_err("a split"), false);
    let commands = told.facts.iter().filter(|(label, _)| *label == "To continue").map(|(_, command)| command.as_str());
    let command = "aws ecs continue-service-deployment --service-deployment-arn arn:deployment --hook-id";
    assert_eq!(commands.collect::<Vec<_>>(), [format!("{command} one"), format!("{command} two")], "W15");
    let (found, _) = account.answer(service, crate::resolve::deployment::decide);
    let hooks = found.expect("an answer").expect("a deployment").progress.expect("how far it is").hooks;
    assert_eq!(hooks.iter().map(|hook| hook.id.as_str()).collect::<Vec<_>>(), ["one", "two"], "W15");
}

#[test]
fn ways_beyond_load_balancers_are_refused_by_name() {
    for (beyond, refused) in [
        (Beyond::Lattice, "refused: VPC Lattice Not Supported"),
        (Beyond::Gateway, "refused: ECS Gateway Not Fully Described"),
    ] {
        let mut account = account(None, &[]);
        let revision = &mut account.revisions[1];
        (revision.load_balancers, revision.resolved, revision.beyond) = (Vec::new(), Vec::new(), Some(beyond));
        let alone = Service { load_balancers: Vec::new(), ..service(&["new"], &[]) };
        Reported::new(alone, account)
            .is("W16, W17", Answered { target_group: refused, runs: "8 to 8", ..Answered::default() });
    }
    let mut mixed = account(None, &[("blue", 0), ("green", 100)]);
    mixed.revisions[1].beyond = Some(Beyond::Lattice);
    let expect = Answered { target_group: "green | blue=0 green=100", ..Answered::default() };
    Reported::new(service(&["new"], &[]), mixed).is("W16", expect);
}

#[test]
fn a_gateway_or_an_express_service_is_answered_from_what_ecs_manages() {
    let mut account = account(None, &[("blue", 0), ("green", 100)]);
    account.revisions[1].load_balancers = vec![LoadBalancer { container_name: None, container_port: None, ..pair() }];
    account.revisions[1].resolved.clear();
    let express = Service {
        load_balancers: Vec::new(),
        strategy: None,
        is_express: true,
        configured: None,
        ..service(&["new"], &[])
    };
    let expect = Answered { target_group: "green | blue=0 green=100", runs: "8 to 8", ..Answered::default() };
    Reported::new(express, account).is("W17, W18", expect);
}

#[test]
fn the_services_own_test_rule_never_counts() {
    let mut here = account(None, &[("blue", 0), ("green", 100)]);
    let test = LoadBalancer { test_route: Some(rule("prod", "9")), ..pair() };
    here.revisions[1].load_balancers = vec![test.clone()];
    here.routes.push(forward("prod", "9", &[("blue", 1)]));
    let service = Service { load_balancers: vec![test], ..service(&["new"], &[]) };
    let query = Query { entry: Some(Entry::Listener(listener("prod"))), ..Query::default() };
    let expect = Answered { target_group: "green | blue=0 green=100", ..Answered::default() };
    Reported::new(service, here).asking(query).is("W21", expect);
}

#[test]
fn two_load_balancers_of_one_container_are_told_apart_by_their_routes() {
    let mut inner = pair();
    inner.target = crate::resolve::model::Target::Group(group("inner-blue"));
    inner.alternate = Some(group("inner-green"));
    inner.production_route = Some(rule("inner", "1"));
    let mut account = account(None, &[("blue", 0), ("green", 100)]);
    account.revisions[1].load_balancers.push(inner.clone());
    account.routes.push(forward("inner", "1", &[("inner-blue", 100), ("inner-green", 0)]));
    let service = Service { load_balancers: vec![pair(), inner], ..service(&["new"], &[]) };
    let query = Query { entry: Some(Entry::Listener(listener("inner"))), ..Query::default() };
    let expect = Answered { target_group: "inner-blue | inner-blue=100 inner-green=0", ..Answered::default() };
    Reported::new(service.clone(), account).asking(query).is("W20", expect);
    let expect = Answered { target_group: "refused: Ambiguous Load Balancer Entry", ..Answered::default() };
    Reported::new(service, Account::default()).is("W20", expect);
}

#[test]
fn seconds_after_an_update_nothing_has_succeeded() {
    let mut fresh = service(&["old", "new"], &MOVING);
    fresh.current_revisions[1] = CurrentRevision { arn: "new".to_owned(), running: 0 };
    fresh.current_deployment = None;
    let before = ServiceDeployment {
        target: Some("old".to_owned()),
        ..shares(service_deployment("SUCCESSFUL", 0, 0), &[("older", Some(0)), ("old", Some(100))])
    };
    let mut account = account(Some(before), &[("blue", 100), ("green", 0)]);
    account.newest = Some("arn:deployment".to_owned());
    let expect = Answered {
        target_group: "blue | blue=100 green=0 | in progress",
        runs: "7 to 8 | in progress",
        deployment: "IN_PROGRESS 7 -> 8",
        ..Answered::default()
    };
    Reported::new(fresh, account).is("W50", expect);
}

#[test]
fn a_deployment_that_is_pending_with_one_revision_is_under_way() {
    let mut account = account(Some(service_deployment("SUCCESSFUL", 0, 100)), &[("blue", 0), ("green", 100)]);
    account.newest = Some("arn:deployment".to_owned());
    let pending = [("PRIMARY", Some("IN_PROGRESS"), 9), ("ACTIVE", Some("COMPLETED"), 8)];
    let expect = Answered {
        target_group: "green | blue=0 green=100 | in progress",
        unverified: "green | green=100 | in progress",
        runs: "8 to 9 | in progress",
        deployment: "IN_PROGRESS 8 -> 9",
    };
    Reported::new(service(&["new"], &pending), account).is("W50", expect);
}

#[test]
fn a_target_group_of_two_revisions_names_none_of_them() {
    let three = service(&["old", "new", "newer"], &MOVING);
    let told = [("old", Some(0)), ("new", None), ("newer", None)];
    let mut account =
        account(Some(shares(service_deployment("IN_PROGRESS", 0, 0), &told)), &[("blue", 0), ("green", 100)]);
    account.revisions.push(service_revision("newer", "green", 9));
    let expect = Answered {
        target_group: "green | blue=0 green=100 | in progress",
        runs: "? to 8 | in progress",
        ..Answered::default()
    };
    Reported::new(three, account).is("W52", expect);
}

#[test]
fn a_breaker_or_an_alarm_makes_a_stopped_deployment_a_failed_one() {
    let stopped = || service_deployment("STOPPED", 0, 100);
    let breaker = |status: &str| Some(Breaker { status: Some(status.to_owned()), failures: 0 });
    for (deployment, expect, count) in [
        (ServiceDeployment { breaker: breaker("TRIGGERED"), ..stopped() }, "FAILED 7 -> 8", Some(0)),
        (ServiceDeployment { alarmed: true, ..stopped() }, "FAILED 7 -> 8", None),
        (ServiceDeployment { breaker: breaker("DISABLED"), ..stopped() }, "STOPPED 7 -> 8", None),
        (stopped(), "STOPPED 7 -> 8", None),
    ] {
        let account = account(Some(deployment), &[]);
        let stopped = service(&["old", "new"], &[("PRIMARY", Some("FAILED"), 8)]);
        let (found, _) = account.answer(stopped.clone(), crate::resolve::deployment::decide);
        assert_eq!(found.expect("an answer").expect("a deployment").failed_tasks, count, "W35");
        Reported::new(stopped, account).is("W35", Answered { deployment: expect, ..Answered::default() });
    }
}
