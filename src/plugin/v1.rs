//! Version 1 of the interface: `contract/plugin.wit`.

mod convert;
mod facts;

use self::mailmedic::plugin::results::{Refusal, Value as Reported};
use super::{HOSTCALL_FUEL, MEMORY, TICKS};
use crate::fact::{FactId, FactName, Facts, Kind, Known, Value};
use crate::finding::Holds;
use crate::pack::Manifest;
use std::collections::HashSet;
use std::sync::Arc;
use wasmtime::component::{Component, HasSelf, Linker};
use wasmtime::{Engine, Store, StoreLimits, StoreLimitsBuilder};

wasmtime::component::bindgen!({
    world: "plugin",
    path: "plugins/sdk/wit",
});

/// How many findings and derived facts one plugin may report.
const MOST: usize = 2_000;
/// How many facts one finding may name.
const MOST_FACTS: usize = 50;
/// The longest text of a derived fact or of a missing fact's name, in bytes.
const LONGEST: usize = 4 * 1024;

/// What a plugin said, taken over only when it came to its end.
#[derive(Debug, Default)]
pub(super) struct Said {
    pub findings: Vec<SaidFinding>,
    pub derived: Vec<SaidDerived>,
}

#[derive(Debug)]
pub(super) struct SaidFinding {
    pub id: String,
    pub holds: Holds,
    pub because: Vec<FactId>,
}

#[derive(Debug)]
pub(super) struct SaidDerived {
    pub name: String,
    pub value: Value,
    pub about: Known<String>,
    pub because: Vec<FactId>,
}

/// The host's side of one plugin.
struct Host {
    facts: Arc<Facts>,
    handed: HashSet<u32>,
    findings: Vec<String>,
    derived: Vec<(String, String)>,
    said: Said,
    derived_base: usize,
    refused: Option<Refusal>,
    /// What the interface has no refusal for, and what makes all the rest worth nothing too.
    absurd: Option<&'static str>,
    limits: StoreLimits,
}

/// Runs a component on a case and returns what it said.
///
/// # Errors
///
/// In words for the person who runs the diagnosis: that it imports what it must not, trapped, did not end, used too much, or what
/// it says itself.
pub(super) fn run(
    engine: &Engine,
    component: &Component,
    manifest: &Manifest,
    facts: &Arc<Facts>,
    derived_base: usize,
    fuel: Option<u64>,
) -> Result<Said, String> {
    for (name, _) in component.component_type().imports(engine) {
        if !matches!(name, "mailmedic:plugin/facts@1.0.0" | "mailmedic:plugin/results@1.0.0") {
            return Err(format!("was refused: it imports `{name}`, and a plugin may import facts and results only"));
        }
    }
    let mut linker = Linker::new(engine);
    Plugin::add_to_linker::<_, HasSelf<Host>>(&mut linker, |host: &mut Host| host).map_err(|error| format!("cannot be linked: {error}"))?;
    let host = Host {
        facts: Arc::clone(facts),
        handed: HashSet::new(),
        findings: manifest.finding.iter().map(|finding| finding.id.clone()).collect(),
        derived: manifest.derived.iter().map(|derived| (derived.name.clone(), derived.ty.clone())).collect(),
        said: Said::default(),
        derived_base,
        refused: None,
        absurd: None,
        limits: StoreLimitsBuilder::new()
            .memory_size(MEMORY)
            .instances(16)
            .memories(4)
            .tables(8)
            .table_elements(20_000)
            .trap_on_grow_failure(true)
            .build(),
    };
    let mut store = Store::new(engine, host);
    store.limiter(|host| &mut host.limits);
    store.set_epoch_deadline(TICKS);
    store.set_hostcall_fuel(HOSTCALL_FUEL);
    if let Some(fuel) = fuel {
        store.set_fuel(fuel).map_err(|error| format!("cannot be given fuel: {error}"))?;
    }
    let plugin = Plugin::instantiate(&mut store, component, &linker).map_err(|error| trap(&error))?;
    let ended = plugin.call_examine(&mut store).map_err(|error| trap(&error))?;
    let host = store.into_data();
    if let Some(refusal) = host.refused {
        return Err(refused(refusal));
    }
    if let Some(what) = host.absurd.or_else(|| contradicts(&host.said)) {
        return Err(format!("{what}; what it had said was dropped"));
    }
    ended.map_err(|what| format!("could not examine the case: {}", what.chars().take(500).collect::<String>()))?;
    Ok(host.said)
}

fn trap(error: &wasmtime::Error) -> String {
    let what = match error.downcast_ref::<wasmtime::Trap>() {
        Some(wasmtime::Trap::Interrupt) => {
            format!("did not end within {} ms and was stopped", super::ticker::TICK.as_millis() as u64 * TICKS)
        }
        Some(wasmtime::Trap::OutOfFuel) => "used up its fuel and was stopped".to_owned(),
        Some(wasmtime::Trap::StackOverflow) => "called itself too deeply and was stopped".to_owned(),
        Some(trap) => format!("trapped: {trap}"),
        None => {
            let all = format!("{error:#}");
            if all.contains("memory") {
                format!("wanted more than {} MiB of memory and was stopped", MEMORY >> 20)
            } else {
                format!("trapped: {all}")
            }
        }
    };
    format!("{what}; what it had said was dropped")
}

fn refused(refusal: Refusal) -> String {
    let what = match refusal {
        Refusal::Undeclared => "reported what its plugin.toml does not declare",
        Refusal::TooMany => "reported more than the host takes",
        Refusal::TooLarge => "reported a text that is too large",
        Refusal::NoSuchFact => "named a fact that the host did not hand out",
    };
    format!("{what}; what it had said was dropped")
}

/// A finding that a plugin reports both as present and as absent is no judgement.
fn contradicts(said: &Said) -> Option<&'static str> {
    let holds = |wanted: Holds| {
        said.findings.iter().filter(move |finding| finding.holds == wanted).map(|finding| finding.id.as_str()).collect::<HashSet<_>>()
    };
    let present = holds(Holds::Present);
    holds(Holds::Absent).iter().any(|id| present.contains(id)).then_some("reported the same finding as present and as absent")
}

impl Host {
    fn refuse<T>(&mut self, refusal: Refusal) -> Result<T, Refusal> {
        self.refused = self.refused.or(Some(refusal));
        Err(refusal)
    }

    fn facts_of(&mut self, because: &[u32]) -> Result<Vec<FactId>, Refusal> {
        if because.len() > MOST_FACTS {
            return self.refuse(Refusal::TooMany);
        }
        let known =
            because.iter().map(|number| FactId::from_number(*number).filter(|_| self.handed.contains(number))).collect::<Option<Vec<_>>>();
        match known {
            Some(ids) => Ok(ids),
            None => self.refuse(Refusal::NoSuchFact),
        }
    }

    fn find(&mut self, id: String, holds: Holds, because: &[u32]) -> Result<(), Refusal> {
        if !self.findings.contains(&id) {
            return self.refuse(Refusal::Undeclared);
        }
        if self.said.findings.len() >= MOST {
            return self.refuse(Refusal::TooMany);
        }
        let because = self.facts_of(because)?;
        self.said.findings.push(SaidFinding { id, holds, because });
        Ok(())
    }
}

impl self::mailmedic::plugin::results::Host for Host {
    fn derive(&mut self, name: String, about: u32, value: Reported, because: Vec<u32>) -> Result<u32, Refusal> {
        let ty = match &value {
            Reported::Number(_) => "number",
            Reported::Flag(_) => "flag",
            Reported::Text(_) => "text",
        };
        if !self.derived.iter().any(|(declared, declared_ty)| *declared == name && declared_ty == ty) {
            return self.refuse(Refusal::Undeclared);
        }
        if self.said.derived.len() >= MOST {
            return self.refuse(Refusal::TooMany);
        }
        if matches!(&value, Reported::Text(text) if text.len() > LONGEST) {
            return self.refuse(Refusal::TooLarge);
        }
        if matches!(value, Reported::Number(number) if !number.is_finite()) {
            self.absurd = Some("derived a number that is none");
        }
        let about = self.facts_of(&[about])?.first().copied();
        let because = self.facts_of(&because)?;
        let about = about
            .and_then(|id| self.facts.get(id))
            .map_or(Known::Absent, |fact| Known::Value(FactName::of(fact.kind(), &fact.parts()).to_string()));
        let id = FactId::new(Kind::Derived, self.derived_base + self.said.derived.len());
        let value = match value {
            Reported::Number(number) => Value::Number(number),
            Reported::Flag(flag) => Value::Flag(flag),
            Reported::Text(text) => Value::Text(text),
        };
        self.said.derived.push(SaidDerived { name, value, about, because });
        self.handed.insert(id.number());
        Ok(id.number())
    }

    fn present(&mut self, finding: String, because: Vec<u32>) -> Result<(), Refusal> {
        self.find(finding, Holds::Present, &because)
    }

    fn absent(&mut self, finding: String, because: Vec<u32>) -> Result<(), Refusal> {
        self.find(finding, Holds::Absent, &because)
    }

    fn unknown(&mut self, finding: String, missing: Vec<String>) -> Result<(), Refusal> {
        if missing.iter().any(|name| name.len() > LONGEST) || missing.len() > MOST_FACTS {
            return self.refuse(Refusal::TooLarge);
        }
        let names = missing.iter().filter_map(|name| FactName::parse(name).ok()).collect();
        self.find(finding, Holds::Unknown(names), &[])
    }
}
