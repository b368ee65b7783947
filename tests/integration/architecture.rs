//! The layers and the size of files, as ARCHITECTURE.md says they are.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Which module may name which.
const LAYERS: [(&str, &[&str]); 14] = [
    ("main", &["plugin", "framework", "provider"]),
    ("bin", &["cli"]),
    ("provider", &["data_sources", "functions", "aws", "framework", "tf"]),
    ("data_sources", &["framework", "tf", "live", "resolve"]),
    ("functions", &["framework", "tf", "resolve"]),
    ("cli", &["live", "guard", "aws", "resolve", "panics"]),
    ("live", &["aws", "resolve"]),
    ("framework", &["tf", "panics"]),
    ("guard", &["resolve"]),
    ("aws", &["resolve"]),
    ("plugin", &["panics"]),
    ("tf", &[]),
    ("panics", &[]),
    ("resolve", &[]),
];

/// Which module may name which crate.
const CRATES: [(&str, &[&str]); 9] = [
    ("tonic", &["plugin", "framework"]),
    ("prost", &["plugin", "framework"]),
    ("rustls", &["plugin", "aws"]),
    ("rcgen", &["plugin"]),
    ("aws_config", &["aws"]),
    ("aws_sdk_", &["aws"]),
    ("aws_smithy_", &["aws"]),
    ("clap", &["cli"]),
    ("tokio", &["plugin", "framework", "aws", "live", "cli"]),
];

struct Source {
    path: PathBuf,
    module: String,
    text: String,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

pub fn rust_files(dir: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(dir).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() && !path.ends_with("target") {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

fn sources() -> Vec<Source> {
    let src = root().join("src");
    let mut files = Vec::new();
    rust_files(&src, &mut files);
    files.retain(|path| path.strip_prefix(&src).is_ok_and(|path| path != Path::new("lib.rs")));
    let source = |path: PathBuf| {
        let inside = path.strip_prefix(&src).expect("a file below src").to_string_lossy().into_owned();
        let module = inside.split('/').next().unwrap_or_default().trim_end_matches(".rs").to_owned();
        let text = std::fs::read_to_string(&path).expect("a file");
        Source { path, module, text }
    };
    files.into_iter().map(source).collect()
}

/// The words right behind `prefix`, comments left out.
fn named(text: &str, prefix: &str) -> BTreeSet<String> {
    let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    let mut names = BTreeSet::new();
    for line in code {
        for (at, _) in line.match_indices(prefix) {
            if line[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_') {
                continue;
            }
            let rest = &line[at + prefix.len()..];
            names.insert(rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect());
        }
    }
    names.remove("");
    names
}

/// The first words of paths such as `tonic::Status`, comments and texts left out.
fn path_roots(text: &str) -> BTreeSet<String> {
    let word = |c: char| c.is_alphanumeric() || c == '_';
    let mut roots = BTreeSet::new();
    for line in text.lines().filter(|line| !line.trim_start().starts_with("//")) {
        let code: String = line.split('"').step_by(2).collect();
        let line = code.as_str();
        for (at, _) in line.match_indices("::") {
            let root: String = line[..at].chars().rev().take_while(|c| word(*c)).collect();
            let before = &line[..at - root.len()];
            if !before.ends_with("::") {
                roots.insert(root.chars().rev().collect());
            }
        }
    }
    roots
}

#[test]
fn modules_name_only_the_layers_below_them() {
    let mut wrong = Vec::new();
    for source in sources() {
        let prefix = if matches!(source.module.as_str(), "main" | "bin") { "ecslive::" } else { "crate::" };
        let Some((_, allowed)) = LAYERS.iter().find(|(module, _)| *module == source.module) else {
            panic!("{} belongs to no layer: add it to ARCHITECTURE.md and here", source.path.display());
        };
        for name in named(&source.text, prefix) {
            if name != source.module && !allowed.contains(&name.as_str()) {
                wrong.push(format!("{} names {prefix}{name}", source.path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn crates_stay_in_their_layer() {
    let mut wrong = Vec::new();
    for source in sources() {
        let roots = path_roots(&source.text);
        for (name, modules) in CRATES {
            let is_crate = |root: &String| root == name || (name.ends_with('_') && root.starts_with(name));
            if roots.iter().any(is_crate) && !modules.contains(&source.module.as_str()) {
                wrong.push(format!("{} names {name}", source.path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_file_is_longer_than_four_hundred_lines() {
    let mut files = Vec::new();
    for folder in ["src", "tests", "benches", "dist"] {
        rust_files(&root().join(folder), &mut files);
    }
    let lines = |path: &PathBuf| std::fs::read_to_string(path).expect("a file").lines().count();
    let long: Vec<_> = files.iter().map(|path| (lines(path), path)).filter(|(lines, _)| *lines > 400).collect();
    assert!(long.is_empty(), "{long:?}");
}

#[test]
fn every_module_says_what_it_is_for() {
    let silent: Vec<_> = sources().into_iter().filter(|source| !source.text.starts_with("//!")).collect();
    assert!(silent.is_empty(), "{:?}", silent.iter().map(|source| &source.path).collect::<Vec<_>>());
}

#[test]
fn the_map_in_architecture_md_names_every_module() {
    let text = std::fs::read_to_string(root().join("ARCHITECTURE.md")).expect("ARCHITECTURE.md");
    for (module, allowed) in LAYERS {
        let below = if allowed.is_empty() { "nothing of ours".to_owned() } else { allowed.join(", ") };
        let row = format!("| `{module}` | {below} |");
        assert!(text.contains(&row), "ARCHITECTURE.md lacks the row {row:?}");
    }
}
