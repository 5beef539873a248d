//! Causes and remedies.

use super::{Frequency, Origin, Str, Text};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How common a cause is: one word, or one for each platform.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Prior {
    /// Words by platform or group of platforms; `default` for all others.
    pub words: BTreeMap<String, String>,
}

/// The thing to be fixed.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Cause {
    /// Its id, a published contract.
    pub id: String,
    /// Where it is defined.
    pub origin: Origin,
    /// How common it is.
    pub prior: Prior,
    /// The platforms on which it can exist; empty for all.
    pub platforms: Vec<String>,
    /// The facts of the seed that it makes reachable.
    pub seed: Vec<String>,
    /// The causes that it leads to, and how often.
    pub leads_to: BTreeMap<String, Frequency>,
    /// Whether it explains what is seen, and nothing is wrong.
    pub benign: bool,
    /// Remedies, the best first.
    pub remedies: Vec<String>,
    /// The fault in one line.
    pub title: Text,
    /// What it is.
    pub what: Text,
    /// Why it happens.
    pub why: Text,
    /// How it is recognised.
    pub recognise: Text,
    /// Where this is from.
    pub sources: Vec<Str>,
}

/// How much a remedy can disturb.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Risk {
    /// It changes nothing that mail depends on.
    Safe,
    /// It changes something; a mistake hurts.
    Caution,
    /// It interrupts mail flow.
    Disruptive,
}

impl Risk {
    /// Returns the word.
    pub fn id(self) -> &'static str {
        match self {
            Risk::Safe => "safe",
            Risk::Caution => "caution",
            Risk::Disruptive => "disruptive",
        }
    }
}

/// One step, check or undo of a remedy.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Action {
    /// The platforms that it is for; empty for all.
    #[serde(default)]
    pub platforms: Vec<String>,
    /// The command as an argument vector; empty for what a person does.
    #[serde(default)]
    pub run: Vec<String>,
    /// What it does or shows.
    pub text: Text,
}

/// What must be known before a remedy is tried.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Precondition {
    /// The platforms that it is for; empty for all.
    #[serde(default)]
    pub platforms: Vec<String>,
    /// Names of the facts that show whether it holds, as rules write them: `service smtpsvc`.
    pub facts: Vec<String>,
    /// What must hold.
    pub text: Text,
}

/// Steps that fix something or examine it further.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Remedy {
    /// Its id.
    pub id: String,
    /// Where it is defined.
    pub origin: Origin,
    /// What to do, in one line.
    pub title: Text,
    /// How much it can disturb.
    pub risk: Risk,
    /// Work time in minutes.
    pub minutes: f64,
    /// Minutes until a check can show something.
    pub wait_minutes: f64,
    /// The facts of the seed behind it.
    pub seed: Vec<String>,
    /// Where it is from.
    pub sources: Vec<Str>,
    /// What must be known before it is tried.
    pub preconditions: Vec<Precondition>,
    /// The steps in order.
    pub steps: Vec<Action>,
    /// What shows that it worked.
    pub checks: Vec<Action>,
    /// How to take it back.
    pub undo: Vec<Action>,
}
