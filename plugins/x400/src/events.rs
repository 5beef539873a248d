//! What the events of the message transfer agent mean beside its queues and its service.

use mailmedic_plugin_sdk::backlog::{Backlog, ids};
use mailmedic_plugin_sdk::known::contains_any;
use mailmedic_plugin_sdk::spread::host_name;
use mailmedic_plugin_sdk::{Event, Facts, Refused, Results, Value};

use crate::{AGENT, Agent, fails};

/// No RPC connection to another agent (KB 824054), or none back from it (KB 266312).
const NO_CONNECTION: [u32; 2] = [9318, 9322];
/// A user or server is not allowed to connect (KB 824054).
const REFUSED: u32 = 9297;
/// The number of associations is at its limit; the number alone is not certain, so its words must say so too.
const LIMIT: u32 = 57;
/// Errors of the agent's database; not certain either.
const DATABASE: [u32; 3] = [9405, 2110, 2171];
/// Events of one kind that are looked at.
const LOOKED_AT: usize = 200;

/// Judges the events.
pub(crate) fn examine(facts: &impl Facts, queues: &[Backlog], agent: &Agent, results: &mut impl Results) -> Result<(), Refused> {
    let mut events = facts.events(AGENT, &[]);
    events.retain(|event| event.level != "information");
    events.truncate(LOOKED_AT);
    let looked = !events.is_empty() || facts.listed("event MSExchangeMTA *").is_known();
    // Where the agent does not run, no queue moves, whatever an older event says.
    if !matches!(agent, Agent::Stopped(_)) {
        neighbour(&events, queues, looked, results)?;
    }
    limit(&events, queues, looked, results)?;
    database(&events, agent, looked, results)
}

/// An event that names the server whose queue does not move.
fn neighbour(events: &[Event], queues: &[Backlog], looked: bool, results: &mut impl Results) -> Result<(), Refused> {
    const FINDING: &str = "event-names-the-neighbour";
    let failing: Vec<&Backlog> = queues.iter().filter(|queue| fails(queue)).take(LOOKED_AT).collect();
    let mut concerned = events.iter().filter(|event| NO_CONNECTION.contains(&event.number) || event.number == REFUSED);
    let named = concerned.find_map(|event| {
        let queue = failing.iter().find(|queue| names(&event.message, &queue.queue.name))?;
        Some((event, queue.queue.id))
    });
    if let Some((event, queue)) = named {
        let refused =
            event.number == REFUSED || contains_any(&event.message, &["access is denied", "error code: 5.", "error 5,", "comms error 5 "]);
        let why = if refused { "refused" } else { "unreachable" };
        results.derive("association.failure", event.id, Value::Text(why.to_owned()), &[event.id])?;
        return results.present(FINDING, &[event.id, queue]);
    }
    match (looked, queues.is_empty()) {
        // It names no event: what the event says by itself is not denied.
        (true, false) => results.absent(FINDING, &[]),
        (false, _) => results.unknown(FINDING, &["event MSExchangeMTA *"]),
        (true, true) => results.unknown(FINDING, &["queue * x400"]),
    }
}

/// Says whether a message names a server that the name of a queue holds, as a word of its own.
fn names(message: &str, queue: &str) -> bool {
    const COMMON: [&str; 14] = [
        "microsoft",
        "smtp",
        "x400",
        "connector",
        "queue",
        "server",
        "remote",
        "exchange",
        "partner",
        "message",
        "transfer",
        "agent",
        "site",
        "group",
    ];
    let words = |text: &str| -> Vec<String> {
        let split = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_' && c != '.');
        split.map(host_name).filter(|word| word.len() >= 4 && !COMMON.contains(&word.as_str())).collect()
    };
    let said = words(message);
    // MAIL02 and mail02.example.com are one server.
    let same = |one: &str, other: &str| one == other || one.split('.').next() == other.split('.').next();
    words(queue).iter().any(|word| said.iter().any(|other| same(word, other)))
}

/// The limit of associations, where messages wait for one.
fn limit(events: &[Event], queues: &[Backlog], looked: bool, results: &mut impl Results) -> Result<(), Refused> {
    const FINDING: &str = "associations-exhausted";
    let told = |event: &&Event| {
        event.number == LIMIT && contains_any(&event.message, &["limit", "maximum"]) && contains_any(&event.message, &["association"])
    };
    let waiting = ids(queues, &|queue| queue.waits() && !queue.moves());
    match (events.iter().find(told), waiting.first()) {
        (Some(event), Some(queue)) => {
            results.derive("association.failure", event.id, Value::Text("limit".to_owned()), &[event.id])?;
            results.present(FINDING, &[event.id, *queue])
        }
        (Some(event), None) if !queues.is_empty() => results.absent(FINDING, &[event.id]),
        (Some(_), None) => results.unknown(FINDING, &["queue * x400"]),
        (None, _) if looked => results.absent(FINDING, &[]),
        (None, _) => results.unknown(FINDING, &["event MSExchangeMTA *"]),
    }
}

/// An agent that does not run, with errors of its database: that is why it does not.
fn database(events: &[Event], agent: &Agent, looked: bool, results: &mut impl Results) -> Result<(), Refused> {
    const FINDING: &str = "database-stops-mta";
    let words = ["mtacheck", "mtadata", "database", "db*.dat", ".dat file"];
    let damaged = |event: &&Event| DATABASE.contains(&event.number) || event.level == "error" && contains_any(&event.message, &words);
    match (events.iter().find(damaged), agent) {
        (Some(event), Agent::Stopped(service)) => results.present(FINDING, &[event.id, *service]),
        (Some(_), Agent::Runs(_)) => results.absent(FINDING, &[]),
        (Some(_), Agent::Unknown) => results.unknown(FINDING, &["service msexchangemta"]),
        (None, _) if looked => results.absent(FINDING, &[]),
        (None, _) => results.unknown(FINDING, &["event MSExchangeMTA *"]),
    }
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn a_server_is_named_as_a_word_of_its_own() {
        let message =
            "Unable to bind over RPC. Comms error 1722, Bind error 0, Remote Server Name MAIL02, Protocol String ncacn_ip_tcp:192.0.2.22";
        assert!(names(message, "Microsoft MTA (MAIL02)"));
        assert!(names("Remote Server Name mail02.example.com", "MAIL02"));
        assert!(!names(message, "Microsoft MTA (MAIL021)"));
        assert!(!names(message, "X400 to Partner"));
        assert!(!names("the remote server", "remote"));
        assert!(!names("", ""));
    }
}
