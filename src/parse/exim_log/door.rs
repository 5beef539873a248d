//! Mail that Exim refuses at the door.

use crate::fact::{FileId, Place, Side, Source, Stage};
use crate::parse::flow::Attempt;
use crate::parse::template::{enhanced_code, reply_code};

/// Takes a refusal apart: `H=… F=<…> rejected RCPT <…>: reason`, also `temporarily rejected`; `None` when the line is none. Message, time
/// and place are left for the caller to fill in.
///
/// # Source
///
/// The Exim specification, "Log files"; what stands behind the last field is what the client was told.
pub fn refusal(text: &str) -> Option<Attempt<'_>> {
    let at = if text.starts_with("rejected ") || text.starts_with("temporarily rejected ") { 0 } else { text.find("rejected ")? };
    let fields = text.get(..at)?;
    let rest = text.get(at + "rejected ".len()..).map(|rest| rest.strip_prefix("rejected ").unwrap_or(rest))?;
    // Without a client it is the tail of some other message.
    let client = client(fields)?;
    let (recipient, rest) = match rest.strip_prefix("RCPT ") {
        Some(rest) => {
            let inner = rest.strip_prefix('<').unwrap_or(rest);
            inner.split_once(">: ").or_else(|| inner.split_once(": ")).unwrap_or((inner.trim_end_matches('>'), ""))
        }
        None => ("", rest.split_once(": ").map_or(rest, |(_, reason)| reason)),
    };
    let reply = if rest.is_empty() { text.get(at..)? } else { rest };
    let words = reply_code(reply).and_then(|_| reply.get(4..)).unwrap_or(reply);
    let sender = fields.rsplit_once("F=<").and_then(|(_, inner)| inner.split_once('>')).map(|(sender, _)| sender);
    Some(Attempt {
        stage: Some(Stage::Submission),
        transport: "smtp",
        recipient,
        sender,
        next_hop: client,
        status: "rejected",
        code: enhanced_code(words.trim_start()).unwrap_or_default(),
        reply: reply_code(reply),
        text: reply,
        side: Side::Own,
        message: 0,
        at: None,
        source: Source { file: FileId(0), place: Place::Whole },
    })
}

/// Returns the client of `H=name (helo) [address]:port`: its name where the DNS confirmed one, else its address.
fn client(fields: &str) -> Option<&str> {
    let host = if let Some(rest) = fields.strip_prefix("H=") { rest } else { fields.split_once(" H=")?.1 };
    if !host.starts_with(['(', '[']) {
        return host.split(' ').next().filter(|name| !name.is_empty());
    }
    let (_, rest) = host.split_once('[').filter(|_| host.starts_with('[')).or_else(|| host.split_once(" ["))?;
    rest.split_once(']').map(|(address, _)| address)
}
