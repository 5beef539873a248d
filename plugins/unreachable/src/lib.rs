//! The queue of messages with no reachable destination, and what stands for it elsewhere: no route, or none that can be taken (seed Q5).
//!
//! That messages wait here says that routing found no way, not why. This plugin relates the destinations with the address spaces of the
//! connectors: which serve them, which of these are down or in retry, and whether another one would do.

use mailmedic_plugin_sdk::backlog::{Backlog, ids};
use mailmedic_plugin_sdk::series::Trend;
use mailmedic_plugin_sdk::{Facts, Refused, Results, Stage};

#[cfg(target_family = "wasm")]
mod component;
mod cover;
mod demand;
mod unrouteable;

/// Age of the oldest message, in seconds, from which a queue in retry counts as down for some time. Routing gives a link up after a few
/// attempts, which take minutes.
const SOME_TIME: f64 = 1_800.0;
/// Queues in retry that are looked at; each is compared with every connector.
const RETRYING: usize = 500;

/// Examines what has no route.
///
/// # Errors
///
/// [`Refused`], when the host does not take a result.
pub fn examine(facts: &impl Facts, results: &mut impl Results) -> Result<(), Refused> {
    let stuck = Backlog::read(facts, Stage::Unreachable);
    Backlog::report(&stuck, results)?;
    let mut retrying = facts.queues(Stage::RemoteDelivery);
    retrying.retain(|queue| queue.retries() && queue.oldest.get().is_none_or(|seconds| seconds >= SOME_TIME));
    retrying.truncate(RETRYING);
    cover::examine(facts, &stuck, &retrying, results)?;
    growth(facts, &stuck, results)?;
    unrouteable::examine(facts, results)
}

/// While a route is given up, new messages land here and its own queue stands still (seed Q5.2).
fn growth(facts: &impl Facts, stuck: &[Backlog], results: &mut impl Results) -> Result<(), Refused> {
    const FINDING: &str = "grows-while-retry-stands";
    if stuck.is_empty() {
        return Ok(());
    }
    if stuck.iter().all(|backlog| backlog.trend.is_none()) {
        return results.unknown(FINDING, &["queue * unreachable"]);
    }
    // The shapes of these queues are reported by the plugin of their stage.
    let remote = Backlog::read(facts, Stage::RemoteDelivery);
    let grows = |backlog: &Backlog| backlog.piles_up() && backlog.trend != Some(Trend::Stuck);
    let growing = ids(stuck, &grows);
    let retries = |backlog: &Backlog| backlog.queue.retries() && backlog.waits();
    let stands = ids(&remote, &|backlog| retries(backlog) && backlog.trend.is_some() && !grows(backlog));
    let shown = remote.iter().any(|backlog| retries(backlog) && backlog.trend.is_some());
    match (growing.first(), stands.first()) {
        (Some(queue), Some(retry)) => results.present(FINDING, &[*queue, *retry]),
        (Some(_), None) if !shown => results.unknown(FINDING, &["queue * remote-delivery"]),
        (Some(_), None) => results.absent(FINDING, &growing),
        (None, _) => results.absent(FINDING, &ids(stuck, &|_| true)),
    }
}
