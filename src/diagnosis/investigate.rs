//! The order of an investigation: read the last error, look in the event log, raise a level and put it back.
//!
//! Each step comes where its signs hold. None comes where the evidence decides the case; of the levels that are raised already
//! the way back is said in any case.

use super::build::values_of;
use super::signs::Seen;
use super::{Next, PlannedAction, RankedCause};
use crate::fact::{FactId, Platform};
use crate::knowledge::{Knowledge, Step, Text};
use crate::remedy;
use std::collections::{BTreeMap, BTreeSet};

/// From this probability the first cause decides the case.
const DECIDES: f64 = 0.9;
/// From this probability something is likely wrong.
const LIKELY: f64 = 0.5;
/// Evidence of this weight, in nats, is strong.
const STRONG: f64 = 3.0;
/// The order of the reminder to put a level back: after everything else.
const LAST: u32 = u32::MAX;

/// A step that is offered, with its place in the order of the investigation.
#[derive(Debug, Clone, PartialEq)]
pub struct Offered {
    /// The step.
    pub next: Next,
    /// Its place; a lower one comes first.
    pub order: u32,
}

/// Returns whether the first cause is certain enough, and by strong evidence, that nothing need be raised to see more.
pub fn is_decided(causes: &[RankedCause]) -> bool {
    causes.first().is_some_and(|cause| {
        cause.probability >= DECIDES && cause.id != "other" && cause.evidence.iter().any(|item| item.supports && item.weight >= STRONG)
    })
}

/// Returns the steps that make sense, in order; `worth` is what knowing the cause for certain would save, in minutes, and `trouble`
/// the probability that something is wrong.
///
/// A later step of the order never gains more than an earlier one, so that it is not done first.
pub fn steps(seen: &Seen<'_>, knowledge: &Knowledge, worth: f64, trouble: f64) -> Vec<Offered> {
    let platform = seen.facts.case.platform;
    let decided = is_decided(seen.causes);
    let mut offered: Vec<Offered> = Vec::new();
    let mut most = f64::INFINITY;
    for step in knowledge.steps.iter().filter(|step| Platform::admitted(platform, &step.platforms)) {
        let raised = seen.any(&step.raised, None);
        let place = step.stages.iter().find_map(|stage| {
            let at = seen.any(&step.at, Some(stage))?;
            (step.when.is_empty() || seen.any(&step.when, Some(stage)).is_some()).then_some(at)
        });
        let shows = knowledge.numbers.sensitivity(step.shows);
        let (look, raise) = (knowledge.numbers.cost.look, knowledge.numbers.cost.raise_level);
        let next = match (&raised, place) {
            (Some(raised), place) => {
                let because: Vec<FactId> = place.iter().flat_map(|place| place.because.clone()).chain(raised.because.clone()).collect();
                let gain = if decided || place.is_none() { 0.0 } else { shows * worth - look };
                restored(step, seen, knowledge, &because, gain)
            }
            (None, Some(place)) if !decided => {
                let cost = if step.kind == "raise-level" { raise } else { look };
                let gain = shows * worth - cost;
                // To raise a level costs more than a look, and fills the log: only where something is likely wrong, or where it pays.
                (step.kind == "look" || gain > 0.0 || trouble >= LIKELY).then(|| begun(step, seen, knowledge, &place.because, gain))
            }
            _ => None,
        };
        let Some(mut next) = next else { continue };
        let order = if raised.is_some() { LAST } else { step.order };
        if order < LAST {
            next.gain = next.gain.min(most);
            most = next.gain;
        }
        next.gain = next.gain.max(0.0);
        if !offered.iter().any(|other| other.next.id == next.id) {
            offered.push(Offered { next, order });
        }
    }
    offered
}

/// Returns the remedies that only raise a level and have no place here: the case is decided, or the level is raised.
pub fn idle_remedies(seen: &Seen<'_>, knowledge: &Knowledge) -> BTreeSet<String> {
    let platform = seen.facts.case.platform;
    let decided = is_decided(seen.causes);
    knowledge
        .steps
        .iter()
        .filter(|step| Platform::admitted(platform, &step.platforms) && (decided || seen.any(&step.raised, None).is_some()))
        .filter_map(|step| step.remedy.clone())
        .collect()
}

fn begun(step: &Step, seen: &Seen<'_>, knowledge: &Knowledge, because: &[FactId], gain: f64) -> Next {
    let values = values_of(because.iter().copied(), seen.facts);
    let (actions, undo) = ways(step, seen, knowledge, &values);
    let kind = if step.kind == "raise-level" { "raise-level" } else { "look" };
    Next { kind, id: step.id.clone(), text: remedy::fill_text(&step.text, &values), gain, seed: step.seed.clone(), steps: actions, undo }
}

/// The level is raised: what is left is to read what it shows, and the way back.
fn restored(step: &Step, seen: &Seen<'_>, knowledge: &Knowledge, because: &[FactId], gain: f64) -> Option<Next> {
    let values = values_of(because.iter().copied(), seen.facts);
    let text: &Text = step.restore.as_ref()?;
    let (_, undo) = ways(step, seen, knowledge, &values);
    Some(Next {
        kind: "lower-level",
        id: step.id.clone(),
        text: remedy::fill_text(text, &values),
        gain,
        seed: step.seed.clone(),
        steps: Vec::new(),
        undo,
    })
}

/// The actions of a step and its way back: its own, else those of its remedy.
fn ways(
    step: &Step,
    seen: &Seen<'_>,
    knowledge: &Knowledge,
    values: &BTreeMap<&'static str, String>,
) -> (Vec<PlannedAction>, Vec<PlannedAction>) {
    let platform = seen.facts.case.platform;
    match step.remedy.as_ref().and_then(|id| knowledge.remedies.get(id)) {
        Some(remedy) => (remedy::actions(&remedy.steps, platform, values), remedy::actions(&remedy.undo, platform, values)),
        None => (remedy::actions(&step.actions, platform, values), remedy::actions(&step.undo, platform, values)),
    }
}
