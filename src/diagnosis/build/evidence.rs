//! What speaks for and against a cause, in words, with where it stands.

use super::network::Built;
use crate::diagnosis::Evidence;
use crate::fact::{AnyFact, FactId, Facts, Kind};
use crate::finding::{Finding, Holds};
use crate::infer::Posterior;
use crate::knowledge::Text;
use std::collections::BTreeMap;

/// How many places an item of evidence names.
const MOST_SOURCES: usize = 5;
/// How many subjects a cause names.
const MOST_SUBJECTS: usize = 5;
/// The longest value that is put into a text, in characters.
const LONGEST: usize = 300;

/// Returns all findings that name a cause, the heaviest first.
pub fn of(cause: usize, built: &Built, findings: &[Finding], posterior: &Posterior, facts: &Facts) -> Vec<Evidence> {
    let mut evidence: Vec<Evidence> = naming(cause, built, findings)
        .filter(|(_, finding)| matches!(finding.holds, Holds::Present | Holds::Absent))
        .map(|(number, finding)| {
            let weight = posterior
                .weights
                .get(number)
                .and_then(|weights| weights.iter().find(|(other, _)| *other == cause))
                .map_or(0.0, |(_, weight)| *weight);
            let present = finding.holds == Holds::Present;
            let supports = if weight.abs() < 5e-5 { present } else { weight > 0.0 };
            Evidence {
                supports,
                text: finding_text(finding, facts, present),
                rule: finding.id.clone(),
                weight,
                seed: finding.seed.clone(),
                sources: finding
                    .because
                    .iter()
                    .filter_map(|id| facts.get(*id))
                    .flat_map(|fact| fact.sources().to_vec())
                    .take(MOST_SOURCES)
                    .collect(),
            }
        })
        .collect();
    evidence.sort_by(|left, right| {
        right
            .weight
            .abs()
            .total_cmp(&left.weight.abs())
            .then_with(|| left.rule.cmp(&right.rule))
            .then_with(|| left.text.en.cmp(&right.text.en))
    });
    evidence.dedup_by(|later, earlier| later.rule == earlier.rule && later.text == earlier.text && later.weight == 0.0);
    evidence
}

/// The findings whose node names a cause, each with its number.
fn naming<'a>(cause: usize, built: &'a Built, findings: &'a [Finding]) -> impl Iterator<Item = (usize, &'a Finding)> {
    findings.iter().enumerate().filter(move |(number, _)| {
        built.network.findings.get(*number).is_some_and(|node| node.causes.iter().any(|(other, _)| *other == cause))
    })
}

/// Returns what a cause is about: queues, destinations, hosts, recipients.
pub fn subjects(cause: usize, built: &Built, findings: &[Finding], facts: &Facts) -> Vec<String> {
    let mut subjects: Vec<String> = Vec::new();
    for id in present_facts(cause, built, findings) {
        let Some(fact) = facts.get(id) else { continue };
        let field = match id.kind() {
            Kind::Queue | Kind::Dns | Kind::Service | Kind::Connector => "name",
            Kind::Outcome => "destination",
            Kind::Smtp | Kind::Certificate => "host",
            Kind::Ndr => "recipient",
            Kind::Setting => "key",
            Kind::Resource => "target",
            Kind::Event => "source",
            _ => continue,
        };
        if let Some(subject) = fact.text(field).filter(|subject| !subject.is_empty() && !subjects.contains(subject)) {
            subjects.push(subject);
        }
    }
    subjects.truncate(MOST_SUBJECTS);
    subjects
}

/// Returns the values that remedies of a cause may have filled in.
pub fn values(cause: usize, built: &Built, findings: &[Finding], facts: &Facts) -> BTreeMap<&'static str, String> {
    values_of(present_facts(cause, built, findings), facts)
}

/// Returns the values that some facts give to the placeholders of remedies, those of the first fact that has one.
pub fn values_of(ids: impl Iterator<Item = FactId>, facts: &Facts) -> BTreeMap<&'static str, String> {
    let mut values: BTreeMap<&'static str, String> = BTreeMap::new();
    let mut put = |name, value: Option<String>| {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            values.entry(name).or_insert(value);
        }
    };
    for id in ids {
        let Some(fact) = facts.get(id) else { continue };
        match id.kind() {
            Kind::Outcome => {
                put("destination", fact.text("destination").filter(|name| name != "*"));
                put("recipient", fact.text("recipient"));
                put("host", fact.text("next_hop").map(|hop| hop.split(['[', ':']).next().unwrap_or_default().to_owned()));
            }
            Kind::Queue => put("queue", fact.text("name")),
            Kind::Ndr => {
                put("recipient", fact.text("recipient"));
                put("destination", fact.text("recipient").map(|recipient| crate::parse::template::domain(&recipient)));
                put("host", fact.text("host"));
            }
            Kind::Smtp | Kind::Certificate => put("host", fact.text("host")),
            Kind::Dns => {
                put("destination", fact.text("name"));
                put("server", fact.text("server"));
            }
            _ => {}
        }
    }
    let resolver = facts.settings.iter().find(|fact| fact.what.key == "resolv.nameserver").and_then(|fact| fact.text("value"));
    put("server", resolver.map(|servers| servers.split(' ').next().unwrap_or_default().to_owned()));
    put("domain", facts.case.domains.first().cloned());
    values
}

pub(super) fn present_facts<'a>(cause: usize, built: &'a Built, findings: &'a [Finding]) -> impl Iterator<Item = FactId> + 'a {
    naming(cause, built, findings)
        .filter(|(_, finding)| finding.holds == Holds::Present)
        .flat_map(|(_, finding)| finding.because.iter().copied())
}

/// Returns the text of a finding with the values of its facts put in; an absent one is said to be absent.
pub fn finding_text(finding: &Finding, facts: &Facts, present: bool) -> Text {
    let raw = finding.text.clone().unwrap_or_else(|| Text::new(finding.id.as_str(), finding.id.as_str()));
    let all: Vec<&dyn AnyFact> = finding.because.iter().filter_map(|id| facts.get(*id)).collect();
    let (en, ja) = (fill(&raw.en, &all, |(en, _)| en), fill(&raw.ja, &all, |(_, ja)| ja));
    if present { Text::new(en, ja) } else { Text::new(format!("Not the case: {en}"), format!("該当しない: {ja}")) }
}

/// Puts values of facts into the placeholders of a text: of the first fact that has the field.
fn fill(text: &str, facts: &[&dyn AnyFact], choose: fn((&'static str, &'static str)) -> &'static str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(open) = rest.find('{') {
        out.push_str(rest.get(..open).unwrap_or_default());
        let behind = rest.get(open + 1..).unwrap_or_default();
        let Some(close) = behind.find('}') else { break };
        let name = behind.get(..close).unwrap_or_default();
        let value = facts.iter().find_map(|fact| value(name, *fact));
        out.push_str(&value.unwrap_or_else(|| choose(unnamed(name)).to_owned()));
        rest = behind.get(close + 1..).unwrap_or_default();
    }
    out.push_str(rest);
    out
}

/// Returns what stands for a value that no fact has, in English and Japanese.
fn unnamed(placeholder: &str) -> (&'static str, &'static str) {
    match placeholder {
        "destination" => ("the destination", "宛先"),
        "next_hop" | "host" => ("the host", "ホスト"),
        "recipient" => ("the recipient", "受信者"),
        "queue" => ("the queue", "キュー"),
        "server" => ("the server", "サーバー"),
        "messages" => ("the", "該当する"),
        "share" => ("a part", "一部"),
        "key" | "name" => ("the setting", "設定"),
        "code" | "reply" => ("the reply", "応答"),
        _ => ("this", "これ"),
    }
}

/// Returns the value of a placeholder: a field of the fact, or another name that texts use for it.
fn value(name: &str, fact: &dyn AnyFact) -> Option<String> {
    let field = match (name, fact.kind()) {
        ("queue", Kind::Queue) | ("key", Kind::Counter | Kind::Service) => "name",
        ("id", Kind::Event) => "number",
        ("reply", Kind::Outcome | Kind::Ndr | Kind::Log) => "text",
        ("reply" | "text", Kind::Smtp) => "refusal",
        ("reply" | "text", Kind::Queue) => "last_error",
        ("text", Kind::Event) => "message",
        ("text", Kind::Answer) => "value",
        ("destination", Kind::Queue | Kind::Dns) => "name",
        ("destination", Kind::Smtp) => "host",
        ("next_hop", Kind::Smtp) => "host",
        ("host", Kind::Outcome) => "next_hop",
        ("value", Kind::Resource) => "used_percent",
        ("messages", Kind::Event | Kind::Log) => "count",
        (other, _) => other,
    };
    if name == "destination" && fact.kind() == Kind::Ndr {
        return fact.text("recipient").map(|recipient| crate::parse::template::domain(&recipient));
    }
    let value = fact.text(field).filter(|value| !value.is_empty())?;
    if name == "share" {
        return value.parse::<f64>().ok().map(|share| format!("{:.0} %", share * 100.0));
    }
    let short: String = value.chars().take(LONGEST).collect();
    Some(if short.len() < value.len() { format!("{short}…") } else { short })
}

/// Returns a group in words for a warning.
pub fn readable(group: &str) -> String {
    let plain = group.strip_prefix("said:").unwrap_or(group);
    plain.chars().take(120).collect()
}
