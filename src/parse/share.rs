//! What part of a stage's mail an outcome or a queue stands for, where that cannot be counted: in described cases, and of queues.

use crate::fact::{Facts, Known, Outcome, Queue, Stage};
use std::collections::{BTreeMap, BTreeSet};

/// From so many messages of a stage on, a described log is taken for a log and not for a quotation.
const MEANINGFUL: u64 = 20;
/// Who quotes so many successes of a stage shows what is usual beside a failure.
const SUCCESSES: u64 = 5;
/// A few messages that wait for a host which is restarted, or which greylists.
const FEW: (u64, u64) = (5, 3600);
/// One or two wait for a mistyped name or a host that is down, less long than after which mail systems warn the sender (four hours).
const ONE_OR_TWO: (u64, u64) = (2, 4 * 3600);
/// What a small young queue stands for: three that fail alike are more than an ordinary day (2 %), two are not.
const ORDINARY: f64 = 0.007;

/// Sets the shares of a case; `totals` holds the messages of each stage.
///
/// What a person complains of by name is the case, and so is what a described case quotes: share 1.
pub fn settle_shares(facts: &mut Facts, totals: &BTreeMap<Stage, u64>) {
    let complained: Vec<String> = facts.answers.iter().map(|fact| fact.what.value.to_lowercase()).collect();
    let own = facts.case.domains.clone();
    let named = |name: &str| {
        let name = name.to_lowercase();
        !own.contains(&name) && complained.iter().any(|text| names(text, &name))
    };
    let mut sent: BTreeMap<Stage, u64> = BTreeMap::new();
    for outcome in facts.outcomes.iter().map(|fact| &fact.what).filter(|outcome| outcome.status == "sent") {
        *sent.entry(outcome.stage).or_default() += outcome.messages;
    }
    // A few lines are quoted because they are the case; a log of some length, or with successes, shows what is usual beside it.
    let quoted = |outcome: &Outcome| {
        let count = |counts: &BTreeMap<Stage, u64>| counts.get(&outcome.stage).copied().unwrap_or(0);
        count(totals) < MEANINGFUL && count(&sent) < SUCCESSES
    };
    let described = facts.case.described;
    for fact in facts.outcomes.iter_mut() {
        let outcome = &mut fact.what;
        let complained =
            outcome.status != "rejected" && (named(&outcome.destination) || outcome.recipient.value().is_some_and(|it| named(it)));
        if complained || (described && quoted(outcome)) {
            outcome.share = 1.0;
        }
    }
    let delivered = sent.contains_key(&Stage::RemoteDelivery);
    let flowing = delivered || facts.queues.iter().any(|fact| is_remote(&fact.what) && flows(&fact.what));
    let relays = relays(facts);
    for fact in facts.queues.iter_mut() {
        let queue = &mut fact.what;
        let relay = relays.iter().any(|relay| names(relay, &queue.name.to_lowercase()));
        let ordinary = flowing && is_remote(queue) && is_small(queue) && !relay && !named(&queue.name);
        queue.share = Known::Value(if ordinary { ORDINARY } else { 1.0 });
    }
}

fn is_remote(queue: &Queue) -> bool {
    queue.stage.value() == Some(&Stage::RemoteDelivery)
}

fn flows(queue: &Queue) -> bool {
    let moves = queue.state.value().is_some_and(|state| matches!(state.as_str(), "active" | "ready" | "connecting"));
    moves && queue.last_error.value().is_none_or(String::is_empty)
}

fn is_small(queue: &Queue) -> bool {
    // What is no host's name is the queue of a connector, and stands for many destinations.
    if !queue.name.contains('.') || queue.name.contains(char::is_whitespace) {
        return false;
    }
    let (Some(messages), Some(oldest)) = (queue.messages.value(), queue.oldest.value()) else { return false };
    [FEW, ONE_OR_TWO].iter().any(|(most, age)| messages <= most && oldest < age)
}

/// The hosts that all mail of a connector goes through: one of them is no destination among many.
fn relays(facts: &Facts) -> BTreeSet<String> {
    let connectors =
        facts.connectors.iter().flat_map(|fact| fact.what.smart_host.value().cloned().into_iter().chain([fact.what.name.clone()]));
    let settings = facts.settings.iter().filter(|fact| {
        let key = fact.what.key.to_lowercase();
        key.contains("smarthost") || key.ends_with("relayhost")
    });
    let values = settings.filter_map(|fact| fact.what.value.value().map(ToString::to_string));
    connectors.chain(values).map(|name| name.to_lowercase()).collect()
}

/// Returns whether a text in lower case holds a name, not as a part of a longer one.
fn names(text: &str, name: &str) -> bool {
    let part = |c: char| c.is_ascii_alphanumeric() || c == '-';
    name.contains('.')
        && text.match_indices(name).any(|(at, _)| {
            let before = text.get(..at).and_then(|text| text.chars().next_back());
            let mut after = text.get(at + name.len()..).unwrap_or_default().chars();
            let follows = match after.next() {
                Some('.') => after.next().is_some_and(part),
                next => next.is_some_and(part),
            };
            !before.is_some_and(|c| part(c) || c == '.') && !follows
        })
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn a_name_is_found_as_a_whole() {
        assert!(names("mail to example.net. is late", "example.net"));
        assert!(names("mail to bob@example.net is late", "example.net"));
        assert!(!names("mail to example.network is late", "example.net"));
        assert!(!names("mail to mail.example.net is late", "example.net"));
        assert!(!names("mail to example.net.invalid is late", "example.net"));
        assert!(!names("the submission waits", "submission"));
    }
}
