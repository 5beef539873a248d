//! Queues that contradict themselves, and queues that nobody knows.

use super::Doubts;
use crate::fact::{FactId, Facts, Kind, Known, Queue, Why};
use crate::knowledge::{Knowledge, Text};
use crate::parse::Reason;

const UNLIKE: Reason = Reason::new("queues that contradict themselves", "矛盾するキュー");
const UNKNOWN: Reason = Reason::new("queues of an unknown kind", "種類が不明なキュー");
/// Two lengths of one queue differ when the larger is over ten times the smaller and at least this much above it.
const APART: u64 = 100;

/// Looks at each queue by itself; called before queues get their kinds from their names.
pub fn look(facts: &mut Facts, knowledge: &Knowledge, doubts: &mut Doubts) {
    let unix = facts.case.platform.is_some_and(|platform| platform.is("unix"));
    let connectors: Vec<String> = facts.connectors.iter().map(|fact| fact.what.name.to_lowercase()).collect();
    let mut unknown = Vec::new();
    for (row, fact) in facts.queues.iter_mut().enumerate() {
        let queue = &mut fact.what;
        for text in [empty(queue), trend(queue), length(queue), kind(queue, knowledge)].into_iter().flatten() {
            doubts.add(UNLIKE, text, &fact.sources, weighs(queue));
        }
        if queue.kind.value().is_none() && knowledge.queue_kind(&queue.name).is_none() {
            let connector = || connectors.iter().any(|name| queue.name.to_lowercase().contains(name));
            if unix || (is_no_destination(&queue.name) && !connector()) {
                doubts.add(UNKNOWN, unknown_kind(&queue.name, unix), &fact.sources, weighs(queue));
                unknown.push(FactId::new(Kind::Queue, row));
            }
        }
    }
    facts.strange_queues.extend(unknown);
    counters(facts, doubts);
}

/// Returns whether a queue holds so much, or grows, that what it is for matters.
pub fn weighs(queue: &Queue) -> bool {
    queue.messages.value().is_some_and(|messages| *messages >= APART) || queue.growing.value() == Some(&true) || rises(queue)
}

fn unknown_kind(name: &str, unix: bool) -> Text {
    let (en, ja) = if unix {
        ("what it is for is not known", "用途は不明です")
    } else {
        ("it is taken for a remote destination", "リモートの宛先とみなします")
    };
    Text::new(
        format!("no kind of queue that mailmedic knows is called `{name}`: {en}"),
        format!("`{name}` という名前のキューの種類は不明です。{ja}"),
    )
}

/// Exchange names queues after domains, hosts, addresses, databases and servers: a phrase of several words is none of these, unless a
/// domain or server stands in it.
fn is_no_destination(name: &str) -> bool {
    let name = name.trim();
    let phrase = name.contains(char::is_whitespace) || !name.is_ascii();
    phrase && !name.contains(['.', '[', ':', '\\', '/', '@'])
}

/// An empty queue has no oldest message, does not grow, and its last error is past.
fn empty(queue: &mut Queue) -> Option<Text> {
    if queue.messages.value() != Some(&0) {
        return None;
    }
    let past = || Why::Said("the queue is empty".into());
    let (mut en, mut ja) = (Vec::new(), Vec::new());
    if queue.oldest.value().is_some_and(|age| *age > 0) {
        queue.oldest = Known::Unknown(past());
        en.push("has no oldest message");
        ja.push("最も古いメッセージはないはずです");
    }
    if queue.growing.value() == Some(&true) {
        queue.growing = Known::Unknown(past());
        en.push("does not grow");
        ja.push("増え続けているはずはありません");
    }
    if queue.last_error.value().is_some_and(|error| !error.trim().is_empty()) {
        queue.last_error = Known::Unknown(past());
        en.push("has a last error that is past and does not count");
        ja.push("最後のエラーは過去のものとして扱います");
    }
    (!en.is_empty()).then(|| {
        let name = &queue.name;
        Text::new(format!("queue `{name}` is empty: it {}", en.join(", ")), format!("キュー `{name}` は空です。{}", ja.join("。")))
    })
}

fn rises(queue: &Queue) -> bool {
    let samples = &queue.series.0;
    match (samples.first(), samples.last()) {
        (Some(first), Some(last)) => samples.len() > 1 && last.messages >= first.messages.saturating_add((first.messages / 2).max(10)),
        _ => false,
    }
}

fn falls(queue: &Queue) -> bool {
    let samples = &queue.series.0;
    match (samples.first(), samples.last()) {
        (Some(first), Some(last)) => samples.len() > 1 && first.messages >= last.messages.saturating_mul(2).max(10),
        _ => false,
    }
}

/// What was counted outranks what was said of it.
fn trend(queue: &mut Queue) -> Option<Text> {
    let growing = *queue.growing.value()?;
    if !(growing && falls(queue) || !growing && rises(queue)) {
        return None;
    }
    queue.growing = Known::Value(!growing);
    let name = &queue.name;
    Some(Text::new(
        format!(
            "queue `{name}` is said {} and its series shows the opposite: the series counts",
            if growing { "to grow" } else { "not to grow" }
        ),
        format!(
            "キュー `{name}` は{}とされていますが、時系列は逆を示しています。時系列を採用します",
            if growing { "増え続けている" } else { "増えていない" }
        ),
    ))
}

fn length(queue: &mut Queue) -> Option<Text> {
    let (messages, last) = (*queue.messages.value()?, queue.series.0.last()?.messages);
    apart(messages, last).then(|| {
        let name = &queue.name;
        Text::new(
            format!("queue `{name}` holds {messages} messages, and {last} at the end of its series: one of the two is wrong or old"),
            format!("キュー `{name}` のメッセージ数は {messages} ですが、時系列の最後では {last} です。どちらかが誤りか古い値です"),
        )
    })
}

fn apart(one: u64, other: u64) -> bool {
    let (less, more) = (one.min(other), one.max(other));
    more > less.saturating_mul(10) && more - less >= APART
}

/// A kind that is declared though the name belongs to another.
fn kind(queue: &mut Queue, knowledge: &Knowledge) -> Option<Text> {
    let declared = queue.kind.value()?;
    let by_name = knowledge.queue_kind(&queue.name)?;
    let fits = knowledge.queues.iter().any(|kind| kind.id == *declared && kind.named(&queue.name).is_some());
    (!fits && by_name.id != *declared).then(|| {
        let name = &queue.name;
        Text::new(
            format!("queue `{name}` is declared {declared}, and its name is that of {}: the declared kind counts", by_name.id),
            format!("キュー `{name}` の種類は {declared} とされていますが、名前は {} のものです。指定された種類を採用します", by_name.id),
        )
    })
}

/// A counter of the length of a queue that says quite another length.
fn counters(facts: &Facts, doubts: &mut Doubts) {
    let lengths: std::collections::BTreeMap<String, u64> =
        facts.queues.iter().filter_map(|fact| Some((fact.what.name.to_lowercase(), *fact.what.messages.value()?))).collect();
    for fact in facts.counters.iter() {
        let name = fact.what.name.to_lowercase();
        let Some(subject) = name.strip_suffix(" queue length") else { continue };
        let subject = subject.rsplit([':', '\\']).next().unwrap_or_default().trim();
        let (Some(value), Some(held)) = (fact.what.value.value(), lengths.get(subject)) else { continue };
        if apart(*value as u64, *held) {
            let text = Text::new(
                format!("the counter `{}` says {value}, and the queue is said to hold {held} messages", fact.what.name),
                format!("カウンター `{}` は {value} ですが、キューのメッセージ数は {held} とされています", fact.what.name),
            );
            doubts.add(UNLIKE, text, &fact.sources, false);
        }
    }
}
