//! Which connectors serve what has no route, and which of these can be taken.

use mailmedic_plugin_sdk::backlog::{Backlog, ids};
use mailmedic_plugin_sdk::route::{Route, Space, State, all_listed, routes};
use mailmedic_plugin_sdk::{FactId, Facts, Queue, Refused, Results, Value};

use crate::demand::{Demand, read};

/// Messages from which on they do not only pass through, and the age of the oldest in seconds.
const MANY: f64 = 10.0;
const LASTING: f64 = 3_600.0;
/// Names in one text.
const NAMED: usize = 4;
/// Facts named as the reason of one finding.
const REASONS: usize = 8;

/// What is known of the routes to one destination.
enum Cover<'a> {
    /// No connector serves it.
    Nobody,
    /// All that serve it are down or in retry.
    Failing(Vec<&'a Route>),
    /// One that is up serves it, with restrictions.
    Restricted(&'a Route),
    /// One that is up serves it.
    Unused(&'a Route),
    /// What would have to be known is not.
    Unknown,
}

/// Whether a connector can be taken, with the queue that says so.
struct Judged {
    route: Route,
    /// The connector is down, or the queue that it owns has been in retry for some time.
    fails: bool,
    because: Vec<FactId>,
}

/// What was found, with the facts and names behind it.
#[derive(Default)]
struct Found {
    because: Vec<FactId>,
    names: Vec<String>,
}

impl Found {
    fn add(&mut self, name: &str, because: &[FactId]) {
        if self.names.len() < NAMED && !name.is_empty() && self.names.iter().all(|known| known != name) {
            self.names.push(name.to_owned());
        }
        for id in because {
            if self.because.len() < REASONS && !self.because.contains(id) {
                self.because.push(*id);
            }
        }
    }
}

/// Judges the routes to each destination; where messages name none, to what the failing connectors serve.
pub(crate) fn examine(facts: &impl Facts, stuck: &[Backlog], retrying: &[Queue], results: &mut impl Results) -> Result<(), Refused> {
    const FINDINGS: [&str; 4] = ["down-without-alternate", "no-connector-covers", "route-is-restricted", "route-is-not-used"];
    let demand = read(facts);
    let routes = routes(facts);
    // Where there is no such queue and no connector, there is nothing of the kind to be judged: Postfix and Exim have neither.
    if stuck.is_empty() && demand.is_empty() {
        return Ok(());
    }
    // A few messages pass through here when a link changes its state; many, or what stays, have no way.
    let lasts = |backlog: &Backlog| {
        let old = backlog.queue.oldest.get().is_some_and(|seconds| seconds >= LASTING);
        backlog.waits() && (backlog.queue.length().is_some_and(|length| length >= MANY) || old || backlog.piles_up())
    };
    let waiting = ids(stuck, &lasts);
    if waiting.is_empty() && demand.is_empty() {
        let empty = stuck.iter().any(|backlog| backlog.queue.length().is_some()) && !stuck.iter().any(Backlog::waits);
        return FINDINGS.iter().try_for_each(|finding| match empty {
            true => results.absent(finding, &[]),
            false => results.unknown(finding, &["queue * unreachable"]),
        });
    }
    let judged: Vec<Judged> = routes.into_iter().map(|route| judge(route, retrying)).collect();
    let complete = all_listed(facts);
    let (mut down, mut nobody, mut restricted, mut unused) = (Found::default(), Found::default(), Found::default(), Found::default());
    let mut unknown = false;
    for (want, about) in wants(&demand, &judged) {
        match cover(&want, &judged, complete) {
            Cover::Nobody => nobody.add(&want.1, &about),
            Cover::Failing(failing) => failing.iter().for_each(|route| down.add(&route.name, &reasons(route, &judged))),
            Cover::Restricted(route) => restricted.add(&route.name, &[route.id]),
            Cover::Unused(route) => unused.add(&route.name, &[route.id]),
            Cover::Unknown => unknown = true,
        }
    }
    if !demand.is_empty() {
        let about: Vec<FactId> = demand.iter().map(|demand| demand.id).take(REASONS).collect();
        let first = about.first().copied().unwrap_or_default();
        results.derive("route.destinations", first, Value::Number(demand.len() as f64), &about)?;
    }
    let nothing_fails = complete && judged.iter().all(|judged| !judged.fails && judged.route.state != State::Unknown);
    // A route that is there, restricted or not, is one mechanism: where one of both holds, the other is not its denial.
    let there = !(restricted.because.is_empty() && unused.because.is_empty());
    let fails = judged.iter().any(|judged| judged.fails);
    let reports = [
        ("down-without-alternate", "route.failing", down, nothing_fails || fails || !demand.is_empty()),
        ("no-connector-covers", "route.uncovered", nobody, !demand.is_empty()),
        ("route-is-restricted", "route.alternate", restricted, !demand.is_empty() || fails),
        ("route-is-not-used", "route.alternate", unused, !demand.is_empty() || fails),
    ];
    for (finding, name, found, judgeable) in reports {
        if let Some(first) = found.because.first().copied() {
            let mut because = vec![results.derive(name, first, Value::Text(found.names.join(", ")), &found.because)?];
            because.extend(&found.because);
            because.extend(&waiting);
            results.present(finding, &because)?;
            continue;
        }
        if there && name == "route.alternate" {
            continue;
        }
        if judgeable && !unknown {
            // A denial names no fact: what a rule says of the same queue is another question.
            results.absent(finding, &[])?;
        } else {
            results.unknown(finding, &["connector *", "outcome * unreachable"])?;
        }
    }
    Ok(())
}

fn judge(route: Route, retrying: &[Queue]) -> Judged {
    let queue = retrying.iter().find(|queue| route.owns(queue));
    let because = std::iter::once(route.id).chain(queue.map(|queue| queue.id)).collect();
    Judged { fails: route.state == State::Down || queue.is_some(), route, because }
}

/// Returns what is to be served: type and pattern, with the facts that ask for it.
fn wants(demand: &[Demand], judged: &[Judged]) -> Vec<((String, String), Vec<FactId>)> {
    if !demand.is_empty() {
        return demand.iter().map(|demand| ((demand.kind.clone(), demand.destination.clone()), vec![demand.id])).collect();
    }
    let failing = judged.iter().filter(|judged| judged.fails);
    let spaces = failing.flat_map(|judged| judged.route.spaces.iter().map(|space| (space, &judged.because)));
    spaces.map(|(space, because)| ((space.kind.clone(), space.pattern.clone()), because.clone())).collect()
}

fn cover<'a>((kind, pattern): &(String, String), judged: &'a [Judged], complete: bool) -> Cover<'a> {
    let closeness = |judged: &Judged| {
        let spaces = judged.route.spaces.iter().filter(|space| space.covers(kind, pattern));
        spaces.map(Space::closeness).max()
    };
    // Routing takes the closest address space, up or down; one that is wider is no alternate (KB 287058).
    let closest = judged.iter().filter_map(closeness).max();
    let serving: Vec<&Judged> = judged.iter().filter(|judged| closest.is_some() && closeness(judged) == closest).collect();
    let up = |judged: &&&Judged| !judged.fails && judged.route.state == State::Up;
    // The cheapest is the one that routing would take.
    let cost = |judged: &&&Judged| {
        let costs = judged.route.spaces.iter().filter(|space| space.covers(kind, pattern)).map(|space| space.cost);
        costs.min().unwrap_or(u32::MAX)
    };
    if let Some(open) = serving.iter().filter(up).filter(|judged| !judged.route.restricted).min_by_key(cost) {
        return Cover::Unused(&open.route);
    }
    if let Some(restricted) = serving.iter().filter(up).min_by_key(cost) {
        return Cover::Restricted(&restricted.route);
    }
    // One whose spaces nobody looked at could serve anything.
    let all_read = complete && judged.iter().all(|judged| !judged.route.spaces.is_empty());
    if !all_read || serving.iter().any(|judged| !judged.fails) {
        return Cover::Unknown;
    }
    if serving.is_empty() { Cover::Nobody } else { Cover::Failing(serving.iter().map(|judged| &judged.route).collect()) }
}

fn reasons(route: &Route, judged: &[Judged]) -> Vec<FactId> {
    judged.iter().find(|judged| judged.route.id == route.id).map_or_else(Vec::new, |judged| judged.because.clone())
}
