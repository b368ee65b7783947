//! Compiles the programs so that they run anywhere and come out the same everywhere.

use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Stands for the folder of the Rust toolchain.
const RUST: &str = "/rust";

/// Compiles both programs for `target`, with the list of what is linked in them (`cargo audit bin` reads it); gives their
/// folder.
///
/// # Errors
/// If cargo or cargo-auditable is not there, or the code does not compile.
pub fn compile(root: &Path, target: &str, profile: &str, epoch: i64) -> Result<PathBuf> {
    let folder = match std::env::var_os("CARGO_TARGET_DIR") {
        Some(folder) => root.join(folder),
        None => root.join("target"),
    };
    let paths = second_hand_paths(root, &folder)?;
    // Terraform's own images have no glibc.
    let mut flags = Vec::from_iter(target.contains("-linux-").then(|| "-Ctarget-feature=+crt-static".to_owned()));
    flags.extend(paths.iter().map(|(from, to)| format!("--remap-path-prefix={}={to}", from.display())));
    let mut cargo = Command::new("cargo");
    cargo.args(["auditable", "build", "--locked", "--bins", "--target", target, "--profile", profile]);
    cargo.current_dir(root).env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}"));
    cargo.env("SOURCE_DATE_EPOCH", epoch.to_string());
    // Without it every start of the plugin takes 40 ms more; said here too in case .cargo/config.toml is not read.
    cargo.env("AWS_LC_SYS_NO_JITTER_ENTROPY", "1");
    if !target.contains("-msvc") {
        let in_c = paths.iter().filter(|(_, to)| to != RUST);
        let flags: Vec<String> = in_c.map(|(from, to)| format!("-ffile-prefix-map={}={to}", from.display())).collect();
        cargo.env("CFLAGS", flags.join(" "));
    }
    let status = cargo.status().context("cargo does not start")?;
    if !status.success() {
        bail!("cargo auditable build failed: {status}");
    }
    Ok(folder.join(target).join(if profile == "dev" { "debug" } else { profile }))
}

/// Folders of this machine, and what stands for each in the programs. Where several apply, the last does.
fn second_hand_paths(root: &Path, target: &Path) -> Result<Vec<(PathBuf, String)>> {
    let sysroot = Command::new("rustc").args(["--print", "sysroot"]).current_dir(root).output();
    let sysroot = String::from_utf8(sysroot.context("rustc does not start")?.stdout)?;
    let mut paths = Vec::new();
    // The name of a folder of sources depends on where the registry is.
    for folder in std::fs::read_dir(cargo_home()?.join("registry/src")).into_iter().flatten() {
        paths.push((folder?.path(), "/cargo".to_owned()));
    }
    paths.push((PathBuf::from(sysroot.trim()), RUST.to_owned()));
    paths.push((root.to_owned(), "/ecslive".to_owned()));
    paths.push((target.to_owned(), "/ecslive/target".to_owned()));
    Ok(paths)
}

fn cargo_home() -> Result<PathBuf> {
    let home = || std::env::home_dir().map(|home| home.join(".cargo"));
    std::env::var_os("CARGO_HOME").map(PathBuf::from).or_else(home).context("CARGO_HOME and HOME are not set")
}

/// The target that is published for this machine.
///
/// # Errors
/// If rustc is not there.
pub fn host_target() -> Result<String> {
    let output = Command::new("rustc").arg("-vV").output().context("rustc does not start")?;
    let text = String::from_utf8(output.stdout)?;
    let target = text.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(target.context("rustc does not say its host")?.to_owned())
}

/// The time of the last commit in seconds since 1970, or `SOURCE_DATE_EPOCH`.
///
/// # Errors
/// If there is neither.
pub fn epoch(root: &Path) -> Result<i64> {
    let text = match std::env::var("SOURCE_DATE_EPOCH") {
        Ok(text) => text,
        Err(_) => {
            let output = Command::new("git").args(["log", "-1", "--format=%ct"]).current_dir(root).output();
            String::from_utf8(output.context("git does not start: set SOURCE_DATE_EPOCH")?.stdout)?
        }
    };
    text.trim().parse().with_context(|| format!("{text:?} is no time: set SOURCE_DATE_EPOCH"))
}
