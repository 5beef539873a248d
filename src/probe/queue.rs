//! The queues: the listing that the mail system gives, and the folders in which it keeps them.

use super::{Collector, Probe};

/// The queues of Postfix and Exim.
pub struct Queue;

impl Probe for Queue {
    fn name(&self) -> &'static str {
        "queue"
    }

    fn seed(&self) -> &'static [&'static str] {
        &["S1", "S2"]
    }

    fn run(&self, collector: &mut Collector<'_>) {
        if collector.machine.has_postfix() {
            collector.command("postqueue-j.txt", &["postqueue", "-j"]);
        }
        if let Some(exim) = collector.machine.exim() {
            collector.command("exim-bp.txt", &[exim, "-bp"]);
        }
    }
}
