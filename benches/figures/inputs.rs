//! What is read, generated: a scenario, a queue listing, a mail log.

use std::io::{self, Write};

/// A small sequence of numbers that look random and are the same each time (Marsaglia's xorshift with 64 bits).
pub struct Numbers(u64);

impl Numbers {
    pub fn new() -> Numbers {
        Numbers(0x9E37_79B9_7F4A_7C15)
    }

    /// Returns the next number below `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end.max(1)
    }
}

/// A scenario in which all three plugins have something to examine.
pub fn scenario(out: &mut dyn Write) -> io::Result<()> {
    out.write_all(
        br#"[scenario]
id = "figures"
title = "Mail waits in three queues"
platform = "exchange-2003"
complaint = "Mail for other organisations waits, and so does some for our own mailboxes."
domain = "example.com"
[[queue]]
name = "Messages awaiting directory lookup"
kind = "awaiting-directory-lookup"
state = "active"
messages = 4200
[[queue]]
name = "Local delivery"
kind = "local-delivery"
state = "retry"
messages = 310
last_error = "The mailbox store is not mounted"
[[queue]]
name = "example.net"
kind = "remote-delivery"
state = "retry"
messages = 1200
last_error = "The remote server did not respond to a connection attempt."
[[queue]]
name = "example.org"
kind = "remote-delivery"
state = "retry"
messages = 12
last_error = "The remote server did not respond to a connection attempt."
[[service]]
name = "MSExchangeIS"
state = "running"
[[setting]]
key = "smtpsvc/1/DsUseCat"
value = "0"
"#,
    )
}

/// A listing as `postqueue -j` writes it, one message a line.
pub fn listing(out: &mut dyn Write, messages: u64) -> io::Result<()> {
    let mut numbers = Numbers::new();
    for message in 0..messages {
        let (domain, user) = (numbers.below(3_000), numbers.below(50_000));
        let queue = if numbers.below(20) == 0 { "active" } else { "deferred" };
        write!(
            out,
            r#"{{"queue_name": "{queue}", "queue_id": "{:010X}", "arrival_time": {}, "message_size": {}, "forced_expire": false, "sender": "user{}@example.com", "recipients": [{{"address": "user{user}@domain{domain}.example""#,
            0x41_0000_0000_u64 + message * 7,
            1_795_000_000 + numbers.below(400_000),
            300 + numbers.below(90_000),
            numbers.below(900),
        )?;
        let (host, octet) = (domain % 7, domain % 250);
        match numbers.below(4) {
            0 => writeln!(
                out,
                r#", "delay_reason": "connect to mx{host}.domain{domain}.example[192.0.2.{octet}]:25: Connection timed out"}}]}}"#
            )?,
            1 => writeln!(
                out,
                r#", "delay_reason": "host mx{host}.domain{domain}.example[192.0.2.{octet}] said: 450 4.2.0 <user{user}@domain{domain}.example>: Recipient address rejected: Greylisted (in reply to RCPT TO command)"}}]}}"#
            )?,
            2 => writeln!(
                out,
                r#", "delay_reason": "Host or domain name not found. Name service error for name=domain{domain}.example type=MX: Host not found, try again"}}]}}"#
            )?,
            _ => writeln!(
                out,
                r#", "delay_reason": "lost connection with mx{host}.domain{domain}.example[192.0.2.{octet}] while receiving the initial server greeting"}}]}}"#
            )?,
        }
    }
    Ok(())
}

/// A log as Postfix writes it: of ten messages eight are delivered at once, one waits, one is returned or refused.
pub fn log(out: &mut dyn Write, lines: u64) -> io::Result<()> {
    let mut numbers = Numbers::new();
    let mut log = Log { out, left: lines, second: 0 };
    let mut message = 0;
    while log.left > 0 {
        message += 1;
        log.second = message * 86_000 / (lines / 7).max(1);
        let id = format!("{:010X}", 0x41_0000_0000_u64 + message * 13);
        let (client, user, domain, fate) = (numbers.below(400), numbers.below(5_000), numbers.below(2_000), numbers.below(20));
        // Users mistype any domain; what defers is a part of them, time and again.
        let domain = if (2..4).contains(&fate) { domain % 200 } else { domain };
        let client = format!("client{client}.example.com[192.0.2.{}]", client % 250);
        let process = 1_000 + numbers.below(60);
        let from = format!("user{}@example.com", numbers.below(700));
        let to = format!("user{user}@domain{domain}.example");
        let host = format!("mx.domain{domain}.example[198.51.100.{}]", domain % 250);
        log.line(&format!("postfix/smtpd[{process}]: connect from {client}"))?;
        if fate == 0 {
            log.line(&format!(
                "postfix/smtpd[{process}]: NOQUEUE: reject: RCPT from {client}: 554 5.7.1 <{to}>: Relay access denied; from=<{from}> to=<{to}> proto=ESMTP helo=<client.example.com>"
            ))?;
        } else {
            log.line(&format!("postfix/smtpd[{process}]: {id}: client={client}"))?;
            log.line(&format!("postfix/cleanup[{process}]: {id}: message-id=<{:016x}@example.com>", message * 0x9E37_79B9))?;
            log.line(&format!("postfix/qmgr[900]: {id}: from=<{from}>, size={}, nrcpt=1 (queue active)", 300 + numbers.below(90_000)))?;
            let delivery = format!("postfix/smtp[{process}]: {id}: to=<{to}>, relay=");
            match fate {
                1 => log.line(&format!("{delivery}{host}:25, delay=3.1, delays=0.01/0/1.1/2, dsn=5.1.1, status=bounced (host {host} said: 550 5.1.1 <{to}>: Recipient address rejected: User unknown (in reply to RCPT TO command))"))?,
                2 => log.line(&format!("{delivery}none, delay=30, delays=0.01/0/30/0, dsn=4.4.1, status=deferred (connect to {host}:25: Connection timed out)"))?,
                3 => log.line(&format!("{delivery}{host}:25, delay=3.1, delays=0.01/0/1.1/2, dsn=4.2.0, status=deferred (host {host} said: 450 4.2.0 <{to}>: Recipient address rejected: Greylisted (in reply to RCPT TO command))"))?,
                _ => log.line(&format!("{delivery}{host}:25, delay=1.2, delays=0.01/0/0.5/0.7, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as {:010X})", message * 31))?,
            }
            if !(2..4).contains(&fate) {
                log.line(&format!("postfix/qmgr[900]: {id}: removed"))?;
            }
        }
        log.line(&format!("postfix/smtpd[{process}]: disconnect from {client} ehlo=1 mail=1 rcpt=1 data=1 quit=1 commands=5"))?;
    }
    Ok(())
}

struct Log<'a> {
    out: &'a mut dyn Write,
    left: u64,
    second: u64,
}

impl Log<'_> {
    fn line(&mut self, text: &str) -> io::Result<()> {
        if self.left == 0 {
            return Ok(());
        }
        self.left -= 1;
        let (hour, minute, second) = (self.second / 3600 % 24, self.second / 60 % 60, self.second % 60);
        writeln!(self.out, "Nov 24 {hour:02}:{minute:02}:{second:02} mail {text}")
    }
}
