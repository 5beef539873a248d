//! Where a fact comes from: a file of the evidence, and the place in it.

use std::fmt;

/// A file of the evidence, by its number in [`super::Facts::files`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub u32);

/// A place in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// The file as a whole.
    Whole,
    /// One line, counted from 1.
    Line(u64),
    /// Lines from the first to the last, both counted.
    Lines(u64, u64),
    /// One record, counted from 1.
    Record(u64),
}

/// Where one fact was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Source {
    /// The file.
    pub file: FileId,
    /// The place in it.
    pub place: Place,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Whole => Ok(()),
            Place::Line(line) => write!(f, ":{line}"),
            Place::Lines(first, last) => write!(f, ":{first}-{last}"),
            Place::Record(record) => write!(f, " record {record}"),
        }
    }
}
