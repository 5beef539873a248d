//! Events that are over: a later one says that what they tell of has ended.

use crate::fact::{Event, Fact, Facts, Platform};
use crate::knowledge::{Ending, Folder, Knowledge, Pattern, Words};
use regex::Regex;
use std::collections::BTreeMap;

/// Marks the events that a later event ends, as entries of the knowledge say (`over_with`).
///
/// Both times must be known: of two events without one nobody knows which came later.
pub fn heal_events(facts: &mut Facts, knowledge: &Knowledge) {
    let platform = facts.case.platform;
    let mut rows_by_number: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (row, fact) in facts.events.iter().enumerate() {
        rows_by_number.entry(fact.what.number).or_default().push(row);
    }
    let rows = |numbers: &[u32]| numbers.iter().filter_map(|number| rows_by_number.get(number)).flatten().copied().collect::<Vec<usize>>();
    let mut over: Vec<usize> = Vec::new();
    for entry in knowledge.folder(Folder::Events).filter(|entry| Platform::admitted(platform, &entry.platforms)) {
        let Pattern::Event { sources, numbers, words, over_with: Some(ending) } = &entry.pattern else { continue };
        let endings: Vec<&Fact<Event>> = rows(&ending.numbers)
            .into_iter()
            .filter_map(|row| facts.events.get(row))
            .filter(|fact| fits(&fact.what, &ending.sources, &ending.words))
            .collect();
        if endings.is_empty() {
            continue;
        }
        for row in rows(numbers) {
            let Some(fact) = facts.events.get(row).filter(|fact| fits(&fact.what, sources, words)) else { continue };
            let ends = |later: &&Fact<Event>| later.at > fact.at && fact.at.is_some() && about(ending, words, &fact.what, &later.what);
            if endings.iter().any(ends) {
                over.push(row);
            }
        }
    }
    for (row, fact) in facts.events.iter_mut().enumerate() {
        fact.what.healed |= over.contains(&row);
    }
}

/// Returns whether an event comes from one of the sources and says the words.
fn fits(event: &Event, sources: &[String], words: &Words) -> bool {
    let text = message(event);
    let says = |word: &str| text.contains(word);
    sources.iter().any(|source| same_source(source, &event.source))
        && (words.any.is_empty() || words.any.iter().any(|word| says(word)))
        && words.all.iter().all(|word| says(word))
        && !words.none.iter().any(|word| says(word))
        && words
            .regex
            .as_ref()
            .is_none_or(|regex| Regex::new(regex).is_ok_and(|regex| regex.is_match(event.message.value().map_or("", String::as_str))))
}

/// Returns whether the later event is about the same thing: it names a word by which the earlier one was known.
fn about(ending: &Ending, words: &Words, event: &Event, later: &Event) -> bool {
    let (event, later) = (message(event), message(later));
    !ending.same || words.any.iter().any(|word| event.contains(&**word) && later.contains(&**word))
}

fn message(event: &Event) -> String {
    event.message.value().map(|text| text.to_lowercase()).unwrap_or_default()
}

/// Sources of events are written with and without spaces (`MSExchange Transport`, `MSExchangeTransport`).
pub(crate) fn same_source(known: &str, source: &str) -> bool {
    let plain = |text: &str| text.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect::<String>();
    plain(known) == plain(source)
}
