//! Whether the server is short of memory, disk or processor time.

use mailmedic_plugin_sdk::known::contains_any;
use mailmedic_plugin_sdk::{FactId, Facts};

/// Kinds of resource, each with the percentage from which it is short.
const RESOURCES: [(&str, f64); 4] = [("memory", 95.0), ("disk", 98.0), ("inodes", 98.0), ("cpu", 95.0)];
/// Counters: part of the name, limit, whether it is one from below, and what is short.
const COUNTERS: [(&str, f64, bool, &str); 4] = [
    ("available mbytes", 50.0, true, "memory"),
    ("pages/sec", 1000.0, false, "memory"),
    ("free system page table entries", 5000.0, true, "memory"),
    ("% processor time", 95.0, false, "cpu"),
];
/// Events: the pools of the kernel, the address space of the store, transport's own report 4.3.1, back pressure by memory or disk.
const EVENTS: [(&str, &[u32], &str); 6] = [
    ("Srv", &[2019, 2020], "memory"),
    ("MSExchangeIS", &[9582, 12800], "memory"),
    ("MSExchangeIS Mailbox Store", &[9582, 12800], "memory"),
    ("MSExchangeTransport", &[3001], "memory"),
    ("MSExchangeTransport", &[15007], "memory"),
    ("MSExchangeTransport", &[15006], "disk"),
];

/// What is short.
#[derive(Default)]
pub(crate) struct Shortage {
    known: bool,
    short: Option<&'static str>,
    resource: Option<FactId>,
}

impl Shortage {
    pub(crate) fn is_present(&self) -> bool {
        self.short.is_some()
    }

    /// Says whether memory was looked at: the others alone rule nothing out.
    pub(crate) fn is_known(&self) -> bool {
        self.known
    }

    /// Returns what is short: `memory`, `disk`, `inodes`, `cpu`.
    pub(crate) fn word(&self) -> Option<&'static str> {
        self.short
    }

    /// Returns the resource that is short, where it is not a counter or an event that says so.
    pub(crate) fn resource(&self) -> Option<FactId> {
        self.resource
    }
}

/// Reads what is short. A negative value is no measurement.
pub(crate) fn read(facts: &impl Facts) -> Shortage {
    let mut found = Shortage::default();
    for resource in facts.resources() {
        let Some(used) = resource.used_percent.get().filter(|used| *used >= 0.0) else { continue };
        let Some((kind, limit)) = RESOURCES.iter().find(|(kind, _)| resource.kind.eq_ignore_ascii_case(kind)) else { continue };
        found.known |= *kind == "memory";
        if used >= *limit && found.short.is_none() {
            (found.short, found.resource) = (Some(*kind), Some(resource.id));
        }
    }
    for counter in facts.counters("*") {
        let Some(value) = counter.value.get().filter(|value| *value >= 0.0) else { continue };
        for (name, limit, below, what) in COUNTERS {
            if contains_any(&counter.name, &[name]) {
                found.known |= what == "memory";
                if if below { value < limit } else { value > limit } {
                    found.short = found.short.or(Some(what));
                }
            }
        }
    }
    for (source, numbers, what) in EVENTS {
        if found.short.is_none() && facts.events(source, numbers).iter().any(|event| event.level != "information") {
            found.short = Some(what);
        }
    }
    found
}
