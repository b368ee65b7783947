//! A copy of `terraform/`, `examples/` and the shapes of public modules, in which Terraform finds every module without a network.

use crate::stage::is_opentofu;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// Public modules by source, each with the version and the folder that stands in its place.
const SHAPES: [(&str, &str, &str); 3] = [
    ("terraform-aws-modules/alb/aws", "10.5.0", "alb"),
    ("terraform-aws-modules/ecs/aws//modules/service", "7.5.0", "ecs-service"),
    ("cloudposse/ecs-alb-service-task/aws", "0.78.0", "ecs-alb-service-task"),
];

/// The copy.
pub struct Tree {
    root: PathBuf,
}

impl Tree {
    /// Copies everything into a folder.
    pub fn copy(root: &Path) -> Self {
        for (from, to) in [
            ("terraform", "terraform"),
            ("examples/complete", "examples/complete"),
            ("tests/fixtures/shapes", "shapes"),
        ] {
            copy(&harness::root().join(from), &root.join(to));
        }
        Self { root: root.to_owned() }
    }

    /// All examples.
    pub fn examples(&self) -> Vec<PathBuf> {
        let mut examples = entries(&self.root.join("examples/complete"));
        for module in entries(&self.root.join("terraform/modules")) {
            examples.extend(entries(&module.join("examples")));
        }
        examples.retain(|path| path.is_dir());
        examples
    }

    /// A folder of `examples/complete/`.
    pub fn example(&self, name: &str) -> PathBuf {
        self.root.join("examples/complete").join(name)
    }

    /// Writes what `terraform init` would: where each module is.
    pub fn install_modules(&self, example: &Path) {
        let mut modules = vec![json!({ "Key": "", "Source": "", "Dir": "." })];
        self.called(example, "", &mut modules);
        let folder = example.join(".terraform/modules");
        std::fs::create_dir_all(&folder).expect("the folder can be made");
        std::fs::write(folder.join("modules.json"), json!({ "Modules": modules }).to_string()).expect("a file");
    }

    fn called(&self, folder: &Path, prefix: &str, modules: &mut Vec<Value>) {
        let registry = if is_opentofu() { "registry.opentofu.org" } else { "registry.terraform.io" };
        for (name, source) in calls(folder) {
            let key = format!("{prefix}{name}");
            let shape = SHAPES.into_iter().find(|(public, ..)| *public == source);
            let dir = match shape {
                Some((_, _, shape)) => self.root.join("shapes").join(shape),
                None => folder.join(&source).canonicalize().expect("a module beside this one"),
            };
            let place = dir.display().to_string();
            modules.push(match shape {
                Some((public, version, _)) => {
                    json!({ "Key": key, "Source": format!("{registry}/{public}"), "Version": version, "Dir": place })
                }
                None => json!({ "Key": key, "Source": source, "Dir": place }),
            });
            self.called(&dir, &format!("{key}."), modules);
        }
    }
}

/// Name and source of each module that a folder calls.
fn calls(folder: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for file in entries(folder).into_iter().filter(|path| path.extension().is_some_and(|it| it == "tf")) {
        let text = std::fs::read_to_string(file).expect("a file");
        for call in format!("\n{text}").split("\nmodule \"").skip(1) {
            let name = call.split('"').next().unwrap_or_default();
            let source = call.lines().find(|line| line.trim_start().starts_with("source ")).expect("a source");
            found.push((name.to_owned(), source.split('"').nth(1).expect("a text").to_owned()));
        }
    }
    found
}

/// Copies a folder with everything in it.
pub fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("the folder can be made");
    for path in entries(from) {
        let target = to.join(path.file_name().expect("a name"));
        if path.is_dir() {
            copy(&path, &target);
        } else {
            std::fs::copy(&path, &target).expect("the file can be copied");
        }
    }
}

/// What is in a folder, by name.
pub fn entries(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    paths
}
