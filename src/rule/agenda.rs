//! Which rules are run, when, and by which thread.
//!
//! Rules need facts, and a few of them facts that plugins derive. All others are run while plugins are still at work, by whichever
//! thread has nothing else to do; what they say stands in the order of the rules all the same.

use super::engine::{Host, Ran, Verdict};
use super::{Judged, Matches, RuleError, View, finding, missing};
use crate::fact::{FactId, FactName, Facts, Kind, Platform};
use crate::finding::Holds;
use crate::knowledge::Knowledge;
use crate::pack::RuleSource;
use rhai::AST;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

/// Whether plugins have said which facts they derive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Derived {
    /// They have: what is not there will not come.
    There,
    /// They are still at work: a rule that asks for what they derive waits.
    Awaited,
}

/// The rules of a case, for any number of threads to work on.
pub struct Agenda<'a> {
    rules: Vec<&'a RuleSource>,
    view: View,
    derived: Derived,
    host: OnceLock<Host>,
    next: AtomicUsize,
    done: Vec<OnceLock<Done>>,
}

/// What came of a rule.
enum Done {
    /// It is judged; with the kinds of facts that it asked for, where it was run.
    Judged(Result<(Holds, Vec<FactId>), RuleError>, Option<BTreeSet<Kind>>),
    /// It waits for what plugins derive; compiled where it can be run whatever that is.
    Waits(Option<AST>),
}

impl<'a> Agenda<'a> {
    /// Lists the rules for the platform of a case.
    pub fn new(rules: &'a [RuleSource], facts: &Arc<Facts>, knowledge: &Knowledge, matches: Matches, derived: Derived) -> Agenda<'a> {
        let platform = facts.case.platform;
        let rules: Vec<&RuleSource> = rules.iter().filter(|rule| Platform::admitted(platform, &rule.meta.platforms)).collect();
        Agenda {
            view: View::new(Arc::clone(facts), knowledge, matches),
            derived,
            host: OnceLock::new(),
            next: AtomicUsize::new(0),
            done: rules.iter().map(|_| OnceLock::new()).collect(),
            rules,
        }
    }

    /// Takes one rule after the other, until none is left; threads that do so at once share them.
    pub fn work(&self) {
        let view = self.view.beside();
        loop {
            let number = self.next.fetch_add(1, Ordering::Relaxed);
            let (Some(rule), Some(done)) = (self.rules.get(number), self.done.get(number)) else { return };
            // Each number is given out once, so the place is empty.
            let _ = done.set(self.one(rule, &view));
        }
    }

    fn one(&self, rule: &RuleSource, view: &View) -> Done {
        let awaited = self.derived == Derived::Awaited;
        let asks = awaited && asks_for_derived(rule);
        match missing(rule, view.facts(), view) {
            Err(error) => Done::Judged(Err(error), None),
            Ok(missing) if !missing.is_empty() && asks => Done::Waits(None),
            Ok(missing) if !missing.is_empty() => Done::Judged(Ok((Holds::Unknown(missing), Vec::new())), None),
            Ok(_) => {
                let host = self.host.get_or_init(|| Host::new(view.facts().len()));
                let script = match host.compile(rule) {
                    Ok(script) => script,
                    Err(error) => return Done::Judged(Err(error), Some(BTreeSet::new())),
                };
                if asks {
                    return Done::Waits(Some(script));
                }
                let said = host.run(rule, &script, view).map(holds);
                let touched = view.take_touched();
                // A rule need not declare all that it may ask for.
                if awaited && touched.contains(&Kind::Derived) { Done::Waits(Some(script)) } else { Done::Judged(said, Some(touched)) }
            }
        }
    }

    /// Ends the work and lets go of the facts, so that what plugins derived can be added to them.
    pub fn adjourn(self) -> Adjourned<'a> {
        let done = self.done.into_iter().map(OnceLock::into_inner).collect();
        Adjourned { rules: self.rules, view: self.view.of(&Arc::default()), host: self.host, done }
    }
}

/// The rules of a case, and what came of them so far.
pub struct Adjourned<'a> {
    rules: Vec<&'a RuleSource>,
    view: View,
    host: OnceLock<Host>,
    done: Vec<Option<Done>>,
}

impl Adjourned<'_> {
    /// Runs what waited for facts that plugins derive, and says what all rules saw, in their order.
    pub fn judge(self, facts: &Arc<Facts>, knowledge: &Knowledge) -> Judged {
        let mut judged = Judged::default();
        let again = Agenda {
            rules: Vec::new(),
            view: self.view.of(facts),
            derived: Derived::There,
            host: self.host,
            next: AtomicUsize::new(0),
            done: Vec::new(),
        };
        for (rule, done) in self.rules.into_iter().zip(self.done) {
            let done = match done {
                Some(Done::Waits(Some(script))) => again.finish(rule, &script),
                Some(done @ Done::Judged(..)) => done,
                Some(Done::Waits(None)) | None => again.one(rule, &again.view),
            };
            let Done::Judged(said, touched) = done else { continue };
            if let Some(touched) = touched {
                judged.touched.insert(rule.id.clone(), touched);
            }
            match said {
                Ok((holds, because)) => judged.findings.push(finding(rule, holds, because, facts, knowledge)),
                Err(error) => judged.errors.push(error),
            }
        }
        judged
    }
}

impl Agenda<'_> {
    /// Runs a rule that is compiled and can be run.
    fn finish(&self, rule: &RuleSource, script: &AST) -> Done {
        let host = self.host.get_or_init(|| Host::new(self.view.facts().len()));
        let said = host.run(rule, script, &self.view).map(holds);
        Done::Judged(said, Some(self.view.take_touched()))
    }
}

/// Returns whether a rule says that it needs or uses facts that plugins derive.
fn asks_for_derived(rule: &RuleSource) -> bool {
    let meta = &rule.meta;
    let mut names = meta.needs.iter().chain(&meta.needs_any).chain(&meta.optional);
    names.any(|name| FactName::parse(name).is_ok_and(|name| name.kind() == Kind::Derived))
}

fn holds(ran: Ran) -> (Holds, Vec<FactId>) {
    let holds = match ran.verdict {
        Verdict::Present => Holds::Present,
        Verdict::Absent => Holds::Absent,
        Verdict::Unknown(name) => Holds::Unknown(vec![name]),
    };
    (holds, ran.because)
}
