//! Services whose state is said twice and unlike, by a listing and by the event log.

use super::Doubts;
use crate::fact::{Fact, Facts, Platform, Service, Source, Timestamp};
use crate::knowledge::{Folder, Knowledge, Pattern, Text};
use crate::parse::Reason;
use std::collections::{BTreeMap, HashMap};

const LABEL: Reason = Reason::new("services whose state is doubtful", "状態が疑わしいサービス");
/// An event is a word about the state that was listed when it is at most so much older than the evidence, in seconds.
const RECENT: i64 = 3600;

/// Compares the states of services that are one, and of a service with the last event about it.
pub fn look(facts: &Facts, knowledge: &Knowledge, doubts: &mut Doubts) {
    let names = Names::of(facts.case.platform, knowledge);
    let mut first: BTreeMap<String, &Fact<Service>> = BTreeMap::new();
    for fact in facts.services.iter() {
        let service = &fact.what;
        let Some(state) = service.state.value() else { continue };
        let before = *first.entry(names.id(&service.name)).or_insert(fact);
        let other = before.what.state.value().filter(|other| *other != state);
        if let Some(other) = other.filter(|_| before.at.is_none() || fact.at.is_none() || before.at == fact.at) {
            let text = Text::new(
                format!(
                    "the service {} is {other} ({}) and {state} ({}): one of the two is wrong or old",
                    service.name, before.what.name, service.name
                ),
                format!(
                    "サービス {} の状態が {other} ({}) と {state} ({}) で食い違っています",
                    service.name, before.what.name, service.name
                ),
            );
            let sources: Vec<Source> = before.sources.iter().take(1).chain(&fact.sources).copied().collect();
            doubts.add(LABEL, text, &sources, true);
        }
    }
    for (id, event) in last_events(facts, &names) {
        let Some(fact) = first.get(&id) else { continue };
        let Some(state) = fact.what.state.value().filter(|state| matches!(state.as_str(), "running" | "stopped")) else { continue };
        let recent = match (event.at, facts.case.taken_at) {
            (Some(at), Some(taken)) => at.0 >= taken.0.saturating_sub(RECENT),
            // Services come up by themselves again after a crash: only the plain word of a state counts without times.
            _ => event.plain,
        };
        if recent && event.running != (state == "running") {
            let said = if event.running { ("running", "実行") } else { ("stopped", "停止") };
            let text = Text::new(
                format!("the service {} is listed as {state}, and the last event about it says {}", fact.what.name, said.0),
                format!("サービス {} の状態は {state} とされていますが、最後のイベントでは{}です", fact.what.name, said.1),
            );
            let sources: Vec<Source> = fact.sources.iter().take(1).copied().chain([event.source]).collect();
            doubts.add(LABEL, text, &sources, true);
        }
    }
}

/// The names of services, in lower case, each with the entry that it belongs to.
struct Names(HashMap<String, String>);

impl Names {
    fn of(platform: Option<Platform>, knowledge: &Knowledge) -> Names {
        let mut names = HashMap::new();
        let entries = || knowledge.folder(Folder::Services);
        let fit = |entry: &&crate::knowledge::Entry| Platform::admitted(platform, &entry.platforms);
        for entry in entries().filter(fit).chain(entries()) {
            let Pattern::Service { names: own, .. } = &entry.pattern else { continue };
            for name in own {
                names.entry(name.to_lowercase()).or_insert_with(|| entry.id.to_string());
            }
        }
        Names(names)
    }

    fn id(&self, name: &str) -> String {
        let name = name.trim_end_matches(".service").to_lowercase();
        self.0.get(&name).cloned().unwrap_or(name)
    }
}

/// What the event log last said of a service.
struct Said {
    at: Option<Timestamp>,
    running: bool,
    /// Whether it names the state, and not only an end.
    plain: bool,
    source: Source,
}

/// The last event about each service.
///
/// # Source
///
/// Service Control Manager: 7036 entered a state, 7031 and 7034 terminated unexpectedly, 7023 and 7024 terminated with an error.
fn last_events(facts: &Facts, names: &Names) -> BTreeMap<String, Said> {
    let mut last: BTreeMap<String, Said> = BTreeMap::new();
    for fact in facts.events.iter() {
        let event = &fact.what;
        if !event.source.to_lowercase().ends_with("service control manager") {
            continue;
        }
        let (Some(message), Some(source)) = (event.message.value(), fact.sources.first()) else { continue };
        let running = match event.number {
            7036 if message.contains("running state") || message.contains("実行") => true,
            7036 if message.contains("stopped state") || message.contains("停止") => false,
            7023 | 7024 | 7031 | 7034 => false,
            _ => continue,
        };
        let Some(name) = service_of(message) else { continue };
        let said = Said { at: fact.at, running, plain: event.number == 7036, source: *source };
        let id = names.id(name);
        if last.get(&id).is_none_or(|before| before.at <= said.at) {
            last.insert(id, said);
        }
    }
    last
}

/// From "The IIS Admin Service service entered the stopped state." to `IIS Admin Service`.
fn service_of(message: &str) -> Option<&str> {
    let english = || {
        let rest = message.trim().strip_prefix("The ")?;
        let end = [" service entered", " service terminated"].iter().find_map(|words| rest.find(words))?;
        rest.get(..end)
    };
    let japanese = || message.trim().split_once("サービスは").map(|(name, _)| name.trim());
    english().or_else(japanese)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_name_their_service() {
        for (message, name) in [
            ("The IIS Admin Service service entered the stopped state.", Some("IIS Admin Service")),
            (
                "The Microsoft Exchange Transport service terminated unexpectedly.  It has done this 1 time(s).",
                Some("Microsoft Exchange Transport"),
            ),
            ("Microsoft Exchange Transport サービスは 停止 状態に入りました。", Some("Microsoft Exchange Transport")),
            ("Nothing of the kind.", None),
        ] {
            assert_eq!(service_of(message), name, "{message}");
        }
    }
}
