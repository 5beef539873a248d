//! The diagnosis: ranked causes with their evidence, the stages, what to find out next. What reports print.
//!
//! Texts stand here in every language; reports choose one.

mod build;
mod investigate;
mod naming;
mod next;
mod repairs;
mod requirements;
mod signs;
mod stages;

pub use build::{Inputs, Options, build};
pub use naming::Names;
pub use requirements::{Checked, Fulfilment};

use crate::evidence::bundle::ProbeRun;
use crate::fact::{Case, Source, Stage, Timestamp};
use crate::knowledge::{Risk, Text};

/// What the diagnosis comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// No cause that is not benign is likely.
    Healthy,
    /// Something is wrong.
    Trouble,
    /// What was not examined could hide trouble.
    Incomplete,
}

impl Verdict {
    /// Returns the word of the contract.
    pub fn id(self) -> &'static str {
        match self {
            Verdict::Healthy => "healthy",
            Verdict::Trouble => "trouble",
            Verdict::Incomplete => "incomplete",
        }
    }
}

/// Since when the trouble is there, what was changed shortly before, and how much of the mail it touches.
#[derive(Debug, Clone, PartialEq)]
pub struct Onset {
    /// The first sign of the first cause.
    pub at: Timestamp,
    /// Whether the evidence goes back no further: then it may have begun before.
    pub at_latest: bool,
    /// When the last sign was seen.
    pub last: Timestamp,
    /// Whether mail went through since, wherever it failed.
    pub healed: bool,
    /// The messages that it touched.
    pub messages: u64,
    /// The share of the mail of the stage that it touches most, 0 to 1.
    pub share: f64,
    /// How many destinations it touches.
    pub destinations: usize,
    /// How many different senders, at least; 0 where it is not known.
    pub senders: u64,
    /// What was changed shortly before, the nearest first.
    pub changes: Vec<Changed>,
    /// How many further packages were changed shortly before.
    pub further: usize,
}

/// Something that was changed shortly before the trouble began.
#[derive(Debug, Clone, PartialEq)]
pub struct Changed {
    /// `package`, `configuration`, `certificate` or `reboot`.
    pub kind: String,
    /// What was changed.
    pub what: String,
    /// How, where it is known.
    pub detail: Option<String>,
    /// When.
    pub at: Timestamp,
    /// Where it stands.
    pub sources: Vec<Source>,
}

/// The diagnosis of one case.
#[derive(Debug, Clone, PartialEq)]
pub struct Diagnosis {
    /// The case.
    pub case: Case,
    /// The reference time.
    pub taken_at: Option<Timestamp>,
    /// What it comes to.
    pub verdict: Verdict,
    /// The probability that at least one cause is there that is not benign, 0 to 1.
    pub trouble_probability: f64,
    /// Causes at or above 0.05, in the order of the contract.
    pub causes: Vec<RankedCause>,
    /// Since when the first cause shows, where that is known.
    pub onset: Option<Onset>,
    /// The stages of the platform, in the order of a message's way.
    pub stages: Vec<StageState>,
    /// What to do or find out next, the best first.
    pub next: Vec<Next>,
    /// The remedies of all causes that are not benign, in the order in which they are worth trying; empty unless [`Options`] ask for them.
    pub repairs: Vec<ProposedRepair>,
    /// What inbound and outbound mail need, and whether it is met.
    pub requirements: Vec<Checked>,
    /// What was tried and could not be learnt.
    pub not_examined: Vec<(String, String)>,
    /// What the probes of a live run did, in the order in which their evidence is read.
    pub probes: Vec<ProbeRun>,
    /// Warnings, in the order in which they came up.
    pub warnings: Vec<Warned>,
    /// Names of the files that sources refer to.
    pub files: Vec<String>,
}

/// A cause in the ranking.
#[derive(Debug, Clone, PartialEq)]
pub struct RankedCause {
    /// Its id.
    pub id: String,
    /// The fault in one line.
    pub title: Text,
    /// What it is.
    pub what: Text,
    /// Why it happens.
    pub why: Text,
    /// The posterior probability, 0 to 1.
    pub probability: f64,
    /// The share of the findings that name it whose facts are known, 0 to 1.
    pub coverage: f64,
    /// The facts of the seed behind it.
    pub seed: Vec<String>,
    /// Causes in the ranking that lead to it.
    pub consequence_of: Vec<String>,
    /// What it is about: queues, destinations, hosts.
    pub subjects: Vec<String>,
    /// What speaks for and against it, the heaviest first.
    pub evidence: Vec<Evidence>,
    /// What to do, the best first.
    pub remedies: Vec<PlannedRemedy>,
}

/// One finding as evidence.
#[derive(Debug, Clone, PartialEq)]
pub struct Evidence {
    /// Whether it speaks for the cause.
    pub supports: bool,
    /// Whether it was seen and only another cause that explains it better turns it against this one: that says nothing against the cause by itself.
    pub explained: bool,
    /// What was seen, with the values of the facts.
    pub text: Text,
    /// The rule, entry or plugin finding.
    pub rule: String,
    /// The change of the cause's log-odds when it and its group are taken away, in nats.
    pub weight: f64,
    /// The facts of the seed behind it.
    pub seed: Vec<String>,
    /// Where the facts stand.
    pub sources: Vec<Source>,
}

/// A remedy in the order in which remedies are worth trying, with what it is for and what it saves.
#[derive(Debug, Clone, PartialEq)]
pub struct ProposedRepair {
    /// What to do.
    pub remedy: PlannedRemedy,
    /// The ids of the causes that it repairs, those of the ranking first that made it stand here.
    pub causes: Vec<String>,
    /// The probability of the most probable of these causes, 0 to 1.
    pub probability: f64,
    /// What it costs to have tried it, in minutes: its work and its wait, and those of the better remedies of the same cause.
    pub minutes: f64,
    /// Minutes of expected repair time that it saves against giving the case to somebody else; 0 when it saves nothing.
    pub saves: f64,
    /// Whether it belongs into a plan: it saves time, or is the best remedy of a likely cause.
    pub worth_trying: bool,
    /// Causes that lead to what it repairs, and are to be repaired first.
    pub after: Vec<String>,
}

/// A remedy for the platform of the case.
#[derive(Debug, Clone, PartialEq)]
pub struct PlannedRemedy {
    /// Its id.
    pub id: String,
    /// What to do, in one line.
    pub title: Text,
    /// How much it can disturb.
    pub risk: Risk,
    /// Work time in minutes.
    pub minutes: f64,
    /// Minutes until a check can show something.
    pub wait_minutes: f64,
    /// What must be known before it is tried.
    pub preconditions: Vec<PlannedPrecondition>,
    /// The steps in order.
    pub steps: Vec<PlannedAction>,
    /// What shows that it worked.
    pub verify: Vec<PlannedAction>,
    /// How to take it back.
    pub undo: Vec<PlannedAction>,
}

/// What must be known before a remedy is tried.
#[derive(Debug, Clone, PartialEq)]
pub struct PlannedPrecondition {
    /// What must hold.
    pub text: Text,
    /// Names of the facts that show it.
    pub facts: Vec<String>,
    /// The same in words.
    pub named: Vec<Text>,
    /// Whether the evidence tells of all these facts, be it that they are there or that they are not.
    pub known: bool,
}

/// One step with the values of the case filled in.
#[derive(Debug, Clone, PartialEq)]
pub struct PlannedAction {
    /// The command as an argument vector; empty for what a person does.
    pub run: Vec<String>,
    /// What it does or shows.
    pub text: Text,
}

/// Whether a stage works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StageStatus {
    /// It works.
    Ok,
    /// It fails.
    Failing,
    /// It cannot be told.
    Unknown,
}

impl StageStatus {
    /// Returns the word of the contract.
    pub fn id(self) -> &'static str {
        match self {
            StageStatus::Ok => "ok",
            StageStatus::Failing => "failing",
            StageStatus::Unknown => "unknown",
        }
    }
}

/// How the deliveries of a stage ended, in messages.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Deliveries {
    /// Delivered.
    pub sent: u64,
    /// Put off.
    pub deferred: u64,
    /// Returned.
    pub bounced: u64,
    /// Refused at the door.
    pub rejected: u64,
}

/// A stage of the mail system.
#[derive(Debug, Clone, PartialEq)]
pub struct StageState {
    /// The stage.
    pub stage: Stage,
    /// Its short name.
    pub title: Text,
    /// Whether it works.
    pub status: StageStatus,
    /// How many queues it has, `None` when unknown.
    pub queues: Option<u64>,
    /// How many messages they hold, `None` when unknown.
    pub messages: Option<u64>,
    /// Age of the oldest message in seconds, `None` when unknown.
    pub oldest_seconds: Option<u64>,
    /// How its deliveries ended, `None` when the evidence does not show deliveries.
    pub deliveries: Option<Deliveries>,
}

/// Something worth doing or finding out.
#[derive(Debug, Clone, PartialEq)]
pub struct Next {
    /// `probe`, `look`, `question`, `raise-level`, `lower-level` or `remedy`.
    pub kind: &'static str,
    /// What it is about.
    pub id: String,
    /// What to do.
    pub text: Text,
    /// Minutes of expected repair time that it saves.
    pub gain: f64,
    /// The facts of the seed behind it.
    pub seed: Vec<String>,
    /// How to do it, where that takes more than the text.
    pub steps: Vec<PlannedAction>,
    /// The way back, where something is changed.
    pub undo: Vec<PlannedAction>,
}

/// A warning.
#[derive(Debug, Clone, PartialEq)]
pub struct Warned {
    /// What.
    pub text: Text,
    /// Where.
    pub sources: Vec<Source>,
}
