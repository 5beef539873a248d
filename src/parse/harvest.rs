//! What the parsers bring in: facts, deliveries to be folded, and what was not understood.

use super::flow::{Flow, When};
use super::queue_files::Folder;
use super::syslog::Clock;
use super::{Line, Took};
use crate::evidence::bundle::ProbeRun;
use crate::fact::{Fact, FactKind, FactName, Facts, FileId, Kind, Listed, Place, Source, Table, Timestamp};
use crate::knowledge::Text;
use std::collections::BTreeMap;

/// How many places of lines that were not understood are kept for each reason.
const PLACES: usize = 5;

/// Why a record was not understood, in both languages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reason {
    /// English.
    pub en: &'static str,
    /// Japanese.
    pub ja: &'static str,
}

impl Reason {
    /// Returns the reason with both its languages.
    pub const fn new(en: &'static str, ja: &'static str) -> Reason {
        Reason { en, ja }
    }

    /// Returns the reason as a text for people.
    pub fn text(self) -> Text {
        Text::new(self.en, self.ja)
    }
}

/// Something that a person should know about the evidence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// What.
    pub text: Text,
    /// Where, when it is about a file of the evidence.
    pub sources: Vec<Source>,
    /// Whether something could not be examined that could hide trouble.
    pub incomplete: bool,
}

/// Records of one file that were not understood, for one reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    /// The reason.
    pub reason: Reason,
    /// How many.
    pub count: u64,
    /// The first places.
    pub places: Vec<Place>,
}

/// What one file was taken for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileReport {
    /// The file.
    pub file: FileId,
    /// The formats of its pieces, each named once; empty when nothing was recognised.
    pub formats: Vec<&'static str>,
    /// How many records were understood.
    pub records: u64,
    /// How many facts came of it; deliveries count once they are folded.
    pub facts: u64,
    /// What was not understood.
    pub unread: Vec<Unread>,
}

/// What the parsers bring in.
#[derive(Debug, Default)]
pub struct Harvest {
    /// The facts.
    pub facts: Facts,
    /// Deliveries and queued messages, folded while they stream.
    pub flow: Flow,
    /// What each file was taken for, in the order of the files.
    pub reports: Vec<FileReport>,
    /// Warnings.
    pub warnings: Vec<Warning>,
    /// Times at which something was observed, for the year that a log leaves out.
    pub observed: Vec<Timestamp>,
    /// Rows of [`Facts::logs`] that a log without years last said at this time; [`super::settle()`] gives them their time.
    pub yearless: Vec<(usize, When)>,
    /// Values that could not be taken, and were left out.
    pub left_out: Vec<(Text, Source)>,
    /// Logs that were quoted in scenarios: the format that was declared, and where.
    pub quoted: Vec<(String, Source)>,
    /// Errors in scenarios: nothing of these files was taken, or only what stands before the error.
    pub errors: Vec<crate::knowledge::LoadError>,
    /// What the probes of live runs did.
    pub probes: Vec<ProbeRun>,
    /// What the folders of the queues hold, by queue.
    pub(super) folders: BTreeMap<&'static str, Folder>,
    /// A listing of all processes of the mail system that was read, where there is one.
    pub(super) processes: Option<Source>,
    /// Carries the years that logs leave out from file to file.
    pub(super) clock: Clock,
    facts_before: usize,
}

impl Harvest {
    /// Names a file of the evidence and returns its number.
    pub fn add_file(&mut self, name: &str) -> FileId {
        self.facts.files.push(name.to_owned());
        FileId(u32::try_from(self.facts.files.len() - 1).unwrap_or(u32::MAX))
    }

    /// Returns by how many seconds the clock on the wall of the machine is ahead of UTC, 0 where nothing tells.
    pub(super) fn zone(&self) -> i64 {
        self.clock.zone
    }

    /// Says by how many seconds the clock on the wall of the machine is ahead of UTC.
    pub(super) fn set_zone(&mut self, seconds: i64) {
        self.clock.zone = seconds;
    }

    /// Begins the report of a file.
    pub fn begin_file(&mut self, file: FileId) {
        self.facts_before = self.facts.len();
        self.reports.push(FileReport { file, formats: Vec::new(), records: 0, facts: 0, unread: Vec::new() });
    }

    /// Says that a piece of a format begins in the file that is being read.
    pub fn begin_piece(&mut self, format: &'static str) {
        if let Some(report) = self.reports.last_mut()
            && !report.formats.contains(&format)
        {
            report.formats.push(format);
        }
    }

    /// Counts a line by what a reader made of it.
    pub fn count(&mut self, took: Took, line: Line<'_>) {
        match took {
            Took::Record => {
                if let Some(report) = self.reports.last_mut() {
                    report.records += 1;
                }
            }
            Took::Unread(reason) => self.unread(reason, Place::Line(line.number)),
            Took::Part | Took::No => {}
        }
    }

    /// Counts a record that was not understood.
    pub fn unread(&mut self, reason: Reason, place: Place) {
        let Some(report) = self.reports.last_mut() else { return };
        match report.unread.iter_mut().find(|unread| unread.reason == reason) {
            Some(unread) => {
                unread.count += 1;
                if unread.places.len() < PLACES {
                    unread.places.push(place);
                }
            }
            None => report.unread.push(Unread { reason, count: 1, places: vec![place] }),
        }
    }

    /// Ends the report of a file.
    pub fn end_file(&mut self) {
        let now = self.facts.len();
        if let Some(report) = self.reports.last_mut() {
            report.facts += (now - self.facts_before) as u64;
        }
        self.facts_before = now;
    }

    /// Adds a fact to its table and returns its row. A repetition of an earlier fact, equal in every field, only adds its source.
    pub fn add<K: FactKind + PartialEq>(
        &mut self,
        table: impl Fn(&mut Facts) -> &mut Table<K>,
        what: K,
        at: Option<Timestamp>,
        source: Source,
    ) -> usize {
        let table = table(&mut self.facts);
        let same = table.alike(&what).find(|row| table.get(*row).is_some_and(|fact: &Fact<K>| fact.what == what && fact.at == at));
        match same {
            Some(row) => {
                table.also_at(row, [source]);
                row
            }
            None => table.push(what, at, source),
        }
    }

    /// Says that everything of a kind was listed; `rest` is empty or a pattern of names (`smtpsvc/*`).
    pub fn listed(&mut self, kind: Kind, rest: &str, source: Source) {
        let what = FactName::of(kind, &[rest.to_owned()]);
        if !self.facts.listed.iter().any(|listed| listed.what == what) {
            self.facts.listed.push(Listed { what, source });
        }
    }

    /// Adds a warning about a place in the evidence.
    pub fn warn(&mut self, text: Text, source: Source) {
        self.warnings.push(Warning { text, sources: vec![source], incomplete: false });
    }
}
