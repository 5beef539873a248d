//! The probability that something is wrong, whatever it is.

use super::model::Model;
use super::rest::Rest;
use super::select::Selection;
use super::solved::{Solved, product};

/// Returns the probability that a candidate is there that is not benign.
pub(super) fn of_candidates(model: &Model, selection: &Selection, solved: &[Solved]) -> f64 {
    let harmless = |cause: usize| model.benign[cause] || !selection.candidate[cause];
    let healthy: f64 = solved.iter().map(|part| no_trouble(part, harmless, |_| 1.0)).product();
    (1.0 - healthy).clamp(0.0, 1.0)
}

/// Returns the probability that any cause is there that is not benign.
///
/// That none is there means, of the causes that were not searched, that each stays away while all its roots but the
/// benign ones do.
pub(super) fn of_any(model: &Model, selection: &Selection, rest: &Rest, solved: &[Solved], probability: &[f64]) -> f64 {
    let asked = |cause: usize| !selection.searched[cause] && !selection.candidate[cause] && !model.benign[cause];
    let stay = |cause: usize| {
        let roots = model.graph.parents[cause].iter().filter(|(p, _)| !selection.searched[*p] && model.benign[*p]);
        (1.0 - model.prior[cause]) * roots.map(|&(p, e)| 1.0 - rest.mean[p] * e).product::<f64>()
    };
    let mut alone: Vec<f64> = (0..probability.len())
        .map(|cause| match (asked(cause), rest.likelihood[cause] < 1.0) {
            (true, true) => 1.0 - rest.without_roots(cause, stay(cause)),
            (true, false) => stay(cause),
            (false, _) if selection.searched[cause] || model.benign[cause] => 1.0,
            (false, _) => 1.0 - probability[cause],
        })
        .collect();
    let mut healthy = 1.0;
    for part in solved {
        // What follows from the component: the cause, what leads to it, and whether absent findings bind it.
        let mut follows = Vec::new();
        for cause in (0..probability.len()).filter(|&c| asked(c)) {
            let led = part.leading_to(model, cause);
            let bound = rest.likelihood[cause] < 1.0;
            if !led.is_empty() {
                if bound {
                    alone[cause] = 1.0;
                }
                follows.push((cause, led, bound));
            }
        }
        healthy *= no_trouble(
            part,
            |c| model.benign[c],
            |set| {
                follows
                    .iter()
                    .map(|(cause, led, bound)| match bound {
                        true => 1.0 - rest.without_roots(*cause, stay(*cause) * product(led, set)),
                        false => product(led, set),
                    })
                    .product()
            },
        );
    }
    healthy *= alone.iter().product::<f64>();
    (1.0 - healthy).clamp(0.0, 1.0)
}

/// Returns the probability that a component holds none but harmless causes; `also` is what else must not be, per set.
fn no_trouble(part: &Solved, harmless: impl Fn(usize) -> bool, also: impl Fn(u64) -> f64) -> f64 {
    let causes = part.component.causes.iter().enumerate();
    let harmful = causes.filter(|(_, c)| !harmless(**c)).fold(0u64, |set, (local, _)| set | 1 << local);
    let free = part.sets.weighed.iter().filter(|(set, _)| set & harmful == 0);
    free.map(|&(set, weight)| weight * also(set)).sum::<f64>() / part.sets.total()
}
