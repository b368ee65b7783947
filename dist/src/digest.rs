//! SHA-256 in the forms that checksum files, lock files and OCI want.

use anyhow::{Context, Result};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};
use std::io::Cursor;
use std::path::Path;

/// In hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The `h1:` of lock files: of the names and contents in a zip, in the order of the names (Go's `dirhash.Hash1`).
///
/// # Errors
/// If it is not a zip.
pub fn h1(zip: &[u8]) -> Result<String> {
    let mut archive = zip::ZipArchive::new(Cursor::new(zip)).context("not a zip")?;
    let mut names: Vec<String> = archive.file_names().map(|name| Ok(name?.into_owned())).collect::<Result<_>>()?;
    names.sort();
    let mut summary = String::new();
    for name in names {
        let mut content = Vec::new();
        std::io::copy(&mut archive.by_name(&name)?, &mut content)?;
        summary.push_str(&format!("{}  {name}\n", sha256(&content)));
    }
    Ok(format!("h1:{}", STANDARD.encode(Sha256::digest(summary))))
}

/// The lines of a checksum file for these files of a folder, as `sha256sum --check` reads them.
///
/// # Errors
/// If one cannot be read.
pub fn sums(folder: &Path, names: &[String]) -> Result<String> {
    let mut lines = String::new();
    for name in names {
        let content = std::fs::read(folder.join(name)).with_context(|| folder.join(name).display().to_string())?;
        lines.push_str(&format!("{}  {name}\n", sha256(&content)));
    }
    Ok(lines)
}
