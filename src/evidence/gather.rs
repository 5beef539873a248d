//! All files of the command line into one harvest.

use super::archive::{self, Budget, Content};
use super::bundle::{self, Found, MANIFEST, Opened};
use super::{Item, Problem, walk};
use crate::knowledge::{Knowledge, Text};
use crate::parse::{Harvest, Warning, read};
use crate::{parse, system};
use std::io::Read;
use std::path::{Path, PathBuf};

/// How deep archives may stand in each other: one in another.
const DEEPEST: usize = 2;

/// What is being read.
#[derive(Default)]
struct Reading {
    harvest: Harvest,
    problems: Vec<Problem>,
    empty: Vec<String>,
    budget: Budget,
}

/// Reads all evidence, in the order of the arguments and of the names in folders and archives, and settles it.
///
/// What cannot be read becomes a warning; the rest is read all the same. Files without a byte are named in one warning together.
pub fn gather(arguments: &[PathBuf], knowledge: &Knowledge) -> Harvest {
    let mut reading = Reading::default();
    for argument in arguments {
        reading.argument(argument);
    }
    reading.finish(knowledge)
}

/// Reads what a live run captured, and settles it; as it would be read from the bundle if it were saved.
pub fn gather_live(opened: &Opened, knowledge: &Knowledge) -> Harvest {
    let mut reading = Reading::default();
    reading.bundle(opened, 0);
    reading.finish(knowledge)
}

impl Reading {
    fn argument(&mut self, path: &Path) {
        let manifest = match bundle::open(path) {
            Found::Bundle(opened) => return self.bundle(&opened, 0),
            Found::Torn(problem) => {
                self.problems.push(problem);
                Some(path.join(MANIFEST))
            }
            Found::Other => None,
        };
        let mut items = Vec::new();
        walk(path, &mut items, &mut self.problems);
        for item in items.iter().filter(|item| Some(&item.path) != manifest.as_ref()) {
            self.item(item, 0);
        }
    }

    /// Reads one file, which stands in `depth` archives.
    fn item(&mut self, item: &Item, depth: usize) {
        if item.size == 0 {
            self.empty.push(item.name.clone());
            return;
        }
        let content = match system::open_at(&item.path, 0).and_then(Content::of) {
            Ok(content) => content,
            Err(error) => return self.problems.push(Problem::unreadable(item, &error)),
        };
        match content {
            Content::Zip | Content::Tar(..) => self.archive(item, content, depth),
            plain => self.content(item, plain),
        }
    }

    fn archive(&mut self, item: &Item, content: Content, depth: usize) {
        if depth >= DEEPEST {
            return self.problems.push(Problem { name: item.name.clone(), what: archive::too_deep(), failed: true });
        }
        let mut unpacked = match archive::unpack(item, content, &mut self.budget, &mut self.problems) {
            Ok(unpacked) => unpacked,
            Err(problem) => return self.problems.push(problem),
        };
        match bundle::open_files(&item.name, unpacked.files.clone()) {
            Found::Bundle(opened) => return self.bundle(&opened, depth + 1),
            Found::Torn(problem) => {
                unpacked.files.retain(|_, item| item.name != problem.name);
                self.problems.push(problem);
            }
            Found::Other => {}
        }
        for member in unpacked.in_order() {
            self.item(&member, depth + 1);
        }
    }

    /// Reads what is no archive.
    fn content(&mut self, item: &Item, content: Content) {
        let file = self.harvest.add_file(&item.name);
        let (content, meter) = match content {
            Content::Plain(content) => (content, None),
            Content::Compressed(content, meter) | Content::Tar(content, meter) => (content, Some(meter)),
            Content::Zip => return self.problems.push(Problem { name: item.name.clone(), what: archive::too_deep(), failed: true }),
        };
        self.problems.extend(read(item, file, content, &mut self.harvest).err());
        let complaint = meter.and_then(|meter| meter.complaint());
        self.problems.extend(complaint.map(|what| Problem { name: item.name.clone(), what, failed: true }));
    }

    /// Reads a bundle: what its manifest says, then its files in the order in which they were captured.
    fn bundle(&mut self, opened: &Opened, depth: usize) {
        self.problems.extend(opened.problems.iter().cloned());
        let manifest = self.harvest.add_file(MANIFEST);
        self.harvest.begin_file(manifest);
        self.harvest.begin_piece("bundle");
        parse::take_manifest(&opened.manifest, manifest, &mut self.harvest);
        self.harvest.end_file();
        for piece in opened.pieces() {
            let item = &piece.item;
            match system::open_again(&item.path, piece.inode, piece.from).and_then(|content| Content::of(content.take(item.size))) {
                Ok(content) => self.content(item, content),
                Err(error) => self.problems.push(Problem::unreadable(item, &error)),
            }
        }
        for item in &opened.others {
            self.item(item, depth);
        }
    }

    /// Puts into words what could not be read, and settles the rest.
    fn finish(self, knowledge: &Knowledge) -> Harvest {
        let Reading { mut harvest, problems, empty, .. } = self;
        warn_of_unread(&mut harvest);
        for problem in problems {
            harvest.warnings.push(Warning { text: problem.text(), sources: Vec::new(), incomplete: problem.failed });
        }
        for error in harvest.errors.clone() {
            let text = Text::new(error.to_string(), format!("シナリオの誤り: {error}"));
            harvest.warnings.push(Warning { text, sources: Vec::new(), incomplete: true });
        }
        if !empty.is_empty() {
            harvest.warnings.push(Warning {
                text: Text::new(
                    format!("without a byte, so they say nothing: {}", empty.join(", ")),
                    format!("空のファイルです: {}", empty.join(", ")),
                ),
                sources: Vec::new(),
                incomplete: false,
            });
        }
        parse::settle(&mut harvest, knowledge);
        harvest
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
