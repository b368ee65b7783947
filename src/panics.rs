//! Panics in words that hosts understand: Terraform shows what follows a line that begins with `panic: ` to the user,
//! and overlooks Rust's own wording. What a message quotes is left out, since it may be secret; so is the core file of a
//! crash, which holds the keys.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::fmt::Display;
use std::io::{self, Write};
use std::{panic, thread};

/// Replaces Rust's panic hook, and forbids core files. Catching the panic is up to whoever runs the code in question.
pub fn install() {
    forbid_core();
    panic::set_hook(Box::new(|info| {
        let message = info.payload_as_str().unwrap_or("a value that is not text");
        let location = info.location().map(ToString::to_string).unwrap_or_default();
        let backtrace = Backtrace::capture();
        let frames: &dyn Display = if backtrace.status() == BacktraceStatus::Captured { &backtrace } else { &HINT };
        let _ = io::stderr().lock().write_all(report(message, &location, frames).as_bytes());
    }));
}

/// With a limit of one byte, Linux writes no core file and starts no program that would take one either; zero does not
/// hold for the program (`fs/coredump.c`). Where raising it to one is refused, it is zero already.
fn forbid_core() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, setrlimit};
        let _ = setrlimit(Resource::Core, Rlimit { current: Some(1), maximum: Some(1) });
    }
}

/// A backtrace fills the user's screen, and a stripped binary has no names for it.
const HINT: &str = "RUST_BACKTRACE=1 in the environment adds a backtrace.";

/// The message as far as it quotes nothing: texts that were cut at a wrong place and errors that were not expected stand
/// behind a colon or a quotation mark, or on a line of their own. That line could also look like a log entry, and Terraform
/// crashes on some that do.
pub fn harmless(message: &str) -> &str {
    let ends = [": ", "\"", "'", "\n", " of `", " slicing `"];
    let end = ends.iter().filter_map(|end| message.find(end)).min().unwrap_or(message.len());
    message[..end].trim_end()
}

/// What goes to stderr.
fn report(message: &str, location: &str, frames: &dyn Display) -> String {
    let message = harmless(message);
    let thread = thread::current();
    let thread = thread.name().unwrap_or("without a name");
    format!("panic: {message}\n\nthread {thread}, {location}\n{frames}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_cannot_pass_for_a_log_entry() {
        insta::assert_snapshot!(report("boom\n{\"@level\":\"info\",\"@message\":5}", "src/x.rs:1:2", &"0: main"), @r"
        panic: boom

        thread panics::tests::a_message_cannot_pass_for_a_log_entry, src/x.rs:1:2
        0: main
        ");
    }

    #[test]
    fn what_a_message_quotes_is_left_out() {
        for quoting in [
            "byte index 9 is not a char boundary; it is inside 'é' (bytes 8..10) of `planted-é`",
            "byte index 18 is out of bounds of `planted-é`",
            "begin <= end (8 <= 5) when slicing `planted-é`",
            "unusable: planted",
            "assertion `left == right` failed\n  left: \"planted\"\n right: \"another\"",
            "called `Result::unwrap()` on an `Err` value: \"planted\"",
        ] {
            let left = harmless(quoting);
            assert!(!left.contains("planted") && left.len() > 5, "{quoting}: {left}");
        }
        for message in ["the sky fell", "called `Option::unwrap()` on a `None` value", "attempt to add with overflow"] {
            assert_eq!(harmless(message), message);
        }
    }
}
