//! Steps of an investigation, requirements of mail flow, and the signs that decide both.

use super::{Action, Text};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Whether a sign is to be there, not there, or not known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Presence {
    /// It is there.
    #[default]
    Present,
    /// It is known not to be there.
    Absent,
    /// It is not known.
    Unknown,
}

/// What a field of a fact has to be; several tests must all hold.
///
/// `{stage}` stands for the stage that is looked at, `{domain}` for any of the organisation's own domains.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FieldTest {
    /// It is one of these, whatever the case of its letters.
    pub is: Vec<String>,
    /// It is none of these.
    pub is_not: Vec<String>,
    /// It holds one of these, whatever the case of its letters.
    pub has: Vec<String>,
    /// One of its words (divided by blanks, commas, semicolons or brackets) is one of these.
    pub word: Vec<String>,
    /// It is a number of at least this.
    pub least: Option<f64>,
    /// Whether it is empty.
    pub empty: Option<bool>,
    /// Whether it is known.
    pub known: Option<bool>,
    /// Whether it is a name outside the organisation's own domains.
    pub outside: Option<bool>,
    /// Whether it holds an address that is reachable from the internet.
    pub public: Option<bool>,
}

/// A statement about the case that decides a step or a requirement: about one finding, one cause, or facts.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Sign {
    /// The id of a finding.
    pub finding: Option<String>,
    /// The id of a cause, which counts from a probability of 0.8.
    pub cause: Option<String>,
    /// The name of a fact, as rules write it in `needs`.
    pub fact: Option<String>,
    /// What it has to be.
    pub be: Presence,
    /// Tests of the fact's fields.
    #[serde(rename = "where")]
    pub fields: BTreeMap<String, FieldTest>,
}

/// A step of an investigation: where it makes sense, what to do, and the way back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Its id; `diagnostic-level:CATEGORY` where it raises a level.
    pub id: String,
    /// `look` or `raise-level`.
    pub kind: String,
    /// Its place in the order of an investigation; a lower one is always offered first.
    pub order: u32,
    /// The stages that it is for.
    pub stages: Vec<String>,
    /// The platforms that it is for; empty for all.
    #[serde(default)]
    pub platforms: Vec<String>,
    /// Signs of which one must hold: the stage is in trouble.
    pub at: Vec<Sign>,
    /// Signs of which one must hold as well; none for a step that needs no more.
    #[serde(default)]
    pub when: Vec<Sign>,
    /// Signs of which one says that the level is raised already: then it is to be read and put back.
    #[serde(default)]
    pub raised: Vec<Sign>,
    /// How often it shows what is wrong where the evidence so far does not.
    pub shows: super::Frequency,
    /// What to do, in one line.
    pub text: Text,
    /// What to do when the level is raised already.
    #[serde(default)]
    pub restore: Option<Text>,
    /// A remedy whose steps and undo are taken.
    #[serde(default)]
    pub remedy: Option<String>,
    /// What to do, step by step, where there is no remedy.
    #[serde(default, rename = "do")]
    pub actions: Vec<Action>,
    /// The way back.
    #[serde(default)]
    pub undo: Vec<Action>,
    /// The facts of the seed behind it.
    #[serde(default)]
    pub seed: Vec<String>,
    /// Where it is from.
    pub sources: Vec<String>,
}

/// What mail flow needs.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Requirement {
    /// Its id: that of the seed's fact.
    pub id: String,
    /// The platforms that it is for; empty for all.
    #[serde(default)]
    pub platforms: Vec<String>,
    /// What must be so, in one line.
    pub title: Text,
    /// Requirements of which one suffices for this one.
    #[serde(default)]
    pub any_of: Vec<String>,
    /// Groups of signs: it is not met where all signs of a group hold.
    #[serde(default)]
    pub broken: Vec<Vec<Sign>>,
    /// Groups of signs: it is met where all signs of a group hold, and it is not known to be broken.
    #[serde(default)]
    pub met: Vec<Vec<Sign>>,
    /// How to learn whether it is met.
    pub learn: Vec<Action>,
    /// Where it is from.
    pub sources: Vec<String>,
}
