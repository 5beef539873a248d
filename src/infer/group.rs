//! Which finding of a group counts, and which groups contradict themselves.

use super::model::{fraction, leak, merged};
use super::network::{FindingNode, Network, State};
use std::collections::BTreeMap;

/// Holds what counts of the findings of a case.
#[derive(Debug, Clone, Default)]
pub(super) struct Counted {
    /// Indices of the findings that count, by group.
    pub(super) findings: Vec<usize>,
    /// Groups of which one member is present and another absent.
    pub(super) conflicts: Vec<String>,
    /// Per group that has a finding that counts: every member.
    pub(super) members: BTreeMap<String, Vec<usize>>,
}

/// Chooses of each group the finding that counts.
///
/// The strongest present one; if none is present, the strongest absent one. A finding whose freshness is 0 is as good
/// as unknown.
pub(super) fn count(net: &Network) -> Counted {
    let mut groups: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (index, finding) in net.findings.iter().enumerate() {
        if finding.state != State::Unknown && fraction(finding.freshness) > 0.0 {
            groups.entry(&finding.group).or_default().push(index);
        }
    }
    let mut counted = Counted::default();
    for (group, members) in groups {
        let in_state = |state| members.iter().copied().filter(move |&m| net.findings[m].state == state);
        let strongest = strongest(net, in_state(State::Present));
        if strongest.is_some() && in_state(State::Absent).next().is_some() {
            counted.conflicts.push(group.to_owned());
        }
        if let Some(finding) = strongest.or_else(|| self::strongest(net, in_state(State::Absent))) {
            counted.findings.push(finding);
            counted.members.insert(group.to_owned(), members);
        }
    }
    counted
}

/// Returns the finding whose best likelihood ratio is highest; ties go to the higher sum, then to the lower id.
///
/// The sum matters where a synonym is as strong for one cause and weaker for another: it must not take over.
pub(super) fn strongest(net: &Network, members: impl Iterator<Item = usize>) -> Option<usize> {
    members
        .map(|m| (m, strength(net, &net.findings[m])))
        .reduce(|best, other| {
            let order = other.1.0.total_cmp(&best.1.0).then(other.1.1.total_cmp(&best.1.1));
            let later = || net.findings[best.0].id.cmp(&net.findings[other.0].id);
            if order.then_with(later).is_gt() { other } else { best }
        })
        .map(|(m, _)| m)
}

/// Returns the highest and the summed logarithm of the likelihood ratios that a finding has for its causes.
///
/// An unknown finding is measured as if it were present.
fn strength(net: &Network, finding: &FindingNode) -> (f64, f64) {
    let leak = leak(finding.leak);
    merged(&finding.causes, net.causes.len())
        .into_iter()
        .map(|(_, s)| {
            let ratio = match finding.state {
                State::Absent => -(1.0 - s).ln(),
                State::Present | State::Unknown => ((1.0 - (1.0 - leak) * (1.0 - s)) / leak).ln(),
            };
            ratio * fraction(finding.freshness)
        })
        .fold((0.0, 0.0), |(highest, sum), ratio| (ratio.max(highest), sum + ratio))
}
