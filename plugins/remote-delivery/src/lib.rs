//! The remote delivery queue: who fails, in which way, and how far it spreads (seed Q4).
//!
//! An error text says what happened to one attempt. Where the fault is follows from the others: a time-out towards one host is that
//! host's trouble, the same time-out towards every unrelated host is this server's way out. So the plugin gathers every attempt that any
//! fact tells of, and compares the places that fail with the places that prove the opposite.

use mailmedic_plugin_sdk::series::{Trend, messages_per_hour, trend};
use mailmedic_plugin_sdk::spread::{Attempt, Group, Scope, host_name, share};
use mailmedic_plugin_sdk::verdict::{Verdict, everywhere, one_place};
use mailmedic_plugin_sdk::{FactId, Facts, Refused, Results, Value};

#[cfg(target_family = "wasm")]
mod component;
mod evidence;
mod way;

use evidence::{Evidence, Relay};
use way::Way;

/// What would have to be known about how deliveries ended.
const OUTCOMES: &[&str] = &["outcome * remote-delivery", "smtp *"];
/// What would have to be known about a relay.
const RELAY: &[&str] = &["setting relayhost", "connector *"];
/// Share of all messages below which failures are an ordinary day.
const NOTABLE: f64 = 0.02;
/// Queues whose trend is derived. The host drops a plugin that derives without end, and a rule reads the first few.
const DERIVED: usize = 100;

/// Examines remote delivery.
///
/// # Errors
///
/// [`Refused`], when the host does not take a result.
pub fn examine(facts: &impl Facts, results: &mut impl Results) -> Result<(), Refused> {
    let evidence = Evidence::read(facts);
    summarise(&evidence, results)?;
    connections(&evidence, results)?;
    lookups(&evidence, results)?;
    relay(facts, &evidence, results)?;
    port(&evidence, results)?;
    refusals(&evidence, results)?;
    growth(facts, &evidence, results)
}

fn delivered(attempt: &Attempt<Way>) -> bool {
    attempt.failed.is_none()
}

/// Says whether an attempt proves that a failure of this way is not general.
fn disproves(way: Way, attempt: &Attempt<Way>) -> bool {
    attempt.failed.is_none_or(|other| match way {
        Way::LookupFailed => other.proves_lookup(),
        _ if way.is_connection() => other.proves_connection(),
        Way::Tls => other.proves_session(),
        _ => false,
    })
}

/// Derives what most failures have in common: way, scope, share, number of destinations.
fn summarise(evidence: &Evidence, results: &mut impl Results) -> Result<(), Refused> {
    let mut ways: Vec<(u64, usize, Way)> = Vec::new();
    for attempt in &evidence.attempts {
        let Some(way) = attempt.failed else { continue };
        match ways.iter_mut().find(|(_, _, known)| *known == way) {
            Some((messages, attempts, _)) => (*messages, *attempts) = (*messages + attempt.messages, *attempts + 1),
            None => ways.push((attempt.messages, 1, way)),
        }
    }
    let Some((messages, _, way)) = ways.into_iter().max() else { return Ok(()) };
    let group = Group::of(&evidence.attempts, &|attempt| attempt.failed == Some(way));
    let proofs = Group::sample(&evidence.attempts, &|attempt| disproves(way, attempt));
    let (because, Some(about)) = (group.because(), group.because().first().copied()) else { return Ok(()) };
    results.derive("failing.way", about, Value::Text(way.word().to_owned()), because)?;
    results.derive("failing.destinations", about, Value::Number(group.destinations.len() as f64), because)?;
    if let Some(scope) = Scope::of(&group, &proofs) {
        // A single place is one of one, unless something else is known to work or would be seen.
        if scope == Scope::Several || scope == Scope::Everything || !proofs.is_empty() {
            results.derive("failing.scope", about, Value::Text(scope.word().to_owned()), because)?;
        }
    }
    if evidence.sees_success {
        let part = share(messages, evidence.messages());
        results.derive("failing.share", about, Value::Number(part), because)?;
        results.derive("failing.background", about, Value::Flag(part < NOTABLE && !proofs.is_empty()), because)?;
    }
    Ok(())
}

/// Reports a finding about places. The first reason is a derived fact that names the hosts, so that the text can.
fn report(finding: &str, verdict: Verdict, missing: &[&str], results: &mut impl Results) -> Result<(), Refused> {
    match verdict {
        Verdict::Present(group) => {
            let about = group.because().first().copied().unwrap_or_default();
            let hosts = results.derive("failing.hosts", about, Value::Text(group.named()), group.because())?;
            let because: Vec<FactId> = std::iter::once(hosts).chain(group.because().iter().copied()).collect();
            results.present(finding, &because)
        }
        Verdict::Absent(group) => results.absent(finding, group.because()),
        Verdict::Unknown => results.unknown(finding, missing),
    }
}

/// Connections that fail everywhere, or at one place only.
fn connections(evidence: &Evidence, results: &mut impl Results) -> Result<(), Refused> {
    let attempts = &evidence.attempts;
    let proves = |attempt: &Attempt<Way>| disproves(Way::TimedOut, attempt);
    let every: [(&str, Way); 4] = [
        ("every-destination-times-out", Way::TimedOut),
        ("every-destination-refuses", Way::Refused),
        ("every-destination-is-unreachable", Way::Unreachable),
        ("every-destination-drops", Way::Dropped),
    ];
    for (finding, way) in every {
        report(finding, everywhere(attempts, &|failed| *failed == way, &proves, evidence.sees_success), OUTCOMES, results)?;
    }
    let silent = |failed: &Way| matches!(failed, Way::TimedOut | Way::Unreachable);
    report("one-destination-is-silent", one_place(attempts, &silent, &proves, true), OUTCOMES, results)?;
    report("one-destination-refuses", one_place(attempts, &|failed| *failed == Way::Refused, &proves, true), OUTCOMES, results)?;
    // What lies behind a relay is the relay's finding.
    let direct = &evidence.direct;
    report("one-next-hop-fails", one_place(direct, &|failed| failed.is_connection(), &proves, false), OUTCOMES, results)?;
    let sessions = |attempt: &Attempt<Way>| disproves(Way::Tls, attempt);
    let tls = everywhere(attempts, &|failed| *failed == Way::Tls, &sessions, evidence.sees_success);
    report("every-destination-fails-at-tls", tls, OUTCOMES, results)
}

/// Lookups that fail for every domain, or for one.
fn lookups(evidence: &Evidence, results: &mut impl Results) -> Result<(), Refused> {
    let mut by_domain = evidence.direct.clone();
    by_domain.extend_from_slice(&evidence.lookups);
    let fails = |failed: &Way| *failed == Way::LookupFailed;
    let proves = |attempt: &Attempt<Way>| disproves(Way::LookupFailed, attempt);
    let missing = &["outcome * remote-delivery", "dns *"];
    report("every-lookup-fails", everywhere(&by_domain, &fails, &proves, evidence.sees_success), missing, results)?;
    report("one-domain-lookup-fails", one_place(&by_domain, &fails, &proves, true), missing, results)
}

/// A relay that takes no connection, or whose name cannot be looked up. With a relay, no destination is looked up: a lookup that fails
/// is that of the relay's own name.
fn relay(facts: &impl Facts, evidence: &Evidence, results: &mut impl Results) -> Result<(), Refused> {
    let findings = ["relay-does-not-answer", "relay-name-fails"];
    let (host, id) = match &evidence.relay {
        Relay::Host(host, id) => (host, *id),
        Relay::None => return findings.iter().try_for_each(|finding| results.absent(finding, &[])),
        Relay::Unknown => return findings.iter().try_for_each(|finding| results.unknown(finding, RELAY)),
    };
    let judge = |fails: &dyn Fn(Way) -> bool, way: Way| {
        let here = |attempt: &Attempt<Way>| evidence.relay.takes(attempt);
        let failures = Group::of(&evidence.attempts, &|attempt| attempt.failed.is_some_and(fails) && here(attempt));
        let proofs = Group::sample(&evidence.attempts, &|attempt| disproves(way, attempt) && here(attempt));
        match (failures.is_empty(), proofs.is_empty()) {
            (false, true) => Verdict::Present(failures),
            (_, false) => Verdict::Absent(proofs),
            (true, true) => Verdict::Unknown,
        }
    };
    let silent = judge(&Way::is_connection, Way::TimedOut);
    report_relay("relay-does-not-answer", silent, (host, id), results)?;

    let answers: Vec<_> = facts.dns(&host_name(host)).into_iter().filter(|answer| answer.kind == "A" || answer.kind == "AAAA").collect();
    let name = if let Some(good) = answers.iter().find(|answer| answer.outcome == "answer") {
        return results.absent("relay-name-fails", &[good.id, id]);
    } else if let Some(bad) = answers.first() {
        Verdict::Present(Group::of(&[lookup(host, bad.id)], &|_| true))
    } else {
        judge(&|way| matches!(way, Way::LookupFailed | Way::NoSuchName), Way::LookupFailed)
    };
    report_relay("relay-name-fails", name, (host, id), results)
}

fn lookup(host: &str, id: FactId) -> Attempt<Way> {
    Attempt::new(id, host.to_owned(), None, Some(Way::LookupFailed))
}

/// Reports a finding about the relay. The first reason is a derived fact that names it: a setting and a connector have different fields.
fn report_relay(finding: &str, verdict: Verdict, relay: (&str, FactId), results: &mut impl Results) -> Result<(), Refused> {
    match verdict {
        Verdict::Present(group) => {
            let (host, id) = relay;
            let named = results.derive("relay.host", id, Value::Text(host.to_owned()), &[id])?;
            let because: Vec<FactId> = [named, id].into_iter().chain(group.because().iter().copied()).collect();
            results.present(finding, &because)
        }
        Verdict::Absent(group) => results.absent(finding, group.because()),
        Verdict::Unknown => results.unknown(finding, OUTCOMES),
    }
}

/// Mail for hosts that are no relay goes to port 25; another port is a setting of this server, not a fault of the hosts.
fn port(evidence: &Evidence, results: &mut impl Results) -> Result<(), Refused> {
    let direct = &evidence.direct;
    let other = Group::of(direct, &|attempt| port_of(attempt).is_some_and(|port| port != 25));
    let smtp = Group::sample(direct, &|attempt| port_of(attempt) == Some(25));
    let failed = direct.iter().all(|attempt| attempt.failed.is_some() || port_of(attempt).is_none());
    let verdict = match (other.is_empty(), smtp.is_empty()) {
        (_, false) => Verdict::Absent(smtp),
        // One host on another port may be a filter or a partner's gateway.
        (false, true) if failed && other.sites.len() > 1 => Verdict::Present(other),
        (false, true) if failed => Verdict::Unknown,
        (false, true) => Verdict::Absent(other),
        (true, true) => Verdict::Unknown,
    };
    report("connects-to-another-port", verdict, OUTCOMES, results)
}

/// Reads the port from `host[address]:port`, or from `…]:port:` in the error.
fn port_of(attempt: &Attempt<Way>) -> Option<u16> {
    let digits = |text: &str| text.chars().take_while(char::is_ascii_digit).collect::<String>().parse().ok();
    let after = |text: &str, mark: &str| text.split_once(mark).and_then(|(_, rest)| digits(rest));
    let hop = attempt.hop.as_deref().unwrap_or_default();
    after(hop, "]:").or_else(|| if hop.matches(':').count() == 1 { after(hop, ":") } else { None }).or_else(|| after(&attempt.text, "]:"))
}

/// Answers that many unrelated remotes give alike say something about this server, not about them.
fn refusals(evidence: &Evidence, results: &mut impl Results) -> Result<(), Refused> {
    let all = evidence.messages();
    // Sites that must agree, messages and share that there must be.
    let many: [(&str, Way, usize, u64, f64); 3] = [
        ("many-destinations-distrust", Way::Distrusted, 3, 3, NOTABLE),
        ("many-destinations-throttle", Way::Throttled, 3, 3, 0.05),
        ("many-recipients-unknown", Way::RecipientUnknown, 5, 20, 0.2),
    ];
    for (finding, way, sites, messages, least) in many {
        let group = Group::of(&evidence.attempts, &|attempt| attempt.failed == Some(way));
        let notable = group.messages >= messages && (!evidence.sees_success || share(group.messages, all) >= least);
        let verdict = if group.sites.len() >= sites && notable {
            Verdict::Present(group)
        } else if evidence.attempts.is_empty() {
            Verdict::Unknown
        } else {
            // One remote that says so is that remote's business, and the finding of its reply.
            let proofs = Group::sample(&evidence.attempts, &delivered);
            if proofs.is_empty() && !evidence.sees_success { Verdict::Unknown } else { Verdict::Absent(proofs) }
        };
        report(finding, verdict, OUTCOMES, results)?;
    }
    Ok(())
}

/// The shape of each queue over time; and a queue that grows although nothing fails.
fn growth(facts: &impl Facts, evidence: &Evidence, results: &mut impl Results) -> Result<(), Refused> {
    let nothing_fails = evidence.attempts.iter().all(delivered);
    let (mut grows, mut moves) = (Vec::new(), Vec::new());
    for queue in &evidence.queues {
        let samples = facts.samples(queue.id);
        let Some(trend) = trend(&samples) else { continue };
        if grows.len() + moves.len() < DERIVED {
            results.derive("queue.trend", queue.id, Value::Text(trend.word().to_owned()), &[queue.id])?;
            if let Some(rate) = messages_per_hour(&samples) {
                results.derive("queue.growth", queue.id, Value::Number(rate), &[queue.id])?;
            }
        }
        let held = matches!(queue.state.get(), Some("frozen" | "suspended" | "scheduled"));
        if matches!(trend, Trend::Growing | Trend::Stuck) && queue.error().is_none() && !held {
            grows.push(queue.id);
        } else {
            moves.push(queue.id);
        }
    }
    grows.truncate(5);
    moves.truncate(5);
    match (grows.is_empty(), moves.is_empty()) {
        (false, _) if nothing_fails => results.present("grows-although-nothing-fails", &grows),
        (true, true) => results.unknown("grows-although-nothing-fails", &["queue * remote-delivery"]),
        _ => results.absent("grows-although-nothing-fails", if moves.is_empty() { &grows } else { &moves }),
    }
}
