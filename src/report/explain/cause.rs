//! The pages of causes and of remedies.

use super::entry::entry_title;
use super::{Sheet, footer, often, platforms, titled};
use crate::knowledge::{Cause, Entry, Frequency, Knowledge, Lang, Precondition, Remedy};
use crate::report::screen::{Style, clean};
use crate::report::words::{self, Phrase};

/// How many findings the page of a cause names.
const FINDINGS: usize = 15;

/// The entries that name a cause or a finer or coarser form of it, with how often each is seen.
pub(super) fn findings<'a>(knowledge: &'a Knowledge, id: &str) -> impl Iterator<Item = (&'a Entry, Frequency)> {
    knowledge.entries.iter().filter_map(move |entry| {
        let declared = entry.declared.as_ref()?;
        declared.causes.iter().find(|(cause, _)| cause == id).map(|(_, word)| (entry, *word))
    })
}

/// The causes that lead to one, with how often.
pub(super) fn roots<'a>(knowledge: &'a Knowledge, id: &str) -> impl Iterator<Item = (&'a Cause, Frequency)> {
    knowledge.causes.values().filter_map(move |cause| cause.leads_to.get(id).map(|word| (cause, *word)))
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

/// The causes that a remedy is for.
pub(super) fn used_for<'a>(remedy: &Remedy, knowledge: &'a Knowledge) -> impl Iterator<Item = &'a Cause> {
    let id = remedy.id.clone();
    knowledge.causes.values().filter(move |cause| cause.remedies.contains(&id))
}
