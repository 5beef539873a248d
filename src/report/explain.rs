//! What the knowledge says of one id: the pages of `mailmedic explain ID`, as text and as JSON.

pub mod pack;

use super::command;
use super::json::action;
use super::screen::{Ink, Style, clean};
use super::words::{self, Phrase};
use crate::fact::Platform;
use crate::knowledge::{
    Action, Category, Cause, Condition, Entry, Folder, Frequency, Knowledge, Lang, Pattern, Precondition, Question, QueueKind, Remedy,
    SettingType, StageEntry, Str, Text, Words,
};
use crate::pack::{FindingMeta, Manifest, Packs, RuleSource};
use serde_json::{Value, json};
use std::borrow::Borrow;

/// How many findings the page of a cause names.
const FINDINGS: usize = 15;

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
    /// A rule.
    Rule(&'a RuleSource),
    /// A plugin.
    Plugin(&'a Manifest),
    /// A finding of a plugin.
    Finding(&'a Manifest, &'a FindingMeta),
}

/// Returns everything that an id names in packs: what [`find`] finds in their knowledge, rules as `PACK/RULE`, plugins as
/// `plugin/NAME` and their findings as `plugin/NAME/FINDING`.
pub fn find_in<'a>(packs: &'a Packs, id: &str) -> Vec<Topic<'a>> {
    let id = id.trim();
    let same = |other: &str| other.eq_ignore_ascii_case(id);
    let mut found = find(&packs.knowledge, id);
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
/// An id is that of a cause (also a finer one), remedy, stage, category or question; a queue's id or display name; an event as
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
        Topic::Cause(item) => cause(item, knowledge, lang, style),
        Topic::Remedy(item) => remedy(item, knowledge, lang, style),
        Topic::Queue(item) => queue(item, lang, style),
        Topic::Entry(item) => entry(item, knowledge, lang, style),
        Topic::Stage(item) => stage(item, knowledge, lang, style),
        Topic::Category(item) => category(item, lang, style),
        Topic::Question(item) => question(item, knowledge, lang, style),
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

/// The entries that name a cause or a finer or coarser form of it, with how often each is seen.
fn findings<'a>(knowledge: &'a Knowledge, id: &str) -> impl Iterator<Item = (&'a Entry, Frequency)> {
    knowledge.entries.iter().filter_map(move |entry| {
        let declared = entry.declared.as_ref()?;
        declared.causes.iter().find(|(cause, _)| cause == id).map(|(_, word)| (entry, *word))
    })
}

fn roots<'a>(knowledge: &'a Knowledge, id: &str) -> impl Iterator<Item = (&'a Cause, Frequency)> {
    knowledge.causes.values().filter_map(move |cause| cause.leads_to.get(id).map(|word| (cause, *word)))
}

fn often(text: &str, word: Frequency, lang: Lang) -> String {
    format!("{text} ({})", words::frequency(word).get(lang))
}

fn priors(cause: &Cause, lang: Lang) -> String {
    let default = cause.prior.words.get("default").map(|word| words::prior(word, lang).to_owned());
    let mut parts: Vec<String> = cause
        .prior
        .words
        .iter()
        .filter(|(platform, _)| *platform != "default")
        .map(|(platform, word)| format!("{platform} {}", words::prior(word, lang)))
        .collect();
    let only = parts.is_empty();
    parts.extend(default.map(|word| if only { word } else { format!("{} {word}", Phrase::Elsewhere.get(lang)) }));
    words::list(&parts, lang)
}

/// Returns the page of a cause.
pub fn cause(cause: &Cause, knowledge: &Knowledge, lang: Lang, style: &Style) -> String {
    let mut sheet = Sheet::new(cause.title.get(lang), &cause.id, Phrase::KindCause, lang, style);
    sheet.paragraph(cause.what.get(lang));
    if cause.benign {
        sheet.paragraph(Phrase::Benign.get(lang));
    }
    for (label, text) in [(Phrase::Why, &cause.why), (Phrase::Recognise, &cause.recognise)] {
        if !text.get(lang).is_empty() {
            sheet.section(label);
            style.block(&mut sheet.out, "  ", "  ", &clean(text.get(lang)), None);
        }
    }
    let remedies: Vec<String> = cause.remedies.iter().map(|id| remedy_line(knowledge, id, lang)).collect();
    sheet.list(Phrase::Remedies, &remedies);
    let effects: Vec<String> = cause.leads_to.iter().map(|(id, word)| often(&titled(knowledge, id, lang), *word, lang)).collect();
    sheet.list(Phrase::Effects, &effects);
    let from: Vec<String> =
        roots(knowledge, &cause.id).map(|(root, word)| often(&format!("{}: {}", root.id, root.title.get(lang)), word, lang)).collect();
    sheet.list(Phrase::Roots, &from);
    let mut shown: Vec<(&Entry, Frequency)> = findings(knowledge, &cause.id).collect();
    // What shows it best comes first; equal ones stay in the order of the knowledge.
    shown.sort_by_key(|(_, word)| std::cmp::Reverse(*word));
    let hidden = shown.len().saturating_sub(FINDINGS);
    shown.truncate(FINDINGS);
    let line = |(entry, word): (&Entry, Frequency)| often(&format!("{}: {}", entry.rule_id(), entry_title(entry, lang)), word, lang);
    let mut lines: Vec<String> = shown.into_iter().map(line).collect();
    lines.extend((hidden > 0).then(|| Phrase::MoreEvidence.with(lang, &[&words::count(hidden as u64)])));
    sheet.list(Phrase::Findings, &lines);
    sheet.gap();
    sheet.row(Phrase::Prior, &priors(cause, lang));
    sheet.row(Phrase::Platforms, &platforms(&cause.platforms, lang));
    footer(&mut sheet, &cause.seed, &cause.sources, &cause.origin);
    sheet.out
}

fn remedy_line(knowledge: &Knowledge, id: &str, lang: Lang) -> String {
    match knowledge.remedies.get(id) {
        Some(remedy) => format!("{id}: {} ({})", remedy.title.get(lang), words::risk(remedy.risk).get(lang)),
        None => id.to_owned(),
    }
}

fn footer<T: Borrow<str>>(sheet: &mut Sheet<'_>, seed: &[String], sources: &[T], origin: &crate::knowledge::Origin) {
    sheet.row(Phrase::SeedFacts, &seed.join(", "));
    sheet.row(Phrase::Sources, &sources.join("; "));
    if !origin.file.is_empty() {
        sheet.row(Phrase::DefinedAt, &format!("{}:{}", origin.file, origin.line));
    }
}

/// Returns the page of a remedy, with the steps of every platform.
pub fn remedy(remedy: &Remedy, knowledge: &Knowledge, lang: Lang, style: &Style) -> String {
    let mut sheet = Sheet::new(remedy.title.get(lang), &remedy.id, Phrase::KindRemedy, lang, style);
    let mut facts = vec![words::risk(remedy.risk).get(lang).to_owned(), Phrase::Work.with(lang, &[&words::minutes(remedy.minutes, lang)])];
    if remedy.wait_minutes > 0.0 {
        facts.push(Phrase::Wait.with(lang, &[&words::minutes(remedy.wait_minutes, lang)]));
    }
    sheet.paragraph(&words::list(&facts, lang));
    let before = |item: &Precondition| {
        let text = format!("{} ({})", item.text.get(lang), words::list(&item.facts, lang));
        if item.platforms.is_empty() { text } else { format!("{text} [{}]", item.platforms.join(", ")) }
    };
    sheet.list(Phrase::Before, &remedy.preconditions.iter().map(before).collect::<Vec<_>>());
    sheet.actions(Phrase::Steps, &remedy.steps);
    sheet.actions(Phrase::Check, &remedy.checks);
    sheet.actions(Phrase::Undo, &remedy.undo);
    let causes: Vec<String> = used_for(remedy, knowledge).map(|cause| titled(knowledge, &cause.id, lang)).collect();
    sheet.list(Phrase::UsedFor, &causes);
    sheet.gap();
    footer(&mut sheet, &remedy.seed, &remedy.sources, &remedy.origin);
    sheet.out
}

fn used_for<'a>(remedy: &Remedy, knowledge: &'a Knowledge) -> impl Iterator<Item = &'a Cause> {
    let id = remedy.id.clone();
    knowledge.causes.values().filter(move |cause| cause.remedies.contains(&id))
}

/// Returns the page of a kind of queue.
pub fn queue(queue: &QueueKind, lang: Lang, style: &Style) -> String {
    let mut sheet = Sheet::new(queue.title.get(lang), &queue.id, Phrase::KindQueue, lang, style);
    sheet.paragraph(queue.holds.get(lang));
    sheet.gap();
    sheet.row(Phrase::Stage, &queue.stage);
    sheet.row(Phrase::NeverDo, &queue.never.join(", "));
    let names: Vec<&str> = queue.names.iter().chain(&queue.name_patterns).map(String::as_str).collect();
    sheet.row(Phrase::Names, &names.join("; "));
    sheet.row(Phrase::Platforms, &platforms(&queue.platforms, lang));
    footer(&mut sheet, &queue.seed, &queue.sources, &queue.origin);
    sheet.out
}

fn entry_kind(folder: Folder) -> Phrase {
    match folder {
        Folder::Replies => Phrase::KindReply,
        Folder::LastErrors => Phrase::KindError,
        Folder::Logs => Phrase::KindLog,
        Folder::Events => Phrase::KindEvent,
        Folder::Codes => Phrase::KindCode,
        Folder::Settings => Phrase::KindSetting,
        Folder::Thresholds => Phrase::KindThreshold,
        Folder::Services => Phrase::KindService,
        Folder::Phrases => Phrase::KindPhrase,
    }
}

/// The name of an entry; without one, its text, in which the source and number of an event stand as the entry gives them.
fn entry_title(entry: &Entry, lang: Lang) -> String {
    let text: Option<&Text> = entry.title.as_ref().or(entry.text.as_ref()).or(entry.what.as_ref());
    text.map_or_else(|| entry.id.clone(), |text| filled(entry, text.get(lang)))
}

fn filled(entry: &Entry, text: &str) -> String {
    let Pattern::Event { sources, numbers, .. } = &entry.pattern else { return text.to_owned() };
    let numbers: Vec<String> = numbers.iter().map(ToString::to_string).collect();
    text.replace("{source}", sources.first().map_or("", String::as_str)).replace("{id}", &numbers.join("/"))
}

/// Returns the page of an entry: of an event, a status code, a setting, a reply …
pub fn entry(entry: &Entry, knowledge: &Knowledge, lang: Lang, style: &Style) -> String {
    let title = entry_title(entry, lang);
    let mut sheet = Sheet::new(&title, &entry.rule_id(), entry_kind(entry.folder), lang, style);
    for text in [&entry.what, &entry.text].into_iter().flatten().map(|text| filled(entry, text.get(lang))).filter(|text| *text != title) {
        sheet.paragraph(&text);
    }
    sheet.list(Phrase::Looks, &looks_for(entry, lang));
    if let Some(declared) = &entry.declared {
        let causes: Vec<String> = declared.causes.iter().map(|(id, word)| often(&titled(knowledge, id, lang), *word, lang)).collect();
        sheet.list(Phrase::Shows, &causes);
        sheet.gap();
        if declared.symptom {
            style.block(&mut sheet.out, "", "  ", Phrase::Symptom.get(lang), None);
        }
        sheet.row(Phrase::SeenWithout, words::frequency(declared.seen_without).get(lang));
        sheet.row(Phrase::Group, declared.group.as_deref().unwrap_or_default());
    } else {
        sheet.gap();
    }
    sheet.row(Phrase::Platforms, &platforms(&entry.platforms, lang));
    footer(&mut sheet, &entry.seed, &entry.sources, &entry.origin);
    sheet.out
}

/// What an entry looks for, a line for each condition.
fn looks_for(entry: &Entry, lang: Lang) -> Vec<String> {
    match &entry.pattern {
        Pattern::Text { stages, words, .. } => {
            let mut lines = word_lines(words, lang);
            lines.extend((!stages.is_empty()).then(|| format!("{}: {}", Phrase::Stage.get(lang), stages.join(", "))));
            lines
        }
        Pattern::Event { sources, numbers, words, over_with } => {
            let event = |sources: &[String], numbers: &[u32]| {
                let numbers: Vec<String> = numbers.iter().map(ToString::to_string).collect();
                format!("{} / {}", sources.join(", "), numbers.join(", "))
            };
            let mut lines = vec![event(sources, numbers)];
            lines.extend(word_lines(words, lang));
            lines.extend(over_with.as_ref().map(|ending| Phrase::OverWith.with(lang, &[&event(&ending.sources, &ending.numbers)])));
            lines
        }
        Pattern::Code => vec![entry.id.clone()],
        Pattern::Setting { keys, ty, default, when } => {
            let mut lines = keys.clone();
            lines.push(format!("{}: {}", Phrase::Type.get(lang), type_word(*ty)));
            lines.extend(default.as_ref().map(|default| format!("{}: {default}", Phrase::Default.get(lang))));
            lines.extend(when.iter().map(|when| format!("{}: {}", Phrase::When.get(lang), condition(when, lang))));
            lines
        }
        Pattern::Threshold { kind, name, more_than, less_than } => {
            let mut lines = vec![format!("{kind} {name}")];
            let bars = [(Phrase::MoreWhen, more_than), (Phrase::LessWhen, less_than)];
            lines.extend(bars.into_iter().filter_map(|(phrase, bar)| bar.map(|bar| phrase.with(lang, &[&bar.to_string()]))));
            lines
        }
        Pattern::Service { names, stage, when } => {
            let mut lines = vec![format!("{}: {}", Phrase::Names.get(lang), names.join(", "))];
            lines.extend(stage.as_ref().map(|stage| format!("{}: {stage}", Phrase::Stage.get(lang))));
            lines.extend((!when.is_empty()).then(|| format!("{}: {}", Phrase::When.get(lang), when.join(", "))));
            lines
        }
    }
}

fn word_lines(words: &Words, lang: Lang) -> Vec<String> {
    let quoted = |words: &[Str], between: &str| words.iter().map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(between);
    let mut lines = Vec::new();
    lines.extend((!words.any.is_empty()).then(|| quoted(&words.any, " | ")));
    lines.extend((!words.all.is_empty()).then(|| quoted(&words.all, " + ")));
    lines.extend(words.regex.as_ref().map(|regex| format!("/{regex}/")));
    lines.extend((!words.none.is_empty()).then(|| format!("{}: {}", Phrase::Without.get(lang), quoted(&words.none, " | "))));
    lines
}

fn type_word(ty: SettingType) -> &'static str {
    match ty {
        SettingType::Integer => "integer",
        SettingType::Flag => "flag",
        SettingType::Text => "text",
        SettingType::List => "list",
        SettingType::Duration => "duration",
    }
}

fn condition(condition: &Condition, lang: Lang) -> String {
    match condition {
        Condition::Equals(value) => Phrase::IsWhen.with(lang, &[value]),
        Condition::NotEquals(value) => Phrase::IsNotWhen.with(lang, &[value]),
        Condition::LessThan(bar) => Phrase::LessWhen.with(lang, &[&bar.to_string()]),
        Condition::MoreThan(bar) => Phrase::MoreWhen.with(lang, &[&bar.to_string()]),
        Condition::Contains(value) => Phrase::ContainsWhen.with(lang, &[value]),
        Condition::Empty(true) => Phrase::EmptyWhen.get(lang).to_owned(),
        Condition::Empty(false) => Phrase::FilledWhen.get(lang).to_owned(),
    }
}

/// Returns the page of a stage, with the kinds of queues that belong to it.
pub fn stage(stage: &StageEntry, knowledge: &Knowledge, lang: Lang, style: &Style) -> String {
    let mut sheet = Sheet::new(stage.title.get(lang), &stage.id, Phrase::KindStage, lang, style);
    let queues: Vec<String> = knowledge
        .queues
        .iter()
        .filter(|queue| queue.stage == stage.id)
        .map(|queue| format!("{}: {}", queue.id, queue.title.get(lang)))
        .collect();
    sheet.list(Phrase::Queues, &queues);
    sheet.gap();
    sheet.row(Phrase::Transports, &stage.transports.join(", "));
    sheet.row(Phrase::Platforms, &platforms(&stage.platforms, lang));
    sheet.out
}

/// Returns the page of a diagnostic category.
pub fn category(category: &Category, lang: Lang, style: &Style) -> String {
    let mut sheet = Sheet::new(category.title.get(lang), &category.id, Phrase::KindCategory, lang, style);
    sheet.gap();
    sheet.row(Phrase::Service, category.service.as_deref().unwrap_or_default());
    sheet.row(Phrase::Stage, &category.stages.join(", "));
    sheet.row(Phrase::Registry, category.registry.as_deref().unwrap_or_default());
    sheet.row(Phrase::Platforms, &platforms(&category.platforms, lang));
    footer(&mut sheet, &category.seed, &category.sources, &crate::knowledge::Origin::default());
    sheet.out
}

/// Returns the page of a question.
pub fn question(question: &Question, knowledge: &Knowledge, lang: Lang, style: &Style) -> String {
    let mut sheet = Sheet::new(question.text.get(lang), &question.id, Phrase::Question, lang, style);
    let causes: Vec<String> = question.settles.iter().map(|id| titled(knowledge, id, lang)).collect();
    sheet.list(Phrase::Answers, &causes);
    sheet.gap();
    sheet.row(Phrase::Platforms, &platforms(&question.platforms, lang));
    footer(&mut sheet, &question.seed, &question.sources, &crate::knowledge::Origin::default());
    sheet.out
}

/// Returns a topic as JSON: `topic` says what it is, texts are in one language, an empty list of platforms means all.
pub fn json(topic: Topic<'_>, knowledge: &Knowledge, lang: Lang) -> Value {
    let say = |text: &Text| text.get(lang).to_owned();
    let defined = |origin: &crate::knowledge::Origin| format!("{}:{}", origin.file, origin.line);
    match topic {
        Topic::Cause(item) => json!({
            "topic": "cause", "id": item.id, "title": say(&item.title), "what": say(&item.what), "why": say(&item.why),
            "recognise": say(&item.recognise), "benign": item.benign, "prior": item.prior.words, "platforms": item.platforms, "seed": item.seed,
            "leads_to": item.leads_to,
            "comes_from": roots(knowledge, &item.id).map(|(root, word)| json!({"id": root.id, "how_often": word.id()})).collect::<Vec<_>>(),
            "findings": findings(knowledge, &item.id)
                .map(|(entry, word)| json!({"rule": entry.rule_id(), "title": entry_title(entry, lang), "how_often": word.id()}))
                .collect::<Vec<_>>(),
            "remedies": item.remedies, "sources": item.sources, "defined_in": defined(&item.origin),
        }),
        Topic::Remedy(item) => {
            let actions = |actions: &[Action]| {
                let one = |item: &Action| json!({"text": action(&item.run, item.text.get(lang), shell_of(&item.platforms)), "platforms": item.platforms});
                actions.iter().map(one).collect::<Vec<_>>()
            };
            let before: Vec<Value> = item
                .preconditions
                .iter()
                .map(|item| json!({"text": say(&item.text), "facts": item.facts, "platforms": item.platforms}))
                .collect();
            json!({
                "topic": "remedy", "id": item.id, "title": say(&item.title), "risk": item.risk.id(), "minutes": item.minutes,
                "wait_minutes": item.wait_minutes, "preconditions": before, "steps": actions(&item.steps), "verify": actions(&item.checks), "undo": actions(&item.undo),
                "causes": used_for(item, knowledge).map(|cause| cause.id.clone()).collect::<Vec<_>>(),
                "seed": item.seed, "sources": item.sources, "defined_in": defined(&item.origin),
            })
        }
        Topic::Queue(item) => json!({
            "topic": "queue", "id": item.id, "title": say(&item.title), "holds": say(&item.holds), "stage": item.stage, "never": item.never,
            "names": item.names, "name_patterns": item.name_patterns, "platforms": item.platforms, "seed": item.seed, "sources": item.sources,
            "defined_in": defined(&item.origin),
        }),
        Topic::Entry(item) => json!({
            "topic": item.folder.id(), "id": item.rule_id(), "title": entry_title(item, lang), "what": item.what.as_ref().map(say),
            "text": item.text.as_ref().map(say), "looks_for": looks_for(item, lang),
            "causes": item.declared.as_ref().map(|declared| {
                declared.causes.iter().map(|(id, word)| json!({"id": id, "how_often": word.id()})).collect::<Vec<_>>()
            }).unwrap_or_default(),
            "seen_without": item.declared.as_ref().map(|declared| declared.seen_without.id()),
            "symptom": item.declared.as_ref().is_some_and(|declared| declared.symptom),
            "group": item.declared.as_ref().and_then(|declared| declared.group.clone()),
            "platforms": item.platforms, "seed": item.seed, "sources": item.sources, "defined_in": defined(&item.origin),
        }),
        Topic::Stage(item) => json!({
            "topic": "stage", "id": item.id, "title": say(&item.title), "order": item.order, "transports": item.transports, "platforms": item.platforms,
            "queues": knowledge.queues.iter().filter(|queue| queue.stage == item.id).map(|queue| queue.id.clone()).collect::<Vec<_>>(),
        }),
        Topic::Category(item) => json!({
            "topic": "category", "id": item.id, "title": say(&item.title), "service": item.service, "stages": item.stages, "registry": item.registry,
            "platforms": item.platforms, "seed": item.seed, "sources": item.sources,
        }),
        Topic::Rule(item) => pack::rule_json(item, lang),
        Topic::Plugin(item) => pack::plugin_json(item, lang),
        Topic::Finding(manifest, item) => pack::finding_json(manifest, item, lang),
        Topic::Question(item) => json!({
            "topic": "question", "id": item.id, "text": say(&item.text), "minutes": item.minutes, "settles": item.settles,
            "platforms": item.platforms, "seed": item.seed, "sources": item.sources,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::super::screen::columns;
    use super::*;

    const FILES: [(&str, &str); 6] = [
        (
            "causes/dns.toml",
            r#"
            [[cause]]
            id = "dns.server-unreachable"
            prior = { default = "uncommon", postfix = "occasional" }
            seed = ["Q4.2"]
            leads_to = { "load.back-pressure" = "often" }
            remedies = ["restore-resolver"]
            title = { en = "The DNS server does not answer", ja = "DNS サーバーが応答しない" }
            what = { en = "Queries run into a time-out.", ja = "問い合わせがタイムアウトします。" }
            why = { en = "It is down, or port 53 is blocked.", ja = "停止、またはポート 53 の遮断が原因です。" }
            recognise = { en = "Many destinations fail at once.", ja = "多数の配送先が同時に失敗します。" }
            sources = ["RFC 5321 §5.1"]
            [[cause]]
            id = "load.back-pressure"
            prior = "rare"
            title = { en = "New mail is slowed down", ja = "新しいメールが抑制されている" }
            what = { en = "The system protects itself.", ja = "システムが自らを保護しています。" }
            why = { en = "A long queue.", ja = "長いキューが原因です。" }
            recognise = { en = "Event 15004.", ja = "イベント 15004。" }
            sources = ["seed"]
        "#,
        ),
        (
            "remedies/dns.toml",
            r#"
            [[remedy]]
            id = "restore-resolver"
            title = { en = "Use a DNS server that answers", ja = "応答する DNS サーバーを使う" }
            risk = "caution"
            minutes = 10
            wait_minutes = 5
            sources = ["experience"]
            step = [{ platforms = ["unix"], run = ["dig", "@{server}", "a b"], text = { en = "Ask it", ja = "問い合わせます" } }]
            check = [{ text = { en = "It answers", ja = "応答があります" } }]
            undo = [{ text = { en = "Put the old one back", ja = "元に戻します" } }]
        "#,
        ),
        (
            "events/x.toml",
            r#"
            [[entry]]
            id = "transport-4006"
            source = "MSExchangeTransport"
            number = [4006, 4007]
            any = ["unable to bind"]
            causes = { "dns.server-unreachable" = "usually" }
            seen_without = "never"
            text = { en = "The transport could not resolve {host}", ja = "トランスポートが {host} を解決できない" }
            sources = ["KB 1"]
        "#,
        ),
        (
            "codes/x.toml",
            r#"
            [[entry]]
            id = "5.7.1"
            title = { en = "Delivery not authorised", ja = "配信が許可されていない" }
            sources = ["RFC 3463"]
        "#,
        ),
        (
            "settings/x.toml",
            r#"
            [[entry]]
            id = "dsusecat"
            key = "smtpsvc/*/DsUseCat"
            type = "integer"
            default = "1"
            when = { equals = "0" }
            title = { en = "Categorizer switch", ja = "カテゴライザーのスイッチ" }
            sources = ["facts"]
        "#,
        ),
        (
            "queues.toml",
            r#"
            [[queue]]
            id = "remote-delivery"
            stage = "remote-delivery"
            title = { en = "Remote delivery", ja = "リモート配信" }
            names = ["SMTP Delivery"]
            name_patterns = ["*.*"]
            never = ["delete"]
            holds = { en = "Messages for other hosts.", ja = "他のホスト宛のメッセージ。" }
        "#,
        ),
    ];

    fn knowledge() -> Knowledge {
        let files: Vec<(String, String)> = FILES.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
        crate::knowledge::load(&files).unwrap()
    }

    fn only<'a>(knowledge: &'a Knowledge, id: &str) -> Topic<'a> {
        let found = find(knowledge, id);
        assert_eq!(found.len(), 1, "{id}: {found:?}");
        found[0]
    }

    #[test]
    fn ids_of_every_kind_are_found() {
        let knowledge = knowledge();
        let topic = |id: &str| json(only(&knowledge, id), &knowledge, Lang::En)["topic"].as_str().unwrap().to_owned();
        assert_eq!(topic("dns.server-unreachable"), "cause");
        assert_eq!(topic("DNS.server-unreachable.port-53-blocked"), "cause");
        assert_eq!(topic("restore-resolver"), "remedy");
        assert_eq!(topic("smtp delivery"), "queue");
        assert_eq!(topic("MSExchangeTransport/4006"), "events");
        assert_eq!(topic("4007"), "events");
        assert_eq!(topic("knowledge/events/transport-4006"), "events");
        assert_eq!(topic("5.7.1"), "codes");
        assert_eq!(topic("smtpsvc/1/DsUseCat"), "settings");
        assert!(find(&knowledge, "dns.server-unreachble").is_empty());
        let packs = Packs { knowledge, ..Packs::default() };
        assert_eq!(suggest(&packs, "dns.server-unreachble"), ["dns.server-unreachable"]);
    }

    #[test]
    fn the_page_of_a_cause() {
        let knowledge = knowledge();
        insta::assert_snapshot!(text(only(&knowledge, "dns.server-unreachable"), &knowledge, Lang::En, &Style::default()), @r#"
        The DNS server does not answer
        cause: dns.server-unreachable

        Queries run into a time-out.

        Why it happens
          It is down, or port 53 is blocked.

        How to recognise it
          Many destinations fail at once.

        Remedies
          - restore-resolver: Use a DNS server that answers (with caution)

        Leads to
          - load.back-pressure: New mail is slowed down (often)

        Shown by
          - knowledge/events/transport-4006: The transport could not resolve {host}
            (usually)

        How common: postfix occasional, elsewhere uncommon
        Platforms: all
        Seed: Q4.2
        Sources: RFC 5321 §5.1
        Defined in: causes/dns.toml:2
        "#);
    }

    #[test]
    fn the_page_of_a_remedy_in_japanese() {
        let knowledge = knowledge();
        insta::assert_snapshot!(text(only(&knowledge, "restore-resolver"), &knowledge, Lang::Ja, &Style::default()), @r#"
        応答する DNS サーバーを使う
        対処: restore-resolver

        要注意、作業 10 分、その後 5 分待機

        手順
          - 問い合わせます [unix]
              dig '@{server}' 'a b'

        確認
          - 応答があります

        元に戻す
          - 元に戻します

        対象の原因
          - dns.server-unreachable: DNS サーバーが応答しない

        出典: experience
        定義場所: remedies/dns.toml:2
        "#);
    }

    #[test]
    fn the_page_of_a_setting() {
        let knowledge = knowledge();
        insta::assert_snapshot!(text(only(&knowledge, "smtpsvc/1/DsUseCat"), &knowledge, Lang::En, &Style::default()), @r#"
        Categorizer switch
        setting: knowledge/settings/dsusecat

        Looks for
          - smtpsvc/*/DsUseCat
          - Type: integer
          - Default: 1
          - A finding when: it is 0

        Platforms: all
        Sources: facts
        Defined in: settings/x.toml:2
        "#);
    }

    #[test]
    fn pages_keep_to_the_width() {
        let knowledge = knowledge();
        for id in ["dns.server-unreachable", "restore-resolver", "4006", "5.7.1", "smtp delivery", "smtpsvc/1/DsUseCat"] {
            for (width, lang) in [40, 80, 100].into_iter().flat_map(|width| [(width, Lang::En), (width, Lang::Ja)]) {
                for line in text(only(&knowledge, id), &knowledge, lang, &Style { colour: false, width }).lines() {
                    assert!(columns(line) <= width, "{width}: {line}");
                }
            }
        }
    }
}
