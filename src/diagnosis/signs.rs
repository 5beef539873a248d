//! Whether a sign of the knowledge holds in a case: of a finding, a cause, or facts.

use super::RankedCause;
use super::build::finding_text;
use super::naming::{Names, sentence};
use crate::fact::{AnyFact, FactId, FactName, Facts, Kind, Known, Need, Source, Value};
use crate::finding::{Finding, Holds};
use crate::knowledge::{FieldTest, Knowledge, Presence, Sign, Text};
use std::net::IpAddr;

/// From this probability a cause counts as a sign: what is said of a requirement is said as a fact.
const SURE: f64 = 0.8;
/// How many places a reason names.
const MOST_SOURCES: usize = 5;

/// The case that signs are looked for in.
pub struct Seen<'a> {
    /// Its facts.
    pub facts: &'a Facts,
    /// What was found in them.
    pub findings: &'a [Finding],
    /// The causes in their order.
    pub causes: &'a [RankedCause],
    /// What is known.
    pub knowledge: &'a Knowledge,
}

/// Why a sign holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Reason {
    /// What was seen, or not.
    pub text: Text,
    /// Where it stands.
    pub sources: Vec<Source>,
    /// The facts behind it.
    pub because: Vec<FactId>,
}

/// A test of a field with its words filled in, in lower case.
struct Test<'a> {
    of: &'a FieldTest,
    is: Vec<String>,
    is_not: Vec<String>,
    has: Vec<String>,
    word: Vec<String>,
}

impl Seen<'_> {
    /// Returns why all signs hold, `None` when one of them does not.
    pub fn all(&self, signs: &[Sign], stage: Option<&str>) -> Option<Vec<Reason>> {
        signs.iter().map(|sign| self.one(sign, stage)).collect()
    }

    /// Returns why the first sign holds that does.
    pub fn any(&self, signs: &[Sign], stage: Option<&str>) -> Option<Reason> {
        signs.iter().find_map(|sign| self.one(sign, stage))
    }

    /// Returns why a sign holds, `None` when it does not; `stage` is put in place of `{stage}`.
    pub fn one(&self, sign: &Sign, stage: Option<&str>) -> Option<Reason> {
        if let Some(id) = &sign.cause {
            return self.cause(id, sign.be);
        }
        if let Some(id) = &sign.finding {
            return self.finding(id, sign.be);
        }
        let name = FactName::parse(sign.fact.as_deref()?).ok()?;
        let tests: Vec<(&str, Test<'_>)> = sign.fields.iter().map(|(field, test)| (field.as_str(), self.test(test, stage))).collect();
        let passes = |fact: &dyn AnyFact| tests.iter().all(|(field, test)| self.passes(fact, field, test));
        let found: Vec<FactId> = self.facts.named(&name).into_iter().filter(|id| self.facts.get(*id).is_some_and(passes)).collect();
        let presence = if !found.is_empty() {
            Presence::Present
        } else if self.is_absent(&name, sign) {
            Presence::Absent
        } else {
            Presence::Unknown
        };
        (presence == sign.be).then(|| {
            let text = match found.first().and_then(|id| self.facts.get(*id)) {
                Some(fact) => sentence(fact).unwrap_or_else(|| written(fact, sign)),
                None => {
                    let noun = Names { facts: self.facts, knowledge: self.knowledge }.noun(&name);
                    match presence {
                        Presence::Absent => Text::new(format!("There is none: {}", noun.en), format!("なし: {}", noun.ja)),
                        _ => Text::new(format!("Not known: {}", noun.en), format!("不明: {}", noun.ja)),
                    }
                }
            };
            self.reason(text, found)
        })
    }

    /// What is of one value has no other; of all else only a complete listing shows that it is not there.
    fn is_absent(&self, name: &FactName, sign: &Sign) -> bool {
        match self.facts.need(name) {
            Need::Absent => true,
            Need::Unknown(_) => false,
            Need::Exists if self.facts.listing(name).is_some() => true,
            Need::Exists => {
                let single = matches!(name.kind(), Kind::Setting | Kind::DiagnosticLevel | Kind::Service) && !name.rest().contains('*');
                let told = |fact: &dyn AnyFact| sign.fields.keys().all(|field| fact.field(field).is_some_and(|known| known.is_known()));
                single && self.facts.named(name).into_iter().all(|id| self.facts.get(id).is_some_and(told))
            }
        }
    }

    fn cause(&self, id: &str, be: Presence) -> Option<Reason> {
        let finer = |other: &str| other == id || other.strip_prefix(id).is_some_and(|rest| rest.starts_with('.'));
        let found = self.causes.iter().find(|cause| cause.probability >= SURE && finer(&cause.id));
        match (found, be) {
            (Some(cause), Presence::Present) => {
                let sources = cause.evidence.iter().filter(|item| item.supports).flat_map(|item| item.sources.clone());
                Some(Reason { text: cause.title.clone(), sources: sources.take(MOST_SOURCES).collect(), because: Vec::new() })
            }
            (None, Presence::Absent) => {
                let title = self.knowledge.cause(id).map_or_else(|| Text::new(id, id), |cause| cause.title.clone());
                Some(self.reason(Text::new(format!("Not likely: {}", title.en), format!("可能性は低い: {}", title.ja)), Vec::new()))
            }
            _ => None,
        }
    }

    /// Several findings may have one id, as an entry may match several facts: one that is present is enough.
    fn finding(&self, id: &str, be: Presence) -> Option<Reason> {
        let all = || self.findings.iter().filter(|finding| finding.id == id);
        let present = all().find(|finding| finding.holds == Holds::Present);
        let absent = all().find(|finding| finding.holds == Holds::Absent);
        match (be, present, absent) {
            (Presence::Present, Some(finding), _) => Some(self.said(finding)),
            (Presence::Absent, None, Some(finding)) => Some(self.said(finding)),
            (Presence::Unknown, None, None) => {
                let text = all().next().map_or_else(|| Text::new(id, id), |finding| finding_text(finding, self.facts));
                Some(self.reason(Text::new(format!("Not known whether this is so: {}", text.en), format!("不明: {}", text.ja)), Vec::new()))
            }
            _ => None,
        }
    }

    /// Returns a finding as a reason.
    pub fn said(&self, finding: &Finding) -> Reason {
        self.reason(finding_text(finding, self.facts), finding.because.clone())
    }

    fn reason(&self, text: Text, because: Vec<FactId>) -> Reason {
        let sources = because.iter().filter_map(|id| self.facts.get(*id)).flat_map(|fact| fact.sources().to_vec());
        Reason { text, sources: sources.take(MOST_SOURCES).collect(), because }
    }

    /// Fills in the words of a test once for all facts.
    fn test<'a>(&self, of: &'a FieldTest, stage: Option<&str>) -> Test<'a> {
        let filled = |words: &[String]| self.filled(words, stage);
        Test { of, is: filled(&of.is), is_not: filled(&of.is_not), has: filled(&of.has), word: filled(&of.word) }
    }

    fn passes(&self, fact: &dyn AnyFact, field: &str, words_of: &Test<'_>) -> bool {
        let Some(known) = fact.field(field) else { return false };
        let test = words_of.of;
        if test.known.is_some_and(|wanted| wanted != known.is_known()) {
            return false;
        }
        let text = match &known {
            Known::Value(Value::List(items)) => items.join(" "),
            Known::Value(value) => value.to_string(),
            // What is known to be absent is empty and nothing else; of what is not known only that can be said.
            Known::Absent => String::new(),
            Known::Unknown(_) | Known::NotApplicable(_) => return *test == FieldTest { known: Some(false), ..FieldTest::default() },
        };
        let lower = text.to_lowercase();
        (test.is.is_empty() || words_of.is.contains(&lower))
            && !words_of.is_not.contains(&lower)
            && (test.has.is_empty() || words_of.has.iter().any(|word| lower.contains(word.as_str())))
            && (test.word.is_empty() || words_of.word.iter().any(|word| words(&lower).any(|part| part == word.as_str())))
            && test.least.is_none_or(|least| text.parse::<f64>().is_ok_and(|number| number >= least))
            && test.empty.is_none_or(|empty| empty == text.trim_matches(['[', ']', '"', ' ']).is_empty())
            && test.outside.is_none_or(|outside| outside == self.is_outside(&lower))
            && test.public.is_none_or(|public| public == words(&lower).any(is_public))
    }

    fn filled(&self, words: &[String], stage: Option<&str>) -> Vec<String> {
        let domains = &self.facts.case.domains;
        words
            .iter()
            .flat_map(|word| match word.contains("{domain}") {
                true => domains.iter().map(|domain| word.replace("{domain}", domain)).collect::<Vec<_>>(),
                false => vec![word.replace("{stage}", stage.unwrap_or_default())],
            })
            .map(|word| word.to_lowercase())
            .collect()
    }

    /// A name that is neither an own domain nor below one, where own domains are known.
    fn is_outside(&self, name: &str) -> bool {
        let name = name.trim_end_matches('.');
        let below = |domain: &String| {
            let domain = domain.to_lowercase();
            name == domain || name.strip_suffix(&domain).is_some_and(|host| host.ends_with('.'))
        };
        let domains = &self.facts.case.domains;
        !domains.is_empty() && name.contains('.') && !name.ends_with(".arpa") && !domains.iter().any(below)
    }
}

/// Says a fact in the words of its platform: `relayhost = [relay.example.net]`, `queue example.net (state retry)`.
fn written(fact: &dyn AnyFact, sign: &Sign) -> Text {
    let text = if fact.kind() == Kind::Setting {
        format!("{} = {}", fact.text("key").unwrap_or_default(), fact.text("value").unwrap_or_default())
    } else {
        let shown: Vec<String> = sign
            .fields
            .keys()
            .filter(|field| *field != "stage")
            .filter_map(|field| Some(format!("{field} {}", fact.text(field)?)))
            .collect();
        let name = FactName::of(fact.kind(), &fact.parts());
        if shown.is_empty() { name.to_string() } else { format!("{name} ({})", shown.join(", ")) }
    };
    Text::new(text.clone(), text)
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split([' ', ',', ';', '\t', '[', ']', '"', '{', '}', '(', ')'])
        .map(|word| word.trim_end_matches('.'))
        .filter(|word| !word.is_empty())
}

fn is_public(word: &str) -> bool {
    match word.parse::<IpAddr>() {
        Ok(IpAddr::V4(v4)) => {
            let shared = v4.octets()[0] == 100 && (64..128).contains(&v4.octets()[1]);
            !(v4.is_private() || v4.is_loopback() || v4.is_link_local() || v4.is_unspecified() || shared)
        }
        Ok(IpAddr::V6(v6)) => {
            !(v6.is_loopback() || v6.is_unspecified() || v6.segments()[0] & 0xfe00 == 0xfc00 || v6.segments()[0] & 0xffc0 == 0xfe80)
        }
        Err(_) => false,
    }
}
