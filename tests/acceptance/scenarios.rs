//! Every scenario, step by step: what `ecslive_target_group` and `ecslive_service` say before, during, after and after a
//! rollback, and how many calls that takes.

use crate::stage::{Stage, WEB};
use fake_aws::{REGION, Scene, Step};
use serde_json::Value;

/// A step, the answer of `ecslive_target_group`, the same with `verify_listener = false`, and what runs.
///
/// An answer is the live target group, the weights of blue and green, the fact that decided, and the number of calls;
/// `*` stands for a deployment in progress. A refusal is its title.
type Row = (Option<Step>, &'static str, &'static str, &'static str);

fn walk(scenario: &str, rows: &[Row]) {
    let (stage, scene) = Stage::scenario(scenario);
    // Under EXTERNAL nobody but the caller knows where traffic comes in.
    let rule = stage.fake.region(REGION, |region| scene.rule(region)).expect("a rule");
    let entry = match scene {
        Scene::External(_) => format!("production_listener_rule_arn = {rule:?}"),
        _ => String::new(),
    };
    for (step, verified, unverified, runs) in rows {
        if let Some(step) = step {
            stage.fake.step(*step);
        }
        let seen = (
            target_group(&stage, &scene, &entry),
            target_group(&stage, &scene, "verify_listener = false"),
            running(&stage),
        );
        let expect = ((*verified).to_owned(), (*unverified).to_owned(), (*runs).to_owned());
        assert_eq!(seen, expect, "{scenario} after {step:?}");
    }
}

fn target_group(stage: &Stage, scene: &Scene, arguments: &str) -> String {
    stage.fake.reset();
    let found = match stage.try_read("ecslive_target_group", &format!("{WEB}{arguments}")) {
        Ok(found) => found,
        Err(text) => return refusal(&text),
    };
    let (blue, green) = scene.pair().expect("a pair");
    let name = |arn: &Value| match arn.as_str() {
        Some(arn) if arn == blue => "blue",
        Some(arn) if arn == green => "green",
        _ => "nothing",
    };
    let weight = |group: &str| found["target_group_weights"][group].as_u64().map_or("-".to_owned(), |n| n.to_string());
    let star = if found["deployment_in_progress"] == true { "*" } else { "" };
    let standby = if found["standby_target_group_arn"].is_null() { "" } else { " standby" };
    format!(
        "{}{star} {}/{} {}{standby}, {} calls",
        name(&found["target_group_arn"]),
        weight(blue),
        weight(green),
        found["decided_by"].as_str().unwrap_or_default(),
        stage.fake.calls().len()
    )
}

/// What runs, and what is being rolled out if it is something else.
fn running(stage: &Stage) -> String {
    let found = match stage.try_read("ecslive_service", WEB) {
        Ok(found) => found,
        Err(text) => return refusal(&text),
    };
    let runs = found["task_definition"].as_str().unwrap_or_default().to_owned();
    let target = found["target_task_definition_arn"].as_str().and_then(|arn| arn.rsplit('/').next());
    match target {
        None => format!("{runs} to ?"),
        Some(target) if target == runs => runs,
        Some(target) => format!("{runs} to {target}"),
    }
}

/// The title of an error.
fn refusal(text: &str) -> String {
    let title = text.split("Error: ").nth(1).and_then(|rest| rest.split(" with data.").next());
    title.unwrap_or(text).to_owned()
}

use Step::{Complete, Fail, Finish, Rollback, RolledBack, Shift, Start};

#[test]
fn codedeploy() {
    walk(
        "codedeploy",
        &[
            (None, "blue 100/0 task_set standby, 5 calls", "blue 100/- task_set, 1 calls", "web:1"),
            (
                Some(Start),
                "blue* 100/0 task_set standby, 3 calls",
                "blue* 100/0 task_set standby, 3 calls",
                "web:1 to web:2",
            ),
            (Some(Shift(10)), "Traffic Is Split", "Traffic Is Split", "web:1 to web:2"),
            (Some(Rollback), "Rollback In Progress", "Rollback In Progress", "web:1 to ?"),
            (Some(RolledBack), "blue 100/0 task_set standby, 5 calls", "blue 100/- task_set, 1 calls", "web:1"),
            (
                Some(Start),
                "blue* 100/0 task_set standby, 3 calls",
                "blue* 100/0 task_set standby, 3 calls",
                "web:1 to web:3",
            ),
            (
                Some(Shift(100)),
                "green* 0/100 listener standby, 6 calls",
                "green* 0/100 deployment standby, 3 calls",
                "web:1 to web:3",
            ),
            (
                Some(Complete),
                "green* 0/100 task_set standby, 3 calls",
                "green* 0/100 task_set standby, 3 calls",
                "web:3",
            ),
            (Some(Finish), "green 0/100 task_set standby, 3 calls", "green -/100 task_set, 1 calls", "web:3"),
        ],
    );
}

#[test]
fn codedeploy_that_failed() {
    walk(
        "codedeploy",
        &[
            (
                Some(Start),
                "blue* 100/0 task_set standby, 3 calls",
                "blue* 100/0 task_set standby, 3 calls",
                "web:1 to web:2",
            ),
            (Some(Fail), "blue* 100/0 task_set standby, 3 calls", "Traffic Shares Unknown", "web:1 to ?"),
        ],
    );
}

#[test]
fn blue_green() {
    native("blue-green");
}

#[test]
fn linear() {
    native("linear");
}

#[test]
fn canary() {
    native("canary");
}

fn native(strategy: &str) {
    walk(
        strategy,
        &[
            (
                None,
                "blue 100/0 service_revision standby, 3 calls",
                "blue 100/- service_revision standby, 2 calls",
                "web:1",
            ),
            (
                Some(Start),
                "blue* 100/0 service_revision standby, 4 calls",
                "blue* 100/- service_revision standby, 3 calls",
                "web:1 to web:2",
            ),
            (Some(Shift(10)), "Traffic Is Split", "Traffic Is Split", "web:1 to web:2"),
            (Some(Rollback), "Rollback In Progress", "Rollback In Progress", "web:1 to web:2"),
            (Some(Fail), "Traffic Is Split", "Traffic Shares Unknown", "web:1 to web:2"),
            (
                Some(RolledBack),
                "blue 100/0 service_revision standby, 3 calls",
                "blue 100/- service_revision standby, 2 calls",
                "web:1",
            ),
            (
                Some(Start),
                "blue* 100/0 service_revision standby, 4 calls",
                "blue* 100/- service_revision standby, 3 calls",
                "web:1 to web:3",
            ),
            (
                Some(Complete),
                "green* 0/100 service_revision standby, 4 calls",
                "green* -/100 service_revision standby, 3 calls",
                "web:3",
            ),
            (
                Some(Finish),
                "green 0/100 service_revision standby, 3 calls",
                "green -/100 service_revision standby, 2 calls",
                "web:3",
            ),
        ],
    );
}

#[test]
fn external() {
    walk(
        "external",
        &[
            (None, "blue 100/0 task_set standby, 2 calls", "blue 100/- task_set, 1 calls", "web:1"),
            (Some(Start), "blue* 100/0 task_set standby, 2 calls", "Traffic Shares Unknown", "web:1 to ?"),
            (Some(Shift(10)), "Traffic Is Split", "Traffic Shares Unknown", "web:1 to ?"),
            (Some(RolledBack), "blue 100/0 task_set standby, 2 calls", "blue 100/- task_set, 1 calls", "web:1"),
            (Some(Start), "blue* 100/0 task_set standby, 2 calls", "Traffic Shares Unknown", "web:1 to ?"),
            (Some(Complete), "green* 0/100 task_set standby, 2 calls", "Traffic Shares Unknown", "web:3 to ?"),
            (Some(Finish), "green 0/100 task_set standby, 2 calls", "green -/100 task_set, 1 calls", "web:3"),
        ],
    );
}

#[test]
fn rolling() {
    const ONE: &str = "blue 100/100 service, 1 calls";
    const MOVING: &str = "blue* 100/100 service, 1 calls";
    walk(
        "rolling",
        &[
            (None, ONE, ONE, "web:1"),
            (Some(Start), MOVING, MOVING, "web:1 to web:2"),
            (Some(Fail), MOVING, MOVING, "web:1 to web:2"),
            (Some(RolledBack), ONE, ONE, "web:1"),
            (Some(Start), MOVING, MOVING, "web:1 to web:3"),
            (Some(Finish), ONE, ONE, "web:3"),
        ],
    );
}
