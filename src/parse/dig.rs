//! Answers of the DNS: `dig` in all its lengths, and `host`.

mod host;

use super::{Format, Harvest, Line, Look, Reader, Sure, Took};
use crate::fact::{DnsAnswer, Facts, Known, Place, Source, Timestamp};

/// Answers of the DNS, as `dig` and `host` print them.
pub struct Dig;

/// How many queries of one piece are kept, and how many records of one answer.
const MOST: usize = 2_000;

impl Format for Dig {
    fn id(&self) -> &'static str {
        "dig"
    }

    fn begins(&self, look: &Look<'_>) -> Option<Sure> {
        let first = look.first();
        let starts =
            ["; <<>> DiG", ";; communications error to ", ";; Got answer:", ";; ->>HEADER<<-", ";; connection timed out; no servers"];
        if starts.iter().any(|start| first.starts_with(start)) {
            return Some(Sure::Certain);
        }
        if Record::parse(first).is_some() || host::parse(first).is_some() || host::server(first).is_some() {
            return Some(Sure::Likely);
        }
        None
    }

    fn reader(&self) -> Box<dyn Reader> {
        Box::new(Piece::default())
    }
}

/// One resource record: `example.net. 300 IN MX 10 mx.example.net.`
#[derive(Debug, Clone, PartialEq)]
struct Record {
    name: String,
    kind: String,
    data: String,
}

/// Types that are read; others are part of the output and nothing more.
const KINDS: &[&str] = &[
    "A", "AAAA", "MX", "PTR", "TXT", "CNAME", "NS", "SOA", "TLSA", "SRV", "SPF", "CAA", "DS", "DNSKEY", "RRSIG", "NSEC", "NSEC3", "HINFO",
    "LOC", "NAPTR", "RP", "AFSDB", "DNAME", "HTTPS", "SVCB", "ANY", "AXFR", "IXFR",
];

impl Record {
    fn parse(line: &str) -> Option<Record> {
        if line.starts_with([' ', ';', '\t']) {
            return None;
        }
        let mut rest = line;
        let mut word = || {
            let (word, tail) = rest.trim_start().split_once([' ', '\t']).unwrap_or((rest.trim(), ""));
            rest = tail;
            word
        };
        let (name, ttl, class, kind) = (word(), word(), word(), word());
        let digits = !ttl.is_empty() && ttl.bytes().all(|byte| byte.is_ascii_digit());
        if !digits || class != "IN" || !KINDS.contains(&kind) {
            return None;
        }
        Some(Record { name: undotted(name), kind: kind.to_owned(), data: data(kind, rest.trim()) })
    }
}

/// Returns the data of a record as scenarios write it: names without the dot at the end, strings without quotes.
fn data(kind: &str, text: &str) -> String {
    if matches!(kind, "TXT" | "SPF") {
        return if text.contains('"') { strings(text) } else { text.to_owned() };
    }
    text.split_whitespace().map(undotted).collect::<Vec<_>>().join(" ")
}

/// Joins quoted strings as SPF does: without anything between them.
fn strings(text: &str) -> String {
    let mut out = String::new();
    let (mut inside, mut escaped) = (false, false);
    for letter in text.chars() {
        match letter {
            _ if escaped => {
                out.push(letter);
                escaped = false;
            }
            '\\' if inside => escaped = true,
            '"' => inside = !inside,
            _ if inside => out.push(letter),
            _ => {}
        }
    }
    out
}

/// Removes the dot at the end of a name; the root stays a dot.
fn undotted(name: &str) -> String {
    if name == "." { name.to_owned() } else { name.strip_suffix('.').unwrap_or(name).to_owned() }
}

/// One question and what is known of its answer so far.
#[derive(Debug, Default)]
struct Query {
    name: String,
    kind: String,
    server: Option<String>,
    status: Option<String>,
    answers: Vec<Record>,
    authority: Vec<Record>,
    bogus: bool,
    failed: bool,
    millis: Option<u64>,
    at: Option<Timestamp>,
    lines: Option<(u64, u64)>,
}

#[derive(Default, Clone, Copy, PartialEq)]
enum Section {
    #[default]
    None,
    Question,
    Answer,
    Authority,
    Other,
}

/// What was read so far.
#[derive(Default)]
struct Piece {
    /// The questions on the command line that have no answer yet.
    asked: Vec<(String, String)>,
    /// The server on the command line.
    at_server: Option<String>,
    query: Option<Query>,
    section: Section,
    /// A server that did not answer, said before the command line of its query.
    early: Option<String>,
    /// Records without a header, as `+noall +answer` and transfers print them.
    bare: Vec<(Record, Source)>,
    host: host::Host,
    made: usize,
}

impl Reader for Piece {
    fn line(&mut self, line: Line<'_>, into: &mut Harvest) -> Took {
        let text = line.text;
        if text.trim().is_empty() {
            self.section = Section::None;
            return Took::Part;
        }
        if let Some(rest) = text.strip_prefix("; <<>> DiG") {
            self.finish(into, line);
            self.command(rest, line);
            return Took::Part;
        }
        if let Some(rest) = text.strip_prefix(";; communications error to ") {
            let server = rest.rsplit_once(": ").map_or(rest, |(server, _)| server);
            if self.query.as_ref().is_some_and(|query| query.status.is_some()) {
                self.finish(into, line);
            }
            self.unreachable(Some(address(server)), line);
            return Took::Part;
        }
        if text.starts_with(";;") && text.contains("no servers could be reached") {
            self.unreachable(None, line);
            // With the question known, this is the end of its story.
            if self.query.is_some() || !self.asked.is_empty() {
                self.finish(into, line);
            }
            return Took::Record;
        }
        if text.starts_with(";; Got answer:") {
            if self.query.as_ref().is_some_and(|query| query.status.is_some()) {
                self.finish(into, line);
            }
            return Took::Part;
        }
        if let Some(at) = text.find("status: ").filter(|_| text.starts_with(";; ->>HEADER<<-")) {
            if self.query.as_ref().is_some_and(|query| query.status.is_some()) {
                self.finish(into, line);
            }
            let status = text.get(at + 8..).unwrap_or_default().split(',').next().unwrap_or_default().trim();
            let query = self.query(line.number);
            query.status = Some(status.to_owned());
            return Took::Record;
        }
        if text.starts_with(';') {
            return self.comment(line);
        }
        if let Some(record) = Record::parse(text) {
            return self.record(record, line);
        }
        self.host.line(line, into)
    }

    fn end(mut self: Box<Self>, into: &mut Harvest) {
        let file = self.host.file.or(self.bare.first().map(|(_, source)| source.file));
        let source = self.query.as_ref().and_then(|query| query.lines);
        self.give(
            into,
            source.map_or_else(
                || Source { file: file.unwrap_or(crate::fact::FileId(0)), place: Place::Whole },
                |(first, last)| Source { file: self.host.file.unwrap_or(crate::fact::FileId(0)), place: Place::Lines(first, last) },
            ),
        );
        self.give_bare(into);
    }
}

impl Piece {
    /// Returns the query that is being read, a new one where there is none.
    fn query(&mut self, line: u64) -> &mut Query {
        let query = self.query.get_or_insert_with(Query::default);
        query.lines = Some(query.lines.map_or((line, line), |(first, _)| (first, line)));
        query
    }

    /// Reads the command line that `dig` repeats: `9.18.1 <<>> @192.0.2.53 -x 192.0.2.10 example.net MX`.
    fn command(&mut self, banner: &str, line: Line<'_>) {
        self.host.file = Some(line.file);
        let arguments = banner.split_once("<<>>").map_or("", |(_, arguments)| arguments);
        self.asked.clear();
        self.at_server = None;
        let mut words = arguments.split_whitespace();
        // The type may stand before the name or behind it.
        let mut kind = String::new();
        while let Some(word) = words.next() {
            match word {
                "-x" => {
                    if let Some(name) = words.next().map(reverse) {
                        self.asked.push((name, "PTR".to_owned()));
                    }
                }
                "-t" => kind = self.typed(words.next().unwrap_or_default()),
                "-q" => self.asked.extend(words.next().map(|name| (undotted(name), std::mem::take(&mut kind)))),
                "-p" | "-b" | "-c" | "-k" | "-y" | "-f" => {
                    words.next();
                }
                "IN" | "in" | "CH" | "HS" => {}
                _ if word.starts_with('@') => self.at_server = word.get(1..).map(str::to_owned),
                _ if word.starts_with(['+', '-']) => {}
                _ if KINDS.contains(&word.to_ascii_uppercase().as_str()) => kind = self.typed(word),
                _ => self.asked.push((undotted(word), std::mem::take(&mut kind))),
            }
        }
        for (_, kind) in &mut self.asked {
            if kind.is_empty() {
                *kind = "A".to_owned();
            }
        }
        if let Some(server) = self.early.take() {
            let query = self.query(line.number);
            query.failed = true;
            query.server = Some(server).filter(|server| !server.is_empty());
        }
    }

    /// Gives a type to the name before it; returns it where there is none, for the name that follows.
    fn typed(&mut self, kind: &str) -> String {
        let kind = kind.to_ascii_uppercase();
        match self.asked.last_mut() {
            Some((_, last)) if last.is_empty() => {
                *last = kind;
                String::new()
            }
            _ => kind,
        }
    }

    /// Notes that a server did not answer; what stands before a command line belongs to it.
    fn unreachable(&mut self, server: Option<String>, line: Line<'_>) {
        self.host.file = Some(line.file);
        if self.query.is_none() && self.asked.is_empty() {
            self.early = server.or_else(|| self.early.take()).or_else(|| Some(String::new()));
            return;
        }
        let query = self.query(line.number);
        query.failed = true;
        if server.is_some() {
            query.server = server;
        }
    }

    fn comment(&mut self, line: Line<'_>) -> Took {
        self.host.file = Some(line.file);
        let text = line.text;
        let value = |start: &str| text.strip_prefix(start).map(str::trim);
        if text.starts_with(";; QUESTION SECTION") {
            self.section = Section::Question;
        } else if text.starts_with(";; ANSWER SECTION") {
            self.section = Section::Answer;
        } else if text.starts_with(";; AUTHORITY SECTION") {
            self.section = Section::Authority;
        } else if text.starts_with(";; ") && text.ends_with("SECTION:") {
            self.section = Section::Other;
        } else if let Some(time) = value(";; Query time:") {
            let mut words = time.split_whitespace();
            let number = words.next().and_then(|word| word.parse::<u64>().ok());
            let number = if words.next() == Some("usec") { number.map(|number| number / 1000) } else { number };
            self.query(line.number).millis = number;
        } else if let Some(server) = value(";; SERVER:") {
            self.query(line.number).server = Some(address(server));
        } else if let Some(time) = value(";; WHEN:") {
            self.query(line.number).at = when(time);
        } else if let Some(code) = value("; EDE:") {
            // Extended DNS errors of RFC 8914 that say that a signature does not hold.
            let code = code.split_whitespace().next().unwrap_or_default();
            self.query(line.number).bogus |= matches!(code, "5" | "6" | "7" | "8" | "9" | "10" | "11" | "12");
        } else if self.section == Section::Question {
            let mut words = text.trim_start_matches(';').split_whitespace();
            if let (Some(name), Some(_class), Some(kind)) = (words.next(), words.next(), words.next()) {
                let (name, kind) = (undotted(name), kind.to_owned());
                let query = self.query(line.number);
                (query.name, query.kind) = (name, kind);
            }
        }
        Took::Part
    }

    fn record(&mut self, record: Record, line: Line<'_>) -> Took {
        if self.query.as_ref().is_none_or(|query| query.status.is_none()) && self.section == Section::None {
            if self.bare.len() < MOST {
                self.bare.push((record, line.source()));
            }
            return Took::Record;
        }
        let section = self.section;
        let query = self.query(line.number);
        match section {
            Section::Answer if query.answers.len() < MOST => query.answers.push(record),
            Section::Authority if query.authority.len() < MOST => query.authority.push(record),
            _ => {}
        }
        Took::Part
    }

    /// Ends the query that is being read.
    fn finish(&mut self, into: &mut Harvest, line: Line<'_>) {
        let (first, last) = self.query.as_ref().and_then(|query| query.lines).unwrap_or((line.number, line.number));
        self.give(into, Source { file: line.file, place: Place::Lines(first, last.max(first)) });
    }

    fn give(&mut self, into: &mut Harvest, source: Source) {
        let Some(mut query) = self.query.take() else { return };
        if query.status.is_none() && !query.failed {
            return;
        }
        if query.name.is_empty() && query.kind.is_empty() {
            if self.asked.is_empty() {
                return;
            }
            (query.name, query.kind) = self.asked.remove(0);
        } else if !self.asked.is_empty() {
            self.asked.remove(0);
        }
        if query.name.is_empty() || self.made >= MOST {
            return;
        }
        self.made += 1;
        if query.server.is_none() {
            query.server.clone_from(&self.at_server);
        }
        into.observed.extend(query.at);
        add(into, query, source);
    }

    /// Records without a header: all of one name and type are one answer.
    fn give_bare(&mut self, into: &mut Harvest) {
        let mut records: Vec<(String, String, Vec<String>, Source)> = Vec::new();
        for (record, source) in std::mem::take(&mut self.bare) {
            match records.iter_mut().find(|(name, kind, ..)| *name == record.name && *kind == record.kind) {
                Some((.., data, _)) if data.contains(&record.data) => {}
                Some((.., data, _)) => data.push(record.data),
                None => records.push((record.name, record.kind, vec![record.data], source)),
            }
        }
        for (name, record, answers, source) in records {
            let what = DnsAnswer { name, record, result: "answer".to_owned(), answers: Known::Value(answers), ..DnsAnswer::default() };
            into.add(|facts: &mut Facts| &mut facts.dns, what, None, source);
        }
    }
}

/// Turns a query into facts: one for what was asked, and one for each alias on the way.
fn add(into: &mut Harvest, query: Query, source: Source) {
    let of_kind = |records: &[Record], kind: &str| -> Vec<String> {
        records.iter().filter(|record| record.kind == kind || kind == "ANY").map(|record| record.data.clone()).collect()
    };
    let mut answers = of_kind(&query.answers, &query.kind);
    let result = match query.status.as_deref() {
        None => "timeout",
        Some("NXDOMAIN") => "nxdomain",
        Some("NOERROR") => {
            let delegated = query.authority.iter().any(|record| record.kind == "NS");
            if answers.is_empty() && query.kind == "NS" {
                answers = of_kind(&query.authority, "NS");
            }
            // A referral to other servers is no answer, and does not say that there is none.
            if answers.is_empty() && query.answers.is_empty() && delegated {
                return;
            }
            if answers.is_empty() { "no-data" } else { "answer" }
        }
        Some("REFUSED" | "NOTAUTH") => "refused",
        Some(_) if query.bogus => "bogus",
        Some(_) => "servfail",
    };
    let aliases: Vec<&Record> = query.answers.iter().filter(|record| record.kind == "CNAME" && query.kind != "CNAME").collect();
    let known = |server: &Option<String>| server.clone().map_or_else(Known::default, Known::Value);
    for alias in aliases {
        let what = DnsAnswer {
            name: alias.name.clone(),
            record: "CNAME".to_owned(),
            result: "answer".to_owned(),
            answers: Known::Value(vec![alias.data.clone()]),
            server: known(&query.server),
            ..DnsAnswer::default()
        };
        into.add(|facts: &mut Facts| &mut facts.dns, what, query.at, source);
    }
    let answers = match result {
        "answer" => Known::Value(answers),
        "no-data" | "nxdomain" => Known::Absent,
        _ => Known::default(),
    };
    let millis = query.millis.map_or_else(Known::default, Known::Value);
    let server = known(&query.server);
    let what =
        DnsAnswer { name: query.name, record: query.kind, result: result.to_owned(), answers, server, millis, ..DnsAnswer::default() };
    into.add(|facts: &mut Facts| &mut facts.dns, what, query.at, source);
}

/// Returns the address of `192.0.2.53#53(192.0.2.53) (UDP)`, with its port where it is not 53.
fn address(text: &str) -> String {
    let text = text.split(['(', ' ']).next().unwrap_or_default();
    match text.split_once('#') {
        Some((address, "53")) => address.to_owned(),
        Some((address, port)) => format!("{address}:{port}"),
        None => text.trim_end_matches(':').to_owned(),
    }
}

/// Returns the name under which the DNS keeps the name of an address.
fn reverse(address: &str) -> String {
    match address.parse::<std::net::IpAddr>() {
        Ok(std::net::IpAddr::V4(address)) => {
            let [a, b, c, d] = address.octets();
            format!("{d}.{c}.{b}.{a}.in-addr.arpa")
        }
        Ok(std::net::IpAddr::V6(address)) => {
            let digits = address.octets().iter().rev().map(|byte| format!("{:x}.{:x}.", byte & 15, byte >> 4)).collect::<String>();
            format!("{digits}ip6.arpa")
        }
        Err(_) => undotted(address),
    }
}

/// Hours east of UTC of the zones that `dig` names; of several zones with one name the American one.
const ZONES: &[(&str, i64)] = &[
    ("UTC", 0),
    ("GMT", 0),
    ("WET", 0),
    ("BST", 1),
    ("CET", 1),
    ("WEST", 1),
    ("CEST", 2),
    ("EET", 2),
    ("EEST", 3),
    ("MSK", 3),
    ("JST", 9),
    ("KST", 9),
    ("EST", -5),
    ("EDT", -4),
    ("CST", -6),
    ("CDT", -5),
    ("MST", -7),
    ("MDT", -6),
    ("PST", -8),
    ("PDT", -7),
    ("AEST", 10),
    ("AEDT", 11),
    ("NZST", 12),
];

/// Reads `Tue Nov 24 08:42:01 UTC 2026`, with or without the zone; a zone that is not known is UTC.
fn when(text: &str) -> Option<Timestamp> {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let words: Vec<&str> = text.split_whitespace().collect();
    let month = MONTHS.iter().position(|month| words.get(1) == Some(month))? + 1;
    let day: i8 = words.get(2)?.parse().ok()?;
    let mut clock = words.get(3)?.split(':').map(|part| part.parse::<i8>().ok());
    let (hour, minute, second) = (clock.next()??, clock.next()??, clock.next().flatten().unwrap_or(0));
    let year: i16 = words.last()?.parse().ok()?;
    let civil = jiff::civil::DateTime::new(year, i8::try_from(month).ok()?, day, hour, minute, second, 0).ok()?;
    let zone = words.get(4).filter(|_| words.len() > 5).copied().unwrap_or("UTC");
    let east = ZONES.iter().find(|(name, _)| *name == zone).map(|(_, hours)| hours * 3600);
    let east = east.or_else(|| zone.strip_prefix('+').and_then(|hours| hours.get(..2)?.parse::<i64>().ok()).map(|hours| hours * 3600));
    let east = east.or_else(|| zone.strip_prefix('-').and_then(|hours| hours.get(..2)?.parse::<i64>().ok()).map(|hours| hours * -3600));
    Timestamp::from_civil(civil).map(|time| time.plus(-east.unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::super::host_state::support::{facts, read_text};

    fn answer(status: &str, question: &str, sections: &str) -> String {
        format!(
            "\n; <<>> DiG 9.18.1 <<>> x\n;; Got answer:\n;; ->>HEADER<<- opcode: QUERY, status: {status}, id: 7\n;; QUESTION SECTION:\n;{question}\n\n\
             {sections}\n;; Query time: 12 msec\n;; SERVER: 192.0.2.53#53(192.0.2.53) (UDP)\n;; WHEN: Tue Nov 24 08:42:01 JST 2026\n"
        )
    }

    #[test]
    fn every_way_a_question_ends() {
        let soa = ";; AUTHORITY SECTION:\nshop.example. 60 IN SOA ns.shop.example. a.shop.example. 1 2 3 4 5\n";
        let mx = ";; ANSWER SECTION:\nshop.example. 300 IN MX 10 mx.shop.example.\nshop.example. 300 IN MX 20 b.shop.example.\n";
        let alias = ";; ANSWER SECTION:\nw.shop.example. 5 IN CNAME v.shop.example.\nv.shop.example. 5 IN A 192.0.2.7\n";
        let referral = ";; AUTHORITY SECTION:\nshop.example. 60 IN NS ns.shop.example.\n";
        let cases = [
            (answer("NOERROR", "shop.example. IN MX", mx), "dns shop.example MX answer 10 mx.shop.example, 20 b.shop.example @192.0.2.53 12"),
            (answer("NOERROR", "shop.example. IN A", soa), "dns shop.example A no-data ? @192.0.2.53 12"),
            (answer("NXDOMAIN", "shop.example. IN A", soa), "dns shop.example A nxdomain ? @192.0.2.53 12"),
            (answer("SERVFAIL", "shop.example. IN A", ""), "dns shop.example A servfail ? @192.0.2.53 12"),
            (answer("REFUSED", "shop.example. IN A", ""), "dns shop.example A refused ? @192.0.2.53 12"),
            (answer("SERVFAIL", "shop.example. IN A", "; EDE: 6 (DNSSEC Bogus)"), "dns shop.example A bogus ? @192.0.2.53 12"),
            (answer("NOERROR", "w.shop.example. IN A", alias), "dns w.shop.example A answer 192.0.2.7 @192.0.2.53 12"),
            (answer("NOERROR", "w.shop.example. IN A", alias), "dns w.shop.example CNAME answer v.shop.example @192.0.2.53 ?"),
            (answer("NOERROR", "shop.example. IN NS", referral), "dns shop.example NS answer ns.shop.example @192.0.2.53 12"),
            ("; <<>> DiG 9 <<>> MX shop.example @192.0.2.9\n;; connection timed out; no servers could be reached\n".to_owned(),
             "dns shop.example MX timeout ? @192.0.2.9 ?"),
            (";; communications error to 192.0.2.53#53: timed out\n\n; <<>> DiG 9 <<>> +tries=1 -x 192.0.2.10\n;; no servers could be reached\n".to_owned(),
             "dns 10.2.0.192.in-addr.arpa PTR timeout ? @192.0.2.53 ?"),
            ("shop.example. 60 IN TXT \"v=spf1 \" \"-all\"\n".to_owned(), "dns shop.example TXT answer v=spf1 -all @? ?"),
            ("shop.example mail is handled by 0 .\n".to_owned(), "dns shop.example MX answer 0 . @? ?"),
            ("Host nowhere.example not found: 3(NXDOMAIN)\n".to_owned(), "dns nowhere.example A nxdomain ? @? ?"),
        ];
        for (text, row) in cases {
            let rows = facts(&read_text(&text));
            assert!(rows.contains(&row.to_owned()), "{row}: {rows:#?}");
        }
        assert!(facts(&read_text(&answer("NOERROR", "shop.example. IN A", referral))).is_empty());
    }

    #[test]
    fn several_questions_in_one_file_keep_their_servers() {
        let silent =
            ";; communications error to 192.0.2.53#53: timed out\n\n; <<>> DiG 9 <<>> a.example MX\n;; no servers could be reached\n";
        let harvest = read_text(&format!(
            "{silent}{}{silent}",
            answer("NOERROR", "b.example. IN A", ";; ANSWER SECTION:\nb.example. 1 IN A 192.0.2.1\n")
        ));
        let rows = facts(&harvest);
        assert_eq!(rows, ["dns a.example MX timeout ? @192.0.2.53 ?", "dns b.example A answer 192.0.2.1 @192.0.2.53 12"]);
        assert_eq!(harvest.observed.first().map(ToString::to_string).as_deref(), Some("2026-11-23T23:42:01Z"));
    }

    #[test]
    fn rubbish_is_survived() {
        read_text(
            "; <<>> DiG\n;; ->>HEADER<<- status: \n;; WHEN: x\n;; Query time: 99999999999999999999 msec\n;; SERVER: #\n; <<>> DiG <<>> -x\n;; no servers could be reached\n",
        );
    }
}
