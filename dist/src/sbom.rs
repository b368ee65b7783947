//! The bill of materials of a platform's programs, in the form of CycloneDX.

use crate::VERSION;
use crate::platform::Platform;
use anyhow::{Context, Result, bail};
use std::path::Path;
use std::process::Command;

/// The name that cargo-cyclonedx is told to write to, in the folder of every package of the workspace.
const WRITTEN: &str = "ecslive-sbom";

/// Writes what is linked for `target` into `release`.
///
/// # Errors
/// If cargo-cyclonedx is not there, or fails.
pub fn write(root: &Path, target: &str, platform: &Platform, epoch: i64, release: &Path) -> Result<()> {
    let mut cargo = Command::new("cargo");
    cargo.args(["cyclonedx", "--quiet", "--quiet", "--format", "json", "--spec-version", "1.5", "--no-build-deps"]);
    cargo.args(["--target", target, "--override-filename", WRITTEN]).current_dir(root);
    let status = cargo.env("SOURCE_DATE_EPOCH", epoch.to_string()).status().context("cargo does not start")?;
    if !status.success() {
        bail!("cargo cyclonedx failed: {status}");
    }
    let written = root.join(format!("{WRITTEN}.json"));
    let text = std::fs::read_to_string(&written).with_context(|| format!("{} cannot be read", written.display()))?;
    remove(root, 2)?;
    let text = text.replace(&format!("file://{}", root.display()), "file:///ecslive");
    std::fs::write(release.join(format!("ecslive_{VERSION}_{platform}.cdx.json")), text)?;
    Ok(())
}

/// Removes what was written for the other packages.
fn remove(folder: &Path, depth: usize) -> Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        if name.to_str() == Some(&format!("{WRITTEN}.json")) {
            std::fs::remove_file(entry.path())?;
        } else if depth > 0 && entry.file_type()?.is_dir() && name != "target" && name != ".git" {
            remove(&entry.path(), depth - 1)?;
        }
    }
    Ok(())
}
