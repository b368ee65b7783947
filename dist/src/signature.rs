//! The signature of the checksums, as the registries verify it: binary, detached, by RSA or DSA.

use anyhow::{Context, Result, bail};
use std::path::Path;
use std::process::Command;

/// The numbers of RSA and DSA in RFC 4880: Terraform's registry takes no other keys.
const ACCEPTED: [&str; 2] = ["1", "17"];

/// Signs `file` with a key that gpg knows; the signature is beside it, with `.sig` behind its name.
///
/// # Errors
/// If gpg is not there, does not know the key or cannot use it, or the key is of another kind.
pub fn sign(file: &Path, key: &str) -> Result<()> {
    let signature = file.with_file_name(format!("{}.sig", file.file_name().unwrap_or_default().display()));
    let mut gpg = Command::new("gpg");
    gpg.args(["--batch", "--yes", "--quiet", "--digest-algo", "SHA256", "--local-user", key, "--output"]);
    let status = gpg.arg(&signature).arg("--detach-sign").arg(file).status().context("gpg does not start")?;
    if !status.success() {
        bail!("gpg cannot sign with {key}: {status}");
    }
    let algorithm = algorithm(file, &signature)?;
    if !ACCEPTED.contains(&algorithm.as_str()) {
        std::fs::remove_file(&signature)?;
        bail!("{key} is neither an RSA nor a DSA key: Terraform's registry does not accept it");
    }
    Ok(())
}

/// Verifies a signature, and gives the number of its public key's algorithm.
///
/// # Errors
/// If it is not valid.
pub fn algorithm(file: &Path, signature: &Path) -> Result<String> {
    let mut gpg = Command::new("gpg");
    gpg.args(["--batch", "--status-fd", "1", "--verify"]).arg(signature).arg(file);
    let output = gpg.output().context("gpg does not start")?;
    let status = String::from_utf8_lossy(&output.stdout).into_owned();
    // VALIDSIG fingerprint date time expiry version reserved algorithm …
    let valid = status.lines().find_map(|line| line.strip_prefix("[GNUPG:] VALIDSIG "));
    let algorithm = valid.and_then(|line| line.split(' ').nth(6));
    let complaint = || format!("the signature is not valid: {}", String::from_utf8_lossy(&output.stderr));
    Ok(algorithm.with_context(complaint)?.to_owned())
}
