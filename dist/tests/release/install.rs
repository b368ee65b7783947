//! `init` and `providers lock` from every form of the mirror.

use crate::https::{Found, serve};
use crate::{platform, published};
use dist::{VERSION, digest, registry};
use harness::Workspace;
use std::path::Path;
use tempfile::TempDir;

/// A workspace that wants the provider, and takes it only as `installation` says.
pub fn workspace(installation: &str) -> (Workspace, TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    let terraform = harness::terraform_binary(&harness::root()).unwrap_or_else(|error| panic!("{error}"));
    let workspace = Workspace::new(&terraform, &folder.path().join("home"), &folder.path().join("work"));
    let rules = format!("provider_installation {{\n{installation}\n}}\n");
    std::fs::write(workspace.home().join("terraform.rc"), rules).expect("the file can be written");
    workspace.write(
        "main.tf",
        "terraform {\n  required_providers {\n    ecslive = {\n      source = \"ecslive/ecslive\"\n    }\n  }\n}\n\
         provider \"ecslive\" {\n  region = \"eu-west-1\"\n}\n",
    );
    (workspace, folder)
}

/// The lock file has this hash, and the provider works.
fn is_installed(workspace: &Workspace, h1: &str) {
    let lock = std::fs::read_to_string(workspace.dir().join(".terraform.lock.hcl")).expect("a lock file");
    assert!(lock.contains(h1), "{h1} is not in\n{lock}");
    workspace.run(&["validate"]).success();
}

/// `h1:` and `zh:` of this machine's zip, from its bytes.
fn hashes() -> [String; 2] {
    let zip = std::fs::read(published().join("release").join(registry::zip_name(&platform()))).expect("a zip");
    [digest::h1(&zip).expect("a zip"), format!("zh:{}", digest::sha256(&zip))]
}

/// Serves the mirror; gives its URL.
fn network_mirror(authority: &Path) -> String {
    let mirror = published().join("mirror");
    let address = serve(authority, move |path| {
        let content = std::fs::read(mirror.join(path.trim_start_matches('/'))).ok()?;
        let content_type = if path.ends_with(".json") { "application/json" } else { "application/zip" };
        Some(Found { content_type: content_type.to_owned(), content })
    });
    format!("https://{address}/")
}

#[test]
fn init_and_lock_take_it_from_the_folder() {
    let mirror = published().join("mirror");
    let (workspace, _folder) =
        workspace(&format!("filesystem_mirror {{\n  path = {:?}\n}}", mirror.display().to_string()));
    workspace.run(&["init"]).success();
    let [h1, _] = hashes();
    is_installed(&workspace, &h1);
    std::fs::remove_file(workspace.dir().join(".terraform.lock.hcl")).expect("a lock file");
    let from = format!("-fs-mirror={}", mirror.display());
    workspace.run(&["providers", "lock", &from, &format!("-platform={}", platform())]).success();
    is_installed(&workspace, &h1);
}

#[test]
fn init_and_lock_take_it_over_the_network() {
    let (plain, _folder) = workspace("direct {}");
    let authority = plain.home().join("authority.pem");
    let url = network_mirror(&authority);
    let (mut workspace, _folder) = workspace(&format!("network_mirror {{\n  url = {url:?}\n}}"));
    workspace.env("SSL_CERT_FILE", &authority.display().to_string());
    workspace.run(&["init"]).success();
    let [h1, _] = hashes();
    is_installed(&workspace, &h1);
    std::fs::remove_file(workspace.dir().join(".terraform.lock.hcl")).expect("a lock file");
    let platform = format!("-platform={}", platform());
    workspace.run(&["providers", "lock", &format!("-net-mirror={url}"), &platform]).success();
    is_installed(&workspace, &h1);
}

#[test]
fn a_zip_that_is_not_the_one_of_the_index_is_refused() {
    let (plain, folder) = workspace("direct {}");
    let authority = plain.home().join("authority.pem");
    let mirror = published().join("mirror");
    let address = serve(&authority, move |path| {
        let content = std::fs::read(mirror.join(path.trim_start_matches('/'))).ok()?;
        let text =
            String::from_utf8(content.clone()).map(|text| text.replace("h1:", "h1:AAAA").replace("zh:", "zh:00"));
        let content_type = if path.ends_with(".json") { "application/json" } else { "application/zip" };
        Some(Found { content_type: content_type.to_owned(), content: text.map_or(content, String::into_bytes) })
    });
    let (mut workspace, _other) = workspace(&format!("network_mirror {{\n  url = \"https://{address}/\"\n}}"));
    workspace.env("SSL_CERT_FILE", &authority.display().to_string());
    let refused = workspace.run(&["init"]);
    assert!(refused.code == Some(1) && refused.text().contains("checksum"), "{}", refused.text());
    drop(folder);
}

#[test]
fn the_indices_name_the_version_and_vouch_for_each_zip() {
    for host in dist::mirror::HOSTS {
        let folder = published().join("mirror").join(host).join("ecslive/ecslive");
        let read = |name: &str| -> serde_json::Value {
            serde_json::from_slice(&std::fs::read(folder.join(name)).expect("an index")).expect("JSON")
        };
        assert_eq!(read("index.json"), serde_json::json!({"versions": {(VERSION): {}}}));
        let archive = &read(&format!("{VERSION}.json"))["archives"][platform().to_string()];
        assert_eq!(archive["hashes"], serde_json::json!(hashes()));
        assert!(folder.join(archive["url"].as_str().expect("a name")).is_file());
    }
}
