//! Finds the sets of causes that explain a component's evidence, and weighs them.

use super::component::{Component, Cursor, has};
use super::network::Limits;

/// A share of the total weight from which a set far from all centres becomes a centre itself.
const WORTH_A_CENTRE: f64 = 5e-4;
/// How often the search moves on when the enumeration finds a better set than the climb did.
const MOVES: usize = 8;
/// A component is never enumerated in full above this number of causes, whatever the limits say.
const MOST_EXACT: usize = 16;

/// Holds a set that was a start of enumeration, and in how many causes the enumerated sets differ from it at most.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ball {
    pub(super) centre: u64,
    radius: u32,
}

impl Ball {
    /// Says whether a set was enumerated from here.
    fn holds(&self, set: u64) -> bool {
        (set ^ self.centre).count_ones() <= self.radius
    }

    /// Says whether all sets that differ from a set in up to `radius` causes were enumerated from here.
    pub(super) fn surrounds(&self, set: u64, radius: usize) -> bool {
        (set ^ self.centre).count_ones() as usize + radius <= self.radius as usize
    }
}

/// Holds sets with their weights, relative to the first centre.
#[derive(Debug, Clone)]
pub(super) struct Sets {
    pub(super) weighed: Vec<(u64, f64)>,
    pub(super) balls: Vec<Ball>,
    /// Whether every set of the component is there.
    pub(super) exact: bool,
    /// Logarithm of the weight of the first centre, relative to the empty set.
    base: f64,
}

impl Sets {
    /// Returns the sum of the weights.
    pub(super) fn total(&self) -> f64 {
        self.weighed.iter().map(|(_, weight)| weight).sum()
    }

    /// Returns the set of highest weight, the one with the lowest bits among equals.
    pub(super) fn best(&self) -> (u64, f64) {
        best(self.weighed.iter().copied())
    }

    /// Enumerates from one more centre what no centre has reached.
    pub(super) fn extend(&mut self, component: &Component, centre: u64, radius: usize) {
        let cursor = Cursor::new(component, centre);
        let weight = (cursor.log_weight() - self.base).exp();
        let radius = radius.min(component.causes.len());
        let mut add = |set: u64, weight: f64| {
            if !self.balls.iter().any(|ball| ball.holds(set)) {
                self.weighed.push((set, weight));
            }
        };
        add(centre, weight);
        if radius > 0 {
            neighbours(&cursor, component.causes.len(), 0, radius, weight, &mut add);
        }
        self.balls.push(Ball { centre, radius: radius as u32 });
    }
}

/// Returns the set of highest weight, the one with the lowest bits among equals.
pub(super) fn best(sets: impl Iterator<Item = (u64, f64)>) -> (u64, f64) {
    sets.reduce(|best, other| {
        let order = other.1.total_cmp(&best.1).then(best.0.cmp(&other.0));
        if order.is_gt() { other } else { best }
    })
    .unwrap_or((0, 0.0))
}

/// Weighs the sets of a component.
///
/// A small one is enumerated in full. Of a larger one: the sets that differ from the best set in few causes, and the
/// empty set. Where several places have rival explanations at the same time, single sets far from the best one still
/// hold much weight; these become further centres, until no such set is left or the bound is reached.
pub(super) fn explore(component: &Component, limits: &Limits) -> Sets {
    let n = component.causes.len();
    let supported = (0..n).filter(|&c| Cursor::new(component, 0).ratio(c) > 1.0).fold(0, |set, c| set | 1 << c);
    let starts = [climb(component, 0, 0), climb(component, supported, 0)];
    let mut centre = best(starts.iter().map(|cursor| (cursor.set, cursor.log_weight()))).0;
    if n <= limits.exact.min(MOST_EXACT) {
        return everything(component, centre);
    }
    let mut sets = around(component, centre, limits.neighbourhood);
    for _ in 0..MOVES {
        let (better, weight) = sets.best();
        if better == centre || weight <= 1.0 + 1e-9 {
            break;
        }
        centre = climb(component, better, 0).set;
        sets = around(component, centre, limits.neighbourhood);
    }
    let bound = sets.weighed.len() + limits.sets;
    let radius = limits.neighbourhood.min(2);
    // What would explain everything if a cause of the best set were not there can be far away.
    for cause in (0..n).filter(|&c| has(centre, c)) {
        let without = climb(component, centre ^ (1 << cause), 1 << cause);
        let share = (without.log_weight() - sets.base).exp() / sets.total();
        let reached = sets.balls.iter().any(|ball| ball.surrounds(without.set, 1));
        if share > WORTH_A_CENTRE && !reached && sets.weighed.len() < bound {
            sets.extend(component, without.set, radius);
        }
    }
    while sets.weighed.len() < bound {
        let total = sets.total();
        let far = |set: u64| sets.balls.iter().all(|ball| (set ^ ball.centre).count_ones() > 1);
        let (next, weight) = best(sets.weighed.iter().copied().filter(|&(set, weight)| weight > WORTH_A_CENTRE * total && far(set)));
        if weight <= 0.0 {
            break;
        }
        sets.extend(component, next, radius);
    }
    // The verdict "nothing is wrong" must never be lost for want of being near.
    if !sets.balls.iter().any(|ball| ball.holds(0)) {
        sets.extend(component, 0, 0);
    }
    sets
}

/// Enumerates from one centre.
fn around(component: &Component, centre: u64, radius: usize) -> Sets {
    let base = Cursor::new(component, centre).log_weight();
    let mut sets = Sets { weighed: Vec::new(), balls: Vec::new(), exact: false, base };
    sets.extend(component, centre, radius);
    sets
}

/// Adds one to `left` changes to the set of the cursor, in causes from `start` on.
fn neighbours(at: &Cursor, n: usize, start: usize, left: usize, weight: f64, add: &mut impl FnMut(u64, f64)) {
    for cause in start..n {
        let weight = weight * at.ratio(cause);
        add(at.set ^ (1 << cause), weight);
        if left > 1 && cause + 1 < n {
            let mut next = at.clone();
            next.flip(cause);
            neighbours(&next, n, cause + 1, left - 1, weight, add);
        }
    }
}

/// Weighs every set, each from the one before by a single change (Gray code).
fn everything(component: &Component, centre: u64) -> Sets {
    let n = component.causes.len();
    let base = Cursor::new(component, centre).log_weight();
    let mut cursor = Cursor::new(component, 0);
    let mut log_weight = cursor.log_weight();
    let mut weighed = vec![(0, (log_weight - base).exp())];
    for step in 1u64..1 << n {
        let cause = step.trailing_zeros() as usize;
        log_weight += cursor.ratio(cause).ln();
        cursor.flip(cause);
        weighed.push((cursor.set, (log_weight - base).exp()));
    }
    Sets { weighed, balls: vec![Ball { centre, radius: n as u32 }], exact: true, base }
}

/// Adds, drops or swaps causes while that gains, the greatest gain first; those in `barred` stay as they are.
pub(super) fn climb(component: &Component, start: u64, barred: u64) -> Cursor<'_> {
    let n = component.causes.len();
    let mut at = Cursor::new(component, start);
    // Each step gains, so no set comes twice; the bound is for rounding only.
    for _ in 0..4 * n {
        let mut gain = 1.0 + 1e-12;
        let mut change: Option<(usize, Option<usize>)> = None;
        for cause in (0..n).filter(|&c| !has(barred, c)) {
            let ratio = at.ratio(cause);
            if ratio > gain {
                (gain, change) = (ratio, Some((cause, None)));
            }
        }
        if change.is_none() {
            for out in (0..n).filter(|&c| has(at.set & !barred, c)) {
                let mut without = at.clone();
                without.flip(out);
                let dropped = at.ratio(out);
                for cause in (0..n).filter(|&c| !has(at.set | barred, c)) {
                    let ratio = dropped * without.ratio(cause);
                    if ratio > gain {
                        (gain, change) = (ratio, Some((out, Some(cause))));
                    }
                }
            }
        }
        let Some((first, second)) = change else { break };
        at.flip(first);
        if let Some(second) = second {
            at.flip(second);
        }
        at = Cursor::new(component, at.set);
    }
    at
}
