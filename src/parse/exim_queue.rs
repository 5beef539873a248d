//! Queue listings of Exim (`exim -bp`).

use super::flow::{Queued, hash};
use super::syslog::calendar::number;
use super::{Format, Harvest, Line, Look, Reader, Reason, Sure, Took};
use crate::fact::{Kind, Platform, Source};

/// Queue listings of Exim (`exim -bp`).
pub struct EximQueue;

impl Format for EximQueue {
    fn id(&self) -> &'static str {
        "exim-queue"
    }

    fn begins(&self, look: &Look<'_>) -> Option<Sure> {
        entry(look.first()).map(|_| Sure::Certain)
    }

    fn reader(&self) -> Box<dyn Reader> {
        Box::new(Listing::default())
    }
}

#[derive(Debug)]
struct Entry {
    queue: &'static str,
    message: u64,
    sender: String,
    age: u64,
    recipients: bool,
    source: Source,
}

#[derive(Debug, Default)]
struct Listing {
    entry: Option<Entry>,
    first: Option<Source>,
    broken: bool,
}

impl Reader for Listing {
    fn line(&mut self, line: Line<'_>, into: &mut Harvest) -> Took {
        let text = line.text.trim_end();
        if let Some((age, id, rest)) = entry(text) {
            self.close(into);
            self.first = self.first.or(Some(line.source()));
            let (sender, mark) = rest.strip_prefix('<').and_then(|inner| inner.split_once('>')).unwrap_or((rest, ""));
            self.entry = Some(Entry {
                queue: if mark.contains("*** frozen ***") || rest.ends_with("*** frozen ***") { "hold" } else { "deferred" },
                message: hash(id),
                sender: sender.to_owned(),
                age,
                recipients: false,
                source: line.source(),
            });
            return Took::Record;
        }
        if text.is_empty() {
            self.close(into);
            return Took::Part;
        }
        let Some(entry) = self.entry.as_mut().filter(|_| text.starts_with([' ', '\t'])) else { return Took::No };
        let recipient = text.trim_start();
        // `D` marks those that have their copy; with them alone, the message waits for nobody that could be named.
        if recipient.strip_prefix("D ").is_some() {
            return Took::Part;
        }
        if recipient.starts_with("+D ") {
            entry.recipients = true;
            return Took::Part;
        }
        if recipient.contains(' ') && !recipient.contains('@') {
            self.broken = true;
            return Took::Unread(Reason::new("a line of a queue listing that is no recipient", "キューの一覧にある、受信者ではない行"));
        }
        entry.recipients = true;
        into.flow.queued(&queued(entry, recipient, line.source()));
        Took::Part
    }

    fn end(mut self: Box<Self>, into: &mut Harvest) {
        self.close(into);
        if let Some(source) = self.first {
            into.facts.case.platform.get_or_insert(Platform::Exim);
            if !self.broken {
                into.listed(Kind::Queue, "", source);
            }
        }
    }
}

impl Listing {
    fn close(&mut self, into: &mut Harvest) {
        if let Some(entry) = self.entry.take().filter(|entry| !entry.recipients) {
            into.flow.queued(&queued(&entry, "", entry.source));
        }
    }
}

fn queued<'a>(entry: &'a Entry, recipient: &'a str, source: Source) -> Queued<'a> {
    Queued {
        queue: entry.queue,
        recipient,
        sender: &entry.sender,
        text: "",
        message: entry.message,
        arrival: None,
        age: Some(entry.age),
        source,
    }
}

/// ` 2h  1.2K 1rABcd-0001aB-2X <user@example.com>` → the age in seconds, the id, and the rest; `None` when it is no such line.
fn entry(line: &str) -> Option<(u64, &str, &str)> {
    let (age, rest) = line.trim_start().split_once(' ')?;
    let (size, rest) = rest.trim_start().split_once(' ')?;
    let (id, rest) = rest.trim_start().split_once(' ')?;
    let unit = match age.as_bytes().last()? {
        b's' => 1,
        b'm' => 60,
        b'h' => 3600,
        b'd' => 86_400,
        b'w' => 604_800,
        _ => return None,
    };
    let age = number(age.as_bytes().get(..age.len() - 1)?)?;
    let sized = size.bytes().all(|byte| byte.is_ascii_digit() || b".KMG".contains(&byte));
    let rest = rest.trim();
    (sized && is_id(id) && rest.starts_with('<')).then(|| (u64::try_from(age).unwrap_or(0).saturating_mul(unit), id, rest))
}

/// Returns whether a word is a message id of Exim: groups of 6, 6 and 2 letters and digits, since 4.97 of 6, 11 and 4.
pub fn is_id(word: &str) -> bool {
    let bytes = word.as_bytes();
    let dash = match bytes.len() {
        16 => 13,
        23 => 18,
        _ => return false,
    };
    bytes.iter().enumerate().all(|(at, byte)| if at == 6 || at == dash { *byte == b'-' } else { byte.is_ascii_alphanumeric() })
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

    const LISTING: &str = "
25m  2.9K 0t5C6f-0000c8-AB <alice@wonderland.example>
          red.king@looking-glass.example
          white.king@looking-glass.example

 4d   12K 1rABcd-000000012aB-2Xyz <> *** frozen ***
        D done@a.example
          open@b.example

90m   377 0t5C6g-0000c8-AB <bob@x.example> (bob)
        D done@a.example
";

    #[test]
    fn a_listing_is_read() {
        let into = harvest(LISTING);
        let waiting: Vec<_> =
            into.flow.waiting().iter().map(|w| (w.queue, w.destination.as_str(), w.messages, w.oldest_age, w.sender.as_str())).collect();
        assert_eq!(
            waiting,
            [
                ("deferred", "looking-glass.example", 1, Some(1500), "alice@wonderland.example"),
                ("hold", "b.example", 1, Some(345_600), ""),
                ("deferred", "", 1, Some(5400), "bob@x.example"),
            ]
        );
        assert_eq!((into.facts.case.platform, into.facts.listed.len()), (Some(Platform::Exim), 1));
    }

    #[test]
    fn nothing_breaks_the_reader() {
        for end in 0..LISTING.len() {
            harvest(LISTING.get(..end).unwrap_or_default());
            harvest(LISTING.get(end..).unwrap_or_default());
        }
        let into = harvest("999999999w 1K 0t5C6f-0000c8-AB <x>\n          not a recipient\n");
        assert!(into.facts.listed.is_empty());
        for line in
            ["", " 1m", "1m 1K 0t5C6f-0000c8-AB", "1x 1K 0t5C6f-0000c8-AB <x>", "1m 1K 0t5C6f_0000c8-AB <x>", "m 1K 0t5C6f-0000c8-AB <x>"]
        {
            assert_eq!(entry(line), None, "{line}");
        }
    }
}
