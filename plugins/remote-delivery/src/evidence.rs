//! Attempts at remote delivery, whichever facts tell of them: outcomes, queues with a last error, and SMTP sessions.

use mailmedic_plugin_sdk::spread::{Attempt, Counts, count, host_name, site};
use mailmedic_plugin_sdk::{Connector, FactId, Facts, Outcome, Queue, Stage, all_outcomes};

use crate::way::{Way, Ways};

/// All that the plugin knows of remote delivery.
pub(crate) struct Evidence {
    /// Attempts of mail and probes, most messages first.
    pub(crate) attempts: Vec<Attempt<Way>>,
    /// Those of them that did not go to the relay.
    pub(crate) direct: Vec<Attempt<Way>>,
    /// Lookups of the names that mail goes to, as far as DNS was asked; delivered means answered.
    pub(crate) lookups: Vec<Attempt<Way>>,
    /// The queues of the stage.
    pub(crate) queues: Vec<Queue>,
    /// The host that all remote mail is handed to.
    pub(crate) relay: Relay,
    /// Whether successes would be seen: the log of a time was read in full, or a success is there.
    pub(crate) sees_success: bool,
}

/// Whether mail goes out through a relay (smart host).
pub(crate) enum Relay {
    /// It does: the host, and the fact that says so.
    Host(String, FactId),
    /// Everything that could name one was listed.
    None,
    /// Nobody looked.
    Unknown,
}

impl Relay {
    fn of(facts: &impl Facts, connectors: &[Connector]) -> Relay {
        let settings = ["relayhost", "smtpsvc/*/SmartHost", "vs.*.smart_host", "vs.smart_host"];
        for setting in settings.iter().flat_map(|key| facts.settings(key)) {
            if !setting.value.trim().is_empty() {
                return Relay::Host(setting.value.trim().to_owned(), setting.id);
            }
        }
        for connector in connectors {
            // A smart host for some domains only is no relay for all.
            let everything = connector.address_spaces.iter().any(|space| space.split(['=', ';', ':']).any(|part| part.trim() == "*"));
            if let (Some(host), true) = (&connector.smart_host, everything) {
                return Relay::Host(host.trim().to_owned(), connector.id);
            }
        }
        let listed = |pattern| facts.listed(pattern).is_known();
        let exchange = !connectors.is_empty() && listed("connector *");
        if exchange || listed("setting relayhost") || !facts.settings("relayhost").is_empty() { Relay::None } else { Relay::Unknown }
    }

    /// Says whether a host is the relay, by the place that both belong to.
    pub(crate) fn is(&self, host: &str) -> bool {
        matches!(self, Relay::Host(relay, _) if site(relay) == site(host))
    }

    /// Says whether an attempt was one to hand a message to the relay.
    pub(crate) fn takes(&self, attempt: &Attempt<Way>) -> bool {
        matches!(self, Relay::Host(relay, _) if attempt.hop.is_some() && site(relay) == attempt.site())
    }
}

impl Evidence {
    /// Reads everything about the stage.
    pub(crate) fn read(facts: &impl Facts) -> Evidence {
        let connectors = facts.connectors();
        let relay = Relay::of(facts, &connectors);
        let queues = facts.queues(Stage::RemoteDelivery);
        let mut attempts = from_outcomes(facts, &relay);
        attempts.extend(queues.iter().filter_map(|queue| from_queue(queue, &connectors, &relay)));
        attempts.extend(from_sessions(facts));
        let delivered = attempts.iter().any(|attempt| attempt.failed.is_none() && attempt.messages > 0);
        let sees_success = delivered || facts.listed("outcome * remote-delivery").is_known();
        let lookups = from_dns(facts, &attempts);
        let mut direct = attempts.clone();
        direct.retain(|attempt| !relay.takes(attempt));
        Evidence { attempts, direct, lookups, queues, relay, sees_success }
    }

    /// Returns the messages of all attempts.
    pub(crate) fn messages(&self) -> u64 {
        let mut all = 0;
        for attempt in &self.attempts {
            all += attempt.messages;
        }
        all
    }
}

fn from_outcomes(facts: &impl Facts, relay: &Relay) -> Vec<Attempt<Way>> {
    let mut ways = Ways::default();
    let attempt = |outcome: Outcome| {
        // Without a host in the line (a failed lookup, `relay=none`) the relay is the one that was tried.
        let hop = outcome.next_hop.filter(|hop| !hop.is_empty() && hop != "none").or_else(|| match relay {
            Relay::Host(host, _) => Some(host.clone()),
            _ => None,
        });
        // What healed is over: the place works.
        let failed = (outcome.status != "sent" && !outcome.healed).then(|| ways.of(&outcome.template, outcome.code.as_deref()));
        Attempt::new(outcome.id, outcome.destination, hop, failed)
            .of(outcome.template, outcome.messages)
            .between(outcome.first, outcome.last)
    };
    let outcomes = all_outcomes(facts, Stage::RemoteDelivery).into_iter();
    outcomes.filter(|outcome| !outcome.next_hop.as_deref().is_some_and(is_this_host)).map(attempt).collect()
}

/// Says whether a next hop is on this host: handing a message to a content filter proves nothing about the way out, nor does its failure.
fn is_this_host(hop: &str) -> bool {
    let name = host_name(hop);
    name == "localhost" || name == "::1" || name.starts_with("127.") || name.contains('/')
}

/// A queue of Exchange bears the name of its destination, connector or smart host, and tells of the last attempt.
fn from_queue(queue: &Queue, connectors: &[Connector], relay: &Relay) -> Option<Attempt<Way>> {
    // The queues of Postfix and Exim hold mail for all destinations: their outcomes tell more.
    if ["incoming", "active", "deferred", "hold", "maildrop", "corrupt"].contains(&queue.name.as_str()) {
        return None;
    }
    let sends = queue.state.get() == Some("active");
    let failed = match queue.error() {
        Some(text) if !sends => Some(Way::of(text, None)),
        None if sends => None,
        // Without an error and at rest, or with an old error while it sends again, a queue says nothing.
        _ => return None,
    };
    let mut hop = None;
    if relay.is(&queue.name) {
        hop = Some(queue.name.clone());
    } else if let Some(connector) = connectors.iter().find(|connector| connector.name.eq_ignore_ascii_case(&queue.name)) {
        hop = connector.smart_host.clone();
    }
    let messages = queue.length().map_or(0, |length| length.max(0.0) as u64);
    let text = queue.error().unwrap_or_default().to_owned();
    Some(Attempt::new(queue.id, queue.name.clone(), hop, failed).of(text, messages))
}

/// A session is an attempt without a message. Only port 25 says something about the way of mail.
fn from_sessions(facts: &impl Facts) -> impl Iterator<Item = Attempt<Way>> {
    facts.sessions("").into_iter().filter(|session| !session.inbound && session.port == 25).filter_map(|session| {
        let failed = match session.outcome.as_str() {
            "ok" => None,
            "timeout" => Some(Way::TimedOut),
            "refused" => Some(Way::Refused),
            "unreachable" => Some(Way::Unreachable),
            "reset" | "closed" | "banner-timeout" => Some(Way::Dropped),
            "tls-failed" => Some(Way::Tls),
            _ => return None,
        };
        let text = session.last_reply.unwrap_or_default();
        Some(Attempt::new(session.id, session.host.clone(), Some(session.host), failed).of(text, 0))
    })
}

/// An answer from DNS is a lookup by itself. Names that no mail goes to are left out: a server may know the internal names and no others.
fn from_dns(facts: &impl Facts, attempts: &[Attempt<Way>]) -> Vec<Attempt<Way>> {
    let mut sites = Counts::new();
    for attempt in attempts {
        count(&mut sites, attempt.site(), 0);
        count(&mut sites, &site(&attempt.destination), 0);
    }
    let asked = facts.dns("").into_iter().filter(|answer| ["MX", "A", "AAAA"].contains(&answer.kind.as_str()));
    let lookup = asked.filter(|answer| sites.is_empty() || sites.contains_key(&site(&answer.name))).map(|answer| {
        let failed = matches!(answer.outcome.as_str(), "servfail" | "timeout" | "refused" | "bogus").then_some(Way::LookupFailed);
        let destination = answer.name.trim_end_matches('.').to_owned();
        Attempt::new(answer.id, destination, None, failed).of(answer.outcome, 0)
    });
    lookup.collect()
}
