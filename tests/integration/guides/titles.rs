//! Every message of the product has its place in the troubleshooting guide. The titles are read out of the code.

use super::{headings, root};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Texts that look like titles and are none.
const NO_TITLES: [&str; 1] = ["Amazon ECS"];

/// Small words, which titles write small.
const SMALL: [&str; 9] = ["a", "an", "and", "in", "is", "not", "of", "the", "to"];

/// Sections of the guide that are not about titles.
const OTHERS: [&str; 2] = ["Functions", "Terraform"];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

/// The code of the product, tests left out.
fn code() -> String {
    let mut paths = Vec::new();
    sources(&root().join("src"), &mut paths);
    let is_test = |path: &PathBuf| path.iter().any(|part| part == "tests" || part == "tests.rs");
    let text = |path: PathBuf| {
        let text = std::fs::read_to_string(path).expect("a file");
        text.split("#[cfg(test)]\nmod ").next().unwrap_or_default().to_owned()
    };
    paths.into_iter().filter(|path| !is_test(path)).map(text).collect()
}

/// True for `Traffic Is Split`: two to six words in title case, nothing else.
fn is_title(text: &str) -> bool {
    let words: Vec<&str> = text.split(' ').collect();
    let capital = |word: &str| {
        let word = word.strip_suffix(',').unwrap_or(word);
        word.starts_with(|c: char| c.is_ascii_uppercase()) && word.chars().all(|c| c.is_ascii_alphabetic() || c == '-')
    };
    let ends = [words[0], words[words.len() - 1]];
    (2..=6).contains(&words.len())
        && ends.iter().all(|word| capital(word) && !word.ends_with(','))
        && words.iter().all(|word| capital(word) || SMALL.contains(word))
}

/// What stands between quotes, comments left out, and a title that a text begins with after `Error: `.
fn titles(code: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for line in code.lines().filter(|line| !line.trim_start().starts_with("//")) {
        for text in line.split('"').skip(1).step_by(2) {
            let text = text.strip_prefix("Error: ").and_then(|rest| rest.split("\\n").next()).unwrap_or(text);
            if is_title(text) && !NO_TITLES.contains(&text) {
                found.insert(text.to_owned());
            }
        }
    }
    found
}

/// The headings of the guide, by whether they are titles of messages.
fn entries() -> (BTreeSet<String>, BTreeSet<String>) {
    let guide = std::fs::read_to_string(root().join("templates/guides/troubleshooting.md")).expect("the guide");
    let mut section = "";
    let (mut messages, mut functions) = (BTreeSet::new(), BTreeSet::new());
    for (level, text) in headings(&guide) {
        match level {
            2 => section = text,
            3 if !OTHERS.contains(&section) => assert!(messages.insert(text.to_owned()), "{text} is there twice"),
            3 if section == "Functions" => assert!(functions.insert(text.to_owned()), "{text} is there twice"),
            _ => {}
        }
    }
    (messages, functions)
}

#[test]
fn every_message_has_an_entry_and_every_entry_a_message() {
    let (told, (explained, _)) = (titles(&code()), entries());
    let without: Vec<_> = told.difference(&explained).collect();
    assert!(without.is_empty(), "templates/guides/troubleshooting.md has no entry for {without:?}");
    let gone: Vec<_> = explained.difference(&told).collect();
    assert!(gone.is_empty(), "nobody says {gone:?} any more");
    assert!(told.len() > 70, "only {} titles were found", told.len());
}

#[test]
fn every_snapshot_of_a_message_has_its_title_in_the_guide() {
    let (explained, _) = entries();
    let path = "src/resolve/refusal/snapshots/ecslive__resolve__refusal__tests__every_refusal_says_which_facts_stand_against_it_and_what_to_do.snap";
    let snapshot = std::fs::read_to_string(root().join(path)).expect("the snapshot");
    let body = snapshot.splitn(3, "---\n").nth(2).expect("a body");
    let titles: BTreeSet<&str> = body.lines().filter(|line| !line.starts_with(' ')).collect();
    let missing: Vec<_> = titles.iter().filter(|title| !explained.contains(**title)).collect();
    assert!(titles.len() > 15 && missing.is_empty(), "{missing:?}");
}

#[test]
fn what_is_said_of_functions_is_said_by_functions() {
    let (code, (_, functions)) = (code(), entries());
    let gone: Vec<_> = functions.iter().filter(|text| !code.contains(text.as_str())).collect();
    assert!(functions.len() > 4 && gone.is_empty(), "no function says {gone:?}");
}

#[test]
fn titles_are_told_from_other_texts() {
    for title in
        ["Traffic Is Split", "No Service, and Rules Differ", "Not A Plan But A Log", "ECS and Listener Disagree"]
    {
        assert!(is_title(title), "{title}");
    }
    for text in ["Terraform", "Used by", "AWS refused it.", "One Two Three Four Five Six Seven", "{0} Is Split"] {
        assert!(!is_title(text), "{text}");
    }
    let found = titles("  // \"Not This\"\n  x(\"Error: Unusable Query\\n {}\", \"Traffic Is Split\", \"and so\")\n");
    assert_eq!(found.into_iter().collect::<Vec<_>>(), ["Traffic Is Split", "Unusable Query"]);
}
