//! The journal of systemd as JSON, one entry a line (`journalctl -o json`).

use super::flow::When;
use super::postfix_log::{Daemons, Said};
use super::{Format, Harvest, Line, Look, Reader, Reason, Sure, Took};
use serde::de::{SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use std::borrow::Cow;
use std::fmt;

/// The journal of systemd as JSON, one entry a line (`journalctl -o json`).
pub struct Journal;

impl Format for Journal {
    fn id(&self) -> &'static str {
        "journal-json"
    }

    fn begins(&self, look: &Look<'_>) -> Option<Sure> {
        let line = look.first().trim_start();
        (line.starts_with('{') && line.contains("\"__REALTIME_TIMESTAMP\"") && line.contains("\"MESSAGE\"")).then_some(Sure::Certain)
    }

    fn reader(&self) -> Box<dyn Reader> {
        Box::new(JournalReader::default())
    }
}

/// What matters of one entry.
///
/// # Source
///
/// `systemd.journal-fields(7)`; `MESSAGE` is an array of bytes where it is no UTF-8 or holds control characters.
#[derive(Debug, Deserialize)]
struct Entry<'a> {
    #[serde(rename = "MESSAGE", borrow, default)]
    message: Text<'a>,
    #[serde(rename = "SYSLOG_IDENTIFIER", borrow, default)]
    identifier: Text<'a>,
    #[serde(rename = "_COMM", borrow, default)]
    command: Text<'a>,
    #[serde(rename = "_HOSTNAME", borrow, default)]
    host: Text<'a>,
    #[serde(rename = "__REALTIME_TIMESTAMP", borrow, default)]
    microseconds: Text<'a>,
}

/// A text that may be written as a string, as bytes or as a number; anything else is empty.
#[derive(Debug, Default)]
struct Text<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Text<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text or bytes")
            }
            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Borrowed(text)))
            }
            fn visit_str<E>(self, text: &str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
            fn visit_u64<E>(self, number: u64) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(number.to_string())))
            }
            fn visit_unit<E>(self) -> Result<Text<'de>, E> {
                Ok(Text::default())
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Text<'de>, A::Error> {
                let mut bytes = Vec::new();
                // A field that an entry has several times is an array of texts: the first one counts.
                while let Some(item) = seq.next_element::<serde_json::Value>()? {
                    match item {
                        serde_json::Value::String(text) if bytes.is_empty() => bytes = text.into_bytes(),
                        serde_json::Value::Number(number) => bytes.extend(number.as_u64().and_then(|byte| u8::try_from(byte).ok())),
                        _ => {}
                    }
                }
                Ok(Text(Cow::Owned(String::from_utf8_lossy(&bytes).into_owned())))
            }
        }
        deserializer.deserialize_any(Any)
    }
}

#[derive(Debug, Default)]
struct JournalReader {
    daemons: Daemons,
}

impl Reader for JournalReader {
    fn line(&mut self, line: Line<'_>, into: &mut Harvest) -> Took {
        let text = line.text.trim();
        if !text.starts_with('{') {
            return if text.is_empty() { Took::Part } else { Took::No };
        }
        let Ok(entry) = serde_json::from_str::<Entry<'_>>(text) else {
            return Took::Unread(if line.cut {
                Reason::new("a journal entry of more than 64 KiB", "64 KiB を超えるジャーナルの項目")
            } else {
                Reason::new("no valid JSON of a journal entry", "ジャーナルの項目として有効な JSON ではありません")
            });
        };
        let named = if entry.identifier.0.is_empty() { &entry.command.0 } else { &entry.identifier.0 };
        let message = entry.message.0.trim_end();
        let said = Said {
            at: entry.microseconds.0.parse().ok().map(|micros: i64| When { seconds: micros.div_euclid(1_000_000), yearless: false }),
            host: &entry.host.0,
            program: if named.is_empty() { "unknown" } else { named },
            // Facts hold lines: what follows in a message of several lines is of its own kind (a traceback).
            text: message.lines().next().unwrap_or_default(),
            source: line.source(),
        };
        self.daemons.entry(said, into)
    }

    fn end(self: Box<Self>, into: &mut Harvest) {
        self.daemons.end(into);
    }
}

#[cfg(test)]
mod tests {
    use super::super::read;
    use super::*;
    use crate::evidence::Item;
    use crate::fact::{Platform, Timestamp};

    fn harvest(text: &str) -> Harvest {
        let mut into = Harvest::default();
        let file = into.add_file("j");
        read(&Item { name: "j".into(), path: "j".into(), size: 0 }, file, text.as_bytes(), &mut into).unwrap();
        into
    }

    fn entry(message: &str) -> String {
        format!(
            r#"{{"__REALTIME_TIMESTAMP":"1795506119123456","_HOSTNAME":"mx","_PID":"12","SYSLOG_IDENTIFIER":"postfix/smtp","MESSAGE":{message}}}"#
        )
    }

    #[test]
    fn messages_are_read_as_the_mail_log_is() {
        let text = "4AB0C1DEF2: to=<a@b.example>, relay=none, delay=1, delays=0/0/0/1, dsn=4.4.3, status=deferred (no \\u00fc)";
        let bytes: Vec<String> = b"warning: \xff strange".iter().map(u8::to_string).collect();
        let log =
            [entry(&format!("\"{text}\"")), entry(&format!("[{}]", bytes.join(","))), entry("null"), "{\"MESSAGE\":".into()].join("\n");
        let into = harvest(&log);
        assert_eq!(into.flow.outcomes()[0].text, "no ü");
        assert_eq!(into.flow.outcomes()[0].times.map(|times| times.0.seconds), Some(1_795_506_119));
        let fact = into.facts.logs.iter().next().unwrap();
        assert_eq!((fact.what.text.as_str(), fact.at), ("warning: \u{fffd} strange", Some(Timestamp(1_795_506_119))));
        assert_eq!(into.facts.case.platform, Some(Platform::Postfix));
        assert_eq!(into.observed, [Timestamp(1_795_506_119)]);
        assert_eq!(into.reports[0].unread.iter().map(|unread| unread.count).sum::<u64>(), 2);
    }

    #[test]
    fn nothing_breaks_the_reader() {
        let whole = entry("\"x\"");
        for end in 0..whole.len() {
            harvest(&format!("{whole}\n{}", whole.get(..end).unwrap_or_default()));
        }
        harvest(&entry("[256, -1, {}, [], \"x\", 1.5]"));
        harvest(&entry("{\"a\": 1}"));
        harvest(&entry("true").replace("1795506119123456", "99999999999999999999"));
    }
}
