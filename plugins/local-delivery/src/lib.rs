//! The local delivery queue: a store or delivery agent that refuses, loops, or is too slow (seed Q1).
//!
//! The text of an error names the step that failed. This plugin adds what the text cannot: whether all mailboxes are concerned or one,
//! one database of several, whether the queue grows although nothing is refused, and whether messages come back.

use mailmedic_plugin_sdk::known::contains_any;
use mailmedic_plugin_sdk::series::{Trend, messages_per_hour, trend};
use mailmedic_plugin_sdk::spread::share;
use mailmedic_plugin_sdk::{FactId, Facts, Outcome, Queue, Refused, Results, Service, Stage, Value, all_outcomes};

#[cfg(target_family = "wasm")]
mod component;
mod loops;

/// Share up to which failures concern single mailboxes.
const FEW: f64 = 0.5;
/// Below this share failures are an ordinary day.
const ORDINARY: f64 = 0.02;
/// Queues whose trend is derived. The host drops a plugin that derives without end, and a rule reads the first few.
const DERIVED: usize = 100;
/// Services that take local mail, by platform.
const STORES: [&str; 3] = ["MSExchangeIS", "MSExchangeDelivery", "dovecot"];
/// Counters of a store that waits, each with the value above which it does.
const SLOW: [(&str, f64); 5] = [
    ("rpc averaged latency", 50.0),
    ("rpc requests", 30.0),
    ("client out queue length", 50.0),
    ("store out queue length", 50.0),
    ("log record stalls", 10.0),
];
/// Replies of a store or disk under load, as far as they name no other fault.
const WAITING: [&str; 5] = ["throttling limit exceeded", "thread limit exceeded", "timed out while sending", "too busy", "unable to lock"];

/// Examines local delivery.
///
/// # Errors
///
/// [`Refused`], when the host does not take a result.
pub fn examine(facts: &impl Facts, results: &mut impl Results) -> Result<(), Refused> {
    let queues = facts.queues(Stage::LocalDelivery);
    let outcomes = all_outcomes(facts, Stage::LocalDelivery);
    loops::examine(facts, results)?;
    let refused = refusals(facts, &outcomes, results)?;
    databases(&queues, results)?;
    growth(facts, &queues, refused, results)
}

fn fails(outcome: &Outcome) -> bool {
    outcome.status != "sent" && !outcome.healed
}

/// An address that does not exist is the sender's fault and says nothing about delivery.
fn concerns_delivery(outcome: &Outcome) -> bool {
    const UNKNOWN: [&str; 4] = ["user unknown", "unknown user", "no such user", "unknown recipient"];
    !contains_any(&outcome.template, &UNKNOWN) && outcome.code.as_deref() != Some("5.1.1")
}

/// Whether every delivery fails or a few do. Returns whether any does.
fn refusals(facts: &impl Facts, outcomes: &[Outcome], results: &mut impl Results) -> Result<bool, Refused> {
    const FINDINGS: [&str; 3] = ["every-local-delivery-fails", "some-mailboxes-fail", "store-is-busy"];
    let complete = facts.listed("outcome * local-delivery").is_known();
    let (mut failing, mut busy, mut delivered) = (Vec::new(), Vec::new(), Vec::new());
    let (mut failed, mut all, mut waiting) = (0, 0, 0);
    for outcome in outcomes.iter().filter(|outcome| concerns_delivery(outcome)) {
        all += outcome.messages;
        if !fails(outcome) {
            delivered.push(outcome.id);
        } else {
            failed += outcome.messages;
            failing.push(outcome);
            if contains_any(&outcome.template, &WAITING) {
                waiting += outcome.messages;
                busy.push(outcome.id);
            }
        }
    }
    delivered.truncate(5);
    busy.truncate(5);
    if failing.is_empty() {
        let judged = !delivered.is_empty() || complete;
        for finding in FINDINGS {
            if judged { results.absent(finding, &delivered)? } else { results.unknown(finding, &["outcome * local-delivery"])? }
        }
        return Ok(false);
    }
    let because: Vec<FactId> = failing.iter().map(|outcome| outcome.id).take(5).collect();
    // `failing` is not empty, so there is a first.
    let about = because.first().copied().unwrap_or_default();
    let part = share(failed, all);
    if complete || !delivered.is_empty() {
        results.derive("failing.share", about, Value::Number(part), &because)?;
    }
    let scope = |scope: &str| Value::Text(scope.to_owned());
    let [every, some, store] = FINDINGS;
    if complete && delivered.is_empty() || broke(outcomes) {
        results.derive("failing.scope", about, scope("everything"), &because)?;
        results.present(every, &because)?;
        results.absent(some, &because)?;
    } else if !delivered.is_empty() {
        results.absent(every, &delivered)?;
        if (ORDINARY..=FEW).contains(&part) {
            results.derive("failing.scope", about, scope("one-destination"), &because)?;
            results.present(some, &because)?;
        } else {
            results.absent(some, &delivered)?;
        }
    } else {
        // A list of what waits does not show what was delivered.
        results.unknown(every, &["outcome * local-delivery"])?;
        results.unknown(some, &["outcome * local-delivery"])?;
    }
    if share(waiting, all) >= ORDINARY {
        results.present(store, &busy)?
    } else {
        results.absent(store, &delivered)?
    }
    Ok(true)
}

/// Says whether, since the last delivery, at least three outcomes began to fail and none succeeded.
fn broke(outcomes: &[Outcome]) -> bool {
    let Some(last) = outcomes.iter().filter(|outcome| !fails(outcome)).map(|outcome| outcome.last).max() else { return false };
    let since = outcomes.iter().filter(|outcome| fails(outcome) && concerns_delivery(outcome) && outcome.first > last);
    since.map(|outcome| outcome.messages).sum::<u64>() >= 3
}

/// Since Exchange 2013 each database has a queue of its own: one that fails beside others that do not is that database.
fn databases(queues: &[Queue], results: &mut impl Results) -> Result<(), Refused> {
    const FINDINGS: [&str; 2] = ["one-database-fails", "every-database-fails"];
    let failing: Vec<FactId> = queues.iter().filter(|queue| queue.retries() || queue.error().is_some()).map(|queue| queue.id).collect();
    let well: Vec<FactId> = queues.iter().filter(|queue| !failing.contains(&queue.id)).map(|queue| queue.id).collect();
    let first = |ids: &[FactId]| ids.iter().copied().take(5).collect::<Vec<_>>();
    let [one, every] = FINDINGS;
    match (failing.len(), well.len()) {
        (0, 0) => FINDINGS.iter().try_for_each(|finding| results.unknown(finding, &["queue * local-delivery"])),
        (0, _) => FINDINGS.iter().try_for_each(|finding| results.absent(finding, &first(&well))),
        // One queue alone does not tell which of both it is.
        (1, 0) => FINDINGS.iter().try_for_each(|finding| results.unknown(finding, &["queue * local-delivery"])),
        (_, 0) => {
            results.absent(one, &first(&failing))?;
            results.present(every, &first(&failing))
        }
        (count, others) => {
            results.absent(every, &first(&well))?;
            if count <= others { results.present(one, &first(&failing)) } else { results.absent(one, &first(&failing)) }
        }
    }
}

/// A queue that grows although nothing is refused: the store is down, or too slow.
fn growth(facts: &impl Facts, queues: &[Queue], refused: bool, results: &mut impl Results) -> Result<(), Refused> {
    let (slow, stopped, peaks) = ("grows-while-store-runs", "waits-for-stopped-store", "peaks-and-drains");
    let (mut growing, mut waiting, mut peaking, mut others) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut errors = refused;
    for queue in queues {
        let samples = facts.samples(queue.id);
        errors |= queue.error().is_some();
        if queue.length().is_some_and(|length| length > 0.0) {
            waiting.push(queue.id);
        }
        let Some(trend) = trend(&samples) else { continue };
        if growing.len() + peaking.len() + others.len() < DERIVED {
            results.derive("queue.trend", queue.id, Value::Text(trend.word().to_owned()), &[queue.id])?;
            if let Some(rate) = messages_per_hour(&samples) {
                results.derive("queue.growth", queue.id, Value::Number(rate), &[queue.id])?;
            }
        }
        match trend {
            Trend::Growing | Trend::Stuck => growing.push(queue.id),
            Trend::Peaking => peaking.push(queue.id),
            _ => others.push(queue.id),
        }
    }
    for list in [&mut growing, &mut peaking, &mut others] {
        list.truncate(5);
    }
    let services: Vec<Service> = STORES.iter().flat_map(|name| facts.services(name)).collect();
    let down = services.iter().find(|service| matches!(service.state.as_str(), "stopped" | "missing" | "paused"));
    let up = services.iter().find(|service| service.state == "running");
    let counters = facts.counters("*");
    let exceeded = counters.iter().find(|counter| {
        let limit = SLOW.iter().find(|(name, _)| contains_any(&counter.name, &[name])).map(|(_, limit)| *limit);
        limit.zip(counter.value.get()).is_some_and(|(limit, value)| value > limit)
    });

    let trends = !(growing.is_empty() && peaking.is_empty() && others.is_empty());
    let mut because = growing.clone();
    because.extend(up.map(|service| service.id));
    because.extend(exceeded.map(|counter| counter.id));
    // Growth needs a witness: a store that is known to run, or a counter that shows it waiting.
    if !growing.is_empty() && down.is_none() && !errors && (up.is_some() || exceeded.is_some()) {
        results.present(slow, &because)?;
    } else if !growing.is_empty() && down.is_none() && !errors {
        results.unknown(slow, &["service msexchangeis", "counter *"])?;
    } else if trends {
        results.absent(slow, if others.is_empty() { &because } else { &others })?;
    } else {
        results.unknown(slow, &["queue * local-delivery"])?;
    }

    match (down, waiting.first()) {
        (Some(service), Some(queue)) => results.present(stopped, &[service.id, *queue])?,
        (Some(service), None) => results.absent(stopped, &[service.id])?,
        (None, _) if up.is_some() => results.absent(stopped, &up.map(|service| vec![service.id]).unwrap_or_default())?,
        (None, _) => results.unknown(stopped, &["service msexchangeis"])?,
    }
    match (peaking.is_empty(), trends) {
        (false, _) => results.present(peaks, &peaking),
        (true, true) => results.absent(peaks, if others.is_empty() { &growing } else { &others }),
        (true, false) => results.unknown(peaks, &["queue * local-delivery"]),
    }
}
