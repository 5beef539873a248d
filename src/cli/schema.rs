//! `mailmedic schema`: the JSON Schema of a document.

use super::CliError;
use super::session::Session;
use crate::{pack, parse, report};
use clap::{Args, ValueEnum};
use std::process::ExitCode;

/// What `schema` takes.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The document
    #[arg(value_enum, value_name = "NAME")]
    name: Name,
}

/// A document that has a schema.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Name {
    /// What `diagnose --format json` prints
    Diagnosis,
    /// A scenario, as TOML
    Scenario,
    /// The `pack.toml` of a pack
    Pack,
    /// What `facts --format json` prints
    Facts,
    /// What `remedy list` and `remedy plan` print with `--format json`
    Remedies,
}

/// Runs the command.
///
/// # Errors
///
/// What writing the result gave.
pub fn run(arguments: &Arguments) -> Result<ExitCode, CliError> {
    let schema = match arguments.name {
        Name::Diagnosis => report::json::schema_diagnosis(),
        Name::Facts => report::json::schema_facts(),
        Name::Remedies => report::remedy::json::schema(),
        Name::Scenario => parse::scenario_schema(),
        Name::Pack => pack::schema(),
    };
    let mut bytes = Vec::new();
    report::json::write(&schema, &mut bytes)?;
    Session::write(&String::from_utf8_lossy(&bytes))?;
    Ok(ExitCode::SUCCESS)
}
