//! How a command ends.

use std::io::{ErrorKind, Write};
use std::process::ExitCode;

/// How a command ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// With an answer.
    Answered,
    /// The facts do not allow an answer, or nothing is there.
    Refused,
    /// Nothing is known.
    Error,
    /// What is watched has not arrived.
    NotThere,
    /// By a signal, given by its number.
    Signal(u8),
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        Self::from(match outcome {
            Outcome::Answered => 0,
            Outcome::Refused => 1,
            Outcome::Error => 2,
            Outcome::NotThere => 3,
            Outcome::Signal(number) => 128 + number,
        })
    }
}

/// Writes to stdout whatever may get lost.
pub fn say(text: &str) {
    let _ = write(text);
}

/// Writes the answer to stdout. An answer that did not get there, because the disk is full, is none. A reader that has gone,
/// as `head` has, is no mistake.
pub fn answer(text: &str) -> Outcome {
    match write(text) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            let reason = error.to_string();
            let reason = reason.split(" (os error").next().unwrap_or_default();
            complain(&format!(
                "Error: Answer Not Written\n  The answer is there, but writing it failed: {reason}. Make room for it, or \
                 write it elsewhere.\n"
            ));
            Outcome::Error
        }
        _ => Outcome::Answered,
    }
}

fn write(text: &str) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush())
}

/// Writes to stderr.
pub fn complain(text: &str) {
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}
