//! Addresses that no router takes: one domain, or all of them.

use mailmedic_plugin_sdk::known::contains_any;
use mailmedic_plugin_sdk::spread::site;
use mailmedic_plugin_sdk::{FactId, Facts, Outcome, Refused, Results, Stage, Value, all_outcomes};

/// How a mail system says that it has no way for an address at all. A lookup that failed is another matter.
const WORDS: [&str; 6] = [
    "unrouteable address",
    "unroutable address",
    "unrouteable mail domain",
    "remote domains not supported",
    "no route found to domain",
    "unknown mail transport error",
];

/// Unrelated domains that must be without a route: two that are misspelt are an ordinary day.
const PLACES: usize = 3;
/// Deliveries that were under way when something broke may still end well within so many seconds.
const UNDER_WAY: i64 = 60;

/// Says whether unrelated domains have no route, and none is delivered to, or none any more: then it is this server's routing. One that
/// has none beside others that do does not exist, or is misspelt.
pub(crate) fn examine(facts: &impl Facts, results: &mut impl Results) -> Result<(), Refused> {
    const FINDING: &str = "every-domain-unrouteable";
    let outcomes = all_outcomes(facts, Stage::RemoteDelivery);
    let (mut unrouteable, mut routed): (Vec<&Outcome>, Option<&Outcome>) = (Vec::new(), None);
    for outcome in &outcomes {
        let delivered = outcome.status == "sent" || outcome.healed;
        if !delivered && contains_any(&outcome.template, &WORDS) {
            unrouteable.push(outcome);
        // Another failure had a route when it got as far as a host.
        } else if delivered || outcome.next_hop.as_deref().is_some_and(|hop| !hop.is_empty() && hop != "none") {
            routed = if routed.is_none_or(|other| other.last < outcome.last) { Some(outcome) } else { routed };
        }
    }
    let began = |outcome: &Outcome| routed.is_none_or(|proof| outcome.first > proof.last.saturating_sub(UNDER_WAY));
    let mut places: Vec<String> = Vec::new();
    let mut because: Vec<FactId> = Vec::new();
    for outcome in &unrouteable {
        let place = site(&outcome.destination);
        if began(outcome) && places.len() <= PLACES && !places.contains(&place) {
            places.push(place);
            because.push(outcome.id);
        }
    }
    match (because.first(), routed) {
        (Some(first), _) if places.len() >= PLACES => {
            let mut named = places.join(", ");
            if unrouteable.len() > places.len() {
                named.push_str(", …");
            }
            let named = results.derive("route.uncovered", *first, Value::Text(named), &because)?;
            because.insert(0, named);
            results.present(FINDING, &because)
        }
        (_, Some(proof)) => results.absent(FINDING, &[proof.id]),
        (Some(_), None) => results.unknown(FINDING, &["outcome * remote-delivery"]),
        (None, None) => Ok(()),
    }
}
