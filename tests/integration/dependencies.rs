//! What may be linked, checked with cargo alone: one TLS stack, one hyper, no C library of the system, licences that
//! `deny.toml` allows, and nothing from elsewhere. `tests/deny` lets cargo-deny judge the same, and advisories.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

/// What this machine links, build and test dependencies included: versions by name.
fn linked() -> BTreeMap<String, BTreeSet<String>> {
    let arguments =
        ["tree", "--workspace", "--offline", "--prefix", "none", "--format", "{p}", "--edges", "normal,build,dev"];
    let output = Command::new(env!("CARGO")).args(arguments).current_dir(env!("CARGO_MANIFEST_DIR")).output();
    let output = output.expect("cargo starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut versions: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        if let [name, version, ..] = line.split(' ').collect::<Vec<_>>()[..] {
            versions.entry(name.to_owned()).or_default().insert(version.to_owned());
        }
    }
    versions
}

#[test]
fn one_tls_stack_and_one_hyper() {
    let linked = linked();
    for name in ["rustls", "tokio-rustls", "aws-lc-rs", "hyper", "h2", "http", "tonic", "prost", "tokio"] {
        assert_eq!(linked.get(name).map(BTreeSet::len), Some(1), "{name}: {:?}", linked.get(name));
    }
}

#[test]
fn nothing_that_deny_toml_bans() {
    let linked = linked();
    for name in listed("deny") {
        assert!(!linked.contains_key(&name), "{name} is banned");
    }
}

/// A list of `deny.toml`, by its key.
fn listed(key: &str) -> Vec<String> {
    let deny = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/deny.toml")).expect("deny.toml");
    let list = deny.lines().find_map(|line| line.strip_prefix(&format!("{key} = ["))).expect("a list");
    list.trim_end_matches(']').split(", ").map(|name| name.trim_matches('"').to_owned()).collect()
}

/// True when one of the ways that an SPDX expression leaves open is allowed whole.
fn is_allowed(expression: &str, allowed: &[String]) -> bool {
    let expression = expression.trim();
    // What stands outside of brackets, split at a word.
    let split = |word: &str| {
        let (mut parts, mut depth) = (vec![String::new()], 0);
        for token in expression.replace('(', " ( ").replace(')', " ) ").split_whitespace() {
            depth += i32::from(token == "(") - i32::from(token == ")");
            match token == word && depth == 0 {
                true => parts.push(String::new()),
                false => *parts.last_mut().expect("a part") += &format!("{token} "),
            }
        }
        parts
    };
    for (word, every) in [("OR", false), ("AND", true)] {
        let parts = split(word);
        if parts.len() > 1 {
            let allowed = |part: &String| is_allowed(part, allowed);
            return if every { parts.iter().all(allowed) } else { parts.iter().any(allowed) };
        }
    }
    match expression.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
        Some(inner) => is_allowed(inner, allowed),
        None => allowed.iter().any(|name| name == expression),
    }
}

#[test]
fn every_licence_is_allowed_and_every_crate_comes_from_the_registry() {
    let arguments = ["metadata", "--offline", "--format-version", "1"];
    let output = Command::new(env!("CARGO")).args(arguments).current_dir(env!("CARGO_MANIFEST_DIR")).output();
    let metadata: serde_json::Value = serde_json::from_slice(&output.expect("cargo starts").stdout).expect("JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    assert!(packages.len() > 200, "{}", packages.len());
    let allowed = listed("allow");
    for package in packages {
        let (name, licence) = (&package["name"], package["license"].as_str().unwrap_or_default());
        // Before SPDX a slash was the word for "or".
        assert!(is_allowed(&licence.replace('/', " OR "), &allowed), "{name}: {licence}");
        let source = package["source"].as_str().unwrap_or("registry+");
        assert!(source.starts_with("registry+"), "{name} comes from {source}");
    }
    for (expression, expected) in [
        ("MIT OR GPL-3.0-only", true),
        ("MIT AND GPL-3.0-only", false),
        ("(MIT OR GPL-3.0-only) AND ISC", true),
        ("", false),
    ] {
        assert_eq!(is_allowed(expression, &allowed), expected, "{expression}");
    }
}
