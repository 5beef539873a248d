//! What speaks for and against a cause, in words, with where it stands.

use super::network::Built;
use super::wording::finding_text;
use crate::diagnosis::Evidence;
use crate::fact::{FactId, Facts, Kind};
use crate::finding::{Finding, Holds};
use crate::infer::Posterior;

/// How many places an item of evidence names.
const MOST_SOURCES: usize = 5;
/// How many subjects a cause names.
const MOST_SUBJECTS: usize = 5;

/// Queues that hold whatever waits, and name nothing that a cause could be about.
const FOLDERS: [&str; 4] = ["active", "deferred", "incoming", "maildrop"];

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
                explained: present && !supports,
                text: finding_text(finding, facts),
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
    let mut folders: Vec<String> = Vec::new();
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
        if let Some(subject) =
            fact.text(field).filter(|subject| !subject.is_empty() && !subjects.contains(subject) && !folders.contains(subject))
        {
            let list = if id.kind() == Kind::Queue && FOLDERS.contains(&subject.as_str()) { &mut folders } else { &mut subjects };
            list.push(subject);
        }
    }
    if subjects.is_empty() {
        subjects = folders;
    }
    subjects.truncate(MOST_SUBJECTS);
    subjects
}

/// The facts behind the present findings that name a cause.
pub fn present_facts<'a>(cause: usize, built: &'a Built, findings: &'a [Finding]) -> impl Iterator<Item = FactId> + 'a {
    naming(cause, built, findings)
        .filter(|(_, finding)| finding.holds == Holds::Present)
        .flat_map(|(_, finding)| finding.because.iter().copied())
}

/// Returns a group in words for a warning.
pub fn readable(group: &str) -> String {
    let plain = group.strip_prefix("said:").unwrap_or(group);
    plain.chars().take(120).collect()
}
