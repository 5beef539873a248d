//! The text of a report: which recipients it names, and what it says of each.

use super::super::template::{enhanced_code, reply_code};
use super::words::{self, any};

/// How many lines of a text are looked at.
const MOST_LINES: usize = 2_000;
/// How much is kept of one reason, in bytes.
const MOST_REASON: usize = 2_000;

/// A recipient and the reason that the text gives.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Found {
    /// The recipient.
    pub(super) recipient: Option<String>,
    /// The reason, empty when none stands with the recipient.
    pub(super) reason: String,
}

/// What a text says.
#[derive(Debug, Default)]
pub(super) struct Reading {
    /// The recipients.
    pub(super) found: Vec<Found>,
    /// The whole text up to the returned message, on one line.
    pub(super) all: String,
    /// What a transcript of the session shows that was refused.
    transcript: Vec<String>,
}

impl Reading {
    /// Returns what is said of a recipient: its own reason, and what the transcript shows; empty when neither says why.
    ///
    /// With `close`, only those lines of the transcript count that name the recipient: the reason is known from elsewhere.
    pub(super) fn about(&self, recipient: Option<&str>, close: bool) -> String {
        let wanted = recipient.unwrap_or_default().to_ascii_lowercase();
        let local = wanted.split('@').next().unwrap_or_default();
        let same = |found: &&Found| {
            let address = found.recipient.as_deref().unwrap_or_default().to_ascii_lowercase();
            address == wanted || (!local.is_empty() && address.split('@').next() == Some(local))
        };
        let of = self.found.iter().find(same).or_else(|| self.found.first().filter(|_| self.found.len() == 1));
        let own = of.map(|found| found.reason.as_str()).filter(|reason| words::says_why(reason)).unwrap_or_default();
        joined(own, &self.refused(local, close))
    }

    /// Returns what the transcript shows of a recipient, all of it where it names no single ones.
    fn refused(&self, local: &str, close: bool) -> String {
        let about: Vec<&str> =
            self.transcript.iter().map(String::as_str).filter(|line| !local.is_empty() && line.contains(local)).collect();
        if !close && (about.is_empty() || self.found.len() <= 1) { self.transcript.join(" ") } else { about.join(" ") }
    }

    /// Returns the reason of a recipient, whatever the text says where it says nothing of single ones.
    pub(super) fn reason(&self, found: &Found) -> String {
        let about = self.about(found.recipient.as_deref(), false);
        if !about.is_empty() {
            return about;
        }
        if words::says_why(&self.all) || found.reason.is_empty() { self.all.clone() } else { found.reason.clone() }
    }

    /// Adds recipients that a header names and the text does not.
    pub(super) fn expect(&mut self, addresses: &[String]) {
        for address in addresses.iter().filter(|address| address.contains('@')) {
            let known = self.found.iter().any(|found| found.recipient.as_ref().is_some_and(|known| known.eq_ignore_ascii_case(address)));
            if !known {
                self.found.push(Found { recipient: Some(address.clone()), reason: String::new() });
            }
        }
        if !addresses.is_empty() {
            self.found.retain(|found| {
                addresses.iter().any(|address| found.recipient.as_ref().is_some_and(|known| known.eq_ignore_ascii_case(address)))
            });
        }
    }
}

/// Reads a text; `own` are addresses that cannot be those that failed.
pub(super) fn read(text: &str, own: &[String]) -> Reading {
    let lines = human(text);
    let mut reading = Reading { all: flat(&lines), ..Reading::default() };
    let body = split_transcript(&lines, &mut reading.transcript);
    let mut walk = Walk { own, found: Vec::new(), current: None, indent: None, closed: false, heading: 0 };
    for line in body {
        walk.line(line);
    }
    reading.found = walk.found;
    if reading.found.is_empty() {
        reading.found = fallback(&lines, own);
    }
    for found in &mut reading.found {
        found.reason = tidy(&found.reason);
    }
    reading
}

/// Returns the lines up to the returned message.
fn human(text: &str) -> Vec<&str> {
    let mut lines: Vec<&str> = Vec::new();
    for line in text.lines().take(MOST_LINES) {
        let said = lines.iter().filter(|line| !line.trim().is_empty()).count();
        if said >= 1 && is_end(line) {
            break;
        }
        lines.push(line.trim_end());
    }
    lines
}

/// Returns whether the returned message begins at a line.
fn is_end(line: &str) -> bool {
    let lower = line.to_lowercase();
    let bare = lower.trim_matches(|c: char| c.is_whitespace() || "-=*_#|<>+".contains(c));
    if words::RETURNED_ALONE.contains(&bare) || (bare.len() < 120 && any(bare, words::RETURNED)) {
        return true;
    }
    let header =
        ["received: from", "received: by", "return-path: <", "x-received: by", "dkim-signature: v=", "received: (qmail", "arc-seal: i="];
    header.iter().any(|start| lower.trim_start_matches(['>', ' ']).starts_with(start))
}

/// Takes the transcript of the session away from the other lines; what was refused in it is kept.
fn split_transcript<'a>(lines: &[&'a str], transcript: &mut Vec<String>) -> Vec<&'a str> {
    let at = lines.iter().position(|line| {
        let lower = line.to_lowercase();
        lower.contains("transcript of session") || lower.contains("transcript of the session") || lower.contains("session transcript")
    });
    let Some(at) = at else { return lines.to_vec() };
    let mut refused: Option<usize> = None;
    for line in lines.iter().skip(at + 1) {
        let bare = line.trim();
        let text = bare.trim_start_matches(|c: char| "<>*-|. ".contains(c));
        if bare.is_empty() {
            continue;
        }
        let lower = text.to_lowercase();
        if any(&lower, &["need rcpt", "no valid recipients", "no recipients"]) {
            // What follows once all recipients were refused says nothing of its own.
            refused = None;
            continue;
        }
        let code = reply_code(text).is_some_and(|code| code >= 400);
        let talking = bare.starts_with("... while talking") || bare.starts_with("while talking");
        let goes_on = refused.is_some() && line.starts_with([' ', '\t']) && reply_code(text).is_none();
        if goes_on && let Some(last) = transcript.last_mut() {
            last.push(' ');
            last.push_str(text);
        } else if code || talking || (reply_code(text).is_none() && !bare.starts_with(">>>") && words::says_why(bare)) {
            let kept = if bare.starts_with("<<<") { bare } else { text };
            if transcript.len() < 40 && !transcript.iter().any(|known| known == kept || (code && known.ends_with(kept))) {
                transcript.push(kept.to_owned());
            }
            refused = code.then_some(transcript.len());
        } else {
            refused = None;
        }
    }
    lines.get(..at).unwrap_or_default().to_vec()
}

/// Reads line by line and gives each recipient the lines that follow.
struct Walk<'a> {
    own: &'a [String],
    found: Vec<Found>,
    current: Option<usize>,
    /// How far the recipients are indented.
    indent: Option<usize>,
    /// Whether the reason of the current recipient has come to its end.
    closed: bool,
    /// How much of the reason is the line that named the recipient.
    heading: usize,
}

impl Walk<'_> {
    fn line(&mut self, line: &str) {
        let trimmed = line.trim();
        if trimmed.is_empty() {
            // A reason ends with its paragraph; while nothing says why, it may still come.
            self.closed |= self
                .current
                .and_then(|at| self.found.get(at))
                .is_some_and(|found| words::says_why(found.reason.get(self.heading..).unwrap_or_default()));
            return;
        }
        let lower = trimmed.to_lowercase();
        let indent = line.len() - line.trim_start().len();
        if let Some((address, rest)) = leading(trimmed).filter(|(address, _)| self.heads(address, trimmed, &lower)) {
            let fits = self.indent.is_none_or(|known| indent <= known + 1);
            let again = self.known(&address).is_some();
            if again || fits {
                self.indent.get_or_insert(indent);
                // Where the address comes again, the line is part of what is said of it.
                let said = if again { trimmed } else { rest };
                self.take(address, said);
                if !again && said.len() == trimmed.len() {
                    self.end_heading();
                }
                return;
            }
        } else if any(&lower, words::LABELS) && !any(&lower, words::OTHERS) {
            let addresses: Vec<String> = addresses(trimmed).into_iter().filter(|address| self.may_fail(address, &lower)).collect();
            // Within a reason, a remote server may name anyone.
            let quoted = self.current.is_some() && !self.closed && (reply_code(trimmed).is_some() || line.starts_with([' ', '\t']));
            if !addresses.is_empty() && !quoted {
                for address in addresses {
                    self.take(address, trimmed);
                    self.end_heading();
                }
                return;
            }
        }
        // Behind the paragraph of the reason, a line with a code still belongs to it (Exchange's diagnostic information).
        let coded = || lower.contains("msexch:") || codes(trimmed) != (None, None);
        if let Some(found) = self.current.filter(|_| !self.closed || coded()).and_then(|at| self.found.get_mut(at))
            && found.reason.len() + trimmed.len() < MOST_REASON
            && !is_ornament(trimmed)
            && !any(&lower, words::COURTESY)
        {
            push(&mut found.reason, trimmed);
        }
    }

    /// Says that what was said so far only names the recipient.
    fn end_heading(&mut self) {
        self.heading = self.current.and_then(|at| self.found.get(at)).map_or(0, |found| found.reason.len());
    }

    fn known(&self, address: &str) -> Option<usize> {
        self.found.iter().position(|found| found.recipient.as_ref().is_some_and(|known| known.eq_ignore_ascii_case(address)))
    }

    fn take(&mut self, address: String, rest: &str) {
        let at = self.known(&address).unwrap_or_else(|| {
            self.found.push(Found { recipient: Some(address), reason: String::new() });
            self.found.len() - 1
        });
        self.current = Some(at);
        self.closed = false;
        self.heading = 0;
        if let Some(found) = self.found.get_mut(at).filter(|found| found.reason.len() < MOST_REASON) {
            push(&mut found.reason, rest.trim());
        }
    }

    /// Returns whether an address at the head of a line can be one that failed.
    fn heads(&self, address: &str, line: &str, lower: &str) -> bool {
        let named = line.trim_start_matches('<').get(address.len()..).is_some_and(|rest| rest.starts_with(">:") || rest.starts_with(':'));
        self.may_fail(address, lower) || (named && !self.own.contains(&address.to_ascii_lowercase()))
    }

    fn may_fail(&self, address: &str, line: &str) -> bool {
        may_fail(address, self.own) && !line.contains("mail from") && !line.starts_with("from")
    }
}

fn push(to: &mut String, text: &str) {
    if !to.is_empty() && !text.is_empty() {
        to.push(' ');
    }
    to.push_str(text);
}

fn may_fail(address: &str, own: &[String]) -> bool {
    let address = address.to_ascii_lowercase();
    let local = address.split('@').next().unwrap_or_default();
    !own.contains(&address)
        && !matches!(local, "postmaster" | "mailer-daemon" | "abuse" | "support" | "helpdesk" | "noreply" | "no-reply" | "info")
}

fn is_ornament(line: &str) -> bool {
    line.chars().all(|c| !c.is_alphanumeric())
}

/// Returns the address with which a line begins, and what follows it.
fn leading(line: &str) -> Option<(String, &str)> {
    let bare = line.trim_start_matches(|c: char| c.is_whitespace() || "<>\"'*-|[(".contains(c));
    let at = bare.find('@')?;
    // A name before the address (`Bob Baker<mailto:bob@example.net>`) is short and holds no word of a sentence.
    let before = bare.get(..at)?;
    let start = before
        .rfind(|c: char| !is_local(c))
        .map_or(0, |at| at + before.get(at..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8));
    let name = bare.get(..start)?;
    let named = name.is_empty()
        || ((name.ends_with('<') || name.ends_with("<mailto:") || name.ends_with("(mailto:")) && name.len() < 60 && !name.contains(": "));
    let address = addresses(bare.get(start..)?).into_iter().next()?;
    let end = start + bare.get(start..)?.find(address.as_str())? + address.len();
    let rest = bare.get(end..)?.trim_start_matches(|c: char| c.is_whitespace() || ">\"')]:;,".contains(c));
    // `550 5.1.1 <bob@example.net>: …` is a reason, not a heading.
    let reply = reply_code(line.trim_start_matches(['<', '>', ' '])).is_some();
    (named && !reply).then_some((address, if name.is_empty() { rest } else { line }))
}

fn is_local(c: char) -> bool {
    c.is_ascii_alphanumeric() || "._%+=!#$&*/?^`{|}~-'".contains(c) || (c.is_alphanumeric() && !c.is_ascii())
}

/// Returns the addresses of a line.
pub(super) fn addresses(line: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for (at, _) in line.match_indices('@').take(20) {
        let before = line.get(..at).unwrap_or_default();
        let after = line.get(at + 1..).unwrap_or_default();
        let start = before.char_indices().rev().take_while(|(_, c)| is_local(*c)).last().map_or(at, |(at, _)| at);
        let local = before.get(start..).unwrap_or_default();
        let local = local.rsplit('=').next().filter(|_| local.starts_with("SMTP=") || local.starts_with("smtp=")).unwrap_or(local);
        let local = local.trim_start_matches(['\'', '/', '*', '-', '{', '`', '!']);
        let end = after.find(|c: char| !(c.is_ascii_alphanumeric() || c == '.' || c == '-' || c == '_')).unwrap_or(after.len());
        let domain = after.get(..end).unwrap_or_default().trim_end_matches(['.', '-', '_']);
        let fits = !local.is_empty()
            && domain.len() > 1
            && domain.len() < 256
            && local.len() < 256
            && domain.starts_with(|c: char| c.is_ascii_alphanumeric());
        let address = format!("{local}@{domain}");
        if fits && !found.iter().any(|known| known.eq_ignore_ascii_case(&address)) {
            found.push(address);
        }
    }
    found
}

/// Where no line shows a recipient in a way that is known: lines that say that something failed, and name an address.
fn fallback(lines: &[&str], own: &[String]) -> Vec<Found> {
    let text = lines.join("\n").to_lowercase();
    if !words::says_why(&text) && !any(&text, words::DELAYED) {
        return Vec::new();
    }
    let of = |wanted: &dyn Fn(&str) -> bool| -> Vec<Found> {
        let mut found: Vec<Found> = Vec::new();
        for line in lines.iter().filter(|line| wanted(&line.to_lowercase())) {
            for address in addresses(line).into_iter().filter(|address| may_fail(address, own)) {
                if !found.iter().any(|known| known.recipient.as_ref().is_some_and(|known| known.eq_ignore_ascii_case(&address)))
                    && found.len() < 50
                {
                    found.push(Found { recipient: Some(address), reason: String::new() });
                }
            }
        }
        found
    };
    let first = of(&|line| any(line, words::FAILING) && !any(line, words::OTHERS));
    if !first.is_empty() {
        return first;
    }
    let second = of(&|line| line.contains("generated from") || line.contains("rcpt to") || line.trim_start().starts_with("to:"));
    if !second.is_empty() { second } else { of(&|line| !any(line, words::OTHERS)).into_iter().take(1).collect() }
}

/// Joins lines to one text.
fn flat(lines: &[&str]) -> String {
    let mut out = String::new();
    for line in lines.iter().map(|line| line.trim()).filter(|line| !line.is_empty() && !is_ornament(line)) {
        if out.len() + line.len() > MOST_REASON {
            break;
        }
        push(&mut out, line);
    }
    out
}

/// Takes ornaments off a reason; sendmail's `(reason: …)` too.
fn tidy(reason: &str) -> String {
    let reason = match reason.strip_prefix("(reason: ") {
        Some(rest) => &rest.replacen(')', "", usize::from(!rest.split(')').next().unwrap_or_default().contains('('))),
        None => reason,
    };
    reason.trim_matches(|c: char| c.is_whitespace() || "-=*:#".contains(c)).trim_start_matches(['.', ' ']).to_owned()
}

/// Joins two texts, the one that says all once.
pub(super) fn joined(first: &str, second: &str) -> String {
    let plain = |text: &str| text.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect::<String>();
    let (one, other) = (plain(first), plain(second));
    if other.is_empty() || one.contains(&other) {
        return first.to_owned();
    }
    if one.is_empty() || other.contains(&one) {
        // A word more (`(reason: …)`) says nothing more.
        let same = !one.is_empty() && other.len() < one.len() + 12;
        return if same { first.to_owned() } else { second.to_owned() };
    }
    format!("{first} / {second}")
}

/// Removes the reply codes that stand before each line of a reply of several lines, all but the first.
pub(super) fn unfolded(text: &str) -> String {
    let hyphen = |word: &str| {
        let (code, rest) = (word.get(..3)?, word.get(3..)?);
        let fits = code.bytes().all(|byte| byte.is_ascii_digit()) && code.starts_with(['4', '5']);
        let rest = rest.strip_prefix('-')?;
        (fits && (rest.is_empty() || enhanced_code(rest).is_some_and(|found| found.len() == rest.len())))
            .then(|| (code.to_owned(), rest.to_owned()))
    };
    let words: Vec<&str> = text.split(' ').collect();
    let Some((code, enhanced)) = words.iter().find_map(|word| hyphen(word)) else { return text.to_owned() };
    let mut out: Vec<String> = Vec::with_capacity(words.len());
    let mut begun = false;
    let mut skip = false;
    for (position, word) in words.iter().enumerate() {
        if std::mem::take(&mut skip) {
            continue;
        }
        let folded = hyphen(word).is_some_and(|(known, _)| known == code);
        if folded && !begun {
            begun = true;
            out.push(code.clone());
            if !enhanced.is_empty() {
                out.push(enhanced.clone());
            }
        } else if folded {
            continue;
        } else if begun && *word == code && (enhanced.is_empty() || words.get(position + 1) == Some(&enhanced.as_str())) {
            // The last line of the reply.
            begun = false;
            skip = !enhanced.is_empty();
        } else {
            out.push((*word).to_owned());
        }
    }
    out.join(" ")
}

/// Returns the reply code and the enhanced status code of a failure that a text names first.
pub(super) fn codes(text: &str) -> (Option<u16>, Option<String>) {
    let (mut reply, mut code) = (None, None);
    let mut before = ' ';
    for (at, letter) in text.char_indices() {
        let starts = !(before.is_ascii_alphanumeric() || before == '.' || before == '@');
        before = letter;
        if !starts || !matches!(letter, '4' | '5') {
            continue;
        }
        let rest = text.get(at..).unwrap_or_default();
        if code.is_none()
            && let Some(found) = enhanced_code(rest)
            && !rest.get(found.len()..).is_some_and(|next| {
                next.starts_with('.') && next.get(1..2).is_some_and(|digit| digit.as_bytes().first().is_some_and(u8::is_ascii_digit))
            })
        {
            code = Some(found.to_owned());
        }
        if reply.is_none() {
            let number = rest
                .get(..3)
                .filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))
                .and_then(|digits| digits.parse::<u16>().ok());
            let next = rest.as_bytes().get(3).copied().unwrap_or(b' ');
            // `250 kB`, `port 465`: a reply code is followed by a text or an enhanced code.
            let closes = b" -#:,]>\"'".contains(&next);
            reply = number.filter(|number| closes && (400..560).contains(number));
        }
    }
    (reply, code)
}
