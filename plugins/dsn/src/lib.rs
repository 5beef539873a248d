//! DSN messages pending submission: why notifications pile up (seed Q7).
//!
//! A notification is handed on by the information store. So where local delivery waits as well, it is the store; where local delivery
//! flows, it is the conversion of notifications, or there are simply too many of them: mail with forged senders that this server accepts
//! and cannot deliver makes one each. The same flood has marks of its own where no queue of notifications exists (Postfix, Exim).

use mailmedic_plugin_sdk::known::contains_any;
use mailmedic_plugin_sdk::series::{Trend, messages_per_hour, trend};
use mailmedic_plugin_sdk::{Event, FactId, Facts, Queue, Refused, Results, Service, Stage, Value};

#[cfg(target_family = "wasm")]
mod component;
mod flood;

/// Notifications that do not pass through in seconds.
const MANY: f64 = 50.0;
/// A queue below this length may grow without anything being wrong.
const FEW: f64 = 5.0;
/// Notifications that no organisation makes with mail of its own: waiting, or more of them each hour.
const FLOOD: f64 = 500.0;
const FLOOD_AN_HOUR: f64 = 100.0;
/// Queues named by one finding, and queues whose trend is derived.
const NAMED: usize = 5;
/// What would have to be known about the queue.
const QUEUE: &[&str] = &["queue * dsn"];
/// Events of a conversion that failed (Exchange 2000 and 2003).
const CONVERSION: [u32; 4] = [12002, 12003, 12024, 12800];

/// The queue of notifications.
#[derive(Default)]
struct Pending {
    known: bool,
    waiting: Vec<FactId>,
    /// Those of `waiting` that pile up.
    piled: Vec<FactId>,
    /// Those of `piled` that are too many to be this organisation's own.
    flooded: Vec<FactId>,
    /// The texts of their last errors.
    errors: Vec<(FactId, String)>,
}

/// What is known of local delivery.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Local {
    Unknown,
    Flows,
    Waits,
}

/// Examines the notifications.
///
/// # Errors
///
/// [`Refused`], when the host does not take a result.
pub fn examine(facts: &impl Facts, results: &mut impl Results) -> Result<(), Refused> {
    let pending = pending(facts, results)?;
    store(facts, &pending, results)?;
    conversion(facts, &pending, results)?;
    flood::examine(facts, results)
}

fn pending(facts: &impl Facts, results: &mut impl Results) -> Result<Pending, Refused> {
    let mut pending = Pending::default();
    let mut derived = 0;
    for queue in facts.queues(Stage::Dsn) {
        let samples = facts.samples(queue.id);
        let trend = trend(&samples);
        let rate = messages_per_hour(&samples);
        let length = queue.length().or_else(|| samples.last().map(|sample| sample.messages as f64));
        if let (Some(trend), true) = (trend, derived < NAMED) {
            derived += 1;
            results.derive("queue.trend", queue.id, Value::Text(trend.word().to_owned()), &[queue.id])?;
            if let Some(rate) = rate {
                results.derive("queue.growth", queue.id, Value::Number(rate), &[queue.id])?;
            }
        }
        let Some(length) = length else { continue };
        pending.known = true;
        if length <= 0.0 || pending.waiting.len() >= NAMED {
            continue;
        }
        pending.waiting.push(queue.id);
        if let Some(error) = queue.error() {
            pending.errors.push((queue.id, error.to_owned()));
        }
        let moves = match trend {
            Some(Trend::Growing | Trend::Stuck) => length > FEW,
            Some(Trend::Draining | Trend::Peaking | Trend::Empty) => false,
            _ => length >= MANY,
        };
        if moves {
            pending.piled.push(queue.id);
            if length >= FLOOD || trend == Some(Trend::Growing) && rate.is_some_and(|rate| rate >= FLOOD_AN_HOUR) {
                pending.flooded.push(queue.id);
            }
        }
    }
    Ok(pending)
}

/// Says whether local delivery, which needs the store as well, waits or flows.
fn local(facts: &impl Facts) -> Local {
    let queues = facts.queues(Stage::LocalDelivery);
    let waits = |queue: &Queue| {
        let standing = trend(&facts.samples(queue.id)).is_some_and(|trend| matches!(trend, Trend::Growing | Trend::Stuck));
        let length = queue.length().unwrap_or(0.0);
        length > 0.0 && (queue.retries() || queue.error().is_some()) || length > FEW && standing || length >= MANY
    };
    let counted = queues.iter().any(|queue| queue.length().is_some());
    match (queues.iter().any(waits), counted) {
        (true, _) => Local::Waits,
        (false, true) => Local::Flows,
        (false, false) => Local::Unknown,
    }
}

/// Notifications and local delivery beside each other: the store, or the notifications alone.
fn store(facts: &impl Facts, pending: &Pending, results: &mut impl Results) -> Result<(), Refused> {
    let (both, alone, flood) = ("local-delivery-waits-too", "only-notifications-wait", "flood-of-notifications");
    if !pending.known {
        return [both, alone, flood].iter().try_for_each(|finding| results.unknown(finding, QUEUE));
    }
    // A finding that holds names the queue, and shares its group with all that is said of the same queue; one that does not hold names
    // nothing, or it would contradict them.
    if pending.piled.is_empty() {
        return [both, alone, flood].iter().try_for_each(|finding| results.absent(finding, &[]));
    }
    let services = facts.services("MSExchangeIS");
    let is =
        |states: &[&str]| services.iter().find(|service: &&Service| states.contains(&service.state.as_str())).map(|service| service.id);
    let down = is(&["stopped", "missing", "paused"]).is_some();
    let because: Vec<FactId> = pending.piled.iter().copied().chain(is(&["running"])).collect();
    let local = local(facts);
    match local {
        Local::Unknown => results.unknown(both, &["queue * local-delivery"])?,
        Local::Waits if !down => results.present(both, &because)?,
        _ => results.absent(both, &[])?,
    }
    // A store that does not run explains any number of notifications, and a flood does not show behind it.
    if down || local == Local::Waits {
        results.absent(alone, &[])?;
        return results.absent(flood, &[]);
    }
    if !pending.flooded.is_empty() {
        results.absent(alone, &[])?;
        let because: Vec<FactId> = pending.flooded.iter().copied().chain(is(&["running"])).collect();
        return results.present(flood, &because);
    }
    results.absent(flood, &[])?;
    if local == Local::Flows { results.present(alone, &because) } else { results.unknown(alone, &["queue * local-delivery"]) }
}

/// Notifications wait, and the store's converter says that it fails.
fn conversion(facts: &impl Facts, pending: &Pending, results: &mut impl Results) -> Result<(), Refused> {
    const FINDING: &str = "conversion-fails-behind-notifications";
    const WORDS: [&str; 4] = ["imail", "content conversion", "conversion failed", "failed to convert"];
    let sources = ["MSExchangeIS", "MSExchangeIS Mailbox Store", "MSExchangeIS Public Store"];
    let events = sources.iter().flat_map(|source| facts.events(source, &CONVERSION));
    let events: Vec<Event> = events.filter(|event| event.level != "information").collect();
    let mut because: Vec<FactId> = events.iter().map(|event| event.id).take(NAMED).collect();
    because.extend(pending.errors.iter().filter(|(_, error)| contains_any(error, &WORDS)).map(|(queue, _)| *queue));
    if because.is_empty() {
        let listed = facts.listed("event MSExchangeIS *").is_known();
        return if listed { results.absent(FINDING, &[]) } else { results.unknown(FINDING, &["event MSExchangeIS *"]) };
    }
    if !pending.known {
        return results.unknown(FINDING, QUEUE);
    }
    if pending.waiting.is_empty() {
        return results.absent(FINDING, &[]);
    }
    because.extend(pending.waiting.iter().filter(|queue| !pending.errors.iter().any(|(id, _)| id == *queue)));
    results.present(FINDING, &because)
}
