//! Answers of the DNS that a live run kept: one JSON object a line, one line for each question, server and transport.

use super::{Format, Harvest, Line, Look, Reader, Reason, Sure, Took};
use crate::fact::{DnsAnswer, Facts, Known, NotExamined, Timestamp};
use serde::Deserialize;

/// Answers of the DNS as `mailmedic` keeps them.
pub struct DnsLines;

/// What every line begins with.
const BEGINS: &str = "{\"format\":\"mailmedic.dns/";
/// Codes of RFC 8914 that say that a signature does not hold.
const BOGUS: std::ops::RangeInclusive<u16> = 5..=12;

impl Format for DnsLines {
    fn id(&self) -> &'static str {
        "dns-lines"
    }

    fn begins(&self, look: &Look<'_>) -> Option<Sure> {
        look.first().starts_with(BEGINS).then_some(Sure::Certain)
    }

    fn reader(&self) -> Box<dyn Reader> {
        Box::new(Lines)
    }
}

/// One line.
#[derive(Debug, Deserialize)]
struct Asked {
    name: String,
    r#type: String,
    server: String,
    transport: String,
    outcome: String,
    millis: u64,
    #[serde(default)]
    at: String,
    #[serde(default)]
    says: Option<String>,
    #[serde(default)]
    code: Option<String>,
    #[serde(default)]
    extended: Option<u16>,
    #[serde(default)]
    truncated: bool,
    #[serde(default)]
    answers: Vec<Record>,
    #[serde(default)]
    authority: Vec<Record>,
}

#[derive(Debug, Deserialize)]
struct Record {
    name: String,
    r#type: String,
    data: String,
}

struct Lines;

impl Reader for Lines {
    fn line(&mut self, line: Line<'_>, into: &mut Harvest) -> Took {
        if !line.text.starts_with(BEGINS) {
            return if line.text.trim().is_empty() { Took::Part } else { Took::No };
        }
        let Ok(asked) = serde_json::from_str::<Asked>(line.text) else {
            return Took::Unread(Reason::new("no valid line of DNS answers", "DNS の応答の行として有効ではありません"));
        };
        take(asked, line, into);
        Took::Record
    }

    fn end(self: Box<Self>, _into: &mut Harvest) {}
}

fn take(asked: Asked, line: Line<'_>, into: &mut Harvest) {
    let at = Timestamp::parse(&asked.at);
    let answers: Vec<String> = asked.answers.iter().filter(|record| record.r#type == asked.r#type).map(data).collect();
    let result = match (asked.outcome.as_str(), asked.code.as_deref()) {
        ("reply", Some("NOERROR")) if !answers.is_empty() => "answer",
        // A referral to other servers is no answer, and does not say that there is none.
        ("reply", Some("NOERROR")) if asked.answers.is_empty() && delegates(&asked) => "servfail",
        // Cut off before the first record: there may be some.
        ("reply", Some("NOERROR")) if asked.truncated => "answer",
        ("reply", Some("NOERROR")) => "no-data",
        ("reply", Some("NXDOMAIN")) => "nxdomain",
        ("reply", Some("REFUSED" | "NOTAUTH")) => "refused",
        ("reply", Some(_)) if asked.extended.is_some_and(|code| BOGUS.contains(&code)) => "bogus",
        ("reply", _) => "servfail",
        ("timeout", _) => "timeout",
        ("unreachable", _) => "unreachable",
        ("broken", _) => "broken",
        _ => {
            let reason = asked.says.unwrap_or_else(|| "it was not asked".to_owned());
            let what = format!("dns {} {}", asked.name, asked.r#type);
            into.facts.not_examined.push(NotExamined { what, reason, source: line.source() });
            return;
        }
    };
    for alias in asked.answers.iter().filter(|record| record.r#type == "CNAME" && asked.r#type != "CNAME") {
        let what = DnsAnswer {
            name: alias.name.clone(),
            record: "CNAME".to_owned(),
            result: "answer".to_owned(),
            answers: Known::Value(vec![data(alias)]),
            server: Known::Value(asked.server.clone()),
            transport: Known::Value(asked.transport.clone()),
            ..DnsAnswer::default()
        };
        into.add(|facts: &mut Facts| &mut facts.dns, what, at, line.source());
    }
    let what = DnsAnswer {
        name: asked.name,
        record: asked.r#type,
        result: result.to_owned(),
        answers: match result {
            "answer" => Known::Value(answers),
            "no-data" | "nxdomain" => Known::Absent,
            _ => Known::default(),
        },
        server: Known::Value(asked.server),
        millis: Known::Value(asked.millis),
        transport: Known::Value(asked.transport),
        truncated: Known::Value(asked.truncated),
    };
    into.add(|facts: &mut Facts| &mut facts.dns, what, at, line.source());
}

fn delegates(asked: &Asked) -> bool {
    asked.authority.iter().any(|record| record.r#type == "NS") && !asked.authority.iter().any(|record| record.r#type == "SOA")
}

/// The data of a record as scenarios write it: names without the dot at the end.
fn data(record: &Record) -> String {
    if matches!(record.r#type.as_str(), "TXT" | "SPF") {
        return record.data.clone();
    }
    let undotted = |word: &str| if word == "." { word.to_owned() } else { word.strip_suffix('.').unwrap_or(word).to_owned() };
    record.data.split_whitespace().map(undotted).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::super::host_state::support::{facts, read_text};

    fn line(rest: &str) -> String {
        format!(
            "{{\"format\":\"mailmedic.dns/1\",\"name\":\"shop.example\",\"type\":\"MX\",\"server\":\"192.0.2.53\",\"transport\":\"udp\",\"millis\":4,{rest}}}\n"
        )
    }

    #[test]
    fn every_way_a_question_ends() {
        let mx = r#""answers":[{"name":"shop.example","type":"MX","ttl":5,"data":"10 mx.shop.example."}]"#;
        let ns = r#""authority":[{"name":"shop.example","type":"NS","ttl":5,"data":"ns.shop.example."}]"#;
        let cases = [
            (format!(r#""outcome":"reply","code":"NOERROR",{mx}"#), "answer 10 mx.shop.example"),
            (r#""outcome":"reply","code":"NOERROR""#.to_owned(), "no-data ?"),
            (format!(r#""outcome":"reply","code":"NOERROR",{ns}"#), "servfail ?"),
            (r#""outcome":"reply","code":"NOERROR","truncated":true"#.to_owned(), "answer "),
            (r#""outcome":"reply","code":"NXDOMAIN""#.to_owned(), "nxdomain ?"),
            (r#""outcome":"reply","code":"SERVFAIL""#.to_owned(), "servfail ?"),
            (r#""outcome":"reply","code":"SERVFAIL","extended":6"#.to_owned(), "bogus ?"),
            (r#""outcome":"reply","code":"REFUSED""#.to_owned(), "refused ?"),
            (r#""outcome":"timeout""#.to_owned(), "timeout ?"),
            (r#""outcome":"unreachable","says":"Connection refused""#.to_owned(), "unreachable ?"),
            (r#""outcome":"broken","says":"x""#.to_owned(), "broken ?"),
        ];
        for (rest, row) in cases {
            assert_eq!(facts(&read_text(&line(&rest))), [format!("dns shop.example MX {row} @192.0.2.53 4")], "{rest}");
        }
    }

    #[test]
    fn what_was_not_asked_is_unknown_and_rubbish_is_survived() {
        let harvest = read_text(&line(r#""outcome":"not-asked","says":"no socket""#));
        assert!(harvest.facts.dns.is_empty());
        assert_eq!(harvest.facts.not_examined.first().map(|one| one.reason.as_str()), Some("no socket"));
        assert!(read_text("{\"format\":\"mailmedic.dns/1\",\"name\":7}\n").facts.dns.is_empty());
    }
}
