//! Workflows that run in CI, and those that are there to be copied: what they may do, and whose code they run.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// What a job may do besides reading the repository, by folder and job, and why.
const MORE: [(&str, &str, &[&str]); 4] = [
    // Makes the draft of the release.
    (".github/workflows", "release", &["contents: write"]),
    // The identity that the role trusts, and the comment.
    ("examples/pipelines", "plan", &["id-token: write", "pull-requests: write"]),
    ("examples/pipelines", "apply", &["id-token: write"]),
    ("deploy", "deploy", &["id-token: write"]),
];

/// Every workflow of GitHub in this repository: its path from the root, and its text.
fn workflows() -> BTreeMap<PathBuf, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut folders = vec![root.join(".github/workflows"), root.join("examples/pipelines")];
    let examples = std::fs::read_dir(root.join("examples/complete")).expect("a folder");
    folders.extend(examples.map(|entry| entry.expect("an entry").path().join("deploy")));
    let files = folders.iter().filter_map(|folder| std::fs::read_dir(folder).ok()).flatten();
    let files = files.map(|entry| entry.expect("an entry").path());
    let texts = files.filter(|file| file.extension().is_some_and(|extension| extension == "yml")).map(|file| {
        let text = std::fs::read_to_string(&file).expect("a workflow");
        (file.strip_prefix(root).expect("below the root").to_owned(), text)
    });
    texts.filter(|(_, text)| text.contains("\njobs:\n") && text.contains("\non:\n")).collect()
}

/// The lines below one that has just this key, without their indentation.
fn below<'a>(lines: &'a [&'a str], key: &str) -> Option<Vec<&'a str>> {
    let at = lines.iter().position(|line| *line == key)?;
    let indentation = key.len() - key.trim_start().len();
    let deeper = |line: &&&str| line.is_empty() || line.len() - line.trim_start().len() > indentation;
    Some(lines[at + 1..].iter().take_while(deeper).copied().collect())
}

/// The jobs of a workflow with what each may do.
fn jobs(text: &str) -> BTreeMap<String, BTreeSet<String>> {
    let lines: Vec<&str> = text.lines().collect();
    let inside = below(&lines, "jobs:").expect("jobs");
    let starts = |line: &&&str| line.starts_with("  ") && !line.starts_with("   ") && !line.trim().starts_with('#');
    let names = inside.iter().filter(starts).map(|line| line.trim_end_matches(':'));
    let allowed = names.map(|name| {
        let job = below(&inside, &format!("{name}:")).expect("a job");
        let allowed = below(&job, "    permissions:").unwrap_or_default();
        (name.trim().to_owned(), allowed.into_iter().map(|line| line.trim().to_owned()).collect())
    });
    allowed.collect()
}

#[test]
fn a_workflow_reads_the_repository_and_a_job_does_more_only_where_it_has_to() {
    let workflows = workflows();
    assert_eq!(workflows.len(), 7, "{:?}", workflows.keys());
    for (path, text) in workflows {
        let lines: Vec<&str> = text.lines().collect();
        let nothing = lines.contains(&"permissions: {}");
        let reads = below(&lines, "permissions:")
            .is_some_and(|all| all.iter().all(|line| ["  contents: read", ""].contains(line)));
        assert!(nothing || reads, "{}: the workflow may do more than `contents: read`", path.display());
        for (job, mut allowed) in jobs(&text) {
            let folder = path.parent().expect("a folder");
            let more = MORE.iter().find(|(place, name, _)| folder.ends_with(place) && *name == job);
            allowed.remove("contents: read");
            let expected = more.map(|(_, _, more)| *more).unwrap_or_default();
            let expected: BTreeSet<String> = expected.iter().map(|text| (*text).to_owned()).collect();
            assert_eq!(allowed, expected, "{}: the job {job}", path.display());
        }
    }
}

#[test]
fn every_action_is_pinned_by_its_commit_and_names_its_version() {
    let mut seen = 0;
    let mut pins: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (path, text) in workflows() {
        for line in text.lines().filter(|line| !line.trim().starts_with('#')) {
            let Some((_, used)) = line.split_once("uses: ") else { continue };
            let (action, pin) = used.split_once('@').expect("an action with its version");
            let (commit, version) = pin.split_once(" # v").unwrap_or((pin, ""));
            let is_commit = commit.len() == 40 && commit.chars().all(|digit| digit.is_ascii_hexdigit());
            assert!(is_commit && version.split('.').count() == 3, "{}: {used}", path.display());
            pins.entry(action.to_owned()).or_default().insert(pin.to_owned());
            seen += 1;
        }
    }
    assert!(seen > 25, "only {seen} actions");
    for (action, pins) in pins {
        assert_eq!(pins.len(), 1, "{action} is used in several versions");
    }
}

#[test]
fn what_a_workflow_makes_is_in_the_makefile() {
    let makefile = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("GNUmakefile")).expect("a file");
    let mut seen = 0;
    for (path, text) in workflows() {
        for target in
            text.lines().filter_map(|line| line.split_once("run: make ")).filter_map(|(_, rest)| rest.split(' ').next())
        {
            assert!(makefile.contains(&format!("\n{target}:")), "{}: make {target}", path.display());
            seen += 1;
        }
    }
    assert!(seen >= 2, "only {seen} targets");
}
