//! The host's side of the traits: each call goes through the component's imports.

use crate::bindings::mailmedic::plugin::{facts, results};
use crate::{
    Bounce, Connector, Counter, DiagnosticLevel, DnsAnswer, Event, FactId, Facts, Hop, HostResource, KnownText, Outcome, Queue, Refused,
    Results, Sample, Service, Session, Setting, Stage, Value,
};

/// The facts that the host holds. Natively a call panics: there is no host.
#[derive(Debug, Clone, Copy)]
pub struct HostFacts;

impl Facts for HostFacts {
    fn queues(&self, stage: Stage) -> Vec<Queue> {
        facts::queues(stage)
    }
    fn samples(&self, queue: FactId) -> Vec<Sample> {
        facts::samples(queue)
    }
    fn outcomes(&self, stage: Stage, skip: u32, limit: u32) -> Vec<Outcome> {
        facts::outcomes(stage, skip, limit)
    }
    fn events(&self, source: &str, numbers: &[u32]) -> Vec<Event> {
        facts::events(source, numbers)
    }
    fn settings(&self, pattern: &str) -> Vec<Setting> {
        facts::settings(pattern)
    }
    fn services(&self, name: &str) -> Vec<Service> {
        facts::services(name)
    }
    fn connectors(&self) -> Vec<Connector> {
        facts::connectors()
    }
    fn resources(&self) -> Vec<HostResource> {
        facts::resources()
    }
    fn counters(&self, pattern: &str) -> Vec<Counter> {
        facts::counters(pattern)
    }
    fn diagnostic_levels(&self) -> Vec<DiagnosticLevel> {
        facts::diagnostic_levels()
    }
    fn dns(&self, name: &str) -> Vec<DnsAnswer> {
        facts::dns(name)
    }
    fn sessions(&self, host: &str) -> Vec<Session> {
        facts::sessions(host)
    }
    fn bounces(&self, skip: u32, limit: u32) -> Vec<Bounce> {
        facts::bounces(skip, limit)
    }
    fn hops(&self, skip: u32, limit: u32) -> Vec<Hop> {
        facts::hops(skip, limit)
    }
    fn listed(&self, pattern: &str) -> KnownText {
        facts::listed(pattern)
    }
}

/// The host, as the one who takes results.
#[derive(Debug, Clone, Copy)]
pub struct HostResults;

impl Results for HostResults {
    fn derive(&mut self, name: &str, about: FactId, value: Value, because: &[FactId]) -> Result<FactId, Refused> {
        results::derive(name, about, &value, because).map_err(|refusal| Refused { name: name.to_owned(), refusal })
    }
    fn present(&mut self, finding: &str, because: &[FactId]) -> Result<(), Refused> {
        results::present(finding, because).map_err(|refusal| Refused { name: finding.to_owned(), refusal })
    }
    fn absent(&mut self, finding: &str, because: &[FactId]) -> Result<(), Refused> {
        results::absent(finding, because).map_err(|refusal| Refused { name: finding.to_owned(), refusal })
    }
    fn unknown(&mut self, finding: &str, missing: &[&str]) -> Result<(), Refused> {
        let missing: Vec<String> = missing.iter().map(|name| (*name).to_owned()).collect();
        results::unknown(finding, &missing).map_err(|refusal| Refused { name: finding.to_owned(), refusal })
    }
}
