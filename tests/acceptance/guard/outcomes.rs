//! The command line: formats, files, exit codes, the document on stdout whatever happens.

use super::{code_deploy, guard, guard_command, plan, run};
use crate::stage::Stage;
use serde_json::Value;

#[test]
fn one_round_of_calls_feeds_every_format() {
    let (stage, _) = code_deploy(|region, web| region.code_deploy(web));
    let plan = plan(&stage, &[]);
    guard(&stage, &plan, &[]);
    let once = stage.fake.tally();
    stage.fake.reset();
    let formats = ["json=a.json", "sarif=a.sarif", "github=a.txt", "markdown=a.md", "junit=a.xml", "text"];
    let arguments: Vec<&str> = formats.iter().flat_map(|format| ["--format", format]).collect();
    let output = guard(&stage, &plan, &[&arguments[..], &["--target", "prod"]].concat());
    assert_eq!(output.code, Some(1), "{}{}", output.stdout, output.stderr);
    assert_eq!(stage.fake.tally(), once);
    let read = |name: &str| std::fs::read_to_string(stage.workspace.dir().join(name)).expect("a report");
    let report: Value = serde_json::from_str(&read("a.json")).expect("JSON");
    assert_eq!(report["findings"][0]["location"]["file"], "main.tf");
    let sarif: Value = serde_json::from_str(&read("a.sarif")).expect("SARIF");
    assert_eq!(sarif["runs"][0]["results"][0]["ruleId"], "traffic-leaves-live-target-group");
    assert!(read("a.txt").starts_with("::error "), "{}", read("a.txt"));
    assert!(read("a.md").starts_with("<!-- ecslive-guard:prod -->"), "{}", read("a.md"));
    assert!(read("a.xml").contains("<failure"), "{}", read("a.xml"));
    assert!(output.stdout.starts_with("ecslive guard: 1 error."), "{}", output.stdout);
}

#[test]
fn fail_on_decides_what_ends_with_1() {
    let (stage, _) = code_deploy(|region, web| region.code_deploy(web));
    let plan = plan(&stage, &[]);
    for (severity, code) in [("error", 1), ("warning", 1), ("never", 0)] {
        assert_eq!(guard(&stage, &plan, &["--fail-on", severity]).code, Some(code), "{severity}");
    }
}

#[test]
fn what_is_no_plan_ends_with_2_and_a_document() {
    let stage = Stage::new();
    for (input, reason) in [
        ("", "Plan Is Empty"),
        ("{\"format_version\":\"1.2\",\"planned_values\":{},\"errored\":true}", "Plan Has Errors"),
        ("{\"format_version\":\"1.2\",", "Plan Is Cut Off"),
    ] {
        let output = guard(&stage, input, &["--format", "json"]);
        let report: Value = serde_json::from_str(&output.stdout).expect("JSON");
        assert_eq!((output.code, report["outcome"].as_str()), (Some(2), Some("error")), "{input}: {report}");
        assert!(report["cannot_tell"][0]["reason"].as_str().is_some_and(|text| text.contains(reason)), "{report}");
    }
    let missing = guard(&stage, "", &["nowhere.json"]);
    assert_eq!(missing.code, Some(2));
    assert!(missing.stdout.contains("The plan nowhere.json could not be read"), "{}", missing.stdout);
    assert_eq!(stage.fake.calls().len(), 0);
}

#[test]
fn an_empty_plan_is_clean_and_asks_nobody() {
    let stage = Stage::new();
    let output = guard(
        &stage,
        "{\"format_version\":\"1.2\",\"terraform_version\":\"1.11.4\",\"planned_values\":{\"root_module\":{}}}",
        &[],
    );
    assert_eq!(output.code, Some(0), "{}", output.stdout);
    assert!(output.stdout.contains("No findings."), "{}", output.stdout);
    assert_eq!(stage.fake.calls().len(), 0);
}

#[test]
fn wrong_arguments_end_with_2_and_say_what_would_be_right() {
    let stage = Stage::new();
    let clash = guard(&stage, "", &["--format", "text", "--format", "json"]);
    assert_eq!(clash.code, Some(2));
    assert!(
        clash.stderr.contains("both go to stdout. Give one of them a file: --format json=FILE."),
        "{}",
        clash.stderr
    );
    let unknown = guard(&stage, "", &["--format", "xml"]);
    assert_eq!(unknown.code, Some(2));
    assert!(unknown.stderr.contains("one of text, json, sarif, github, markdown, junit"), "{}", unknown.stderr);
}

#[test]
fn the_help_is_enough_to_add_it_to_a_pipeline() {
    let stage = Stage::new();
    let help = guard(&stage, "", &["--help"]);
    assert_eq!(help.code, Some(0));
    for part in [
        "terraform show -json plan.bin > plan.json\n  ecslive guard plan.json --fail-on-unknown\n",
        "ecslive guard plan.json --fail-on-unknown && terraform apply plan.bin",
        "--timeout <DURATION>",
        "--format <FORMAT[=FILE]>",
        "2    could not check",
        "[[allow]]",
        "ecs:DescribeServices",
    ] {
        assert!(help.stdout.contains(part), "{part:?} is missing:\n{}", help.stdout);
    }
    let long = help.stdout.lines().find(|line| line.chars().count() > 110);
    assert_eq!(long, None);
    let schema = run(guard_command(&stage, &["--print-schema"]), "");
    let schema: Value = serde_json::from_str(&schema.stdout).expect("a JSON Schema");
    assert!(schema["properties"]["findings"].is_object());
}
