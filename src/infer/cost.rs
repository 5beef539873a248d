//! The expected cost of repair, now and once findings are known.

use super::network::Network;
use super::next::Repair;
use super::posterior::Posterior;
use super::solved::Table;
use std::collections::{BTreeMap, BTreeSet};

/// An outcome less probable than this is not worth working out.
const IMPOSSIBLE: f64 = 1e-9;

/// Holds a finding that could be made.
pub(super) struct Observation {
    /// Its causes with their sensitivities.
    pub(super) causes: Vec<(usize, f64)>,
    /// How often it is not seen when none of its causes is there.
    pub(super) stay: f64,
}

/// Holds what the cost of repair depends on.
pub(super) struct Cost<'a> {
    tables: &'a [Table],
    /// Per table: the causes that need repair.
    harmful: Vec<u64>,
    /// Causes outside the tables, each by itself, with their probability, and whether they need repair.
    single: Vec<(usize, f64, bool)>,
    /// The cheapest repair of each cause that needs one.
    repairs: BTreeMap<usize, f64>,
    ids: Vec<&'a str>,
    escalate: f64,
}

/// Holds the posterior with some findings absent besides: probabilities are those of both together.
struct View {
    /// Per table and set.
    weights: Vec<Vec<f64>>,
    /// Per cause outside the tables: the share that is left when it is there.
    there: Vec<f64>,
    /// Per cause: it is there, and the findings are absent.
    causes: Vec<f64>,
    /// The findings are absent when none of their causes is there.
    stay: f64,
    /// The findings are absent.
    all: f64,
}

impl<'a> Cost<'a> {
    /// Gathers the causes in question: the candidates of the posterior, and `named`.
    pub(super) fn new(net: &'a Network, posterior: &'a Posterior, repairs: &[Repair], escalate: f64, named: &BTreeSet<usize>) -> Self {
        let tables = posterior.tables.as_slice();
        let asked = |cause: usize| posterior.candidate.get(cause) == Some(&true) || named.contains(&cause);
        let wanted = |cause: usize| net.causes.get(cause).is_some_and(|c| !c.benign) && asked(cause);
        let harmful = tables
            .iter()
            .map(|table| table.causes.iter().enumerate().filter(|(_, c)| wanted(**c)).fold(0, |set, (local, _)| set | 1 << local))
            .collect();
        let searched: BTreeSet<usize> = tables.iter().flat_map(|table| table.causes.iter().copied()).collect();
        let outside = posterior.probability.iter().enumerate().filter(|(c, _)| !searched.contains(c) && asked(*c));
        let single = outside.map(|(cause, &p)| (cause, p, wanted(cause))).collect();
        let mut cheapest: BTreeMap<usize, f64> = BTreeMap::new();
        for repair in repairs.iter().filter(|repair| wanted(repair.cause)) {
            let kept = cheapest.entry(repair.cause).or_insert(f64::INFINITY);
            *kept = kept.min(repair.minutes.max(0.0));
        }
        let ids = net.causes.iter().map(|cause| cause.id.as_str()).collect();
        Self { tables, harmful, single, repairs: cheapest, ids, escalate: escalate.max(0.0) }
    }

    /// Returns the expected cost as things stand.
    pub(super) fn now(&self) -> f64 {
        self.cheapest(&[(1.0, &self.view(&[]))], 1.0)
    }

    /// Returns the expected cost once the observations are made, their own cost not counted.
    ///
    /// That a finding is absent multiplies into each table by itself; that one is present does not. So the outcomes are
    /// worked out from absences alone: present is all less absent.
    pub(super) fn after(&self, observations: &[Observation]) -> f64 {
        let masks = 1usize << observations.len();
        let views: Vec<View> = (0..masks)
            .map(|mask| {
                let absent: Vec<&Observation> =
                    observations.iter().enumerate().filter(|(at, _)| mask >> at & 1 == 1).map(|(_, o)| o).collect();
                self.view(&absent)
            })
            .collect();
        (0..masks)
            .map(|absent| {
                // Inclusion and exclusion over the findings that are present in this outcome.
                let wider = (0..masks).filter(|mask| mask & absent == absent);
                let terms: Vec<(f64, &View)> = wider
                    .map(|mask| {
                        let sign = if (mask ^ absent).count_ones().is_multiple_of(2) { 1.0 } else { -1.0 };
                        (sign, &views[mask])
                    })
                    .collect();
                let outcome: f64 = terms.iter().map(|(sign, view)| sign * view.all).sum();
                if outcome > IMPOSSIBLE { self.cheapest(&terms, outcome) } else { 0.0 }
            })
            .sum()
    }

    /// Weighs the sets with some findings absent besides.
    fn view(&self, absent: &[&Observation]) -> View {
        let mut multiplier = vec![1.0; self.ids.len()];
        for &(cause, sensitivity) in absent.iter().flat_map(|o| &o.causes) {
            multiplier[cause] *= 1.0 - sensitivity;
        }
        let stay: f64 = absent.iter().map(|o| o.stay).product();
        let mut causes = vec![0.0; self.ids.len()];
        let mut all = stay;
        let mut weights = Vec::with_capacity(self.tables.len());
        for table in self.tables {
            let changed =
                table.causes.iter().enumerate().filter(|(_, c)| multiplier[**c] != 1.0).fold(0u64, |set, (local, _)| set | 1 << local);
            let mut total = 0.0;
            let weighed: Vec<f64> = table
                .sets
                .iter()
                .map(|&(set, p)| {
                    let mut weight = p;
                    each(set & changed, |local| weight *= multiplier[table.causes[local]]);
                    each(set, |local| causes[table.causes[local]] += weight);
                    total += weight;
                    weight
                })
                .collect();
            for &cause in &table.causes {
                causes[cause] /= total;
            }
            all *= total;
            weights.push(weighed);
        }
        let there: Vec<f64> = self.single.iter().map(|&(cause, p, _)| p * multiplier[cause]).collect();
        for (&(cause, p, _), there) in self.single.iter().zip(&there) {
            causes[cause] = there / (1.0 - p + there);
            all *= 1.0 - p + there;
        }
        causes.iter_mut().for_each(|p| *p *= all);
        View { weights, there, causes, stay, all }
    }

    /// Returns the cost of the best sequence of repairs, weighted by the probability `outcome` of the signed views.
    fn cheapest(&self, terms: &[(f64, &View)], outcome: f64) -> f64 {
        let mut order: Vec<(usize, f64, f64)> = self
            .repairs
            .iter()
            .map(|(&cause, &minutes)| {
                let present = terms.iter().map(|(sign, view)| sign * view.causes[cause]).sum::<f64>() / outcome;
                // Rounded, so that rounding does not decide a tie.
                (cause, minutes, (present.max(0.0) / minutes.max(1e-9) * 1e9).round())
            })
            .collect();
        order.sort_by(|a, b| b.2.total_cmp(&a.2).then_with(|| self.ids[a.0].cmp(self.ids[b.0])));
        let mut needed = vec![usize::MAX; self.ids.len()];
        for (at, (cause, _, _)) in order.iter().enumerate() {
            needed[*cause] = at + 1;
        }
        // Per table and set: how many repairs must be done until nothing harmful of it is left; the same for all views.
        let until: Vec<Vec<usize>> = self
            .tables
            .iter()
            .zip(&self.harmful)
            .map(|(table, &harmful)| {
                let last = |set: u64| {
                    let mut last = 0;
                    each(set & harmful, |local| last = last.max(needed[table.causes[local]]));
                    last
                };
                table.sets.iter().map(|&(set, _)| last(set)).collect()
            })
            .collect();
        // Per number of repairs done: the probability (times that of the outcome) that this was all there was to repair.
        let mut done = vec![0.0; order.len() + 1];
        for (sign, view) in terms {
            for (sum, part) in done.iter_mut().zip(self.repaired(view, &needed, &until, order.len())) {
                *sum += sign * part;
            }
        }
        let left = |repairs: usize| (outcome - done[repairs]).max(0.0);
        let mut spent = 0.0;
        let mut best = left(0) * self.escalate;
        for (at, (_, minutes, _)) in order.iter().enumerate() {
            spent += left(at) * minutes;
            best = best.min(spent + left(at + 1) * self.escalate);
        }
        best
    }

    /// Returns per number of repairs done the probability of the view's absences with nothing harmful left.
    fn repaired(&self, view: &View, needed: &[usize], until: &[Vec<usize>], repairs: usize) -> Vec<f64> {
        let mut product = vec![view.stay; repairs + 1];
        for (until, weights) in until.iter().zip(&view.weights) {
            let mut gained = vec![0.0; repairs + 1];
            for (&last, weight) in until.iter().zip(weights) {
                if let Some(gained) = gained.get_mut(last) {
                    *gained += weight;
                }
            }
            let mut sum = 0.0;
            for (product, gained) in product.iter_mut().zip(gained) {
                sum += gained;
                *product *= sum;
            }
        }
        for (&(cause, p, harmful), there) in self.single.iter().zip(&view.there) {
            for (done, product) in product.iter_mut().enumerate() {
                let repaired = !harmful || done >= needed[cause];
                *product *= 1.0 - p + if repaired { *there } else { 0.0 };
            }
        }
        product
    }
}

/// Calls a function for each place of a set.
fn each(mut set: u64, mut call: impl FnMut(usize)) {
    while set != 0 {
        call(set.trailing_zeros() as usize);
        set &= set - 1;
    }
}
