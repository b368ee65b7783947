//! The assets that the registries of Terraform and OpenTofu look for on a release's page.

use crate::archive::{Entries, Entry, zip};
use crate::platform::Platform;
use crate::{PLUGIN, VERSION, digest};
use anyhow::{Context, Result, bail};
use std::path::Path;

/// The licences, which go into every archive.
///
/// # Errors
/// If they cannot be read.
pub fn licences(root: &Path) -> Result<Entries> {
    let mut entries = Entries::new();
    for name in ["LICENSE-APACHE", "LICENSE-MIT"] {
        let text = std::fs::read(root.join(name)).with_context(|| format!("{name} cannot be read"))?;
        entries.insert(name.to_owned(), Entry::text(text));
    }
    Ok(entries)
}

/// The name of a platform's zip.
pub fn zip_name(platform: &Platform) -> String {
    format!("{PLUGIN}_{VERSION}_{platform}.zip")
}

/// The name of the checksum file.
pub fn sums_name() -> String {
    format!("{PLUGIN}_{VERSION}_SHA256SUMS")
}

/// Packs the plugin of one platform into `release`.
///
/// # Errors
/// If the program is not in `built`, or the zip cannot be written.
pub fn pack(root: &Path, built: &Path, platform: &Platform, epoch: i64, release: &Path) -> Result<()> {
    let program = built.join(platform.program(PLUGIN));
    let content = std::fs::read(&program).with_context(|| format!("{} cannot be read", program.display()))?;
    let mut entries = licences(root)?;
    entries.insert(platform.program(&format!("{PLUGIN}_v{VERSION}")), Entry::program(content));
    std::fs::write(release.join(zip_name(platform)), zip(&entries, epoch)?)?;
    Ok(())
}

/// The platforms whose zips are in `release`, sorted.
///
/// # Errors
/// If there is none.
pub fn packed(release: &Path) -> Result<Vec<Platform>> {
    let mut platforms = Vec::new();
    for entry in std::fs::read_dir(release)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        let platform = name.strip_prefix(&format!("{PLUGIN}_{VERSION}_")).and_then(|rest| rest.strip_suffix(".zip"));
        platforms.extend(platform.map(Platform::parse).transpose()?);
    }
    if platforms.is_empty() {
        bail!("{} holds no zip of {VERSION}", release.display());
    }
    platforms.sort();
    Ok(platforms)
}

/// Adds the manifest, and the checksums over zips and manifest.
///
/// # Errors
/// If a file cannot be read or written.
pub fn finish(root: &Path, release: &Path) -> Result<()> {
    let manifest = format!("{PLUGIN}_{VERSION}_manifest.json");
    std::fs::copy(root.join("terraform-registry-manifest.json"), release.join(&manifest))?;
    let mut names: Vec<String> = packed(release)?.iter().map(zip_name).collect();
    names.push(manifest);
    std::fs::write(release.join(sums_name()), digest::sums(release, &names)?)?;
    Ok(())
}
