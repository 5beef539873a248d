//! The queue of messages that await directory lookup, and what stands for it elsewhere: recipients that are not resolved (seed Q2).
//!
//! A single event or text is found without a plugin. This one reads what takes more: the table of domain controllers, keys that
//! inherit from each other, events that mean something only together, and a queue's length over time beside the errors that are not there.

use mailmedic_plugin_sdk::known::contains_any;
use mailmedic_plugin_sdk::series::{Trend, messages_per_hour, trend};
use mailmedic_plugin_sdk::{Event, FactId, Facts, Outcome, Queue, Refused, Results, Stage, Value, all_outcomes};

mod catalog;
#[cfg(target_family = "wasm")]
mod component;
mod metabase;
mod tables;

/// Names of the information store's service.
const STORE: &str = "MSExchangeIS";
/// Above this many milliseconds an LDAP search is slow; spikes of twice that are usual.
const SLOW_SEARCH: f64 = 100.0;
/// Abandoned searches that are no chance.
const ABANDONED: u32 = 3;
/// From so many messages on, a conversion that fails is not the fault of one message.
const MANY: u64 = 3;

/// Queues whose trend is derived. The host drops a plugin that derives without end, and a rule reads the first few.
const DERIVED: usize = 100;

/// Examines directory lookup.
///
/// # Errors
///
/// [`Refused`], when the host does not take a result.
pub fn examine(facts: &impl Facts, results: &mut impl Results) -> Result<(), Refused> {
    let queues = facts.queues(Stage::DirectoryLookup);
    let outcomes = all_outcomes(facts, Stage::DirectoryLookup);
    metabase::examine(facts, results)?;
    catalog::examine(facts, results)?;
    tables::examine(facts, &outcomes, results)?;
    let silent = silence(facts, results)?;
    let errors = journal(facts, results)?;
    slowness(facts, silent, results)?;
    conversion(facts, &outcomes, results)?;
    queue(facts, &queues, silent || errors || outcomes.iter().any(is_failure), results)
}

fn is_failure(outcome: &Outcome) -> bool {
    outcome.status != "sent" && !outcome.healed
}

fn topology(facts: &impl Facts, numbers: &[u32]) -> Vec<Event> {
    catalog::SOURCES.iter().flat_map(|source| facts.events(source, numbers)).collect()
}

fn ids(events: &[Event]) -> Vec<FactId> {
    events.iter().map(|event| event.id).take(5).collect()
}

/// Whether catalogs alone are silent, or the domain controllers too. Returns whether anything is.
fn silence(facts: &impl Facts, results: &mut impl Results) -> Result<bool, Refused> {
    let controllers = topology(facts, &[2102, 2104]);
    let catalogs = topology(facts, &[2103]);
    let known = !topology(facts, &[]).is_empty() || facts.listed("event MSExchangeDSAccess *").is_known();
    let (whole, only) = ("whole-directory-is-silent", "only-catalogs-are-silent");
    match (controllers.is_empty(), catalogs.is_empty()) {
        (false, _) => {
            let mut because = ids(&controllers);
            because.extend(ids(&catalogs));
            results.present(whole, &because)?;
            results.absent(only, &because)?;
        }
        (true, false) => {
            results.present(only, &ids(&catalogs))?;
            results.absent(whole, &ids(&catalogs))?;
        }
        (true, true) if known => {
            results.absent(whole, &[])?;
            results.absent(only, &[])?;
        }
        (true, true) => {
            results.unknown(whole, &["event MSExchangeDSAccess *"])?;
            results.unknown(only, &["event MSExchangeDSAccess *"])?;
        }
    }
    Ok(!controllers.is_empty() || !catalogs.is_empty())
}

/// Errors of the categorizer that name their cause only in pairs. Returns whether the categorizer reports errors at all.
fn journal(facts: &impl Facts, results: &mut impl Results) -> Result<bool, Refused> {
    const ERRORS: [u32; 6] = [6004, 6006, 6008, 9003, 9004, 9035];
    let events = facts.events("MSExchangeTransport", &ERRORS);
    let of = |number: u32| events.iter().find(|event| event.number == number).map(|event| event.id);
    let pair = of(9035).zip(of(6004)).or(of(9004).zip(of(9003)));
    let store = facts.services(STORE);
    let stopped = store.iter().find(|service| matches!(service.state.as_str(), "stopped" | "missing"));
    let (journal, down) = ("journal-recipient-gone", "store-stopped-behind-categorizer");
    match (of(9004), stopped) {
        (Some(error), Some(service)) => results.present(down, &[service.id, error])?,
        _ if store.is_empty() => results.unknown(down, &["service msexchangeis"])?,
        (None, Some(_)) => results.unknown(down, &["event MSExchangeTransport *"])?,
        (_, None) => results.absent(down, &store.iter().map(|service| service.id).take(1).collect::<Vec<_>>())?,
    }
    let looked = !events.is_empty() || facts.listed("event MSExchangeTransport *").is_known();
    match pair {
        // With the store stopped both errors follow from that.
        Some((one, other)) if stopped.is_none() => results.present(journal, &[one, other])?,
        Some((one, other)) => results.absent(journal, &[one, other])?,
        None if looked => results.absent(journal, &ids(&events))?,
        None => results.unknown(journal, &["event MSExchangeTransport *"])?,
    }
    Ok(!events.is_empty())
}

/// Lookups that work and take too long. Where the directory is silent that is another matter.
fn slowness(facts: &impl Facts, silent: bool, results: &mut impl Results) -> Result<(), Refused> {
    let abandoned = topology(facts, &[2389]);
    let often = abandoned.iter().map(|event| event.count.max(1)).sum::<u32>() >= ABANDONED;
    let searches: Vec<_> = facts.counters("*").into_iter().filter(|counter| contains_any(&counter.name, &["ldap search time"])).collect();
    let slow = searches.iter().find(|counter| counter.value.get().is_some_and(|value| value >= SLOW_SEARCH));
    let mut because: Vec<FactId> = slow.iter().map(|counter| counter.id).collect();
    if often {
        because.extend(ids(&abandoned));
    }
    if !because.is_empty() && !silent {
        return results.present("lookups-are-slow", &because);
    }
    if searches.is_empty() && abandoned.is_empty() {
        return results.unknown("lookups-are-slow", &["counter MSExchangeDSAccess Processes: LDAP Search Time"]);
    }
    results.absent("lookups-are-slow", &searches.iter().map(|counter| counter.id).take(5).collect::<Vec<_>>())
}

/// Content conversion that fails: for one message it is that message, for many it is the converter.
fn conversion(facts: &impl Facts, outcomes: &[Outcome], results: &mut impl Results) -> Result<(), Refused> {
    const WORDS: [&str; 5] = ["content conversion", "conversion failed", "conversion failure", "cannot be converted", "failed to convert"];
    let fails = |outcome: &&Outcome| is_failure(outcome) && contains_any(&outcome.template, &WORDS);
    let failed: Vec<&Outcome> = outcomes.iter().filter(fails).collect();
    let events = facts.events("MSExchangeIS", &[12002, 12800]);
    let events: Vec<Event> = events.into_iter().filter(|event| event.level != "information").collect();
    let messages =
        failed.iter().map(|outcome| outcome.messages).sum::<u64>() + events.iter().map(|event| u64::from(event.count.max(1))).sum::<u64>();
    let mut because: Vec<FactId> = failed.iter().map(|outcome| outcome.id).take(3).collect();
    because.extend(ids(&events));
    let (many, one) = ("conversion-fails-for-many", "conversion-fails-for-one");
    if messages == 0 {
        if outcomes.is_empty() {
            results.unknown(many, &["outcome * directory-lookup"])?;
            return results.unknown(one, &["outcome * directory-lookup"]);
        }
        results.absent(many, &[])?;
        return results.absent(one, &[]);
    }
    let (present, absent) = if messages >= MANY { (many, one) } else { (one, many) };
    results.present(present, &because)?;
    results.absent(absent, &because)
}

/// What the queue does over time, judged together with the errors that are there or not.
fn queue(facts: &impl Facts, queues: &[Queue], errors: bool, results: &mut impl Results) -> Result<(), Refused> {
    let (mut growing, mut peaking, mut standing, mut others) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let in_progress = facts.counters("*").into_iter().find(|counter| contains_any(&counter.name, &["categorizations in progress"]));
    let idle = in_progress.as_ref().is_some_and(|counter| counter.value.get() == Some(0.0));
    let mut shown = in_progress.is_some();
    for queue in queues {
        let samples = facts.samples(queue.id);
        let trend = trend(&samples);
        if let Some(trend) = trend {
            shown = true;
            if growing.len() + peaking.len() + standing.len() + others.len() < DERIVED {
                results.derive("queue.trend", queue.id, Value::Text(trend.word().to_owned()), &[queue.id])?;
                if let Some(rate) = messages_per_hour(&samples) {
                    results.derive("queue.growth", queue.id, Value::Number(rate), &[queue.id])?;
                }
            }
        }
        let waiting = queue.length().is_some_and(|length| length > 0.0);
        match trend {
            Some(Trend::Stuck) if waiting => standing.push(queue.id),
            _ if waiting && idle => standing.push(queue.id),
            Some(Trend::Growing) => growing.push(queue.id),
            Some(Trend::Peaking) => peaking.push(queue.id),
            _ => others.push(queue.id),
        }
    }
    for list in [&mut growing, &mut peaking, &mut others] {
        list.truncate(5);
    }
    let missing = &["queue * directory-lookup"];
    let mut judge = |finding: &str, holds: bool, because: &[FactId]| {
        if holds && !because.is_empty() {
            results.present(finding, because)
        } else if shown && !queues.is_empty() {
            results.absent(finding, &others)
        } else {
            results.unknown(finding, missing)
        }
    };
    judge("grows-while-lookups-succeed", !errors, &growing)?;
    judge("peaks-and-drains", true, &peaking)?;
    let counter = in_progress.filter(|_| idle).map(|counter| counter.id);
    let because: Vec<FactId> = standing.iter().copied().take(4).chain(counter).collect();
    judge("categorizer-stands-still", !standing.is_empty(), &because)
}
