//! No double counting: findings that show the same mechanism count once.

use super::{Finding, Holds};
use crate::fact::{FactId, Facts, Kind};
use crate::knowledge::Numbers;
use crate::parse::template::template;
use std::collections::BTreeMap;

/// Returns the mechanism that a finding shows whose first fact is `fact`: for texts what is said, for other facts their kind and name.
///
/// A last error, the log lines behind it and the report that quotes it say the same, and are one mechanism.
fn mechanism(facts: &Facts, fact: FactId) -> String {
    let Some(any) = facts.get(fact) else { return format!("fact:{}", fact.number()) };
    let said = match fact.kind() {
        Kind::Outcome | Kind::Log => any.text("template"),
        Kind::Queue => any.text("last_error").map(|text| template(&text)),
        Kind::Ndr => any.text("text").map(|text| template(&text)),
        _ => None,
    };
    match (said, fact.kind()) {
        (Some(said), _) if !said.is_empty() => format!("said:{said}"),
        (_, Kind::Event) => format!("event:{}/{}", any.text("source").unwrap_or_default(), any.text("number").unwrap_or_default()),
        _ => format!("{}:{}", any.kind().id(), any.parts().join(" ")),
    }
}

/// Returns the mechanism of a finding with several facts: the first of theirs by name, so that the order of the evidence does not show.
pub fn mechanism_of_all(facts: &Facts, because: &[FactId]) -> Option<String> {
    because.iter().map(|fact| mechanism(facts, *fact)).min()
}

/// Puts findings into groups. Within a group inference counts the strongest.
///
/// The strongest finding opens a group; a weaker one joins the first group with which it shares a mechanism or its id. So two
/// entries on one text count once, one entry on two texts counts once, and neither pulls unrelated findings together.
pub fn settle_groups(findings: &mut [Finding], numbers: &Numbers) {
    let mut order: Vec<usize> = (0..findings.len()).collect();
    let strengths: Vec<f64> = findings.iter().map(|finding| finding.likelihood_ratio(numbers).ln() * finding.freshness).collect();
    let strength = |number: usize| strengths.get(number).copied().unwrap_or_default();
    order.sort_by(|left, right| {
        let (a, b) = (findings.get(*left), findings.get(*right));
        match (a, b) {
            (Some(a), Some(b)) => {
                let present = |finding: &Finding| !matches!(finding.holds, Holds::Present);
                present(a)
                    .cmp(&present(b))
                    .then(strength(*right).total_cmp(&strength(*left)))
                    .then_with(|| a.id.cmp(&b.id))
                    .then_with(|| a.mechanisms.cmp(&b.mechanisms))
            }
            _ => std::cmp::Ordering::Equal,
        }
    });
    let mut groups: BTreeMap<String, String> = BTreeMap::new();
    for number in order {
        let Some(finding) = findings.get_mut(number) else { continue };
        let joined = finding.mechanisms.iter().find_map(|mechanism| groups.get(mechanism)).cloned();
        let group = match joined {
            Some(group) => group,
            None => {
                let group = finding.mechanisms.first().cloned().unwrap_or_else(|| finding.id.clone());
                for mechanism in &finding.mechanisms {
                    groups.insert(mechanism.clone(), group.clone());
                }
                group
            }
        };
        finding.group = group;
    }
}
