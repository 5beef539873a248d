//! How fast messages arrive and are served, by the counters of the transport.

use mailmedic_plugin_sdk::known::contains_any;
use mailmedic_plugin_sdk::{FactId, Facts};

/// Counters of arrival and of service of one generation. Exchange 2000 and 2003 count what is delivered here and what is sent on.
const GENERATIONS: [(&[&str], &[&str]); 2] = [
    (&["queues: messages submitted per second"], &["queues: messages completed delivery per second"]),
    (&["smtp server: messages received/sec"], &["smtp server: messages delivered/sec", "smtp server: messages sent/sec"]),
];
/// Below so many messages a second the two are too small to be compared.
const NOTABLE: f64 = 1.0;
/// Arrivals per served message above which the queue must grow. Both are averages of a moment.
const EXCESS: f64 = 1.2;

/// Rates in messages a second.
pub(crate) struct Rates {
    pub(crate) about: FactId,
    pub(crate) because: Vec<FactId>,
    pub(crate) arrival: f64,
    pub(crate) service: f64,
}

impl Rates {
    /// Returns the rates of the first generation of which both are known.
    pub(crate) fn read(facts: &impl Facts) -> Option<Rates> {
        let counters = facts.counters("*");
        GENERATIONS.iter().find_map(|(arrivals, services)| {
            let mut because = Vec::new();
            let mut sum = |names: &[&str]| {
                let mut sum = None;
                for counter in &counters {
                    let value = counter.value.get().filter(|value| value.is_finite() && *value >= 0.0);
                    if let (true, Some(value)) = (contains_any(&counter.name, names), value) {
                        because.push(counter.id);
                        sum = Some(sum.unwrap_or(0.0) + value);
                    }
                }
                sum
            };
            let (arrival, service) = (sum(arrivals)?, sum(services)?);
            because.truncate(5);
            Some(Rates { about: because.first().copied()?, because, arrival, service })
        })
    }

    /// Returns how many messages arrive for each that is served; `None` when nothing is served.
    pub(crate) fn load(&self) -> Option<f64> {
        (self.service > 0.0).then(|| self.arrival / self.service)
    }

    /// Says whether more arrives than is served.
    pub(crate) fn exceed(&self) -> bool {
        self.arrival >= NOTABLE && self.load().is_none_or(|load| load > EXCESS)
    }
}
