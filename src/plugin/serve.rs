//! Connections: who gets in, how long the process waits for one, and how it ends.

use std::io;
use std::pin::pin;
use std::process::ExitCode;
use std::time::Duration;

use hyper::server::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;

use super::controller::Controller;
use super::health::Health;
use super::listener::Listener;
use super::proto::grpc_broker_server::GrpcBrokerServer;
use super::proto::grpc_controller_server::GrpcControllerServer;
use super::proto::grpc_stdio_server::GrpcStdioServer;
use super::proto::health::health_server::HealthServer;
use super::socket::Socket;
use super::streams::{Broker, Stdio};

/// What an answer to `Shutdown` and the end of streams may take. Hosts wait 2 s before they kill.
const GRACE: Duration = Duration::from_millis(50);

/// A TLS handshake on one machine takes milliseconds.
const HANDSHAKE_LIMIT: Duration = Duration::from_secs(10);

/// How long to live without a host. Nothing tells a plugin that its host crashed.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// From the start to the first connection; hosts themselves give up after a minute.
    pub first: Duration,
    /// From the end of the last connection to the next.
    pub next: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { first: Duration::from_secs(60), next: Duration::from_secs(5) }
    }
}

/// Why serving ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// The host said so.
    Shutdown,
    /// There is no host any more, or there never was one.
    Orphaned,
    /// The `stop` future of [`Server::run`].
    Stopped,
}

impl Ending {
    /// A stop is reported as shells report SIGTERM.
    pub fn exit_code(self) -> ExitCode {
        match self {
            Self::Shutdown | Self::Orphaned => ExitCode::SUCCESS,
            Self::Stopped => ExitCode::from(128 + 15),
        }
    }
}

/// Everything a connection needs.
pub struct Server<'a> {
    /// Already listening.
    pub listener: &'a Listener,
    /// Without it every peer that reaches the socket gets in.
    pub tls: Option<TlsAcceptor>,
    /// The provider's services; go-plugin's own are added to them.
    pub routes: Routes,
    /// `None` waits forever.
    pub patience: Option<Patience>,
}

impl Server<'_> {
    /// Serves until the host, its absence or `stop` ends it. Calls still in flight after a short grace are dropped.
    pub async fn run(self, stop: impl Future<Output = ()>) -> Ending {
        let Self { listener, tls, routes, patience } = self;
        // Cancelled by the host, and in any case before the streams and connections are asked to end.
        let shutdown = CancellationToken::new();
        let routes = with_plugin_services(routes, &shutdown);
        let mut stop = pin!(stop);
        let mut connections = JoinSet::new();
        let mut alone_until = patience.map(|patience| Instant::now() + patience.first);
        let ending = loop {
            tokio::select! {
                () = shutdown.cancelled() => break Ending::Shutdown,
                () = &mut stop => break Ending::Stopped,
                () = reached(alone_until), if connections.is_empty() => break Ending::Orphaned,
                Some(served) = connections.join_next() => {
                    // A peer that was turned away says nothing about the host.
                    if served.unwrap_or(true) {
                        alone_until = patience.map(|patience| Instant::now() + patience.next);
                    }
                }
                accepted = listener.accept() => match accepted {
                    Ok(socket) => {
                        connections.spawn(connection(socket, tls.clone(), routes.clone(), shutdown.clone()));
                    }
                    Err(error) => out_of_sockets(&error).await,
                },
            }
        };
        tracing::debug!(?ending, "no longer serving");
        shutdown.cancel();
        let _ = timeout(GRACE, async { while connections.join_next().await.is_some() {} }).await;
        ending
    }
}

fn with_plugin_services(routes: Routes, shutdown: &CancellationToken) -> Routes {
    routes
        .add_service(GrpcControllerServer::new(Controller(shutdown.clone())))
        .add_service(GrpcStdioServer::new(Stdio(shutdown.clone())))
        .add_service(GrpcBrokerServer::new(Broker(shutdown.clone())))
        .add_service(HealthServer::new(Health))
        .prepare()
}

async fn reached(instant: Option<Instant>) {
    match instant {
        Some(instant) => sleep_until(instant).await,
        None => std::future::pending().await,
    }
}

/// Too many open files, most likely; others close theirs sooner or later.
async fn out_of_sockets(error: &io::Error) {
    tracing::warn!(%error, "cannot accept a connection");
    sleep(Duration::from_millis(10)).await;
}

/// One peer from its first byte to its last, in a task of its own so that it can hold up nobody else.
///
/// False if it was turned away.
async fn connection(
    socket: Box<dyn Socket>,
    tls: Option<TlsAcceptor>,
    routes: Routes,
    shutdown: CancellationToken,
) -> bool {
    let stream = match tls {
        Some(acceptor) => match authenticated(socket, &acceptor, HANDSHAKE_LIMIT).await {
            Ok(stream) => stream,
            Err(error) => {
                tracing::warn!(%error, "refused a connection");
                return false;
            }
        },
        None => socket,
    };
    let mut http = http2::Builder::new(TokioExecutor::new());
    http.timer(TokioTimer::new());
    let mut serving = pin!(http.serve_connection(TokioIo::new(stream), TowerToHyperService::new(routes)));
    let outcome = tokio::select! {
        outcome = serving.as_mut() => outcome,
        () = shutdown.cancelled() => {
            serving.as_mut().graceful_shutdown();
            serving.await
        }
    };
    if let Err(error) = outcome {
        tracing::debug!(%error, "a connection broke");
    }
    true
}

async fn authenticated(
    socket: Box<dyn Socket>,
    acceptor: &TlsAcceptor,
    limit: Duration,
) -> io::Result<Box<dyn Socket>> {
    match timeout(limit, acceptor.accept(socket)).await {
        Ok(accepted) => Ok(Box::new(accepted?)),
        Err(_) => Err(io::Error::new(io::ErrorKind::TimedOut, "the TLS handshake took too long")),
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;
    use std::path::PathBuf;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::super::listener::Sockets;
    use super::super::mtls::Identity;
    use super::*;

    fn loopback() -> Listener {
        Listener::bind(&Sockets { directory: None, temporary: vec![], group: None, ports: 0..=0 }).unwrap()
    }

    fn server(listener: &Listener, patience: Option<Patience>) -> Server<'_> {
        Server { listener, tls: None, routes: Routes::default(), patience }
    }

    fn patience(first: u64, next: u64) -> Option<Patience> {
        Some(Patience { first: Duration::from_millis(first), next: Duration::from_millis(next) })
    }

    #[tokio::test]
    async fn ends_when_no_host_ever_comes() {
        let listener = loopback();
        assert_eq!(server(&listener, patience(1, 60_000)).run(pending()).await, Ending::Orphaned);
    }

    #[tokio::test]
    async fn ends_when_the_last_host_has_gone() {
        let listener = loopback();
        let client = tokio::net::TcpStream::connect(listener.address().to_string()).await.unwrap();
        let run = server(&listener, patience(60_000, 1)).run(pending());
        drop(client);
        assert_eq!(run.await, Ending::Orphaned);
    }

    #[tokio::test]
    async fn stays_while_a_host_is_connected() {
        let listener = loopback();
        let _client = tokio::net::TcpStream::connect(listener.address().to_string()).await.unwrap();
        let run = server(&listener, patience(60_000, 1)).run(sleep(Duration::from_millis(200)));
        assert_eq!(run.await, Ending::Stopped);
    }

    #[tokio::test]
    async fn a_peer_that_was_turned_away_is_no_host_that_left() {
        let listener = loopback();
        let mut peer = tokio::net::TcpStream::connect(listener.address().to_string()).await.unwrap();
        peer.write_all(b"not TLS").await.unwrap();
        let client = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap().cert.pem();
        let tls = Some(Identity::for_client(&client).unwrap().acceptor);
        let server = Server { tls, ..server(&listener, patience(60_000, 0)) };
        let turned_away = async {
            peer.read_to_end(&mut Vec::new()).await.unwrap();
            sleep(Duration::from_millis(50)).await;
        };
        assert_eq!(server.run(turned_away).await, Ending::Stopped);
    }

    #[tokio::test]
    async fn a_silent_peer_is_given_up() {
        let client = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap().cert.pem();
        let identity = Identity::for_client(&client).unwrap();
        let (_peer, socket) = tokio::io::duplex(64);
        let refusal = authenticated(Box::new(socket), &identity.acceptor, Duration::from_millis(1)).await;
        assert_eq!(refusal.map(|_| ()).unwrap_err().to_string(), "the TLS handshake took too long");
    }

    #[tokio::test]
    async fn falls_back_to_a_port_when_no_directory_takes_a_socket() {
        let temporary = vec![PathBuf::from("/does/not/exist"), PathBuf::from(format!("/tmp/{}", "x".repeat(200)))];
        let sockets = Sockets { directory: None, temporary, group: None, ports: 0..=0 };
        assert_eq!(Listener::bind(&sockets).unwrap().address().network(), "tcp");
    }

    #[tokio::test]
    async fn takes_the_first_free_port_of_the_range() {
        let taken = loopback();
        let Listener::Tcp(_, address) = &taken else { panic!("not a port") };
        let port = address.port();
        let sockets = |ports| Sockets { directory: None, temporary: vec![], group: None, ports };
        let error = Listener::bind(&sockets(port..=port)).unwrap_err().to_string();
        assert!(error.starts_with(&format!("cannot listen on 127.0.0.1, ports {port} to {port}: ")), "{error}");
        let next = Listener::bind(&sockets(port..=port.saturating_add(50))).unwrap().address();
        assert!(matches!(next, super::super::listener::Address::Tcp(address) if address.port() > port));
    }
}
