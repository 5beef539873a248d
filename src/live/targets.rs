//! What to ask the network: from the facts that the machine itself gave, and then from what the DNS answered.

use super::mail::{Hop, Mail};
use crate::fact::{Facts, Stage};
use crate::system::network::{Dialogue, Question, Transport};
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// How many destinations are examined, those with most messages first.
const MOST_DESTINATIONS: usize = 1_000;
/// Up to how many destinations each is asked for at every server, and with every MX.
const FEW: usize = 20;
/// How many MX hosts of one destination are called, where the destinations are few; of many, one.
const MOST_HOSTS: usize = 3;
/// How many servers of the DNS are asked: resolvers of Unix use no more (`resolv.conf(5)`, MAXNS).
const MOST_SERVERS: usize = 4;
/// How many destinations that were left out are named one by one.
const NAMED: usize = 20;

/// A destination that mail does not reach.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    /// The domain.
    pub domain: String,
    /// How many messages wait for it or came back.
    pub messages: u64,
    /// A recipient there.
    pub recipient: Option<String>,
    /// The hosts that the mail system asked last.
    pub hops: Vec<Hop>,
    /// Whether it is well, and looked at for comparison.
    pub well: bool,
}

/// What is to be looked at.
#[derive(Debug, Clone)]
pub struct Targets {
    /// The mail system.
    pub mail: Mail,
    /// Destinations that mail does not reach, and one that it reaches.
    pub destinations: Vec<Destination>,
    /// Those that are too many.
    pub left_out: Vec<(String, String)>,
}

/// Port 25 of whom, and what cannot be asked.
#[derive(Debug, Clone, Default)]
pub struct Calls {
    /// What is said to whom.
    pub dialogues: Vec<Dialogue>,
    /// Hosts without an address, and the reason.
    pub not_applicable: Vec<(String, String)>,
}

impl Targets {
    /// Reads them from settled facts.
    pub fn of(facts: &Facts) -> Targets {
        let mail = Mail::of(facts);
        let mut destinations = destinations(facts);
        let left_out = destinations.split_off(destinations.len().min(MOST_DESTINATIONS));
        let reason = || format!("only the {MOST_DESTINATIONS} destinations with most messages are looked at");
        let mut left: Vec<(String, String)> = left_out.iter().take(NAMED).map(|one| (one.domain.clone(), reason())).collect();
        if left_out.len() > NAMED {
            left.push((format!("{} more destinations", left_out.len() - NAMED), reason()));
        }
        if !destinations.is_empty() && mail.relays.is_empty() {
            destinations.extend(comparison(facts, &destinations));
        }
        Targets { mail, destinations, left_out: left }
    }

    /// The first round: MX of destinations, relays and own domains, and what the world asks about this host.
    pub fn first_questions(&self) -> Vec<Question> {
        let mut asked = Asked::new(&self.mail);
        let few = self.destinations.len() <= FEW;
        for (number, destination) in self.lookups().into_iter().enumerate() {
            let kinds: &[&str] = if destination.by_mx { &["MX"] } else { &["A", "AAAA"] };
            for kind in kinds {
                asked.add(&destination.name, kind, few || number < 3);
            }
        }
        for domain in &self.mail.domains {
            asked.add(domain, "MX", true);
        }
        // A firewall that lets only UDP through is seen by one question over TCP; where nothing else is to be asked, the root is.
        let first = asked.questions.first().map_or_else(|| (".".to_owned(), "NS".to_owned()), |one| (one.name.clone(), one.kind.clone()));
        asked.over_tcp(&first.0, &first.1);
        let names: BTreeSet<&String> = self.mail.host.iter().chain([&self.mail.helo]).filter(|name| super::mail::is_public(name)).collect();
        for name in names {
            asked.add(name, "A", false);
            asked.add(name, "AAAA", false);
        }
        for domain in self.mail.domains.iter().take(2) {
            asked.add(domain, "A", false);
            asked.add(domain, "TXT", false);
        }
        for address in self.mail.addresses.iter().filter(|address| !address.is_loopback()).take(4) {
            asked.add(&reverse(*address), "PTR", false);
        }
        asked.questions
    }

    /// The second round: addresses of the hosts that the first one named.
    pub fn second_questions(&self, facts: &Facts) -> Vec<Question> {
        let mut asked = Asked::new(&self.mail);
        asked.servers.retain(|server| answers(facts, server.ip()));
        let few = self.destinations.len() <= FEW;
        let mut hosts: Vec<String> = Vec::new();
        for hop in self.lookups() {
            hosts.extend(hosts_of(facts, &hop).unwrap_or_default());
        }
        for domain in &self.mail.domains {
            hosts.extend(hosts_of(facts, &Hop { name: domain.clone(), port: None, by_mx: true }).unwrap_or_default());
        }
        for destination in &self.destinations {
            hosts.extend(destination.hops.iter().filter(|hop| hop.address().is_none()).map(|hop| hop.name.clone()));
        }
        for (number, host) in hosts.iter().filter(|host| host.parse::<IpAddr>().is_err()).enumerate() {
            if is_asked(facts, host) {
                continue;
            }
            for kind in ["A", "AAAA"] {
                asked.add(host, kind, few && number < FEW);
            }
            if self.mail.dane {
                asked.add(&format!("_25._tcp.{host}"), "TLSA", false);
            }
        }
        asked.questions
    }

    /// The names that have to be looked up for the mail to go out.
    fn lookups(&self) -> Vec<Hop> {
        let mut all: Vec<Hop> = self.mail.relays.iter().filter(|hop| hop.address().is_none()).cloned().collect();
        if all.is_empty() && self.mail.relays.is_empty() {
            all.extend(self.destinations.iter().map(|one| Hop { name: one.domain.clone(), port: None, by_mx: true }));
        }
        all
    }

    /// Dialogues with the listeners of this host.
    pub fn own_calls(&self) -> Vec<Dialogue> {
        let loopback = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let mut addresses = vec![loopback];
        if self.mail.takes_mail {
            addresses.extend(self.mail.addresses.iter().filter(|address| address.is_ipv4() && !address.is_loopback()).take(2));
        }
        let domain = self.mail.domains.first().or(self.mail.host.as_ref());
        let call = |address: &IpAddr| Dialogue {
            host: address.to_string(),
            address: SocketAddr::new(*address, 25),
            from: None,
            helo: self.mail.helo.clone(),
            security: crate::system::network::Security::May,
            recipient: domain.map(|domain| format!("postmaster@{domain}")),
        };
        addresses.iter().map(call).collect()
    }

    /// Dialogues with the next hops, the first host of each destination before the second of any.
    pub fn calls(&self, facts: &Facts) -> Calls {
        let mut calls = Calls::default();
        let mut seen: BTreeSet<SocketAddr> = BTreeSet::new();
        let mut without: BTreeMap<String, String> = BTreeMap::new();
        let few = self.destinations.len() <= FEW;
        let mut ranks: Vec<Vec<Dialogue>> = vec![Vec::new(); MOST_HOSTS * 2];
        for (hop, destination) in self.hops() {
            let hosts = match hop.address() {
                Some(_) => vec![hop.name.clone()],
                None => hosts_of(facts, &hop).unwrap_or_default(),
            };
            let most = if few || !self.mail.relays.is_empty() { MOST_HOSTS } else { 1 };
            let mut place = 0;
            for host in &hosts {
                let port = hop.port.unwrap_or(self.mail.port);
                let addresses = addresses_of(facts, host);
                let usable: Vec<IpAddr> = addresses.iter().copied().filter(|address| self.mail.uses(*address)).collect();
                if usable.is_empty() {
                    without.insert(format!("{host}:{port}"), why_none(facts, host, !addresses.is_empty()));
                    continue;
                }
                if place >= most {
                    break;
                }
                // Of each protocol one address: they are apart in everything.
                let v4 = usable.iter().find(|address| address.is_ipv4());
                let v6 = usable.iter().find(|address| address.is_ipv6());
                for (address, rank) in [(v4, place * 2), (v6, place * 2 + 1)] {
                    let Some(address) = address else { continue };
                    let mut ports = vec![port];
                    if port != 25 && hop.port.is_none() && self.mail.relays.is_empty() {
                        // Another port for all mail is a mistake that only shows beside the right one.
                        ports.push(25);
                    }
                    for port in ports {
                        let to = SocketAddr::new(*address, port);
                        if seen.insert(to)
                            && let Some(rank) = ranks.get_mut(rank)
                        {
                            rank.push(self.dialogue(host, to, destination));
                        }
                    }
                }
                place += 1;
            }
        }
        calls.dialogues = ranks.into_iter().flatten().collect();
        calls.not_applicable = without.into_iter().take(NAMED * 5).collect();
        calls
    }

    /// The places that mail is handed to, each with the destination whose mail goes there.
    fn hops(&self) -> Vec<(Hop, Option<&Destination>)> {
        let mut hops: Vec<(Hop, Option<&Destination>)> = Vec::new();
        let stuck = self.destinations.iter().find(|one| !one.well);
        if self.destinations.is_empty() {
            return hops;
        }
        hops.extend(self.mail.relays.iter().map(|relay| (relay.clone(), stuck)));
        if self.mail.relays.is_empty() {
            hops.extend(self.destinations.iter().map(|one| (Hop { name: one.domain.clone(), port: None, by_mx: true }, Some(one))));
        }
        // Where the log names another host (a transport table, a filter), that is where the mail went.
        for destination in &self.destinations {
            hops.extend(destination.hops.iter().map(|hop| (hop.clone(), Some(destination))));
        }
        hops
    }

    fn dialogue(&self, host: &str, to: SocketAddr, destination: Option<&Destination>) -> Dialogue {
        // A relay at which this host logs in refuses a stranger; a filter on the loopback is no place for questions.
        let greeting_alone = (!self.mail.relays.is_empty() && self.mail.logs_in) || to.ip().is_loopback();
        let recipient = destination.filter(|one| !one.well && !greeting_alone).and_then(|one| one.recipient.clone());
        Dialogue {
            host: host.to_owned(),
            address: to,
            from: self.mail.from(to.ip()),
            helo: self.mail.helo.clone(),
            security: self.mail.security,
            recipient,
        }
    }
}

/// Questions, each once.
struct Asked {
    servers: Vec<SocketAddr>,
    questions: Vec<Question>,
    seen: BTreeSet<(String, String)>,
}

impl Asked {
    fn new(mail: &Mail) -> Asked {
        let mut servers: Vec<SocketAddr> = mail.servers.iter().take(MOST_SERVERS).map(|server| SocketAddr::new(*server, 53)).collect();
        if servers.is_empty() {
            // resolv.conf(5): without an entry, the name server of this machine is asked.
            servers.push(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 53));
        }
        Asked { servers, questions: Vec::new(), seen: BTreeSet::new() }
    }

    fn add(&mut self, name: &str, kind: &str, everywhere: bool) {
        if !self.seen.insert((name.to_owned(), kind.to_owned())) {
            return;
        }
        let most = if everywhere { self.servers.len() } else { 1 };
        for server in self.servers.iter().take(most) {
            self.questions.push(Question { name: name.to_owned(), kind: kind.to_owned(), server: *server, transport: Transport::Udp });
        }
    }

    fn over_tcp(&mut self, name: &str, kind: &str) {
        for server in &self.servers {
            self.questions.push(Question { name: name.to_owned(), kind: kind.to_owned(), server: *server, transport: Transport::Tcp });
        }
    }
}

/// Destinations that mail does not reach, those with most messages first.
fn destinations(facts: &Facts) -> Vec<Destination> {
    let mut all: BTreeMap<String, (u64, Destination)> = BTreeMap::new();
    for fact in facts.outcomes.iter() {
        let outcome = &fact.what;
        // What a remote server refused for good and is no longer here cannot be asked again without being a nuisance.
        let gone = outcome.queued == 0 && outcome.side == "remote" && outcome.status != "deferred";
        let well = outcome.status == "sent" || outcome.status == "rejected" || (outcome.healed && outcome.queued == 0);
        if outcome.stage != Stage::RemoteDelivery || gone || well || !is_domain(&outcome.destination) {
            continue;
        }
        let domain = outcome.destination.to_ascii_lowercase();
        let entry = all
            .entry(domain.clone())
            .or_insert_with(|| (0, Destination { domain, messages: 0, recipient: None, hops: Vec::new(), well: false }));
        entry.0 += outcome.queued;
        entry.1.messages += outcome.messages;
        entry.1.recipient = entry.1.recipient.take().or_else(|| outcome.recipient.value().cloned().filter(|address| address.contains('@')));
        if let Some(hop) = outcome.next_hop.value().and_then(|hop| Hop::parse(hop)).map(|hop| Hop { by_mx: false, ..hop })
            && !entry.1.hops.contains(&hop)
            && entry.1.hops.len() < MOST_HOSTS
        {
            entry.1.hops.push(hop);
        }
    }
    let mut all: Vec<(u64, Destination)> = all.into_values().collect();
    all.sort_by(|(queued, one), (other_queued, other)| {
        (other_queued, other.messages, &one.domain).cmp(&(queued, one.messages, &other.domain))
    });
    all.into_iter().map(|(_, destination)| destination).collect()
}

/// One destination that mail reaches, so that what is stuck can be told from what is blocked for everybody.
fn comparison(facts: &Facts, stuck: &[Destination]) -> Option<Destination> {
    let sent = facts
        .outcomes
        .iter()
        .map(|fact| &fact.what)
        .filter(|outcome| outcome.stage == Stage::RemoteDelivery && outcome.status == "sent" && is_domain(&outcome.destination));
    let others = sent.filter(|outcome| !stuck.iter().any(|one| one.domain.eq_ignore_ascii_case(&outcome.destination)));
    let best = others.max_by(|one, other| (one.messages, &other.destination).cmp(&(other.messages, &one.destination)))?;
    let domain = best.destination.to_ascii_lowercase();
    Some(Destination { domain, messages: best.messages, recipient: None, hops: Vec::new(), well: true })
}

/// The domain of an address can be anything that a stranger wrote.
fn is_domain(text: &str) -> bool {
    text.contains('.')
        && text.len() <= 253
        && text.parse::<IpAddr>().is_err()
        && text.chars().all(|c| c.is_alphanumeric() || ".-_".contains(c))
}

/// Returns whether a server has answered anything, or was not asked.
fn answers(facts: &Facts, server: IpAddr) -> bool {
    let name = server.to_string();
    let mut asked = facts.dns.iter().filter(|fact| fact.what.server.value() == Some(&name)).peekable();
    asked.peek().is_none() || asked.any(|fact| !matches!(fact.what.result.as_str(), "timeout" | "unreachable"))
}

fn is_asked(facts: &Facts, host: &str) -> bool {
    facts.dns.iter().any(|fact| fact.what.record == "A" && fact.what.name.eq_ignore_ascii_case(host))
}

/// Returns the hosts of a hop, the best first; `None` while the DNS did not say.
fn hosts_of(facts: &Facts, hop: &Hop) -> Option<Vec<String>> {
    if !hop.by_mx {
        return Some(vec![hop.name.clone()]);
    }
    let mut all = facts.dns.iter().map(|fact| &fact.what).filter(|dns| dns.record == "MX" && dns.name.eq_ignore_ascii_case(&hop.name));
    let mut none = false;
    let found = all.find_map(|dns| {
        none |= dns.result == "no-data";
        dns.answers.value().filter(|answers| dns.result == "answer" && !answers.is_empty())
    });
    let Some(found) = found else { return none.then(|| vec![hop.name.clone()]) };
    let mut hosts: Vec<(u32, String)> = found
        .iter()
        .filter_map(|answer| answer.split_once(' '))
        .filter_map(|(preference, host)| Some((preference.parse().ok()?, host.trim_end_matches('.').to_ascii_lowercase())))
        .filter(|(_, host)| !host.is_empty())
        .collect();
    hosts.sort();
    hosts.dedup_by(|one, other| one.1 == other.1);
    Some(hosts.into_iter().map(|(_, host)| host).collect())
}

fn addresses_of(facts: &Facts, host: &str) -> Vec<IpAddr> {
    if let Ok(address) = host.parse() {
        return vec![address];
    }
    let of = |kind: &'static str| {
        let found = facts.dns.iter().map(|fact| &fact.what).filter(move |dns| dns.record == kind && dns.name.eq_ignore_ascii_case(host));
        found.filter_map(|dns| dns.answers.value()).flatten().filter_map(|answer| answer.parse().ok()).collect::<Vec<IpAddr>>()
    };
    let mut all = of("A");
    all.extend(of("AAAA"));
    let mut seen = BTreeSet::new();
    all.retain(|address| seen.insert(*address));
    all
}

fn why_none(facts: &Facts, host: &str, other_protocol: bool) -> String {
    if other_protocol {
        return "it has no address of a protocol that the mail system uses".to_owned();
    }
    let asked = facts.dns.iter().map(|fact| &fact.what).find(|dns| dns.record == "A" && dns.name.eq_ignore_ascii_case(host));
    match asked.map(|dns| dns.result.as_str()) {
        Some("nxdomain" | "no-data") => "the name has no address".to_owned(),
        Some(result) => format!("its address could not be looked up: {result}"),
        None => "its address was not looked up".to_owned(),
    }
}

/// Returns the name under which the DNS keeps the name of an address.
fn reverse(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => {
            let [a, b, c, d] = address.octets();
            format!("{d}.{c}.{b}.{a}.in-addr.arpa")
        }
        IpAddr::V6(address) => {
            let digits: String = address.octets().iter().rev().map(|byte| format!("{:x}.{:x}.", byte & 15, byte >> 4)).collect();
            format!("{digits}ip6.arpa")
        }
    }
}
