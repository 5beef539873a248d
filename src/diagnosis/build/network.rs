//! The network that inference takes: words become numbers, platforms decide which causes can be there.

use crate::fact::{Facts, Platform};
use crate::finding::{Finding, Holds, could_judge};
use crate::infer::{CauseNode, FindingNode, Network, State};
use crate::knowledge::{Cause, Frequency, Knowledge, Pattern};
use crate::pack::Packs;
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// The network with the way back from its numbers.
pub struct Built {
    /// The network; its findings stand in the order of the findings that it was built from.
    pub network: Network,
    index: BTreeMap<String, usize>,
}

impl Built {
    /// Builds the network of a case.
    pub fn new(findings: &[Finding], facts: &Facts, knowledge: &Knowledge) -> Built {
        let platform = facts.case.platform;
        let mut ids: BTreeSet<&str> = knowledge
            .causes
            .values()
            .filter(|cause| Platform::admitted(platform, &cause.platforms))
            .map(|cause| cause.id.as_str())
            .collect();
        for (id, _) in findings.iter().flat_map(|finding| &finding.declared.causes) {
            // A finer id than the knowledge has is a cause of its own, with what is known of the coarser one.
            if knowledge.cause(id).is_some_and(|cause| Platform::admitted(platform, &cause.platforms)) {
                ids.insert(id);
            }
        }
        let index: BTreeMap<String, usize> = ids.iter().enumerate().map(|(number, id)| ((*id).to_owned(), number)).collect();
        let causes = ids
            .iter()
            .filter_map(|id| Some((*id, knowledge.cause(id)?)))
            .map(|(id, cause)| CauseNode {
                id: id.to_owned(),
                prior: prior(cause, platform, knowledge),
                benign: cause.benign,
                leads_to: cause
                    .leads_to
                    .iter()
                    .filter_map(|(other, word)| Some((*index.get(other)?, knowledge.numbers.sensitivity(*word))))
                    .collect(),
            })
            .collect();
        let nodes = findings.iter().map(|finding| node(finding, &index, knowledge)).collect();
        Built { network: Network { causes, findings: nodes }, index }
    }

    /// Returns the number of a cause.
    pub fn number(&self, id: &str) -> Option<usize> {
        self.index.get(id).copied()
    }
}

/// How much of what could bear on causes is known.
pub struct Coverage<'a>(BTreeMap<&'a str, (u32, u32)>);

impl<'a> Coverage<'a> {
    /// Counts, in one pass, what could bear on these causes on the platform of the case.
    pub fn new(causes: impl Iterator<Item = &'a str>, findings: &[Finding], facts: &Facts, packs: &Packs) -> Coverage<'a> {
        let platform = facts.case.platform;
        let mut counts: BTreeMap<&str, (u32, u32)> = causes.map(|id| (id, (0, 0))).collect();
        let mut count = |named: &[(String, Frequency)], known: &dyn Fn() -> bool| {
            let mut is_known = None;
            for (at, (id, _)) in named.iter().enumerate() {
                let first = named.iter().position(|(other, _)| other == id) == Some(at);
                if let Some((known_so_far, all)) = counts.get_mut(id.as_str()).filter(|_| first) {
                    *all += 1;
                    *known_so_far += u32::from(*is_known.get_or_insert_with(known));
                }
            }
        };
        let judged: HashSet<&str> = findings.iter().map(|finding| finding.id.as_str()).collect();
        for entry in packs.knowledge.entries.iter().filter(|entry| Platform::admitted(platform, &entry.platforms)) {
            let Some(declared) = &entry.declared else { continue };
            count(&declared.causes, &|| match entry.pattern {
                Pattern::Text { .. } | Pattern::Event { .. } | Pattern::Code => could_judge(entry.folder, facts),
                _ => judged.contains(entry.rule_id().as_str()),
            });
        }
        for finding in findings.iter().filter(|finding| !finding.id.starts_with("knowledge/")) {
            count(&finding.declared.causes, &|| matches!(finding.holds, Holds::Present | Holds::Absent));
        }
        Coverage(counts)
    }

    /// Returns the share of what could bear on a cause on this platform that is known, 0 to 1.
    pub fn of(&self, id: &str) -> f64 {
        match self.0.get(id) {
            Some((known, all)) if *all > 0 => f64::from(*known) / f64::from(*all),
            _ => 0.0,
        }
    }
}

fn node(finding: &Finding, index: &BTreeMap<String, usize>, knowledge: &Knowledge) -> FindingNode {
    let numbers = &knowledge.numbers;
    let mut causes: Vec<(usize, f64)> =
        finding.declared.causes.iter().filter_map(|(id, word)| Some((*index.get(id)?, numbers.sensitivity(*word)))).collect();
    if finding.declared.symptom
        && let Some(other) = index.get("other")
        && !causes.iter().any(|(cause, _)| cause == other)
    {
        causes.push((*other, numbers.sensitivity(Frequency::Sometimes)));
    }
    let state = match finding.holds {
        // A finding whose causes cannot exist on this platform says nothing.
        _ if causes.is_empty() => State::Unknown,
        Holds::Present => State::Present,
        Holds::Absent => State::Absent,
        Holds::Unknown(_) | Holds::NotApplicable => State::Unknown,
    };
    FindingNode {
        id: finding.id.clone(),
        state,
        causes,
        leak: numbers.leak(finding.declared.seen_without),
        group: finding.group.clone(),
        freshness: finding.freshness,
    }
}

/// Returns the prior of a cause: the word for the platform, else for a group that it belongs to, else the default.
fn prior(cause: &Cause, platform: Option<Platform>, knowledge: &Knowledge) -> f64 {
    let words = &cause.prior.words;
    let exact = platform.and_then(|platform| words.get(platform.id()));
    let group = || platform.and_then(|platform| words.iter().find(|(word, _)| platform.is(word)).map(|(_, word)| word));
    let word = exact.or_else(group).or_else(|| words.get("default")).or_else(|| words.values().next());
    word.map_or(0.0, |word| knowledge.numbers.prior(word))
}
