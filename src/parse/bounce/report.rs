//! The machine-readable part of a report (RFC 3464), and what it and the text say together.

use super::super::template::{host, reason};
use super::text::{Found, Reading, codes, joined, unfolded};
use super::{Failure, words};
use crate::fact::Side;
use mail_parser::MessageParser;

/// The fields of one recipient, or those of the message.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Status {
    /// The recipient.
    pub(super) recipient: Option<String>,
    /// What was done, in lower case.
    pub(super) action: Option<String>,
    /// The system that reports.
    pub(super) reporter: Option<String>,
    code: Option<String>,
    comment: Option<String>,
    diagnostic: Option<(String, String)>,
    remote: Option<String>,
}

impl Status {
    /// Returns whether this says that the message went on.
    pub(super) fn is_success(&self) -> bool {
        match self.action.as_deref() {
            Some("delivered" | "relayed" | "expanded") => true,
            Some("failed" | "delayed") => false,
            _ => self.code.as_deref().is_some_and(|code| code.starts_with('2')),
        }
    }

    fn is_empty(&self) -> bool {
        *self == Status::default()
    }
}

/// Reads the fields of a `message/delivery-status` part: groups that empty lines separate.
pub(super) fn fields(text: &str) -> Vec<Status> {
    let mut found = Vec::new();
    let mut group = String::new();
    for line in text.lines().chain([""]) {
        if line.trim().is_empty() {
            found.extend(statuses(&group));
            group.clear();
        } else {
            group.push_str(line);
            group.push_str("\r\n");
        }
    }
    found
}

/// Finds such fields in a text where the parts of the message are broken; returns them, and the text without them.
pub(super) fn within(text: &str) -> (Vec<Status>, String) {
    const FIELDS: &[&str] = &[
        "reporting-mta:",
        "final-recipient:",
        "original-recipient:",
        "action:",
        "status:",
        "diagnostic-code:",
        "remote-mta:",
        "last-attempt-date:",
        "arrival-date:",
        "received-from-mta:",
        "x-postfix-",
        "will-retry-until:",
        "x-display-name:",
        "x-actual-recipient:",
        "original-envelope-id:",
    ];
    let (mut block, mut rest) = (String::new(), String::new());
    let mut inside = false;
    let mut returned = false;
    for line in text.lines() {
        let lower = line.get(..line.len().min(40)).unwrap_or_default().to_ascii_lowercase();
        let field = FIELDS.iter().any(|field| lower.starts_with(field));
        if lower.starts_with("received:")
            || lower.starts_with("content-type: message/rfc822")
            || lower.starts_with("content-type: text/rfc822")
        {
            returned = true;
        }
        if !returned && (field || (inside && line.starts_with([' ', '\t']) && !line.trim().is_empty())) {
            inside = true;
            block.push_str(line);
            block.push('\n');
        } else {
            if inside {
                block.push('\n');
            }
            inside = false;
            rest.push_str(line);
            rest.push('\n');
        }
    }
    let found = fields(&block);
    if found.iter().any(|status| status.recipient.is_some()) { (found, rest) } else { (Vec::new(), text.to_owned()) }
}

fn statuses(group: &str) -> Vec<Status> {
    let mut found = Vec::new();
    let mut status = Status::default();
    let Some(message) = MessageParser::default().parse_headers(group.as_bytes()) else { return found };
    let mut seen: Vec<String> = Vec::new();
    for (name, value) in message.headers_raw() {
        let name = name.to_ascii_lowercase();
        let value = value.split_whitespace().collect::<Vec<_>>().join(" ");
        // A field that comes again belongs to the next recipient: the empty line between them got lost.
        if seen.contains(&name) && matches!(name.as_str(), "final-recipient" | "action" | "original-recipient") {
            found.push(std::mem::take(&mut status));
            seen.clear();
        }
        status.field(&name, &value);
        seen.push(name);
    }
    if !status.is_empty() {
        found.push(status);
    }
    found
}

impl Status {
    fn field(&mut self, name: &str, value: &str) {
        let typed = |value: &str| {
            value
                .split_once(';')
                .map_or((String::new(), value.trim().to_owned()), |(kind, rest)| (kind.trim().to_ascii_lowercase(), rest.trim().to_owned()))
        };
        match name {
            "final-recipient" | "original-recipient" => {
                let (_, address) = typed(value);
                let address = address.trim_matches(['<', '>', ' ', '"']).to_owned();
                let better = address.contains('@') && !address.starts_with('@');
                let had = self.recipient.as_ref().is_some_and(|known| known.contains('@') && !known.starts_with('@'));
                if !address.is_empty() && (self.recipient.is_none() || (better && (!had || name == "original-recipient"))) {
                    self.recipient = Some(address);
                }
            }
            "action" => self.action = value.split([' ', '(', ';']).next().map(str::to_ascii_lowercase),
            "status" => {
                self.code = codes(value).1;
                self.comment = value.split_once('(').map(|(_, comment)| comment.trim_end_matches(')').to_owned());
                if self.code.is_none() && value.starts_with('2') {
                    self.code = Some(value.to_owned());
                }
            }
            "diagnostic-code" => self.diagnostic = Some(typed(value)),
            "remote-mta" => self.remote = Some(typed(value).1).map(|host| bare(&host)).filter(|host| !host.is_empty()),
            "reporting-mta" => self.reporter = Some(typed(value).1).map(|host| bare(&host)).filter(|host| !host.is_empty()),
            _ => {}
        }
    }
}

/// Returns the name of a host without what is said about it.
fn bare(host: &str) -> String {
    let word = host.split([' ', '(']).next().unwrap_or_default();
    word.trim_matches(['[', ']', ',', '.']).to_owned()
}

/// Puts the fields of one recipient and the text together.
pub(super) fn failure(status: Status, reading: &Reading, reporter: Option<&str>, delayed: bool) -> Failure {
    let (kind, diagnostic) = status.diagnostic.clone().unwrap_or_default();
    let diagnostic = if diagnostic.is_empty() { status.comment.clone().unwrap_or_default() } else { diagnostic };
    let mut said = reading.about(status.recipient.as_deref(), words::says_why(&diagnostic));
    if said.is_empty() && !words::says_why(&diagnostic) && words::says_why(&reading.all) {
        said.clone_from(&reading.all);
    }
    let mut text = unfolded(&joined(&diagnostic, &said));
    if text.is_empty() {
        text = reading.all.clone();
    }
    let (reply, code) = codes(&diagnostic);
    let (said_reply, said_code) = codes(&said);
    let generic = |code: &str| code.ends_with(".0.0");
    let told = code.or(said_code).filter(|code| !generic(code));
    let code = match status.code.clone() {
        Some(code) if generic(&code) => told.or(Some(code)),
        Some(code) => Some(code),
        None => told,
    };
    let action = status.action.as_deref();
    let delayed = action == Some("delayed") || (action.is_none() && delayed);
    let quoted = is_quoted(&text);
    let exchange = words::EXCHANGE.iter().any(|word| diagnostic.contains(word));
    let side = if exchange {
        Side::Own
    } else if quoted || (status.remote.is_some() && (kind == "smtp" || kind == "lmtp")) {
        Side::Remote
    } else if kind.starts_with("x-") || kind.starts_with("x400") || kind == "unix" {
        Side::Own
    } else {
        Side::Unknown
    };
    let gave = if side == Side::Remote { status.remote.clone().or_else(|| host(&text)) } else { None };
    Failure {
        recipient: status.recipient,
        code,
        reply: reply.or(said_reply),
        text,
        host: gave.map(|host| host.trim_end_matches('.').to_owned()).or_else(|| reporter.map(str::to_owned)),
        delayed,
        side: Some(side),
    }
}

/// What the text alone says of one recipient.
pub(super) fn free(found: &Found, reading: &Reading, reporter: Option<&str>, delayed: bool) -> Failure {
    let text = unfolded(&reading.reason(found));
    let (reply, code) = codes(&text);
    let quoted = is_quoted(&text);
    let gave = if quoted { host(&text) } else { None };
    let own = words::EXCHANGE.iter().any(|word| text.contains(word));
    let side = if own {
        Side::Own
    } else if quoted {
        Side::Remote
    } else {
        Side::Unknown
    };
    Failure {
        recipient: found.recipient.clone(),
        code,
        reply,
        text,
        host: gave.map(|host| host.trim_end_matches('.').to_owned()).or_else(|| reporter.map(str::to_owned)),
        delayed,
        side: Some(side),
    }
}

/// Returns whether a text quotes another server.
fn is_quoted(text: &str) -> bool {
    const QUOTING: &[&str] = &[
        "responded with failure",
        "other server returned",
        "did not like our",
        "remote server replied",
        "remote smtp server returned",
        "remote server returned",
        "remote server responded",
        "remote server (",
        "rejected by the recipient domain",
        "rejected by the server for the recipient",
        "response from the remote server",
        "the response was",
        "remote host said",
        "server returned an error",
        "was rejected by a remote",
        "rejected by remote",
        "smtp error from remote",
        "error from remote mail",
        "the remote server",
        "response was:",
        "mailer said",
        "while talking to",
        "smtp;5",
        "smtp;4",
        "smtp; 5",
        "smtp; 4",
    ];
    let lower = text.to_lowercase();
    reason(text).side == Side::Remote || words::any(&lower, QUOTING)
}
