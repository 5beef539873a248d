//! A message: whether it is a report, and of which parts.

use super::report::{self, Status};
use super::text::{self, Reading};
use super::words::{self, any};
use super::{Failure, Report};
use crate::fact::Timestamp;
use mail_parser::{Message, MessageParser, MimeHeaders, PartType};

/// How deep messages may stand in each other.
const DEEPEST: usize = 3;
/// How much text of one message is read, in bytes.
const MOST_TEXT: usize = 256 << 10;

/// What the parts of a message hold.
#[derive(Debug, Default)]
struct Parts {
    text: String,
    status: Vec<Status>,
    feedback: bool,
    /// The first message within it that could be a report of its own.
    inner: Option<Report>,
}

/// Reads a message; `None` when it reports no failure.
pub(super) fn read(raw: &[u8]) -> Option<Report> {
    let message = MessageParser::default().parse(raw)?;
    of(&message, 0)
}

/// Reads the text of a report that was pasted without its headers.
pub(super) fn pasted(content: &str) -> Report {
    let (status, rest) = report::within(content);
    let reading = text::read(&rest, &[]);
    let delayed = is_delayed("", &reading.all);
    Report { at: None, failures: combined(status, &reading, delayed, "") }
}

fn of(message: &Message<'_>, depth: usize) -> Option<Report> {
    let mut parts = Parts::default();
    collect(message, depth, &mut parts);
    if parts.feedback {
        return None;
    }
    if parts.text.trim().is_empty() && parts.status.is_empty() {
        parts.text = unparted(message);
    }
    if parts.status.is_empty() {
        // Broken multiparts: the fields stand in the text.
        let (status, rest) = report::within(&parts.text);
        if !status.is_empty() {
            (parts.status, parts.text) = (status, rest);
        }
    }
    let subject = message.subject().unwrap_or_default().to_lowercase();
    if parts.text.trim_start().starts_with('{')
        && let Some(notified) = super::notification::read(&parts.text)
    {
        return Some(notified);
    }
    let failed: Vec<String> = header(message, "X-Failed-Recipients")
        .map(|list| list.split(',').map(|address| address.trim().to_owned()).collect())
        .unwrap_or_default();
    let at = message.date().filter(|date| date.is_valid()).map(|date| Timestamp(date.to_timestamp()));
    if !parts.status.is_empty() || !failed.is_empty() || is_report(message, &subject, &parts.text) {
        let own = own_addresses(message);
        let mut reading = text::read(&parts.text, &own);
        if reading.found.is_empty() || parts.status.is_empty() {
            reading.expect(&failed);
        }
        let delayed = is_delayed(&subject, &reading.all);
        let reporter = domain_of_sender(message);
        let failures = combined(std::mem::take(&mut parts.status), &reading, delayed, &reporter);
        if !failures.is_empty() {
            return Some(Report { at, failures });
        }
    }
    parts.inner.map(|inner| Report { at: inner.at.or(at), ..inner })
}

fn collect(message: &Message<'_>, depth: usize, parts: &mut Parts) {
    let mut returned = false;
    for part in &message.parts {
        let kind = part.content_type();
        let main = kind.map(|kind| kind.ctype().to_ascii_lowercase()).unwrap_or_default();
        let sub = kind.and_then(|kind| kind.subtype()).unwrap_or_default().to_ascii_lowercase();
        if sub == "feedback-report" {
            parts.feedback = true;
        }
        if main == "message" && sub.ends_with("delivery-status") {
            let text = String::from_utf8_lossy(part.contents());
            parts.status.extend(report::fields(&text));
            continue;
        }
        if sub.ends_with("rfc822-headers") || sub == "disposition-notification" {
            returned = true;
            continue;
        }
        match &part.body {
            PartType::Text(text) if !returned && parts.text.len() < MOST_TEXT => add(&mut parts.text, &decoded(text)),
            PartType::Html(html) if !returned && parts.text.trim().is_empty() => {
                let html = decoded(html);
                let html = limited(&html);
                // Some say HTML and write text.
                let lower = html.to_ascii_lowercase();
                if any(&lower, &["<br", "<p", "<div", "<td", "<html"]) {
                    add(&mut parts.text, &mail_parser::decoders::html::html_to_text(html));
                } else {
                    add(&mut parts.text, html);
                }
            }
            PartType::Message(inner) => {
                returned = true;
                if depth < DEEPEST && parts.inner.is_none() {
                    parts.inner = of(inner, depth + 1);
                }
            }
            _ => {}
        }
    }
}

/// Returns the body of a message whose parts cannot be told from each other, without the lines that should do that.
fn unparted(message: &Message<'_>) -> String {
    let start = message.parts.first().map_or(0, |part| part.offset_body as usize);
    let body = String::from_utf8_lossy(message.raw_message.get(start..).unwrap_or_default());
    let part = |line: &&str| {
        let lower = line.get(..line.len().min(30)).unwrap_or_default().to_ascii_lowercase();
        !(lower.starts_with("content-") || lower.starts_with("boundary=") || (lower.starts_with("--") && !line.trim().contains(' ')))
    };
    limited(&body.lines().filter(part).collect::<Vec<_>>().join("\n")).to_owned()
}

fn add(to: &mut String, text: &str) {
    to.push_str(limited(text));
    to.push_str("\n\n");
}

fn limited(text: &str) -> &str {
    let end = (0..=text.len().min(MOST_TEXT)).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    text.get(..end).unwrap_or_default()
}

/// Decodes what is still ISO-2022-JP, because no or a wrong character set was declared.
fn decoded(text: &str) -> std::borrow::Cow<'_, str> {
    if text.contains("\u{1b}$") {
        return std::borrow::Cow::Owned(encoding_rs::ISO_2022_JP.decode(text.as_bytes()).0.into_owned());
    }
    // Mail systems of Japan leave the escape out where a gateway removed it: then it stays as it is.
    std::borrow::Cow::Borrowed(text)
}

fn header(message: &Message<'_>, name: &str) -> Option<String> {
    let found = message.headers_raw().find(|(known, _)| known.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// Returns the addresses of a message that cannot be those that failed: the sender of the original, and the reporter.
fn own_addresses(message: &Message<'_>) -> Vec<String> {
    let lists = [message.to(), message.from(), message.reply_to()];
    let addresses = lists.into_iter().flatten().flat_map(|list| list.iter()).filter_map(|address| address.address());
    addresses.map(str::to_ascii_lowercase).collect()
}

fn domain_of_sender(message: &Message<'_>) -> String {
    let address = message.from().and_then(|from| from.first()).and_then(|from| from.address()).unwrap_or_default();
    address.rsplit_once('@').map_or("", |(_, domain)| domain).to_ascii_lowercase()
}

/// Returns whether a message without a machine-readable part is a report.
fn is_report(message: &Message<'_>, subject: &str, text: &str) -> bool {
    let from = message.from().and_then(|from| from.first());
    let from = from
        .map(|from| format!("{} {}", from.name().unwrap_or_default(), from.address().unwrap_or_default()).to_lowercase())
        .unwrap_or_default();
    let raw = header(message, "From").unwrap_or_default().to_lowercase();
    let daemon = any(&from, words::SENDERS) || any(&raw, words::SENDERS);
    let path = header(message, "Return-Path").unwrap_or_default().to_lowercase();
    let empty = path.trim() == "<>" || any(&path, words::SENDERS);
    let declared = message
        .content_type()
        .and_then(|kind| kind.attribute("report-type"))
        .is_some_and(|kind| kind.eq_ignore_ascii_case("delivery-status"));
    let reply = any(subject, words::REPLIES) || header(message, "X-Autoreply").is_some();
    let automatic = header(message, "Auto-Submitted").is_some_and(|value| value.to_ascii_lowercase().contains("auto-replied"));
    if reply && !any(subject, words::SUBJECTS) {
        return false;
    }
    let lower = text.to_lowercase();
    let opening = words::OPENINGS.iter().any(|opening| text.contains(opening));
    let points = u8::from(daemon || declared) * 2 + u8::from(empty) + u8::from(any(subject, words::SUBJECTS)) * 2 + u8::from(opening) * 2;
    if automatic && points < 2 {
        return false;
    }
    let heads = daemon && text.lines().any(|line| line.starts_with('<') && line.trim_end().ends_with(">:") && line.contains('@'));
    let says = heads || lower.contains("failed") || any(&lower, words::FAILING) || any(&lower, words::DELAYED);
    // An answer to a mail (`Re:`) is a report only where its text is one of a mail system.
    let answer = subject.starts_with("re:") && !daemon && !opening;
    says && !answer && (points >= 2 || (lower.contains("deliver") && any(&lower, words::LABELS) && points >= 1))
}

fn is_delayed(subject: &str, text: &str) -> bool {
    let text = text.to_lowercase();
    if any(&text, words::GIVEN_UP) {
        return false;
    }
    let named = any(subject, words::DELAYED) || subject.starts_with("warning: message") || subject.contains("(delay");
    any(&text, words::DELAYED) || (named && !subject.contains("fail") && !subject.contains("returned"))
}

/// Puts the machine-readable part and the text together: one failure for each recipient.
fn combined(status: Vec<Status>, reading: &Reading, delayed: bool, reporter: &str) -> Vec<Failure> {
    let reporter = status.iter().find_map(|status| status.reporter.clone()).unwrap_or_else(|| reporter.to_owned());
    let reporter = Some(reporter).filter(|host| !host.is_empty());
    if status.iter().any(|status| status.recipient.is_some() || status.action.is_some()) {
        let mut failures: Vec<Failure> = Vec::new();
        let mut settled = false;
        for one in status {
            if one.recipient.is_none() && one.action.is_none() {
                continue;
            }
            if one.is_success() {
                settled = true;
                continue;
            }
            let failure = report::failure(one, reading, reporter.as_deref(), delayed);
            // One mailbox may be reported for each of the addresses that lead to it.
            if !failures.contains(&failure) {
                failures.push(failure);
            }
        }
        if !failures.is_empty() || settled {
            return failures;
        }
    }
    let mut failures: Vec<Failure> = reading.found.iter().map(|found| report::free(found, reading, reporter.as_deref(), delayed)).collect();
    if failures.is_empty() && words::says_why(&reading.all) && !reading.all.trim().is_empty() {
        let found = text::Found { recipient: None, reason: reading.all.clone() };
        failures.push(report::free(&found, reading, reporter.as_deref(), delayed));
    }
    failures
}
