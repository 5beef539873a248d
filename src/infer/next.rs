//! What to find out next: the step that lowers the expected cost of repair by more than it costs itself.

use super::cost::{Cost, Observation};
use super::group::strongest;
use super::model::{fraction, leak, merged};
use super::network::{Network, State};
use super::posterior::Posterior;
use std::collections::{BTreeMap, BTreeSet};

/// How many findings of one candidate are looked at together; with more, the weaker are left out.
const TOGETHER: usize = 4;

/// Describes a question or probe that could be next.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// Names it.
    pub id: String,
    /// Gives what it costs, in minutes.
    pub minutes: f64,
    /// Lists the unknown findings that it would settle, by index.
    pub findings: Vec<usize>,
}

/// Describes the repair of one cause.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Repair {
    /// Index of the cause.
    pub cause: usize,
    /// Gives what it costs, check included, in minutes.
    pub minutes: f64,
}

/// Holds what a candidate would gain.
#[derive(Debug, Clone, PartialEq)]
pub struct Gain {
    /// Index of the candidate.
    pub candidate: usize,
    /// Minutes of expected repair time it saves, its own cost taken off.
    pub gain_minutes: f64,
}

/// Returns the expected cost of getting mail to flow again, in minutes.
///
/// Repairs are tried in the order of probability over cost, each followed by a look whether mail flows; where no further
/// repair saves more than it costs, somebody else is called in for `escalate_minutes`. With a single fault this is
/// C₁ + (1 − p₁) C₂ + … + (what is left) · C(escalate). With several faults a repair is followed by the next one until all
/// are repaired, so "what is left" is the probability that some cause is there that has not been repaired yet. Only
/// candidates of the posterior count that are not benign; nothing wrong costs nothing.
pub fn expected_cost(net: &Network, posterior: &Posterior, repairs: &[Repair], escalate_minutes: f64) -> f64 {
    let cost = Cost::new(net, posterior, repairs, escalate_minutes, &BTreeSet::new());
    cost.now()
}

/// Returns the candidates that gain, the greatest gain first, ties by id.
///
/// The sets of the posterior are weighed anew for each outcome; nothing is searched. A finding whose group is already
/// known adds nothing, and of one group the strongest finding counts. Of more than four findings the four strongest are
/// looked at, so the gain of such a candidate is a lower bound. Causes that only the findings in question could
/// bring up count with their probability, each by itself.
pub fn next_steps(net: &Network, posterior: &Posterior, repairs: &[Repair], candidates: &[Candidate], escalate_minutes: f64) -> Vec<Gain> {
    let known: BTreeSet<&str> =
        net.findings.iter().filter(|f| f.state != State::Unknown && fraction(f.freshness) > 0.0).map(|f| f.group.as_str()).collect();
    let saved = |findings: &[usize]| {
        let observations = observations(net, findings);
        if observations.is_empty() {
            return 0.0;
        }
        let named = observations.iter().flat_map(|o| o.causes.iter().map(|(cause, _)| *cause)).collect();
        let cost = Cost::new(net, posterior, repairs, escalate_minutes, &named);
        cost.now() - cost.after(&observations)
    };
    // Several facts are often missing for the same findings, and what these would save is worked out once.
    let asked: Vec<Vec<usize>> = candidates.iter().map(|candidate| chosen(net, candidate, &known)).collect();
    let mut savings: BTreeMap<&[usize], f64> = BTreeMap::new();
    let mut gains: Vec<Gain> = Vec::new();
    for (index, (candidate, findings)) in candidates.iter().zip(&asked).enumerate() {
        let saved = *savings.entry(findings).or_insert_with(|| saved(findings));
        let gain_minutes = saved - candidate.minutes;
        if gain_minutes > 0.0 {
            gains.push(Gain { candidate: index, gain_minutes });
        }
    }
    let rounded = |gain: &Gain| (gain.gain_minutes * 1e9).round();
    gains.sort_by(|a, b| rounded(b).total_cmp(&rounded(a)).then_with(|| candidates[a.candidate].id.cmp(&candidates[b.candidate].id)));
    gains
}

/// Returns the findings of a candidate that can say something, the strongest first: one of each group that is not known yet.
fn chosen(net: &Network, candidate: &Candidate, known: &BTreeSet<&str>) -> Vec<usize> {
    let mut groups: BTreeMap<&str, BTreeSet<usize>> = BTreeMap::new();
    for &index in candidate.findings.iter().filter(|&&index| index < net.findings.len()) {
        let group = net.findings[index].group.as_str();
        if !known.contains(group) {
            groups.entry(group).or_default().insert(index);
        }
    }
    let mut chosen: Vec<usize> = groups.values().filter_map(|members| strongest(net, members.iter().copied())).collect();
    let mut first: Vec<usize> = Vec::new();
    while let Some(best) = strongest(net, chosen.iter().copied()).filter(|_| first.len() < TOGETHER) {
        chosen.retain(|&index| index != best);
        first.push(best);
    }
    first
}

/// Returns what can be seen of findings.
fn observations(net: &Network, findings: &[usize]) -> Vec<Observation> {
    findings
        .iter()
        .map(|&index| Observation {
            causes: merged(&net.findings[index].causes, net.causes.len()),
            stay: 1.0 - leak(net.findings[index].leak),
        })
        .filter(|o| !o.causes.is_empty())
        .collect()
}
