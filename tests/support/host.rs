//! A host as go-plugin plays it: starts the real binary, does the handshake and AutoMTLS, calls, and says goodbye.
//!
//! Every step is also there by itself, for tests that do it wrong on purpose.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};
use std::{io, thread};

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use ecslive::plugin::MAX_MESSAGE_BYTES;
use ecslive::plugin::proto::Empty;
use hyper::client::conn::http2::{self, SendRequest};
use hyper_util::rt::{TokioExecutor, TokioIo};
use prost::Message;
use rcgen::{BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::version::TLS13;
use rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion};
use tempfile::TempDir;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tonic::body::Body;
use tonic::client::Grpc;
use tonic::codegen::{BoxFuture, Service, http};
use tonic::{Request, Response, Status, Streaming};
use tonic_prost::ProstCodec;

/// The binary under test.
pub const BINARY: &str = env!("CARGO_BIN_EXE_terraform-provider-ecslive");

/// By which a plugin knows a host.
pub const COOKIE: (&str, &str) =
    ("TF_PLUGIN_MAGIC_COOKIE", "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2");

/// Far more than anything here takes, and an end to every wait.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// A connection of either kind.
pub trait Socket: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Socket for T {}

/// The certificate of a host: self-signed, P-521, a CA.
pub struct Certificate {
    der: CertificateDer<'static>,
    key: KeyPair,
    /// For `PLUGIN_CLIENT_CERT`.
    pub pem: String,
}

impl Certificate {
    /// A new one; no two are alike.
    pub fn new() -> Self {
        Self::of(&rcgen::PKCS_ECDSA_P521_SHA512)
    }

    /// A new one with a key of this kind.
    pub fn of(kind: &'static rcgen::SignatureAlgorithm) -> Self {
        let key = KeyPair::generate_for(kind).unwrap();
        let mut params = CertificateParams::new(["localhost".to_owned()]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth, ExtendedKeyUsagePurpose::ServerAuth];
        params.key_usages = vec![
            KeyUsagePurpose::DigitalSignature,
            KeyUsagePurpose::KeyEncipherment,
            KeyUsagePurpose::KeyAgreement,
            KeyUsagePurpose::KeyCertSign,
        ];
        let certificate = params.self_signed(&key).unwrap();
        Self { der: certificate.der().clone(), pem: certificate.pem(), key }
    }

    /// This certificate in the hands of somebody who lacks its key.
    pub fn stolen(&self) -> Self {
        Self { der: self.der.clone(), pem: self.pem.clone(), key: Self::new().key }
    }

    /// Does not check that the key belongs to the certificate.
    fn resolver(&self) -> Arc<SingleCertAndKey> {
        let key = PrivateKeyDer::try_from(self.key.serialize_der()).unwrap();
        let key = rustls::crypto::aws_lc_rs::sign::any_supported_type(&key).unwrap();
        Arc::new(SingleCertAndKey::from(CertifiedKey::new(vec![self.der.clone()], key)))
    }
}

/// The handshake line, taken apart.
#[derive(Debug, Clone)]
pub struct Handshake {
    /// As printed, without the line break.
    pub line: String,
    /// `unix` or `tcp`.
    pub network: String,
    /// A path or `ip:port`.
    pub address: String,
    /// The plugin's certificate in DER.
    pub certificate: Option<CertificateDer<'static>>,
}

impl Handshake {
    /// Panics on what go-plugin would refuse.
    pub fn parse(line: &str) -> Self {
        let parts: Vec<_> = line.split('|').collect();
        let ["1", "6", network @ ("unix" | "tcp"), address, "grpc", certificate, ..] = parts[..] else {
            panic!("not a handshake: {line:?}");
        };
        let der = STANDARD_NO_PAD.decode(certificate).expect("base64 without padding");
        Self {
            line: line.to_owned(),
            network: network.to_owned(),
            address: address.to_owned(),
            certificate: (!der.is_empty()).then(|| CertificateDer::from(der)),
        }
    }

    /// A connection without TLS.
    pub async fn dial(&self) -> Box<dyn Socket> {
        match self.network.as_str() {
            "unix" => Box::new(UnixStream::connect(&self.address).await.expect("the socket takes connections")),
            _ => Box::new(TcpStream::connect(&self.address).await.expect("the port takes connections")),
        }
    }

    /// A TLS connection that shows `client`, or nothing.
    pub async fn dial_tls(
        &self,
        client: Option<&Certificate>,
        version: &'static SupportedProtocolVersion,
    ) -> io::Result<TlsStream<Box<dyn Socket>>> {
        let mut roots = RootCertStore::empty();
        roots.add(self.certificate.clone().expect("the plugin has TLS")).unwrap();
        let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
            .with_protocol_versions(&[version])
            .unwrap()
            .with_root_certificates(roots);
        let mut config = match client {
            Some(client) => config.with_client_cert_resolver(client.resolver()),
            None => config.with_no_client_auth(),
        };
        config.alpn_protocols = vec![b"h2".to_vec()];
        TlsConnector::from(Arc::new(config)).connect("localhost".try_into().unwrap(), self.dial().await).await
    }
}

/// A running plugin, and all that it prints. Killed when dropped.
pub struct Plugin {
    child: Child,
    stdout: Receiver<String>,
    stderr: Arc<Mutex<String>>,
    log_reader: Option<thread::JoinHandle<()>>,
    certificate: Certificate,
    /// Holds everything that the plugin puts on disk.
    pub temporary: TempDir,
}

impl Plugin {
    /// Starts the binary as Terraform would.
    pub fn start() -> Self {
        Self::start_with(|command| command)
    }

    /// Starts it with changes to the command; everything a host sets is set already.
    pub fn start_with(change: impl FnOnce(&mut Command) -> &mut Command) -> Self {
        let certificate = Certificate::new();
        // Short enough for the path of a socket, whatever TMPDIR says.
        let temporary = tempfile::tempdir_in("/tmp").unwrap();
        let mut command = bare_command(temporary.path());
        command
            .env(COOKIE.0, COOKIE.1)
            .env("PLUGIN_PROTOCOL_VERSIONS", "6,5")
            .env("PLUGIN_MIN_PORT", "10000")
            .env("PLUGIN_MAX_PORT", "25000")
            .env("PLUGIN_CLIENT_CERT", &certificate.pem);
        change(&mut command);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary starts");
        let (sender, stdout) = channel();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        thread::spawn(move || lines.map_while(Result::ok).try_for_each(|line| sender.send(line)));
        let stderr = Arc::new(Mutex::new(String::new()));
        let (sink, mut source) = (Arc::clone(&stderr), child.stderr.take().unwrap());
        let log_reader = thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(length @ 1..) = source.read(&mut buffer) {
                sink.lock().unwrap().push_str(&String::from_utf8_lossy(&buffer[..length]));
            }
        });
        Self { child, stdout, stderr, log_reader: Some(log_reader), certificate, temporary }
    }

    /// The next line on stdout; none when the plugin has closed it.
    pub fn stdout_line(&self) -> Option<String> {
        self.stdout.recv_timeout(PATIENCE).ok()
    }

    /// What the plugin has logged so far.
    pub fn stderr(&self) -> String {
        self.stderr.lock().unwrap().clone()
    }

    /// Waits until the log holds `text` so many times.
    pub fn wait_for_log(&self, text: &str, times: usize) {
        let start = Instant::now();
        while self.stderr().matches(text).count() < times {
            assert!(start.elapsed() < PATIENCE, "{text:?} is not there {times} times: {}", self.stderr());
            thread::sleep(Duration::from_millis(1));
        }
    }

    /// All that the plugin has logged in its life, which must be over.
    pub fn whole_log(&mut self) -> String {
        let _ = self.log_reader.take().map(thread::JoinHandle::join);
        self.stderr()
    }

    /// Waits for the handshake line.
    pub fn handshake(&self) -> Handshake {
        let line = self.stdout_line();
        Handshake::parse(&line.unwrap_or_else(|| panic!("no handshake; stderr: {}", self.stderr())))
    }

    /// Handshake and connection, as a host does it.
    pub async fn connect(&self) -> (Handshake, Channel) {
        let handshake = self.handshake();
        let channel = self.channel(&handshake).await;
        (handshake, channel)
    }

    /// One more connection, with the right certificate if the plugin wants one.
    pub async fn channel(&self, handshake: &Handshake) -> Channel {
        match handshake.certificate {
            Some(_) => Channel::over(handshake.dial_tls(Some(&self.certificate), &TLS13).await.unwrap()).await,
            None => Channel::over(handshake.dial().await).await,
        }
    }

    /// What the plugin expects every connection to show.
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// The process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends a signal by its short name, `INT` or `TERM`.
    pub fn signal(&self, name: &str) {
        let id = self.id().to_string();
        assert!(Command::new("kill").args(["-s", name, &id]).status().unwrap().success());
    }

    /// Waits for the process to end, and tells how long that took.
    pub fn exit(&mut self) -> (ExitStatus, Duration) {
        let start = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return (status, start.elapsed());
            }
            assert!(start.elapsed() < PATIENCE, "still running; stderr: {}", self.stderr());
            thread::sleep(Duration::from_millis(1));
        }
    }

    /// The goodbye of a host; tells how long the process took from there.
    pub async fn shutdown(&mut self, channel: &Channel) -> (ExitStatus, Duration) {
        let start = Instant::now();
        // The plugin may be gone before its answer is here, which hosts do not mind.
        let _ = channel.unary::<_, Empty>("/plugin.GRPCController/Shutdown", Empty {}).await;
        let (status, _) = self.exit();
        (status, start.elapsed())
    }

    /// What is left of the plugin on disk.
    pub fn leftovers(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.temporary.path()).unwrap();
        entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect()
    }
}

impl Drop for Plugin {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The binary in an environment that says nothing about logs, AWS or hosts.
pub fn bare_command(temporary: &Path) -> Command {
    let mut command = Command::new(BINARY);
    command.env_clear().env("TMPDIR", temporary).stdin(Stdio::null());
    command
}

/// An HTTP/2 connection for gRPC calls. Closed when the last clone is dropped.
#[derive(Clone)]
pub struct Channel(SendRequest<Body>);

impl Channel {
    /// Speaks HTTP/2 over a connection that is ready for it.
    pub async fn over(stream: impl Socket + 'static) -> Self {
        let (requests, connection) = http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        Self(requests)
    }

    /// One message there, one message back. `path` is `/package.Service/Method`.
    pub async fn unary<Q, A>(&self, path: &'static str, message: Q) -> Result<A, Status>
    where
        Q: Message + 'static,
        A: Message + Default + 'static,
    {
        let path = http::uri::PathAndQuery::from_static(path);
        let answer = self.grpc().unary(Request::new(message), path, ProstCodec::<Q, A>::default()).await;
        answer.map(Response::into_inner)
    }

    /// Any number of messages there, any number back.
    pub async fn streaming<Q, A>(
        &self,
        path: &'static str,
        messages: impl futures_util::Stream<Item = Q> + Send + 'static,
    ) -> Result<Streaming<A>, Status>
    where
        Q: Message + 'static,
        A: Message + Default + 'static,
    {
        let path = http::uri::PathAndQuery::from_static(path);
        let answer = self.grpc().streaming(Request::new(messages), path, ProstCodec::<Q, A>::default()).await;
        answer.map(Response::into_inner)
    }

    fn grpc(&self) -> Grpc<Self> {
        Grpc::with_origin(self.clone(), http::Uri::from_static("http://localhost"))
            .max_decoding_message_size(MAX_MESSAGE_BYTES)
            .max_encoding_message_size(MAX_MESSAGE_BYTES)
    }
}

impl Service<http::Request<Body>> for Channel {
    type Response = http::Response<hyper::body::Incoming>;
    type Error = hyper::Error;
    type Future = BoxFuture<Self::Response, Self::Error>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.0.poll_ready(cx)
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        Box::pin(self.0.send_request(request))
    }
}
