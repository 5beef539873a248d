//! What holds for all of the knowledge. The examples of its entries are tests of their own in `scenarios`.

use crate::rules::{bilingual, fillable, placeholders, statement};
use crate::support::{packs, shared, skipped};
use mailmedic::fact::Platform;
use mailmedic::knowledge::{Cause, Pattern, Remedy};
use std::collections::BTreeSet;

/// Areas whose causes must be complete: finding, remedy, steps on each platform.
const AREAS: &[&str] = &["local", "directory", "categorizer", "dns", "remote", "outbound"];

fn none(wrong: Vec<String>) {
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

fn in_areas(id: &str) -> bool {
    AREAS.contains(&id.split('.').next().unwrap_or_default())
}

/// Every finding that can be seen, with the causes that it names.
fn declared() -> Vec<(String, Vec<String>)> {
    let names = |causes: &[(String, mailmedic::knowledge::Frequency)]| causes.iter().map(|(id, _)| id.clone()).collect::<Vec<_>>();
    let mut all: Vec<(String, Vec<String>)> = Vec::new();
    all.extend(packs().knowledge.entries.iter().filter_map(|entry| Some((entry.rule_id(), names(&entry.declared.as_ref()?.causes)))));
    all.extend(packs().rules.iter().map(|rule| (rule.id.clone(), names(&rule.meta.declared().causes))));
    for plugin in &packs().plugins {
        all.extend(
            plugin
                .manifest
                .finding
                .iter()
                .map(|finding| (format!("plugin/{}/{}", plugin.manifest.id, finding.id), names(&finding.declared().causes))),
        );
    }
    all
}

#[test]
fn every_finding_names_known_causes() {
    let wrong = declared().into_iter().flat_map(|(finding, causes)| {
        causes
            .into_iter()
            .filter(|cause| packs().knowledge.cause(cause).is_none())
            .map(move |cause| format!("{finding}: no cause `{cause}`"))
            .collect::<Vec<_>>()
    });
    none(wrong.collect());
}

#[test]
fn every_cause_has_a_finding() {
    let named: BTreeSet<String> = declared().into_iter().flat_map(|(_, causes)| causes).collect();
    let wrong: Vec<String> = packs()
        .knowledge
        .causes
        .keys()
        .filter(|id| *id != "other" && !named.contains(*id))
        .map(|id| format!("{id}: no finding names it"))
        .collect();
    let (asserted, told): (Vec<String>, Vec<String>) = wrong.into_iter().partition(|text| in_areas(text));
    told.iter().for_each(|text| eprintln!("{text}"));
    none(asserted);
}

#[test]
fn words_have_their_numbers() {
    let numbers = &packs().knowledge.numbers;
    for word in mailmedic::knowledge::Frequency::ALL {
        assert!(numbers.sensitivity.contains_key(word.id()) && numbers.leak.contains_key(word.id()), "{}", word.id());
    }
    let mut wrong = Vec::new();
    for cause in packs().knowledge.causes.values() {
        for (platform, word) in &cause.prior.words {
            if !numbers.prior.contains_key(word) {
                wrong.push(format!("{}: `{word}` has no number", cause.id));
            }
            if platform != "default" && Platform::from_id(platform).is_none() && !Platform::GROUPS.contains(&platform.as_str()) {
                wrong.push(format!("{}: `{platform}` is no platform", cause.id));
            }
        }
    }
    none(wrong);
}

fn platforms(words: &[String]) -> BTreeSet<Platform> {
    Platform::ALL.into_iter().filter(|platform| Platform::admitted(Some(*platform), words)).collect()
}

#[test]
fn remedies_exist_and_have_steps_where_the_cause_can_be() {
    let knowledge = &packs().knowledge;
    let mut wrong = Vec::new();
    for cause in knowledge.causes.values() {
        let remedies: Vec<&Remedy> = cause
            .remedies
            .iter()
            .filter_map(|id| {
                let found = knowledge.remedies.get(id);
                if found.is_none() {
                    wrong.push(format!("{}: no remedy `{id}`", cause.id));
                }
                found
            })
            .collect();
        if remedies.is_empty() {
            wrong.push(format!("{}: no remedy", cause.id));
        }
        wrong.extend(without_steps(cause, &remedies));
    }
    none(wrong);
}

fn without_steps(cause: &Cause, remedies: &[&Remedy]) -> Vec<String> {
    let mut wrong = Vec::new();
    for platform in platforms(&cause.platforms) {
        let here =
            |actions: &[mailmedic::knowledge::Action]| actions.iter().any(|action| Platform::admitted(Some(platform), &action.platforms));
        if !remedies.iter().any(|remedy| here(&remedy.steps)) {
            wrong.push(format!("{}: no remedy has a step on {}", cause.id, platform.id()));
        }
        for remedy in remedies.iter().filter(|remedy| here(&remedy.steps)) {
            if !here(&remedy.checks) {
                wrong.push(format!("{}: {} has steps on {} and no check", cause.id, remedy.id, platform.id()));
            }
            if !here(&remedy.undo) {
                wrong.push(format!("{}: {} has steps on {} and no undo", cause.id, remedy.id, platform.id()));
            }
        }
    }
    wrong
}

#[test]
fn causes_do_not_lead_in_circles() {
    let causes = &packs().knowledge.causes;
    fn walk<'a>(id: &'a str, way: &mut Vec<&'a str>, causes: &'a std::collections::BTreeMap<String, Cause>, wrong: &mut BTreeSet<String>) {
        if way.contains(&id) {
            wrong.insert(format!("{} → {id}", way.join(" → ")));
            return;
        }
        way.push(id);
        for next in causes.get(id).map(|cause| cause.leads_to.keys()).into_iter().flatten() {
            walk(next, way, causes, wrong);
        }
        way.pop();
    }
    let mut wrong = BTreeSet::new();
    for cause in causes.values() {
        walk(&cause.id, &mut Vec::new(), causes, &mut wrong);
        wrong.extend(
            cause
                .leads_to
                .keys()
                .filter(|id| !causes.contains_key(*id))
                .map(|id| format!("{} leads to `{id}`, which is no cause", cause.id)),
        );
    }
    none(wrong.into_iter().collect());
}

#[test]
fn every_text_is_there_in_both_languages() {
    let knowledge = &packs().knowledge;
    let (facts, plain) = (fillable(), BTreeSet::new());
    let values: BTreeSet<String> = ["destination", "server", "queue", "domain", "recipient", "host"].map(str::to_owned).into();
    let mut wrong = Vec::new();
    for cause in knowledge.causes.values() {
        for (name, text) in [("title", &cause.title), ("what", &cause.what), ("why", &cause.why), ("recognise", &cause.recognise)] {
            wrong.extend(bilingual(&format!("{} {name}", cause.id), text, &plain));
        }
    }
    for remedy in knowledge.remedies.values() {
        wrong.extend(bilingual(&remedy.id, &remedy.title, &values));
        for before in &remedy.preconditions {
            wrong.extend(bilingual(&remedy.id, &before.text, &values));
        }
        for action in remedy.steps.iter().chain(&remedy.checks).chain(&remedy.undo) {
            wrong.extend(bilingual(&remedy.id, &action.text, &values));
            let run = action.run.join(" ");
            // Braces of PowerShell are no placeholders: names are lower-case words.
            let named = placeholders(&run)
                .into_iter()
                .filter(|name| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'));
            wrong.extend(
                named.filter(|name| !values.contains(*name)).map(|name| format!("{}: `{{{name}}}` is filled by nothing", remedy.id)),
            );
        }
    }
    for entry in &knowledge.entries {
        for text in [&entry.title, &entry.what].into_iter().flatten() {
            wrong.extend(bilingual(&entry.rule_id(), text, &plain));
        }
        if let Some(text) = &entry.text {
            wrong.extend(bilingual(&entry.rule_id(), text, &facts));
        }
    }
    for queue in &knowledge.queues {
        wrong.extend(bilingual(&queue.id, &queue.title, &plain));
        wrong.extend(bilingual(&queue.id, &queue.holds, &plain));
    }
    for (id, text) in knowledge
        .stages
        .iter()
        .map(|stage| (&stage.id, &stage.title))
        .chain(knowledge.categories.iter().map(|category| (&category.id, &category.title)))
    {
        wrong.extend(bilingual(id, text, &plain));
    }
    for question in &knowledge.questions {
        wrong.extend(bilingual(&question.id, &question.text, &facts));
        wrong.extend(
            question
                .settles
                .iter()
                .filter(|cause| knowledge.cause(cause).is_none())
                .map(|cause| format!("{}: settles `{cause}`, which is no cause", question.id)),
        );
    }
    for plugin in &packs().plugins {
        wrong.extend(
            plugin
                .manifest
                .finding
                .iter()
                .flat_map(|finding| bilingual(&format!("plugin/{}/{}", plugin.manifest.id, finding.id), &finding.text, &facts)),
        );
        for finding in &plugin.manifest.finding {
            wrong.extend(statement(&format!("plugin/{}/{}", plugin.manifest.id, finding.id), finding.absent.as_ref()));
        }
        wrong.extend(
            plugin
                .manifest
                .derived
                .iter()
                .flat_map(|derived| bilingual(&format!("plugin/{}/{}", plugin.manifest.id, derived.name), &derived.doc, &plain)),
        );
    }
    none(wrong);
}

#[test]
fn steps_and_requirements_are_whole() {
    let knowledge = &packs().knowledge;
    let values: BTreeSet<String> = ["destination", "server", "queue", "domain", "recipient", "host"].map(str::to_owned).into();
    let mut wrong = Vec::new();
    let action = |id: &str, action: &mailmedic::knowledge::Action| bilingual(id, &action.text, &values);
    for step in &knowledge.steps {
        for text in std::iter::once(&step.text).chain(&step.restore) {
            wrong.extend(bilingual(&step.id, text, &values));
        }
        wrong.extend(step.actions.iter().chain(&step.undo).flat_map(|item| action(&step.id, item)));
        wrong.extend(step.at.iter().chain(&step.when).chain(&step.raised).filter_map(|sign| strange(&step.id, sign)));
        wrong.extend(
            step.stages
                .iter()
                .filter(|stage| mailmedic::fact::Stage::from_id(stage).is_none())
                .map(|stage| format!("{}: `{stage}` is no stage", step.id)),
        );
        let (steps, undo) = match &step.remedy {
            None => (&step.actions, &step.undo),
            Some(id) => match knowledge.remedies.get(id) {
                Some(remedy) => (&remedy.steps, &remedy.undo),
                None => {
                    wrong.push(format!("{}: no remedy `{id}`", step.id));
                    continue;
                }
            },
        };
        for platform in platforms(&step.platforms) {
            let here = |actions: &[mailmedic::knowledge::Action]| {
                actions.iter().any(|action| Platform::admitted(Some(platform), &action.platforms))
            };
            if !here(steps) {
                wrong.push(format!("{}: nothing to do on {}", step.id, platform.id()));
            }
            // What raises a level always has its way back.
            if step.kind == "raise-level" && !here(undo) {
                wrong.push(format!("{}: no way back on {}", step.id, platform.id()));
            }
        }
        if !matches!(step.kind.as_str(), "look" | "raise-level") || step.sources.is_empty() {
            wrong.push(format!("{}: kind `{}`, {} sources", step.id, step.kind, step.sources.len()));
        }
    }
    for requirement in &knowledge.requirements {
        wrong.extend(bilingual(&requirement.id, &requirement.title, &BTreeSet::new()));
        wrong.extend(requirement.learn.iter().flat_map(|item| action(&requirement.id, item)));
        wrong.extend(requirement.broken.iter().chain(&requirement.met).flatten().filter_map(|sign| strange(&requirement.id, sign)));
        for platform in platforms(&requirement.platforms) {
            if !requirement.learn.iter().any(|item| Platform::admitted(Some(platform), &item.platforms)) {
                wrong.push(format!("{}: nothing says how to learn it on {}", requirement.id, platform.id()));
            }
        }
    }
    for platform in Platform::ALL {
        for id in ["IN1", "IN2", "IN3", "IN4", "OUT1", "OUT2", "OUT3", "OUT3a", "OUT3c"] {
            let here = |other: &&mailmedic::knowledge::Requirement| other.id == id && Platform::admitted(Some(platform), &other.platforms);
            if knowledge.requirements.iter().filter(here).count() != 1 {
                wrong.push(format!("{id} is not there once on {}", platform.id()));
            }
        }
    }
    none(wrong);
}

/// Says what is wrong with a sign: it is of one thing, which exists, and tests fields that facts of its kind have.
fn strange(at: &str, sign: &mailmedic::knowledge::Sign) -> Option<String> {
    let finding = |id: &str| declared().iter().any(|(other, _)| other == id);
    match (&sign.finding, &sign.cause, &sign.fact) {
        (Some(id), None, None) if finding(id) => None,
        (None, Some(id), None) if packs().knowledge.causes.contains_key(id) => None,
        (None, None, Some(name)) => match mailmedic::fact::FactName::parse(name) {
            Err(error) => Some(format!("{at}: `{name}`: {error}")),
            Ok(name) => {
                let known = crate::rules::fields(name.kind());
                sign.fields
                    .keys()
                    .find(|field| !known.contains(&field.as_str()))
                    .map(|field| format!("{at}: `{name}` has no field `{field}`"))
            }
        },
        other => Some(format!("{at}: {other:?}")),
    }
}

#[test]
fn regular_expressions_compile_and_literals_are_long_enough() {
    let mut wrong = Vec::new();
    for entry in &packs().knowledge.entries {
        let words = match &entry.pattern {
            Pattern::Text { words, .. } | Pattern::Event { words, .. } => words,
            _ => continue,
        };
        if let Some(Err(error)) = words.regex.as_ref().map(|pattern| regex::Regex::new(pattern)) {
            wrong.push(format!("{}: {error}", entry.rule_id()));
        }
        if matches!(entry.pattern, Pattern::Text { .. }) {
            wrong.extend(
                words
                    .any
                    .iter()
                    .filter(|word| word.chars().count() < 3)
                    .map(|word| format!("{}: `{word}` is too short to be looked for", entry.rule_id())),
            );
        }
    }
    none(wrong);
}

#[test]
fn every_id_of_the_vocabulary_is_there() {
    let Some(path) = shared("contract/causes.md") else { return skipped("the vocabulary", "../shared/contract/causes.md is not there") };
    let text = std::fs::read_to_string(path).unwrap();
    let id = regex::Regex::new(r"^[a-z0-9]+\.[a-z0-9.-]+$").unwrap();
    let ids: Vec<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("| ")?.split('|').next())
        .flat_map(|cell| cell.split(',').map(str::trim))
        .filter(|word| id.is_match(word) || *word == "other")
        .collect();
    assert!(ids.len() > 50, "{ids:?}");
    none(
        ids.into_iter()
            .filter(|id| !packs().knowledge.causes.contains_key(*id))
            .map(|id| format!("`{id}` is in the vocabulary and not in knowledge/causes"))
            .collect(),
    );
}

#[test]
fn kinds_of_queues_are_complete() {
    let knowledge = &packs().knowledge;
    let kinds = [
        "local-delivery",
        "awaiting-directory-lookup",
        "waiting-to-be-routed",
        "remote-delivery",
        "destination-unreachable",
        "pre-submission",
        "dsn-pending",
        "failed-retry",
        "deferred-delivery",
        "x400",
        "submission",
        "poison",
        "shadow",
        "maildrop",
        "incoming",
        "active",
        "deferred",
        "hold",
        "corrupt",
    ];
    none(
        kinds
            .into_iter()
            .filter(|kind| knowledge.queue_kind_by_id(kind).is_none())
            .map(|kind| format!("the kind of queue `{kind}` is not in knowledge/queues.toml"))
            .collect(),
    );
    for stage in mailmedic::fact::Stage::ALL {
        assert!(knowledge.stages.iter().any(|entry| entry.id == stage.id()), "{}", stage.id());
    }
    // What the contract says of stages.
    for (kind, stage) in [
        ("pre-submission", "submission"),
        ("submission", "submission"),
        ("maildrop", "submission"),
        ("incoming", "submission"),
        ("awaiting-directory-lookup", "directory-lookup"),
        ("waiting-to-be-routed", "routing"),
        ("destination-unreachable", "unreachable"),
        ("dsn-pending", "dsn"),
        ("poison", "failed-retry"),
        ("corrupt", "failed-retry"),
        ("active", "transport"),
        ("deferred", "transport"),
        ("hold", "transport"),
        ("shadow", "none"),
    ] {
        assert_eq!(knowledge.queue_kind_by_id(kind).map(|kind| kind.stage.as_str()), Some(stage), "{kind}");
    }
}

#[test]
fn nothing_that_loses_mail_is_proposed() {
    let mut wrong = Vec::new();
    let lossy = ["postsuper -d", "exim -Mrm", "exim4 -Mrm", "Remove-Message", "-Mrm"];
    for remedy in packs().knowledge.remedies.values() {
        for action in &remedy.steps {
            let run = action.run.join(" ");
            wrong.extend(lossy.iter().filter(|words| run.contains(**words)).map(|words| format!("{}: `{words}`", remedy.id)));
        }
    }
    none(wrong);
}

/// A value of the case inside a script would be read as part of the script; a word of its own never is.
#[test]
fn no_script_holds_a_value_of_the_case() {
    let mut wrong = Vec::new();
    for remedy in packs().knowledge.remedies.values() {
        for action in remedy.steps.iter().chain(&remedy.checks).chain(&remedy.undo) {
            let Some(program) = action.run.first() else { continue };
            let script = action.run.last().map(String::as_str).unwrap_or_default();
            match program.as_str() {
                "powershell" => {
                    if action.run.get(1..3).is_none_or(|options| options != ["-NoProfile", "-Command"]) || action.run.len() != 4 {
                        wrong.push(format!("{}: a script is one word behind `powershell -NoProfile -Command`", remedy.id));
                    }
                    for name in ["destination", "server", "queue", "domain", "recipient", "host"] {
                        if script.contains(&format!("{{{name}}}")) {
                            wrong.push(format!("{}: `{{{name}}}` in a script", remedy.id));
                        }
                    }
                }
                "sh" | "bash" | "cmd" | "cmd.exe" => wrong.push(format!("{}: a shell", remedy.id)),
                _ => {}
            }
        }
    }
    none(wrong);
}

#[test]
fn preconditions_name_facts_that_exist() {
    let remedies = packs().knowledge.remedies.values();
    let all: Vec<_> = remedies.flat_map(|remedy| remedy.preconditions.iter().map(move |before| (remedy, before))).collect();
    assert!(!all.is_empty());
    let mut wrong = Vec::new();
    for (remedy, before) in all {
        if before.facts.is_empty() {
            wrong.push(format!("{}: a precondition without facts; a warning is the text of a step", remedy.id));
        }
        let unknown = before.facts.iter().filter_map(|name| mailmedic::fact::FactName::parse(name).err());
        wrong.extend(unknown.map(|error| format!("{}: {error}", remedy.id)));
    }
    none(wrong);
}

#[test]
fn nothing_knows_a_sample() {
    let Some(folder) = shared("samples/cases") else { return skipped("names of samples", "../shared/samples is not there") };
    let mut names = BTreeSet::new();
    for path in crate::support::files(&folder, ".toml") {
        let document = crate::support::document(&std::fs::read_to_string(path).unwrap());
        if let Some(head) = document.scenario {
            names.extend(
                [head.id, head.title, head.server, head.domain]
                    .into_iter()
                    .flatten()
                    .map(|name| name.to_lowercase())
                    .filter(|name| name.len() > 4),
            );
        }
    }
    let mut wrong = Vec::new();
    for path in ["knowledge", "rules"].iter().flat_map(|folder| crate::support::files(&crate::support::project(folder), "")) {
        if path.to_string_lossy().ends_with(".test.toml") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap().to_lowercase();
        // Examples of entries are written with reserved names, which samples may use as well.
        let looked: String = text
            .lines()
            .filter(|line| {
                !line.trim_start().starts_with("//")
                    && !line.trim_start().starts_with("example")
                    && !line.trim_start().starts_with("near_miss")
            })
            .collect();
        wrong.extend(
            names
                .iter()
                .filter(|name| !name.contains("example") && looked.contains(name.as_str()))
                .map(|name| format!("{} holds `{name}` of a sample", path.display())),
        );
    }
    none(wrong);
}
