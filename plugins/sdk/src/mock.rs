//! Facts made up for a test, and a record of what a plugin said about them.

use std::collections::BTreeMap;

use crate::{
    Bounce, Connector, Counter, DiagnosticLevel, DnsAnswer, Event, FactId, Facts, Hop, HostResource, KnownNumber, KnownText, Outcome,
    Queue, Refused, Results, Sample, Service, Session, Setting, Stage, Value,
};

/// A case made of plain rows. The host hands rows out in the same order and by the same filters.
#[derive(Debug, Clone, Default)]
pub struct Case {
    /// Queues of every stage.
    pub queues: Vec<Queue>,
    /// Lengths over time, by the id of the queue.
    pub samples: BTreeMap<FactId, Vec<Sample>>,
    /// Outcomes, with their stage.
    pub outcomes: Vec<(Stage, Outcome)>,
    /// Events of every source.
    pub events: Vec<Event>,
    /// Settings.
    pub settings: Vec<Setting>,
    /// Services.
    pub services: Vec<Service>,
    /// Connectors.
    pub connectors: Vec<Connector>,
    /// Disks, memory, processors.
    pub resources: Vec<HostResource>,
    /// Counters.
    pub counters: Vec<Counter>,
    /// Levels of diagnostic logging.
    pub diagnostic_levels: Vec<DiagnosticLevel>,
    /// DNS answers.
    pub dns: Vec<DnsAnswer>,
    /// SMTP sessions.
    pub sessions: Vec<Session>,
    /// Bounces.
    pub bounces: Vec<Bounce>,
    /// Hops, by message and time.
    pub hops: Vec<Hop>,
    /// Patterns of what was listed in full.
    pub listed: Vec<String>,
    /// The last id that was given out.
    pub last_id: FactId,
}

impl Case {
    /// Returns a fact id that no other row of the case has.
    pub fn id(&mut self) -> FactId {
        self.last_id += 1;
        self.last_id
    }

    /// Adds a queue with so many messages and returns its id. Its state is `retry` when there is an error, else `ready`.
    pub fn queue(&mut self, stage: Stage, name: &str, messages: f64, last_error: Option<&str>) -> FactId {
        let id = self.id();
        self.queues.push(Queue {
            id,
            name: name.to_owned(),
            stage,
            state: KnownText::Value(if last_error.is_some() { "retry" } else { "ready" }.to_owned()),
            messages: KnownNumber::Value(messages),
            oldest: KnownNumber::Unknown("nobody looked".to_owned()),
            last_error: last_error.map_or(KnownText::Absent, |text| KnownText::Value(text.to_owned())),
        });
        id
    }

    /// Gives a queue its lengths over time, five minutes apart.
    pub fn series(&mut self, queue: FactId, lengths: &[u64]) {
        let samples = (0..).zip(lengths).map(|(step, messages)| Sample { at: 1_700_000_000 + step * 300, messages: *messages });
        self.samples.insert(queue, samples.collect());
    }

    /// Adds an outcome and returns its id. The shares are computed when outcomes are asked for.
    pub fn outcome(&mut self, stage: Stage, destination: &str, next_hop: Option<&str>, status: &str, text: &str, messages: u64) -> FactId {
        let id = self.id();
        self.outcomes.push((
            stage,
            Outcome {
                id,
                destination: destination.to_owned(),
                next_hop: next_hop.map(str::to_owned),
                status: status.to_owned(),
                code: None,
                template: text.to_owned(),
                messages,
                share: 0.0,
                first: 1_700_000_000,
                last: 1_700_003_600,
                healed: false,
            },
        ));
        id
    }

    /// Adds a setting and returns its id.
    pub fn setting(&mut self, key: &str, value: &str) -> FactId {
        let id = self.id();
        self.settings.push(Setting { id, key: key.to_owned(), value: value.to_owned() });
        id
    }

    /// Adds a service and returns its id.
    pub fn service(&mut self, name: &str, state: &str) -> FactId {
        let id = self.id();
        self.services.push(Service { id, name: name.to_owned(), state: state.to_owned() });
        id
    }

    /// Adds a connector and returns its id. An empty smart host means that it asks the DNS, an empty state that nobody looked.
    pub fn connector(&mut self, name: &str, spaces: &[&str], smart_host: &str, state: &str) -> FactId {
        let id = self.id();
        self.connectors.push(Connector {
            id,
            name: name.to_owned(),
            address_spaces: spaces.iter().map(|space| (*space).to_owned()).collect(),
            smart_host: (!smart_host.is_empty()).then(|| smart_host.to_owned()),
            state: if state.is_empty() { KnownText::Unknown("nobody looked".to_owned()) } else { KnownText::Value(state.to_owned()) },
            restrictions: Vec::new(),
        });
        id
    }

    /// Adds a bounce and returns its id.
    pub fn bounce(&mut self, recipient: &str, code: Option<&str>, reply: &str) -> FactId {
        let id = self.id();
        let (recipient, code, reply) = (recipient.to_owned(), code.map(str::to_owned), reply.to_owned());
        self.bounces.push(Bounce { id, recipient, code, reply, host: None });
        id
    }

    /// Adds a counter and returns its id.
    pub fn counter(&mut self, name: &str, value: f64) -> FactId {
        let id = self.id();
        self.counters.push(Counter { id, name: name.to_owned(), value: KnownNumber::Value(value) });
        id
    }

    /// Adds an event and returns its id.
    pub fn event(&mut self, source: &str, number: u32, message: &str) -> FactId {
        let id = self.id();
        self.events.push(Event {
            id,
            source: source.to_owned(),
            number,
            level: "error".to_owned(),
            category: String::new(),
            message: message.to_owned(),
            count: 1,
            last: Some(1_700_003_600),
        });
        id
    }

    /// Adds a DNS answer and returns its id.
    pub fn answer(&mut self, name: &str, kind: &str, outcome: &str) -> FactId {
        let id = self.id();
        self.dns.push(DnsAnswer {
            id,
            name: name.to_owned(),
            kind: kind.to_owned(),
            outcome: outcome.to_owned(),
            answers: Vec::new(),
            server: None,
            milliseconds: KnownNumber::Unknown("nobody looked".to_owned()),
        });
        id
    }

    /// Adds an attempt to talk SMTP to a host and returns its id.
    pub fn session(&mut self, host: &str, port: u16, outcome: &str) -> FactId {
        let id = self.id();
        self.sessions.push(Session { id, host: host.to_owned(), port, inbound: false, outcome: outcome.to_owned(), last_reply: None });
        id
    }

    /// Adds a hop of a message, so many seconds after the first, and returns its id.
    pub fn hop(&mut self, message: &str, seconds: i64, origin: &str, destination: &str) -> FactId {
        let id = self.id();
        let at = 1_700_000_000 + seconds;
        self.hops.push(Hop { id, message: message.to_owned(), at, origin: origin.to_owned(), destination: destination.to_owned() });
        id
    }
}

impl Facts for Case {
    fn queues(&self, stage: Stage) -> Vec<Queue> {
        self.queues.iter().filter(|queue| queue.stage == stage).cloned().collect()
    }
    fn samples(&self, queue: FactId) -> Vec<Sample> {
        self.samples.get(&queue).cloned().unwrap_or_default()
    }
    fn outcomes(&self, stage: Stage, skip: u32, limit: u32) -> Vec<Outcome> {
        let mut rows: Vec<&Outcome> = self.outcomes.iter().filter(|(of, _)| *of == stage).map(|(_, outcome)| outcome).collect();
        rows.sort_by_key(|outcome| std::cmp::Reverse(outcome.messages));
        let total = rows.iter().map(|outcome| outcome.messages).sum::<u64>().max(1) as f64;
        let page = rows.into_iter().skip(skip as usize).take(limit as usize);
        page.map(|outcome| Outcome { share: outcome.messages as f64 / total, ..outcome.clone() }).collect()
    }
    fn events(&self, source: &str, numbers: &[u32]) -> Vec<Event> {
        let of_number = |event: &&Event| numbers.is_empty() || numbers.contains(&event.number);
        self.events.iter().filter(|event| source.is_empty() || event.source == source).filter(of_number).cloned().collect()
    }
    fn settings(&self, pattern: &str) -> Vec<Setting> {
        self.settings.iter().filter(|setting| key_matches(pattern, &setting.key)).cloned().collect()
    }
    fn services(&self, name: &str) -> Vec<Service> {
        self.services.iter().filter(|service| name.is_empty() || service.name.eq_ignore_ascii_case(name)).cloned().collect()
    }
    fn connectors(&self) -> Vec<Connector> {
        self.connectors.clone()
    }
    fn resources(&self) -> Vec<HostResource> {
        self.resources.clone()
    }
    fn counters(&self, pattern: &str) -> Vec<Counter> {
        self.counters.iter().filter(|counter| key_matches(pattern, &counter.name)).cloned().collect()
    }
    fn diagnostic_levels(&self) -> Vec<DiagnosticLevel> {
        self.diagnostic_levels.clone()
    }
    fn dns(&self, name: &str) -> Vec<DnsAnswer> {
        self.dns.iter().filter(|answer| name.is_empty() || answer.name.eq_ignore_ascii_case(name)).cloned().collect()
    }
    fn sessions(&self, host: &str) -> Vec<Session> {
        self.sessions.iter().filter(|session| host.is_empty() || session.host.eq_ignore_ascii_case(host)).cloned().collect()
    }
    fn bounces(&self, skip: u32, limit: u32) -> Vec<Bounce> {
        self.bounces.iter().skip(skip as usize).take(limit as usize).cloned().collect()
    }
    fn hops(&self, skip: u32, limit: u32) -> Vec<Hop> {
        self.hops.iter().skip(skip as usize).take(limit as usize).cloned().collect()
    }
    fn listed(&self, pattern: &str) -> KnownText {
        match self.listed.iter().find(|listed| *listed == pattern) {
            Some(listed) => KnownText::Value(listed.clone()),
            None => KnownText::Unknown("nobody listed it".to_owned()),
        }
    }
}

/// Matches a key against a pattern whose parts are set apart by `/` or `.`; `*` stands for one part, and as the last for all that follow.
fn key_matches(pattern: &str, key: &str) -> bool {
    if pattern == "*" {
        return true;
    }
    let parts = |text: &str| text.to_ascii_lowercase().split(['/', '.']).map(str::to_owned).collect::<Vec<_>>();
    let (pattern, key) = (parts(pattern), parts(key));
    let open = pattern.last().is_some_and(|part| part == "*");
    (pattern.len() == key.len() || open && pattern.len() < key.len()) && pattern.iter().zip(&key).all(|(p, k)| p == "*" || p == k)
}

/// What a plugin said, in order.
#[derive(Debug, Clone, Default)]
pub struct Said {
    /// Findings that hold, with their facts.
    pub present: Vec<(String, Vec<FactId>)>,
    /// Findings that do not hold, with their facts.
    pub absent: Vec<(String, Vec<FactId>)>,
    /// Findings that could not be judged, with the names of what is missing.
    pub unknown: Vec<(String, Vec<String>)>,
    /// Derived facts: name, what about, value.
    pub derived: Vec<(String, FactId, Value)>,
}

impl Said {
    /// Returns the ids of the findings that hold, in order of the alphabet.
    pub fn findings(&self) -> Vec<&str> {
        let mut ids: Vec<&str> = self.present.iter().map(|(id, _)| id.as_str()).collect();
        ids.sort_unstable();
        ids
    }

    /// Says whether a finding was reported as present.
    pub fn is_present(&self, finding: &str) -> bool {
        self.present.iter().any(|(id, _)| id == finding)
    }

    /// Says whether a finding was reported as absent.
    pub fn is_absent(&self, finding: &str) -> bool {
        self.absent.iter().any(|(id, _)| id == finding)
    }

    /// Returns the facts of a finding that holds; none when it does not.
    pub fn because(&self, finding: &str) -> &[FactId] {
        self.present.iter().find(|(id, _)| id == finding).map_or(&[], |(_, because)| because)
    }

    /// Returns what a finding misses that could not be judged; nothing when it could.
    pub fn missing(&self, finding: &str) -> Vec<&str> {
        let found = self.unknown.iter().find(|(id, _)| id == finding);
        found.map_or(Vec::new(), |(_, missing)| missing.iter().map(String::as_str).collect())
    }

    /// Returns the text of a derived fact, the first of that name.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.derived.iter().find_map(|(derived, _, value)| match value {
            Value::Text(text) if derived == name => Some(text.as_str()),
            _ => None,
        })
    }

    /// Returns the number of a derived fact, the first of that name.
    pub fn number(&self, name: &str) -> Option<f64> {
        self.derived.iter().find_map(|(derived, _, value)| match value {
            Value::Number(number) if derived == name => Some(*number),
            _ => None,
        })
    }

    /// Returns the findings that were said more than once: a plugin judges each once.
    pub fn repeated(&self) -> Vec<&str> {
        let mut ids: Vec<&str> = self.present.iter().chain(&self.absent).map(|(id, _)| id.as_str()).collect();
        ids.extend(self.unknown.iter().map(|(id, _)| id.as_str()));
        ids.sort_unstable();
        let repeated = ids.windows(2).filter_map(|pair| match pair {
            [one, other] if one == other => Some(*one),
            _ => None,
        });
        repeated.collect()
    }
}

impl Results for Said {
    fn derive(&mut self, name: &str, about: FactId, value: Value, _because: &[FactId]) -> Result<FactId, Refused> {
        self.derived.push((name.to_owned(), about, value));
        // Far above the ids of a case, so that a test sees at once where a fact came from.
        Ok(1_000_000 + FactId::try_from(self.derived.len()).unwrap_or(0))
    }
    fn present(&mut self, finding: &str, because: &[FactId]) -> Result<(), Refused> {
        self.present.push((finding.to_owned(), because.to_vec()));
        Ok(())
    }
    fn absent(&mut self, finding: &str, because: &[FactId]) -> Result<(), Refused> {
        self.absent.push((finding.to_owned(), because.to_vec()));
        Ok(())
    }
    fn unknown(&mut self, finding: &str, missing: &[&str]) -> Result<(), Refused> {
        self.unknown.push((finding.to_owned(), missing.iter().map(|name| (*name).to_owned()).collect()));
        Ok(())
    }
}
