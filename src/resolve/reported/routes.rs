//! Routes: target groups without one, absence with traffic, accounts that do not fit.

use super::{Answered, Reported};
use crate::resolve::arn::TargetGroupArn;
use crate::resolve::inquiry::{Ask, Scope, Seen, Step};
use crate::resolve::model::Service;
use crate::resolve::scenes::*;
use crate::resolve::target_group::{Entry, Query, weights};
use std::collections::{BTreeMap, BTreeSet};

fn steady() -> Service {
    rolling(&[("PRIMARY", Some("COMPLETED"), 7)])
}

#[test]
fn a_target_group_without_a_load_balancer_is_called_that() {
    let unattached = Account { unattached: vec!["only"], ..Account::default() };
    let expect = Answered { target_group: "refused: Target Group Without Load Balancer", ..Answered::default() };
    Reported::new(steady(), unattached).is("W28", expect);
    let deleted = Account { gone: vec![group("only").as_str().to_owned()], ..Account::default() };
    let expect = Answered { target_group: "refused: Load Balancer Resource Not Found", ..Answered::default() };
    Reported::new(steady(), deleted).is("W28", expect);
}

#[test]
fn arns_of_another_account_are_refused() {
    let text = group("only").as_str().replace("123456789012", "210987654321");
    let elsewhere = TargetGroupArn::parse(&text).expect("a target group");
    let query = Query { candidates: BTreeSet::from([elsewhere]), ..Query::default() };
    let expect = Answered { target_group: "refused: Account Mismatch", ..Answered::default() };
    Reported::new(steady(), Account::default()).asking(query).is("W27, W38", expect);
}

/// What absence is answered with: `group=weight …`, nothing, or why not.
fn absent(query: &Query, account: &Account) -> String {
    let mut seen: BTreeMap<Scope, Seen> = BTreeMap::new();
    loop {
        match weights(query, &seen) {
            Ok(Step::Done(forward)) => {
                let weights = forward.map(|forward| forward.weights).unwrap_or_default();
                let weights = weights.iter().map(|(group, weight)| format!("{}={weight}", group.name()));
                return weights.collect::<Vec<_>>().join(" ");
            }
            Ok(Step::Ask(Ask::Routes(scope))) => {
                let found = account.seen(&scope);
                seen.insert(scope, found);
            }
            Ok(Step::Ask(other)) => panic!("{other:?} is asked for"),
            Err(refusal) => return format!("refused: {}", refusal.explain().summary),
        }
    }
}

#[test]
fn absence_keeps_the_weights_of_whoever_is_there() {
    let traffic = || Account {
        routes: vec![forward("prod", "1", &[("blue", 0), ("green", 100)]), forward("prod", "2", &[("other", 1)])],
        ..Account::default()
    };
    let pair = || BTreeSet::from([group("blue"), group("green")]);
    let query = |entry, candidates| Query { entry, candidates, ..Query::default() };
    let listener = Some(Entry::Listener(listener("prod")));
    for (entry, candidates, expect) in [
        (None, pair(), "blue=0 green=100"),
        (listener.clone(), pair(), "blue=0 green=100"),
        (listener, BTreeSet::new(), "refused: No Service, and Rules Differ"),
        (Some(Entry::Route(rule("prod", "1"))), BTreeSet::new(), "blue=0 green=100"),
        (Some(Entry::Route(rule("prod", "9"))), BTreeSet::new(), "refused: Load Balancer Resource Not Found"),
        (None, BTreeSet::new(), ""),
    ] {
        assert_eq!(absent(&query(entry, candidates), &traffic()), expect, "W38");
    }
    let mut contrary = traffic();
    contrary.routes.push(forward("test", "1", &[("blue", 100), ("green", 0)]));
    assert_eq!(absent(&query(None, pair()), &contrary), "refused: No Service, and Rules Differ", "W38");
}

#[test]
fn the_first_apply_finds_no_weights_and_no_error() {
    let query = Query { candidates: BTreeSet::from([group("blue"), group("green")]), ..Query::default() };
    let unused = Account { unattached: vec!["blue", "green"], ..Account::default() };
    assert_eq!(absent(&query, &unused), "", "W58");
    let unmade = Account { gone: vec![group("blue").to_string(), group("green").to_string()], ..Account::default() };
    assert_eq!(absent(&query, &unmade), "", "W58");
}
