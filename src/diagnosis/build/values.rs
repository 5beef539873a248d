//! What stands in the placeholders of remedies: the queue, host or destination that a cause is about, else the one of the case.

use super::evidence::present_facts;
use super::network::Built;
use crate::diagnosis::stages::by_area;
use crate::fact::{AnyFact, FactId, Facts, Kind, Queue, Stage};
use crate::finding::Finding;
use std::collections::BTreeMap;

/// The settings that name a smart host or relay, by the end of their keys.
const SMART_HOSTS: [&str; 5] = ["relayhost", "smart_host", "smarthost", "smarthosts", "dc_smarthost"];

/// Returns the values that remedies of a cause may have filled in: of its facts, and where these have none, of the case.
pub fn values(cause: usize, built: &Built, findings: &[Finding], facts: &Facts) -> BTreeMap<&'static str, String> {
    let mut values = values_of(present_facts(cause, built, findings), facts);
    let id = built.network.causes.get(cause).map_or("", |cause| cause.id.as_str());
    let mut put = |name, value: Option<String>| {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            values.entry(name).or_insert(value);
        }
    };
    let stage = by_area(id);
    let queue = longest_queue(facts, stage);
    put("queue", queue);
    // A domain is at fault where mail for it waits, and a host where mail is to go there.
    let remote = longest_queue(facts, Some(Stage::RemoteDelivery)).filter(|name| is_domain(name));
    let is_remote = matches!(stage, Some(Stage::RemoteDelivery | Stage::Unreachable | Stage::Routing));
    put("destination", remote.clone().filter(|_| is_remote));
    let bracketed = values.get("queue").and_then(|name| Some(name.split_once('[')?.1.split_once(']')?.0.to_owned()));
    let mut put = |name, value: Option<String>| {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            values.entry(name).or_insert(value);
        }
    };
    put("host", bracketed);
    if is_remote {
        put("host", only_smart_host(facts));
        put("host", only_session_host(facts));
        put("host", remote);
    }
    values
}

/// Returns the values that some facts give to the placeholders of remedies, those of the first fact that has one.
pub fn values_of(ids: impl Iterator<Item = FactId>, facts: &Facts) -> BTreeMap<&'static str, String> {
    let mut values: BTreeMap<&'static str, String> = BTreeMap::new();
    let mut put = |name, value: Option<String>| {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            values.entry(name).or_insert(value);
        }
    };
    for id in ids {
        let Some(fact) = facts.get(id) else { continue };
        match id.kind() {
            Kind::Outcome => {
                put("destination", fact.text("destination").filter(|name| name != "*"));
                put("recipient", fact.text("recipient"));
                put("host", fact.text("next_hop").map(|hop| hop.split(['[', ':']).next().unwrap_or_default().to_owned()));
            }
            Kind::Queue => put("queue", fact.text("name")),
            Kind::Ndr => {
                put("recipient", fact.text("recipient"));
                put("destination", fact.text("recipient").map(|recipient| crate::parse::template::domain(&recipient)));
                put("host", fact.text("host"));
            }
            Kind::Smtp | Kind::Certificate => {
                // The ports of the directory and of the link states are those of a server of the own site.
                let inside = fact.text("port").is_some_and(|port| ["389", "3268", "3269", "691"].contains(&port.as_str()));
                put(if inside { "server" } else { "host" }, fact.text("host"));
            }
            Kind::Dns => {
                put("destination", fact.text("name"));
                put("server", fact.text("server"));
            }
            _ => {}
        }
    }
    let resolver = facts.settings.iter().find(|fact| fact.what.key == "resolv.nameserver").and_then(|fact| fact.text("value"));
    put("server", resolver.map(|servers| servers.split(' ').next().unwrap_or_default().to_owned()));
    put("domain", facts.case.domains.first().cloned());
    values
}

/// Returns the name of the longest queue of a stage that holds messages; one in retry comes before all others.
pub fn longest_queue(facts: &Facts, stage: Option<Stage>) -> Option<String> {
    let held = |queue: &Queue| queue.messages.value().copied().unwrap_or(0);
    let retries = |queue: &Queue| queue.state.value().is_some_and(|state| state == "retry");
    let fits = |queue: &&Queue| stage.is_some() && queue.stage.value().copied() == stage && (held(queue) > 0 || retries(queue));
    let queues = facts.queues.iter().map(|fact| &fact.what).filter(fits);
    queues.max_by_key(|queue| (retries(queue), held(queue), std::cmp::Reverse(queue.name.clone()))).map(|queue| queue.name.clone())
}

/// Returns whether a queue is named by a domain or host.
pub fn is_domain(name: &str) -> bool {
    name.contains('.') && !name.starts_with('.') && name.chars().all(|c| c.is_ascii_alphanumeric() || ".-_".contains(c))
}

/// Returns the smart host or relay of the settings and connectors, where there is one and no other.
pub fn only_smart_host(facts: &Facts) -> Option<String> {
    let names = facts.settings.iter().filter(|fact| {
        let last = fact.what.key.rsplit(['.', '/']).next().unwrap_or_default().to_lowercase();
        SMART_HOSTS.contains(&last.as_str())
    });
    let connectors = facts.connectors.iter().filter_map(|fact| fact.what.smart_host.value().cloned());
    let mut hosts: Vec<String> = names
        .filter_map(|fact| fact.text("value"))
        .chain(connectors)
        .map(|value| {
            value
                .split(',')
                .next()
                .unwrap_or_default()
                .trim_start_matches('[')
                .split([']', ':'])
                .next()
                .unwrap_or_default()
                .trim()
                .to_owned()
        })
        .filter(|host| !host.is_empty())
        .collect();
    hosts.sort();
    hosts.dedup();
    if hosts.len() == 1 { hosts.pop() } else { None }
}

/// The host that a session was tried with from this server, where there is one and no other.
fn only_session_host(facts: &Facts) -> Option<String> {
    let own = facts.case.server.as_deref().unwrap_or_default();
    let is_own = |host: &String| host.eq_ignore_ascii_case(own) || ["127.0.0.1", "::1", "localhost"].contains(&host.as_str());
    let out = facts.sessions.iter().map(|fact| &fact.what).filter(|session| session.direction != "inbound");
    let mut hosts: Vec<String> = out.map(|session| session.host.clone()).filter(|host| !is_own(host)).collect();
    hosts.sort();
    hosts.dedup();
    if hosts.len() == 1 { hosts.pop() } else { None }
}
