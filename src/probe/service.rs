//! The processes of the mail system and of what it works with.

mod process;

use super::{Collector, Probe};
use crate::evidence::bundle::Missing;
use process::Processes;

/// The processes of the mail system and of what it works with.
pub struct Service;

impl Probe for Service {
    fn name(&self) -> &'static str {
        "service"
    }

    fn run(&self, collector: &mut Collector<'_>) {
        let found = Processes::read(collector);
        let lacks = match found.hidden {
            true => Some((Missing::Denied, Some("processes of other users are hidden".to_owned()))),
            false => None,
        };
        // Probes run once.
        let _ = collector.machine.running.set(found.running);
        collector.part("processes", "ps.txt", found.text.as_bytes(), lacks);
    }
}
