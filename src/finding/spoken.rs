//! All texts of a case in which entries look for words.

use crate::fact::{FactId, FactKind, Facts, Kind, Ndr, Side, Stage, Table};
use crate::knowledge::Place;
use crate::parse::template::template;
use std::collections::HashMap;

/// One text of the case.
#[derive(Debug, Clone)]
pub struct Spoken {
    /// The fact that holds it.
    pub fact: FactId,
    /// The text, verbatim.
    pub text: String,
    /// The text with names replaced.
    pub template: String,
    /// What kind of text it is.
    pub place: Place,
    /// Whose words: `remote`, `own` or `unknown`.
    pub side: String,
    /// The stage, where it is known.
    pub stage: Option<Stage>,
    /// The enhanced status code that stands beside it.
    pub code: Option<String>,
    /// The SMTP reply code that stands beside it.
    pub reply: Option<u16>,
    /// The share of the stage's messages that it is about, 0 to 1.
    pub share: f64,
    /// Whether it tells of an error (an informational event does not).
    pub error: bool,
}

/// Returns all texts in which words are looked for, in the order of the facts. Of what has healed nothing is returned.
pub fn spoken(facts: &Facts) -> Vec<Spoken> {
    let mut all = Vec::new();
    rows(
        &facts.queues,
        |fact, queue| {
            let text = queue.last_error.value()?;
            let stage = queue.stage.value().copied();
            let share = queue.share.value().copied().unwrap_or(1.0);
            Some(Spoken { share, ..delivery(fact, text, side(text), stage) })
        },
        &mut all,
    );
    rows(
        &facts.outcomes,
        |fact, outcome| {
            if outcome.status == "sent" || outcome.healed || outcome.text.is_empty() {
                return None;
            }
            let place = if outcome.status == "rejected" { Place::Rejection } else { Place::Delivery };
            Some(Spoken {
                fact,
                text: outcome.text.clone(),
                template: outcome.template.clone(),
                place,
                side: outcome.side.clone(),
                stage: Some(outcome.stage),
                code: outcome.code.value().cloned(),
                reply: outcome.reply.value().copied(),
                share: outcome.share,
                error: true,
            })
        },
        &mut all,
    );
    rows(
        &facts.ndrs,
        |fact, ndr| {
            if ndr.action.value().is_some_and(|action| matches!(action.as_str(), "delivered" | "relayed" | "expanded")) {
                return None;
            }
            let text = ndr.text.value().cloned().unwrap_or_default();
            let mut spoken = delivery(fact, &text, side_of(ndr, facts), None);
            spoken.code = ndr.code.value().cloned().or(spoken.code);
            spoken.reply = ndr.reply.value().copied().or(spoken.reply);
            Some(spoken)
        },
        &mut all,
    );
    let door = Door::of(facts);
    rows(
        &facts.sessions,
        |fact, session| {
            let text = session.refusal.value()?;
            let inbound = session.direction == "inbound";
            let mut spoken = delivery(
                fact,
                text,
                if inbound { "own" } else { "remote" }.to_owned(),
                Some(if inbound { Stage::Submission } else { Stage::RemoteDelivery }),
            );
            if inbound {
                spoken.place = Place::Rejection;
                spoken.share = door.share(&spoken.template);
            }
            Some(spoken)
        },
        &mut all,
    );
    rows(
        &facts.events,
        |fact, event| {
            if event.healed {
                return None;
            }
            let mut spoken = delivery(fact, event.message.value().map_or("", String::as_str), "own".to_owned(), None);
            spoken.place = Place::Event;
            spoken.error = event.level.value().is_none_or(|level| level != "information");
            Some(spoken)
        },
        &mut all,
    );
    rows(
        &facts.logs,
        |fact, log| {
            let mut spoken = delivery(fact, &log.text, "own".to_owned(), None);
            spoken.template.clone_from(&log.template);
            spoken.place = Place::Log;
            spoken.error = log.level.value().is_some_and(|level| level != "warning");
            Some(spoken)
        },
        &mut all,
    );
    rows(
        &facts.answers,
        |fact, answer| {
            let mut spoken = delivery(fact, &answer.value, "unknown".to_owned(), None);
            spoken.place = Place::Person;
            spoken.error = false;
            Some(spoken)
        },
        &mut all,
    );
    all
}

/// What part of those who came to the door was refused alike.
struct Door<'a> {
    /// By the refusal with names replaced: the share that the log gives the first such outcome.
    logged: HashMap<&'a str, f64>,
    /// By the refusal with names replaced: how many recorded sessions ended so.
    sessions: HashMap<String, u32>,
    /// How many sessions were recorded.
    called: u32,
}

impl<'a> Door<'a> {
    fn of(facts: &'a Facts) -> Door<'a> {
        let mut door = Door { logged: HashMap::new(), sessions: HashMap::new(), called: 0 };
        for outcome in facts.outcomes.iter().map(|fact| &fact.what).filter(|outcome| outcome.status == "rejected") {
            door.logged.entry(&outcome.template).or_insert(outcome.share);
        }
        for session in facts.sessions.iter().map(|fact| &fact.what).filter(|session| session.direction == "inbound") {
            door.called += 1;
            if let Some(refusal) = session.refusal.value() {
                *door.sessions.entry(template(refusal)).or_default() += 1;
            }
        }
        door
    }

    /// The log has seen more of the door than the sessions that somebody recorded.
    fn share(&self, refusal: &str) -> f64 {
        let recorded = || f64::from(self.sessions.get(refusal).copied().unwrap_or(0)) / f64::from(self.called.max(1));
        self.logged.get(refusal).copied().unwrap_or_else(recorded)
    }
}

fn rows<K: FactKind>(table: &Table<K>, mut text: impl FnMut(FactId, &K) -> Option<Spoken>, all: &mut Vec<Spoken>) {
    let kind: Kind = K::KIND;
    all.extend(table.iter().enumerate().filter_map(|(row, fact)| text(FactId::new(kind, row), &fact.what)));
}

/// What is said of a recipient of the own domain is the own mail system's word, unless a host outside of it is quoted.
fn side_of(ndr: &Ndr, facts: &Facts) -> String {
    let own = |name: &str| facts.case.domains.iter().any(|domain| is_below(name, domain));
    let inside = ndr.recipient.value().is_some_and(|recipient| own(&crate::parse::template::domain(recipient)));
    let said_here = ndr.side == Side::Unknown.id() || ndr.host.value().is_some_and(|host| own(host));
    if inside && said_here { Side::Own.id().to_owned() } else { ndr.side.clone() }
}

fn is_below(name: &str, domain: &str) -> bool {
    let (name, domain) = (name.to_lowercase(), domain.to_lowercase());
    name.strip_suffix(&domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

fn side(text: &str) -> String {
    crate::parse::template::reason(text).side.id().to_owned()
}

fn delivery(fact: FactId, text: &str, side: String, stage: Option<Stage>) -> Spoken {
    let reason = crate::parse::template::reason(text);
    Spoken {
        fact,
        text: text.to_owned(),
        template: template(text),
        place: Place::Delivery,
        side,
        stage,
        code: reason.code.map(str::to_owned),
        reply: reason.reply,
        share: 1.0,
        error: true,
    }
}

/// Returns the source and number of an event, `None` for another fact.
pub(super) fn event_of(facts: &Facts, fact: FactId) -> Option<(String, u32)> {
    let event = facts.events.get(fact.row()).filter(|_| fact.kind() == Kind::Event)?;
    Some((event.what.source.clone(), event.what.number))
}
