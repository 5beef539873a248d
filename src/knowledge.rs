//! What the project knows: causes, remedies, queues, and the entries that are findings; words and their numbers.
//!
//! It is TOML under `knowledge/`, checked when the program is built by the same loader that packs use, and embedded as one blob.
//! This module is used by the build script too: it reads no file and sees nothing of the case.

mod cause;
mod embedded;
mod entry;
mod forbidden;
mod investigation;
mod load;
mod merge;
mod text;
mod vocabulary;
mod word;

pub use cause::{Action, Cause, Precondition, Prior, Remedy, Risk};
pub use embedded::Str;
pub use entry::{Condition, Declared, Ending, Entry, Folder, Pattern, Place, SettingType, Words};
pub use investigation::{FieldTest, Presence, Requirement, Sign, Step};
pub use load::{LoadError, load, place};
pub use text::{Lang, Origin, Text};
pub use vocabulary::{Category, Costs, Numbers, Question, QueueKind, StageEntry};
pub use word::Frequency;

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// All knowledge, of one pack or of several packs merged.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Knowledge {
    /// The numbers of the words.
    pub numbers: Numbers,
    /// Causes by id.
    pub causes: BTreeMap<String, Cause>,
    /// Remedies by id.
    pub remedies: BTreeMap<String, Remedy>,
    /// Entries, in the order of files and lines.
    pub entries: Vec<Entry>,
    /// Kinds of queues.
    pub queues: Vec<QueueKind>,
    /// Stages in order.
    pub stages: Vec<StageEntry>,
    /// Diagnostic categories.
    pub categories: Vec<Category>,
    /// Questions for a person.
    pub questions: Vec<Question>,
    /// Steps of an investigation, in their order.
    pub steps: Vec<Step>,
    /// What mail flow needs.
    pub requirements: Vec<Requirement>,
}

impl Knowledge {
    /// Returns the cause with this id; for a finer id that is not there, the nearest coarser one.
    pub fn cause(&self, id: &str) -> Option<&Cause> {
        let mut id = id;
        loop {
            if let Some(cause) = self.causes.get(id) {
                return Some(cause);
            }
            id = id.rsplit_once('.')?.0;
        }
    }

    /// Returns the entries of a folder.
    pub fn folder(&self, folder: Folder) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(move |entry| entry.folder == folder)
    }

    /// Returns the kind of queue that a display name fits most closely, on any platform and in any language.
    pub fn queue_kind(&self, name: &str) -> Option<&QueueKind> {
        let fitting = self.queues.iter().filter_map(|kind| Some((kind.named(name)?, kind)));
        fitting.max_by(|(left, one), (right, other)| left.cmp(right).then_with(|| other.id.cmp(&one.id))).map(|(_, kind)| kind)
    }

    /// Returns the kind of queue with this id.
    pub fn queue_kind_by_id(&self, id: &str) -> Option<&QueueKind> {
        self.queues.iter().find(|kind| kind.id == id)
    }

    /// Returns the entry of a service that has this among its names, whatever the case of its letters.
    pub fn service(&self, name: &str) -> Option<&Entry> {
        let name = name.trim_end_matches(".service");
        self.folder(Folder::Services).find(|entry| {
            entry.id.eq_ignore_ascii_case(name)
                || matches!(&entry.pattern, Pattern::Service { names, .. } if names.iter().any(|own| own.eq_ignore_ascii_case(name)))
        })
    }

    /// Returns the type of a setting and the key that it is known by; `None` for an unknown key.
    pub fn setting(&self, key: &str) -> Option<(&Entry, SettingType)> {
        self.folder(Folder::Settings).find_map(|entry| match &entry.pattern {
            Pattern::Setting { keys, ty, .. } if keys.iter().any(|known| glob(known, key)) => Some((entry, *ty)),
            _ => None,
        })
    }
}

/// Returns whether a key pattern (`*` is one part between slashes or dots) matches a key, whatever the case of its letters.
pub fn glob(pattern: &str, key: &str) -> bool {
    if pattern.eq_ignore_ascii_case(key) {
        return true;
    }
    if !pattern.contains('*') {
        return false;
    }
    let split = |text: &str| text.split(['/', '.']).map(str::to_ascii_lowercase).collect::<Vec<_>>();
    let (pattern, key) = (split(pattern), split(key));
    pattern.len() == key.len() && pattern.iter().zip(&key).all(|(part, other)| part == "*" || part == other)
}
