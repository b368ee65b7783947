//! Guard and `resolve target-group` in every state that fake-aws has a name for: who serves is one answer.

use crate::fault_matrix::command::run;
use fake_aws::history::states;
use fake_aws::{FakeAws, REGION};
use serde_json::{Value, json};

/// A plan that destroys every listener.
fn destroyed(fake: &FakeAws) -> String {
    let change = |(index, arn): (usize, &String)| {
        json!({"address": format!("aws_lb_listener.web[{index}]"), "mode": "managed", "type": "aws_lb_listener",
            "name": "web", "index": index, "provider_name": "registry.terraform.io/hashicorp/aws",
            "change": {"actions": ["delete"], "before": {"arn": arn, "id": arn}, "after": null, "after_unknown": {},
                "before_sensitive": {}, "after_sensitive": false}})
    };
    let changes: Vec<Value> = fake.region(REGION, |region| region.listeners.keys().enumerate().map(change).collect());
    json!({"format_version": "1.2", "terraform_version": "1.11.4", "resource_changes": changes}).to_string()
}

#[test]
fn the_group_that_resolve_names_is_the_one_that_must_not_lose_its_listener() {
    let fake = FakeAws::spawn();
    let (mut compared, mut silent) = (0, Vec::new());
    for state in states() {
        fake.run(state.build().expect("a state"));
        let asked = ["resolve", "target-group", "web", "--cluster=shop", "--format=json"];
        let Ok(answer) = serde_json::from_slice::<Value>(&run(&fake.endpoint(), &asked, "").stdout) else { continue };
        let Some(live) = answer["target_group_arn"].as_str() else { continue };
        let output = run(&fake.endpoint(), &["guard", "--format=json"], &destroyed(&fake));
        let report: Value = serde_json::from_slice(&output.stdout).expect("a report");
        let says = |finding: &Value| {
            finding["rule"] == "traffic-leaves-live-target-group"
                && finding["facts"]["Live target group"].as_str().is_some_and(|groups| groups.contains(live))
        };
        if !report["findings"].as_array().into_iter().flatten().any(says) {
            silent.push(format!("{}: {live}: {}", state.name, report["cannot_tell"]));
        }
        compared += 1;
    }
    assert!(compared > 30, "{compared}");
    assert!(silent.is_empty(), "{}", silent.join("\n"));
}
