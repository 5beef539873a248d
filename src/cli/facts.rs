//! `mailmedic facts`: what rules see.

use super::session::Session;
use super::{CliError, Shared, live};
use crate::report;
use clap::Args;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

/// What `facts` takes.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Files and folders, recognised by content
    #[arg(value_name = "EVIDENCE", required = true)]
    evidence: Vec<PathBuf>,
}

/// Runs the command.
///
/// # Errors
///
/// An input error when nothing of the evidence was understood, and what writing the result gave.
pub fn run(arguments: &Arguments, shared: &Shared) -> Result<ExitCode, CliError> {
    let session = Session::open(shared)?;
    let harvest = live::gather(&arguments.evidence, shared, &session.packs.knowledge)?;
    if session.json {
        let mut out = io::BufWriter::new(io::stdout().lock());
        report::facts::write_json(&harvest, session.lang, &mut out)?;
        out.flush()?;
    } else {
        Session::write(&report::facts::text(&harvest, session.lang, &session.style))?;
    }
    Ok(ExitCode::SUCCESS)
}
