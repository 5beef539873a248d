//! What the daemons of Postfix and their neighbours say, line by line, wherever it was logged.

use super::{delivery, door, is_postfix, routine};
use crate::fact::{Platform, Side, Source, Stage, Timestamp};
use crate::parse::flow::{Attempt, ByHash, When, hash};
use crate::parse::syslog::said;
use crate::parse::{Harvest, Reason, Took};

/// How many messages are followed whose sender is known.
const MOST_SENDERS: usize = 200_000;

/// One line, with its header taken apart.
#[derive(Debug, Clone, Copy)]
pub struct Said<'a> {
    /// When it was said.
    pub at: Option<When>,
    /// The host, empty when unknown.
    pub host: &'a str,
    /// The program, `postfix/smtpd`.
    pub program: &'a str,
    /// The text.
    pub text: &'a str,
    /// Where it stands.
    pub source: Source,
}

/// A line of Postfix, with the message that it is about.
#[derive(Debug, Clone, Copy)]
pub struct Spoken<'a> {
    /// When it was said.
    pub at: Option<When>,
    /// The daemon, `smtpd`.
    pub daemon: &'a str,
    /// The message by the hash of its queue id, 0 when there is none.
    pub message: u64,
    /// The text behind the queue id.
    pub text: &'a str,
    /// Where it stands.
    pub source: Source,
}

/// Follows the messages of one log.
#[derive(Debug, Default)]
pub struct Daemons {
    senders: ByHash<Box<str>>,
    said: said::Said,
    host: String,
    hosts_differ: bool,
    postfix: bool,
    newest: Option<Timestamp>,
}

impl Daemons {
    /// Takes one line.
    pub fn entry(&mut self, line: Said<'_>, into: &mut Harvest) -> Took {
        if let Some(at) = line.at.filter(|at| !at.yearless) {
            self.newest = self.newest.max(Some(Timestamp(at.seconds)));
        }
        if !self.hosts_differ && self.host != line.host {
            self.hosts_differ = !self.host.is_empty();
            self.host = line.host.to_owned();
        }
        if line.text.is_empty() {
            return Took::Unread(Reason::new("a log line without a text", "本文のないログの行"));
        }
        if !is_postfix(line.program) {
            if routine::of_others(line.program, line.text) {
                return Took::Part;
            }
            self.said.line(line.program, line.text, line.at, line.source);
            return Took::Record;
        }
        self.postfix = true;
        let (id, text) = queue_id(line.text);
        let daemon = line.program.rsplit('/').next().unwrap_or_default();
        let spoken = Spoken { at: line.at, daemon, message: if id.is_empty() { 0 } else { hash(id) }, text, source: line.source };
        if let Some(took) = self.message(&spoken, into) {
            return took;
        }
        if routine::of_postfix(text) {
            return Took::Part;
        }
        self.said.line(line.program, text, line.at, line.source);
        Took::Record
    }

    /// Takes a line that is about a message; `None` when it is not.
    fn message(&mut self, spoken: &Spoken<'_>, into: &mut Harvest) -> Option<Took> {
        match spoken.daemon {
            "qmgr" | "nqmgr" if spoken.message != 0 && !spoken.text.starts_with("to=<") => return self.queue_manager(spoken, into),
            "smtpd" | "postscreen" | "cleanup" | "qmqpd" => {
                if spoken.message != 0 && spoken.daemon != "cleanup" && spoken.text.starts_with("client=") {
                    into.flow.attempt(&accepted(spoken, None));
                    return Some(Took::Record);
                }
                return door::refusal(spoken).map(|attempt| {
                    into.flow.attempt(&attempt);
                    Took::Record
                });
            }
            "pickup" if spoken.message != 0 => {
                let rest = spoken.text.strip_prefix("uid=")?;
                let (_, sender) = rest.split_once(" from=<")?;
                let sender = sender.strip_suffix('>').unwrap_or(sender);
                into.flow.attempt(&accepted(spoken, Some(sender)));
                return Some(Took::Record);
            }
            _ => {}
        }
        if spoken.message == 0 || !delivery::is_delivery(spoken.text) {
            return None;
        }
        let sender = self.senders.get(&spoken.message).map(AsRef::as_ref);
        let mut hop = String::new();
        Some(match delivery::parse(spoken, sender, &mut hop) {
            Ok(Some(attempt)) => {
                into.flow.attempt(&attempt);
                Took::Record
            }
            Ok(None) => Took::Part,
            Err(reason) => Took::Unread(reason),
        })
    }

    fn queue_manager(&mut self, spoken: &Spoken<'_>, into: &mut Harvest) -> Option<Took> {
        if spoken.text == "removed" {
            self.senders.remove(&spoken.message);
            into.flow.gone(spoken.message);
            return Some(Took::Part);
        }
        let rest = spoken.text.strip_prefix("from=<")?;
        if let Some(end) = memchr::memmem::rfind(rest.as_bytes(), b">, size=") {
            if self.senders.len() >= MOST_SENDERS {
                self.senders.clear();
            }
            let sender = rest.get(..end)?;
            if self.senders.get(&spoken.message).is_none_or(|known| **known != *sender) {
                self.senders.insert(spoken.message, sender.into());
            }
            return Some(Took::Part);
        }
        let (sender, text) = rest.split_once(">, status=")?;
        if !text.contains("expired") {
            return None;
        }
        // The line names no recipient: it is about those for which the latest attempt failed.
        let last = into.flow.under_way(spoken.message).filter(|last| last.stage != Some(Stage::Submission));
        let last = last.map(|last| (last.stage, last.transport.clone(), last.recipient.clone(), last.next_hop.clone()));
        let (stage, transport, recipient, next_hop) = last.unwrap_or_default();
        into.flow.attempt(&Attempt {
            stage,
            transport: if transport.is_empty() { spoken.daemon } else { &transport },
            recipient: &recipient,
            sender: Some(sender.trim_end_matches('>')),
            next_hop: &next_hop,
            status: "expired",
            code: "",
            reply: None,
            text,
            side: Side::Own,
            message: spoken.message,
            at: spoken.at,
            source: spoken.source,
        });
        Some(Took::Record)
    }

    /// Ends the log: what was folded becomes facts.
    pub fn end(self, into: &mut Harvest) {
        into.observed.extend(self.newest);
        if self.postfix && into.facts.case.platform.is_none() {
            into.facts.case.platform = Some(Platform::Postfix);
        }
        if self.postfix && !self.hosts_differ && !self.host.is_empty() && self.host != "localhost" && into.facts.case.server.is_none() {
            into.facts.case.server = Some(self.host);
        }
        self.said.settle(into);
    }
}

/// A message that came in, through the network or from a program of this host.
fn accepted<'a>(spoken: &Spoken<'a>, sender: Option<&'a str>) -> Attempt<'a> {
    Attempt {
        stage: Some(Stage::Submission),
        transport: spoken.daemon,
        recipient: "",
        sender,
        next_hop: "",
        status: "sent",
        code: "",
        reply: None,
        text: "",
        side: Side::Own,
        message: spoken.message,
        at: spoken.at,
        source: spoken.source,
    }
}

/// Splits the queue id off: letters and digits, at least one digit or nothing but capitals that are hexadecimal digits (short ids), and a
/// colon. `NOQUEUE` is left where it is.
fn queue_id(text: &str) -> (&str, &str) {
    let bytes = text.as_bytes();
    let Some(end) = bytes.iter().take(26).position(|byte| !byte.is_ascii_alphanumeric()) else { return ("", text) };
    if end < 5 || bytes.get(end) != Some(&b':') || bytes.get(end + 1).is_some_and(|next| *next != b' ') {
        return ("", text);
    }
    let id = text.get(..end).unwrap_or_default();
    let plausible = id.bytes().any(|byte| byte.is_ascii_digit()) || id.bytes().all(|byte| matches!(byte, b'A'..=b'F'));
    if plausible { (id, text.get(end + 2..).unwrap_or_default()) } else { ("", text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queue_ids_are_told_from_words() {
        let cases = [
            ("4AB0C1DEF2: x", "4AB0C1DEF2", "x"),
            ("3xWyLP6Nmfz23fk: removed", "3xWyLP6Nmfz23fk", "removed"),
            ("FACEDBEEF: x", "FACEDBEEF", "x"),
            ("warning: x", "", "warning: x"),
            ("NOQUEUE: reject", "", "NOQUEUE: reject"),
            ("statistics: max", "", "statistics: max"),
            ("4AB0C1DEF2", "", "4AB0C1DEF2"),
            ("4AB0C1DEF2:", "4AB0C1DEF2", ""),
            ("4AB0C1DEF2:x", "", "4AB0C1DEF2:x"),
            ("", "", ""),
        ];
        for (text, id, rest) in cases {
            assert_eq!(queue_id(text), (id, rest), "{text}");
        }
    }
}
