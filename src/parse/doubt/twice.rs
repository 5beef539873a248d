//! The same thing said twice with unlike values.

use super::Doubts;
use crate::fact::{AnyFact, FactId, FactName, Facts, Kind, Known, Value};
use crate::knowledge::{Knowledge, SettingType, Text};
use crate::parse::Reason;
use std::collections::HashMap;

const LABEL: Reason = Reason::new("things that are said twice and unlike", "食い違う記述");

/// A kind of fact of which one thing has one value at a time: what tells things apart beside the name, and what may not differ.
struct Single {
    kind: Kind,
    apart: &'static [&'static str],
    values: &'static [&'static str],
}

/// The name of a service is looked at by its aliases elsewhere.
const SINGLE: &[Single] = &[
    Single { kind: Kind::Queue, apart: &["kind"], values: &["messages", "state"] },
    // Servers may differ, and that is a fault to be found and no contradiction.
    Single { kind: Kind::Dns, apart: &["server"], values: &["result"] },
    Single { kind: Kind::Smtp, apart: &["address", "port", "client", "recipient"], values: &["result"] },
    Single { kind: Kind::Setting, apart: &[], values: &["value"] },
    Single { kind: Kind::DiagnosticLevel, apart: &[], values: &["level"] },
];

/// Compares each fact with the one before it of the same name.
pub fn look(facts: &Facts, knowledge: &Knowledge, doubts: &mut Doubts) {
    for single in SINGLE {
        let mut last: HashMap<String, FactId> = HashMap::new();
        for row in 0..facts.count(single.kind) {
            let id = FactId::new(single.kind, row);
            let Some(fact) = facts.get(id) else { continue };
            let before = last.insert(identity(fact, single), id).and_then(|before| facts.get(before));
            if let Some(before) = before.filter(|before| same_time(*before, fact)) {
                compare(before, fact, single, doubts);
            }
        }
    }
    settings(facts, knowledge, doubts);
}

fn identity(fact: &dyn AnyFact, single: &Single) -> String {
    let mut parts: Vec<String> = fact.parts().into_iter().map(|part| part.to_lowercase()).collect();
    parts.extend(single.apart.iter().map(|field| fact.text(field).unwrap_or_default()));
    parts.join("\n")
}

/// What is known to be of two times may differ.
fn same_time(one: &dyn AnyFact, other: &dyn AnyFact) -> bool {
    one.at() == other.at() || one.at().is_none() || other.at().is_none()
}

fn compare(before: &dyn AnyFact, fact: &dyn AnyFact, single: &Single, doubts: &mut Doubts) {
    let unlike: Vec<(String, String)> = single
        .values
        .iter()
        .filter_map(|field| Some((before.text(field)?, fact.text(field)?)))
        .filter(|(one, other)| !one.eq_ignore_ascii_case(other))
        .collect();
    if unlike.is_empty() {
        return;
    }
    let name = FactName::of(fact.kind(), &fact.parts());
    let said: Vec<String> = unlike.iter().map(|(one, other)| format!("{} / {}", short(one), short(other))).collect();
    let said = said.join(", ");
    let text = Text::new(
        format!("`{name}` is given twice and unlike ({said}): both were taken, and one may be wrong or old"),
        format!("`{name}` の記述が 2 つあり、食い違っています ({said})。両方を採用しましたが、どちらかが誤りか古い可能性があります"),
    );
    let sources: Vec<_> = before.sources().iter().take(1).chain(fact.sources()).copied().collect();
    doubts.add(LABEL, text, &sources, false);
}

fn short(text: &str) -> String {
    text.chars().take(40).collect()
}

/// A setting that must be a number or a flag and is a word.
fn settings(facts: &Facts, knowledge: &Knowledge, doubts: &mut Doubts) {
    const UNREAD: Reason = Reason::new("values of settings that were not understood", "理解できない設定値");
    for fact in facts.settings.iter() {
        let Known::Value(Value::Text(value)) = &fact.what.value else { continue };
        if !is_word(value) || !matches!(knowledge.setting(&fact.what.key), Some((_, SettingType::Integer | SettingType::Flag))) {
            continue;
        }
        let (key, value) = (&fact.what.key, short(value));
        let text = Text::new(
            format!("setting {key}: `{value}` is none of the values that it can have"),
            format!("設定 {key}: `{value}` は設定できる値ではありません"),
        );
        doubts.add(UNREAD, text, &fact.sources, false);
    }
}

/// A value of letters alone that does not stand for a number, as `unlimited` and `$other_setting` do.
fn is_word(value: &str) -> bool {
    const NUMBERS: &[&str] = &["unlimited", "infinite", "none", "default", "null", "not set", "notset"];
    let plain = value.trim().to_lowercase();
    !plain.is_empty() && plain.chars().all(|c| c.is_alphabetic() || c == ' ') && !NUMBERS.contains(&plain.as_str())
}
