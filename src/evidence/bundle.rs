//! A bundle: a folder of evidence with a manifest that says what was captured, how, and what could not be.
//!
//! A live run writes one (into a temporary folder) and is diagnosed from it, so that a saved bundle gives the same diagnosis.

mod form;
mod names;
mod open;
mod pack;
mod save;

pub use form::{Form, Target};
pub use open::{Found, Opened, Piece, open, open_files};
pub use save::{Draft, SaveError, Saved, digest};

use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// The name of the manifest in a bundle.
pub const MANIFEST: &str = "manifest.json";
/// The word that every manifest's format begins with; the version of the format follows.
pub const FORMAT: &str = "mailmedic.bundle/";
/// The version of the format that this program writes, and the newest that it knows.
pub const VERSION: u32 = 1;

/// What a bundle holds.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// The format and its version, `mailmedic.bundle/1`.
    pub format: String,
    /// The version of mailmedic that wrote it.
    pub mailmedic: String,
    /// The machine.
    pub host: String,
    /// The mail system that runs there, where one does; a platform's id.
    pub platform: Option<String>,
    /// When the capture began, RFC 3339.
    pub taken_at: String,
    /// By how much the clock of the machine is ahead of the true time, in seconds, where something told.
    pub clock_offset_seconds: Option<f64>,
    /// By how many seconds the clock on the wall of the machine is ahead of UTC: logs without a zone are written by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub utc_offset_seconds: Option<i64>,
    /// When the machine was started, RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub booted_at: Option<String>,
    /// Whether the capture ran as root.
    pub privileged: bool,
    /// Whether names and addresses were replaced.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub redacted: bool,
    /// What each probe did, in the order in which they are read.
    pub probes: Vec<ProbeRun>,
    /// What was captured or could not be, in the order in which it is read.
    pub entries: Vec<Entry>,
}

/// What one probe did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProbeRun {
    /// Its name, `queue`.
    pub name: String,
    /// How it went.
    pub status: ProbeStatus,
    /// How long it took, in milliseconds.
    pub millis: u64,
    /// The ids of the seed that ask for it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub seed: Vec<String>,
}

/// How a probe went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProbeStatus {
    /// It captured all that it looks for.
    Ok,
    /// It captured a part; the entries say what is missing and why.
    Partial,
    /// It captured nothing.
    Failed,
    /// It did not end in time and was left behind.
    TimedOut,
    /// There was nothing for it to do.
    NotApplicable,
    /// The run was ended before it was its turn.
    NotRun,
}

impl ProbeStatus {
    /// Returns the word of the report.
    pub fn id(self) -> &'static str {
        match self {
            ProbeStatus::Ok => "ok",
            ProbeStatus::Partial => "partial",
            ProbeStatus::Failed => "failed",
            ProbeStatus::TimedOut => "timed-out",
            ProbeStatus::NotApplicable => "not-applicable",
            ProbeStatus::NotRun => "not-run",
        }
    }
}

/// One piece of evidence: where it is, how it was captured, or why it is missing.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// The probe that captured it.
    pub probe: String,
    /// The file in the bundle; `None` when there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// A part of a file of the machine that is read in place; a saved bundle has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub range: Option<Range>,
    /// The command whose output it is, word by word.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub command: Vec<String>,
    /// The file of the machine that it is a copy of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// What was asked over the network: `example.net MX`, `mx1.example.net:25`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// When it was captured, RFC 3339.
    pub taken_at: String,
    /// How long that took, in milliseconds.
    pub millis: u64,
    /// The exit status of the command, `None` for what is none and for one that a signal ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<i32>,
    /// Why it is missing, or where a file stands beside it, why only a part of it is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<Missing>,
    /// What the command or the operating system said about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub says: Option<String>,
    /// The number of bytes of the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// The SHA-256 of the file, in hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
}

/// A part of a file of this machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Range {
    /// The file.
    pub path: PathBuf,
    /// The first byte.
    pub from: u64,
    /// The byte behind the last one.
    pub to: u64,
    /// The number of the file, by which it is found again when it was renamed meanwhile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inode: Option<u64>,
}

/// Why a piece of evidence is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Missing {
    /// The program is not installed.
    NoProgram,
    /// The file or folder is not there.
    NotThere,
    /// Access was denied.
    Denied,
    /// It did not end in time.
    TimedOut,
    /// It is larger than what is read.
    TooLarge,
    /// The run was ended before.
    Ended,
    /// It failed; `says` tells how.
    Failed,
    /// There was nothing to look at, for the reason that `says` gives: no port 25 of a host without an address.
    NotApplicable,
}

/// The target of an entry that holds what a command wrote to standard error.
pub const STDERR: &str = "stderr";

impl Entry {
    /// Returns whether it holds what a command complained about.
    pub fn is_complaint(&self) -> bool {
        !self.command.is_empty() && self.target.as_deref() == Some(STDERR)
    }

    /// Returns the name under which people know it: the file of the machine, the command, or what was asked.
    pub fn name(&self) -> String {
        if let Some(path) = &self.path {
            return path.clone();
        }
        if !self.command.is_empty() {
            let complaints = if self.is_complaint() { " (stderr)" } else { "" };
            return format!("{}{complaints}", self.command.join(" "));
        }
        self.target.clone().or_else(|| self.file.clone()).unwrap_or_else(|| self.probe.clone())
    }
}
