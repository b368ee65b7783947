//! `make demo`: every story ends with a plan that has nothing to change, beside one that would hurt.

use crate::stage::{binaries, is_opentofu};
use std::path::Path;
use std::process::Command;

/// The bytes in a folder.
fn size(folder: &Path) -> u64 {
    let entries = std::fs::read_dir(folder).expect("the folder").map(|entry| entry.expect("an entry").path());
    let bytes = |path: &Path| std::fs::symlink_metadata(path).expect("a file").len();
    entries.map(|path| if path.is_dir() { size(&path) } else { bytes(&path) }).sum()
}

/// Whether hashicorp/aws 5.100.0 is the one that plans: it has to be there, and it does not know native deployments.
fn has_real_aws(story: &str) -> bool {
    let native = ["blue-green", "linear", "canary"].contains(&story);
    let installed = matches!(harness::real_aws::installed(), Ok(Some(_)));
    !native && installed && std::env::var_os("WITHOUT_AWS").is_none()
}

fn assert_no_plugins_are_left(story: &str) {
    assert!(size(&harness::root().join(".demo")) < 1_000_000, "{story}: the plugins are left behind");
}

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
        assert_eq!(
            printed.contains("hashicorp/aws 5.100.0 and this plugin"),
            has_real_aws(story),
            "{story}: {printed}"
        );
        assert_eq!(printed.contains("Not real: AWS."), has_real_aws(story), "{story}: {printed}");
        if harm.ends_with("Traffic Is Split") {
            assert!(printed.contains(&format!("{tool} plan at this moment: Error:")), "{story}: {printed}");
            assert!(printed.contains("Lifecycle stage: PRODUCTION_TRAFFIC_SHIFT"), "{story}: {printed}");
        }
        assert_no_plugins_are_left(story);
    }
    an_endpoint_of_somebody_else_is_read_and_leaves_no_plugins();
}

/// Not beside the stories: all demos use the same folder.
fn an_endpoint_of_somebody_else_is_read_and_leaves_no_plugins() {
    let fake = fake_aws::FakeAws::spawn();
    fake.scenario("codedeploy");
    let mut demo = Command::new(binaries().join("demo"));
    let output = demo.env("ECSLIVE_TEST_ENDPOINT", fake.endpoint()).output().expect("the demo starts");
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{printed}{}", String::from_utf8_lossy(&output.stderr));
    assert!(printed.contains("data \"ecslive_target_group\"") && printed.contains("Nothing was applied."), "{printed}");
    assert_no_plugins_are_left("an endpoint");
}
