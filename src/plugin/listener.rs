//! Where hosts connect: a unix socket in a directory of its own, or a port on 127.0.0.1 where that cannot be had.

use std::fmt::{self, Display};
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::ops::RangeInclusive;
use std::path::PathBuf;

use tokio::net::TcpListener;

use super::socket::Socket;
#[cfg(unix)]
use super::unix_socket::UnixSocket;

/// What the host allows.
#[derive(Debug)]
pub struct Sockets {
    /// The host's own choice of a directory; no other will do then.
    pub directory: Option<PathBuf>,
    /// Directories to try in this order when the host made no choice.
    pub temporary: Vec<PathBuf>,
    /// A group, by name or number, whose members may connect too.
    pub group: Option<String>,
    /// For TCP; `0..=0` leaves the choice to the operating system.
    pub ports: RangeInclusive<u16>,
}

/// No address to listen on could be had.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    #[error("cannot listen in PLUGIN_UNIX_SOCKET_DIR {directory:?}: {source}")]
    Directory { directory: PathBuf, source: io::Error },
    #[error("cannot let PLUGIN_UNIX_SOCKET_GROUP {group:?} in: {source}")]
    Group { group: String, source: io::Error },
    #[error("cannot listen on 127.0.0.1, ports {} to {}: {source}", ports.start(), ports.end())]
    Ports { ports: RangeInclusive<u16>, source: io::Error },
}

/// A socket that hosts can connect to from now on. Dropping it removes what it left on disk.
#[derive(Debug)]
pub enum Listener {
    /// A socket file in a private directory.
    #[cfg(unix)]
    Unix(UnixSocket),
    /// A loopback port.
    Tcp(TcpListener, SocketAddr),
}

/// What the handshake calls network and address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// The path of a socket, known to be text that fits into a handshake line.
    Unix(String),
    /// A port on 127.0.0.1.
    Tcp(SocketAddr),
}

impl Listener {
    /// Listens at the first place that works. Must be called inside the runtime.
    #[cfg(unix)]
    pub fn bind(sockets: &Sockets) -> Result<Self, ListenError> {
        let Some(socket) = Self::bind_unix(sockets)? else { return Self::bind_loopback(&sockets.ports) };
        if let Some(group) = &sockets.group {
            socket.admit(group).map_err(|source| ListenError::Group { group: group.clone(), source })?;
        }
        Ok(Self::Unix(socket))
    }

    #[cfg(unix)]
    fn bind_unix(sockets: &Sockets) -> Result<Option<UnixSocket>, ListenError> {
        if let Some(directory) = &sockets.directory {
            let refused = |source| ListenError::Directory { directory: directory.clone(), source };
            return UnixSocket::bind(directory).map(Some).map_err(refused);
        }
        for directory in &sockets.temporary {
            match UnixSocket::bind(directory) {
                Ok(socket) => return Ok(Some(socket)),
                Err(error) => tracing::info!(%error, ?directory, "cannot have a unix socket here"),
            }
        }
        Ok(None)
    }

    /// Listens on a loopback port. Must be called inside the runtime.
    #[cfg(not(unix))]
    pub fn bind(sockets: &Sockets) -> Result<Self, ListenError> {
        Self::bind_loopback(&sockets.ports)
    }

    fn bind_loopback(ports: &RangeInclusive<u16>) -> Result<Self, ListenError> {
        let mut last = io::Error::from(io::ErrorKind::AddrNotAvailable);
        for port in ports.clone() {
            match listen_on(port) {
                Ok((listener, address)) => return Ok(Self::Tcp(listener, address)),
                Err(error) => last = error,
            }
        }
        Err(ListenError::Ports { ports: ports.clone(), source: last })
    }

    /// Where this listener is.
    pub fn address(&self) -> Address {
        match self {
            #[cfg(unix)]
            Self::Unix(socket) => Address::Unix(socket.path().to_owned()),
            Self::Tcp(_, address) => Address::Tcp(*address),
        }
    }

    /// The next connection; safe to cancel.
    pub async fn accept(&self) -> io::Result<Box<dyn Socket>> {
        match self {
            #[cfg(unix)]
            Self::Unix(socket) => socket.accept().await,
            Self::Tcp(listener, _) => {
                let (stream, _) = listener.accept().await?;
                stream.set_nodelay(true)?;
                Ok(Box::new(stream))
            }
        }
    }
}

impl Address {
    /// `unix` or `tcp`.
    pub fn network(&self) -> &'static str {
        match self {
            Self::Unix(_) => "unix",
            Self::Tcp(_) => "tcp",
        }
    }
}

impl Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unix(path) => f.write_str(path),
            Self::Tcp(address) => address.fmt(f),
        }
    }
}

fn listen_on(port: u16) -> io::Result<(TcpListener, SocketAddr)> {
    let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    Ok((TcpListener::from_std(listener)?, address))
}
