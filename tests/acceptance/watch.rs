//! `ecslive resolve … --watch`: one line a change without a terminal, and an end by the outcome.

use crate::cli::{ecslive, run, text};
use crate::stage::Stage;
use fake_aws::Step::{self, Complete, Rollback, Start};
use fake_aws::{Fault, REGION};
use serde_json::{Value, json};
use std::process::{Command, Output, Stdio};

#[test]
fn a_watch_without_a_terminal_says_one_line_a_change_and_ends_by_its_outcome() {
    let (stage, _) = Stage::scenario("canary");
    stage.fake.step(Start);
    let watch = ["resolve", "deployment", "web", "--cluster", "shop", "--watch"];
    let not_there: Vec<&str> = watch.iter().copied().chain(["--timeout", "1s"]).collect();
    let output = run(&stage, &not_there);
    let shown = text(&output.stdout);
    assert_eq!(output.status.code(), Some(3), "{shown}");
    assert_eq!(shown.lines().count(), 2, "{shown}");
    assert!(shown.contains("IN_PROGRESS") && shown.ends_with("Not there yet: the time is over.\n"), "{shown}");

    let shifted: Vec<&str> = watch.iter().copied().chain(["--until", "shifted", "--format", "json"]).collect();
    let child = ecslive(&stage, &shifted).stdout(Stdio::piped()).spawn().expect("a start");
    stage.fake.step(Complete);
    let output = child.wait_with_output().expect("an end");
    let events: Vec<Value> =
        text(&output.stdout).lines().map(|line| serde_json::from_str(line).expect("an event")).collect();
    let last = events.last().expect("an end");
    assert_eq!((output.status.code(), &last["event"], &last["outcome"]), (Some(0), &json!("end"), &json!("arrived")));

    stage.fake.step(Rollback);
    stage.fake.step(Step::RolledBack);
    let output = run(&stage, &watch);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stdout));
    assert!(text(&output.stdout).ends_with("The deployment was rolled back.\n"), "{}", text(&output.stdout));
}

/// Starts a watch, waits for its first event and sends a signal.
fn interrupted(signal: &str) -> Output {
    let (stage, _) = Stage::scenario("codedeploy");
    stage.fake.step(Start);
    let mut command = ecslive(&stage, &["resolve", "service", "web", "--cluster=shop", "--watch", "--format=json"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("ecslive starts");
    let mut first = String::new();
    let stdout = child.stdout.as_mut().expect("stdout");
    std::io::BufRead::read_line(&mut std::io::BufReader::new(stdout), &mut first).expect("an event");
    serde_json::from_str::<Value>(&first).expect("a whole event");
    let id = child.id().to_string();
    assert!(Command::new("kill").args(["-s", signal, &id]).status().expect("kill runs").success());
    child.wait_with_output().expect("it ends")
}

#[test]
fn a_signal_ends_a_watch_with_its_own_code_and_no_half_event() {
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let output = interrupted(signal);
        assert_eq!(output.status.code(), Some(code), "{}", text(&output.stderr));
        for line in text(&output.stdout).lines() {
            serde_json::from_str::<Value>(line).expect("a whole event");
        }
        assert_eq!(text(&output.stderr), "");
    }
}

const CODE_DEPLOY: [&str; 7] =
    ["resolve", "service", "web", "--cluster=shop", "--watch", "--format=json", "--timeout=20s"];

#[test]
fn a_watch_can_wait_for_an_event_of_code_deploy() {
    let (stage, _) = Stage::scenario("codedeploy");
    stage.fake.step(Start);
    let until = |event: &str| {
        let until = format!("--until=codedeploy:{event}");
        let arguments: Vec<&str> = CODE_DEPLOY.iter().copied().chain([until.as_str()]).collect();
        ecslive(&stage, &arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("ecslive starts")
    };
    let test_traffic = until("AllowTestTraffic").wait_with_output().expect("an end");
    assert_eq!(test_traffic.status.code(), Some(0), "{}", text(&test_traffic.stderr));
    let shift = until("AllowTraffic");
    stage.fake.step(Complete);
    let shift = shift.wait_with_output().expect("an end");
    assert_eq!(shift.status.code(), Some(0), "{}", text(&shift.stderr));
    assert!(text(&shift.stdout).contains(r#"{"name":"AllowTraffic","status":"Succeeded"}"#), "{}", text(&shift.stdout));

    stage.fake.fail_always("codedeploy:GetDeploymentTarget", Fault::AccessDenied);
    let denied = until("AfterAllowTraffic").wait_with_output().expect("an end");
    assert_eq!(denied.status.code(), Some(2));
    assert!(text(&denied.stderr).contains("call codedeploy:GetDeploymentTarget"), "{}", text(&denied.stderr));
}

#[test]
fn failures_and_stopped_tasks_are_told_while_a_deployment_goes_wrong() {
    let (stage, _) = Stage::scenario("rolling");
    stage.fake.step(Start);
    let task = "arn:aws:ecs:eu-west-1:123456789012:task/shop/0123456789abcdef";
    stage.fake.region(REGION, |region| {
        let service = region.clusters.get_mut("shop").and_then(|cluster| cluster.services.get_mut("web"));
        let service = service.expect("the service");
        let event = |at: f64, message: &str| json!({"id": "1", "createdAt": at, "message": message});
        let failed = "(service web) is unable to consistently start tasks successfully.";
        let events = json!([event(4e9, failed), event(3e9, "(service web) has reached a steady state."), event(1.0, failed)]);
        service.more.insert("events".to_owned(), events);
        let container = json!({"name": "web", "reason": "CannotPullContainerError: image not found", "exitCode": 1});
        service.stopped_tasks = vec![
            json!({"taskArn": task, "stopCode": "TaskFailedToStart", "stoppedAt": 1_790_000_000.0,
                "stoppedReason": "Essential container in task exited", "containers": [container]}),
            json!({"taskArn": "arn:aws:ecs:eu-west-1:123456789012:task/shop/planned", "stopCode": "ServiceSchedulerInitiated",
                "stoppedReason": "Scaling activity initiated by deployment", "containers": []}),
        ];
    });
    let watch = ["resolve", "service", "web", "--cluster=shop", "--watch", "--timeout=1s"];
    let shown = text(&run(&stage, &watch).stdout);
    let failure = "(service web) is unable to consistently start tasks successfully.";
    let stopped =
        "stopped 0123456789abcdef: Essential container in task exited; web: CannotPullContainerError: image not found";
    assert!(shown.contains(failure) && shown.contains(stopped), "{shown}");
    assert!(!shown.contains("planned"), "{shown}");
    let json: Vec<&str> = watch.iter().copied().chain(["--format=json"]).collect();
    let shown = text(&run(&stage, &json).stdout);
    let first: Value = serde_json::from_str(shown.lines().next().expect("an event")).expect("JSON");
    assert_eq!(first["lately"]["failures"].as_array().map(Vec::len), Some(1), "older ones are not about it: {first}");
    assert_eq!(first["lately"]["stopped_tasks"][0]["task"], task);

    stage.fake.fail_always("ecs:ListTasks", Fault::AccessDenied);
    let output = run(&stage, &json);
    let shown = text(&output.stdout);
    assert_eq!(output.status.code(), Some(3), "what is shown besides is not needed: {}", text(&output.stderr));
    assert!(shown.contains(r#""denied":["ecs:ListTasks"]"#), "{shown}");
}
