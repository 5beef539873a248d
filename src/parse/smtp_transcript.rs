//! SMTP sessions: swaks, telnet, nc, `openssl s_client`, and lines `S: …` / `C: …`.

mod certificate;
mod session;

use super::host_state::command;
use super::template::reply_code;
use super::{Format, Harvest, Line, Look, Reader, Sure, Took};
use certificate::Block;
use session::Connection;

/// SMTP sessions.
pub struct SmtpTranscript;

impl Format for SmtpTranscript {
    fn id(&self) -> &'static str {
        "smtp-transcript"
    }

    fn begins(&self, look: &Look<'_>) -> Option<Sure> {
        let first = look.first().trim_end();
        if let Some(command) = command(first) {
            return target(command).map(|_| Sure::Certain);
        }
        if is_connecting(first)
            || first.starts_with("=== openssl s_client")
            || first.starts_with("CONNECTED(0")
            || first.starts_with("Microsoft Telnet>")
        {
            return Some(Sure::Certain);
        }
        if first.starts_with('*') && swaks_error(first).is_some() {
            return Some(Sure::Likely);
        }
        if tool_error(first).is_some()
            || first.starts_with("verify error:num=")
            || first.starts_with("Connected to ") && first.ends_with('.')
        {
            return Some(Sure::Likely);
        }
        match Said::of(first)? {
            // A reply and a command near it, or the greeting: else the line could be anything with a number.
            Said::Server(text) | Said::Client(text) if marked(first) => {
                (reply_code(text).is_some() || is_command(text)).then_some(Sure::Likely)
            }
            Said::Server(text) => {
                let greeting = reply_code(text) == Some(220) && text.to_ascii_uppercase().contains("SMTP");
                let commands = look.lines.iter().skip(1).take(12).any(|line| is_command(line));
                (greeting || (commands && look.lines.get(1).is_some_and(|line| is_command(line) || reply_code(line).is_some())))
                    .then_some(Sure::Likely)
            }
            Said::Client(text) => {
                let answered = look.lines.get(1).is_some_and(|line| reply_code(line).is_some());
                (answered && is_command(text)).then_some(Sure::Likely)
            }
        }
    }

    fn reader(&self) -> Box<dyn Reader> {
        Box::new(Piece::default())
    }
}

/// Who said a line of a transcript, and what.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Said<'a> {
    Server(&'a str),
    Client(&'a str),
}

/// Marks of swaks (`<-`, `<~` with TLS, `**` for a refusal), of hand-written transcripts and of curl.
const SERVER: &[&str] = &["<-  ", "<~  ", "<** ", "<~* ", "S: ", "< ", "<<< "];
const CLIENT: &[&str] = &[" -> ", " ~> ", "-> ", "~> ", "C: ", "> ", ">>> "];

impl<'a> Said<'a> {
    fn of(line: &'a str) -> Option<Said<'a>> {
        if let Some(text) = SERVER.iter().find_map(|mark| line.strip_prefix(mark)) {
            return Some(Said::Server(text));
        }
        if let Some(text) = CLIENT.iter().find_map(|mark| line.strip_prefix(mark)) {
            return Some(Said::Client(text));
        }
        if matches!(line.trim_end(), "S:" | "<-" | "<~") {
            return Some(Said::Server(""));
        }
        if reply_code(line).is_some() {
            return Some(Said::Server(line));
        }
        is_command(line).then_some(Said::Client(line))
    }
}

/// Returns whether a line says itself who said it.
fn marked(line: &str) -> bool {
    SERVER.iter().chain(CLIENT).any(|mark| line.starts_with(mark))
}

/// Returns whether a line is a command of a client.
fn is_command(line: &str) -> bool {
    let upper = line.get(..line.len().min(12)).unwrap_or_default().trim_end().to_ascii_uppercase();
    let verb = upper.split([' ', ':', '\t']).next().unwrap_or_default();
    match verb {
        "EHLO" | "HELO" | "LHLO" | "AUTH" | "BDAT" | "VRFY" | "EXPN" | "XCLIENT" | "XFORWARD" => line.trim_end().len() > 4,
        "MAIL" => upper.starts_with("MAIL FROM:"),
        "RCPT" => upper.starts_with("RCPT TO:"),
        "DATA" | "QUIT" | "RSET" | "STARTTLS" | "NOOP" | "HELP" => line.trim_end().len() == verb.len(),
        _ => false,
    }
}

/// Returns whether a line of swaks or a like tool says that it connects.
fn is_connecting(line: &str) -> bool {
    line.starts_with("=== Connecting ") || line.starts_with("=== Trying ") || (line.starts_with("Trying ") && line.ends_with("..."))
}

/// The host, its address where it is known, and the port that a command or a tool names.
#[derive(Debug, Clone, Default, PartialEq)]
struct Target {
    host: String,
    address: Option<String>,
    port: Option<u16>,
}

impl Target {
    /// Reads `mx.example.net [192.0.2.1]:25`, `mx.example.net:25`, `[2001:db8::1]:25`, `192.0.2.1`.
    fn parse(text: &str) -> Target {
        let text = text.trim().trim_end_matches('.').trim_end_matches(',');
        let (name, address, rest) = match text.split_once('[') {
            Some((name, rest)) => {
                let (address, rest) = rest.split_once(']').unwrap_or((rest, ""));
                (name.trim(), Some(address), rest)
            }
            None if text.matches(':').count() > 1 => (text, None, ""),
            None => text.split_once(':').map_or((text, None, ""), |(name, port)| (name, None, port)),
        };
        let digits: String = rest.trim_start_matches(':').chars().take_while(char::is_ascii_digit).collect();
        let host = if name.is_empty() { address.unwrap_or_default() } else { name };
        let is_address = host.parse::<std::net::IpAddr>().is_ok();
        let address = address.or(is_address.then_some(host)).map(str::to_owned);
        Target { host: host.to_owned(), address, port: digits.parse().ok() }
    }
}

/// Returns the server that a command line connects to: of `telnet`, `nc`, `swaks` and `openssl s_client`.
fn target(command: &str) -> Option<Target> {
    let words: Vec<&str> = command.split_whitespace().skip_while(|word| *word == "sudo").collect();
    let program = words.first()?.rsplit(['/', '\\']).next()?;
    let option = |names: &[&str]| words.iter().position(|word| names.contains(word)).and_then(|at| words.get(at + 1)).copied();
    match program {
        "telnet" | "nc" | "ncat" => {
            let plain: Vec<&&str> = words.iter().skip(1).filter(|word| !word.starts_with('-')).collect();
            let mut target = plain.first().map(|host| Target::parse(host)).unwrap_or_default();
            target.port = target.port.or_else(|| plain.get(1).and_then(|port| port.parse().ok()));
            let mail = target.port.is_some_and(|port| matches!(port, 25 | 465 | 587 | 2525))
                || plain.get(1).is_some_and(|port| port.starts_with("smtp"));
            (mail || (program == "telnet" && target.host.is_empty())).then_some(target)
        }
        "swaks" => {
            let mut target = Target::parse(option(&["--server", "-s"]).unwrap_or_default());
            target.port = target.port.or_else(|| option(&["--port", "-p"]).and_then(|port| port.parse().ok()));
            Some(target)
        }
        "openssl" if words.contains(&"s_client") => {
            let target = Target::parse(option(&["-connect", "--connect"]).unwrap_or_default());
            (words.contains(&"smtp") || target.port.is_some_and(|port| matches!(port, 25 | 465 | 587))).then_some(target)
        }
        _ => None,
    }
}

/// Returns the error of swaks: `*** Error connecting to …`, and of the lab's client: `*** [Errno 111] Connection refused`.
fn swaks_error(line: &str) -> Option<&str> {
    line.strip_prefix("***").map(str::trim).filter(|error| session::failure(error).is_some())
}

/// Returns the error of telnet, nc or openssl.
fn tool_error(line: &str) -> Option<&str> {
    let starts = [
        "telnet: ",
        "nc: ",
        "Ncat: ",
        "(UNKNOWN) [",
        "connect:errno=",
        "Could not open connection",
        "Connecting To ",
        "write:errno=",
        "read:errno=",
    ];
    let ends = ["Connection closed by foreign host.", "Connection to host lost."];
    let known = starts.iter().any(|start| line.starts_with(start)) || ends.contains(&line.trim_end());
    known.then_some(line).filter(|line| session::failure(line).is_some() || line.starts_with("Connecting To "))
}

/// What was read so far.
#[derive(Default)]
struct Piece {
    connection: Option<Connection>,
    /// The host that a command line named, for the connection that follows.
    named: Option<Target>,
    block: Option<Block>,
    /// The host of the last connection: what `openssl` shows belongs to it.
    last_host: Option<String>,
    /// Within a message that is being sent.
    message: bool,
}

impl Reader for Piece {
    fn line(&mut self, line: Line<'_>, into: &mut Harvest) -> Took {
        let text = line.text.trim_end();
        if let Some(command) = command(text) {
            return self.command(command, line, into);
        }
        if let Some(rest) = text.strip_prefix("Microsoft Telnet>") {
            if rest.trim().get(..5).is_some_and(|word| word.eq_ignore_ascii_case("open ") || word.eq_ignore_ascii_case("o ")) {
                let words: Vec<&str> = rest.split_whitespace().collect();
                let mut target = Target::parse(words.get(1).copied().unwrap_or_default());
                target.port = words.get(2).and_then(|port| port.parse().ok());
                self.finish(into);
                self.connection = Some(Connection::to(target, line));
            }
            return Took::Part;
        }
        if text.starts_with("=== openssl s_client") || text.starts_with("CONNECTED(0") {
            self.begin_block(into);
            return Took::Part;
        }
        if let Some(took) = self.connecting(text, line, into) {
            return took;
        }
        if text.is_empty() {
            return Took::Part;
        }
        if let Some(took) = self.block_line(text, line) {
            return took;
        }
        if let Some(error) = text.strip_prefix("***").map(str::trim).or_else(|| tool_error(text)) {
            let named = self.named.take().unwrap_or_default();
            let connection = self.connection.get_or_insert_with(|| Connection::to(named, line));
            connection.touch(line);
            connection.error(error);
            return Took::Part;
        }
        if text.starts_with("===") || text.starts_with("Escape character is") {
            if let Some(connection) = &mut self.connection {
                connection.touch(line);
            }
            return Took::Part;
        }
        self.said(text, line, into)
    }

    fn end(mut self: Box<Self>, into: &mut Harvest) {
        self.finish(into);
        self.end_block(into);
    }
}

impl Piece {
    fn command(&mut self, command: &str, line: Line<'_>, into: &mut Harvest) -> Took {
        let Some(target) = target(command) else { return Took::No };
        self.finish(into);
        self.end_block(into);
        if command.contains("s_client") {
            self.last_host = Some(target.host.clone()).filter(|host| !host.is_empty());
        }
        let _ = line;
        self.named = Some(target).filter(|target| !target.host.is_empty());
        Took::Part
    }

    /// Lines that say that a connection is begun or made.
    fn connecting(&mut self, text: &str, line: Line<'_>, into: &mut Harvest) -> Option<Took> {
        if let Some((from, to)) = text.strip_prefix("=== Connecting from ").and_then(|rest| rest.split_once(" to ")) {
            self.finish(into);
            self.end_block(into);
            let mut connection = Connection::to(Target::parse(to), line);
            connection.inbound(from.trim());
            self.connection = Some(connection);
            return Some(Took::Record);
        }
        if let Some(to) = text.strip_prefix("=== Connecting to ").or_else(|| text.strip_prefix("=== Trying ")) {
            self.finish(into);
            self.end_block(into);
            self.connection = Some(Connection::to(Target::parse(to.trim_end_matches("...")), line));
            return Some(Took::Record);
        }
        if let Some(address) = text.strip_prefix("Trying ").and_then(|rest| rest.strip_suffix("...")) {
            // Of several addresses of one host, only the last one is waited for to the end.
            let again = self.connection.as_ref().is_some_and(|connection| connection.is_silent() && !connection.is_connected());
            let before = if again { self.connection.take() } else { None };
            self.finish(into);
            let mut target = self.named.take().or_else(|| before.as_ref().map(Connection::target)).unwrap_or_default();
            let named = !target.host.is_empty() && Some(&target.host) != target.address.as_ref();
            target.address = Some(address.to_owned());
            if !named {
                address.clone_into(&mut target.host);
            }
            self.connection = Some(Connection::to(target, line));
            return Some(Took::Record);
        }
        let connected = text.strip_prefix("Connected to ").or_else(|| text.strip_prefix("=== Connected to "));
        if let Some(host) = connected {
            let named = self.named.take().unwrap_or_default();
            let connection = self.connection.get_or_insert_with(|| Connection::to(named, line));
            connection.touch(line);
            connection.connected(&Target::parse(host).host);
            return Some(Took::Part);
        }
        None
    }

    fn begin_block(&mut self, into: &mut Harvest) {
        self.finish(into);
        if self.block.as_ref().is_some_and(Block::is_full) {
            self.end_block(into);
        }
        if self.block.is_none() {
            self.block = Some(Block::default());
        }
    }

    /// Lines that `openssl` prints; they begin a block where none is open.
    fn block_line(&mut self, text: &str, line: Line<'_>) -> Option<Took> {
        if self.block.is_none() && (text.starts_with("verify error:") || text.starts_with("depth=") || text.starts_with("subject=")) {
            self.block = Some(Block::default());
        }
        let block = self.block.as_mut()?;
        block.take(text, line).then_some(Took::Part)
    }

    fn end_block(&mut self, into: &mut Harvest) {
        if let Some(block) = self.block.take() {
            block.give(self.last_host.as_deref(), into);
        }
    }

    fn said(&mut self, text: &str, line: Line<'_>, into: &mut Harvest) -> Took {
        let raw = !marked(text);
        if self.message && raw {
            if text == "." {
                self.message = false;
            } else if !(reply_code(text).is_some() && Self::is_final(text)) {
                return Took::Part;
            } else {
                // A reply without the dot before it: the person left the dot out of the paste.
                self.message = false;
            }
            if text == "." {
                return Took::Part;
            }
        }
        let Some(said) = Said::of(text) else { return Took::No };
        if raw && self.connection.as_ref().is_some_and(Connection::is_over) && reply_code(text) != Some(220) {
            return Took::No;
        }
        // A greeting begins another session where one has gone beyond its own.
        let greeting = matches!(said, Said::Server(text) if reply_code(text) == Some(220));
        if greeting && self.connection.as_ref().is_some_and(Connection::is_over) {
            self.finish(into);
        }
        let named = self.named.take().unwrap_or_default();
        let begun = self.connection.is_none();
        let connection = self.connection.get_or_insert_with(|| Connection::to(named, line));
        connection.touch(line);
        match said {
            Said::Server(text) => {
                connection.server(text);
                self.message = reply_code(text) == Some(354);
            }
            Said::Client(text) => connection.client(text),
        }
        if begun { Took::Record } else { Took::Part }
    }

    fn is_final(text: &str) -> bool {
        text.len() < 200
            && text.as_bytes().get(3) == Some(&b' ')
            && super::template::enhanced_code(text.get(4..).unwrap_or_default()).is_some()
    }

    fn finish(&mut self, into: &mut Harvest) {
        self.message = false;
        if let Some(connection) = self.connection.take()
            && let Some(host) = connection.give(into)
        {
            self.last_host = Some(host);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::host_state::support::{facts, read_text};

    #[test]
    fn every_kind_of_transcript() {
        let cases = [
            (
                "=== Connecting to mx.shop.example [192.0.2.7]:25\n<-  220 mx ESMTP\n -> EHLO a.example\n<-  250 mx\n -> QUIT\n<-  221 bye\n",
                "smtp outbound mx.shop.example:25 ok refusal=? rcpt=?",
            ),
            (
                "=== Trying mx.shop.example:25...\n*** Error connecting to mx.shop.example:25:\n*** \tIO::Socket::INET6: connect: Connection refused\n",
                "smtp outbound mx.shop.example:25 refused refusal=? rcpt=?",
            ),
            (
                "=== Connecting to mx.shop.example [192.0.2.7]:25\n*** timed out\n",
                "smtp outbound mx.shop.example:25 timeout refusal=? rcpt=?",
            ),
            (
                "*** mx.shop.example: [Errno -3] Temporary failure in name resolution\n",
                "smtp outbound mx.shop.example:25 unresolved refusal=? rcpt=?",
            ),
            (
                "=== Connecting from 192.0.2.9 to 192.0.2.7:25\n<-  220 mx ESMTP\n -> RCPT TO:<bob@shop.example>\n<** 554-5.7.1 no\n<** 554 5.7.1 never\n",
                "smtp inbound 192.0.2.7:25 ok refusal=554 5.7.1 no never rcpt=bob@shop.example",
            ),
            (
                "Trying 192.0.2.7...\nConnected to mx.shop.example.\nEscape character is '^]'.\n220 mx ESMTP\nHELO x.example\n250 ok\nrcpt to: <bob@shop.example>\n550 5.1.1 unknown\nquit\n221 bye\nConnection closed by foreign host.\n",
                "smtp outbound mx.shop.example:25 ok refusal=550 5.1.1 unknown rcpt=bob@shop.example",
            ),
            (
                "Trying 192.0.2.7...\nConnected to mx.shop.example.\nEscape character is '^]'.\nConnection closed by foreign host.\n",
                "smtp outbound mx.shop.example:25 closed refusal=? rcpt=?",
            ),
            (
                "Trying 192.0.2.7...\nConnected to mx.shop.example.\nEscape character is '^]'.\n",
                "smtp outbound mx.shop.example:25 banner-timeout refusal=? rcpt=?",
            ),
            (
                "$ telnet mx.shop.example 587\nTrying 192.0.2.7...\ntelnet: Unable to connect to remote host: No route to host\n",
                "smtp outbound mx.shop.example:587 unreachable refusal=? rcpt=?",
            ),
            ("S: 220 mx ESMTP\nC: EHLO a.example\nS: 421 4.7.0 too many\n", "smtp outbound mx:25 ok refusal=421 4.7.0 too many rcpt=?"),
        ];
        for (text, row) in cases {
            let rows = facts(&read_text(text));
            assert!(rows.contains(&row.to_owned()), "{row}: {rows:#?}");
        }
    }

    #[test]
    fn a_certificate_belongs_to_the_connection_before_it() {
        let text = "=== Connecting to mx.shop.example [192.0.2.7]:25\n<-  220 mx ESMTP\n -> QUIT\n<-  221 bye\n\
            === openssl s_client -starttls smtp: TLS session and certificate\nverify error:num=10:certificate has expired\nCONNECTED(00000003)\n\
            Verify return code: 10 (certificate has expired)\nsubject=CN = mx.shop.example\nnotAfter=Jan  1 00:00:00 2021 GMT\n\
            X509v3 Subject Alternative Name: \n    DNS:mx.shop.example, DNS:b.shop.example\n";
        let harvest = read_text(text);
        let rows = facts(&harvest);
        let row = "certificate mx.shop.example CN = mx.shop.example until=2021-01-01T00:00:00Z certificate has expired";
        assert!(rows.contains(&row.to_owned()), "{rows:#?}");
        let names = harvest.facts.certificates.get(0).unwrap().what.names.value().unwrap().clone();
        assert_eq!(names, ["mx.shop.example", "b.shop.example"]);
    }

    #[test]
    fn the_message_is_no_part_of_the_session() {
        let text = "220 mx.shop.example ESMTP\nEHLO a.example\n250 ok\nDATA\n354 go\nSubject: 550 5.1.1 no\n\n550 of them came\n.\n250 2.0.0 queued\nQUIT\n221 bye\n";
        let harvest = read_text(text);
        assert_eq!(facts(&harvest), ["smtp outbound mx.shop.example:25 ok refusal=? rcpt=?"]);
    }

    #[test]
    fn numbers_in_other_texts_are_no_sessions() {
        for text in ["220 volts\n", "550 people\n250 more\n", "HELP\n"] {
            assert!(read_text(text).facts.is_empty(), "{text}");
        }
    }
}
