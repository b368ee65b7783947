//! Configurations of the guides, as a real terraform judges them: with the schemas of hashicorp/aws 6.62, which the stand-in
//! has, and in `real_aws` with the real 5.100.0.
//!
//! What a block refers to and leaves to the reader is filled in. All blocks are validated together, each as a module of its own.

use super::{Block, blocks};
use crate::lives::tree::Tree;
use crate::stage::Stage;
use hcl_edit::structure::Body;
use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::Path;

/// What a block leaves out as known, by what it is about: the first `# …` below it.
const LEFT_OUT: [(&str, &str); 6] = [
    (
        "resource \"aws_lb_listener_rule\"",
        "listener_arn = var.listener_arn\n  condition {\n    path_pattern {\n      values = [\"/*\"]\n    }\n  }",
    ),
    ("resource \"aws_ecs_service\"", "name = \"web\""),
    (
        "\"terraform-aws-modules/alb/aws\"",
        "name = \"shop\"\n  vpc_id = var.vpc\n  subnets = var.subnets\n  create_security_group = false\n  security_groups = \
         var.groups\n  enable_deletion_protection = false\n  target_groups = {}",
    ),
    ("    https = {", "port = 443"),
    (
        "\"terraform-aws-modules/ecs/aws//modules/service\"",
        "name = \"web\"\n  cluster_arn = var.cluster\n  desired_count = 2\n  enable_autoscaling = false\n  \
         create_security_group = false\n  security_group_ids = var.groups\n  subnet_ids = var.subnets",
    ),
    (
        "\"cloudposse/ecs-alb-service-task/aws\"",
        "namespace = \"shop\"\n  name = \"web\"\n  ecs_cluster_arn = var.cluster\n  launch_type = \"FARGATE\"\n  vpc_id = \
         var.vpc\n  subnet_ids = var.subnets\n  security_group_enabled = false\n  security_group_ids = var.groups\n  \
         desired_count = 2\n  task_cpu = 256\n  task_memory = 512\n  container_definition_json = \"[]\"",
    ),
];

/// What a data source needs, for those that a block refers to and does not have.
const DATA: [(&str, &str); 6] = [
    ("ecslive_target_group", "cluster = \"shop\"\n  service_name = \"web\""),
    ("ecslive_service", "cluster = \"shop\"\n  service_name = \"web\""),
    ("ecslive_deployment", "cluster = \"shop\"\n  service_name = \"web\""),
    ("ecslive_services", "cluster = \"shop\""),
    ("ecslive_task_definition", "family = \"web\""),
    ("ecslive_image", "image = \"web\""),
];

/// The names that blocks of a configuration declare: `aws_lb.web`, `data.ecslive_service.web`, `var.x`, `local.x`.
fn declared(body: &Body) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for block in body.blocks() {
        let labels: Vec<&str> = block.labels.iter().map(hcl_edit::structure::BlockLabel::as_str).collect();
        match (block.ident.as_str(), labels.as_slice()) {
            ("resource", [kind, name]) => names.insert(format!("{kind}.{name}")),
            ("data", [kind, name]) => names.insert(format!("data.{kind}.{name}")),
            ("variable", [name]) => names.insert(format!("var.{name}")),
            ("module", [name]) => names.insert(format!("module.{name}")),
            _ => false,
        };
    }
    for locals in body.blocks().filter(|block| block.ident.as_str() == "locals") {
        names.extend(locals.body.attributes().map(|attribute| format!("local.{}", attribute.key.as_str())));
    }
    names
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// The references of a configuration that could be to something else: dotted names that begin as references do.
fn references(text: &str) -> BTreeSet<String> {
    let code: String =
        text.lines().map(|line| line.split(" # ").next().unwrap_or(line)).map(|line| format!("{line}\n")).collect();
    let mut names = BTreeSet::new();
    for path in code.split(|c: char| !is_word(c) && c != '.') {
        let parts: Vec<&str> = path.split('.').collect();
        match parts.as_slice() {
            ["data", kind, name, ..] => names.insert(format!("data.{kind}.{name}")),
            ["var" | "local" | "module", name, ..] => names.insert(format!("{}.{name}", parts[0])),
            [kind, name, _, ..] if kind.starts_with("aws_") => names.insert(format!("{kind}.{name}")),
            _ => continue,
        };
    }
    names
}

/// Without a `depends_on` to a resource that the block does not have: no variable can stand in for it.
fn without_foreign_order(block: &str, known: &BTreeSet<String>) -> String {
    let stays = |line: &&str| {
        let list = line.trim_start().strip_prefix("depends_on = [").and_then(|rest| rest.split(']').next());
        !list.is_some_and(|list| list.split(", ").any(|resource| !known.contains(resource)))
    };
    block.lines().filter(stays).map(|line| format!("{line}\n")).collect()
}

/// The block with what it leaves to the reader.
fn complete(block: &str) -> String {
    let body: Body = block.parse().expect("parsed before");
    let known = declared(&body);
    let mut text = without_foreign_order(block, &known);
    // The longest first: `data.aws_lb.web` has `aws_lb.web` in it.
    let mut open: Vec<String> = references(&text).difference(&known).cloned().collect();
    if body.blocks().all(|block| block.ident.as_str() == "moved") {
        open.clear();
    }
    open.sort_by_key(|reference| std::cmp::Reverse(reference.len()));
    for reference in &open {
        let parts: Vec<&str> = reference.split('.').collect();
        let needs = |kind: &str| DATA.iter().find(|(name, _)| *name == kind).map(|(_, arguments)| *arguments);
        match parts.as_slice() {
            ["var", name] => writeln!(text, "variable \"{name}\" {{\n  type = any\n}}"),
            ["data", kind, name] if needs(kind).is_some() => {
                writeln!(text, "data \"{kind}\" \"{name}\" {{\n  {}\n}}", needs(kind).unwrap_or_default())
            }
            _ => {
                let stand_in = reference.replace('.', "_");
                text = text.replace(&format!("{reference}."), &format!("var.{stand_in}."));
                text = text.replace(reference, &format!("var.{stand_in}"));
                writeln!(text, "variable \"{stand_in}\" {{\n  type = any\n}}")
            }
        }
        .expect("a String");
    }
    if !text.contains("required_providers") {
        text += "terraform {\n  required_providers {\n    ecslive = { source = \"ecslive/ecslive\" }\n  }\n}\n";
    }
    // The version of the Registry is not the one that is tested.
    text.replace("version = \"~> 0.1.0\"", "")
}

fn all() -> Vec<Block> {
    let mut blocks = blocks(&["terraform", "hcl"]);
    assert!(blocks.len() > 30, "only {} blocks", blocks.len());
    for block in &mut blocks {
        for (start, left_out) in LEFT_OUT {
            let at = block.text.find(start).and_then(|start| Some(start + block.text[start..].find("# …")?));
            if let Some(at) = at {
                block.text.replace_range(at..at + "# …".len(), left_out);
            }
        }
        assert!(!block.text.contains("# …"), "{} leaves something out that is not known here", block.place);
    }
    blocks
}

/// Modules with these blocks, and a configuration that calls all of them; gives its folder.
fn write(root: &Path, blocks: &[Block]) -> String {
    let tree = Tree::copy(root);
    let folder = root.join("blocks");
    let mut calls = String::from("variable \"any\" {\n  type = any\n}\n");
    for block in blocks {
        let name = block.place.replace(['/', '.', ':'], "-");
        let ours = "\"github.com/ecslive/terraform-provider-ecslive//terraform/modules/";
        let text = complete(&block.text).replace(ours, "\"../../terraform/modules/");
        let body: Body = text.parse().expect("parsed before");
        writeln!(calls, "\nmodule \"{name}\" {{\n  source = \"./{name}\"").expect("a String");
        for variable in body.blocks().filter(|block| block.ident.as_str() == "variable") {
            writeln!(calls, "  {} = var.any", variable.labels[0].as_str()).expect("a String");
        }
        calls += "}\n";
        std::fs::create_dir_all(folder.join(&name)).expect("a folder");
        std::fs::write(folder.join(&name).join("main.tf"), text).expect("a file");
    }
    std::fs::write(folder.join("main.tf"), calls).expect("a file");
    tree.install_modules(&folder);
    format!("-chdir={}", folder.display())
}

#[test]
fn every_configuration_is_valid() {
    let mut stage = Stage::new();
    stage.take_aws_6();
    let chdir = write(stage.workspace.dir(), &all());
    let output = stage.workspace.run(&[&chdir, "validate", "-no-color"]);
    assert_eq!(output.code, Some(0), "{}\n{}", output.stdout, output.stderr);
}

mod real_aws {
    use super::*;

    #[test]
    fn every_configuration_for_version_5_is_valid() {
        let mut stage = Stage::new();
        stage.take_external();
        harness::real_aws::attach(&mut stage.workspace).unwrap_or_else(|error| panic!("{error}"));
        let mut blocks = all();
        blocks.retain(|block| !block.text.contains("# hashicorp/aws 6"));
        assert!(blocks.iter().filter(|block| block.text.contains("resource \"aws_")).count() > 8);
        let chdir = write(stage.workspace.dir(), &blocks);
        let output = stage.workspace.run(&[&chdir, "validate", "-no-color"]);
        assert_eq!(output.code, Some(0), "{}\n{}", output.stdout, output.stderr);
    }
}

#[test]
fn what_a_block_leaves_to_the_reader_is_filled_in() {
    let text = complete("locals {\n  a = var.b\n  c = [aws_lb.d.arn, local.a, data.ecslive_service.e.arn]\n}\n");
    assert!(text.contains("c = [var.aws_lb_d.arn, local.a, data.ecslive_service.e.arn]"), "{text}");
    assert!(text.contains("variable \"b\"") && text.contains("data \"ecslive_service\" \"e\""), "{text}");
}
