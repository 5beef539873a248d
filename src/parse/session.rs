//! What the lines of an SMTP session say, whoever recorded them.

use crate::fact::{Known, Session};
use crate::parse::template::reply_code;

/// Builds a session from lines `S: …` (server) and `C: …` (client); host, port, direction and result are the caller's.
///
/// The refusal is the first reply of the server that refuses something, its lines joined; later ones follow from it.
pub fn session_of(transcript: &[String]) -> Session {
    let mut replies: Vec<String> = Vec::new();
    let mut open: Option<String> = None;
    let (mut recipient, mut client) = (None, None);
    for line in transcript {
        let (who, text) = line.split_once(':').map_or(("S", line.as_str()), |(who, text)| (who.trim(), text.trim()));
        if who == "S" {
            let joined = match open.take() {
                Some(before) => format!("{before} {}", text.get(4..).unwrap_or_default().trim()),
                None => text.to_owned(),
            };
            if reply_code(text).is_some() && text.as_bytes().get(3) == Some(&b'-') {
                open = Some(joined);
            } else {
                replies.push(joined);
            }
            continue;
        }
        let upper = text.to_ascii_uppercase();
        let argument = |prefix: &str| upper.starts_with(prefix).then(|| text.get(prefix.len()..).unwrap_or_default().trim().to_owned());
        recipient = recipient.or_else(|| {
            argument("RCPT TO:").map(|address| address.split('>').next().unwrap_or_default().trim_start_matches('<').to_owned())
        });
        client = client.or_else(|| argument("EHLO ")).or_else(|| argument("HELO "));
    }
    replies.extend(open);
    let refusal = replies.iter().find(|reply| reply_code(reply).is_some_and(|code| code >= 400));
    let known = |value: Option<String>| value.map_or_else(Known::default, Known::Value);
    Session {
        transcript: if transcript.is_empty() { Known::default() } else { Known::Value(transcript.to_vec()) },
        last_reply: known(replies.last().cloned()),
        refusal: match refusal {
            Some(refusal) => Known::Value(refusal.clone()),
            None if replies.is_empty() => Known::default(),
            None => Known::Absent,
        },
        recipient: known(recipient),
        client: known(client),
        ..Session::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_refusal_counts_with_all_its_lines() {
        let lines = [
            "S: 220 mx ESMTP",
            "C: EHLO a.example",
            "S: 250-mx",
            "S: 250 ok",
            "C: RCPT TO:<b@c.example> SIZE=1",
            "S: 550-5.1.1 no",
            "S: 550 such user",
            "S: 221 bye",
        ];
        let session = session_of(&lines.map(str::to_owned));
        assert_eq!(session.refusal.value().map(String::as_str), Some("550-5.1.1 no such user"));
        assert_eq!(session.recipient.value().map(String::as_str), Some("b@c.example"));
        assert_eq!(session.last_reply.value().map(String::as_str), Some("221 bye"));
    }
}
