//! What to do and what to find out next: repairs by probability over cost, questions and probes by what they save.

use super::build::Built;
use super::naming::Names;
use super::signs::Seen;
use super::{Next, ProposedRepair, RankedCause, investigate, repairs};
use crate::fact::{FactName, Kind, Platform};
use crate::finding::Holds;
use crate::infer::{Candidate, Posterior, Repair, expected_cost, next_steps};
use crate::knowledge::{Entry, Folder, Knowledge, Pattern, glob};
use std::collections::{BTreeMap, BTreeSet};

/// How many steps are offered.
const MOST: usize = 5;
/// How many probes and questions are offered at least beside the steps of an investigation.
const FEWEST: usize = 2;
/// How many candidates are weighed.
const MOST_CANDIDATES: usize = 50;
/// From this probability on a repair is offered among the next steps.
pub const BEGIN: f64 = 0.3;
/// The cost of a repair whose cause has no remedy yet, in minutes.
const UNKNOWN_REPAIR: f64 = 60.0;

/// Returns the next steps, those that save the most first.
pub fn next(built: &Built, posterior: &Posterior, seen: &Seen<'_>, proposals: &[ProposedRepair], knowledge: &Knowledge) -> Vec<Next> {
    let (findings, causes) = (seen.findings, seen.causes);
    let repairs: Vec<Repair> = causes
        .iter()
        .filter(|cause| knowledge.cause(&cause.id).is_some_and(|known| !known.benign))
        .filter_map(|cause| {
            Some(Repair {
                cause: built.number(&cause.id)?,
                minutes: cause.remedies.first().map_or(UNKNOWN_REPAIR, |remedy| remedy.minutes + remedy.wait_minutes),
            })
        })
        .collect();
    let escalate = knowledge.numbers.escalate.minutes;
    let names = Names { facts: seen.facts, knowledge };
    // What a person does in one go is one step, whatever it is looked at for.
    let mut errands: BTreeMap<String, Errand> = BTreeMap::new();
    for (number, finding) in findings.iter().enumerate() {
        // What bears on no cause that is in question is not worth a look.
        let bears = causes.iter().any(|cause| finding.declared.causes.iter().any(|(id, _)| *id == cause.id));
        if let (Holds::Unknown(missing), true) = (&finding.holds, bears) {
            for name in missing.iter().filter(|name| can_be_had(name, seen, knowledge)).take(2) {
                let errand = errands.entry(names.errand(name)).or_default();
                errand.names.insert(name.clone());
                errand.findings.insert(number);
            }
        }
    }
    let errands: Vec<Errand> = errands.into_values().take(MOST_CANDIDATES).collect();
    let candidates: Vec<Candidate> = errands
        .iter()
        .filter_map(|errand| {
            let minutes = minutes(errand.names.first()?.kind(), knowledge);
            Some(Candidate { id: errand.id(), minutes, findings: errand.findings.iter().copied().collect() })
        })
        .collect();
    let gains = next_steps(&built.network, posterior, &repairs, &candidates, escalate);
    // What one probe saves, certainty saves as well.
    let probed = gains.first().map_or(0.0, |gain| gain.gain_minutes);
    let worth = certainty(built, posterior, causes, &repairs, escalate).max(probed);
    let investigation = investigate::steps(seen, knowledge, worth, posterior.trouble);
    let room = MOST.saturating_sub(investigation.len()).max(FEWEST);
    let mut steps: Vec<(Next, u32)> = gains
        .into_iter()
        .filter_map(|gain| {
            let errand = errands.get(gain.candidate)?;
            let mut seed: Vec<String> =
                errand.findings.iter().filter_map(|number| findings.get(*number)).flat_map(|finding| finding.seed.clone()).collect();
            seed.sort();
            seed.dedup();
            Some(Next {
                kind: kind(errand.names.first()?.kind()),
                id: errand.id(),
                text: names.step(&errand.names.iter().cloned().collect::<Vec<_>>()),
                gain: gain.gain_minutes,
                seed,
                steps: Vec::new(),
                undo: Vec::new(),
            })
        })
        .take(room)
        .chain(first_repair(proposals, causes))
        .map(|next| (next, 0))
        .collect();
    steps.extend(investigation.into_iter().map(|offered| (offered.next, offered.order)));
    // Steps of one gain keep the order of the investigation.
    steps.sort_by(|(left, first), (right, second)| {
        right.gain.total_cmp(&left.gain).then_with(|| first.cmp(second)).then_with(|| left.id.cmp(&right.id))
    });
    let mut steps: Vec<Next> = steps.into_iter().map(|(next, _)| next).collect();
    // Where the cause is all but certain, what repairs it comes before all that would only show more.
    let certain =
        proposals.first().is_some_and(|first| repairs::is_certain(causes, knowledge).is_some_and(|cause| first.causes.contains(&cause.id)));
    if let Some(at) = steps.iter().position(|next| certain && next.kind == "remedy") {
        let first = steps.remove(at);
        steps.insert(0, first);
    }
    steps
}

/// What a person learns in one go.
#[derive(Default)]
struct Errand {
    /// The facts that it shows.
    names: BTreeSet<FactName>,
    /// The findings that it settles, by number.
    findings: BTreeSet<usize>,
}

impl Errand {
    /// The name of the one fact that it shows; of several that of their kind, where they are of one.
    fn id(&self) -> String {
        match (self.names.first(), self.names.len()) {
            (Some(first), 1) => first.to_string(),
            (Some(first), _) if first.kind() == Kind::Setting => first.to_string(),
            (Some(first), _) => {
                let inbound = self.names.iter().all(|name| name.rest().ends_with("inbound"));
                if inbound { first.to_string() } else { first.kind().id().to_owned() }
            }
            (None, _) => String::new(),
        }
    }
}

/// A setting that is known, and of other platforms only, is not asked for; nor what only a plugin concludes.
fn can_be_had(name: &FactName, seen: &Seen<'_>, knowledge: &Knowledge) -> bool {
    match name.kind() {
        Kind::Setting => {}
        Kind::Derived => return false,
        _ => return true,
    }
    let is = |entry: &&Entry| matches!(&entry.pattern, Pattern::Setting { keys, .. } if keys.iter().any(|key| glob(key, name.rest())));
    let admitted = |entry: &Entry| Platform::admitted(seen.facts.case.platform, &entry.platforms);
    let mut known = knowledge.folder(Folder::Settings).filter(is).map(admitted).peekable();
    known.peek().is_none() || known.any(|admitted| admitted)
}

/// What it would save, in minutes, to know the causes for certain: an upper bound for any step that shows them.
fn certainty(built: &Built, posterior: &Posterior, causes: &[RankedCause], repairs: &[Repair], escalate: f64) -> f64 {
    let probability =
        |repair: &Repair| causes.iter().find(|cause| built.number(&cause.id) == Some(repair.cause)).map_or(0.0, |cause| cause.probability);
    let known: f64 = repairs.iter().map(|repair| probability(repair) * repair.minutes).sum();
    let named: f64 = repairs.iter().map(probability).sum();
    let rest = (posterior.trouble - named).max(0.0) * UNKNOWN_REPAIR;
    (expected_cost(&built.network, posterior, repairs, escalate) - known - rest).max(0.0)
}

/// The first remedy that is worth trying, where its cause is likely enough to begin with.
fn first_repair(proposals: &[ProposedRepair], causes: &[RankedCause]) -> Option<Next> {
    let first = proposals.iter().find(|proposal| proposal.probability >= BEGIN).filter(|first| first.saves > 0.0)?;
    let cause = causes.iter().find(|cause| first.causes.first() == Some(&cause.id))?;
    Some(Next {
        kind: "remedy",
        id: first.remedy.id.clone(),
        text: first.remedy.title.clone(),
        gain: first.saves,
        seed: cause.seed.clone(),
        steps: Vec::new(),
        undo: Vec::new(),
    })
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Setting | Kind::Connector | Kind::DiagnosticLevel | Kind::Event => "look",
        Kind::Answer => "question",
        _ => "probe",
    }
}

fn minutes(of: Kind, knowledge: &Knowledge) -> f64 {
    let cost = &knowledge.numbers.cost;
    match kind(of) {
        "look" => cost.look,
        "question" => cost.question,
        _ => cost.probe,
    }
}
