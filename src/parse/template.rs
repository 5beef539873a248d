//! Replies and errors with their names taken out, and whose words they are.

use crate::fact::Side;
use aho_corasick::{AhoCorasick, MatchKind};
use std::sync::LazyLock;

/// Replaces addresses, host names, numbers and ids by placeholders, so that replies that say the same become equal.
///
/// `<bob@example.net>` and bare addresses become `<addr>`, host names and IP addresses `<host>`, ids and numbers `<n>`; reply codes and
/// enhanced status codes stay, they are part of what is said.
pub fn template(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut before = "";
    for (position, word) in text.split(' ').enumerate() {
        if position > 0 {
            out.push(' ');
        }
        // A quoted word behind a colon is a name: `unknown user: "nobody17"`; elsewhere it may be a command.
        if before.ends_with(':') && is_quoted(word) {
            out.push_str("\"<n>\"");
        } else {
            template_word(word, &mut out);
        }
        before = word;
    }
    out
}

fn template_word(word: &str, out: &mut String) {
    let is_edge = |c: char| matches!(c, '(' | ')' | '<' | '>' | '[' | ']' | '"' | '\'' | ',' | ';' | ':' | '.' | '{' | '}');
    let core = word.trim_matches(is_edge);
    let start = word.len() - word.trim_start_matches(is_edge).len();
    let (before, rest) = word.split_at(start.min(word.len()));
    let after = rest.get(core.len()..).unwrap_or_default();
    let shape = Shape::of(core);
    out.push_str(before);
    match shape {
        Shape::Address => out.push_str("<addr>"),
        Shape::Host => out.push_str("<host>"),
        Shape::Number => out.push_str("<n>"),
        Shape::Word => out.push_str(core),
    }
    out.push_str(after);
}

/// Returns whether a word stands in quotes and is no path.
fn is_quoted(word: &str) -> bool {
    let name = word.trim_end_matches(['.', ',', ';', ')']).strip_prefix('"').and_then(|word| word.strip_suffix('"'));
    name.is_some_and(|name| !name.is_empty() && !name.contains('/'))
}

enum Shape {
    Address,
    Host,
    Number,
    Word,
}

impl Shape {
    fn of(core: &str) -> Shape {
        if core.is_empty() || is_status_code(core) {
            return Shape::Word;
        }
        if core.contains('@') {
            return Shape::Address;
        }
        let digits = core.bytes().filter(u8::is_ascii_digit).count();
        let dots = core.bytes().filter(|byte| *byte == b'.').count();
        let colons = core.bytes().filter(|byte| *byte == b':').count();
        let hostish = core.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_[]:/=".contains(&byte));
        if hostish
            && ((dots > 0 && !core.ends_with('.') && digits + dots > 1) || core.contains('[') || (dots > 0 && looks_like_domain(core)))
        {
            return Shape::Host;
        }
        if hostish && colons > 1 && core.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b':') {
            return Shape::Host;
        }
        if digits > 3 || (digits > 0 && digits == core.len() && core.len() != 3) || (digits > 1 && core.len() > 7) {
            return Shape::Number;
        }
        Shape::Word
    }
}

fn looks_like_domain(core: &str) -> bool {
    let mut labels = core.rsplit('.');
    let last = labels.next().unwrap_or_default();
    last.len() > 1 && last.bytes().all(|byte| byte.is_ascii_alphabetic()) && labels.all(|label| !label.is_empty())
}

/// Returns whether a word is an SMTP reply code (`450`) or an enhanced status code (`4.2.0`).
pub fn is_status_code(word: &str) -> bool {
    reply_code(word).is_some_and(|_| word.len() == 3) || enhanced_code(word).is_some_and(|code| code.len() == word.len())
}

/// Returns the SMTP reply code (RFC 5321, 200 to 599) at the start of a text.
pub fn reply_code(text: &str) -> Option<u16> {
    let digits = text.get(..3)?;
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) || text.as_bytes().get(3).is_some_and(|next| !b" -\t#".contains(next)) {
        return None;
    }
    digits.parse().ok().filter(|code| (200..600).contains(code))
}

/// Returns the enhanced status code (RFC 3463) at the start of a text.
pub fn enhanced_code(text: &str) -> Option<&str> {
    let bytes = text.as_bytes();
    if !matches!(bytes.first(), Some(b'2' | b'4' | b'5')) || bytes.get(1) != Some(&b'.') {
        return None;
    }
    let mut end = 2;
    let mut dots = 1;
    while let Some(byte) = bytes.get(end) {
        match byte {
            b'0'..=b'9' => end += 1,
            b'.' if dots < 2 => {
                dots += 1;
                end += 1;
            }
            _ => break,
        }
    }
    let code = text.get(..end)?;
    let full = dots == 2 && code.split('.').all(|part| !part.is_empty() && part.len() <= 3);
    (full && !bytes.get(end).is_some_and(u8::is_ascii_alphanumeric)).then_some(code)
}

/// What a reason for a failed delivery says: whose words, with which codes, from which host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason<'a> {
    /// Whose words.
    pub side: Side,
    /// The SMTP reply code.
    pub reply: Option<u16>,
    /// The enhanced status code.
    pub code: Option<&'a str>,
    /// The host that is named, with its port where it is not 25.
    pub host: Option<String>,
}

/// The phrases after which a remote server's own words follow.
const QUOTES: &[&str] = &[
    " said: ",
    "refused to talk to me: ",
    "SMTP error from remote mail server after ",
    "SMTP error from remote mailer after ",
    "LMTP error from remote mail server after ",
    "remote host said: ",
    "Remote host said: ",
    "Remote Server returned ",
    "remote server returned ",
    "responded with: ",
    "server responded ",
    "Giving up on ",
    "<<< ",
];

/// Finds the first of [`QUOTES`] in one pass; `None` were they too many for an automaton, which a dozen phrases are not.
static QUOTED: LazyLock<Option<AhoCorasick>> =
    LazyLock::new(|| AhoCorasick::builder().match_kind(MatchKind::LeftmostFirst).build(QUOTES).ok());

/// Takes a reason apart.
///
/// # Source
///
/// The wordings of Postfix (`smtp(8)`), Exim (transport `smtp`), qmail-remote and Exchange for replies of others.
pub fn reason(text: &str) -> Reason<'_> {
    let quoted = QUOTED.as_ref().and_then(|phrases| phrases.find(text));
    let (side, words) = match quoted {
        Some(quote) => {
            let rest = text.get(quote.end()..).unwrap_or_default();
            let command_follows = text.get(..quote.end()).is_some_and(|until| until.ends_with("after "));
            (Side::Remote, if command_follows { after_command(rest) } else { rest })
        }
        None => (Side::Unknown, text),
    };
    let words = words.trim_start_matches(['"', '\'', '#', '<', ' ']);
    let reply = reply_code(words);
    let behind = if reply.is_some() { words.get(4..).unwrap_or_default().trim_start_matches(['#', ' ']) } else { words };
    let code = enhanced_code(behind.trim_start());
    Reason { side, reply, code, host: host(text) }
}

/// Exim: `RCPT TO:<bob@example.net>: host mx.example.net [192.0.2.1]: 550 …` → from the reply code on.
fn after_command(rest: &str) -> &str {
    rest.match_indices(": ").map(|(at, _)| rest.get(at + 2..).unwrap_or_default()).find(|tail| reply_code(tail).is_some()).unwrap_or(rest)
}

/// Returns the host that a reason names: `connect to H[IP]:port`, `host H[IP] said`, `with H[IP]`.
pub fn host(text: &str) -> Option<String> {
    let open = text.find('[')?;
    let before = text.get(..open)?.trim_end();
    let name = before.rsplit([' ', '(', ':']).next().unwrap_or_default();
    let close = open + text.get(open..)?.find(']')?;
    let address = text.get(open + 1..close)?;
    if address.is_empty() || !address.bytes().all(|byte| byte.is_ascii_hexdigit() || b".:IPv".contains(&byte)) {
        return None;
    }
    let port: String = text.get(close + 1..)?.strip_prefix(':').unwrap_or_default().chars().take_while(char::is_ascii_digit).collect();
    let name = if name.is_empty() { address } else { name };
    Some(if port.is_empty() || port == "25" { name.to_owned() } else { format!("{name}:{port}") })
}

/// Returns the domain of a mail address, in lower case; the whole of it when there is no `@`.
pub fn domain(address: &str) -> String {
    let address = address.trim_matches(['<', '>', ' ']);
    address.rsplit_once('@').map_or(address, |(_, domain)| domain).to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replies_that_say_the_same_become_equal() {
        let first = template("host mx1.partner.example[198.51.100.11] said: 450 4.2.0 <carol@partner.example>: Greylisted for 300 seconds");
        let second = template("host mx.other.example[192.0.2.7] said: 450 4.2.0 <bob@other.example>: Greylisted for 300 seconds");
        assert_eq!(first, second);
        assert!(first.contains("450 4.2.0"), "{first}");
        assert_ne!(template("Connection refused"), template("Connection timed out"));
    }

    #[test]
    fn a_remote_reply_is_told_from_own_words() {
        let text = "host mx1.partner.example[198.51.100.11] said: 450 4.2.0 <c@partner.example>: no (in reply to RCPT TO command)";
        let found = reason(text);
        assert_eq!((found.side, found.reply, found.code), (Side::Remote, Some(450), Some("4.2.0")));
        assert_eq!(found.host.as_deref(), Some("mx1.partner.example"));
        let own = reason("connect to 127.0.0.1[127.0.0.1]:10024: Connection refused");
        assert_eq!((own.side, own.host.as_deref()), (Side::Unknown, Some("127.0.0.1:10024")));
        let exim =
            reason("SMTP error from remote mail server after RCPT TO:<a@b.example>: host mx.b.example [192.0.2.1]: 550 5.1.1 unknown");
        assert_eq!((exim.side, exim.reply, exim.code), (Side::Remote, Some(550), Some("5.1.1")));
    }

    #[test]
    fn codes_are_codes() {
        assert_eq!(enhanced_code("5.1.1 no"), Some("5.1.1"));
        assert_eq!(enhanced_code("5.1.1a"), None);
        assert_eq!(reply_code("4500"), None);
        assert_eq!(reply_code("450-go on"), Some(450));
    }
}
