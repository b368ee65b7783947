//! What must hold on any endpoint, whoever filled it: `ECSLIVE_TEST_ENDPOINT`, or else a fake-aws that is a program of
//! its own, known by its URL alone like every other.

use crate::stage::binaries;
use ecslive::framework::Provider;
use harness::any_endpoint::{Endpoint, NOBODY, Reading};
use harness::{Workspace, root, terraform_binary};
use serde_json::Value;
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

/// What no endpoint may bring about: these are mistakes of ours, or an answer that was not understood.
const NEVER: [&str; 6] = [
    "Plugin error",
    "Plugin did not respond",
    "Provider Bug",
    "Unreadable AWS Answer",
    "Request cancelled",
    "panicked",
];

/// A workspace with the plugin, and where it was taken from.
fn workspace() -> (Workspace, tempfile::TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    let binary = terraform_binary(&root()).unwrap_or_else(|error| panic!("{error}"));
    let workspace = Workspace::new(&binary, &folder.path().join("home"), &folder.path().join("work"));
    workspace.override_providers(&[("ecslive/ecslive", &binaries())]);
    (workspace, folder)
}

/// A fake-aws in a process of its own. Ended when dropped.
struct Program {
    child: Child,
    url: String,
}

impl Program {
    fn start(scenario: &str) -> Self {
        let file = binaries().join("fake-aws");
        assert!(file.is_file(), "{} is missing: run the tests with `make test`", file.display());
        let arguments = ["--port", "0", "--watch-stdin", "--scenario", scenario];
        let child = Command::new(file).args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut program = Self { child: child.expect("fake-aws starts"), url: String::new() };
        let mut stdout = BufReader::new(program.child.stdout.take().expect("stdout"));
        stdout.read_line(&mut program.url).expect("a URL");
        program.url = program.url.trim_end().to_owned();
        program
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Reads every data source from an endpoint, checks what holds everywhere, and gives what was read.
fn check(endpoint: &Endpoint) -> Vec<Reading> {
    let (workspace, _folder) = workspace();
    let readings = endpoint.read_all(&workspace);
    for reading in &readings {
        let text = reading.plan.text();
        assert!(NEVER.iter().all(|never| !text.contains(never)), "{}: {text}", reading.source);
        let named = format!("with data.{}.it, on main.tf line", reading.source);
        assert!(reading.answer.is_some() || text.contains(&named), "{}: {text}", reading.source);
    }
    let family = readings[0].answer.as_ref();
    let family = family.unwrap_or_else(|| panic!("set ECSLIVE_TEST_FAMILY: {}", readings[0].plan.text()));
    check_revision(family, &endpoint.family);
    for reading in readings.iter().skip(1) {
        match (reading.source, &reading.answer) {
            ("ecslive_service", Some(service)) => {
                check_service(service, &endpoint.family);
                assert_ne!(service["images"].as_object().map_or(0, serde_json::Map::len), 0, "{service}");
            }
            ("ecslive_target_group", Some(group)) => check_target_group(group),
            ("ecslive_deployment", Some(deployment)) => check_deployment(deployment),
            ("ecslive_services", Some(found)) => {
                let found = &found["services"][&endpoint.service];
                check_service(found, &endpoint.family);
                assert_eq!(found["images"].as_object().map_or(0, serde_json::Map::len), 0, "not asked for: {found}");
            }
            ("ecslive_image", Some(image)) => check_image(image),
            (_, None) => {}
            (source, Some(_)) => panic!("nothing is checked about {source}"),
        }
    }
    check_absence(endpoint, &workspace);
    readings
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_else(|| panic!("{name} is {}", value[name]))
}

fn check_revision(found: &Value, family: &str) {
    assert_eq!((&found["found"], text(found, "family"), text(found, "status")), (&true.into(), family, "ACTIVE"));
    assert_eq!(text(found, "family_revision"), format!("{family}:{}", found["revision"]));
    assert_eq!(text(found, "arn"), format!("{}:{}", text(found, "arn_without_revision"), found["revision"]));
    let suffix = format!(":task-definition/{family}");
    assert!(text(found, "arn_without_revision").ends_with(&suffix), "{found}");
    assert_ne!(found["images"].as_object().map_or(0, serde_json::Map::len), 0, "{found}");
}

fn check_service(found: &Value, family: &str) {
    assert_eq!((&found["found"], text(found, "status"), text(found, "family")), (&true.into(), "ACTIVE", family));
    assert_eq!(text(found, "task_definition"), format!("{family}:{}", found["revision"]));
    let suffix = format!(":task-definition/{}", text(found, "task_definition"));
    assert!(text(found, "task_definition_arn").ends_with(&suffix), "{found}");
    let controllers = ["ECS", "CODE_DEPLOY", "EXTERNAL"];
    assert!(controllers.contains(&text(found, "deployment_controller")), "{found}");
}

fn check_target_group(found: &Value) {
    let arn = text(found, "target_group_arn");
    assert!(arn.starts_with("arn:") && arn.contains(":targetgroup/"), "{found}");
    assert!(arn.ends_with(text(found, "target_group_arn_suffix")), "{found}");
    assert!(found["target_group_weights"][arn].as_u64().is_some_and(|weight| weight > 0), "{found}");
    assert_ne!(found["standby_target_group_arn"], found["target_group_arn"]);
}

fn check_deployment(found: &Value) {
    match found["found"].as_bool() {
        Some(true) => {
            assert!(found["rollback"].is_boolean() && found["source_task_definition_arns"].is_array(), "{found}")
        }
        Some(false) => assert_eq!(found["status"], Value::Null),
        None => panic!("{found}"),
    }
}

fn check_image(found: &Value) {
    match found["found"].as_bool() {
        Some(true) => assert!(text(found, "digest").starts_with("sha256:"), "{found}"),
        Some(false) => assert_eq!(found["digest"], Value::Null),
        None => panic!("{found}"),
    }
}

/// Absence is an answer, and it is asked for by a name that nobody gives.
fn check_absence(endpoint: &Endpoint, workspace: &Workspace) {
    let nobody =
        Endpoint { service: "ecslive-absent".to_owned(), family: "ecslive-absent".to_owned(), ..endpoint.clone() };
    for (source, arguments) in nobody.questions(NOBODY) {
        let allowed = if arguments.contains("allow_missing") { "" } else { "  allow_missing = true\n" };
        let reading = nobody.read(workspace, source, format!("{arguments}{allowed}"));
        let answer = reading.answer.as_ref().unwrap_or_else(|| panic!("{source}: {}", reading.plan.text()));
        let found = match source {
            "ecslive_services" => &answer["services"][&nobody.service]["found"],
            _ => &answer["found"],
        };
        assert_eq!(found, false, "{source}: {answer}");
    }
}

#[test]
fn every_data_source_reads_an_endpoint_that_somebody_else_filled() {
    if let Some(endpoint) = Endpoint::from_env() {
        check(&endpoint);
        return;
    }
    for scenario in ["codedeploy", "rolling", "blue-green"] {
        let program = Program::start(scenario);
        for reading in check(&Endpoint::new(&program.url)) {
            assert!(reading.answer.is_some(), "{scenario}: {}", reading.plan.text());
        }
    }
}

#[test]
fn no_data_source_is_left_out() {
    let asked: BTreeSet<_> = Endpoint::new("").questions("").into_iter().map(|(source, _)| source.to_owned()).collect();
    let all: BTreeSet<_> =
        ecslive::provider::Ecslive::data_sources().iter().map(|source| format!("ecslive_{}", source.name())).collect();
    assert_eq!(asked, all, "add it to harness::any_endpoint");
}
