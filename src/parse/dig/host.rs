//! The sentences of `host`: `example.net mail is handled by 10 mx.example.net.`

use super::super::{Harvest, Line, Took};
use super::undotted;
use crate::fact::{DnsAnswer, Facts, FileId, Known};

/// Phrases and the type of record that they tell.
///
/// # Source
///
/// `host(1)` of BIND.
const SAYS: &[(&str, &str)] = &[
    (" mail is handled by ", "MX"),
    (" has address ", "A"),
    (" has IPv6 address ", "AAAA"),
    (" domain name pointer ", "PTR"),
    (" is an alias for ", "CNAME"),
    (" descriptive text ", "TXT"),
    (" name server ", "NS"),
    (" has SOA record ", "SOA"),
];

/// Reads a sentence: name, type, result, and the record.
pub(super) fn parse(line: &str) -> Option<(String, String, &'static str, Option<String>)> {
    let line = line.trim();
    for (phrase, kind) in SAYS {
        if let Some((name, data)) = line.split_once(phrase).filter(|(name, _)| is_name(name)) {
            let data = super::data(kind, data.trim());
            return Some((undotted(name), (*kind).to_owned(), "answer", Some(data)));
        }
    }
    if let Some(rest) = line.strip_prefix("Host ")
        && let Some((name, why)) = rest.split_once(" not found: ")
    {
        let result = if why.starts_with("3(") {
            "nxdomain"
        } else if why.starts_with("5(") {
            "refused"
        } else {
            "servfail"
        };
        return is_name(name).then(|| (undotted(name), "A".to_owned(), result, None));
    }
    let (name, rest) = line.split_once(" has no ")?;
    let kind = rest.strip_suffix(" record")?;
    (is_name(name) && super::KINDS.contains(&kind)).then(|| (undotted(name), kind.to_owned(), "no-data", None))
}

/// Returns the server of `Nameserver 192.0.2.53:` and `Address: 192.0.2.53#53`.
pub(super) fn server(line: &str) -> Option<String> {
    let server = line.strip_prefix("Nameserver ")?.trim_end().strip_suffix(':')?;
    is_name(server).then(|| server.to_owned())
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text.len() < 256
        && text.contains(['.', ':'])
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_:*/".contains(&byte))
}

/// What `host` said so far.
#[derive(Default)]
pub(super) struct Host {
    /// The server that the next sentences come from.
    server: Option<String>,
    /// The row of the last answer, to which further records of the same name and type belong.
    last: Option<usize>,
    /// The file that is being read.
    pub(super) file: Option<FileId>,
}

impl Host {
    pub(super) fn line(&mut self, line: Line<'_>, into: &mut Harvest) -> Took {
        self.file = Some(line.file);
        if let Some(server) = server(line.text) {
            self.server = Some(server);
            self.last = None;
            return Took::Part;
        }
        let Some((name, record, result, data)) = parse(line.text) else { return Took::No };
        let server = self.server.clone().map_or_else(Known::default, Known::Value);
        let same =
            |answer: &DnsAnswer| answer.name == name && answer.record == record && answer.server == server && answer.result == "answer";
        let last = self.last.and_then(|row| into.facts.dns.iter_mut().nth(row)).filter(|fact| same(&fact.what));
        if let (Some(fact), Some(data)) = (last, &data) {
            if let Known::Value(answers) = &mut fact.what.answers
                && !answers.contains(data)
                && answers.len() < super::MOST
            {
                answers.push(data.clone());
            }
            return Took::Record;
        }
        let answers = data.map_or(if result == "servfail" || result == "refused" { Known::default() } else { Known::Absent }, |data| {
            Known::Value(vec![data])
        });
        let what = DnsAnswer { name, record, result: result.to_owned(), answers, server, ..DnsAnswer::default() };
        self.last = Some(into.add(|facts: &mut Facts| &mut facts.dns, what, None, line.source()));
        Took::Record
    }
}
