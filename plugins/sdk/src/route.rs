//! Connectors as routes: which destinations they serve, at what cost, and whether they are up.

use crate::known::{parts, trimmed};
use crate::spread::host_name;
use crate::{FactId, Facts, KnownText, Queue};

/// One address space of a connector: `SMTP:*.example.net;10`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Space {
    /// The type of address, in lower case: `smtp`, `x400`, `notes` …
    pub kind: String,
    /// What stands for the addresses, in lower case: `*`, `*.example.net`, `example.net`, `c=us;a= ;p=example`.
    pub pattern: String,
    /// The cost; of two routes with equally close spaces the cheaper is taken.
    pub cost: u32,
}

impl Space {
    /// Reads an address space; `None` when nothing is in it. Without a type it is SMTP, without a cost 1.
    ///
    /// ```
    /// use mailmedic_plugin_sdk::route::Space;
    /// let space = Space::of("SMTP:*.Example.net;10").unwrap();
    /// assert!(space.cost == 10 && space.covers("smtp", "mail.example.net") && !space.covers("smtp", "example.org"));
    /// ```
    pub fn of(text: &str) -> Option<Space> {
        let text = trimmed(text, "\"{}").to_ascii_lowercase();
        let (kind, rest) = match text.split_once(':') {
            Some((kind, rest)) if !kind.is_empty() && kind.bytes().all(|byte| byte.is_ascii_alphanumeric()) => (kind, rest),
            _ => ("smtp", text.as_str()),
        };
        // The parts of an X.400 address are set apart by `;` too: only a number behind the last one is a cost.
        let (pattern, cost) = match rest.rsplit_once(';') {
            Some((pattern, cost)) => cost.trim().parse().map_or((rest, 1), |cost| (pattern, cost)),
            None => (rest, 1),
        };
        let pattern = pattern.trim().trim_end_matches('.');
        (!pattern.is_empty()).then(|| Space { kind: kind.to_owned(), pattern: pattern.to_owned(), cost })
    }

    /// Says whether all addresses of a type that a pattern stands for belong to this space. A domain is such a pattern.
    ///
    /// `*.example.net` is taken to hold `example.net` itself as well.
    pub fn covers(&self, kind: &str, pattern: &str) -> bool {
        if self.kind != kind.to_ascii_lowercase() {
            return false;
        }
        let pattern = pattern.to_ascii_lowercase();
        if self.pattern == "*" || self.pattern == pattern {
            return true;
        }
        let inner = pattern.strip_prefix("*.").unwrap_or(&pattern);
        self.pattern.strip_prefix("*.").is_some_and(|base| {
            inner.strip_suffix(base).is_some_and(|before| before.is_empty() || before.ends_with('.')) && !inner.is_empty()
        })
    }

    /// Returns how closely the pattern fits what it covers; routing prefers the closest, whatever the costs are.
    pub fn closeness(&self) -> usize {
        match self.pattern.strip_prefix("*.") {
            Some(base) => base.len(),
            None if self.pattern == "*" => 0,
            None => self.pattern.len() + 1,
        }
    }
}

/// Whether a route can be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It is up.
    Up,
    /// It is down or switched off.
    Down,
    /// Nobody looked.
    Unknown,
}

/// A connector, whichever facts tell of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Route {
    /// The fact that says so.
    pub id: FactId,
    /// Its name.
    pub name: String,
    /// What it serves.
    pub spaces: Vec<Space>,
    /// The hosts that it hands mail to; none when it asks the DNS.
    pub smart_hosts: Vec<String>,
    /// Whether it can be taken.
    pub state: State,
    /// Whether it takes some messages or senders only.
    pub restricted: bool,
}

impl Route {
    /// Says whether it serves all addresses that a pattern of a type stands for.
    pub fn covers(&self, kind: &str, pattern: &str) -> bool {
        self.spaces.iter().any(|space| space.covers(kind, pattern))
    }

    /// Says whether a queue holds what goes by this route: it bears the name of the connector, of its smart host, or of a domain that
    /// the connector is for. A connector for all domains has a queue for each of them, so none of these speaks for it.
    pub fn owns(&self, queue: &Queue) -> bool {
        let name = queue.name.trim().to_ascii_lowercase();
        let own = self.name.trim().to_ascii_lowercase();
        if name.is_empty() {
            return false;
        }
        let shown = |rest: &str| rest.is_empty() || matches!(rest.as_bytes().first(), Some(b' ' | b'(' | b';' | b'-'));
        let named = !own.is_empty() && name.strip_prefix(&own).is_some_and(shown);
        let host = host_name(parts(&name, " (").first().unwrap_or(&name.as_str()));
        named
            || self.smart_hosts.iter().any(|smart| host_name(smart) == host)
            || self.smart_hosts.is_empty() && self.spaces.iter().any(|space| space.pattern != "*" && space.covers("smtp", &host))
    }
}

/// Returns the connectors of the case, and those that settings of Send connectors describe.
pub fn routes(facts: &impl Facts) -> Vec<Route> {
    let mut routes = Vec::new();
    for connector in facts.connectors() {
        routes.push(Route {
            id: connector.id,
            name: connector.name,
            spaces: connector.address_spaces.iter().filter_map(|space| Space::of(space)).collect(),
            smart_hosts: hosts(connector.smart_host.as_deref().unwrap_or_default()),
            state: state(&connector.state),
            restricted: !connector.restrictions.is_empty(),
        });
    }
    let settings = facts.settings("sendconnector.*");
    for setting in &settings {
        let Some((name, property)) = setting.key.rsplit_once('.') else { continue };
        if !property.eq_ignore_ascii_case("addressspaces") {
            continue;
        }
        let other = |wanted: &str| {
            let mut others = settings.iter().filter_map(|other| Some((other.key.rsplit_once('.')?, other.value.as_str())));
            others.find(|((of, property), _)| *of == name && property.eq_ignore_ascii_case(wanted)).map(|(_, value)| value)
        };
        let enabled = other("enabled").map(str::to_ascii_lowercase);
        routes.push(Route {
            id: setting.id,
            name: name.split_once('.').map_or(name, |(_, name)| name).to_owned(),
            spaces: parts(&setting.value, ", ").into_iter().filter_map(Space::of).collect(),
            smart_hosts: hosts(other("smarthosts").unwrap_or_default()),
            state: match enabled.as_deref() {
                Some("false" | "no" | "0" | "$false") => State::Down,
                // Since 2007 a connector has no state of its own: what is enabled is used.
                Some(_) => State::Up,
                None => State::Unknown,
            },
            restricted: false,
        });
    }
    routes
}

/// Says whether all connectors were listed, so that what is not among them is not there.
pub fn all_listed(facts: &impl Facts) -> bool {
    ["connector *", "setting sendconnector.*"].iter().any(|pattern| facts.listed(pattern).is_known())
}

fn hosts(list: &str) -> Vec<String> {
    parts(list, ", ;").into_iter().map(host_name).filter(|host| !host.is_empty()).collect()
}

fn state(known: &KnownText) -> State {
    match known.get() {
        Some("up") => State::Up,
        Some("down") => State::Down,
        _ => State::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Stage;
    use crate::mock::Case;

    #[test]
    fn spaces_are_read_with_type_and_cost() {
        let read = |text| Space::of(text).map(|space| (space.kind, space.pattern, space.cost));
        let of = |kind: &str, pattern: &str, cost| Some((kind.to_owned(), pattern.to_owned(), cost));
        assert_eq!(read("SMTP:*;1"), of("smtp", "*", 1));
        assert_eq!(read("example.net"), of("smtp", "example.net", 1));
        assert_eq!(read("smtp:*.Example.net;20"), of("smtp", "*.example.net", 20));
        assert_eq!(read("X400:c=US;a= ;p=Example;5"), of("x400", "c=us;a= ;p=example", 5));
        assert_eq!(read("NOTES:*"), of("notes", "*", 1));
        assert_eq!(read("  "), None);
        assert_eq!(read("SMTP:"), None);
    }

    #[test]
    fn a_space_holds_what_lies_in_it() {
        let covers = |space, pattern| Space::of(space).unwrap().covers("smtp", pattern);
        assert!(covers("SMTP:*", "*.example.net") && covers("*.example.net", "*.sub.example.net") && covers("example.net", "Example.NET"));
        assert!(covers("*.example.net", "example.net"));
        assert!(!covers("*.example.net", "badexample.net") && !covers("example.net", "sub.example.net") && !covers("example.net", "*"));
        let close = |space| Space::of(space).unwrap().closeness();
        assert!(close("example.net") > close("*.example.net") && close("*.example.net") > close("*.net") && close("*.net") > close("*"));
        assert!(!covers("NOTES:*", "example.net"));
        assert!(!covers("*.example.net", "") && !covers("example.net", ""));
    }

    #[test]
    fn a_queue_is_told_by_connector_host_or_domain() {
        let mut case = Case::default();
        for name in ["Partner (SMTP connector)", "gw.partner.example", "mail.partner.example", "Partners", "internet.example", ""] {
            case.queue(Stage::RemoteDelivery, name, 1.0, None);
        }
        let mut route = Route {
            id: 1,
            name: "Partner".to_owned(),
            spaces: Space::of("SMTP:*.partner.example;1").into_iter().collect(),
            smart_hosts: Vec::new(),
            state: State::Unknown,
            restricted: false,
        };
        let owned = |route: &Route| case.queues.iter().map(|queue| route.owns(queue)).collect::<Vec<_>>();
        assert_eq!(owned(&route), [true, true, true, false, false, false]);
        route.smart_hosts.push("internet.example".to_owned());
        assert_eq!(owned(&route), [true, false, false, false, true, false]);
        (route.spaces, route.smart_hosts) = (Space::of("*").into_iter().collect(), Vec::new());
        assert_eq!(owned(&route), [true, false, false, false, false, false]);
    }

    #[test]
    fn send_connectors_are_read_from_settings() {
        let mut case = Case::default();
        case.setting("sendconnector.Internet.addressspaces", "SMTP:*;1, SMTP:example.net;5");
        case.setting("sendconnector.Internet.enabled", "False");
        case.setting("sendconnector.Partner.addressspaces", "SMTP:partner.example;1");
        let routes = routes(&case);
        let seen: Vec<_> = routes.iter().map(|route| (route.name.as_str(), route.spaces.len(), route.state)).collect();
        assert_eq!(seen, [("Internet", 2, State::Down), ("Partner", 1, State::Unknown)]);
    }
}
