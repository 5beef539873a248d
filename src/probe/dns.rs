//! Questions to the DNS servers that the mail system uses: what each of them says, as lines of JSON.

use super::{Collector, Probe};
use crate::evidence::bundle::Missing;
use crate::fact::Timestamp;
use crate::system;
use crate::system::network::{self, Answer, Bounds, Ending, Question, Record};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The word that every line of the evidence begins with.
pub const FORMAT: &str = "mailmedic.dns/1";
/// How many questions are on their way at once: to all servers, and to one. A resolver takes thousands a second; a firewall in between may not.
const AT_ONCE: usize = 256;
const PER_SERVER: usize = 96;
/// How many questions that were not asked are named one by one.
const NAMED: usize = 20;

/// Asks DNS servers.
pub struct Dns {
    /// The file of the evidence, `answers.jsonl`.
    pub file: &'static str,
    /// What is asked, what matters most first.
    pub questions: Vec<Question>,
}

impl Probe for Dns {
    fn name(&self) -> &'static str {
        "dns"
    }

    fn seed(&self) -> &'static [&'static str] {
        &["Q4.2", "OUT3", "T6"]
    }

    fn run(&self, collector: &mut Collector<'_>) {
        if self.questions.is_empty() {
            return;
        }
        let bounds =
            Bounds { deadline: collector.until(), at_once: AT_ONCE, per_host: PER_SERVER, stop: Arc::clone(&collector.machine.stop) };
        // Answers come in any order; the evidence has the order of the questions.
        let places: BTreeMap<String, usize> = self.questions.iter().enumerate().map(|(place, question)| (key(question), place)).collect();
        let mut lines: BTreeMap<usize, String> = BTreeMap::new();
        let begun = network::ask(self.questions.clone(), &bounds, &mut |question, answers| {
            let text: String = answers.iter().map(|answer| format!("{}\n", line(&question, answer))).collect();
            if let Some(place) = places.get(&key(&question)) {
                lines.insert(*place, text);
            }
        });
        if let Err(error) = begun {
            collector.lacks("dns", Missing::Failed, Some(error.to_string()));
            return;
        }
        let text: String = lines.values().map(String::as_str).collect();
        if !text.is_empty() {
            collector.text(self.file, "dns", text.as_bytes());
        }
        let open: Vec<&Question> =
            self.questions.iter().enumerate().filter(|(place, _)| !lines.contains_key(place)).map(|(_, question)| question).collect();
        for question in open.iter().take(NAMED) {
            collector.lacks(&format!("{} {}", question.name, question.kind), Missing::Ended, None);
        }
        if open.len() > NAMED {
            collector.lacks(&format!("{} more questions", open.len() - NAMED), Missing::Ended, None);
        }
    }
}

fn key(question: &Question) -> String {
    format!("{} {} {} {}", question.name, question.kind, question.server, question.transport.id())
}

/// One answer as a line of JSON.
fn line(question: &Question, answer: &Answer) -> Value {
    let (outcome, says) = match &answer.ending {
        Ending::Reply => ("reply", None),
        Ending::TimedOut => ("timeout", None),
        Ending::Unreachable(says) => ("unreachable", Some(says)),
        Ending::Broken(says) => ("broken", Some(says)),
        Ending::NotAsked(says) => ("not-asked", Some(says)),
    };
    let server = if question.server.port() == 53 { question.server.ip().to_string() } else { question.server.to_string() };
    let mut line = json!({
        "format": FORMAT, "name": question.name, "type": question.kind, "server": server, "transport": answer.transport.id(),
        "outcome": outcome, "millis": answer.millis, "sent": answer.sent, "at": Timestamp(system::now()).to_string(),
    });
    let Value::Object(fields) = &mut line else { return line };
    if let Some(says) = says {
        fields.insert("says".to_owned(), json!(says));
    }
    if let Some(code) = &answer.code {
        fields.insert("code".to_owned(), json!(code));
    }
    if let Some(extended) = answer.extended {
        fields.insert("extended".to_owned(), json!(extended));
    }
    for (name, set) in [("truncated", answer.truncated), ("authentic", answer.authentic), ("authoritative", answer.authoritative)] {
        if set {
            fields.insert(name.to_owned(), json!(true));
        }
    }
    for (name, records) in [("answers", &answer.answers), ("authority", &answer.authority)] {
        if !records.is_empty() {
            fields.insert(name.to_owned(), records.iter().map(record).collect());
        }
    }
    line
}

fn record(record: &Record) -> Value {
    json!({"name": record.name, "type": record.kind, "ttl": record.ttl, "data": record.data})
}
