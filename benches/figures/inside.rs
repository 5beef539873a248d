//! What is measured inside this process: inference and rules.

use super::inputs::Numbers;
use mailmedic::fact::{Event, Facts, FileId, Known, Outcome, Place, Platform, Queue, Setting, Source, Stage, Value};
use mailmedic::infer::{CauseNode, FindingNode, Limits, Network, State, infer};
use mailmedic::knowledge::Knowledge;
use mailmedic::pack::{RuleMeta, RuleSource};
use mailmedic::rule::{self, Matches};
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Returns the median time of some runs.
fn median<T>(runs: usize, mut run: impl FnMut() -> T) -> Duration {
    let mut times: Vec<Duration> = (0..runs)
        .map(|_| {
            let begun = Instant::now();
            black_box(run());
            begun.elapsed()
        })
        .collect();
    times.sort_unstable();
    times.get(runs / 2).copied().unwrap_or_default()
}

/// The posterior where every cause is a candidate and the findings tie them all together.
pub fn posterior() -> Duration {
    const CAUSES: usize = 40;
    let mut numbers = Numbers::new();
    let causes = (0..CAUSES)
        .map(|number| CauseNode {
            id: format!("cause.{number:02}"),
            prior: [0.0005, 0.002, 0.01, 0.03][number % 4],
            benign: number % 10 == 9,
            leads_to: if number % 5 == 0 { vec![(number + 1, 0.8)] } else { Vec::new() },
        })
        .collect();
    let findings = (0..60)
        .map(|number| FindingNode {
            id: format!("finding/{number:02}"),
            state: if number < 24 { State::Present } else { State::Absent },
            // The first of each finding makes sure that each cause is named, the others that all hang together.
            causes: [number, number + 1, number + 7]
                .into_iter()
                .chain((0..2).map(|_| numbers.below(CAUSES as u64) as usize))
                .map(|cause| (cause % CAUSES, [0.1, 0.4, 0.8, 0.99][(cause + number) % 4]))
                .collect(),
            leak: [0.0005, 0.005, 0.05][number % 3],
            group: format!("group {}", number / 2),
            freshness: 1.0,
        })
        .collect();
    let network = Network { causes, findings };
    median(21, || infer(black_box(&network), &Limits::default()))
}

/// Two hundred rules, half of which loop over what they get, over ten thousand facts.
pub fn rules() -> Result<Duration, String> {
    let facts = Arc::new(facts());
    let rules: Vec<RuleSource> = (0..200).map(a_rule).collect();
    let knowledge = Knowledge::default();
    let judged = rule::judge(&rules, &facts, &knowledge, Matches::default());
    match judged.errors.first() {
        Some(error) => Err(error.to_string()),
        None if judged.findings.len() != rules.len() || facts.len() != 10_000 => {
            Err("not every rule was run over ten thousand facts".to_owned())
        }
        None => Ok(median(11, || rule::judge(black_box(&rules), &facts, &knowledge, Matches::default()))),
    }
}

fn a_rule(number: usize) -> RuleSource {
    let (need, body) = match number % 5 {
        0 => (
            "setting",
            format!("for setting in facts.settings(\"server/{number}/*\") {{ if setting.value == {number} {{ return present(setting); }} }} absent()"),
        ),
        1 => (
            "queue",
            "let waiting = facts.queues(\"submission\").filter(|q| q.knows(\"messages\") && q.messages > 900); if waiting.is_empty() { absent() } else { present(waiting) }".to_owned(),
        ),
        2 => (
            "outcome",
            "let failed = facts.outcomes(\"directory-lookup\", \"deferred\"); if failed.is_empty() { return absent(); } present(failed)".to_owned(),
        ),
        3 => ("event", format!("let seen = facts.events(\"MSExchangeTransport\", [{number}, {}]); if seen.is_empty() {{ absent() }} else {{ present(seen) }}", number + 1)),
        _ => (
            "setting",
            format!("let limit = 0; for setting in facts.settings(\"server/{number}/limit\") {{ limit += setting.value; }} if limit > 100 {{ present(facts.settings(\"server/{number}/limit\")) }} else {{ absent() }}"),
        ),
    };
    RuleSource {
        id: format!("figures/rule-{number:03}"),
        file: format!("rule-{number:03}.rhai"),
        meta: RuleMeta { needs: vec![need.to_owned()], ..RuleMeta::default() },
        script: format!("//! title = \"A rule\"\n\n/// One of two hundred.\nfn examine(facts) {{\n    {body}\n}}\n"),
        ..RuleSource::default()
    }
}

/// As many facts as a large organisation hands in: queues and outcomes by destination, settings by server, events.
fn facts() -> Facts {
    let mut facts = Facts::default();
    facts.case.platform = Some(Platform::Exchange2003);
    let source = |line: usize| Source { file: FileId(0), place: Place::Line(line as u64) };
    for line in 0..2_000 {
        let stage = if line % 400 == 0 { Stage::Submission } else { Stage::RemoteDelivery };
        let queue = Queue {
            name: format!("domain{line}.example"),
            stage: Known::Value(stage),
            messages: Known::Value(line as u64),
            ..Queue::default()
        };
        facts.queues.push(queue, None, source(line));
    }
    for line in 2_000..5_000 {
        facts.outcomes.push(outcome(line), None, source(line));
    }
    for line in 5_000..9_000 {
        let key = format!("server/{}/{}", line % 200, if line < 6_000 { "limit".to_owned() } else { format!("key{line}") });
        facts.settings.push(Setting { key, value: Known::Value(Value::Integer(line as i64 % 50)) }, None, source(line));
    }
    for line in 9_000..10_000 {
        let event = Event { source: "MSExchangeTransport".into(), number: line as u32 % 300, count: 1, ..Event::default() };
        facts.events.push(event, None, source(line));
    }
    facts
}

fn outcome(line: usize) -> Outcome {
    Outcome {
        stage: if line.is_multiple_of(500) { Stage::DirectoryLookup } else { Stage::RemoteDelivery },
        destination: format!("domain{line}.example"),
        status: "deferred".to_owned(),
        text: "Connection timed out".to_owned(),
        template: "Connection timed out".to_owned(),
        side: "own".to_owned(),
        messages: 3,
        share: 0.001,
        ..Outcome::default()
    }
}
