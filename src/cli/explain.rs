//! `mailmedic explain`: a cause, rule, queue, remedy, event, setting or status code, from the knowledge.

use super::session::Session;
use super::{CliError, Shared};
use crate::report::{self, explain};
use clap::Args;
use std::process::ExitCode;

/// What `explain` takes.
#[derive(Debug, Args)]
pub struct Arguments {
    /// What to explain: `dns.server-unreachable`, `MSExchangeTransport/4006`, `5.7.1`, `smtpsvc/*/DsUseCat`, a rule, a queue, `IN1`, `Q2.8`
    #[arg(value_name = "ID")]
    id: String,
}

/// Runs the command.
///
/// # Errors
///
/// A usage error with the nearest ids for one that is not known.
pub fn run(arguments: &Arguments, shared: &Shared) -> Result<ExitCode, CliError> {
    let session = Session::open(shared)?;
    let topics = explain::find_in(&session.packs, &arguments.id);
    if topics.is_empty() {
        let near = explain::suggest(&session.packs, &arguments.id);
        return Err(CliError::Usage {
            what: format!("nothing is known under `{}`", report::clean(&arguments.id)),
            help: if near.is_empty() {
                "causes, rules, remedies, events, codes, settings and queues have ids; a diagnosis names them".to_owned()
            } else {
                format!("did you mean {}?", near.join(", "))
            },
        });
    }
    let mut out = String::new();
    if session.json {
        let all: Vec<serde_json::Value> =
            topics.iter().map(|topic| explain::json(*topic, &session.packs.knowledge, session.lang)).collect();
        let mut bytes = Vec::new();
        report::json::write(&all, &mut bytes)?;
        out.push_str(&String::from_utf8_lossy(&bytes));
    } else {
        let texts: Vec<String> =
            topics.iter().map(|topic| explain::text(*topic, &session.packs.knowledge, session.lang, &session.style)).collect();
        out.push_str(&texts.join("\n"));
    }
    Session::write(&out)?;
    Ok(ExitCode::SUCCESS)
}
