//! What is published, as registries, Terraform and OpenTofu take it: of the release that `ECSLIVE_DIST` names, else of the
//! debug programs, which are packed the same way.

#![allow(clippy::expect_used, reason = "a test that cannot go on says why and ends")]

mod assets;
mod https;
mod install;
mod linkage;
#[cfg(target_os = "linux")]
mod names;
mod oci;
mod signature;

use dist::platform::Platform;
use dist::{command, compile, mirror, oci as layout, registry};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The folder of the programs that cargo built for the tests.
fn built() -> PathBuf {
    let test = std::env::current_exe().expect("a test is a program");
    let folder = test.parent().and_then(Path::parent).expect("target/debug/deps").to_owned();
    assert!(folder.join(dist::PLUGIN).is_file(), "{} is missing: run the tests with `make test`", dist::PLUGIN);
    folder
}

/// This machine.
fn platform() -> Platform {
    Platform::of_target(&compile::host_target().expect("a target")).expect("a platform")
}

/// The published folder: `release/`, `mirror/` and `oci/`.
fn published() -> &'static Path {
    static PUBLISHED: OnceLock<PathBuf> = OnceLock::new();
    PUBLISHED.get_or_init(|| match std::env::var_os("ECSLIVE_DIST") {
        Some(folder) => harness::root().join(folder),
        None => pack().expect("the programs can be packed"),
    })
}

/// True for programs of a release; says so where a test is left out for want of them.
#[cfg(target_os = "linux")]
#[expect(clippy::print_stdout, reason = "says what was left out")]
fn is_static() -> bool {
    let is_release = std::env::var_os("ECSLIVE_DIST").is_some();
    if !is_release {
        println!("left out: debug programs are not static; `make dist` runs this on the release");
    }
    is_release
}

/// A program that finds nothing but what is in a folder, and no variables but PATH.
fn in_root(root: &Path, program: &str) -> Command {
    let mut command = Command::new("unshare");
    command.args(["--map-root-user", "--root"]).arg(root).arg(program);
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command
}

fn pack() -> anyhow::Result<PathBuf> {
    let out = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("published");
    let _ = std::fs::remove_dir_all(&out);
    let release = out.join("release");
    std::fs::create_dir_all(&release)?;
    let (root, epoch) = (harness::root(), 1_700_000_000);
    registry::pack(&root, &built(), &platform(), epoch, &release)?;
    command::pack(&root, &built(), &platform(), epoch, &release)?;
    registry::finish(&root, &release)?;
    command::finish(&release)?;
    mirror::make(&release, &out.join("mirror"))?;
    layout::make(&release, &out.join("oci"))?;
    Ok(out)
}
