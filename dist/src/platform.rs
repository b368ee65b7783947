//! Operating systems and architectures, in Go's words as registries use them.

use anyhow::{Context, Result, bail};
use std::fmt;

/// `linux_amd64` and the like.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Platform {
    /// Go's GOOS: `linux`, `darwin`, `windows`.
    pub os: String,
    /// Go's GOARCH: `amd64`, `arm64`.
    pub arch: String,
}

impl Platform {
    /// The platform of a Rust target such as `x86_64-unknown-linux-gnu`.
    ///
    /// # Errors
    /// If it is none that is published.
    pub fn of_target(target: &str) -> Result<Self> {
        let mut parts = target.split('-');
        let arch = match parts.next() {
            Some("x86_64") => "amd64",
            Some("aarch64") => "arm64",
            _ => bail!("{target}: nothing is published for this architecture"),
        };
        let os = match parts.nth(1) {
            Some(os @ ("linux" | "darwin" | "windows")) => os,
            _ => bail!("{target}: nothing is published for this operating system"),
        };
        Ok(Self { os: os.to_owned(), arch: arch.to_owned() })
    }

    /// Reads `linux_amd64`.
    ///
    /// # Errors
    /// If it has another form.
    pub fn parse(text: &str) -> Result<Self> {
        let (os, arch) = text.split_once('_').with_context(|| format!("{text:?} is not of the form os_arch"))?;
        Ok(Self { os: os.to_owned(), arch: arch.to_owned() })
    }

    /// The name of a program's file.
    pub fn program(&self, name: &str) -> String {
        if self.os == "windows" { format!("{name}.exe") } else { name.to_owned() }
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}_{}", self.os, self.arch)
    }
}

#[cfg(test)]
mod tests {
    use super::Platform;

    #[test]
    fn targets_have_the_names_of_the_registry() {
        for (target, expected) in [
            ("x86_64-unknown-linux-gnu", "linux_amd64"),
            ("aarch64-unknown-linux-musl", "linux_arm64"),
            ("aarch64-apple-darwin", "darwin_arm64"),
            ("x86_64-pc-windows-msvc", "windows_amd64"),
        ] {
            assert_eq!(Platform::of_target(target).unwrap().to_string(), expected);
        }
        assert!(Platform::of_target("riscv64gc-unknown-linux-gnu").is_err());
    }
}
