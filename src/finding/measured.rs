//! Entries over values: settings, thresholds of counters and resources, states of services.

use super::{Finding, Holds, condition, freshness};
use crate::fact::{AnyFact, FactId, Facts, Kind, Platform};
use crate::knowledge::{Entry, Knowledge, Pattern, Text, glob};

/// Judges all entries over values: present or absent where the value is known, nothing where it is not.
pub fn judge(facts: &Facts, knowledge: &Knowledge) -> Vec<Finding> {
    let mut findings = Vec::new();
    for entry in &knowledge.entries {
        if entry.declared.is_none() || !Platform::admitted(facts.case.platform, &entry.platforms) {
            continue;
        }
        let (mut holds, mut fails) = (Vec::new(), Vec::new());
        match &entry.pattern {
            Pattern::Setting { keys, when, .. } => {
                for (row, fact) in facts.settings.iter().enumerate() {
                    if let Some(value) = fact.what.value.value()
                        && keys.iter().any(|key| glob(key, &fact.what.key))
                    {
                        let list = if condition::holds(when, value) { &mut holds } else { &mut fails };
                        list.push(FactId::new(Kind::Setting, row));
                    }
                }
            }
            Pattern::Threshold { kind, name, more_than, less_than } => {
                for (fact, value) in values(facts, kind, name) {
                    let over = more_than.is_some_and(|bar| value > bar) || less_than.is_some_and(|bar| value < bar);
                    if over { holds.push(fact) } else { fails.push(fact) }
                }
            }
            Pattern::Service { names, when, .. } => {
                for (row, fact) in facts.services.iter().enumerate() {
                    let Some(state) = fact.what.state.value() else { continue };
                    if names.iter().any(|name| name.eq_ignore_ascii_case(fact.what.name.trim_end_matches(".service"))) {
                        let list = if when.contains(state) { &mut holds } else { &mut fails };
                        list.push(FactId::new(Kind::Service, row));
                    }
                }
            }
            _ => continue,
        }
        if let Some(finding) = finding(entry, holds, fails, facts, knowledge) {
            findings.push(finding);
        }
    }
    findings
}

fn values(facts: &Facts, kind: &str, name: &str) -> Vec<(FactId, f64)> {
    let same = |other: &str| other.eq_ignore_ascii_case(name);
    match kind {
        "counter" => facts
            .counters
            .iter()
            .enumerate()
            .filter(|(_, fact)| counter_is(&fact.what.name, name))
            .filter_map(|(row, fact)| Some((FactId::new(Kind::Counter, row), *fact.what.value.value()?)))
            .collect(),
        _ => facts
            .resources
            .iter()
            .enumerate()
            .filter(|(_, fact)| same(&fact.what.name))
            .filter_map(|(row, fact)| Some((FactId::new(Kind::Resource, row), *fact.what.used_percent.value()?)))
            .collect(),
    }
}

/// Counters are written `SMTP Server: Categorizer Queue Length`, `\SMTP Server(_Total)\Categorizer Queue Length` and without the object.
fn counter_is(name: &str, wanted: &str) -> bool {
    let plain = |text: &str| {
        let mut out = String::new();
        let mut depth = 0usize;
        for c in text.to_lowercase().chars() {
            match c {
                '(' => depth += 1,
                ')' => depth = depth.saturating_sub(1),
                c if depth == 0 && c.is_alphanumeric() => out.push(c),
                _ => {}
            }
        }
        out
    };
    let (name, wanted) = (plain(name), plain(wanted));
    name == wanted || (name.len() > 8 && wanted.ends_with(&name)) || (wanted.len() > 8 && name.ends_with(&wanted))
}

fn finding(entry: &Entry, holds: Vec<FactId>, fails: Vec<FactId>, facts: &Facts, knowledge: &Knowledge) -> Option<Finding> {
    let (state, because) = match (holds.is_empty(), fails.is_empty()) {
        (false, _) => (Holds::Present, holds),
        (true, false) => (Holds::Absent, fails),
        (true, true) => return None,
    };
    let first = *because.first()?;
    let declared = entry.declared.clone()?;
    let parts = facts.get(first).map(AnyFact::parts).unwrap_or_default().join(" ");
    let text = if state == Holds::Absent { Some(in_order(facts, first)) } else { entry.text.clone() };
    let mechanism = declared.group.clone().unwrap_or_else(|| format!("{}:{parts}", first.kind().id()));
    Some(Finding {
        id: entry.rule_id(),
        holds: state,
        freshness: freshness(facts, knowledge, first),
        because,
        declared,
        mechanisms: vec![mechanism, entry.rule_id()],
        group: String::new(),
        text,
        seed: entry.seed.clone(),
    })
}

/// What is said of a value that is as it should be.
fn in_order(facts: &Facts, first: FactId) -> Text {
    let kind = first.kind();
    let target = facts.get(first).and_then(|fact| fact.text("target")).filter(|target| !target.is_empty());
    match (kind, target) {
        (Kind::Service, _) => Text::new("The service {name} is {state}", "サービス {name}: {state}"),
        (Kind::Resource, Some(_)) => {
            Text::new("Within bounds: {name} {target}, {used_percent} % used", "正常範囲: {name} {target}、使用率 {used_percent} %")
        }
        (Kind::Resource, None) => Text::new("Within bounds: {name}, {used_percent} % used", "正常範囲: {name}、使用率 {used_percent} %"),
        (Kind::Counter, _) => Text::new("Within bounds: {name}: {value}", "正常範囲: {name}: {value}"),
        _ => Text::new("{key} is {value}", "{key} は {value}"),
    }
}
