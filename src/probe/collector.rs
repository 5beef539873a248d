//! What a probe captures with: commands, files and answers become files of the bundle and entries of its manifest.

use super::{Machine, Places};
use crate::evidence::bundle::{Entry, Missing, Range, STDERR};
use crate::fact::Timestamp;
use crate::system::{self, Ran};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::time::Instant;

/// How much of what a command complains about is kept, in bytes.
const SAYS: u64 = 2048;
/// A file of the machine that is larger than this is not copied.
const MOST_FILE: u64 = 16 << 20;

/// Captures evidence for one probe.
pub struct Collector<'a> {
    /// The machine.
    pub machine: &'a Machine,
    probe: &'static str,
    until: Instant,
    sink: &'a mut dyn FnMut(Entry),
}

impl<'a> Collector<'a> {
    /// Returns a collector for a probe that has time until `until`; entries go to `sink`.
    pub fn new(machine: &'a Machine, probe: &'static str, until: Instant, sink: &'a mut dyn FnMut(Entry)) -> Collector<'a> {
        Collector { machine, probe, until, sink }
    }

    /// Returns until when this probe may run.
    pub fn until(&self) -> Instant {
        self.until
    }

    /// Returns whether the run is to end now.
    pub fn is_over(&self) -> bool {
        Instant::now() >= self.until || self.machine.stop.load(Ordering::Relaxed)
    }

    /// Runs a command and keeps what it prints as `<probe>/<name>`, what it complains about beside it.
    ///
    /// Returns where its output is, when it ended by itself.
    pub fn command(&mut self, name: &str, words: &[&str]) -> Option<PathBuf> {
        let [program, arguments @ ..] = words else { return None };
        let begun = Instant::now();
        let command = words.iter().map(|word| (*word).to_owned()).collect();
        let mut entry = Entry { command, ..self.entry() };
        let Some(found) = system::find_program(program, self.machine.programs.as_deref()) else {
            self.missing(entry, Missing::NoProgram, None);
            return None;
        };
        if self.is_over() {
            self.missing(entry, Missing::Ended, None);
            return None;
        }
        let file = format!("{}/{name}", self.probe);
        let complaints = format!("{file}.stderr");
        let arguments: Vec<String> = arguments.iter().map(|word| (*word).to_owned()).collect();
        let draft = &self.machine.draft;
        let ran = draft
            .create(&file)
            .and_then(|out| Ok((out, draft.create(&complaints)?)))
            .and_then(|(out, err)| system::run(&found, &arguments, out, err, self.until));
        entry.millis = system::millis(begun.elapsed());
        entry.says = draft.path(&complaints).ok().and_then(|path| complaint(&path));
        match ran {
            Ok(Ran::Ended(status)) => {
                entry.status = status;
                let says = entry.says.as_deref();
                entry.missing = if status == Some(0) { withheld(says) } else { refusal(says) };
            }
            Ok(Ran::TimedOut) => entry.missing = Some(Missing::TimedOut),
            Ok(Ran::TooLarge) => entry.missing = Some(Missing::TooLarge),
            Err(error) => {
                self.missing(entry, reason(&error), Some(&error));
                return None;
            }
        }
        let done = entry.missing.is_none();
        entry.bytes = self.size(&file);
        entry.file = Some(file.clone());
        let words = entry.command.clone();
        let complained = entry.says.is_some();
        (self.sink)(entry);
        if complained {
            // Warnings of a program are evidence too; they stand in a file of their own, because the two would be torn into each other.
            let beside = Entry { file: Some(complaints), command: words, target: Some(STDERR.to_owned()), ..self.entry() };
            (self.sink)(beside);
        }
        done.then(|| self.machine.draft.path(&file).ok()).flatten()
    }

    /// Runs a command whose answer only says where to look, and returns what it printed; nothing is kept.
    pub fn ask(&self, words: &[&str]) -> Option<String> {
        let [program, arguments @ ..] = words else { return None };
        let found = system::find_program(program, self.machine.programs.as_deref())?;
        let arguments: Vec<String> = arguments.iter().map(|word| (*word).to_owned()).collect();
        system::run_small(&found, &arguments, self.until).ok()?
    }

    /// Returns whether a program is installed.
    pub fn has_program(&self, program: &str) -> bool {
        system::find_program(program, self.machine.programs.as_deref()).is_some()
    }

    /// Returns where the mail system keeps things; the first probe that wants to know asks it.
    pub fn places(&self) -> &'a Places {
        self.machine.places.get_or_init(|| Places::ask(self))
    }

    /// Keeps a copy of a file of the machine.
    pub fn file(&mut self, path: &str) {
        let entry = Entry { path: Some(path.to_owned()), ..self.entry() };
        let begun = Instant::now();
        let copied = system::read_bytes(&self.machine.path(path), MOST_FILE);
        let entry = Entry { millis: system::millis(begun.elapsed()), ..entry };
        match copied {
            Ok(bytes) => {
                let name = path.trim_start_matches('/').replace('/', "_");
                self.keep(&name, entry, &bytes);
            }
            Err(error) => self.missing(entry, reason(&error), Some(&error)),
        }
    }

    /// Keeps a part of a file of the machine as `<probe>/<name>`.
    pub fn copy(&mut self, name: &str, path: &str, bytes: &[u8]) {
        let entry = Entry { path: Some(path.to_owned()), ..self.entry() };
        self.keep(name, entry, bytes);
    }

    /// Keeps what was learnt about `target` as `<probe>/<name>`.
    pub fn text(&mut self, name: &str, target: &str, bytes: &[u8]) {
        let entry = Entry { target: Some(target.to_owned()), ..self.entry() };
        self.keep(name, entry, bytes);
    }

    /// Keeps what was learnt about `target` as `<probe>/<name>`; `lacks` says why it is not all, where it is not.
    pub fn part(&mut self, target: &str, name: &str, bytes: &[u8], lacks: Option<(Missing, Option<String>)>) {
        let (missing, says) = lacks.map_or((None, None), |(why, says)| (Some(why), says));
        let entry = Entry { target: Some(target.to_owned()), missing, says, ..self.entry() };
        self.keep(name, entry, bytes);
    }

    /// Hands in a part of a file that is read where it is; by its `inode` it is found again when it was rotated meanwhile.
    pub fn range(&mut self, path: &str, from: u64, to: u64, inode: u64) {
        let range = Range { path: self.machine.path(path), from, to, inode: Some(inode) };
        let bytes = Some(to.saturating_sub(from));
        let entry = Entry { path: Some(path.to_owned()), range: Some(range), bytes, ..self.entry() };
        (self.sink)(entry);
    }

    /// Hands in that a file of the machine could not be read.
    pub fn refused(&mut self, path: &str, error: &io::Error) {
        let entry = Entry { path: Some(path.to_owned()), ..self.entry() };
        self.missing(entry, reason(error), Some(error));
    }

    /// Hands in that something is missing, and why.
    pub fn lacks(&mut self, target: &str, why: Missing, says: Option<String>) {
        let entry = Entry { target: Some(target.to_owned()), says, missing: Some(why), ..self.entry() };
        (self.sink)(entry);
    }

    fn keep(&mut self, name: &str, mut entry: Entry, bytes: &[u8]) {
        let file = format!("{}/{name}", self.probe);
        match self.machine.draft.create(&file).and_then(|mut out| out.write_all(bytes)) {
            Ok(()) => {
                entry.bytes = Some(bytes.len() as u64);
                entry.file = Some(file);
                (self.sink)(entry);
            }
            Err(error) => self.missing(entry, Missing::Failed, Some(&error)),
        }
    }

    fn size(&self, file: &str) -> Option<u64> {
        match system::look(&self.machine.draft.path(file).ok()?, false) {
            Ok(system::Entry::File { size }) => Some(size),
            _ => None,
        }
    }

    fn missing(&mut self, entry: Entry, why: Missing, error: Option<&io::Error>) {
        let says = entry.says.clone().or_else(|| error.map(ToString::to_string));
        (self.sink)(Entry { missing: Some(why), says, ..entry });
    }

    fn entry(&self) -> Entry {
        Entry { probe: self.probe.to_owned(), taken_at: Timestamp(system::now()).to_string(), ..Entry::default() }
    }
}

/// Returns what an error of the operating system comes to.
pub fn reason(error: &io::Error) -> Missing {
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Missing::NotThere,
        io::ErrorKind::PermissionDenied => Missing::Denied,
        io::ErrorKind::TimedOut => Missing::TimedOut,
        _ => Missing::Failed,
    }
}

/// Returns whether a command that ended well says that it left out what this user may not see.
///
/// # Source
///
/// The hint that journalctl(1) prints.
fn withheld(says: Option<&str>) -> Option<Missing> {
    says?.contains("not seeing messages from other users").then_some(Missing::Denied)
}

/// Returns why a command that ended with an error status gave less than it could, as far as its words tell; a status alone says nothing:
/// `postfix status` ends with 1 when Postfix does not run.
fn refusal(says: Option<&str>) -> Option<Missing> {
    let says = says?.to_ascii_lowercase();
    let denied = [
        "permission denied",
        "not permitted",
        "not authorized",
        "not allowed",
        "must be root",
        "must be run as root",
        "access denied",
        "insufficient permissions",
        "reserved for the superuser",
        "superuser",
    ];
    if denied.iter().any(|word| says.contains(word)) {
        return Some(Missing::Denied);
    }
    says.contains("fatal").then_some(Missing::Failed)
}

/// Returns the beginning of what a command complained about, `None` when it did not.
fn complaint(path: &Path) -> Option<String> {
    let mut bytes = Vec::new();
    system::open(path).ok()?.take(SAYS).read_to_end(&mut bytes).ok()?;
    let text = String::from_utf8_lossy(&bytes).trim().to_owned();
    (!text.is_empty()).then_some(text)
}
