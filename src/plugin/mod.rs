//! The plugin runtime: everything between "Terraform starts this file" and "a gRPC call arrives", and the way out.
//!
//! Speaks go-plugin's handshake, AutoMTLS and control services. Knows nothing of Terraform's schemas and values, of AWS
//! or of what the provider offers: [`run`] takes the provider's services as ready [`Routes`].
//!
//! Stdout carries the handshake line and nothing else, stdin belongs to Terraform, stderr is the log.

mod by_hand;
mod controller;
mod debug;
mod handshake;
mod health;
mod listener;
mod log;
mod mtls;
mod serve;
mod signals;
mod socket;
mod streams;
#[cfg(unix)]
mod unix_socket;

use crate::panics;
use std::process::ExitCode;
use std::{env, io};

pub use tonic::service::Routes;

use by_hand::Invocation;
use handshake::Host;
use listener::Listener;
use mtls::Identity;
use serve::{Patience, Server};
use signals::Signals;

/// The largest gRPC message a provider has to take or send, in bytes: 256 MiB, as in other providers.
pub const MAX_MESSAGE_BYTES: usize = 256 << 20;

/// Messages and services of go-plugin and of the gRPC health check.
#[allow(missing_docs, clippy::all, clippy::pedantic)]
pub mod proto {
    include!(concat!(env!("OUT_DIR"), "/plugin.rs"));

    /// `grpc.health.v1`.
    pub mod health {
        include!(concat!(env!("OUT_DIR"), "/grpc.health.v1.rs"));
    }
}

/// What a provider is called, for people and for hosts.
#[derive(Debug, Clone, Copy)]
pub struct Plugin {
    /// The local name, `ecslive`. The file is called `terraform-provider-<name>`.
    pub name: &'static str,
    /// The source address. The short form `namespace/name` is right for Terraform and for OpenTofu alike.
    pub address: &'static str,
    /// The version of the provider itself.
    pub version: &'static str,
    /// The major version of Terraform's plugin protocol that the routes speak.
    pub protocol: u8,
    /// Where a person reads on.
    pub documentation: &'static str,
}

/// The whole life of a plugin process. `routes` is called once, inside the runtime and after the host has its handshake.
///
/// Returns when the host said `Shutdown`, when the process turned out to be an orphan, or on SIGTERM; the socket is
/// gone by then. A person who starts the file by hand gets an explanation instead.
pub fn run(plugin: Plugin, routes: impl FnOnce() -> Routes) -> ExitCode {
    let outcome = match by_hand::invocation(env::args_os().skip(1), |key| env::var_os(key)) {
        Invocation::Host => as_plugin(&plugin, routes),
        Invocation::Debug => as_debug_server(&plugin, routes),
        Invocation::Help => return by_hand::help(&plugin),
        Invocation::Version => return by_hand::version(&plugin),
        Invocation::ByHand { unknown } => return by_hand::explain(&plugin, unknown.as_deref()),
    };
    outcome.unwrap_or_else(|error| by_hand::fail(&plugin, &error))
}

/// Why the process could not start serving.
#[derive(Debug, thiserror::Error)]
enum StartError {
    #[error(transparent)]
    Environment(#[from] handshake::EnvironmentError),
    #[error(transparent)]
    Listen(#[from] listener::ListenError),
    #[error(transparent)]
    Tls(#[from] mtls::TlsError),
    #[error("cannot start the async runtime: {0}")]
    Runtime(#[source] io::Error),
    #[error("cannot write to stdout: {0}")]
    Stdout(#[source] io::Error),
}

fn as_plugin(plugin: &Plugin, routes: impl FnOnce() -> Routes) -> Result<ExitCode, StartError> {
    let host = Host::from_environment(|key| env::var_os(key))?;
    log::install(plugin.name, |key| env::var_os(key));
    panics::install();
    host.warn_if_foreign(plugin.protocol);
    leave_stdin();
    in_runtime(async {
        let mut signals = Signals::install().map_err(StartError::Runtime)?;
        let listener = Listener::bind(&host.sockets)?;
        let identity = host.client_certificate.as_deref().map(Identity::for_client).transpose()?;
        let certificate = identity.as_ref().map(|identity| &*identity.certificate);
        host.greet(plugin.protocol, &listener.address(), certificate).map_err(StartError::Stdout)?;
        let server = Server {
            listener: &listener,
            tls: identity.map(|identity| identity.acceptor),
            routes: routes(),
            patience: Some(Patience::default()),
        };
        Ok(server.run(signals.terminate()).await.exit_code())
    })
}

fn as_debug_server(plugin: &Plugin, routes: impl FnOnce() -> Routes) -> Result<ExitCode, StartError> {
    let host = Host::from_environment(|key| env::var_os(key))?;
    log::install(plugin.name, |key| env::var_os(key));
    panics::install();
    in_runtime(async {
        let mut signals = Signals::install().map_err(StartError::Runtime)?;
        let listener = Listener::bind(&host.sockets)?;
        debug::announce(plugin, &listener.address()).map_err(StartError::Stdout)?;
        let server = Server { listener: &listener, tls: None, routes: routes(), patience: None };
        server.run(signals.terminate_or_interrupt()).await;
        Ok(ExitCode::SUCCESS)
    })
}

/// Child processes, such as a `credential_process`, inherit stdin, and it is Terraform's: from here on they find it empty,
/// so that none of them swallows what somebody answers to Terraform.
fn leave_stdin() {
    #[cfg(unix)]
    if let Err(error) = std::fs::File::open("/dev/null").and_then(|null| Ok(rustix::stdio::dup2_stdin(null)?)) {
        tracing::warn!(%error, "child processes will share Terraform's standard input");
    }
}

/// One thread is enough, and the quickest to start: the work of a provider is waiting.
fn in_runtime<T>(work: impl Future<Output = Result<T, StartError>>) -> Result<T, StartError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(StartError::Runtime)?;
    let outcome = runtime.block_on(work);
    // A call that still waits for a name server must not hold up the exit.
    runtime.shutdown_background();
    outcome
}
