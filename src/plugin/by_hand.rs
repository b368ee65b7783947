//! What a person gets to read who starts the file without Terraform, and how such a start is told from a host's.

use std::ffi::OsString;
use std::fmt::Display;
use std::io::{self, Write};
use std::process::ExitCode;

use super::Plugin;

/// Proves nothing, protects nothing: it tells a host from a person. Terraform and OpenTofu send the same value.
const COOKIE: (&str, &str) =
    ("TF_PLUGIN_MAGIC_COOKIE", "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2");

/// Who started the process, and for what.
#[derive(Debug, PartialEq, Eq)]
pub enum Invocation {
    /// Terraform or OpenTofu: serve one host over stdin, stdout and a socket.
    Host,
    /// `-debug`: serve any number of hosts until told to stop.
    Debug,
    /// `-help`.
    Help,
    /// `-version`.
    Version,
    /// A person, perhaps with an argument that means nothing here.
    ByHand { unknown: Option<String> },
}

/// `arguments` without the name of the program. Flags take one dash or two, as in Go.
pub fn invocation(
    mut arguments: impl Iterator<Item = OsString>,
    environment: impl Fn(&str) -> Option<OsString>,
) -> Invocation {
    let first = arguments.next();
    match first.as_ref().map(|argument| argument.to_string_lossy()).as_deref() {
        Some("-debug" | "--debug") => Invocation::Debug,
        Some("-help" | "--help" | "-h" | "help") => Invocation::Help,
        Some("-version" | "--version" | "-v" | "-V" | "version") => Invocation::Version,
        _ if environment(COOKIE.0).is_some_and(|cookie| cookie == COOKIE.1) => Invocation::Host,
        unknown => Invocation::ByHand { unknown: unknown.map(str::to_owned) },
    }
}

/// `-version`, on stdout.
pub fn version(plugin: &Plugin) -> ExitCode {
    say(&mut io::stdout(), &format!("terraform-provider-{} {}\n", plugin.name, plugin.version), ExitCode::SUCCESS)
}

/// `-help`, on stdout.
pub fn help(plugin: &Plugin) -> ExitCode {
    let text = format!(
        "{}
Arguments:
  -debug    stay in the foreground and serve any number of runs, for a debugger or for reading the log
  -version  the version of this file
  -help     this text

Environment:
  TF_LOG_PROVIDER_{}, TF_LOG_PROVIDER, TF_LOG  log level: trace, debug, info, warn, error or off
",
        introduction(plugin),
        plugin.name.to_uppercase(),
    );
    say(&mut io::stdout(), &text, ExitCode::SUCCESS)
}

/// For somebody who simply ran the file; on stderr, and a failure, because nothing was served.
pub fn explain(plugin: &Plugin, unknown: Option<&str>) -> ExitCode {
    let complaint = unknown.map(|argument| format!("Unknown argument {argument:?}; -help lists them all.\n\n"));
    let text = complaint.unwrap_or_default() + &introduction(plugin);
    say(&mut io::stderr(), &text, ExitCode::FAILURE)
}

/// The process cannot start. Hosts file a line under the level in its brackets.
pub fn fail(plugin: &Plugin, error: &dyn Display) -> ExitCode {
    let text = format!("[ERROR] terraform-provider-{}: {error}\n", plugin.name);
    say(&mut io::stderr(), &text, ExitCode::FAILURE)
}

fn introduction(plugin: &Plugin) -> String {
    let Plugin { name, address, version, documentation, .. } = plugin;
    format!(
        "terraform-provider-{name} {version} is a plugin: Terraform and OpenTofu start it, it does nothing by itself.

To use it, put this into a configuration, then run `terraform init` or `tofu init`:

  terraform {{
    required_providers {{
      {name} = {{
        source = \"{address}\"
      }}
    }}
  }}

Read on: {documentation}
"
    )
}

/// A reader that went away is no reason to end differently.
fn say(out: &mut dyn Write, text: &str, code: ExitCode) -> ExitCode {
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    code
}

#[cfg(test)]
mod tests {
    use super::*;

    fn started(arguments: &[&str], cookie: Option<&str>) -> Invocation {
        let arguments = arguments.iter().map(OsString::from);
        invocation(arguments, |key| cookie.filter(|_| key == COOKIE.0).map(OsString::from))
    }

    #[test]
    fn a_host_is_known_by_its_cookie() {
        assert_eq!(started(&[], Some(COOKIE.1)), Invocation::Host);
        assert_eq!(started(&[], Some("d602")), Invocation::ByHand { unknown: None });
        assert_eq!(started(&[], None), Invocation::ByHand { unknown: None });
    }

    #[test]
    fn an_unknown_argument_is_named() {
        assert_eq!(started(&["--debgu"], None), Invocation::ByHand { unknown: Some("--debgu".into()) });
    }

    #[test]
    fn debug_wins_over_the_cookie() {
        assert_eq!(started(&["-debug"], Some(COOKIE.1)), Invocation::Debug);
        assert_eq!(started(&["--debug"], None), Invocation::Debug);
    }
}
