//! Ctrl-C reaches the whole process group, plugins included, and is the host's to handle; SIGTERM is ours.

use std::io;

/// Handlers for the signals that end or spare a plugin; they stay for the life of the process.
///
/// SIGINT gets a handler and is not ignored: child processes, such as a `credential_process`, would inherit that.
/// SIGHUP keeps the meaning the parent gave it, so `nohup terraform apply` works.
pub struct Signals {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(windows)]
    interrupt: tokio::signal::windows::CtrlC,
}

#[cfg(unix)]
impl Signals {
    /// From here on SIGINT and SIGTERM do nothing by themselves.
    pub fn install() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    /// Returns on SIGTERM.
    pub async fn terminate(&mut self) {
        self.terminate.recv().await;
    }

    /// Returns on SIGTERM or SIGINT.
    pub async fn terminate_or_interrupt(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

#[cfg(windows)]
impl Signals {
    /// From here on Ctrl-C does nothing by itself.
    pub fn install() -> io::Result<Self> {
        Ok(Self { interrupt: tokio::signal::windows::ctrl_c()? })
    }

    /// Never: Windows ends a process without asking it.
    pub async fn terminate(&mut self) {
        std::future::pending().await
    }

    /// Returns on Ctrl-C.
    pub async fn terminate_or_interrupt(&mut self) {
        self.interrupt.recv().await;
    }
}
