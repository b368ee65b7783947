//! `ecslive completions` and `ecslive man`: what a package of the command ships.

use super::outcome::{self, Outcome, complain};
use clap::{Args, Command};
use clap_complete::Shell;

/// The arguments of `completions`.
#[derive(Debug, Args)]
pub struct Completions {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

/// Prints a script that completes the command line.
pub fn completions(mut command: Command, Completions { shell }: &Completions) -> Outcome {
    let mut script = Vec::new();
    clap_complete::generate(*shell, &mut command, "ecslive", &mut script);
    outcome::answer(&String::from_utf8_lossy(&script))
}

/// The arguments of `man`.
#[derive(Debug, Args)]
pub struct Man {
    /// A subcommand, such as `resolve target-group` [default: ecslive itself]
    #[arg(value_name = "SUBCOMMAND")]
    of: Vec<String>,
}

/// Prints a manual page.
pub fn man(mut command: Command, Man { of }: &Man) -> Outcome {
    command.build();
    let mut page = Vec::new();
    let Some(command) = of.iter().try_fold(&command, |command, name| command.find_subcommand(name)) else {
        complain(&format!("Error: ecslive has no subcommand {:?}\n", of.join(" ")));
        return Outcome::Error;
    };
    match clap_mangen::Man::new(command.clone()).render(&mut page) {
        Ok(()) => outcome::answer(&String::from_utf8_lossy(&page)),
        Err(error) => {
            complain(&format!("Error: the manual page cannot be written: {error}\n"));
            Outcome::Error
        }
    }
}
