//! Builds and packs what is published; see the library.

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};
use dist::platform::Platform;
use dist::{PLUGIN, command, compile, linkage, mirror, oci, registry, sbom, signature};
use std::path::{Path, PathBuf};

/// Builds and packs what is published
#[derive(Parser)]
struct Cli {
    /// The folder to write to
    #[arg(long, default_value = "target/dist")]
    out: PathBuf,
    #[command(subcommand)]
    step: Step,
}

#[derive(Subcommand)]
enum Step {
    /// Compiles, checks and packs the programs of one target
    Build {
        /// A Rust target that programs can be run for here; this machine's where it is left out
        #[arg(long)]
        target: Option<String>,
        /// The profile of cargo
        #[arg(long, default_value = "release")]
        profile: String,
    },
    /// Makes manifest, checksums, mirror and OCI layout of what is packed, and signs with the key in GPG_FINGERPRINT
    Finish,
}

fn main() -> Result<()> {
    let cli = Cli::parse();
    let root = std::env::current_dir()?;
    let release = cli.out.join("release");
    std::fs::create_dir_all(&release)?;
    match cli.step {
        Step::Build { target, profile } => build(&root, target, &profile, &release),
        Step::Finish => finish(&root, &cli.out, &release),
    }
}

#[expect(clippy::print_stdout, reason = "says what it found")]
fn build(root: &Path, target: Option<String>, profile: &str, release: &Path) -> Result<()> {
    let target = target.map_or_else(compile::host_target, Ok)?;
    let platform = Platform::of_target(&target)?;
    let epoch = compile::epoch(root)?;
    let built = compile::compile(root, &target, profile, epoch)?;
    if platform.os == "linux" {
        for program in [PLUGIN, "ecslive"] {
            linkage::needs_no_interpreter(&built.join(program))?;
        }
        println!("static: {}", linkage::handshake_in_an_empty_root(&built.join(PLUGIN))?);
    }
    registry::pack(root, &built, &platform, epoch, release)?;
    command::pack(root, &built, &platform, epoch, release)?;
    sbom::write(root, &target, &platform, epoch, release)
}

#[expect(clippy::print_stdout, reason = "lists what it made")]
fn finish(root: &Path, out: &Path, release: &Path) -> Result<()> {
    registry::finish(root, release)?;
    command::finish(release)?;
    let sums = release.join(registry::sums_name());
    match std::env::var("GPG_FINGERPRINT") {
        Ok(key) if !key.is_empty() => signature::sign(&sums, &key)?,
        _ => println!("not signed: GPG_FINGERPRINT names no key"),
    }
    for (folder, make) in [("mirror", mirror::make as fn(&Path, &Path) -> Result<()>), ("oci", oci::make)] {
        let folder = out.join(folder);
        if folder.exists() {
            std::fs::remove_dir_all(&folder)?;
        }
        make(release, &folder).with_context(|| folder.display().to_string())?;
        println!("{}", folder.display());
    }
    let mut names: Vec<_> = std::fs::read_dir(release)?.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
    names.sort();
    names.iter().for_each(|name| println!("{}", name.display()));
    Ok(())
}
