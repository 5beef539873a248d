//! Which causes are searched.

use super::model::Model;
use super::network::Limits;

/// The most causes that a search can hold: sets are bits of a `u64`.
const MOST: usize = 60;

/// Holds the choice of causes.
#[derive(Debug, Clone)]
pub(super) struct Selection {
    /// Causes that a present finding supports, and what leads to them.
    pub(super) candidate: Vec<bool>,
    /// Causes whose sets are enumerated.
    pub(super) searched: Vec<bool>,
    /// How many candidates there was no room for.
    pub(super) dropped: usize,
}

/// Chooses the candidates with the best single-cause odds.
///
/// Where room is left, causes that only *follow* from a candidate and lead further are searched too: they carry what
/// is known of their own consequences. A consequence that leads nowhere is summed out instead (see [`super::rest`]).
pub(super) fn select(model: &Model, limits: &Limits) -> Selection {
    let n = model.prior.len();
    let mut score = vec![f64::NEG_INFINITY; n];
    let mut ratio = vec![0.0; n];
    let mut candidate = vec![false; n];
    for evidence in &model.present {
        for &(cause, sensitivity) in &evidence.causes {
            candidate[cause] = true;
            let seen = 1.0 - (1.0 - evidence.leak) * (1.0 - sensitivity);
            ratio[cause] += evidence.power * (seen / evidence.leak).ln();
        }
    }
    let odds = |c: usize| (model.prior[c] / (1.0 - model.prior[c])).ln() + model.against[c];
    // Consequences first: a root is as good as itself, or as itself together with the best of what it leads to.
    for &cause in model.graph.order.iter().rev() {
        if candidate[cause] {
            score[cause] = odds(cause) + ratio[cause];
        }
        for &(child, strength) in &model.graph.children[cause] {
            if candidate[child] {
                candidate[cause] = true;
                let raised = 1.0 - (1.0 - model.prior[child]) * (1.0 - strength);
                let together = odds(cause) + score[child] + (raised / model.prior[child]).ln();
                score[cause] = score[cause].max(together);
            }
        }
    }
    let mut best: Vec<usize> = (0..n).filter(|&c| candidate[c]).collect();
    best.sort_by(|&a, &b| score[b].total_cmp(&score[a]).then(a.cmp(&b)));
    let room = limits.candidates.min(MOST);
    let dropped = best.len().saturating_sub(room);
    best.truncate(room);
    let mut searched = vec![false; n];
    for &cause in &best {
        searched[cause] = true;
    }
    let mut left = room - best.len();
    for &cause in &model.graph.order {
        let follows = model.graph.parents[cause].iter().any(|&(parent, _)| searched[parent]);
        if left > 0 && follows && !candidate[cause] && !model.graph.children[cause].is_empty() {
            searched[cause] = true;
            left -= 1;
        }
    }
    // Such a cause, and a consequence with absent findings, makes its other roots less probable: search these too.
    for &cause in model.graph.order.iter().rev() {
        let follows = model.graph.parents[cause].iter().any(|&(parent, _)| searched[parent]);
        let tells = searched[cause] || (follows && model.against[cause] < 0.0);
        for &(parent, _) in model.graph.parents[cause].iter().filter(|_| tells) {
            if left > 0 && !searched[parent] {
                searched[parent] = true;
                left -= 1;
            }
        }
    }
    Selection { candidate, searched, dropped }
}
