//! Whose code was at work when the transport service crashed (Exchange 2007 and later).

use mailmedic_plugin_sdk::{Event, FactId, Facts, Refused, Results, Value};

/// Events with the call stack of a crash.
const CRASHES: [(&str, &[u32]); 2] = [("MSExchangeTransport", &[10003]), ("MSExchange Common", &[4999])];
/// First parts of the names of Exchange's and the framework's own code, in lower case.
const OWN: [&str; 5] = ["microsoft", "system", "mscorlib", "interop", "windows"];
/// Events looked into.
const NAMED: usize = 5;

/// A frame of the call stack that belongs neither to Exchange nor to the framework names the agent that failed.
pub(crate) fn examine(facts: &impl Facts, results: &mut impl Results) -> Result<(), Refused> {
    const FINDING: &str = "crash-names-an-agent";
    let events: Vec<Event> = CRASHES.iter().flat_map(|(source, numbers)| facts.events(source, numbers)).collect();
    let mut strange: Vec<FactId> = Vec::new();
    let mut stacks = false;
    for event in &events {
        let frames = frames(&event.message);
        stacks |= !frames.is_empty();
        let Some(frame) = frames.into_iter().find(|frame| !is_own(frame)) else { continue };
        if strange.is_empty() {
            results.derive("crash.module", event.id, Value::Text(module(frame)), &[event.id])?;
        }
        if strange.len() < NAMED {
            strange.push(event.id);
        }
    }
    match (strange.is_empty(), stacks) {
        (false, _) => results.present(FINDING, &strange),
        (true, true) => results.absent(FINDING, &[]),
        (true, false) => results.unknown(FINDING, &["event MSExchangeTransport 10003"]),
    }
}

/// Returns the names of methods in a call stack: `at Name.Space.Type.Method(…)`.
fn frames(message: &str) -> Vec<&str> {
    let starts = message.split(['\n', '\r']).flat_map(|line| line.split(" at ")).map(|part| part.trim_start());
    let names = starts.filter_map(|part| part.strip_prefix("at ").unwrap_or(part).split_once('(').map(|(name, _)| name));
    names.filter(|name| is_method(name)).collect()
}

/// Three parts at least, each of them a name: a type in a namespace, and a method. A host or a sentence before a bracket is none.
fn is_method(name: &str) -> bool {
    let named = |part: &str| part.starts_with(|first: char| first.is_alphabetic() || matches!(first, '_' | '<' | '.'));
    let whole =
        |part: &str| part.chars().all(|letter| letter.is_alphanumeric() || matches!(letter, '_' | '<' | '>' | '`' | '+' | ',' | '[' | ']'));
    // A constructor is `Type..ctor`: the empty part between its dots counts for nothing.
    let parts = || name.split('.').filter(|part| !part.is_empty());
    parts().count() >= 3 && parts().all(|part| named(part) && whole(part))
}

fn is_own(frame: &str) -> bool {
    let first = frame.split('.').next().unwrap_or_default().to_ascii_lowercase();
    OWN.contains(&first.as_str())
}

/// Returns the first two parts of a method's name: whose it is.
fn module(frame: &str) -> String {
    let mut module = String::new();
    for part in frame.split('.').take(2) {
        if !module.is_empty() {
            module.push('.');
        }
        module.push_str(part);
    }
    module.chars().take(100).collect()
}
