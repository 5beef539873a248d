//! The remedies of a case in the order in which they are worth trying: probability over cost (design §5).

use super::build::Built;
use super::{PlannedRemedy, ProposedRepair, RankedCause};
use crate::infer::{Posterior, Repair, expected_cost};
use crate::knowledge::Knowledge;
use std::collections::{BTreeMap, BTreeSet};

/// The least that a remedy costs, in minutes: nothing is tried in no time.
const LEAST: f64 = 1.0;

/// From this probability on the best remedy of a cause belongs into every plan, however long it takes.
const LIKELY: f64 = 0.5;

/// From this probability on the first cause is all but certain, and its best remedy comes before all others.
const CERTAIN: f64 = 0.95;

/// Returns the first cause where it is all but certain, is not benign and has a remedy.
pub fn is_certain<'a>(causes: &'a [RankedCause], knowledge: &Knowledge) -> Option<&'a RankedCause> {
    let harmful = |cause: &&RankedCause| knowledge.cause(&cause.id).is_some_and(|known| !known.benign);
    causes.first().filter(harmful).filter(|cause| cause.probability >= CERTAIN && !cause.remedies.is_empty())
}

/// Returns the remedies of all causes that are not benign, the best first; what they save is not worked out yet.
///
/// A remedy stands at the probability of its cause over what it costs to have tried it: its own work and wait, and those of the better
/// remedies of the same cause, which are tried before it. A remedy of several causes stands where it is worth most. What
/// repairs a consequence stands behind the first remedy of each cause that leads to it. Where the first cause is all but certain, its best
/// remedy leads: to try a quicker one of an unlikely cause first would only cost the time.
pub fn repairs(causes: &[RankedCause], knowledge: &Knowledge) -> Vec<ProposedRepair> {
    let mut all: Vec<ProposedRepair> = Vec::new();
    for cause in harmful(causes, knowledge) {
        let mut minutes = 0.0;
        for (place, remedy) in cause.remedies.iter().enumerate() {
            minutes += cost_of(remedy);
            all.push(ProposedRepair {
                remedy: remedy.clone(),
                causes: vec![cause.id.clone()],
                probability: cause.probability,
                minutes,
                saves: 0.0,
                worth_trying: place == 0 && cause.probability >= LIKELY,
                after: cause.consequence_of.clone(),
            });
        }
    }
    let mut ordered = order(all);
    let lead = is_certain(causes, knowledge).and_then(|cause| cause.remedies.first());
    if let Some(at) = lead.and_then(|lead| ordered.iter().position(|proposal| proposal.remedy.id == lead.id)) {
        let first = ordered.remove(at);
        ordered.insert(0, first);
    }
    ordered
}

fn harmful<'a>(causes: &'a [RankedCause], knowledge: &Knowledge) -> impl Iterator<Item = &'a RankedCause> {
    causes.iter().filter(|cause| knowledge.cause(&cause.id).is_some_and(|known| !known.benign))
}

/// Works out what remedies save: the expected cost of a plan that leaves out the cause that made each stand where it stands, less that of the
/// plan with it.
pub fn weigh<'a>(
    proposals: impl IntoIterator<Item = &'a mut ProposedRepair>,
    built: &Built,
    posterior: &Posterior,
    causes: &[RankedCause],
    knowledge: &Knowledge,
) {
    let escalate = knowledge.numbers.escalate.minutes;
    let cost = |repairs: &[Repair]| expected_cost(&built.network, posterior, repairs, escalate);
    let first = |cause: &RankedCause| Some(Repair { cause: built.number(&cause.id)?, minutes: cost_of(cause.remedies.first()?) });
    let plan: Vec<Repair> = harmful(causes, knowledge).filter_map(first).collect();
    let mut costs_without: BTreeMap<usize, f64> = BTreeMap::new();
    for proposal in proposals {
        let Some(cause) = proposal.causes.first().and_then(|id| built.number(id)) else { continue };
        let mut with: Vec<Repair> = plan.iter().copied().filter(|repair| repair.cause != cause).collect();
        let without = *costs_without.entry(cause).or_insert_with(|| cost(&with));
        with.push(Repair { cause, minutes: proposal.minutes });
        proposal.saves = (without - cost(&with)).max(0.0);
        proposal.worth_trying |= proposal.saves > 0.0;
    }
}

/// What it costs to try a remedy, in minutes.
fn cost_of(remedy: &PlannedRemedy) -> f64 {
    (remedy.minutes + remedy.wait_minutes).max(LEAST)
}

/// Puts proposals into the order in which they are worth trying, one for each remedy.
fn order(mut all: Vec<ProposedRepair>) -> Vec<ProposedRepair> {
    // Rounded, so that rounding does not decide a tie; a stable sort leaves ties in the order of the ranking.
    let worth = |proposal: &ProposedRepair| (proposal.probability / proposal.minutes * 1e9).round();
    all.sort_by(|left, right| worth(right).total_cmp(&worth(left)));
    let mut single: Vec<ProposedRepair> = Vec::new();
    for proposal in all {
        match single.iter_mut().find(|other| other.remedy.id == proposal.remedy.id) {
            Some(other) => {
                other.probability = other.probability.max(proposal.probability);
                other.worth_trying |= proposal.worth_trying;
                // What is the remedy of a root as well waits for nothing.
                if proposal.after.is_empty() {
                    other.after.clear();
                }
                other.causes.extend(proposal.causes);
            }
            None => single.push(proposal),
        }
    }
    let mut ordered: Vec<ProposedRepair> = Vec::new();
    let mut placed: BTreeSet<String> = BTreeSet::new();
    while !single.is_empty() {
        // A root without a remedy holds nothing up.
        let waits = |proposal: &ProposedRepair| {
            let open = |root: &String| !placed.contains(root) && single.iter().any(|other| other.causes.contains(root));
            proposal.after.iter().any(|root| !proposal.causes.contains(root) && open(root))
        };
        let at = single.iter().position(|proposal| !waits(proposal)).unwrap_or(0);
        let next = single.remove(at);
        placed.extend(next.causes.iter().cloned());
        ordered.push(next);
    }
    ordered
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::knowledge::{Risk, Text};

    fn proposal(remedy: &str, cause: &str, probability: f64, minutes: f64, after: &[&str]) -> ProposedRepair {
        ProposedRepair {
            remedy: PlannedRemedy {
                id: remedy.to_owned(),
                title: Text::default(),
                risk: Risk::Safe,
                minutes,
                wait_minutes: 0.0,
                preconditions: Vec::new(),
                steps: Vec::new(),
                verify: Vec::new(),
                undo: Vec::new(),
            },
            causes: vec![cause.to_owned()],
            probability,
            minutes,
            saves: 0.0,
            worth_trying: false,
            after: after.iter().map(|root| (*root).to_owned()).collect(),
        }
    }

    fn ids(ordered: &[ProposedRepair]) -> Vec<&str> {
        ordered.iter().map(|proposal| proposal.remedy.id.as_str()).collect()
    }

    #[test]
    fn probability_over_cost_decides() {
        let all =
            vec![proposal("slow", "a", 0.9, 120.0, &[]), proposal("quick", "b", 0.4, 10.0, &[]), proposal("late", "c", 0.06, 60.0, &[])];
        assert_eq!(ids(&order(all)), ["quick", "slow", "late"]);
    }

    #[test]
    fn a_root_is_repaired_before_what_it_leads_to() {
        let all = vec![proposal("restart", "effect", 0.9, 5.0, &["root"]), proposal("disk", "root", 0.8, 60.0, &[])];
        assert_eq!(ids(&order(all)), ["disk", "restart"]);
        let without = vec![proposal("restart", "effect", 0.9, 5.0, &["root"])];
        assert_eq!(ids(&order(without)), ["restart"]);
    }

    #[test]
    fn a_remedy_of_two_causes_stands_once() {
        let all =
            vec![proposal("flush", "a", 0.3, 5.0, &[]), proposal("flush", "b", 0.8, 50.0, &[]), proposal("other", "b", 0.8, 20.0, &[])];
        let ordered = order(all);
        assert_eq!(ids(&ordered), ["flush", "other"]);
        assert_eq!((ordered[0].causes.len(), ordered[0].probability), (2, 0.8));
    }
}
