//! The provider-defined functions as configurations and `terraform console` call them: known, null, unknown and wrong.

use crate::stage::{Stage, WEB, is_opentofu};
use std::io::Write;

/// `provider::ecslive::…` on the console, as it is printed. OpenTofu's console cannot call any provider's functions: there it
/// is an output.
fn console(stage: &Stage, call: &str) -> String {
    if is_opentofu() {
        stage.write(&format!("output \"it\" {{\n  value = jsonencode(provider::ecslive::{call})\n}}\n"));
        stage.workspace.run(&["apply", "-auto-approve"]).success();
        return stage.workspace.run(&["output", "-raw", "it"]).success().stdout;
    }
    stage.write("");
    let mut console = stage.workspace.spawn(&["console"]);
    let expression = format!("jsonencode(provider::ecslive::{call})\n");
    console.stdin.as_mut().expect("stdin").write_all(expression.as_bytes()).expect("input");
    let output = console.wait_with_output().expect("an end");
    let printed = String::from_utf8_lossy(&output.stdout);
    serde_json::from_str(printed.trim()).unwrap_or_else(|_| panic!("{call}: {output:?}"))
}

const ARN: &str = "\"arn:aws:ecs:eu-west-1:123456789012:task-definition/web:7\"";
const OLDER: &str = "\"arn:aws:ecs:eu-west-1:123456789012:task-definition/web:6\"";
const CONTAINERS: &str =
    "jsonencode([{ name = \"web\", image = \"nginx:1\" }, { name = \"proxy\", image = \"envoy\" }])";

#[test]
fn the_console_prints_what_they_give() {
    let stage = Stage::new();
    for (call, expected) in [
        (
            format!("parse_task_definition_arn({ARN})"),
            r#"{"account_id":"123456789012","arn_without_revision":"arn:aws:ecs:eu-west-1:123456789012:task-definition/web","family":"web","family_revision":"web:7","partition":"aws","region":"eu-west-1","revision":7}"#,
        ),
        ("parse_task_definition_arn(null)".to_owned(), "null"),
        (
            "parse_image(\"localhost:5000/web@sha256:ab12\")".to_owned(),
            r#"{"digest":"sha256:ab12","name":"localhost:5000/web","registry":"localhost:5000","repository":"web","tag":null}"#,
        ),
        ("parse_image(null)".to_owned(), "null"),
        (format!("container_images({CONTAINERS})"), r#"{"proxy":"envoy","web":"nginx:1"}"#),
        ("container_images(null)".to_owned(), "{}"),
        (
            format!("container_images(provider::ecslive::with_images({CONTAINERS}, {{ web = \"nginx:2\" }}))"),
            r#"{"proxy":"envoy","web":"nginx:2"}"#,
        ),
        ("with_images(null, {})".to_owned(), "null"),
        (format!("newest_task_definition({OLDER}, {ARN})"), ARN),
        (format!("newest_task_definition({ARN}, null)"), ARN),
        ("newest_task_definition(null, null)".to_owned(), "null"),
        ("forward_weights({ blue = 0, green = 1 }, [\"blue\", \"green\"])".to_owned(), r#"{"blue":0,"green":1}"#),
        ("forward_weights(null, [\"blue\", \"green\"])".to_owned(), r#"{"blue":100,"green":0}"#),
    ] {
        assert_eq!(console(&stage, &call), expected, "{call}");
    }
}

#[test]
fn what_is_wrong_is_found_while_validating() {
    let stage = Stage::new();
    for (call, expected) in [
        ("parse_task_definition_arn(\"web:7\")", "Invalid value for \"arn\" parameter: \"web:7\" is not an ARN"),
        (
            "parse_image(\"Web:v1\")",
            "Invalid value for \"reference\" parameter: \"Web:v1\" is not an image reference: the repository \"Web\" has \
             upper-case letters",
        ),
        ("newest_task_definition(\"web:7\", null)", "Invalid value for \"a\" parameter: \"web:7\" is not an ARN"),
        (
            "forward_weights({ red = 1 }, [\"blue\", \"green\"])",
            "Invalid value for \"target_group_arns\" parameter: red has live traffic and is not listed",
        ),
        (
            "container_images(\"nginx\")",
            "Invalid value for \"container_definitions\" parameter: not JSON: there is a mistake in line 1, column",
        ),
        (
            "with_images(jsonencode([{ name = \"web\" }]), { worker = \"nginx\" })",
            "Invalid value for \"images\" parameter: there is no container \"worker\": the container definitions have web",
        ),
    ] {
        stage.write(&format!("locals {{\n  it = provider::ecslive::{call}\n}}\n"));
        let output = stage.workspace.run(&["validate"]);
        assert_eq!(output.code, Some(1), "{call}: {}", output.text());
        assert!(output.text().contains(expected), "{call}: {}", output.text());
    }
}

#[test]
fn what_is_unknown_waits_for_the_apply() {
    let mut stage = Stage::new();
    stage.workspace.env("TF_VAR_arn", ARN.trim_matches('"'));
    stage.write(&format!(
        "variable \"arn\" {{\n  type = string\n}}\nresource \"terraform_data\" \"it\" {{\n  input = {{\n    arn = \
         var.arn\n    image = \"nginx:2\"\n    containers = {CONTAINERS}\n    live = {{ \
         green = 1 }}\n  }}\n}}\nlocals {{\n  it = \
         terraform_data.it.output\n}}\noutput \"it\" {{\n  value = jsonencode([\n    \
         provider::ecslive::parse_task_definition_arn(local.it.arn).family,\n    \
         provider::ecslive::parse_image(local.it.image).tag,\n    \
         provider::ecslive::container_images(local.it.containers),\n    \
         provider::ecslive::container_images(provider::ecslive::with_images({CONTAINERS}, {{ web = local.it.image \
         }})).web,\n    provider::ecslive::newest_task_definition(local.it.arn, {OLDER}) == local.it.arn,\n    \
         provider::ecslive::forward_weights(local.it.live, [\"blue\", \"green\"]),\n  ])\n}}\n"
    ));
    stage.workspace.run(&["validate"]).success();
    let planned = stage.workspace.run(&["plan"]).success().stdout;
    assert!(planned.contains("+ it = (known after apply)"), "{planned}");
    stage.workspace.run(&["apply", "-auto-approve"]).success();
    let printed = stage.workspace.run(&["output", "-raw", "it"]).success().stdout;
    assert_eq!(printed, r#"["web","2",{"proxy":"envoy","web":"nginx:1"},"nginx:2",true,{"blue":0,"green":1}]"#);
    assert_eq!(stage.workspace.run(&["plan", "-detailed-exitcode"]).code, Some(0));
}

#[test]
fn the_pipeline_has_the_last_word_on_images_and_the_plan_stays_empty() {
    let (stage, _) = Stage::with(|region| region.rolling_service("shop", "web"));
    let configuration = |image: &str| {
        format!(
            "locals {{\n  containers = jsonencode([{{ name = \"web\", image = {image:?}, zone = \"<&>\", cpu = 0.5 \
             }}])\n}}\ndata \"ecslive_service\" \"web\" {{\n{WEB}}}\nresource \"terraform_data\" \"it\" {{\n  input = \
             provider::ecslive::with_images(local.containers, data.ecslive_service.web.images)\n}}\noutput \"it\" {{\n  \
             value = terraform_data.it.output\n}}\n"
        )
    };
    stage.write(&configuration("web:initial"));
    stage.workspace.run(&["apply", "-auto-approve"]).success();
    let registered = stage.workspace.run(&["output", "-raw", "it"]).success().stdout;
    assert!(!registered.contains(":initial"), "{registered}");
    for image in ["web:initial", "web:other"] {
        stage.write(&configuration(image));
        let planned = stage.workspace.run(&["plan", "-detailed-exitcode"]);
        assert_eq!(planned.code, Some(0), "{}", planned.text());
    }
    // Where the images are equal, not a character differs from what jsonencode wrote.
    let image = registered.split("\"image\":\"").nth(1).and_then(|rest| rest.split('"').next()).expect("an image");
    stage.write(&format!(
        "{}output \"equal\" {{\n  value = terraform_data.it.output == local.containers\n}}\n",
        configuration(image)
    ));
    stage.workspace.run(&["apply", "-auto-approve"]).success();
    assert_eq!(stage.workspace.run(&["output", "-json", "equal"]).success().stdout.trim(), "true");
}
