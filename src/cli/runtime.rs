//! The life of the process: one thread, until the command has ended or a signal ends it.

use super::outcome::Outcome;
use std::process::ExitCode;

/// Runs a command to its end.
pub fn run(command: impl Future<Output = Outcome>) -> ExitCode {
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            super::outcome::complain(&format!("Error: the system does not let this program start: {error}\n"));
            return Outcome::Error.into();
        }
    };
    let outcome = runtime.block_on(async {
        tokio::select! {
            outcome = command => outcome,
            signal = signal() => Outcome::Signal(signal),
        }
    });
    // Whatever still reads from the network need not end first.
    runtime.shutdown_background();
    outcome.into()
}

#[cfg(unix)]
async fn signal() -> u8 {
    use tokio::signal::unix::{SignalKind, signal};
    let (interrupt, terminate) = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()));
    let (Ok(mut interrupt), Ok(mut terminate)) = (interrupt, terminate) else { return std::future::pending().await };
    tokio::select! {
        _ = interrupt.recv() => 2,
        _ = terminate.recv() => 15,
    }
}

#[cfg(not(unix))]
async fn signal() -> u8 {
    match tokio::signal::ctrl_c().await {
        Ok(()) => 2,
        Err(_) => std::future::pending().await,
    }
}
