//! The pre-submission queue: lasting overload, or peaks (seed Q6).
//!
//! Its length at one moment says neither. What tells them apart is the series: a queue that becomes longer throughout is never worked
//! off, one that fills and empties again is worked off between the peaks. Which resource is short explains a growth; a growth on an
//! idle machine is no overload at all: something holds the messages.

use mailmedic_plugin_sdk::series::{Trend, messages_per_hour, trend};
use mailmedic_plugin_sdk::{FactId, Facts, Queue, Refused, Results, Sample, Stage, Value};

#[cfg(target_family = "wasm")]
mod component;
mod load;
mod rates;

use load::{Load, Short};
use rates::Rates;

/// Messages below which growth or peaks are an ordinary day.
const MANY: u64 = 20;
/// Messages below which a queue that stands still is an ordinary day.
const FEW: u64 = 5;
/// A queue that does not move for so many seconds stands still; a shorter look may have missed what went through.
const STILL: i64 = 1800;
/// Peaks before a queue counts as one that fills again and again.
const RECUR: u32 = 2;
/// Queues of which the trend is derived, and queues that one finding names; more would not be read.
const NAMED: usize = 5;
/// What would have to be known about the queue.
const SERIES: &[&str] = &["queue * submission"];

/// What the queues do over time, sorted.
#[derive(Default)]
struct Shapes {
    growing: Vec<FactId>,
    still: Vec<FactId>,
    peaking: Vec<FactId>,
    /// Whether a queue rose and fell at least once.
    peaked: bool,
    /// Whether the series of a queue shows none of these.
    calm: bool,
}

impl Shapes {
    fn known(&self) -> bool {
        self.calm || !(self.growing.is_empty() && self.still.is_empty() && self.peaking.is_empty())
    }
}

/// Examines the queue of what was accepted and not processed yet.
///
/// # Errors
///
/// [`Refused`], when the host does not take a result.
pub fn examine(facts: &impl Facts, results: &mut impl Results) -> Result<(), Refused> {
    let queues = facts.queues(Stage::Submission);
    let shapes = shapes(facts, &queues, results)?;
    let load = Load::read(facts);
    growth(&shapes, &load, results)?;
    judge("stands-still", &shapes.still, shapes.known(), SERIES, results)?;
    // One peak says neither that more follow nor that none does.
    judge("peaks-recur", &shapes.peaking, shapes.known() && !shapes.peaked, SERIES, results)?;
    flow(facts, &queues, &shapes, results)
}

/// Reports a finding about queues: it holds for these, or for none of those that are known.
///
/// Nothing is named as the reason of an absence: the same queue is the reason of what is present, and the two would contradict.
fn judge(finding: &str, holds: &[FactId], known: bool, missing: &[&str], results: &mut impl Results) -> Result<(), Refused> {
    match (holds.is_empty(), known) {
        (false, _) => results.present(finding, holds),
        (true, true) => results.absent(finding, &[]),
        (true, false) => results.unknown(finding, missing),
    }
}

fn shapes(facts: &impl Facts, queues: &[Queue], results: &mut impl Results) -> Result<Shapes, Refused> {
    let mut shapes = Shapes::default();
    let mut derived = 0;
    for queue in queues {
        let samples = facts.samples(queue.id);
        let Some(trend) = trend(&samples) else { continue };
        let peaks = peaks(&samples);
        if derived < NAMED {
            derived += 1;
            results.derive("queue.trend", queue.id, Value::Text(trend.word().to_owned()), &[queue.id])?;
            results.derive("queue.peaks", queue.id, Value::Number(f64::from(peaks)), &[queue.id])?;
            if let Some(rate) = messages_per_hour(&samples) {
                results.derive("queue.growth", queue.id, Value::Number(rate), &[queue.id])?;
            }
        }
        let last = samples.last().map_or(0, |sample| sample.messages);
        let highest = samples.iter().map(|sample| sample.messages).max().unwrap_or(0);
        shapes.peaked |= peaks >= 1 && highest >= MANY;
        let list = match trend {
            Trend::Growing if last >= MANY => &mut shapes.growing,
            Trend::Stuck if last >= FEW && lasts(&samples) >= STILL => &mut shapes.still,
            Trend::Peaking | Trend::Flapping if highest >= MANY && peaks >= RECUR => &mut shapes.peaking,
            _ => {
                shapes.calm = true;
                continue;
            }
        };
        if list.len() < NAMED {
            list.push(queue.id);
        }
    }
    Ok(shapes)
}

/// Returns the seconds from the first sample to the last.
fn lasts(samples: &[Sample]) -> i64 {
    let ends = samples.first().zip(samples.last());
    ends.map_or(0, |(first, last)| last.at.saturating_sub(first.at))
}

/// Counts the times that a queue rises above half of its greatest length and falls below a quarter of it again.
fn peaks(samples: &[Sample]) -> u32 {
    let highest = samples.iter().map(|sample| sample.messages).max().unwrap_or(0);
    let (mut up, mut peaks) = (false, 0);
    for sample in samples {
        if !up && highest > 0 && sample.messages >= highest.div_ceil(2) {
            up = true;
        } else if up && sample.messages <= highest / 4 {
            (up, peaks) = (false, peaks + 1);
        }
    }
    peaks
}

/// A queue that grows throughout, and which resource explains it.
fn growth(shapes: &Shapes, load: &Load, results: &mut impl Results) -> Result<(), Refused> {
    const PLAIN: &str = "keeps-growing";
    const IDLE: &str = "grows-while-idle";
    // The finding names the queue and the resource as its reasons, and the counters and events that show a shortage not: they stand as
    // findings of their own beside it, and by the first of the reasons this finding shares its group with what else is said of the queue.
    let first = Short::ALL.into_iter().find(|short| load.is_short(*short));
    if shapes.growing.is_empty() {
        // Where nothing grows there is nothing to explain: a shortage is not ruled out by that.
        return judge(PLAIN, &[], shapes.known(), SERIES, results);
    }
    for short in Short::ALL {
        let finding = short.finding();
        if load.is_short(short) {
            let because: Vec<FactId> = shapes.growing.iter().copied().chain(load.resource(short)).collect();
            results.present(finding, &because)?;
        } else {
            judge(finding, &[], load.is_known(short), short.missing(), results)?;
        }
    }
    if let (Some(queue), Some(short)) = (shapes.growing.first(), first) {
        results.derive("growth.explained-by", *queue, Value::Text(short.word().to_owned()), &shapes.growing)?;
    }
    match (first, load.is_idle()) {
        // What explains the growth says it better.
        (Some(_), _) => results.absent(IDLE, &[]),
        (None, true) => results.present(IDLE, &shapes.growing),
        (None, false) => {
            results.present(PLAIN, &shapes.growing)?;
            results.unknown(IDLE, &["resource cpu", "resource memory"])
        }
    }
}

/// How fast messages come and go, where counters say so. A series says it better: then this is only derived.
fn flow(facts: &impl Facts, queues: &[Queue], shapes: &Shapes, results: &mut impl Results) -> Result<(), Refused> {
    const FINDING: &str = "arrivals-exceed-service";
    const MISSING: &[&str] = &["counter MSExchangeTransport Queues: Messages Submitted Per Second"];
    let Some(rates) = Rates::read(facts) else { return results.unknown(FINDING, MISSING) };
    for (name, value) in [("rate.arrival", Some(rates.arrival)), ("rate.service", Some(rates.service)), ("rate.load", rates.load())] {
        // The host drops all that a plugin says for one number that is none.
        if let Some(value) = value.filter(|value| value.is_finite()) {
            results.derive(name, rates.about, Value::Number(value), &rates.because)?;
        }
    }
    if shapes.known() {
        return Ok(());
    }
    let full: Vec<FactId> = queues
        .iter()
        .filter(|queue| queue.length().is_some_and(|length| length >= MANY as f64))
        .map(|queue| queue.id)
        .take(NAMED)
        .collect();
    judge(FINDING, if rates.exceed() { &full } else { &[] }, true, MISSING, results)
}
