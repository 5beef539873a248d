//! Errors of the command line: what, where, why, what to do, and the exit status.

use super::Shared;
use super::session::Session;
use crate::evidence::bundle::SaveError;
use crate::pack::FolderError;
use crate::parse::Harvest;
use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, NamedSource, SourceCode};
use std::io;
use std::process::ExitCode;

/// An error that ends a command.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// The command line asks for what cannot be done; the text says what.
    #[error("{what}")]
    Usage {
        /// What is wrong.
        what: String,
        /// What to do.
        help: String,
    },
    /// Nothing of the evidence could be understood.
    #[error("nothing could be diagnosed: {what}")]
    Input {
        /// What is wrong, file by file.
        what: String,
        /// What to do.
        help: String,
        /// The scenario with the first error, and the byte at which it stands.
        place: Option<Box<(NamedSource<String>, usize)>>,
    },
    /// A pack that cannot be used.
    #[error("the pack cannot be used: {0}")]
    Pack(#[from] FolderError),
    /// A bundle could not be saved.
    #[error(transparent)]
    Save(#[from] SaveError),
    /// The result could not be written.
    #[error("the result cannot be written: {0}")]
    Output(#[from] io::Error),
}

impl Diagnostic for CliError {
    fn help<'a>(&'a self) -> Option<Box<dyn std::fmt::Display + 'a>> {
        match self {
            CliError::Usage { help, .. } | CliError::Input { help, .. } => Some(Box::new(help)),
            CliError::Pack(_) => Some(Box::new("correct the places above, or leave --pack out")),
            CliError::Save(error) => Some(Box::new(error.help())),
            CliError::Output(_) => None,
        }
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        match self {
            CliError::Input { place: Some(place), .. } => Some(&place.0),
            _ => None,
        }
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        match self {
            CliError::Input { place: Some(place), .. } => {
                Some(Box::new(std::iter::once(LabeledSpan::new(Some("here".into()), place.1, 1))))
            }
            _ => None,
        }
    }
}

impl CliError {
    /// Builds the error for evidence of which nothing was understood.
    pub fn nothing_understood(harvest: &Harvest) -> CliError {
        let mut what: Vec<String> = harvest
            .warnings
            .iter()
            .map(|warning| {
                let places: Vec<String> = warning.sources.iter().map(|source| harvest.facts.place(*source)).collect();
                if places.is_empty() { warning.text.en.to_string() } else { format!("{} ({})", warning.text.en, places.join(", ")) }
            })
            .collect();
        what.dedup();
        if what.is_empty() {
            what.push("no file holds anything that mailmedic reads".to_owned());
        }
        let place = harvest.errors.first().and_then(|error| {
            let text = crate::system::read_text(std::path::Path::new(&error.file), 16 << 20).ok()?;
            let line: usize = text.split_inclusive('\n').take(error.line as usize - 1).map(str::len).sum();
            let column = text.get(line..)?.chars().take(error.column as usize - 1).map(char::len_utf8).sum::<usize>();
            // The text keeps its length, so that the place stays right.
            let harmless =
                |c: char| if crate::report::screen::is_harmful(c) && c != '\n' { "?".repeat(c.len_utf8()) } else { c.to_string() };
            let shown: String = text.chars().map(harmless).collect();
            Some(Box::new((NamedSource::new(crate::report::clean(&error.file), shown), line + column)))
        });
        CliError::Input {
            what: what.into_iter().map(|line| crate::report::clean(&line)).collect::<Vec<_>>().join("\n"),
            help: "`mailmedic diagnose --help` names what can be handed in; `mailmedic facts FILE` shows what a file was taken for"
                .to_owned(),
            place,
        }
    }

    /// Prints the error and returns its exit status.
    pub fn exit(&self, shared: &Shared) -> ExitCode {
        if let CliError::Output(error) = self
            && error.kind() == io::ErrorKind::BrokenPipe
        {
            // The reader has seen enough, as in `mailmedic facts … | head`.
            return ExitCode::SUCCESS;
        }
        let theme = if Session::colours_on_stderr(shared) { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
        let mut text = String::new();
        if GraphicalReportHandler::new_themed(theme).with_width(100).render_report(&mut text, self).is_err() {
            text = format!("{self}\n");
        }
        Session::complain(&text);
        ExitCode::from(2)
    }
}
