//! The second stage of a live run: what the machine told is read, and the network is asked about it.

use super::targets::Targets;
use crate::evidence::bundle::{Entry, Opened, ProbeRun, ProbeStatus};
use crate::evidence::gather_live;
use crate::fact::Facts;
use crate::knowledge::Knowledge;
use crate::probe::dns::Dns;
use crate::probe::smtp::Smtp;
use crate::probe::{self, Limits, Machine, Probe, Watch};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

/// How much of a log is read to find out what to ask: its end, so that a long log is not read twice.
const LOG: u64 = 32 << 20;

/// Asks the network about what a bundle holds so far, and adds what it said.
pub fn capture(opened: &mut Opened, knowledge: &Knowledge, machine: &Arc<Machine>, limits: Limits, watch: &dyn Watch) {
    let over = || machine.stop.load(Ordering::Relaxed) || Instant::now() >= limits.deadline;
    if over() {
        return;
    }
    let facts = facts(opened, opened.manifest.entries.clone(), knowledge);
    let targets = Targets::of(&facts);
    drop(facts);

    // What this host's own listeners say needs no DNS.
    let own = Smtp { dialogues: targets.own_calls(), ..smtp("own", &targets) };
    let first = Dns { file: "answers.jsonl", questions: targets.first_questions() };
    let mut asked = round(opened, vec![Box::new(own), Box::new(first)], machine, limits, watch);
    if over() {
        return;
    }
    let dns = facts_of(opened, &asked, knowledge);
    let second = Dns { file: "answers-2.jsonl", questions: targets.second_questions(&dns) };
    asked.extend(round(opened, vec![Box::new(second)], machine, limits, watch));
    if over() {
        return;
    }
    let dns = facts_of(opened, &asked, knowledge);
    let calls = targets.calls(&dns);
    let next_hops = Smtp {
        dialogues: calls.dialogues,
        not_applicable: calls.not_applicable,
        left_out: targets.left_out.clone(),
        ..smtp("next-hops", &targets)
    };
    round(opened, vec![Box::new(next_hops)], machine, limits, watch);
}

fn smtp(file: &'static str, targets: &Targets) -> Smtp {
    Smtp { file, dialogues: Vec::new(), not_applicable: Vec::new(), left_out: Vec::new(), roots: targets.mail.roots.clone() }
}

/// Runs probes side by side, adds what they captured to the bundle, and returns it.
fn round(opened: &mut Opened, probes: Vec<Box<dyn Probe>>, machine: &Arc<Machine>, limits: Limits, watch: &dyn Watch) -> Vec<Entry> {
    let (runs, entries) = probe::run(probes, machine, limits, watch);
    for run in runs {
        join(&mut opened.manifest.probes, run);
    }
    opened.manifest.entries.extend(entries.iter().cloned());
    entries
}

/// Several runs of one probe are one in the report.
fn join(runs: &mut Vec<ProbeRun>, run: ProbeRun) {
    let Some(before) = runs.iter_mut().find(|before| before.name == run.name) else {
        runs.push(run);
        return;
    };
    before.millis += run.millis;
    before.status = match (before.status, run.status) {
        (one, other) if one == other => one,
        (one, ProbeStatus::NotApplicable) => one,
        (ProbeStatus::NotApplicable, other) => other,
        (ProbeStatus::TimedOut, _) | (_, ProbeStatus::TimedOut) => ProbeStatus::TimedOut,
        _ => ProbeStatus::Partial,
    };
}

/// The facts of some entries.
fn facts_of(opened: &Opened, entries: &[Entry], knowledge: &Knowledge) -> Facts {
    facts(opened, entries.iter().filter(|entry| entry.probe == "dns").cloned().collect(), knowledge)
}

fn facts(opened: &Opened, mut entries: Vec<Entry>, knowledge: &Knowledge) -> Facts {
    for range in entries.iter_mut().filter_map(|entry| entry.range.as_mut()) {
        range.from = range.from.max(range.to.saturating_sub(LOG));
    }
    let mut manifest = opened.manifest.clone();
    manifest.entries = entries;
    gather_live(&opened.part(manifest), knowledge).facts
}
