//! From facts to the diagnosis: plugins, entries and rules judge, inference weighs, and the result is put into words.

mod evidence;
mod network;
mod onset;
mod values;
mod wording;

use super::signs::Seen;
use super::{Diagnosis, RankedCause, Verdict, Warned, investigate, next, repairs, requirements, stages};
use crate::fact::{Facts, Kind};
use crate::finding::{Finding, Holds, STRANGE, UNMATCHED, judge_case, settle_groups};
use crate::infer::{Limits, infer, rank};
use crate::knowledge::{Frequency, Numbers, Text};
use crate::pack::Packs;
use crate::parse::{Harvest, Warning};
use crate::rule::{self, Agenda, Derived};
use crate::{plugin, remedy};
pub use network::Built;
use network::Coverage;
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock, mpsc};
use std::thread;
pub use values::{is_domain, longest_queue, only_smart_host, values_of};
pub use wording::{finding_text, said_value};

/// Causes below this are not shown.
const SHOWN: f64 = 0.05;
/// At this trouble probability something is wrong even if no single cause reaches the bar.
const TROUBLE: f64 = 0.9;

/// What a diagnosis is made from.
pub struct Inputs<'a> {
    /// The facts, settled.
    pub harvest: Harvest,
    /// Rules, plugins and knowledge.
    pub packs: &'a Packs,
}

/// How a diagnosis is made.
#[derive(Debug, Clone)]
pub struct Options {
    /// The probability from which a cause makes the verdict trouble, 0.5 by default.
    pub bar: f64,
    /// How plugins are run.
    pub plugins: plugin::Options,
    /// Whether all remedies are weighed against each other, which takes as long as the rest of a diagnosis.
    pub repairs: bool,
}

impl Default for Options {
    fn default() -> Self {
        Options { bar: 0.5, plugins: plugin::Options::default(), repairs: false }
    }
}

/// Makes the diagnosis of a case.
pub fn build(inputs: Inputs<'_>, options: &Options) -> Diagnosis {
    let Inputs { harvest, packs } = inputs;
    let knowledge = &packs.knowledge;
    let Harvest { facts, warnings, probes, .. } = harvest;
    let mut warnings = warnings;
    let (facts, mut findings) = judge(facts, packs, options, &mut warnings);
    settle_groups(&mut findings, &knowledge.numbers);
    let built = Built::new(&findings, &facts, knowledge);
    let posterior = infer(&built.network, &Limits::default());
    if posterior.dropped_candidates > 0 {
        let text = Text::new(
            format!("{} causes that some finding supports were too many to be weighed against each other", posterior.dropped_candidates),
            format!("所見のある原因が多すぎるため、{} 件は他の原因と比較していません", posterior.dropped_candidates),
        );
        warn(&mut warnings, text);
    }
    for group in &posterior.conflicts {
        let group = evidence::readable(group);
        let text = Text::new(
            format!("findings about the same thing contradict each other: {group}"),
            format!("同じ対象についての所見が矛盾しています: {group}"),
        );
        warn(&mut warnings, text);
    }
    let ranked = rank(&built.network, &posterior);
    let shown = || ranked.iter().filter(|ranked| ranked.probability >= SHOWN);
    let ids = shown().filter_map(|ranked| built.network.causes.get(ranked.cause)).map(|cause| cause.id.as_str());
    let coverage = Coverage::new(ids, &findings, &facts, packs);
    let mut causes: Vec<RankedCause> = shown()
        .filter_map(|ranked| {
            let id = &built.network.causes.get(ranked.cause)?.id;
            let cause = knowledge.cause(id)?;
            let evidence = evidence::of(ranked.cause, &built, &findings, &posterior, &facts);
            let consequence_of =
                ranked.consequence_of.iter().filter_map(|root| built.network.causes.get(*root)).map(|root| root.id.clone()).collect();
            Some(RankedCause {
                id: id.clone(),
                title: cause.title.clone(),
                what: cause.what.clone(),
                why: cause.why.clone(),
                probability: ranked.probability,
                coverage: coverage.of(id),
                seed: cause.seed.clone(),
                consequence_of,
                subjects: evidence::subjects(ranked.cause, &built, &findings, &facts),
                remedies: remedy::plan(cause, knowledge, &facts, &values::values(ranked.cause, &built, &findings, &facts)),
                evidence,
            })
        })
        .collect();
    let benign = |id: &str| knowledge.cause(id).is_some_and(|cause| cause.benign);
    let trouble = posterior.trouble >= TROUBLE || causes.iter().any(|cause| cause.probability >= options.bar && !benign(&cause.id));
    let verdict = match (trouble, incomplete(&facts, &warnings)) {
        (true, _) => Verdict::Trouble,
        (false, true) => Verdict::Incomplete,
        (false, false) => Verdict::Healthy,
    };
    let seen = Seen { facts: &facts, findings: &findings, causes: &causes, knowledge };
    let idle = investigate::idle_remedies(&seen, knowledge);
    for cause in &mut causes {
        cause.remedies.retain(|remedy| !idle.contains(&remedy.id));
    }
    let mut repairs = repairs::repairs(&causes, knowledge);
    // The first one is what to do next, and is weighed in any case.
    let weighed = repairs.iter_mut().filter(|proposal| options.repairs || proposal.probability >= next::BEGIN);
    let weighed = weighed.take(if options.repairs { usize::MAX } else { 1 });
    repairs::weigh(weighed, &built, &posterior, &causes, knowledge);
    let seen = Seen { facts: &facts, findings: &findings, causes: &causes, knowledge };
    let next = next::next(&built, &posterior, &seen, &repairs, knowledge);
    let requirements = requirements::check(&seen, knowledge);
    let number = |id: &str| built.network.causes.iter().position(|node| node.id == id);
    let first = causes.iter().find(|cause| cause.probability >= options.bar && !benign(&cause.id));
    let onset = first.and_then(|cause| onset::of(number(&cause.id)?, &built, &findings, &facts));
    let stages = stages::stages(&facts, knowledge, &causes, &findings);
    Diagnosis {
        taken_at: facts.reference_time(),
        verdict,
        trouble_probability: posterior.trouble,
        onset,
        stages,
        next,
        requirements,
        repairs: if options.repairs { repairs } else { Vec::new() },
        causes,
        not_examined: facts.not_examined.iter().map(|tried| (tried.what.clone(), tried.reason.clone())).collect(),
        probes,
        warnings: warnings.into_iter().map(|warning| Warned { text: warning.text, sources: warning.sources }).collect(),
        files: facts.files.clone(),
        case: facts.case.clone(),
    }
}

/// Runs plugins, entries and rules; rules may use what the others found.
///
/// Entries, and rules that need nothing of plugins, are judged by another thread while plugins are loaded and run; what is found stands
/// in the same order all the same.
fn judge(facts: Facts, packs: &Packs, options: &Options, warnings: &mut Vec<Warning>) -> (Arc<Facts>, Vec<Finding>) {
    let knowledge = &packs.knowledge;
    let mut facts = Arc::new(facts);
    let begun: OnceLock<(Vec<Finding>, Agenda<'_>)> = OnceLock::new();
    let begin = || {
        let entries = judge_case(&facts, knowledge);
        let agenda = Agenda::new(&packs.rules, &facts, knowledge, matches(&entries), Derived::Awaited);
        (entries, agenda)
    };
    let examined = thread::scope(|scope| {
        let (ready, is_ready) = mpsc::channel();
        let (begun, begin) = (&begun, &begin);
        let other = thread::Builder::new().spawn_scoped(scope, move || {
            let (_, agenda) = begun.get_or_init(begin);
            let _ = ready.send(());
            agenda.work();
        });
        let examined = plugin::examine(&packs.plugins, &facts, knowledge, &options.plugins);
        if other.is_ok() && is_ready.recv().is_ok() {
            begun.get_or_init(begin).1.work();
        }
        examined
    });
    // Where there was no thread to be had, nothing has begun.
    let (entries, agenda) = begun.into_inner().unwrap_or_else(begin);
    agenda.work();
    let agenda = agenda.adjourn();
    for error in &examined.errors {
        let ja = format!("プラグイン {}: {} (このプラグインなしで診断を続けます)", error.plugin, error.what);
        warn(warnings, Text::new(error.to_string(), ja));
    }
    let mut findings = examined.findings;
    if !examined.derived.is_empty()
        && let Some(own) = Arc::get_mut(&mut facts)
    {
        for (derived, sources) in examined.derived {
            let Some((first, others)) = sources.split_first() else { continue };
            let row = own.derived.push(derived, None, *first);
            own.derived.also_at(row, others.iter().copied());
        }
    }
    findings.extend(entries);
    let judged = agenda.judge(&facts, knowledge);
    for error in &judged.errors {
        let ja = format!("ルール {} は評価できませんでした。{}:{}:{}: {}", error.rule, error.file, error.line, error.column, error.what);
        warn(warnings, Text::new(error.to_string(), ja));
    }
    findings.extend(judged.findings);
    findings.retain(|finding| !finding.declared.causes.is_empty());
    temper_unmatched(&mut findings, &knowledge.numbers);
    (facts, findings)
}

/// Returns the facts that entries of the knowledge matched.
fn matches(entries: &[Finding]) -> rule::Matches {
    let mut matches: rule::Matches = BTreeMap::new();
    for finding in entries {
        if let Some(entry) = finding.id.strip_prefix("knowledge/") {
            matches.entry(entry.to_owned()).or_default().extend(&finding.because);
        }
    }
    matches
}

/// An error text that nobody has written knowledge for is ordinary beside a fault that is known, and speaks of an unknown one only where
/// nothing else explains the case.
fn temper_unmatched(findings: &mut [Finding], numbers: &Numbers) {
    const EXPLAINS: f64 = 100.0;
    let explains = |finding: &Finding| finding.holds == Holds::Present && finding.likelihood_ratio(numbers) >= EXPLAINS;
    let says_nothing = |finding: &Finding| [UNMATCHED, STRANGE].contains(&finding.id.as_str());
    let explained = findings.iter().any(|finding| !says_nothing(finding) && explains(finding));
    for finding in findings.iter_mut().filter(|finding| explained && says_nothing(finding)) {
        finding.declared.seen_without = Frequency::Sometimes;
    }
}

fn warn(warnings: &mut Vec<Warning>, text: Text) {
    warnings.push(Warning { text, sources: Vec::new(), incomplete: false });
}

/// Returns whether what was not examined could hide trouble.
fn incomplete(facts: &Facts, warnings: &[Warning]) -> bool {
    let looked = [Kind::Queue, Kind::Outcome, Kind::Log, Kind::Event, Kind::Smtp].iter().any(|kind| facts.count(*kind) > 0)
        || [Kind::Queue, Kind::Outcome, Kind::Event].iter().any(|kind| crate::parse::is_listed(facts, *kind));
    !looked || warnings.iter().any(|warning| warning.incomplete) || !facts.not_examined.is_empty()
}
