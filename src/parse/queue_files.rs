//! The files in the queue folders: `PATH SIZE bytes YYYY-MM-DD HH:MM`, as `find -printf` and the probe `queue` list them.

use super::syslog::calendar::stamp;
use super::{Format, Harvest, Line, Look, Reader, Sure, Took};
use crate::fact::{Source, Timestamp};
use std::collections::BTreeMap;

/// The files in the queue folders.
pub struct QueueFiles;

/// The folders whose files are messages.
///
/// # Source
///
/// The queue folders of Postfix (qmgr(8)); `defer`, `bounce`, `trace` and `flush` hold what is said of messages.
const FOLDERS: [&str; 6] = ["maildrop", "incoming", "active", "deferred", "hold", "corrupt"];

/// What one folder holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Folder {
    /// How many files.
    pub files: u64,
    /// The time of the oldest one.
    pub oldest: Option<Timestamp>,
    /// The first of them.
    pub source: Source,
}

impl Format for QueueFiles {
    fn id(&self) -> &'static str {
        "queue-files"
    }

    fn begins(&self, look: &Look<'_>) -> Option<Sure> {
        row(look.first()).map(|_| Sure::Certain)
    }

    fn reader(&self) -> Box<dyn Reader> {
        Box::new(Listing::default())
    }
}

/// Returns path and time of a line.
fn row(line: &str) -> Option<(&str, Option<i64>)> {
    let (rest, time) = line.rsplit_once(" bytes ")?;
    let (path, size) = rest.rsplit_once(' ')?;
    let fits = path.starts_with('/') && !size.is_empty() && size.bytes().all(|byte| byte.is_ascii_digit());
    let seconds = stamp(format!("{}:00", time.trim_end()).as_bytes(), b' ').map(|(seconds, _)| seconds);
    fits.then_some((path, seconds))
}

/// Returns the queue that a file is in.
fn queue(path: &str) -> Option<&'static str> {
    let mut folders = path.split('/').rev().skip(1);
    folders.find_map(|folder| FOLDERS.into_iter().find(|queue| *queue == folder))
}

#[derive(Default)]
struct Listing {
    folders: BTreeMap<&'static str, Folder>,
}

impl Reader for Listing {
    fn line(&mut self, line: Line<'_>, _into: &mut Harvest) -> Took {
        let Some((path, time)) = row(line.text) else { return Took::No };
        let Some(queue) = queue(path) else { return Took::Part };
        let time = time.map(Timestamp);
        let folder = self.folders.entry(queue).or_insert(Folder { files: 0, oldest: time, source: line.source() });
        folder.files += 1;
        folder.oldest = folder.oldest.min(time).or(time);
        Took::Record
    }

    fn end(self: Box<Self>, into: &mut Harvest) {
        for (queue, folder) in self.folders {
            into.folders.entry(queue).or_insert(folder);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::host_state::support::read_text;
    use super::queue;

    #[test]
    fn files_count_for_their_queue() {
        let harvest = read_text(
            "/var/spool/postfix/maildrop/A1 582 bytes 2026-11-24 08:48\n/var/spool/postfix/maildrop/A2 1 bytes 2026-11-24 07:48\n/var/spool/postfix/defer/F/F3 286 bytes 2026-11-24 08:45\n/var/spool/postfix/deferred/F/F3 9 bytes 2026-11-24 08:45\n",
        );
        let counts: Vec<(&str, u64)> = harvest.folders.iter().map(|(queue, folder)| (*queue, folder.files)).collect();
        assert_eq!(counts, [("deferred", 1), ("maildrop", 2)]);
        assert_eq!(harvest.folders["maildrop"].oldest.map(|time| time.to_string()).as_deref(), Some("2026-11-24T07:48:00Z"));
        assert_eq!((queue("/a/hold"), queue("/var/spool/exim4/input/x-H")), (None, None));
    }
}
