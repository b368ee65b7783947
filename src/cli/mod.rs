//! `ecslive`, the command: arguments in; text or JSON out.
//!
//! One file for each subcommand. stdout holds the answer and nothing else; everything else goes to stderr.

mod access;
mod external;
mod guard;
mod iam_policy;
mod outcome;
mod pages;
mod resolve;
mod runtime;

use crate::panics;
use access::Access;
use clap::{CommandFactory, Parser, Subcommand, ValueEnum};
use outcome::Outcome;
use std::ffi::OsString;
use std::process::ExitCode;

/// Tells what is live in Amazon ECS: what the provider tells Terraform, for people, scripts and pipelines.
#[derive(Parser)]
#[command(name = "ecslive", version, after_help = EXIT_CODES, after_long_help = EXIT_CODES)]
#[command(infer_long_args = false, arg_required_else_help = true, max_term_width = 100)]
struct Cli {
    #[command(flatten)]
    access: Access,
    #[command(subcommand)]
    command: Command,
}

const EXIT_CODES: &str = "\
Exit codes:
  0    answered
  1    refused: the facts do not allow an answer, or nothing is there under the name
  2    nothing is known: wrong arguments, no access, AWS not reachable
  3    what is watched has not arrived: the time is over, or it is paused
  130  interrupted (SIGINT)
  143  terminated (SIGTERM)

Credentials come from where the provider takes them: the environment, the shared files, the container or instance.
Colours are for terminals, and off where NO_COLOR is set.";

#[derive(Subcommand)]
enum Command {
    /// Answers one question about what is live
    Resolve(Box<resolve::Resolve>),
    Guard(guard::Guard),
    /// Answers the query of Terraform's data "external", for those who may not install a provider
    #[command(after_help = EXTERNAL)]
    External,
    /// Prints the least IAM policy that the answers need
    IamPolicy(iam_policy::Arguments),
    /// Prints a script that completes the command line
    Completions(pages::Completions),
    /// Prints the manual page, of a subcommand where one is named
    Man(pages::Man),
}

const EXTERNAL: &str = "\
stdin holds a JSON object of texts: query (target-group, service, services, deployment, task-definition or image), and the
arguments of that data source by their names. stdout holds its attributes as texts: null is empty, and what is more than
one value is JSON, for jsondecode.

Example:
  echo '{\"query\": \"target-group\", \"cluster\": \"shop\", \"service_name\": \"web\"}' | ecslive external";

/// How to write an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// The attributes of the data source
    Json,
}

/// Runs the command with these arguments, the program's name first.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    panics::install();
    match Cli::try_parse_from(arguments) {
        Ok(cli) => runtime::run(start(cli)),
        Err(error) => {
            let help = !error.use_stderr();
            // A closed stdout is no mistake of whoever asked for help.
            let _ = error.print();
            if help { ExitCode::SUCCESS } else { Outcome::Error.into() }
        }
    }
}

async fn start(cli: Cli) -> Outcome {
    match cli.command {
        Command::Resolve(resolve) => resolve::run(&cli.access, *resolve).await,
        Command::Guard(guard) => guard::run(&cli.access, guard).await,
        Command::External => external::run(&cli.access).await,
        Command::IamPolicy(arguments) => iam_policy::run(&cli.access, &arguments),
        Command::Completions(arguments) => pages::completions(Cli::command(), &arguments),
        Command::Man(arguments) => pages::man(Cli::command(), &arguments),
    }
}
