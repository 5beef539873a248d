//! From evidence to facts: one file per format, each recognised by content.
//!
//! A file is read line by line. A [`Format`] says whether a piece of it begins at a line; its [`Reader`] then takes lines until one
//! is not its own. So a file of one format, and a ticket into which several outputs were pasted, are read the same way.
//! Log lines do not become one fact each: readers hand deliveries to the [`flow`], which folds them while they stream.

mod bounce;
mod clock;
mod date;
mod dig;
mod disk_usage;
mod dns_lines;
mod doubt;
mod encoding;
mod exim_log;
mod exim_queue;
mod file_listing;
pub mod flow;
mod harvest;
mod heal;
mod host_state;
mod journal;
mod lines;
mod manifest;
mod packages;
mod pem;
mod postconf;
mod postfix_log;
mod postqueue_json;
mod postqueue_text;
mod proc_state;
mod queue_files;
mod resolv_conf;
pub mod scenario;
mod session;
mod settle;
mod share;
mod smtp_transcript;
mod sockets;
mod syslog;
pub mod template;

pub use doubt::weighs;
pub use harvest::{FileReport, Harvest, Reason, Unread, Warning};
pub(crate) use heal::same_source;
pub use lines::Lines;
pub use manifest::take as take_manifest;
pub use session::session_of;
pub(crate) use settle::is_listed;
pub use settle::settle;

use crate::evidence::{Item, Problem};
use crate::fact::{FileId, Place, Source};
use std::io::Read;

/// A format of evidence.
pub trait Format: Sync {
    /// Returns the name that reports use, `postfix-log`.
    fn id(&self) -> &'static str;

    /// Returns how sure it is that a piece of this format begins at the first line of `look`, `None` when it does not.
    fn begins(&self, look: &Look<'_>) -> Option<Sure>;

    /// Returns a reader for one piece.
    fn reader(&self) -> Box<dyn Reader>;
}

/// Takes the lines of one piece of a format.
pub trait Reader {
    /// Takes a line, or says with [`Took::No`] that it is not of this format; then the line is offered to the other formats, and
    /// where none begins there, it counts as not understood and the piece goes on.
    fn line(&mut self, line: Line<'_>, into: &mut Harvest) -> Took;

    /// Ends the piece: whatever was held back becomes facts now.
    fn end(self: Box<Self>, into: &mut Harvest);
}

/// How sure a format is that a piece begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sure {
    /// It looks like it, and other formats look like it too.
    Maybe,
    /// Hardly anything else looks so.
    Likely,
    /// Nothing else looks so.
    Certain,
}

/// What a reader made of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Took {
    /// It was understood; a record of its own.
    Record,
    /// It was understood and belongs to a record, or holds nothing to say.
    Part,
    /// It belongs to this format and was not understood, for this reason.
    Unread(Reason),
    /// It does not belong to this format.
    No,
}

/// One line of a file.
#[derive(Debug, Clone, Copy)]
pub struct Line<'a> {
    /// Its text without the line ending; what is no UTF-8 is replaced.
    pub text: &'a str,
    /// Its bytes as they stand in the file, without the line ending.
    pub raw: &'a [u8],
    /// Its number, counted from 1.
    pub number: u64,
    /// The file.
    pub file: FileId,
    /// Whether it was longer than 64 KiB, so that its end is missing.
    pub cut: bool,
}

impl Line<'_> {
    /// Returns the line as the source of a fact.
    pub fn source(&self) -> Source {
        Source { file: self.file, place: Place::Line(self.number) }
    }
}

/// The lines that a format may look at to say whether a piece begins: the line in question and those that follow.
pub struct Look<'a> {
    /// The lines, at least one, at most 48.
    pub lines: Vec<&'a str>,
    /// Whether the first of them is the first of the file that holds anything.
    pub at_start: bool,
    /// The name of the file, a hint at most: never the reason for a format.
    pub file_name: &'a str,
}

impl<'a> Look<'a> {
    /// Returns the line in question.
    pub fn first(&self) -> &'a str {
        self.lines.first().copied().unwrap_or_default()
    }
}

/// All formats, in the order in which they are asked; of equally sure ones the first wins.
static FORMATS: &[&dyn Format] = &[
    &scenario::Scenario,
    &bounce::Bounce,
    &journal::Journal,
    &postqueue_json::PostqueueJson,
    &postfix_log::PostfixLog,
    &exim_log::EximLog,
    &postqueue_text::PostqueueText,
    &exim_queue::EximQueue,
    &dns_lines::DnsLines,
    &dig::Dig,
    &smtp_transcript::SmtpTranscript,
    &disk_usage::DiskUsage,
    &sockets::Sockets,
    &postconf::Postconf,
    &resolv_conf::ResolvConf,
    &date::Date,
    &clock::Clock,
    &file_listing::FileListing,
    &queue_files::QueueFiles,
    &packages::Packages,
    &pem::Pem,
    &proc_state::ProcState,
    &host_state::HostState,
];

/// The formats of logs whose last line may have been cut off while it was written.
const LOGS: &[&str] = &["postfix-log", "exim-log"];
/// Why the last line of a log was not read.
const TORN: Reason = Reason::new("the last line, which is cut off", "途中で切れている最後の行");

/// Why a line was not read that no format begins with.
const OF_NO_FORMAT: Reason = Reason::new("of no known format", "既知の形式ではありません");

/// Reads one file of the evidence into the harvest.
///
/// # Errors
///
/// [`Problem`] when the file cannot be read or is no text; whatever was read before it stays.
pub fn read(item: &Item, file: FileId, content: impl Read, into: &mut Harvest) -> Result<(), Problem> {
    let mut lines = Lines::new(content);
    lines.refuse_binary(item)?;
    into.begin_file(file);
    let mut current: Option<(Box<dyn Reader>, &'static dyn Format)> = None;
    let mut at_start = true;
    loop {
        if !lines.fill().map_err(|error| Problem::unreadable(item, &error))? {
            break;
        }
        if lines.is_open()
            && current.as_ref().is_some_and(|(_, format)| LOGS.contains(&format.id()))
            && let Some(line) = lines.line(file).filter(|line| is_torn(line.text))
        {
            into.count(Took::Unread(TORN), line);
            lines.next();
            continue;
        }
        let took = match (&mut current, lines.line(file)) {
            (Some((reader, _)), Some(line)) => reader.line(line, into),
            _ => Took::No,
        };
        if took == Took::No {
            let Some(line) = lines.line(file) else { continue };
            if line.text.trim().is_empty() {
                lines.next();
                continue;
            }
            let look = lines.look(at_start, &item.name);
            let found = FORMATS
                .iter()
                .filter_map(|format| format.begins(&look).map(|sure| (sure, *format)))
                .fold(None, |best: Option<(Sure, &dyn Format)>, next| best.filter(|best| best.0 >= next.0).or(Some(next)));
            at_start = false;
            if let Some((_, format)) = found {
                if let Some((reader, _)) = current.take() {
                    reader.end(into);
                }
                let mut reader = format.reader();
                into.begin_piece(format.id());
                let took = reader.line(line, into);
                into.count(took, line);
                current = Some((reader, format));
            } else {
                into.count(Took::Unread(OF_NO_FORMAT), line);
            }
        } else if let Some(line) = lines.line(file) {
            into.count(took, line);
        }
        lines.next();
    }
    if let Some((reader, _)) = current.take() {
        reader.end(into);
    }
    lines.odd().warn(file, into);
    into.end_file();
    Ok(())
}

/// Returns whether a line of a log ends within a bracket or quotation marks.
fn is_torn(line: &str) -> bool {
    let count = |c: char| line.matches(c).count();
    [('(', ')'), ('<', '>'), ('[', ']')].iter().any(|(open, close)| count(*open) > count(*close)) || count('"') % 2 == 1
}

/// Returns a name in an archive as text: UTF-8, else as Shift_JIS or Windows-1252, whichever its bytes look like.
pub fn decode_name(bytes: &[u8]) -> String {
    std::str::from_utf8(bytes).map_or_else(|_| encoding::decode(bytes).0, str::to_owned)
}

/// Returns the JSON Schema of the scenario format.
pub fn scenario_schema() -> serde_json::Value {
    schemars::schema_for!(scenario::Document).to_value()
}

/// Returns the reader for the lines of a scenario's `[[log]]` section, `None` for a format that has no parser yet.
fn log_reader(format: &str) -> Option<Box<dyn Reader>> {
    match format {
        "postfix" => Some(postfix_log::PostfixLog.reader()),
        "exim" => Some(exim_log::EximLog.reader()),
        _ => None,
    }
}

/// Returns whose words a bare reason is, where its wording tells that it is the mail system's own.
///
/// # Source
///
/// `facts/exchange.md` §5: Exchange 2007 and later put the component that refuses in front (`STOREDRV.Deliver`, `RESOLVER.ADR.…`).
fn own_words(text: &str) -> Option<crate::fact::Side> {
    const OWN: &[&str] = &["STOREDRV.", "RESOLVER.", "QUEUE.Expired", "ROUTING.", "SMTPSEND.", "AGENT.", "APPROVAL.", "CAT."];
    (!text.contains("said:") && OWN.iter().any(|tag| text.contains(tag))).then_some(crate::fact::Side::Own)
}

/// Returns the flag that a word stands for: `yes`, `true`, `1`, `on`, and their opposites.
pub fn flag(word: &str) -> Option<bool> {
    match word.trim().to_ascii_lowercase().as_str() {
        "yes" | "true" | "1" | "on" | "enabled" => Some(true),
        "no" | "false" | "0" | "off" | "disabled" => Some(false),
        _ => None,
    }
}
