//! One connection: what was said, and how it ended.

use super::super::template::{enhanced_code, reply_code};
use super::super::{Harvest, Line};
use super::Target;
use crate::fact::{Facts, FileId, Known, Place, Session, Source};

/// How many lines of one session are kept.
const MOST: usize = 400;

/// Errors and how they are called.
///
/// # Source
///
/// `errno(3)`, Winsock's error codes (10054, 10060, 10061, 10065), the messages of telnet, nc, swaks, getaddrinfo and OpenSSL.
const FAILURES: &[(&str, &str)] = &[
    ("name resolution", "unresolved"),
    ("name or service not known", "unresolved"),
    ("nodename nor servname", "unresolved"),
    ("could not resolve", "unresolved"),
    ("unknown host", "unresolved"),
    ("no address associated", "unresolved"),
    ("no such host is known", "unresolved"),
    ("host not found", "unresolved"),
    ("getaddrinfo", "unresolved"),
    ("certificate verify failed", "tls-failed"),
    ("handshake", "tls-failed"),
    ("tls startup failed", "tls-failed"),
    ("ssl_connect", "tls-failed"),
    ("ssl routines", "tls-failed"),
    ("wrong version number", "tls-failed"),
    ("refused", "refused"),
    ("errno=111", "refused"),
    ("10061", "refused"),
    ("no route to host", "unreachable"),
    ("unreachable", "unreachable"),
    ("errno=113", "unreachable"),
    ("errno=101", "unreachable"),
    ("10065", "unreachable"),
    ("10051", "unreachable"),
    ("reset by peer", "reset"),
    ("broken pipe", "reset"),
    ("errno=104", "reset"),
    ("10054", "reset"),
    ("connection closed", "closed"),
    ("closed by", "closed"),
    ("timed out", "timeout"),
    ("timeout", "timeout"),
    ("errno=110", "timeout"),
    ("10060", "timeout"),
    ("could not open connection", "timeout"),
    ("connect failed", "timeout"),
    ("closed by foreign host", "closed"),
    ("closed connection", "closed"),
    ("connection to host lost", "closed"),
    ("connection lost", "closed"),
    ("unexpected eof", "closed"),
    ("connection unexpectedly closed", "closed"),
];

/// Returns how an error is called.
pub(super) fn failure(error: &str) -> Option<&'static str> {
    let error = error.to_ascii_lowercase();
    FAILURES.iter().find(|(phrase, _)| error.contains(phrase)).map(|(_, result)| *result)
}

/// One connection.
pub(super) struct Connection {
    target: Target,
    inbound: bool,
    from: Option<String>,
    lines: (FileId, u64, u64),
    transcript: Vec<String>,
    /// The lines of the reply that is being given.
    reply: Vec<String>,
    last_reply: Option<String>,
    refusal: Option<String>,
    recipient: Option<String>,
    client: Option<String>,
    banner: Option<String>,
    command: String,
    failed: Option<&'static str>,
    connected: bool,
    said: bool,
    over: bool,
}

impl Connection {
    /// Begins a connection to a server.
    pub(super) fn to(target: Target, line: Line<'_>) -> Connection {
        Connection {
            target,
            inbound: false,
            from: None,
            lines: (line.file, line.number, line.number),
            transcript: Vec::new(),
            reply: Vec::new(),
            last_reply: None,
            refusal: None,
            recipient: None,
            client: None,
            banner: None,
            command: String::new(),
            failed: None,
            connected: false,
            said: false,
            over: false,
        }
    }

    /// Says that a remote client calls this server, and from where.
    pub(super) fn inbound(&mut self, from: &str) {
        self.inbound = true;
        self.from = Some(from.to_owned());
    }

    /// Says that the connection stands.
    pub(super) fn connected(&mut self, host: &str) {
        self.connected = true;
        let unnamed = self.target.host.is_empty() || Some(&self.target.host) == self.target.address.as_ref();
        if unnamed && !host.is_empty() {
            host.clone_into(&mut self.target.host);
        }
    }

    /// Returns whether it is known that the connection stands.
    pub(super) fn is_connected(&self) -> bool {
        self.connected || self.said
    }

    /// Returns whether the server has said nothing.
    pub(super) fn is_silent(&self) -> bool {
        !self.said
    }

    /// Returns whether the session has come to its end.
    pub(super) fn is_over(&self) -> bool {
        self.over
    }

    /// Returns the server.
    pub(super) fn target(&self) -> Target {
        self.target.clone()
    }

    /// Counts a line to the connection.
    pub(super) fn touch(&mut self, line: Line<'_>) {
        self.lines.2 = line.number;
    }

    /// Notes an error of the client's tool.
    pub(super) fn error(&mut self, error: &str) {
        if self.target.host.is_empty() {
            // `mx.example.net: [Errno -3] …`, `telnet: could not resolve mx.example.net/25: …`, `Connecting To mx.example.net...`
            let words = error.split([' ', ':', '/', '[', ']']).map(|word| word.trim_matches(['.', ',', '(', ')', '\'', '"']));
            let host = words
                .filter(|word| word.contains('.') && !word.contains(".."))
                .find(|word| word.bytes().all(|b| b.is_ascii_alphanumeric() || b".-_".contains(&b)));
            if let Some(host) = host {
                self.target = Target { port: self.target.port, ..Target::parse(host) };
            }
        }
        let Some(result) = failure(error) else { return };
        let over = self.over || self.command.eq_ignore_ascii_case("QUIT");
        if result == "closed" && over {
            self.over = true;
            return;
        }
        self.over = true;
        // A server that stops answering is silent after the connection, however far it came.
        let result = if result == "timeout" && self.is_connected() { "banner-timeout" } else { result };
        self.failed.get_or_insert(result);
    }

    /// Takes a line of the server.
    pub(super) fn server(&mut self, text: &str) {
        self.said = true;
        self.keep('S', text);
        let Some(code) = reply_code(text) else { return };
        if self.banner.is_none() && self.command.is_empty() {
            self.banner = Some(text.to_owned());
        }
        self.reply.push(text.to_owned());
        if text.as_bytes().get(3) == Some(&b'-') && self.reply.len() < 100 {
            return;
        }
        let reply = joined(&std::mem::take(&mut self.reply));
        // That a server knows no EHLO is no refusal: the client says HELO then.
        let greeting = self.command.eq_ignore_ascii_case("EHLO") && (500..=504).contains(&code);
        if (400..600).contains(&code) && !greeting {
            self.refusal.get_or_insert_with(|| reply.clone());
        }
        if code == 221 {
            self.over = true;
        }
        self.last_reply = Some(reply);
    }

    /// Takes a line of the client.
    pub(super) fn client(&mut self, text: &str) {
        self.keep('C', text);
        let verb = text.trim().split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
        let argument = text.trim().get(verb.len()..).unwrap_or_default().trim();
        match verb.as_str() {
            "EHLO" | "HELO" | "LHLO" => self.client = argument.split_whitespace().next().map(str::to_owned),
            "RCPT" => {
                let address = argument.split_once(':').map_or("", |(_, address)| address.trim());
                let address = address.split(['>', ' ']).next().unwrap_or_default().trim_start_matches('<');
                if self.recipient.is_none() && !address.is_empty() {
                    self.recipient = Some(address.to_owned());
                }
            }
            _ => {}
        }
        self.command = verb;
    }

    fn keep(&mut self, who: char, text: &str) {
        if self.transcript.len() < MOST {
            self.transcript.push(format!("{who}: {text}"));
        }
    }

    /// Gives the fact, and returns the host.
    pub(super) fn give(mut self, into: &mut Harvest) -> Option<String> {
        if !self.reply.is_empty() {
            let reply = joined(&std::mem::take(&mut self.reply));
            if reply_code(&reply).is_some_and(|code| code >= 400) {
                self.refusal.get_or_insert_with(|| reply.clone());
            }
            self.last_reply = Some(reply);
        }
        let mut host = std::mem::take(&mut self.target.host);
        if host.is_empty() {
            // A transcript without a command line: the server names itself in its greeting.
            let banner = self.banner.as_deref().unwrap_or_default();
            host = banner.get(4..).and_then(|rest| rest.split_whitespace().next()).unwrap_or_default().to_owned();
        }
        let result = match self.failed {
            Some(result) => result,
            None if self.said => "ok",
            None if self.connected => "banner-timeout",
            // Nothing was said behind the attempt: whoever captured it stopped waiting.
            None => "timeout",
        };
        let known = |value: Option<String>| value.map_or_else(Known::default, Known::Value);
        let refusal = match self.refusal {
            Some(refusal) => Known::Value(refusal),
            None if result == "ok" => Known::Absent,
            None => Known::default(),
        };
        let (file, first, last) = self.lines;
        let what = Session {
            host: host.clone(),
            address: known(self.target.address),
            port: self.target.port.unwrap_or(25),
            direction: if self.inbound { "inbound" } else { "outbound" }.to_owned(),
            result: result.to_owned(),
            transcript: if self.transcript.is_empty() { Known::default() } else { Known::Value(self.transcript) },
            last_reply: known(self.last_reply),
            refusal,
            recipient: known(self.recipient),
            client: known(self.client.or(self.from)),
        };
        into.add(|facts: &mut Facts| &mut facts.sessions, what, None, Source { file, place: Place::Lines(first, last) });
        Some(host).filter(|host| !host.is_empty())
    }
}

/// Joins the lines of a reply: the code and the enhanced code, where it is the same, stand once.
fn joined(lines: &[String]) -> String {
    let mut out = String::new();
    let mut enhanced = None;
    for (position, line) in lines.iter().enumerate() {
        let behind = line.get(4..).unwrap_or_default();
        if position == 0 {
            out.push_str(line.get(..3).unwrap_or(line));
            out.push(' ');
            out.push_str(behind);
            enhanced = enhanced_code(behind).map(str::to_owned);
            continue;
        }
        let code = enhanced.as_deref().filter(|code| behind.starts_with(code));
        let text = code.map_or(behind, |code| behind.get(code.len()..).unwrap_or_default()).trim();
        if !text.is_empty() {
            out.push(' ');
            out.push_str(text);
        }
    }
    out.trim_end().to_owned()
}
