//! What inbound and outbound mail need, each with one of three results.

use super::signs::{Reason, Seen};
use super::{PlannedAction, RankedCause};
use crate::fact::{Platform, Source};
use crate::finding::{Finding, Holds};
use crate::knowledge::{Knowledge, Requirement, Text};
use crate::remedy;
use std::collections::BTreeMap;

/// From this probability a cause is likely.
const LIKELY: f64 = 0.5;
/// A finding is telling from this ratio of its likelihood with and without its causes.
const TELLING: f64 = 10.0;

/// Whether a requirement is met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fulfilment {
    /// It is met.
    Met,
    /// It is not met.
    NotMet,
    /// It cannot be told.
    Unknown,
}

impl Fulfilment {
    /// Returns the word of the document.
    pub fn id(self) -> &'static str {
        match self {
            Fulfilment::Met => "met",
            Fulfilment::NotMet => "not-met",
            Fulfilment::Unknown => "unknown",
        }
    }
}

/// A requirement and its result.
#[derive(Debug, Clone, PartialEq)]
pub struct Checked {
    /// Its id, that of the seed's fact.
    pub id: String,
    /// The requirement of which it is one way.
    pub part_of: Option<String>,
    /// What must be so.
    pub title: Text,
    /// The result.
    pub state: Fulfilment,
    /// Whether that is likely only: what was seen points to it, and the first cause that says so is not certain.
    pub likely: bool,
    /// Why, one statement each.
    pub because: Vec<Text>,
    /// Where that stands.
    pub sources: Vec<Source>,
    /// How to learn it.
    pub learn: Vec<PlannedAction>,
    /// Whether the first cause or what speaks for it cites this requirement.
    pub bears: bool,
}

/// Checks all requirements of the platform, in the order of the knowledge.
pub fn check(seen: &Seen<'_>, knowledge: &Knowledge) -> Vec<Checked> {
    let platform = seen.facts.case.platform;
    let here: Vec<&Requirement> =
        knowledge.requirements.iter().filter(|requirement| Platform::admitted(platform, &requirement.platforms)).collect();
    let cited = cited(seen.causes);
    let mut checked: Vec<Checked> = Vec::new();
    for requirement in &here {
        // Where the platform is not known, several may have one id: the first stands for all.
        if checked.iter().any(|other| other.id == requirement.id) {
            continue;
        }
        let (mut state, mut reasons) = own(requirement, seen);
        let likely = state == Fulfilment::Unknown && cited.contains(&requirement.id.as_str());
        let pointing = if likely { pointing(requirement, seen) } else { None };
        let likely = pointing.is_some();
        if let Some(reason) = pointing {
            (state, reasons) = (Fulfilment::NotMet, vec![reason]);
        }
        let mut values = BTreeMap::new();
        if let Some(domain) = seen.facts.case.domains.first() {
            values.insert("domain", domain.clone());
        }
        checked.push(Checked {
            id: requirement.id.clone(),
            part_of: here.iter().find(|other| other.any_of.contains(&requirement.id)).map(|other| other.id.clone()),
            title: requirement.title.clone(),
            state,
            likely,
            sources: reasons.iter().flat_map(|reason| reason.sources.clone()).collect(),
            because: reasons.into_iter().map(|reason| reason.text).collect(),
            learn: remedy::actions(&requirement.learn, platform, &values),
            bears: cited.contains(&requirement.id.as_str()),
        });
    }
    for requirement in &here {
        join(requirement, &mut checked);
    }
    checked
}

/// What the signs of the requirement itself say: what breaks it counts before what shows that it is met.
fn own(requirement: &Requirement, seen: &Seen<'_>) -> (Fulfilment, Vec<Reason>) {
    if let Some(reasons) = requirement.broken.iter().find_map(|signs| seen.all(signs, None)) {
        return (Fulfilment::NotMet, reasons);
    }
    if let Some(reasons) = requirement.met.iter().find_map(|signs| seen.all(signs, None)) {
        return (Fulfilment::Met, reasons);
    }
    (Fulfilment::Unknown, Vec::new())
}

/// Why a requirement is likely not met: a telling finding that cites it is there, and a cause that it shows is likely.
fn pointing(requirement: &Requirement, seen: &Seen<'_>) -> Option<Reason> {
    let likely = |id: &String| {
        seen.causes.iter().any(|cause| cause.id == *id && cause.probability >= LIKELY && cause.seed.contains(&requirement.id))
    };
    let telling = |finding: &&Finding| {
        finding.holds == Holds::Present
            && finding.seed.contains(&requirement.id)
            && !finding.declared.symptom
            && finding.likelihood_ratio(&seen.knowledge.numbers) >= TELLING
            && finding.declared.causes.iter().any(|(id, _)| likely(id))
    };
    seen.findings.iter().find(telling).map(|finding| seen.said(finding))
}

/// One way is enough; when none is open, the requirement is not met. What is known of it by itself counts first.
fn join(requirement: &Requirement, checked: &mut [Checked]) {
    let ways: Vec<Checked> = checked.iter().filter(|other| requirement.any_of.contains(&other.id)).cloned().collect();
    let Some(whole) = checked.iter_mut().find(|other| other.id == requirement.id).filter(|_| !ways.is_empty()) else { return };
    whole.bears |= ways.iter().any(|way| way.bears);
    if whole.state != Fulfilment::Unknown {
        return;
    }
    let deciding: Vec<&Checked> = match ways.iter().find(|way| way.state == Fulfilment::Met) {
        Some(open) => vec![open],
        None if ways.iter().all(|way| way.state == Fulfilment::NotMet) => ways.iter().collect(),
        None => return,
    };
    whole.state = deciding.first().map_or(Fulfilment::Unknown, |way| way.state);
    whole.because = deciding.iter().flat_map(|way| way.because.clone()).collect();
    whole.sources = deciding.iter().flat_map(|way| way.sources.clone()).collect();
}

/// The facts of the seed that the first cause rests on.
fn cited(causes: &[RankedCause]) -> Vec<&str> {
    let first = causes.first();
    let own = first.into_iter().flat_map(|cause| &cause.seed);
    let shown = first.into_iter().flat_map(|cause| &cause.evidence).filter(|item| item.supports).flat_map(|item| &item.seed);
    own.chain(shown).map(String::as_str).collect()
}
