//! What may run short: space and inodes, memory, processors.

use super::{Collector, Probe};
use crate::evidence::bundle::Missing;
use crate::system;
use std::thread::sleep;
use std::time::Duration;

/// A folder with more mailboxes is not listed.
const MOST_MAILBOXES: usize = 2_000;
/// How long the processors are watched.
const WATCH: Duration = Duration::from_millis(300);

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
        for folder in &places.mailboxes {
            if !is_small(collector, folder) {
                continue;
            }
            collector.command(&format!("ls-la{}.txt", folder.replace('/', "-")), &["ls", "-la", folder]);
        }
        collector.file("/proc/meminfo");
        processors(collector);
    }
}

/// Returns whether a folder of mailboxes can be listed at once.
fn is_small(collector: &Collector<'_>, folder: &str) -> bool {
    let mut names = 0;
    let listed = system::each_name(&collector.machine.path(folder), |_| {
        names += 1;
        names <= MOST_MAILBOXES
    });
    listed.is_ok() && names <= MOST_MAILBOXES
}

/// Keeps what the processors did so far, twice, and the load.
fn processors(collector: &mut Collector<'_>) {
    let read = |path: &str| system::read_text(&collector.machine.path(path), 1 << 20);
    let captured = read("/proc/stat").and_then(|first| {
        sleep(WATCH);
        Ok((first, read("/proc/stat")?, read("/proc/loadavg")?))
    });
    match captured {
        Ok((first, second, load)) => {
            let all = first.lines().take(1);
            let text: Vec<&str> = all.chain(second.lines().take_while(|line| line.starts_with("cpu"))).chain(load.lines()).collect();
            collector.text("processors.txt", "processors", (text.join("\n") + "\n").as_bytes());
        }
        Err(error) => collector.lacks("processors", Missing::NotThere, Some(error.to_string())),
    }
}
