//! The lookup tables of Postfix and Exim: which kind is configured, and whether lookups fail.

use mailmedic_plugin_sdk::known::contains_any;
use mailmedic_plugin_sdk::{FactId, Facts, Outcome, Refused, Results, Setting, Stage, Value, all_outcomes};

/// Parameters of Postfix that name tables with recipients in them.
const PARAMETERS: [&str; 12] = [
    "virtual_alias_maps",
    "virtual_mailbox_maps",
    "virtual_mailbox_domains",
    "virtual_alias_domains",
    "local_recipient_maps",
    "alias_maps",
    "canonical_maps",
    "recipient_canonical_maps",
    "transport_maps",
    "relay_recipient_maps",
    "mydestination",
    "relay_domains",
];
/// Kinds of table that another service answers.
const NETWORK: [&str; 11] = ["ldap", "ldaps", "mysql", "pgsql", "tcp", "socketmap", "memcache", "mongodb", "redis", "nis", "oracle"];
/// Kinds of table that are a file.
const FILES: [&str; 10] = ["hash", "btree", "lmdb", "cdb", "dbm", "texthash", "pcre", "regexp", "sqlite", "lsearch"];
/// How a lookup that did not work is logged: as reply or queue reason of Postfix, as a deferral of Exim.
const FAILED: [&str; 7] =
    ["lookup failure", "lookup error", "lookup problem", "table lookup", "gave defer", "alias database unavailable", "failed to expand"];

/// Tells a lookup service that fails from a table file that is broken: the text of the failure is the same.
pub(crate) fn examine(facts: &impl Facts, outcomes: &[Outcome], results: &mut impl Results) -> Result<(), Refused> {
    const FINDINGS: [&str; 2] = ["network-table-fails", "table-file-fails"];
    let stages = [Stage::Submission, Stage::LocalDelivery, Stage::RemoteDelivery];
    let elsewhere: Vec<Outcome> = stages.into_iter().flat_map(|stage| all_outcomes(facts, stage)).collect();
    let failures: Vec<&Outcome> = outcomes.iter().chain(&elsewhere).filter(|outcome| is_failed_lookup(outcome)).collect();
    let Some(first) = failures.first() else {
        let seen = !outcomes.is_empty() || !elsewhere.is_empty() || facts.listed("outcome * directory-lookup").is_known();
        return FINDINGS.iter().try_for_each(|finding| {
            if seen { results.absent(finding, &[]) } else { results.unknown(finding, &["outcome * directory-lookup"]) }
        });
    };
    let tables = configured(facts);
    let named = failures.iter().find_map(|outcome| kind_in(&outcome.template, &NETWORK));
    let kind = named.or_else(|| tables.iter().find_map(|(_, kind)| kind.filter(|kind| NETWORK.contains(kind))));
    let file = failures.iter().find_map(|outcome| kind_in(&outcome.template, &FILES));
    let mut because: Vec<FactId> = failures.iter().map(|outcome| outcome.id).take(3).collect();
    because.extend(tables.iter().filter(|(_, other)| kind.is_none() || *other == kind).map(|(setting, _)| setting.id).take(2));
    let (present, absent) = match (kind, file.is_some() && named.is_none(), tables.is_empty()) {
        (Some(kind), false, _) => {
            results.derive("lookup.table", first.id, Value::Text(kind.to_owned()), &because)?;
            ("network-table-fails", "table-file-fails")
        }
        // The failure names a file, or there is nothing but files.
        (_, true, _) | (None, _, false) => ("table-file-fails", "network-table-fails"),
        (None, false, true) => return FINDINGS.iter().try_for_each(|finding| results.unknown(finding, &["setting virtual_alias_maps"])),
    };
    results.present(present, &because)?;
    results.absent(absent, &because)
}

fn is_failed_lookup(outcome: &Outcome) -> bool {
    // The lookup of a host is the business of remote delivery.
    let host = contains_any(&outcome.template, &["host lookup", "name service", "dns"]);
    outcome.status != "sent" && !outcome.healed && !host && contains_any(&outcome.template, &FAILED)
}

/// Returns the settings that name tables, with the kind of each; network tables first.
fn configured(facts: &impl Facts) -> Vec<(Setting, Option<&'static str>)> {
    let settings = PARAMETERS.iter().flat_map(|key| facts.settings(key)).chain(facts.settings("exim.*"));
    let mut tables: Vec<(Setting, Option<&'static str>)> = Vec::new();
    for setting in settings {
        if let Some(kind) = kind_in(&setting.value, &NETWORK) {
            tables.insert(0, (setting, Some(kind)));
        } else if let Some(kind) = kind_in(&setting.value, &FILES) {
            tables.push((setting, Some(kind)));
        }
    }
    tables
}

/// Finds a kind of table in a value (`proxy:ldap:/etc/…`, `${lookup mysql{…`) or in a message, as a word of its own.
fn kind_in(text: &str, kinds: &[&'static str]) -> Option<&'static str> {
    let text = text.to_ascii_lowercase();
    // A path may hold a word that is the name of another kind: /etc/postfix/hash/ldap-users.
    let mut words = text.split([' ', ',', ';', ':', '{', '}', '(', ')', '"', '=']).filter(|word| !word.starts_with('/'));
    words.find_map(|word| kinds.iter().copied().find(|kind| *kind == word))
}
