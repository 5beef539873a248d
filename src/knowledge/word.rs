//! Words for how often something is seen.

use serde::{Deserialize, Serialize};

/// How often something is seen; `knowledge/words.toml` gives the numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Frequency {
    /// Practically never.
    Never,
    /// Rarely.
    Rarely,
    /// Sometimes.
    Sometimes,
    /// Often.
    Often,
    /// Usually.
    Usually,
    /// Practically always.
    Always,
}

impl Frequency {
    /// All words, the rarest first.
    pub const ALL: [Frequency; 6] =
        [Frequency::Never, Frequency::Rarely, Frequency::Sometimes, Frequency::Often, Frequency::Usually, Frequency::Always];

    /// Returns the word.
    pub fn id(self) -> &'static str {
        match self {
            Frequency::Never => "never",
            Frequency::Rarely => "rarely",
            Frequency::Sometimes => "sometimes",
            Frequency::Often => "often",
            Frequency::Usually => "usually",
            Frequency::Always => "always",
        }
    }
}
