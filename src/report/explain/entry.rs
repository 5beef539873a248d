//! The pages of entries: events, codes, replies, settings, services.

use super::{Sheet, footer, often, platforms, titled};
use crate::knowledge::{Condition, Entry, Folder, Knowledge, Lang, Pattern, SettingType, Str, Text, Words};
use crate::report::screen::Style;
use crate::report::words::{self, Phrase};

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
pub(super) fn entry_title(entry: &Entry, lang: Lang) -> String {
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
pub(super) fn looks_for(entry: &Entry, lang: Lang) -> Vec<String> {
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
