//! Link states: what the servers of a routing group tell each other about connectors, and whether that fits what the queues do.

use mailmedic_plugin_sdk::backlog::{Backlog, ids};
use mailmedic_plugin_sdk::route::{Route, State, routes};
use mailmedic_plugin_sdk::{Event, Facts, Queue, Refused, Results, Stage, Value};

/// No connection to the routing group master, or an exchange of link states that was refused or failed. 994 is not among them: a state
/// that is suppressed in a leaf routing group is harmless. None of the numbers alone is certain; beside a mismatch they are.
const EXCHANGE: [u32; 9] = [929, 930, 957, 958, 961, 962, 963, 964, 965];
/// Age of the oldest message, in seconds, from which a connector in retry ought to be known as down.
const SOME_TIME: f64 = 1_800.0;
/// Queues that are compared with the connectors.
const COMPARED: usize = 500;

/// Judges whether routing goes by old link states.
pub(crate) fn examine(facts: &impl Facts, routing: &[Backlog], results: &mut impl Results) -> Result<(), Refused> {
    const FINDING: &str = "link-state-is-stale";
    let mut events = facts.events("MSExchangeTransport", &EXCHANGE);
    events.retain(|event| event.level != "information");
    let routes = routes(facts);
    let mut remote = facts.queues(Stage::RemoteDelivery);
    remote.truncate(COMPARED);
    let mismatch = routes.iter().find_map(|route| remote.iter().find_map(|queue| mismatch(route, queue).map(|what| (queue.id, what))));
    if let Some((queue, what)) = &mismatch {
        results.derive("link.mismatch", *queue, Value::Text(what.clone()), &[*queue])?;
    }
    let waits = ids(routing, &|queue| queue.waits() && (queue.piles_up() || queue.queue.retries()));
    let Some(event) = latest(&events) else {
        // Without a routing queue or connectors there are no link states; without the log nobody knows.
        return match (routing.is_empty() && routes.is_empty(), facts.listed("event MSExchangeTransport *").is_known()) {
            (true, _) => Ok(()),
            (false, true) => results.absent(FINDING, &[]),
            (false, false) => results.unknown(FINDING, &["event MSExchangeTransport *"]),
        };
    };
    // The event comes first: what it says by itself is the same mechanism, and counts once.
    if let Some(because) = mismatch.map(|(queue, _)| queue).or(waits.first().copied()) {
        return results.present(FINDING, &[event.id, because]);
    }
    let known = |queue: &Queue| queue.state.get().is_some() && routes.iter().any(|route| route.owns(queue));
    if !remote.iter().any(known) || routes.iter().all(|route| route.state == State::Unknown) {
        return results.unknown(FINDING, &["connector *", "queue * remote-delivery"]);
    }
    // It names no event and no queue: what these say by themselves is not denied.
    results.absent(FINDING, &[])
}

fn latest(events: &[Event]) -> Option<&Event> {
    events.iter().max_by(|one, other| one.last.cmp(&other.last).then(other.id.cmp(&one.id)))
}

/// Returns what does not fit: a connector shown as up whose queue has been in retry for some time, or one shown as down whose queue moves.
///
/// A connector that asks the DNS is never shown as down, so its queues say nothing.
fn mismatch(route: &Route, queue: &Queue) -> Option<String> {
    if !route.owns(queue) || queue.length().is_none_or(|length| length <= 0.0) {
        return None;
    }
    let long = queue.oldest.get().is_none_or(|seconds| seconds >= SOME_TIME);
    match route.state {
        State::Up if queue.retries() && long && !route.smart_hosts.is_empty() => Some(route.name.clone() + " up/retry"),
        State::Down if queue.state.get() == Some("active") && queue.error().is_none() => Some(route.name.clone() + " down/active"),
        _ => None,
    }
}
