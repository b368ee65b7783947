//! Changes of the code that move nothing live: tags and settings, written into every folder of an example that has the resource.

use super::tree::entries;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// A change of every resource of a kind.
pub struct Change {
    pub kind: &'static str,
    arguments: &'static [(&'static str, &'static str)],
}

const fn change(kind: &'static str, arguments: &'static [(&'static str, &'static str)]) -> Change {
    Change { kind, arguments }
}

const TAG: (&str, &str) = ("tags", "{ changed = \"in the code\" }");

/// A tag on everything that a deployment has to do with.
pub const TAGS: [Change; 7] = [
    change("aws_ecs_cluster", &[TAG]),
    change("aws_ecs_task_definition", &[TAG]),
    change("aws_ecs_service", &[TAG]),
    change("aws_lb", &[TAG]),
    change("aws_lb_listener", &[TAG]),
    change("aws_lb_listener_rule", &[TAG]),
    change("aws_lb_target_group", &[TAG]),
];

/// A tag, and something else that changes in place.
pub const SETTINGS: [Change; 7] = [
    change("aws_ecs_cluster", &[TAG]),
    change("aws_ecs_task_definition", &[TAG]),
    change("aws_ecs_service", &[TAG, ("enable_execute_command", "true")]),
    change("aws_lb", &[TAG, ("idle_timeout", "120")]),
    change("aws_lb_listener", &[TAG, ("ssl_policy", "\"ELBSecurityPolicy-TLS13-1-2-2021-06\"")]),
    change("aws_lb_listener_rule", &[TAG]),
    change("aws_lb_target_group", &[TAG, ("deregistration_delay", "60")]),
];

const FILE: &str = "changes_override.tf";

/// The folders of an example: its own, and those of the modules that it calls.
fn folders(example: &Path) -> Vec<PathBuf> {
    let installed = std::fs::read_to_string(example.join(".terraform/modules/modules.json")).expect("the modules");
    let installed: Value = serde_json::from_str(&installed).expect("JSON");
    let modules = installed["Modules"].as_array().expect("the modules");
    modules.iter().map(|module| example.join(module["Dir"].as_str().expect("a folder"))).collect()
}

/// Writes the changes over the code.
pub fn write(example: &Path, changes: &[Change]) {
    for folder in folders(example) {
        let mut text = String::new();
        for file in entries(&folder).into_iter().filter(|path| path.extension().is_some_and(|it| it == "tf")) {
            let code = std::fs::read_to_string(file).expect("a file");
            for resource in code.lines().filter(|line| line.starts_with("resource \"")) {
                let change = changes.iter().find(|change| resource.split('"').nth(1) == Some(change.kind));
                if let Some(change) = change {
                    let arguments = change.arguments.iter().map(|(name, value)| format!("  {name} = {value}\n"));
                    text += &format!("{resource}\n{}}}\n", arguments.collect::<String>());
                }
            }
        }
        std::fs::write(folder.join(FILE), text).expect("a file");
    }
}

/// Takes them back.
pub fn remove(example: &Path) {
    for folder in folders(example) {
        let _ = std::fs::remove_file(folder.join(FILE));
    }
}

/// A plan, as it is printed, changes what the code changes, in place, and nothing waits for the apply.
pub fn are_alone(plan: &str, changes: &[Change]) {
    for waiting in ["known after apply", "will be read during apply", "Changes to Outputs", "must be replaced"] {
        assert!(!plan.contains(waiting), "{plan}");
    }
    let (mut kinds, mut attributes) = (BTreeSet::new(), Vec::new());
    for line in plan.lines().map(str::trim) {
        if let Some(address) = line.strip_suffix(" will be updated in-place").and_then(|line| line.strip_prefix("# ")) {
            let address = address.rsplit("module.").next().unwrap_or_default();
            let change = changes.iter().find(|change| address.contains(&format!("{}.", change.kind)));
            let change = change.unwrap_or_else(|| panic!("{address} changes:\n{plan}"));
            kinds.insert(change.kind);
            attributes = change.arguments.iter().map(|(name, _)| *name).chain(["tags_all", "\"changed\""]).collect();
        } else if let Some((_, change)) = line.split_at_checked(2).filter(|(sign, _)| ["~ ", "+ ", "- "].contains(sign))
        {
            let name = change.split([' ', '=']).next().unwrap_or_default();
            let legend = kinds.is_empty();
            assert!(legend || name == "resource" || attributes.contains(&name), "{name} changes too:\n{plan}");
        }
    }
    assert_eq!(kinds, changes.iter().map(|change| change.kind).collect(), "{plan}");
    assert!(plan.contains("Plan: 0 to add, ") && plan.contains(" to change, 0 to destroy."), "{plan}");
}
