//! Makes of built programs what is published, in a folder with three parts:
//!
//! - `release/`: the assets of a release: a zip a platform as the registries of Terraform and OpenTofu want it, manifest and
//!   checksums, the signature; the command's archives with checksums of their own; bills of materials.
//! - `mirror/`: for `filesystem_mirror`, and for `network_mirror` when it is served over https.
//! - `oci/`: an OCI image layout for OpenTofu's `oci_mirror`.
//!
//! The same commit gives the same bytes: names are sorted, times are those of the commit, and no path of the machine that
//! builds gets in.

pub mod archive;
pub mod command;
pub mod compile;
pub mod digest;
pub mod linkage;
pub mod mirror;
pub mod oci;
pub mod platform;
pub mod registry;
pub mod sbom;
pub mod signature;

/// The version of everything in this workspace.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The name of the plugin's program.
pub const PLUGIN: &str = "terraform-provider-ecslive";
