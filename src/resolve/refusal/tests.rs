//! Every message, as people read it.

use super::*;
use crate::resolve::scenes::{entry, group, listener, pair, rule};
use std::fmt::Write;

fn refusals() -> Vec<Refusal> {
    let weights = |blue, green| BTreeMap::from([(group("blue"), blue), (group("green"), green)]);
    let route = rule("prod", "1");
    vec![
        Refusal::BeingDeleted,
        Refusal::UnknownValue { what: "deployment controller", value: "KUBERNETES".to_owned() },
        Refusal::OnlyTheListenerKnows,
        Refusal::NoCurrentRevision,
        Refusal::RevisionGone("arn:aws:ecs:eu-west-1:123456789012:service-revision/shop/web/1".to_owned()),
        Refusal::DeploymentUnknown,
        Refusal::UnmatchedTargetGroup(group("other")),
        Refusal::NotOnePrimary { what: "task set", found: 0 },
        Refusal::NoLoadBalancer,
        Refusal::ClassicLoadBalancer("old".to_owned()),
        Refusal::NotOneEntry { matching: 2, entries: vec![entry("blue"), pair()] },
        Refusal::NotOneEntry { matching: 0, entries: vec![entry("blue")] },
        Refusal::NoRoute,
        Refusal::NotOneForward { route: route.clone(), actions: vec!["redirect".to_owned()] },
        Refusal::AllWeightsZero { route: RouteArn::Listener(listener("prod")) },
        Refusal::StrangeTargetGroup { route: route.clone(), target_group: group("other") },
        Refusal::RoutesDisagree { routes: vec![(route, weights(100, 0)), (rule("prod", "2"), weights(0, 100))] },
        Refusal::OutsideCandidates { live: group("green"), candidates: vec![group("blue")] },
        Refusal::ProgressUnknown,
    ]
}

fn unsettled() -> Vec<Unsettled> {
    let native = Progress {
        deployment: "arn:aws:ecs:eu-west-1:123456789012:service-deployment/shop/web/1".to_owned(),
        status: "IN_PROGRESS".to_owned(),
        stage: Some("PRODUCTION_TRAFFIC_SHIFT".to_owned()),
    };
    let undo = Progress { deployment: "d-000000002".to_owned(), status: "InProgress".to_owned(), stage: None };
    vec![
        Unsettled::Split(Some(native.clone())),
        Unsettled::Rollback(undo),
        Unsettled::Disagreement { ecs: group("green"), listener: group("blue"), progress: None },
        Unsettled::Disagreement { ecs: group("green"), listener: group("blue"), progress: Some(native) },
    ]
}

/// Refusals that the list above leaves out do not compile here: add them to both.
fn is_listed(refusal: &Refusal) -> bool {
    match refusal {
        Refusal::BeingDeleted
        | Refusal::UnknownValue { .. }
        | Refusal::OnlyTheListenerKnows
        | Refusal::NoCurrentRevision
        | Refusal::RevisionGone(_)
        | Refusal::DeploymentUnknown
        | Refusal::UnmatchedTargetGroup(_)
        | Refusal::NotOnePrimary { .. }
        | Refusal::NoLoadBalancer
        | Refusal::ClassicLoadBalancer(_)
        | Refusal::NotOneEntry { .. }
        | Refusal::NoRoute
        | Refusal::NotOneForward { .. }
        | Refusal::AllWeightsZero { .. }
        | Refusal::StrangeTargetGroup { .. }
        | Refusal::RoutesDisagree { .. }
        | Refusal::OutsideCandidates { .. }
        | Refusal::ProgressUnknown => true,
    }
}

#[test]
fn every_refusal_says_which_facts_stand_against_it_and_what_to_do() {
    let answer = Answer {
        live: Ok(group("blue")),
        standby: None,
        forward: Forward { weights: BTreeMap::from([(group("blue"), 90), (group("green"), 10)]), stickiness: None },
        route: Some(rule("prod", "1")),
        in_progress: true,
        verified: true,
        decided_by: crate::resolve::target_group::DecidedBy::TaskSet,
    };
    assert!(refusals().iter().all(is_listed));
    let mut explained: Vec<Explanation> = refusals().iter().map(Refusal::explain).collect();
    explained.extend(unsettled().iter().map(|reason| reason.explain(&answer, false)));
    explained.extend(unsettled().first().map(|reason| reason.explain(&answer, true)));
    let mut text = String::new();
    for Explanation { summary, detail, facts } in explained {
        writeln!(text, "{summary}\n    {detail}").expect("a String");
        for (label, value) in facts {
            writeln!(text, "    {label}: {value}").expect("a String");
        }
    }
    insta::assert_snapshot!(text);
}
