//! The published examples: applied, and planned again without a change.

use crate::stage::{Stage, binaries, provider_block};
use fake_aws::REGION;
use fake_aws::state::Action;
use std::path::PathBuf;

/// The account that the examples are about: a service that CodeDeploy deploys, its images, and a report that runs by
/// schedule.
fn stage() -> Stage {
    let (mut stage, web) = Stage::with(|region| {
        let web = region.code_deploy_service("shop", "web", false);
        if let Some(listener) = region.listeners.get_mut(&web.production_listener) {
            listener.action = Action::forward(&[(&web.blue, 100), (&web.green, 0)]);
        }
        region.rolling_service("shop", "worker");
        region.register("report", &[("report", "report:1")]);
        region.push("web", "v1", &["linux/arm64"]);
        region.push("web", "initial", &["linux/arm64"]);
        web
    });
    stage.workspace.env("TF_VAR_web_version", "v1");
    stage.workspace.env("TF_VAR_image", "123456789012.dkr.ecr.eu-west-1.amazonaws.com/web:v1");
    stage.workspace.env("TF_VAR_listener_arn", &web.production_listener);
    stage.workspace.env("TF_VAR_blue", &web.blue).env("TF_VAR_green", &web.green);
    stage
}

/// What an example leaves to the reader, in the words of the test.
const SURROUNDINGS: [(&str, &str); 8] = [
    ("aws_lb_target_group.blue.arn", "var.blue"),
    ("aws_lb_target_group.green.arn", "var.green"),
    ("aws_lb_listener.https.arn", "var.listener_arn"),
    ("aws_ecs_task_definition.web.arn", "data.ecslive_service.web.task_definition_arn"),
    ("resource \"aws_ecs_task_definition\" \"web\" {", "resource \"terraform_data\" \"web\" {\n  input = {"),
    ("\"web\", null) },\n  )\n", "\"web\", null) },\n  )\n  }\n"),
    (
        "provider::ecslive::container_images(local.container_definitions)",
        "provider::ecslive::container_images(jsonencode([{ name = \"web\", image = var.image }]))",
    ),
    (
        "resource \"aws_ecs_service\" \"web\" {",
        "import {\n  to = aws_ecs_service.web\n  id = \"shop/web\"\n}\nresource \"aws_ecs_service\" \"web\" {",
    ),
];

/// Blocks that an example refers to and does not have, each with the reference that calls for it.
const MISSING: [(&str, &str); 6] = [
    ("data \"ecslive_service\" \"web\"", "cluster = \"shop\"\n  service_name = \"web\"\n  allow_missing = true"),
    ("data \"ecslive_target_group\" \"web\"", "cluster = \"shop\"\n  service_name = \"web\"\n  allow_missing = true"),
    ("data \"ecslive_image\" \"web\"", "image = var.image"),
    ("variable \"blue\"", "type = string"),
    ("variable \"green\"", "type = string"),
    ("variable \"listener_arn\"", "type = string"),
];

fn complete(example: &str) -> String {
    let mut text = example.to_owned();
    for (reference, stand_in) in SURROUNDINGS {
        text = text.replace(reference, stand_in);
    }
    if text.contains("var.image") {
        text.push_str("variable \"image\" {\n  type = string\n}\n");
    }
    for (block, arguments) in MISSING {
        let reference = match block.split('"').collect::<Vec<_>>().as_slice() {
            [_, kind, _, name, _] => format!("data.{kind}.{name}"),
            [_, name, _] => format!("var.{name}"),
            _ => panic!("{block}"),
        };
        if text.contains(&reference) && !text.contains(block) {
            text.push_str(&format!("{block} {{\n  {arguments}\n}}\n"));
        }
    }
    let provider = "provider \"aws\" {\n  region   = \"eu-west-1\"\n  endpoint = var.endpoint\n}\n";
    format!("{}{provider}{text}", provider_block(REGION))
}

fn examples(folder: &str, file: &str) -> Vec<(PathBuf, String)> {
    let folders = std::fs::read_dir(harness::root().join("examples").join(folder)).expect("a folder");
    let mut paths: Vec<PathBuf> = folders.map(|entry| entry.expect("an entry").path().join(file)).collect();
    paths.sort();
    let read = |path: PathBuf| std::fs::read_to_string(&path).map(|text| (path, text)).expect("an example");
    paths.into_iter().map(read).collect()
}

#[test]
fn an_example_that_was_applied_plans_no_changes() {
    let mut all = examples("data-sources", "data-source.tf");
    all.extend(examples("functions", "function.tf"));
    assert!(all.len() >= 12, "{}", all.len());
    for (path, example) in all {
        let stage = stage();
        let text = complete(&example);
        stage.workspace.write("main.tf", &text);
        let applied = stage.workspace.run(&["apply", "-auto-approve"]);
        assert_eq!(applied.code, Some(0), "{}: {}\n{text}", path.display(), applied.text());
        let planned = stage.workspace.run(&["plan", "-detailed-exitcode"]);
        assert_eq!(planned.code, Some(0), "{}: {}\n{text}", path.display(), planned.stdout);
        assert!(!planned.text().contains("Warning: Check"), "{}: {}", path.display(), planned.text());
    }
}

#[test]
fn the_example_of_the_provider_block_is_planned() {
    let stage = Stage::new();
    let path = harness::root().join("examples/provider/provider.tf");
    stage.workspace.write("main.tf", &std::fs::read_to_string(path).expect("an example"));
    let planned = stage.workspace.run(&["plan"]).success();
    assert!(planned.stdout.contains("No changes."), "{}", planned.stdout);
}

#[test]
fn the_example_without_this_provider_gets_its_answer_from_the_command() {
    let (mut stage, scene) = Stage::scenario("codedeploy");
    stage.take_external();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths(std::iter::once(binaries()).chain(std::env::split_paths(&path))).expect("a path");
    stage.workspace.env("PATH", &path.to_string_lossy());
    let example = harness::root().join("examples/external/main.tf");
    stage.workspace.write("main.tf", &std::fs::read_to_string(example).expect("an example"));
    let planned = stage.workspace.run(&["plan"]).success();
    let (blue, green) = scene.pair().expect("a pair");
    assert!(planned.stdout.contains(&format!("+ target_group_arn = {blue:?}")), "{}", planned.stdout);
    assert!(planned.text().contains(&format!("{green:?} = 0")), "{}", planned.stdout);
}
