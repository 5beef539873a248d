//! What each finding is worth: the posterior is worked out again without it.
//!
//! The sets of its component are weighed anew. Where another set becomes the best one, its neighbours are enumerated
//! too: they need not be among those that surrounded the old one.

use super::component::{Component, Factor, Origin, Shape};
use super::kept::Kept;
use super::model::{Evidence, Model};
use super::network::{Network, State};
use super::rest::Rest;
use super::search::{Sets, climb};
use super::select::Selection;
use super::solved::{Marginal, Solved, product};

/// The bound of a weight, in nats.
const MOST: f64 = 40.0;
/// A cause from this probability on shows every finding that changes it.
const SHOWN: f64 = 0.05;
/// A change of log-odds below this is rounding.
const NOTHING: f64 = 1e-9;
/// In how many causes the sets differ from the new best set that are enumerated after a removal.
const ROUND_THE_NEW_BEST: usize = 2;

/// Returns per finding of the network the causes it bears on, with the change of log-odds when its group is taken away.
///
/// `known` is what is known of the causes that were not searched, `led` the chance that no searched cause leads to each.
pub(super) fn weights(
    net: &Network,
    model: &Model,
    selection: &Selection,
    (known, led): (&Rest, &[f64]),
    solved: &[Solved],
    probability: &[f64],
) -> Vec<Vec<(usize, f64)>> {
    let mut weights: Vec<Vec<(usize, f64)>> = vec![Vec::new(); net.findings.len()];
    let kept: Vec<Kept> = solved.iter().map(|part| Kept::new(part, model)).collect();
    let mut place = vec![0; model.callers.len()];
    for (cause, &caller) in model.callers.iter().enumerate() {
        place[caller] = cause;
    }
    let shown: Vec<usize> = (0..probability.len()).filter(|&c| probability[c] >= SHOWN).collect();
    for evidence in model.present.iter().chain(&model.absent) {
        let members = &model.counted.members[&net.findings[evidence.finding].group];
        let mut named: Vec<usize> = Vec::new();
        for &member in members {
            let causes: Vec<usize> = net.findings[member].causes.iter().filter_map(|(caller, _)| place.get(*caller).copied()).collect();
            if member != evidence.finding {
                weights[member] = causes.iter().map(|&c| (model.callers[c], 0.0)).collect();
                weights[member].sort_by_key(|&(caller, _)| caller);
                weights[member].dedup();
            }
            named.extend(causes);
        }
        named.sort_unstable();
        named.dedup();
        let mut asked = named.clone();
        asked.extend(&shown);
        asked.sort_unstable();
        asked.dedup();
        let absent = net.findings[evidence.finding].state == State::Absent;
        let reaches_outside = absent && evidence.causes.iter().any(|(c, _)| !selection.searched[*c]);
        let without = reaches_outside.then(|| {
            let mut against = model.against.clone();
            for &(cause, sensitivity) in &evidence.causes {
                against[cause] -= evidence.power * (1.0 - sensitivity).ln();
            }
            Rest::new(model, &against, selection, led)
        });
        let told = without.as_ref().unwrap_or(known);
        let removal = Removal { model, selection, known, told, evidence, absent };
        let changes = removal.changes(solved, &kept, &asked, probability);
        let wanted = asked.iter().zip(changes).filter(|(c, change)| change.abs() > NOTHING || named.binary_search(c).is_ok());
        weights[evidence.finding] = wanted.map(|(&c, change)| (model.callers[c], change.clamp(-MOST, MOST))).collect();
        weights[evidence.finding].sort_by_key(|&(caller, _)| caller);
    }
    weights
}

/// Holds one piece of evidence that is taken away.
struct Removal<'a> {
    model: &'a Model,
    selection: &'a Selection,
    /// What is known of the causes that were not searched.
    known: &'a Rest,
    /// The same without the evidence.
    told: &'a Rest,
    evidence: &'a Evidence,
    absent: bool,
}

/// Holds what the removal changes in one component.
struct Change {
    /// The component without the evidence.
    component: Component,
    /// Per cause, what its odds are multiplied by.
    odds: Vec<(usize, f64)>,
    /// Factors that change: before and after.
    factors: Vec<(Factor, Factor)>,
}

impl Change {
    /// Returns what the weight of a set is multiplied by.
    fn ratio(&self, set: u64) -> f64 {
        let odds: f64 = product(&self.odds, set);
        self.factors.iter().fold(odds, |ratio, (before, after)| ratio * after.value(set) / before.value(set))
    }

    /// Weighs the sets of the component anew.
    fn weigh(&self, kept: &Kept) -> (Sets, Marginal) {
        let mut sets = kept.sets.clone();
        for (set, weight) in &mut sets.weighed {
            *weight *= self.ratio(*set);
        }
        let mut top = sets.best().0;
        if !sets.exact && !sets.balls.iter().any(|ball| ball.surrounds(top, ROUND_THE_NEW_BEST)) {
            top = climb(&self.component, top, 0).set;
            sets.extend(&self.component, top, ROUND_THE_NEW_BEST);
        }
        let marginal = Marginal::new(&sets.weighed, top, self.component.causes.len());
        (sets, marginal)
    }
}

impl Removal<'_> {
    /// Returns for each cause asked about: its log-odds with the evidence, less those without it.
    fn changes(&self, solved: &[Solved], kept: &[Kept], asked: &[usize], probability: &[f64]) -> Vec<f64> {
        let after: Vec<Option<(Sets, Marginal)>> =
            solved.iter().zip(kept).map(|(part, kept)| self.change(&part.component).map(|change| change.weigh(kept))).collect();
        asked
            .iter()
            .map(|&cause| {
                if !self.selection.searched[cause] {
                    return self.outside(solved, kept, &after, cause, probability);
                }
                let found = solved.iter().position(|part| part.component.causes.binary_search(&cause).is_ok());
                let part = found.and_then(|at| after[at].as_ref().map(|(_, marginal)| (at, marginal)));
                part.map_or(0.0, |(at, marginal)| {
                    let local = solved[at].component.causes.binary_search(&cause).unwrap_or_default();
                    difference(kept[at].before.log_odds(local), marginal.log_odds(local))
                })
            })
            .collect()
    }

    /// Returns the change for a cause that was not searched.
    fn outside(&self, solved: &[Solved], kept: &[Kept], after: &[Option<(Sets, Marginal)>], cause: usize, probability: &[f64]) -> f64 {
        let own = self.evidence.causes.iter().find(|(c, _)| *c == cause).map(|&(_, s)| s);
        if let (Some(sensitivity), false) = (own, self.absent) {
            // A candidate that there was no room for: its estimate was made against what the others explain on average.
            let others = self.evidence.causes.iter().filter(|(c, _)| self.selection.searched[*c]);
            let stay = (1.0 - self.evidence.leak) * others.map(|&(c, s)| 1.0 - probability[c] * s).product::<f64>();
            return self.evidence.power * ((1.0 - stay * (1.0 - sensitivity)) / (1.0 - stay)).ln();
        }
        let (mut free_with, mut free_without) = (1.0, 1.0);
        for ((part, kept), after) in solved.iter().zip(kept).zip(after) {
            let led = part.leading_to(self.model, cause);
            if led.is_empty() {
                continue;
            }
            let sets = after.as_ref().map_or(&kept.sets, |(sets, _)| sets);
            if self.known.likelihood[cause] < 1.0 {
                // Its absent findings bind all its roots into this one component, so this is the whole change.
                let with = mean(&kept.sets, |set| self.known.probability(cause, product(&led, set)));
                let without = mean(sets, |set| self.told.probability(cause, product(&led, set)));
                return difference(logit(with), logit(without));
            }
            free_with *= mean(&kept.sets, |set| product(&led, set));
            free_without *= mean(sets, |set| product(&led, set));
        }
        logit(self.known.probability(cause, free_with)) - logit(self.told.probability(cause, free_without))
    }

    /// Returns the likelihood of a cause's absent findings without this one.
    fn likelihood(&self, cause: usize, before: f64) -> f64 {
        before * (self.told.likelihood[cause] / self.known.likelihood[cause])
    }

    /// Returns what changes in a component, or nothing.
    fn change(&self, component: &Component) -> Option<Change> {
        let mut after = component.clone();
        let mut odds = Vec::new();
        let mut factors = Vec::new();
        if self.absent {
            for &(cause, sensitivity) in &self.evidence.causes {
                if let Ok(local) = component.causes.binary_search(&cause) {
                    let taken = (1.0 - sensitivity).powf(-self.evidence.power);
                    after.odds[local] *= taken;
                    odds.push((local, taken));
                }
            }
        }
        for (index, before) in component.factors.iter().enumerate() {
            let shape = match (before.shape, before.origin) {
                (Shape::Present { .. }, Origin::Finding(finding)) if finding == self.evidence.finding => Shape::Nothing,
                (Shape::Unseen { likelihood, stay }, Origin::Cause(cause)) => {
                    Shape::Unseen { likelihood: self.likelihood(cause, likelihood), stay }
                }
                (shape, _) => shape,
            };
            if shape != before.shape {
                after.factors[index].shape = shape;
                factors.push((before.clone(), after.factors[index].clone()));
            }
        }
        (!odds.is_empty() || !factors.is_empty()).then_some(Change { component: after, odds, factors })
    }
}

/// Returns the expectation of a quantity over weighed sets.
fn mean(sets: &Sets, quantity: impl Fn(u64) -> f64) -> f64 {
    let (sum, total) = sets.weighed.iter().fold((0.0, 0.0), |(sum, total), &(set, weight)| (sum + weight * quantity(set), total + weight));
    sum / total
}

/// Returns the log-odds of a probability.
fn logit(probability: f64) -> f64 {
    (probability / (1.0 - probability).max(f64::MIN_POSITIVE)).ln()
}

/// Returns the difference of two log-odds, each within the bound, so that two certainties do not make a non-number.
fn difference(with: f64, without: f64) -> f64 {
    with.clamp(-MOST, MOST) - without.clamp(-MOST, MOST)
}
