//! `mailmedic man`: the manual page, with every subcommand.

use super::session::Session;
use super::{Cli, CliError};
use clap::CommandFactory;
use std::process::ExitCode;

/// Runs the command.
///
/// # Errors
///
/// What writing the result gave.
pub fn run() -> Result<ExitCode, CliError> {
    let mut bytes = Vec::new();
    let mut command = Cli::command();
    command.build();
    clap_mangen::Man::new(command.clone()).render(&mut bytes)?;
    for subcommand in command.get_subcommands().filter(|subcommand| subcommand.get_name() != "help") {
        clap_mangen::Man::new(subcommand.clone()).render(&mut bytes)?;
    }
    Session::write(&String::from_utf8_lossy(&bytes))?;
    Ok(ExitCode::SUCCESS)
}
