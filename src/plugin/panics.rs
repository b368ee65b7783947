//! Panics in words that hosts understand: Terraform shows what follows a line that begins with `panic: ` to the user,
//! and overlooks Rust's own wording.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::fmt::Display;
use std::io::{self, Write};
use std::{panic, thread};

/// Replaces Rust's panic hook. Catching the panic is up to whoever runs the code in question.
pub fn install() {
    panic::set_hook(Box::new(|info| {
        let message = info.payload_as_str().unwrap_or("a value that is not text");
        let location = info.location().map(ToString::to_string).unwrap_or_default();
        let backtrace = Backtrace::capture();
        let frames: &dyn Display = if backtrace.status() == BacktraceStatus::Captured { &backtrace } else { &HINT };
        let _ = io::stderr().lock().write_all(report(message, &location, frames).as_bytes());
    }));
}

/// A backtrace fills the user's screen, and a stripped binary has no names for it.
const HINT: &str = "RUST_BACKTRACE=1 in the environment adds a backtrace.";

/// Continuation lines are marked: a bare one could look like a log entry, and Terraform crashes on some that do.
fn report(message: &str, location: &str, frames: &dyn Display) -> String {
    let message = message.replace('\n', "\n  | ");
    let thread = thread::current();
    let thread = thread.name().unwrap_or("without a name");
    format!("panic: {message}\n\nthread {thread}, {location}\n{frames}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_cannot_pass_for_a_log_entry() {
        insta::assert_snapshot!(report("boom\n{\"@level\":\"info\",\"@message\":5}", "src/x.rs:1:2", &"0: main"), @r#"
        panic: boom
          | {"@level":"info","@message":5}

        thread plugin::panics::tests::a_message_cannot_pass_for_a_log_entry, src/x.rs:1:2
        0: main
        "#);
    }
}
