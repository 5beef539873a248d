//! Which cause leads to which, without circles.

use super::network::Network;
use std::collections::BTreeMap;

/// Holds the edges between causes (indices in canonical order) and an order in which roots come first.
#[derive(Debug, Clone)]
pub(super) struct Graph {
    /// Per cause: what leads to it, and how often.
    pub(super) parents: Vec<Vec<(usize, f64)>>,
    /// Per cause: what it leads to, and how often.
    pub(super) children: Vec<Vec<(usize, f64)>>,
    /// Every cause, each after all that lead to it.
    pub(super) order: Vec<usize>,
}

/// Returns the causes in canonical order (by id), and for each cause of the caller its place in it.
pub(super) fn canonical(net: &Network) -> (Vec<usize>, Vec<usize>) {
    let mut callers: Vec<usize> = (0..net.causes.len()).collect();
    callers.sort_by(|&a, &b| net.causes[a].id.cmp(&net.causes[b].id).then(a.cmp(&b)));
    let mut place = vec![0; callers.len()];
    for (canonical, &caller) in callers.iter().enumerate() {
        place[caller] = canonical;
    }
    (callers, place)
}

impl Graph {
    /// Builds the graph; of a circle, the weakest edge that closes it is left out, ties by id.
    ///
    /// A circle has no order in which its members could cause one another, and taken at its word it would make
    /// its members probable without any evidence.
    pub(super) fn new(net: &Network, place: &[usize]) -> Self {
        let n = place.len();
        let mut strongest: BTreeMap<(usize, usize), f64> = BTreeMap::new();
        for (caller, cause) in net.causes.iter().enumerate() {
            for &(to, strength) in &cause.leads_to {
                let strength = super::model::fraction(strength).min(super::model::NEARLY_ALWAYS);
                if to < n && to != caller && strength > 0.0 {
                    let kept = strongest.entry((place[caller], place[to])).or_insert(0.0);
                    *kept = kept.max(strength);
                }
            }
        }
        let mut edges: Vec<(usize, usize, f64)> = strongest.into_iter().map(|((from, to), e)| (from, to, e)).collect();
        if order(n, &edges).len() < n {
            edges.sort_by(|a, b| b.2.total_cmp(&a.2).then((a.0, a.1).cmp(&(b.0, b.1))));
            let mut kept: Vec<(usize, usize, f64)> = Vec::new();
            for edge in edges {
                if !reaches(n, &kept, edge.1, edge.0) {
                    kept.push(edge);
                }
            }
            kept.sort_by_key(|edge| (edge.0, edge.1));
            edges = kept;
        }
        let order = order(n, &edges);
        let mut parents = vec![Vec::new(); n];
        let mut children = vec![Vec::new(); n];
        for (from, to, strength) in edges {
            children[from].push((to, strength));
            parents[to].push((from, strength));
        }
        Self { parents, children, order }
    }
}

/// Returns the causes, roots first; those on a circle, and what hangs below one, are missing.
fn order(n: usize, edges: &[(usize, usize, f64)]) -> Vec<usize> {
    let mut waiting = vec![0usize; n];
    for &(_, to, _) in edges {
        waiting[to] += 1;
    }
    let mut order: Vec<usize> = (0..n).filter(|&c| waiting[c] == 0).collect();
    let mut done = 0;
    while let Some(&from) = order.get(done) {
        done += 1;
        // `edges` is sorted by cause where the order of the result matters, so the result is the same every time.
        for &(_, to, _) in edges.iter().filter(|edge| edge.0 == from) {
            waiting[to] -= 1;
            if waiting[to] == 0 {
                order.push(to);
            }
        }
    }
    order
}

/// Says whether `target` can be reached from `start`.
fn reaches(n: usize, edges: &[(usize, usize, f64)], start: usize, target: usize) -> bool {
    let mut seen = vec![false; n];
    let mut open = vec![start];
    while let Some(at) = open.pop() {
        if at == target {
            return true;
        }
        if !std::mem::replace(&mut seen[at], true) {
            open.extend(edges.iter().filter(|edge| edge.0 == at).map(|edge| edge.1));
        }
    }
    false
}
