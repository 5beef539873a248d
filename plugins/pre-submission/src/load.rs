//! Which resource is short, by percent used, counters and events.

use mailmedic_plugin_sdk::known::contains_any;
use mailmedic_plugin_sdk::{Counter, FactId, Facts, HostResource};

/// A processor below this percentage has time left.
const IDLE: f64 = 60.0;

/// A resource that can be short.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Short {
    Processor,
    Memory,
    SlowDisk,
    FullDisk,
}

/// When a measured value shows a shortage: part of the counter's name, limit, and whether it is one from below.
type Limit = (&'static str, f64, bool);

impl Short {
    pub(crate) const ALL: [Short; 4] = [Short::FullDisk, Short::SlowDisk, Short::Memory, Short::Processor];

    /// Returns the finding that this shortage makes of a growth.
    pub(crate) fn finding(self) -> &'static str {
        match self {
            Short::Processor => "grows-with-busy-processor",
            Short::Memory => "grows-with-short-memory",
            Short::SlowDisk => "grows-with-slow-disk",
            Short::FullDisk => "grows-with-full-disk",
        }
    }

    /// Returns the word for the derived fact.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Short::Processor => "processor",
            Short::Memory => "memory",
            Short::SlowDisk => "slow-disk",
            Short::FullDisk => "full-disk",
        }
    }

    /// Returns what would have to be known.
    pub(crate) fn missing(self) -> &'static [&'static str] {
        match self {
            Short::Processor => &["resource cpu"],
            Short::Memory => &["resource memory"],
            Short::SlowDisk => &["counter PhysicalDisk: Avg. Disk sec/Write"],
            Short::FullDisk => &["resource disk"],
        }
    }

    /// Kinds of resource, with the percentage from which one is short.
    fn resources(self) -> &'static [(&'static str, f64)] {
        match self {
            Short::Processor => &[("cpu", 90.0)],
            Short::Memory => &[("memory", 95.0)],
            Short::SlowDisk => &[],
            Short::FullDisk => &[("disk", 97.0), ("inodes", 98.0)],
        }
    }

    /// Counters, as the performance monitor of Windows names them.
    fn counters(self) -> &'static [Limit] {
        match self {
            Short::Processor => &[("% processor time", 90.0, false)],
            Short::Memory => &[("available mbytes", 100.0, true), ("pages/sec", 1000.0, false)],
            Short::SlowDisk => &[
                ("avg. disk sec/write", 0.02, false),
                ("avg. disk sec/read", 0.02, false),
                ("disk queue length", 10.0, false),
                ("log record stalls", 10.0, false),
            ],
            Short::FullDisk => &[],
        }
    }

    /// Events of back pressure that name the resource (Exchange 2007 and later).
    fn events(self) -> &'static [u32] {
        match self {
            Short::Memory => &[15007],
            Short::FullDisk => &[15006],
            _ => &[],
        }
    }
}

/// What is known of the machine.
pub(crate) struct Load {
    resources: Vec<HostResource>,
    counters: Vec<Counter>,
    pressed: Vec<Short>,
    idle: bool,
}

impl Load {
    pub(crate) fn read(facts: &impl Facts) -> Load {
        let pressed = Short::ALL
            .into_iter()
            .filter(|short| !short.events().is_empty() && !facts.events("MSExchangeTransport", short.events()).is_empty());
        let mut load = Load { pressed: pressed.collect(), resources: facts.resources(), counters: facts.counters("*"), idle: false };
        let busy = load.highest("cpu").into_iter().chain(load.values("% processor time").map(|(_, value)| value)).reduce(f64::max);
        // A processor that waits for its disk is idle too.
        let others = load.is_known(Short::Memory) && (load.is_known(Short::SlowDisk) || load.is_known(Short::FullDisk));
        load.idle = busy.is_some_and(|busy| busy < IDLE) && others && !Short::ALL.into_iter().any(|short| load.is_short(short));
        load
    }

    /// Says whether nothing is short, as far as it was measured, and the processor has time left.
    pub(crate) fn is_idle(&self) -> bool {
        self.idle
    }

    pub(crate) fn is_short(&self, short: Short) -> bool {
        let over = |(kind, limit): &(&str, f64)| self.highest(kind).is_some_and(|used| used >= *limit);
        self.pressed.contains(&short) || short.resources().iter().any(over) || short.counters().iter().any(|limit| self.exceeds(limit))
    }

    pub(crate) fn is_known(&self, short: Short) -> bool {
        short.resources().iter().any(|(kind, _)| self.highest(kind).is_some())
            || short.counters().iter().any(|(name, ..)| self.values(name).next().is_some())
    }

    /// Returns the resources that are short.
    pub(crate) fn resource(&self, short: Short) -> Option<FactId> {
        let over = |resource: &&HostResource| {
            let limit = short.resources().iter().find(|(kind, _)| resource.kind.eq_ignore_ascii_case(kind));
            limit.zip(resource.used_percent.get()).is_some_and(|((_, limit), used)| used >= *limit)
        };
        self.resources.iter().find(over).map(|resource| resource.id)
    }

    fn highest(&self, kind: &str) -> Option<f64> {
        let of_kind = self.resources.iter().filter(|resource| resource.kind.eq_ignore_ascii_case(kind));
        of_kind.filter_map(|resource| resource.used_percent.get()).filter(|used| *used >= 0.0).reduce(f64::max)
    }

    /// Returns the counters whose name holds a text, with their values. A negative value is no measurement.
    fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = (FactId, f64)> + 'a {
        let named = self.counters.iter().filter(move |counter| contains_any(&counter.name, &[name]));
        named.filter_map(|counter| Some((counter.id, counter.value.get()?))).filter(|(_, value)| *value >= 0.0)
    }

    fn exceeds(&self, (name, limit, below): &Limit) -> bool {
        self.values(name).any(|(_, value)| if *below { value < *limit } else { value > *limit })
    }
}
