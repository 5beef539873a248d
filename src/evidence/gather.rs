//! All files of the command line into one harvest.

use super::bundle::{self, Opened};
use super::{Item, Problem, walk};
use crate::knowledge::{Knowledge, Text};
use crate::parse::{Harvest, Warning, read};
use crate::{parse, system};
use std::io::Read;
use std::path::PathBuf;

/// Reads all evidence, in the order of the arguments and of the names in folders, and settles it.
///
/// What cannot be read becomes a warning; the rest is read all the same. Files without a byte are named in one warning together.
pub fn gather(arguments: &[PathBuf], knowledge: &Knowledge) -> Harvest {
    let (mut items, mut problems) = (Vec::new(), Vec::new());
    let mut harvest = Harvest::default();
    for argument in arguments {
        match bundle::open(argument) {
            Some(opened) => read_bundle(&opened, &mut harvest, &mut problems),
            None => walk(argument, &mut items, &mut problems),
        }
    }
    let (empty, items): (Vec<Item>, Vec<Item>) = items.into_iter().partition(|item| item.size == 0);
    for item in &items {
        let file = harvest.add_file(&item.name);
        problems.extend(
            system::open(&item.path)
                .map_or_else(|error| Some(Problem::unreadable(item, &error)), |content| read(item, file, content, &mut harvest).err()),
        );
    }
    finish(&mut harvest, problems, &empty, knowledge);
    harvest
}

/// Puts into words what could not be read, and settles the rest.
fn finish(harvest: &mut Harvest, problems: Vec<Problem>, empty: &[Item], knowledge: &Knowledge) {
    warn_of_unread(harvest);
    for problem in problems {
        harvest.warnings.push(Warning { text: problem.text(), sources: Vec::new(), incomplete: problem.failed });
    }
    for error in harvest.errors.clone() {
        let text = Text::new(error.to_string(), format!("シナリオの誤り: {error}"));
        harvest.warnings.push(Warning { text, sources: Vec::new(), incomplete: true });
    }
    if !empty.is_empty() {
        let names: Vec<&str> = empty.iter().map(|item| item.name.as_str()).collect();
        harvest.warnings.push(Warning {
            text: Text::new(
                format!("without a byte, so they say nothing: {}", names.join(", ")),
                format!("空のファイルです: {}", names.join(", ")),
            ),
            sources: Vec::new(),
            incomplete: false,
        });
    }
    parse::settle(harvest, knowledge);
}

/// Reads what a live run captured, and settles it; as it would be read from the bundle if it were saved.
pub fn gather_live(opened: &Opened, knowledge: &Knowledge) -> Harvest {
    let (mut harvest, mut problems) = (Harvest::default(), Vec::new());
    read_bundle(opened, &mut harvest, &mut problems);
    finish(&mut harvest, problems, &[], knowledge);
    harvest
}

/// Reads a bundle: what its manifest says, then its files in the order in which they were captured.
fn read_bundle(opened: &Opened, harvest: &mut Harvest, problems: &mut Vec<Problem>) {
    for text in &opened.warnings {
        harvest.warnings.push(Warning { text: text.clone(), sources: Vec::new(), incomplete: false });
    }
    let manifest = harvest.add_file(bundle::MANIFEST);
    parse::take_manifest(&opened.manifest, manifest, harvest);
    for piece in opened.pieces() {
        let item = &piece.item;
        let file = harvest.add_file(&item.name);
        let done = system::open_again(&item.path, piece.inode, piece.from)
            .map_err(|error| Problem::unreadable(item, &error))
            .and_then(|content| read(item, file, content.take(item.size), harvest));
        problems.extend(done.err());
    }
}

/// Names what no parser took, by file and reason.
fn warn_of_unread(harvest: &mut Harvest) {
    let mut warnings = Vec::new();
    for report in &harvest.reports {
        for unread in report.unread.iter().filter(|unread| !unread.reason.en.starts_with("scenario")) {
            let lines = if unread.count == 1 { "1 line".to_owned() } else { format!("{} lines", unread.count) };
            let text = Text::new(
                format!("{lines} not understood: {}", unread.reason.en),
                format!("理解できない行が {} 行あります: {}", unread.count, unread.reason.ja),
            );
            let sources = unread.places.iter().map(|place| crate::fact::Source { file: report.file, place: *place }).collect();
            warnings.push(Warning { text, sources, incomplete: false });
        }
    }
    harvest.warnings.extend(warnings);
}
