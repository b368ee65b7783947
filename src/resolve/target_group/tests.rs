//! Every situation of a rolling and of a CODE_DEPLOY service: the answer, or the refusal, and what had to be asked.

use super::*;
use crate::resolve::model::{Action, Controller, LoadBalancer, Route, Service, Strategy, Target};
use crate::resolve::scenes::*;
use proptest::prelude::*;
use std::collections::BTreeMap;

mod any;
mod native;
mod rolling;
mod states;
mod test_routes;

/// What came out, in one line: `live | weights | decided by | flags`, or why not.
fn outcome(result: Result<Answer, Refusal>) -> String {
    let answer = match result {
        Ok(answer) => answer,
        Err(refusal) => return format!("refused: {}", refusal.explain().summary),
    };
    let live = match &answer.live {
        Ok(live) => live.as_ref().map_or("none", |live| live.name()).to_owned(),
        Err(unsettled) => format!("unsettled: {}", answer.explain(unsettled, false).summary),
    };
    let weights: Vec<String> =
        answer.weights().iter().map(|(group, weight)| format!("{}={weight}", group.name())).collect();
    let mut line = format!("{live} | {} | {:?}", weights.join(" "), answer.decided_by);
    let unsure = answer.in_progress.is_none();
    let flags = [
        ("verified", answer.verified),
        ("in progress", answer.in_progress == Some(true)),
        ("in progress?", unsure),
        ("taken back", answer.taken_back.is_some()),
    ];
    for (flag, on) in flags {
        if on {
            line = format!("{line} | {flag}");
        }
    }
    match answer.standby {
        Some(standby) => format!("{line} | standby {}", standby.name()),
        None => line,
    }
}

fn check(account: &Account, service: Service, query: &Query, expect: &str, asked: &[&str]) {
    let (result, questions) = account.answer(service, |facts| decide(query, facts));
    assert_eq!(outcome(result), expect);
    assert_eq!(questions, asked);
}

fn unverified() -> Query {
    Query { unverified: true, ..Query::default() }
}

fn steady(id: &str) -> Service {
    code_deploy(&[("PRIMARY", "blue", 7, id)])
}

fn shifting() -> Service {
    code_deploy(&[("PRIMARY", "blue", 7, "d-OLD"), ("ACTIVE", "green", 8, "d-NEW")])
}

fn account(status: &str, prod: &[(&str, u16)]) -> Account {
    Account {
        deployments: vec![deployment("d-OLD", "Succeeded"), deployment("d-NEW", status)],
        routes: vec![forward("prod", "1", prod), forward("test", "1", &[("green", 1)])],
        ..Account::default()
    }
}

#[test]
fn the_word_of_ecs_alone_is_offered_only_where_it_would_be_an_answer() {
    let account = Account { routes: vec![forward("prod", "1", &[("other", 1)])], ..Account::default() };
    let offered = |service| {
        let (result, _) = account.answer(service, |facts| decide(&Query::default(), facts));
        let Err(refusal @ Refusal::NoRoute { .. }) = result else { panic!("{result:?}") };
        refusal.explain().detail.contains("verify_listener = false")
    };
    assert!(offered(rolling(&[("PRIMARY", Some("COMPLETED"), 7)])));
    let external = Service { controller: Controller::External, ..steady("") };
    assert!(!offered(external));
}

#[test]
fn a_steady_code_deploy_service_answers_from_its_task_set_alone() {
    check(&Account::default(), steady("d-OLD"), &unverified(), "blue | blue=100 | TaskSet", &[]);
}

#[test]
fn code_deploy_names_the_listener_to_verify() {
    let expect = "blue | blue=100 green=0 | TaskSet | verified | standby green";
    let account = account("Succeeded", &[("blue", 100), ("green", 0)]);
    check(&account, steady("d-OLD"), &Query::default(), expect, &["deployments d-OLD", "listener prod"]);
}

#[test]
fn weights_stay_as_aws_holds_them() {
    let account = account("Succeeded", &[("blue", 1), ("green", 0)]);
    let expect = "blue | blue=1 green=0 | TaskSet | verified | standby green";
    check(&account, steady("d-OLD"), &Query::default(), expect, &["deployments d-OLD", "listener prod"]);
}

#[test]
fn without_a_deployment_the_listener_is_found_from_the_target_group() {
    let account = Account { routes: vec![forward("prod", "1", &[("blue", 1)])], ..Account::default() };
    let asked = ["load balancers of blue"];
    check(&account, steady(""), &Query::default(), "blue | blue=1 | TaskSet | verified", &asked);
    let forgotten = ["deployments d-GONE", "load balancers of blue"];
    check(&account, steady("d-GONE"), &Query::default(), "blue | blue=1 | TaskSet | verified", &forgotten);
}

#[test]
fn a_given_entry_saves_the_deployments() {
    let account = account("Succeeded", &[("blue", 100), ("green", 0)]);
    let expect = "blue | blue=100 green=0 | TaskSet | verified | standby green";
    for (entry, asked) in
        [(Entry::Route(rule("prod", "1")), "route"), (Entry::Listener(listener("prod")), "listener prod")]
    {
        let query = Query { entry: Some(entry), ..Query::default() };
        check(&account, steady("d-OLD"), &query, expect, &[asked]);
    }
}

#[test]
fn test_listeners_are_set_apart_when_they_differ() {
    let account = account("Succeeded", &[("blue", 100), ("green", 0)]);
    let load_balancer = LoadBalancerArn::parse(&format!("{ELB}:loadbalancer/app/shop/lb")).expect("a load balancer");
    let candidates = BTreeSet::from([group("blue"), group("green")]);
    let query = Query { entry: Some(Entry::LoadBalancer(load_balancer)), candidates, ..Query::default() };
    let expect = "blue | blue=100 green=0 | TaskSet | verified | standby green";
    check(&account, steady("d-OLD"), &query, expect, &["load balancer"]);
    // Before the first deployment nobody names the test listener. A list of target groups does not make it count.
    check(&account, steady(""), &query, expect, &["load balancer"]);
    let expect = "blue | blue=100 green=0 | TaskSet | verified | in progress | standby green";
    check(
        &Account { deployments: vec![deployment("d-OLD", "Succeeded"), deployment("d-NEW", "Ready")], ..account },
        shifting(),
        &query,
        expect,
        &["deployments d-OLD d-NEW", "load balancer"],
    );
}

#[test]
fn a_list_without_the_live_target_group_is_what_is_wrong() {
    let account = account("Succeeded", &[("blue", 100), ("green", 0)]);
    let query = Query { candidates: BTreeSet::from([group("green")]), ..Query::default() };
    check(&account, steady(""), &query, "refused: Live Target Group Not Listed", &["load balancers of blue"]);
}

#[test]
fn a_deployment_that_merely_exists_is_no_error() {
    let account = account("Ready", &[("blue", 100), ("green", 0)]);
    let expect = "blue | blue=100 green=0 | TaskSet | verified | in progress | standby green";
    let asked = ["deployments d-OLD d-NEW", "listener prod"];
    check(&account, shifting(), &Query::default(), expect, &asked);
}

#[test]
fn split_traffic_has_no_single_answer() {
    let account = account("InProgress", &[("blue", 90), ("green", 10)]);
    let expect = "unsettled: Traffic Is Split | blue=90 green=10 | TaskSet | verified | in progress";
    check(&account, shifting(), &Query::default(), expect, &["deployments d-OLD d-NEW", "listener prod"]);
}

#[test]
fn the_listener_leads_while_the_task_set_lags_behind() {
    let account = account("InProgress", &[("blue", 0), ("green", 100)]);
    let expect = "green | blue=0 green=100 | Listener | verified | in progress | standby blue";
    check(&account, shifting(), &Query::default(), expect, &["deployments d-OLD d-NEW", "listener prod"]);
}

#[test]
fn after_the_shift_the_old_task_set_waits_for_its_end() {
    let service = code_deploy(&[("PRIMARY", "green", 8, "d-NEW"), ("ACTIVE", "blue", 7, "d-OLD")]);
    let account = account("InProgress", &[("blue", 0), ("green", 100)]);
    let expect = "green | blue=0 green=100 | TaskSet | verified | in progress | standby blue";
    check(&account, service, &Query::default(), expect, &["deployments d-NEW d-OLD", "listener prod"]);
}

#[test]
fn traffic_that_is_taken_back_behind_code_deploy_is_told() {
    let account = account("InProgress", &[("blue", 100), ("green", 0)]);
    let sets = [("PRIMARY", "green", 8, "d-NEW"), ("ACTIVE", "blue", 7, "d-OLD")];
    let (result, _) = account.answer(code_deploy(&sets), |facts| decide(&Query::default(), facts));
    let taken_back = result.expect("an answer").taken_back.expect("a warning").explain();
    assert!(taken_back.detail.contains("CodeDeploy has shifted production to green"), "{}", taken_back.detail);
    assert!(taken_back.facts.contains(&("To stop it", "aws deploy stop-deployment --deployment-id d-NEW".to_owned())));
}

#[test]
fn a_moved_listener_disagrees() {
    let account = account("Succeeded", &[("blue", 0), ("green", 100)]);
    let expect = "unsettled: ECS and Listener Disagree | blue=0 green=100 | TaskSet | verified";
    check(&account, steady("d-OLD"), &Query::default(), expect, &["deployments d-OLD", "listener prod"]);
}

#[test]
fn a_running_rollback_is_not_settled() {
    let mut account = account("Stopped", &[("blue", 100), ("green", 0)]);
    account.deployments[1].rolled_back_by = Some("d-UNDO".to_owned());
    account.deployments.push(undo("InProgress"));
    let expect = "unsettled: Rollback In Progress | blue=100 green=0 | TaskSet | verified | in progress";
    let asked = ["deployments d-OLD d-NEW", "deployments d-UNDO", "listener prod"];
    check(&account, shifting(), &Query::default(), expect, &asked);
    account.deployments[2].status = "Succeeded".to_owned();
    let expect = "blue | blue=100 green=0 | TaskSet | verified | standby green";
    check(&account, shifting(), &Query::default(), expect, &asked);
}

#[test]
fn unverified_shifts_are_weighed_by_code_deploy() {
    let mut account = account("InProgress", &[]);
    let asked = ["deployments d-OLD d-NEW", "shift d-NEW"];
    for (shares, expect) in [
        ([100, 0], "blue | blue=100 green=0 | TaskSet | in progress | standby green"),
        ([0, 100], "green | blue=0 green=100 | Deployment | in progress | standby blue"),
        ([90, 10], "unsettled: Traffic Is Split | blue=90 green=10 | Deployment | in progress"),
        ([10, 10], "refused: Traffic Shares Unknown"),
    ] {
        let shares = [("ecs-svc/blue".to_owned(), shares[0]), ("ecs-svc/green".to_owned(), shares[1])];
        account.shifts = BTreeMap::from([("d-NEW".to_owned(), BTreeMap::from(shares))]);
        check(&account, shifting(), &unverified(), expect, &asked);
    }
    // One that has ended leaves the shares as they are.
    account.deployments[1].status = "Failed".to_owned();
    let shares = [("ecs-svc/blue".to_owned(), 85), ("ecs-svc/green".to_owned(), 15)];
    account.shifts = BTreeMap::from([("d-NEW".to_owned(), BTreeMap::from(shares))]);
    let expect = "unsettled: Traffic Is Split | blue=85 green=15 | Deployment";
    check(&account, shifting(), &unverified(), expect, &asked);
    account.deployments[1].rolled_back_by = Some("d-UNDO".to_owned());
    account.deployments.push(undo("InProgress"));
    let shares = [("ecs-svc/blue".to_owned(), 90), ("ecs-svc/green".to_owned(), 10)];
    account.shifts = BTreeMap::from([("d-UNDO".to_owned(), BTreeMap::from(shares))]);
    let asked = ["deployments d-OLD d-NEW", "deployments d-UNDO", "shift d-UNDO"];
    let expect = "unsettled: Rollback In Progress | blue=90 green=10 | Deployment | in progress";
    check(&account, shifting(), &unverified(), expect, &asked);
}

#[test]
fn refuses_what_names_no_single_primary() {
    for sets in [vec![], vec![("PRIMARY", "blue", 7, ""), ("PRIMARY", "green", 8, "")], vec![("ACTIVE", "blue", 7, "")]]
    {
        let service = code_deploy(&sets);
        check(&Account::default(), service, &unverified(), "refused: No Single Primary Deployment", &[]);
    }
}

#[test]
fn refuses_values_it_does_not_know() {
    let query = Query::default();
    for (controller, strategy, expect) in [
        (Controller::Ecs, Strategy::Unknown("SHADOW".to_owned()), "refused: Unknown AWS Value"),
        (Controller::Unknown("ROBOT".to_owned()), Strategy::Rolling, "refused: Unknown AWS Value"),
    ] {
        check(&Account::default(), service(controller, strategy), &query, expect, &[]);
    }
    // What is not known of one task set costs nothing that the listener tells.
    let service = code_deploy(&[("PRIMARY", "blue", 7, ""), ("SLEEPING", "green", 8, "")]);
    let expect = "blue | blue=100 green=0 | TaskSet | verified | in progress? | standby green";
    let asked = ["load balancers of blue", "load balancers of green"];
    let account = Account { routes: vec![forward("prod", "1", &[("blue", 100), ("green", 0)])], ..Account::default() };
    check(&account, service, &query, expect, &asked);
}

#[test]
fn the_container_selects_among_several_entries() {
    let mut service = rolling(&[("PRIMARY", None, 7)]);
    let mut admin = entry("admin");
    admin.container_port = Some(9090);
    service.load_balancers.push(admin);
    let by = |port, candidates: &[&str]| Query {
        unverified: true,
        container_port: port,
        candidates: candidates.iter().map(|name| group(name)).collect(),
        ..Query::default()
    };
    let none = Account::default();
    check(&none, service.clone(), &by(Some(9090), &[]), "admin | admin=100 | Service", &[]);
    check(&none, service.clone(), &by(None, &["admin"]), "admin | admin=100 | Service", &[]);
    check(&none, service.clone(), &by(None, &[]), "refused: Ambiguous Load Balancer Entry", &[]);
    check(&none, service.clone(), &by(Some(1), &[]), "refused: No Such Load Balancer Entry", &[]);
    check(&none, service.clone(), &by(Some(9090), &["only"]), "refused: Live Target Group Not Listed", &[]);
    service.load_balancers.clear();
    check(&none, service.clone(), &by(None, &[]), "none |  | Service", &[]);
    service.load_balancers.push(LoadBalancer { target: Target::Classic("old".to_owned()), ..entry("only") });
    check(&none, service, &by(None, &[]), "refused: Classic Load Balancer Not Supported", &[]);
}

#[test]
fn rules_that_say_the_same_on_another_scale_agree() {
    let mut account = account("Succeeded", &[("blue", 1), ("green", 0)]);
    account.routes.push(forward("prod", "2", &[("blue", 100), ("green", 0)]));
    account.routes.push(forward("prod", "3", &[("blue", 0)]));
    let expect = "blue | blue=1 green=0 | TaskSet | verified | standby green";
    let asked = ["deployments d-OLD", "listener prod"];
    check(&account, steady("d-OLD"), &Query::default(), expect, &asked);
    account.routes.push(forward("prod", "4", &[("green", 1)]));
    check(&account, steady("d-OLD"), &Query::default(), "refused: Production Rules Disagree", &asked);
}

#[test]
fn a_named_rule_has_to_forward() {
    let mut account = account("Succeeded", &[("blue", 0), ("green", 0)]);
    let query = Query { entry: Some(Entry::Route(rule("prod", "1"))), ..Query::default() };
    check(&account, steady("d-OLD"), &query, "refused: All Target Group Weights Are Zero", &["route"]);
    account.routes[0].actions = vec![Action::Other("redirect".to_owned())];
    check(&account, steady("d-OLD"), &query, "refused: Rule Does Not Forward", &["route"]);
    account.routes[0] = forward("prod", "1", &[("stranger", 1)]);
    let asked = ["route", "deployments d-OLD"];
    check(&account, steady("d-OLD"), &query, "refused: Traffic Leaves the Service", &asked);
}

#[test]
fn what_looks_like_a_stranger_may_be_the_other_of_the_pair() {
    let disagree = "unsettled: ECS and Listener Disagree | green=1 | TaskSet | verified";
    let account = account("Succeeded", &[("green", 1)]);
    for (entry, first) in
        [(Entry::Route(rule("prod", "1")), "route"), (Entry::Listener(listener("prod")), "listener prod")]
    {
        let query = Query { entry: Some(entry), ..Query::default() };
        check(&account, steady("d-OLD"), &query, disagree, &[first, "deployments d-OLD"]);
    }
}

proptest! {
    /// Whatever AWS says: the answer follows the weights, or there is none.
    #[test]
    fn never_names_a_target_group_without_weight(
        blue in 0u16..3, green in 0u16..3, waiting in any::<bool>(), primary_green in any::<bool>(),
        status in prop::sample::select(vec!["InProgress", "Ready", "Succeeded", "Failed", "Stopped"]),
        unverified in any::<bool>(),
    ) {
        let (primary, other) = if primary_green { ("green", "blue") } else { ("blue", "green") };
        let mut sets = vec![("PRIMARY", primary, 7, "d-OLD")];
        if waiting {
            sets.push(("ACTIVE", other, 8, "d-NEW"));
        }
        let account = account(status, &[("blue", blue), ("green", green)]);
        let query = Query { unverified, ..Query::default() };
        let (result, _) = account.answer(code_deploy(&sets), |facts| decide(&query, facts));
        if let Ok(Answer { live: Ok(Some(live)), forward: Some(forward), verified, .. }) = result {
            prop_assert!(forward.receivers() == vec![&live]);
            if verified {
                prop_assert_eq!(forward.weights, BTreeMap::from([(group("blue"), blue), (group("green"), green)]));
            }
        }
    }
}
