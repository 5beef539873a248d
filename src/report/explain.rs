//! What the knowledge says of one id: the pages of `mailmedic explain ID`, as text and as JSON.

mod cause;
mod entry;
mod json;
pub mod pack;
mod place;
mod work;

pub use json::json;

use super::command;
use super::screen::{Ink, Style, clean};
use super::words::{self, Phrase};
use crate::fact::Platform;
use crate::knowledge::{
    Action, Category, Cause, Entry, Frequency, Knowledge, Lang, Pattern, Question, QueueKind, Remedy, Requirement, StageEntry, Step,
};
use crate::pack::{FindingMeta, Manifest, Packs, RuleSource};
use std::borrow::Borrow;

/// Something that the knowledge can explain.
#[derive(Debug, Clone, Copy)]
pub enum Topic<'a> {
    /// A cause.
    Cause(&'a Cause),
    /// A remedy.
    Remedy(&'a Remedy),
    /// A kind of queue.
    Queue(&'a QueueKind),
    /// A reply, error, log line, event, status code, setting, threshold, service or phrase.
    Entry(&'a Entry),
    /// A stage.
    Stage(&'a StageEntry),
    /// A diagnostic category.
    Category(&'a Category),
    /// A question for a person.
    Question(&'a Question),
    /// What mail flow needs.
    Requirement(&'a Requirement),
    /// A step of an investigation.
    Step(&'a Step),
    /// A fact of the seed, with all that serves it.
    Seed(&'a Packs, &'a str),
    /// A rule.
    Rule(&'a RuleSource),
    /// A plugin.
    Plugin(&'a Manifest),
    /// A finding of a plugin.
    Finding(&'a Manifest, &'a FindingMeta),
}

/// Returns everything that an id names in packs: what [`find`] finds in their knowledge, rules as `PACK/RULE`, plugins as
/// `plugin/NAME`, their findings as `plugin/NAME/FINDING`, and facts of the seed (`Q2.8`).
pub fn find_in<'a>(packs: &'a Packs, id: &str) -> Vec<Topic<'a>> {
    let id = id.trim();
    let same = |other: &str| other.eq_ignore_ascii_case(id);
    let mut found = find(&packs.knowledge, id);
    found.extend(work::seed_of(packs, id).map(|seed| Topic::Seed(packs, seed)));
    let rules = packs.rules.iter().filter(|rule| same(&rule.id) || rule.id.rsplit('/').next().is_some_and(same));
    found.extend(rules.map(Topic::Rule));
    for plugin in &packs.plugins {
        let (manifest, name) = (&plugin.manifest, format!("plugin/{}", plugin.manifest.id));
        found.extend((same(&manifest.id) || same(&name)).then_some(Topic::Plugin(manifest)));
        let findings = manifest.finding.iter().filter(|finding| same(&format!("{name}/{}", finding.id)));
        found.extend(findings.map(|finding| Topic::Finding(manifest, finding)));
    }
    found
}

/// Returns everything that an id names, whatever the case of its letters.
///
/// An id is that of a cause (also a finer one), remedy, stage, category, question, requirement or step; a queue's id or display name; an event as
/// `SOURCE/NUMBER` or its number alone; a status code; a setting's key; a service's name; an entry as `FOLDER/ENTRY`, with or without `knowledge/`.
pub fn find<'a>(knowledge: &'a Knowledge, id: &str) -> Vec<Topic<'a>> {
    let id = id.trim();
    let same = |other: &str| other.eq_ignore_ascii_case(id);
    let mut found: Vec<Topic<'a>> = Vec::new();
    found.extend(knowledge.cause(&id.to_lowercase()).map(Topic::Cause));
    found.extend(knowledge.remedies.values().filter(|remedy| same(&remedy.id)).map(Topic::Remedy));
    let named = |kind: &&QueueKind| same(&kind.id) || kind.names.iter().any(|name| name.to_lowercase() == id.to_lowercase());
    found.extend(knowledge.queues.iter().filter(named).map(Topic::Queue));
    found.extend(knowledge.stages.iter().filter(|stage| same(&stage.id)).map(Topic::Stage));
    found.extend(knowledge.entries.iter().filter(|entry| is_entry(entry, id)).map(Topic::Entry));
    found.extend(knowledge.categories.iter().filter(|category| same(&category.id)).map(Topic::Category));
    found.extend(knowledge.questions.iter().filter(|question| same(&question.id)).map(Topic::Question));
    found.extend(knowledge.requirements.iter().filter(|requirement| same(&requirement.id)).map(Topic::Requirement));
    found.extend(knowledge.steps.iter().filter(|step| same(&step.id)).map(Topic::Step));
    found
}

/// Returns up to five ids that are spelt like this one.
pub fn suggest(packs: &Packs, id: &str) -> Vec<String> {
    let knowledge = &packs.knowledge;
    let plugins: Vec<String> = packs
        .plugins
        .iter()
        .flat_map(|plugin| plugin.manifest.finding.iter().map(|finding| format!("plugin/{}/{}", plugin.manifest.id, finding.id)))
        .collect();
    let entries: Vec<String> = knowledge.entries.iter().map(|entry| format!("{}/{}", entry.folder.id(), entry.id)).collect();
    let ids = knowledge
        .causes
        .keys()
        .chain(knowledge.remedies.keys())
        .map(String::as_str)
        .chain(knowledge.queues.iter().map(|queue| queue.id.as_str()))
        .chain(knowledge.steps.iter().map(|step| step.id.as_str()))
        .chain(knowledge.requirements.iter().map(|requirement| requirement.id.as_str()))
        .chain(entries.iter().map(String::as_str))
        .chain(packs.rules.iter().map(|rule| rule.id.as_str()))
        .chain(plugins.iter().map(String::as_str));
    crate::words::near(id, ids, 5).into_iter().map(str::to_owned).collect()
}

fn is_entry(entry: &Entry, id: &str) -> bool {
    let same = |other: &str| other.eq_ignore_ascii_case(id);
    let path = id.strip_prefix("knowledge/").unwrap_or(id);
    if same(&entry.id) || path.split_once('/') == Some((entry.folder.id(), entry.id.as_str())) {
        return true;
    }
    match &entry.pattern {
        Pattern::Event { sources, numbers, .. } => {
            let (source, number) = id.rsplit_once('/').map_or((None, id), |(source, number)| (Some(source), number));
            number.parse().is_ok_and(|number: u32| numbers.contains(&number))
                && source.is_none_or(|source| sources.iter().any(|known| known.eq_ignore_ascii_case(source)))
        }
        Pattern::Setting { keys, .. } => keys.iter().any(|key| crate::knowledge::glob(key, id)),
        Pattern::Service { names, .. } => names.iter().any(|name| same(name)),
        Pattern::Code => same(entry.code()),
        Pattern::Text { .. } | Pattern::Threshold { .. } => false,
    }
}

/// Returns the page of a topic.
pub fn text(topic: Topic<'_>, knowledge: &Knowledge, lang: Lang, style: &Style) -> String {
    match topic {
        Topic::Cause(item) => cause::cause(item, knowledge, lang, style),
        Topic::Remedy(item) => cause::remedy(item, knowledge, lang, style),
        Topic::Queue(item) => place::queue(item, lang, style),
        Topic::Entry(item) => entry::entry(item, knowledge, lang, style),
        Topic::Stage(item) => place::stage(item, knowledge, lang, style),
        Topic::Category(item) => place::category(item, lang, style),
        Topic::Question(item) => work::question(item, knowledge, lang, style),
        Topic::Requirement(item) => work::requirement(item, knowledge, lang, style),
        Topic::Step(item) => work::step(item, knowledge, lang, style),
        Topic::Seed(packs, id) => work::seed(packs, id, lang, style),
        Topic::Rule(item) => pack::rule(item, knowledge, lang, style),
        Topic::Plugin(item) => pack::plugin(item, lang, style),
        Topic::Finding(manifest, item) => pack::finding(manifest, item, knowledge, lang, style),
    }
}

/// A page that grows from the top.
struct Sheet<'a> {
    out: String,
    lang: Lang,
    style: &'a Style,
}

impl<'a> Sheet<'a> {
    fn new(title: &str, id: &str, kind: Phrase, lang: Lang, style: &'a Style) -> Sheet<'a> {
        let mut sheet = Sheet { out: String::new(), lang, style };
        style.block(&mut sheet.out, "", "", &clean(title), Some(Ink::Bold));
        style.block(&mut sheet.out, "", "", &clean(&format!("{}: {id}", kind.get(lang))), Some(Ink::Dim));
        sheet
    }

    fn paragraph(&mut self, text: &str) {
        if !text.trim().is_empty() {
            self.out.push('\n');
            self.style.block(&mut self.out, "", "", &clean(text), None);
        }
    }

    /// A label with one value; nothing for an empty value.
    fn row(&mut self, label: Phrase, value: &str) {
        if !value.is_empty() {
            self.style.block(&mut self.out, "", "  ", &format!("{}: {}", label.get(self.lang), clean(value)), None);
        }
    }

    /// A heading with one line for each value; nothing without values.
    fn list<T: Borrow<str>>(&mut self, label: Phrase, values: &[T]) {
        if values.is_empty() {
            return;
        }
        self.section(label);
        for value in values {
            self.style.block(&mut self.out, "  - ", "    ", &clean(value.borrow()), None);
        }
    }

    /// One line of a list.
    fn item(&mut self, text: &str) {
        self.style.block(&mut self.out, "  - ", "    ", &clean(text), None);
    }

    fn section(&mut self, label: Phrase) {
        self.out.push('\n');
        self.style.block(&mut self.out, "", "", label.get(self.lang), Some(Ink::Bold));
    }

    fn actions(&mut self, label: Phrase, actions: &[Action]) {
        if actions.is_empty() {
            return;
        }
        self.section(label);
        for item in actions {
            let mut text = clean(item.text.get(self.lang));
            if !item.platforms.is_empty() {
                text = format!("{text} [{}]", clean(&item.platforms.join(", ")));
            }
            self.style.block(&mut self.out, "  - ", "    ", &text, None);
            if !item.run.is_empty() {
                let line = clean(&command::line(&item.run, shell_of(&item.platforms)));
                self.out.push_str(&format!("      {}\n", self.style.paint(Ink::Command, &line)));
            }
        }
    }

    fn gap(&mut self) {
        self.out.push('\n');
    }
}

/// The platform whose shell a step is written for: that of the first word that names one.
fn shell_of(platforms: &[String]) -> Option<Platform> {
    // Newer platforms stand for their group: `exchange` alone means PowerShell.
    let word = platforms.first()?;
    Platform::ALL.into_iter().rev().find(|platform| platform.is(word))
}

fn platforms(words: &[String], lang: Lang) -> String {
    if words.is_empty() { Phrase::AllPlatforms.get(lang).to_owned() } else { words.join(", ") }
}

fn titled(knowledge: &Knowledge, id: &str, lang: Lang) -> String {
    knowledge.causes.get(id).map_or_else(|| id.to_owned(), |cause| format!("{id}: {}", cause.title.get(lang)))
}

fn often(text: &str, word: Frequency, lang: Lang) -> String {
    format!("{text} ({})", words::frequency(word).get(lang))
}

fn footer<T: Borrow<str>>(sheet: &mut Sheet<'_>, seed: &[String], sources: &[T], origin: &crate::knowledge::Origin) {
    sheet.row(Phrase::SeedFacts, &seed.join(", "));
    sheet.row(Phrase::Sources, &sources.join("; "));
    if !origin.file.is_empty() {
        sheet.row(Phrase::DefinedAt, &format!("{}:{}", origin.file, origin.line));
    }
}

#[cfg(test)]
mod tests;
