//! Links lead somewhere: to a page and a heading of it, or to a file of the repository.

use super::{anchor, headings, pages, root};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Where pages of the Registry find files of the repository.
const REPOSITORY: &str = "https://github.com/ecslive/terraform-provider-ecslive/";

/// What is written at the same time as the guides, and is checked as soon as it is there.
const ELSEWHERE: [&str; 2] = ["examples/complete", "docs/guides/terraform-aws-modules.md"];

/// The pages of `docs/` and of the root, by path.
fn texts() -> BTreeMap<String, String> {
    let mut texts: BTreeMap<String, String> = BTreeMap::new();
    for (name, text) in pages() {
        texts.insert(format!("docs/{name}"), text);
    }
    for folder in ["docs", "docs/data-sources", "docs/functions", "docs/guides", "", "examples/pipelines"] {
        for entry in std::fs::read_dir(root().join(folder)).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.extension().is_some_and(|ending| ending == "md") {
                let name = path.strip_prefix(root()).expect("below").to_string_lossy().into_owned();
                texts.entry(name).or_insert_with(|| std::fs::read_to_string(&path).expect("a page"));
            }
        }
    }
    texts
}

/// Targets of links outside of code.
fn links(text: &str) -> Vec<&str> {
    let mut code = false;
    let mut found = Vec::new();
    for line in text.lines() {
        code ^= line.trim_start().starts_with("```");
        if !code {
            found.extend(line.split("](").skip(1).filter_map(|rest| rest.split(')').next()));
            for attribute in ["href=\"", "src=\"", "srcset=\""] {
                found.extend(line.split(attribute).skip(1).filter_map(|rest| rest.split('"').next()));
            }
        }
    }
    found
}

/// Headings and written anchors of a page.
fn anchors(text: &str) -> BTreeSet<String> {
    let written = text.split("<a id=\"").skip(1).filter_map(|rest| rest.split('"').next()).map(str::to_owned);
    headings(text).into_iter().map(|(_, text)| anchor(text)).chain(written).collect()
}

/// What is wrong with a link of a page.
fn wrong(page: &str, link: &str, texts: &BTreeMap<String, String>) -> Option<String> {
    let (target, fragment) = link.split_once('#').unwrap_or((link, ""));
    let main = |path: &'_ str| path.strip_prefix("tree/main/").or(path.strip_prefix("blob/main/")).map(str::to_owned);
    let path = match target.strip_prefix(REPOSITORY) {
        Some(path) => match main(path) {
            Some(path) => path,
            None => return Some(format!("{page}: {link} is not a file of the main branch")),
        },
        None if target.contains("://") => return None,
        None if target.is_empty() => page.to_owned(),
        None => {
            let mut parts: Vec<&str> = page.split('/').collect();
            parts.pop();
            for part in target.split('/') {
                match part {
                    ".." if parts.pop().is_none() => return Some(format!("{page}: {link} leaves the repository")),
                    ".." | "." | "" => {}
                    part => parts.push(part),
                }
            }
            parts.join("/")
        }
    };
    if ELSEWHERE.iter().any(|elsewhere| path.starts_with(elsewhere) && !root().join(elsewhere).exists()) {
        return None;
    }
    if page.starts_with("docs/") && !target.contains("://") && !path.starts_with("docs/") {
        return Some(format!("{page}: {link} is not on the Registry, take {REPOSITORY}tree/main/{path}"));
    }
    let form = if Path::new(root()).join(&path).is_dir() { "tree" } else { "blob" };
    if target.strip_prefix(REPOSITORY).is_some_and(|rest| !rest.starts_with(form)) {
        return Some(format!("{page}: {link}: GitHub shows it under {REPOSITORY}{form}/"));
    }
    if !Path::new(root()).join(&path).exists() && !texts.contains_key(&path) {
        return Some(format!("{page}: {link}: there is no {path}"));
    }
    let is_there = fragment.is_empty() || texts.get(&path).is_some_and(|text| anchors(text).contains(fragment));
    (!is_there).then(|| format!("{page}: {link}: {path} has no such heading"))
}

#[test]
fn every_link_leads_somewhere() {
    let texts = texts();
    let found: Vec<(&str, &str)> =
        texts.iter().flat_map(|(page, text)| links(text).into_iter().map(move |link| (page.as_str(), link))).collect();
    assert!(found.len() > 60, "only {} links were found", found.len());
    let problems: Vec<String> = found.iter().filter_map(|(page, link)| wrong(page, link, &texts)).collect();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn every_guide_is_linked_from_the_first_page_and_the_readme() {
    let texts = texts();
    for (name, _) in pages() {
        assert!(links(&texts["docs/index.md"]).contains(&name.as_str()), "docs/index.md does not link {name}");
        let link = format!("docs/{name}");
        assert!(links(&texts["README.md"]).contains(&link.as_str()), "README.md does not link {name}");
    }
}

#[test]
fn a_link_that_leads_nowhere_is_found() {
    let texts = BTreeMap::from([("docs/guides/a.md".to_owned(), "# A\n\n## The Rule\n".to_owned())]);
    let wrong = |link: &str| wrong("docs/guides/a.md", link, &texts).is_some();
    for link in
        ["#the-rule", "a.md#the-rule", "https://example.com/x", &format!("{REPOSITORY}tree/main/examples/pipelines")]
    {
        assert!(!wrong(link), "{link}");
    }
    for link in ["#rule", "b.md", "../../README.md", &format!("{REPOSITORY}blob/main/examples/no"), "../../../../x"] {
        assert!(wrong(link), "{link}");
    }
    for form in ["blob/main/examples/pipelines", "tree/main/README.md"] {
        assert!(wrong(&format!("{REPOSITORY}{form}")), "{form}");
    }
    assert_eq!(links("[a](b.md) and <img src=\"c.svg\">\n```\n[d](e)\n```\n"), ["b.md", "c.svg"]);
}
