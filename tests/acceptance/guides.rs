//! The guides and the READMEs: every configuration is valid, every command exists, and those that can run here do.

mod commands;
mod configurations;
mod moments;

use crate::lives::tree::entries;
use std::path::PathBuf;

/// A fenced block.
struct Block {
    /// `guides/rolling.md:12`.
    place: String,
    language: String,
    /// The account of a comment `<!-- account: codedeploy start -->` above the fence.
    account: Option<String>,
    text: String,
}

fn pages() -> Vec<(String, String)> {
    let root = harness::root();
    let folder = std::fs::read_dir(root.join("docs/guides")).expect("the guides");
    let mut paths: Vec<PathBuf> = folder.map(|entry| entry.expect("an entry").path()).collect();
    paths.push(root.join("README.md"));
    paths.extend(entries(&root.join("examples/complete")).into_iter().map(|folder| folder.join("README.md")));
    paths.retain(|path| path.is_file());
    paths.sort();
    let name = |path: &PathBuf| path.strip_prefix(&root).expect("below").to_string_lossy().into_owned();
    paths.iter().map(|path| (name(path), std::fs::read_to_string(path).expect("a page"))).collect()
}

/// The fenced blocks in one of these languages.
fn blocks(languages: &[&str]) -> Vec<Block> {
    let mut found = Vec::new();
    for (name, text) in pages() {
        let mut open: Option<Block> = None;
        let mut account = None;
        for (index, line) in text.lines().enumerate() {
            match (&mut open, line.strip_prefix("```")) {
                (None, Some(language)) => {
                    open = Some(Block {
                        place: format!("{name}:{}", index + 1),
                        language: language.to_owned(),
                        account: account.take(),
                        text: String::new(),
                    });
                }
                (Some(_), Some(_)) => found.extend(open.take()),
                (Some(block), None) => block.text += &format!("{line}\n"),
                (None, None) if !line.is_empty() => {
                    let rest = line.strip_prefix("<!-- account: ");
                    account = rest.and_then(|rest| rest.strip_suffix(" -->")).map(str::to_owned);
                }
                (None, None) => {}
            }
        }
        assert!(open.is_none(), "{name}: a fence is not closed");
    }
    found.retain(|block| languages.contains(&block.language.as_str()));
    found
}

/// The bars that divide the cells of a row: one within code divides too, unless a backslash stands before it.
fn bars(row: &str) -> usize {
    row.replace("\\|", "").matches('|').count()
}

#[test]
fn every_row_of_a_table_has_as_many_cells_as_its_head() {
    for (name, text) in pages() {
        let mut head = None;
        for (index, line) in text.lines().enumerate() {
            if line.starts_with('|') {
                assert_eq!(bars(line), *head.get_or_insert(bars(line)), "{name}:{}: {line}", index + 1);
            } else {
                head = None;
            }
        }
    }
}
