//! What a certificate says, in the lines that `openssl` prints.

use std::fmt::Write as _;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer, X509Certificate};

/// A certificate that a server presented, with what was made of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Presented {
    /// The chain, the server's own first; in DER.
    pub chain: Vec<Vec<u8>>,
    /// The protocol, `TLSv1.3`.
    pub protocol: String,
    /// The cipher suite.
    pub cipher: String,
}

/// How many names of one certificate are printed, and how many certificates of a chain are kept.
const MOST_NAMES: usize = 100;
const MOST_CHAIN: usize = 5;

/// Returns from when until when a certificate is valid, in seconds since 1970.
pub(super) fn validity(der: &[u8]) -> Option<(i64, i64)> {
    let (_, certificate) = X509Certificate::from_der(der).ok()?;
    Some((certificate.validity().not_before.timestamp(), certificate.validity().not_after.timestamp()))
}

/// Returns whether subject and issuer are the same.
pub(super) fn is_self_signed(der: &[u8]) -> bool {
    X509Certificate::from_der(der).is_ok_and(|(_, certificate)| certificate.subject() == certificate.issuer())
}

/// Returns what was presented as `openssl s_client` shows it: the verification, subject, issuer, dates and names of the first certificate, and the
/// chain as PEM.
pub fn describe(presented: &Presented, verification: &str) -> String {
    let mut out = String::from("=== openssl s_client -starttls smtp: TLS session and certificate\n");
    // Writing into a string cannot fail, here and below.
    let _ = writeln!(out, "New, {}, Cipher is {}", presented.protocol, presented.cipher);
    let code = if verification == "ok" { "0" } else { "1" };
    let _ = writeln!(out, "Verify return code: {code} ({verification})");
    if let Some(parsed) = presented.chain.first().and_then(|der| X509Certificate::from_der(der).ok()) {
        let certificate = parsed.1;
        let _ = writeln!(out, "subject={}", one_line(&certificate.subject().to_string()));
        let _ = writeln!(out, "issuer={}", one_line(&certificate.issuer().to_string()));
        let _ = writeln!(out, "notBefore={}", date(certificate.validity().not_before.timestamp()));
        let _ = writeln!(out, "notAfter={}", date(certificate.validity().not_after.timestamp()));
        let names = names(&certificate);
        if !names.is_empty() {
            let _ = writeln!(out, "X509v3 Subject Alternative Name: \n    {}", names.join(", "));
        }
    }
    for der in presented.chain.iter().take(MOST_CHAIN) {
        out.push_str(&pem(der));
    }
    out
}

fn names(certificate: &X509Certificate<'_>) -> Vec<String> {
    let Ok(Some(extension)) = certificate.subject_alternative_name() else { return Vec::new() };
    let name = |name: &GeneralName<'_>| match name {
        GeneralName::DNSName(name) => Some(format!("DNS:{}", one_line(name).replace(',', "?"))),
        _ => None,
    };
    extension.value.general_names.iter().filter_map(name).take(MOST_NAMES).collect()
}

/// Text of a stranger on one line, and not without end.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '?' } else { c }).take(500).collect()
}

/// Writes a time as `Jan  1 00:00:00 2021 GMT`.
fn date(seconds: i64) -> String {
    let Ok(time) = jiff::Timestamp::from_second(seconds) else { return "?".to_owned() };
    time.strftime("%b %e %H:%M:%S %Y GMT").to_string()
}

/// Writes bytes as a certificate in PEM (RFC 7468).
fn pem(der: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::from("-----BEGIN CERTIFICATE-----\n");
    for line in der.chunks(48) {
        for group in line.chunks(3) {
            let byte = |at: usize| u32::from(group.get(at).copied().unwrap_or(0));
            let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
            for position in 0..4 {
                let letter = LETTERS.get((bits >> (18 - 6 * position) & 63) as usize).copied().unwrap_or(b'=');
                out.push(if position > group.len() { '=' } else { char::from(letter) });
            }
        }
        out.push('\n');
    }
    out.push_str("-----END CERTIFICATE-----\n");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_of_every_length_are_encoded() {
        for (bytes, text) in [(&b"f"[..], "Zg=="), (b"fo", "Zm8="), (b"foo", "Zm9v"), (b"foob", "Zm9vYg==")] {
            assert_eq!(pem(bytes), format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n"));
        }
    }

    #[test]
    fn dates_are_written_as_openssl_does() {
        assert_eq!(date(1_609_459_200), "Jan  1 00:00:00 2021 GMT");
    }

    #[test]
    fn what_is_no_certificate_is_survived() {
        let presented = Presented { chain: vec![b"nonsense".to_vec()], ..Presented::default() };
        assert!(describe(&presented, "certificate has expired").contains("Verify return code: 1 (certificate has expired)"));
        assert_eq!((validity(b"x"), is_self_signed(b"x")), (None, false));
    }
}
