//! Mail logs of Postfix and of the programs that write into the same file.

mod daemon;
mod delivery;
mod door;
mod routine;

pub use daemon::{Daemons, Said};

use super::syslog::{Clock, Entry};
use super::{Format, Harvest, Line, Look, Reader, Sure, Took};

/// Mail logs of Postfix and of the programs that write into the same file.
pub struct PostfixLog;

impl Format for PostfixLog {
    fn id(&self) -> &'static str {
        "postfix-log"
    }

    fn begins(&self, look: &Look<'_>) -> Option<Sure> {
        let mut clock = Clock::default();
        clock.entry(look.first())?;
        let postfix = look.lines.iter().any(|line| clock.entry(line).is_some_and(|entry| is_postfix(entry.program)));
        Some(if postfix { Sure::Likely } else { Sure::Maybe })
    }

    fn reader(&self) -> Box<dyn Reader> {
        Box::new(LogReader::default())
    }
}

/// Returns whether a program is part of Postfix: `postfix/smtpd`, `postfix-out/smtp`.
fn is_postfix(program: &str) -> bool {
    program.starts_with("postfix") && program.bytes().all(|byte| byte.is_ascii_graphic())
}

#[derive(Debug, Default)]
struct LogReader {
    clock: Option<Clock>,
    daemons: Daemons,
}

impl Reader for LogReader {
    fn line(&mut self, line: Line<'_>, into: &mut Harvest) -> Took {
        let clock = self.clock.get_or_insert_with(|| into.clock.follow());
        let Some(Entry { at, host, program, text }) = clock.entry(line.text) else {
            return if line.text.trim().is_empty() { Took::Part } else { Took::No };
        };
        self.daemons.entry(Said { at: Some(at), host, program, text, source: line.source() }, into)
    }

    fn end(self: Box<Self>, into: &mut Harvest) {
        into.clock = self.clock.unwrap_or(into.clock);
        self.daemons.end(into);
    }
}

#[cfg(test)]
mod tests {
    use super::super::read;
    use super::*;
    use crate::evidence::Item;
    use crate::fact::{Known, Platform, Side, Stage};

    /// Reads a log whose lines lack the header.
    fn harvest(lines: &[&str]) -> Harvest {
        let log: String = lines.iter().map(|line| format!("Nov 24 08:41:59 mx {line}\n")).collect();
        raw(&log)
    }

    fn raw(log: &str) -> Harvest {
        let mut into = Harvest::default();
        let file = into.add_file("mail.log");
        let item = Item { name: "mail.log".into(), path: "mail.log".into(), size: 0 };
        read(&item, file, log.as_bytes(), &mut into).unwrap();
        into
    }

    #[test]
    fn every_delivery_becomes_an_attempt() {
        let said = "host mx.a.example[192.0.2.1] said: 450 4.2.0 <bob@a.example>: Later (in reply to RCPT TO command)";
        let cases = [
            (
                "smtp",
                "to=<bob@A.example>, relay=mx.a.example[192.0.2.1]:25, delay=1, delays=0/0/0/1, dsn=4.2.0, status=deferred",
                said,
                Some(Stage::RemoteDelivery),
                "a.example",
                "mx.a.example",
                "deferred",
                "4.2.0",
                Some(450),
                Side::Remote,
            ),
            (
                "smtp",
                "to=<bob@a.example>, orig_to=<b@c>, relay=none, delay=1, delays=0/0/0/1, dsn=4.4.1, status=deferred",
                "connect to mx.a.example[192.0.2.1]:587: Connection refused",
                Some(Stage::RemoteDelivery),
                "a.example",
                "mx.a.example:587",
                "deferred",
                "4.4.1",
                None,
                Side::Own,
            ),
            (
                "lmtp",
                "to=<bob@a.example>, relay=mx[private/lmtp], conn_use=2, delay=1, delays=0/0/0/1, dsn=5.1.1, status=bounced",
                "host mx[private/lmtp] said: 550 5.1.1 no (x) (in reply to RCPT TO command)",
                Some(Stage::LocalDelivery),
                "a.example",
                "private/lmtp",
                "bounced",
                "5.1.1",
                Some(550),
                Side::Remote,
            ),
            (
                "local",
                "to=<bob>, relay=local, delay=1, delays=0/0/0/1, dsn=5.2.2, status=bounced",
                "mailbox full :-) status=sent (x",
                Some(Stage::LocalDelivery),
                "bob",
                "",
                "bounced",
                "5.2.2",
                None,
                Side::Own,
            ),
            (
                "error",
                "to=<bob@a.example>, relay=none, delay=1, delays=0/0/0/1, dsn=4.4.1, status=deferred",
                "delivery temporarily suspended: connect to mx.a.example[192.0.2.1]:25: No route to host",
                Some(Stage::RemoteDelivery),
                "a.example",
                "mx.a.example",
                "deferred",
                "4.4.1",
                None,
                Side::Own,
            ),
            (
                "retry",
                "to=<bob@a.example>, relay=none, delay=1, delays=0/0/0/1, dsn=4.3.0, status=deferred",
                "mail transport unavailable",
                None,
                "a.example",
                "",
                "deferred",
                "4.3.0",
                None,
                Side::Own,
            ),
            (
                "smtp",
                "bob@a.example, relay=mx[192.0.2.1]:25, delay=2, delays=2/2/2/2, dsn=4.2.0, status=SOFTBOUNCE",
                "cut (off",
                Some(Stage::RemoteDelivery),
                "a.example",
                "mx",
                "deferred",
                "4.2.0",
                None,
                Side::Own,
            ),
        ];
        for (daemon, head, text, stage, destination, hop, status, code, reply, side) in cases {
            let into = harvest(&[&format!("postfix-out/{daemon}[9]: 4AB0C1DEF2: {head} ({text})")]);
            let [found] = into.flow.outcomes() else { panic!("{head}: {:?}", into.flow.outcomes()) };
            assert_eq!((found.stage, found.destination.as_str(), found.next_hop.as_str()), (stage, destination, hop), "{head}");
            assert_eq!((found.status, found.code.as_str(), found.reply, found.side), (status, code, reply, side), "{head}");
            assert_eq!((found.text.as_str(), found.transport.as_str()), (text, daemon));
            assert_eq!(into.reports[0].records, 1);
        }
    }

    #[test]
    fn a_sender_is_remembered_until_the_message_is_gone() {
        let into = harvest(&[
            "postfix/smtpd[1]: 4AB0C1DEF2: client=c.example[192.0.2.9], sasl_method=PLAIN",
            "postfix/qmgr[1]: 4AB0C1DEF2: from=<eve@x.example>, size=1, nrcpt=1 (queue active)",
            "postfix/smtp[1]: 4AB0C1DEF2: to=<a@b.example>, relay=none, delay=1, delays=0/0/0/1, dsn=4.4.3, status=deferred (no)",
            "postfix/qmgr[1]: 4AB0C1DEF2: from=<eve@x.example>, status=expired, returned to sender",
            "postfix/qmgr[1]: 4AB0C1DEF2: removed",
            "postfix/smtp[1]: 4AB0C1DEF2: to=<a@c.example>, relay=none, delay=1, delays=0/0/0/1, dsn=4.4.3, status=deferred (no)",
        ]);
        let found: Vec<_> = into.flow.outcomes().iter().map(|o| (o.status, o.stage, o.destination.as_str(), o.sender.as_deref())).collect();
        let remote = Some(Stage::RemoteDelivery);
        assert_eq!(
            found,
            [
                ("sent", Some(Stage::Submission), "", None),
                ("deferred", remote, "b.example", Some("eve@x.example")),
                ("expired", remote, "b.example", Some("eve@x.example")),
                ("deferred", remote, "c.example", None),
            ]
        );
        assert_eq!(into.facts.case.platform, Some(Platform::Postfix));
        assert_eq!(into.facts.case.server.as_deref(), Some("mx"));
    }

    #[test]
    fn refusals_at_the_door_keep_only_the_reply() {
        let tail = "from=<eve@x.example> to=<bob@a.example> proto=ESMTP helo=<c>";
        let cases = [
            (
                "smtpd",
                format!("NOQUEUE: reject: RCPT from c.example[192.0.2.9]: 554 5.7.1 <bob@a.example>: Relay; access denied; {tail}"),
                "554 5.7.1 <bob@a.example>: Relay; access denied",
                "5.7.1",
                Some(554),
                "a.example",
            ),
            (
                "smtpd",
                "NOQUEUE: reject: RCPT from c.example[192.0.2.9]: 554 5.7.1 Service unavailable".into(),
                "554 5.7.1 Service unavailable",
                "5.7.1",
                Some(554),
                "",
            ),
            (
                "cleanup",
                format!("4AB0C1DEF2: milter-reject: END-OF-MESSAGE from c.example[192.0.2.9]: 4.7.1 Try again; {tail}"),
                "4.7.1 Try again",
                "4.7.1",
                None,
                "a.example",
            ),
            (
                "cleanup",
                format!("4AB0C1DEF2: reject: header Subject: x: y; z from c.example[192.0.2.9]; {tail}: 5.7.1 no spam"),
                "5.7.1 no spam",
                "5.7.1",
                None,
                "a.example",
            ),
            (
                "postscreen",
                "NOQUEUE: reject: RCPT from [192.0.2.9]:12345: 550 5.7.1 Service unavailable; client [192.0.2.9] blocked using b.example; \
                from=<eve@x.example>, to=<bob@a.example>, proto=ESMTP, helo=<c>"
                    .into(),
                "550 5.7.1 Service unavailable; client [192.0.2.9] blocked using b.example",
                "5.7.1",
                Some(550),
                "a.example",
            ),
        ];
        for (daemon, line, text, code, reply, destination) in cases {
            let into = harvest(&[&format!("postfix/{daemon}[9]: {line}")]);
            let [found] = into.flow.outcomes() else { panic!("{line}: {:?}", into.flow.outcomes()) };
            assert_eq!((found.text.as_str(), found.code.as_str(), found.reply), (text, code, reply), "{line}");
            assert_eq!((found.stage, found.status, found.destination.as_str()), (Some(Stage::Submission), "rejected", destination));
            assert!(found.next_hop.contains("192.0.2.9") || found.next_hop == "c.example", "{}", found.next_hop);
        }
    }

    #[test]
    fn lines_that_are_no_delivery_are_folded_or_routine() {
        let into = harvest(&[
            "postfix/smtpd[1]: connect from c.example[192.0.2.9]",
            "postfix/master[1]: daemon started -- version 3.7",
            "postfix/anvil[1]: statistics: max connection rate 1/60s",
            "postfix/cleanup[1]: 4AB0C1DEF2: message-id=<x@y>",
            "postfix/smtpd[1]: warning: connect to TCP map 127.0.0.1:10389: Connection refused",
            "postfix/smtp[1]: connect to mx.a.example[192.0.2.1]:25: Connection refused",
            "postfix/smtp[1]: 4AB0C1DEF2: host mx.a.example[192.0.2.1] said: 450 4.2.0 Later (in reply to RCPT TO command)",
            "postfix/smtpd[1]: lost connection after DATA from c.example[192.0.2.9]",
            "dovecot: lmtp(bob)<1>: Error: no space",
            "kernel: [1.0] Out of memory: Killed process 12 (clamd)",
            "postfix/smtpd[1",
        ]);
        assert!(into.flow.outcomes().is_empty());
        let logs: Vec<_> = into.facts.logs.iter().map(|fact| fact.what.program.as_str()).collect();
        assert_eq!(logs, ["postfix/smtpd", "postfix/smtp", "postfix/smtp", "postfix/smtpd", "dovecot", "kernel"]);
        let said = into.facts.logs.iter().nth(2).unwrap();
        assert!(said.what.text.starts_with("host mx.a.example"), "{}", said.what.text);
        assert!(matches!(said.what.level, Known::Unknown(_)));
        assert_eq!(into.reports[0].unread.len(), 1);
    }

    #[test]
    fn nothing_breaks_the_reader() {
        let whole =
            "postfix/smtp[1]: 4AB0C1DEF2: to=<a@b>, orig_to=<c>, relay=h[1.2.3.4]:25, delay=1, dsn=4.0.0, status=deferred (a (b) ü)";
        for end in 0..whole.len() {
            if let Some(cut) = whole.get(..end) {
                harvest(&[cut, &cut.replace("smtp", "smtpd"), &cut.replace("smtp", "qmgr")]);
            }
        }
        let door = "postfix/smtpd[1]: NOQUEUE: reject: RCPT from h[1.2.3.4]: 554 5.7.1 <a>: ü; from=<> to=<> proto=ESMTP helo=<>: x";
        for end in 0..door.len() {
            if let Some(cut) = door.get(..end) {
                harvest(&[cut, &cut.replace("smtpd", "cleanup")]);
            }
        }
        let into = raw("Nov 24 08:41:59 mx postfix/smtp[1]: 4AB0C1DEF2: to=<a>, relay=\0, dsn=, status=\nNov 24");
        assert_eq!(into.reports[0].unread.iter().map(|unread| unread.count).sum::<u64>(), 2);
    }
}
