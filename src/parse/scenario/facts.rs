//! From the sections of a scenario to facts.

use super::sections::{ConnectorState, Document, Ndr as RawNdr, Queue as RawQueue, QueueState, Smtp};
use crate::fact::{
    Answer, Change, Connector, Counter, DiagnosticLevel, DnsAnswer, Event, FactName, Kind, Known, Listed, LogText, Ndr, NotExamined, Place,
    Platform, Queue, Resource, Sample, Series, Service, Session, Setting, Source, Timestamp, Value, Why,
};
use crate::knowledge::{LoadError, Text, place};
use crate::parse::template::{reason, template};
use crate::parse::{Harvest, Line, log_reader};

/// Takes the facts of a document into a harvest.
///
/// # Errors
///
/// [`LoadError`] for a name in `complete` that names no kind of fact.
pub fn take(document: &Document, text: &str, whole: Source, into: &mut Harvest) -> Result<(), LoadError> {
    // Counting the lines before each fact would take the square of the file's length.
    let ends: Vec<usize> = memchr::memchr_iter(b'\n', text.as_bytes()).collect();
    let at = |byte: usize| Source { file: whole.file, place: Place::Line(ends.partition_point(|end| *end < byte) as u64 + 1) };
    into.facts.case.described = true;
    head(document, text, whole, into)?;
    let before = into.facts.len();
    for queue in &document.queue {
        take_queue(queue.get_ref(), at(queue.span().start), into);
    }
    for event in &document.event {
        let (source, event) = (at(event.span().start), event.get_ref());
        let fact = Event {
            source: event.source.clone(),
            number: event.id,
            log: known(event.log.clone()),
            level: known(event.level.map(|level| level.id().to_owned())),
            category: known(event.category.clone()),
            message: known(event.message.clone()),
            count: event.count.unwrap_or(1),
            healed: false,
        };
        into.add(|facts| &mut facts.events, fact, event.at.as_ref().and_then(time), source);
    }
    for dns in &document.dns {
        let (source, dns) = (at(dns.span().start), dns.get_ref());
        let fact = DnsAnswer {
            name: dns.name.trim_end_matches('.').to_lowercase(),
            record: dns.record.id().to_owned(),
            result: dns.result.id().to_owned(),
            answers: known(dns.answers.clone()),
            server: known(dns.server.clone()),
            millis: known(dns.millis),
            transport: known(dns.transport.map(|transport| transport.id().to_owned())),
            truncated: known(dns.truncated),
        };
        into.add(|facts| &mut facts.dns, fact, None, source);
    }
    for smtp in &document.smtp {
        take_session(smtp.get_ref(), at(smtp.span().start), into);
    }
    for service in &document.service {
        let (source, service) = (at(service.span().start), service.get_ref());
        let fact = Service { name: service.name.clone(), state: Known::Value(service.state.id().to_owned()) };
        into.add(|facts| &mut facts.services, fact, None, source);
    }
    for level in &document.diagnostic_level {
        let (source, level) = (at(level.span().start), level.get_ref());
        let fact = DiagnosticLevel { category: level.category.clone(), level: Known::Value(level.level.id().to_owned()) };
        into.add(|facts| &mut facts.levels, fact, None, source);
    }
    connectors(document, &at, into);
    for setting in &document.setting {
        let (source, setting) = (at(setting.span().start), setting.get_ref());
        let fact = Setting { key: setting.key.clone(), value: Known::Value(Value::Text(setting.value.text())) };
        into.add(|facts| &mut facts.settings, fact, None, source);
    }
    for counter in &document.counter {
        let (source, counter) = (at(counter.span().start), counter.get_ref());
        let fact = Counter { name: counter.name.clone(), value: Known::Value(counter.value) };
        into.add(|facts| &mut facts.counters, fact, None, source);
    }
    for resource in &document.resource {
        let (source, resource) = (at(resource.span().start), resource.get_ref());
        let fact = Resource {
            name: resource.name.id().to_owned(),
            target: known(resource.target.clone()),
            used_percent: Known::Value(resource.used_percent),
            free_bytes: Known::default(),
        };
        into.add(|facts| &mut facts.resources, fact, None, source);
    }
    for ndr in &document.ndr {
        take_ndr(ndr.get_ref(), at(ndr.span().start), into);
    }
    for tried in &document.not_examined {
        let (source, tried) = (at(tried.span().start), tried.get_ref());
        into.facts.not_examined.push(NotExamined { what: tried.what.clone(), reason: tried.reason.clone(), source });
    }
    for change in &document.change {
        let (source, change) = (at(change.span().start), change.get_ref());
        let fact = Change {
            what: change.what.clone(),
            kind: change.kind.id().to_owned(),
            when: change.at.as_ref().and_then(time),
            detail: known(change.detail.clone()),
        };
        into.add(|facts| &mut facts.changes, fact, None, source);
    }
    for answer in &document.answer {
        let (source, answer) = (at(answer.span().start), answer.get_ref());
        let fact = Answer { question: answer.question.clone(), value: answer.value.text() };
        into.add(|facts| &mut facts.answers, fact, None, source);
    }
    logs(document, &at, into);
    let records = (into.facts.len() - before) as u64;
    if let Some(report) = into.reports.last_mut() {
        report.records += records;
    }
    Ok(())
}

fn head(document: &Document, text: &str, whole: Source, into: &mut Harvest) -> Result<(), LoadError> {
    let Some(head) = &document.scenario else { return Ok(()) };
    let case = &mut into.facts.case;
    case.id = case.id.take().or_else(|| head.id.clone());
    case.title = case.title.take().or_else(|| head.title.clone());
    case.platform = head.platform.and_then(|platform| Platform::from_id(platform.id())).or(case.platform);
    case.server = head.server.clone().or_else(|| case.server.take());
    case.domains.extend(head.domain.as_ref().map(|domain| domain.to_lowercase()));
    case.taken_at = head.taken_at.as_ref().and_then(time).or(case.taken_at);
    if let Some(complaint) = &head.complaint {
        let fact = Answer { question: "complaint".to_owned(), value: complaint.clone() };
        into.add(|facts| &mut facts.answers, fact, None, whole);
    }
    for listed in &head.complete {
        let byte = listed.span().start;
        let name = into.facts.file(whole.file).to_owned();
        let what = FactName::parse(listed.get_ref()).map_err(|error| LoadError::at(&name, text, byte, error.to_string()))?;
        let source = Source { file: whole.file, place: Place::Line(u64::from(place(text, byte).0)) };
        into.facts.listed.push(Listed { what, source });
    }
    Ok(())
}

fn known<T>(value: Option<T>) -> Known<T> {
    value.map_or_else(Known::default, Known::Value)
}

fn time(datetime: &toml::value::Datetime) -> Option<Timestamp> {
    Timestamp::parse(&datetime.to_string())
}

fn take_queue(queue: &RawQueue, source: Source, into: &mut Harvest) {
    let mut minutes = |minutes: Option<f64>, field: &str| match minutes {
        Some(minutes) if minutes.is_finite() && minutes >= 0.0 => Known::Value((minutes * 60.0) as u64),
        Some(minutes) => {
            let text = Text::new(
                format!("queue `{}`: {field} = {minutes} cannot be and was left out", queue.name),
                format!("キュー `{}`: {field} = {minutes} はありえない値のため、無視しました", queue.name),
            );
            into.left_out.push((text, source));
            Known::Unknown(Why::Unreadable("a negative time".into()))
        }
        None => Known::default(),
    };
    let oldest = minutes(queue.oldest_minutes, "oldest_minutes");
    let next_retry = minutes(queue.next_retry_minutes, "next_retry_minutes");
    let messages = match queue.messages.map(u64::try_from) {
        Some(Ok(messages)) => Known::Value(messages),
        Some(Err(_)) => {
            let text = Text::new(
                format!("queue `{}` cannot hold {} messages; the count was left out", queue.name, queue.messages.unwrap_or_default()),
                format!("キュー `{}` のメッセージ数 {} はありえないため、無視しました", queue.name, queue.messages.unwrap_or_default()),
            );
            into.left_out.push((text, source));
            Known::Unknown(Why::Unreadable("a negative count".into()))
        }
        None => Known::default(),
    };
    let samples: Vec<Sample> =
        queue.sample.iter().filter_map(|sample| Some(Sample { at: time(&sample.at)?, messages: sample.messages })).collect();
    let fact = Queue {
        name: queue.name.clone(),
        kind: known(queue.kind.map(|kind| kind.id().to_owned())),
        stage: Known::default(),
        state: match queue.state {
            Some(QueueState::Unknown) | None => Known::default(),
            Some(state) => Known::Value(state.id().to_owned()),
        },
        messages,
        growing: known(queue.growing),
        oldest,
        next_retry,
        last_error: known(queue.last_error.clone()),
        series: Series(samples),
        share: Known::default(),
    };
    into.add(|facts| &mut facts.queues, fact, None, source);
}

fn take_session(smtp: &Smtp, source: Source, into: &mut Harvest) {
    let case = &into.facts.case;
    let host = smtp.host.to_lowercase();
    let own = case.server.as_ref().is_some_and(|server| server.eq_ignore_ascii_case(&host))
        || case.domains.iter().any(|domain| host == *domain || host.ends_with(&format!(".{domain}")));
    let direction = match smtp.direction {
        Some(direction) => direction.id(),
        None if own => "inbound",
        None => "outbound",
    };
    let fact = Session {
        host: smtp.host.clone(),
        address: Known::default(),
        port: smtp.port.unwrap_or(25),
        direction: direction.to_owned(),
        result: smtp.result.id().to_owned(),
        ..crate::parse::session_of(&smtp.transcript)
    };
    into.add(|facts| &mut facts.sessions, fact, None, source);
}

fn take_ndr(ndr: &RawNdr, source: Source, into: &mut Harvest) {
    let text = ndr.text.clone().unwrap_or_default();
    let said = reason(&text);
    let fact = Ndr {
        recipient: known(ndr.recipient.clone()),
        code: known(ndr.code.clone().or_else(|| said.code.map(str::to_owned))),
        reply: known(ndr.reply.or(said.reply)),
        host: known(said.host.clone()),
        action: Known::Value("failed".to_owned()),
        side: crate::parse::own_words(&text).unwrap_or(said.side).id().to_owned(),
        text: known(ndr.text.clone()),
    };
    into.add(|facts| &mut facts.ndrs, fact, None, source);
}

/// `connector.address_space` and `connector.count` are another spelling of `[[connector]]`.
fn connectors(document: &Document, at: &impl Fn(usize) -> Source, into: &mut Harvest) {
    let mut given = document.connector.len();
    for connector in &document.connector {
        let (source, connector) = (at(connector.span().start), connector.get_ref());
        let fact = Connector {
            name: connector.name.clone(),
            address_spaces: known(connector.address_spaces.clone()),
            smart_host: match connector.smart_host.as_deref() {
                Some("") => Known::Absent,
                Some(host) => Known::Value(host.to_owned()),
                None => Known::default(),
            },
            state: match connector.state {
                Some(ConnectorState::Unknown) | None => Known::default(),
                Some(state) => Known::Value(state.id().to_owned()),
            },
            restrictions: known(connector.restrictions.clone()),
        };
        into.add(|facts| &mut facts.connectors, fact, None, source);
    }
    let settings = |key: &'static str| {
        document
            .setting
            .iter()
            .filter(move |setting| setting.get_ref().key == key)
            .map(|setting| (at(setting.span().start), setting.get_ref()))
    };
    for (source, setting) in settings("connector.address_space") {
        given += 1;
        let spaces = setting
            .value
            .text()
            .split([',', ';'])
            .map(|space| space.trim().to_owned())
            .filter(|space| !space.is_empty() && space.parse::<u32>().is_err())
            .collect();
        let fact = Connector { name: format!("connector {given}"), address_spaces: Known::Value(spaces), ..Connector::default() };
        into.add(|facts| &mut facts.connectors, fact, None, source);
    }
    // The count may stand before the connectors: it is compared when all of them are known.
    for (source, _) in settings("connector.count").filter(|(_, setting)| setting.value.text().trim().parse() == Ok(given)) {
        into.listed(Kind::Connector, "", source);
    }
}

fn logs(document: &Document, at: &impl Fn(usize) -> Source, into: &mut Harvest) {
    for log in &document.log {
        let mut reader = log_reader(&log.format);
        let (mut lines, mut strange) = (0usize, 0usize);
        if let Some(first) = log.lines.first() {
            into.quoted.push((log.format.clone(), at(first.span().start)));
        }
        for spanned in &log.lines {
            let source = at(spanned.span().start);
            let number = match source.place {
                Place::Line(line) => line,
                _ => 1,
            };
            for text in spanned.get_ref().lines() {
                let line = Line { text, raw: text.as_bytes(), number, file: source.file, cut: false };
                lines += usize::from(!text.trim().is_empty());
                let took = reader.as_mut().map_or(crate::parse::Took::No, |reader| reader.line(line, into));
                if matches!(took, crate::parse::Took::No | crate::parse::Took::Unread(_)) && !text.trim().is_empty() {
                    strange += 1;
                    let fact = LogText {
                        program: log.format.clone(),
                        text: text.to_owned(),
                        template: template(text),
                        level: Known::default(),
                        count: 1,
                        last: None,
                    };
                    into.add(|facts| &mut facts.logs, fact, None, source);
                }
            }
        }
        match reader {
            Some(reader) => {
                reader.end(into);
                if let Some(first) = log.lines.first().filter(|_| strange > 0 && strange == lines) {
                    let text = Text::new(
                        format!("none of these lines is one of a `{}` log; they were searched for codes and replies only", log.format),
                        format!("`{}` のログの行が 1 つもありません。コードと応答だけを検索しました", log.format),
                    );
                    into.warn(text, at(first.span().start));
                }
            }
            None => {
                if let Some(first) = log.lines.first() {
                    into.warn(
                        Text::new(
                            format!(
                                "`{}` logs are not made into deliveries; rules and patterns read their lines as they stand",
                                log.format
                            ),
                            format!("`{}` のログは配信の記録に変換されません。各行はルールとパターンで照合します", log.format),
                        ),
                        at(first.span().start),
                    );
                }
            }
        }
    }
}
