//! Raw evidence: which files there are, and what is wrong with those that cannot be read.

mod gather;
mod walk;

pub use gather::gather;
pub use walk::{Item, walk};

use std::io;

/// What is wrong with one piece of the evidence; the rest is diagnosed all the same.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name}: {what}")]
pub struct Problem {
    /// The file or folder as given.
    pub name: String,
    /// What is wrong, and what to do.
    pub what: String,
    /// Whether it failed to be read though it could hold something that matters.
    pub failed: bool,
}

impl Problem {
    /// A file that could not be read.
    pub fn unreadable(item: &Item, error: &io::Error) -> Problem {
        Problem { name: item.name.clone(), what: format!("cannot be read: {error}"), failed: true }
    }

    /// A file that holds no text.
    pub fn no_text(item: &Item, what: &str) -> Problem {
        Problem { name: item.name.clone(), what: format!("is no text that mailmedic reads; it seems to be {what}"), failed: false }
    }
}
