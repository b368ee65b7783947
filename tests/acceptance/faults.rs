//! AWS answers that are no answers: each is an error that says so, and never absence.

use crate::stage::{Stage, WEB};
use fake_aws::Fault;
use std::time::{Duration, Instant};

const OPERATIONS: [(&str, &str, &str); 6] = [
    ("ecslive_task_definition", "family = \"web\"\n", "ecs:DescribeTaskDefinition"),
    ("ecslive_service", WEB, "ecs:DescribeServices"),
    ("ecslive_target_group", WEB, "elasticloadbalancing:DescribeRules"),
    ("ecslive_target_group", WEB, "codedeploy:BatchGetDeployments"),
    ("ecslive_image", IMAGE, "ecr:DescribeImages"),
    ("ecslive_image", IMAGE, "ecr:BatchGetImage"),
];

const IMAGE: &str = "image = \"123456789012.dkr.ecr.eu-west-1.amazonaws.com/web:v1\"\ninclude_platforms = true\n";

fn stage() -> Stage {
    let (stage, _) = Stage::with(|region| {
        let web = region.code_deploy_service("shop", "web", true);
        region.code_deploy(&web);
        region.push("web", "v1", &["linux/amd64"]);
    });
    stage
}

/// Every operation under one fault, with absence allowed: what terraform prints.
fn each(fault: &Fault, check: impl Fn(&str, &str)) {
    for (source, arguments, operation) in OPERATIONS {
        let stage = stage();
        stage.fake.fail_always(operation, fault.clone());
        let text = stage.fails(source, &format!("{arguments}allow_missing = true\n"));
        check(operation, &text);
        assert!(!text.contains("Plugin error") && !text.contains("Request cancelled"), "{text}");
    }
}

#[test]
fn access_denied_is_not_absence() {
    each(&Fault::AccessDenied, |operation, text| {
        let expected = format!("AWS does not let these credentials call {operation}, so nothing is known");
        assert!(text.contains("AWS Access Denied") && text.contains(&expected), "{text}");
        assert!(text.contains(&format!("AWS request: {operation} (request ID 0000")), "{text}");
        assert!(text.contains(&format!("is not authorized to perform: {operation}")), "{text}");
    });
}

#[test]
fn expired_credentials_are_named() {
    each(&Fault::ExpiredToken, |_, text| assert!(text.contains("AWS Credentials Rejected"), "{text}"));
}

#[test]
fn a_web_page_is_no_answer() {
    each(&Fault::Html, |operation, text| {
        assert!(text.contains("Unreadable AWS Answer") && text.contains(operation), "{text}");
    });
}

#[test]
fn throttles_and_server_faults_are_retried() {
    for fault in [Fault::Throttle, Fault::InternalError, Fault::Unavailable] {
        let stage = stage();
        stage.fake.fail("ecs:DescribeServices", fault, 2);
        assert_eq!(stage.read("ecslive_target_group", WEB)["target_group_name"], "web-green");
        assert_eq!(stage.fake.count("ecs:DescribeServices"), 3);
    }
}

#[test]
fn connections_that_break_or_stall_end_with_a_message() {
    let stage = stage();
    for fault in [Fault::Drop, Fault::Truncate] {
        stage.fake.reset();
        stage.fake.fail_always("ecs:DescribeServices", fault);
        let start = Instant::now();
        let text =
            stage.fails("ecslive_service", &format!("{WEB}allow_missing = true\ntimeouts {{\n  read = \"15s\"\n}}\n"));
        let named = ["AWS Not Reachable", "Unreadable AWS Answer", "Read Timed Out"];
        assert!(named.iter().any(|name| text.contains(name)), "{text}");
        assert!(start.elapsed() < Duration::from_secs(40), "{:?}", start.elapsed());
    }
    stage.fake.reset();
    stage.fake.fail_always("ecs:DescribeServices", Fault::Stall);
    let text = stage.fails("ecslive_service", &format!("{WEB}timeouts {{\n  read = \"2s\"\n}}\n"));
    assert!(text.contains("Read Timed Out"), "{text}");
}

#[test]
fn an_endpoint_that_is_not_there_is_named_soon() {
    let mut stage = stage();
    let port = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port();
    stage.workspace.env("TF_VAR_endpoint", &format!("http://127.0.0.1:{port}"));
    let start = Instant::now();
    let text = stage.fails("ecslive_service", WEB);
    assert!(text.contains("AWS Not Reachable") && text.contains("Connection refused"), "{text}");
    assert!(start.elapsed() < Duration::from_secs(30), "{:?}", start.elapsed());
}
