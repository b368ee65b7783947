//! Every scenario, step by step: what `ecslive_target_group` and `ecslive_service` say before, during, after and after a
//! rollback, and how many calls that takes.

use crate::stage::{Stage, WEB};
use fake_aws::{REGION, Scene, Step};
use serde_json::Value;
use std::fmt::Write;

/// A step, the answer of `ecslive_target_group`, the same with `verify_listener = false`, and what runs.
///
/// An answer is the live target group, the weights of blue and green, the fact that decided, and the number of calls;
/// `*` stands for a deployment in progress. A refusal is its title.
type Row = (Option<Step>, &'static str, &'static str, &'static str);

fn walk(scenario: &str, rows: &[Row]) {
    let (stage, scene) = Stage::scenario(scenario);
    // The search for it would not know the test listener.
    let entry = match (&scene, stage.fake.region(REGION, |region| scene.rule(region))) {
        (Scene::External(_), Some(rule)) => format!("production_listener_rule_arn = {rule:?}"),
        _ => String::new(),
    };
    let (mut seen, mut expected) = (String::new(), String::new());
    for (step, verified, unverified, runs) in rows {
        if let Some(step) = step {
            stage.fake.step(*step);
        }
        let answers = [
            target_group(&stage, &scene, &entry),
            target_group(&stage, &scene, "verify_listener = false"),
            running(&stage),
        ];
        writeln!(seen, "{step:?}: {}", answers.join(" | ")).expect("a String");
        writeln!(expected, "{step:?}: {verified} | {unverified} | {runs}").expect("a String");
    }
    assert_eq!(seen, expected, "{scenario}, seen:\n{seen}\nexpected:\n{expected}");
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
            (Some(Rollback), "Rollback In Progress", "Rollback In Progress", "web:1"),
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
            (Some(Fail), "blue 100/0 task_set standby, 3 calls", "blue 100/0 task_set standby, 3 calls", "web:1"),
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
            (Some(Shift(10)), "Traffic Is Split", "Traffic Is Split", " to web:2"),
            (Some(Rollback), "Rollback In Progress", "Rollback In Progress", " to web:1"),
            (Some(Fail), "Traffic Is Split", "Traffic Shares Unknown", " to web:1"),
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
    const REFUSED: &str = "Traffic Shares Unknown";
    walk(
        "external",
        &[
            (None, "blue 100/0 listener standby, 2 calls", REFUSED, "web:1"),
            (Some(Start), "blue* 100/0 listener standby, 2 calls", REFUSED, " to ?"),
            (Some(Shift(10)), "Traffic Is Split", REFUSED, " to ?"),
            (Some(RolledBack), "blue 100/0 listener standby, 2 calls", REFUSED, "web:1"),
            (Some(Start), "blue* 100/0 listener standby, 2 calls", REFUSED, " to ?"),
            (Some(Complete), "green* 0/100 listener standby, 2 calls", REFUSED, " to ?"),
            (Some(Finish), "green 0/100 listener standby, 2 calls", REFUSED, "web:3"),
        ],
    );
}

#[test]
fn external_is_found_by_search_as_long_as_all_listeners_say_the_same() {
    let (stage, scene) = Stage::scenario("external");
    assert_eq!(target_group(&stage, &scene, ""), "blue 100/0 listener standby, 5 calls");
    stage.fake.step(Start);
    let text = stage.fails("ecslive_target_group", WEB);
    assert!(text.contains("Production Rules Disagree") && text.contains("which listener with listener_arn"), "{text}");
}

#[test]
fn rolling() {
    const ONE: &str = "blue 1/1 service, 4 calls";
    const MOVING: &str = "blue* 1/1 service, 5 calls";
    const WORD: &str = "blue 100/100 service, 2 calls";
    const WORD_MOVING: &str = "blue* 100/100 service, 2 calls";
    walk(
        "rolling",
        &[
            (None, ONE, WORD, "web:1"),
            (Some(Start), MOVING, WORD_MOVING, "web:1 to web:2"),
            (Some(Rollback), MOVING, WORD_MOVING, "web:1"),
            (Some(RolledBack), ONE, WORD, "web:1"),
            (Some(Start), MOVING, WORD_MOVING, "web:1 to web:3"),
            // The breaker tripped, and is not to roll back: nothing is under way any more.
            (Some(Fail), ONE, WORD, "web:1 to web:3"),
            (Some(Start), MOVING, WORD_MOVING, "web:1 to web:4"),
            (Some(Finish), ONE, WORD, "web:4"),
        ],
    );
}
