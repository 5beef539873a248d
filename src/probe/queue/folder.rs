//! The files of a queue, one line each, in the form `PATH SIZE bytes YYYY-MM-DD HH:MM`.

use super::Collector;
use crate::evidence::bundle::Missing;
use crate::probe::collector::reason;
use crate::system;
use std::fmt::Write as _;
use std::path::PathBuf;

/// How many files of all folders together are listed.
const MOST: usize = 50_000;
/// How deep folders of a queue stand in each other: Postfix hashes two deep at most, Exim one.
const DEEPEST: usize = 4;
/// How many folders that cannot be seen are named.
const MOST_NAMED: usize = 8;
/// After this many names the time is looked at.
const PACE: usize = 512;

/// A listing that is being made.
#[derive(Debug, Default)]
pub struct Listing {
    text: String,
    files: usize,
    folders: usize,
    seen: usize,
    cut: bool,
    over: bool,
    missing: Vec<(String, Missing, String)>,
}

impl Listing {
    /// Lists a folder of the machine with all below it.
    pub fn folder(&mut self, collector: &Collector<'_>, path: &str) {
        self.below(collector, path, 0);
    }

    fn below(&mut self, collector: &Collector<'_>, path: &str, depth: usize) {
        let real = collector.machine.path(path);
        let mut folders: Vec<String> = Vec::new();
        let listed = system::each_name(&real, |name| {
            self.seen += 1;
            if self.seen.is_multiple_of(PACE) && collector.is_over() {
                self.over = true;
            }
            if self.files >= MOST {
                self.cut = true;
            }
            if self.cut || self.over {
                return false;
            }
            let name = name.to_string_lossy();
            let inner: PathBuf = real.join(&*name);
            match system::status(&inner, false) {
                Ok(status) if status.is_folder() && depth < DEEPEST => folders.push(format!("{path}/{name}")),
                Ok(status) if status.is_file() => {
                    self.files += 1;
                    let time = system::minute(status.modified);
                    // Writing into a string cannot fail.
                    let _ = writeln!(self.text, "{path}/{name} {} bytes {time}", status.size);
                }
                // A message that was delivered meanwhile, or what is no message.
                _ => {}
            }
            true
        });
        match listed {
            Ok(()) => self.folders += 1,
            Err(error) => self.missing.push((path.to_owned(), reason(&error), error.to_string())),
        }
        folders.sort();
        for folder in folders {
            self.below(collector, &folder, depth + 1);
        }
    }

    /// Keeps the listing, and says what is missing from it.
    pub fn keep(self, collector: &mut Collector<'_>, name: &str) {
        if self.folders > 0 {
            let lacks = if self.over {
                Some((Missing::TimedOut, None))
            } else if self.cut {
                Some((Missing::TooLarge, Some(format!("more than {MOST} files; the others were not looked at"))))
            } else {
                None
            };
            collector.part("queue files", name, self.text.as_bytes(), lacks);
        }
        // Folders that are not there hold nothing; the listing that the mail system gives stands beside this one.
        let mut refused: Vec<(Missing, String, Vec<String>)> = Vec::new();
        for (path, why, says) in self.missing {
            match refused.iter_mut().find(|(other, same, _)| *other == why && *same == says) {
                Some((.., paths)) => paths.push(path),
                None => refused.push((why, says, vec![path])),
            }
        }
        for (why, says, paths) in refused {
            let more = if paths.len() > MOST_NAMED { format!(" and {} more", paths.len() - MOST_NAMED) } else { String::new() };
            let named: Vec<String> = paths.into_iter().take(MOST_NAMED).collect();
            collector.lacks(&format!("queue folders {}{more}", named.join(", ")), why, Some(says));
        }
    }
}
