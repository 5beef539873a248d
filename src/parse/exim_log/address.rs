//! The lines `=>`, `->`, `>>`, `**` and `==` of Exim's mainlog: one address each.

use crate::fact::Stage;

/// What such a line says.
#[derive(Debug)]
pub struct Address<'a> {
    /// The recipient; where an address was redirected, the one that the message came for.
    pub recipient: &'a str,
    /// The sender, where the line has it.
    pub sender: Option<&'a str>,
    /// The stage, as far as router and transport tell.
    pub stage: Option<Stage>,
    /// The transport, else the router; empty when neither was reached.
    pub transport: &'a str,
    /// The host that was asked, with its port where it is not 25.
    pub host: Option<String>,
    /// The error, empty for a delivery.
    pub text: &'a str,
}

/// Takes a line apart behind its flag; `None` when it names no address.
///
/// # Source
///
/// The Exim specification, "Log files": the address as delivered, `<the original>` where they differ, fields `KEY=value`, for a deferral
/// `defer (errno)`, and behind a colon the error.
pub fn parse<'a>(line: &'a str, flag: &str) -> Option<Address<'a>> {
    let failed = matches!(flag, "**" | "==");
    let (mut recipient, mut sender, mut router, mut transport, mut text) = ("", None, "", "", "");
    let (mut host, mut address) = ("", "");
    let mut in_host = false;
    let mut rest = line.trim_start();
    while !rest.is_empty() {
        let (word, behind) = word(rest);
        let last = failed && word.ends_with(':');
        let word = if last { word.get(..word.len() - 1).unwrap_or(word) } else { word };
        if recipient.is_empty() {
            recipient = word;
        } else if let Some((key, value)) = word.split_once('=').filter(|(key, _)| key.bytes().all(|byte| byte.is_ascii_uppercase())) {
            in_host = key == "H";
            match key {
                "R" => router = value,
                "T" => transport = value,
                "H" => host = value,
                "F" => sender = Some(value.trim_matches(['<', '>'])),
                _ => {}
            }
        } else if in_host && word.starts_with('[') {
            address = word;
            in_host = false;
        } else if word.starts_with('<') && router.is_empty() && transport.is_empty() {
            // `bob <alias@example.net>`, and `/var/mail/bob <bob@example.net>`.
            let original = word.trim_matches(['<', '>']);
            recipient = if original.contains('@') { original } else { recipient };
        }
        rest = behind;
        if last {
            text = rest;
            break;
        }
    }
    if recipient.is_empty() {
        return None;
    }
    let asked = asked(host, address);
    let stage = stage(router, transport, asked.is_some());
    let transport = if transport.is_empty() { router } else { transport };
    Some(Address { recipient, sender, stage, transport, host: asked, text })
}

/// Splits the next word off; a value in quotes is one word.
fn word(rest: &str) -> (&str, &str) {
    let mut quoted = false;
    let mut escaped = false;
    for (at, byte) in rest.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b' ' if !quoted => return (rest.get(..at).unwrap_or_default(), rest.get(at + 1..).unwrap_or_default()),
            _ => {}
        }
    }
    // Quotes that are never closed quote nothing.
    if quoted { rest.split_once(' ').unwrap_or((rest, "")) } else { (rest, "") }
}

/// `mx.a.example`, `[192.0.2.1]:26` → `mx.a.example:26`; a host that only called itself by a name (`(name)`) goes by its address.
fn asked(host: &str, address: &str) -> Option<String> {
    let (ip, port) = address.trim_start_matches('[').split_once(']').unwrap_or((address.trim_start_matches('['), ""));
    let name = if host.is_empty() || host.starts_with('(') || host.starts_with('[') { ip } else { host };
    let name = if name.is_empty() { host.trim_matches(['[', ']', '(', ')']) } else { name };
    if name.is_empty() {
        return None;
    }
    let port = port.trim_start_matches(':');
    Some(if port.is_empty() || port == "25" { name.to_owned() } else { format!("{name}:{port}") })
}

/// Returns the host of a line `H=name [address]:port …` behind `H=`, empty when it names none.
pub fn unreached(text: &str) -> String {
    let mut words = text.splitn(4, ' ').filter(|word| !word.starts_with('('));
    let first = words.next().unwrap_or_default();
    let (host, address) = if first.starts_with('[') { ("", first) } else { (first, words.next().unwrap_or_default()) };
    let address = if address.starts_with('[') { address } else { "" };
    asked(host, address).unwrap_or_default()
}

/// Returns the stage: the transport tells by its name or by the host that it asked, else a router that looks for hosts.
fn stage(router: &str, transport: &str, host: bool) -> Option<Stage> {
    let has = |name: &str, parts: &[&str]| parts.iter().any(|part| name.contains(part));
    if !transport.is_empty() {
        let local =
            has(transport, &["lmtp", "local", "maildir", "mailbox", "address_", "dovecot", "virtual", "procmail", "maildrop", "cyrus"]);
        let remote = has(transport, &["smtp", "remote", "smarthost"]) || host;
        return Some(if local || !remote { Stage::LocalDelivery } else { Stage::RemoteDelivery });
    }
    has(router, &["dnslookup", "lookuphost", "smarthost", "smart_host", "remote", "ipliteral", "hubbed"]).then_some(Stage::RemoteDelivery)
}
