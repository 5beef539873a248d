//! What rules see of a case: accessors that select in Rust and return few.

use crate::fact::{AnyFact, FactId, FactName, Facts, Kind, Known, Outcome, Platform, Stage, Value, path_matches};
use crate::knowledge::{Folder, Knowledge, Pattern};
use crate::parse::template::domain;
use rhai::{Array, Dynamic, Engine, EvalAltResult, ImmutableString, Position};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

/// The facts that entries of the knowledge matched, by `<folder>/<entry>`.
pub type Matches = BTreeMap<String, Vec<FactId>>;

/// How many outcomes a rule gets at once: those of the most messages.
const MOST_OUTCOMES: usize = 1_000;

type Failure = Box<EvalAltResult>;

/// A case as rules see it; cheap to clone.
#[derive(Clone)]
pub struct View {
    facts: Arc<Facts>,
    services: Arc<BTreeMap<String, String>>,
    matches: Arc<Matches>,
    touched: Arc<Mutex<BTreeSet<Kind>>>,
}

/// One fact as rules see it.
#[derive(Clone)]
pub(super) struct FactRef {
    facts: Arc<Facts>,
    id: FactId,
}

/// A fact that a rule read and that is not known.
#[derive(Clone)]
pub(super) struct UnknownFact(pub FactName);

impl FactRef {
    pub fn id(&self) -> FactId {
        self.id
    }

    fn field(&self, name: &str) -> Result<Dynamic, Failure> {
        let fact = self.facts.get(self.id).ok_or("the fact is gone")?;
        if name == "at" {
            return Ok(fact.at().map_or(Dynamic::UNIT, |at| at.0.into()));
        }
        match fact.field(name) {
            None => {
                let kind = fact.kind().id();
                let nearest = crate::words::nearest(name, fact.fields().iter().map(|field| field.name)).unwrap_or_default();
                Err(format!("a {kind} has no field `{name}`; did you mean `{nearest}`?").into())
            }
            Some(Known::Value(value)) => Ok(dynamic(&value)),
            Some(Known::Absent | Known::NotApplicable(_)) => Ok(Dynamic::UNIT),
            Some(Known::Unknown(_)) => {
                let name = FactName::of(fact.kind(), &fact.parts());
                Err(Box::new(EvalAltResult::ErrorRuntime(Dynamic::from(UnknownFact(name)), Position::NONE)))
            }
        }
    }

    fn knows(&self, name: &str) -> Result<bool, Failure> {
        let fact = self.facts.get(self.id).ok_or("the fact is gone")?;
        let field = fact.field(name).ok_or_else(|| format!("a {} has no field `{name}`", fact.kind().id()))?;
        Ok(!matches!(field, Known::Unknown(_)))
    }
}

fn dynamic(value: &Value) -> Dynamic {
    match value {
        Value::Text(text) => text.as_str().into(),
        Value::Integer(number) => (*number).into(),
        Value::Number(number) => (*number).into(),
        Value::Flag(flag) => (*flag).into(),
        Value::Time(time) => time.0.into(),
        Value::List(list) => list.iter().map(|text| Dynamic::from(text.as_str().to_owned())).collect::<Array>().into(),
    }
}

impl View {
    /// Returns the facts of the case.
    pub(super) fn facts(&self) -> &Arc<Facts> {
        &self.facts
    }

    /// Builds the view of a case; services are found by any of the names that the knowledge gives them.
    pub fn new(facts: Arc<Facts>, knowledge: &Knowledge, matches: Matches) -> View {
        let mut services = BTreeMap::new();
        for entry in knowledge.folder(Folder::Services) {
            if let Pattern::Service { names, .. } = &entry.pattern {
                services.extend(names.iter().map(|name| (name.clone(), entry.id.to_lowercase())));
            }
        }
        View { facts, services: Arc::new(services), matches: Arc::new(matches), touched: Arc::default() }
    }

    /// Returns a view of the same case for another thread, which keeps its own account of what rules ask for.
    pub(super) fn beside(&self) -> View {
        View { touched: Arc::default(), ..self.clone() }
    }

    /// Returns the view with other facts of the same case, those that plugins derived among them.
    pub(super) fn of(&self, facts: &Arc<Facts>) -> View {
        View { facts: Arc::clone(facts), ..self.beside() }
    }

    /// Returns the kinds of facts that a rule asked for since the last call; what `pack check` holds against its front matter.
    pub fn take_touched(&self) -> BTreeSet<Kind> {
        self.touched.lock().map(|mut touched| std::mem::take(&mut *touched)).unwrap_or_default()
    }

    fn touch(&self, kind: Kind) {
        if let Ok(mut touched) = self.touched.lock() {
            touched.insert(kind);
        }
    }

    fn refs(&self, ids: impl IntoIterator<Item = FactId>) -> Array {
        ids.into_iter().map(|id| Dynamic::from(FactRef { facts: Arc::clone(&self.facts), id })).collect()
    }

    fn all(&self, kind: Kind) -> Array {
        self.touch(kind);
        self.refs((0..self.facts.count(kind)).map(|row| FactId::new(kind, row)))
    }

    fn named(&self, kind: Kind, pattern: &str) -> Array {
        self.touch(kind);
        let name = FactName::of(kind, &[pattern.to_owned()]);
        self.refs(self.facts.named(&name))
    }

    /// Facts of a kind whose field has a value.
    fn with(&self, kind: Kind, test: impl Fn(&dyn AnyFact) -> bool) -> Array {
        self.touch(kind);
        let ids = (0..self.facts.count(kind)).map(|row| FactId::new(kind, row));
        self.refs(ids.filter(|id| self.facts.get(*id).is_some_and(&test)))
    }

    fn queues(&self, word: &str) -> Result<Array, Failure> {
        let is = |fact: &dyn AnyFact| {
            ["kind", "stage", "name"].iter().any(|field| fact.text(field).is_some_and(|text| text.eq_ignore_ascii_case(word)))
        };
        Ok(self.with(Kind::Queue, is))
    }

    fn outcomes(&self, stage: &str, status: Option<&str>) -> Result<Array, Failure> {
        self.touch(Kind::Outcome);
        let stage = stage_named(stage)?;
        Ok(self.most(|outcome| outcome.stage == stage && status.is_none_or(|status| outcome.status == status)))
    }

    /// The outcomes that pass a test and concern the most messages, at most [`MOST_OUTCOMES`] of them.
    fn most(&self, wanted: impl Fn(&Outcome) -> bool) -> Array {
        self.touch(Kind::Outcome);
        let mut rows: Vec<(u64, usize)> = self
            .facts
            .outcomes
            .iter()
            .enumerate()
            .filter(|(_, fact)| wanted(&fact.what))
            .map(|(row, fact)| (fact.what.messages, row))
            .collect();
        rows.sort_by(|left, right| right.0.cmp(&left.0).then(left.1.cmp(&right.1)));
        rows.truncate(MOST_OUTCOMES);
        self.refs(rows.into_iter().map(|(_, row)| FactId::new(Kind::Outcome, row)))
    }

    fn events(&self, source: &str, numbers: Option<Array>) -> Result<Array, Failure> {
        self.touch(Kind::Event);
        let numbers: Option<Vec<i64>> = match numbers {
            None => None,
            Some(list) => Some(
                list.into_iter()
                    .map(|number| number.as_int().map_err(|_| Failure::from("event ids are whole numbers")))
                    .collect::<Result<_, _>>()?,
            ),
        };
        let plain = |text: &str| text.replace(' ', "").to_lowercase();
        let source = plain(source);
        let rows = self.facts.events.iter().enumerate();
        let found = rows.filter(|(_, fact)| {
            plain(&fact.what.source) == source && numbers.as_ref().is_none_or(|numbers| numbers.contains(&i64::from(fact.what.number)))
        });
        Ok(self.refs(found.map(|(row, _)| FactId::new(Kind::Event, row))))
    }

    /// Returns the id that the knowledge gives a service, whichever of its names is used.
    fn service_id(&self, name: &str) -> String {
        let name = name.to_lowercase();
        let name = name.trim_end_matches(".service").to_owned();
        self.services.get(&name).cloned().unwrap_or(name)
    }

    /// Returns whether the case has a service of this name or of another name of the same service.
    pub fn has_service(&self, name: &str) -> bool {
        let wanted = self.service_id(name);
        self.facts.services.iter().any(|fact| self.service_id(&fact.what.name) == wanted)
    }

    fn services(&self, name: &str) -> Array {
        let wanted = self.service_id(name);
        self.with(Kind::Service, |fact| fact.text("name").is_some_and(|name| self.service_id(&name) == wanted))
    }

    fn is(&self, word: &str) -> Result<bool, Failure> {
        if Platform::from_id(word).is_none() && !Platform::GROUPS.contains(&word) {
            return Err(format!("`{word}` is no platform").into());
        }
        Ok(self.facts.case.platform.is_some_and(|platform| platform.is(word)))
    }

    fn listed(&self, name: &str) -> Result<bool, Failure> {
        let name = FactName::parse(name).map_err(|error| error.to_string())?;
        Ok(self.facts.listing(&name).is_some())
    }
}

fn stage_named(word: &str) -> Result<Stage, Failure> {
    Stage::from_id(word).ok_or_else(|| {
        let nearest = crate::words::nearest(word, Stage::ALL.iter().map(|stage| stage.id())).unwrap_or_default();
        format!("`{word}` is no stage; did you mean `{nearest}`?").into()
    })
}

/// Registers what rules can call.
pub(super) fn register(engine: &mut Engine) {
    engine.register_type_with_name::<View>("facts").register_type_with_name::<FactRef>("fact");
    engine.register_indexer_get(|fact: &mut FactRef, name: ImmutableString| fact.field(&name));
    engine.register_fn("knows", |fact: &mut FactRef, name: &str| fact.knows(name));
    engine.register_fn("kind", |fact: &mut FactRef| fact.id.kind().id());

    engine.register_get("platform", |view: &mut View| view.facts.case.platform.map_or(Dynamic::UNIT, |platform| platform.id().into()));
    engine.register_get("server", |view: &mut View| view.facts.case.server.clone().map_or(Dynamic::UNIT, Dynamic::from));
    engine.register_get("domains", |view: &mut View| view.facts.case.domains.iter().cloned().map(Dynamic::from).collect::<Array>());
    engine.register_get("now", |view: &mut View| view.facts.reference_time().map_or(Dynamic::UNIT, |now| now.0.into()));
    // `is` is a reserved word of Rhai.
    engine.register_fn("runs_on", |view: &mut View, word: &str| view.is(word));
    engine.register_fn("listed", |view: &mut View, name: &str| view.listed(name));
    engine.register_fn("matched", |view: &mut View, entry: &str| {
        let ids = view.matches.get(entry).cloned().unwrap_or_default();
        view.refs(ids)
    });

    for (name, kind) in [
        ("queues", Kind::Queue),
        ("events", Kind::Event),
        ("dns", Kind::Dns),
        ("sessions", Kind::Smtp),
        ("services", Kind::Service),
        ("levels", Kind::DiagnosticLevel),
        ("connectors", Kind::Connector),
        ("ndrs", Kind::Ndr),
        ("answers", Kind::Answer),
        ("logs", Kind::Log),
        ("listeners", Kind::Listener),
        ("certificates", Kind::Certificate),
        ("changes", Kind::Change),
    ] {
        engine.register_fn(name, move |view: &mut View| view.all(kind));
    }
    for (name, kind) in [
        ("settings", Kind::Setting),
        ("dns", Kind::Dns),
        ("levels", Kind::DiagnosticLevel),
        ("connectors", Kind::Connector),
        ("resources", Kind::Resource),
        ("counters", Kind::Counter),
        ("answers", Kind::Answer),
        ("derived", Kind::Derived),
        ("certificates", Kind::Certificate),
        ("changes", Kind::Change),
    ] {
        engine.register_fn(name, move |view: &mut View, pattern: &str| view.named(kind, pattern));
    }
    engine.register_fn("queues", |view: &mut View, word: &str| view.queues(word));
    engine.register_fn("outcomes", |view: &mut View| view.most(|_| true));
    engine.register_fn("outcomes_to", |view: &mut View, destination: &str| {
        view.most(|outcome| outcome.destination.eq_ignore_ascii_case(destination))
    });
    engine.register_fn("outcomes", |view: &mut View, stage: &str| view.outcomes(stage, None));
    engine.register_fn("outcomes", |view: &mut View, stage: &str, status: &str| view.outcomes(stage, Some(status)));
    engine.register_fn("events", |view: &mut View, source: &str| view.events(source, None));
    engine.register_fn("events", |view: &mut View, source: &str, number: i64| view.events(source, Some(vec![number.into()])));
    engine.register_fn("events", |view: &mut View, source: &str, numbers: Array| view.events(source, Some(numbers)));
    engine.register_fn("dns", |view: &mut View, name: &str, record: &str| view.named(Kind::Dns, &format!("{name} {record}")));
    engine.register_fn("services", |view: &mut View, name: &str| view.services(name));
    engine.register_fn("sessions", |view: &mut View, direction: &str| {
        view.with(Kind::Smtp, |fact| fact.text("direction").as_deref() == Some(direction))
    });

    engine.register_fn("domain_of", |address: &str| domain(address));
    engine.register_fn("host_of", |hop: &str| {
        hop.rsplit_once(':').filter(|(_, port)| port.parse::<u16>().is_ok()).map_or(hop, |(host, _)| host).to_lowercase()
    });
    engine.register_fn("port_of", |hop: &str| hop.rsplit_once(':').and_then(|(_, port)| port.parse::<u16>().ok()).map_or(25, i64::from));
    engine.register_fn("is_below", |name: &str, domain: &str| {
        let (name, domain) = (name.to_lowercase(), domain.to_lowercase());
        name == domain || name.ends_with(&format!(".{domain}"))
    });
    engine.register_fn("path_is", |path: &str, pattern: &str| path_matches(pattern, path));
    engine.register_fn("in_networks", |address: &str, networks: &str| in_networks(address, networks));
    engine.register_fn("in_networks", |address: &str, networks: Array| {
        networks.into_iter().any(|network| network.into_string().is_ok_and(|network| in_networks(address, &network)))
    });
}

/// Returns whether an IPv4 or IPv6 address lies in one of the networks (`192.0.2.0/24`, `[::1]/128`, a plain address), divided by commas or spaces.
fn in_networks(address: &str, networks: &str) -> bool {
    let Some(address) = bits(address) else { return false };
    networks.split([',', ' ', '\t']).filter(|network| !network.is_empty()).any(|network| {
        let (base, length) = network.rsplit_once('/').unwrap_or((network, "128"));
        let Some(own) = bits(base) else { return false };
        let v4 = base.contains('.') && !base.contains(':');
        let length: u32 = length.parse().unwrap_or(128);
        let length = if v4 { length.min(32) + 96 } else { length.min(128) };
        length == 0 || (own ^ address) >> (128 - length) == 0
    })
}

fn bits(address: &str) -> Option<u128> {
    let address = address.trim_matches(['[', ']', ' ']);
    match address.parse::<std::net::IpAddr>().ok()? {
        std::net::IpAddr::V4(v4) => Some(u128::from(v4.to_ipv6_mapped())),
        std::net::IpAddr::V6(v6) => Some(u128::from(v6)),
    }
}

#[cfg(test)]
mod tests {
    use super::in_networks;

    #[test]
    fn an_address_lies_in_its_networks() {
        assert!(in_networks("192.0.2.10", "127.0.0.0/8, 192.0.2.0/24"));
        assert!(!in_networks("192.0.2.10", "127.0.0.0/8 [::1]/128"));
        assert!(in_networks("198.51.100.7", "0.0.0.0/0"));
        assert!(in_networks("::1", "[::1]/128"));
        assert!(!in_networks("nonsense", "0.0.0.0/0"));
    }
}
