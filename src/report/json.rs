//! The diagnosis document, `mailmedic.diagnosis/1`, and its schema. A public interface: `contract/cli.md`.

use super::command;
use super::screen::is_harmful;
use crate::diagnosis::{
    Changed, Checked, Diagnosis, Evidence, Fulfilment, Next, Onset, PlannedAction, PlannedRemedy, RankedCause, StageState,
};
use crate::evidence::bundle::ProbeRun;
use crate::fact::{Place, Platform, Source};
use crate::knowledge::Lang;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use serde_json::ser::{Formatter, PrettyFormatter};
use std::io;

/// A diagnosis.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(title = "mailmedic.diagnosis/1")]
pub struct DiagnosisDocument {
    /// The name and version of this format, `mailmedic.diagnosis/1`.
    pub format: String,
    /// The case; what is not known is null.
    pub case: CaseDocument,
    /// `healthy`, `trouble` or `incomplete`.
    #[schemars(extend("enum" = ["healthy", "trouble", "incomplete"]))]
    pub verdict: String,
    /// The probability that at least one cause is there that is not benign, 0 to 1.
    #[schemars(range(min = 0, max = 1))]
    pub trouble_probability: f64,
    /// Causes at or above 0.05, the most probable first, a cause before what it leads to.
    pub causes: Vec<CauseDocument>,
    /// The stages of the platform in the order of a message's way.
    pub stages: Vec<StageDocument>,
    /// Since when the first likely cause shows, what was changed shortly before, and whom it touches; missing where no sign of it has a time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub onset: Option<OnsetDocument>,
    /// What to do or find out next, the best first.
    pub next: Vec<NextDocument>,
    /// What inbound and outbound mail need on this platform, and whether it is met.
    pub requirements: Vec<RequirementDocument>,
    /// The probes that ran; empty when the evidence was given.
    pub probes: Vec<ProbeDocument>,
    /// What was tried and could not be learnt.
    pub not_examined: Vec<NotExaminedDocument>,
    /// Warnings in the order in which they came up.
    pub warnings: Vec<WarningDocument>,
}

/// The case.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct CaseDocument {
    /// The scenario's id.
    pub id: Option<String>,
    /// The mail system, `postfix`, `exchange-2003` …
    pub platform: Option<String>,
    /// The server under diagnosis.
    pub server: Option<String>,
    /// The reference time, RFC 3339.
    pub taken_at: Option<String>,
}

/// A cause in the ranking.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct CauseDocument {
    /// Its place, from 1.
    pub rank: usize,
    /// Its id; `other` is none of the known causes.
    pub id: String,
    /// The fault in one line.
    pub title: String,
    /// The posterior probability that it is there, 0 to 1.
    #[schemars(range(min = 0, max = 1))]
    pub probability: f64,
    /// The share of the findings that name it whose facts are known, 0 to 1.
    #[schemars(range(min = 0, max = 1))]
    pub coverage: f64,
    /// The facts of the seed behind it.
    pub seed: Vec<String>,
    /// Ids of causes in the ranking that lead to it.
    pub consequence_of: Vec<String>,
    /// What it is about: queues, destinations, hosts.
    pub subjects: Vec<String>,
    /// What speaks for and against it, the heaviest first.
    pub evidence: Vec<EvidenceDocument>,
    /// What to do, the best first.
    pub remedies: Vec<RemedyDocument>,
}

/// One finding as evidence.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct EvidenceDocument {
    /// `for` or `against`.
    #[schemars(extend("enum" = ["for", "against"]))]
    pub says: String,
    /// What was seen.
    pub text: String,
    /// `PACK/RULE`, `plugin/NAME/FINDING` or `knowledge/FILE/ENTRY`.
    pub rule: String,
    /// The change of the cause's log-odds when this finding and its group are taken away, in nats.
    pub weight: f64,
    /// The facts of the seed behind it.
    pub seed: Vec<String>,
    /// Where the facts stand.
    pub sources: Vec<SourceDocument>,
}

/// A remedy for the platform of the case.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct RemedyDocument {
    /// Its id.
    pub id: String,
    /// What to do, in one line.
    pub title: String,
    /// `safe`, `caution` or `disruptive`.
    #[schemars(extend("enum" = ["safe", "caution", "disruptive"]))]
    pub risk: String,
    /// The steps in order: `TEXT`, or `TEXT: COMMAND` where it is a command, quoted for the platform's shell.
    pub steps: Vec<String>,
    /// What shows that it worked, one action a line; null when there is nothing to check.
    pub verify: Option<String>,
    /// How to take it back, one action a line; null when there is nothing to take back.
    pub undo: Option<String>,
}

/// A stage.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct StageDocument {
    /// The stage, `remote-delivery` …
    pub stage: String,
    /// `ok`, `failing` or `unknown`.
    #[schemars(extend("enum" = ["ok", "failing", "unknown"]))]
    pub status: String,
    /// How many queues it has; null when unknown.
    pub queues: Option<u64>,
    /// How many messages they hold; null when unknown.
    pub messages: Option<u64>,
    /// Age of the oldest message in seconds; null when unknown.
    pub oldest_seconds: Option<u64>,
    /// How its deliveries ended, in messages; null when the evidence shows no deliveries.
    pub deliveries: Option<DeliveriesDocument>,
}

/// Since when the trouble is there, what was changed shortly before, and how much of the mail it touches.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct OnsetDocument {
    /// The first sign of the first likely cause.
    pub at: String,
    /// Whether the evidence goes back no further, so that it may have begun before.
    pub at_latest: bool,
    /// The last sign.
    pub last: String,
    /// Whether mail went through since, wherever it failed.
    pub healed: bool,
    /// The messages that it touched.
    pub messages: u64,
    /// The share of the mail of the stage that it touches most, 0 to 1.
    #[schemars(range(min = 0, max = 1))]
    pub share: f64,
    /// How many destinations it touches.
    pub destinations: usize,
    /// How many different senders, at least; null where it is not known.
    pub senders: Option<u64>,
    /// What was changed within a day before, the nearest first.
    pub changes: Vec<ChangeDocument>,
    /// How many further changes there are.
    pub further_changes: usize,
}

/// Something that was changed.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ChangeDocument {
    /// `package`, `configuration`, `certificate` or `reboot`.
    #[schemars(extend("enum" = ["package", "configuration", "certificate", "reboot"]))]
    pub kind: String,
    /// The package, the file or the machine.
    pub what: String,
    /// How; null where it is not known.
    pub detail: Option<String>,
    /// When.
    pub at: String,
    /// Where it stands.
    pub sources: Vec<SourceDocument>,
}

/// How deliveries ended, in messages.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct DeliveriesDocument {
    /// Delivered.
    pub sent: u64,
    /// Put off.
    pub deferred: u64,
    /// Returned.
    pub bounced: u64,
    /// Refused at the door.
    pub rejected: u64,
}

/// Something worth doing or finding out.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct NextDocument {
    /// `probe`, `look`, `question`, `raise-level`, `lower-level` (a level is raised and ought to be put back) or `remedy`.
    pub kind: String,
    /// What it is about.
    pub id: String,
    /// What to do.
    pub text: String,
    /// Minutes of expected repair time that it saves.
    pub gain: f64,
    /// The facts of the seed behind it.
    pub seed: Vec<String>,
    /// How to do it, as the steps of a remedy; empty where the text says it all.
    pub steps: Vec<String>,
    /// The way back, one action a line; null where nothing is changed.
    pub undo: Option<String>,
}

/// Something that inbound or outbound mail needs.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct RequirementDocument {
    /// Its id, `IN1` to `IN4`, `OUT1` to `OUT3c`: that of the seed's fact.
    pub id: String,
    /// The requirement of which it is one way; null when it stands for itself.
    pub part_of: Option<String>,
    /// What must be so.
    pub title: String,
    /// `met`, `not-met` or `unknown`.
    #[schemars(extend("enum" = ["met", "not-met", "unknown"]))]
    pub state: String,
    /// Whether it is likely and not certain that it is not met; left out where it is false.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schemars(default)]
    pub likely: bool,
    /// Why, one statement each; empty when it is unknown.
    pub because: Vec<String>,
    /// Where that stands.
    pub sources: Vec<SourceDocument>,
    /// How to learn it, as the steps of a remedy; empty when it is known.
    pub learn: Vec<String>,
}

/// A probe that ran.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ProbeDocument {
    /// Its name.
    pub name: String,
    /// `ok`, `partial`, `failed`, `timed-out`, `not-applicable` or `not-run`.
    pub status: String,
    /// How long it took, in milliseconds.
    pub millis: u64,
    /// The facts of the seed behind it.
    pub seed: Vec<String>,
}

/// Something that was tried and could not be learnt.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct NotExaminedDocument {
    /// The fact as its name is written, or a probe's name.
    pub what: String,
    /// Why it could not be learnt.
    pub reason: String,
}

/// A warning.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct WarningDocument {
    /// What.
    pub text: String,
    /// Where.
    pub sources: Vec<SourceDocument>,
}

/// A place in the evidence: a file as it was given, and one of `line`, `lines` and `record`, or none for the file as a whole.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct SourceDocument {
    /// The file.
    pub file: String,
    /// The place in it.
    #[serde(flatten)]
    pub place: PlaceDocument,
}

/// A place within a file.
#[derive(Debug, Clone, Default, PartialEq, Serialize, JsonSchema)]
pub struct PlaceDocument {
    /// A line, counted from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// Lines, `12-40`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lines: Option<String>,
    /// A record, counted from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub record: Option<u64>,
}

impl PlaceDocument {
    /// Builds the document of a place.
    pub fn of(place: Place) -> PlaceDocument {
        let nothing = PlaceDocument::default();
        match place {
            Place::Whole => nothing,
            Place::Line(line) => PlaceDocument { line: Some(line), ..nothing },
            Place::Lines(first, last) => PlaceDocument { lines: Some(format!("{first}-{last}")), ..nothing },
            Place::Record(record) => PlaceDocument { record: Some(record), ..nothing },
        }
    }
}

/// Builds the documents of sources; `files` are the names that they refer to.
pub fn sources(sources: &[Source], files: &[String]) -> Vec<SourceDocument> {
    let name = |source: &Source| files.get(source.file.0 as usize).cloned().unwrap_or_default();
    sources.iter().map(|source| SourceDocument { file: name(source), place: PlaceDocument::of(source.place) }).collect()
}

/// Returns the diagnosis as the document `mailmedic.diagnosis/1`, its texts in one language.
///
/// Probabilities and weights have at most four decimals, so that the same evidence gives the same bytes.
pub fn diagnosis(diagnosis: &Diagnosis, lang: Lang) -> Value {
    // Nothing in the document can fail to become JSON: keys are texts, numbers are finite.
    serde_json::to_value(document(diagnosis, lang)).unwrap_or(Value::Null)
}

/// Returns the JSON Schema of the diagnosis document.
pub fn schema_diagnosis() -> Value {
    schemars::schema_for!(DiagnosisDocument).to_value()
}

/// Returns the JSON Schema of the facts document.
pub fn schema_facts() -> Value {
    super::facts::schema()
}

/// Builds the typed document, for embedding in other documents.
pub fn document(diagnosis: &Diagnosis, lang: Lang) -> DiagnosisDocument {
    let platform = diagnosis.case.platform;
    let files = &diagnosis.files;
    DiagnosisDocument {
        format: "mailmedic.diagnosis/1".to_owned(),
        case: case(diagnosis),
        verdict: diagnosis.verdict.id().to_owned(),
        trouble_probability: rounded(diagnosis.trouble_probability),
        causes: diagnosis.causes.iter().enumerate().map(|(position, ranked)| cause(position + 1, ranked, files, platform, lang)).collect(),
        stages: diagnosis.stages.iter().map(stage).collect(),
        onset: diagnosis.onset.as_ref().map(|since| onset(since, files)),
        next: diagnosis.next.iter().map(|item| next(item, platform, lang)).collect(),
        requirements: diagnosis.requirements.iter().map(|item| requirement(item, files, platform, lang)).collect(),
        probes: diagnosis.probes.iter().map(probe).collect(),
        not_examined: diagnosis
            .not_examined
            .iter()
            .map(|(what, reason)| NotExaminedDocument { what: what.clone(), reason: reason.clone() })
            .collect(),
        warnings: diagnosis
            .warnings
            .iter()
            .map(|warning| WarningDocument { text: warning.text.get(lang).to_owned(), sources: sources(&warning.sources, files) })
            .collect(),
    }
}

fn probe(run: &ProbeRun) -> ProbeDocument {
    ProbeDocument { name: run.name.clone(), status: run.status.id().to_owned(), millis: run.millis, seed: run.seed.clone() }
}

/// Builds the document of the case.
pub(super) fn case(diagnosis: &Diagnosis) -> CaseDocument {
    CaseDocument {
        id: diagnosis.case.id.clone(),
        platform: diagnosis.case.platform.map(|platform| platform.id().to_owned()),
        server: diagnosis.case.server.clone(),
        taken_at: diagnosis.taken_at.map(|time| time.to_string()),
    }
}

fn onset(onset: &Onset, files: &[String]) -> OnsetDocument {
    let change = |change: &Changed| ChangeDocument {
        kind: change.kind.clone(),
        what: change.what.clone(),
        detail: change.detail.clone(),
        at: change.at.to_string(),
        sources: sources(&change.sources, files),
    };
    OnsetDocument {
        at: onset.at.to_string(),
        at_latest: onset.at_latest,
        last: onset.last.to_string(),
        healed: onset.healed,
        messages: onset.messages,
        share: rounded(onset.share),
        destinations: onset.destinations,
        senders: (onset.senders > 0).then_some(onset.senders),
        changes: onset.changes.iter().map(change).collect(),
        further_changes: onset.further,
    }
}

fn cause(rank: usize, cause: &RankedCause, files: &[String], platform: Option<Platform>, lang: Lang) -> CauseDocument {
    CauseDocument {
        rank,
        id: cause.id.clone(),
        title: cause.title.get(lang).to_owned(),
        probability: rounded(cause.probability),
        coverage: rounded(cause.coverage),
        seed: cause.seed.clone(),
        consequence_of: cause.consequence_of.clone(),
        subjects: cause.subjects.clone(),
        evidence: cause.evidence.iter().map(|item| evidence(item, files, lang)).collect(),
        remedies: cause.remedies.iter().map(|item| remedy(item, platform, lang)).collect(),
    }
}

fn evidence(evidence: &Evidence, files: &[String], lang: Lang) -> EvidenceDocument {
    EvidenceDocument {
        says: if evidence.supports { "for" } else { "against" }.to_owned(),
        text: evidence.text.get(lang).to_owned(),
        rule: evidence.rule.clone(),
        weight: rounded(evidence.weight),
        seed: evidence.seed.clone(),
        sources: sources(&evidence.sources, files),
    }
}

fn remedy(remedy: &PlannedRemedy, platform: Option<Platform>, lang: Lang) -> RemedyDocument {
    let lines = |actions: &[PlannedAction]| actions.iter().map(|item| action(&item.run, item.text.get(lang), platform)).collect::<Vec<_>>();
    let joined = |actions: &[PlannedAction]| (!actions.is_empty()).then(|| lines(actions).join("\n"));
    RemedyDocument {
        id: remedy.id.clone(),
        title: remedy.title.get(lang).to_owned(),
        risk: remedy.risk.id().to_owned(),
        steps: lines(&remedy.steps),
        verify: joined(&remedy.verify),
        undo: joined(&remedy.undo),
    }
}

fn next(next: &Next, platform: Option<Platform>, lang: Lang) -> NextDocument {
    let lines = |actions: &[PlannedAction]| actions.iter().map(|item| action(&item.run, item.text.get(lang), platform)).collect::<Vec<_>>();
    NextDocument {
        kind: next.kind.to_owned(),
        id: next.id.clone(),
        text: next.text.get(lang).to_owned(),
        gain: rounded(next.gain),
        seed: next.seed.clone(),
        steps: lines(&next.steps),
        undo: (!next.undo.is_empty()).then(|| lines(&next.undo).join("\n")),
    }
}

fn requirement(item: &Checked, files: &[String], platform: Option<Platform>, lang: Lang) -> RequirementDocument {
    let learn: &[PlannedAction] = if item.state == Fulfilment::Unknown || item.likely { &item.learn } else { &[] };
    RequirementDocument {
        id: item.id.clone(),
        part_of: item.part_of.clone(),
        title: item.title.get(lang).to_owned(),
        state: item.state.id().to_owned(),
        likely: item.likely,
        because: item.because.iter().map(|text| text.get(lang).to_owned()).collect(),
        sources: sources(&item.sources, files),
        learn: learn.iter().map(|item| action(&item.run, item.text.get(lang), platform)).collect(),
    }
}

/// Returns an action as one text: `TEXT`, or `TEXT: COMMAND` where there is a command, which then ends the text.
pub fn action(run: &[String], text: &str, platform: Option<Platform>) -> String {
    if run.is_empty() { text.to_owned() } else { format!("{text}: {}", command::line(run, platform)) }
}

/// Writes a JSON value, indented, with a line end.
///
/// What could change the screen of a terminal (see [`super::clean`]) is written as `\u…`, also where JSON would allow the character itself.
///
/// # Errors
///
/// What the writer says.
pub fn write<T: Serialize + ?Sized>(value: &T, out: &mut dyn io::Write) -> io::Result<()> {
    value.serialize(&mut serde_json::Serializer::with_formatter(&mut *out, Harmless(PrettyFormatter::new())))?;
    out.write_all(b"\n")
}

/// Writes as the pretty formatter does, except for characters that could change the screen.
struct Harmless(PrettyFormatter<'static>);

impl Formatter for Harmless {
    fn write_string_fragment<W: io::Write + ?Sized>(&mut self, out: &mut W, fragment: &str) -> io::Result<()> {
        let mut start = 0;
        for (at, char) in fragment.char_indices().filter(|(_, char)| is_harmful(*char)) {
            out.write_all(fragment.as_bytes().get(start..at).unwrap_or_default())?;
            for unit in char.encode_utf16(&mut [0; 2]) {
                write!(out, "\\u{unit:04x}")?;
            }
            start = at + char.len_utf8();
        }
        out.write_all(fragment.as_bytes().get(start..).unwrap_or_default())
    }

    fn begin_array<W: io::Write + ?Sized>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_array(out)
    }

    fn end_array<W: io::Write + ?Sized>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_array(out)
    }

    fn begin_array_value<W: io::Write + ?Sized>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_array_value(out, first)
    }

    fn end_array_value<W: io::Write + ?Sized>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_array_value(out)
    }

    fn begin_object<W: io::Write + ?Sized>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_object(out)
    }

    fn end_object<W: io::Write + ?Sized>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_object(out)
    }

    fn begin_object_key<W: io::Write + ?Sized>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_object_key(out, first)
    }

    fn begin_object_value<W: io::Write + ?Sized>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_object_value(out)
    }

    fn end_object_value<W: io::Write + ?Sized>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_object_value(out)
    }
}

fn stage(stage: &StageState) -> StageDocument {
    StageDocument {
        stage: stage.stage.id().to_owned(),
        status: stage.status.id().to_owned(),
        queues: stage.queues,
        messages: stage.messages,
        oldest_seconds: stage.oldest_seconds,
        deliveries: stage.deliveries.map(|ended| DeliveriesDocument {
            sent: ended.sent,
            deferred: ended.deferred,
            bounced: ended.bounced,
            rejected: ended.rejected,
        }),
    }
}

/// Rounds to four decimals; what is no finite number is 0, and there is no negative zero.
pub fn rounded(number: f64) -> f64 {
    let rounded = (number * 10_000.0).round() / 10_000.0;
    if rounded.is_finite() && rounded != 0.0 { rounded } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    fn keys(value: &Value) -> Vec<&str> {
        value.as_object().map(|object| object.keys().map(String::as_str).collect()).unwrap_or_default()
    }

    #[test]
    fn the_document_has_the_keys_of_the_contract_in_order() {
        let value = diagnosis(&sample::trouble(), Lang::En);
        assert_eq!(
            keys(&value),
            [
                "format",
                "case",
                "verdict",
                "trouble_probability",
                "causes",
                "stages",
                "next",
                "requirements",
                "probes",
                "not_examined",
                "warnings"
            ]
        );
        assert_eq!(keys(&value["case"]), ["id", "platform", "server", "taken_at"]);
        let cause = &value["causes"][0];
        assert_eq!(
            keys(cause),
            ["rank", "id", "title", "probability", "coverage", "seed", "consequence_of", "subjects", "evidence", "remedies"]
        );
        assert_eq!(keys(&cause["evidence"][0]), ["says", "text", "rule", "weight", "seed", "sources"]);
        assert_eq!(keys(&cause["evidence"][0]["sources"][0]), ["file", "line"]);
        assert_eq!(keys(&cause["remedies"][0]), ["id", "title", "risk", "steps", "verify", "undo"]);
        assert_eq!(keys(&value["stages"][0]), ["stage", "status", "queues", "messages", "oldest_seconds", "deliveries"]);
        assert_eq!(keys(&value["next"][0]), ["kind", "id", "text", "gain", "seed", "steps", "undo"]);
        assert_eq!(keys(&value["requirements"][0]), ["id", "part_of", "title", "state", "because", "sources", "learn"]);
    }

    #[test]
    fn what_is_not_known_is_null_and_numbers_are_short() {
        let value = diagnosis(&sample::trouble(), Lang::En);
        assert_eq!(value["case"]["id"], Value::Null);
        assert_eq!(value["stages"][1]["messages"], Value::Null);
        assert_eq!(value["causes"][0]["probability"].to_string(), "0.9812");
        assert_eq!(rounded(-0.000_01).to_string(), "0");
        assert_eq!(rounded(f64::INFINITY), 0.0);
    }

    #[test]
    fn the_schema_names_every_key_that_the_document_has() {
        let schema = schema_diagnosis();
        for key in keys(&diagnosis(&sample::trouble(), Lang::En)) {
            assert!(schema["properties"].get(key).is_some(), "{key}");
        }
        assert_eq!(schema["title"], "mailmedic.diagnosis/1");
    }

    #[test]
    fn control_characters_are_escaped_and_stay_in_the_document() {
        let value = diagnosis(&sample::hostile(), Lang::En);
        let mut bytes = Vec::new();
        write(&value, &mut bytes).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        assert!(!text.chars().any(|char| char != '\n' && is_harmful(char)));
        assert!(text.contains(r"\u001b[2J") && text.contains(r"\u009b31m\u202e\u200b\u007f"));
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
    }
}
