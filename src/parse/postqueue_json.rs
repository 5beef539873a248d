//! Queue listings of Postfix, one JSON object a line (`postqueue -j`).

use super::flow::{Queued, When, hash};
use super::{Format, Harvest, Line, Look, Reader, Reason, Sure, Took};
use crate::fact::{Kind, Platform, Source};
use serde::Deserialize;
use std::borrow::Cow;

/// Queue listings of Postfix, one JSON object a line (`postqueue -j`).
pub struct PostqueueJson;

impl Format for PostqueueJson {
    fn id(&self) -> &'static str {
        "postqueue-json"
    }

    fn begins(&self, look: &Look<'_>) -> Option<Sure> {
        let line = look.first().trim_start();
        (line.starts_with('{') && line.contains("\"queue_name\"")).then_some(Sure::Certain)
    }

    fn reader(&self) -> Box<dyn Reader> {
        Box::new(Listing::default())
    }
}

/// One message of the listing.
///
/// # Source
///
/// `postqueue(1)`, JSON OBJECT FORMAT.
#[derive(Debug, Deserialize)]
struct Message<'a> {
    #[serde(borrow)]
    queue_name: Cow<'a, str>,
    #[serde(borrow)]
    queue_id: Cow<'a, str>,
    #[serde(default)]
    arrival_time: Option<i64>,
    #[serde(borrow, default)]
    sender: Cow<'a, str>,
    #[serde(borrow, default)]
    recipients: Vec<Recipient<'a>>,
}

#[derive(Debug, Deserialize)]
struct Recipient<'a> {
    #[serde(borrow, default)]
    address: Cow<'a, str>,
    #[serde(borrow, default)]
    delay_reason: Cow<'a, str>,
}

#[derive(Debug, Default)]
struct Listing {
    first: Option<Source>,
    broken: bool,
}

impl Reader for Listing {
    fn line(&mut self, line: Line<'_>, into: &mut Harvest) -> Took {
        let text = line.text.trim();
        if !text.starts_with('{') {
            return if text.is_empty() { Took::Part } else { Took::No };
        }
        self.first = self.first.or(Some(line.source()));
        let Ok(message) = serde_json::from_str::<Message<'_>>(text) else {
            self.broken = true;
            return Took::Unread(if line.cut {
                Reason::new("a queue entry of more than 64 KiB", "64 KiB を超えるキューの項目")
            } else {
                Reason::new("no valid JSON of a queue entry", "キューの項目として有効な JSON ではありません")
            });
        };
        let Some(queue) = queue_name(&message.queue_name) else {
            self.broken = true;
            return Took::Unread(Reason::new("a queue of an unknown name", "名前が不明なキュー"));
        };
        let nobody = [Recipient { address: Cow::Borrowed(""), delay_reason: Cow::Borrowed("") }];
        let recipients = if message.recipients.is_empty() { &nobody[..] } else { &message.recipients };
        for recipient in recipients {
            into.flow.queued(&Queued {
                queue,
                recipient: &recipient.address,
                sender: sender(&message.sender),
                text: &recipient.delay_reason,
                message: hash(message.queue_id.as_ref()),
                arrival: message.arrival_time.map(|seconds| When { seconds, yearless: false }),
                age: None,
                source: line.source(),
            });
        }
        Took::Record
    }

    fn end(self: Box<Self>, into: &mut Harvest) {
        if let Some(source) = self.first {
            into.facts.case.platform.get_or_insert(Platform::Postfix);
            if !self.broken {
                into.listed(Kind::Queue, "", source);
            }
        }
    }
}

/// Returns the queue that a name of Postfix means.
pub fn queue_name(name: &str) -> Option<&'static str> {
    ["active", "deferred", "incoming", "hold", "maildrop", "corrupt"].into_iter().find(|known| *known == name)
}

/// Listings write `MAILER-DAEMON` for the empty sender of a bounce.
pub fn sender(name: &str) -> &str {
    if name == "MAILER-DAEMON" { "" } else { name }
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

    const ONE: &str = r#"{"queue_name": "deferred", "queue_id": "4AB", "arrival_time": 1795509948, "message_size": 1, "forced_expire": false, "sender": "MAILER-DAEMON", "recipients": [{"address": "a@x.example", "delay_reason": "said \"no\" \u00fc"}, {"address": "b@x.example", "delay_reason": "said \"no\" \u00fc"}, {"address": "c@y.example"}], "new": {"a": [1]}}"#;

    #[test]
    fn each_recipient_waits_and_each_message_counts_once() {
        let into = harvest(&format!("{ONE}\n{ONE}\n"));
        let waiting: Vec<_> =
            into.flow.waiting().iter().map(|w| (w.destination.as_str(), w.messages, w.text.as_str(), w.sender.as_str())).collect();
        assert_eq!(waiting, [("x.example", 1, "said \"no\" ü", ""), ("y.example", 1, "", "")]);
        assert_eq!(into.flow.waiting()[0].oldest, Some(When { seconds: 1_795_509_948, yearless: false }));
        assert_eq!(into.facts.listed.len(), 1);
        assert_eq!(into.facts.case.platform, Some(Platform::Postfix));
    }

    #[test]
    fn a_broken_listing_is_not_complete() {
        let cut = ONE.get(..60).unwrap();
        let strange = ONE.replace("deferred", "limbo");
        let huge = ONE.replace("1795509948", "99999999999999999999999");
        for broken in [cut, strange.as_str(), huge.as_str(), "{}", "{\"queue_name\"", "{{{{"] {
            let into = harvest(&format!("{ONE}\n{broken}\n"));
            assert!(into.facts.listed.is_empty(), "{broken}");
            assert_eq!(into.reports[0].unread.len(), 1, "{broken}");
            assert_eq!(into.flow.waiting().len(), 2);
        }
        for end in 0..ONE.len() {
            harvest(ONE.get(..end).unwrap_or_default());
        }
    }
}
