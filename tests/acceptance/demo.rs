//! `make demo`: every story ends with a plan that has nothing to change, beside one that would hurt.

use crate::stage::{binaries, is_opentofu};
use std::process::Command;

#[test]
fn every_story_ends_without_changes() {
    let tool = if is_opentofu() { "tofu" } else { "terraform" };
    for (story, harm) in [
        ("codedeploy", "+ then: blue   100"),
        ("blue-green", "+ then: blue   100"),
        ("linear", "at this moment: Error: Traffic Is Split"),
        ("canary", "at this moment: Error: Traffic Is Split"),
        ("external", "+ then: blue   100"),
        ("rolling", "now: web:2   then: web:1"),
        ("rollback", "now: web:1   then: web:2"),
    ] {
        let output = Command::new(binaries().join("demo")).arg(story).output().expect("the demo starts");
        let printed = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{story}: {printed}{}", String::from_utf8_lossy(&output.stderr));
        assert!(printed.contains("No changes. Your infrastructure matches the configuration."), "{story}: {printed}");
        assert!(printed.contains(harm) && printed.contains("exit code 2"), "{story}: {printed}");
        let in_the_middle = printed.contains("In the middle of the")
            && printed.contains(&format!("{tool} plan at this moment: No changes."));
        assert_eq!(in_the_middle, story.starts_with("roll"), "{story}: {printed}");
        assert!(!printed.contains('\u{1b}'), "{story}: colours in a pipe");
        assert!(printed.contains("\nReal: ") && printed.contains("Not real: "), "{story}: {printed}");
        if harm.ends_with("Traffic Is Split") {
            assert!(printed.contains(&format!("{tool} plan at this moment: Error:")), "{story}: {printed}");
            assert!(printed.contains("Lifecycle stage: PRODUCTION_TRAFFIC_SHIFT"), "{story}: {printed}");
        }
        assert!(!harness::root().join(".demo/home").exists(), "{story}: the plugins are left behind");
    }
}
