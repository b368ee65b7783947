//! The modules of `terraform/modules/`: the tests that their users can run.

use crate::lives::tree::{copy, entries};
use crate::stage::Stage;

/// Terraform with the schemas of hashicorp/aws 6 and a copy of all modules.
fn stage() -> Stage {
    let mut stage = Stage::new();
    stage.take_aws_6();
    copy(&harness::root().join("terraform/modules"), &stage.workspace.dir().join("modules"));
    stage
}

#[test]
fn the_tests_of_every_module_pass_without_an_account() {
    let stage = stage();
    for module in entries(&stage.workspace.dir().join("modules")) {
        let chdir = format!("-chdir={}", module.display());
        stage.workspace.run(&[&chdir, "get", "-no-color"]).success();
        let tested = stage.workspace.run(&[&chdir, "test", "-no-color"]).success();
        assert!(tested.stdout.contains("Success!"), "{}", tested.stdout);
        assert!(!tested.stdout.contains("Success! 0 passed"), "{}: {}", module.display(), tested.stdout);
    }
    assert!(stage.fake.calls().is_empty(), "{:?}", stage.fake.calls());
}
