//! A mirror in the layout of `terraform providers mirror`: the packed form of a filesystem mirror, and with its two indices
//! what a network mirror serves.

use crate::{VERSION, digest, registry};
use anyhow::Result;
use serde_json::{Map, json};
use std::path::Path;

/// Under which addresses people ask for it: a short source address means one or the other.
pub const HOSTS: [&str; 2] = ["registry.opentofu.org", "registry.terraform.io"];

/// Makes `mirror` from the zips in `release`.
///
/// # Errors
/// If a file cannot be read or written.
pub fn make(release: &Path, mirror: &Path) -> Result<()> {
    let mut archives = Map::new();
    for platform in registry::packed(release)? {
        let name = registry::zip_name(&platform);
        let zip = std::fs::read(release.join(&name))?;
        // What a registry vouches for is the zip; a lock file made from a folder knows its contents.
        let hashes = json!([digest::h1(&zip)?, format!("zh:{}", digest::sha256(&zip))]);
        archives.insert(platform.to_string(), json!({"url": name, "hashes": hashes}));
        for host in HOSTS {
            let folder = mirror.join(host).join("ecslive/ecslive");
            std::fs::create_dir_all(&folder)?;
            std::fs::write(folder.join(&name), &zip)?;
        }
    }
    let index = json!({"versions": {(VERSION): {}}});
    let version = json!({"archives": archives});
    for host in HOSTS {
        let folder = mirror.join(host).join("ecslive/ecslive");
        std::fs::write(folder.join("index.json"), format!("{index:#}\n"))?;
        std::fs::write(folder.join(format!("{VERSION}.json")), format!("{version:#}\n"))?;
    }
    Ok(())
}
