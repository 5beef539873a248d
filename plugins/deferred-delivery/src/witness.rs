//! What says why a deferred message cannot be delivered: events, last errors, non-delivery reports.

use mailmedic_plugin_sdk::known::contains_any;
use mailmedic_plugin_sdk::{FactId, Facts, all_bounces};

/// Witnesses kept for one reason.
const NAMED: usize = 3;
/// Sources of the store's events.
const STORE: [&str; 3] = ["MSExchangeIS", "MSExchangeIS Mailbox Store", "MSExchangeIS Mailbox"];

/// Why a deferred message stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reason {
    Moving,
    NoAccount,
    Unreadable,
    Invalid,
}

impl Reason {
    pub(crate) const ALL: [Reason; 4] = [Reason::Moving, Reason::NoAccount, Reason::Unreadable, Reason::Invalid];

    pub(crate) fn finding(self) -> &'static str {
        match self {
            Reason::Moving => "waits-for-moved-mailbox",
            Reason::NoAccount => "waits-for-account",
            Reason::Unreadable => "waits-unreadable",
            Reason::Invalid => "waits-for-invalid-recipient",
        }
    }

    /// Returns the word for the derived fact.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Reason::Moving => "mailbox-moving",
            Reason::NoAccount => "no-master-account-sid",
            Reason::Unreadable => "message-corrupt",
            Reason::Invalid => "recipient-invalid",
        }
    }

    /// Returns what would have to be known.
    pub(crate) fn missing(self) -> &'static [&'static str] {
        match self {
            Reason::Invalid => &["event MSExchangeTransport *", "ndr *"],
            _ => &["event MSExchangeIS *"],
        }
    }

    /// Events that say so whatever their words.
    fn events(self) -> &'static [(&'static str, &'static [u32])] {
        match self {
            Reason::Moving => &[],
            Reason::NoAccount => &[("store", &[9548])],
            Reason::Unreadable => &[("store", &[12002])],
            Reason::Invalid => &[("MSExchangeTransport", &[3028])],
        }
    }

    /// Events of the store that say so by their words alone.
    fn spoken(self) -> &'static [u32] {
        match self {
            Reason::Moving => &[1008, 1148, 9539],
            Reason::NoAccount => &[9551, 9554],
            Reason::Unreadable => &[1025, 12003],
            Reason::Invalid => &[],
        }
    }

    /// Words of an event, a last error or a report.
    fn words(self) -> &'static [&'static str] {
        match self {
            Reason::Moving => &["being moved", "mailbox move", "move mailbox", "moving mailbox", "in transit", "intransit"],
            Reason::NoAccount => &["master account sid", "masteraccountsid"],
            Reason::Unreadable => {
                &["corrupt", "unreadable", "cannot be read", "could not be read", "cannot read propert", "message propert"]
            }
            Reason::Invalid => &[
                "user unknown",
                "unknown user",
                "no such user",
                "recipnotfound",
                "recipient not found",
                "recipientnotfound",
                "invalid recipient",
            ],
        }
    }

    /// Codes of a report.
    fn codes(self) -> &'static [&'static str] {
        match self {
            Reason::Invalid => &["5.1.0", "5.1.1", "5.1.3", "5.1.6"],
            _ => &[],
        }
    }
}

/// The facts behind each reason.
pub(crate) struct Witnesses {
    found: [(Reason, Vec<FactId>); 4],
    /// Whether every event was looked at, so that what is not there did not happen.
    pub(crate) complete: bool,
}

impl Witnesses {
    /// Reads the witnesses; `errors` are the last errors of the queues.
    pub(crate) fn read(facts: &impl Facts, errors: &[(FactId, String)]) -> Witnesses {
        let bounces = all_bounces(facts);
        let found = Reason::ALL.map(|reason| {
            let mut ids: Vec<FactId> = Vec::new();
            for (source, numbers) in reason.events() {
                let sources: &[&str] = if *source == "store" { &STORE } else { &[source] };
                ids.extend(sources.iter().flat_map(|source| facts.events(source, numbers)).map(|event| event.id));
            }
            if !reason.spoken().is_empty() {
                let events = STORE.iter().flat_map(|source| facts.events(source, reason.spoken()));
                ids.extend(events.filter(|event| contains_any(&event.message, reason.words())).map(|event| event.id));
            }
            ids.extend(errors.iter().filter(|(_, error)| contains_any(error, reason.words())).map(|(queue, _)| *queue));
            let reported = bounces.iter().filter(|bounce| {
                let code = bounce.code.as_deref();
                code.is_some_and(|code| reason.codes().contains(&code)) || contains_any(&bounce.reply, reason.words())
            });
            ids.extend(reported.map(|bounce| bounce.id));
            ids.truncate(NAMED);
            (reason, ids)
        });
        Witnesses { found, complete: facts.listed("event *").is_known() }
    }

    /// Returns the facts behind a reason; none when nothing says so.
    pub(crate) fn of(&self, reason: Reason) -> &[FactId] {
        self.found.iter().find(|(known, _)| *known == reason).map_or(&[], |(_, ids)| ids)
    }
}
