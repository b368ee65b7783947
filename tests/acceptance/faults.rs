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
        let way = format!("Endpoint: {} Attempt: 3 of 3", stage.fake.endpoint());
        let cause = "Cause: the connection was closed ";
        for expected in ["AWS Not Reachable", "Service: web", &way, cause] {
            assert!(text.contains(expected), "{expected}: {text}");
        }
        assert!(start.elapsed() < Duration::from_secs(40), "{:?}", start.elapsed());
    }
    stage.fake.reset();
    stage.fake.fail_always("ecs:DescribeServices", Fault::Stall);
    let text = stage.fails("ecslive_service", &format!("{WEB}timeouts {{\n  read = \"2s\"\n}}\n"));
    let way = format!("Waiting for: ecs:DescribeServices Endpoint: {} Attempt: 1 of 3", stage.fake.endpoint());
    for expected in ["Read Timed Out", "within 2s", "Cluster: shop Service: web", &way] {
        assert!(text.contains(expected), "{expected}: {text}");
    }
}

/// Every data source, with arguments of an account in which a service is deployed by CodeDeploy.
const DATA_SOURCES: [(&str, &str); 6] = [
    ("ecslive_task_definition", "family = \"web\"\n"),
    ("ecslive_service", WEB),
    ("ecslive_services", "cluster = \"shop\"\n"),
    ("ecslive_target_group", WEB),
    ("ecslive_deployment", WEB),
    ("ecslive_image", IMAGE),
];

#[test]
fn every_class_of_fault_is_one_diagnostic_of_each_data_source_soon() {
    let blocks = DATA_SOURCES
        .map(|(name, arguments)| format!("data {name:?} \"it\" {{\n{arguments}timeouts {{\nread = \"4s\"\n}}\n}}\n"));
    for fault in [
        Fault::Throttle,
        Fault::InternalError,
        Fault::Unavailable,
        Fault::Drop,
        Fault::Stall,
        Fault::Truncate,
        Fault::Html,
        Fault::AccessDenied,
        Fault::ExpiredToken,
    ] {
        let mut stage = stage();
        stage.workspace.env("AWS_MAX_ATTEMPTS", "2");
        for operation in
            ["ecs:DescribeTaskDefinition", "ecs:DescribeServices", "ecs:ListServices", "ecr:DescribeImages"]
        {
            stage.fake.fail_always(operation, fault.clone());
        }
        stage.write(&blocks.concat());
        let start = Instant::now();
        let output = stage.workspace.run(&["plan", "-json"]);
        assert!(start.elapsed() < Duration::from_secs(25), "{fault:?}: {:?}", start.elapsed());
        let lines = output.stdout.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
        let errors: Vec<_> =
            lines.map(|line| line["diagnostic"].clone()).filter(|it| it["severity"] == "error").collect();
        let of = |name: &str| errors.iter().filter(|error| error["address"] == format!("data.{name}.it")).count();
        assert_eq!(DATA_SOURCES.map(|(name, _)| of(name)), [1; 6], "{fault:?}: {errors:#?}");
        assert_eq!(errors.len(), DATA_SOURCES.len(), "{fault:?}: {errors:#?}");
    }
}

#[test]
fn a_read_that_was_interrupted_says_what_it_was_waiting_for() {
    let stage = stage();
    stage.fake.fail("ecs:DescribeServices", Fault::Unavailable, 1);
    stage.fake.fail_always("ecs:DescribeServices", Fault::Stall);
    stage.write(&format!("data \"ecslive_service\" \"it\" {{\n{WEB}}}\n"));
    let plan = stage.workspace.spawn(&["plan"]);
    while stage.fake.count("ecs:DescribeServices") < 2 {
        std::thread::sleep(Duration::from_millis(20));
    }
    // A terminal sends it to the whole group: terraform and the plugin.
    let status = std::process::Command::new("kill").args(["-INT", "--", &format!("-{}", plan.id())]).status();
    assert!(status.expect("kill runs").success());
    let output = plan.wait_with_output().expect("an end");
    let printed = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    for expected in [
        "Read Cancelled",
        "Service: web",
        "Waiting for: ecs:DescribeServices",
        "Attempt: 2 of 3",
        "Last cause: HTTP 503",
    ] {
        assert!(printed.contains(expected), "{expected}: {printed}");
    }
}

#[test]
fn an_endpoint_that_is_not_there_is_named_soon() {
    let mut stage = stage();
    let port = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port();
    stage.workspace.env("TF_VAR_endpoint", &format!("http://127.0.0.1:{port}"));
    let start = Instant::now();
    let text = stage.fails("ecslive_service", WEB);
    assert!(text.contains("AWS Not Reachable") && text.contains("connection refused: nothing listens there"), "{text}");
    assert!(start.elapsed() < Duration::from_secs(30), "{:?}", start.elapsed());
}

/// The processes that this one started.
#[cfg(target_os = "linux")]
fn children(parent: u32) -> Vec<u32> {
    let processes = std::fs::read_dir("/proc").expect("processes").flatten();
    let numbers = processes.filter_map(|process| process.file_name().to_string_lossy().parse::<u32>().ok());
    let of = |id: &u32| {
        let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
        stat.rsplit(") ").next().and_then(|fields| fields.split(' ').nth(1)?.parse().ok()) == Some(parent)
    };
    numbers.filter(of).collect()
}

#[cfg(target_os = "linux")]
#[test]
fn terraform_that_is_killed_leaves_no_plugin_behind() {
    let stage = stage();
    stage.fake.fail_always("ecs:DescribeServices", Fault::Stall);
    stage.write(&format!("data \"ecslive_service\" \"it\" {{\n{WEB}}}\n"));
    let mut plan = stage.workspace.spawn(&["plan"]);
    while stage.fake.count("ecs:DescribeServices") == 0 {
        std::thread::sleep(Duration::from_millis(20));
    }
    let plugins = children(plan.id());
    assert!(!plugins.is_empty());
    plan.kill().expect("a kill");
    plan.wait().expect("an end");
    let start = Instant::now();
    let runs = |id: &u32| std::path::Path::new(&format!("/proc/{id}")).exists();
    while plugins.iter().any(runs) {
        assert!(start.elapsed() < Duration::from_secs(30), "{plugins:?} are still there");
        std::thread::sleep(Duration::from_millis(50));
    }
}
