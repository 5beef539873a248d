//! Events that are over: a later one says that what they tell of has ended.

use crate::fact::{Event, Facts, Platform, Timestamp};
use crate::knowledge::{Folder, Knowledge, Pattern, Words};
use regex::Regex;
use std::collections::{BTreeMap, BTreeSet};

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
    let mut over: BTreeSet<usize> = BTreeSet::new();
    for entry in knowledge.folder(Folder::Events).filter(|entry| Platform::admitted(platform, &entry.platforms)) {
        let Pattern::Event { sources, numbers, words, over_with: Some(ending) } = &entry.pattern else { continue };
        // Without an event of each number there is nothing to compile an expression for.
        let (begun, ended) = (rows(numbers), rows(&ending.numbers));
        if begun.is_empty() || ended.is_empty() {
            continue;
        }
        let test = Test::new(&ending.sources, &ending.words);
        let mut endings: Vec<(Timestamp, String)> = ended
            .into_iter()
            .filter_map(|row| facts.events.get(row))
            .filter_map(|fact| Some((fact.at?, test.passed(&fact.what)?)))
            .collect();
        if endings.is_empty() {
            continue;
        }
        endings.sort_by(|left, right| right.cmp(left));
        let test = Test::new(sources, words);
        for row in begun {
            let Some((at, text)) = facts.events.get(row).and_then(|fact| Some((fact.at?, test.passed(&fact.what)?))) else { continue };
            // What both name is the same: one service, one disk.
            let about = |later: &str| !ending.same || words.any.iter().any(|word| text.contains(&**word) && later.contains(&**word));
            if endings.iter().take_while(|(time, _)| *time > at).any(|(_, later)| about(later)) {
                over.insert(row);
            }
        }
    }
    for (row, fact) in facts.events.iter_mut().enumerate() {
        fact.what.healed |= over.contains(&row);
    }
}

/// What an event must be to be meant by an entry.
struct Test<'a> {
    sources: &'a [String],
    words: &'a Words,
    /// `Some(None)` for one that does not compile, which matches nothing.
    regex: Option<Option<Regex>>,
}

impl<'a> Test<'a> {
    fn new(sources: &'a [String], words: &'a Words) -> Test<'a> {
        Test { sources, words, regex: words.regex.as_ref().map(|regex| Regex::new(regex).ok()) }
    }

    /// Returns the message in lower case when the event comes from one of the sources and says the words.
    fn passed(&self, event: &Event) -> Option<String> {
        if !self.sources.iter().any(|source| same_source(source, &event.source)) {
            return None;
        }
        let message = event.message.value().map_or("", String::as_str);
        let text = message.to_lowercase();
        let says = |word: &str| text.contains(word);
        let words = self.words;
        let literals = (words.any.is_empty() || words.any.iter().any(|word| says(word)))
            && words.all.iter().all(|word| says(word))
            && !words.none.iter().any(|word| says(word));
        let expression = || self.regex.as_ref().is_none_or(|regex| regex.as_ref().is_some_and(|regex| regex.is_match(message)));
        (literals && expression()).then_some(text)
    }
}

/// Sources of events are written with and without spaces (`MSExchange Transport`, `MSExchangeTransport`).
pub(crate) fn same_source(known: &str, source: &str) -> bool {
    let plain = |text: &str| text.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect::<String>();
    plain(known) == plain(source)
}
