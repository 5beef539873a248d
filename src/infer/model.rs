//! The network in canonical order, with what counts and with numbers that are safe to divide by.

use super::graph::{Graph, canonical};
use super::group::{Counted, count};
use super::network::{FindingNode, Network, State};
use std::collections::BTreeMap;

/// The highest sensitivity or strength: "always" may still be wrong, and its complement is divided by.
pub(super) const NEARLY_ALWAYS: f64 = 0.9999;
/// The lowest prior and leak: nothing is impossible.
const NEARLY_NEVER: f64 = 1e-9;

/// Brings a number into 0 to 1; what is no number becomes 0.
pub(super) fn fraction(value: f64) -> f64 {
    if value.is_nan() { 0.0 } else { value.clamp(0.0, 1.0) }
}

/// Brings a leak into the range that the model can bear.
pub(super) fn leak(value: f64) -> f64 {
    fraction(value).clamp(NEARLY_NEVER, NEARLY_ALWAYS)
}

/// Lists each existing cause once, with its highest sensitivity, in the order of the indices; those at 0 are left out.
pub(super) fn merged(causes: &[(usize, f64)], n: usize) -> Vec<(usize, f64)> {
    let mut highest: BTreeMap<usize, f64> = BTreeMap::new();
    for &(cause, sensitivity) in causes.iter().filter(|(cause, _)| *cause < n) {
        let sensitivity = fraction(sensitivity).min(NEARLY_ALWAYS);
        let kept = highest.entry(cause).or_insert(0.0);
        *kept = kept.max(sensitivity);
    }
    highest.into_iter().filter(|&(_, s)| s > 0.0).collect()
}

/// Holds one finding that counts.
#[derive(Debug, Clone)]
pub(super) struct Evidence {
    /// Index of the finding in the caller's network.
    pub(super) finding: usize,
    /// Causes in canonical order, with the sensitivity.
    pub(super) causes: Vec<(usize, f64)>,
    /// How often it is seen without any of them.
    pub(super) leak: f64,
    /// The power that its likelihood is raised to.
    pub(super) power: f64,
}

impl Evidence {
    /// Takes a finding over; `place` gives each cause of the caller its canonical place.
    fn new(index: usize, finding: &FindingNode, place: &[usize]) -> Self {
        let mut causes: Vec<_> = merged(&finding.causes, place.len()).into_iter().map(|(c, s)| (place[c], s)).collect();
        causes.sort_by_key(|&(cause, _)| cause);
        Self { finding: index, causes, leak: leak(finding.leak), power: fraction(finding.freshness) }
    }
}

/// Holds everything that inference reads. All indices of causes are canonical and below the number of causes.
#[derive(Debug, Clone)]
pub(super) struct Model {
    /// Per canonical cause its index in the caller's network.
    pub(super) callers: Vec<usize>,
    /// Prior probabilities, within the open interval from 0 to 1.
    pub(super) prior: Vec<f64>,
    /// Whether a cause is benign.
    pub(super) benign: Vec<bool>,
    /// What leads to what.
    pub(super) graph: Graph,
    /// Present findings that count.
    pub(super) present: Vec<Evidence>,
    /// Absent findings that count.
    pub(super) absent: Vec<Evidence>,
    /// Per cause: logarithm of how probable its absent findings are when it is there.
    pub(super) against: Vec<f64>,
    /// What counts, for the report.
    pub(super) counted: Counted,
}

impl Model {
    /// Reads a network.
    pub(super) fn new(net: &Network) -> Self {
        let (callers, place) = canonical(net);
        let counted = count(net);
        let (mut present, mut absent) = (Vec::new(), Vec::new());
        for &index in &counted.findings {
            let evidence = Evidence::new(index, &net.findings[index], &place);
            match net.findings[index].state {
                State::Present => present.push(evidence),
                State::Absent => absent.push(evidence),
                State::Unknown => {}
            }
        }
        let mut against = vec![0.0; callers.len()];
        for evidence in &absent {
            for &(cause, sensitivity) in &evidence.causes {
                against[cause] += evidence.power * (1.0 - sensitivity).ln();
            }
        }
        let prior = |&caller: &usize| fraction(net.causes[caller].prior).clamp(NEARLY_NEVER, 1.0 - NEARLY_NEVER);
        Self {
            prior: callers.iter().map(prior).collect(),
            benign: callers.iter().map(|&caller| net.causes[caller].benign).collect(),
            graph: Graph::new(net, &place),
            callers,
            present,
            absent,
            against,
            counted,
        }
    }
}
