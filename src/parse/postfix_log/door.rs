//! Mail that Postfix refuses at the door: `reject` and `milter-reject` of `smtpd`, `postscreen` and `cleanup`.

use super::daemon::Spoken;
use crate::fact::{Side, Stage};
use crate::parse::flow::Attempt;
use crate::parse::template::{enhanced_code, reply_code};
use memchr::memmem;

/// Takes a refusal apart; `None` when the line is none. A `reject_warning` refuses nothing.
///
/// # Source
///
/// `smtpd`: `NOQUEUE: reject: RCPT from CLIENT: REPLY; from=<…> to=<…> proto=… helo=<…>`; `cleanup` for header and body checks: `ID: reject:
/// header TEXT from CLIENT; from=<…> to=<…> proto=… helo=<…>: REPLY`, for milters as `smtpd`; `postscreen` separates fields with commas.
pub fn refusal<'a>(spoken: &Spoken<'a>) -> Option<Attempt<'a>> {
    let text = spoken.text.strip_prefix("NOQUEUE: ").unwrap_or(spoken.text);
    let (action, rest) = text.split_once(": ")?;
    if !matches!(action, "reject" | "milter-reject" | "proxy-reject") {
        return None;
    }
    // A reply may hold a semicolon, the fields behind it may not hold `; from=<`: an address with blanks stands in quotes of its own.
    let (said, fields) = match memmem::rfind(rest.as_bytes(), b"; from=<") {
        Some(at) => (rest.get(..at)?, rest.get(at + 2..)?),
        None => (rest, ""),
    };
    let content = ["header ", "body ", "mime-header ", "nested-header "].iter().any(|part| said.starts_with(part));
    let (client, reply) = if content {
        let client = said.rsplit_once(" from ").map_or("", |(_, client)| client);
        (client, behind_fields(fields).unwrap_or("message content rejected"))
    } else {
        let (_, rest) = said.split_once(" from ")?;
        client_and_reply(rest)
    };
    let words = reply_code(reply).and_then(|_| reply.get(4..)).unwrap_or(reply);
    Some(Attempt {
        stage: Some(Stage::Submission),
        transport: spoken.daemon,
        recipient: field(fields, "to=<").unwrap_or_default(),
        sender: field(fields, "from=<"),
        next_hop: client,
        status: "rejected",
        code: enhanced_code(words.trim_start()).unwrap_or_default(),
        reply: reply_code(reply),
        text: reply,
        side: Side::Own,
        message: spoken.message,
        at: spoken.at,
        source: spoken.source,
    })
}

/// `host.example[192.0.2.1]:25: 554 5.7.1 …` → the client without its port, and the reply.
fn client_and_reply(text: &str) -> (&str, &str) {
    let close = text.find(']').map_or(0, |at| at + 1);
    let (client, rest) = text.split_at(close);
    match rest.split_once(": ") {
        Some((port, reply)) if close > 0 && port.bytes().all(|byte| byte == b':' || byte.is_ascii_digit()) => {
            (client.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')).unwrap_or(client), reply)
        }
        _ => text.split_once(": ").unwrap_or((text, "")),
    }
}

/// Returns what stands between `key` and the `>` that closes it.
fn field<'a>(fields: &'a str, key: &str) -> Option<&'a str> {
    let rest = fields.get(memmem::find(fields.as_bytes(), key.as_bytes())? + key.len()..)?;
    let end = memmem::find(rest.as_bytes(), b"> ").or_else(|| memmem::find(rest.as_bytes(), b">,")).or_else(|| rest.rfind('>'))?;
    rest.get(..end)
}

/// Returns the reply that header and body checks put behind the fields.
fn behind_fields(fields: &str) -> Option<&str> {
    let (_, behind) = fields.split_once(" proto=").unwrap_or(("", fields));
    behind.split_once(">: ").or_else(|| behind.split_once(": ")).map(|(_, reply)| reply)
}
