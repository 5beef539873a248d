//! The facts that rules see: the document `mailmedic.facts/1`, its schema, and a listing for people.

use super::json::{PlaceDocument, SourceDocument, WarningDocument, sources};
use super::screen::{Ink, Style, clean, columns};
use super::words::{Phrase, count, time};
use crate::fact::{AnyFact, FactId, FactName, Facts, Kind, Known, Value, Why};
use crate::knowledge::Lang;
use crate::parse::{FileReport, Harvest, Warning};
use schemars::JsonSchema;
use serde::ser::{Serialize, Serializer};
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;
use std::io;

/// Fields of a queue that the document names even when nobody looked: a reader must not take them for zero.
const ALWAYS_TOLD: [&str; 3] = ["oldest", "messages", "state"];
/// How many sources a line of the listing names.
const SOURCES: usize = 3;
/// Values of at most so many columns share lines.
const SHORT: usize = 32;

/// The facts of a case.
#[derive(serde::Serialize, JsonSchema)]
#[schemars(title = "mailmedic.facts/1")]
struct FactsDocument<'a> {
    /// The name and version of this format, `mailmedic.facts/1`.
    format: &'static str,
    /// The facts, by kind and then in the order of the evidence.
    #[schemars(with = "Vec<FactDocument>")]
    facts: Rows<'a>,
    /// What was listed in full, so that what is not there is absent.
    listed: Vec<ListedDocument>,
    /// What each file was taken for.
    files: Vec<FileDocument>,
    /// Warnings.
    warnings: Vec<WarningDocument>,
}

/// One fact.
#[derive(serde::Serialize, JsonSchema)]
struct FactDocument {
    /// Its kind.
    kind: &'static str,
    /// Its name: `KIND NAME [TYPE]`, as rules and scenarios write it. Several facts can bear one name.
    id: String,
    /// When it was observed, RFC 3339; null when the evidence does not say.
    at: Option<String>,
    /// Its fields by the names that rules use; null for what is known to be absent. What is not known is not here.
    value: Map<String, Json>,
    /// Fields that are not known although somebody looked, or that do not apply, with the reason.
    unknown: BTreeMap<&'static str, String>,
    /// Where it was read.
    sources: Vec<SourceDocument>,
}

/// What was listed in full.
#[derive(serde::Serialize, JsonSchema)]
struct ListedDocument {
    /// The name or pattern of names.
    what: String,
    /// Where the listing stands.
    sources: Vec<SourceDocument>,
}

/// What one file was taken for.
#[derive(serde::Serialize, JsonSchema)]
struct FileDocument {
    /// The file as it was given.
    file: String,
    /// Its format; several, divided by ` + `, where several outputs stand in one file; null when it was not recognised.
    format: Option<String>,
    /// How many records were understood.
    records: u64,
    /// How many facts came of it.
    facts: u64,
    /// Records that were not understood, by reason.
    unread: Vec<UnreadDocument>,
}

/// Records that were not understood for one reason.
#[derive(serde::Serialize, JsonSchema)]
struct UnreadDocument {
    /// The reason.
    reason: String,
    /// How many.
    count: u64,
    /// The first places.
    places: Vec<PlaceDocument>,
}

/// All facts; each is built only when it is written.
struct Rows<'a>(&'a Facts);

impl Serialize for Rows<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(all(self.0).map(|(_, fact)| row(fact, &self.0.files)))
    }
}

fn all(facts: &Facts) -> impl Iterator<Item = (FactId, &dyn AnyFact)> {
    Kind::ALL.iter().flat_map(move |kind| of_kind(facts, *kind))
}

fn of_kind(facts: &Facts, kind: Kind) -> impl Iterator<Item = (FactId, &dyn AnyFact)> {
    (0..facts.count(kind)).filter_map(move |row| {
        let id = FactId::new(kind, row);
        facts.get(id).map(|fact| (id, fact))
    })
}

fn row(fact: &dyn AnyFact, files: &[String]) -> FactDocument {
    let mut value = Map::new();
    let mut unknown = BTreeMap::new();
    for field in fact.fields() {
        match fact.field(field.name) {
            Some(Known::Value(known)) => drop(value.insert(field.name.to_owned(), json_value(&known))),
            Some(Known::Absent) => drop(value.insert(field.name.to_owned(), Json::Null)),
            Some(Known::Unknown(why)) if is_told(fact.kind(), field.name, &why) => drop(unknown.insert(field.name, why.to_string())),
            Some(Known::NotApplicable(why)) => drop(unknown.insert(field.name, format!("not applicable: {why}"))),
            Some(Known::Unknown(_)) | None => {}
        }
    }
    FactDocument {
        kind: fact.kind().id(),
        id: name(fact),
        at: fact.at().map(|time| time.to_string()),
        value,
        unknown,
        sources: sources(fact.sources(), files),
    }
}

fn name(fact: &dyn AnyFact) -> String {
    FactName::of(fact.kind(), &fact.parts()).to_string()
}

fn is_told(kind: Kind, field: &str, why: &Why) -> bool {
    *why != Why::NobodyLooked || (kind == Kind::Queue && ALWAYS_TOLD.contains(&field))
}

fn json_value(value: &Value) -> Json {
    match value {
        Value::Text(text) => Json::from(text.as_str()),
        Value::Integer(number) => Json::from(*number),
        Value::Number(number) => Json::from(*number),
        Value::Flag(flag) => Json::from(*flag),
        Value::Time(time) => Json::from(time.to_string()),
        Value::List(list) => Json::from(list.as_slice()),
    }
}

fn document(harvest: &Harvest, lang: Lang) -> FactsDocument<'_> {
    let files = &harvest.facts.files;
    FactsDocument {
        format: "mailmedic.facts/1",
        facts: Rows(&harvest.facts),
        listed: harvest
            .facts
            .listed
            .iter()
            .map(|listed| ListedDocument { what: listed.what.to_string(), sources: sources(&[listed.source], files) })
            .collect(),
        files: harvest.reports.iter().map(|report| file(report, &harvest.facts, lang)).collect(),
        warnings: harvest.warnings.iter().map(|warning| warned(warning, files, lang)).collect(),
    }
}

fn file(report: &FileReport, facts: &Facts, lang: Lang) -> FileDocument {
    FileDocument {
        file: facts.file(report.file).to_owned(),
        format: (!report.formats.is_empty()).then(|| report.formats.join(" + ")),
        records: report.records,
        facts: report.facts,
        unread: report
            .unread
            .iter()
            .map(|unread| UnreadDocument {
                reason: unread.reason.text().get(lang).to_owned(),
                count: unread.count,
                places: unread.places.iter().map(|place| PlaceDocument::of(*place)).collect(),
            })
            .collect(),
    }
}

fn warned(warning: &Warning, files: &[String], lang: Lang) -> WarningDocument {
    WarningDocument { text: warning.text.get(lang).to_owned(), sources: sources(&warning.sources, files) }
}

/// Returns the facts as the document `mailmedic.facts/1`.
pub fn json(harvest: &Harvest, lang: Lang) -> Json {
    // Nothing in the document can fail to become JSON: keys are texts.
    serde_json::to_value(document(harvest, lang)).unwrap_or(Json::Null)
}

/// Writes the document `mailmedic.facts/1`, indented, fact by fact, so that no copy of all of them is held.
///
/// # Errors
///
/// What the writer says.
pub fn write_json(harvest: &Harvest, lang: Lang, out: &mut dyn io::Write) -> io::Result<()> {
    super::json::write(&document(harvest, lang), out)
}

/// Returns the JSON Schema of the document.
pub fn schema() -> Json {
    schemars::schema_for!(FactsDocument<'_>).to_value()
}

/// Returns the facts as a listing for people: grouped by kind, with the names that rules use and the sources.
pub fn text(harvest: &Harvest, lang: Lang, style: &Style) -> String {
    let facts = &harvest.facts;
    let mut out = String::new();
    if facts.is_empty() {
        style.block(&mut out, "", "", Phrase::NoFacts.get(lang), None);
    }
    for kind in Kind::ALL {
        let rows = facts.count(kind);
        if rows == 0 {
            continue;
        }
        separate(&mut out);
        let heading = format!("{} ({})", kind.id(), count(rows as u64));
        style.block(&mut out, "", "", &heading, Some(Ink::Bold));
        for (_, fact) in of_kind(facts, kind) {
            fact_text(&mut out, fact, facts, lang, style);
        }
    }
    listed_text(&mut out, facts, lang, style);
    files_text(&mut out, harvest, lang, style);
    if !harvest.warnings.is_empty() {
        separate(&mut out);
        style.block(&mut out, "", "", Phrase::Warnings.get(lang), Some(Ink::Warn));
        for warning in &harvest.warnings {
            let places = places(&warning.sources, facts, lang);
            let said = clean(warning.text.get(lang));
            let text = if places.is_empty() { said } else { format!("{places}: {said}") };
            style.block(&mut out, "  - ", "    ", &text, None);
        }
    }
    out
}

fn separate(out: &mut String) {
    if !out.is_empty() {
        out.push('\n');
    }
}

fn fact_text(out: &mut String, fact: &dyn AnyFact, facts: &Facts, lang: Lang, style: &Style) {
    style.block(out, "  ", "    ", &clean(&name(fact)), Some(Ink::Bold));
    let places = places(fact.sources(), facts, lang);
    let origin = fact.at().map_or(places.clone(), |at| format!("{places}  {}", time(at)));
    style.block(out, "    ", "      ", &origin, Some(Ink::Dim));
    let shown = fact.fields().iter().filter_map(|field| Some((field.name, field_text(fact, field.name, lang)?)));
    // Short values share lines; a long one gets lines of its own.
    let (long, short): (Vec<_>, Vec<_>) = shown.partition(|(_, value)| columns(value) > SHORT);
    let quoted = |value: &str| if value.contains(' ') && !value.starts_with('(') { format!("\"{value}\"") } else { value.to_owned() };
    let pairs: Vec<String> = short.iter().map(|(name, value)| format!("{name}={}", quoted(value))).collect();
    if !pairs.is_empty() {
        style.block(out, "    ", "    ", &pairs.join(" "), None);
    }
    for (name, value) in long {
        style.block(out, "    ", "      ", &format!("{name}: {value}"), None);
    }
}

/// A field as people read it; `None` when nobody looked, or when it is an empty text.
fn field_text(fact: &dyn AnyFact, name: &str, lang: Lang) -> Option<String> {
    Some(match fact.field(name)? {
        Known::Value(value) => Some(clean(&value.to_string())).filter(|text| !text.is_empty())?,
        Known::Absent => format!("({})", Phrase::Absent.get(lang)),
        Known::Unknown(why) if is_told(fact.kind(), name, &why) => format!("({}: {})", Phrase::Unknown.get(lang), clean(&why.to_string())),
        Known::Unknown(_) => return None,
        Known::NotApplicable(why) => format!("({}: {})", Phrase::NotApplicable.get(lang), clean(&why.to_string())),
    })
}

fn places(sources: &[crate::fact::Source], facts: &Facts, lang: Lang) -> String {
    super::text::places(sources, &facts.files, SOURCES, lang)
}

fn listed_text(out: &mut String, facts: &Facts, lang: Lang, style: &Style) {
    if facts.listed.is_empty() {
        return;
    }
    separate(out);
    style.block(out, "", "", Phrase::ListedInFull.get(lang), Some(Ink::Bold));
    for listed in &facts.listed {
        let line = format!("{}  ({})", clean(&listed.what.to_string()), clean(&facts.place(listed.source)));
        style.block(out, "  ", "    ", &line, None);
    }
}

fn files_text(out: &mut String, harvest: &Harvest, lang: Lang, style: &Style) {
    if harvest.reports.is_empty() {
        return;
    }
    separate(out);
    style.block(out, "", "", Phrase::Files.get(lang), Some(Ink::Bold));
    for report in &harvest.reports {
        let format = if report.formats.is_empty() { Phrase::NotRecognised.get(lang).to_owned() } else { report.formats.join(" + ") };
        let records = Phrase::Records.with(lang, &[&count(report.records)]);
        let made = Phrase::FactCount.with(lang, &[&count(report.facts)]);
        let line = format!("{}: {format}, {records}, {made}", clean(harvest.facts.file(report.file)));
        style.block(out, "  ", "    ", &line, None);
        for unread in &report.unread {
            let places: Vec<String> =
                unread.places.iter().map(|place| place.to_string().trim_start_matches([':', ' ']).to_owned()).collect();
            let line = format!(
                "{} ({})",
                Phrase::NotUnderstood.with(lang, &[&count(unread.count), unread.reason.text().get(lang)]),
                places.join(", ")
            );
            style.block(out, "    ", "      ", &line, Some(Ink::Warn));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn the_document_says_what_is_known_absent_and_unknown() {
        let value = json(&sample::harvest(), Lang::En);
        let queue = &value["facts"][0];
        assert_eq!(queue["kind"], "queue");
        assert_eq!(queue["id"], "queue example.net remote-delivery");
        assert_eq!(queue["at"], "2004-03-01T09:00:00Z");
        assert_eq!(queue["value"]["messages"], 120);
        assert_eq!(queue["value"]["stage"], "remote-delivery");
        assert!(queue["value"]["last_error"].is_null() && queue["value"].get("last_error").is_some(), "absent is null");
        assert_eq!(queue["unknown"]["oldest"], "nobody looked");
        assert_eq!(queue["unknown"]["next_retry"], "access denied: MAIL01");
        assert!(queue["unknown"].get("growing").is_none(), "what nobody looked for is left out");
        assert_eq!(queue["sources"][0], serde_json::json!({"file": "queues.csv", "line": 4}));
        assert_eq!(value["listed"][0], serde_json::json!({"what": "queue", "sources": [{"file": "queues.csv"}]}));
        assert_eq!(value["files"][0]["format"], "exchange-queue-csv");
        assert_eq!(
            value["files"][0]["unread"][0],
            serde_json::json!({"reason": "of no known format", "count": 2, "places": [{"line": 7}, {"line": 9}]})
        );
    }

    #[test]
    fn what_is_streamed_is_the_document() {
        let harvest = sample::harvest();
        let mut bytes = Vec::new();
        write_json(&harvest, Lang::En, &mut bytes).unwrap();
        assert_eq!(serde_json::from_slice::<Json>(&bytes).unwrap(), json(&harvest, Lang::En));
    }

    #[test]
    fn the_schema_describes_facts() {
        let schema = schema();
        assert_eq!(schema["properties"]["facts"]["type"], "array");
        assert!(schema["$defs"]["FactDocument"]["properties"]["unknown"].is_object());
    }

    #[test]
    fn the_listing_names_facts_as_rules_do() {
        let style = Style::default();
        insta::assert_snapshot!(text(&sample::harvest(), Lang::En, &style), @r#"
        queue (1)
          queue example.net remote-delivery
            queues.csv:4 2004-03-01 09:00:00 UTC
            name=example.net kind=remote-delivery stage=remote-delivery
            state=retry\x1b[31m messages=120 oldest=(unknown: nobody looked)
            next_retry=(unknown: access denied: MAIL01) last_error=(absent)

        Listed in full (what is not there is absent)
          queue (queues.csv)

        Files
          queues.csv: exchange-queue-csv, records: 9, facts: 1
            2 not understood: of no known format (7, 9)

        Warnings
          - queues.csv:1: two columns have no heading \x07
        "#);
    }

    #[test]
    fn the_listing_keeps_to_the_width_and_is_harmless() {
        for width in [40, 80, 100] {
            for lang in [Lang::En, Lang::Ja] {
                let listing = text(&sample::harvest(), lang, &Style { colour: false, width });
                for line in listing.lines() {
                    assert!(columns(line) <= width, "{width}: {line}");
                    assert!(!line.chars().any(char::is_control), "{line:?}");
                }
            }
        }
    }
}
