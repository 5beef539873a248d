//! What a pack holds: rules with their front matter and texts, manifests of plugins, knowledge. Read from memory, strict.
//!
//! This module is used by the build script too: it opens no file.

use crate::knowledge::{Declared, Frequency, Knowledge, LoadError, Text, load};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use toml::Spanned;

/// The API of plugins that this version speaks.
pub const PLUGIN_API: &str = "mailmedic:plugin@1.0.0";

/// A file of a pack: its name relative to the pack's folder, and its content.
pub type SourceFile = (String, String);

/// A pack.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Pack {
    /// Its id.
    pub id: String,
    /// Its version.
    pub version: String,
    /// What it is called.
    pub title: Text,
    /// Its rules, by id.
    pub rules: Vec<RuleSource>,
    /// Manifests of its plugins.
    pub plugins: Vec<Manifest>,
    /// Its knowledge.
    pub knowledge: Knowledge,
}

/// A rule: its front matter, its texts and its script.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct RuleSource {
    /// `<pack>/<rule>`.
    pub id: String,
    /// The file that it stands in.
    pub file: String,
    /// Its metadata.
    pub meta: RuleMeta,
    /// Why its finding matters; `None` when the pack has no text for it, which `pack check` reports.
    pub text: Option<Text>,
    /// What is said when the finding is absent: a statement of its own, without placeholders.
    pub absent: Option<Text>,
    /// The script; its front matter and documentation are empty lines, so that lines are those of the file.
    pub script: String,
}

/// The front matter of a rule.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleMeta {
    /// The fault that it sees, in one line, for authors.
    pub title: String,
    /// The causes, each with how often the finding is seen when only this cause is there.
    pub causes: BTreeMap<String, Frequency>,
    /// How often it is seen when none of them is there.
    pub seen_without: Option<Frequency>,
    /// Facts that must be known before it is run.
    #[serde(default)]
    pub needs: Vec<String>,
    /// Facts of which one must be known.
    #[serde(default)]
    pub needs_any: Vec<String>,
    /// Facts that it looks at as well.
    #[serde(default)]
    pub optional: Vec<String>,
    /// The mechanism that it shows, where it is not the one of its first fact.
    #[serde(default)]
    pub group: Option<String>,
    /// Whether it is a symptom, that says that something is wrong and not what.
    #[serde(default)]
    pub symptom: bool,
    /// The platforms that it is for; empty for all.
    #[serde(default)]
    pub platforms: Vec<String>,
    /// The facts of the seed behind it.
    #[serde(default)]
    pub seed: Vec<String>,
    /// Where it is from.
    pub sources: Vec<String>,
}

impl RuleMeta {
    /// Returns what its finding says about causes.
    pub fn declared(&self) -> Declared {
        Declared {
            causes: self.causes.iter().map(|(cause, word)| (cause.clone(), *word)).collect(),
            seen_without: self.seen_without.unwrap_or(Frequency::Always),
            group: self.group.clone(),
            symptom: self.symptom,
        }
    }
}

/// `plugin.toml`: what a plugin is and may say.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Its id.
    pub id: String,
    /// Its version.
    pub version: String,
    /// The interface that it is built for.
    pub api: String,
    /// The stage whose queue it examines.
    pub stage: String,
    /// What it is called.
    pub title: Text,
    /// Facts of which one must be there, or the plugin is not loaded.
    #[serde(default)]
    pub needs_any: Vec<String>,
    /// The platforms that it is for; empty for all.
    #[serde(default)]
    pub platforms: Vec<String>,
    /// The facts of the seed behind it.
    #[serde(default)]
    pub seed: Vec<String>,
    /// Where it is from.
    #[serde(default)]
    pub sources: Vec<String>,
    /// Facts that it may derive.
    #[serde(default)]
    pub derived: Vec<DerivedMeta>,
    /// Findings that it may report.
    #[serde(default)]
    pub finding: Vec<FindingMeta>,
}

/// A fact that a plugin may derive.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DerivedMeta {
    /// Its name.
    pub name: String,
    /// What it says.
    pub doc: Text,
    /// `number`, `flag` or `text`.
    #[serde(rename = "type")]
    pub ty: String,
}

/// A finding that a plugin may report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FindingMeta {
    /// Its id, unique in the plugin.
    pub id: String,
    /// The causes, as in a rule.
    pub causes: BTreeMap<String, Frequency>,
    /// As in a rule.
    pub seen_without: Frequency,
    /// As in a rule.
    #[serde(default)]
    pub group: Option<String>,
    /// As in a rule.
    #[serde(default)]
    pub symptom: bool,
    /// Facts that must be known to judge it.
    #[serde(default)]
    pub needs: Vec<String>,
    /// The facts of the seed behind it.
    #[serde(default)]
    pub seed: Vec<String>,
    /// Why it matters.
    pub text: Text,
    /// What is said when it is absent: a statement of its own, without placeholders.
    #[serde(default)]
    pub absent: Option<Text>,
    /// Where it is from.
    #[serde(default)]
    pub sources: Vec<String>,
}

impl FindingMeta {
    /// Returns what the finding says about causes.
    pub fn declared(&self) -> Declared {
        Declared {
            causes: self.causes.iter().map(|(cause, word)| (cause.clone(), *word)).collect(),
            seen_without: self.seen_without,
            group: self.group.clone(),
            symptom: self.symptom,
        }
    }
}

/// What `texts.toml` says of a rule.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleText {
    /// Why its finding matters, in English.
    en: String,
    /// The same in Japanese.
    ja: String,
    /// What is said when the finding is absent.
    #[serde(default)]
    absent: Option<Text>,
}

/// `pack.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PackFile {
    /// The pack's id: the first part of the ids of its rules.
    id: String,
    /// Its version.
    version: String,
    /// What it is called.
    title: Text,
}

/// Reads a pack from its files.
///
/// `pack.toml`, `*.rhai`, `texts.toml`, `plugins/<name>/plugin.toml` and `knowledge/…` are taken; tests are left to those who run them.
///
/// # Errors
///
/// Every [`LoadError`] found.
pub fn read(files: &[SourceFile]) -> Result<Pack, Vec<LoadError>> {
    let mut errors = Vec::new();
    let mut pack = Pack::default();
    match files.iter().find(|(name, _)| name == "pack.toml") {
        Some((name, text)) => match toml::from_str::<PackFile>(text) {
            Ok(file) => (pack.id, pack.version, pack.title) = (file.id, file.version, file.title),
            Err(error) => errors.push(LoadError::toml(name, text, &error)),
        },
        None => errors.push(LoadError {
            file: "pack.toml".into(),
            line: 1,
            column: 1,
            what: "is missing; a pack needs id, version and title there".into(),
        }),
    }
    let mut texts: BTreeMap<String, Spanned<RuleText>> = BTreeMap::new();
    if let Some((name, text)) = files.iter().find(|(name, _)| name == "texts.toml") {
        match toml::from_str(text) {
            Ok(read) => texts = read,
            Err(error) => errors.push(LoadError::toml(name, text, &error)),
        }
    }
    for (name, text) in files {
        if let Some(stem) = name.strip_suffix(".rhai") {
            match front_matter(name, text) {
                Ok(meta) => {
                    let (said, absent) = match texts.remove(stem).map(Spanned::into_inner) {
                        Some(RuleText { en, ja, absent }) => (Some(Text::new(en, ja)), absent),
                        None => (None, None),
                    };
                    let (id, file, script) = (format!("{}/{stem}", pack.id), name.clone(), without_head(text));
                    pack.rules.push(RuleSource { id, file, meta, text: said, absent, script });
                }
                Err(error) => errors.push(error),
            }
        } else if name.starts_with("plugins/") && name.ends_with("/plugin.toml") {
            match toml::from_str::<Manifest>(text) {
                Ok(manifest) => pack.plugins.push(manifest),
                Err(error) => errors.push(LoadError::toml(name, text, &error)),
            }
        }
    }
    if let Some((_, text)) = files.iter().find(|(name, _)| name == "texts.toml") {
        errors.extend(
            texts.iter().map(|(stem, spanned)| {
                LoadError::at("texts.toml", text, spanned.span().start, format!("`{stem}` is no rule of this pack"))
            }),
        );
    }
    pack.rules.sort_by(|left, right| left.id.cmp(&right.id));
    let knowledge: Vec<SourceFile> = files
        .iter()
        .filter_map(|(name, text)| Some((name.strip_prefix("knowledge/")?.to_owned(), text.clone())))
        .filter(|(name, _)| name.ends_with(".toml"))
        .collect();
    match load(&knowledge) {
        Ok(knowledge) => pack.knowledge = knowledge,
        Err(found) => errors.extend(found.into_iter().map(|error| LoadError { file: format!("knowledge/{}", error.file), ..error })),
    }
    if errors.is_empty() { Ok(pack) } else { Err(errors) }
}

/// Empties the comments at the top of a script: they are nearly half of it, and each run would read them again.
fn without_head(script: &str) -> String {
    let is_head = |line: &&str| line.trim_start().starts_with("//") || line.trim().is_empty();
    let lines = script.lines().take_while(is_head).count();
    let code = script.split_inclusive('\n').skip(lines);
    std::iter::repeat_n("\n", lines).chain(code).collect()
}

/// Reads the front matter of a rule: the `//!` lines at its top, as TOML whose lines are the lines of the file.
fn front_matter(file: &str, script: &str) -> Result<RuleMeta, LoadError> {
    let text: String = script
        .lines()
        .take_while(|line| line.starts_with("//!"))
        .map(|line| format!("{}\n", line.strip_prefix("//!").unwrap_or_default()))
        .collect();
    if text.is_empty() {
        return Err(LoadError {
            file: file.to_owned(),
            line: 1,
            column: 1,
            what: "a rule begins with its front matter in `//!` lines".into(),
        });
    }
    // The comment sign is three characters that the TOML does not have.
    toml::from_str(&text).map_err(|error| {
        let mut error = LoadError::toml(file, &text, &error);
        error.column += 3;
        error
    })
}
