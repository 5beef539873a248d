//! The manifest of a bundle: when and where it was taken, what is missing from it and why, which empty listings are complete.

use super::{Harvest, Warning};
use crate::evidence::bundle::{Entry, Manifest, Missing, ProbeStatus};
use crate::fact::{Change, Facts, FileId, Kind, Known, NotExamined, Place, Platform, Source, Timestamp};
use crate::knowledge::Text;

/// The target of an entry that holds all processes of the mail system.
const PROCESSES: &str = "processes";

/// Takes what a manifest says by itself; `file` is the manifest.
pub fn take(manifest: &Manifest, file: FileId, into: &mut Harvest) {
    let source = Source { file, place: Place::Whole };
    let case = &mut into.facts.case;
    case.taken_at = case.taken_at.or_else(|| Timestamp::parse(&manifest.taken_at));
    case.platform = case.platform.or_else(|| manifest.platform.as_deref().and_then(Platform::from_id));
    if case.server.is_none() && !manifest.host.is_empty() {
        case.server = Some(manifest.host.clone());
    }
    for entry in &manifest.entries {
        lists_nothing(entry, source, into);
        if let Some(why) = entry.missing {
            lacks(entry, why, source, into);
        }
    }
    for run in &manifest.probes {
        if matches!(run.status, ProbeStatus::TimedOut | ProbeStatus::NotRun) {
            let reason = if run.status == ProbeStatus::TimedOut { "did not end in time" } else { "the run was ended before" };
            into.facts.not_examined.push(NotExamined { what: about(&run.name, None), reason: reason.to_owned(), source });
        }
    }
    // What has no zone in it was written by the clock on the wall of that machine.
    into.set_zone(manifest.utc_offset_seconds.unwrap_or(0));
    restart(manifest, source, into);
    let processes =
        manifest.entries.iter().any(|entry| entry.target.as_deref() == Some(PROCESSES) && entry.missing.is_none() && entry.file.is_some());
    if processes {
        into.processes = Some(source);
    }
    into.probes.extend(manifest.probes.iter().cloned());
}

/// The machine was started: everything on it began anew.
fn restart(manifest: &Manifest, source: Source, into: &mut Harvest) {
    let Some(when) = manifest.booted_at.as_deref().and_then(Timestamp::parse) else { return };
    let what = Change { what: manifest.host.clone(), kind: "reboot".to_owned(), when: Some(when), detail: Known::Absent };
    into.add(|facts: &mut Facts| &mut facts.changes, what, None, source);
}

/// A queue listing that ended well and printed nothing is a complete listing of empty queues.
fn lists_nothing(entry: &Entry, source: Source, into: &mut Harvest) {
    let words: Vec<&str> = entry.command.iter().map(String::as_str).collect();
    let well = entry.status == Some(0) && entry.missing.is_none() && entry.bytes == Some(0) && !entry.is_complaint();
    if well && matches!(words[..], ["postqueue", "-j"] | ["exim" | "exim4", "-bp"]) {
        into.listed(Kind::Queue, "", source);
    }
}

/// Says that a piece is missing: as not examined where it could hide trouble, else not at all.
fn lacks(entry: &Entry, why: Missing, source: Source, into: &mut Harvest) {
    // What is not installed or not there hides nothing: other pieces show what is.
    if matches!(why, Missing::NoProgram | Missing::NotThere | Missing::NotApplicable) {
        return;
    }
    let reason = match (why, entry.says.as_deref().and_then(|says| says.lines().next())) {
        (Missing::TimedOut, _) => "did not end in time".to_owned(),
        (Missing::TooLarge, _) => "is too large".to_owned(),
        (Missing::Ended, _) => "the run was ended before".to_owned(),
        (Missing::Denied, None) => "access denied".to_owned(),
        (Missing::Denied, Some(says)) => format!("access denied: {says}"),
        (_, Some(says)) => says.to_owned(),
        (_, None) => "failed".to_owned(),
    };
    let what = about(&entry.probe, entry.target.as_deref());
    if hides_trouble(entry) {
        into.facts.not_examined.push(NotExamined { what, reason: format!("{}: {reason}", entry.name()), source });
    } else {
        let text = Text::new(format!("{}: {reason}", entry.name()), format!("{}: {reason}", entry.name()));
        into.warnings.push(Warning { text, sources: vec![source], incomplete: false });
    }
}

/// Returns whether what could not be seen may hide what is wrong. Beside the listing that the mail system itself gives of its queues and its
/// settings, single files and folders add little.
fn hides_trouble(entry: &Entry) -> bool {
    let words: Vec<&str> = entry.command.iter().map(String::as_str).collect();
    match entry.probe.as_str() {
        "queue" => matches!(words[..], ["postqueue", "-j"] | ["exim" | "exim4", "-bp"]),
        "settings" => matches!(words[..], ["postconf", "-n"] | ["exim" | "exim4", "-bP"]),
        probe => matches!(probe, "log" | "dns" | "smtp"),
    }
}

/// Returns the name of the facts that a probe is about.
fn about(probe: &str, target: Option<&str>) -> String {
    match (probe, target) {
        ("queue", _) => "queue".to_owned(),
        ("log", _) => "outcome".to_owned(),
        ("settings", _) => "setting".to_owned(),
        ("service", _) => "service".to_owned(),
        ("dns" | "smtp", Some(target)) => format!("{probe} {target}"),
        ("dns" | "smtp", None) => probe.to_owned(),
        ("resources", _) => "resource".to_owned(),
        _ => probe.to_owned(),
    }
}
