//! Since when a cause shows, what was changed shortly before, and how much of the mail it touches.

use super::evidence::present_facts;
use super::network::Built;
use crate::diagnosis::{Changed, Onset};
use crate::fact::{Facts, Kind, Outcome, Timestamp};
use crate::finding::Finding;
use std::collections::BTreeSet;

/// How long before the first sign a change may have been made, in seconds.
const BEFORE: i64 = 86_400;
/// A message can wait so long before it shows that something is wrong: a change may seem to come after the first sign by as much, in seconds.
const AFTER: i64 = 60;
/// How many changes are named.
const MOST: usize = 5;
/// Parts of names of packages that mail systems, and what they work with, consist of.
const OF_MAIL: &[&str] = &[
    "postfix",
    "exim",
    "dovecot",
    "cyrus",
    "openssl",
    "libssl",
    "gnutls",
    "ca-cert",
    "bind9",
    "unbound",
    "resolv",
    "dnsmasq",
    "rspamd",
    "spamassassin",
    "clamav",
    "amavis",
    "opendkim",
    "opendmarc",
    "postgrey",
    "policyd",
    "slapd",
    "openldap",
    "libldap",
    "mysql",
    "mariadb",
    "postgresql",
    "sasl",
    "nftables",
    "iptables",
    "firewalld",
    "ufw",
    "libc6",
    "glibc",
    "libdb",
    "systemd",
    "network",
    "selinux",
    "apparmor",
];

/// Returns since when a cause shows; `None` where no sign of it has a time.
pub(super) fn of(cause: usize, built: &Built, findings: &[Finding], facts: &Facts) -> Option<Onset> {
    let mut signs: Vec<(Timestamp, Timestamp)> = Vec::new();
    let mut rows: BTreeSet<usize> = BTreeSet::new();
    for id in present_facts(cause, built, findings) {
        match id.kind() {
            Kind::Outcome => {
                rows.insert(id.row());
            }
            Kind::Event | Kind::Log => signs.extend(facts.get(id).and_then(|fact| fact.at()).map(|at| (at, at))),
            _ => {}
        }
    }
    let outcomes: Vec<&Outcome> = rows.iter().filter_map(|row| facts.outcomes.get(*row)).map(|fact| &fact.what).collect();
    // What was delivered counts against trouble, also where it stands as evidence for a cause.
    let failed: Vec<&Outcome> = outcomes.iter().copied().filter(|outcome| outcome.status != "sent").collect();
    signs.extend(failed.iter().filter_map(|outcome| Some((outcome.first?, outcome.last?))));
    let at = signs.iter().map(|sign| sign.0).min()?;
    let last = signs.iter().map(|sign| sign.1).max()?;
    let begun = facts.outcomes.iter().filter_map(|fact| fact.what.first).min();
    let destinations: BTreeSet<&str> = failed.iter().map(|outcome| outcome.destination.as_str()).collect();
    let (changes, further) = changes(at, facts);
    Some(Onset {
        at,
        at_latest: begun.is_none_or(|begun| at <= begun),
        last,
        healed: !failed.is_empty() && failed.iter().all(|outcome| outcome.healed),
        messages: failed.iter().map(|outcome| outcome.messages).sum(),
        share: failed.iter().map(|outcome| outcome.share).fold(0.0, f64::max),
        destinations: destinations.len(),
        senders: failed.iter().filter_map(|outcome| outcome.senders.value()).max().copied().unwrap_or(0),
        changes,
        further,
    })
}

/// Returns what was changed shortly before a time, the nearest first, and how many further packages.
fn changes(at: Timestamp, facts: &Facts) -> (Vec<Changed>, usize) {
    let near = |when: Timestamp| when >= at.plus(-BEFORE) && when <= at.plus(AFTER);
    let mut changes = Vec::new();
    let mut further = 0;
    for fact in facts.changes.iter() {
        let Some(when) = fact.what.when.filter(|when| near(*when)) else { continue };
        if fact.what.kind == "package" && !OF_MAIL.iter().any(|part| fact.what.what.contains(part)) {
            further += 1;
            continue;
        }
        changes.push(Changed {
            kind: fact.what.kind.clone(),
            what: fact.what.what.clone(),
            detail: fact.what.detail.value().cloned(),
            at: when,
            sources: fact.sources.clone(),
        });
    }
    changes.sort_by(|a, b| b.at.cmp(&a.at).then_with(|| a.what.cmp(&b.what)));
    further += changes.len().saturating_sub(MOST);
    changes.truncate(MOST);
    (changes, further)
}

#[cfg(test)]
mod tests {
    use super::changes;
    use crate::fact::{Change, Facts, FileId, Known, Place, Source, Timestamp};

    #[test]
    fn only_what_was_changed_shortly_before_counts() {
        let mut facts = Facts::default();
        let source = Source { file: FileId(0), place: Place::Whole };
        for (what, kind, when) in [
            ("postfix", "package", 1_000_000),
            ("vim", "package", 1_000_010),
            ("/etc/postfix/main.cf", "configuration", 1_000_500),
            ("exim4", "package", 800_000),
            ("mail", "reboot", 1_100_000),
        ] {
            let what = Change { what: what.into(), kind: kind.into(), when: Some(Timestamp(when)), detail: Known::Absent };
            facts.changes.push(what, None, source);
        }
        let (found, further) = changes(Timestamp(1_000_600), &facts);
        let names: Vec<&str> = found.iter().map(|change| change.what.as_str()).collect();
        assert_eq!((names, further), (vec!["/etc/postfix/main.cf", "postfix"], 1));
    }
}
