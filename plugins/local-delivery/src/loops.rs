//! Messages that come back: the path of a message over the hops that the logs show.

use mailmedic_plugin_sdk::{FactId, Facts, Hop, Refused, Results, Value, all_hops};

/// Steps of a message that are looked at. Servers stop a message after 50 to 100 hops; the comparison is quadratic.
const STEPS: usize = 200;
/// So often the same step must be taken. Twice is usual: a content filter hands each message back once.
const ROUNDS: usize = 3;

/// Judges whether messages loop, and between which servers.
pub(crate) fn examine(facts: &impl Facts, results: &mut impl Results) -> Result<(), Refused> {
    const FINDING: &str = "messages-loop";
    let hops = all_hops(facts);
    let mut looping = 0_u32;
    let mut worst: Option<(Vec<&Hop>, usize)> = None;
    for steps in hops.chunk_by(|one, other| one.message == other.message) {
        let Some(round) = round(steps) else { continue };
        looping += 1;
        if worst.as_ref().is_none_or(|(_, most)| steps.len() > *most) {
            worst = Some((round, steps.len()));
        }
    }
    let Some((round, steps)) = worst else {
        let seen = !hops.is_empty() || facts.listed("hop *").is_known();
        return if seen { results.absent(FINDING, &[]) } else { results.unknown(FINDING, &["hop *"]) };
    };
    let because: Vec<FactId> = round.iter().map(|hop| hop.id).take(5).collect();
    let about = because.first().copied().unwrap_or_default();
    let path = results.derive("loop.path", about, Value::Text(path(&round)), &because)?;
    results.derive("loop.messages", about, Value::Number(f64::from(looping)), &because)?;
    results.derive("loop.hops", about, Value::Number(steps as f64), &because)?;
    let because: Vec<FactId> = std::iter::once(path).chain(because).collect();
    results.present(FINDING, &because)
}

/// Returns one round of a message's loop: the steps from one time to the next at which it takes the step it takes most often.
fn round(steps: &[Hop]) -> Option<Vec<&Hop>> {
    let same =
        |one: &Hop, other: &Hop| one.origin.eq_ignore_ascii_case(&other.origin) && one.destination.eq_ignore_ascii_case(&other.destination);
    let steps = steps.get(..STEPS).unwrap_or(steps);
    for (at, step) in steps.iter().enumerate() {
        let taken = steps.iter().filter(|other| same(step, other)).count();
        if taken >= ROUNDS {
            let length = steps.iter().skip(at + 1).take_while(|other| !same(step, other)).count();
            return Some(steps.iter().skip(at).take(length + 1).collect());
        }
    }
    None
}

/// Writes a round as `a → b → a`.
fn path(round: &[&Hop]) -> String {
    let mut path = String::new();
    let mut end = "";
    for hop in round.iter().take(6) {
        if !hop.origin.eq_ignore_ascii_case(end) {
            if !path.is_empty() {
                path.push_str(" → ");
            }
            path.push_str(&hop.origin);
        }
        path.push_str(" → ");
        path.push_str(&hop.destination);
        end = &hop.destination;
    }
    path
}
