//! AutoMTLS: both sides show a certificate made for this one process, and each accepts exactly the other's.
//!
//! The host's certificate is self-signed, P-521 and marked as a CA. Ordinary verification refuses that as a leaf, and
//! ring cannot check the signature at all, hence a verifier that compares bytes, and AWS-LC for the arithmetic.

use std::sync::Arc;

use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair, PKCS_ECDSA_P256_SHA256};
use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::server::{NoServerSessionStorage, ParsedCertificate, ServerConfig};
use rustls::version::{TLS12, TLS13};
use rustls::{CertificateError, DigitallySignedStruct, DistinguishedName as Subject, Error, SignatureScheme};
use time::{Duration, OffsetDateTime};
use tokio_rustls::TlsAcceptor;

/// The plugin's side of AutoMTLS.
pub struct Identity {
    /// Our certificate in DER, for the handshake line.
    pub certificate: CertificateDer<'static>,
    /// Lets in whoever holds the key of the host's certificate, and nobody else.
    pub acceptor: TlsAcceptor,
}

/// No TLS could be set up. The certificate is not quoted.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    #[error("PLUGIN_CLIENT_CERT is not well-formed PEM")]
    NotPem,
    #[error("PLUGIN_CLIENT_CERT holds {0} certificates in PEM form where a host sends one")]
    Count(usize),
    #[error("PLUGIN_CLIENT_CERT holds something other than an X.509 certificate")]
    NotX509,
    #[error("cannot make a server certificate: {0}")]
    Certificate(#[from] rcgen::Error),
    #[error("cannot set up TLS: {0}")]
    Config(#[source] Error),
}

impl Identity {
    /// Makes a key and a certificate that live as long as the process. `client_pem` is the host's certificate.
    pub fn for_client(client_pem: &str) -> Result<Self, TlsError> {
        let client = single_certificate(client_pem)?;
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
        let certificate = CertificateDer::from(certificate_params()?.self_signed(&key)?);
        let config = server_config(client, certificate.clone(), key.into()).map_err(TlsError::Config)?;
        Ok(Self { certificate, acceptor: TlsAcceptor::from(Arc::new(config)) })
    }
}

fn single_certificate(pem: &str) -> Result<CertificateDer<'static>, TlsError> {
    let parsed: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.as_bytes()).collect();
    let certificates = parsed.map_err(|_| TlsError::NotPem)?;
    let [certificate] = <[_; 1]>::try_from(certificates).map_err(|found| TlsError::Count(found.len()))?;
    ParsedCertificate::try_from(&certificate).map_err(|_| TlsError::NotX509)?;
    Ok(certificate)
}

/// Go checks the name against the SAN, the dates, and the usage if one is given.
fn certificate_params() -> Result<CertificateParams, rcgen::Error> {
    let mut params = CertificateParams::new(["localhost".to_owned()])?;
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, "localhost");
    let now = OffsetDateTime::now_utc();
    params.not_before = now.saturating_sub(Duration::DAY);
    params.not_after = now.saturating_add(Duration::days(365));
    Ok(params)
}

fn server_config(
    client: CertificateDer<'static>,
    certificate: CertificateDer<'static>,
    key: PrivateKeyDer<'static>,
) -> Result<ServerConfig, Error> {
    let crypto = Arc::new(aws_lc_rs::default_provider());
    let verifier = Arc::new(OnlyThisClient { certificate: client, crypto: Arc::clone(&crypto) });
    let mut config = ServerConfig::builder_with_provider(crypto)
        .with_protocol_versions(&[&TLS13, &TLS12])?
        .with_client_cert_verifier(verifier)
        .with_single_cert(vec![certificate], key)?;
    // grpc-go refuses a server that does not settle on HTTP/2 here.
    config.alpn_protocols = vec![b"h2".to_vec()];
    // Every connection has to prove itself: nothing is resumed.
    config.send_tls13_tickets = 0;
    config.session_storage = Arc::new(NoServerSessionStorage {});
    Ok(config)
}

/// The certificate says who; the signature over the handshake, checked below, says that the key is there too.
#[derive(Debug)]
struct OnlyThisClient {
    certificate: CertificateDer<'static>,
    crypto: Arc<CryptoProvider>,
}

impl ClientCertVerifier for OnlyThisClient {
    fn root_hint_subjects(&self) -> &[Subject] {
        &[]
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        if *end_entity == self.certificate {
            Ok(ClientCertVerified::assertion())
        } else {
            Err(Error::InvalidCertificate(CertificateError::ApplicationVerificationFailure))
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signature, &self.crypto.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signature, &self.crypto.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.crypto.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(pem: &str) -> String {
        Identity::for_client(pem).map(|_| ()).unwrap_err().to_string()
    }

    #[test]
    fn a_broken_client_certificate_is_named_and_not_quoted() {
        let pem = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap().cert.pem();
        assert!(Identity::for_client(&pem).is_ok());
        insta::assert_snapshot!(refusal("secret"), @"PLUGIN_CLIENT_CERT holds 0 certificates in PEM form where a host sends one");
        insta::assert_snapshot!(refusal(&pem.repeat(2)), @"PLUGIN_CLIENT_CERT holds 2 certificates in PEM form where a host sends one");
        insta::assert_snapshot!(refusal(&pem[..pem.len() / 2]), @"PLUGIN_CLIENT_CERT is not well-formed PEM");
        let other = "-----BEGIN CERTIFICATE-----\nc2VjcmV0\n-----END CERTIFICATE-----\n";
        insta::assert_snapshot!(refusal(other), @"PLUGIN_CLIENT_CERT holds something other than an X.509 certificate");
    }
}
