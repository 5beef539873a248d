//! Where the mail log is.

use super::Collector;
use crate::system;

/// Where syslog writes what mail systems say.
const USUAL: &[&str] =
    &["/var/log/mail.log", "/var/log/maillog", "/var/log/mail", "/var/log/mail/mail.log", "/var/log/mail/maillog", "/var/log/mail.info"];
/// Where Exim writes where `log_file_path` does not say: Debian's place, that of other distributions.
const EXIM: &[&str] = &["/var/log/exim4/%slog", "/var/log/exim/%slog", "/var/log/exim/%s.log"];
/// Exim's three logs.
const KINDS: [&str; 3] = ["main", "reject", "panic"];

/// A log and the one that was rotated before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Log {
    /// The log that is being written.
    pub path: String,
    /// The one before it, where it is not compressed.
    pub before: Option<String>,
}

impl Log {
    /// Finds the logs of the mail systems that are installed.
    pub fn find(collector: &Collector<'_>) -> Vec<Log> {
        let places = collector.places();
        let mut paths: Vec<String> = Vec::new();
        let there = |path: &str| collector.machine.is_file(path);
        if collector.machine.has_postfix() {
            paths.extend(places.maillog.clone().filter(|path| there(path)));
            if paths.is_empty() {
                let usual = USUAL.iter().filter(|path| there(path));
                let changed = |path: &&&str| system::status(&collector.machine.path(path), true).map_or(0, |status| status.modified);
                // Some systems write the same into several files: one of them will do, the one that is in use.
                paths.extend(usual.rev().max_by_key(changed).map(|path| (*path).to_owned()));
            }
        }
        if collector.machine.exim().is_some() {
            paths.extend(exim(collector, places.exim_logs.as_deref(), &places.spool));
        }
        paths.into_iter().map(|path| Log { before: rotated(collector, &path), path }).collect()
    }
}

/// Returns Exim's logs that are there.
///
/// # Source
///
/// The Exim specification, chapter "Log files": `log_file_path` is a list divided by colons; `%s` stands for `main`, `reject` or `panic`.
fn exim(collector: &Collector<'_>, pattern: Option<&str>, spool: &str) -> Vec<String> {
    let own = pattern.unwrap_or_default().split(':').map(str::trim).filter(|part| part.starts_with('/') && part.contains("%s"));
    let stock = EXIM.iter().map(|part| (*part).to_owned()).chain([format!("{spool}/log/%slog")]);
    for pattern in own.map(str::to_owned).chain(stock) {
        // `%D` and `%M` stand for the day or the month that a log is of: the newest one is the one in use.
        let found: Vec<String> = KINDS.iter().filter_map(|kind| newest(collector, &pattern.replace("%s", kind))).collect();
        if !found.is_empty() {
            return found;
        }
    }
    Vec::new()
}

/// Returns the file that a pattern names, of several the one whose name sorts last.
fn newest(collector: &Collector<'_>, pattern: &str) -> Option<String> {
    let Some((start, end)) = pattern.split_once("%D").or_else(|| pattern.split_once("%M")) else {
        return collector.machine.is_file(pattern).then(|| pattern.to_owned());
    };
    let (folder, prefix) = start.rsplit_once('/')?;
    let names = system::list(&collector.machine.path(folder)).ok()?;
    let fits = |name: &str| name.strip_prefix(prefix)?.strip_suffix(end)?.bytes().all(|byte| byte.is_ascii_digit()).then_some(());
    let last = names.iter().rev().filter_map(|name| name.to_str()).find(|name| fits(name).is_some())?;
    Some(format!("{folder}/{last}"))
}

/// Returns the log that was rotated before this one: `NAME.1`, or the last `NAME-DATE`.
///
/// # Source
///
/// logrotate(8): numbers by default, dates with `dateext`.
fn rotated(collector: &Collector<'_>, path: &str) -> Option<String> {
    for end in [".1", ".0", ".01"] {
        let before = format!("{path}{end}");
        if collector.machine.is_file(&before) {
            return Some(before);
        }
    }
    let (folder, name) = path.rsplit_once('/')?;
    let names = system::list(&collector.machine.path(folder)).ok()?;
    let dated = |other: &str| {
        let date = other.strip_prefix(name)?.strip_prefix('-')?;
        (date.len() >= 8 && date.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-')).then_some(())
    };
    let last = names.iter().rev().filter_map(|name| name.to_str()).find(|name| dated(name).is_some())?;
    Some(format!("{folder}/{last}"))
}
