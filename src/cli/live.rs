//! What commands that look at this machine share: the limits, progress, and an end by Ctrl-C.

use super::{CliError, Shared};
use crate::evidence::bundle::ProbeStatus;
use crate::live::{self, Captured, Options};
use crate::probe::Watch;
use std::io::{self, IsTerminal};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Captures this machine.
///
/// # Errors
///
/// What the operating system says when there is no place for what is captured.
pub fn capture(shared: &Shared) -> Result<Captured, CliError> {
    let stop = Arc::new(AtomicBool::new(false));
    let on_interrupt = Arc::clone(&stop);
    // Where no handler can be set, Ctrl-C ends the program as it does elsewhere.
    let _ = ctrlc::set_handler(move || on_interrupt.store(true, Ordering::Relaxed));
    let mut options = Options::default();
    if let Some(seconds) = shared.timeout {
        options.timeout = Duration::from_secs(seconds);
    }
    let watch = Progress::new(!shared.quiet && io::stderr().is_terminal());
    Ok(live::capture(&options, &stop, &watch)?)
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
