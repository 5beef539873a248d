//! What a plugin can ask for. Every fact that is handed out may be handed back.

use super::Host;
use super::convert::{count, from_stage, number, option, seconds, stage, text, value};
use super::mailmedic::plugin::facts as wit;
use crate::fact::{FactId, FactKind, FactName, Kind, Stage, Table};
use crate::knowledge::glob;

/// How many facts one call returns at most; longer listings are paged.
const PAGE: usize = 5_000;

impl Host {
    /// Rows of a table that pass a test, as records of the interface.
    fn rows<K: FactKind, R>(
        &mut self,
        table: impl Fn(&crate::fact::Facts) -> &Table<K>,
        wanted: impl Fn(&K) -> bool,
        record: impl Fn(u32, &K) -> R,
    ) -> Vec<R> {
        let mut out = Vec::new();
        for (row, fact) in table(&self.facts).iter().enumerate() {
            if out.len() >= PAGE {
                break;
            }
            if wanted(&fact.what) {
                let id = FactId::new(K::KIND, row).number();
                self.handed.insert(id);
                out.push(record(id, &fact.what));
            }
        }
        out
    }
}

fn same(text: &str, wanted: &str) -> bool {
    wanted.is_empty() || text.eq_ignore_ascii_case(wanted)
}

impl wit::Host for Host {
    fn queues(&mut self, wanted: wit::Stage) -> Vec<wit::Queue> {
        let wanted = from_stage(wanted);
        self.rows(
            |facts| &facts.queues,
            |queue| queue.stage.value() == Some(&wanted),
            |id, queue| wit::Queue {
                id,
                name: queue.name.clone(),
                stage: stage(queue.stage.value().copied().unwrap_or_default()),
                state: text(&queue.state),
                messages: count(&queue.messages),
                oldest: count(&queue.oldest),
                last_error: text(&queue.last_error),
            },
        )
    }

    fn samples(&mut self, queue: u32) -> Vec<wit::Sample> {
        let Some(id) = FactId::from_number(queue).filter(|id| id.kind() == Kind::Queue && self.handed.contains(&queue)) else {
            return Vec::new();
        };
        let series = self.facts.queues.get(id.row()).map(|fact| fact.what.series.0.clone()).unwrap_or_default();
        series.into_iter().take(PAGE).map(|sample| wit::Sample { at: sample.at.0, messages: sample.messages }).collect()
    }

    fn outcomes(&mut self, wanted: wit::Stage, skip: u32, limit: u32) -> Vec<wit::Outcome> {
        let wanted = from_stage(wanted);
        let rows = ordered(&self.facts.outcomes, wanted);
        let page: Vec<usize> = rows.into_iter().skip(skip as usize).take((limit as usize).min(PAGE)).collect();
        let mut out = Vec::with_capacity(page.len());
        for row in page {
            let Some(fact) = self.facts.outcomes.get(row) else { continue };
            let outcome = &fact.what;
            let id = FactId::new(Kind::Outcome, row).number();
            out.push(wit::Outcome {
                id,
                destination: outcome.destination.clone(),
                next_hop: option(&outcome.next_hop),
                status: outcome.status.clone(),
                code: option(&outcome.code),
                // Names stand in the text, and a plugin compares what is said: the placeholders help, the host keeps the words.
                template: outcome.template.clone(),
                messages: outcome.messages,
                share: outcome.share,
                first: seconds(outcome.first),
                last: seconds(outcome.last),
                healed: outcome.healed,
            });
            self.handed.insert(id);
        }
        out
    }

    fn events(&mut self, source: String, numbers: Vec<u32>) -> Vec<wit::Event> {
        let plain = |text: &str| text.replace(' ', "").to_lowercase();
        let source = plain(&source);
        let latest: Vec<Option<i64>> = self.facts.events.iter().map(|fact| fact.at.map(|at| at.0)).collect();
        let mut events = self.rows(
            |facts| &facts.events,
            // The interface has no word for what is over: it is not told.
            |event| {
                !event.healed
                    && (source.is_empty() || plain(&event.source) == source)
                    && (numbers.is_empty() || numbers.contains(&event.number))
            },
            |id, event| wit::Event {
                id,
                source: event.source.clone(),
                number: event.number,
                level: option(&event.level).unwrap_or_default(),
                category: option(&event.category).unwrap_or_default(),
                message: option(&event.message).unwrap_or_default(),
                count: u32::try_from(event.count).unwrap_or(u32::MAX),
                last: None,
            },
        );
        for event in &mut events {
            event.last = FactId::from_number(event.id).and_then(|id| latest.get(id.row()).copied().flatten());
        }
        events
    }

    fn settings(&mut self, pattern: String) -> Vec<wit::Setting> {
        self.rows(
            |facts| &facts.settings,
            |setting| {
                pattern == "*"
                    || glob(&pattern, &setting.key)
                    || FactName::of(Kind::Setting, std::slice::from_ref(&pattern)).matches(&setting.parts())
            },
            |id, setting| wit::Setting { id, key: setting.key.clone(), value: value(&setting.value) },
        )
    }

    fn services(&mut self, name: String) -> Vec<wit::Service> {
        self.rows(
            |facts| &facts.services,
            |service| same(&service.name, &name),
            |id, service| wit::Service { id, name: service.name.clone(), state: option(&service.state).unwrap_or_default() },
        )
    }

    fn connectors(&mut self) -> Vec<wit::Connector> {
        self.rows(
            |facts| &facts.connectors,
            |_| true,
            |id, connector| wit::Connector {
                id,
                name: connector.name.clone(),
                address_spaces: connector.address_spaces.value().cloned().unwrap_or_default(),
                smart_host: option(&connector.smart_host),
                state: text(&connector.state),
                restrictions: connector.restrictions.value().cloned().unwrap_or_default(),
            },
        )
    }

    fn resources(&mut self) -> Vec<wit::HostResource> {
        self.rows(
            |facts| &facts.resources,
            |_| true,
            |id, resource| wit::HostResource {
                id,
                kind: resource.name.clone(),
                target: option(&resource.target).unwrap_or_default(),
                used_percent: number(&resource.used_percent),
            },
        )
    }

    fn counters(&mut self, pattern: String) -> Vec<wit::Counter> {
        let part = pattern.trim_matches('*').to_lowercase();
        self.rows(
            |facts| &facts.counters,
            |counter| counter.name.to_lowercase().contains(&part),
            |id, counter| wit::Counter { id, name: counter.name.clone(), value: number(&counter.value) },
        )
    }

    fn diagnostic_levels(&mut self) -> Vec<wit::DiagnosticLevel> {
        self.rows(
            |facts| &facts.levels,
            |_| true,
            |id, level| wit::DiagnosticLevel { id, category: level.category.clone(), level: text(&level.level) },
        )
    }

    fn dns(&mut self, name: String) -> Vec<wit::DnsAnswer> {
        self.rows(
            |facts| &facts.dns,
            |answer| same(&answer.name, &name),
            |id, answer| wit::DnsAnswer {
                id,
                name: answer.name.clone(),
                kind: answer.record.clone(),
                outcome: answer.result.clone(),
                answers: answer.answers.value().cloned().unwrap_or_default(),
                server: option(&answer.server),
                milliseconds: count(&answer.millis),
            },
        )
    }

    fn sessions(&mut self, host: String) -> Vec<wit::Session> {
        self.rows(
            |facts| &facts.sessions,
            |session| same(&session.host, &host),
            |id, session| wit::Session {
                id,
                host: session.host.clone(),
                port: session.port,
                inbound: session.direction == "inbound",
                outcome: session.result.clone(),
                last_reply: option(&session.last_reply),
            },
        )
    }

    fn bounces(&mut self, skip: u32, limit: u32) -> Vec<wit::Bounce> {
        let (skip, limit) = (skip as usize, (limit as usize).min(PAGE));
        let mut all = self.rows(
            |facts| &facts.ndrs,
            |ndr| ndr.action.value().is_none_or(|action| action == "failed"),
            |id, ndr| wit::Bounce {
                id,
                recipient: option(&ndr.recipient).unwrap_or_default(),
                code: option(&ndr.code),
                reply: option(&ndr.text).unwrap_or_default(),
                host: option(&ndr.host),
            },
        );
        all.drain(..skip.min(all.len()));
        all.truncate(limit);
        all
    }

    /// No parser of this version follows single messages: there is no hop to hand out.
    fn hops(&mut self, _skip: u32, _limit: u32) -> Vec<wit::Hop> {
        Vec::new()
    }

    fn listed(&mut self, pattern: String) -> wit::KnownText {
        match FactName::parse(&pattern) {
            Ok(name) if self.facts.listing(&name).is_some() => wit::KnownText::Value("listed".into()),
            Ok(_) => wit::KnownText::Unknown("nobody listed it".into()),
            Err(error) => wit::KnownText::Unknown(error.to_string()),
        }
    }
}

/// The rows of a stage, most messages first.
fn ordered(outcomes: &Table<crate::fact::Outcome>, wanted: Stage) -> Vec<usize> {
    let mut rows: Vec<(u64, usize)> =
        outcomes.iter().enumerate().filter(|(_, fact)| fact.what.stage == wanted).map(|(row, fact)| (fact.what.messages, row)).collect();
    rows.sort_by(|left, right| right.0.cmp(&left.0).then(left.1.cmp(&right.1)));
    rows.into_iter().map(|(_, row)| row).collect()
}
