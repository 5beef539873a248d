//! Typed facts: what parsers made of the evidence, each with its source.
//!
//! There is one struct for each kind of fact, one file for each struct. The same definition gives the fields that rules read,
//! the JSON of `mailmedic facts` and its schema.

mod kind;
mod known;
mod name;
mod platform;
mod source;
mod stage;
mod table;
mod time;

mod answer;
mod certificate;
mod change;
mod connector;
mod counter;
mod derived;
mod diagnostic_level;
mod dns;
mod event;
mod listener;
mod log;
mod ndr;
mod outcome;
mod queue;
mod resource;
mod service;
mod session;
mod setting;

pub use answer::Answer;
pub use certificate::Certificate;
pub use change::Change;
pub use connector::Connector;
pub use counter::Counter;
pub use derived::Derived;
pub use diagnostic_level::DiagnosticLevel;
pub use dns::DnsAnswer;
pub use event::Event;
pub use kind::{AnyFact, Fact, FactId, FactKind, FieldDoc, Kind};
pub use known::{Field, Known, Value, Why};
pub use listener::Listener;
pub use log::LogText;
pub use name::{FactName, UnknownKind, path_matches};
pub use ndr::Ndr;
pub use outcome::{Outcome, Side};
pub use platform::Platform;
pub use queue::{Queue, Sample, Series};
pub use resource::Resource;
pub use service::Service;
pub use session::Session;
pub use setting::Setting;
pub use source::{FileId, Place, Source};
pub use stage::Stage;
pub use table::Table;
pub use time::Timestamp;

/// Part of the world that was listed in full, so that what is not in the listing is absent.
#[derive(Debug, Clone, PartialEq)]
pub struct Listed {
    /// What was listed.
    pub what: FactName,
    /// Where the listing stands.
    pub source: Source,
}

/// Something that was tried and could not be learnt.
#[derive(Debug, Clone, PartialEq)]
pub struct NotExamined {
    /// The fact, as its name is written; a probe's name where it is no fact.
    pub what: String,
    /// Why it could not be learnt.
    pub reason: String,
    /// Who says so.
    pub source: Source,
}

/// What is known of the case as a whole.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Case {
    /// The scenario's id.
    pub id: Option<String>,
    /// The scenario's title.
    pub title: Option<String>,
    /// The mail system.
    pub platform: Option<Platform>,
    /// The server under diagnosis.
    pub server: Option<String>,
    /// The organisation's own domains, the first one first.
    pub domains: Vec<String>,
    /// When the evidence was taken.
    pub taken_at: Option<Timestamp>,
    /// Whether the evidence describes one case (a scenario, a bounce, a transcript): then its share is 1, and it does not fade.
    pub described: bool,
}

/// All facts of one case.
#[derive(Debug, Default)]
pub struct Facts {
    /// The case.
    pub case: Case,
    /// Names of the files, as they were given; a [`FileId`] is a place in this list.
    pub files: Vec<String>,
    /// What was listed in full.
    pub listed: Vec<Listed>,
    /// What was tried and could not be learnt.
    pub not_examined: Vec<NotExamined>,
    /// Queues of which no kind is known under their name, or none that the platform has.
    pub strange_queues: Vec<FactId>,
    /// Queues.
    pub queues: Table<Queue>,
    /// How deliveries and sessions ended.
    pub outcomes: Table<Outcome>,
    /// Entries of event logs.
    pub events: Table<Event>,
    /// Configuration values.
    pub settings: Table<Setting>,
    /// Answers of the DNS.
    pub dns: Table<DnsAnswer>,
    /// SMTP sessions.
    pub sessions: Table<Session>,
    /// Services.
    pub services: Table<Service>,
    /// Diagnostic levels.
    pub levels: Table<DiagnosticLevel>,
    /// Connectors.
    pub connectors: Table<Connector>,
    /// Disks, memory, processors.
    pub resources: Table<Resource>,
    /// Performance counters.
    pub counters: Table<Counter>,
    /// Non-delivery reports, one for each recipient.
    pub ndrs: Table<Ndr>,
    /// What people said.
    pub answers: Table<Answer>,
    /// Lines of mail logs that are no delivery: warnings, fatal errors, other programs.
    pub logs: Table<LogText>,
    /// Listening sockets.
    pub listeners: Table<Listener>,
    /// Certificates.
    pub certificates: Table<Certificate>,
    /// What was changed on the machine, and when.
    pub changes: Table<Change>,
    /// What plugins concluded.
    pub derived: Table<Derived>,
}

/// Whether what a rule needs is known.
#[derive(Debug, Clone, PartialEq)]
pub enum Need {
    /// At least one such fact is there.
    Exists,
    /// There is none, and a complete listing says so.
    Absent,
    /// It is not known.
    Unknown(Why),
}

macro_rules! tables {
    ($self:ident, $kind:expr, $table:ident => $body:expr) => {
        match $kind {
            Kind::Queue => {
                let $table = &$self.queues;
                $body
            }
            Kind::Outcome => {
                let $table = &$self.outcomes;
                $body
            }
            Kind::Event => {
                let $table = &$self.events;
                $body
            }
            Kind::Setting => {
                let $table = &$self.settings;
                $body
            }
            Kind::Dns => {
                let $table = &$self.dns;
                $body
            }
            Kind::Smtp => {
                let $table = &$self.sessions;
                $body
            }
            Kind::Service => {
                let $table = &$self.services;
                $body
            }
            Kind::DiagnosticLevel => {
                let $table = &$self.levels;
                $body
            }
            Kind::Connector => {
                let $table = &$self.connectors;
                $body
            }
            Kind::Resource => {
                let $table = &$self.resources;
                $body
            }
            Kind::Counter => {
                let $table = &$self.counters;
                $body
            }
            Kind::Ndr => {
                let $table = &$self.ndrs;
                $body
            }
            Kind::Answer => {
                let $table = &$self.answers;
                $body
            }
            Kind::Log => {
                let $table = &$self.logs;
                $body
            }
            Kind::Listener => {
                let $table = &$self.listeners;
                $body
            }
            Kind::Certificate => {
                let $table = &$self.certificates;
                $body
            }
            Kind::Change => {
                let $table = &$self.changes;
                $body
            }
            Kind::Derived => {
                let $table = &$self.derived;
                $body
            }
        }
    };
}

impl Facts {
    /// Returns how many facts of a kind there are.
    pub fn count(&self, kind: Kind) -> usize {
        tables!(self, kind, table => table.len())
    }

    /// Returns how many facts there are.
    pub fn len(&self) -> usize {
        Kind::ALL.iter().map(|kind| self.count(*kind)).sum()
    }

    /// Returns whether there is no fact at all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns a fact by its id, `None` when there is no such fact.
    pub fn get(&self, id: FactId) -> Option<&dyn AnyFact> {
        tables!(self, id.kind(), table => table.get(id.row()).map(|fact| fact as &dyn AnyFact))
    }

    /// Returns the ids of all facts that a pattern covers, in the order of the evidence.
    pub fn named(&self, name: &FactName) -> Vec<FactId> {
        let kind = name.kind();
        tables!(self, kind, table => table.named(name).map(|row| FactId::new(kind, row)).collect())
    }

    /// Returns whether at least one fact is covered by a pattern.
    pub fn any_named(&self, name: &FactName) -> bool {
        tables!(self, name.kind(), table => table.any_named(name))
    }

    /// Returns the listing that covers a pattern, if everything of it was listed.
    pub fn listing(&self, name: &FactName) -> Option<&Listed> {
        self.listed.iter().find(|listed| listed.what.covers(name))
    }

    /// Returns whether what a pattern names is there, absent, or unknown, and then why.
    pub fn need(&self, name: &FactName) -> Need {
        if self.any_named(name) {
            return Need::Exists;
        }
        if let Some(tried) = self.not_examined.iter().find(|tried| self.was_tried(tried, name)) {
            return Need::Unknown(Why::Said(tried.reason.as_str().into()));
        }
        if self.listing(name).is_some() { Need::Absent } else { Need::Unknown(Why::NobodyLooked) }
    }

    fn was_tried(&self, tried: &NotExamined, name: &FactName) -> bool {
        FactName::parse(&tried.what).is_ok_and(|what| what.covers(name) || name.covers(&what))
    }

    /// Returns the source of a fact as people read it: `mail.log:812`.
    pub fn place(&self, source: Source) -> String {
        format!("{}{}", self.file(source.file), source.place)
    }

    /// Returns the name of a file of the evidence.
    pub fn file(&self, file: FileId) -> &str {
        self.files.get(file.0 as usize).map_or("", String::as_str)
    }

    /// Returns the reference time: when the evidence was taken, else the newest time at which something was observed.
    pub fn reference_time(&self) -> Option<Timestamp> {
        self.case.taken_at.or_else(|| {
            Kind::ALL.iter().filter_map(|kind| tables!(self, kind, table => table.iter().filter_map(|fact| fact.at).max())).max()
        })
    }
}
