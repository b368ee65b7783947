//! An OCI image layout that OpenTofu installs from (`oci_mirror`): one index a version, one manifest a platform, whose only
//! layer is the zip of the registry.
//!
//! The rules are those of OpenTofu's documentation, "Provider Mirrors in OCI Registries".

use crate::{VERSION, digest, registry};
use anyhow::Result;
use serde_json::{Value, json};
use std::path::Path;

const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const EMPTY: &str = "application/vnd.oci.empty.v1+json";

/// `artifactType` of the index of a version.
pub const PROVIDER: &str = "application/vnd.opentofu.provider";

/// `artifactType` of the manifest of a platform.
pub const PROVIDER_TARGET: &str = "application/vnd.opentofu.provider-target";

/// Makes the layout in `oci` from the zips in `release`; its tag is the version.
///
/// # Errors
/// If a file cannot be read or written.
pub fn make(release: &Path, oci: &Path) -> Result<()> {
    let blobs = oci.join("blobs/sha256");
    std::fs::create_dir_all(&blobs)?;
    let empty = blob(&blobs, b"{}", EMPTY)?;
    let mut manifests = Vec::new();
    for platform in registry::packed(release)? {
        let name = registry::zip_name(&platform);
        let mut layer = blob(&blobs, &std::fs::read(release.join(&name))?, "archive/zip")?;
        layer["annotations"] = json!({"org.opencontainers.image.title": name});
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "artifactType": PROVIDER_TARGET,
            "config": empty,
            "layers": [layer],
        });
        let mut descriptor = blob(&blobs, manifest.to_string().as_bytes(), MANIFEST)?;
        descriptor["artifactType"] = json!(PROVIDER_TARGET);
        descriptor["platform"] = json!({"os": platform.os, "architecture": platform.arch});
        manifests.push(descriptor);
    }
    let index = json!({"schemaVersion": 2, "mediaType": INDEX, "artifactType": PROVIDER, "manifests": manifests});
    let mut tagged = blob(&blobs, index.to_string().as_bytes(), INDEX)?;
    tagged["artifactType"] = json!(PROVIDER);
    // A tag cannot have the plus of a version with build metadata.
    tagged["annotations"] = json!({"org.opencontainers.image.ref.name": VERSION.replace('+', "_")});
    let layout = json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": [tagged]});
    std::fs::write(oci.join("index.json"), layout.to_string())?;
    std::fs::write(oci.join("oci-layout"), r#"{"imageLayoutVersion":"1.0.0"}"#)?;
    Ok(())
}

/// Writes a blob; gives its descriptor.
fn blob(blobs: &Path, content: &[u8], media_type: &str) -> Result<Value> {
    let sha256 = digest::sha256(content);
    std::fs::write(blobs.join(&sha256), content)?;
    Ok(json!({"mediaType": media_type, "digest": format!("sha256:{sha256}"), "size": content.len()}))
}
