//! Reading of values that may be absent, unknown or not applicable.

use crate::{KnownNumber, KnownText, Queue};

impl KnownNumber {
    /// Returns the number when it is known.
    pub fn get(&self) -> Option<f64> {
        match self {
            KnownNumber::Value(number) => Some(*number),
            _ => None,
        }
    }
}

impl KnownText {
    /// Returns the text when it is known.
    pub fn get(&self) -> Option<&str> {
        match self {
            KnownText::Value(text) => Some(text),
            _ => None,
        }
    }

    /// Says whether a text is known, for [`Facts::listed`](crate::Facts::listed): whether everything of a kind was listed.
    pub fn is_known(&self) -> bool {
        matches!(self, KnownText::Value(_))
    }
}

impl Queue {
    /// Returns the number of messages; `None` when nobody counted.
    pub fn length(&self) -> Option<f64> {
        self.messages.get()
    }

    /// Says whether the queue waits for its next try after one that failed.
    pub fn retries(&self) -> bool {
        self.state.get() == Some("retry")
    }

    /// Returns the last error, when there is one.
    pub fn error(&self) -> Option<&str> {
        self.last_error.get().filter(|text| !text.trim().is_empty())
    }
}

/// Says whether `text` contains one of the literals, without regard to the case of ASCII letters.
///
/// The literals are to be given in lower case.
pub fn contains_any(text: &str, literals: &[&str]) -> bool {
    let text = text.to_ascii_lowercase();
    literals.iter().any(|literal| text.contains(literal))
}

/// Splits a text at any of the separators and returns the parts that are not empty.
///
/// One function for all: each further kind of separator in a plugin adds half a kilobyte to it.
#[inline(never)]
pub fn parts<'a>(text: &'a str, separators: &str) -> Vec<&'a str> {
    let mut parts = Vec::new();
    for part in text.split(|c| separators.contains(c)) {
        if !part.is_empty() {
            parts.push(part);
        }
    }
    parts
}

/// Takes characters off both ends of a text, and white space.
#[inline(never)]
pub fn trimmed<'a>(text: &'a str, ends: &str) -> &'a str {
    text.trim_matches(|c: char| c.is_whitespace() || ends.contains(c))
}
