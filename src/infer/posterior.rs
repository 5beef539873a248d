//! The posterior: from the weights of sets to the probability of each cause.

use super::component::{has, split};
use super::model::Model;
use super::network::{Limits, Network};
use super::rest::Rest;
use super::search::explore;
use super::select::{Selection, select};
use super::solved::{Marginal, Solved, Table, product};
use super::{trouble, weight};

/// Holds what the findings say of the causes. Indices are those of the caller's [`Network`].
#[derive(Debug, Clone, PartialEq)]
pub struct Posterior {
    /// Per cause: the probability that it is there.
    pub probability: Vec<f64>,
    /// Probability that at least one cause is there that is not benign, of those that a present finding supports or
    /// that lead to such a cause.
    ///
    /// Causes of which only the prior speaks are left out, or a pack of many rare causes would make a healthy server
    /// look ill. [`Posterior::trouble_of_any`] has them in.
    pub trouble: f64,
    /// The same probability over all causes of the network.
    pub trouble_of_any: f64,
    /// Per finding: whether it counts, that is, whether it is the strongest of its group.
    pub counts: Vec<bool>,
    /// Groups of which one finding is present and another absent, in alphabetical order.
    pub conflicts: Vec<String>,
    /// Per finding: the change of log-odds, in nats from -40 to 40, of each cause when its whole group is taken away.
    ///
    /// Named are the causes of all members of the group, and those at or above 0.05 whose odds change. Members that
    /// do not count have 0 for each cause of theirs; unknown findings have nothing.
    pub weights: Vec<Vec<(usize, f64)>>,
    /// How many candidates the bound of the search left out; their probability is an estimate.
    pub dropped_candidates: usize,
    /// The most probable set of causes, in the order of their indices.
    pub best_set: Vec<usize>,
    /// How many sets were weighed.
    pub sets: usize,
    /// Whether every set of every component was weighed, so that nothing but rounding is approximate.
    pub exact: bool,
    /// Per cause: whether it is a candidate.
    pub(super) candidate: Vec<bool>,
    /// Per component: its causes and the sets with their probabilities.
    pub(super) tables: Vec<Table>,
}

/// Infers the probability of each cause from the findings.
///
/// The numbers are those of the model in `design.md` §5; what is out of range is brought into it (priors and leaks to
/// at least 1e-9, sensitivities and strengths to at most 0.9999). Components of up to [`Limits::exact`] causes are exact.
/// The result does not depend on the order of causes and findings, if ids of causes are unique.
pub fn infer(net: &Network, limits: &Limits) -> Posterior {
    let model = Model::new(net);
    let selection = select(&model, limits);
    let n = model.prior.len();
    let rest = Rest::new(&model, &model.against, &selection, &vec![1.0; n]);
    let solved: Vec<Solved> = split(&model, &selection, &rest)
        .into_iter()
        .map(|component| {
            let sets = explore(&component, limits);
            Solved { component, sets }
        })
        .collect();
    let mut probability = vec![0.0; n];
    let mut best_set = Vec::new();
    for part in &solved {
        let marginal = Marginal::new(&part.sets.weighed, part.sets.balls[0].centre, part.component.causes.len());
        let best = part.sets.best().0;
        for (local, &cause) in part.component.causes.iter().enumerate() {
            probability[cause] = marginal.probability(local);
            best_set.extend(has(best, local).then_some(model.callers[cause]));
        }
    }
    // What is not searched learns from its consequences how much of them the searched causes explain already.
    let led: Vec<f64> = (0..n).map(|cause| led(&model, &solved, cause)).collect();
    let told = Rest::new(&model, &model.against, &selection, &led);
    for cause in (0..n).filter(|&c| !selection.searched[c]) {
        probability[cause] = outside(&model, &told, &solved, cause);
    }
    dropped(&model, &selection, &mut probability);
    best_set.sort_unstable();
    let weights = weight::weights(net, &model, &selection, (&told, &led), &solved, &probability);
    let mut by_caller = vec![0.0; n];
    let mut candidate = vec![false; n];
    for (cause, &caller) in model.callers.iter().enumerate() {
        by_caller[caller] = probability[cause].clamp(0.0, 1.0);
        candidate[caller] = selection.candidate[cause];
    }
    let mut counts = vec![false; net.findings.len()];
    for &finding in &model.counted.findings {
        counts[finding] = true;
    }
    Posterior {
        trouble: trouble::of_candidates(&model, &selection, &solved),
        trouble_of_any: trouble::of_any(&model, &selection, &told, &solved, &probability),
        probability: by_caller,
        counts,
        weights,
        dropped_candidates: selection.dropped,
        best_set,
        sets: solved.iter().map(|part| part.sets.weighed.len()).sum(),
        exact: selection.dropped == 0 && solved.iter().all(|part| part.sets.exact),
        candidate,
        tables: solved.iter().map(|part| part.table(&model)).collect(),
        conflicts: model.counted.conflicts,
    }
}

/// Returns the chance that no searched cause leads to a cause.
fn led(model: &Model, solved: &[Solved], cause: usize) -> f64 {
    let parts = solved.iter().map(|part| (part, part.leading_to(model, cause)));
    parts.filter(|(_, led)| !led.is_empty()).map(|(part, led)| part.mean(|set| product(&led, set))).product()
}

/// Returns the probability of a cause that was not searched: it follows from what was, its absent findings counted.
fn outside(model: &Model, rest: &Rest, solved: &[Solved], cause: usize) -> f64 {
    let mut free = 1.0;
    for part in solved {
        let led: Vec<(usize, f64)> = part.leading_to(model, cause);
        if led.is_empty() {
            continue;
        }
        if rest.likelihood[cause] < 1.0 {
            // Its absent findings bind all its roots into this one component.
            return part.mean(|set| rest.probability(cause, product(&led, set)));
        }
        free *= part.mean(|set| product(&led, set));
    }
    rest.probability(cause, free)
}

/// Estimates the candidates that there was no room for: each alone against what the others explain on average.
fn dropped(model: &Model, selection: &Selection, probability: &mut [f64]) {
    if selection.dropped == 0 {
        return;
    }
    let mut ratio = vec![1.0; probability.len()];
    for evidence in &model.present {
        let unexplained = evidence.causes.iter().filter(|(c, _)| selection.searched[*c]);
        let stay = (1.0 - evidence.leak) * unexplained.map(|&(c, s)| 1.0 - probability[c] * s).product::<f64>();
        for &(cause, sensitivity) in &evidence.causes {
            ratio[cause] *= ((1.0 - stay * (1.0 - sensitivity)) / (1.0 - stay)).powf(evidence.power);
        }
    }
    for (cause, p) in probability.iter_mut().enumerate() {
        if selection.candidate[cause] && !selection.searched[cause] {
            *p = *p * ratio[cause] / (1.0 - *p + *p * ratio[cause]);
        }
    }
}
