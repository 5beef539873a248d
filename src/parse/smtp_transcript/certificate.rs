//! The certificate that `openssl s_client` shows.

use super::super::{Harvest, Line};
use crate::fact::{Certificate, Facts, FileId, Known, Place, Source, Timestamp};

/// What `openssl` printed about one TLS session.
#[derive(Default)]
pub(super) struct Block {
    subject: Option<String>,
    issuer: Option<String>,
    not_before: Option<Timestamp>,
    not_after: Option<Timestamp>,
    names: Vec<String>,
    verification: Option<String>,
    /// Whether names follow on the next line.
    naming: bool,
    /// Within the certificate itself or another run of Base64.
    encoded: bool,
    lines: Option<(FileId, u64, u64)>,
}

/// Starts of lines that `openssl s_client` prints and that say nothing more here.
const OTHERS: &[&str] = &[
    "---",
    "verify return:",
    "Certificate chain",
    "Server certificate",
    "No client certificate",
    "Peer signing",
    "Peer signature",
    "Server Temp Key",
    "Peer Temp Key",
    "SSL handshake has read",
    "SSL-Session",
    "New, ",
    "Server public key",
    "Secure Renegotiation",
    "Compression:",
    "Expansion:",
    "No ALPN",
    "Early data",
    "Verification",
    "Negotiated ",
    "Acceptable client",
    "Requested Signature",
    "Shared Requested",
    "Client Certificate",
    "DONE",
    "Post-Handshake",
    "This TLS version",
    "Reused, ",
    "SSL:",
    "Protocol",
    "Cipher",
    "Session-ID",
    "Master-Key",
    "Start Time",
    "Timeout",
    "Extended master",
    "Max Early",
    "TLS session ticket",
    "read R BLOCK",
    "closed",
    "Verify return code",
    "Connecting to ",
    "no peer certificate",
    "Didn't find STARTTLS",
    "Server did acknowledge",
];

impl Block {
    /// Returns whether a certificate is there already, so that another session begins another block.
    pub(super) fn is_full(&self) -> bool {
        self.subject.is_some()
    }

    /// Takes a line; returns whether it belongs to the block.
    pub(super) fn take(&mut self, line: &str, of: Line<'_>) -> bool {
        let (file, first, _) = self.lines.unwrap_or((of.file, of.number, of.number));
        let before = self.lines;
        self.lines = Some((file, first, of.number));
        let text = line.trim();
        if self.encoded {
            self.encoded = !text.starts_with("-----END");
            return true;
        }
        if text.starts_with("-----BEGIN") {
            self.encoded = true;
            return true;
        }
        if self.naming && (text.starts_with("DNS:") || text.starts_with("IP Address:") || text.starts_with("email:")) {
            self.names.extend(text.split(',').filter_map(|name| name.trim().strip_prefix("DNS:")).map(str::to_owned).take(200));
            self.naming = false;
            return true;
        }
        self.naming = text.starts_with("X509v3 Subject Alternative Name");
        if self.naming {
            return true;
        }
        if let Some(rest) = text.strip_prefix("verify error:num=") {
            let reason = rest.split_once(':').map_or(rest, |(_, reason)| reason);
            self.verification.get_or_insert_with(|| reason.to_owned());
            return true;
        }
        if let Some(rest) = text.strip_prefix("Verify return code:") {
            self.verify(rest.trim());
            return true;
        }
        if let Some(subject) = text.strip_prefix("subject=") {
            self.subject.get_or_insert_with(|| subject.trim().to_owned());
            return true;
        }
        if let Some(issuer) = text.strip_prefix("issuer=") {
            self.issuer.get_or_insert_with(|| issuer.trim().to_owned());
            return true;
        }
        let times = text.strip_prefix("v:").unwrap_or(text);
        let mut timed = false;
        for part in times.split(';') {
            let part = part.trim();
            if let Some(time) = after(part, &["notBefore=", "NotBefore: ", "Not Before: "]) {
                self.not_before = self.not_before.or_else(|| date(time));
                timed = true;
            }
            if let Some(time) = after(part, &["notAfter=", "NotAfter: ", "Not After : ", "Not After: "]) {
                self.not_after = self.not_after.or_else(|| date(time));
                timed = true;
            }
        }
        let chain = text.split_once(' ').is_some_and(|(number, rest)| number.parse::<u8>().is_ok() && rest.starts_with("s:"));
        if timed
            || chain
            || text.starts_with("i:")
            || text.starts_with("a:")
            || text.starts_with("depth=")
            || OTHERS.iter().any(|start| text.starts_with(start))
        {
            return true;
        }
        // Session tickets: `0000 - 1f 2e …`.
        if line.starts_with("    0") && text.contains(" - ") {
            return true;
        }
        self.lines = before;
        false
    }

    /// `10 (certificate has expired)`, `0 (ok)`.
    fn verify(&mut self, code: &str) {
        let reason = code.split_once('(').map_or(code, |(_, reason)| reason.trim_end_matches(')'));
        // The first error of the chain is the one that says most; a good end does not take it back.
        if !(reason == "ok" && self.verification.is_some()) {
            self.verification = Some(self.verification.take().unwrap_or_else(|| reason.to_owned()));
        }
    }

    /// Gives the fact.
    pub(super) fn give(self, host: Option<&str>, into: &mut Harvest) {
        let Some((file, first, last)) = self.lines else { return };
        let common = self.subject.as_deref().and_then(common_name);
        let Some(host) = host.map(str::to_owned).or(common) else { return };
        if self.subject.is_none() && self.verification.is_none() && self.not_after.is_none() {
            return;
        }
        let known = |value: Option<String>| value.map_or_else(Known::default, Known::Value);
        let time = |value: Option<Timestamp>| value.map_or_else(Known::default, Known::Value);
        let what = Certificate {
            host,
            subject: known(self.subject),
            issuer: known(self.issuer),
            not_before: time(self.not_before),
            not_after: time(self.not_after),
            names: if self.names.is_empty() { Known::default() } else { Known::Value(self.names) },
            verification: known(self.verification),
        };
        into.add(|facts: &mut Facts| &mut facts.certificates, what, None, Source { file, place: Place::Lines(first, last) });
    }
}

fn after<'a>(text: &'a str, starts: &[&str]) -> Option<&'a str> {
    starts.iter().find_map(|start| text.strip_prefix(start))
}

/// Returns the common name of `C = US, CN = mx.example.net` or `/C=US/CN=mx.example.net`.
fn common_name(subject: &str) -> Option<String> {
    let at = subject.rfind("CN = ").map(|at| at + 5).or_else(|| subject.rfind("CN=").map(|at| at + 3))?;
    let name = subject.get(at..)?.split([',', '/']).next()?.trim();
    (!name.is_empty()).then(|| name.to_owned())
}

/// Reads `Jan  1 00:00:00 2021 GMT`.
fn date(text: &str) -> Option<Timestamp> {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let mut words = text.split_whitespace();
    let month = words.next()?;
    let month = i8::try_from(MONTHS.iter().position(|known| *known == month)?).ok()? + 1;
    let day: i8 = words.next()?.parse().ok()?;
    let mut clock = words.next()?.split(':').map(str::parse::<i8>);
    let (hour, minute, second) = (clock.next()?.ok()?, clock.next()?.ok()?, clock.next()?.ok()?);
    let year: i16 = words.next()?.parse().ok()?;
    Timestamp::from_civil(jiff::civil::DateTime::new(year, month, day, hour, minute, second, 0).ok()?)
}
