//! Texts for people, and where an entry stands in its file.

use super::Str;
use serde::{Deserialize, Serialize};

/// A language of texts for people.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lang {
    /// English.
    #[default]
    En,
    /// Japanese.
    Ja,
}

/// A text in every language that the project speaks.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Text {
    /// English.
    pub en: Str,
    /// Japanese.
    pub ja: Str,
}

impl Text {
    /// Returns the text with both its languages.
    pub fn new(en: impl Into<Str>, ja: impl Into<Str>) -> Text {
        Text { en: en.into(), ja: ja.into() }
    }

    /// Returns the text in a language.
    pub fn get(&self, lang: Lang) -> &str {
        match lang {
            Lang::En => &self.en,
            Lang::Ja => &self.ja,
        }
    }
}

/// Where an entry stands.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// The file, as its pack names it.
    pub file: Str,
    /// The line, counted from 1.
    pub line: u32,
}
