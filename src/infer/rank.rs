//! The order in which causes are shown.

use super::graph::{Graph, canonical};
use super::network::Network;
use super::posterior::Posterior;

/// From here on a cause counts as there, and stands before what it leads to.
const THERE: f64 = 0.5;

/// Holds the place of one cause in the ranking.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranked {
    /// Index of the cause in the network.
    pub cause: usize,
    /// Probability that it is there.
    pub probability: f64,
    /// Causes at or above 0.5 that lead to it, by index, if it is itself at or above 0.5.
    pub consequence_of: Vec<usize>,
}

/// Ranks every cause: the most probable first, ties by id, except that a cause stands before what it leads to when
/// both are at or above 0.5 (`contract/cli.md`).
///
/// A cause moves up to just before what it leads to, so that nothing else slips between them.
pub fn rank(net: &Network, posterior: &Posterior) -> Vec<Ranked> {
    let (callers, place) = canonical(net);
    let graph = Graph::new(net, &place);
    let probability: Vec<f64> = callers.iter().map(|&c| posterior.probability.get(c).copied().unwrap_or_default()).collect();
    let roots: Vec<Vec<usize>> = (0..callers.len())
        .map(|cause| {
            let there = graph.parents[cause].iter().map(|(p, _)| *p).filter(|&p| probability[p] >= THERE && probability[cause] >= THERE);
            there.collect()
        })
        .collect();
    let mut order: Vec<usize> = (0..callers.len()).collect();
    // Rounding must not decide a tie.
    let rounded = |cause: usize| (probability[cause] * 1e9).round();
    order.sort_by(|&a, &b| rounded(b).total_cmp(&rounded(a)).then(a.cmp(&b)));
    let mut placed = vec![false; callers.len()];
    let mut ranking = Vec::with_capacity(callers.len());
    for &cause in &order {
        // What is still open, the innermost last; the graph has no circle, so every root comes to its turn.
        let mut open = vec![cause];
        while let Some(&last) = open.last() {
            match order.iter().find(|&&other| !placed[other] && roots[last].contains(&other)) {
                Some(&root) => open.push(root),
                None => {
                    open.pop();
                    if !std::mem::replace(&mut placed[last], true) {
                        let mut consequence_of: Vec<usize> = roots[last].iter().map(|&root| callers[root]).collect();
                        consequence_of.sort_unstable();
                        ranking.push(Ranked { cause: callers[last], probability: probability[last], consequence_of });
                    }
                }
            }
        }
    }
    ranking
}
