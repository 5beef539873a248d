//! Values that cannot be: they are left out, and a warning says so.

use super::Doubts;
use crate::fact::{Facts, Known, Source, Why};
use crate::knowledge::Text;
use crate::parse::Reason;

/// The class of what was left out.
pub const LABEL: Reason = Reason::new("values that cannot be", "ありえない値");
/// No queue holds and no log repeats so many messages.
const MESSAGES: u64 = 1_000_000_000;
/// No message waits so long: twenty years, in seconds.
const AGE: u64 = 20 * 365 * 86_400;
/// No counter of a mail system reaches this, bytes of a store included.
const COUNTER: f64 = 1e15;
/// No answer of the DNS takes so long, in milliseconds.
const MILLIS: u64 = 600_000;
/// A processor's sum may pass the whole by rounding, in percent; a disk cannot.
const LOAD: f64 = 110.0;

/// The longest value that a warning repeats, in characters.
const LONG: usize = 24;

/// Leaves out the values that cannot be.
pub fn look(facts: &mut Facts, doubts: &mut Doubts) {
    for fact in facts.queues.iter_mut() {
        let queue = &mut fact.what;
        let name = format!("queue {}", queue.name);
        leave_out(&mut queue.messages, |messages| *messages >= MESSAGES, &name, "messages", &fact.sources, doubts);
        leave_out(&mut queue.oldest, |age| *age > AGE, &name, "oldest", &fact.sources, doubts);
        leave_out(&mut queue.next_retry, |age| *age > AGE, &name, "next_retry", &fact.sources, doubts);
        if queue.series.0.iter().any(|sample| sample.messages >= MESSAGES) {
            say(&name, "sample", "1000000000+", &fact.sources, doubts);
            queue.series.0.retain(|sample| sample.messages < MESSAGES);
        }
    }
    for fact in facts.resources.iter_mut() {
        let most = if matches!(fact.what.name.as_str(), "disk" | "inodes") { 100.0 } else { LOAD };
        let name = format!("resource {}", fact.what.name);
        let odd = |share: &f64| !(0.0..=most).contains(share);
        leave_out(&mut fact.what.used_percent, odd, &name, "used_percent", &fact.sources, doubts);
    }
    for fact in facts.counters.iter_mut() {
        let name = format!("counter {}", fact.what.name);
        let odd = |value: &f64| !(0.0..COUNTER).contains(value);
        leave_out(&mut fact.what.value, odd, &name, "value", &fact.sources, doubts);
    }
    for fact in facts.events.iter_mut().filter(|fact| fact.what.count >= MESSAGES) {
        say(&format!("event {} {}", fact.what.source, fact.what.number), "count", &fact.what.count.to_string(), &fact.sources, doubts);
        fact.what.count = 1;
    }
    answers(facts, doubts);
    for fact in facts.ndrs.iter_mut() {
        leave_out(&mut fact.what.code, |code| !is_code(code), "ndr", "code", &fact.sources, doubts);
        leave_out(&mut fact.what.reply, |reply| !(200..600).contains(reply), "ndr", "reply", &fact.sources, doubts);
    }
}

fn answers(facts: &mut Facts, doubts: &mut Doubts) {
    const UNREAD: Reason = Reason::new("records of the DNS that are none", "DNS のレコードではないもの");
    for fact in facts.dns.iter_mut() {
        let dns = &mut fact.what;
        let name = format!("dns {} {}", dns.name, dns.record);
        leave_out(&mut dns.millis, |millis| *millis > MILLIS, &name, "millis", &fact.sources, doubts);
        let odd = |record: &&String| {
            let words: Vec<&str> = record.split_whitespace().collect();
            words.len() > 2 || words.first().is_some_and(|first| words.len() == 2 && first.parse::<u16>().is_err())
        };
        for record in dns.answers.value().into_iter().flatten().filter(|_| dns.record == "MX").filter(odd) {
            let text = Text::new(
                format!("`{record}` is no MX record; it is written PREFERENCE HOST"),
                format!("`{record}` は MX レコードではありません。「優先度 ホスト名」の形で書きます"),
            );
            doubts.add(UNREAD, text, &fact.sources, false);
        }
    }
}

/// An enhanced status code (RFC 3463): a class of 2, 4 or 5, and two numbers of at most three digits.
fn is_code(code: &str) -> bool {
    let parts: Vec<&str> = code.trim().trim_start_matches('#').split('.').collect();
    let number = |part: &&str| (1..=3).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
    parts.len() == 3 && matches!(parts.first(), Some(&("2" | "4" | "5"))) && parts.iter().all(number)
}

fn leave_out<T: ToString>(
    value: &mut Known<T>,
    odd: impl Fn(&T) -> bool,
    name: &str,
    field: &'static str,
    sources: &[Source],
    doubts: &mut Doubts,
) {
    if let Some(found) = value.value().filter(|found| odd(found)) {
        say(name, field, &found.to_string(), sources, doubts);
        *value = Known::Unknown(Why::Unreadable("out of range".into()));
    }
}

/// What was left out of these could hide trouble; of a report it is told by its text.
fn say(name: &str, field: &'static str, value: &str, sources: &[Source], doubts: &mut Doubts) {
    let hides = !matches!(field, "code" | "reply" | "millis" | "count");
    let value = if value.len() > LONG { format!("{}…", value.chars().take(LONG).collect::<String>()) } else { value.to_owned() };
    let text = Text::new(
        format!("{name}: {field} = {value} cannot be and was left out"),
        format!("{name}: {field} = {value} はありえない値のため、無視しました"),
    );
    doubts.add(LABEL, text, sources, hides);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_have_a_class_and_two_numbers() {
        for (code, right) in [("5.7.1", true), ("4.4.316", true), ("#5.1.1", true), ("9.9.9", false), ("5.7", false), ("5.7.1234", false)] {
            assert_eq!(is_code(code), right, "{code}");
        }
    }
}
