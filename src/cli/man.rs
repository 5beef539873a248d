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
    page(&command, &mut bytes)?;
    Session::write(&String::from_utf8_lossy(&bytes))?;
    Ok(ExitCode::SUCCESS)
}

/// Renders the page of a command and of its subcommands.
fn page(command: &clap::Command, bytes: &mut Vec<u8>) -> Result<(), CliError> {
    clap_mangen::Man::new(command.clone()).render(bytes)?;
    command.get_subcommands().filter(|subcommand| subcommand.get_name() != "help").try_for_each(|subcommand| page(subcommand, bytes))
}
