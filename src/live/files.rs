//! Which files the settings of the mail system name: lookup tables with their sources, certificates, and the configuration itself.

use crate::fact::{Facts, Platform};
use crate::probe::{Files, Machine, Named};
use std::collections::BTreeSet;

/// Types of lookup tables that are kept in an index beside their source, and how the index is called.
///
/// # Source
///
/// `DATABASE_README` of Postfix, postmap(1).
const INDEXED: &[(&str, &[&str])] =
    &[("hash", &[".db"]), ("btree", &[".db"]), ("lmdb", &[".lmdb"]), ("dbm", &[".dir", ".pag"]), ("cdb", &[".cdb"])];
/// Types of lookup tables that are the file itself.
const PLAIN: &[&str] =
    &["texthash", "regexp", "pcre", "cidr", "ldap", "mysql", "pgsql", "sqlite", "lsearch", "wildlsearch", "nwildlsearch", "iplsearch"];
/// Settings that name what this server presents.
const OWN_CERTIFICATES: &[&str] = &["smtpd_tls_cert_file", "smtpd_tls_eccert_file", "smtpd_tls_chain_files", "exim.tls_certificate"];
/// Settings of Postfix whose values are files that it reads.
const FILES: &[&str] = &[
    "smtpd_tls_key_file",
    "smtp_tls_CAfile",
    "smtpd_tls_CAfile",
    "smtp_tls_cert_file",
    "smtp_tls_key_file",
    "smtpd_tls_dh1024_param_file",
    "exim.tls_privatekey",
];
/// Configuration beside the mail system's own.
const BESIDE: &[&str] = &["/etc/aliases", "/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf"];

/// Plans what to look at, from the settings that were captured.
pub fn plan(facts: &Facts, machine: &Machine) -> Files {
    let mut named: BTreeSet<Named> = BTreeSet::new();
    for fact in facts.settings.iter() {
        let (key, Some(value)) = (fact.what.key.as_str(), fact.what.value.value()) else { continue };
        let value = value.to_string();
        if OWN_CERTIFICATES.contains(&key) {
            named.extend(paths(&value).map(|path| file(path, "certificate", key)));
        } else if FILES.contains(&key) {
            named.extend(paths(&value).map(|path| file(path, "file", key)));
        }
        tables(&value, key, &mut named);
    }
    let (folder, config) = machine.places.get().map_or(("", None), |places| (places.config.as_str(), places.exim_config.as_deref()));
    let mut own: Vec<String> = BESIDE.iter().map(|path| (*path).to_owned()).collect();
    if machine.has_postfix() && !folder.is_empty() {
        own.extend(["main.cf", "master.cf"].map(|name| format!("{folder}/{name}")));
    }
    own.extend(config.map(str::to_owned));
    named.extend(own.iter().filter(|path| machine.is_there(path)).map(|path| file(path, "configuration", "")));
    // Postfix opens tables and keys before it gives up its rights; Exim reads them as its own user.
    let exim = facts.case.platform == Some(Platform::Exim);
    let reader = if exim { ["Debian-exim", "exim", "mail", "mailnull"].map(str::to_owned).to_vec() } else { Vec::new() };
    Files { named: named.into_iter().collect(), reader }
}

fn file(path: &str, purpose: &str, setting: &str) -> Named {
    Named { path: path.to_owned(), purpose: purpose.to_owned(), setting: setting.to_owned() }
}

/// Returns the words of a value that are paths and hold nothing that is yet to be expanded.
fn paths(value: &str) -> impl Iterator<Item = &str> {
    value.split([' ', ',', '\t']).filter(|word| word.starts_with('/') && !word.contains(['$', '{', '*']))
}

/// Takes the lookup tables out of a value: `hash:/etc/postfix/transport`, also within restrictions.
fn tables(value: &str, key: &str, named: &mut BTreeSet<Named>) {
    for word in value.split([' ', ',', '\t', ';', '{', '}']) {
        let word = word.strip_prefix("proxy:").unwrap_or(word);
        let Some((kind, path)) = word.split_once(':').filter(|(_, path)| path.starts_with('/') && !path.contains('$')) else { continue };
        if let Some((_, ends)) = INDEXED.iter().find(|(known, _)| *known == kind) {
            // Only the index is read; where the source is gone, nothing fails for now.
            named.insert(file(path, "source", key));
            named.extend(ends.iter().map(|end| Named {
                path: format!("{path}{end}"),
                purpose: format!("index:{path}"),
                setting: key.to_owned(),
            }));
        } else if PLAIN.contains(&kind) {
            named.insert(file(path, "file", key));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::tables;
    use std::collections::BTreeSet;

    #[test]
    fn tables_are_found_within_restrictions() {
        let mut named = BTreeSet::new();
        tables(
            "permit_mynetworks, check_client_access hash:/etc/postfix/access, proxy:mysql:/etc/postfix/x.cf inet:127.0.0.1:10023 pcre:$config_directory/y",
            "k",
            &mut named,
        );
        let found: Vec<String> = named.iter().map(|named| format!("{} {}", named.path, named.purpose)).collect();
        assert_eq!(found, ["/etc/postfix/access source", "/etc/postfix/access.db index:/etc/postfix/access", "/etc/postfix/x.cf file"]);
    }
}
