//! Remedies for people and programs: what the packs know, what a case needs, in order, and how it is done.

pub mod json;
pub mod script;

use super::screen::{Ink, Style, clean};
use super::text;
use super::words::{self, Phrase, count, percent};
use crate::diagnosis::{Diagnosis, ProposedRepair};
use crate::fact::Platform;
use crate::knowledge::{Knowledge, Lang, Remedy};
use crate::remedy;
use std::collections::BTreeSet;

/// Returns the remedies that have steps on a platform, all of them for `None`, in the order of their ids.
pub fn known(knowledge: &Knowledge, platform: Option<Platform>) -> Vec<&Remedy> {
    let here = |remedy: &&Remedy| platform.is_none_or(|platform| remedy::platforms(remedy).contains(&platform));
    knowledge.remedies.values().filter(here).collect()
}

/// Returns the list of what the packs know: one line for each remedy.
pub fn list(knowledge: &Knowledge, platform: Option<Platform>, lang: Lang, style: &Style) -> String {
    let all = known(knowledge, platform);
    let mut out = String::new();
    style.block(&mut out, "", "", &Phrase::RemediesKnown.with(lang, &[&count(all.len() as u64)]), Some(Ink::Bold));
    for remedy in all {
        let notes = [words::risk(remedy.risk).get(lang).to_owned(), on(&remedy::platforms(remedy), lang)];
        let text = format!("{}: {} ({})", clean(&remedy.id), clean(remedy.title.get(lang)), notes.join("; "));
        style.block(&mut out, "- ", "  ", &text, None);
    }
    out
}

/// Returns the list for a case: each remedy with what it is for, what it costs and what it saves, in the order in which they are worth trying.
pub fn list_for(diagnosis: &Diagnosis, lang: Lang, style: &Style) -> String {
    let mut out = text::headline(diagnosis, lang, style);
    out.push('\n');
    let heading = if diagnosis.repairs.is_empty() { Phrase::RemediesNone } else { Phrase::RemediesInOrder };
    style.block(&mut out, "", "", heading.get(lang), Some(Ink::Bold));
    for (position, repair) in diagnosis.repairs.iter().enumerate() {
        head(&mut out, diagnosis, position + 1, repair, lang, style);
    }
    out
}

/// Returns the plan for a case: the remedies that are worth trying, in order, each with its steps, check and way back.
pub fn plan(diagnosis: &Diagnosis, lang: Lang, style: &Style) -> String {
    let mut out = text::headline(diagnosis, lang, style);
    out.push('\n');
    let worth: Vec<&ProposedRepair> = worth_trying(diagnosis).collect();
    let heading = match (diagnosis.repairs.is_empty(), worth.is_empty()) {
        (true, _) => Phrase::RemediesNone,
        (false, true) => Phrase::RemediesNotWorth,
        (false, false) => Phrase::RemediesInOrder,
    };
    style.block(&mut out, "", "", heading.get(lang), Some(Ink::Bold));
    for (position, repair) in worth.into_iter().enumerate() {
        out.push('\n');
        head(&mut out, diagnosis, position + 1, repair, lang, style);
        out.push_str(&text::how(diagnosis, &repair.remedy, lang, style));
    }
    out
}

/// The remedies that belong into a plan.
fn worth_trying(diagnosis: &Diagnosis) -> impl Iterator<Item = &ProposedRepair> {
    diagnosis.repairs.iter().filter(|repair| repair.worth_trying)
}

/// The title of a remedy, and what it costs, saves and is for.
fn head(out: &mut String, diagnosis: &Diagnosis, number: usize, repair: &ProposedRepair, lang: Lang, style: &Style) {
    let first = format!("{number}. ");
    let rest = " ".repeat(first.len());
    style.block(out, &first, &rest, &clean(repair.remedy.title.get(lang)), Some(Ink::Bold));
    for (line, ink) in [(facts(repair, lang), Ink::Dim), (purpose(diagnosis, repair, lang), Ink::Bold)] {
        style.block(out, "   ", "   ", &line, (ink == Ink::Dim).then_some(ink));
    }
    if let Some(roots) = after(diagnosis, repair, lang) {
        style.block(out, "   ", "   ", &roots, Some(Ink::Warn));
    }
}

fn facts(repair: &ProposedRepair, lang: Lang) -> String {
    let mut facts = text::remedy_facts(&repair.remedy, lang);
    // A remedy whose wait is longer than somebody else would take can still be the only one.
    facts.extend((repair.saves > 0.0).then(|| Phrase::Saves.with(lang, &[&words::minutes(repair.saves.max(1.0), lang)])));
    words::list(&facts, lang)
}

/// What a remedy is for: the titles of its causes with their probabilities.
fn purpose(diagnosis: &Diagnosis, repair: &ProposedRepair, lang: Lang) -> String {
    let causes: Vec<String> = repair
        .causes
        .iter()
        .filter_map(|id| diagnosis.causes.iter().find(|cause| cause.id == *id))
        .map(|cause| format!("{} ({})", words::lower_first(&clean(cause.title.get(lang))), percent(cause.probability)))
        .collect();
    Phrase::RepairFor.with(lang, &[&causes.join("; ")])
}

fn after(diagnosis: &Diagnosis, repair: &ProposedRepair, lang: Lang) -> Option<String> {
    let title = |id: &String| {
        let cause = diagnosis.causes.iter().find(|cause| cause.id == *id);
        cause.map_or_else(|| clean(id), |cause| words::lower_first(&clean(cause.title.get(lang))))
    };
    let roots: Vec<String> = repair.after.iter().map(title).collect();
    (!roots.is_empty()).then(|| Phrase::ConsequenceOf.with(lang, &[&roots.join("; ")]))
}

/// Platforms in as few words as there are: groups where all of a group are there.
fn on(platforms: &BTreeSet<Platform>, lang: Lang) -> String {
    if platforms.len() == Platform::ALL.len() {
        return Phrase::AllPlatforms.get(lang).to_owned();
    }
    words::list(&platform_words(platforms), lang)
}

/// The words that knowledge uses for these platforms.
fn platform_words(platforms: &BTreeSet<Platform>) -> Vec<&'static str> {
    let mut left = platforms.clone();
    let mut said = Vec::new();
    for group in Platform::GROUPS {
        let members: BTreeSet<Platform> = Platform::ALL.into_iter().filter(|platform| platform.is(group)).collect();
        if members.is_subset(&left) {
            left.retain(|platform| !members.contains(platform));
            said.push(group);
        }
    }
    said.extend(left.iter().map(|platform| platform.id()));
    said
}

#[cfg(test)]
mod tests;
