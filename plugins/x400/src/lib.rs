//! The X.400 queues of the message transfer agent: Exchange 5.5 servers, X.400 systems, MAPI clients and gateways (seed X, S5).
//!
//! A queue in retry says that something fails. This plugin adds which part: one neighbour beside others that move, all of them, a
//! message at the head of a queue whose association is open, the agent's database, or the gateway behind it.

use mailmedic_plugin_sdk::backlog::{Backlog, ids};
use mailmedic_plugin_sdk::series::Trend;
use mailmedic_plugin_sdk::{FactId, Facts, Refused, Results, Service, Stage, Value};

#[cfg(target_family = "wasm")]
mod component;
mod events;
mod kind;

use kind::Kind;

/// The service of the message transfer agent.
const AGENT: &str = "MSExchangeMTA";
/// Age of the oldest message, in seconds, from which a queue without an error counts as standing still.
const OLD: f64 = 3_600.0;

/// What is known of the agent's service.
pub(crate) enum Agent {
    /// It runs.
    Runs(FactId),
    /// It is stopped, paused, or not there.
    Stopped(FactId),
    /// Nobody looked.
    Unknown,
}

/// Examines the X.400 queues.
///
/// # Errors
///
/// [`Refused`], when the host does not take a result.
pub fn examine(facts: &impl Facts, results: &mut impl Results) -> Result<(), Refused> {
    let queues = Backlog::read(facts, Stage::X400);
    Backlog::report(&queues, results)?;
    let agent = agent(&facts.services(AGENT));
    counts(&queues, results)?;
    scope(&queues, &agent, results)?;
    head(&queues, &agent, results)?;
    reroute(&queues, results)?;
    gateway(&queues, &agent, results)?;
    events::examine(facts, &queues, &agent, results)
}

fn agent(services: &[Service]) -> Agent {
    for service in services {
        match service.state.as_str() {
            "running" => return Agent::Runs(service.id),
            "stopped" | "paused" | "missing" => return Agent::Stopped(service.id),
            _ => {}
        }
    }
    Agent::Unknown
}

/// Says whether messages wait in a queue and none leaves, as far as its state or series shows.
pub(crate) fn fails(queue: &Backlog) -> bool {
    queue.waits() && !queue.moves() && (queue.queue.retries() || queue.queue.error().is_some() || queue.piles_up())
}

/// How many messages wait, and whose they are.
fn counts(queues: &[Backlog], results: &mut impl Results) -> Result<(), Refused> {
    let waiting: Vec<FactId> = ids(queues, &|queue| queue.waits());
    let Some(first) = waiting.first().copied() else { return Ok(()) };
    let messages: f64 = queues.iter().filter(|queue| queue.waits()).filter_map(|queue| queue.queue.length()).sum();
    results.derive("waiting.messages", first, Value::Number(messages), &waiting)?;
    let mut clients = String::new();
    for kind in [Kind::Exchange55, Kind::Gateway, Kind::LocalServer, Kind::X400] {
        if queues.iter().any(|queue| queue.waits() && Kind::of(&queue.queue.name) == kind) {
            if !clients.is_empty() {
                clients.push_str(", ");
            }
            clients.push_str(kind.word());
        }
    }
    if !clients.is_empty() {
        results.derive("waiting.clients", first, Value::Text(clients), &waiting)?;
    }
    Ok(())
}

/// One neighbour or all of them. The queue for what is routed again belongs to no neighbour, those of gateways to none of the agent's.
fn scope(queues: &[Backlog], agent: &Agent, results: &mut impl Results) -> Result<(), Refused> {
    const FINDINGS: [&str; 4] =
        ["one-neighbour-fails", "one-queue-grows", "every-neighbour-fails", "every-neighbour-fails-beside-running-mta"];
    let [one, grows, every, beside] = FINDINGS;
    let neighbour = |queue: &Backlog| !matches!(Kind::of(&queue.queue.name), Kind::Reroute | Kind::Gateway) && !queue.is_held();
    let failing = ids(queues, &|queue| neighbour(queue) && fails(queue));
    let idle = ids(queues, &|queue| neighbour(queue) && !fails(queue));
    let number = |failing: bool| queues.iter().filter(|queue| neighbour(queue) && fails(queue) == failing).count();
    let (count, others) = (number(true), number(false));
    // A queue that is seen to move proves that the agent works. One that is empty may have had nothing to send; two are no chance.
    let open = |queue: &Backlog| queue.queue.state.get() == Some("active");
    let moved = |queue: &Backlog| matches!(queue.trend, Some(Trend::Draining | Trend::Peaking | Trend::Flapping));
    let works = others >= 2 || queues.iter().any(|queue| neighbour(queue) && !fails(queue) && (open(queue) || moved(queue)));
    let Some(first) = failing.first().copied() else {
        return FINDINGS.iter().try_for_each(|finding| match idle.is_empty() {
            true => results.unknown(finding, &["queue * x400"]),
            false => results.absent(finding, &[]),
        });
    };
    let scope = match (count, others) {
        (2.., 0) => "everything",
        (2.., _) => "several",
        _ => "one-next-hop",
    };
    results.derive("failing.scope", first, Value::Text(scope.to_owned()), &failing)?;
    results.derive("failing.queues", first, Value::Number(count as f64), &failing)?;
    // One queue alone does not tell which of both it is.
    if count == 1 && others == 0 {
        return FINDINGS.iter().try_for_each(|finding| results.unknown(finding, &["queue * x400"]));
    }
    // A queue that is tried in vain says more than one that only becomes longer.
    let tried = |queue: &Backlog| neighbour(queue) && fails(queue) && (queue.queue.retries() || queue.queue.error().is_some());
    let retrying = ids(queues, &tried);
    // One that stands still with an open association is judged by its head.
    let longer = ids(queues, &|queue| neighbour(queue) && fails(queue) && !tried(queue) && !open(queue));
    for (finding, found) in [(one, &retrying), (grows, &longer)] {
        match agent {
            // A stopped agent is the reason, whatever the queues look like. A denial names no fact: what a rule says of the same queue or
            // service is another question, and the two would be taken for a contradiction.
            Agent::Stopped(_) => results.absent(finding, &[])?,
            _ if found.is_empty() || count > others => results.absent(finding, &[])?,
            _ if works => results.present(finding, found)?,
            _ => results.unknown(finding, &["queue * x400"])?,
        }
    }
    let all = count >= 2 && others == 0;
    match agent {
        Agent::Unknown if all => {
            results.present(every, &failing)?;
            results.unknown(beside, &["service msexchangemta"])
        }
        Agent::Runs(service) if all => {
            results.absent(every, &[*service])?;
            let because: Vec<FactId> = std::iter::once(*service).chain(failing.iter().copied()).collect();
            results.present(beside, &because)
        }
        Agent::Stopped(service) if all => {
            // What a stopped service does is the finding of a rule; to find it again would count it twice.
            results.unknown(every, &[])?;
            results.absent(beside, &[*service])
        }
        _ => {
            results.absent(every, &idle)?;
            results.absent(beside, &idle)
        }
    }
}

/// A queue that stands still while its association is open: not the neighbour, but what is to be sent first.
fn head(queues: &[Backlog], agent: &Agent, results: &mut impl Results) -> Result<(), Refused> {
    const FINDING: &str = "head-of-queue-blocks";
    let open = |queue: &Backlog| matches!(queue.queue.state.get(), Some("active" | "connecting")) && queue.queue.error().is_none();
    let old = |queue: &Backlog| queue.queue.oldest.get().is_some_and(|seconds| seconds >= OLD);
    let stands = |queue: &Backlog| queue.waits() && open(queue) && (queue.trend == Some(Trend::Stuck) || queue.piles_up() && old(queue));
    let standing = ids(queues, &stands);
    let shown = |queue: &Backlog| queue.trend.is_some() || queue.queue.length() == Some(0.0) || queue.queue.retries();
    let judged = ids(queues, &shown);
    match (standing.is_empty(), agent) {
        (_, Agent::Stopped(service)) => results.absent(FINDING, &[*service]),
        (false, _) => results.present(FINDING, &standing),
        (true, _) if !queues.is_empty() && queues.iter().all(shown) => results.absent(FINDING, &judged),
        (true, _) => results.unknown(FINDING, &["queue * x400"]),
    }
}

/// The queue of what is to be routed again is empty but for moments.
fn reroute(queues: &[Backlog], results: &mut impl Results) -> Result<(), Refused> {
    const FINDING: &str = "reroute-queue-fills";
    let own = |queue: &Backlog| Kind::of(&queue.queue.name) == Kind::Reroute;
    let lasting = |queue: &Backlog| {
        let old = queue.queue.oldest.get().is_some_and(|seconds| seconds >= OLD);
        own(queue) && queue.waits() && !queue.moves() && (old || queue.piles_up() || queue.queue.retries())
    };
    let fills = ids(queues, &lasting);
    let judged = ids(queues, &|queue| own(queue) && (queue.moves() || queue.trend.is_some()));
    match (fills.is_empty(), judged.is_empty()) {
        (false, _) => results.present(FINDING, &fills),
        (true, false) => results.absent(FINDING, &judged),
        (true, true) => results.unknown(FINDING, &["queue PendingRerouteQ"]),
    }
}

/// Only what a gateway is to fetch or hand over waits: the agent works.
fn gateway(queues: &[Backlog], agent: &Agent, results: &mut impl Results) -> Result<(), Refused> {
    const FINDING: &str = "only-gateway-waits";
    let own = |queue: &Backlog| Kind::of(&queue.queue.name) == Kind::Gateway;
    let old = |queue: &Backlog| queue.queue.oldest.get().is_some_and(|seconds| seconds >= OLD);
    let waiting = ids(queues, &|queue| own(queue) && queue.waits() && !queue.moves() && (fails(queue) || old(queue)));
    let others = ids(queues, &|queue| !own(queue) && (queue.moves() || queue.queue.length() == Some(0.0)));
    let blocked = ids(queues, &|queue| !own(queue) && fails(queue));
    match (waiting.is_empty(), agent) {
        (true, _) if queues.iter().any(own) => results.absent(FINDING, &ids(queues, &own)),
        // Most servers have no gateway.
        (true, _) => Ok(()),
        (false, Agent::Stopped(service)) => results.absent(FINDING, &[*service]),
        (false, _) if !blocked.is_empty() => results.absent(FINDING, &blocked),
        (false, _) if others.is_empty() => results.unknown(FINDING, &["queue * x400"]),
        (false, _) => results.present(FINDING, &waiting),
    }
}
