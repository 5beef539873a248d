//! The interface as traits, so that a plugin's logic does not care whether the host or a test answers.

use crate::{
    Bounce, Connector, Counter, DiagnosticLevel, DnsAnswer, Event, FactId, Hop, HostResource, KnownText, Outcome, Queue, Refusal, Sample,
    Service, Session, Setting, Stage, Value,
};

/// Rows asked for in one call: large enough that calls do not matter, small enough for the host's bound on what one call carries.
const PAGE: u32 = 500;

/// What is known of the case; see `wit/plugin.wit` for what each kind of fact holds.
///
/// Every function answers from a fixed set of facts: the same call gives the same answer.
pub trait Facts {
    /// Returns the queues of a stage.
    fn queues(&self, stage: Stage) -> Vec<Queue>;
    /// Returns the lengths of a queue over time, oldest first.
    fn samples(&self, queue: FactId) -> Vec<Sample>;
    /// Returns at most `limit` outcomes of a stage after the first `skip`, most messages first.
    fn outcomes(&self, stage: Stage, skip: u32, limit: u32) -> Vec<Outcome>;
    /// Returns the events of a source; of any number when `numbers` is empty.
    fn events(&self, source: &str, numbers: &[u32]) -> Vec<Event>;
    /// Returns the settings whose key matches the pattern, in which `*` stands for one part.
    fn settings(&self, pattern: &str) -> Vec<Setting>;
    /// Returns the services of a name; all when it is empty.
    fn services(&self, name: &str) -> Vec<Service>;
    /// Returns the connectors.
    fn connectors(&self) -> Vec<Connector>;
    /// Returns disks, memory and processors.
    fn resources(&self) -> Vec<HostResource>;
    /// Returns the counters whose name matches the pattern.
    fn counters(&self, pattern: &str) -> Vec<Counter>;
    /// Returns the levels of diagnostic logging.
    fn diagnostic_levels(&self) -> Vec<DiagnosticLevel>;
    /// Returns the DNS answers for a name, of every type; all when it is empty.
    fn dns(&self, name: &str) -> Vec<DnsAnswer>;
    /// Returns the SMTP sessions with a host; all when it is empty.
    fn sessions(&self, host: &str) -> Vec<Session>;
    /// Returns at most `limit` bounces after the first `skip`.
    fn bounces(&self, skip: u32, limit: u32) -> Vec<Bounce>;
    /// Returns at most `limit` hops after the first `skip`, by message and time.
    fn hops(&self, skip: u32, limit: u32) -> Vec<Hop>;
    /// Returns a value when everything that matches was listed, and the reason when not.
    fn listed(&self, pattern: &str) -> KnownText;
}

/// What a plugin has to say. Only what its `plugin.toml` declares is taken.
pub trait Results {
    /// Reports a fact that follows from others, and returns its id.
    ///
    /// # Errors
    ///
    /// [`Refused`], when the host does not take it.
    fn derive(&mut self, name: &str, about: FactId, value: Value, because: &[FactId]) -> Result<FactId, Refused>;
    /// Reports a finding that holds. The fields of the first fact in `because` fill the finding's text.
    ///
    /// # Errors
    ///
    /// [`Refused`], when the host does not take it.
    fn present(&mut self, finding: &str, because: &[FactId]) -> Result<(), Refused>;
    /// Reports a finding that could be judged and does not hold.
    ///
    /// # Errors
    ///
    /// [`Refused`], when the host does not take it.
    fn absent(&mut self, finding: &str, because: &[FactId]) -> Result<(), Refused>;
    /// Reports a finding that could not be judged, and the names of the facts that it would need.
    ///
    /// # Errors
    ///
    /// [`Refused`], when the host does not take it.
    fn unknown(&mut self, finding: &str, missing: &[&str]) -> Result<(), Refused>;
}

/// The host did not take a result.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("the host refused `{name}`: {}", reason(*refusal))]
pub struct Refused {
    /// The finding or derived fact.
    pub name: String,
    /// Why it was refused.
    pub refusal: Refusal,
}

fn reason(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::Undeclared => "plugin.toml does not declare it",
        Refusal::TooMany => "too many results",
        Refusal::TooLarge => "too large",
        Refusal::NoSuchFact => "it names a fact that the host did not hand out",
    }
}

/// Returns all outcomes of a stage, page by page, most messages first.
pub fn all_outcomes(facts: &impl Facts, stage: Stage) -> Vec<Outcome> {
    pages(|skip, limit| facts.outcomes(stage, skip, limit))
}

/// Returns all bounces, page by page.
pub fn all_bounces(facts: &impl Facts) -> Vec<Bounce> {
    pages(|skip, limit| facts.bounces(skip, limit))
}

/// Returns all hops, page by page, by message and time.
pub fn all_hops(facts: &impl Facts) -> Vec<Hop> {
    pages(|skip, limit| facts.hops(skip, limit))
}

fn pages<T>(mut page: impl FnMut(u32, u32) -> Vec<T>) -> Vec<T> {
    let mut all = Vec::new();
    loop {
        // A host that holds more than u32::MAX rows of a kind cannot number them either.
        let skip = u32::try_from(all.len()).unwrap_or(u32::MAX);
        let rows = page(skip, PAGE);
        // A host may hand out fewer rows than asked for; only an empty page is the end.
        if rows.is_empty() || skip == u32::MAX {
            return all;
        }
        all.extend(rows);
    }
}
