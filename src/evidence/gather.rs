//! All files of the command line into one harvest.

use super::{Item, Problem, walk};
use crate::knowledge::{Knowledge, Text};
use crate::parse::{Harvest, Warning, read};
use crate::{parse, system};
use std::path::PathBuf;

/// Reads all evidence, in the order of the arguments and of the names in folders, and settles it.
///
/// What cannot be read becomes a warning; the rest is read all the same. Files without a byte are named in one warning together.
pub fn gather(arguments: &[PathBuf], knowledge: &Knowledge) -> Harvest {
    let (mut items, mut problems) = (Vec::new(), Vec::new());
    for argument in arguments {
        walk(argument, &mut items, &mut problems);
    }
    let mut harvest = Harvest::default();
    let (empty, items): (Vec<Item>, Vec<Item>) = items.into_iter().partition(|item| item.size == 0);
    for item in &items {
        let file = harvest.add_file(&item.name);
        let done = system::open(&item.path)
            .map_err(|error| Problem::unreadable(item, &error))
            .and_then(|content| read(item, file, content, &mut harvest));
        problems.extend(done.err());
    }
    warn_of_unread(&mut harvest);
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
    parse::settle(&mut harvest, knowledge);
    harvest
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
