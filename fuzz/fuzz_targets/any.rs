//! Runs one target of `targets.rs`, which the variable `ECSLIVE_FUZZ` names, for as long as it finds anything new.

#![no_main]

#[path = "../targets.rs"]
mod targets;

use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

static TARGET: LazyLock<targets::Target> = LazyLock::new(|| {
    let name = std::env::var("ECSLIVE_FUZZ").expect("ECSLIVE_FUZZ names a target");
    let found = targets::TARGETS.iter().find(|(target, _)| *target == name);
    found.unwrap_or_else(|| panic!("there is no target {name}")).1
});

fuzz_target!(|data: &[u8]| TARGET(data));
