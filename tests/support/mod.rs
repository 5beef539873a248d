//! What the integration tests share: packs opened once, scenarios from text to diagnosis, the samples beside the project.
#![allow(dead_code, reason = "two test binaries use different parts of it")]

pub mod vehicle;

use mailmedic::diagnosis::{Diagnosis, Inputs, Options, build};
use mailmedic::evidence::{Item, gather};
use mailmedic::fact::{Facts, Place, Source};
use mailmedic::finding::{Finding, Matcher, judge_entries};
use mailmedic::pack::{Packs, RuleSource};
use mailmedic::parse::scenario::{Document, Expect, parse, take};
use mailmedic::parse::{Harvest, read, settle};
use mailmedic::{plugin, rule};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Arc, OnceLock};

/// Returns a path in the project.
pub fn project(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Returns a path in `../shared`, `None` where the folder is not there.
pub fn shared(path: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared").join(path);
    path.exists().then_some(path)
}

/// Says that a test is skipped, and why.
pub fn skipped(what: &str, why: &str) {
    eprintln!("SKIPPED: {what}: {why}");
}

/// The built-in packs.
pub fn packs() -> &'static Packs {
    static PACKS: OnceLock<Packs> = OnceLock::new();
    PACKS.get_or_init(Packs::builtin)
}

/// The matcher over the built-in knowledge.
pub fn matcher() -> &'static Matcher {
    static MATCHER: OnceLock<Matcher> = OnceLock::new();
    MATCHER.get_or_init(|| Matcher::new(&packs().knowledge))
}

/// Options with a cache of compiled components that the tests share.
pub fn options() -> Options {
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("components");
    Options { plugins: plugin::Options { cache: Some(cache), fuel: None }, ..Options::default() }
}

/// A text as a string of TOML; what JSON escapes, TOML escapes alike.
pub fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}

/// Parses a scenario.
pub fn document(text: &str) -> Document {
    parse("test.toml", text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// Takes a parsed scenario, or one test of a rule, into settled facts.
pub fn harvest_of(document: &Document, text: &str, name: &str) -> Harvest {
    let mut harvest = Harvest::default();
    let file = harvest.add_file(name);
    harvest.begin_file(file);
    take(document, text, Source { file, place: Place::Whole }, &mut harvest).unwrap_or_else(|error| panic!("{error}\n{text}"));
    harvest.end_file();
    settle(&mut harvest, &packs().knowledge);
    harvest
}

/// Takes a scenario in text, or the output of `df`, into settled facts.
pub fn harvest(text: &str) -> Harvest {
    if !text.starts_with("Filesystem") {
        return harvest_of(&document(text), text, "test.toml");
    }
    let mut harvest = Harvest::default();
    let file = harvest.add_file("df.txt");
    let item = Item { name: "df.txt".into(), path: "df.txt".into(), size: text.len() as u64 };
    read(&item, file, text.as_bytes(), &mut harvest).unwrap_or_else(|problem| panic!("{problem}"));
    settle(&mut harvest, &packs().knowledge);
    harvest
}

/// Diagnoses facts with the built-in packs.
pub fn diagnose_harvest(harvest: Harvest, packs: &Packs) -> Diagnosis {
    build(Inputs { harvest, packs }, &options())
}

/// Diagnoses a scenario in text.
pub fn diagnose(text: &str) -> Diagnosis {
    diagnose_harvest(harvest(text), packs())
}

/// Diagnoses files and folders.
pub fn diagnose_paths(paths: &[PathBuf]) -> Diagnosis {
    diagnose_harvest(gather(paths, &packs().knowledge), packs())
}

/// The ids of a ranking with their probabilities.
pub fn ranking(diagnosis: &Diagnosis) -> Vec<(String, f64)> {
    diagnosis.causes.iter().map(|cause| (cause.id.clone(), cause.probability)).collect()
}

/// A ranking in words, for messages.
pub fn said(diagnosis: &Diagnosis) -> String {
    let top: Vec<String> = diagnosis.causes.iter().take(5).map(|cause| format!("{} {:.3}", cause.id, cause.probability)).collect();
    format!("{} {:.3} [{}]", diagnosis.verdict.id(), diagnosis.trouble_probability, top.join(", "))
}

/// Asserts that two rankings are the same: ids in order, probabilities to 1e-9.
pub fn same_ranking(left: &Diagnosis, right: &Diagnosis) -> Result<(), String> {
    let (a, b) = (ranking(left), ranking(right));
    let same = a.len() == b.len() && a.iter().zip(&b).all(|(a, b)| a.0 == b.0 && (a.1 - b.1).abs() < 1e-9);
    let verdict = left.verdict == right.verdict && (left.trouble_probability - right.trouble_probability).abs() < 1e-9;
    if same && verdict { Ok(()) } else { Err(format!("the ranking changed\n  from {}\n  to   {}", said(left), said(right))) }
}

/// Returns whether an id is the wanted one or a finer one.
pub fn is(id: &str, wanted: &str) -> bool {
    id == wanted || id.strip_prefix(wanted).is_some_and(|rest| rest.starts_with('.'))
}

/// Judges a diagnosis by what a scenario expects; further true causes must stand at or above 0.5 where `strict`, and a fault must be called
/// trouble where `verdict`: what is expected of a weak case is its first cause alone.
pub fn judge(expect: &Expect, diagnosis: &Diagnosis, strict: bool, verdict: bool) -> Result<(), String> {
    let wrong = |what: String| Err(format!("{what}: {}", said(diagnosis)));
    let benign = |id: &str| packs().knowledge.cause(id).is_some_and(|cause| cause.benign);
    if expect.cause == "none" {
        let sick = diagnosis.causes.iter().any(|cause| cause.probability >= 0.5 && !benign(&cause.id));
        if diagnosis.verdict.id() != "healthy" || sick {
            return wrong("a healthy case".to_owned());
        }
    } else {
        let fair = |id: &str| std::iter::once(&expect.cause).chain(&expect.acceptable).any(|wanted| is(id, wanted));
        match diagnosis.causes.first() {
            Some(first) if fair(&first.id) => {}
            _ => return wrong(format!("wanted {} first", expect.cause)),
        }
        if verdict && diagnosis.verdict.id() != "trouble" && !benign(&expect.cause) {
            return wrong(format!("wanted trouble ({})", expect.cause));
        }
    }
    if strict {
        for also in &expect.also {
            if !diagnosis.causes.iter().any(|cause| is(&cause.id, also) && cause.probability >= 0.5) {
                return wrong(format!("wanted {also} as well"));
            }
        }
    }
    for absent in &expect.absent {
        if diagnosis.causes.iter().any(|cause| is(&cause.id, absent) && cause.probability >= 0.5) {
            return wrong(format!("{absent} is not there"));
        }
    }
    Ok(())
}

/// What plugins, entries and rules see, in the order in which a diagnosis asks them; `rules` in place of those of the packs.
pub fn findings(facts: Facts, packs: &Packs, rules: &[RuleSource]) -> (Vec<Finding>, Vec<String>) {
    let (mut findings, mut errors, judged) = judged(facts, packs, rules);
    errors.extend(judged.errors.iter().map(ToString::to_string));
    findings.extend(judged.findings);
    (findings, errors)
}

/// What plugins and entries see, what plugins err in, and what rules come to.
pub fn judged(facts: Facts, packs: &Packs, rules: &[RuleSource]) -> (Vec<Finding>, Vec<String>, rule::Judged) {
    let mut facts = Arc::new(facts);
    let mut errors = Vec::new();
    let examined = plugin::examine(&packs.plugins, &facts, &packs.knowledge, &options().plugins);
    errors.extend(examined.errors.iter().map(ToString::to_string));
    let mut findings = examined.findings;
    let own = Arc::get_mut(&mut facts).expect("plugins have ended");
    for (derived, sources) in examined.derived {
        if let Some(first) = sources.first() {
            own.derived.push(derived, None, *first);
        }
    }
    findings.extend(judge_entries(&facts, &packs.knowledge, matcher()));
    let mut matches: rule::Matches = BTreeMap::new();
    for finding in &findings {
        if let Some(entry) = finding.id.strip_prefix("knowledge/") {
            matches.entry(entry.to_owned()).or_default().extend(&finding.because);
        }
    }
    let judged = rule::judge(rules, &facts, &packs.knowledge, matches);
    (findings, errors, judged)
}

/// Returns the files below a folder of the project that end so, sorted; empty where there is no such folder.
pub fn files(folder: &Path, end: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let Ok(entries) = std::fs::read_dir(folder) else { return found };
    for entry in entries.filter_map(Result::ok) {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files(&path, end));
        } else if path.to_string_lossy().ends_with(end) {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The program, with an environment that does not depend on who runs the tests.
pub fn mailmedic(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mailmedic"));
    command
        .args(arguments)
        .current_dir(project("."))
        .env_clear()
        .env("LANG", "C.UTF-8")
        .env("COLUMNS", "100")
        .env("XDG_CACHE_HOME", Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache"));
    command
}

/// Runs the program to its end.
pub fn run(arguments: &[&str]) -> Output {
    mailmedic(arguments).output().expect("the program starts")
}

/// The exit status of a run that was not ended by a signal.
pub fn status(output: &Output) -> i32 {
    output.status.code().unwrap_or_else(|| panic!("ended by a signal: {output:?}"))
}

/// Standard output as text.
pub fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}

/// Standard error as text.
pub fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("UTF-8")
}

/// A folder that goes away by itself.
pub fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary folder")
}
