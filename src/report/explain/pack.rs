//! The pages of what packs bring beside knowledge: rules, plugins and their findings.

use super::{Sheet, often, platforms, titled};
use crate::knowledge::{Declared, Knowledge, Lang, Origin};
use crate::pack::{FindingMeta, Manifest, RuleSource};
use crate::report::screen::Style;
use crate::report::words::{self, Phrase};
use serde_json::{Value, json};

/// Returns the page of a rule.
pub fn rule(rule: &RuleSource, knowledge: &Knowledge, lang: Lang, style: &Style) -> String {
    let title = rule.text.as_ref().map_or(rule.meta.title.as_str(), |text| text.get(lang));
    let mut sheet = Sheet::new(title, &rule.id, Phrase::KindRule, lang, style);
    let mut needs = rule.meta.needs.clone();
    needs.extend(rule.meta.needs_any.iter().cloned());
    sheet.list(Phrase::Looks, &needs);
    shows(&mut sheet, &rule.meta.declared(), knowledge);
    sheet.row(Phrase::Platforms, &platforms(&rule.meta.platforms, lang));
    super::footer(&mut sheet, &rule.meta.seed, &rule.meta.sources, &Origin { file: rule.file.as_str().into(), line: 1 });
    sheet.out
}

/// Returns the page of a plugin, with the findings that it may report.
pub fn plugin(manifest: &Manifest, lang: Lang, style: &Style) -> String {
    let mut sheet = Sheet::new(manifest.title.get(lang), &format!("plugin/{}", manifest.id), Phrase::KindPlugin, lang, style);
    sheet.list(Phrase::Looks, &manifest.needs_any);
    let findings: Vec<String> = manifest.finding.iter().map(|finding| format!("{}: {}", finding.id, finding.text.get(lang))).collect();
    sheet.list(Phrase::MayFind, &findings);
    let derived: Vec<String> = manifest.derived.iter().map(|derived| format!("{}: {}", derived.name, derived.doc.get(lang))).collect();
    sheet.list(Phrase::Derives, &derived);
    sheet.gap();
    sheet.row(Phrase::Stage, &manifest.stage);
    super::footer(&mut sheet, &manifest.seed, &manifest.sources, &Origin::default());
    sheet.out
}

/// Returns the page of one finding of a plugin.
pub fn finding(manifest: &Manifest, finding: &FindingMeta, knowledge: &Knowledge, lang: Lang, style: &Style) -> String {
    let id = format!("plugin/{}/{}", manifest.id, finding.id);
    let mut sheet = Sheet::new(finding.text.get(lang), &id, Phrase::KindPlugin, lang, style);
    sheet.list(Phrase::Looks, &finding.needs);
    shows(&mut sheet, &finding.declared(), knowledge);
    super::footer(&mut sheet, &finding.seed, &finding.sources, &Origin::default());
    sheet.out
}

/// The causes that a finding shows, and how often it is seen without them.
fn shows(sheet: &mut Sheet<'_>, declared: &Declared, knowledge: &Knowledge) {
    let lang = sheet.lang;
    let causes: Vec<String> = declared.causes.iter().map(|(id, word)| often(&titled(knowledge, id, lang), *word, lang)).collect();
    sheet.list(Phrase::Shows, &causes);
    sheet.gap();
    if declared.symptom {
        sheet.style.block(&mut sheet.out, "", "  ", Phrase::Symptom.get(lang), None);
    }
    sheet.row(Phrase::SeenWithout, words::frequency(declared.seen_without).get(lang));
    sheet.row(Phrase::Group, declared.group.as_deref().unwrap_or_default());
}

fn declared_json(declared: &Declared) -> Value {
    declared.causes.iter().map(|(id, word)| json!({"id": id, "how_often": word.id()})).collect()
}

/// Returns a rule as JSON.
pub fn rule_json(rule: &RuleSource, lang: Lang) -> Value {
    let meta = &rule.meta;
    json!({
        "topic": "rule", "id": rule.id, "title": meta.title, "text": rule.text.as_ref().map(|text| text.get(lang)),
        "needs": meta.needs, "needs_any": meta.needs_any, "optional": meta.optional, "causes": declared_json(&meta.declared()),
        "seen_without": meta.declared().seen_without.id(), "symptom": meta.symptom, "group": meta.group, "platforms": meta.platforms,
        "seed": meta.seed, "sources": meta.sources, "defined_in": rule.file,
    })
}

/// Returns a plugin as JSON.
pub fn plugin_json(manifest: &Manifest, lang: Lang) -> Value {
    json!({
        "topic": "plugin", "id": format!("plugin/{}", manifest.id), "title": manifest.title.get(lang), "version": manifest.version,
        "api": manifest.api, "stage": manifest.stage, "needs_any": manifest.needs_any,
        "findings": manifest.finding.iter().map(|finding| finding_json(manifest, finding, lang)).collect::<Vec<_>>(),
        "derived": manifest.derived.iter().map(|derived| json!({"name": derived.name, "type": derived.ty, "doc": derived.doc.get(lang)})).collect::<Vec<_>>(),
        "platforms": manifest.platforms, "seed": manifest.seed, "sources": manifest.sources,
    })
}

/// Returns one finding of a plugin as JSON.
pub fn finding_json(manifest: &Manifest, finding: &FindingMeta, lang: Lang) -> Value {
    json!({
        "topic": "finding", "id": format!("plugin/{}/{}", manifest.id, finding.id), "text": finding.text.get(lang),
        "needs": finding.needs, "causes": declared_json(&finding.declared()), "seen_without": finding.seen_without.id(),
        "symptom": finding.symptom, "group": finding.group, "seed": finding.seed, "sources": finding.sources,
    })
}
