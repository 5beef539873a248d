//! The causes that are not searched: no present finding supports them, so absent findings and edges are all they have.
//!
//! Absent findings multiply per cause, so such causes depend on one another only through `leads_to`. Their evidence
//! is passed up and down those edges (belief propagation), exact where no two ways lead from one to another. A searched
//! cause that leads to one of them meets it as a factor in the weight of a set (see [`super::component`]).

use super::model::Model;
use super::select::Selection;

/// Holds what is known of the causes that are not searched; the entries of searched causes mean nothing.
#[derive(Debug, Clone)]
pub(super) struct Rest {
    /// Probability of the absent findings of a cause and below it when it is there, over that when it is not.
    pub(super) likelihood: Vec<f64>,
    /// Probability that it is not there before its findings are counted, if no searched cause leads to it.
    pub(super) stay: Vec<f64>,
    /// Probability that it is there, if no searched cause leads to it.
    pub(super) mean: Vec<f64>,
}

impl Rest {
    /// Passes the evidence through the causes that are not searched.
    ///
    /// `against` is the logarithm of the likelihood of each cause's absent findings; `led` the chance, per cause, that no
    /// searched cause leads to it: 1 where that is left to the sets.
    pub(super) fn new(model: &Model, against: &[f64], selection: &Selection, led: &[f64]) -> Self {
        let n = model.prior.len();
        let graph = &model.graph;
        let outside = |cause: usize| !selection.searched[cause];
        let mut expected = model.prior.clone();
        for &cause in graph.order.iter().filter(|&&c| outside(c)) {
            let stays: f64 = graph.parents[cause].iter().filter(|(p, _)| outside(*p)).map(|&(p, e)| 1.0 - expected[p] * e).product();
            expected[cause] = 1.0 - (1.0 - model.prior[cause]) * stays * led[cause];
        }
        let mut likelihood: Vec<f64> = against.iter().map(|against| against.exp()).collect();
        // Per cause, what each edge to a consequence says of it, in the order of `children`.
        let mut said: Vec<Vec<f64>> = graph.children.iter().map(|children| vec![1.0; children.len()]).collect();
        for &cause in graph.order.iter().rev().filter(|&&c| outside(c)) {
            for (edge, &(child, strength)) in graph.children[cause].iter().enumerate() {
                if outside(child) {
                    let others = graph.parents[child].iter().filter(|(p, _)| outside(*p) && *p != cause);
                    let stay = (1.0 - model.prior[child]) * led[child] * others.map(|&(p, e)| 1.0 - expected[p] * e).product::<f64>();
                    said[cause][edge] = unseen(likelihood[child], stay * (1.0 - strength)) / unseen(likelihood[child], stay);
                    likelihood[cause] *= said[cause][edge];
                }
            }
        }
        let mut rest = Self { likelihood, stay: model.prior.iter().map(|p| 1.0 - p).collect(), mean: vec![0.0; n] };
        for &cause in graph.order.iter().filter(|&&c| outside(c)) {
            rest.mean[cause] = present(rest.likelihood[cause], rest.stay[cause] * led[cause]);
            for (edge, &(child, strength)) in graph.children[cause].iter().enumerate() {
                // What the consequence itself said must not come back to it.
                let told = present(rest.likelihood[cause] / said[cause][edge], rest.stay[cause] * led[cause]);
                rest.stay[child] *= 1.0 - told * strength;
            }
        }
        rest
    }

    /// Returns the probability that a cause is there, where `led` is the chance that searched causes do not lead to it.
    pub(super) fn probability(&self, cause: usize, led: f64) -> f64 {
        present(self.likelihood[cause], self.stay[cause] * led)
    }

    /// Returns the probability that a cause is there that stays away with probability `stay` but for its absent findings.
    pub(super) fn without_roots(&self, cause: usize, stay: f64) -> f64 {
        present(self.likelihood[cause], stay)
    }
}

/// Returns how probable the absent findings of a cause are that stays away with probability `stay`.
pub(super) fn unseen(likelihood: f64, stay: f64) -> f64 {
    stay + (1.0 - stay) * likelihood
}

/// Returns the probability that a cause is there that stays away with probability `stay`, its absent findings counted.
fn present(likelihood: f64, stay: f64) -> f64 {
    (1.0 - stay) * likelihood / unseen(likelihood, stay)
}
