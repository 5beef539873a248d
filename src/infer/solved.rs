//! A component after the search: its sets, and what follows from them.

use super::component::{Component, has};
use super::model::Model;
use super::search::Sets;

/// The share of probability that questions about the next step leave out.
const UNASKED: f64 = 2e-4;

/// Holds the sets of one component, for what is asked after the search.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Table {
    /// Causes by the caller's index; bit *i* of a set is the cause at *i*.
    pub(super) causes: Vec<usize>,
    /// Sets with their probabilities.
    pub(super) sets: Vec<(u64, f64)>,
}

/// Holds a component after the search.
pub(super) struct Solved {
    pub(super) component: Component,
    pub(super) sets: Sets,
}

impl Solved {
    /// Keeps the sets that hold all but a share of `UNASKED`, the most probable first.
    pub(super) fn table(&self, model: &Model) -> Table {
        let total = self.sets.total();
        let mut sets: Vec<(u64, f64)> = self.sets.weighed.iter().map(|&(set, weight)| (set, weight / total)).collect();
        let bar = UNASKED / sets.len() as f64 / 100.0;
        sets.retain(|&(_, probability)| probability > bar);
        sets.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        let mut sum = 0.0;
        let enough = sets.iter().position(|(_, probability)| {
            sum += probability;
            sum > 1.0 - UNASKED
        });
        sets.truncate(enough.map_or(sets.len(), |last| last + 1));
        let kept: f64 = sets.iter().map(|(_, probability)| probability).sum();
        for (_, probability) in &mut sets {
            *probability /= kept;
        }
        Table { causes: self.component.causes.iter().map(|&c| model.callers[c]).collect(), sets }
    }

    /// Lists the causes of the component that lead to a cause: place, and how often it does not follow.
    pub(super) fn leading_to(&self, model: &Model, cause: usize) -> Vec<(usize, f64)> {
        let place = |parent: usize| self.component.causes.binary_search(&parent).ok();
        model.graph.parents[cause].iter().filter_map(|&(parent, e)| place(parent).map(|p| (p, 1.0 - e))).collect()
    }

    /// Returns the expectation of a quantity over the sets.
    pub(super) fn mean(&self, quantity: impl Fn(u64) -> f64) -> f64 {
        self.sets.weighed.iter().map(|&(set, weight)| weight * quantity(set)).sum::<f64>() / self.sets.total()
    }
}

/// Holds the weight in which each cause differs from the centre, so that odds near certainty keep their digits.
pub(super) struct Marginal {
    centre: u64,
    total: f64,
    differs: Vec<f64>,
}

impl Marginal {
    /// Sums the weights of sets.
    pub(super) fn new(sets: &[(u64, f64)], centre: u64, causes: usize) -> Self {
        let mut marginal = Self { centre, total: 0.0, differs: vec![0.0; causes] };
        for &(set, weight) in sets {
            marginal.add(set, weight);
        }
        marginal
    }

    /// Adds one set.
    pub(super) fn add(&mut self, set: u64, weight: f64) {
        self.total += weight;
        let mut differs = set ^ self.centre;
        while differs != 0 {
            self.differs[differs.trailing_zeros() as usize] += weight;
            differs &= differs - 1;
        }
    }

    /// Returns the probability of the cause at a place.
    pub(super) fn probability(&self, cause: usize) -> f64 {
        let differs = self.differs[cause] / self.total;
        if has(self.centre, cause) { 1.0 - differs } else { differs }
    }

    /// Returns the log-odds of the cause at a place.
    pub(super) fn log_odds(&self, cause: usize) -> f64 {
        let odds = (self.differs[cause] / (self.total - self.differs[cause]).max(f64::MIN_POSITIVE)).ln();
        if has(self.centre, cause) { -odds } else { odds }
    }
}

/// Multiplies what the causes in a set contribute.
pub(super) fn product(causes: &[(usize, f64)], set: u64) -> f64 {
    causes.iter().filter(|(cause, _)| has(set, *cause)).map(|(_, q)| q).product()
}
