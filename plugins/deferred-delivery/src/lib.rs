//! Messages queued for deferred delivery: their time has not come, or they are stuck (seed Q9).
//!
//! The queue is there for waiting, so waiting alone is no fault. A schedule shows in messages that leave when they are due; a fault in
//! messages that are older than any schedule, in a queue that only grows, or in another witness: a mailbox that was being moved, an
//! account without master account SID, a message that cannot be read, a recipient that is not valid.

use mailmedic_plugin_sdk::series::{Trend, messages_per_hour, trend};
use mailmedic_plugin_sdk::{FactId, Facts, Refused, Results, Stage, Value};

#[cfg(target_family = "wasm")]
mod component;
mod witness;

use witness::{Reason, Witnesses};

/// Seconds beyond which hardly anybody defers a message: a week.
const OLD: f64 = 7.0 * 24.0 * 3600.0;
/// A queue of so many messages that only becomes longer holds what comes round again and again.
const MANY: u64 = 50;
/// Queues named by one finding, and queues of which facts are derived.
const NAMED: usize = 5;
/// What would have to be known about the queue.
const QUEUE: &[&str] = &["queue * deferred-delivery"];

/// The queues of deferred messages, sorted.
#[derive(Default)]
struct Deferred {
    known: bool,
    /// Whether a queue has a series, and whether the age of one is known.
    series: bool,
    aged: bool,
    waiting: Vec<FactId>,
    leaving: Vec<FactId>,
    growing: Vec<FactId>,
    old: Vec<FactId>,
    errors: Vec<(FactId, String)>,
}

/// Examines deferred messages.
///
/// # Errors
///
/// [`Refused`], when the host does not take a result.
pub fn examine(facts: &impl Facts, results: &mut impl Results) -> Result<(), Refused> {
    let deferred = deferred(facts, results)?;
    shape(&deferred, results)?;
    let witnesses = Witnesses::read(facts, &deferred.errors);
    reasons(&deferred, &witnesses, results)
}

fn deferred(facts: &impl Facts, results: &mut impl Results) -> Result<Deferred, Refused> {
    let mut deferred = Deferred::default();
    let mut derived = 0;
    for queue in facts.queues(Stage::DeferredDelivery) {
        let samples = facts.samples(queue.id);
        let trend = trend(&samples);
        let last = samples.last().map(|sample| sample.messages);
        let Some(length) = queue.length().or(last.map(|last| last as f64)) else { continue };
        deferred.known = true;
        deferred.series |= trend.is_some();
        let age = queue.oldest.get().filter(|age| *age >= 0.0);
        deferred.aged |= age.is_some();
        if let (Some(trend), true) = (trend, derived < NAMED) {
            derived += 1;
            results.derive("queue.trend", queue.id, Value::Text(trend.word().to_owned()), &[queue.id])?;
            if let Some(rate) = messages_per_hour(&samples) {
                results.derive("queue.growth", queue.id, Value::Number(rate), &[queue.id])?;
            }
        }
        let old = age.is_some_and(|age| age > OLD);
        if deferred.leaving.len() < NAMED && matches!(trend, Some(Trend::Draining | Trend::Peaking | Trend::Flapping)) && !old {
            deferred.leaving.push(queue.id);
        }
        if length <= 0.0 || deferred.waiting.len() >= NAMED {
            continue;
        }
        deferred.waiting.push(queue.id);
        if trend == Some(Trend::Growing) && last.is_some_and(|last| last >= MANY) {
            deferred.growing.push(queue.id);
        }
        if old {
            deferred.old.push(queue.id);
        }
        if let Some(error) = queue.error() {
            deferred.errors.push((queue.id, error.to_owned()));
        }
    }
    Ok(deferred)
}

/// What age and series say: a schedule that is kept, or messages that stay.
fn shape(deferred: &Deferred, results: &mut impl Results) -> Result<(), Refused> {
    // A finding that holds names the queue, and shares its group with all that is said of the same queue; one that does not hold names
    // nothing, or it would contradict them.
    let findings = [
        // A look too short to see any leave rules no schedule out.
        ("leave-when-due", &deferred.leaving, !deferred.growing.is_empty()),
        ("only-grows", &deferred.growing, deferred.series),
        ("older-than-any-schedule", &deferred.old, deferred.aged),
    ];
    for (finding, queues, known) in findings {
        match (queues.is_empty(), known || deferred.known && deferred.waiting.is_empty()) {
            (false, _) => results.present(finding, queues)?,
            (true, true) => results.absent(finding, &[])?,
            (true, false) => results.unknown(finding, QUEUE)?,
        }
    }
    Ok(())
}

/// Messages wait, and something else says why they cannot be delivered.
fn reasons(deferred: &Deferred, witnesses: &Witnesses, results: &mut impl Results) -> Result<(), Refused> {
    for reason in Reason::ALL {
        let seen = witnesses.of(reason);
        let finding = reason.finding();
        match (deferred.known, deferred.waiting.is_empty(), seen.is_empty()) {
            (false, ..) => results.unknown(finding, QUEUE)?,
            (true, true, _) => results.absent(finding, &[])?,
            (true, false, false) => {
                let queues = deferred.waiting.iter().copied().filter(|queue| !seen.contains(queue));
                let because: Vec<FactId> = seen.iter().copied().chain(queues).take(NAMED).collect();
                results.present(finding, &because)?;
            }
            (true, false, true) if witnesses.complete => results.absent(finding, &[])?,
            (true, false, true) => results.unknown(finding, reason.missing())?,
        }
    }
    if let (Some(queue), Some(reason)) =
        (deferred.waiting.first(), Reason::ALL.into_iter().find(|reason| !witnesses.of(*reason).is_empty()))
    {
        results.derive("deferred.reason", *queue, Value::Text(reason.word().to_owned()), &deferred.waiting)?;
    }
    Ok(())
}
