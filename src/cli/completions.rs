//! `mailmedic completions`: completions for a shell.

use super::session::Session;
use super::{Cli, CliError};
use clap::{Args, CommandFactory};
use clap_complete::Shell;
use std::process::ExitCode;

/// What `completions` takes.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The shell
    #[arg(value_enum, value_name = "SHELL")]
    shell: Shell,
}

/// Runs the command.
///
/// # Errors
///
/// What writing the result gave.
pub fn run(arguments: &Arguments) -> Result<ExitCode, CliError> {
    let mut bytes = Vec::new();
    clap_complete::generate(arguments.shell, &mut Cli::command(), "mailmedic", &mut bytes);
    Session::write(&String::from_utf8_lossy(&bytes))?;
    Ok(ExitCode::SUCCESS)
}
