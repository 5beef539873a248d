//! Rankings that must not change: names renamed, facts doubled, the order of files and packs.

use crate::support::{self, diagnose_harvest, diagnose_paths, document, files, harvest, packs, project, same_ranking, shared, skipped};
use mailmedic::diagnosis::Diagnosis;
use mailmedic::evidence::gather;
use mailmedic::pack::{self, Packs};
use regex::{Captures, Regex};
use std::path::{Path, PathBuf};

fn none(wrong: Vec<String>) {
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

/// Every scenario of the project and every case beside it.
fn cases() -> Vec<PathBuf> {
    let mut all = files(&project("tests/scenarios"), ".toml");
    match shared("samples/cases") {
        Some(folder) => all.extend(files(&folder, ".toml")),
        None => skipped("the sample cases", "../shared/samples is not there"),
    }
    all
}

/// Every folder of real evidence.
fn captures() -> Vec<PathBuf> {
    let mut all = Vec::new();
    let folders = [Some(project("tests/bundles")), shared("samples/lab-captures")];
    for folder in folders.into_iter().flatten() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok) {
            if entry.path().is_dir() {
                all.push(entry.path());
            }
        }
    }
    all.sort();
    all
}

/// A word made of a word: the same for the same word, and nothing that anybody knows.
fn other(word: &str) -> String {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in word.to_lowercase().bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    let letters: String = (0..6).map(|place| char::from(b'a' + u8::try_from((hash >> (place * 8)) % 26).unwrap_or(0))).collect();
    format!("q{letters}")
}

/// Renames whole words, whatever the case of their letters.
fn replace(text: &str, word: &str, with: &str) -> String {
    if word.len() < 2 {
        return text.to_owned();
    }
    let pattern = Regex::new(&format!(r"(?i)(^|[^A-Za-z0-9-]){}($|[^A-Za-z0-9-])", regex::escape(word))).unwrap();
    let mut text = text.to_owned();
    // Words that share the character between them are found one round later.
    for _ in 0..2 {
        text = pattern.replace_all(&text, |found: &Captures<'_>| format!("{}{with}{}", &found[1], &found[2])).into_owned();
    }
    text
}

/// Renames id, title, server, domain and all example names of a scenario, consistently.
fn renamed(text: &str) -> String {
    let head = document(text).scenario.unwrap_or_default();
    let mut text = text.to_owned();
    for name in [&head.id, &head.title].into_iter().flatten() {
        text = text.replace(&support::quoted(name), "\"something else\"");
    }
    let domain = |name: &str| name.split('.').map(other).collect::<Vec<_>>().join(".");
    let mut own: Vec<String> = [&head.server, &head.domain].into_iter().flatten().cloned().collect();
    own.sort_by_key(|name| std::cmp::Reverse(name.len()));
    for name in own {
        text = replace(&text, &name, &domain(&name));
    }
    examples(&text)
}

/// Renames all hosts and domains that are reserved for examples: each label of them, the same label the same way.
fn examples(text: &str) -> String {
    let reserved = Regex::new(r"(?i)\b((?:[a-z0-9_-]+\.)*)(example\.(?:com|net|org)|[a-z0-9-]+\.(?:example|test|invalid))\b").unwrap();
    reserved
        .replace_all(text, |found: &Captures<'_>| {
            let labels: Vec<&str> = found[0].split('.').collect();
            let (top, rest) = labels.split_last().expect("a split gives at least one part");
            let rest: Vec<String> = rest.iter().map(|label| other(label)).collect();
            format!("{}.{top}", rest.join("."))
        })
        .into_owned()
}

#[test]
fn names_do_not_matter() {
    let mut wrong = Vec::new();
    for path in cases() {
        let text = std::fs::read_to_string(&path).unwrap();
        let new = renamed(&text);
        if let Err(error) = same_ranking(&support::diagnose(&text), &support::diagnose(&new)) {
            wrong.push(format!("{}: renamed, {error}", path.display()));
        }
    }
    none(wrong);
}

#[test]
fn names_do_not_matter_in_real_evidence() {
    let mut wrong = Vec::new();
    for path in captures() {
        let new = support::folder();
        for file in files(&path, "") {
            let below = new.path().join(file.strip_prefix(&path).unwrap());
            std::fs::create_dir_all(below.parent().unwrap()).unwrap();
            let bytes = std::fs::read(&file).unwrap();
            match String::from_utf8(bytes) {
                Ok(text) => std::fs::write(below, examples(&text)).unwrap(),
                Err(error) => std::fs::write(below, error.into_bytes()).unwrap(),
            }
        }
        if let Err(error) = same_ranking(&diagnose_paths(std::slice::from_ref(&path)), &diagnose_paths(&[new.path().to_owned()])) {
            wrong.push(format!("{}: renamed, {error}", path.display()));
        }
    }
    none(wrong);
}

#[test]
fn evidence_given_twice_counts_once() {
    let mut wrong = Vec::new();
    for path in cases().into_iter().chain(captures()) {
        let once = diagnose_paths(std::slice::from_ref(&path));
        let twice = diagnose_paths(&[path.clone(), path.clone()]);
        if let Err(error) = same_ranking(&once, &twice) {
            wrong.push(format!("{}: given twice, {error}", path.display()));
        }
    }
    none(wrong);
}

#[test]
fn the_order_of_files_does_not_matter() {
    let mut wrong = Vec::new();
    for path in captures() {
        let mut order = files(&path, "");
        let forward = diagnose_paths(&order);
        order.reverse();
        let backward = diagnose_paths(&order);
        let middle = order.len() / 2;
        order.rotate_left(middle);
        for (how, other) in [("backward", backward), ("rotated", diagnose_paths(&order))] {
            if let Err(error) = same_ranking(&forward, &other) {
                wrong.push(format!("{}: files {how}, {error}", path.display()));
            }
        }
    }
    none(wrong);
}

/// The built-in packs with everything in another order.
fn turned() -> Packs {
    let mut turned = Packs::builtin();
    turned.rules.clear();
    let mut folders: Vec<PathBuf> =
        files(&project("rules"), "pack.toml").iter().filter_map(|path| path.parent().map(Path::to_owned)).collect();
    folders.reverse();
    for folder in folders {
        let (pack, components) = pack::open(&folder).unwrap_or_else(|error| panic!("{error}"));
        turned.add(pack, components);
    }
    assert_eq!(turned.rules.len(), packs().rules.len());
    turned.rules.reverse();
    turned.plugins.reverse();
    turned.knowledge.entries.reverse();
    turned.knowledge.queues.reverse();
    turned
}

#[test]
fn the_order_of_packs_does_not_matter() {
    let turned = turned();
    let diagnose =
        |path: &PathBuf, packs: &Packs| -> Diagnosis { diagnose_harvest(gather(std::slice::from_ref(path), &packs.knowledge), packs) };
    let mut wrong = Vec::new();
    for path in cases().into_iter().chain(captures()) {
        if let Err(error) = same_ranking(&diagnose(&path, packs()), &diagnose(&path, &turned)) {
            wrong.push(format!("{}: packs turned, {error}", path.display()));
        }
    }
    none(wrong);
}

#[test]
fn the_order_of_sections_does_not_matter() {
    let mut wrong = Vec::new();
    for path in cases() {
        let text = std::fs::read_to_string(&path).unwrap();
        let mut table: toml::Table = toml::from_str(&text).unwrap();
        for (_, value) in table.iter_mut() {
            // Lines of a log keep their order; the sections around them need not.
            if let toml::Value::Array(items) = value {
                items.reverse();
            }
        }
        let turned = toml::to_string(&table).unwrap();
        if let Err(error) = same_ranking(&diagnose_harvest(harvest(&text), packs()), &diagnose_harvest(harvest(&turned), packs())) {
            wrong.push(format!("{}: sections turned, {error}", path.display()));
        }
    }
    none(wrong);
}
