//! The mail log: handed in as a part of a file, the last 24 hours and what old messages of the queue need; else the journal.

mod files;
mod window;

use super::{Collector, Probe};
use crate::evidence::bundle::Missing;
use crate::system;
use files::Log;
pub use window::Window;

/// How far back a log is read, in seconds.
const SPAN: i64 = 86_400;
/// How far back it is read where messages are older, in seconds: the time after which mail systems give up by default.
const FARTHEST: i64 = 5 * 86_400;
/// How many bytes of one log are read at most.
const MOST: u64 = 2 << 30;
/// How many bytes are read at most beyond 24 hours, for old messages of the queue.
const MOST_OLD: u64 = 256 << 20;

/// The mail log.
pub struct MailLog;

impl Probe for MailLog {
    fn name(&self) -> &'static str {
        "log"
    }

    fn run(&self, collector: &mut Collector<'_>) {
        let logs = Log::find(collector);
        let (mut newest, mut refused) = (None, false);
        for log in &logs {
            match hand_in(log, collector) {
                Ok(last) => newest = newest.max(last),
                Err(()) => refused = true,
            }
        }
        let silent = newest.is_none_or(|last| last < system::now() - SPAN);
        // Where a file was denied, the journal is no better kept from this user, but may hold the same.
        if silent || refused {
            journal(collector, logs.is_empty());
        }
    }
}

/// Hands in what is wanted of a log and of the one that was rotated before it; returns the time of its last line, or that it was refused.
fn hand_in(log: &Log, collector: &mut Collector<'_>) -> Result<Option<i64>, ()> {
    let now = system::now();
    let since = now - SPAN;
    let long_since = oldest(collector).map_or(since, |oldest| oldest.clamp(now - FARTHEST, since));
    let window = match Window::open(&collector.machine.path(&log.path), now) {
        Ok(window) => window,
        Err(error) => {
            collector.refused(&log.path, &error);
            return Err(());
        }
    };
    let from = window.start(since, long_since);
    if from == 0
        && window.first.is_none_or(|first| first > long_since)
        && let Some(before) = &log.before
    {
        match Window::open(&collector.machine.path(before), now) {
            Ok(older) if older.last.is_some_and(|last| last >= long_since) => {
                collector.range(before, older.start(since, long_since), older.size, older.inode);
            }
            Ok(_) => {}
            Err(error) => collector.refused(before, &error),
        }
    }
    collector.range(&log.path, from, window.size, window.inode);
    Ok(window.last)
}

/// Returns when the oldest message that waits came in, as far as the times of the files of the queue tell.
///
/// Postfix sets the time of a deferred message to its next attempt; those that are held, and Exim's, keep theirs.
fn oldest(collector: &Collector<'_>) -> Option<i64> {
    let places = collector.places();
    let mut folders = Vec::new();
    if collector.machine.has_postfix() {
        folders.extend(["hold", "corrupt"].map(|queue| format!("{}/{queue}", places.queue)));
    }
    if collector.machine.exim().is_some() {
        folders.push(format!("{}/input", places.spool));
    }
    let (mut oldest, mut left) = (None, 2_000);
    for folder in folders {
        let real = collector.machine.path(&folder);
        // What cannot be seen does not move the window.
        let _ = system::each_name(&real, |name| {
            if let Ok(status) = system::status(&real.join(name), false)
                && status.is_file()
            {
                oldest = Some(oldest.map_or(status.modified, |before: i64| before.min(status.modified)));
            }
            left -= 1;
            left > 0
        });
    }
    oldest
}

/// Asks the journal.
fn journal(collector: &mut Collector<'_>, only: bool) {
    if !collector.has_program("journalctl") {
        if only {
            collector.lacks(
                "mail log",
                Missing::NotThere,
                Some("no mail log was found in any usual place, and there is no journal".to_owned()),
            );
        }
        return;
    }
    let fields = "--output-fields=MESSAGE,SYSLOG_IDENTIFIER,_COMM,_HOSTNAME";
    let words = ["journalctl", "--no-pager", "-o", "json", fields, "--since=-24h", "SYSLOG_FACILITY=2"];
    collector.command("journal.json", &words);
}

/// Returns whether a window need not be read in full.
fn most(since: u64, size: u64, long_since: u64) -> u64 {
    let floor = size.saturating_sub(MOST);
    let old_floor = since.saturating_sub(MOST_OLD);
    long_since.max(old_floor).max(floor)
}
