//! Non-delivery reports: RFC 3464, and the texts of Postfix, Exim, Exchange, sendmail, qmail and others; alone, in an mbox, or pasted.

mod message;
mod notification;
mod report;
mod text;
mod words;

use super::host_state::command;
use super::{Format, Harvest, Line, Look, Reader, Sure, Took};
use crate::fact::{Facts, Known, Ndr, Place, Source, Timestamp};

/// Non-delivery reports.
pub struct Bounce;

/// How much of one message is read, in bytes.
const MOST: usize = 4 << 20;
/// How many recipients of one message become facts.
const MOST_RECIPIENTS: usize = 1_000;
/// How much of a reason is kept, in bytes.
const MOST_TEXT: usize = 4_000;

impl Format for Bounce {
    fn id(&self) -> &'static str {
        "bounce"
    }

    fn begins(&self, look: &Look<'_>) -> Option<Sure> {
        let first = look.first();
        if is_separator(first) && look.lines.get(1).is_some_and(|line| is_header(line)) {
            return Some(Sure::Certain);
        }
        if begins_message(&look.lines) {
            return Some(Sure::Likely);
        }
        if first.trim_start().starts_with('{') && look.lines.iter().take(24).any(|line| notification::is_key(line)) {
            return Some(Sure::Likely);
        }
        if words::OPENINGS.iter().any(|opening| first.trim_start_matches(['*', ' ', '\t', '>', '-']).starts_with(opening)) {
            return Some(Sure::Likely);
        }
        let status = ["Reporting-MTA:", "Final-Recipient:", "Original-Recipient:"];
        status.iter().any(|field| first.starts_with(field)).then_some(Sure::Likely)
    }

    fn reader(&self) -> Box<dyn Reader> {
        Box::new(Piece::default())
    }
}

/// The line that separates messages of an mbox: `From bob@example.net Mon Jan  5 10:00:00 2026`.
fn is_separator(line: &str) -> bool {
    const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    line.strip_prefix("From ").is_some_and(|rest| rest.split_whitespace().skip(1).take(2).any(|word| DAYS.contains(&word)))
}

/// Returns whether a line has the shape of a header of a message.
fn is_header(line: &str) -> bool {
    line.split_once(':').is_some_and(|(name, _)| {
        (2..=60).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
    })
}

/// Headers of which every message has some.
const HEADERS: &[&str] = &[
    "received",
    "return-path",
    "from",
    "to",
    "subject",
    "date",
    "message-id",
    "mime-version",
    "content-type",
    "delivered-to",
    "envelope-to",
    "x-original-to",
    "auto-submitted",
    "x-failed-recipients",
    "x-received",
    "delivery-date",
    "dkim-signature",
    "arc-seal",
    "authentication-results",
    "received-spf",
    "content-transfer-encoding",
    "reply-to",
    "sender",
    "cc",
    "x-apparently-to",
    "precedence",
    "in-reply-to",
    "references",
];

/// Returns whether the headers of a message begin here.
fn begins_message(lines: &[&str]) -> bool {
    let mut known: Vec<String> = Vec::new();
    for (position, line) in lines.iter().enumerate() {
        if line.trim().is_empty() {
            break;
        }
        if position > 0 && line.starts_with([' ', '\t']) {
            continue;
        }
        if !is_header(line) {
            return false;
        }
        let name = line.split(':').next().unwrap_or_default().to_ascii_lowercase();
        if (HEADERS.contains(&name.as_str())) && !known.contains(&name) {
            known.push(name);
        }
    }
    known.len() >= 3 || (known.len() == 2 && known.iter().any(|name| name == "subject" || name == "received" || name == "return-path"))
}

/// Returns whether a line of a ticket is not of a report that was pasted into it: a log's, or the head of a command's output.
fn is_foreign(line: &str) -> bool {
    let starts =
        ["; <<>> DiG", ";; ", "=== Connecting", "-Queue ID-", "Filesystem ", "Netid ", "State ", "nameserver ", "CONNECTED(", "Trying "];
    let bytes = line.as_bytes();
    let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    // `Nov 24 08:42:01 host …`, `2026-11-24T08:42:01 …`
    let syslog = bytes.get(9) == Some(&b':')
        && bytes.get(12) == Some(&b':')
        && digit(8)
        && digit(10)
        && bytes.first().is_some_and(u8::is_ascii_uppercase);
    let iso = bytes.get(4) == Some(&b'-') && bytes.get(7) == Some(&b'-') && bytes.get(13) == Some(&b':') && digit(0) && digit(3);
    syslog || iso || starts.iter().any(|start| line.starts_with(start))
}

/// What a piece is.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Shape {
    /// A message with its headers.
    Message,
    /// The text of a report without headers.
    Pasted,
    /// Notifications in JSON.
    Json,
}

#[derive(Default)]
struct Piece {
    shape: Option<Shape>,
    /// The bytes as they stand: a mail says in its headers which encoding they are in.
    content: Vec<u8>,
    lines: Option<(crate::fact::FileId, u64, u64)>,
    /// Whether the line before was empty, as before a separator.
    blank: bool,
}

impl Reader for Piece {
    fn line(&mut self, line: Line<'_>, into: &mut Harvest) -> Took {
        let text = line.text;
        if is_separator(text) && (self.shape.is_none() || self.blank) {
            self.flush(into);
            self.shape = Some(Shape::Message);
            self.blank = false;
            return Took::Part;
        }
        let shape = *self.shape.get_or_insert_with(|| {
            if text.trim_start().starts_with('{') {
                Shape::Json
            } else if is_header(text) && !text.starts_with("Reporting-MTA:") && !text.contains("-Recipient:") {
                Shape::Message
            } else {
                Shape::Pasted
            }
        });
        if shape != Shape::Message && (command(text).is_some() || is_foreign(text)) {
            return Took::No;
        }
        self.blank = text.is_empty();
        let (file, first, _) = self.lines.unwrap_or((line.file, line.number, line.number));
        self.lines = Some((file, first, line.number));
        if self.content.len() + line.raw.len() < MOST {
            self.content.extend_from_slice(line.raw);
            self.content.push(b'\n');
        }
        Took::Part
    }

    fn end(mut self: Box<Self>, into: &mut Harvest) {
        self.flush(into);
    }
}

impl Piece {
    /// Reads the message that was collected.
    fn flush(&mut self, into: &mut Harvest) {
        let content = std::mem::take(&mut self.content);
        let Some((file, first, last)) = self.lines.take() else { return };
        let source = Source { file, place: Place::Lines(first, last) };
        let report = match self.shape.take() {
            Some(Shape::Message) => message::read(&content),
            Some(Shape::Json) => notification::read(&String::from_utf8_lossy(&content)),
            Some(Shape::Pasted) => Some(message::pasted(&String::from_utf8_lossy(&content))),
            None => None,
        };
        let Some(report) = report.filter(|report| !report.failures.is_empty()) else { return };
        if let Some(counts) = into.reports.last_mut() {
            counts.records += 1;
        }
        into.observed.extend(report.at);
        for failure in report.failures.into_iter().take(MOST_RECIPIENTS) {
            into.add(|facts: &mut Facts| &mut facts.ndrs, failure.fact(), report.at, source);
        }
    }
}

/// What one message reports.
#[derive(Debug, Default)]
struct Report {
    at: Option<Timestamp>,
    failures: Vec<Failure>,
}

/// What is reported of one recipient.
#[derive(Debug, Clone, Default, PartialEq)]
struct Failure {
    recipient: Option<String>,
    code: Option<String>,
    reply: Option<u16>,
    text: String,
    host: Option<String>,
    delayed: bool,
    side: Option<crate::fact::Side>,
}

impl Failure {
    fn fact(self) -> Ndr {
        let known = |value: Option<String>| value.map_or_else(Known::default, Known::Value);
        let side = self.side.unwrap_or(crate::fact::Side::Unknown);
        Ndr {
            recipient: known(self.recipient),
            code: known(self.code),
            reply: self.reply.map_or_else(Known::default, Known::Value),
            text: if self.text.is_empty() { Known::default() } else { Known::Value(shortened(self.text)) },
            host: known(self.host),
            action: if self.delayed { "delayed" } else { "failed" }.into(),
            side: side.id().to_owned(),
        }
    }
}

/// Cuts a text to [`MOST_TEXT`] bytes at the end of a letter.
fn shortened(mut text: String) -> String {
    if text.len() > MOST_TEXT {
        let end = (0..=MOST_TEXT).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
        text.truncate(end);
    }
    text
}

#[cfg(test)]
mod tests;
