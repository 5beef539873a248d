//! The conventions of the project that can be checked by reading its files.

use crate::support::{files, project};
use std::path::{Path, PathBuf};

/// The longest file, in lines.
const LONGEST: usize = 800;

fn none(wrong: Vec<String>) {
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn name(path: &Path) -> String {
    path.strip_prefix(project("")).unwrap_or(path).display().to_string()
}

/// Every file that people write, of these ends.
fn written(ends: &[&str]) -> Vec<PathBuf> {
    let folders = ["src", "tests", "rules", "knowledge", "plugins", "examples", "benches", "docs"];
    let all = folders.iter().flat_map(|folder| files(&project(folder), "")).chain([project("build.rs")]);
    let built = |path: &PathBuf| path.components().any(|part| part.as_os_str() == "target");
    all.filter(|path| !built(path) && ends.iter().any(|end| path.to_string_lossy().ends_with(end))).collect()
}

/// The code of a file without the module of its unit tests, which stands at its end, and without comments.
fn code(path: &Path) -> Vec<(usize, String)> {
    let text = read(path);
    let numbered = text.lines().enumerate().take_while(|(_, line)| line.trim() != "#[cfg(test)]");
    numbered.map(|(number, line)| (number + 1, line.to_owned())).filter(|(_, line)| !line.trim_start().starts_with("//")).collect()
}

#[test]
fn files_are_short_enough() {
    let long = written(&[".rs", ".rhai", ".toml", ".md"]).into_iter().filter_map(|path| {
        let lines = read(&path).lines().count();
        let data = name(&path).starts_with("tests/bundles");
        (lines > LONGEST && !data).then(|| format!("{}: {lines} lines", name(&path)))
    });
    none(long.collect());
}

#[test]
fn nothing_is_left_to_be_written() {
    let words = ["todo!", "unimplemented!", "TODO", "FIXME"];
    let mut wrong = Vec::new();
    for path in written(&[".rs", ".rhai", ".toml"]).into_iter().filter(|path| !path.ends_with("tests/conventions.rs")) {
        for (number, line) in read(&path).lines().enumerate() {
            wrong.extend(words.iter().filter(|word| line.contains(**word)).map(|word| format!("{}:{}: {word}", name(&path), number + 1)));
        }
    }
    none(wrong);
}

#[test]
fn the_library_prints_nothing() {
    let mut wrong = Vec::new();
    for path in files(&project("src"), ".rs") {
        for (number, line) in code(&path) {
            let prints = ["println!", "print!(", "dbg!"].iter().any(|word| line.contains(word));
            if prints && !line.contains("eprint_") {
                wrong.push(format!("{}:{number}: {}", name(&path), line.trim()));
            }
        }
    }
    none(wrong);
}

/// Modules that must not see others: `(who, whom)`, by the paths below `src`.
const BLIND: &[(&str, &[&str])] = &[
    (
        "infer",
        &["system", "evidence", "parse", "fact", "finding", "rule", "plugin", "knowledge", "pack", "diagnosis", "report", "cli", "remedy"],
    ),
    ("fact", &["parse", "finding", "rule", "plugin", "knowledge", "pack", "infer", "diagnosis", "report", "cli", "system", "evidence"]),
    ("rule", &["system", "evidence", "diagnosis", "infer", "report", "cli", "plugin"]),
    ("finding", &["system", "evidence", "diagnosis", "infer", "report", "cli", "plugin", "rule"]),
    (
        "knowledge",
        &["system", "evidence", "fact", "parse", "finding", "rule", "plugin", "pack", "infer", "diagnosis", "report", "cli", "remedy"],
    ),
    ("parse", &["system", "finding", "rule", "plugin", "pack", "infer", "diagnosis", "report", "cli", "remedy"]),
    ("plugin", &["infer", "diagnosis", "report", "cli", "rule", "evidence"]),
    ("diagnosis", &["system", "report", "cli"]),
    ("report", &["system", "cli", "infer", "rule", "plugin"]),
];

#[test]
fn nothing_points_backwards() {
    let mut wrong = Vec::new();
    for (who, whom) in BLIND {
        let own = files(&project(&format!("src/{who}")), ".rs").into_iter().chain([project(&format!("src/{who}.rs"))]);
        for path in own.filter(|path| !path.ends_with("tests.rs") && !path.ends_with("sample.rs")) {
            for (number, line) in code(&path) {
                for other in *whom {
                    let used = line.contains(&format!("crate::{other}::")) || line.contains(&format!("crate::{other};"));
                    if used || uses_in_braces(&line, other) {
                        wrong.push(format!("{}:{number}: `{who}` sees `{other}`", name(&path)));
                    }
                }
            }
        }
    }
    none(wrong);
}

/// `use crate::{knowledge::Knowledge, parse, system};`
fn uses_in_braces(line: &str, other: &str) -> bool {
    let Some(inner) = line.trim().strip_prefix("use crate::{") else { return false };
    inner.trim_end_matches("};").split(',').any(|part| part.trim() == other || part.trim().starts_with(&format!("{other}::")))
}

#[test]
fn only_the_system_touches_files_and_the_environment() {
    let mut wrong = Vec::new();
    for path in files(&project("src"), ".rs").into_iter().filter(|path| !name(path).starts_with("src/system")) {
        for (number, line) in code(&path) {
            let touches = [
                "std::fs",
                "std::env",
                "TcpStream",
                "UdpSocket",
                "ToSocketAddrs",
                "std::process::Command",
                "fs::read",
                "File::open",
                "SystemTime::now",
                "env::var",
            ];
            if let Some(word) = touches.iter().find(|word| line.contains(**word)) {
                wrong.push(format!("{}:{number}: {word}", name(&path)));
            }
        }
    }
    none(wrong);
}

#[test]
fn reports_alone_choose_a_language() {
    let mut wrong = Vec::new();
    for path in files(&project("src"), ".rs") {
        let own = name(&path);
        // The text itself has both; the command line turns the option into a language.
        if own.starts_with("src/report") || own == "src/knowledge/text.rs" || own.starts_with("src/cli") {
            continue;
        }
        for (number, line) in code(&path) {
            if line.contains("Lang::En") || line.contains("Lang::Ja") {
                wrong.push(format!("{own}:{number}: {}", line.trim()));
            }
        }
    }
    none(wrong);
}

#[test]
fn panics_have_their_invariant_beside_them() {
    let mut wrong = Vec::new();
    for path in files(&project("src"), ".rs").into_iter().filter(|path| !path.ends_with("tests.rs") && !path.ends_with("sample.rs")) {
        let lines = code(&path);
        let text = read(&path);
        let all: Vec<&str> = text.lines().collect();
        for (number, line) in lines {
            if [".unwrap()", ".expect(\"", "panic!(", "unreachable!("].iter().any(|word| line.contains(word)) {
                let before = all.get(number.saturating_sub(2)).is_some_and(|line| line.trim_start().starts_with("//"));
                if !before && !line.contains("//") {
                    wrong.push(format!("{}:{number}: {}", name(&path), line.trim()));
                }
            }
        }
    }
    none(wrong);
}

#[test]
fn modules_and_public_items_say_what_they_are() {
    let mut wrong = Vec::new();
    for path in files(&project("src"), ".rs") {
        let text = read(&path);
        let first = text.lines().next().unwrap_or_default();
        if !first.starts_with("//!") && !text.contains("#[cfg(test)]\nmod") && !path.ends_with("tests.rs") {
            wrong.push(format!("{}: no `//!` in its first line", name(&path)));
        }
        let lines: Vec<&str> = text.lines().collect();
        for (number, line) in lines.iter().enumerate() {
            let item = ["pub fn ", "pub struct ", "pub enum ", "pub trait ", "pub const ", "pub static ", "pub type "]
                .iter()
                .any(|start| line.trim_start().starts_with(start));
            // Methods of items that are private to their module need none; those at the left edge are seen from outside.
            if item && !line.starts_with(' ') {
                let above = lines
                    .get(..number)
                    .unwrap_or_default()
                    .iter()
                    .rev()
                    .find(|line| !line.trim_start().starts_with("#[") && !line.trim_end().ends_with(")]"));
                if above.is_none_or(|above| !above.trim_start().starts_with("///")) {
                    wrong.push(format!("{}:{}: {}", name(&path), number + 1, line.trim()));
                }
            }
        }
    }
    none(wrong);
}
