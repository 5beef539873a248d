//! The queues: the listing that the mail system gives, and the folders in which it keeps them.

mod folder;

use super::{Collector, Probe};
use folder::Listing;

/// Postfix's queue folders that hold messages, and those that hold the reasons of delays.
///
/// # Source
///
/// `QSHAPE_README` and showq(8) of Postfix.
const POSTFIX: &[&str] = &["maildrop", "incoming", "active", "deferred", "hold", "corrupt"];

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
        let places = collector.places();
        if collector.machine.has_postfix() {
            collector.command("postqueue-j.txt", &["postqueue", "-j"]);
            let mut listing = Listing::default();
            for queue in POSTFIX {
                listing.folder(collector, &format!("{}/{queue}", places.queue));
            }
            listing.keep(collector, "queue-files.txt");
        }
        if let Some(exim) = collector.machine.exim() {
            collector.command("exim-bp.txt", &[exim, "-bp"]);
            collector.command("exim-retry.txt", &["exim_dumpdb", &places.spool, "retry"]);
            let mut listing = Listing::default();
            listing.folder(collector, &format!("{}/input", places.spool));
            listing.keep(collector, "exim-files.txt");
        }
    }
}
