//! Every scenario, rule test, knowledge example, bundle and sample as a named test of its own.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::iter_over_hash_type,
    reason = "a test that cannot go on fails with the place; it reads scenarios and says what it skips"
)]

mod support;

use libtest_mimic::{Arguments, Failed, Trial};
use mailmedic::fact::Platform;
use mailmedic::finding::{Finding, Holds, judge_entries};
use mailmedic::infer::{CauseNode, FindingNode, Limits, Network, State, infer};
use mailmedic::knowledge::{Entry, Folder, Pattern};
use mailmedic::parse::scenario::{Document, parse};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use support::{diagnose_paths, files, findings, harvest, harvest_of, is, judge, packs, project, said, shared, vehicle};

fn main() {
    let arguments = Arguments::from_args();
    let mut trials = Vec::new();
    trials.extend(scenarios(&project("tests/scenarios"), "scenario", true));
    trials.extend(rule_tests());
    trials.extend(entries());
    trials.extend(bundles());
    trials.extend(samples());
    libtest_mimic::run(&arguments, trials).exit();
}

fn trial(name: String, test: impl FnOnce() -> Result<(), String> + Send + 'static) -> Trial {
    Trial::test(name, move || test().map_err(Failed::from))
}

fn read(path: &Path) -> Result<String, String> {
    std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

// ---- scenarios with an expectation ----

fn scenarios(folder: &Path, prefix: &str, strict: bool) -> Vec<Trial> {
    files(folder, ".toml")
        .into_iter()
        .map(|path| {
            let name = path.strip_prefix(folder).unwrap_or(&path).with_extension("").display().to_string();
            trial(format!("{prefix}::{name}"), move || scenario(&path, strict))
        })
        .collect()
}

fn scenario(path: &Path, strict: bool) -> Result<(), String> {
    let document = parse(&path.display().to_string(), &read(path)?).map_err(|error| error.to_string())?;
    let expect = document.expect.ok_or("it expects nothing; say with [expect] what must be found")?;
    let diagnosis = diagnose_paths(&[path.to_owned()]);
    // Of an ordinary day all causes together must stay unlikely, not each alone.
    let ordinary = expect.cause == "none" && path.parent().is_some_and(|folder| folder.ends_with("healthy"));
    if ordinary && diagnosis.trouble_probability >= 0.5 {
        return Err(format!("together at or above 0.5: {}", said(&diagnosis)));
    }
    judge(&expect, &diagnosis, strict, false)
}

// ---- the tests of rules ----

fn rule_tests() -> Vec<Trial> {
    let mut trials = Vec::new();
    for path in files(&project("rules"), ".test.toml") {
        let topic = path.parent().and_then(Path::file_name).unwrap_or_default().to_string_lossy().into_owned();
        let stem = path.file_name().unwrap_or_default().to_string_lossy().trim_end_matches(".test.toml").to_owned();
        let id = format!("{topic}/{stem}");
        let text = match read(&path) {
            Ok(text) => text,
            Err(error) => {
                trials.push(trial(format!("rule::{id}"), move || Err(error)));
                continue;
            }
        };
        let document = match parse(&path.display().to_string(), &text) {
            Ok(document) => document,
            Err(error) => {
                trials.push(trial(format!("rule::{id}"), move || Err(error.to_string())));
                continue;
            }
        };
        let states: Vec<String> = document.test.iter().filter_map(|test| test.finding.clone()).collect();
        trials.push(trial(format!("rule::{id}::has a test of each state"), move || {
            let missing: Vec<&str> =
                ["present", "absent", "unknown"].into_iter().filter(|state| !states.iter().any(|other| other == state)).collect();
            if missing.is_empty() { Ok(()) } else { Err(format!("no test makes it {}", missing.join(" or "))) }
        }));
        for (number, test) in document.test.into_iter().enumerate() {
            let name = test.name.clone().unwrap_or_else(|| format!("test {}", number + 1));
            let (id, text) = (id.clone(), text.clone());
            trials.push(trial(format!("rule::{id}::{name}"), move || rule_test(&id, &test, &text)));
        }
    }
    trials
}

fn rule_test(id: &str, test: &Document, text: &str) -> Result<(), String> {
    let rule = packs().rules.iter().find(|rule| rule.id == id).ok_or_else(|| format!("there is no rule `{id}`"))?;
    let harvest = harvest_of(test, text, "rule.test.toml");
    let (findings, errors) = findings(harvest.facts, packs(), std::slice::from_ref(rule));
    if !errors.is_empty() {
        return Err(errors.join("\n"));
    }
    let state = match findings.iter().find(|finding| finding.id == id).map(|finding| &finding.holds) {
        Some(Holds::Present) => "present",
        Some(Holds::Absent) => "absent",
        Some(Holds::Unknown(_)) => "unknown",
        Some(Holds::NotApplicable) => "not applicable",
        None => "silent: it is for another platform",
    };
    let wanted = test.finding.as_deref().ok_or("it says with no `finding` what is expected")?;
    if state == wanted { Ok(()) } else { Err(format!("wanted {wanted}, and it is {state}; others: {:?}", names(&findings))) }
}

fn names(findings: &[Finding]) -> Vec<&str> {
    findings.iter().filter(|finding| finding.holds == Holds::Present).map(|finding| finding.id.as_str()).collect()
}

// ---- the examples of knowledge entries ----

fn exists(cause: &str, platform: Platform) -> bool {
    packs().knowledge.cause(cause).is_some_and(|cause| Platform::admitted(Some(platform), &cause.platforms))
}

fn judged(entry: &Entry) -> bool {
    let condition = match &entry.pattern {
        Pattern::Setting { when, .. } => !when.is_empty(),
        Pattern::Service { when, .. } => !when.is_empty(),
        _ => true,
    };
    entry.declared.is_some() && condition
}

fn entries() -> Vec<Trial> {
    let knowledge = &packs().knowledge;
    knowledge
        .entries
        .iter()
        .filter(|entry| judged(entry))
        .flat_map(|entry| {
            let name = format!("entry::{}::{}", vehicle::folder(entry), entry.id);
            [trial(format!("{name}::example"), || example(entry)), trial(format!("{name}::near miss"), || near_miss(entry))]
        })
        .collect()
}

fn place(entry: &Entry) -> String {
    format!("knowledge/{}:{}", entry.origin.file, entry.origin.line)
}

fn seen(entry: &Entry, scenario: &str) -> bool {
    let harvest = harvest(scenario);
    let found = judge_entries(&harvest.facts, &packs().knowledge, support::matcher());
    found.iter().any(|finding| finding.id == entry.rule_id() && finding.holds == Holds::Present)
}

/// The example is seen in one of the ways in which such a text comes, and then one of the causes is first, or raised as far as the words of
/// the entry alone can raise it.
fn example(entry: &'static Entry) -> Result<(), String> {
    let platform = vehicle::platform(entry, &exists)
        .ok_or_else(|| format!("{}: none of its causes exists on a platform that it is for", place(entry)))?;
    let scenarios = vehicle::scenarios(entry, platform, false);
    let seen: Vec<&String> = scenarios.iter().filter(|scenario| seen(entry, scenario)).collect();
    if seen.is_empty() {
        return Err(format!("{}: the example is not seen in any of\n{}", place(entry), scenarios.join("\n---\n")));
    }
    let (alone, mut wrong) = (alone(entry, platform), Vec::new());
    for scenario in seen {
        match counts(entry, alone, scenario) {
            Ok(()) => return Ok(()),
            Err(error) => wrong.push(format!("{error}\n{scenario}")),
        }
    }
    Err(format!("{}: alone it would give {alone:.2}, and {}", place(entry), wrong.join("\n---\n")))
}

/// Whether a cause of an entry is first; or raised, by the entry or by a stronger finding on the same text; or, where the words of the entry
/// are weak, whether it is at least among the findings.
fn counts(entry: &Entry, alone: f64, scenario: &str) -> Result<(), String> {
    let diagnosis = support::diagnose(scenario);
    let Some(declared) = &entry.declared else { return Ok(()) };
    let named = |id: &str| declared.causes.iter().any(|(cause, _)| is(id, cause));
    let first = diagnosis.causes.first().is_some_and(|cause| named(&cause.id));
    // A cause stands behind what leads to it, however probable it is itself.
    let behind_its_root =
        diagnosis.causes.iter().any(|cause| named(&cause.id) && cause.probability >= 0.5 && !cause.consequence_of.is_empty());
    let raised = diagnosis.causes.iter().any(|cause| named(&cause.id) && cause.evidence.iter().any(|item| item.supports));
    if first || behind_its_root || (alone < 0.5 && raised) || alone < 0.06 {
        return Ok(());
    }
    Err(format!("none of its causes is {}: {}", if alone < 0.5 { "raised" } else { "first" }, said(&diagnosis)))
}

/// The probability that the best cause of an entry would reach were the entry the only finding.
fn alone(entry: &Entry, platform: Platform) -> f64 {
    let knowledge = &packs().knowledge;
    let Some(declared) = &entry.declared else { return 0.0 };
    let prior = |id: &str| {
        let words = knowledge.cause(id).map(|cause| cause.prior.words.clone()).unwrap_or_default();
        let word = words.get(platform.id()).or_else(|| words.iter().find(|(word, _)| platform.is(word)).map(|(_, word)| word));
        word.or_else(|| words.get("default")).or_else(|| words.values().next()).map_or(0.0, |word| knowledge.numbers.prior(word))
    };
    let causes: Vec<&(String, _)> = declared.causes.iter().filter(|(cause, _)| exists(cause, platform)).collect();
    let network = Network {
        causes: causes.iter().map(|(id, _)| CauseNode { id: id.clone(), prior: prior(id), benign: false, leads_to: Vec::new() }).collect(),
        findings: vec![FindingNode {
            id: entry.rule_id(),
            state: State::Present,
            causes: causes.iter().enumerate().map(|(number, (_, word))| (number, knowledge.numbers.sensitivity(*word))).collect(),
            leak: knowledge.numbers.leak(declared.seen_without),
            group: entry.rule_id(),
            freshness: 1.0,
        }],
    };
    infer(&network, &Limits::default()).probability.iter().copied().fold(0.0, f64::max)
}

/// In every way in which the example is seen, the near miss is not.
fn near_miss(entry: &'static Entry) -> Result<(), String> {
    let Some(platform) = vehicle::platform(entry, &exists) else { return Ok(()) };
    if entry.folder == Folder::Codes && matches!(entry.id.as_str(), "4.9.9") {
        return Ok(());
    }
    match vehicle::scenarios(entry, platform, true).iter().find(|scenario| seen(entry, scenario)) {
        Some(scenario) => Err(format!("{}: the near miss is taken for the finding in\n{scenario}", place(entry))),
        None => Ok(()),
    }
}

// ---- bundles ----

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Label {
    cause: String,
    #[serde(default)]
    also: Vec<String>,
    #[serde(default)]
    acceptable: Vec<String>,
    #[serde(default)]
    #[allow(dead_code, reason = "for people")]
    what: Option<String>,
}

fn bundles() -> Vec<Trial> {
    let folder = project("tests/bundles");
    let Ok(text) = std::fs::read_to_string(folder.join("labels.toml")) else { return Vec::new() };
    let labels: BTreeMap<String, Label> = match toml::from_str(&text) {
        Ok(labels) => labels,
        Err(error) => return vec![trial("bundle::labels.toml".into(), move || Err(error.to_string()))],
    };
    let mut trials: Vec<Trial> = std::fs::read_dir(&folder)
        .into_iter()
        .flatten()
        .filter_map(Result::ok)
        .filter(|entry| entry.path().is_dir())
        .filter_map(|entry| {
            let name = entry.file_name().to_string_lossy().into_owned();
            (!labels.contains_key(&name)).then(|| trial(format!("bundle::{name}"), || Err("it has no label in labels.toml".to_owned())))
        })
        .collect();
    trials.extend(labels.into_iter().map(|(name, label)| {
        let path = folder.join(&name);
        trial(format!("bundle::{name}"), move || capture(&path, &label, false))
    }));
    trials
}

/// A label's first cause, or one that is right as well, comes first, and nothing else that is wrong reaches 0.5.
fn capture(path: &Path, label: &Label, verdict: bool) -> Result<(), String> {
    if !path.exists() {
        return Err(format!("{} is not there", path.display()));
    }
    let diagnosis = diagnose_paths(&[path.to_owned()]);
    let expect = mailmedic::parse::scenario::Expect {
        cause: label.cause.clone(),
        acceptable: label.acceptable.iter().chain(&label.also).cloned().collect(),
        ..Default::default()
    };
    judge(&expect, &diagnosis, true, verdict)?;
    let right = |id: &str| std::iter::once(&label.cause).chain(&label.also).chain(&label.acceptable).any(|wanted| is(id, wanted));
    let benign = |id: &str| packs().knowledge.cause(id).is_some_and(|cause| cause.benign);
    match diagnosis.causes.iter().find(|cause| cause.probability >= 0.5 && !right(&cause.id) && !benign(&cause.id)) {
        Some(cause) => Err(format!("{} is not there: {}", cause.id, said(&diagnosis))),
        None => Ok(()),
    }
}

// ---- the samples beside the project ----

/// Cases that come out wrong today, each with the reason.
const KNOWN_MISSES: &[(&str, &str)] = &[];

fn samples() -> Vec<Trial> {
    let mut trials = Vec::new();
    match shared("samples/lab-captures") {
        Some(folder) => {
            for (name, label) in table(&folder) {
                let path = folder.join(&name);
                trials.push(trial(format!("lab-capture::{name}"), move || capture(&path, &label, true)));
            }
        }
        None => trials.push(absent("lab-capture")),
    }
    match shared("samples/cases") {
        Some(folder) => {
            for path in files(&folder, ".toml") {
                let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
                trials.push(trial(format!("case::{name}"), move || known_miss(&name, scenario(&path, false))));
            }
        }
        None => trials.push(absent("case")),
    }
    trials
}

/// A known miss may fail; one that comes out right must leave the list.
fn known_miss(name: &str, judged: Result<(), String>) -> Result<(), String> {
    match (KNOWN_MISSES.iter().find(|(miss, _)| *miss == name), judged) {
        (Some((_, why)), Err(error)) => {
            support::skipped(name, &format!("a known miss, {why}: {error}"));
            Ok(())
        }
        (Some(_), Ok(())) => Err("it comes out right: take it off KNOWN_MISSES".to_owned()),
        (None, judged) => judged,
    }
}

fn absent(what: &str) -> Trial {
    trial(format!("{what}::skipped, ../shared/samples is not there"), || Ok(())).with_ignored_flag(true)
}

/// Reads the table of a README: `| fault | cause | also | … |`.
fn table(folder: &Path) -> Vec<(String, Label)> {
    let text = std::fs::read_to_string(folder.join("README.md")).unwrap_or_default();
    text.lines()
        .filter_map(|line| {
            let cells: Vec<&str> = line.strip_prefix('|')?.split('|').map(str::trim).collect();
            let name = cells.first()?.strip_prefix('`')?.strip_suffix('`')?.to_owned();
            let cause = cells.get(1)?.split([':', ' ']).next().unwrap_or_default().to_owned();
            let also = cells
                .get(2)
                .copied()
                .unwrap_or_default()
                .split(',')
                .map(str::trim)
                .filter(|id| id.contains('.'))
                .map(str::to_owned)
                .collect();
            Some((name, Label { cause, also, acceptable: Vec::new(), what: None }))
        })
        .filter(|(name, _)| PathBuf::from(folder).join(name).is_dir())
        .collect()
}
