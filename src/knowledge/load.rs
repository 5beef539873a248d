//! From TOML to knowledge, strict: an unknown key, a missing text or a word that does not exist is an error with its place.

use super::{
    Action, Category, Cause, Condition, Declared, Ending, Entry, Folder, Frequency, Knowledge, Numbers, Origin, Pattern, Place,
    Precondition, Prior, Question, QueueKind, Remedy, Requirement, Risk, SettingType, StageEntry, Step, Str, Text, Words, forbidden,
};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use toml::Spanned;

/// What is wrong with a file of knowledge, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}:{column}: {what}")]
pub struct LoadError {
    /// The file.
    pub file: String,
    /// The line, counted from 1.
    pub line: u32,
    /// The column in characters, counted from 1.
    pub column: u32,
    /// What is wrong and what to do.
    pub what: String,
}

impl LoadError {
    /// Builds an error about a byte of a text.
    pub fn at(file: &str, text: &str, byte: usize, what: impl Into<String>) -> LoadError {
        let (line, column) = place(text, byte);
        LoadError { file: file.to_owned(), line, column, what: what.into() }
    }

    /// Builds an error from one of the TOML parser.
    pub fn toml(file: &str, text: &str, error: &toml::de::Error) -> LoadError {
        LoadError::at(file, text, error.span().map_or(0, |span| span.start), error.message().trim())
    }
}

/// Returns the line and column, both counted from 1, of a byte of a text.
pub fn place(text: &str, byte: usize) -> (u32, u32) {
    let before = text.get(..byte.min(text.len())).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    (u32::try_from(line).unwrap_or(u32::MAX), u32::try_from(column).unwrap_or(u32::MAX))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    cause: Vec<Spanned<RawCause>>,
    #[serde(default)]
    remedy: Vec<Spanned<RawRemedy>>,
    #[serde(default)]
    entry: Vec<Spanned<RawEntry>>,
    #[serde(default)]
    queue: Vec<Spanned<QueueKind>>,
    #[serde(default)]
    stage: Vec<StageEntry>,
    #[serde(default)]
    category: Vec<Category>,
    #[serde(default)]
    question: Vec<Question>,
    #[serde(default)]
    step: Vec<Step>,
    #[serde(default)]
    requirement: Vec<Requirement>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum RawPrior {
    One(String),
    Each(BTreeMap<String, String>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCause {
    id: String,
    prior: RawPrior,
    #[serde(default)]
    platforms: Vec<String>,
    #[serde(default)]
    seed: Vec<String>,
    #[serde(default)]
    leads_to: BTreeMap<String, Frequency>,
    #[serde(default)]
    benign: bool,
    #[serde(default)]
    remedies: Vec<String>,
    title: Text,
    what: Text,
    why: Text,
    recognise: Text,
    sources: Vec<Str>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawAction {
    #[serde(default)]
    platforms: Vec<String>,
    #[serde(default)]
    run: Vec<String>,
    text: Text,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRemedy {
    id: String,
    title: Text,
    risk: Risk,
    minutes: f64,
    #[serde(default)]
    wait_minutes: f64,
    #[serde(default)]
    seed: Vec<String>,
    sources: Vec<Str>,
    #[serde(default)]
    precondition: Vec<Precondition>,
    step: Vec<RawAction>,
    check: Vec<RawAction>,
    undo: Vec<RawAction>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany<T> {
    One(T),
    Many(Vec<T>),
}

impl<T> OneOrMany<T> {
    fn many(self) -> Vec<T> {
        match self {
            OneOrMany::One(one) => vec![one],
            OneOrMany::Many(many) => many,
        }
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum RawWhen {
    States(Vec<String>),
    Condition(BTreeMap<String, toml::Value>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawEnding {
    source: Option<OneOrMany<String>>,
    number: OneOrMany<u32>,
    #[serde(default)]
    any: Vec<Str>,
    #[serde(default)]
    all: Vec<Str>,
    #[serde(default)]
    none: Vec<Str>,
    regex: Option<String>,
    #[serde(default)]
    same: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawEntry {
    id: String,
    #[serde(default)]
    platforms: Vec<String>,
    #[serde(default, rename = "in")]
    places: Vec<Place>,
    #[serde(default)]
    side: Vec<String>,
    #[serde(default)]
    stages: Vec<String>,
    #[serde(default)]
    any: Vec<Str>,
    #[serde(default)]
    all: Vec<Str>,
    #[serde(default)]
    none: Vec<Str>,
    regex: Option<String>,
    min_share: Option<f64>,
    #[serde(default)]
    about_one: bool,
    source: Option<OneOrMany<String>>,
    number: Option<OneOrMany<u32>>,
    over_with: Option<RawEnding>,
    key: Option<String>,
    #[serde(default)]
    aliases: Vec<String>,
    #[serde(rename = "type")]
    ty: Option<SettingType>,
    default: Option<String>,
    when: Option<RawWhen>,
    of: Option<String>,
    more_than: Option<f64>,
    less_than: Option<f64>,
    #[serde(default)]
    names: Vec<String>,
    role: Option<Text>,
    stage: Option<String>,
    #[serde(default)]
    causes: BTreeMap<String, Frequency>,
    seen_without: Option<Frequency>,
    group: Option<String>,
    #[serde(default)]
    symptom: bool,
    #[serde(default)]
    seed: Vec<String>,
    title: Option<Text>,
    what: Option<Text>,
    text: Option<Text>,
    sources: Vec<Str>,
    example: Option<toml::Value>,
    near_miss: Option<toml::Value>,
}

/// Loads knowledge from files: pairs of a name relative to the knowledge folder (`causes/dns.toml`) and content, in any order.
///
/// # Errors
///
/// Every [`LoadError`] found; nothing is loaded then.
pub fn load(files: &[(String, String)]) -> Result<Knowledge, Vec<LoadError>> {
    let mut sorted: Vec<_> = files.iter().collect();
    sorted.sort();
    let mut knowledge = Knowledge::default();
    let mut errors = Vec::new();
    for (name, text) in sorted {
        if name == "words.toml" {
            match toml::from_str::<Numbers>(text) {
                Ok(numbers) => knowledge.numbers = numbers,
                Err(error) => errors.push(LoadError::toml(name, text, &error)),
            }
            continue;
        }
        match toml::from_str::<File>(text) {
            Ok(file) => Loader { name, text, knowledge: &mut knowledge, errors: &mut errors }.take(file),
            Err(error) => errors.push(LoadError::toml(name, text, &error)),
        }
    }
    knowledge.stages.sort_by_key(|stage| stage.order);
    knowledge.steps.sort_by_key(|step| step.order);
    if errors.is_empty() { Ok(knowledge) } else { Err(errors) }
}

struct Loader<'a> {
    name: &'a str,
    text: &'a str,
    knowledge: &'a mut Knowledge,
    errors: &'a mut Vec<LoadError>,
}

impl Loader<'_> {
    fn take(&mut self, file: File) {
        for raw in file.cause {
            let (byte, raw) = (raw.span().start, raw.into_inner());
            let id = raw.id.clone();
            let cause = self.cause(raw, byte);
            if self.knowledge.causes.insert(id.clone(), cause).is_some() {
                self.error(byte, format!("the cause `{id}` is defined twice; give one of them another id"));
            }
        }
        for raw in file.remedy {
            let (byte, raw) = (raw.span().start, raw.into_inner());
            let id = raw.id.clone();
            let remedy = self.remedy(raw, byte);
            for what in forbidden::objections(&remedy) {
                self.error(byte, what);
            }
            if self.knowledge.remedies.insert(id.clone(), remedy).is_some() {
                self.error(byte, format!("the remedy `{id}` is defined twice; give one of them another id"));
            }
        }
        for raw in file.queue {
            let origin = self.origin(raw.span().start);
            let mut queue = raw.into_inner();
            queue.origin = origin;
            self.knowledge.queues.push(queue);
        }
        self.knowledge.stages.extend(file.stage);
        self.knowledge.categories.extend(file.category);
        self.knowledge.questions.extend(file.question);
        self.knowledge.steps.extend(file.step);
        self.knowledge.requirements.extend(file.requirement);
        let folder = self.name.split('/').next().and_then(|name| Folder::ALL.into_iter().find(|folder| folder.id() == name));
        let mut ids: BTreeSet<String> =
            self.knowledge.entries.iter().filter(|entry| Some(entry.folder) == folder).map(|entry| entry.id.clone()).collect();
        for raw in file.entry {
            let (byte, raw) = (raw.span().start, raw.into_inner());
            let Some(folder) = folder else {
                self.error(
                    byte,
                    "entries stand in replies/, last_errors/, logs/, events/, codes/, settings/, thresholds/, services/ or phrases/",
                );
                continue;
            };
            if !ids.insert(raw.id.clone()) {
                self.error(byte, format!("the entry `{}` is defined twice in {}/; give one of them another id", raw.id, folder.id()));
            }
            match self.entry(folder, raw, byte) {
                Ok(entry) => self.knowledge.entries.push(entry),
                Err(what) => self.error(byte, what),
            }
        }
    }

    fn error(&mut self, byte: usize, what: impl Into<String>) {
        self.errors.push(LoadError::at(self.name, self.text, byte, what));
    }

    fn origin(&self, byte: usize) -> Origin {
        Origin { file: self.name.into(), line: place(self.text, byte).0 }
    }

    fn cause(&self, raw: RawCause, byte: usize) -> Cause {
        let words = match raw.prior {
            RawPrior::One(word) => BTreeMap::from([("default".to_owned(), word)]),
            RawPrior::Each(words) => words,
        };
        Cause {
            id: raw.id,
            origin: self.origin(byte),
            prior: Prior { words },
            platforms: raw.platforms,
            seed: raw.seed,
            leads_to: raw.leads_to,
            benign: raw.benign,
            remedies: raw.remedies,
            title: raw.title,
            what: raw.what,
            why: raw.why,
            recognise: raw.recognise,
            sources: raw.sources,
        }
    }

    fn remedy(&self, raw: RawRemedy, byte: usize) -> Remedy {
        let actions =
            |raw: Vec<RawAction>| raw.into_iter().map(|raw| Action { platforms: raw.platforms, run: raw.run, text: raw.text }).collect();
        Remedy {
            id: raw.id,
            origin: self.origin(byte),
            title: raw.title,
            risk: raw.risk,
            minutes: raw.minutes,
            wait_minutes: raw.wait_minutes,
            seed: raw.seed,
            sources: raw.sources,
            preconditions: raw.precondition,
            steps: actions(raw.step),
            checks: actions(raw.check),
            undo: actions(raw.undo),
        }
    }

    fn entry(&self, folder: Folder, raw: RawEntry, byte: usize) -> Result<Entry, String> {
        let declared = match (raw.causes.is_empty(), raw.seen_without) {
            (false, Some(seen_without)) => Some(Declared {
                causes: raw.causes.clone().into_iter().collect(),
                seen_without,
                group: raw.group.clone(),
                symptom: raw.symptom,
            }),
            (false, None) => {
                return Err(format!("`{}` names causes and must say with `seen_without` how often it is seen without them", raw.id));
            }
            (true, _) => None,
        };
        if declared.is_some() && raw.text.is_none() && folder != Folder::Codes {
            return Err(format!("`{}` names causes and must say with `text`, in English and Japanese, why it matters", raw.id));
        }
        let (example, near_miss) = (raw.example.as_ref().map(written), raw.near_miss.as_ref().map(written));
        let (id, origin) = (raw.id.clone(), self.origin(byte));
        let (platforms, seed, sources) = (raw.platforms.clone(), raw.seed.clone(), raw.sources.clone());
        let (title, what, text) = (raw.title.clone().or(raw.role.clone()), raw.what.clone(), raw.text.clone());
        let pattern = pattern(folder, raw)?;
        Ok(Entry { folder, id, origin, platforms, pattern, declared, seed, title, what, text, sources, example, near_miss })
    }
}

fn pattern(folder: Folder, raw: RawEntry) -> Result<Pattern, String> {
    let id = &raw.id;
    let missing = |key: &str| format!("`{id}` lacks `{key}`");
    let words = Words { any: lower(raw.any), all: lower(raw.all), none: lower(raw.none), regex: raw.regex };
    Ok(match folder {
        Folder::Replies | Folder::LastErrors | Folder::Logs | Folder::Phrases => {
            if words.any.is_empty() && words.all.is_empty() {
                return Err(missing("any"));
            }
            if raw.places.is_empty() {
                return Err(missing("in"));
            }
            Pattern::Text {
                places: raw.places,
                sides: raw.side,
                stages: raw.stages,
                words,
                min_share: raw.min_share,
                about_one: raw.about_one,
            }
        }
        Folder::Events => {
            let sources = raw.source.ok_or_else(|| missing("source"))?.many();
            let over_with = raw.over_with.map(|ending| Ending {
                sources: ending.source.map_or_else(|| sources.clone(), OneOrMany::many),
                numbers: ending.number.many(),
                words: Words { any: lower(ending.any), all: lower(ending.all), none: lower(ending.none), regex: ending.regex },
                same: ending.same,
            });
            if over_with.as_ref().is_some_and(|ending| ending.same) && words.any.is_empty() {
                return Err(format!("`over_with` of `{id}` asks for the `same` words, and the entry has no `any`"));
            }
            Pattern::Event { sources, numbers: raw.number.ok_or_else(|| missing("number"))?.many(), words, over_with }
        }
        Folder::Codes => Pattern::Code,
        Folder::Settings => {
            let mut keys = vec![raw.key.ok_or_else(|| missing("key"))?];
            keys.extend(raw.aliases);
            let when = match raw.when {
                Some(RawWhen::Condition(conditions)) => {
                    conditions.iter().map(|(name, value)| condition(name, value)).collect::<Result<Vec<_>, _>>()?
                }
                Some(RawWhen::States(_)) => return Err("`when` of a setting is a table such as { equals = \"0\" }".into()),
                None => Vec::new(),
            };
            Pattern::Setting { keys, ty: raw.ty.unwrap_or(SettingType::Text), default: raw.default, when }
        }
        Folder::Thresholds => {
            let of = raw.of.ok_or_else(|| missing("of"))?;
            let (kind, name) = of.split_once(' ').ok_or_else(|| format!("`of` of `{id}` is `counter NAME` or `resource NAME`"))?;
            Pattern::Threshold { kind: kind.to_owned(), name: name.to_owned(), more_than: raw.more_than, less_than: raw.less_than }
        }
        Folder::Services => {
            let when = match raw.when {
                Some(RawWhen::States(states)) => states,
                Some(RawWhen::Condition(_)) => return Err("`when` of a service is a list of states".into()),
                None => Vec::new(),
            };
            let mut names = raw.names;
            names.push(id.clone());
            Pattern::Service { names: lower(names), stage: raw.stage, when }
        }
    })
}

fn lower<T: AsRef<str>, L: From<String>>(words: Vec<T>) -> Vec<L> {
    words.into_iter().map(|word| word.as_ref().to_lowercase().into()).collect()
}

fn written(example: &toml::Value) -> Str {
    example.to_string().into()
}

fn condition(name: &str, value: &toml::Value) -> Result<Condition, String> {
    let text = match value {
        toml::Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let number = || text.parse::<f64>().map_err(|_| format!("`{name}` takes a number, not `{text}`"));
    Ok(match name {
        "equals" => Condition::Equals(text),
        "not_equals" => Condition::NotEquals(text),
        "less_than" => Condition::LessThan(number()?),
        "more_than" => Condition::MoreThan(number()?),
        "contains" => Condition::Contains(text),
        "empty" => Condition::Empty(text == "true"),
        _ => return Err(format!("`{name}` is no condition; there are equals, not_equals, less_than, more_than, contains, empty")),
    })
}
