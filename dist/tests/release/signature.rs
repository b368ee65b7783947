//! Signatures by keys that are made for the test.

use dist::archive::{Entries, Entry, zip};
use dist::platform::Platform;
use dist::registry;
use std::process::{Command, Output};
use tempfile::TempDir;

/// Makes a key of its own, and finishes a release with it; the release is in `out/release` of the folder.
fn finished_with(algorithm: &str) -> (Output, TempDir) {
    // The socket of gpg's agent lies in its home, and its path is short.
    let home = tempfile::tempdir_in("/tmp").expect("a folder");
    let gpg = |program: &str, arguments: &[&str]| {
        let output = Command::new(program).arg("--homedir").arg(home.path()).args(arguments).output();
        output.expect("gpg is there")
    };
    let user = "release@example.com";
    let made = gpg("gpg", &["--batch", "--passphrase", "", "--quick-generate-key", user, algorithm, "sign", "never"]);
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let out = home.path().join("out");
    std::fs::create_dir_all(out.join("release")).expect("a folder");
    let entries = Entries::from([("terraform-provider-ecslive".to_owned(), Entry::text("a program"))]);
    let platform = Platform::parse("linux_amd64").expect("a platform");
    let zip = zip(&entries, 1_700_000_000).expect("a zip");
    std::fs::write(out.join("release").join(registry::zip_name(&platform)), zip).expect("a file");
    let mut finish = Command::new(env!("CARGO_BIN_EXE_dist"));
    finish.arg("--out").arg(&out).arg("finish").current_dir(harness::root());
    finish.env("GNUPGHOME", home.path()).env("GPG_FINGERPRINT", user);
    let output = finish.output().expect("the program starts");
    gpg("gpgconf", &["--kill", "gpg-agent"]);
    (output, home)
}

#[test]
fn an_rsa_key_signs_the_checksums_in_binary() {
    let (output, home) = finished_with("rsa2048");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let sums = home.path().join("out/release").join(registry::sums_name());
    let signature = sums.with_file_name(format!("{}.sig", registry::sums_name()));
    let verified = |sums: &std::path::Path| {
        let gpg =
            Command::new("gpg").arg("--homedir").arg(home.path()).arg("--verify").arg(&signature).arg(sums).output();
        gpg.expect("gpg is there").status.success()
    };
    assert!(verified(&sums));
    let packet = std::fs::read(&signature).expect("a signature");
    assert!(packet[0] & 0x80 != 0, "armoured: {:?}", String::from_utf8_lossy(&packet[..8]));
    std::fs::write(&sums, "other checksums").expect("a file");
    assert!(!verified(&sums));
}

#[test]
fn a_key_on_an_elliptic_curve_is_refused() {
    let (output, home) = finished_with("ed25519");
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && text.contains("neither an RSA nor a DSA key"), "{text}");
    let signature = home.path().join("out/release").join(format!("{}.sig", registry::sums_name()));
    assert!(!signature.exists(), "a signature that no registry takes is left behind");
}
