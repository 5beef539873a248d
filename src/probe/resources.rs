//! What may run short: space and inodes, memory, processors.

use super::{Collector, Probe};

/// Space and inodes, memory, processors.
pub struct Resources;

impl Probe for Resources {
    fn name(&self) -> &'static str {
        "resources"
    }

    fn seed(&self) -> &'static [&'static str] {
        &["Q8.3", "Q6.1"]
    }

    fn run(&self, collector: &mut Collector<'_>) {
        let places = collector.places();
        let mut folders: Vec<&str> = Vec::new();
        if collector.machine.has_postfix() {
            folders.push(&places.queue);
        }
        if collector.machine.exim().is_some() {
            folders.push(&places.spool);
        }
        folders.extend(places.mailboxes.iter().map(String::as_str));
        folders.extend(["/var/log", "/tmp"]);
        folders.retain(|folder| collector.machine.is_there(folder));
        for (name, options) in [("df.txt", "-kPT"), ("df-i.txt", "-iP")] {
            let words: Vec<&str> = ["df", options].into_iter().chain(folders.iter().copied()).collect();
            collector.command(name, &words);
        }
        collector.file("/proc/meminfo");
        collector.file("/proc/loadavg");
    }
}
