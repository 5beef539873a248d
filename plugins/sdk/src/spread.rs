//! How far failures spread: one destination, one next hop, or everything.
//!
//! What tells them apart is how many *unrelated* places fail alike, and whether any place proves the opposite. Two MX hosts of one
//! organisation are one place; hosts of two organisations that fail in the same way have nothing in common but this server.

use std::collections::BTreeMap;

use crate::FactId;

/// Facts named as the reason of one finding; more would not be read.
const REASONS: usize = 5;
/// Hosts named in a text.
const NAMED: usize = 3;

/// Names with the messages of each. One type of map for all that is counted: each further one adds five kilobytes to a component.
pub type Counts = BTreeMap<String, u64>;

/// Adds to the count of a name.
#[inline(never)]
pub fn count(counts: &mut Counts, name: &str, messages: u64) {
    match counts.get_mut(name) {
        Some(counted) => *counted += messages,
        None => _ = counts.insert(name.to_owned(), messages),
    }
}

/// Attempts to deliver that ended alike.
#[derive(Debug, Clone, PartialEq)]
pub struct Attempt<W> {
    /// The fact that says so.
    pub id: FactId,
    /// The domain or mailbox that the messages were for.
    pub destination: String,
    /// The host that was to take them, where it is known.
    pub hop: Option<String>,
    /// How they failed; `None` when they were delivered.
    pub failed: Option<W>,
    /// Reply or error with its names replaced.
    pub text: String,
    /// How many messages; 0 for a probe.
    pub messages: u64,
    /// Unix time of the first, in seconds; `None` where the fact has no time.
    pub first: Option<i64>,
    /// Unix time of the last, in seconds; `None` where the fact has no time.
    pub last: Option<i64>,
    site: String,
}

impl<W> Attempt<W> {
    /// Returns an attempt of no message, without text and times.
    pub fn new(id: FactId, destination: String, hop: Option<String>, failed: Option<W>) -> Attempt<W> {
        let site = site(hop.as_deref().unwrap_or(&destination));
        Attempt { id, destination, hop, failed, text: String::new(), messages: 0, first: None, last: None, site }
    }

    /// Returns the attempt with a text and its messages.
    pub fn of(mut self, text: String, messages: u64) -> Attempt<W> {
        (self.text, self.messages) = (text, messages);
        self
    }

    /// Returns the attempt with the times of its first and last message, Unix seconds.
    pub fn between(mut self, first: i64, last: i64) -> Attempt<W> {
        (self.first, self.last) = (Some(first), Some(last));
        self
    }

    /// Returns the place where the attempt ended: that of the next hop, else that of the destination.
    pub fn site(&self) -> &str {
        &self.site
    }

    fn host(&self) -> &str {
        self.hop.as_deref().unwrap_or(&self.destination)
    }
}

/// Several attempts seen together.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Group {
    /// Their destinations.
    pub destinations: Counts,
    /// The unrelated places where they ended.
    pub sites: Counts,
    /// Messages of all of them.
    pub messages: u64,
    ids: Vec<FactId>,
    hosts: Counts,
}

impl Group {
    /// Collects the attempts that a filter lets through. Those with most messages are to come first.
    pub fn of<W>(attempts: &[Attempt<W>], filter: &dyn Fn(&Attempt<W>) -> bool) -> Group {
        Group::collect(attempts, filter, usize::MAX)
    }

    /// Collects as many of the attempts that a filter lets through as it takes to name its reasons: for proofs, of which one suffices.
    pub fn sample<W>(attempts: &[Attempt<W>], filter: &dyn Fn(&Attempt<W>) -> bool) -> Group {
        Group::collect(attempts, filter, REASONS)
    }

    #[inline(never)]
    fn collect<W>(attempts: &[Attempt<W>], filter: &dyn Fn(&Attempt<W>) -> bool, sites: usize) -> Group {
        let mut group = Group::default();
        for attempt in attempts {
            if group.sites.len() >= sites {
                break;
            }
            if filter(attempt) {
                group.add(attempt);
            }
        }
        group
    }

    /// Adds one attempt.
    fn add<W>(&mut self, attempt: &Attempt<W>) {
        let (id, host, messages) = (attempt.id, attempt.host(), attempt.messages);
        let places = self.sites.len();
        count(&mut self.sites, attempt.site(), messages);
        if self.sites.len() > places && places < REASONS {
            // One fact of each place says more than five of the same. Each place before this one has put in one id at least.
            self.ids.insert(places, id);
            self.ids.truncate(REASONS);
        } else if self.ids.len() < REASONS {
            self.ids.push(id);
        }
        if self.hosts.len() < NAMED {
            count(&mut self.hosts, host, messages);
        }
        count(&mut self.destinations, &attempt.destination, messages);
        self.messages += messages;
    }

    /// Says whether there is no attempt in it.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// Returns up to five of the facts, from as many places as possible.
    pub fn because(&self) -> &[FactId] {
        &self.ids
    }

    /// Returns a few of the hosts, and how many more places there are: `mx.example.net, mx.example.org (+7)`. The same in every language.
    pub fn named(&self) -> String {
        let mut names = String::new();
        for host in self.hosts.keys() {
            if !names.is_empty() {
                names.push_str(", ");
            }
            names.push_str(host);
        }
        let more = self.sites.len().saturating_sub(self.hosts.len());
        if more > 0 {
            names.push_str(" (+");
            names.push_str(&more.to_string());
            names.push(')');
        }
        names
    }
}

/// How far a group of failures spreads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// One place, one destination.
    OneDestination,
    /// One place, several destinations behind it.
    OneNextHop,
    /// Several unrelated places, while others prove the opposite.
    Several,
    /// Several unrelated places, and none proves the opposite.
    Everything,
}

impl Scope {
    /// Returns the scope of failures, given the attempts that prove that what fails there works elsewhere; `None` without failures.
    pub fn of(failures: &Group, proofs: &Group) -> Option<Scope> {
        match (failures.sites.len(), failures.destinations.len()) {
            (0, _) => None,
            (1, 1) => Some(Scope::OneDestination),
            (1, _) => Some(Scope::OneNextHop),
            _ if proofs.is_empty() => Some(Scope::Everything),
            _ => Some(Scope::Several),
        }
    }

    /// Returns the word for the derived fact `failing.scope`.
    pub fn word(self) -> &'static str {
        match self {
            Scope::OneDestination => "one-destination",
            Scope::OneNextHop => "one-next-hop",
            Scope::Several => "several",
            Scope::Everything => "everything",
        }
    }
}

/// Returns the share of `part` in `whole`, 0 to 1; 0 when there is nothing.
pub fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// Returns the place that a host, domain, address or mailbox belongs to: the registered domain, or the network of an address.
///
/// ```
/// use mailmedic_plugin_sdk::spread::site;
/// assert_eq!(site("mx2.partner.example[198.51.100.12]:25"), "partner.example");
/// assert_eq!(site("bob@mail.example.co.jp"), "example.co.jp");
/// assert_eq!(site("[198.51.100.12]"), "198.51.100");
/// ```
pub fn site(host: &str) -> String {
    let host = host.rsplit('@').next().unwrap_or(host).trim().to_ascii_lowercase();
    let name = bare(&host);
    // An address is told by its letters alone; the parser of the standard library would be a tenth of the component.
    if name.contains(':') {
        return first_parts(name, ':');
    }
    if name.split('.').count() == 4 && name.bytes().all(|byte| byte == b'.' || byte.is_ascii_digit()) {
        return first_parts(name, '.');
    }
    registered(name)
}

/// Keeps three parts of an address: the /24 of IPv4, the /48 of IPv6.
fn first_parts(address: &str, separator: char) -> String {
    let end = address.match_indices(separator).nth(2).map_or(address.len(), |(at, _)| at);
    address.get(..end).unwrap_or(address).to_owned()
}

/// Returns the name of a host without port, address in brackets, and final dot, in lower case.
///
/// ```
/// # use mailmedic_plugin_sdk::spread::host_name;
/// assert_eq!(host_name("[Relay.Example.net]:587"), "relay.example.net");
/// ```
pub fn host_name(host: &str) -> String {
    bare(&host.trim().to_ascii_lowercase()).to_owned()
}

/// Takes the address in brackets and the port off `name[address]:port`; of a bare `[address]` the address is the name.
fn bare(host: &str) -> &str {
    if let Some(literal) = host.strip_prefix('[') {
        let inside = literal.split(']').next().unwrap_or(literal);
        return inside.strip_prefix("ipv6:").unwrap_or(inside);
    }
    let name = host.split('[').next().unwrap_or(host);
    match name.split_once(':') {
        // More than one colon is an IPv6 address.
        Some((before, after)) if !after.contains(':') => before,
        _ => name,
    }
    .trim_end_matches('.')
}

/// Keeps two labels, or three below a country's `co`, `or`, `ac` …
fn registered(name: &str) -> String {
    const SECOND: [&str; 14] = ["ac", "ad", "co", "com", "ed", "edu", "go", "gov", "gr", "lg", "ne", "net", "or", "org"];
    let mut labels = name.rsplit('.').filter(|label| !label.is_empty());
    let (Some(top), Some(second)) = (labels.next(), labels.next()) else {
        return name.to_owned();
    };
    let mut kept = [second, ".", top].concat();
    if let (Some(third), true) = (labels.next(), top.len() == 2 && SECOND.contains(&second)) {
        kept = [third, ".", &kept].concat();
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attempt(id: FactId, destination: &str, hop: Option<&str>, failed: Option<u8>) -> Attempt<u8> {
        Attempt::new(id, destination.to_owned(), hop.map(str::to_owned), failed).of("x".to_owned(), 10)
    }

    #[test]
    fn hosts_of_one_organisation_are_one_place() {
        for host in ["a.example.net", "B.EXAMPLE.NET.", "mx.example.net:25", "mx.example.net[192.0.2.1]:25", "x@example.net"] {
            assert_eq!(site(host), "example.net", "{host}");
        }
        assert_eq!(site("192.0.2.9:25"), "192.0.2");
        assert_eq!(site("[ipv6:2001:db8:1::5]"), "2001:db8:1");
        assert_eq!(site("2001:db8:1::5"), "2001:db8:1");
        assert_eq!(site("localhost"), "localhost");
        assert_eq!(site(""), "");
    }

    #[test]
    fn several_destinations_behind_one_hop_are_one_next_hop() {
        let attempts =
            [attempt(1, "a.example", Some("mx1.host.example"), Some(1)), attempt(2, "b.example", Some("mx2.host.example"), Some(1))];
        let failures = Group::of(&attempts, &|_| true);
        assert_eq!(Scope::of(&failures, &Group::default()), Some(Scope::OneNextHop));
        assert_eq!(Scope::of(&Group::of(&attempts[..1], &|_| true), &Group::default()), Some(Scope::OneDestination));
    }

    #[test]
    fn a_proof_of_the_opposite_makes_everything_several() {
        let failing = [attempt(1, "a.example", None, Some(1)), attempt(2, "b.example", None, Some(1))];
        let proofs = Group::of(&[attempt(3, "c.example", None, None)], &|_| true);
        assert_eq!(Scope::of(&Group::of(&failing, &|_| true), &Group::default()), Some(Scope::Everything));
        assert_eq!(Scope::of(&Group::of(&failing, &|_| true), &proofs), Some(Scope::Several));
        assert_eq!(Scope::of(&Group::default(), &proofs), None);
    }

    #[test]
    fn reasons_come_from_different_places_first() {
        let mut attempts: Vec<_> = (0..9).map(|id| attempt(id, "a.example", None, Some(1))).collect();
        attempts.push(attempt(9, "b.example", None, Some(1)));
        assert_eq!(Group::of(&attempts, &|_| true).because(), [0, 9, 1, 2, 3]);
        assert_eq!(Group::sample(&attempts, &|_| true).because(), [0, 9, 1, 2, 3]);
        attempts.extend((10..20).map(|id| attempt(id, &format!("d{id}.example"), None, Some(1))));
        assert_eq!(Group::sample(&attempts, &|_| true).because(), Group::of(&attempts, &|_| true).because());
    }

    #[test]
    fn a_name_list_says_how_many_more() {
        let many: Vec<_> = (0..10).map(|id| attempt(id, &format!("d{id}.example"), None, Some(1))).collect();
        assert_eq!(Group::of(&many, &|_| true).named(), "d0.example, d1.example, d2.example (+7)");
    }
}
