//! How a command ends.

use std::io::Write;
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

/// Writes to stdout. A reader that has gone, as `head` has, is no mistake.
pub fn say(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// Writes to stderr.
pub fn complain(text: &str) {
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}
