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

/// Prints the manual page.
pub fn man(command: Command) -> Outcome {
    let mut page = Vec::new();
    match render(command, &mut page) {
        Ok(()) => outcome::answer(&String::from_utf8_lossy(&page)),
        Err(error) => {
            complain(&format!("Error: the manual page cannot be written: {error}\n"));
            Outcome::Error
        }
    }
}

fn render(mut command: Command, page: &mut Vec<u8>) -> std::io::Result<()> {
    command.build();
    clap_mangen::Man::new(command).render(page)
}
