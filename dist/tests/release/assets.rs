//! Names, contents and checksums of the assets.

use crate::{platform, published};
use dist::{PLUGIN, VERSION, digest, registry};
use std::collections::BTreeSet;
use std::io::Read;

/// What a checksum file lists, each line checked.
fn listed(sums: &str) -> BTreeSet<String> {
    let release = published().join("release");
    let text = std::fs::read_to_string(release.join(sums)).expect("a checksum file");
    let check = |line: &str| {
        let (sum, name) = line.split_once("  ").expect("two columns");
        assert_eq!(digest::sha256(&std::fs::read(release.join(name)).expect("a file")), sum, "{name}");
        name.to_owned()
    };
    text.lines().map(check).collect()
}

#[test]
fn a_registry_finds_the_zip_the_manifest_and_the_checksums_over_both() {
    let zip = registry::zip_name(&platform());
    let manifest = format!("{PLUGIN}_{VERSION}_manifest.json");
    let listed = listed(&format!("{PLUGIN}_{VERSION}_SHA256SUMS"));
    assert!(listed.contains(&zip) && listed.contains(&manifest), "{listed:?}");
    assert!(listed.iter().all(|name| name.starts_with(PLUGIN)), "the command is no provider: {listed:?}");
    let release = published().join("release");
    let manifest: serde_json::Value =
        serde_json::from_slice(&std::fs::read(release.join(manifest)).expect("a manifest")).expect("JSON");
    assert_eq!(manifest["metadata"]["protocol_versions"], serde_json::json!(["6.0"]));

    let zip = std::fs::File::open(release.join(zip)).expect("a zip");
    let mut zip = zip::ZipArchive::new(zip).expect("a zip");
    let names: Vec<_> = zip.file_names().map(|name| name.expect("a name").into_owned()).collect();
    assert_eq!(names, ["LICENSE-APACHE", "LICENSE-MIT", &format!("{PLUGIN}_v{VERSION}")]);
    let program = zip.by_name(&format!("{PLUGIN}_v{VERSION}")).expect("the plugin");
    assert_eq!(program.unix_mode().map(|mode| mode & 0o777), Some(0o755));
}

#[test]
fn the_command_comes_with_its_manual_its_completions_and_its_licences() {
    let stem = format!("ecslive_{VERSION}_{}", platform());
    assert!(listed(&format!("ecslive_{VERSION}_SHA256SUMS")).contains(&format!("{stem}.tar.gz")));
    let archive = std::fs::File::open(published().join("release").join(format!("{stem}.tar.gz"))).expect("an archive");
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(archive));
    let mut names = Vec::new();
    for entry in archive.entries().expect("entries") {
        let mut entry = entry.expect("an entry");
        let name = entry.path().expect("a name").display().to_string();
        let mut start = [0; 4];
        entry.read_exact(&mut start).expect("no file is empty");
        names.push(name.strip_prefix(&format!("{stem}/")).expect("one folder for all").to_owned());
    }
    assert_eq!(
        names,
        [
            "LICENSE-APACHE",
            "LICENSE-MIT",
            "completions/_ecslive",
            "completions/_ecslive.ps1",
            "completions/ecslive.bash",
            "completions/ecslive.elv",
            "completions/ecslive.fish",
            "ecslive",
            "man/man1/ecslive.1",
        ]
    );
}
