//! What people read is in words that people know: snapshots of messages, and the documentation.

use harness::insides;
use std::path::{Path, PathBuf};

/// A panic is for whoever mends it.
const FOR_DEVELOPERS: [&str; 1] = ["src/panics.rs"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files(folder: &Path, endings: &[&str], found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() && !path.ends_with("target") {
            files(&path, endings, found);
        } else if path.extension().is_some_and(|ending| endings.iter().any(|wanted| ending == *wanted)) {
            found.push(path);
        }
    }
}

/// The texts of the inline snapshots in Rust code.
fn inline(code: &str) -> Vec<&str> {
    let literals = code.split(", @").skip(1).filter_map(|rest| {
        let raw = rest.strip_prefix('r');
        let hashes = raw.map_or(0, |raw| raw.chars().take_while(|c| *c == '#').count());
        let text = raw.unwrap_or(rest)[hashes..].strip_prefix('"')?;
        let end = format!("\"{}", "#".repeat(hashes));
        // Without a raw text the end may be escaped; the rest of the line does no harm then.
        text.find(&end).map(|end| &text[..end])
    });
    literals.collect()
}

fn wrong(path: &Path, text: &str) -> Vec<String> {
    insides(text).into_iter().map(|words| format!("{}: {words}", path.display())).collect()
}

#[test]
fn no_message_of_a_snapshot_speaks_of_the_insides_of_libraries() {
    let mut paths = Vec::new();
    for folder in ["src", "tests"] {
        files(&root().join(folder), &["rs", "snap"], &mut paths);
    }
    let mut snapshots = 0;
    let mut problems = Vec::new();
    for path in paths.iter().filter(|path| !FOR_DEVELOPERS.iter().any(|name| path.ends_with(name))) {
        let text = std::fs::read_to_string(path).expect("a file");
        let is_file = path.extension().is_some_and(|ending| ending == "snap");
        // The head of a snapshot file says which code made it.
        let body = text.splitn(3, "---\n").nth(2).unwrap_or_default();
        let texts = if is_file { vec![body] } else { inline(&text) };
        snapshots += texts.iter().filter(|text| !text.is_empty()).count();
        problems.extend(texts.into_iter().flat_map(|text| wrong(path, text)));
    }
    assert!(snapshots > 8, "only {snapshots} snapshots were found");
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn the_documentation_does_not_speak_of_the_insides_of_libraries() {
    let mut paths = vec![root().join("CHANGELOG.md")];
    for folder in ["docs", "templates", "examples"] {
        files(&root().join(folder), &["md", "tf"], &mut paths);
    }
    let text = |path: &PathBuf| std::fs::read_to_string(path).expect("a file");
    let problems: Vec<String> = paths.iter().flat_map(|path| wrong(path, &text(path))).collect();
    assert!(paths.len() > 10 && problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn inline_snapshots_are_found_in_code() {
    let code = "assert_snapshot!(a, @\"one\");\nassert_snapshot!(b, @r#\"two \"2\"\"#);\nassert_snapshot!(c, @r\"\nthree\n\");";
    assert_eq!(inline(code), ["one", "two \"2\"", "\nthree\n"]);
}
