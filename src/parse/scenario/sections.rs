//! The sections of a scenario, as `contract/scenario.md` has them.

use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

/// A scenario; or, below `[[test]]`, one test of a rule.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// The case.
    #[serde(default)]
    pub scenario: Option<Head>,
    /// Queues.
    #[serde(default)]
    #[schemars(with = "Vec<Queue>")]
    pub queue: Vec<Spanned<Queue>>,
    /// Entries of event logs.
    #[serde(default)]
    #[schemars(with = "Vec<Event>")]
    pub event: Vec<Spanned<Event>>,
    /// Raw lines of logs.
    #[serde(default)]
    pub log: Vec<Log>,
    /// Answers of the DNS.
    #[serde(default)]
    #[schemars(with = "Vec<Dns>")]
    pub dns: Vec<Spanned<Dns>>,
    /// SMTP sessions.
    #[serde(default)]
    #[schemars(with = "Vec<Smtp>")]
    pub smtp: Vec<Spanned<Smtp>>,
    /// Services.
    #[serde(default)]
    #[schemars(with = "Vec<Service>")]
    pub service: Vec<Spanned<Service>>,
    /// Diagnostic levels.
    #[serde(default)]
    #[schemars(with = "Vec<DiagnosticLevel>")]
    pub diagnostic_level: Vec<Spanned<DiagnosticLevel>>,
    /// Connectors.
    #[serde(default)]
    #[schemars(with = "Vec<Connector>")]
    pub connector: Vec<Spanned<Connector>>,
    /// Configuration values.
    #[serde(default)]
    #[schemars(with = "Vec<Setting>")]
    pub setting: Vec<Spanned<Setting>>,
    /// Performance counters.
    #[serde(default)]
    #[schemars(with = "Vec<Counter>")]
    pub counter: Vec<Spanned<Counter>>,
    /// Disks, memory, processors.
    #[serde(default)]
    #[schemars(with = "Vec<Resource>")]
    pub resource: Vec<Spanned<Resource>>,
    /// Non-delivery reports.
    #[serde(default)]
    #[schemars(with = "Vec<Ndr>")]
    pub ndr: Vec<Spanned<Ndr>>,
    /// What was tried and could not be learnt.
    #[serde(default)]
    #[schemars(with = "Vec<NotExamined>")]
    pub not_examined: Vec<Spanned<NotExamined>>,
    /// What a person said.
    #[serde(default)]
    #[schemars(with = "Vec<Answer>")]
    pub answer: Vec<Spanned<Answer>>,
    /// What was changed on the machine, and when.
    #[serde(default)]
    #[schemars(with = "Vec<Change>")]
    pub change: Vec<Spanned<Change>>,
    /// What must be found; tests only.
    #[serde(default)]
    pub expect: Option<Expect>,
    /// The tests of a rule; only in `<rule>.test.toml`.
    #[serde(default)]
    pub test: Vec<Document>,
    /// The name of a rule's test.
    #[serde(default)]
    pub name: Option<String>,
    /// What a rule's test expects: `present`, `absent` or `unknown`.
    #[serde(default)]
    pub finding: Option<String>,
}

/// The case.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Head {
    /// An id of its own.
    pub id: Option<String>,
    /// One line about it.
    pub title: Option<String>,
    /// The mail system.
    pub platform: Option<Platform>,
    /// Where the case comes from.
    pub source: Option<String>,
    /// The server under diagnosis.
    pub server: Option<String>,
    /// The organisation's own domain.
    pub domain: Option<String>,
    /// When the evidence was taken.
    #[schemars(with = "Option<String>")]
    pub taken_at: Option<toml::value::Datetime>,
    /// What the person reports.
    pub complaint: Option<String>,
    /// What was listed in full.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub complete: Vec<Spanned<String>>,
}

macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($variant:ident = $word:literal,)* }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
        pub enum $name {
            $(#[doc = concat!("`", $word, "`")] #[serde(rename = $word)] $variant,)*
        }

        impl $name {
            /// Returns the word.
            pub fn id(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)*
                }
            }
        }
    };
}

words! {
    /// A mail system.
    Platform {
        Exchange2000 = "exchange-2000", Exchange2003 = "exchange-2003", Exchange2007 = "exchange-2007", Exchange2010 = "exchange-2010",
        Exchange2013 = "exchange-2013", Exchange2016 = "exchange-2016", Exchange2019 = "exchange-2019", ExchangeSe = "exchange-se",
        Postfix = "postfix", Exim = "exim",
    }
}
words! {
    /// A kind of queue.
    QueueKind {
        LocalDelivery = "local-delivery", AwaitingDirectoryLookup = "awaiting-directory-lookup", WaitingToBeRouted = "waiting-to-be-routed",
        RemoteDelivery = "remote-delivery", DestinationUnreachable = "destination-unreachable", PreSubmission = "pre-submission",
        DsnPending = "dsn-pending", FailedRetry = "failed-retry", DeferredDelivery = "deferred-delivery", X400 = "x400",
        Submission = "submission", Poison = "poison", Shadow = "shadow", Maildrop = "maildrop", Incoming = "incoming", Active = "active",
        Deferred = "deferred", Hold = "hold", Corrupt = "corrupt",
    }
}
words! {
    /// The state of a queue.
    QueueState {
        Active = "active", Ready = "ready", Retry = "retry", Connecting = "connecting", Frozen = "frozen", Scheduled = "scheduled",
        Suspended = "suspended", Unknown = "unknown",
    }
}
words! {
    /// The level of an event.
    EventLevel { Error = "error", Warning = "warning", Information = "information", }
}
words! {
    /// A type of DNS record.
    RecordType {
        Mx = "MX", A = "A", Aaaa = "AAAA", Ptr = "PTR", Txt = "TXT", Cname = "CNAME", Ns = "NS", Soa = "SOA", Tlsa = "TLSA",
    }
}
words! {
    /// How a DNS question ended.
    DnsResult {
        Answer = "answer", Nxdomain = "nxdomain", NoData = "no-data", Servfail = "servfail", Refused = "refused", Timeout = "timeout",
        Unreachable = "unreachable", Broken = "broken", Bogus = "bogus",
    }
}
words! {
    /// How a DNS question was asked.
    Transport { Udp = "udp", Tcp = "tcp", }
}
words! {
    /// The direction of a session.
    Direction { Outbound = "outbound", Inbound = "inbound", }
}
words! {
    /// How a session ended.
    SmtpResult {
        Ok = "ok", Timeout = "timeout", Refused = "refused", Unreachable = "unreachable", Reset = "reset", BannerTimeout = "banner-timeout",
        Closed = "closed", TlsFailed = "tls-failed",
    }
}
words! {
    /// The state of a service.
    ServiceState { Running = "running", Stopped = "stopped", Paused = "paused", Starting = "starting", Missing = "missing", }
}
words! {
    /// A diagnostic level.
    Level {
        None = "none", Minimum = "minimum", Medium = "medium", Maximum = "maximum", Lowest = "lowest", Low = "low", High = "high",
        Expert = "expert",
    }
}
words! {
    /// The state of a connector.
    ConnectorState { Up = "up", Down = "down", Unknown = "unknown", }
}
words! {
    /// A resource.
    ResourceName { Disk = "disk", Memory = "memory", Cpu = "cpu", }
}
words! {
    /// What was changed.
    ChangeKind { Package = "package", Configuration = "configuration", Certificate = "certificate", Reboot = "reboot", }
}
words! {
    /// How sure the source of a case is of its cause.
    Confidence { Confirmed = "confirmed", Likely = "likely", }
}

/// A queue.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Queue {
    /// As the platform displays it.
    pub name: String,
    /// The kind, where it does not follow from the name.
    pub kind: Option<QueueKind>,
    /// The state.
    pub state: Option<QueueState>,
    /// How many messages it holds.
    pub messages: Option<i64>,
    /// Whether it grows.
    pub growing: Option<bool>,
    /// Its length over time.
    #[serde(default)]
    pub sample: Vec<Sample>,
    /// Age of the oldest message.
    pub oldest_minutes: Option<f64>,
    /// Time until the next attempt.
    pub next_retry_minutes: Option<f64>,
    /// The last error, verbatim.
    pub last_error: Option<String>,
}

/// The length of a queue at one time.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sample {
    /// When.
    #[schemars(with = "String")]
    pub at: toml::value::Datetime,
    /// How many messages.
    pub messages: u64,
}

/// An entry of an event log.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Event {
    /// The log.
    pub log: Option<String>,
    /// The source.
    pub source: String,
    /// The event id.
    pub id: u32,
    /// The level.
    pub level: Option<EventLevel>,
    /// The category.
    pub category: Option<String>,
    /// When.
    #[schemars(with = "Option<String>")]
    pub at: Option<toml::value::Datetime>,
    /// How many.
    pub count: Option<u64>,
    /// The message, verbatim.
    pub message: Option<String>,
}

/// Raw lines of a log.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Log {
    /// Their format: `postfix`, `exim`; others are accepted and searched for codes and replies.
    pub format: String,
    /// The lines.
    #[schemars(with = "Vec<String>")]
    pub lines: Vec<Spanned<String>>,
}

/// An answer of the DNS.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Dns {
    /// The name asked for.
    pub name: String,
    /// The type of record.
    #[serde(rename = "type")]
    pub record: RecordType,
    /// How it ended.
    pub result: DnsResult,
    /// The records.
    pub answers: Option<Vec<String>>,
    /// The server asked.
    pub server: Option<String>,
    /// Milliseconds.
    pub millis: Option<u64>,
    /// How it was asked.
    pub transport: Option<Transport>,
    /// Whether the server cut the answer off.
    pub truncated: Option<bool>,
}

/// An SMTP session.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Smtp {
    /// The host that was called.
    pub host: String,
    /// The port, 25 when not given.
    pub port: Option<u16>,
    /// The direction.
    pub direction: Option<Direction>,
    /// How it ended.
    pub result: SmtpResult,
    /// Lines `S: …` and `C: …`.
    #[serde(default)]
    pub transcript: Vec<String>,
}

/// A service.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Service {
    /// Its name.
    pub name: String,
    /// Its state.
    pub state: ServiceState,
}

/// A diagnostic level.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DiagnosticLevel {
    /// The category.
    pub category: String,
    /// The level.
    pub level: Level,
}

/// A connector.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Connector {
    /// Its name.
    pub name: String,
    /// Its address spaces.
    pub address_spaces: Option<Vec<String>>,
    /// The smart host.
    pub smart_host: Option<String>,
    /// Its state.
    pub state: Option<ConnectorState>,
    /// Its restrictions.
    pub restrictions: Option<Vec<String>>,
}

/// A configuration value.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Setting {
    /// Its native name.
    pub key: String,
    /// Its value.
    pub value: Scalar,
}

/// A value as a person writes it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Scalar {
    /// A text.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// A number.
    Number(f64),
    /// Yes or no.
    Flag(bool),
}

impl Scalar {
    /// Returns the value as text.
    pub fn text(&self) -> String {
        match self {
            Scalar::Text(text) => text.clone(),
            Scalar::Integer(number) => number.to_string(),
            Scalar::Number(number) => number.to_string(),
            Scalar::Flag(flag) => flag.to_string(),
        }
    }
}

/// A performance counter.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Counter {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: f64,
}

/// A disk, memory or processor.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Resource {
    /// Which kind.
    pub name: ResourceName,
    /// Which one.
    pub target: Option<String>,
    /// How much of it is used.
    pub used_percent: f64,
}

/// A non-delivery report.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Ndr {
    /// Enhanced status code.
    pub code: Option<String>,
    /// SMTP reply code.
    pub reply: Option<u16>,
    /// The recipient.
    pub recipient: Option<String>,
    /// What it says.
    pub text: Option<String>,
}

/// What was tried and could not be learnt.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NotExamined {
    /// A fact or a probe.
    pub what: String,
    /// Why.
    pub reason: String,
}

/// What a person said when asked.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// The question.
    pub question: String,
    /// The answer.
    pub value: Scalar,
}

/// Something that was changed on the machine.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// What was changed: a package, a file, the machine.
    pub what: String,
    /// Of which kind it is.
    pub kind: ChangeKind,
    /// When.
    #[schemars(with = "Option<String>")]
    pub at: Option<toml::value::Datetime>,
    /// How.
    pub detail: Option<String>,
}

/// What must be found.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Expect {
    /// The first-ranked cause; `none` for a healthy case.
    pub cause: String,
    /// Other ids that would be fair in first place.
    #[serde(default)]
    pub acceptable: Vec<String>,
    /// Further true causes.
    #[serde(default)]
    pub also: Vec<String>,
    /// Ids that must not be ranked at or above 0.5.
    #[serde(default)]
    pub absent: Vec<String>,
    /// How sure the source is.
    pub confidence: Option<Confidence>,
    /// What fixed it.
    pub remedy: Option<String>,
}
