//! Raw evidence: which files there are, and what is wrong with those that cannot be read.

pub mod archive;
pub mod bundle;
mod gather;
mod order;
pub mod redaction;
mod walk;

pub use gather::{gather, gather_live};
pub use walk::{Item, walk};

use crate::knowledge::Text;
use std::io;

/// What is wrong with one piece of the evidence; the rest is diagnosed all the same.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name}: {}", .what.en)]
pub struct Problem {
    /// The file or folder as given.
    pub name: String,
    /// What is wrong, and what to do.
    pub what: Text,
    /// Whether it failed to be read though it could hold something that matters.
    pub failed: bool,
}

impl Problem {
    /// A file that could not be read.
    pub fn unreadable(item: &Item, error: &io::Error) -> Problem {
        Problem { name: item.name.clone(), what: Problem::not_read(error), failed: true }
    }

    /// A file that holds no text.
    pub fn no_text(item: &Item, what: crate::parse::Reason) -> Problem {
        let text = Text::new(
            format!("is no text that mailmedic reads; it seems to be {}", what.en),
            format!("mailmedic が読めるテキストではありません。{}と思われます", what.ja),
        );
        Problem { name: item.name.clone(), what: text, failed: false }
    }

    /// Says that reading failed, and how.
    pub fn not_read(error: &io::Error) -> Text {
        Text::new(format!("cannot be read: {error}"), format!("読み取れません: {error}"))
    }

    /// Returns the problem as a warning says it: the name, and what is wrong.
    pub fn text(&self) -> Text {
        Text::new(format!("{}: {}", self.name, self.what.en), format!("{}: {}", self.name, self.what.ja))
    }
}
