//! Certificate authorities to trust instead of the system's.

use crate::aws::cause::unreadable;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use std::path::Path;

/// The certificates of a PEM file that can be a trust anchor, as PEM again. Whatever else is in the file is left out:
/// the SDK ends the process on it.
///
/// # Errors
/// Why the file cannot be used, as the end of a sentence that starts with its name.
pub fn bundle(path: &Path) -> Result<Vec<u8>, String> {
    let bytes = std::fs::read(path).map_err(|error| format!("cannot be read: {}", unreadable(&error)))?;
    let mut pem = String::new();
    for certificate in CertificateDer::pem_slice_iter(&bytes).filter_map(Result::ok) {
        if RootCertStore::empty().add(certificate.clone()).is_ok() {
            pem +=
                &format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", STANDARD.encode(certificate));
        }
    }
    if pem.is_empty() { Err("holds no certificate in PEM form".to_owned()) } else { Ok(pem.into_bytes()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<u8>, String> {
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(file.path(), text).expect("a file");
        bundle(file.path())
    }

    #[test]
    fn says_why_a_file_is_no_bundle() {
        let none = Err("holds no certificate in PEM form".to_owned());
        assert_eq!(read(""), none);
        assert_eq!(read("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"), none);
        assert_eq!(read("-----BEGIN CERTIFICATE-----\n!!\n-----END CERTIFICATE-----\n"), none);
        let missing = bundle(Path::new("/nonexistent/ca.pem")).expect_err("no file");
        assert_eq!(missing, "cannot be read: it does not exist");
    }
}
