//! The scenario format: one TOML file that describes one situation.
//!
//! Strict: an unknown key, section or value is an error with its line and column, and the nearest known word.

mod facts;
mod sections;

pub use sections::{Document, Expect, Head};

use super::{Format, Harvest, Line, Look, Reader, Reason, Sure, Took};
use crate::fact::{FileId, Place, Source};
use crate::knowledge::LoadError;

/// The largest scenario, in bytes.
const LARGEST: usize = 16 << 20;

/// The scenario format.
pub struct Scenario;

impl Format for Scenario {
    fn id(&self) -> &'static str {
        "scenario"
    }

    fn begins(&self, look: &Look<'_>) -> Option<Sure> {
        if !look.at_start {
            return None;
        }
        let mut lines = look.lines.iter().map(|line| line.trim()).filter(|line| !line.is_empty() && !line.starts_with('#'));
        let first = lines.next()?;
        if first.split('#').next().is_some_and(|line| line.trim() == "[scenario]") {
            return Some(Sure::Certain);
        }
        let name = first.strip_prefix('[')?.trim_start_matches('[').split(']').next()?;
        let section = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
        let assigns = lines.next().is_some_and(|line| {
            line.split_once('=').is_some_and(|(key, _)| key.trim().bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'))
        });
        (section && assigns && look.file_name.ends_with(".toml")).then_some(Sure::Likely)
    }

    fn reader(&self) -> Box<dyn Reader> {
        Box::new(Whole { text: String::new(), file: None, too_large: false })
    }
}

struct Whole {
    text: String,
    file: Option<FileId>,
    too_large: bool,
}

impl Reader for Whole {
    fn line(&mut self, line: Line<'_>, _into: &mut Harvest) -> Took {
        self.file = Some(line.file);
        if self.text.len() + line.text.len() > LARGEST || line.cut {
            self.too_large = true;
        } else {
            // A scenario that begins behind comments was offered from its first line that holds anything: keep the line numbers.
            if self.text.is_empty() {
                let before = usize::try_from(line.number).unwrap_or(LARGEST).saturating_sub(1).min(LARGEST);
                self.text.push_str(&"\n".repeat(before));
            }
            self.text.push_str(line.text);
            self.text.push('\n');
        }
        Took::Part
    }

    fn end(self: Box<Self>, into: &mut Harvest) {
        let Some(file) = self.file else { return };
        let name = into.facts.file(file).to_owned();
        let whole = Source { file, place: Place::Whole };
        if self.too_large {
            into.errors.push(LoadError {
                file: name,
                line: 1,
                column: 1,
                what: format!("a scenario of more than {LARGEST} bytes; split it"),
            });
            into.unread(Reason::new("scenario that is too large", "大きすぎるシナリオ"), Place::Whole);
            return;
        }
        match parse(&name, &self.text) {
            Ok(document) => {
                if let Err(error) = facts::take(&document, &self.text, whole, into) {
                    into.unread(Reason::new("scenario with an error", "誤りのあるシナリオ"), Place::Line(u64::from(error.line)));
                    into.errors.push(error);
                }
            }
            Err(error) => {
                into.unread(Reason::new("scenario with an error", "誤りのあるシナリオ"), Place::Line(u64::from(error.line)));
                into.errors.push(error);
            }
        }
    }
}

/// Parses a scenario or a rule's tests.
///
/// # Errors
///
/// [`LoadError`] with the place, and the nearest known word where a word is not known.
pub fn parse(file: &str, text: &str) -> Result<Document, LoadError> {
    toml::from_str(text).map_err(|error| {
        let mut error = LoadError::toml(file, text, &error);
        if let Some(nearest) = nearest(&error.what) {
            error.what = format!("{}; did you mean `{nearest}`?", error.what.split(", expected").next().unwrap_or_default());
        }
        error
    })
}

/// Takes the facts of a parsed scenario, or of one test of a rule, into a harvest.
///
/// # Errors
///
/// [`LoadError`] for a value that names nothing, such as an unknown kind of fact in `complete`.
pub fn take(document: &Document, text: &str, source: Source, into: &mut Harvest) -> Result<(), LoadError> {
    facts::take(document, text, source, into)
}

/// From "unknown field `mesages`, expected one of `name`, `messages`" to `messages`.
fn nearest(message: &str) -> Option<String> {
    if !message.starts_with("unknown") {
        return None;
    }
    let mut quoted = message.split('`').skip(1).step_by(2);
    let word = quoted.next()?;
    let known: Vec<&str> = quoted.collect();
    crate::words::nearest(word, known).map(str::to_owned)
}
