//! The OCI layout against the rules of OpenTofu's documentation, and OpenTofu's own `init` from it.

use crate::https::{Found, serve};
use crate::install::workspace;
use crate::{platform, published};
use dist::oci::{PROVIDER, PROVIDER_TARGET};
use dist::{VERSION, digest, registry};
use serde_json::{Value, json};

/// The blob that a descriptor points at, held against it.
fn blob(descriptor: &Value) -> Vec<u8> {
    let sha256 = descriptor["digest"].as_str().and_then(|text| text.strip_prefix("sha256:")).expect("a digest");
    let content = std::fs::read(published().join("oci/blobs/sha256").join(sha256)).expect("a blob");
    assert_eq!((digest::sha256(&content), json!(content.len())), (sha256.to_owned(), descriptor["size"].clone()));
    content
}

fn document(descriptor: &Value) -> Value {
    let document: Value = serde_json::from_slice(&blob(descriptor)).expect("JSON");
    assert_eq!(document["mediaType"], descriptor["mediaType"]);
    document
}

/// The descriptor that the version's tag points at.
fn tagged() -> Value {
    let layout = std::fs::read(published().join("oci/index.json")).expect("index.json");
    let layout: Value = serde_json::from_slice(&layout).expect("JSON");
    let tagged = layout["manifests"].as_array().expect("manifests").iter();
    let of_version = |one: &&Value| one["annotations"]["org.opencontainers.image.ref.name"] == VERSION;
    tagged.clone().find(of_version).expect("a tag for the version").clone()
}

#[test]
fn the_layout_is_what_opentofu_asks_for() {
    let index = document(&tagged());
    assert_eq!(index["artifactType"], PROVIDER);
    let (os, arch) = (platform().os, platform().arch);
    let manifests = index["manifests"].as_array().expect("manifests");
    let ours: Vec<_> =
        manifests.iter().filter(|one| one["platform"] == json!({"os": os, "architecture": arch})).collect();
    assert_eq!((ours.len(), &ours[0]["artifactType"]), (1, &json!(PROVIDER_TARGET)));
    let manifest = document(ours[0]);
    assert_eq!(manifest["artifactType"], PROVIDER_TARGET);
    let layers = manifest["layers"].as_array().expect("layers");
    assert_eq!((layers.len(), &layers[0]["mediaType"]), (1, &json!("archive/zip")));
    let zip = std::fs::read(published().join("release").join(registry::zip_name(&platform()))).expect("a zip");
    assert!(blob(&layers[0]) == zip, "the layer is not the zip of the registry");
    blob(&manifest["config"]);
}

/// What a registry with this layout answers under the name `ecr/ecslive`.
fn answer(path: &str) -> Option<Found> {
    let json = "application/json".to_owned();
    let path = path.split('?').next().unwrap_or_default();
    if path == "/v2/" {
        return Some(Found { content_type: json, content: b"{}".to_vec() });
    }
    let rest = path.strip_prefix("/v2/ecr/ecslive/")?;
    if rest == "tags/list" {
        let tags = json!({"name": "ecr/ecslive", "tags": [VERSION]});
        return Some(Found { content_type: json, content: tags.to_string().into_bytes() });
    }
    let (kind, reference) = rest.split_once('/')?;
    let tagged = tagged();
    let digest = if reference == VERSION { tagged["digest"].as_str()? } else { reference };
    let content = std::fs::read(published().join("oci/blobs/sha256").join(digest.strip_prefix("sha256:")?)).ok()?;
    let document = || serde_json::from_slice::<Value>(&content).ok()?["mediaType"].as_str().map(str::to_owned);
    let content_type = if kind == "manifests" { document()? } else { "application/octet-stream".to_owned() };
    Some(Found { content_type, content })
}

#[test]
#[expect(clippy::print_stdout, reason = "says what was left out")]
fn opentofu_installs_from_it() {
    let (plain, _folder) = workspace("direct {}");
    if !plain.run(&["version"]).success().stdout.starts_with("OpenTofu") {
        println!("left out: Terraform does not install from OCI registries; TF_BIN=/path/to/tofu runs this");
        return;
    }
    let authority = plain.home().join("authority.pem");
    let address = serve(&authority, answer);
    let (mut workspace, _folder) = workspace(&format!(
        "oci_mirror {{\n  repository_template = \"{address}/ecr/ecslive\"\n  include = [\"registry.opentofu.org/ecslive/ecslive\"]\n}}"
    ));
    workspace.env("SSL_CERT_FILE", &authority.display().to_string());
    let output = workspace.run(&["init"]).success();
    assert!(output.stdout.contains(&format!("Installed ecslive/ecslive v{VERSION}")), "{}", output.stdout);
    workspace.run(&["validate"]).success();
}
