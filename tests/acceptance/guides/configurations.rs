//! Configurations of the guides, as a real terraform judges them.
//!
//! What a block refers to and leaves to the reader is filled in. With `ECSLIVE_TEST_AWS_PLUGIN`, the folder of a
//! `terraform-provider-aws_v5…`, the blocks with resources of AWS are validated too; else they are parsed.

use super::{Block, blocks};
use crate::stage::{Stage, binaries};
use hcl_edit::structure::Body;
use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::PathBuf;

/// The folder of the real hashicorp/aws.
fn plugin() -> Option<PathBuf> {
    std::env::var_os("ECSLIVE_TEST_AWS_PLUGIN").map(PathBuf::from)
}

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

/// The block with what it leaves to the reader.
fn complete(block: &str) -> String {
    let body: Body = block.parse().expect("parsed before");
    let mut text = block.to_owned();
    let known = declared(&body);
    // The longest first: `data.aws_lb.web` has `aws_lb.web` in it.
    let mut open: Vec<String> = references(block).difference(&known).cloned().collect();
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
    assert!(blocks.len() > 25, "only {} blocks", blocks.len());
    for block in &mut blocks {
        // README leaves out what everybody knows.
        let left_out =
            "listener_arn = var.listener_arn\n  condition {\n    path_pattern {\n      values = [\"/*\"]\n    }\n  }";
        if block.text.contains("resource \"aws_lb_listener_rule\"") {
            block.text = block.text.replacen("# …", left_out, 1);
        }
        block.text = block.text.replace("# …", "name = \"web\"");
    }
    blocks
}

#[test]
fn every_configuration_can_be_parsed() {
    for block in all() {
        let parsed = block.text.parse::<Body>();
        assert!(parsed.is_ok(), "{}: {}", block.place, parsed.err().map(|error| error.to_string()).unwrap_or_default());
    }
}

#[test]
fn every_configuration_is_valid() {
    let real = plugin();
    let mut validated = 0;
    for block in all() {
        let newer = block.text.contains("# hashicorp/aws 6");
        let of_aws = ["resource \"aws_", "data \"aws_"].iter().any(|text| block.text.contains(text));
        // Other providers and modules would have to be fetched.
        let fetched = ["data \"external\"", "module \""].iter().any(|text| block.text.contains(text));
        if fetched || (of_aws && (newer || real.is_none())) {
            continue;
        }
        let stage = Stage::new();
        let binaries = binaries();
        let mut providers = vec![("ecslive/ecslive", binaries.as_path())];
        providers.extend(real.as_deref().map(|folder| ("hashicorp/aws", folder)));
        stage.workspace.override_providers(&providers);
        let text = complete(&block.text);
        stage.workspace.write("main.tf", &text);
        let output = stage.workspace.run(&["validate"]);
        assert_eq!(output.code, Some(0), "{}: {}\n{text}", block.place, output.text());
        validated += 1;
    }
    assert!(validated > 12, "only {validated} configurations were validated");
}

#[test]
fn what_a_block_leaves_to_the_reader_is_filled_in() {
    let text = complete("locals {\n  a = var.b\n  c = [aws_lb.d.arn, local.a, data.ecslive_service.e.arn]\n}\n");
    assert!(text.contains("c = [var.aws_lb_d.arn, local.a, data.ecslive_service.e.arn]"), "{text}");
    assert!(text.contains("variable \"b\"") && text.contains("data \"ecslive_service\" \"e\""), "{text}");
}
