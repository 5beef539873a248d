//! Logs of Exim: mainlog, paniclog, rejectlog.

mod address;
mod door;

use super::exim_queue::is_id;
use super::flow::{Attempt, When, hash};
use super::syslog::calendar::{stamp, zone};
use super::syslog::said::Said;
use super::{Format, Harvest, Line, Look, Reader, Reason, Sure, Took};
use crate::fact::{Platform, Side, Stage, Timestamp};
use std::collections::HashMap;

/// How many messages are followed whose sender is known.
const MOST_SENDERS: usize = 200_000;

/// Logs of Exim: mainlog, paniclog, rejectlog.
pub struct EximLog;

impl Format for EximLog {
    fn id(&self) -> &'static str {
        "exim-log"
    }

    fn begins(&self, look: &Look<'_>) -> Option<Sure> {
        let first = head(look.first())?;
        let sure = |head: &Head<'_>| !head.id.is_empty() || WORDS.iter().any(|word| head.text.contains(word));
        if sure(&first) {
            return Some(Sure::Likely);
        }
        look.lines.iter().filter_map(|line| head(line)).any(|head| sure(&head)).then_some(Sure::Maybe)
    }

    fn reader(&self) -> Box<dyn Reader> {
        Box::new(LogReader::default())
    }
}

/// Words by which a line without a message id is known as Exim's.
const WORDS: &[&str] = &[
    "rejected ",
    " authenticator failed for ",
    "queue run: pid=",
    "exim ",
    "SMTP protocol ",
    "sender verify fail",
    "SMTP connection from ",
    "H=",
    "Exim ",
];

/// Lines that say nothing about trouble.
const ROUTINE: &[&str] = &["Start queue run", "End queue run", "cwd=", "SMTP connection from ", "Sender identification ", "DKIM: d="];

/// One line, with its date and message id taken off.
struct Head<'a> {
    at: When,
    /// Whether the line names its zone.
    zoned: bool,
    /// The message id, empty when there is none.
    id: &'a str,
    text: &'a str,
}

/// Takes date, zone, process id and message id off: `2020-06-20 01:32:57.123 +0200 [789] 1jmKso-0009d4-Uf …`.
fn head(line: &str) -> Option<Head<'_>> {
    let (mut seconds, length) = stamp(line.as_bytes(), b' ')?;
    let mut rest = line.get(length..)?.strip_prefix(' ')?;
    let mut zoned = length > 19 && zone(line.as_bytes().get(length - 6..)?).is_some();
    if let Some((offset, taken)) = zone(rest.as_bytes())
        && let Some(behind) = rest.get(taken..).and_then(|behind| behind.strip_prefix(' '))
    {
        seconds -= offset;
        zoned = true;
        rest = behind;
    }
    if let Some((pid, behind)) = rest.strip_prefix('[').and_then(|inner| inner.split_once("] "))
        && pid.bytes().all(|byte| byte.is_ascii_digit())
    {
        rest = behind;
    }
    let at = When { seconds, yearless: false };
    let (word, behind) = rest.split_once(' ').unwrap_or((rest, ""));
    Some(if is_id(word) { Head { at, zoned, id: word, text: behind } } else { Head { at, zoned, id: "", text: rest } })
}

#[derive(Debug, Default)]
struct LogReader {
    senders: HashMap<u64, Box<str>>,
    said: Said,
    newest: Option<Timestamp>,
    /// The host that could not be reached for a message: the line of the address, which follows, does not name it.
    unreached: (u64, String),
    /// Whether the headers of a refused message follow, as the rejectlog has them.
    headers: bool,
}

impl Reader for LogReader {
    fn line(&mut self, line: Line<'_>, into: &mut Harvest) -> Took {
        let text = line.text.trim_end();
        let Some(mut head) = head(text) else { return self.undated(text, line) };
        if !head.zoned {
            head.at.seconds -= into.zone();
        }
        self.headers = false;
        self.newest = self.newest.max(Some(Timestamp(head.at.seconds)));
        if head.text.is_empty() {
            return Took::Unread(Reason::new("a log line without a text", "本文のないログの行"));
        }
        let message = if head.id.is_empty() { 0 } else { hash(head.id) };
        let (flag, rest) = head.text.split_once(' ').unwrap_or((head.text, ""));
        if message != 0 {
            match flag {
                "Completed" => {
                    self.senders.remove(&message);
                    into.flow.gone(message);
                    return Took::Part;
                }
                "<=" => return self.arrival(rest, &head, message, line, into),
                "=>" | "->" | ">>" | "**" | "==" => return self.delivery(flag, rest, &head, message, line, into),
                // A delivery that option -N only pretended.
                "*>" => return Took::Part,
                _ => {}
            }
        }
        if let Some(refusal) = door::refusal(head.text) {
            into.flow.attempt(&Attempt { message, at: Some(head.at), source: line.source(), ..refusal });
            return Took::Record;
        }
        if message != 0
            && let Some(host) = head.text.strip_prefix("H=")
        {
            self.unreached = (message, address::unreached(host));
        }
        if ROUTINE.iter().any(|start| head.text.starts_with(start)) || head.text.contains(" daemon started: pid=") {
            return Took::Part;
        }
        self.said.line("exim", head.text, Some(head.at), line.source());
        Took::Record
    }

    fn end(self: Box<Self>, into: &mut Harvest) {
        into.observed.extend(self.newest);
        into.facts.case.platform.get_or_insert(Platform::Exim);
        self.said.settle(into);
    }
}

impl LogReader {
    /// Lines without a date: the headers of refused messages, and what Exim writes to standard error.
    fn undated(&mut self, text: &str, line: Line<'_>) -> Took {
        if text.is_empty() {
            return Took::Part;
        }
        if let Some(text) = text.strip_prefix("exim: ").or_else(|| text.strip_prefix("exim4: ")) {
            self.said.line("exim", text, None, line.source());
            return Took::Record;
        }
        if text.starts_with("Envelope-from: ") {
            self.headers = true;
        }
        let dashes = text.len() > 20 && text.bytes().all(|byte| byte == b'-');
        let took = if self.headers || dashes { Took::Part } else { Took::No };
        self.headers &= !dashes;
        took
    }

    fn arrival(&mut self, rest: &str, head: &Head<'_>, message: u64, line: Line<'_>, into: &mut Harvest) -> Took {
        let sender = rest.split(' ').next().unwrap_or_default();
        if sender.is_empty() {
            return Took::Unread(Reason::new("an arrival without a sender", "送信者のない受信の行"));
        }
        let sender = if sender == "<>" { "" } else { sender };
        if self.senders.len() >= MOST_SENDERS {
            self.senders.clear();
        }
        self.senders.insert(message, sender.into());
        into.flow.attempt(&Attempt {
            stage: Some(Stage::Submission),
            transport: if rest.contains(" H=") { "smtp" } else { "local" },
            recipient: "",
            sender: Some(sender),
            next_hop: "",
            status: "sent",
            code: "",
            reply: None,
            text: "",
            side: Side::Own,
            message,
            at: Some(head.at),
            source: line.source(),
        });
        Took::Record
    }

    fn delivery(&mut self, flag: &str, rest: &str, head: &Head<'_>, message: u64, line: Line<'_>, into: &mut Harvest) -> Took {
        let Some(found) = address::parse(rest, flag) else {
            return Took::Unread(Reason::new("a delivery without an address", "アドレスのない配信の行"));
        };
        let status = match flag {
            "**" if found.text.starts_with("retry timeout exceeded") => "expired",
            "**" => "bounced",
            "==" => "deferred",
            _ => "sent",
        };
        let mut reason = super::template::reason(if status == "sent" { "" } else { found.text });
        let unreached = Some(&self.unreached).filter(|(of, _)| *of == message && flag == "==").map(|(_, host)| host.clone());
        let next_hop = found.host.or(reason.host.take()).or(unreached).unwrap_or_default();
        // A message that has become too old names no transport: it is about what its latest attempt was about.
        let last = into.flow.under_way(message).filter(|last| status == "expired" && last.stage != Some(Stage::Submission));
        let (stage, transport, next_hop) = match last {
            Some(last) if found.stage.is_none() => (last.stage, last.transport.clone(), last.next_hop.clone()),
            _ => (found.stage, found.transport.to_owned(), next_hop),
        };
        into.flow.attempt(&Attempt {
            stage,
            transport: &transport,
            recipient: found.recipient,
            sender: found.sender.or_else(|| self.senders.get(&message).map(AsRef::as_ref)),
            next_hop: &next_hop,
            status,
            code: reason.code.unwrap_or_default(),
            reply: reason.reply,
            text: found.text,
            side: if reason.side == Side::Remote { Side::Remote } else { Side::Own },
            message,
            at: Some(head.at),
            source: line.source(),
        });
        Took::Record
    }
}

#[cfg(test)]
mod tests {
    use super::super::read;
    use super::*;
    use crate::evidence::Item;

    fn harvest(text: &str) -> Harvest {
        let mut into = Harvest::default();
        let file = into.add_file("mainlog");
        read(&Item { name: "mainlog".into(), path: "m".into(), size: 0 }, file, text.as_bytes(), &mut into).unwrap();
        into
    }

    #[test]
    fn every_flag_is_read() {
        let remote = Some(Stage::RemoteDelivery);
        let local = Some(Stage::LocalDelivery);
        let none = "";
        let cases = [
            (
                "=> bob@a.example R=dnslookup T=remote_smtp H=mx.a.example [192.0.2.1] X=TLS1.3 DN=\"C=X,O=a: b\" C=\"250 2.0.0 Ok: x\"",
                remote,
                "sent",
                "a.example",
                "",
                none,
                none,
                None,
                Side::Own,
            ),
            ("-> alice <Alice@Lab.example> R=local_user T=local_delivery", local, "sent", "lab.example", "", none, none, None, Side::Own),
            (
                "** bob@a.example R=dnslookup T=remote_smtp H=mx.a.example [192.0.2.1]:26 DN=\"CN=a b\": SMTP error from remote mail server after \
                RCPT TO:<bob@a.example>: 550 5.1.1 no: user",
                remote,
                "bounced",
                "a.example",
                "mx.a.example:26",
                "SMTP error from remote mail server after RCPT TO:<bob@a.example>: 550 5.1.1 no: user",
                "5.1.1",
                Some(550),
                Side::Remote,
            ),
            (
                "== bob@a.example R=dnslookup T=remote_smtp defer (-44) H=(x) [192.0.2.1: SMTP error from remote mail server after end of data: 450 later",
                remote,
                "deferred",
                "a.example",
                "192.0.2.1",
                "SMTP error from remote mail server after end of data: 450 later",
                none,
                Some(450),
                Side::Remote,
            ),
            (
                "== alice@lab.example R=local_user T=local_delivery defer (-22): mailbox is full (quota)",
                local,
                "deferred",
                "lab.example",
                "",
                "mailbox is full (quota)",
                none,
                None,
                Side::Own,
            ),
            (
                "== bob@a.example R=dnslookup defer (-1): host lookup did not complete",
                remote,
                "deferred",
                "a.example",
                "",
                "host lookup did not complete",
                none,
                None,
                Side::Own,
            ),
            (
                "== bob@a.example R=system_aliases defer (-1): cannot open file",
                None,
                "deferred",
                "a.example",
                "",
                "cannot open file",
                none,
                None,
                Side::Own,
            ),
            (
                "** nobody@lab.example: Unrouteable address",
                None,
                "bounced",
                "lab.example",
                "",
                "Unrouteable address",
                none,
                None,
                Side::Own,
            ),
            (
                "=> |/usr/bin/vacation <bob@a.example> R=userforward T=address_pipe",
                local,
                "sent",
                "a.example",
                "",
                none,
                none,
                None,
                Side::Own,
            ),
            (
                "** bob@a.example F=<eve@x.example> R=r T=dovecot_lmtp H=127.0.0.1 [127.0.0.1]: LMTP error from remote mail server after RCPT TO:<b>: 552 5.2.2 full",
                local,
                "bounced",
                "a.example",
                "127.0.0.1",
                "LMTP error from remote mail server after RCPT TO:<b>: 552 5.2.2 full",
                "5.2.2",
                Some(552),
                Side::Remote,
            ),
        ];
        for (text, stage, status, destination, hop, said, code, reply, side) in cases {
            let into = harvest(&format!("2026-11-24 08:46:46 1xVmAo-0003vi-1P {text}\n"));
            let [found] = into.flow.outcomes() else { panic!("{text}: {:?} {:?}", into.flow.outcomes(), into.reports) };
            assert_eq!((found.stage, found.status, found.destination.as_str()), (stage, status, destination), "{text}");
            assert_eq!((found.next_hop.as_str(), found.text.as_str()), (hop, said), "{text}");
            assert_eq!((found.code.as_str(), found.reply, found.side), (code, reply, side), "{text}");
        }
    }

    #[test]
    fn refusals_keep_the_reply_only() {
        let cases = [
            (
                "H=t.example [192.0.2.9]:5 X=TLS F=<a@b.example> rejected RCPT <c@d.example>: \"JunkMail [192.0.2.9]\"",
                "\"JunkMail [192.0.2.9]\"",
                "d.example",
                "t.example",
                Some("a@b.example"),
            ),
            (
                "H=(x y) [192.0.2.9] F=<> temporarily rejected RCPT <c@d.example>: 451 later",
                "451 later",
                "d.example",
                "192.0.2.9",
                Some(""),
            ),
            (
                "H=t.example [192.0.2.9]:18 temporarily rejected connection in \"connect\" ACL: \"Host is limited\"",
                "\"Host is limited\"",
                "",
                "t.example",
                None,
            ),
            (
                "1xVmAo-0003vi-1P H=t.example [192.0.2.9] F=<a@b.example> rejected after DATA: spam",
                "spam",
                "",
                "t.example",
                Some("a@b.example"),
            ),
            ("H=[192.0.2.9] rejected EHLO or HELO x: no", "no", "", "192.0.2.9", None),
        ];
        for (text, said, destination, client, sender) in cases {
            let into = harvest(&format!("2026-11-24 08:46:46 {text}\n"));
            let [found] = into.flow.outcomes() else { panic!("{text}: {:?} {:?}", into.flow.outcomes(), into.reports) };
            assert_eq!((found.text.as_str(), found.destination.as_str(), found.next_hop.as_str()), (said, destination, client), "{text}");
            assert_eq!((found.sender.as_deref(), found.status, found.stage), (sender, "rejected", Some(Stage::Submission)));
        }
    }

    #[test]
    fn a_message_is_followed() {
        let into = harvest(
            "2026-11-24 08:00:00 1xVmAo-0003vi-1P <= eve@x.example H=c [192.0.2.9] P=esmtp S=1\n\
             2026-11-24 08:00:01 +0100 [7] 1xVmAo-0003vi-1P == bob@a.example R=dnslookup T=remote_smtp defer (110) H=mx [192.0.2.1]: Connection timed out\n\
             2026-11-24 08:00:02 1xVmAo-0003vi-1P ** bob@a.example: retry timeout exceeded\n\
             2026-11-24 08:00:02 1xVmAo-0003vi-1P Frozen (delivery error message)\n\
             2026-11-24 08:00:02 1xVmAo-0003vi-1P Completed\n\
             2026-11-24 08:00:03.250 exim 4.96 daemon started: pid=1, -q30m\n\
             exim: could not open panic log\n",
        );
        let found: Vec<_> = into.flow.outcomes().iter().map(|o| (o.status, o.stage, o.next_hop.as_str(), o.sender.as_deref())).collect();
        let eve = Some("eve@x.example");
        let remote = Some(Stage::RemoteDelivery);
        assert_eq!(found, [("sent", Some(Stage::Submission), "", eve), ("deferred", remote, "mx", eve), ("expired", remote, "mx", eve)]);
        let said: Vec<_> = into.facts.logs.iter().map(|fact| fact.what.text.as_str()).collect();
        assert_eq!(said, ["Frozen (delivery error message)", "could not open panic log"]);
        assert!(into.reports[0].unread.is_empty(), "{:?}", into.reports[0].unread);
        assert_eq!(into.facts.case.platform, Some(Platform::Exim));
    }

    #[test]
    fn nothing_breaks_the_reader() {
        let lines = [
            "2026-11-24 08:46:46 +0100 [7] 1xVmAo-0003vi-1P == a <b@c> F=<> R=r T=t H=(h) [1.2.3.4]:25 X=\"a\\\"b\" defer (1): ü (x)",
            "2026-11-24 08:46:46 H=(h) [1.2.3.4]:25 F=<a> rejected RCPT <b>: ü",
        ];
        for line in lines {
            for end in 0..line.len() {
                if let Some(cut) = line.get(..end) {
                    harvest(cut);
                    harvest(&format!("{}\n{cut}\n", lines[0]));
                }
            }
        }
        harvest(
            "2026-11-24 08:46:46 1xVmAo-0003vi-1P ** \0\n2026-11-24 08:46:46 1xVmAo-0003vi-1P ==\n2026-11-24 08:46:46 1xVmAo-0003vi-1P <= \n",
        );
    }
}
