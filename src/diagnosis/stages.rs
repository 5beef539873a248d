//! The stages of the mail system: what their queues hold, how their deliveries ended, which of them fails.

use super::{Deliveries, RankedCause, StageState, StageStatus};
use crate::fact::{FactId, Facts, Kind, Platform, Stage};
use crate::finding::{Finding, Holds};
use crate::knowledge::{Knowledge, Text};
use crate::parse::is_listed;

/// Returns the stages of the case's platform, in the order of a message's way.
pub fn stages(facts: &Facts, knowledge: &Knowledge, causes: &[RankedCause], findings: &[Finding]) -> Vec<StageState> {
    let failing = failing(facts, knowledge, causes, findings);
    let listed = is_listed(facts, Kind::Queue);
    let logged = is_listed(facts, Kind::Outcome) || facts.case.described && !facts.outcomes.is_empty();
    Stage::ALL
        .into_iter()
        .filter_map(|stage| {
            let entry = knowledge.stages.iter().find(|entry| entry.id == stage.id());
            // A queue that the platform should not have is shown where it belongs all the same.
            let held = || facts.queues.iter().any(|fact| fact.what.stage.value() == Some(&stage));
            let exists = entry.is_none_or(|entry| Platform::admitted(facts.case.platform, &entry.platforms)) || held();
            exists.then(|| state(stage, entry.map(|entry| entry.title.clone()), facts, listed, logged, failing.contains(&stage)))
        })
        .collect()
}

fn state(stage: Stage, title: Option<Text>, facts: &Facts, listed: bool, logged: bool, failing: bool) -> StageState {
    let queues: Vec<_> = facts.queues.iter().filter(|fact| fact.what.stage.value() == Some(&stage)).map(|fact| &fact.what).collect();
    let known = listed || !queues.is_empty();
    let counts: Option<Vec<u64>> = queues.iter().map(|queue| queue.messages.value().copied()).collect();
    let messages = counts.filter(|_| known).map(|counts| counts.into_iter().fold(0u64, u64::saturating_add));
    let mut deliveries = Deliveries::default();
    for fact in facts.outcomes.iter().filter(|fact| fact.what.stage == stage) {
        let field = match fact.what.status.as_str() {
            "sent" => &mut deliveries.sent,
            "deferred" => &mut deliveries.deferred,
            "rejected" => &mut deliveries.rejected,
            _ => &mut deliveries.bounced,
        };
        *field = field.saturating_add(fact.what.messages);
    }
    let status = if failing {
        StageStatus::Failing
    } else if known || (logged && deliveries != Deliveries::default()) {
        StageStatus::Ok
    } else {
        StageStatus::Unknown
    };
    StageState {
        stage,
        title: title.unwrap_or_else(|| Text::new(stage.id(), stage.id())),
        status,
        queues: known.then_some(queues.len() as u64),
        messages,
        oldest_seconds: queues.iter().filter_map(|queue| queue.oldest.value().copied()).max(),
        deliveries: logged.then_some(deliveries),
    }
}

/// A stage fails where a likely cause that is not benign is shown by facts of that stage; where its facts have no stage, by what the cause is about.
fn failing(facts: &Facts, knowledge: &Knowledge, causes: &[RankedCause], findings: &[Finding]) -> Vec<Stage> {
    let mut failing = Vec::new();
    let harmful = |cause: &&RankedCause| cause.probability >= 0.5 && !knowledge.cause(&cause.id).is_some_and(|known| known.benign);
    for cause in causes.iter().filter(harmful) {
        let shown: Vec<Stage> = findings
            .iter()
            .filter(|finding| finding.holds == Holds::Present && finding.declared.causes.iter().any(|(id, _)| *id == cause.id))
            .flat_map(|finding| &finding.because)
            .filter_map(|id| stage_of(facts, *id))
            .collect();
        if shown.is_empty() {
            failing.extend(by_area(&cause.id));
        }
        failing.extend(shown);
    }
    failing
}

fn stage_of(facts: &Facts, id: FactId) -> Option<Stage> {
    match id.kind() {
        Kind::Queue => facts.queues.get(id.row()).and_then(|fact| fact.what.stage.value().copied()),
        Kind::Outcome => facts.outcomes.get(id.row()).map(|fact| fact.what.stage),
        _ => None,
    }
}

/// Returns the stage that causes of an area are about, where the area has one.
pub fn by_area(cause: &str) -> Option<Stage> {
    Some(match cause.split('.').next()? {
        "local" => Stage::LocalDelivery,
        "directory" | "categorizer" => Stage::DirectoryLookup,
        "routing" => Stage::Routing,
        "dns" | "remote" | "outbound" => Stage::RemoteDelivery,
        "route" => Stage::Unreachable,
        "inbound" | "load" | "service" => Stage::Submission,
        "dsn" => Stage::Dsn,
        "failed" => Stage::FailedRetry,
        "deferred" => Stage::DeferredDelivery,
        "x400" => Stage::X400,
        _ => return None,
    })
}
