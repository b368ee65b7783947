//! Rolling services, with one target group and with a pair that another strategy left over.

use super::*;

#[test]
fn settled_rolling_services_need_no_listener() {
    let service = rolling(&[("PRIMARY", Some("COMPLETED"), 7)]);
    check(&Account::default(), service, &unverified(), "only | only=100 | Service", &[]);
    let service = rolling(&[("PRIMARY", Some("IN_PROGRESS"), 8), ("ACTIVE", Some("COMPLETED"), 7)]);
    check(&Account::default(), service, &unverified(), "only | only=100 | Service | in progress", &[]);
}

#[test]
fn rolling_services_are_verified() {
    let service = || rolling(&[("PRIMARY", None, 7)]);
    let query = Query::default();
    let account = |weights| Account { routes: vec![forward("prod", "1", weights)], ..Account::default() };
    let asked = ["load balancers of only"];
    check(&account(&[("only", 1)]), service(), &query, "only | only=1 | Service | verified", &asked);
    check(&account(&[("other", 1)]), service(), &query, "refused: No Production Rule Found", &asked);
    // Another service shares the rule on purpose.
    let shared = account(&[("only", 1), ("other", 1)]);
    check(&shared, service(), &query, "only | only=1 other=1 | Service | verified", &asked);
    let none = account(&[("only", 0), ("other", 1)]);
    check(&none, service(), &query, "none | only=0 other=1 | Service | verified", &asked);
}

#[test]
fn a_rolling_service_that_still_names_a_pair_is_verified() {
    let service = || Service { load_balancers: vec![pair()], ..rolling(&[("PRIMARY", Some("COMPLETED"), 7)]) };
    let account = |weights| Account { routes: vec![forward("prod", "1", weights)], ..Account::default() };
    let (query, asked) = (Query::default(), ["route"]);
    let settled = account(&[("blue", 100), ("green", 0)]);
    check(&settled, service(), &query, "blue | blue=100 green=0 | Listener | verified | standby green", &asked);
    let other = account(&[("blue", 0), ("green", 100)]);
    check(&other, service(), &query, "green | blue=0 green=100 | Listener | verified | standby blue", &asked);
    check(&Account::default(), service(), &unverified(), "refused: Traffic Shares Unknown", &[]);
}

#[test]
fn a_service_that_has_become_rolling_serves_where_its_revision_is() {
    let service = Service {
        current_revisions: native(Strategy::BlueGreen, &["new"]).current_revisions,
        load_balancers: vec![pair()],
        ..rolling(&[("PRIMARY", Some("COMPLETED"), 8)])
    };
    let account = Account {
        revisions: vec![service_revision("new", "green", 8)],
        routes: vec![forward("prod", "1", &[("blue", 0), ("green", 100)])],
        ..Account::default()
    };
    let expect = "green | blue=0 green=100 | ServiceRevision | verified | standby blue";
    check(&account, service.clone(), &Query::default(), expect, &["revisions new", "route"]);
    let expect = "green | green=100 | ServiceRevision | standby blue";
    check(&account, service, &unverified(), expect, &["revisions new"]);
}
