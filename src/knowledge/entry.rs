//! Entries: patterns over facts that are findings, and the known settings, services and codes.

use super::{Frequency, Origin, Str, Text};
use serde::{Deserialize, Serialize};

/// The folder under `knowledge/` that an entry comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Folder {
    /// What remote servers reply, and what this server answers at its door.
    Replies,
    /// What the mail system itself says of a delivery.
    LastErrors,
    /// Lines of mail logs.
    Logs,
    /// Events.
    Events,
    /// Status codes.
    Codes,
    /// Settings.
    Settings,
    /// Thresholds of counters and resources.
    Thresholds,
    /// Services.
    Services,
    /// Phrases of people.
    Phrases,
}

impl Folder {
    /// All folders.
    pub const ALL: [Folder; 9] = [
        Folder::Replies,
        Folder::LastErrors,
        Folder::Logs,
        Folder::Events,
        Folder::Codes,
        Folder::Settings,
        Folder::Thresholds,
        Folder::Services,
        Folder::Phrases,
    ];

    /// Returns the folder's name.
    pub fn id(self) -> &'static str {
        match self {
            Folder::Replies => "replies",
            Folder::LastErrors => "last_errors",
            Folder::Logs => "logs",
            Folder::Events => "events",
            Folder::Codes => "codes",
            Folder::Settings => "settings",
            Folder::Thresholds => "thresholds",
            Folder::Services => "services",
            Folder::Phrases => "phrases",
        }
    }
}

/// Where a text pattern is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Place {
    /// Why a delivery ended as it did.
    Delivery,
    /// What this server answered at its own door.
    Rejection,
    /// Other lines of mail logs.
    Log,
    /// Messages of events.
    Event,
    /// What a person said.
    Person,
}

/// A pattern over one text: literals, whatever the case of their letters, and a regular expression that is tried only after a literal hit.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Words {
    /// Any of these suffices; empty when nothing is asked.
    pub any: Vec<Str>,
    /// All of these must be there.
    pub all: Vec<Str>,
    /// None of these may be there.
    pub none: Vec<Str>,
    /// This must match as well.
    pub regex: Option<String>,
}

/// The type of a setting's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SettingType {
    /// A whole number.
    Integer,
    /// Yes or no.
    Flag,
    /// A text.
    Text,
    /// Several texts, divided by commas, semicolons or white space.
    List,
    /// A time, in seconds.
    Duration,
}

/// A condition over a setting's value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Condition {
    /// It is this.
    Equals(String),
    /// It is something else.
    NotEquals(String),
    /// It is a smaller number.
    LessThan(f64),
    /// It is a larger number.
    MoreThan(f64),
    /// It holds this text.
    Contains(String),
    /// It is empty (true) or not (false).
    Empty(bool),
}

/// The event that ends what another event tells of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ending {
    /// The sources that it may come from.
    pub sources: Vec<String>,
    /// The event ids.
    pub numbers: Vec<u32>,
    /// Words of its message.
    pub words: Words,
    /// Whether it must name one of the words (`any`) by which the other event was known: the same service, the same disk.
    pub same: bool,
}

/// What an entry looks for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Pattern {
    /// Words in a text.
    Text {
        /// Where.
        places: Vec<Place>,
        /// Whose words; empty for anybody's.
        sides: Vec<String>,
        /// The stages; empty for all.
        stages: Vec<String>,
        /// The words.
        words: Words,
        /// Below this share of the stage's messages it is an ordinary day; `None` for the usual bar.
        min_share: Option<f64>,
        /// Whether a person who says it complains of one destination: then what fails for a single one is the case.
        about_one: bool,
    },
    /// An event.
    Event {
        /// The sources that it may come from.
        sources: Vec<String>,
        /// The event ids.
        numbers: Vec<u32>,
        /// Words of the message.
        words: Words,
        /// The later event that says that it is over.
        over_with: Option<Ending>,
    },
    /// A status code or reply code: the entry's id.
    Code,
    /// A setting.
    Setting {
        /// Its key and aliases.
        keys: Vec<String>,
        /// The type of its value.
        ty: SettingType,
        /// What it is when it is not set.
        default: Option<String>,
        /// When it is a finding.
        when: Vec<Condition>,
    },
    /// A bar for a counter or resource.
    Threshold {
        /// `counter` or `resource`.
        kind: String,
        /// The name of the counter or resource.
        name: String,
        /// The finding holds above this.
        more_than: Option<f64>,
        /// The finding holds below this.
        less_than: Option<f64>,
    },
    /// A service.
    Service {
        /// Its names.
        names: Vec<String>,
        /// The stage that needs it.
        stage: Option<String>,
        /// The states in which it is a finding.
        when: Vec<String>,
    },
}

/// What a finding says about causes: of an entry, a rule or a plugin.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Declared {
    /// The causes, each with how often the finding is seen when only this cause is there.
    pub causes: Vec<(String, Frequency)>,
    /// How often it is seen when none of them is there.
    pub seen_without: Frequency,
    /// The mechanism that it shows, where it is not the one of its first fact.
    pub group: Option<String>,
    /// Whether it is a symptom, that says that something is wrong and not what.
    pub symptom: bool,
}

/// One entry.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// The folder.
    pub folder: Folder,
    /// Its id, unique in its folder.
    pub id: String,
    /// Where it stands.
    pub origin: Origin,
    /// The platforms that it is for; empty for all.
    pub platforms: Vec<String>,
    /// What it looks for.
    pub pattern: Pattern,
    /// What it says about causes; `None` for an entry that only names something.
    pub declared: Option<Declared>,
    /// The facts of the seed behind it.
    pub seed: Vec<String>,
    /// The name of what it describes.
    pub title: Option<Text>,
    /// What it is.
    pub what: Option<Text>,
    /// Why the finding matters, with placeholders for the fact's fields.
    pub text: Option<Text>,
    /// Where it is from.
    pub sources: Vec<Str>,
    /// An example that it must match, as TOML; for tests.
    pub example: Option<Str>,
    /// An example with one thing changed that it must not match, as TOML; for tests.
    pub near_miss: Option<Str>,
}

impl Entry {
    /// Returns the code that an entry of status codes is about: its id without the family of versions behind a space.
    pub fn code(&self) -> &str {
        self.id.split(' ').next().unwrap_or_default()
    }

    /// Returns the name that diagnoses use: `knowledge/replies/greylisted`.
    pub fn rule_id(&self) -> String {
        format!("knowledge/{}/{}", self.folder.id(), self.id)
    }
}
