//! Any combination of facts: the answer follows the weights of the production rule, or there is none.

use super::*;
use crate::resolve::model::{LoadBalancer, ServiceRevision, Strategy, TaskSet};
use proptest::collection::vec;
use proptest::option;
use proptest::sample::select;
use proptest::strategy::Strategy as Any;

/// Mostly blue and green: facts that make no sense at all are refused at once and test little.
fn names() -> impl Any<Value = &'static str> {
    prop_oneof![6 => select(vec!["blue", "green"]), 1 => select(vec!["third", "stranger"])]
}

fn seldom<T: std::fmt::Debug + Clone>(inner: impl Any<Value = T>) -> impl Any<Value = Option<T>> {
    option::weighted(0.2, inner)
}

/// A production rule as it should be, mostly, and others with any weights.
fn routes() -> impl Any<Value = Vec<Route>> {
    let usual = (0u16..3, 0u16..3).prop_map(|(blue, green)| forward("prod", "1", &[("blue", blue), ("green", green)]));
    let weights = vec((names(), 0u16..3), 1..4);
    let other = (select(vec!["prod", "test", "other"]), select(vec!["1", "2"]), weights);
    let other = other.prop_map(|(listener, id, weights)| forward(listener, id, &weights));
    (option::weighted(0.9, usual), vec(other, 0..2)).prop_map(|(usual, others)| {
        let mut routes: Vec<Route> = usual.into_iter().chain(others).collect();
        routes.sort_by(|a, b| a.arn.cmp(&b.arn));
        routes.dedup_by(|a, b| a.arn == b.arn);
        routes
    })
}

fn sets() -> impl Any<Value = Vec<TaskSet>> {
    let others = prop_oneof![8 => select(vec!["ACTIVE", "DRAINING"]), 1 => select(vec!["PRIMARY", "NEW"])];
    let others = vec((others, names(), select(vec!["", "d-OLD", "d-NEW"])), 0..2);
    let primary = option::weighted(0.95, (Just("PRIMARY"), names(), select(vec!["", "d-OLD", "d-NEW"])));
    (primary, others).prop_map(|(primary, others)| {
        let sets = primary.into_iter().chain(others);
        code_deploy(&sets.map(|(status, name, id)| (status, name, 7, id)).collect::<Vec<_>>()).task_sets
    })
}

fn revisions() -> impl Any<Value = Vec<ServiceRevision>> {
    let resolved = option::weighted(0.9, prop_oneof![5 => vec(names(), 1), 1 => vec(names(), 0..3)]);
    vec((resolved, prop::bool::weighted(0.8)), 2).prop_map(|revisions| {
        let revision = |((resolved, configured), arn): ((Option<Vec<&str>>, bool), &str)| ServiceRevision {
            load_balancers: if configured { vec![pair()] } else { Vec::new() },
            resolved: resolved.into_iter().flatten().flat_map(|name| service_revision(arn, name, 7).resolved).collect(),
            ..service_revision(arn, "blue", 7)
        };
        revisions.into_iter().zip(["old", "new"]).map(revision).collect()
    })
}

fn service_facts() -> impl Any<Value = Service> {
    let entries = prop_oneof![5 => vec(names(), 1), 1 => vec(names(), 0..3)].prop_map(|names| {
        names.into_iter().map(|name| LoadBalancer { production_route: None, ..entry(name) }).collect()
    });
    let kind = (
        prop_oneof![9 => select(vec!["ECS", "CODE_DEPLOY", "EXTERNAL"]), 1 => Just("ROBOT")],
        prop_oneof![9 => select(vec!["ROLLING", "BLUE_GREEN", "LINEAR", "CANARY"]), 1 => Just("SHADOW")],
    );
    let states = || option::of(select(vec!["COMPLETED", "FAILED"]));
    let deployments = (option::weighted(0.95, (Just("PRIMARY"), states())), seldom((Just("ACTIVE"), states())))
        .prop_map(|(primary, active)| primary.into_iter().chain(active).collect::<Vec<_>>());
    let current = prop_oneof![9 => select(vec![vec!["old"], vec!["new"], vec!["old", "new"]]), 1 => Just(Vec::new())];
    (kind, entries, sets(), current, prop::bool::weighted(0.9), deployments).prop_map(
        |((controller, strategy), load_balancers, task_sets, current, deploys, deployments)| {
            let deployments: Vec<_> = deployments.into_iter().map(|(status, rollout)| (status, rollout, 7)).collect();
            Service {
                load_balancers,
                task_sets,
                deployments: rolling(&deployments).deployments,
                current_revisions: crate::resolve::scenes::current(&current),
                current_deployment: deploys.then(|| "arn:deployment".to_owned()),
                ..service(Controller::from_aws(controller), Strategy::from_aws(strategy))
            }
        },
    )
}

fn accounts() -> impl Any<Value = Account> {
    let statuses = select(vec!["IN_PROGRESS", "SUCCESSFUL", "STOPPED", "ROLLBACK_IN_PROGRESS", "ROLLBACK_FAILED"]);
    let deployments = vec(select(vec!["InProgress", "Ready", "Succeeded", "Failed", "Stopped"]), 2);
    let shares = select(vec![0u16, 50, 100]);
    let undone = option::of(select(vec!["InProgress", "Succeeded"]));
    (
        routes(),
        revisions(),
        option::weighted(0.9, (statuses, prop_oneof![select(vec![0u16, 100]), 0u16..101])),
        deployments,
        shares,
        undone,
    )
        .prop_map(|(routes, revisions, native, status, share, undone)| {
            let mut deployments = vec![deployment("d-OLD", status[0]), deployment("d-NEW", status[1])];
            if let Some(undone) = undone {
                deployments[1].rolled_back_by = Some("d-UNDO".to_owned());
                deployments.push(undo(undone));
            }
            let traffic: BTreeMap<String, u16> =
                [("ecs-svc/blue".to_owned(), share), ("ecs-svc/green".to_owned(), 100 - share)].into();
            let shifts = ["d-OLD", "d-NEW", "d-UNDO"].map(|id| (id.to_owned(), traffic.clone()));
            let service_deployment = native.map(|(status, old)| service_deployment(status, old, 100 - old));
            Account { deployments, shifts: shifts.into(), revisions, service_deployment, routes, ..Account::default() }
        })
}

fn queries() -> impl Any<Value = Query> {
    let entry = option::of(select(vec![Entry::Listener(listener("prod")), Entry::Route(rule("prod", "1"))]));
    (entry, any::<bool>(), seldom(vec(names(), 0..3)), seldom(select(vec![8080u16, 9090]))).prop_map(
        |(entry, unverified, candidates, container_port)| Query {
            entry,
            unverified,
            candidates: candidates.into_iter().flatten().map(group).collect(),
            container_port,
            container_name: None,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, ..ProptestConfig::default() })]

    #[test]
    fn the_answer_follows_the_weights(service in service_facts(), account in accounts(), query in queries()) {
        let (result, _) = account.answer(service.clone(), |facts| decide(&query, facts));
        let Ok(answer) = result else { return Ok(()) };
        let (Ok(Some(live)), Some(forward)) = (&answer.live, &answer.forward) else { return Ok(()) };
        // The weights that are handed out send everything to the answer. Only a rolling service may share its rule.
        let shares = matches!(service.strategy(), Some(Strategy::Rolling)) && forward.receivers().contains(&live);
        prop_assert!(shares || forward.receivers() == vec![live]);
        prop_assert!(answer.standby.as_ref() != Some(live));
        prop_assert!(query.candidates.is_empty() || query.candidates.contains(live));
        if answer.verified {
            // They are the weights of a rule that is there, and no rule is left out that was named.
            let forwards = |route: &&Route| route.actions == [Action::Forward(forward.clone())];
            prop_assert!(account.routes.iter().any(|route| forwards(&route)));
            if let Some(Entry::Route(arn)) = &query.entry {
                let named = account.routes.iter().find(|route| route.arn == *arn).expect("the named rule");
                prop_assert!(forwards(&named));
            }
        }
    }
}
