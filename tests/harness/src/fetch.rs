//! Finds terraform or tofu; fetches a pinned terraform into the project folder when there is none.

use sha2::{Digest, Sha256};
use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};

/// The version that is fetched.
const VERSION: &str = "1.11.4";

/// SHA-256 of the archives of [`VERSION`], as its publisher signs them.
const ARCHIVES: [(&str, &str); 3] = [
    ("linux_amd64", "1ce994251c00281d6845f0f268637ba50c0005657eb3cf096b92f753b42ef4dc"),
    ("darwin_amd64", "a56d5002b9f7647291faccc3dd1a70350e60fb61e4c45037629508b8fdc2575b"),
    ("darwin_arm64", "867e0808fa971217043e25b7a792b10720c79b1546f8a68479b74f138be73e18"),
];

/// Where archives are, unless `TERRAFORM_MIRROR` names another base URL of the same layout.
const MIRROR: &str = "https://releases.hashicorp.com/terraform";

/// The terraform or tofu to run: `TF_BIN`, else the first on PATH, else a fetched one below `root/.tools`.
///
/// # Errors
/// Says what was tried and what to do.
pub fn terraform_binary(root: &Path) -> Result<PathBuf, String> {
    if let Some(given) = std::env::var_os("TF_BIN").filter(|given| !given.is_empty()) {
        let given = PathBuf::from(given);
        return if given.is_file() { Ok(given) } else { Err(format!("TF_BIN is no file: {}", given.display())) };
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_path = |name: &str| std::env::split_paths(&path).map(|dir| dir.join(name)).find(|file| file.is_file());
    if let Some(found) = on_path("terraform").or_else(|| on_path("tofu")) {
        return Ok(found);
    }
    let mirror = std::env::var("TERRAFORM_MIRROR").unwrap_or_else(|_| MIRROR.to_owned());
    fetch(&root.join(".tools"), &mirror, &crate::platform(), &ARCHIVES)
}

fn fetch(tools: &Path, mirror: &str, platform: &str, archives: &[(&str, &str)]) -> Result<PathBuf, String> {
    let advice = "Put terraform or tofu on PATH, or name one with TF_BIN=/path/to/terraform.";
    let folder = tools.join(format!("terraform-{VERSION}"));
    let binary = folder.join("terraform");
    if binary.is_file() {
        return Ok(binary);
    }
    let Some((_, sha256)) = archives.iter().find(|(known, _)| *known == platform) else {
        return Err(format!("terraform is not on PATH, and no checksum is pinned for {platform}. {advice}"));
    };
    let url = format!("{mirror}/{VERSION}/terraform_{VERSION}_{platform}.zip");
    eprintln!("terraform is not on PATH: fetching {url}");
    let archive = download(&url).map_err(|error| format!("{url}: {error}. {advice}"))?;
    let actual: String = Sha256::digest(&archive).iter().map(|byte| format!("{byte:02x}")).collect();
    if actual != *sha256 {
        return Err(format!("{url} has SHA-256 {actual}, expected {sha256}: it is not used. {advice}"));
    }
    unpack(&archive, &folder, &binary).map_err(|error| format!("{url}: {error}. {advice}"))?;
    Ok(binary)
}

fn download(url: &str) -> Result<Vec<u8>, Box<dyn std::error::Error>> {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let mut body = Vec::new();
    let limit = 300 * 1024 * 1024;
    ureq::get(url).call()?.body_mut().with_config().limit(limit).reader().read_to_end(&mut body)?;
    Ok(body)
}

/// Takes `terraform` out of the archive; it appears under its name only when it is complete.
fn unpack(archive: &[u8], folder: &Path, binary: &Path) -> Result<(), Box<dyn std::error::Error>> {
    let mut archive = zip::ZipArchive::new(Cursor::new(archive))?;
    std::fs::create_dir_all(folder)?;
    let mut partial = tempfile::NamedTempFile::new_in(folder)?;
    std::io::copy(&mut archive.by_name("terraform")?, &mut partial)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(partial.path(), std::fs::Permissions::from_mode(0o755))?;
    }
    partial.persist(binary)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::net::TcpListener;

    /// Serves one body to one request; gives the URL.
    fn serve(body: Vec<u8>) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("a request");
            let mut request = [0; 4096];
            let _ = stream.read(&mut request);
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
            let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body));
        });
        url
    }

    fn archive() -> Vec<u8> {
        let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
        writer.start_file("terraform", zip::write::SimpleFileOptions::default()).expect("a file");
        writer.write_all(b"#!/bin/sh\necho fetched\n").expect("a body");
        writer.finish().expect("an archive").into_inner()
    }

    #[test]
    fn a_fetched_terraform_is_checked_unpacked_and_kept() {
        let tools = tempfile::tempdir().expect("a folder");
        let sum: String = Sha256::digest(archive()).iter().map(|byte| format!("{byte:02x}")).collect();
        let archives = [("linux_amd64", sum.as_str())];
        let binary = fetch(tools.path(), &serve(archive()), "linux_amd64", &archives).expect("a binary");
        let output = std::process::Command::new(&binary).output().expect("it runs");
        assert_eq!(output.stdout, b"fetched\n");
        assert_eq!(fetch(tools.path(), "http://127.0.0.1:9", "linux_amd64", &archives), Ok(binary));
    }

    #[test]
    fn an_archive_with_another_checksum_is_not_used() {
        let tools = tempfile::tempdir().expect("a folder");
        let error = fetch(tools.path(), &serve(archive()), "linux_amd64", &ARCHIVES).expect_err("a wrong checksum");
        assert!(error.contains("it is not used. Put terraform or tofu on PATH"), "{error}");
        assert!(!tools.path().join(format!("terraform-{VERSION}")).exists());
    }

    #[test]
    fn a_platform_without_checksum_is_named() {
        let error = fetch(Path::new("."), MIRROR, "plan9_mips", &ARCHIVES).expect_err("no checksum");
        assert!(error.contains("no checksum is pinned for plan9_mips"), "{error}");
    }
}
