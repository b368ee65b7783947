//! Modules of one folder do not go round in circles: of two that know each other, each can only be read with the other.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Circles that are meant, with the reason.
const MEANT: [(&str, &str); 1] = [(
    "tf::msgpack: decode, encode, unknown",
    "a value may be unknown, and what is known of an unknown one are values",
)];

type Module = Vec<String>;

/// The modules of the library, with their code; comments, tests and the crate's roots left out.
fn modules() -> BTreeMap<Module, String> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    crate::architecture::rust_files(&src, &mut files);
    let mut found = BTreeMap::new();
    for file in files {
        let inside = file.strip_prefix(&src).expect("a file below src").with_extension("");
        let mut path: Module = inside.iter().map(|part| part.to_string_lossy().into_owned()).collect();
        if path.last().is_some_and(|last| last == "mod") {
            path.pop();
        }
        let is_root = path == ["lib"] || path == ["main"] || path[0] == "bin";
        if is_root || path.iter().any(|part| part == "tests") {
            continue;
        }
        let text = std::fs::read_to_string(&file).expect("a file");
        let code = text.split("#[cfg(test)]").next().unwrap_or_default().lines();
        let code = code.filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
        found.insert(path, code);
    }
    found
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The paths that `text` starts with: `a::b` or `a::{b, c::d}`; and what follows them.
fn tails(text: &str) -> (Vec<Module>, &str) {
    if let Some(mut rest) = text.strip_prefix('{') {
        let mut all = Vec::new();
        loop {
            rest = rest.trim_start_matches([' ', '\n', ',']);
            if rest.is_empty() || rest.starts_with('}') {
                return (all, rest.strip_prefix('}').unwrap_or(rest));
            }
            let (found, after) = tails(rest);
            all.extend(found);
            rest = after.trim_start_matches(|c| c != ',' && c != '}');
        }
    }
    let word: String = text.chars().take_while(|c| is_word(*c)).collect();
    let rest = &text[word.len()..];
    if word.is_empty() {
        return (vec![Vec::new()], rest);
    }
    match rest.strip_prefix("::").filter(|after| after.starts_with(|c| is_word(c) || c == '{')) {
        Some(after) => {
            let (found, rest) = tails(after);
            (found.into_iter().map(|path| [vec![word.clone()], path].concat()).collect(), rest)
        }
        None => (vec![vec![word]], rest),
    }
}

/// Every path in the code of `module` that starts at the crate, at the module or at one above it, as a path from the crate.
fn named(module: &Module, code: &str) -> BTreeSet<Module> {
    let mut found = BTreeSet::new();
    for root in ["crate::", "super::", "self::"] {
        for (at, _) in code.match_indices(root) {
            if code[..at].ends_with(|c: char| is_word(c) || c == ':') {
                continue;
            }
            let mut from = if root == "crate::" { Module::new() } else { module.clone() };
            let mut rest = &code[at..];
            while let Some(after) = rest.strip_prefix("super::") {
                from.pop();
                rest = after;
            }
            let rest = rest.trim_start_matches("crate::").trim_start_matches("self::");
            found.extend(tails(rest).0.into_iter().map(|path| [from.clone(), path].concat()));
        }
    }
    found
}

/// In each folder, which child names which other one.
fn edges(modules: &BTreeMap<Module, String>) -> BTreeMap<Module, BTreeMap<String, BTreeSet<String>>> {
    let mut edges: BTreeMap<Module, BTreeMap<String, BTreeSet<String>>> = BTreeMap::new();
    for (module, code) in modules {
        for mut path in named(module, code) {
            while !path.is_empty() && !modules.contains_key(&path) {
                path.pop();
            }
            let shared = module.iter().zip(&path).take_while(|(a, b)| a == b).count();
            if let (Some(from), Some(to)) = (module.get(shared), path.get(shared)) {
                let folder = edges.entry(path[..shared].to_vec()).or_default();
                folder.entry(from.clone()).or_default().insert(to.clone());
            }
        }
    }
    edges
}

/// The children that can be reached from themselves.
fn circle(folder: &BTreeMap<String, BTreeSet<String>>) -> Vec<&String> {
    let goes_round = |start: &&String| {
        let mut seen = BTreeSet::new();
        let mut open: Vec<&String> = folder[*start].iter().collect();
        while let Some(next) = open.pop() {
            if seen.insert(next) {
                open.extend(folder.get(next).into_iter().flatten());
            }
        }
        seen.contains(start)
    };
    folder.keys().filter(goes_round).collect()
}

#[test]
fn no_two_modules_of_a_folder_need_each_other() {
    let mut found = Vec::new();
    for (folder, children) in edges(&modules()) {
        let round = circle(&children);
        if !round.is_empty() {
            let round: Vec<&str> = round.into_iter().map(String::as_str).collect();
            found.push(format!("{}: {}", folder.join("::"), round.join(", ")));
        }
    }
    let meant: Vec<&str> = MEANT.iter().map(|(circle, _)| *circle).collect();
    assert_eq!(found, meant, "modules of one folder name each other in a circle");
}

#[test]
fn paths_are_found_in_groups_and_over_several_levels() {
    let module: Module = ["aws", "calls", "batch"].map(str::to_owned).into();
    let code = "use super::{company::Company, limit};\nuse crate::aws::{ecs::{Found, listing}, Error};\nsuper::super::cause::of(x)";
    let found: Vec<String> = named(&module, code).iter().map(|path| path.join("::")).collect();
    let expected = ["aws::Error", "aws::calls::company::Company", "aws::calls::limit"];
    let more = ["aws::cause::of", "aws::ecs::Found", "aws::ecs::listing"];
    assert_eq!(found, [expected, more].concat());
    let folder =
        BTreeMap::from([("a", "b"), ("b", "c"), ("c", "b")].map(|(a, b)| (a.to_owned(), [b.to_owned()].into())));
    assert_eq!(circle(&folder), ["b", "c"]);
}
