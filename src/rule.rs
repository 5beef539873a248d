//! Rules: Rhai scripts that judge facts, each one pure and bounded.
//!
//! Rules are indexed by what they need: one none of whose facts are there is not even compiled.

mod agenda;
mod engine;
mod view;

pub use agenda::{Adjourned, Agenda, Derived};
pub use view::{Matches, View};

use crate::fact::{FactId, FactName, Facts, Kind, Need};
use crate::finding::{Finding, Holds, freshness, mechanism_of_all, statement};
use crate::knowledge::Knowledge;
use crate::pack::RuleSource;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::thread;

/// A rule that could not be run to its end.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("rule {rule}, {file}:{line}:{column}: {what}")]
pub struct RuleError {
    /// The rule.
    pub rule: String,
    /// Its file.
    pub file: String,
    /// The line, counted from 1; 0 when it is about the script as a whole.
    pub line: usize,
    /// The column, counted from 1.
    pub column: usize,
    /// What went wrong.
    pub what: String,
}

/// What the rules saw.
#[derive(Debug, Default)]
pub struct Judged {
    /// Findings, in the order of the rules.
    pub findings: Vec<Finding>,
    /// Rules that broke a limit or erred; the others are not touched by it.
    pub errors: Vec<RuleError>,
    /// The kinds of facts that each rule that was run asked for.
    pub touched: BTreeMap<String, BTreeSet<Kind>>,
}

/// Runs all rules that the case has use for.
///
/// A rule for another platform says nothing; one whose facts are unknown is unknown, and names them.
pub fn judge(rules: &[RuleSource], facts: &Arc<Facts>, knowledge: &Knowledge, matches: Matches) -> Judged {
    let agenda = Agenda::new(rules, facts, knowledge, matches, Derived::There);
    thread::scope(|scope| {
        // Where there is no thread to be had, one is enough.
        let _ = thread::Builder::new().spawn_scoped(scope, || agenda.work());
        agenda.work();
    });
    agenda.adjourn().judge(facts, knowledge)
}

/// Returns the needed facts that are unknown; empty when the rule can be run.
fn missing(rule: &RuleSource, facts: &Facts, view: &View) -> Result<Vec<FactName>, RuleError> {
    let parse = |text: &String| {
        FactName::parse(text).map_err(|error| RuleError {
            rule: rule.id.clone(),
            file: rule.file.clone(),
            line: 0,
            column: 0,
            what: format!("`{text}` in its front matter: {error}"),
        })
    };
    // Evidence names services as it displays them.
    let found = |name: &FactName| name.kind() == Kind::Service && view.has_service(name.rest());
    let unknown = |name: &FactName| matches!(facts.need(name), Need::Unknown(_)) && !found(name);
    let needs = rule.meta.needs.iter().map(parse).collect::<Result<Vec<_>, _>>()?;
    let any = rule.meta.needs_any.iter().map(parse).collect::<Result<Vec<_>, _>>()?;
    let mut missing: Vec<FactName> = needs.into_iter().filter(unknown).collect();
    if !any.is_empty() && any.iter().all(unknown) {
        missing.extend(any);
    }
    Ok(missing)
}

fn finding(rule: &RuleSource, holds: Holds, because: Vec<FactId>, facts: &Facts, knowledge: &Knowledge) -> Finding {
    let declared = rule.meta.declared();
    // What is absent repeats nothing that another finding says of the same facts.
    let shown = mechanism_of_all(facts, &because).filter(|_| holds == Holds::Present).unwrap_or_else(|| format!("rule:{}", rule.id));
    let mechanisms = vec![declared.group.clone().unwrap_or(shown), rule.id.clone()];
    let kind = rule.meta.needs.iter().chain(&rule.meta.needs_any).find_map(|need| FactName::parse(need).ok()).map(|name| name.kind());
    let fresh = because.iter().map(|fact| freshness(facts, knowledge, *fact)).reduce(f64::max).unwrap_or(1.0);
    Finding {
        id: rule.id.clone(),
        text: rule.text.as_ref().map(|text| statement(&holds, text, rule.absent.as_ref(), because.is_empty(), kind)),
        holds,
        because,
        declared,
        mechanisms,
        group: String::new(),
        seed: rule.meta.seed.clone(),
        freshness: fresh,
    }
}
