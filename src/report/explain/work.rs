//! The pages of what is asked and done: questions, requirements, steps of an investigation, and what serves a fact of the seed.

use super::entry::entry_title;
use super::{Sheet, footer, platforms, titled};
use crate::knowledge::{Action, Knowledge, Lang, Origin, Question, Requirement, Step};
use crate::pack::Packs;
use crate::report::screen::Style;
use crate::report::words::{self, Phrase};

/// Returns the page of a question.
pub fn question(question: &Question, knowledge: &Knowledge, lang: Lang, style: &Style) -> String {
    let mut sheet = Sheet::new(question.text.get(lang), &question.id, Phrase::Question, lang, style);
    let causes: Vec<String> = question.settles.iter().map(|id| titled(knowledge, id, lang)).collect();
    sheet.list(Phrase::Answers, &causes);
    sheet.gap();
    sheet.row(Phrase::Platforms, &platforms(&question.platforms, lang));
    footer(&mut sheet, &question.seed, &question.sources, &Origin::default());
    sheet.out
}

/// Returns the page of a requirement: what must be so, how to learn it, and what is wrong where it is not met.
pub fn requirement(item: &Requirement, knowledge: &Knowledge, lang: Lang, style: &Style) -> String {
    let mut sheet = Sheet::new(item.title.get(lang), &item.id, Phrase::KindRequirement, lang, style);
    let titles = |ids: &[String]| -> Vec<String> {
        let title = |id: &String| knowledge.requirements.iter().find(|other| other.id == *id).map(|other| other.title.get(lang).to_owned());
        ids.iter().map(|id| title(id).map_or_else(|| id.clone(), |title| format!("{id}: {title}"))).collect()
    };
    sheet.list(Phrase::OneOf, &titles(&item.any_of));
    sheet.actions(Phrase::ToLearn, &item.learn);
    let mut causes: Vec<String> = item.broken.iter().flatten().filter_map(|sign| sign.cause.clone()).collect();
    causes.extend(knowledge.causes.values().filter(|cause| cause.seed.contains(&item.id)).map(|cause| cause.id.clone()));
    causes.sort();
    causes.dedup();
    let causes: Vec<String> = causes.iter().map(|id| titled(knowledge, id, lang)).collect();
    sheet.list(Phrase::WhenNotMet, &causes);
    sheet.gap();
    sheet.row(Phrase::Platforms, &platforms(&item.platforms, lang));
    footer(&mut sheet, &[], &item.sources, &Origin::default());
    sheet.out
}

/// Returns the page of a step of an investigation: what is done, and the way back.
pub fn step(item: &Step, knowledge: &Knowledge, lang: Lang, style: &Style) -> String {
    let mut sheet = Sheet::new(item.text.get(lang), &item.id, Phrase::KindStep, lang, style);
    sheet.actions(Phrase::Steps, actions_of(item, knowledge));
    sheet.actions(Phrase::Undo, undo_of(item, knowledge));
    sheet.gap();
    sheet.row(Phrase::Stage, &words::list(&item.stages, lang));
    sheet.row(Phrase::KindRemedy, item.remedy.as_deref().unwrap_or_default());
    sheet.row(Phrase::Platforms, &platforms(&item.platforms, lang));
    footer(&mut sheet, &item.seed, &item.sources, &Origin::default());
    sheet.out
}

/// The actions of a step: its own, else those of its remedy.
pub(super) fn actions_of<'a>(step: &'a Step, knowledge: &'a Knowledge) -> &'a [Action] {
    step.remedy.as_ref().and_then(|id| knowledge.remedies.get(id)).map_or(&step.actions, |remedy| &remedy.steps)
}

/// The way back of a step: its own, else that of its remedy.
pub(super) fn undo_of<'a>(step: &'a Step, knowledge: &'a Knowledge) -> &'a [Action] {
    step.remedy.as_ref().and_then(|id| knowledge.remedies.get(id)).map_or(&step.undo, |remedy| &remedy.undo)
}

/// Returns a fact of the seed by its id, whatever the case of its letters, where something serves it.
pub(super) fn seed_of<'a>(packs: &'a Packs, id: &str) -> Option<&'a str> {
    let knowledge = &packs.knowledge;
    let all = knowledge.causes.values().flat_map(|item| &item.seed);
    let all =
        all.chain(knowledge.entries.iter().flat_map(|item| &item.seed)).chain(knowledge.remedies.values().flat_map(|item| &item.seed));
    let all = all.chain(knowledge.steps.iter().flat_map(|item| &item.seed)).chain(packs.rules.iter().flat_map(|item| &item.meta.seed));
    let all =
        all.chain(packs.plugins.iter().flat_map(|item| &item.manifest.seed)).chain(knowledge.queues.iter().flat_map(|item| &item.seed));
    let mut all = all.map(String::as_str).filter(|seed| seed.len() < 8);
    all.find(|seed| seed.eq_ignore_ascii_case(id))
}

/// Returns the page of a fact of the seed: everything that serves it.
pub fn seed(packs: &Packs, id: &str, lang: Lang, style: &Style) -> String {
    let mut sheet = Sheet::new(&Phrase::ServedBy.with(lang, &[id]), id, Phrase::SeedFacts, lang, style);
    sheet.gap();
    for (own, title) in served(packs, id, lang) {
        sheet.item(&format!("{own}: {title}"));
    }
    sheet.out
}

/// What serves a fact of the seed: id and title, causes first.
pub(super) fn served(packs: &Packs, id: &str, lang: Lang) -> Vec<(String, String)> {
    let knowledge = &packs.knowledge;
    let has = |seed: &[String]| seed.iter().any(|own| own == id);
    let mut all: Vec<(String, String)> = Vec::new();
    let mut add = |id: String, title: &str| all.push((id, title.to_owned()));
    for item in knowledge.causes.values().filter(|item| has(&item.seed)) {
        add(item.id.clone(), item.title.get(lang));
    }
    for item in knowledge.queues.iter().filter(|item| has(&item.seed)) {
        add(item.id.clone(), item.title.get(lang));
    }
    for item in knowledge.requirements.iter().filter(|item| item.id == id) {
        add(item.id.clone(), item.title.get(lang));
    }
    for item in knowledge.steps.iter().filter(|item| has(&item.seed)) {
        add(item.id.clone(), item.text.get(lang));
    }
    for item in knowledge.remedies.values().filter(|item| has(&item.seed)) {
        add(item.id.clone(), item.title.get(lang));
    }
    for item in packs.rules.iter().filter(|item| has(&item.meta.seed)) {
        add(item.id.clone(), item.text.as_ref().map_or(item.meta.title.as_str(), |text| text.get(lang)));
    }
    for (plugin, item) in packs.plugins.iter().flat_map(|plugin| plugin.manifest.finding.iter().map(move |item| (plugin, item))) {
        if has(&item.seed) {
            add(format!("plugin/{}/{}", plugin.manifest.id, item.id), item.text.get(lang));
        }
    }
    for item in knowledge.entries.iter().filter(|item| has(&item.seed)) {
        add(item.rule_id(), &entry_title(item, lang));
    }
    all
}
