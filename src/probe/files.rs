//! The files that settings name, and the configuration itself: mode, owner, size, time; certificates are copied.

use super::collector::reason;
use super::{Collector, Probe};
use crate::evidence::bundle::Missing;
use crate::system::{self, Status};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The first line of the listing.
const HEADER: &str = "mode owner group size modified for path";
/// How many files are looked at.
const MOST: usize = 2_000;
/// How large a file with certificates may be, in bytes.
const CERTIFICATES: u64 = 1 << 20;

/// A file that something names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Named {
    /// Its path.
    pub path: String,
    /// What it is for: `configuration`, `file`, `index:SOURCE`, `certificate`.
    pub purpose: String,
    /// The setting that names it, empty where none does.
    pub setting: String,
}

/// The files that settings name.
pub struct Files {
    /// Which they are.
    pub named: Vec<Named>,
    /// The names of the user and of the groups with whose rights the mail system opens them; empty where it opens them as root.
    pub reader: Vec<String>,
}

impl Probe for Files {
    fn name(&self) -> &'static str {
        "files"
    }

    fn run(&self, collector: &mut Collector<'_>) {
        let (users, groups) = (names(collector, "/etc/passwd"), names(collector, "/etc/group"));
        let mut text = format!("{HEADER}\n");
        let mut over = false;
        for named in self.named.iter().take(MOST) {
            if collector.is_over() {
                over = true;
                break;
            }
            let of = if named.setting.is_empty() { String::new() } else { format!("={}", named.setting) };
            let (path, purpose) = (&named.path, &named.purpose);
            // Writing into a string cannot fail.
            let _ = match system::status(&collector.machine.path(path), true) {
                Ok(status) => {
                    let (owner, group) = (name(&users, status.uid), name(&groups, status.gid));
                    let purpose = if self.may_read(&status, &owner, &group) { purpose } else { "unreadable" };
                    let time = system::time(status.modified);
                    writeln!(text, "{} {owner} {group} {} {time} {purpose}{of} {path}", status.letters(), status.size)
                }
                Err(error) => match reason(&error) {
                    Missing::NotThere => writeln!(text, "missing - - - - {purpose}{of} {path}"),
                    _ => writeln!(text, "denied - - - - {purpose}{of} {path}"),
                },
            };
        }
        collector.part("files that settings name", "files.txt", text.as_bytes(), over.then_some((Missing::TimedOut, None)));
        for named in self.named.iter().filter(|named| named.purpose == "certificate") {
            if collector.is_over() {
                break;
            }
            certificate(collector, &named.path);
        }
    }
}

impl Files {
    /// Returns whether the mail system may read a file, as far as mode, owner and group tell; folders and what root opens always.
    fn may_read(&self, status: &Status, owner: &str, group: &str) -> bool {
        let is = |name: &str| self.reader.iter().any(|reader| reader == name);
        self.reader.is_empty()
            || !status.is_file()
            || status.mode & 0o004 != 0
            || (status.mode & 0o040 != 0 && is(group))
            || (status.mode & 0o400 != 0 && is(owner))
    }
}

/// Copies the certificates of a file and nothing else: a private key may stand beside them.
fn certificate(collector: &mut Collector<'_>, path: &str) {
    let bytes = match system::read_bytes(&collector.machine.path(path), CERTIFICATES) {
        Ok(bytes) => bytes,
        Err(error) => return collector.refused(path, &error),
    };
    let text = String::from_utf8_lossy(&bytes);
    let certificates = certificates(&text);
    if !certificates.is_empty() {
        let name = path.trim_start_matches('/').replace('/', "_");
        collector.copy(&name, path, certificates.as_bytes());
    }
}

/// Returns the certificates of a file in the form PEM, with nothing that stands between them.
fn certificates(text: &str) -> String {
    let mut kept = String::new();
    for part in text.split("-----BEGIN CERTIFICATE-----").skip(1) {
        if let Some((body, _)) = part.split_once("-----END CERTIFICATE-----")
            && body.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/=\r\n".contains(&byte))
        {
            let _ = writeln!(kept, "-----BEGIN CERTIFICATE-----{}-----END CERTIFICATE-----", body.replace('\r', ""));
        }
    }
    kept
}

/// Returns the names of a file such as `/etc/passwd` or `/etc/group` by number.
fn names(collector: &Collector<'_>, path: &str) -> BTreeMap<u32, String> {
    let text = system::read_text(&collector.machine.path(path), 4 << 20).unwrap_or_default();
    let name = |line: &str| {
        let mut fields = line.split(':');
        let name = fields.next()?.to_owned();
        Some((fields.nth(1)?.parse().ok()?, name))
    };
    let mut names = BTreeMap::new();
    for (number, name) in text.lines().filter_map(name) {
        names.entry(number).or_insert(name);
    }
    names
}

fn name(names: &BTreeMap<u32, String>, number: u32) -> String {
    names.get(&number).cloned().unwrap_or_else(|| number.to_string())
}

#[cfg(test)]
mod tests {
    use super::certificates;

    #[test]
    fn keys_are_never_kept() {
        let text = "Bag\n-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n-----BEGIN CERTIFICATE-----\nQUJD\n-----END CERTIFICATE-----\nx\n-----BEGIN CERTIFICATE-----\n-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n-----END CERTIFICATE-----\n";
        assert_eq!(certificates(text), "-----BEGIN CERTIFICATE-----\nQUJD\n-----END CERTIFICATE-----\n");
        assert_eq!(certificates("-----BEGIN CERTIFICATE-----\nQUJD"), "");
    }
}
