//! The failed message retry queue: a message that cannot be read, a program that interferes, or a server short of resources (seed Q8).
//!
//! What is in it is processed again after an hour. Before that its number says little; a message that is still there afterwards has
//! failed again, and how many have tells one bad message from something that meets them all. Queues of what is set aside for good
//! (poison, corrupt) are never processed again: there only the number counts.

use mailmedic_plugin_sdk::known::contains_any;
use mailmedic_plugin_sdk::series::{Trend, messages_per_hour, trend};
use mailmedic_plugin_sdk::{FactId, Facts, Queue, Refused, Results, Stage, Value};

#[cfg(target_family = "wasm")]
mod component;
mod crash;
mod shortage;

/// Seconds after which the queue is processed again by default.
const RETRY: f64 = 3600.0;
/// Seconds that the processing itself may take before a message counts as failed again.
const GRACE: f64 = 300.0;
/// Up to so many messages are single bad ones.
const FEW: f64 = 3.0;
/// From so many on, something meets them all.
const MANY: f64 = 20.0;
/// Messages set aside for good before they are no single accident.
const ASIDE: f64 = 5.0;
/// Queues named by one finding, and queues of which facts are derived.
const NAMED: usize = 5;
/// What would have to be known about the queue.
const QUEUE: &[&str] = &["queue * failed-retry"];
/// Events of what hooks into the transport (Exchange 2000 and 2003): the virus scanning interface, event scripts, OLE DB event sinks.
const HOOKS: [(&str, &[u32]); 3] =
    [("MSExchangeTransport", &[348]), ("MSExchangeES", &[5, 6, 11]), ("EXOLEDB", &[101, 111, 112, 116, 131, 132])];

/// The queues of messages whose submission failed, sorted.
#[derive(Default)]
struct Failed {
    /// Whether the messages of a queue that is processed again were counted.
    known: bool,
    /// Whether the age of each queue that is not empty is known.
    aged: bool,
    waiting: Vec<FactId>,
    /// Queues with few messages that failed again.
    few: Vec<FactId>,
    /// Queues with more of them, and not many.
    some: Vec<FactId>,
    /// Queues with many messages, or more all the time.
    many: Vec<FactId>,
}

/// Examines the messages whose submission failed.
///
/// # Errors
///
/// [`Refused`], when the host does not take a result.
pub fn examine(facts: &impl Facts, results: &mut impl Results) -> Result<(), Refused> {
    let queues = facts.queues(Stage::FailedRetry);
    let (aside, retried): (Vec<Queue>, Vec<Queue>) = queues.into_iter().partition(is_set_aside);
    let failed = failed(facts, &retried, results)?;
    let short = shortage::read(facts);
    counts(&failed, short.is_present(), results)?;
    resources(&failed, &short, results)?;
    hooks(facts, &failed, results)?;
    set_aside(facts, &aside, results)?;
    crash::examine(facts, results)
}

/// Says whether nothing in a queue is ever processed again by itself.
fn is_set_aside(queue: &Queue) -> bool {
    contains_any(&queue.name, &["poison", "corrupt", "有害"])
}

fn failed(facts: &impl Facts, queues: &[Queue], results: &mut impl Results) -> Result<Failed, Refused> {
    let mut failed = Failed { aged: true, ..Failed::default() };
    let mut derived = 0;
    for queue in queues {
        let samples = facts.samples(queue.id);
        let trend = trend(&samples);
        let Some(length) = queue.length().or_else(|| samples.last().map(|sample| sample.messages as f64)) else { continue };
        failed.known = true;
        if length <= 0.0 || failed.waiting.len() >= NAMED {
            continue;
        }
        failed.waiting.push(queue.id);
        let age = queue.oldest.get().filter(|age| *age >= 0.0);
        failed.aged &= age.is_some();
        let again = age.is_some_and(|age| age > RETRY + GRACE);
        if derived < NAMED {
            derived += 1;
            if let Some(age) = age {
                results.derive("retry.failed-again", queue.id, Value::Flag(again), &[queue.id])?;
                results.derive("retry.due-minutes", queue.id, Value::Number((RETRY - age).max(0.0) / 60.0), &[queue.id])?;
            }
            if let Some(trend) = trend {
                results.derive("queue.trend", queue.id, Value::Text(trend.word().to_owned()), &[queue.id])?;
            }
            if let Some(rate) = messages_per_hour(&samples) {
                results.derive("queue.growth", queue.id, Value::Number(rate), &[queue.id])?;
            }
        }
        if length >= MANY || trend == Some(Trend::Growing) && length > FEW {
            failed.many.push(queue.id);
        } else if again && length <= FEW {
            failed.few.push(queue.id);
        } else if again {
            failed.some.push(queue.id);
        }
    }
    Ok(failed)
}

/// How many messages failed, and whether they did so again. The three exclude each other: one that holds says all there is to say.
fn counts(failed: &Failed, short: bool, results: &mut impl Results) -> Result<(), Refused> {
    const FEW_AGAIN: &str = "few-fail-again";
    const MANY_FAIL: &str = "many-fail";
    let findings = [(FEW_AGAIN, &failed.few), ("several-fail-again", &failed.some), (MANY_FAIL, &failed.many)];
    if !failed.known {
        return findings.iter().try_for_each(|(finding, _)| results.unknown(finding, QUEUE));
    }
    // A finding that holds names the queue, and shares its group with all that is said of the same queue; one that does not hold names
    // nothing, or it would contradict them.
    let mut held = false;
    for (finding, queues) in findings.into_iter().filter(|(_, queues)| !queues.is_empty()) {
        held = true;
        // Where resources are short that is what meets them all, and is said instead.
        if !short {
            results.present(finding, queues)?;
        }
    }
    if held {
        return Ok(());
    }
    results.absent(MANY_FAIL, &[])?;
    // Without an age nobody can tell whether they have failed once or again; within the hour they have failed once.
    if failed.aged { results.absent(FEW_AGAIN, &[]) } else { results.unknown(FEW_AGAIN, QUEUE) }
}

/// Messages fail, and the server is short of something.
fn resources(failed: &Failed, short: &shortage::Shortage, results: &mut impl Results) -> Result<(), Refused> {
    const FINDING: &str = "fails-while-resources-are-short";
    if let (Some(queue), Some(word)) = (failed.waiting.first(), short.word()) {
        results.derive("resources.short-of", *queue, Value::Text(word.to_owned()), &failed.waiting)?;
    }
    match (failed.known, failed.waiting.is_empty(), short.is_present()) {
        (false, ..) => results.unknown(FINDING, QUEUE),
        // An empty queue has nothing to explain: resources that are short may show elsewhere.
        (true, true, _) => Ok(()),
        (true, false, true) => {
            // Counters and events that show the shortage stand as findings of their own; this one stays in the group of the queue.
            let because: Vec<FactId> = failed.waiting.iter().copied().chain(short.resource()).collect();
            results.present(FINDING, &because)
        }
        (true, false, false) if short.is_known() => results.absent(FINDING, &[]),
        (true, false, false) => results.unknown(FINDING, &["resource memory", "resource disk", "resource cpu"]),
    }
}

/// Messages fail, and a program that hooks into the transport reports errors.
fn hooks(facts: &impl Facts, failed: &Failed, results: &mut impl Results) -> Result<(), Refused> {
    const FINDING: &str = "hook-fails-beside-queue";
    let events = HOOKS.iter().flat_map(|(source, numbers)| facts.events(source, numbers));
    let events: Vec<FactId> = events.filter(|event| event.level != "information").map(|event| event.id).take(NAMED).collect();
    match (failed.known, failed.waiting.is_empty(), events.is_empty()) {
        (false, ..) => results.unknown(FINDING, QUEUE),
        // An empty queue has nothing to explain: such a program may do its harm elsewhere.
        (true, true, _) => Ok(()),
        (true, false, false) => {
            let because: Vec<FactId> = events.into_iter().chain(failed.waiting.iter().copied()).collect();
            results.present(FINDING, &because)
        }
        (true, false, true) if facts.listed("event *").is_known() => results.absent(FINDING, &[]),
        (true, false, true) => results.unknown(FINDING, &["event MSExchangeTransport *"]),
    }
}

/// Messages that are never processed again, in numbers.
fn set_aside(facts: &impl Facts, queues: &[Queue], results: &mut impl Results) -> Result<(), Refused> {
    const FINDING: &str = "set-aside-in-numbers";
    let counted = queues.iter().any(|queue| queue.length().is_some());
    let grows = |queue: &Queue| trend(&facts.samples(queue.id)) == Some(Trend::Growing);
    let many = queues.iter().filter(|queue| queue.length().is_some_and(|length| length >= ASIDE || length > 1.0 && grows(queue)));
    let many: Vec<FactId> = many.map(|queue| queue.id).take(NAMED).collect();
    match (many.is_empty(), counted) {
        (false, _) => results.present(FINDING, &many),
        (true, true) => results.absent(FINDING, &[]),
        (true, false) => results.unknown(FINDING, QUEUE),
    }
}
