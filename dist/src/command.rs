//! The archives of the command `ecslive`: the program with its manual page, completions and licences.

use crate::archive::{Entry, tar_gz};
use crate::platform::Platform;
use crate::{VERSION, digest, registry};
use anyhow::{Context, Result, bail};
use std::path::Path;
use std::process::Command;

/// Where each shell looks for a completion, and the shell's name for `ecslive completions`.
const COMPLETIONS: [(&str, &str); 5] = [
    ("completions/_ecslive", "zsh"),
    ("completions/_ecslive.ps1", "powershell"),
    ("completions/ecslive.bash", "bash"),
    ("completions/ecslive.elv", "elvish"),
    ("completions/ecslive.fish", "fish"),
];

/// Packs the command of one platform into `release`. The program is run, so it has to be for this machine.
///
/// # Errors
/// If the program is not in `built` or does not run, or the archive cannot be written.
pub fn pack(root: &Path, built: &Path, platform: &Platform, epoch: i64, release: &Path) -> Result<()> {
    let program = built.join(platform.program("ecslive"));
    let stem = format!("ecslive_{VERSION}_{platform}");
    let mut entries = registry::licences(root)?;
    let content = std::fs::read(&program).with_context(|| format!("{} cannot be read", program.display()))?;
    entries.insert(platform.program("ecslive"), Entry::program(content));
    entries.insert("man/man1/ecslive.1".to_owned(), Entry::text(printed(&program, &["man"])?));
    for (name, shell) in COMPLETIONS {
        entries.insert(name.to_owned(), Entry::text(printed(&program, &["completions", shell])?));
    }
    let entries = entries.into_iter().map(|(name, entry)| (format!("{stem}/{name}"), entry)).collect();
    std::fs::write(release.join(format!("{stem}.tar.gz")), tar_gz(&entries, epoch)?)?;
    Ok(())
}

fn printed(program: &Path, arguments: &[&str]) -> Result<Vec<u8>> {
    let output = Command::new(program).args(arguments).output();
    let output = output.with_context(|| format!("{} does not start", program.display()))?;
    if !output.status.success() || output.stdout.is_empty() {
        bail!("{} {} printed nothing: {}", program.display(), arguments.join(" "), output.status);
    }
    Ok(output.stdout)
}

/// Adds the checksums over everything of the command's.
///
/// # Errors
/// If a file cannot be read or written.
pub fn finish(release: &Path) -> Result<()> {
    let mut names = Vec::new();
    let sums = format!("ecslive_{VERSION}_SHA256SUMS");
    for entry in std::fs::read_dir(release)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name.starts_with(&format!("ecslive_{VERSION}_")) && name != sums {
            names.push(name);
        }
    }
    names.sort();
    std::fs::write(release.join(sums), digest::sums(release, &names)?)?;
    Ok(())
}
