//! Every message, as people read it.

use super::*;
use crate::resolve::arn::RouteArn;
use crate::resolve::model::{Forward, Hook};
use crate::resolve::progress::Progress;
use crate::resolve::scenes::{entry, group, listener, moment, pair, rule};
use crate::resolve::target_group::Answer;
use crate::resolve::unsettled::{End, Repair, Unsettled};
use crate::resolve::wording::Wording;
use std::fmt::Write;

fn refusals() -> Vec<Refusal> {
    let weights = |blue, green| BTreeMap::from([(group("blue"), blue), (group("green"), green)]);
    let route = rule("prod", "1");
    vec![
        Refusal::BeingDeleted,
        Refusal::UnknownValue { what: "deployment controller", value: "KUBERNETES".to_owned() },
        Refusal::OtherAccount { arn: group("blue").to_string(), account: "210987654321".to_owned() },
        Refusal::EcsDoesNotKnow,
        Refusal::OnlyTheListenerKnows,
        Refusal::NotOnePrimary { what: "task set", found: 0 },
        Refusal::Beyond(Beyond::Lattice),
        Refusal::Beyond(Beyond::Gateway),
        Refusal::ClassicLoadBalancer("old".to_owned()),
        Refusal::NotOneEntry { matching: 2, entries: vec![entry("blue"), pair()] },
        Refusal::NotOneEntry { matching: 0, entries: vec![entry("blue")] },
        Refusal::NoRoute { group: group("blue"), ecs_knows: true },
        Refusal::NoRoute { group: group("blue"), ecs_knows: false },
        Refusal::Gone { arn: route.to_string(), named_by: "the arguments" },
        Refusal::Gone { arn: listener("prod").to_string(), named_by: "the CodeDeploy deployment group" },
        Refusal::TestRoute { route: rule("test", "1"), named_by: "ECS" },
        Refusal::Unattached { group: group("blue") },
        Refusal::NotOneForward { route: route.clone(), actions: vec!["redirect".to_owned()] },
        Refusal::AllWeightsZero { route: RouteArn::Listener(listener("prod")) },
        Refusal::StrangeTargetGroup { route: Some(route.clone()), target_group: group("other") },
        Refusal::RoutesDisagree {
            routes: vec![(route.clone(), weights(100, 0)), (rule("prod", "2"), weights(0, 100))],
        },
        Refusal::NobodyToTell { routes: vec![(route, weights(100, 0)), (rule("prod", "2"), weights(0, 100))] },
        Refusal::OutsideCandidates { live: group("green"), candidates: vec![group("blue")] },
    ]
}

fn native(hooks: Vec<Hook>) -> Progress {
    Progress {
        deployment: "arn:aws:ecs:eu-west-1:123456789012:service-deployment/shop/web/1".to_owned(),
        status: "IN_PROGRESS".to_owned(),
        stage: Some("POST_TEST_TRAFFIC_SHIFT".to_owned()),
        hooks,
    }
}

fn unsettled() -> Vec<Unsettled> {
    let undo = Progress {
        deployment: "d-000000002".to_owned(),
        status: "InProgress".to_owned(),
        stage: None,
        hooks: Vec::new(),
    };
    let failed = Progress { status: "Failed".to_owned(), ..undo.clone() };
    let route = rule("prod", "1");
    let repair = Some(Repair { routes: vec![route.clone()], group: group("blue") });
    let hook = |id: &str, expires_at, action: &str| Hook {
        id: id.to_owned(),
        expires_at,
        timeout_action: Some(action.to_owned()),
    };
    let hooks = vec![hook("approve", Some(moment(0)), "ROLLBACK"), hook("measure", Some(moment(1)), "CONTINUE")];
    vec![
        Unsettled::Split { progress: Some(native(Vec::new())), end: End::Deployment, repair: repair.clone() },
        Unsettled::Split { progress: Some(native(hooks)), end: End::Deployment, repair: repair.clone() },
        Unsettled::Split { progress: Some(failed), end: End::Nobody, repair },
        Unsettled::Split { progress: None, end: End::Nobody, repair: None },
        Unsettled::Rollback(undo),
        Unsettled::First(native(Vec::new())),
        Unsettled::Disagreement { ecs: group("green"), listener: group("blue"), routes: vec![route], progress: None },
    ]
}

/// Refusals that the list above leaves out do not compile here: add them to both.
fn is_listed(refusal: &Refusal) -> bool {
    match refusal {
        Refusal::BeingDeleted
        | Refusal::UnknownValue { .. }
        | Refusal::OtherAccount { .. }
        | Refusal::EcsDoesNotKnow
        | Refusal::OnlyTheListenerKnows
        | Refusal::NotOnePrimary { .. }
        | Refusal::Beyond(_)
        | Refusal::ClassicLoadBalancer(_)
        | Refusal::NotOneEntry { .. }
        | Refusal::NoRoute { .. }
        | Refusal::Gone { .. }
        | Refusal::TestRoute { .. }
        | Refusal::Unattached { .. }
        | Refusal::NotOneForward { .. }
        | Refusal::AllWeightsZero { .. }
        | Refusal::StrangeTargetGroup { .. }
        | Refusal::RoutesDisagree { .. }
        | Refusal::NobodyToTell { .. }
        | Refusal::OutsideCandidates { .. } => true,
    }
}

#[test]
fn every_refusal_says_which_facts_stand_against_it_and_what_to_do() {
    let answer = Answer {
        live: Ok(Some(group("blue"))),
        standby: None,
        forward: Some(Forward {
            weights: BTreeMap::from([(group("blue"), 90), (group("green"), 10)]),
            stickiness: None,
        }),
        route: Some(rule("prod", "1")),
        in_progress: Some(true),
        verified: true,
        decided_by: crate::resolve::target_group::DecidedBy::TaskSet,
        lags: false,
        taken_back: None,
    };
    assert!(refusals().iter().all(is_listed));
    let mut explained: Vec<Explanation> = refusals().iter().map(Refusal::explain).collect();
    explained.extend(unsettled().iter().map(|reason| answer.explain(reason, false)));
    explained.extend(unsettled().first().map(|reason| answer.explain(reason, true)));
    let mut text = String::new();
    for Explanation { summary, detail, facts, next } in explained {
        assert!(!next.is_empty(), "{summary}: what is to be done?");
        let detail = Wording::Terraform.write(&detail);
        writeln!(text, "{summary}\n    {detail}").expect("a String");
        for (label, value) in facts {
            writeln!(text, "    {label}: {value}").expect("a String");
        }
    }
    insta::assert_snapshot!(text);
}
