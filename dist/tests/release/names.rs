//! The released command looks names of hosts up by itself, whatever the system would do it with.

use crate::{in_root, is_static, platform, published};
use dist::VERSION;
use fake_aws::FakeAws;
use std::path::Path;
use std::process::Output;

/// What a system has in `/etc/nsswitch.conf`: a service that is a library, and its word is final. A static program that looks for
/// the library does not get to `files` here; where it finds one for another glibc than its own, its process ends.
const ANOTHER_SERVICE: &str = "hosts: resolve [UNAVAIL=return] files dns\npasswd: systemd [UNAVAIL=return] files\n";

/// Takes the command out of its archive.
fn unpack(root: &Path) {
    let stem = format!("ecslive_{VERSION}_{}", platform());
    let archive = std::fs::File::open(published().join(format!("release/{stem}.tar.gz"))).expect("an archive");
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(archive));
    let program = format!("{stem}/ecslive");
    let mut entries = archive.entries().expect("entries").map(|entry| entry.expect("an entry"));
    let mut entry =
        entries.find(|entry| entry.path().is_ok_and(|path| path == Path::new(&program))).expect("the program");
    entry.unpack(root.join("ecslive")).expect("the program can be unpacked");
}

/// Asks an endpoint for shop/web.
fn ask(root: &Path, endpoint: &str) -> Output {
    let mut command = in_root(root, "/ecslive");
    command.args(["resolve", "service", "web", "--cluster", "shop", "--region", "eu-west-1"]);
    command.env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE").env("AWS_SECRET_ACCESS_KEY", "secret").env("AWS_MAX_ATTEMPTS", "1");
    command.env("AWS_EC2_METADATA_DISABLED", "true").env("AWS_ENDPOINT_URL", endpoint).output().expect("unshare starts")
}

#[test]
fn names_are_looked_up_in_the_hosts_file_and_not_by_libraries_of_the_system() {
    if !is_static() {
        return;
    }
    let root = tempfile::tempdir().expect("a folder");
    unpack(root.path());
    let fake = FakeAws::spawn();
    fake.scenario("rolling");
    let named = |name: &str| fake.endpoint().replace("127.0.0.1", name);
    let unknown = |name: &str| {
        let output = ask(root.path(), &named(name));
        let printed = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{name}: {:?} {printed}", output.status);
        assert!(printed.contains("Cause: the name of the host cannot be found"), "{name}: {printed}");
    };
    assert!(ask(root.path(), &fake.endpoint()).status.success(), "an address is no name");
    unknown("aws.test");
    std::fs::create_dir(root.path().join("etc")).expect("a folder");
    for file in ["", ANOTHER_SERVICE] {
        std::fs::write(root.path().join("etc/nsswitch.conf"), file).expect("a file");
        std::fs::write(root.path().join("etc/hosts"), "127.0.0.1 aws.test\n").expect("a file");
        let output = ask(root.path(), &named("aws.test"));
        let printed = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success() && printed.contains("web:1"), "{file}: {:?} {printed}", output.status);
        unknown("nowhere.test");
    }
}
