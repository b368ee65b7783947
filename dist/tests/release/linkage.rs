//! The released programs for Linux need nothing of the system.
#![cfg(target_os = "linux")]

use crate::{built, in_root, is_static, platform, published};
use dist::{PLUGIN, VERSION, linkage, mirror};
use std::path::Path;

#[test]
fn a_program_that_wants_a_loader_is_refused_by_its_name() {
    let error = linkage::needs_no_interpreter(&built().join(PLUGIN)).expect_err("debug programs are not static");
    assert!(error.to_string().contains("is not static: it wants /lib"), "{error}");
    let error = linkage::needs_no_interpreter(&harness::root().join("Cargo.toml")).expect_err("a text");
    assert!(error.to_string().contains("not an ELF file"), "{error}");
}

/// Runs the released plugin under a static terraform, where there is nothing else.
#[test]
fn terraform_and_the_released_plugin_are_enough() {
    if !is_static() {
        return;
    }
    let terraform = harness::terraform_binary(&harness::root()).unwrap_or_else(|error| panic!("{error}"));
    linkage::needs_no_interpreter(&terraform).expect("the official terraform is static");
    let root = tempfile::tempdir().expect("a folder");
    std::fs::copy(terraform, root.path().join("terraform")).expect("a program");
    for host in mirror::HOSTS {
        let folder = root.path().join(format!("plugins/{host}/ecslive/ecslive/{VERSION}/{}", platform()));
        std::fs::create_dir_all(&folder).expect("a folder");
        unpack(&folder);
    }
    let rules = "provider_installation {\n  filesystem_mirror {\n    path = \"/plugins\"\n  }\n}\n";
    std::fs::write(root.path().join("terraform.rc"), rules).expect("a file");
    std::fs::write(
        root.path().join("main.tf"),
        "terraform {\n  required_providers {\n    ecslive = {\n      source = \"ecslive/ecslive\"\n    }\n  }\n}\n\
         output \"tag\" {\n  value = provider::ecslive::parse_image(\"web:v7\").tag\n}\n",
    )
    .expect("a file");
    for (arguments, expected) in [("init", "has been successfully initialized"), ("plan", "+ tag = \"v7\"")] {
        let mut command = in_root(root.path(), "/terraform");
        command
            .args([arguments, "-no-color"])
            .env("CHECKPOINT_DISABLE", "1")
            .env("TF_CLI_CONFIG_FILE", "/terraform.rc");
        command.env("HOME", "/").env("TMPDIR", "/");
        let output = command.output().expect("unshare starts");
        let printed = String::from_utf8_lossy(&output.stdout);
        assert!(printed.contains(expected), "{arguments}: {printed}{}", String::from_utf8_lossy(&output.stderr));
    }
}

/// Takes the plugin out of its zip.
fn unpack(folder: &Path) {
    let zip = published().join("release").join(dist::registry::zip_name(&platform()));
    let mut zip = zip::ZipArchive::new(std::fs::File::open(zip).expect("a zip")).expect("a zip");
    zip.extract(folder).expect("the zip can be unpacked");
}
