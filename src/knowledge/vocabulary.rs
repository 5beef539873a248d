//! Numbers of the words, kinds of queues, stages, diagnostic categories, questions.

use super::{Frequency, Origin, Str, Text};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The numbers behind the words.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Numbers {
    /// Sensitivity of a finding for a cause, by word.
    #[serde(default)]
    pub sensitivity: BTreeMap<String, f64>,
    /// How often a finding is seen without its causes, by word.
    #[serde(default)]
    pub leak: BTreeMap<String, f64>,
    /// Prior probability of a cause, by word.
    #[serde(default)]
    pub prior: BTreeMap<String, f64>,
    /// Costs of steps.
    #[serde(default)]
    pub cost: Costs,
    /// The cost of giving the case to somebody else.
    #[serde(default)]
    pub escalate: Escalate,
    /// After how many hours an observation counts half, by kind of fact.
    #[serde(default)]
    pub half_life_hours: BTreeMap<String, f64>,
}

/// Minutes that each kind of step costs.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Costs {
    /// A question to the person at the keyboard.
    pub question: f64,
    /// A read-only probe.
    pub probe: f64,
    /// A look at a setting by a person.
    pub look: f64,
    /// Raising a diagnostic level, waiting, and putting it back.
    pub raise_level: f64,
    /// A network trace.
    pub trace: f64,
}

/// What it costs to give up.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Escalate {
    /// Minutes.
    pub minutes: f64,
}

impl Numbers {
    /// Returns how often a finding is seen when only its cause is there, 0 to 1.
    pub fn sensitivity(&self, word: Frequency) -> f64 {
        self.sensitivity.get(word.id()).copied().unwrap_or(0.0)
    }

    /// Returns how often a finding is seen when none of its causes is there, 0 to 1.
    pub fn leak(&self, word: Frequency) -> f64 {
        self.leak.get(word.id()).copied().unwrap_or(1.0)
    }

    /// Returns the prior probability that a word stands for.
    pub fn prior(&self, word: &str) -> f64 {
        self.prior.get(word).copied().unwrap_or(0.0)
    }
}

/// A kind of queue.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QueueKind {
    /// Its id: the `kind` of a scenario's queue.
    pub id: String,
    /// The stage that it belongs to; `transport` where the message's transport decides, `none` where it belongs to none.
    pub stage: String,
    /// The platforms that have it.
    #[serde(default)]
    pub platforms: Vec<String>,
    /// What people call it.
    pub title: Text,
    /// The names that platforms display.
    #[serde(default)]
    pub names: Vec<String>,
    /// Names that hold a variable part, written `*`.
    #[serde(default)]
    pub name_patterns: Vec<String>,
    /// Operations that must not be proposed.
    #[serde(default)]
    pub never: Vec<String>,
    /// What it holds.
    pub holds: Text,
    /// The facts of the seed behind it.
    #[serde(default)]
    pub seed: Vec<String>,
    /// Where this is from.
    #[serde(default)]
    pub sources: Vec<Str>,
    /// Where it stands.
    #[serde(default)]
    pub origin: Origin,
}

impl QueueKind {
    /// Returns how closely a display name fits this kind, `None` where it does not: a name fits closest, then the pattern that says most.
    pub fn named(&self, name: &str) -> Option<usize> {
        let name = name.trim().to_lowercase();
        if self.names.iter().any(|known| known.to_lowercase() == name) {
            return Some(usize::MAX);
        }
        let fitting = self.name_patterns.iter().filter(|pattern| wildcard(&pattern.to_lowercase(), &name));
        fitting.map(|pattern| pattern.len() - pattern.matches('*').count()).max()
    }
}

/// Returns whether a pattern with `*` for any run of characters matches a text.
fn wildcard(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = text.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        match rest.find(part) {
            Some(at) => rest = rest.get(at + part.len()..).unwrap_or_default(),
            None => return false,
        }
    }
    rest.ends_with(last)
}

/// A stage of the mail system, as people see it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StageEntry {
    /// Its id.
    pub id: String,
    /// A short name.
    pub title: Text,
    /// Its place in the way of a message.
    pub order: u32,
    /// The daemons and transports whose deliveries belong to it.
    #[serde(default)]
    pub transports: Vec<String>,
    /// The platforms that have it; empty for all.
    #[serde(default)]
    pub platforms: Vec<String>,
}

/// A diagnostic category of Exchange.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Category {
    /// Its id.
    pub id: String,
    /// The platforms that have it.
    #[serde(default)]
    pub platforms: Vec<String>,
    /// What it is called.
    pub title: Text,
    /// The service that it belongs to.
    #[serde(default)]
    pub service: Option<String>,
    /// The stages whose trouble it shows.
    #[serde(default)]
    pub stages: Vec<String>,
    /// The registry value that holds its level.
    #[serde(default)]
    pub registry: Option<String>,
    /// The facts of the seed behind it.
    #[serde(default)]
    pub seed: Vec<String>,
    /// Where this is from.
    #[serde(default)]
    pub sources: Vec<Str>,
}

/// A question for a person.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// Its id: the `question` of a scenario's answer.
    pub id: String,
    /// The question.
    pub text: Text,
    /// Minutes that an answer costs.
    pub minutes: f64,
    /// The causes that an answer could settle.
    #[serde(default)]
    pub settles: Vec<String>,
    /// The platforms that it is for; empty for all.
    #[serde(default)]
    pub platforms: Vec<String>,
    /// The facts of the seed behind it.
    #[serde(default)]
    pub seed: Vec<String>,
    /// Where this is from.
    #[serde(default)]
    pub sources: Vec<Str>,
}
