//! What may be linked, checked without a network: one TLS stack, one hyper, no C library of the system.

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
    let deny = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/deny.toml")).expect("deny.toml");
    let banned = deny.lines().find_map(|line| line.strip_prefix("deny = [")).expect("a list of banned crates");
    for name in banned.trim_end_matches(']').split(", ").map(|name| name.trim_matches('"')) {
        assert!(!linked.contains_key(name), "{name} is banned");
    }
}
