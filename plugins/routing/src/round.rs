//! Two hosts that send the same mail to each other.

use mailmedic_plugin_sdk::spread::host_name;
use mailmedic_plugin_sdk::{FactId, Facts, Hop, Outcome, Refused, Results, Stage, Value, all_hops, all_outcomes};

use crate::loops::too_many;
use crate::own::next_hops;

/// Steps of a message that are looked at; the comparison is quadratic.
const STEPS: usize = 200;
/// So often a message must take the same step. Twice is usual: a content filter hands each message back once.
const ROUNDS: usize = 3;

/// Judges whether the host that mail is sent to sends it back.
pub(crate) fn examine(facts: &impl Facts, results: &mut impl Results) -> Result<(), Refused> {
    const FINDING: &str = "sent-back-by-next-hop";
    let hops = all_hops(facts);
    let round = hops.chunk_by(|one, other| one.message == other.message).find_map(between);
    if let Some((there, back)) = round {
        let path = there.origin.clone() + " ⇄ " + &there.destination;
        let because = [there.id, back.id];
        let named = results.derive("loop.path", there.id, Value::Text(path), &because)?;
        return results.present(FINDING, &[named, there.id, back.id]);
    }
    // What comes back with too many hops is refused at the door; the client there is the host that was sent to.
    let refused: Vec<Outcome> = all_outcomes(facts, Stage::Submission)
        .into_iter()
        .filter(|outcome| outcome.status == "rejected" && too_many(&outcome.template, outcome.code.as_deref()))
        .collect();
    if refused.is_empty() {
        return if hops.is_empty() { Ok(()) } else { results.absent(FINDING, &[]) };
    }
    let mut sent: Vec<(String, String, FactId)> =
        next_hops(facts).into_iter().map(|(host, id)| (host_name(&host), String::new(), id)).collect();
    for outcome in all_outcomes(facts, Stage::RemoteDelivery) {
        if let Some(hop) = outcome.next_hop.filter(|hop| !hop.is_empty() && hop != "none") {
            sent.push((host_name(&hop), outcome.destination, outcome.id));
        }
    }
    for door in &refused {
        let client = host_name(door.next_hop.as_deref().unwrap_or_default());
        // A relay takes mail for all destinations, another host that of one.
        let fits = |(host, destination, _): &&(String, String, FactId)| {
            !client.is_empty() && *host == client && (destination.is_empty() || destination.eq_ignore_ascii_case(&door.destination))
        };
        if let Some((host, _, id)) = sent.iter().find(fits) {
            let because = [door.id, *id];
            let named = results.derive("loop.path", door.id, Value::Text(host.clone()), &because)?;
            return results.present(FINDING, &[named, door.id, *id]);
        }
    }
    if sent.is_empty() { results.unknown(FINDING, &["outcome * remote-delivery"]) } else { results.absent(FINDING, &[]) }
}

/// Returns a step there and one back of a message that goes to and fro between two hosts.
fn between(steps: &[Hop]) -> Option<(&Hop, &Hop)> {
    let steps = steps.get(..STEPS).unwrap_or(steps);
    let goes = |step: &Hop, from: &str, to: &str| step.origin.eq_ignore_ascii_case(from) && step.destination.eq_ignore_ascii_case(to);
    steps.iter().find_map(|there| {
        let (from, to) = (there.origin.as_str(), there.destination.as_str());
        let taken = steps.iter().filter(|step| goes(step, from, to)).count();
        let back = steps.iter().find(|step| goes(step, to, from))?;
        (taken >= ROUNDS && !from.eq_ignore_ascii_case(to)).then_some((there, back))
    })
}
