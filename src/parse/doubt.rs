//! Looks the facts over once, when all of them are read: what cannot be, what contradicts itself, what belongs to another mail system.
//!
//! Nothing is dropped in silence and nothing is believed blindly: each doubt becomes a warning, and a value that cannot be is left out.

mod absurd;
mod queue;
mod service;
mod stranger;
mod twice;

pub use queue::weighs;

use super::{Harvest, Reason, Warning};
use crate::fact::{FactId, Facts, Kind, Source};
use crate::knowledge::{Knowledge, Text};

/// How many warnings of one class are given; the others are counted.
const MOST: usize = 20;
/// How many places one warning names.
const MOST_PLACES: usize = 5;
/// Clocks and time zones differ by less than this, in seconds: what is later than the evidence by more cannot be.
const AHEAD: i64 = 86_400;

/// Warns of what is doubtful in the facts, and leaves out the values that cannot be.
pub(super) fn weigh(harvest: &mut Harvest, knowledge: &Knowledge) {
    let mut doubts = Doubts::default();
    for (text, source) in std::mem::take(&mut harvest.left_out) {
        doubts.add(absurd::LABEL, text, &[source], true);
    }
    absurd::look(&mut harvest.facts, &mut doubts);
    queue::look(&mut harvest.facts, knowledge, &mut doubts);
    twice::look(&harvest.facts, knowledge, &mut doubts);
    service::look(&harvest.facts, knowledge, &mut doubts);
    listings(&mut harvest.facts, &mut doubts);
    later_than_taken(&harvest.facts, &mut doubts);
    stranger::look(harvest, knowledge, &mut doubts);
    harvest.warnings.extend(doubts.warnings());
}

/// The warnings of one class.
struct Class {
    label: Reason,
    shown: Vec<Warning>,
    more: usize,
}

/// Doubts by class, each class bounded.
#[derive(Default)]
struct Doubts {
    classes: Vec<Class>,
}

impl Doubts {
    /// Adds a doubt of a class; `incomplete` where it could hide trouble, so that the case is not healthy for certain.
    fn add(&mut self, label: Reason, text: Text, sources: &[Source], incomplete: bool) {
        let at = self.classes.iter().position(|class| class.label == label).unwrap_or(self.classes.len());
        if at == self.classes.len() {
            self.classes.push(Class { label, shown: Vec::new(), more: 0 });
        }
        let Some(class) = self.classes.get_mut(at) else { return };
        if class.shown.len() < MOST {
            class.shown.push(Warning { text, sources: sources.iter().take(MOST_PLACES).copied().collect(), incomplete });
        } else {
            class.more += 1;
        }
    }

    fn warnings(self) -> Vec<Warning> {
        let mut warnings = Vec::new();
        for class in self.classes {
            warnings.extend(class.shown);
            if class.more > 0 {
                let Reason { en, ja } = class.label;
                let text = Text::new(format!("and {} more: {en}", class.more), format!("ほか {} 件: {ja}", class.more));
                warnings.push(Warning { text, sources: Vec::new(), incomplete: false });
            }
        }
        warnings
    }
}

/// A count of connectors that says otherwise than the connectors given: then they are not all.
fn listings(facts: &mut Facts, doubts: &mut Doubts) {
    const LABEL: Reason = Reason::new("listings that are not complete", "完全ではない一覧");
    let given = facts.connectors.len();
    let complete = facts.listed.iter().any(|listed| listed.what.kind() == Kind::Connector);
    let said = facts.settings.iter().filter(|fact| fact.what.key.eq_ignore_ascii_case("connector.count"));
    let unlike: Vec<(u64, Vec<Source>)> = said
        .filter_map(|fact| Some((fact.what.value.value()?.to_string().trim().parse().ok()?, fact.sources.clone())))
        .filter(|(count, _): &(u64, _)| complete && *count != given as u64)
        .collect();
    for (count, sources) in unlike {
        let text = Text::new(
            format!("there are {count} connectors and {given} are given: the listing is not complete, whatever it says"),
            format!("コネクタは {count} 個あるはずですが、{given} 個しか示されていません。完全な一覧とはみなしません"),
        );
        doubts.add(LABEL, text, &sources, false);
        facts.listed.retain(|listed| listed.what.kind() != Kind::Connector);
    }
}

/// What was observed after the evidence was taken.
fn later_than_taken(facts: &Facts, doubts: &mut Doubts) {
    const LABEL: Reason = Reason::new("times after the evidence was taken", "証拠の取得より後の時刻");
    let Some(taken) = facts.case.taken_at else { return };
    for kind in [Kind::Event, Kind::Log, Kind::Outcome] {
        for fact in (0..facts.count(kind)).filter_map(|row| facts.get(FactId::new(kind, row))) {
            let Some(at) = fact.at().filter(|at| at.0 > taken.0.saturating_add(AHEAD)) else { continue };
            let text = Text::new(
                format!("this is of {at}, and the evidence was taken at {taken}: one of the times is wrong"),
                format!("時刻が {at} ですが、証拠は {taken} に取得されています。どちらかの時刻が誤りです"),
            );
            doubts.add(LABEL, text, fact.sources(), false);
        }
    }
}
