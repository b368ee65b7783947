//! `ecslive`: what the provider tells Terraform, for people, scripts and pipelines.

use std::process::ExitCode;

fn main() -> ExitCode {
    ecslive::cli::run(std::env::args_os())
}
