//! Queue listings of Postfix for people (`postqueue -p`, `mailq`).

use super::flow::{Queued, When, hash};
use super::postqueue_json::sender;
use super::syslog::Clock;
use super::{Format, Harvest, Line, Look, Reader, Reason, Sure, Took};
use crate::fact::{Kind, Platform, Source};
use crate::knowledge::Text;

/// Queue listings of Postfix for people (`postqueue -p`, `mailq`).
pub struct PostqueueText;

impl Format for PostqueueText {
    fn id(&self) -> &'static str {
        "postqueue-text"
    }

    fn begins(&self, look: &Look<'_>) -> Option<Sure> {
        let first = look.first().trim_end();
        let title = is_title(first) || first.starts_with(WARNING) && look.lines.iter().any(|line| is_title(line));
        (title || first == EMPTY).then_some(Sure::Certain)
    }

    fn reader(&self) -> Box<dyn Reader> {
        Box::new(Listing::default())
    }
}

const EMPTY: &str = "Mail queue is empty";
const WARNING: &str = "postqueue: warning: ";

fn is_title(line: &str) -> bool {
    line.starts_with('-') && line.contains("Queue ID-") && line.contains("-Sender/Recipient-")
}

/// The message whose lines are being read.
#[derive(Debug)]
struct Entry {
    queue: Option<&'static str>,
    message: u64,
    sender: String,
    arrival: Option<When>,
    reason: String,
    /// How many parentheses of the reason are open while it goes on in the next line.
    open: Option<i64>,
    recipients: bool,
}

#[derive(Debug, Default)]
struct Listing {
    entry: Option<Entry>,
    messages: u64,
    first: Option<Source>,
    /// Whether the trailer, or the word that there is nothing, was read.
    ended: bool,
}

impl Reader for Listing {
    fn line(&mut self, line: Line<'_>, into: &mut Harvest) -> Took {
        let text = line.text.trim_end();
        if text.is_empty() {
            return self.close(line, into).unwrap_or(Took::Part);
        }
        if self.ended {
            return Took::No;
        }
        if self.first.is_none() {
            if text.starts_with(WARNING) {
                into.warn(Text::new(text, text), line.source());
                return Took::Part;
            }
            if !is_title(text) && text != EMPTY {
                return Took::No;
            }
            self.first = Some(line.source());
            self.ended = text == EMPTY;
            return Took::Part;
        }
        if let Some(trailer) = text.strip_prefix("-- ") {
            self.close(line, into);
            return self.trailer(trailer, line, into);
        }
        if let Some(entry) = entry(text, &mut into.clock) {
            self.close(line, into);
            self.messages += 1;
            self.entry = Some(entry);
            return Took::Record;
        }
        let Some(entry) = &mut self.entry else {
            return if text.starts_with([' ', '\t', '(']) {
                Took::Unread(Reason::new(
                    "a line of a queue listing that belongs to no message",
                    "キューの一覧にある、どのメッセージにも属さない行",
                ))
            } else {
                Took::No
            };
        };
        let inner = text.trim_start();
        if entry.goes_on(inner) {
            return Took::Part;
        }
        if !text.starts_with([' ', '\t']) && inner.contains(' ') {
            return Took::No;
        }
        entry.recipients = true;
        into.flow.queued(&entry.queued(inner, line.source()));
        Took::Part
    }

    fn end(self: Box<Self>, into: &mut Harvest) {
        if let Some(source) = self.first {
            into.facts.case.platform.get_or_insert(Platform::Postfix);
            if self.ended {
                into.listed(Kind::Queue, "", source);
            }
        }
    }
}

impl Listing {
    /// Ends a message; one without recipients counts too.
    fn close(&mut self, line: Line<'_>, into: &mut Harvest) -> Option<Took> {
        let entry = self.entry.take()?;
        if !entry.recipients {
            into.flow.queued(&entry.queued("", line.source()));
        }
        None
    }

    /// Checks `N Kbytes in M Requests.` against what was read.
    fn trailer(&mut self, text: &str, line: Line<'_>, into: &mut Harvest) -> Took {
        let count = text.split_once(" in ").and_then(|(_, rest)| rest.split(' ').next()).and_then(|count| count.parse::<u64>().ok());
        let Some(count) = count.filter(|_| text.contains("Request")) else {
            return Took::Unread(Reason::new("the end of a queue listing without a count", "件数のない、キューの一覧の末尾"));
        };
        self.ended = count == self.messages;
        if !self.ended {
            let read = self.messages;
            into.warn(
                Text::new(
                    format!("this queue listing should hold {count} messages, and {read} were read: part of it is missing"),
                    format!(
                        "このキューの一覧には {count} 通のメッセージがあるはずですが、読み取れたのは {read} 通です。一部が欠けています"
                    ),
                ),
                line.source(),
            );
        }
        Took::Part
    }
}

impl Entry {
    /// Takes a line that belongs to the reason; says whether it does.
    fn goes_on(&mut self, text: &str) -> bool {
        let depth = match self.open {
            // A lone address ends a reason whose parentheses do not match: what remote hosts say holds any of them.
            Some(_) if self.reason.ends_with(')') && text.contains('@') && !text.contains([' ', '(', ')']) => {
                self.open = None;
                return false;
            }
            Some(depth) => {
                self.reason.push(' ');
                depth
            }
            None if text.starts_with('(') => {
                self.reason.clear();
                0
            }
            None => return false,
        };
        self.reason.push_str(text);
        let depth = text.bytes().fold(depth, |depth, byte| depth + i64::from(byte == b'(') - i64::from(byte == b')'));
        self.open = (depth > 0 || !text.ends_with(')')).then_some(depth);
        // Nobody writes a reason of that length: whatever follows is something else.
        if self.reason.len() > 4096 {
            self.open = None;
        }
        true
    }

    fn queued<'a>(&'a self, recipient: &'a str, source: Source) -> Queued<'a> {
        let reason = self.reason.strip_prefix('(').unwrap_or(&self.reason);
        let reason = reason.strip_suffix(')').unwrap_or(reason);
        Queued {
            // The listing marks only active and held messages. Of the others, those with a reason were tried and deferred.
            queue: self.queue.unwrap_or(if reason.is_empty() { "incoming" } else { "deferred" }),
            recipient,
            sender: sender(&self.sender),
            text: reason,
            message: self.message,
            arrival: self.arrival,
            age: None,
            source,
        }
    }
}

/// `9319095A299*     377 Tue Nov 24 08:45:48  eve@sender.example`
fn entry(line: &str, clock: &mut Clock) -> Option<Entry> {
    let mut words = line.split_ascii_whitespace();
    let id = words.next().filter(|_| line.starts_with(|first: char| first.is_ascii_alphanumeric()))?;
    let bare = id.trim_end_matches(['*', '!', '#']);
    if bare.len() < 5 || bare.len() > 32 || !bare.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return None;
    }
    words.next()?.parse::<u64>().ok()?;
    let (_, month, day, time) = (words.next()?, words.next()?, words.next()?, words.next()?);
    let arrival = clock.unordered(month, day, time)?;
    let behind = line.find(time).and_then(|at| line.get(at + time.len()..)).unwrap_or_default();
    Some(Entry {
        queue: if id.contains('*') { Some("active") } else { id.contains('!').then_some("hold") },
        message: hash(bare),
        sender: behind.trim().to_owned(),
        arrival: Some(arrival),
        reason: String::new(),
        open: None,
        recipients: false,
    })
}

#[cfg(test)]
mod tests {
    use super::super::read;
    use super::*;
    use crate::evidence::Item;

    fn harvest(text: &str) -> Harvest {
        let mut into = Harvest::default();
        let file = into.add_file("q");
        read(&Item { name: "q".into(), path: "q".into(), size: 0 }, file, text.as_bytes(), &mut into).unwrap();
        into
    }

    const LISTING: &str = "\
-Queue ID-  --Size-- ----Arrival Time---- -Sender/Recipient-------
9319095A299*    377 Tue Nov 24 08:45:48  eve@sender.example
                                         bob@lab.example

3xWyLP6Nmfz23fk!   1302 Mon Nov  2 08:45:48  MAILER-DAEMON
(host mx.x.example[192.0.2.1] said: 452 4.2.2 Full (no :-( really
 (in reply to RCPT TO command))
                                         a@x.example
                                         b@x.example
        (connect to mx.y.example[192.0.2.2]:25: Connection refused)
                                         c@y.example

A73C795A2A6     302 Tue Nov 24 08:45:48  alice@lab.example
                                         local
";

    #[test]
    fn a_listing_is_read() {
        let into = harvest(&format!("{LISTING}\n-- 2 Kbytes in 3 Requests.\n"));
        let waiting: Vec<_> = into.flow.waiting().iter().map(|w| (w.queue, w.destination.as_str(), w.messages, w.text.as_str())).collect();
        let full = "host mx.x.example[192.0.2.1] said: 452 4.2.2 Full (no :-( really (in reply to RCPT TO command)";
        assert_eq!(
            waiting,
            [
                ("active", "lab.example", 1, ""),
                ("hold", "x.example", 1, full),
                ("hold", "y.example", 1, "connect to mx.y.example[192.0.2.2]:25: Connection refused"),
                ("incoming", "local", 1, ""),
            ]
        );
        assert_eq!(into.flow.waiting()[1].sender, "");
        assert!(into.flow.waiting()[1].oldest.is_some_and(|oldest| oldest.yearless));
        assert_eq!((into.facts.listed.len(), into.warnings.len(), into.reports[0].unread.len()), (1, 0, 0));
    }

    #[test]
    fn only_a_whole_listing_is_complete() {
        let cut = harvest(LISTING);
        assert!(cut.facts.listed.is_empty() && cut.warnings.is_empty());
        let short = harvest(&format!("{LISTING}\n-- 2 Kbytes in 30 Requests.\n"));
        assert!(short.facts.listed.is_empty());
        assert_eq!(short.warnings.len(), 1);
        let empty = harvest("Mail queue is empty\n");
        assert_eq!((empty.facts.listed.len(), empty.flow.waiting().len()), (1, 0));
    }

    #[test]
    fn the_same_message_in_both_listings_counts_once() {
        let mut into = Harvest::default();
        let json = r#"{"queue_name": "deferred", "queue_id": "A73C795A2A6", "sender": "x", "recipients": [{"address": "local"}]}"#;
        for text in [json, LISTING] {
            let file = into.add_file("q");
            read(&Item { name: "q".into(), path: "q".into(), size: 0 }, file, text.as_bytes(), &mut into).unwrap();
        }
        assert_eq!(into.flow.waiting().iter().map(|waiting| waiting.messages).sum::<u64>(), 4);
    }

    #[test]
    fn nothing_breaks_the_reader() {
        for end in 0..LISTING.len() {
            harvest(LISTING.get(..end).unwrap_or_default());
            harvest(&format!("-Queue ID- -Sender/Recipient-\n{}", LISTING.get(end..).unwrap_or_default()));
        }
        let into =
            harvest("-Queue ID- -Sender/Recipient-\n((((\n9319095A299 99999999999999999999999 Tue Nov 24 08:45:48 x\n-- in Requests.\n");
        assert!(into.reports[0].unread.iter().map(|unread| unread.count).sum::<u64>() >= 3);
    }
}
