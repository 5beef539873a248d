//! Entries over texts: one pass over each text for all literals, and a regular expression only where its literal was hit.

use super::literals::Literals;
use super::spoken::event_of;
use super::{Finding, Holds, Spoken, freshness, unmatched};
use crate::fact::{FactId, Facts, Kind, Platform, Stage};
use crate::knowledge::{Declared, Entry, Folder, Frequency, Knowledge, Pattern, Place, Str, Words};
use crate::parse::same_source;
use foldhash::fast::FixedState;
use regex::Regex;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::OnceLock;

/// Below this share of a stage's messages an outcome is an ordinary day, where the entry says nothing else.
const USUAL_SHARE: f64 = 0.02;
/// The longest text in which words are looked for, in bytes.
const LONGEST: usize = 16 * 1024;
/// How many facts one finding names.
const MOST_FACTS: usize = 20;

/// All text and event entries, ready to be matched in one pass.
pub struct Matcher {
    literals: Literals,
    /// For each literal, the entries that it leads to.
    leads_to: Vec<Vec<usize>>,
    ids: HashMap<Str, u32, FixedState>,
    /// Entries that are looked at in any case: events without words.
    by_event: HashMap<u32, Vec<usize>>,
    regexes: BTreeMap<usize, OnceLock<Option<Regex>>>,
}

impl Matcher {
    /// Gathers the literals of the entries of a knowledge; the same knowledge must be given to [`Matcher::judge`].
    pub fn new(knowledge: &Knowledge) -> Matcher {
        Matcher::of(knowledge, |_| true)
    }

    /// Gathers the literals of those entries that can match one of the texts of a case, which are a few in a hundred of a small one.
    pub(super) fn for_case(knowledge: &Knowledge, texts: &[Spoken], facts: &Facts) -> Matcher {
        let platform = facts.case.platform;
        let places: BTreeSet<Place> = texts.iter().map(|spoken| spoken.place).collect();
        let events: BTreeSet<u32> = facts.events.iter().map(|fact| fact.what.number).collect();
        Matcher::of(knowledge, |entry| {
            let said = match &entry.pattern {
                Pattern::Text { places: wanted, .. } => wanted.iter().any(|place| places.contains(place)),
                Pattern::Event { numbers, .. } => numbers.iter().any(|number| events.contains(number)),
                _ => false,
            };
            said && Platform::admitted(platform, &entry.platforms)
        })
    }

    fn of(knowledge: &Knowledge, wanted: impl Fn(&Entry) -> bool) -> Matcher {
        let mut ids: HashMap<Str, u32, FixedState> = HashMap::with_hasher(FixedState::default());
        let mut leads_to: Vec<Vec<usize>> = Vec::new();
        let mut texts: Vec<Str> = Vec::new();
        let mut by_event: HashMap<u32, Vec<usize>> = HashMap::new();
        let mut regexes = BTreeMap::new();
        for (number, entry) in knowledge.entries.iter().enumerate().filter(|(_, entry)| wanted(entry)) {
            let words = match &entry.pattern {
                Pattern::Text { words, .. } => words,
                Pattern::Event { words, numbers, .. } => {
                    for event in numbers {
                        by_event.entry(*event).or_default().push(number);
                    }
                    words
                }
                _ => continue,
            };
            if words.regex.is_some() {
                regexes.insert(number, OnceLock::new());
            }
            let opening = matches!(entry.pattern, Pattern::Text { .. });
            for (position, literal) in words.any.iter().chain(&words.all).chain(&words.none).enumerate() {
                let id = *ids.entry(literal.clone()).or_insert_with(|| {
                    leads_to.push(Vec::new());
                    texts.push(literal.clone());
                    u32::try_from(texts.len() - 1).unwrap_or(u32::MAX)
                });
                // Only what must be there leads to an entry; what must not is looked up when it is judged.
                let leads = position < words.any.len() || (words.any.is_empty() && position < words.all.len());
                if let Some(entries) = leads_to.get_mut(id as usize)
                    && opening
                    && leads
                {
                    entries.push(number);
                }
            }
        }
        Matcher { literals: Literals::new(texts), leads_to, ids, by_event, regexes }
    }

    /// Judges all texts; a finding for each entry that matches, and one for errors that no entry knows.
    pub fn judge(&self, texts: &[Spoken], facts: &Facts, knowledge: &Knowledge) -> Vec<Finding> {
        let codes = Codes::new(knowledge, facts.case.platform);
        let mut matched: BTreeMap<(usize, String), Vec<FactId>> = BTreeMap::new();
        let mut by_code: BTreeMap<(&str, String), (&Entry, Vec<FactId>)> = BTreeMap::new();
        let mut unknown: Vec<FactId> = Vec::new();
        let mut said: Vec<(usize, &Spoken)> = Vec::new();
        let mut shares: HashMap<(usize, Option<Stage>), f64> = HashMap::new();
        for spoken in texts {
            let lower = lowered(&spoken.text);
            let hits = Hits { said: self.literals.in_text(&lower), named: self.literals.in_text(&lowered(&spoken.template)) };
            let mut explained = false;
            for number in self.candidates(&hits.said, spoken, facts) {
                let Some(entry) = knowledge.entries.get(number) else { continue };
                if !self.fits(number, entry, spoken, facts, &hits) {
                    continue;
                }
                explained |= entry.declared.is_some() || entry.folder == Folder::Events;
                said.push((number, spoken));
                // Outcomes and queues are parts of one whole and add up; a session shows again what the log of the door shows.
                let share = shares.entry((number, spoken.stage)).or_default();
                *share =
                    if matches!(spoken.fact.kind(), Kind::Outcome | Kind::Queue) { *share + spoken.share } else { share.max(spoken.share) };
            }
            if explained || !spoken.error || !matches!(spoken.place, Place::Delivery | Place::Rejection | Place::Event | Place::Log) {
                continue;
            }
            let reply = spoken.reply.map(|reply| reply.to_string());
            let code = [spoken.code.as_deref(), reply.as_deref()].into_iter().flatten().find_map(|code| codes.get(code, &spoken.side));
            let at_door = spoken.place == Place::Rejection;
            match code {
                Some(entry) if !at_door && spoken.share >= USUAL_SHARE => {
                    let found = by_code.entry((entry.id.as_str(), mechanism_of(spoken, facts)));
                    found.or_insert((entry, Vec::new())).1.push(spoken.fact);
                }
                _ if !at_door && spoken.share >= USUAL_SHARE => unknown.push(spoken.fact),
                _ => {}
            }
        }
        let one = the_one(&said, texts, facts, knowledge);
        for (number, spoken) in said {
            // What many destinations say alike is one thing, however few messages each of them has.
            // At the door the clients are strangers, and each is looked at by itself.
            let share =
                if spoken.place == Place::Delivery { shares.get(&(number, spoken.stage)).copied() } else { None }.unwrap_or(spoken.share);
            let share = if one.is_some() && destination(spoken, facts) == one { 1.0 } else { share };
            if knowledge.entries.get(number).is_some_and(|entry| weighty(entry, share)) {
                matched.entry((number, mechanism_of(spoken, facts))).or_default().push(spoken.fact);
            }
        }
        let mut findings: Vec<Finding> = Vec::new();
        for ((number, mechanism), because) in matched {
            if let Some(entry) = knowledge.entries.get(number) {
                findings.push(finding(entry, mechanism, because, facts, knowledge));
            }
        }
        for ((_, mechanism), (entry, because)) in by_code {
            findings.push(finding(entry, mechanism, because, facts, knowledge));
        }
        if !unknown.is_empty() {
            unknown.truncate(MOST_FACTS);
            findings.push(unmatched(unknown));
        }
        findings
    }

    fn candidates(&self, hits: &BTreeSet<u32>, spoken: &Spoken, facts: &Facts) -> BTreeSet<usize> {
        let mut found: BTreeSet<usize> = hits.iter().filter_map(|hit| self.leads_to.get(*hit as usize)).flatten().copied().collect();
        if let Some((_, number)) = event_of(facts, spoken.fact) {
            found.extend(self.by_event.get(&number).into_iter().flatten());
        }
        found
    }

    fn fits(&self, number: usize, entry: &Entry, spoken: &Spoken, facts: &Facts, hits: &Hits) -> bool {
        if !Platform::admitted(facts.case.platform, &entry.platforms) {
            return false;
        }
        let words = match &entry.pattern {
            Pattern::Text { places, sides, stages, words, .. } => {
                let stage_fits =
                    stages.is_empty() || spoken.stage.is_some_and(|stage| stages.iter().any(|id| Stage::from_id(id) == Some(stage)));
                let side_fits = sides.is_empty() || spoken.place != Place::Delivery || sides.contains(&spoken.side);
                if !places.contains(&spoken.place) || !side_fits || !stage_fits {
                    return false;
                }
                words
            }
            Pattern::Event { sources, numbers, words, .. } => {
                let Some((source, event)) = event_of(facts, spoken.fact) else { return false };
                if !numbers.contains(&event) || !sources.iter().any(|known| same_source(known, &source)) {
                    return false;
                }
                words
            }
            _ => return false,
        };
        self.words_fit(number, words, hits, &spoken.text)
    }

    fn words_fit(&self, number: usize, words: &Words, hits: &Hits, text: &str) -> bool {
        let hit = |literal: &Str| self.ids.get(literal).is_some_and(|id| hits.said.contains(id));
        // A host's name must not veto an entry ("relay.isp.example" is not about relaying): `none` looks at the text without names.
        // A word that is written like a name itself (`127.0.0.1`, `resolver.rst`) is looked for as it stands.
        let veto = |literal: &Str| {
            self.ids.get(literal).is_some_and(|id| {
                hits.named.contains(id) || (hits.said.contains(id) && crate::parse::template::template(literal) != **literal)
            })
        };
        let literals = (words.any.is_empty() || words.any.iter().any(hit)) && words.all.iter().all(hit) && !words.none.iter().any(veto);
        if !literals {
            return false;
        }
        match (&words.regex, self.regexes.get(&number)) {
            (Some(pattern), Some(compiled)) => compiled
                .get_or_init(|| Regex::new(pattern).ok())
                .as_ref()
                .is_some_and(|regex| regex.is_match(&text[..floor(text, LONGEST)])),
            _ => true,
        }
    }
}

/// The status codes and reply codes that say something on a platform.
struct Codes<'a>(HashMap<&'a str, Vec<&'a Entry>>);

impl<'a> Codes<'a> {
    fn new(knowledge: &'a Knowledge, platform: Option<Platform>) -> Codes<'a> {
        let mut codes: HashMap<&str, Vec<&Entry>> = HashMap::new();
        for entry in knowledge.folder(Folder::Codes) {
            let known = platform.is_some() || entry.platforms.is_empty();
            if entry.declared.is_some() && known && Platform::admitted(platform, &entry.platforms) {
                codes.entry(entry.code()).or_default().push(entry);
            }
        }
        Codes(codes)
    }

    /// Returns what a code means: what this system means by it (such an entry names its platforms) where it may be its own, else what it
    /// means in general.
    fn get(&self, code: &str, side: &str) -> Option<&'a Entry> {
        let own = |entry: &&&Entry| !entry.platforms.is_empty();
        let entries = self.0.get(code)?;
        let of_own = entries.iter().find(own).filter(|_| side != "remote");
        of_own.or_else(|| entries.iter().find(|entry| !own(entry))).copied()
    }
}

/// The literals that stand in a text, and in the text with its names replaced.
struct Hits {
    said: BTreeSet<u32>,
    named: BTreeSet<u32>,
}

/// Returns the only destination that anything fails for, where a person complains of one.
fn the_one<'a>(said: &[(usize, &Spoken)], texts: &[Spoken], facts: &'a Facts, knowledge: &Knowledge) -> Option<&'a str> {
    let complains = said.iter().any(|(number, spoken)| {
        let entry = knowledge.entries.get(*number);
        spoken.place == Place::Person && entry.is_some_and(|entry| matches!(entry.pattern, Pattern::Text { about_one: true, .. }))
    });
    if !complains {
        return None;
    }
    let mut failing: BTreeSet<&str> = texts.iter().filter_map(|spoken| destination(spoken, facts)).collect();
    failing.pop_first().filter(|_| failing.is_empty())
}

/// Returns the destination that a failed delivery was for.
fn destination<'a>(spoken: &Spoken, facts: &'a Facts) -> Option<&'a str> {
    let row = spoken.fact.row();
    match (spoken.place, spoken.fact.kind()) {
        (Place::Delivery, Kind::Outcome) => facts.outcomes.get(row).map(|fact| fact.what.destination.as_str()),
        (Place::Delivery, Kind::Queue) => facts.queues.get(row).map(|fact| fact.what.name.as_str()),
        _ => None,
    }
}

/// Returns whether so large a share of the messages is concerned that it is more than an ordinary day.
fn weighty(entry: &Entry, share: f64) -> bool {
    let bar = match &entry.pattern {
        Pattern::Text { min_share, .. } => min_share.unwrap_or(USUAL_SHARE),
        _ => 0.0,
    };
    share >= bar
}

fn lowered(text: &str) -> String {
    text[..floor(text, LONGEST)].to_lowercase()
}

/// Returns the largest index of a character's start that is not beyond `most`.
fn floor(text: &str, most: usize) -> usize {
    if text.len() <= most {
        return text.len();
    }
    (0..=most).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

fn mechanism_of(spoken: &Spoken, facts: &Facts) -> String {
    match event_of(facts, spoken.fact) {
        Some((source, number)) => format!("event:{source}/{number}"),
        None => format!("said:{}", spoken.template),
    }
}

fn finding(entry: &Entry, mechanism: String, mut because: Vec<FactId>, facts: &Facts, knowledge: &Knowledge) -> Finding {
    because.dedup();
    because.truncate(MOST_FACTS);
    let fresh = because.iter().map(|fact| freshness(facts, knowledge, *fact)).fold(0.0, f64::max);
    let declared =
        entry.declared.clone().unwrap_or(Declared { causes: Vec::new(), seen_without: Frequency::Always, group: None, symptom: false });
    let id = entry.rule_id();
    let mut mechanisms = vec![declared.group.clone().unwrap_or(mechanism), id.clone()];
    mechanisms.dedup();
    Finding {
        id,
        holds: Holds::Present,
        because,
        declared,
        mechanisms,
        group: String::new(),
        text: entry.text.clone().or_else(|| entry.title.clone()),
        seed: entry.seed.clone(),
        freshness: fresh,
    }
}
