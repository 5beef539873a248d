//! What holds for every rule, whatever its tests say.

use crate::support::{self, files, packs, project};
use mailmedic::fact::{FactName, Facts, Kind, Platform};
use std::collections::{BTreeMap, BTreeSet};

/// Collects what is wrong and fails once, with all of it.
fn none(wrong: Vec<String>) {
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_rule_names_causes_that_are_known_and_can_be_on_its_platforms() {
    let knowledge = &packs().knowledge;
    let mut wrong = Vec::new();
    for rule in &packs().rules {
        if rule.meta.causes.is_empty() {
            wrong.push(format!("{}: it names no cause", rule.id));
        }
        if rule.meta.seen_without.is_none() {
            wrong.push(format!("{}: it does not say how often it is seen without its causes", rule.id));
        }
        if rule.meta.sources.is_empty() {
            wrong.push(format!("{}: it does not say where it is from", rule.id));
        }
        for cause in rule.meta.causes.keys() {
            match knowledge.cause(cause) {
                None => wrong.push(format!("{}: no cause `{cause}`", rule.id)),
                Some(known) => {
                    let meets = Platform::ALL.into_iter().any(|platform| {
                        Platform::admitted(Some(platform), &rule.meta.platforms) && Platform::admitted(Some(platform), &known.platforms)
                    });
                    if !meets {
                        wrong.push(format!("{}: `{cause}` exists on none of the rule's platforms", rule.id));
                    }
                }
            }
        }
        for word in &rule.meta.platforms {
            if Platform::from_id(word).is_none() && !Platform::GROUPS.contains(&word.as_str()) {
                wrong.push(format!("{}: `{word}` is no platform", rule.id));
            }
        }
    }
    none(wrong);
}

#[test]
fn needs_are_names_of_facts() {
    let mut wrong = Vec::new();
    for rule in &packs().rules {
        for need in rule.meta.needs.iter().chain(&rule.meta.needs_any).chain(&rule.meta.optional) {
            if let Err(error) = FactName::parse(need) {
                wrong.push(format!("{}: `{need}`: {error}", rule.id));
            }
        }
        if rule.meta.needs.is_empty() && rule.meta.needs_any.is_empty() {
            wrong.push(format!("{}: it needs nothing, so it is run on every case", rule.id));
        }
    }
    none(wrong);
}

/// Placeholders of a text: what stands in braces.
pub fn placeholders(text: &str) -> BTreeSet<&str> {
    text.split('{').skip(1).filter_map(|part| part.split_once('}')).map(|(name, _)| name).collect()
}

/// The fields of a kind of facts.
pub fn fields(kind: mailmedic::fact::Kind) -> Vec<&'static str> {
    use mailmedic::fact::*;
    macro_rules! all {
        ($($kind:ty),*) => { [$((<$kind as FactKind>::KIND, <$kind as FactKind>::FIELDS)),*] };
    }
    let all = all!(
        Queue,
        Outcome,
        Event,
        Setting,
        DnsAnswer,
        Session,
        Service,
        DiagnosticLevel,
        Connector,
        Resource,
        Counter,
        Ndr,
        Answer,
        LogText,
        Listener,
        Certificate,
        Derived
    );
    all.into_iter().filter(|(other, _)| *other == kind).flat_map(|(_, fields)| fields).map(|field| field.name).collect()
}

/// Names that a text may have filled in: the fields of all kinds of facts, and the other names that texts use for them.
pub fn fillable() -> BTreeSet<String> {
    let mut names: BTreeSet<String> =
        ["queue", "key", "id", "reply", "text", "destination", "next_hop", "host", "value", "messages", "share"]
            .into_iter()
            .map(str::to_owned)
            .collect();
    names.extend(mailmedic::fact::Kind::ALL.into_iter().flat_map(fields).map(str::to_owned));
    names
}

/// Says what is wrong with a text in two languages.
pub fn bilingual(at: &str, text: &mailmedic::knowledge::Text, known: &BTreeSet<String>) -> Vec<String> {
    let mut wrong = Vec::new();
    let japanese = |text: &str| text.chars().any(|c| ('\u{3040}'..='\u{30ff}').contains(&c) || ('\u{4e00}'..='\u{9fff}').contains(&c));
    if text.en.trim().is_empty() || text.ja.trim().is_empty() {
        wrong.push(format!("{at}: a language is empty"));
    }
    if japanese(&text.en) {
        wrong.push(format!("{at}: the English text is Japanese"));
    }
    let (en, ja) = (placeholders(&text.en), placeholders(&text.ja));
    if en != ja {
        wrong.push(format!("{at}: the placeholders differ: {en:?} and {ja:?}"));
    }
    wrong.extend(en.iter().filter(|name| !known.contains(**name)).map(|name| format!("{at}: `{{{name}}}` is filled by nothing")));
    wrong
}

/// What is said of an absent finding stands by itself: no fact is there to fill anything in.
pub fn statement(at: &str, text: Option<&mailmedic::knowledge::Text>) -> Vec<String> {
    match text {
        None => vec![format!("{at}: nothing is said when it is absent")],
        Some(text) => bilingual(&format!("{at} (absent)"), text, &BTreeSet::new()),
    }
}

#[test]
fn every_rule_has_its_texts() {
    let known = fillable();
    let mut wrong = Vec::new();
    for rule in &packs().rules {
        match &rule.text {
            None => wrong.push(format!("{}: texts.toml has no text for it", rule.id)),
            Some(text) => wrong.extend(bilingual(&rule.id, text, &known)),
        }
        wrong.extend(statement(&rule.id, rule.absent.as_ref()));
    }
    none(wrong);
}

#[test]
fn ids_are_unique_and_files_stand_beside_their_tests() {
    let mut wrong = Vec::new();
    let mut ids: BTreeMap<String, usize> = BTreeMap::new();
    for rule in &packs().rules {
        *ids.entry(rule.id.clone()).or_default() += 1;
    }
    wrong.extend(ids.iter().filter(|(_, count)| **count > 1).map(|(id, _)| format!("{id}: there twice")));
    let rules = files(&project("rules"), ".rhai");
    assert_eq!(rules.len(), packs().rules.len(), "every .rhai file below rules/ is a rule");
    for rule in rules {
        if !rule.with_extension("test.toml").exists() {
            wrong.push(format!("{} has no .test.toml beside it", rule.display()));
        }
    }
    for test in files(&project("rules"), ".test.toml") {
        let rule = std::path::PathBuf::from(test.to_string_lossy().replace(".test.toml", ".rhai"));
        if !rule.exists() {
            wrong.push(format!("{} has no rule beside it", test.display()));
        }
    }
    none(wrong);
}

#[test]
fn no_rule_errs_on_any_rules_tests() {
    let mut wrong = BTreeSet::new();
    for path in files(&project("rules"), ".test.toml") {
        let text = std::fs::read_to_string(&path).unwrap();
        for test in crate::support::document(&text).test {
            let harvest = crate::support::harvest_of(&test, &text, "rule.test.toml");
            let (_, errors) = crate::support::findings(harvest.facts, packs(), &packs().rules);
            wrong.extend(errors);
        }
    }
    none(wrong.into_iter().collect());
}

#[test]
fn every_rule_declares_the_kinds_of_facts_that_it_asks_for() {
    let declared: BTreeMap<&str, BTreeSet<Kind>> = packs()
        .rules
        .iter()
        .map(|rule| {
            let names = rule.meta.needs.iter().chain(&rule.meta.needs_any).chain(&rule.meta.optional);
            (rule.id.as_str(), names.filter_map(|name| FactName::parse(name).ok()).map(|name| name.kind()).collect())
        })
        .collect();
    let cases: Vec<Facts> = files(&project("tests/scenarios"), ".toml")
        .iter()
        .map(|path| support::harvest(&std::fs::read_to_string(path).unwrap()).facts)
        .chain(files(&project("rules"), ".test.toml").iter().flat_map(|path| {
            let text = std::fs::read_to_string(path).unwrap();
            let tests = support::document(&text).test;
            tests.iter().map(|test| support::harvest_of(test, &text, "rule.test.toml").facts).collect::<Vec<_>>()
        }))
        .collect();
    let (mut wrong, mut run) = (BTreeSet::new(), BTreeSet::new());
    for facts in cases {
        let (_, _, judged) = support::judged(facts, packs(), &packs().rules);
        for (rule, touched) in judged.touched {
            for kind in touched.difference(&declared[rule.as_str()]) {
                wrong.insert(format!("{rule}: `{}` is in none of needs, needs_any and optional", kind.id()));
            }
            run.insert(rule);
        }
    }
    none(wrong.into_iter().collect());
    let never = packs().rules.iter().filter(|rule| !run.contains(&rule.id));
    none(never.map(|rule| format!("{}: no case runs it", rule.id)).collect());
}
