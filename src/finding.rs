//! What rules, plugins and knowledge entries saw; the one thing that inference takes.

mod condition;
mod group;
mod literals;
mod measured;
mod nameless;
mod spoken;
mod words;

pub use group::{mechanism_of_all, settle_groups};
pub use nameless::statement;
pub use spoken::{Spoken, spoken};
pub use words::Matcher;

use crate::fact::{FactId, FactName, Facts};
use crate::knowledge::{Declared, Folder, Frequency, Knowledge, Numbers, Text};

/// Whether a finding holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Holds {
    /// It was seen.
    Present,
    /// It could be judged, and was not there.
    Absent,
    /// It could not be judged: these facts are missing.
    Unknown(Vec<FactName>),
    /// It makes no sense here (another platform, a port of a host whose name did not resolve).
    NotApplicable,
}

/// What one rule, plugin or entry saw.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// `<pack>/<rule>`, `plugin/<name>/<finding>` or `knowledge/<folder>/<entry>`.
    pub id: String,
    /// Whether it holds.
    pub holds: Holds,
    /// The facts behind it.
    pub because: Vec<FactId>,
    /// What it says about causes.
    pub declared: Declared,
    /// The mechanisms that it shows; findings that share one are no independent evidence.
    pub mechanisms: Vec<String>,
    /// The group that inference counts once, set by [`settle_groups`].
    pub group: String,
    /// Why it matters, with placeholders.
    pub text: Option<Text>,
    /// The facts of the seed behind it.
    pub seed: Vec<String>,
    /// How much it counts, 1 when fresh, less with age.
    pub freshness: f64,
}

impl Finding {
    /// Returns how many times likelier the finding is with its most telling cause than without any of its causes.
    pub fn likelihood_ratio(&self, numbers: &Numbers) -> f64 {
        let best = self.declared.causes.iter().map(|(_, word)| numbers.sensitivity(*word)).fold(0.0, f64::max);
        best.max(1e-9) / numbers.leak(self.declared.seen_without).max(1e-9)
    }
}

/// How many queues one finding names.
const MOST_QUEUES: usize = 20;

/// The id of the finding that stands for error texts which no entry knows.
pub const UNMATCHED: &str = "knowledge/unmatched-error";

/// The id of the finding that stands for queues which the knowledge does not know.
pub const STRANGE: &str = "knowledge/strange-queue";

/// Judges all entries of the knowledge in one pass over the facts.
pub fn judge_entries(facts: &Facts, knowledge: &Knowledge, matcher: &Matcher) -> Vec<Finding> {
    judge_texts(&spoken(facts), facts, knowledge, matcher)
}

/// Judges all entries with what finds their words made for this case alone: for a single case that is the quicker way.
pub fn judge_case(facts: &Facts, knowledge: &Knowledge) -> Vec<Finding> {
    let texts = spoken(facts);
    judge_texts(&texts, facts, knowledge, &Matcher::for_case(knowledge, &texts, facts))
}

fn judge_texts(texts: &[Spoken], facts: &Facts, knowledge: &Knowledge, matcher: &Matcher) -> Vec<Finding> {
    let mut findings = matcher.judge(texts, facts, knowledge);
    findings.extend(measured::judge(facts, knowledge));
    findings.extend(strange_queues(facts));
    findings
}

/// Finds queues that the platform is not known to have and that fill: mail waits, and nobody has written for what.
fn strange_queues(facts: &Facts) -> Option<Finding> {
    let filling = |id: &FactId| facts.queues.get(id.row()).is_some_and(|fact| crate::parse::weighs(&fact.what));
    let because: Vec<FactId> = facts.strange_queues.iter().copied().filter(filling).take(MOST_QUEUES).collect();
    let en = "A queue fills whose kind is not known on this platform: {queue} ({messages} messages)";
    let ja = "このプラットフォームでは種類が不明なキューにメッセージがたまっている: {queue} ({messages} 通)";
    (!because.is_empty()).then(|| other(STRANGE, "strange-queue", Text::new(en, ja), because))
}

/// Builds the finding for texts that no entry knows: something is wrong, and nobody has written what.
fn unmatched(because: Vec<FactId>) -> Finding {
    let text = Text::new("An error that no knowledge entry explains: {text}", "ナレッジのどの項目でも説明できないエラー: {text}");
    other(UNMATCHED, "unmatched-error", text, because)
}

/// Builds a finding that says that something is wrong, and not what.
fn other(id: &str, group: &str, text: Text, because: Vec<FactId>) -> Finding {
    Finding {
        id: id.to_owned(),
        holds: Holds::Present,
        because,
        declared: Declared {
            causes: vec![("other".to_owned(), Frequency::Sometimes)],
            seen_without: Frequency::Rarely,
            group: Some(group.to_owned()),
            symptom: false,
        },
        mechanisms: vec![group.to_owned()],
        group: String::new(),
        text: Some(text),
        seed: Vec::new(),
        freshness: 1.0,
    }
}

/// Returns how much a fact still counts: 1 when it is fresh or does not age, half after each half-life of its kind.
pub fn freshness(facts: &Facts, knowledge: &Knowledge, fact: FactId) -> f64 {
    if facts.case.described {
        return 1.0;
    }
    let half_life = knowledge.numbers.half_life_hours.get(fact.kind().id()).copied().unwrap_or(0.0);
    match (facts.get(fact).and_then(crate::fact::AnyFact::at), facts.reference_time()) {
        (Some(at), Some(now)) if half_life > 0.0 => 0.5_f64.powf(now.since(at) as f64 / 3600.0 / half_life),
        _ => 1.0,
    }
}

/// Returns whether facts that an entry of a folder judges can be there at all, for coverage.
pub fn could_judge(folder: Folder, facts: &Facts) -> bool {
    use crate::fact::Kind;
    let any = |kinds: &[Kind]| kinds.iter().any(|kind| facts.count(*kind) > 0);
    match folder {
        Folder::Replies | Folder::LastErrors | Folder::Codes => {
            any(&[Kind::Outcome, Kind::Ndr, Kind::Smtp]) || facts.queues.iter().any(|queue| queue.what.last_error.is_known())
        }
        Folder::Logs => any(&[Kind::Log, Kind::Outcome]),
        Folder::Events => any(&[Kind::Event]),
        Folder::Settings => any(&[Kind::Setting]),
        Folder::Thresholds => any(&[Kind::Counter, Kind::Resource]),
        Folder::Services => any(&[Kind::Service]),
        Folder::Phrases => any(&[Kind::Answer]),
    }
}
