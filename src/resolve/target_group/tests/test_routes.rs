//! Routes for test traffic, by whatever name, and shares that share nothing.

use super::*;
use crate::resolve::arn::RouteArn;
use crate::resolve::model::TaskSet;

fn at(entry: Entry) -> Query {
    Query { entry: Some(entry), ..Query::default() }
}

/// The test rule is the default rule of its listener, as in hashicorp/aws#43932: ECS names the rule, Elastic Load Balancing
/// calls it by its listener.
fn by_default(weights: &[(&str, u16)]) -> Route {
    let route = forward("test", "1", weights);
    let default_rule = Some(route.arn.clone());
    Route { arn: RouteArn::Listener(route.listener.clone()), is_default: true, default_rule, ..route }
}

fn native_account(prod: &[(&str, u16)], test: Route) -> Account {
    Account {
        revisions: vec![service_revision("old", "blue", 7), service_revision("new", "green", 8)],
        service_deployment: Some(service_deployment("IN_PROGRESS", 100, 0)),
        routes: vec![forward("prod", "1", prod), test],
        ..Account::default()
    }
}

fn refusal(account: &Account, service: Service, query: &Query) -> String {
    outcome(account.answer(service, |facts| decide(query, facts)).0)
}

#[test]
fn a_test_rule_that_is_the_default_of_its_listener_is_no_production_route() {
    let service = || crate::resolve::scenes::native(Strategy::BlueGreen, &["old", "new"]);
    let mut account = native_account(&[("blue", 100)], by_default(&[("green", 100)]));
    let blue = "blue | blue=100 | ServiceRevision | verified | in progress | standby green";
    let load_balancer = Entry::LoadBalancer(listener("prod").load_balancer());
    assert_eq!(refusal(&account, service(), &at(load_balancer)), blue);
    account.routes.remove(0);
    account.gone = vec![rule("prod", "1").to_string()];
    let gone = "refused: Load Balancer Resource Not Found";
    assert_eq!(refusal(&account, service(), &Query::default()), gone, "the production rule was replaced");
}

#[test]
fn a_test_route_that_the_caller_names_is_refused() {
    let named = "refused: Test Listener Named";
    let service = || crate::resolve::scenes::native(Strategy::BlueGreen, &["old", "new"]);
    let account = native_account(&[("blue", 100)], forward("test", "1", &[("green", 100)]));
    assert_eq!(refusal(&account, service(), &at(Entry::Route(rule("test", "1")))), named);
    assert_eq!(refusal(&account, service(), &at(Entry::Listener(listener("test")))), named);
    let account = native_account(&[("blue", 100)], by_default(&[("green", 100)]));
    assert_eq!(refusal(&account, service(), &at(Entry::Route(RouteArn::Listener(listener("test"))))), named);

    let account = super::account("InProgress", &[("blue", 100)]);
    assert_eq!(refusal(&account, shifting(), &at(Entry::Listener(listener("test")))), named);
    let settled = || steady("d-OLD");
    let account = Account {
        deployments: vec![deployment("d-OLD", "Succeeded")],
        routes: vec![forward("prod", "1", &[("blue", 100)]), forward("test", "1", &[("green", 100)])],
        ..Account::default()
    };
    let at_test = at(Entry::Listener(listener("test")));
    assert_eq!(refusal(&account, settled(), &at_test), named, "no advice to rewrite the test listener");
}

#[test]
fn two_revisions_at_100_percent_do_not_share_traffic() {
    let mut account = native_account(&[("blue", 100), ("green", 0)], forward("test", "1", &[("green", 100)]));
    account.service_deployment = Some(service_deployment("IN_PROGRESS", 100, 100));
    let service = || crate::resolve::scenes::native(Strategy::BlueGreen, &["old", "new"]);
    let blue = "blue | blue=100 green=0 | Listener | verified | in progress | standby green";
    assert_eq!(refusal(&account, service(), &Query::default()), blue);
    assert_eq!(refusal(&account, service(), &unverified()), "refused: Traffic Shares Unknown");
}

#[test]
fn a_first_deployment_that_failed_before_the_shift_leaves_the_route_where_it_is() {
    let mut service = crate::resolve::scenes::native(Strategy::BlueGreen, &["new"]);
    service.deployments = rolling(&[("PRIMARY", Some("FAILED"), 8)]).deployments;
    let mut deployment = service_deployment("STOPPED", 0, 0);
    deployment.shares.remove("old");
    let account = Account {
        service_deployment: Some(deployment),
        ..native_account(&[("blue", 100), ("green", 0)], forward("test", "1", &[("green", 100)]))
    };
    let blue = "blue | blue=100 green=0 | Listener | verified | standby green";
    assert_eq!(refusal(&account, service.clone(), &Query::default()), blue);
    assert_eq!(refusal(&account, service, &unverified()), "refused: Traffic Shares Unknown");
}

#[test]
fn the_last_task_set_may_be_on_its_way_out_and_have_the_traffic() {
    let sets: Vec<TaskSet> = code_deploy(&[("DRAINING", "green", 7, "")]).task_sets;
    let service = Service { task_sets: sets, ..service(Controller::External, Strategy::Rolling) };
    let routes = vec![forward("prod", "1", &[("blue", 0), ("green", 100)])];
    let account = Account { routes, ..Account::default() };
    let green = "green | blue=0 green=100 | Listener | verified | standby blue";
    assert_eq!(refusal(&account, service, &Query::default()), green);
}
