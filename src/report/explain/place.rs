//! The pages of queues, stages and diagnostic categories.

use super::{Sheet, footer, platforms};
use crate::knowledge::{Category, Knowledge, Lang, Origin, QueueKind, StageEntry};
use crate::report::screen::Style;
use crate::report::words::Phrase;

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
    footer(&mut sheet, &category.seed, &category.sources, &Origin::default());
    sheet.out
}
