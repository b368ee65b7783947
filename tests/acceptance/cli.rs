//! The command `ecslive` says what the data sources say, in every state, as JSON, over the protocol of `external`, and as
//! a screen that a person understands.

use crate::stage::{Stage, WEB, binaries};
use fake_aws::{REGION, Step};
use harness::root;
use serde_json::{Map, Value, json};
use std::io::Write;
use std::process::{Command, Output, Stdio};

/// The command with the stage's endpoint and credentials, and nothing else of the environment.
pub fn ecslive(stage: &Stage, arguments: &[&str]) -> Command {
    let mut command = Command::new(binaries().join("ecslive"));
    command.env_clear().env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE").env("AWS_SECRET_ACCESS_KEY", "secret");
    command.env("AWS_MAX_ATTEMPTS", "2").env("AWS_EC2_METADATA_DISABLED", "true").env("HOME", stage.workspace.home());
    command.env("ECSLIVE_TEST_PAUSE_MS", "50").args(["--endpoint-url", &stage.fake.endpoint(), "--region", REGION]);
    command.args(arguments).stdin(Stdio::null());
    command
}

pub fn run(stage: &Stage, arguments: &[&str]) -> Output {
    ecslive(stage, arguments).output().expect("ecslive starts")
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
}

/// The summaries of errors: `Error: Traffic Is Split`.
fn summaries(text: &str) -> Vec<String> {
    let summary =
        |part: &str| part.split(" with data.").next().unwrap_or(part).lines().next().unwrap_or(part).to_owned();
    text.split("Error: ").skip(1).map(|part| summary(part).trim().to_owned()).collect()
}

/// One question: the data source, its arguments, and the command with the same arguments.
struct Asked {
    source: &'static str,
    arguments: &'static str,
    command: &'static [&'static str],
    query: fn() -> Value,
}

const ASKED: [Asked; 5] = [
    Asked {
        source: "target_group",
        arguments: WEB,
        command: &["resolve", "target-group", "web", "--cluster", "shop"],
        query: || json!({"query": "target-group", "cluster": "shop", "service_name": "web"}),
    },
    Asked {
        source: "target_group",
        arguments: "cluster = \"shop\"\nservice_name = \"web\"\non_traffic_shift = \"allow\"\nverify_listener = false\n",
        command: &[
            "resolve",
            "target-group",
            "web",
            "--cluster=shop",
            "--on-traffic-shift=allow",
            "--no-verify-listener",
        ],
        query: || {
            json!({"query": "target_group", "cluster": "shop", "service_name": "web", "on_traffic_shift": "allow",
                "verify_listener": "false"})
        },
    },
    Asked {
        source: "service",
        arguments: WEB,
        command: &["resolve", "service", "web", "--cluster", "shop"],
        query: || json!({"query": "service", "cluster": "shop", "service_name": "web"}),
    },
    Asked {
        source: "deployment",
        arguments: "cluster = \"shop\"\nservice_name = \"web\"\nallow_missing = true\n",
        command: &["resolve", "deployment", "web", "--cluster", "shop", "--allow-missing"],
        query: || json!({"query": "deployment", "cluster": "shop", "service_name": "web", "allow_missing": "true"}),
    },
    Asked {
        source: "services",
        arguments: "cluster = \"shop\"\ninclude_images = true\n",
        command: &["resolve", "services", "--cluster", "shop", "--include-images"],
        query: || json!({"query": "services", "cluster": "shop", "include_images": "true"}),
    },
];

impl Asked {
    /// All three say the same: the same values, or the same refusals.
    fn compare(&self, stage: &Stage, state: &str) {
        let arguments: Vec<&str> = self.command.iter().copied().chain(["--format", "json"]).collect();
        let output = run(stage, &arguments);
        let external = self.external(stage);
        match stage.try_read(&format!("ecslive_{}", self.source), self.arguments) {
            Ok(state_of) => {
                assert_eq!(output.status.code(), Some(0), "{state}: {}", text(&output.stderr));
                let answer: Map<String, Value> = serde_json::from_slice(&output.stdout).expect("an object");
                for (name, value) in &answer {
                    assert_eq!(value, &state_of[name], "{state}: {}.{name}", self.source);
                }
                // What the state has besides are the arguments.
                let state_of = state_of.as_object().expect("an object");
                let others = state_of.keys().filter(|name| !answer.contains_key(*name)).map(String::as_str);
                let given = ["query", "timeouts", "include_images", "service_names"];
                let arguments = ["cluster", "service_name", "allow_missing", "verify_listener", "on_traffic_shift"];
                let entry =
                    ["container_name", "container_port", "listener_arn", "load_balancer_arn", "target_group_arns"];
                let known: Vec<&str> = given.into_iter().chain(arguments).chain(entry).collect();
                let strange: Vec<&str> = others.filter(|name| !known.contains(name)).collect();
                assert!(strange.is_empty(), "{state}: {} lacks {strange:?}", self.source);
                let flat: Map<String, Value> = serde_json::from_slice(&external.stdout).expect("an object");
                assert_eq!(flat.keys().collect::<Vec<_>>(), {
                    let mut names: Vec<_> = answer.keys().collect();
                    names.sort();
                    names
                });
                for (name, value) in &answer {
                    let expected = match value {
                        Value::Null => String::new(),
                        Value::String(text) => text.clone(),
                        other => other.to_string(),
                    };
                    let sorted = |text: &str| serde_json::from_str::<Value>(text).unwrap_or_else(|_| json!(text));
                    assert_eq!(sorted(flat[name].as_str().expect("a text")), sorted(&expected), "{state}: {name}");
                }
            }
            Err(refused) => {
                let stderr = text(&output.stderr);
                assert_eq!(output.status.code(), Some(1), "{state}: {stderr}");
                assert!(output.stdout.is_empty(), "{state}");
                assert_eq!(summaries(&stderr), summaries(&refused), "{state}: {}", self.source);
                assert_eq!(external.status.code(), Some(1), "{state}");
                let told = text(&external.stderr);
                assert!(external.stdout.is_empty() && summaries(&told) == summaries(&stderr), "{state}");
                assert!(!told.contains(" --"), "a query has no flags: {told}");
            }
        }
    }

    fn external(&self, stage: &Stage) -> Output {
        external(stage, &(self.query)().to_string())
    }
}

fn external(stage: &Stage, stdin: &str) -> Output {
    let mut command = ecslive(stage, &["external"]);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("ecslive starts");
    child.stdin.take().expect("stdin").write_all(stdin.as_bytes()).expect("it reads");
    child.wait_with_output().expect("it ends")
}

fn walk(scenario: &str, steps: &[Step]) {
    let (stage, _) = Stage::scenario(scenario);
    let compare = |state: &str| ASKED.iter().for_each(|asked| asked.compare(&stage, &format!("{scenario} {state}")));
    compare("at rest");
    for step in steps {
        stage.fake.step(*step);
        compare(&format!("after {step:?}"));
    }
}

use Step::{Complete, Finish, Rollback, Shift, Start};

#[test]
fn the_command_says_what_the_data_sources_say_under_code_deploy() {
    walk("codedeploy", &[Start, Shift(10), Rollback]);
}

#[test]
fn the_command_says_what_the_data_sources_say_of_a_canary() {
    walk("canary", &[Start, Shift(10), Complete, Finish]);
}

#[test]
fn the_command_says_what_the_data_sources_say_of_a_rolling_service() {
    walk("rolling", &[Start, Finish]);
}

#[test]
fn a_missing_service_is_told_alike() {
    let (stage, _) = Stage::scenario("empty");
    ASKED.iter().for_each(|asked| asked.compare(&stage, "empty"));
}

/// The screen and what goes to stderr, with the time that has passed since fixed moments left out.
fn screen(stage: &Stage, arguments: &[&str]) -> String {
    let output = run(stage, arguments);
    let shown = text(&output.stdout) + &text(&output.stderr);
    let mut lines = shown.lines().map(|line| match line.split_once(" (") {
        Some((before, after)) if after.ends_with(" ago)") => format!("{before} (… ago)"),
        _ => line.to_owned(),
    });
    let mut screen = lines.by_ref().collect::<Vec<_>>().join("\n");
    screen.push_str(&format!("\nexit {}", output.status.code().expect("no signal")));
    screen
}

const TARGET_GROUP: [&str; 5] = ["resolve", "target-group", "web", "--cluster", "shop"];

#[test]
fn each_scenario_of_the_demo_is_a_screen() {
    for scenario in ["codedeploy", "external", "blue-green", "linear", "canary", "rolling", "empty"] {
        let (stage, _) = Stage::scenario(scenario);
        insta::assert_snapshot!(format!("{scenario}_at_rest"), screen(&stage, &TARGET_GROUP));
        if scenario != "empty" {
            stage.fake.step(Start);
            if scenario != "rolling" {
                stage.fake.step(Shift(10));
            }
            insta::assert_snapshot!(format!("{scenario}_under_way"), screen(&stage, &TARGET_GROUP));
        }
    }
}

#[test]
fn every_question_has_a_screen() {
    let (stage, _) = Stage::scenario("canary");
    stage.fake.step(Start);
    let image = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/web:v1";
    let questions: [&[&str]; 5] = [
        &["service", "web", "--cluster", "shop"],
        &["services", "--cluster", "shop"],
        &["deployment", "web", "--cluster", "shop"],
        &["task-definition", "web"],
        &["image", image, "--include-platforms"],
    ];
    for question in questions {
        let arguments: Vec<&str> = ["resolve"].iter().chain(question).copied().collect();
        insta::assert_snapshot!(format!("question_{}", question[0]), screen(&stage, &arguments));
    }
}

#[test]
fn what_cannot_be_answered_ends_with_two_and_says_why() {
    let (stage, _) = Stage::scenario("codedeploy");
    for (arguments, expected) in [
        (&["resolve", "target-group", "web"][..], "--cluster"),
        (
            &["resolve", "service", "web", "--cluster", "arn:aws:ecs:us-east-1:123456789012:cluster/shop"][..],
            "Region Mismatch",
        ),
        (&["resolve", "image", "nginx:1.27"][..], "Image Cannot Be Checked"),
        (&["resolve", "deployment", "web", "--cluster", "shop", "--until", "done"][..], "BAKE_TIME"),
    ] {
        let output = run(&stage, arguments);
        let stderr = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{stderr}");
        assert!(output.stdout.is_empty() && stderr.contains(expected), "{stderr}");
    }
    let output = external(&stage, "not JSON");
    assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0));
    assert!(text(&output.stderr).contains("stdin is no JSON object of texts"), "{}", text(&output.stderr));
}

#[test]
fn the_example_of_external_is_a_query_that_is_answered() {
    let (stage, scene) = Stage::scenario("codedeploy");
    let example = std::fs::read_to_string(root().join("examples/external/main.tf")).expect("the example");
    let query = example.split("query = {").nth(1).and_then(|rest| rest.split('}').next()).expect("a query");
    let pairs = query.lines().filter_map(|line| line.split_once(" = "));
    let query: Map<String, Value> =
        pairs.map(|(name, value)| (name.trim().to_owned(), json!(value.trim().trim_matches('"')))).collect();
    let output = external(&stage, &Value::Object(query).to_string());
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let result: Map<String, Value> = serde_json::from_slice(&output.stdout).expect("an object");
    let (blue, green) = scene.pair().expect("a pair");
    assert_eq!(result["target_group_arn"], json!(blue));
    let weights: Value = serde_json::from_str(result["target_group_weights"].as_str().expect("a text")).expect("JSON");
    assert_eq!(weights, json!({blue: 100, green: 0}));
}

#[test]
fn a_reader_that_goes_away_is_no_mistake() {
    let (stage, _) = Stage::scenario("codedeploy");
    let mut child =
        ecslive(&stage, &TARGET_GROUP).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("a start");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("an end");
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), String::new()));
}

#[test]
fn every_subcommand_has_a_manual_page() {
    let man = |of: &[&str]| {
        let arguments = [&["man"], of].concat();
        Command::new(binaries().join("ecslive")).args(arguments).output().expect("ecslive starts")
    };
    for (of, title) in [
        (&[][..], "ecslive"),
        (&["guard"][..], "ecslive\\-guard"),
        (&["resolve", "target-group"][..], "ecslive\\-resolve\\-target\\-group"),
    ] {
        let page = man(of);
        let shown = text(&page.stdout);
        assert!(page.status.success() && shown.contains(title), "{of:?}: {shown}");
    }
    let unknown = man(&["resolve", "everything"]);
    assert_eq!((unknown.status.code(), unknown.stdout.len()), (Some(2), 0));
    assert!(text(&unknown.stderr).contains("ecslive has no subcommand \"resolve everything\""));
}
