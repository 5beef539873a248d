//! The end of reading: folded deliveries and queued messages become facts, settings get their types, queues their stages.

use super::flow::{Folded, Waiting, When, hash};
use super::{Harvest, flag};
use crate::fact::{FactName, Facts, Kind, Known, Outcome, Platform, Queue, Service, Side, Source, Stage, Timestamp, Value, Why};
use crate::knowledge::{Knowledge, SettingType};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// A year is not in the future: a log may run ahead of the reference time by this many seconds (clocks differ).
const AHEAD: i64 = 86_400;

/// Turns what was folded into facts. Knows the kinds of queues and the types of settings from the knowledge.
pub fn settle(harvest: &mut Harvest, knowledge: &Knowledge) {
    type_settings(&mut harvest.facts, knowledge);
    list_deliveries(harvest);
    own_sessions(&mut harvest.facts);
    let clock = Clock::of(harvest);
    date_lines(harvest, &clock);
    let stages = Stages::of(harvest);
    let totals = totals(harvest, &stages);
    queues(harvest, &clock, &stages);
    outcomes(harvest, &clock, &stages, &totals);
    folders(harvest, &clock);
    stopped(harvest);
    super::doubt::weigh(harvest, knowledge);
    kinds_of_queues(&mut harvest.facts, knowledge);
    heal_by_session(&mut harvest.facts);
    super::heal::heal_events(&mut harvest.facts, knowledge);
    super::share::settle_shares(&mut harvest.facts, &totals);
}

/// A log that was read shows all deliveries of its time.
fn list_deliveries(harvest: &mut Harvest) {
    const LOGS: &[&str] = &["postfix-log", "journal-json", "exim-log"];
    let log = harvest.reports.iter().find(|report| report.formats.iter().any(|format| LOGS.contains(format))).map(|report| report.file);
    if let Some(file) = log {
        harvest.listed(Kind::Outcome, "", Source { file, place: crate::fact::Place::Whole });
    }
}

/// A session with this server itself shows how it answers at its own door, whoever called: it says nothing of the way out.
fn own_sessions(facts: &mut Facts) {
    let mut own: Vec<String> = vec!["localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()];
    own.extend(facts.case.server.iter().map(|server| server.to_lowercase()));
    let addresses = facts.settings.iter().filter(|fact| fact.what.key == "host.addresses").filter_map(|fact| fact.what.value.value());
    own.extend(addresses.flat_map(|value| value.to_string().split([' ', ',']).map(str::to_owned).collect::<Vec<_>>()));
    for fact in facts.sessions.iter_mut() {
        let session = &mut fact.what;
        let address = session.address.value().is_some_and(|address| own.contains(address));
        if session.direction == "outbound" && (address || own.contains(&session.host.to_lowercase())) {
            session.direction = "inbound".to_owned();
        }
    }
}

/// Gives the lines of logs without years their time.
fn date_lines(harvest: &mut Harvest, clock: &Clock) {
    let times: HashMap<usize, Option<Timestamp>> = harvest.yearless.iter().map(|(row, when)| (*row, clock.time(*when))).collect();
    for (row, fact) in harvest.facts.logs.iter_mut().enumerate() {
        if let Some(time) = times.get(&row) {
            (fact.at, fact.what.last) = (*time, *time);
        }
    }
}

/// Finds the year that a log leaves out.
struct Clock {
    reference: Option<Timestamp>,
    /// What to add to the years of times without one, `None` when nothing tells.
    years: Option<i16>,
    newest_yearless: Option<i64>,
}

impl Clock {
    fn of(harvest: &Harvest) -> Clock {
        let flow = &harvest.flow;
        let times = || {
            let folded = flow.outcomes().iter().filter_map(|folded| folded.times.map(|(_, last)| last));
            folded.chain(flow.waiting().iter().filter_map(|waiting| waiting.oldest))
        };
        let said = harvest.yearless.iter().map(|(_, when)| *when);
        let newest_yearless = times().chain(said).filter(|when| when.yearless).map(|when| when.seconds).max();
        let observed = harvest.observed.iter().copied().max();
        let with_year = times().filter(|when| !when.yearless).map(|when| Timestamp(when.seconds)).max();
        let reference = harvest.facts.case.taken_at.or(observed).or(with_year);
        let years = match (reference, newest_yearless) {
            (Some(reference), Some(newest)) => reference.year().map(|year| {
                let shift = year - Timestamp(newest).year().unwrap_or(year);
                let moved = shifted(newest, shift).unwrap_or(newest);
                if moved > reference.0 + AHEAD { shift - 1 } else { shift }
            }),
            _ => None,
        };
        Clock { reference, years, newest_yearless }
    }

    fn time(&self, when: When) -> Option<Timestamp> {
        if when.yearless { shifted(when.seconds, self.years?).map(Timestamp) } else { Some(Timestamp(when.seconds)) }
    }

    /// Returns the age of a moment at the reference time, in seconds; without a year, at the newest line.
    fn age(&self, when: When) -> Option<u64> {
        match (self.time(when), self.reference) {
            (Some(time), Some(reference)) => Some(reference.since(time)),
            _ => self.newest_yearless.filter(|_| when.yearless).map(|newest| Timestamp(newest).since(Timestamp(when.seconds))),
        }
    }
}

/// Moves a time by whole years of the calendar.
fn shifted(seconds: i64, years: i16) -> Option<i64> {
    let time = jiff::Timestamp::from_second(seconds).ok()?;
    let civil = jiff::tz::TimeZone::UTC.to_datetime(time);
    let moved = civil
        .with()
        .year(civil.year().checked_add(years)?)
        .build()
        .or_else(|_| civil.with().day(28).year(civil.year() + years).build())
        .ok()?;
    Timestamp::from_civil(moved).map(|time| time.0)
}

/// Which stage deliveries to a destination belong to, where neither daemon nor text tells.
struct Stages {
    by_destination: HashMap<String, Stage>,
    own: Vec<String>,
}

impl Stages {
    fn of(harvest: &Harvest) -> Stages {
        let mut by_destination = HashMap::new();
        for folded in harvest.flow.outcomes() {
            if let Some(stage @ (Stage::LocalDelivery | Stage::RemoteDelivery)) = folded.stage {
                by_destination.entry(folded.destination.clone()).or_insert(stage);
            }
        }
        Stages { by_destination, own: harvest.facts.case.domains.clone() }
    }

    fn stage(&self, destination: &str, text: &str) -> Stage {
        if let Some(stage) = stage_of_text(text) {
            return stage;
        }
        if let Some(stage) = self.by_destination.get(destination) {
            return *stage;
        }
        let own = self.own.iter().any(|domain| domain == destination);
        if own { Stage::LocalDelivery } else { Stage::RemoteDelivery }
    }
}

/// Returns the stage that the words of a reason tell.
///
/// # Source
///
/// The wordings of Postfix's smtp(8), local(8), virtual(8), pipe(8), lmtp(8) and of Exim's transports.
fn stage_of_text(text: &str) -> Option<Stage> {
    const LOCAL: &[&str] = &[
        "/run/dovecot",
        "private/dovecot",
        "lmtp]",
        "Command died",
        "Command time limit",
        "mailbox is full",
        "cannot update mailbox",
        "delivery failed to mailbox",
        "create maildir file",
        "file_lock",
        "unable to lock",
        "pipe delivery",
    ];
    const REMOTE: &[&str] = &[
        "connect to ",
        "host ",
        "lost connection with",
        "Name service error",
        "Server certificate",
        "TLS",
        "conversation with",
        "SMTP error from remote",
    ];
    if LOCAL.iter().any(|words| text.contains(words)) {
        return Some(Stage::LocalDelivery);
    }
    REMOTE.iter().any(|words| text.contains(words)).then_some(Stage::RemoteDelivery)
}

fn stage_of(folded: &Folded, stages: &Stages) -> Stage {
    folded.stage.unwrap_or_else(|| stages.stage(&folded.destination, &folded.text))
}

/// How many messages each stage handled, with those that only a queue listing shows.
fn totals(harvest: &Harvest, stages: &Stages) -> BTreeMap<Stage, u64> {
    let mut totals: BTreeMap<Stage, u64> = BTreeMap::new();
    for stage in Stage::ALL {
        *totals.entry(stage).or_default() += harvest.flow.total(Some(stage));
    }
    for folded in harvest.flow.outcomes().iter().filter(|folded| folded.stage.is_none()) {
        *totals.entry(stage_of(folded, stages)).or_default() += folded.messages;
    }
    let mut queued: BTreeMap<Stage, u64> = BTreeMap::new();
    for waiting in harvest.flow.waiting() {
        *queued.entry(stages.stage(&waiting.destination, &waiting.text)).or_default() += waiting.messages;
    }
    for (stage, waiting) in queued {
        let total = totals.entry(stage).or_default();
        *total = (*total).max(waiting);
    }
    totals
}

fn outcomes(harvest: &mut Harvest, clock: &Clock, stages: &Stages, totals: &BTreeMap<Stage, u64>) {
    let share = |stage: Stage, messages: u64| {
        let total = totals.get(&stage).copied().unwrap_or(0).max(messages).max(1);
        messages as f64 / total as f64
    };
    // What a server refuses at its door is held against what came to the door, not against what its own programs submit.
    let door: u64 = harvest
        .flow
        .outcomes()
        .iter()
        .filter(|folded| folded.stage == Some(Stage::Submission) && folded.transport != "pickup" && folded.transport != "local")
        .map(|folded| folded.messages)
        .sum();
    // By hashes: of thousands of outcomes the texts need not be held once more.
    let mut rows: HashMap<u64, usize> = HashMap::new();
    let key = |stage: Stage, destination: &str, template: &str| hash((stage, destination, template));
    let mut flow = std::mem::take(&mut harvest.flow);
    let (all, listed) = flow.take();
    for folded in all {
        let stage = stage_of(&folded, stages);
        let times = folded.times.map(|(first, last)| (clock.time(first), clock.time(last)));
        let (first, last) = times.unwrap_or((None, None));
        let healed = flow.healed(&folded);
        let senders = if folded.senders() == 0 { Known::default() } else { Known::Value(folded.senders()) };
        let deferred = (folded.status == "deferred" && !listed.is_empty()).then(|| key(stage, &folded.destination, &folded.template));
        let fact = Outcome {
            stage,
            destination: folded.destination,
            next_hop: text(folded.next_hop),
            transport: text(folded.transport),
            status: folded.status.to_owned(),
            code: text(folded.code),
            reply: folded.reply.map_or(Known::Absent, Known::Value),
            text: folded.text,
            template: folded.template,
            side: side(stage, folded.side),
            messages: folded.messages,
            share: if folded.status == "rejected" {
                folded.messages as f64 / door.max(folded.messages).max(1) as f64
            } else {
                share(stage, folded.messages)
            },
            first,
            last,
            healed,
            queued: 0,
            senders,
            recipient: text(folded.recipient),
            sender: folded.sender.map_or_else(Known::default, Known::Value),
        };
        let row = push(harvest, fact, last, folded.sources);
        if let Some(key) = deferred {
            rows.entry(key).or_insert(row);
        }
    }
    drop(flow);
    for waiting in listed.into_iter().filter(|waiting| !waiting.text.is_empty() && matches!(waiting.queue, "deferred" | "active")) {
        let stage = stages.stage(&waiting.destination, &waiting.text);
        let key = key(stage, &waiting.destination, &waiting.template);
        match rows.get(&key) {
            Some(row) => {
                harvest.facts.outcomes.also_at(*row, waiting.sources.iter().copied());
                if let Some(fact) = harvest.facts.outcomes.get_mut(*row) {
                    fact.what.queued += waiting.messages;
                    fact.what.messages = fact.what.messages.max(waiting.messages);
                    fact.what.share = share(stage, fact.what.messages);
                }
            }
            None => {
                let (fact, sources) = queued_outcome(waiting, stage, share);
                let row = push(harvest, fact, clock.reference, sources);
                rows.insert(key, row);
            }
        }
    }
}

fn queued_outcome(waiting: Waiting, stage: Stage, share: impl Fn(Stage, u64) -> f64) -> (Outcome, Vec<Source>) {
    let reason = super::template::reason(&waiting.text);
    let fact = Outcome {
        stage,
        next_hop: reason.host.clone().map_or(Known::Absent, Known::Value),
        transport: Known::default(),
        status: "deferred".to_owned(),
        code: reason.code.map_or(Known::Absent, Known::from),
        reply: reason.reply.map_or(Known::Absent, Known::Value),
        side: side(stage, if reason.side == Side::Unknown { Side::Own } else { reason.side }),
        messages: waiting.messages,
        share: share(stage, waiting.messages),
        first: None,
        last: None,
        healed: false,
        queued: waiting.messages,
        senders: Known::Value(waiting.senders()),
        destination: waiting.destination,
        text: waiting.text,
        template: waiting.template,
        recipient: text(waiting.recipient),
        sender: Known::Value(waiting.sender),
    };
    (fact, waiting.sources)
}

/// What an LMTP server of the mailboxes says is the mail system's own word, though it is quoted like a remote host's.
fn side(stage: Stage, side: Side) -> String {
    if stage == Stage::LocalDelivery { Side::Own } else { side }.id().to_owned()
}

fn text(value: String) -> Known<String> {
    if value.is_empty() { Known::Absent } else { Known::Value(value) }
}

fn push(harvest: &mut Harvest, fact: Outcome, at: Option<Timestamp>, mut sources: Vec<Source>) -> usize {
    let Some(first) = sources.first().copied() else { return 0 };
    if let Some(report) = harvest.reports.iter_mut().find(|report| report.file == first.file) {
        report.facts += 1;
    }
    let mut before = BTreeSet::new();
    sources.retain(|source| before.insert(*source));
    sources.shrink_to_fit();
    harvest.facts.outcomes.push_read_at(fact, at, sources)
}

/// One queue for each name and stage: `deferred` of mail for other hosts and of mail for mailboxes are two.
fn queues(harvest: &mut Harvest, clock: &Clock, stages: &Stages) {
    struct Sum {
        messages: u64,
        oldest: Option<u64>,
        sources: Vec<Source>,
    }
    let mut sums: BTreeMap<(&'static str, Stage), Sum> = BTreeMap::new();
    for waiting in harvest.flow.waiting() {
        let stage = match waiting.queue {
            "maildrop" | "incoming" => Stage::Submission,
            "corrupt" => Stage::FailedRetry,
            _ => stages.stage(&waiting.destination, &waiting.text),
        };
        let sum = sums.entry((waiting.queue, stage)).or_insert(Sum { messages: 0, oldest: None, sources: Vec::new() });
        sum.messages += waiting.messages;
        let age = waiting.oldest.and_then(|oldest| clock.age(oldest)).or(waiting.oldest_age);
        sum.oldest = sum.oldest.max(age);
        sum.sources.extend(waiting.sources.iter().take(5usize.saturating_sub(sum.sources.len())));
    }
    for ((name, stage), sum) in sums {
        let state = match name {
            "deferred" => "retry",
            "hold" => "frozen",
            "active" => "active",
            _ => "ready",
        };
        let fact = Queue {
            name: name.to_owned(),
            kind: Known::from(name),
            stage: Known::Value(stage),
            state: Known::from(state),
            messages: Known::Value(sum.messages),
            oldest: sum.oldest.map_or_else(Known::default, Known::Value),
            last_error: Known::Absent,
            ..Queue::default()
        };
        let Some((first, others)) = sum.sources.split_first() else { continue };
        if let Some(report) = harvest.reports.iter_mut().find(|report| report.file == first.file) {
            report.facts += 1;
        }
        let row = harvest.facts.queues.push(fact, None, *first);
        harvest.facts.queues.also_at(row, others.iter().copied());
    }
}

/// Folders of a queue that no listing tells of: those of `corrupt` never, the others where the mail system gave no listing.
fn folders(harvest: &mut Harvest, clock: &Clock) {
    let listed = is_listed(&harvest.facts, Kind::Queue);
    for (name, folder) in std::mem::take(&mut harvest.folders) {
        let told = harvest.facts.queues.iter().any(|fact| fact.what.name == name);
        // A message can come in between the two listings.
        let moves = listed && matches!(name, "maildrop" | "incoming" | "active" | "deferred");
        if told || moves {
            continue;
        }
        let stage = match name {
            "maildrop" | "incoming" => Stage::Submission,
            "corrupt" => Stage::FailedRetry,
            _ => Stage::RemoteDelivery,
        };
        // Postfix sets the time of what it defers or holds to the next attempt.
        let oldest = folder.oldest.filter(|_| !matches!(name, "deferred" | "hold" | "active"));
        let age = oldest.and_then(|oldest| clock.reference.map(|reference| reference.since(oldest)));
        let fact = Queue {
            name: name.to_owned(),
            kind: Known::from(name),
            stage: Known::Value(stage),
            messages: Known::Value(folder.files),
            oldest: age.map_or_else(Known::default, Known::Value),
            ..Queue::default()
        };
        harvest.facts.queues.push(fact, None, folder.source);
    }
}

/// A mail system of which no process was found, where all were listed, does not run.
fn stopped(harvest: &mut Harvest) {
    let Some(source) = harvest.processes else { return };
    let name = match harvest.facts.case.platform {
        Some(Platform::Postfix) => "postfix",
        Some(Platform::Exim) => "exim",
        _ => return,
    };
    if !harvest.facts.services.iter().any(|fact| fact.what.name == name) {
        let what = Service { name: name.to_owned(), state: "stopped".into() };
        harvest.add(|facts: &mut Facts| &mut facts.services, what, None, source);
    }
}

/// Gives queues whose kind follows from their name that kind, and every kind its stage.
fn kinds_of_queues(facts: &mut Facts, knowledge: &Knowledge) {
    let platform = facts.case.platform;
    for fact in facts.queues.iter_mut() {
        let queue = &mut fact.what;
        if queue.kind.value().is_none()
            && let Some(kind) = knowledge.queue_kind(&queue.name)
        {
            queue.kind = Known::Value(kind.id.clone());
        }
        if queue.stage.is_known() {
            continue;
        }
        let kind = queue.kind.value().and_then(|kind| knowledge.queue_kind_by_id(kind));
        queue.stage = match kind.map(|kind| kind.stage.as_str()) {
            Some("none") => Known::Absent,
            Some("transport") => {
                let text = queue.last_error.value().map(String::as_str).unwrap_or_default();
                Known::Value(stage_of_text(text).unwrap_or(Stage::RemoteDelivery))
            }
            Some(id) => Stage::from_id(id).map_or_else(Known::default, Known::Value),
            None => Known::Unknown(Why::Said("no kind of queue that mailmedic knows has this name".into())),
        };
        let unix = platform.is_some_and(|platform| platform.is("unix"));
        if !unix && queue.kind.value().is_none() {
            // Exchange names a remote queue after its destination: what is no known queue is one.
            queue.kind = Known::from("remote-delivery");
            queue.stage = Known::Value(Stage::RemoteDelivery);
        }
    }
}

/// A connection that works now to the host that could not be connected to has healed.
fn heal_by_session(facts: &mut Facts) {
    let reached: Vec<String> = facts
        .sessions
        .iter()
        .map(|fact| &fact.what)
        .filter(|session| session.direction == "outbound" && session.result == "ok" && session.refusal.value().is_none())
        .map(|session| session.host.to_lowercase())
        .collect();
    for fact in facts.outcomes.iter_mut() {
        let outcome = &mut fact.what;
        // That a connection stands says nothing of sessions that were cut in their middle.
        let cut = ["lost connection", "conversation with"].iter().any(|words| outcome.text.contains(words));
        let connecting = outcome.side != "remote"
            && !cut
            && ["connect to ", "onnection", "route to host"].iter().any(|words| outcome.text.contains(words));
        let hop = outcome.next_hop.value().map(|hop| hop.to_lowercase());
        if connecting && hop.is_some_and(|hop| reached.contains(&hop)) {
            outcome.healed = true;
        }
    }
}

/// Gives known settings their types, so that `"0"` in a scenario and 0 in a metabase are one.
fn type_settings(facts: &mut Facts, knowledge: &Knowledge) {
    for fact in facts.settings.iter_mut() {
        let setting = &mut fact.what;
        let Some((_, ty)) = knowledge.setting(&setting.key) else { continue };
        if let Known::Value(Value::Text(text)) = &setting.value {
            setting.value = typed(text.trim(), ty).map_or_else(|| setting.value.clone(), Known::Value);
        }
    }
}

fn typed(text: &str, ty: SettingType) -> Option<Value> {
    match ty {
        SettingType::Integer => text.parse().ok().or_else(|| flag(text).map(i64::from)).map(Value::Integer),
        SettingType::Flag => flag(text).map(Value::Flag),
        SettingType::Text => None,
        SettingType::List => {
            Some(Value::List(text.split([',', ';', ' ', '\t']).map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()))
        }
        SettingType::Duration => duration(text).map(Value::Integer),
    }
}

/// Seconds of `90`, `30s`, `5m`, `2h`, `5d`, `1w` (Postfix, Exim) and `00:05:00`, `2.00:00:00` (.NET).
fn duration(text: &str) -> Option<i64> {
    if let Some((rest, seconds)) = text.rsplit_once(':') {
        let (rest, minutes) = rest.rsplit_once(':')?;
        let (days, hours) = rest.split_once('.').unwrap_or(("0", rest));
        let number = |part: &str| part.parse::<i64>().ok();
        return number(days)?
            .checked_mul(24)?
            .checked_add(number(hours)?)?
            .checked_mul(3600)?
            .checked_add(number(minutes)? * 60 + number(seconds)?);
    }
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = match text.get(digits.len()..)? {
        "" | "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86_400,
        "w" => 604_800,
        _ => return None,
    };
    digits.parse::<i64>().ok()?.checked_mul(unit)
}

/// Returns whether everything of a kind was listed.
pub(crate) fn is_listed(facts: &Facts, kind: Kind) -> bool {
    facts.listing(&FactName::of(kind, &[])).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_of_every_platform_are_seconds() {
        for (text, seconds) in
            [("90", Some(90)), ("5d", Some(432_000)), ("00:05:00", Some(300)), ("2.00:00:00", Some(172_800)), ("soon", None)]
        {
            assert_eq!(duration(text), seconds, "{text}");
        }
    }

    #[test]
    fn a_year_moves_by_the_calendar() {
        let newest = Timestamp::parse("2000-11-24T08:00:00Z").unwrap().0;
        assert_eq!(shifted(newest, 26), Timestamp::parse("2026-11-24T08:00:00Z").map(|time| time.0));
        let leap = Timestamp::parse("2000-02-29T00:00:00Z").unwrap().0;
        assert_eq!(shifted(leap, 1), Timestamp::parse("2001-02-28T00:00:00Z").map(|time| time.0));
    }
}
