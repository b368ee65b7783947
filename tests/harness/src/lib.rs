//! Runs the real terraform or tofu in folders of its own: for the demo, the acceptance tests and the benchmarks.

pub mod any_endpoint;
mod fetch;
mod plain;
pub mod real_aws;
mod terraform;

pub use fetch::terraform_binary;
pub use plain::insides;
pub use terraform::{Output, Workspace, host_version};

use std::path::{Path, PathBuf};

/// The root of the repository. Where it was built does not count: a clone can be moved with what is built in it.
pub fn root() -> PathBuf {
    let package = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    let root = Path::new(&package).ancestors().find(|folder| folder.join("GNUmakefile").is_file());
    root.expect("a package of the repository").to_owned()
}

/// `linux_amd64`, as terraform names this machine.
pub fn platform() -> String {
    let os = if cfg!(target_os = "macos") { "darwin" } else { std::env::consts::OS };
    let arch = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    };
    format!("{os}_{arch}")
}

/// Puts a plugin where terraform and tofu look without any configuration: the layout of `make install`.
///
/// # Panics
/// If it cannot be put there.
pub fn install(home: &Path, binary: &Path, provider: &str, version: &str) {
    let platform = platform();
    for host in ["registry.terraform.io", "registry.opentofu.org"] {
        let folder = home.join(format!(".terraform.d/plugins/{host}/ecslive/{provider}/{version}/{platform}"));
        let file = folder.join(format!("terraform-provider-{provider}_v{version}"));
        std::fs::create_dir_all(&folder).expect("the folder can be made");
        std::fs::copy(binary, &file).expect("the plugin can be copied");
    }
}
