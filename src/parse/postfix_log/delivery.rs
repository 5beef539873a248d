//! A delivery as every delivery agent of Postfix logs it.

use super::daemon::Spoken;
use crate::fact::{Side, Stage};
use crate::parse::flow::Attempt;
use crate::parse::{Reason, template};
use memchr::{memchr, memmem};

/// Returns whether the text behind a queue id is a delivery: `to=<…>, … status=…`, also with the recipient alone.
pub fn is_delivery(text: &str) -> bool {
    text.starts_with("to=<")
        || memmem::find(text.as_bytes(), b", relay=").is_some_and(|at| text.get(at..).is_some_and(|rest| rest.contains(", status=")))
}

/// Takes a delivery apart; nothing comes of a probe that found an address deliverable. `hop` lends the room for the next hop.
///
/// # Errors
///
/// What is missing, as the reason for a line that was not understood.
///
/// # Source
///
/// All delivery agents of Postfix share one form: `to=<…>, [orig_to=<…>,] relay=…, [conn_use=…,] delay=…, delays=…, dsn=…, status=… (text)`.
/// What a remote host says stands in the text only, so the first `status=` behind the recipient is the real one.
pub fn parse<'a>(spoken: &Spoken<'a>, sender: Option<&'a str>, hop: &'a mut String) -> Result<Option<Attempt<'a>>, Reason> {
    let (recipient, rest) =
        recipient(spoken.text).ok_or(Reason::new("a delivery whose recipient has no end", "受信者の終わりがない配信の行"))?;
    let Fields { relay, code, status } = Fields::read(rest).ok_or(Reason::new("a delivery without a status", "状態のない配信の行"))?;
    let (word, text) = status.split_once(' ').unwrap_or((status, ""));
    let text = text.strip_prefix('(').map_or(text, |inner| inner.strip_suffix(')').unwrap_or(inner));
    let status = match word.trim_end_matches(',') {
        "sent" => "sent",
        "deferred" | "SOFTBOUNCE" => "deferred",
        "bounced" | "undeliverable" => "bounced",
        "expired" => "expired",
        "deliverable" => return Ok(None),
        _ => return Err(Reason::new("a delivery with an unknown status", "状態が不明な配信の行")),
    };
    let (side, reply) = if status == "sent" {
        let reply = template::reply_code(text);
        (if reply.is_some() { Side::Remote } else { Side::Own }, reply)
    } else {
        let reason = template::reason(text);
        if relay == "none" {
            hop.extend(reason.host);
        } else {
            next_hop(relay, hop);
        }
        (if reason.side == Side::Remote { Side::Remote } else { Side::Own }, reason.reply)
    };
    Ok(Some(Attempt {
        stage: stage(spoken.daemon, text, hop),
        // What `pipe` calls differs from service to service, and the relay names the service.
        transport: if spoken.daemon == "pipe" && !relay.is_empty() && relay != "none" { relay } else { spoken.daemon },
        recipient,
        sender,
        next_hop: hop,
        status,
        code,
        reply,
        text,
        side,
        message: spoken.message,
        at: spoken.at,
        source: spoken.source,
    }))
}

/// Splits `to=<bob@example.net>, ` off; also a recipient that somebody stripped of `to=<>`.
fn recipient(text: &str) -> Option<(&str, &str)> {
    match text.strip_prefix("to=<") {
        Some(inner) => {
            let end = memmem::find(inner.as_bytes(), b">, ")?;
            Some((inner.get(..end)?, inner.get(end + 3..)?))
        }
        None => text.split_once(", "),
    }
}

struct Fields<'a> {
    relay: &'a str,
    code: &'a str,
    /// Everything behind `status=`.
    status: &'a str,
}

impl<'a> Fields<'a> {
    /// Reads `key=value, ` up to the status.
    fn read(mut rest: &'a str) -> Option<Fields<'a>> {
        let (mut relay, mut code) = ("", "");
        loop {
            if let Some(status) = rest.strip_prefix("status=") {
                return Some(Fields { relay, code, status });
            }
            let end = memchr(b',', rest.as_bytes())?;
            let field = rest.get(..end)?;
            if let Some(value) = field.strip_prefix("relay=") {
                relay = value;
            } else if let Some(value) = field.strip_prefix("dsn=") {
                code = value;
            }
            let behind = rest.get(end + 1..)?;
            rest = behind.strip_prefix(' ').unwrap_or(behind);
        }
    }
}

/// Writes the host that was asked: `mx.example.net[192.0.2.1]:25` → `mx.example.net`, `localhost[private/lmtp]` → `private/lmtp`;
/// nothing where the relay is a service of this host (`local`).
fn next_hop(relay: &str, hop: &mut String) {
    let Some((name, rest)) = relay.split_once('[') else { return };
    let Some((address, port)) = rest.rsplit_once(']') else { return };
    hop.push_str(if address.contains('/') || name.is_empty() { address } else { name });
    if let Some(port) = port.strip_prefix(':').filter(|port| *port != "25") {
        hop.push(':');
        hop.push_str(port);
    }
}

/// Returns the stage of a delivery agent. `error` and its like only repeat what another agent met, so their text has to tell.
fn stage(daemon: &str, text: &str, hop: &str) -> Option<Stage> {
    match daemon {
        "smtp" => Some(Stage::RemoteDelivery),
        "local" | "virtual" | "lmtp" | "pipe" | "spawn" => Some(Stage::LocalDelivery),
        _ if !hop.is_empty() => Some(if hop.contains('/') { Stage::LocalDelivery } else { Stage::RemoteDelivery }),
        _ if text.contains("Name service error") || text.contains("ost or domain name not found") => Some(Stage::RemoteDelivery),
        _ if text.contains("ser unknown in ") || text.contains("nknown user") || text.contains("mailbox") => Some(Stage::LocalDelivery),
        _ => None,
    }
}
