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
    let shaped = ids(queues, &|queue| queue.trend.is_some() || queue.queue.length() == Some(0.0));
    if let Some(queue) = queues.iter().find(|queue| piles(queue) && queue.onset.is_some()) {
        let word = queue.onset.map(Onset::word).unwrap_or_default();
        results.derive("backlog.onset", queue.queue.id, Value::Text(word.to_owned()), &[queue.queue.id])?;
    }
    let lasts = ids(queues, &|queue| piles(queue) && !sudden(queue));
    let rises = ids(queues, &sudden);
    let peaking = ids(queues, &|queue| queue.trend == Some(Trend::Peaking) && !piles(queue));
    for (finding, found) in [(suddenly, &rises), (long, &lasts), (peaks, &peaking)] {
        match (found.is_empty(), stopped) {
            (false, Some(service)) if finding != peaks => results.absent(finding, &[service.id])?,
            (false, _) => results.present(finding, found)?,
            (true, _) if !shaped.is_empty() => results.absent(finding, &shaped)?,
            (true, _) => results.unknown(finding, &["queue * routing"])?,
        }
    }
    Ok(())
}
