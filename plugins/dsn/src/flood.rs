//! Notifications to senders who never wrote: what they look like in outcomes and in the queues of other destinations.

use mailmedic_plugin_sdk::known::contains_any;
use mailmedic_plugin_sdk::spread::{Counts, count, share, site};
use mailmedic_plugin_sdk::{FactId, Facts, Outcome, Refused, Results, Stage, Value, all_outcomes};

/// Messages that were accepted and then bounced because the recipient does not exist, and their share of all local mail.
const BOUNCED: u64 = 10;
const NOTABLE: f64 = 0.02;
/// Unrelated domains that do not take what is sent to them.
const STRANGERS: usize = 10;
/// Remote queues that only a flood to everywhere makes, and the length up to which one is small.
const QUEUES: usize = 100;
const SMALL: f64 = 10.0;
/// Reasons named by one finding.
const NAMED: usize = 5;
/// Texts of a recipient who does not exist here.
const UNKNOWN_USER: [&str; 7] =
    ["user unknown", "unknown user", "no such user", "unknown recipient", "does not exist", "doesn't exist", "unrouteable address"];

pub(crate) fn examine(facts: &impl Facts, results: &mut impl Results) -> Result<(), Refused> {
    answers(facts, results)?;
    queues(facts, results)
}

/// Mail for recipients who do not exist is accepted, and the answers go to many domains that do not want them.
fn answers(facts: &impl Facts, results: &mut impl Results) -> Result<(), Refused> {
    const FINDING: &str = "answers-to-strangers";
    const MISSING: &[&str] = &["outcome * local-delivery", "outcome * remote-delivery"];
    let local = all_outcomes(facts, Stage::LocalDelivery);
    let remote = all_outcomes(facts, Stage::RemoteDelivery);
    let bounced: Vec<&Outcome> = local.iter().filter(|outcome| accepted_in_vain(outcome)).collect();
    let messages = bounced.iter().map(|outcome| outcome.messages).fold(0, u64::saturating_add);
    let all = local.iter().map(|outcome| outcome.messages).fold(0, u64::saturating_add);
    let mut strangers = Counts::new();
    let mut examples: Vec<FactId> = Vec::new();
    for outcome in remote.iter().filter(|outcome| outcome.status != "sent" && !outcome.healed) {
        let known = strangers.len();
        count(&mut strangers, &site(&outcome.destination), outcome.messages);
        if strangers.len() > known && examples.len() < NAMED {
            examples.push(outcome.id);
        }
    }
    let because: Vec<FactId> = bounced.iter().map(|outcome| outcome.id).take(NAMED).chain(examples).collect();
    if let (Some(about), true) = (because.first(), messages > 0) {
        results.derive("bounced.share", *about, Value::Number(share(messages, all)), &because)?;
        results.derive("bounced.strangers", *about, Value::Number(strangers.len() as f64), &because)?;
    }
    if local.is_empty() || remote.is_empty() {
        return results.unknown(FINDING, MISSING);
    }
    if messages >= BOUNCED && share(messages, all) >= NOTABLE && strangers.len() >= STRANGERS {
        results.present(FINDING, &because)
    } else {
        results.absent(FINDING, &[])
    }
}

/// Says whether a message was taken in, and then returned because its recipient does not exist.
fn accepted_in_vain(outcome: &Outcome) -> bool {
    let unknown = outcome.code.as_deref() == Some("5.1.1") || contains_any(&outcome.template, &UNKNOWN_USER);
    outcome.status == "bounced" && unknown
}

/// Hundreds of queues with a few messages each, most of which nobody takes.
fn queues(facts: &impl Facts, results: &mut impl Results) -> Result<(), Refused> {
    const FINDING: &str = "many-small-remote-queues";
    let (mut places, mut queues, mut refused) = (Counts::new(), Vec::new(), 0);
    let all = facts.queues(Stage::RemoteDelivery);
    for queue in &all {
        let small = queue.length().is_some_and(|length| length > 0.0 && length <= SMALL);
        if small {
            count(&mut places, &site(&queue.name), 1);
            refused += usize::from(queue.retries() || queue.error().is_some());
            if queues.len() < NAMED {
                queues.push(queue.id);
            }
        }
    }
    if all.is_empty() {
        return results.unknown(FINDING, &["queue * remote-delivery"]);
    }
    if places.len() >= QUEUES && refused * 2 >= places.len() { results.present(FINDING, &queues) } else { results.absent(FINDING, &[]) }
}
