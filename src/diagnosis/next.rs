//! What to do and what to find out next: repairs by probability over cost, questions and probes by what they save.

use super::build::Built;
use super::signs::Seen;
use super::{Next, ProposedRepair, RankedCause, investigate};
use crate::fact::{FactName, Kind, Platform};
use crate::finding::Holds;
use crate::infer::{Candidate, Posterior, Repair, expected_cost, next_steps};
use crate::knowledge::{Entry, Folder, Knowledge, Pattern, Text, glob};
use std::collections::BTreeMap;

/// How many steps are offered.
const MOST: usize = 5;
/// How many probes and questions are offered at least beside the steps of an investigation.
const FEWEST: usize = 2;
/// How many candidates are weighed.
const MOST_CANDIDATES: usize = 50;
/// From this probability on a repair is offered among the next steps.
pub const BEGIN: f64 = 0.3;
/// The cost of a repair whose cause has no remedy yet, in minutes.
const UNKNOWN_REPAIR: f64 = 60.0;

/// Returns the next steps, those that save the most first.
pub fn next(built: &Built, posterior: &Posterior, seen: &Seen<'_>, proposals: &[ProposedRepair], knowledge: &Knowledge) -> Vec<Next> {
    let (findings, causes) = (seen.findings, seen.causes);
    let repairs: Vec<Repair> = causes
        .iter()
        .filter(|cause| knowledge.cause(&cause.id).is_some_and(|known| !known.benign))
        .filter_map(|cause| {
            Some(Repair {
                cause: built.number(&cause.id)?,
                minutes: cause.remedies.first().map_or(UNKNOWN_REPAIR, |remedy| remedy.minutes + remedy.wait_minutes),
            })
        })
        .collect();
    let escalate = knowledge.numbers.escalate.minutes;
    let mut missing: BTreeMap<FactName, Vec<usize>> = BTreeMap::new();
    for (number, finding) in findings.iter().enumerate() {
        // What bears on no cause that is in question is not worth a look.
        let bears = causes.iter().any(|cause| finding.declared.causes.iter().any(|(id, _)| *id == cause.id));
        if let (Holds::Unknown(names), true) = (&finding.holds, bears) {
            for name in names.iter().filter(|name| can_be_had(name, seen, knowledge)).take(2) {
                missing.entry(name.clone()).or_default().push(number);
            }
        }
    }
    let names: Vec<(FactName, Vec<usize>)> = missing.into_iter().take(MOST_CANDIDATES).collect();
    let candidates: Vec<Candidate> = names
        .iter()
        .map(|(name, findings)| Candidate { id: name.to_string(), minutes: minutes(name.kind(), knowledge), findings: findings.clone() })
        .collect();
    let gains = next_steps(&built.network, posterior, &repairs, &candidates, escalate);
    // What one probe saves, certainty saves as well.
    let probed = gains.first().map_or(0.0, |gain| gain.gain_minutes);
    let worth = certainty(built, posterior, causes, &repairs, escalate).max(probed);
    let investigation = investigate::steps(seen, knowledge, worth, posterior.trouble);
    let room = MOST.saturating_sub(investigation.len()).max(FEWEST);
    let mut steps: Vec<(Next, u32)> = gains
        .into_iter()
        .filter_map(|gain| {
            let (name, numbers) = names.get(gain.candidate)?;
            let mut seed: Vec<String> =
                numbers.iter().filter_map(|number| findings.get(*number)).flat_map(|finding| finding.seed.clone()).collect();
            seed.sort();
            seed.dedup();
            Some(Next {
                kind: kind(name.kind()),
                id: name.to_string(),
                text: ask(name),
                gain: gain.gain_minutes,
                seed,
                steps: Vec::new(),
                undo: Vec::new(),
            })
        })
        .take(room)
        .chain(first_repair(proposals, causes))
        .map(|next| (next, 0))
        .collect();
    steps.extend(investigation.into_iter().map(|offered| (offered.next, offered.order)));
    // Steps of one gain keep the order of the investigation.
    steps.sort_by(|(left, first), (right, second)| {
        right.gain.total_cmp(&left.gain).then_with(|| first.cmp(second)).then_with(|| left.id.cmp(&right.id))
    });
    steps.into_iter().map(|(next, _)| next).collect()
}

/// A setting that is known, and of other platforms only, is not asked for.
fn can_be_had(name: &FactName, seen: &Seen<'_>, knowledge: &Knowledge) -> bool {
    if name.kind() != Kind::Setting {
        return true;
    }
    let is = |entry: &&Entry| matches!(&entry.pattern, Pattern::Setting { keys, .. } if keys.iter().any(|key| glob(key, name.rest())));
    let admitted = |entry: &Entry| Platform::admitted(seen.facts.case.platform, &entry.platforms);
    let mut known = knowledge.folder(Folder::Settings).filter(is).map(admitted).peekable();
    known.peek().is_none() || known.any(|admitted| admitted)
}

/// What it would save, in minutes, to know the causes for certain: an upper bound for any step that shows them.
fn certainty(built: &Built, posterior: &Posterior, causes: &[RankedCause], repairs: &[Repair], escalate: f64) -> f64 {
    let probability =
        |repair: &Repair| causes.iter().find(|cause| built.number(&cause.id) == Some(repair.cause)).map_or(0.0, |cause| cause.probability);
    let known: f64 = repairs.iter().map(|repair| probability(repair) * repair.minutes).sum();
    let named: f64 = repairs.iter().map(probability).sum();
    let rest = (posterior.trouble - named).max(0.0) * UNKNOWN_REPAIR;
    (expected_cost(&built.network, posterior, repairs, escalate) - known - rest).max(0.0)
}

/// The first remedy that is worth trying, where its cause is likely enough to begin with.
fn first_repair(proposals: &[ProposedRepair], causes: &[RankedCause]) -> Option<Next> {
    let first = proposals.iter().find(|proposal| proposal.probability >= BEGIN).filter(|first| first.saves > 0.0)?;
    let cause = causes.iter().find(|cause| first.causes.first() == Some(&cause.id))?;
    Some(Next {
        kind: "remedy",
        id: first.remedy.id.clone(),
        text: first.remedy.title.clone(),
        gain: first.saves,
        seed: cause.seed.clone(),
        steps: Vec::new(),
        undo: Vec::new(),
    })
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Setting | Kind::Connector | Kind::DiagnosticLevel | Kind::Event => "look",
        Kind::Answer => "question",
        _ => "probe",
    }
}

fn minutes(of: Kind, knowledge: &Knowledge) -> f64 {
    let cost = &knowledge.numbers.cost;
    match kind(of) {
        "look" => cost.look,
        "question" => cost.question,
        _ => cost.probe,
    }
}

/// Says how to learn what a fact's name stands for.
fn ask(name: &FactName) -> Text {
    let rest = if name.rest().is_empty() || name.rest() == "*" { String::new() } else { format!(" ({})", name.rest()) };
    let (en, ja) = match name.kind() {
        Kind::Queue => ("Hand in the listing of the queues", "キューの一覧を渡す"),
        Kind::Outcome | Kind::Log => ("Hand in the mail log", "メール ログを渡す"),
        Kind::Event => ("Look for these events in the event log", "イベント ログで次のイベントを探す"),
        Kind::Setting => ("Look at this setting", "この設定を確認する"),
        Kind::Dns => ("Ask the DNS for this name", "この名前を DNS に問い合わせる"),
        Kind::Smtp => ("Try an SMTP session with this host", "このホストと SMTP セッションを試す"),
        Kind::Service => ("Look whether this service runs", "このサービスが実行中か確認する"),
        Kind::DiagnosticLevel => ("Look at the diagnostic level of this category", "このカテゴリの診断ログのレベルを確認する"),
        Kind::Connector => ("List the connectors", "コネクタの一覧を確認する"),
        Kind::Resource => ("Look at the disks, the memory and the processors", "ディスク、メモリ、プロセッサを確認する"),
        Kind::Counter => ("Read this performance counter", "このパフォーマンス カウンターを読む"),
        Kind::Ndr => ("Hand in a non-delivery report", "配信不能レポートを渡す"),
        Kind::Answer => ("Ask", "尋ねる"),
        Kind::Listener => ("List the listening sockets", "待ち受けているソケットを一覧する"),
        Kind::Certificate => ("Look at the certificate of this host", "このホストの証明書を確認する"),
        Kind::Change => ("Look what was changed lately", "最近の変更を確認する"),
        Kind::Derived => ("Hand in what the plugin needs", "プラグインに必要な情報を渡す"),
    };
    Text::new(format!("{en}{rest}"), format!("{ja}{rest}"))
}
