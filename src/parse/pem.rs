//! Certificates in files, as PEM: what this server presents, and until when.

use super::{Format, Harvest, Line, Look, Reader, Reason, Sure, Took};
use crate::fact::{Certificate, Facts, Known, Source, Timestamp};
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer, X509Certificate};

/// Certificates in files, as PEM.
pub struct Pem;

const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
const END: &str = "-----END CERTIFICATE-----";
/// The name of the host that a certificate of this server's own is listed under.
const OWN: &str = "localhost";
/// How many bytes one certificate may have.
const MOST: usize = 64 << 10;

impl Format for Pem {
    fn id(&self) -> &'static str {
        "pem"
    }

    fn begins(&self, look: &Look<'_>) -> Option<Sure> {
        (look.first().trim() == BEGIN).then_some(Sure::Likely)
    }

    fn reader(&self) -> Box<dyn Reader> {
        Box::new(Block::default())
    }
}

#[derive(Default)]
struct Block {
    text: String,
    inside: Option<Source>,
    /// Whether the first certificate was read: those behind it only lead to its authority.
    leaf: bool,
}

impl Reader for Block {
    fn line(&mut self, line: Line<'_>, into: &mut Harvest) -> Took {
        let text = line.text.trim();
        match self.inside {
            None if text == BEGIN => {
                self.inside = Some(line.source());
                self.text.clear();
                Took::Part
            }
            None if text.is_empty() => Took::Part,
            None => Took::No,
            Some(source) if text == END => {
                self.inside = None;
                if std::mem::replace(&mut self.leaf, true) {
                    return Took::Part;
                }
                match certificate(&self.text, into.facts.case.taken_at) {
                    Some(what) => {
                        into.add(|facts: &mut Facts| &mut facts.certificates, what, None, source);
                        Took::Record
                    }
                    None => Took::Unread(Reason::new("a certificate that cannot be read", "読み取れない証明書")),
                }
            }
            Some(_) => {
                let base64 = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte));
                if !base64 || self.text.len() > MOST {
                    self.inside = None;
                    return Took::No;
                }
                self.text.push_str(text);
                Took::Part
            }
        }
    }

    fn end(self: Box<Self>, _into: &mut Harvest) {}
}

/// Reads a certificate; whether it is valid is judged at the time of the evidence alone, not by who signed it.
fn certificate(base64: &str, now: Option<Timestamp>) -> Option<Certificate> {
    let der = decode(base64)?;
    let (_, read) = X509Certificate::from_der(&der).ok()?;
    let validity = read.validity();
    let (before, after) = (Timestamp(validity.not_before.timestamp()), Timestamp(validity.not_after.timestamp()));
    let names = read.subject_alternative_name().ok().flatten().map(|extension| {
        let name = |name: &GeneralName<'_>| match name {
            GeneralName::DNSName(name) => Some((*name).to_owned()),
            _ => None,
        };
        extension.value.general_names.iter().filter_map(name).take(100).collect::<Vec<_>>()
    });
    let verification = now.map(|now| match () {
        () if now > after => "certificate has expired",
        () if now < before => "certificate is not yet valid",
        () => "within its time",
    });
    Some(Certificate {
        host: OWN.to_owned(),
        subject: Known::Value(read.subject().to_string()),
        issuer: Known::Value(read.issuer().to_string()),
        not_before: Known::Value(before),
        not_after: Known::Value(after),
        names: names.map_or(Known::Absent, Known::Value),
        verification: verification.map_or_else(Known::default, |text| Known::Value(text.to_owned())),
    })
}

/// Decodes base64; `None` where it is none.
///
/// # Source
///
/// RFC 4648 §4.
fn decode(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() * 3 / 4);
    let (mut bits, mut count) = (0_u32, 0);
    for byte in text.trim_end_matches('=').bytes() {
        let six = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(six);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from(bits >> count & 0xff).ok()?);
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::super::host_state::support::{facts, read_text};
    use super::decode;

    #[test]
    fn base64_is_decoded() {
        for (text, bytes) in [("", &b""[..]), ("Zg==", b"f"), ("Zm8=", b"fo"), ("Zm9v", b"foo"), ("/+8=", b"\xff\xef")] {
            assert_eq!(decode(text).as_deref(), Some(bytes));
        }
        assert_eq!(decode("Zg=="), Some(vec![b'f']));
        assert_eq!(decode("Z g"), None);
    }

    #[test]
    fn a_certificate_tells_its_time() {
        let rows = facts(&read_text(include_str!("pem/sample.pem")));
        assert_eq!(rows, ["certificate localhost CN=mail.shop.example until=2026-12-24T18:56:15Z ?"]);
    }

    #[test]
    fn what_is_no_certificate_is_not_understood() {
        for body in ["", "AAAA\n", "%%%%\n"] {
            let harvest = read_text(&format!("-----BEGIN CERTIFICATE-----\n{body}-----END CERTIFICATE-----\n"));
            assert!(harvest.facts.certificates.is_empty());
        }
    }
}
