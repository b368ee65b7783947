//! `ecslive guard` when AWS is there and says nothing: it ends in time, says what it waited for, and a signal ends it at once.

use super::asked::STATES;
use super::command::{ecslive, plan, run};
use super::network::Between;
use fake_aws::Fault;
use serde_json::Value;
use std::io::{Read, Write};
use std::process::{Child, Command, Output};
use std::time::{Duration, Instant};

/// Holds the connection, and neither answers nor ends.
fn hold() -> ! {
    loop {
        std::thread::park();
    }
}

/// Takes requests and never answers.
fn silent() -> Between {
    Between::new(|_client, _| hold())
}

/// Begins an answer and never ends it.
fn half_open() -> Between {
    Between::new(|mut client, _| {
        let _ = client.read(&mut [0; 16_384]);
        let _ = client.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 4096\r\n\r\n{\"services\":[");
        hold()
    })
}

fn one_line(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn an_endpoint_that_never_answers_ends_the_check_in_time_and_says_what_it_waited_for() {
    let plan = plan(&STATES[0].build());
    for endpoint in [silent(), half_open()] {
        let start = Instant::now();
        let output = run(&endpoint.url(), &["guard", "--timeout=2s"], &plan);
        assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
        let text = one_line(&output);
        assert_eq!(output.status.code(), Some(2), "{text}");
        let endpoint = format!("Endpoint: {}", endpoint.url());
        for part in [
            "The plan could not be checked. Nothing is known about it.",
            "The answer was not there within 2s.",
            "run guard again, or allow more time with --timeout",
            "To check the plan without AWS, use --offline.",
            "(Waiting for: ",
            &endpoint,
        ] {
            assert!(text.contains(part), "{part:?} is missing: {text}");
        }
        assert_eq!(text.matches("Waiting for: ").count(), 1, "{text}");
    }
}

#[test]
fn what_was_answered_in_time_is_judged_and_the_rest_could_not_be() {
    let fake = STATES[0].build();
    let plan = plan(&fake);
    let json = |arguments: &[&str]| {
        let output = run(&fake.endpoint(), arguments, &plan);
        let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        (output.status.code(), report)
    };
    let (code, whole) = json(&["guard", "--format=json"]);
    assert_eq!((code, &whole["outcome"]), (Some(1), &Value::from("findings")), "{whole}");
    fake.fail_always("ecs:DescribeTaskSets", Fault::Stall);
    fake.fail_always("ecs:DescribeServices", Fault::Stall);
    let (code, report) = json(&["guard", "--format=json", "--timeout=3s"]);
    assert_eq!((code, &report["outcome"]), (Some(0), &Value::from("cannot_tell")), "{report}");
    let reasons: Vec<&str> =
        report["cannot_tell"].as_array().expect("a list").iter().filter_map(|one| one["reason"].as_str()).collect();
    assert!(!reasons.is_empty() && reasons.iter().all(|reason| *reason == reasons[0]), "{reasons:?}");
    assert!(reasons[0].contains("Waiting for: ecs:DescribeServices"), "{reasons:?}");
    let (code, _) = json(&["guard", "--format=json", "--timeout=3s", "--fail-on-unknown"]);
    assert_eq!(code, Some(2));
}

/// Sends the signal as soon as the command has had time to start waiting, and gives its exit code.
fn ended_by(signal: &str, mut child: Child) -> Option<i32> {
    std::thread::sleep(Duration::from_secs(2));
    assert!(child.try_wait().expect("a child").is_none(), "it has not waited");
    let sent = Command::new("kill").args([signal, &child.id().to_string()]).status().expect("kill starts");
    assert!(sent.success());
    let start = Instant::now();
    let code = child.wait().expect("an end").code();
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
    code
}

#[test]
fn a_signal_ends_the_check_at_once_whatever_it_waits_for() {
    let endpoint = silent();
    for (signal, code) in [("-INT", 130), ("-TERM", 143)] {
        let mut child = ecslive(&endpoint.url(), &["guard"]).spawn().expect("ecslive starts");
        child.stdin.take().expect("stdin").write_all(plan(&STATES[0].build()).as_bytes()).expect("a reader");
        assert_eq!(ended_by(signal, child), Some(code), "{signal} while AWS is asked");
        let mut child = ecslive(&endpoint.url(), &["guard"]).spawn().expect("ecslive starts");
        let stdin = child.stdin.take();
        assert_eq!(ended_by(signal, child), Some(code), "{signal} while the plan is waited for");
        drop(stdin);
    }
}
