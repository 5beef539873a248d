//! The queue of messages that wait to be routed, and what stands for it elsewhere: no next hop, or one that leads back (seed Q3).
//!
//! Routing takes milliseconds, so a queue that keeps messages is a fault; this plugin says since when, whether the link states are old,
//! and, where messages go round, whether a whole domain does or one recipient, and between which hosts.

use mailmedic_plugin_sdk::backlog::{Backlog, ids};
use mailmedic_plugin_sdk::series::{Onset, Trend};
use mailmedic_plugin_sdk::{Facts, Refused, Results, Stage, Value};

#[cfg(target_family = "wasm")]
mod component;
mod link;
mod loops;
mod own;
mod round;

/// The service that decides the next hop on Exchange 2000 and 2003.
const ENGINE: &str = "RESvc";

/// Examines routing.
///
/// # Errors
///
/// [`Refused`], when the host does not take a result.
pub fn examine(facts: &impl Facts, results: &mut impl Results) -> Result<(), Refused> {
    let queues = Backlog::read(facts, Stage::Routing);
    Backlog::report(&queues, results)?;
    backlog(facts, &queues, results)?;
    link::examine(facts, &queues, results)?;
    loops::examine(facts, results)?;
    round::examine(facts, results)?;
    own::examine(facts, results)
}

/// What the queue does over time. Where the routing engine is known to be stopped, that is the reason, and a rule says so.
fn backlog(facts: &impl Facts, queues: &[Backlog], results: &mut impl Results) -> Result<(), Refused> {
    const FINDINGS: [&str; 3] = ["backs-up-suddenly", "backs-up-for-long", "peaks-and-drains"];
    let [suddenly, long, peaks] = FINDINGS;
    if queues.is_empty() {
        return Ok(());
    }
    let services = facts.services(ENGINE);
    let stopped = services.iter().find(|service| matches!(service.state.as_str(), "stopped" | "missing" | "paused"));
    let piles = |queue: &Backlog| queue.waits() && queue.piles_up() && !queue.is_held();
    let sudden = |queue: &Backlog| piles(queue) && queue.onset == Some(Onset::Sudden);
    let shaped = queues.iter().any(|queue| queue.trend.is_some() || queue.queue.length() == Some(0.0));
    if let Some(queue) = queues.iter().find(|queue| piles(queue) && queue.onset.is_some()) {
        let word = queue.onset.map(Onset::word).unwrap_or_default();
        results.derive("backlog.onset", queue.queue.id, Value::Text(word.to_owned()), &[queue.queue.id])?;
    }
    let lasts = ids(queues, &|queue| piles(queue) && !sudden(queue));
    let rises = ids(queues, &sudden);
    let peaking = ids(queues, &|queue| queue.trend == Some(Trend::Peaking) && !piles(queue));
    for (finding, found, other) in [(suddenly, &rises, &lasts), (long, &lasts, &rises), (peaks, &peaking, &peaking)] {
        match (found.is_empty(), stopped) {
            // A denial names no fact: what a rule says of the same queue or service is another question.
            (false, Some(_)) if finding != peaks => results.absent(finding, &[])?,
            (false, _) => results.present(finding, found)?,
            // The two ways to back up are one mechanism: where one holds, the other is not its denial.
            (true, None) if !other.is_empty() => {}
            (true, _) if shaped => results.absent(finding, &[])?,
            (true, _) => results.unknown(finding, &["queue * routing"])?,
        }
    }
    Ok(())
}
