//! Which sets can matter once evidence is taken away.

use super::component::{Factor, Shape};
use super::model::Model;
use super::search::Sets;
use super::solved::{Marginal, Solved};

/// A set with a smaller share of the total does not matter to any removal, unless it decides the odds of a cause.
const NEGLIGIBLE: f64 = 1e-6;
/// The share of the best set in which a cause differs that another such set must reach to decide the cause's odds.
const RIVAL: f64 = 0.01;
/// Holds the sets of a component that can matter after a removal.
pub(super) struct Kept {
    pub(super) sets: Sets,
    pub(super) before: Marginal,
}

impl Kept {
    /// Keeps what has a share, and for each cause the best sets in which it differs from the centre.
    ///
    /// The latter give the odds of a cause that is all but certain, whatever their share.
    pub(super) fn new(part: &Solved, model: &Model) -> Self {
        let n = part.component.causes.len();
        let centre = part.sets.balls[0].centre;
        let bar = NEGLIGIBLE * part.sets.total();
        let mut highest = vec![0.0f64; n];
        for &(set, weight) in &part.sets.weighed {
            for_each(set ^ centre, |cause| highest[cause] = highest[cause].max(weight));
        }
        let gains = Gains::new(part, model, centre);
        let mut sets = part.sets.clone();
        sets.weighed.retain(|&(set, weight)| {
            let could_be = weight * gains.most(set);
            let mut matters = could_be >= bar;
            for_each(set ^ centre, |cause| matters |= could_be >= RIVAL * highest[cause]);
            matters
        });
        let before = Marginal::new(&sets.weighed, centre, n);
        Self { sets, before }
    }
}

/// Knows by what the weight of a set can grow, against that of the centre, when one piece of evidence is taken away.
struct Gains<'a> {
    centre: u64,
    /// Present findings that the centre explains: their causes, the value at the centre, and the factor.
    explained: Vec<(u64, f64, &'a Factor)>,
    /// Per cause: what the strongest absent finding holds against it.
    against: Vec<f64>,
}

impl<'a> Gains<'a> {
    /// Reads a component.
    fn new(part: &'a Solved, model: &Model, centre: u64) -> Self {
        let causes = |factor: &Factor| factor.causes.iter().fold(0u64, |set, (cause, _)| set | 1 << cause);
        let factors = part.component.factors.iter().map(|factor| (causes(factor), factor.value(centre), factor));
        let explained = factors.filter(|(_, value, factor)| *value > 2.0 && matches!(factor.shape, Shape::Present { .. })).collect();
        let mut against = vec![1.0f64; part.component.causes.len()];
        for evidence in &model.absent {
            for &(cause, sensitivity) in &evidence.causes {
                if let Ok(local) = part.component.causes.binary_search(&cause) {
                    against[local] = against[local].max((1.0 - sensitivity).powf(-evidence.power));
                }
            }
        }
        Self { centre, explained, against }
    }

    /// Returns the greatest growth for a set.
    fn most(&self, set: u64) -> f64 {
        let mut most = 1.0f64;
        for_each(set & !self.centre, |cause| most = most.max(self.against[cause]));
        for &(causes, value, factor) in &self.explained {
            if value > most && self.centre & !set & causes != 0 {
                most = most.max(if set & causes == 0 { value } else { value / factor.value(set) });
            }
        }
        most
    }
}

/// Calls a function for each cause of a set.
fn for_each(mut set: u64, mut call: impl FnMut(usize)) {
    while set != 0 {
        call(set.trailing_zeros() as usize);
        set &= set - 1;
    }
}
