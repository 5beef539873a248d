//! What `explain` prints, as JSON.

use super::cause::{findings, roots, used_for};
use super::entry::{entry_title, looks_for};
use super::{Topic, pack, shell_of, work};
use crate::knowledge::{Action, Knowledge, Lang, Origin, Text};
use crate::report::json::action;
use serde_json::{Value, json};

/// Returns a topic as JSON: `topic` says what it is, texts are in one language, an empty list of platforms means all.
pub fn json(topic: Topic<'_>, knowledge: &Knowledge, lang: Lang) -> Value {
    let say = |text: &Text| text.get(lang).to_owned();
    let actions = |actions: &[Action]| {
        let one =
            |item: &Action| json!({"text": action(&item.run, item.text.get(lang), shell_of(&item.platforms)), "platforms": item.platforms});
        actions.iter().map(one).collect::<Vec<_>>()
    };
    let defined = |origin: &Origin| format!("{}:{}", origin.file, origin.line);
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
        Topic::Requirement(item) => json!({
            "topic": "requirement", "id": item.id, "title": say(&item.title), "any_of": item.any_of, "learn": actions(&item.learn),
            "platforms": item.platforms, "sources": item.sources,
        }),
        Topic::Step(item) => json!({
            "topic": "step", "id": item.id, "title": say(&item.text), "kind": item.kind, "stages": item.stages, "remedy": item.remedy,
            "steps": actions(work::actions_of(item, knowledge)), "undo": actions(work::undo_of(item, knowledge)),
            "platforms": item.platforms, "seed": item.seed, "sources": item.sources,
        }),
        Topic::Seed(packs, id) => json!({
            "topic": "seed", "id": id,
            "served_by": work::served(packs, id, lang).into_iter().map(|(id, title)| json!({"id": id, "title": title})).collect::<Vec<_>>(),
        }),
    }
}
