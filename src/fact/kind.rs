//! What all kinds of facts have in common.

use super::{Known, Source, Timestamp, Value};

/// A kind of fact: a section of the scenario format, or what else parsers and plugins yield.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Kind {
    /// A queue.
    Queue,
    /// How deliveries or sessions ended.
    Outcome,
    /// An entry of an event log.
    Event,
    /// A configuration value.
    Setting,
    /// An answer of the DNS.
    Dns,
    /// An SMTP session.
    Smtp,
    /// A service.
    Service,
    /// A diagnostic level.
    DiagnosticLevel,
    /// A connector.
    Connector,
    /// A disk, memory or processor.
    Resource,
    /// A performance counter.
    Counter,
    /// A non-delivery report.
    Ndr,
    /// What a person said.
    Answer,
    /// A line of a mail log that is no delivery.
    Log,
    /// A listening socket.
    Listener,
    /// A certificate.
    Certificate,
    /// What was changed on the machine, and when.
    Change,
    /// What a plugin concluded.
    Derived,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Kind; 18] = [
        Kind::Queue,
        Kind::Outcome,
        Kind::Event,
        Kind::Setting,
        Kind::Dns,
        Kind::Smtp,
        Kind::Service,
        Kind::DiagnosticLevel,
        Kind::Connector,
        Kind::Resource,
        Kind::Counter,
        Kind::Ndr,
        Kind::Answer,
        Kind::Log,
        Kind::Listener,
        Kind::Certificate,
        Kind::Change,
        Kind::Derived,
    ];

    /// Returns the word that names this kind in scenarios, rules and JSON.
    pub fn id(self) -> &'static str {
        match self {
            Kind::Queue => "queue",
            Kind::Outcome => "outcome",
            Kind::Event => "event",
            Kind::Setting => "setting",
            Kind::Dns => "dns",
            Kind::Smtp => "smtp",
            Kind::Service => "service",
            Kind::DiagnosticLevel => "diagnostic_level",
            Kind::Connector => "connector",
            Kind::Resource => "resource",
            Kind::Counter => "counter",
            Kind::Ndr => "ndr",
            Kind::Answer => "answer",
            Kind::Log => "log",
            Kind::Listener => "listener",
            Kind::Certificate => "certificate",
            Kind::Change => "change",
            Kind::Derived => "derived",
        }
    }

    /// Returns the kind that a word names.
    pub fn from_id(id: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.id() == id)
    }
}

/// The number of a fact within one case: stable for one set of evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FactId(u32);

const ROW_BITS: u32 = 26;

impl FactId {
    /// Builds the id of a row of a kind's table.
    pub fn new(kind: Kind, row: usize) -> FactId {
        let row = u32::try_from(row).unwrap_or(u32::MAX) & ((1 << ROW_BITS) - 1);
        FactId(((kind as u32) << ROW_BITS) | row)
    }

    /// Returns the number that plugins hand back.
    pub fn number(self) -> u32 {
        self.0
    }

    /// Returns the id with this number, `None` when no kind has such numbers.
    pub fn from_number(number: u32) -> Option<FactId> {
        Kind::ALL.get((number >> ROW_BITS) as usize).map(|_| FactId(number))
    }

    /// Returns the kind of the fact.
    pub fn kind(self) -> Kind {
        Kind::ALL.get((self.0 >> ROW_BITS) as usize).copied().unwrap_or(Kind::Derived)
    }

    /// Returns the row in the kind's table.
    pub fn row(self) -> usize {
        (self.0 & ((1 << ROW_BITS) - 1)) as usize
    }
}

/// One statement about the case, with when it was observed and where it was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Fact<K> {
    /// The statement.
    pub what: K,
    /// When it was observed, `None` when the evidence does not say.
    pub at: Option<Timestamp>,
    /// Where it was read; further places of the same statement follow.
    pub sources: Vec<Source>,
}

/// The documentation of one field.
#[derive(Debug, Clone, Copy)]
pub struct FieldDoc {
    /// The name that rules use.
    pub name: &'static str,
    /// What it says, with its unit.
    pub doc: &'static str,
    /// `text`, `integer`, `number`, `flag`, `time` or `list`.
    pub ty: &'static str,
}

/// A struct that is a kind of fact.
pub trait FactKind {
    /// Its kind.
    const KIND: Kind;
    /// Its fields, in order.
    const FIELDS: &'static [FieldDoc];

    /// Returns a field by name, `None` when there is no such field.
    fn field(&self, name: &str) -> Option<Known<Value>>;

    /// Returns the parts of the fact's name that follow the kind.
    fn parts(&self) -> Vec<String>;
}

/// A fact of any kind.
pub trait AnyFact {
    /// Returns its kind.
    fn kind(&self) -> Kind;
    /// Returns the documentation of its fields, in order.
    fn fields(&self) -> &'static [FieldDoc];
    /// Returns a field by name, `None` when there is no such field.
    fn field(&self, name: &str) -> Option<Known<Value>>;
    /// Returns the parts of its name.
    fn parts(&self) -> Vec<String>;
    /// Returns when it was observed.
    fn at(&self) -> Option<Timestamp>;
    /// Returns where it was read.
    fn sources(&self) -> &[Source];

    /// Returns a field as text, `None` when there is no value.
    fn text(&self, name: &str) -> Option<String> {
        self.field(name)?.value().map(ToString::to_string)
    }
}

impl<K: FactKind> AnyFact for Fact<K> {
    fn kind(&self) -> Kind {
        K::KIND
    }
    fn fields(&self) -> &'static [FieldDoc] {
        K::FIELDS
    }
    fn field(&self, name: &str) -> Option<Known<Value>> {
        self.what.field(name)
    }
    fn parts(&self) -> Vec<String> {
        self.what.parts()
    }
    fn at(&self) -> Option<Timestamp> {
        self.at
    }
    fn sources(&self) -> &[Source] {
        &self.sources
    }
}

/// Defines a kind of fact: the struct, its fields as rules see them, and their documentation, from one definition.
macro_rules! fact_kind {
    ($(#[$meta:meta])* $name:ident, $kind:ident, named by ($($key:ident),*) {
        $(#[doc = $doc:literal] $field:ident: $ty:ty,)*
    }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Default, PartialEq)]
        pub struct $name {
            $(#[doc = $doc] pub $field: $ty,)*
        }

        impl $crate::fact::FactKind for $name {
            const KIND: $crate::fact::Kind = $crate::fact::Kind::$kind;
            const FIELDS: &'static [$crate::fact::FieldDoc] = &[$(
                $crate::fact::FieldDoc {
                    name: stringify!($field),
                    doc: $doc,
                    ty: <$ty as $crate::fact::Field>::TYPE,
                },
            )*];

            fn field(&self, name: &str) -> Option<$crate::fact::Known<$crate::fact::Value>> {
                match name {
                    $(stringify!($field) => Some($crate::fact::Field::known(&self.$field)),)*
                    _ => None,
                }
            }

            fn parts(&self) -> Vec<String> {
                vec![$($crate::fact::Field::text(&self.$key)),*]
            }
        }
    };
}
pub(super) use fact_kind;
