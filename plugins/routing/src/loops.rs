//! Messages that came through too many hosts: a domain whose route leads back, or one recipient whose forwarding does.

use mailmedic_plugin_sdk::known::{contains_any, parts, trimmed};
use mailmedic_plugin_sdk::{FactId, Facts, Outcome, Refused, Results, Stage, Value, all_bounces, all_outcomes};

/// How servers say that a message came through too many hosts.
const WORDS: [&str; 8] = [
    "too many hops",
    "hop count exceeded",
    "maximum hop count",
    "suspected mail loop",
    "possible mail loop",
    "mail loop detected",
    "routing loop detected",
    "received headers - suspected",
];
/// Status codes that say so (RFC 3463; the last is Exchange Online's). A forwarding that the categorizer saw bears one of them as well.
const CODES: [&str; 3] = ["4.4.6", "5.4.6", "5.4.14"];
/// Exchange's code for a message that comes back to the server itself (facts §5): a loop, or a policy that holds the server's name.
const OWN_NAME: &str = "5.4.8";
/// What tells a forwarding loop by itself.
const FORWARDING: [&str; 3] = ["forward", "alternate recipient", "resolver.fwd"];
/// Recipients from which on a domain counts as a whole, and messages where no recipient is named.
const SEVERAL: usize = 2;
const MESSAGES: u64 = 3;
/// Facts named as the reason of one finding.
const REASONS: usize = 5;
/// Destinations and recipients that are kept apart; outcomes come with most messages first.
const KEPT: usize = 300;

/// Says whether a text or code is that of a message with too many hops.
pub(crate) fn too_many(text: &str, code: Option<&str>) -> bool {
    let coded = code.is_some_and(|code| CODES.contains(&code)) && !contains_any(text, &["loops back"]);
    (coded || contains_any(text, &WORDS)) && !contains_any(text, &FORWARDING)
}

/// What is known of messages to one destination that loop.
struct Looping {
    destination: String,
    /// Messages, as the log shows them.
    logged: u64,
    /// Messages, as reports tell of them: the same ones, seen from elsewhere.
    reported: u64,
    /// Recipients, as far as they are named.
    recipients: Vec<String>,
    because: Vec<FactId>,
}

impl Looping {
    fn messages(&self) -> u64 {
        self.logged.max(self.reported)
    }
}

/// Returns the row of a destination; `None` where it names none, or when there are too many.
fn row<'a>(rows: &'a mut Vec<Looping>, destination: &str, id: FactId) -> Option<&'a mut Looping> {
    let destination = trimmed(destination, "<>.,").to_ascii_lowercase();
    // `*` stands for destinations too many to be kept apart.
    if destination.is_empty() || destination == "*" {
        return None;
    }
    let at = rows.iter().position(|row| row.destination == destination).unwrap_or(rows.len());
    if at == rows.len() && at < KEPT {
        rows.push(Looping { destination, logged: 0, reported: 0, recipients: Vec::new(), because: Vec::new() });
    }
    let row = rows.get_mut(at)?;
    if row.because.len() < REASONS {
        row.because.push(id);
    }
    Some(row)
}

/// Adds a report about an address.
fn report(rows: &mut Vec<Looping>, address: &str, messages: u64, id: FactId) {
    let address = trimmed(address, "<>.,").to_ascii_lowercase();
    if let Some((_, domain)) = address.rsplit_once('@')
        && let Some(row) = row(rows, domain, id)
    {
        row.reported = row.reported.saturating_add(messages);
        if row.recipients.len() < KEPT && !row.recipients.contains(&address) {
            row.recipients.push(address);
        }
    }
}

/// Judges how far a loop spreads. That there is one the texts say themselves.
pub(crate) fn examine(facts: &impl Facts, results: &mut impl Results) -> Result<(), Refused> {
    const FINDINGS: [&str; 2] = ["whole-domain-loops", "one-recipient-loops"];
    let [whole, one] = FINDINGS;
    let mut outcomes: Vec<Outcome> = Vec::new();
    for stage in [Stage::RemoteDelivery, Stage::LocalDelivery, Stage::Routing, Stage::DirectoryLookup, Stage::Submission] {
        outcomes.extend(all_outcomes(facts, stage));
    }
    let bounces = all_bounces(facts);
    let works = |outcome: &Outcome| outcome.status == "sent" || outcome.healed;
    let mut rows: Vec<Looping> = Vec::new();
    for outcome in &outcomes {
        if !works(outcome)
            && too_many(&outcome.template, outcome.code.as_deref())
            && let Some(row) = row(&mut rows, &outcome.destination, outcome.id)
        {
            row.logged = row.logged.saturating_add(outcome.messages);
        }
    }
    for bounce in &bounces {
        if too_many(&bounce.reply, bounce.code.as_deref()) {
            report(&mut rows, &bounce.recipient, 1, bounce.id);
        }
    }
    // Exchange 2000 and 2003 log each report that they send; the code stands in the message, the recipient behind its type.
    for event in facts.events("MSExchangeTransport", &[]) {
        let coded = parts(&event.message, " ,#>").iter().any(|word| CODES.contains(&word.trim_end_matches('.')));
        if coded && let Some((_, rest)) = event.message.split_once("rfc822;") {
            report(&mut rows, parts(rest, " ()\r\n").first().unwrap_or(&""), u64::from(event.count.max(1)), event.id);
        }
    }
    let mut most: Option<&Looping> = None;
    for row in &rows {
        if most.is_none_or(|other| other.messages() < row.messages()) {
            most = Some(row);
        }
    }
    let Some((row, first)) = most.and_then(|row| Some((row, row.because.first().copied()?))) else {
        // Loops are rare: where nothing was looked at, nobody is asked about them.
        let looked = !(outcomes.is_empty() && bounces.is_empty());
        if bounces.iter().any(|bounce| bounce.code.as_deref() == Some(OWN_NAME)) {
            return FINDINGS.iter().try_for_each(|finding| results.unknown(finding, &["outcome * remote-delivery"]));
        }
        return if looked { FINDINGS.iter().try_for_each(|finding| results.absent(finding, &[])) } else { Ok(()) };
    };
    let named = results.derive("loop.destination", first, Value::Text(row.destination.clone()), &row.because)?;
    let recipients = row.recipients.len();
    if recipients > 0 {
        results.derive("loop.recipients", first, Value::Number(recipients as f64), &row.because)?;
    }
    let mut because = row.because.clone();
    because.insert(0, named);
    let delivered = |outcome: &Outcome| works(outcome) && outcome.destination.eq_ignore_ascii_case(&row.destination);
    let sees_success = outcomes.iter().any(works) || facts.listed("outcome * remote-delivery").is_known();
    if outcomes.iter().any(delivered) {
        results.present(one, &because)?;
        results.absent(whole, &because)
    } else if recipients >= SEVERAL || recipients == 0 && row.messages() >= MESSAGES && sees_success {
        results.present(whole, &because)?;
        results.absent(one, &because)
    } else {
        FINDINGS.iter().try_for_each(|finding| results.unknown(finding, &["outcome * remote-delivery"]))
    }
}
