//! The guides: `templates/guides/`, with what is made from code put in.

mod links;
mod titles;

use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn templates() -> Vec<PathBuf> {
    let folder = std::fs::read_dir(root().join("templates/guides")).expect("the guides");
    let mut paths: Vec<PathBuf> = folder.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    paths
}

/// The pages by their names below `docs/`.
pub fn pages() -> Vec<(String, String)> {
    let page = |path: PathBuf| {
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&path).expect("a guide");
        assert!(text.starts_with("---\npage_title: \"") && text.contains("\ndescription: |-\n"), "{name} has no head");
        let title = text.split('"').nth(1).unwrap_or_default();
        assert!(
            text.contains(&format!("\n---\n\n# {title}\n")),
            "{name}: the Registry lists it by another name than it has"
        );
        (format!("guides/{name}"), rendered(&text))
    };
    templates().into_iter().map(page).collect()
}

/// A line `{{ file PATH }}` becomes the file, `{{ policy ARGUMENTS }}` what `ecslive iam-policy` prints.
fn rendered(template: &str) -> String {
    let line = |line: &str| match line.strip_prefix("{{ ").and_then(|rest| rest.strip_suffix(" }}")) {
        Some(what) => made(what).trim_end().to_owned(),
        None => line.to_owned(),
    };
    template.lines().map(line).collect::<Vec<_>>().join("\n") + "\n"
}

fn made(what: &str) -> String {
    let (kind, rest) = what.split_once(' ').unwrap_or((what, ""));
    match kind {
        "file" => std::fs::read_to_string(root().join(rest)).unwrap_or_else(|error| panic!("{rest}: {error}")),
        "policy" => {
            let mut command = Command::new(env!("CARGO_BIN_EXE_ecslive"));
            let output = command.arg("iam-policy").args(rest.split(' ')).output().expect("ecslive starts");
            assert!(output.status.success(), "{what}: {output:?}");
            String::from_utf8(output.stdout).expect("UTF-8")
        }
        _ => panic!("nobody makes {what:?}"),
    }
}

/// Headings outside of code: level and text.
fn headings(page: &str) -> Vec<(usize, &str)> {
    let mut code = false;
    let mut found = Vec::new();
    for line in page.lines() {
        code ^= line.starts_with("```");
        let level = line.chars().take_while(|c| *c == '#').count();
        if !code && (1..=6).contains(&level) {
            found.push((level, line[level..].trim()));
        }
    }
    found
}

/// The anchor of a heading, as GitHub and the Registry make it.
fn anchor(heading: &str) -> String {
    let kept = heading.to_lowercase();
    let kept = kept.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

#[test]
fn anchors_are_made_as_the_registry_makes_them() {
    assert_eq!(anchor("From data \"external\""), "from-data-external");
    assert_eq!(anchor("`on_traffic_shift` in pipelines"), "on_traffic_shift-in-pipelines");
    assert_eq!(headings("# One\n```\n# no\n```\n### Two\n"), [(1, "One"), (3, "Two")]);
}
