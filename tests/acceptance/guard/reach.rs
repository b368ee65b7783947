//! What happens when AWS is not asked, may not be asked, or does not answer.

use super::{code_deploy, guard, guard_command, plan, run};
use crate::stage::{Stage, binaries};
use fake_aws::history::state;
use fake_aws::{Fault, REGION};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::process::Command;

fn story() -> (Stage, String) {
    let (stage, _) = code_deploy(|region, web| region.code_deploy(web));
    let plan = plan(&stage, &[]);
    (stage, plan)
}

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[test]
fn offline_asks_nobody_and_says_what_that_leaves_out() {
    let (stage, plan) = story();
    let mut command = guard_command(&stage, &["--offline"]);
    command.env_remove("AWS_ACCESS_KEY_ID").env_remove("AWS_SECRET_ACCESS_KEY");
    let output = run(command, &plan);
    assert_eq!(output.code, Some(0), "{}{}", output.stdout, output.stderr);
    let text = output.text();
    assert!(text.contains("No findings from the plan alone. AWS was not asked."), "{}", output.stdout);
    assert!(text.contains("traffic-leaves-live-target-group: aws_lb_listener_rule.web"), "{}", output.stdout);
    assert_eq!(stage.fake.calls().len(), 0);
}

#[test]
fn a_missing_permission_is_named_and_never_clean() {
    for action in ["ecs:DescribeServices", "elasticloadbalancing:DescribeRules", "ecs:ListClusters"] {
        let (stage, plan) = story();
        stage.fake.fail_always(action, Fault::AccessDenied);
        let output = guard(&stage, &plan, &["--format", "json"]);
        let report = parsed(&output.stdout);
        assert_eq!((output.code, report["outcome"].as_str()), (Some(0), Some("cannot_tell")), "{action}: {report}");
        let denied = report["cannot_tell"].as_array().is_some_and(|list| {
            list.iter().any(|one| one["iam_action"] == action && one["rule"] == "traffic-leaves-live-target-group")
        });
        assert!(denied, "{action}: {report}");
        let strict = guard(&stage, &plan, &["--fail-on-unknown"]);
        assert_eq!(strict.code, Some(2), "{}", strict.stdout);
        assert!(strict.text().contains(&format!("Grant {action} to the role that runs guard.")), "{}", strict.stdout);
    }
}

#[test]
fn an_answer_about_another_account_is_no_answer() {
    let stage = Stage::new();
    stage.fake.run(state("w27").expect("a state").build().expect("a way to it"));
    let side = |count: u8| {
        json!({
            "arn": format!("arn:aws:ecs:{REGION}:123456789012:service/shop/web"), "name": "web",
            "cluster": format!("arn:aws:ecs:{REGION}:123456789012:cluster/shop"), "desired_count": count,
        })
    };
    let change = json!({
        "address": "aws_ecs_service.web", "mode": "managed", "type": "aws_ecs_service", "name": "web",
        "provider_name": "registry.terraform.io/hashicorp/aws",
        "change": {"actions": ["update"], "before": side(2), "after": side(1), "after_unknown": {}},
    });
    let plan = json!({"format_version": "1.2", "terraform_version": "1.11.4", "resource_changes": [change]});
    let report = parsed(&guard(&stage, &plan.to_string(), &["--format", "json"]).stdout);
    assert_eq!((report["outcome"].as_str(), &report["findings"]), (Some("cannot_tell"), &json!([])), "{report}");
    let reason = report["cannot_tell"][0]["reason"].as_str().unwrap_or_default();
    assert!(reason.starts_with("ECS answered with a service of account 210987654321"), "{reason}");
}

#[test]
fn without_a_way_to_aws_nothing_is_known_and_the_document_says_so() {
    let (stage, plan) = story();
    let mut command = guard_command(&stage, &["--format", "json"]);
    command.env("AWS_ENDPOINT_URL", "http://127.0.0.1:1").env("AWS_MAX_ATTEMPTS", "1");
    let output = run(command, &plan);
    let report = parsed(&output.stdout);
    assert_eq!((output.code, report["outcome"].as_str()), (Some(2), Some("error")), "{report}");
    let reason = report["cannot_tell"][0]["reason"].as_str().unwrap_or_default();
    assert!(reason.starts_with("AWS Not Reachable: ") && reason.contains("--offline"), "{reason}");
}

#[test]
fn without_credentials_nothing_is_known() {
    let (stage, plan) = story();
    let mut command = guard_command(&stage, &[]);
    command.env_remove("AWS_ACCESS_KEY_ID").env_remove("AWS_SECRET_ACCESS_KEY");
    let output = run(command, &plan);
    assert_eq!(output.code, Some(2), "{}", output.stdout);
    let text = output.text();
    assert!(text.contains("The plan could not be checked. Nothing is known about it."), "{}", output.stdout);
    assert!(text.contains("No AWS credentials could be found."), "{}", output.stdout);
}

#[test]
fn another_account_is_not_judged_with_the_wrong_credentials() {
    let (stage, plan) = story();
    let plan = plan.replace(fake_aws::state::ACCOUNT_ID, "999999999999");
    let output = guard(&stage, &plan, &["--fail-on-unknown"]);
    assert_eq!(output.code, Some(2), "{}", output.stdout);
    assert!(
        output.text().contains("It is in the account 999999999999, and the credentials are for"),
        "{}",
        output.stdout
    );
    assert_eq!(stage.fake.tally(), ["sts:GetCallerIdentity 1"]);
}

/// Whether the report names the action as missing.
fn names(report: &Value, action: &str) -> bool {
    report["cannot_tell"].as_array().is_some_and(|list| list.iter().any(|one| one["iam_action"] == action))
}

#[test]
fn the_printed_policy_is_enough_and_what_is_taken_out_of_it_is_named() {
    let (stage, plan) = story();
    let free = parsed(&guard(&stage, &plan, &["--format", "json"]).stdout);
    let called: BTreeSet<String> = stage.fake.calls().into_iter().map(|call| call.operation).collect();
    let mut command = Command::new(binaries().join("ecslive"));
    let limits = ["--region", REGION, "--account", fake_aws::state::ACCOUNT_ID];
    let output = command.args(["iam-policy", "--guard"]).args(limits).output().expect("ecslive starts");
    let policy = String::from_utf8(output.stdout).expect("UTF-8");
    stage.fake.enforce(&policy);
    assert_eq!(parsed(&guard(&stage, &plan, &["--format", "json"]).stdout), free, "{policy}");
    let mut taken_out = 0;
    for action in called.iter().filter(|action| policy.contains(action.as_str())) {
        stage.fake.enforce(&fake_aws::policy::without(&policy, action).expect("a policy"));
        let report = parsed(&guard(&stage, &plan, &["--format", "json"]).stdout);
        assert!(names(&report, action), "{action}: {report}");
        taken_out += 1;
    }
    assert!(taken_out >= 5, "{called:?}");
}
