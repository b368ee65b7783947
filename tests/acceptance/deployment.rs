//! `ecslive_deployment`: how the current or last deployment stands, under every controller.

use crate::stage::{Stage, WEB};
use fake_aws::Step;
use serde_json::{Value, json};

const SOURCE: &str = "ecslive_deployment";

/// A step, the status after it, the same in AWS's words, and the revisions from and to.
type Row = (Option<Step>, &'static str, &'static str, &'static str);

fn walk(scenario: &str, rows: &[Row]) -> Stage {
    let (stage, _) = Stage::scenario(scenario);
    for (step, status, raw, moves) in rows {
        if let Some(step) = step {
            stage.fake.step(*step);
        }
        let found = stage.read(SOURCE, WEB);
        let name = |arn: &Value| arn.as_str().and_then(|arn| arn.rsplit('/').next()).unwrap_or("?").to_owned();
        let sources = found["source_task_definition_arns"].as_array().expect("a list");
        let sources: Vec<String> = sources.iter().map(name).collect();
        let seen = format!("{} -> {}", sources.join(" "), name(&found["target_task_definition_arn"]));
        let expect = (json!(status), json!((!raw.is_empty()).then_some(raw)), (*moves).to_owned());
        assert_eq!((found["status"].clone(), found["raw_status"].clone(), seen), expect, "{scenario} after {step:?}");
        let rollback = matches!(*status, "ROLLING_BACK" | "ROLLED_BACK") || raw.starts_with("ROLLBACK");
        assert_eq!(found["rollback"], rollback, "{scenario} after {step:?}");
    }
    stage
}

use Step::{Complete, Fail, Finish, Rollback, RolledBack, Shift, Start};

#[test]
fn native_deployments_tell_their_lifecycle_stage() {
    let stage = walk(
        "canary",
        &[
            (None, "SUCCEEDED", "SUCCESSFUL", " -> web:1"),
            (Some(Start), "IN_PROGRESS", "IN_PROGRESS", "web:1 -> web:2"),
            (Some(Shift(10)), "IN_PROGRESS", "IN_PROGRESS", "web:1 -> web:2"),
            (Some(Rollback), "ROLLING_BACK", "ROLLBACK_IN_PROGRESS", "web:1 -> web:2"),
            (Some(Fail), "FAILED", "ROLLBACK_FAILED", "web:1 -> web:2"),
            (Some(RolledBack), "ROLLED_BACK", "ROLLBACK_SUCCESSFUL", "web:1 -> web:2"),
            (Some(Start), "IN_PROGRESS", "IN_PROGRESS", "web:1 -> web:3"),
            (Some(Complete), "IN_PROGRESS", "IN_PROGRESS", "web:1 -> web:3"),
        ],
    );
    let found = stage.read(SOURCE, WEB);
    assert_eq!(found["lifecycle_stage"], "BAKE_TIME");
    assert_eq!((&found["finished_at"], &found["failed_task_count"]), (&Value::Null, &json!(0)));
    assert!(found["id"].as_str().is_some_and(|id| id.contains(":service-deployment/shop/web/")), "{found}");
    stage.fake.step(Finish);
    stage.fake.reset();
    let found = stage.read(SOURCE, WEB);
    assert!(found["finished_at"].as_str().is_some_and(|at| at.starts_with("2026-") && at.ends_with('Z')), "{found}");
    let calls = ["ecs:DescribeServiceDeployments 1", "ecs:DescribeServiceRevisions 1", "ecs:DescribeServices 1"];
    assert_eq!(stage.fake.tally(), calls);
}

#[test]
fn a_circuit_breaker_leaves_its_reason() {
    let stage = walk(
        "rolling",
        &[
            (None, "SUCCEEDED", "SUCCESSFUL", " -> web:1"),
            (Some(Start), "IN_PROGRESS", "IN_PROGRESS", "web:1 -> web:2"),
            (Some(Rollback), "ROLLING_BACK", "ROLLBACK_IN_PROGRESS", "web:1 -> web:2"),
            (Some(RolledBack), "ROLLED_BACK", "ROLLBACK_SUCCESSFUL", "web:1 -> web:2"),
        ],
    );
    let found = stage.read(SOURCE, WEB);
    assert_eq!(found["failed_task_count"], 3);
    assert!(found["reason"].as_str().is_some_and(|reason| reason.contains("circuit breaker")), "{found}");
    walk(
        "rolling",
        &[
            (Some(Start), "IN_PROGRESS", "IN_PROGRESS", "web:1 -> web:2"),
            (Some(Fail), "FAILED", "STOPPED", "web:1 -> web:2"),
        ],
    );
}

#[test]
fn a_code_deploy_rollback_is_told_of_the_deployment_that_was_undone() {
    let (stage, _) = Stage::scenario("codedeploy");
    let text = stage.fails(SOURCE, WEB);
    assert!(text.contains("No Deployment Known") && text.contains("there was none yet"), "{text}");
    assert_eq!(stage.read(SOURCE, &format!("{WEB}allow_missing = true"))["found"], false);
    let stage = walk(
        "codedeploy",
        &[
            (Some(Start), "IN_PROGRESS", "InProgress", "web:1 -> web:2"),
            (Some(Complete), "IN_PROGRESS", "InProgress", "web:1 -> web:2"),
            (Some(Finish), "SUCCEEDED", "Succeeded", " -> web:2"),
            (Some(Start), "IN_PROGRESS", "InProgress", "web:2 -> web:3"),
            (Some(Rollback), "ROLLING_BACK", "Stopped", "web:2 -> web:3"),
            (Some(RolledBack), "ROLLED_BACK", "Stopped", " -> ?"),
            (Some(Start), "IN_PROGRESS", "InProgress", "web:2 -> web:4"),
            (Some(Fail), "FAILED", "Failed", "web:2 -> web:4"),
        ],
    );
    let found = stage.read(SOURCE, WEB);
    let reason = "The deployment timed out while waiting for the replacement task set.";
    assert_eq!((&found["reason"], &found["lifecycle_stage"]), (&json!(reason), &Value::Null));
    assert!(found["id"].as_str().is_some_and(|id| id.starts_with("d-")), "{found}");
}

#[test]
fn under_external_a_second_task_set_is_a_deployment() {
    walk(
        "external",
        &[
            (None, "SUCCEEDED", "", " -> web:1"),
            (Some(Start), "IN_PROGRESS", "", " -> ?"),
            (Some(Complete), "IN_PROGRESS", "", " -> ?"),
            (Some(Finish), "SUCCEEDED", "", " -> web:2"),
        ],
    );
}

#[test]
fn a_service_without_a_current_deployment_is_looked_up_in_the_list() {
    let (stage, _) = Stage::scenario("blue-green");
    stage.fake.step(Start);
    stage.fake.step(Finish);
    stage.fake.region(fake_aws::REGION, |region| region.service("shop", "web").current_deployment = None);
    assert_eq!(stage.read(SOURCE, WEB)["status"], "SUCCEEDED");
    assert_eq!(stage.fake.count("ecs:ListServiceDeployments"), 1);
    assert!(stage.fails(SOURCE, "cluster = \"shop\"\nservice_name = \"none\"").contains("ECS Service Not Found"));
}
