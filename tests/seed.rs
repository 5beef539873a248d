//! The facts of the seed (`../shared/mission/seed-digest.en.md`): each is served by something, and a scenario proves it.

use crate::support::{diagnose_paths, files, packs, project, said, shared, skipped};
use mailmedic::diagnosis::Diagnosis;
use mailmedic::knowledge::Lang;
use mailmedic::report;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::PathBuf;

/// The ids of the digest, in its order.
const IDS: &str = "T1 T2 T3 T4 T5 T6 T7 IN1 IN2 IN3 IN4 OUT1 OUT2 OUT3 OUT3a OUT3b OUT3c S1 S2 S3 S4 S5 Q1 Q1.1 Q1.2 Q1.3 Q1.R Q2 Q2.1 \
    Q2.2 Q2.3 Q2.4 Q2.5 Q2.6 Q2.7 Q2.8 Q2.R Q3 Q3.1 Q3.R Q4 Q4.1 Q4.2 Q4.3 Q5 Q5.1 Q5.2 Q5.R Q6 Q6.1 Q6.2 Q7 Q7.1 Q7.2 Q7.R Q8 Q8.1 Q8.2 \
    Q8.3 Q8.R Q9 Q9.1 Q9.2 Q9.3 Q9.4 Q9.5 X";

fn ids() -> Vec<&'static str> {
    IDS.split_whitespace().collect()
}

/// The scenarios of an id, without their near misses.
fn scenarios(id: &str) -> Vec<PathBuf> {
    let begins = format!("{id}-");
    let name = |path: &PathBuf| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let own = |path: &PathBuf| name(path).starts_with(&begins) && !name(path).ends_with(".near.toml");
    files(&project("tests/scenarios/seed"), ".toml").into_iter().filter(own).collect()
}

/// Gathers every id that stands in a `seed` of a document.
fn cited(document: &Value, into: &mut BTreeSet<String>) {
    match document {
        Value::Object(members) => {
            for (name, value) in members {
                match (name.as_str(), value) {
                    ("seed", Value::Array(ids)) => into.extend(ids.iter().filter_map(Value::as_str).map(str::to_owned)),
                    _ => cited(value, into),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| cited(item, into)),
        _ => {}
    }
}

fn none(wrong: Vec<String>) {
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn the_list_is_that_of_the_digest() {
    let Some(path) = shared("mission/seed-digest.en.md") else {
        return skipped("the list of the digest", "../shared is not there");
    };
    let text = std::fs::read_to_string(path).unwrap();
    let mut found = Vec::new();
    for line in text.lines() {
        let row = line.strip_prefix("| ").and_then(|rest| rest.split_once(" | ")).map(|(id, _)| id);
        let heading = line.strip_prefix("### ").or_else(|| line.strip_prefix("## X").map(|_| "X")).and_then(|rest| rest.split(' ').next());
        let item = line.strip_prefix("- ").and_then(|rest| rest.split(' ').next());
        let id = row.or(heading).or(item).unwrap_or_default();
        let known = |prefix: &str| id.strip_prefix(prefix).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
        if id == "X" || ["T", "IN", "OUT", "S", "Q"].into_iter().any(known) {
            found.push(id.to_owned());
        }
    }
    assert_eq!(found, ids());
}

#[test]
fn every_fact_has_a_scenario_that_cites_it_and_a_near_miss_that_leads_elsewhere() {
    let mut wrong = Vec::new();
    for id in ids() {
        let scenarios = scenarios(id);
        if scenarios.is_empty() {
            wrong.push(format!("{id}: no scenario tests/scenarios/seed/{id}-….toml"));
        }
        for path in scenarios {
            let diagnosis = diagnose_paths(std::slice::from_ref(&path));
            let mut seen = BTreeSet::new();
            cited(&serde_json::to_value(report::json::diagnosis(&diagnosis, Lang::En)).unwrap(), &mut seen);
            if !seen.contains(id) {
                wrong.push(format!("{id}: {} does not cite it: {}", path.display(), said(&diagnosis)));
            }
            let near = path.with_extension("near.toml");
            if !near.exists() {
                wrong.push(format!("{id}: {} has no near miss", path.display()));
                continue;
            }
            let elsewhere = diagnose_paths(std::slice::from_ref(&near));
            if first(&diagnosis) == first(&elsewhere) {
                wrong.push(format!("{id}: {} leads to the same: {}", near.display(), said(&elsewhere)));
            }
        }
    }
    none(wrong);
}

/// The cause that a diagnosis settles on.
fn first(diagnosis: &Diagnosis) -> Option<&str> {
    diagnosis.causes.first().filter(|cause| cause.probability >= 0.5).map(|cause| cause.id.as_str())
}

/// What in the product serves each fact, by kind.
fn served() -> BTreeMap<String, BTreeMap<&'static str, BTreeSet<String>>> {
    let packs = packs();
    let knowledge = &packs.knowledge;
    let mut served: BTreeMap<String, BTreeMap<&'static str, BTreeSet<String>>> = BTreeMap::new();
    let mut add = |kind: &'static str, name: &str, seed: &[String]| {
        for id in seed {
            served.entry(id.clone()).or_default().entry(kind).or_default().insert(format!("`{name}`"));
        }
    };
    for cause in knowledge.causes.values() {
        add("causes", &cause.id, &cause.seed);
    }
    for rule in &packs.rules {
        add("rules", &rule.id, &rule.meta.seed);
    }
    for plugin in &packs.plugins {
        for finding in &plugin.manifest.finding {
            add("plugins", &format!("{}/{}", plugin.manifest.id, finding.id), &finding.seed);
        }
    }
    for entry in &knowledge.entries {
        add("entries", &format!("{}/{}", entry.folder.id(), entry.id), &entry.seed);
    }
    for queue in &knowledge.queues {
        add("queues", &queue.id, &queue.seed);
    }
    for step in &knowledge.steps {
        add("steps", &step.id, &step.seed);
    }
    for question in &knowledge.questions {
        add("steps", &question.id, &question.seed);
    }
    for requirement in &knowledge.requirements {
        add("requirements", &requirement.id, std::slice::from_ref(&requirement.id));
    }
    for remedy in knowledge.remedies.values() {
        add("remedies", &remedy.id, &remedy.seed);
    }
    served
}

/// How many names of one kind a row shows; the others are counted.
const SHOWN: usize = 8;

fn table() -> String {
    let served = served();
    let mut text = String::from(
        "# What serves each fact of the seed\n\n\
         Made by `MAILMEDIC_UPDATE=1 cargo test --release --test it seed::`; a test compares it. The ids are those of the digest of the seed, a page of\n\
         Microsoft's on mail flow and SMTP in Exchange 2000 and 2003; `mailmedic explain` shows what each name stands for.\n\n\
         | id | scenario | served by |\n|---|---|---|\n",
    );
    for id in ids() {
        let scenarios: Vec<String> =
            scenarios(id).iter().map(|path| format!("`{}`", path.file_stem().unwrap_or_default().to_string_lossy())).collect();
        let kinds: Vec<String> = served
            .get(id)
            .into_iter()
            .flatten()
            .map(|(kind, names)| {
                let shown: Vec<&str> = names.iter().take(SHOWN).map(String::as_str).collect();
                let more = names.len().saturating_sub(SHOWN);
                let more = if more > 0 { format!(" and {more} more") } else { String::new() };
                format!("{kind}: {}{more}", shown.join(", "))
            })
            .collect();
        // Writing into a string cannot fail.
        let _ = writeln!(text, "| {id} | {} | {} |", scenarios.join(", "), kinds.join("; "));
    }
    text
}

#[test]
fn something_serves_every_fact_and_the_table_says_what() {
    let served = served();
    none(ids().into_iter().filter(|id| !served.contains_key(*id)).map(|id| format!("nothing cites {id}")).collect());
    let known: BTreeSet<&str> = ids().into_iter().collect();
    none(served.keys().filter(|id| !known.contains(id.as_str())).map(|id| format!("`{id}` is no id of the digest")).collect());
    let (path, table) = (project("docs/seed.md"), table());
    if std::env::var_os("MAILMEDIC_UPDATE").is_some() {
        std::fs::write(&path, &table).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(written == table, "docs/seed.md is out of date: run the command that stands in it");
}
