//! How many calls a plan of many services takes.

use super::guard;
use crate::stage::Stage;
use fake_aws::REGION;
use fake_aws::state::{ACCOUNT_ID, Action};
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn change(kind: &str, key: &str, before: &Value, after: &Value) -> Value {
    json!({"address": format!("{kind}.web[{key:?}]"), "mode": "managed", "type": kind, "name": "web", "index": key,
        "provider_name": "registry.terraform.io/hashicorp/aws",
        "change": {"actions": ["update"], "before": before, "after": after, "after_unknown": {}, "before_sensitive": {},
            "after_sensitive": {}}})
}

fn plan(changes: &[Value]) -> String {
    json!({"format_version": "1.2", "terraform_version": "1.11.4", "resource_changes": changes}).to_string()
}

/// The findings of a report in JSON, by severity and rule.
fn rules(report: &str) -> Vec<String> {
    let report: Value = serde_json::from_str(report).unwrap_or_else(|error| panic!("{error}: {report}"));
    assert_eq!(report["cannot_tell"], json!([]), "{report}");
    let line = |finding: &Value| format!("{} {}", finding["severity"], finding["rule"]).replace('"', "");
    report["findings"].as_array().expect("findings").iter().map(line).collect()
}

#[test]
fn five_hundred_services_take_the_calls_of_one_listing() {
    let (stage, names) = Stage::with(|region| region.estate(500));
    stage.fake.meter();
    let changes: Vec<Value> = stage.fake.region(REGION, |region| {
        let change = |name: &String| {
            let running = &region.clusters["shop"].services[name].task_definition;
            let arn = format!("arn:aws:ecs:{REGION}:{ACCOUNT_ID}:service/shop/{name}");
            let service =
                |tags| json!({"arn": arn, "name": name, "cluster": "shop", "task_definition": running, "tags": tags});
            change("aws_ecs_service", name, &service(json!({})), &service(json!({"team": "shop"})))
        };
        names.iter().map(change).collect()
    });
    let output = guard(&stage, &plan(&changes), &["--format", "json"]);
    assert_eq!((output.code, rules(&output.stdout)), (Some(0), Vec::new()));
    assert_eq!(stage.fake.count("ecs:DescribeServices"), 50, "{:?}", stage.fake.tally());
    let calls = stage.fake.calls().len();
    // Calls go at once while the burst lasts: up to a quarter more than the fewest.
    assert!(calls <= 108, "87 would be the fewest: {calls}: {:?}", stage.fake.tally());
    assert_eq!(stage.fake.throttled(), 0);
}

#[test]
fn the_rules_of_two_hundred_services_take_the_calls_of_their_listeners() {
    let (stage, _) = Stage::with(|region| region.estate(200));
    stage.fake.meter();
    let changes: Vec<Value> = stage.fake.region(REGION, |region| {
        let two = region.rules.iter().filter_map(|(arn, rule)| match &rule.action {
            Action::Forward { weights, .. } if weights.len() == 2 => Some((arn, &rule.listener, weights)),
            _ => None,
        });
        let change = |(arn, listener, weights): (&String, &String, &Vec<(String, u32)>)| {
            let rule = |weights: [u32; 2], groups: [&String; 2]| {
                let group = |at: usize| json!({"arn": groups[at], "weight": weights[at]});
                let forward = json!([{"target_group": [group(0), group(1)], "stickiness": []}]);
                json!({"arn": arn, "listener_arn": listener, "action": [{"type": "forward", "forward": forward}]})
            };
            let groups = [&weights[0].0, &weights[1].0];
            let (before, after) =
                (rule([weights[0].1, weights[1].1], groups), rule([weights[1].1, weights[0].1], groups));
            change("aws_lb_listener_rule", arn, &before, &after)
        };
        two.map(change).collect()
    });
    let output = guard(&stage, &plan(&changes), &["--format", "json"]);
    assert_eq!(output.code, Some(1), "{}", output.stderr);
    let found = rules(&output.stdout);
    let lost = found.iter().filter(|line| *line == "error traffic-leaves-live-target-group").count();
    assert!(lost >= 200, "{lost} of {}: {found:?}", changes.len());
    assert_eq!(stage.fake.throttled(), 0);
    let calls = stage.fake.calls().len();
    assert!(calls <= 180, "each of 110 listeners takes one: {calls}: {:?}", stage.fake.tally());
}

#[test]
fn who_runs_a_deregistered_revision_is_found_among_all_services_with_the_calls_of_one_listing() {
    let (stage, names) = Stage::with(|region| region.estate(200));
    stage.fake.meter();
    let revisions: BTreeSet<String> = stage.fake.region(REGION, |region| {
        let services = &region.clusters["shop"].services;
        names.iter().map(|name| services[name].task_definition.clone()).collect()
    });
    let replaced = |arn: &String| {
        let family = arn.rsplit(['/', ':']).nth(1);
        let mut change =
            change("aws_ecs_task_definition", arn, &json!({"arn": arn, "family": family}), &json!({"family": family}));
        change["change"]["actions"] = json!(["delete", "create"]);
        change
    };
    let changes: Vec<Value> = revisions.iter().map(replaced).collect();
    let output = guard(&stage, &plan(&changes), &["--format", "json"]);
    let found = rules(&output.stdout);
    assert_eq!((output.code, found.len()), (Some(0), 200), "{}", output.stderr);
    assert!(found.iter().all(|line| line == "warning running-revision-deregistered"), "{found:?}");
    let count = |operation| stage.fake.count(operation);
    let listed = (count("ecs:ListClusters"), count("ecs:ListServices"), count("ecs:DescribeServices"));
    assert_eq!(listed, (1, 2, 20), "{:?}", stage.fake.tally());
    assert_eq!(stage.fake.throttled(), 0);
}
