//! Evidence as commands get it: what was handed in, or this machine with limits, progress, and an end by Ctrl-C.

use super::{CliError, Shared};
use crate::evidence::bundle::ProbeStatus;
use crate::evidence::{self, gather_live};
use crate::knowledge::Knowledge;
use crate::live::{self, Captured, LiveError, Options};
use crate::parse::Harvest;
use crate::probe::Watch;
use std::io::{self, IsTerminal};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Reads the evidence that was handed in; without any, captures this machine and reads that.
///
/// # Errors
///
/// An input error when nothing was understood, and those of [`capture`].
pub fn gather(evidence: &[PathBuf], shared: &Shared, knowledge: &Knowledge) -> Result<Harvest, CliError> {
    if evidence.is_empty() {
        return Ok(gather_live(&capture(shared, knowledge)?.opened, knowledge));
    }
    let harvest = evidence::gather(evidence, knowledge);
    if understood(&harvest) { Ok(harvest) } else { Err(CliError::nothing_understood(&harvest)) }
}

/// Returns whether at least one file was understood.
fn understood(harvest: &Harvest) -> bool {
    // A scenario with an error gives no fact, and is not understood.
    let broken = |formats: &[&str], facts: u64| formats == ["scenario"] && facts == 0 && !harvest.errors.is_empty();
    harvest.reports.iter().any(|report| !report.formats.is_empty() && !broken(&report.formats, report.facts))
}

/// Captures this machine; the knowledge tells what its settings mean.
///
/// # Errors
///
/// A usage error when no mail system is installed, and when there is no place for what is captured.
pub fn capture(shared: &Shared, knowledge: &Knowledge) -> Result<Captured, CliError> {
    let stop = Arc::new(AtomicBool::new(false));
    let on_interrupt = Arc::clone(&stop);
    // Where no handler can be set, Ctrl-C ends the program as it does elsewhere.
    let _ = ctrlc::set_handler(move || on_interrupt.store(true, Ordering::Relaxed));
    let mut options = Options::default();
    if let Some(seconds) = shared.timeout {
        options.timeout = Duration::from_secs(seconds);
    }
    let watch = Progress::new(!shared.quiet && io::stderr().is_terminal());
    live::capture(&options, knowledge, &stop, &watch).map_err(|error| {
        let help = match error {
            LiveError::NoMailSystem => "run it on the mail server (Postfix or Exim), or hand in evidence: `mailmedic diagnose /var/log/mail.log`, or a folder with the queue listing, the settings and the log in it",
            LiveError::NoPlace(_) => "name a folder with some free space in the variable TMPDIR",
        };
        CliError::Usage { what: error.to_string(), help: help.to_owned() }
    })
}

/// Shows on standard error what is being looked at, where that is a terminal.
struct Progress(Option<indicatif::ProgressBar>);

impl Progress {
    fn new(shown: bool) -> Progress {
        Progress(shown.then(indicatif::ProgressBar::new_spinner))
    }
}

impl Watch for Progress {
    fn begins(&self, name: &str) {
        if let Some(bar) = &self.0 {
            bar.set_message(format!("looking at {name}"));
            bar.tick();
        }
    }

    fn ends(&self, _name: &str, _status: ProbeStatus) {
        if let Some(bar) = &self.0 {
            bar.tick();
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}
