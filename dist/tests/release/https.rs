//! A server on loopback that speaks https, as network mirrors and OCI registries have to, with an authority made up for it.

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;

/// What is served under a path.
pub struct Found {
    pub content_type: String,
    pub content: Vec<u8>,
}

/// Answers GET and HEAD by `find`, for as long as the test runs; gives `127.0.0.1:PORT`. Clients have to trust `authority`,
/// a PEM file that is written here.
pub fn serve(authority: &Path, find: impl Fn(&str) -> Option<Found> + Send + Sync + 'static) -> String {
    let config = Arc::new(configuration(authority));
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    let find = Arc::new(find);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (config, find) = (Arc::clone(&config), Arc::clone(&find));
            std::thread::spawn(move || {
                let connection = ServerConnection::new(config).expect("a configuration");
                // Who hangs up in the middle is the client's business.
                let _ = answer(StreamOwned::new(connection, stream), &*find);
            });
        }
    });
    address
}

fn answer(
    stream: StreamOwned<ServerConnection, std::net::TcpStream>,
    find: &dyn Fn(&str) -> Option<Found>,
) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    let mut request = String::new();
    reader.read_line(&mut request)?;
    let mut header = String::new();
    while reader.read_line(&mut header)? > 2 {
        header.clear();
    }
    let mut words = request.split(' ');
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let stream = reader.get_mut();
    match find(path) {
        Some(Found { content_type, content }) => {
            let length = content.len();
            write!(stream, "HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\nContent-Length: {length}\r\n")?;
            // Clients of OCI registries want it.
            let digest = dist::digest::sha256(&content);
            write!(stream, "Docker-Content-Digest: sha256:{digest}\r\nConnection: close\r\n\r\n")?;
            if method == "GET" {
                stream.write_all(&content)?;
            }
        }
        None => write!(stream, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")?,
    }
    stream.conn.send_close_notify();
    stream.flush()
}

fn configuration(authority: &Path) -> ServerConfig {
    let key = KeyPair::generate().expect("a key");
    let mut params = CertificateParams::new(Vec::new()).expect("no names");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let certificate = params.self_signed(&key).expect("a certificate");
    std::fs::write(authority, certificate.pem()).expect("the file can be written");
    let issuer = Issuer::new(params, key);
    let key = KeyPair::generate().expect("a key");
    let leaf = CertificateParams::new(vec!["127.0.0.1".to_owned()]).expect("an address");
    let leaf = leaf.signed_by(&key, &issuer).expect("a certificate");
    let key = PrivateKeyDer::try_from(key.serialize_der()).expect("a key");
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = config.expect("TLS 1.3").with_no_client_auth();
    config.with_single_cert(vec![leaf.der().clone()], key).expect("a key that fits")
}
