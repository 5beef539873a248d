//! Processes, read from `/proc` and written as `ps -o pid,ppid,user,stat,etime,args` does.
//!
//! `ps` would list those of all containers of a machine as well; here they are told apart by their namespaces.

use super::Collector;
use crate::fact::Platform;
use crate::system;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// Programs that carry mail, and those that mail systems ask: directories, databases, filters, resolvers. Others are not listed: their
/// arguments are nobody's business.
const KNOWN: &[&str] = &[
    "master",
    "exim",
    "exim4",
    "dovecot",
    "imap",
    "lmtp",
    "auth",
    "amavis",
    "amavisd",
    "amavisd-new",
    "rspamd",
    "spamd",
    "clamd",
    "clamav-milter",
    "opendkim",
    "opendmarc",
    "postgrey",
    "policyd-spf",
    "policyd",
    "postsrsd",
    "milter-greylist",
    "mimedefang",
    "saslauthd",
    "named",
    "unbound",
    "systemd-resolve",
    "dnsmasq",
    "slapd",
    "mysqld",
    "mariadbd",
    "postgres",
    "redis-server",
    "rsyslogd",
    "systemd-journal",
    "syslog-ng",
    "cyrus",
    "lmtpd",
    "sssd",
    "nslcd",
    "fetchmail",
    "mailman",
    "stunnel",
    "stunnel4",
    "fail2ban-server",
    "chronyd",
    "ntpd",
];
/// How many processes are looked at.
const MOST: usize = 100_000;
/// How much of a command line is kept, in bytes.
const LINE: u64 = 400;
/// Ticks of the clock in a second, as the kernel counts for programs on all machines that Rust knows.
const TICKS: u64 = 100;

/// What was read.
#[derive(Debug, Default)]
pub struct Processes {
    /// The listing.
    pub text: String,
    /// Whether processes of other users are hidden.
    pub hidden: bool,
    /// The mail systems that run.
    pub running: Vec<Platform>,
}

struct Row {
    pid: u32,
    parent: u32,
    user: String,
    state: String,
    age: u64,
    name: String,
    line: String,
}

impl Processes {
    /// Reads the processes of this machine.
    ///
    /// # Source
    ///
    /// proc(5): `stat`, `cmdline`, `ns`; namespaces(7).
    pub fn read(collector: &Collector<'_>) -> Processes {
        let proc = collector.machine.path("/proc");
        let users = users(&collector.machine.path("/etc/passwd"));
        let uptime = system::read_text(&proc.join("uptime"), 256).ok();
        let uptime = uptime.and_then(|text| text.split('.').next()?.parse().ok()).unwrap_or(0);
        let home = Home::of(&proc);
        let mut pids: Vec<u32> = Vec::new();
        // Without `/proc` nothing is found, and the listing says so.
        let listed = system::each_name(&proc, |name| {
            pids.extend(name.to_str().and_then(|name| name.parse::<u32>().ok()));
            pids.len() < MOST
        });
        pids.sort_unstable();
        let mut rows: BTreeMap<u32, Row> = BTreeMap::new();
        for pid in &pids {
            if collector.is_over() {
                break;
            }
            let folder = proc.join(pid.to_string());
            if let Some(row) = row(*pid, &folder, &users, uptime).filter(|_| home.holds(&folder)) {
                rows.insert(*pid, row);
            }
        }
        let known = |row: &Row| KNOWN.contains(&row.name.as_str());
        let mut text = String::from("  PID  PPID USER     STAT     ELAPSED COMMAND\n");
        for row in
            rows.values().filter(|row| known(row) || rows.get(&row.parent).is_some_and(|parent| parent.name == "master" && known(parent)))
        {
            // Writing into a string cannot fail.
            let _ =
                writeln!(text, "{:>5} {:>5} {:<8} {:<4} {:>11} {}", row.pid, row.parent, row.user, row.state, elapsed(row.age), row.line);
        }
        // The first process is there on every machine.
        let hidden = listed.is_err() || !pids.contains(&1);
        let runs = |test: &dyn Fn(&Row) -> bool| rows.values().any(test);
        let mut running = Vec::new();
        if runs(&|row| row.name == "master" && row.line.contains("postfix")) {
            running.push(Platform::Postfix);
        }
        if runs(&|row| row.name.starts_with("exim") && row.line.split(' ').any(|word| word.starts_with("-bd"))) {
            running.push(Platform::Exim);
        }
        Processes { text, hidden, running }
    }
}

/// The namespaces that tell a process of this machine from one of a container.
///
/// The mount namespace does not: systemd gives services one of their own.
struct Home {
    own: Vec<(&'static str, PathBuf)>,
}

impl Home {
    fn of(proc: &Path) -> Home {
        let own = ["net", "pid"].into_iter().filter_map(|kind| Some((kind, system::link(&proc.join("self/ns").join(kind)).ok()?)));
        Home { own: own.collect() }
    }

    /// Returns whether a process belongs here. What may not be seen is taken for one of this machine, unless its control group is a container's.
    fn holds(&self, folder: &Path) -> bool {
        for (kind, own) in &self.own {
            match system::link(&folder.join("ns").join(kind)) {
                Ok(other) if other != *own => return false,
                Ok(_) => {}
                Err(_) => {
                    let group = system::read_text(&folder.join("cgroup"), 4096).unwrap_or_default();
                    return !["docker", "containerd", "libpod", "kubepods", "/lxc", "machine.slice"]
                        .iter()
                        .any(|word| group.contains(word));
                }
            }
        }
        true
    }
}

fn row(pid: u32, folder: &Path, users: &BTreeMap<u32, String>, uptime: u64) -> Option<Row> {
    let stat = system::read_text(&folder.join("stat"), 4096).ok()?;
    // The name stands in brackets and may hold anything.
    let (name, rest) = stat.split_once('(')?.1.rsplit_once(')')?;
    let fields: Vec<&str> = rest.split_whitespace().collect();
    let state = (*fields.first()?).to_owned();
    let parent = fields.get(1)?.parse().ok()?;
    let started: u64 = fields.get(19)?.parse().ok()?;
    let bytes = system::read_bytes(&folder.join("cmdline"), 1 << 20).unwrap_or_default();
    let line: Vec<u8> = bytes.iter().take(LINE as usize).map(|byte| if *byte == 0 { b' ' } else { *byte }).collect();
    let line = String::from_utf8_lossy(&line).chars().map(|c| if c.is_control() { '?' } else { c }).collect::<String>();
    let line = if line.trim().is_empty() { format!("[{name}]") } else { line.trim_end().to_owned() };
    let uid = system::status(folder, false).ok()?.uid;
    let user = users.get(&uid).cloned().unwrap_or_else(|| uid.to_string());
    Some(Row { pid, parent, user, state, age: uptime.saturating_sub(started / TICKS), name: name.to_owned(), line })
}

/// Returns the names of users that the machine's own file holds, by number.
fn users(path: &Path) -> BTreeMap<u32, String> {
    let text = system::read_text(path, 4 << 20).unwrap_or_default();
    let user = |line: &str| {
        let mut fields = line.split(':');
        let name = fields.next()?.to_owned();
        Some((fields.nth(1)?.parse().ok()?, name))
    };
    let mut users = BTreeMap::new();
    for (uid, name) in text.lines().filter_map(user) {
        users.entry(uid).or_insert(name);
    }
    users
}

/// Writes seconds as `[[days-]hours:]minutes:seconds`.
fn elapsed(seconds: u64) -> String {
    let (days, hours, minutes, seconds) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    match (days, hours) {
        (0, 0) => format!("{minutes:02}:{seconds:02}"),
        (0, _) => format!("{hours:02}:{minutes:02}:{seconds:02}"),
        _ => format!("{days}-{hours:02}:{minutes:02}:{seconds:02}"),
    }
}

#[cfg(test)]
mod tests {
    use super::elapsed;

    #[test]
    fn spans_are_written_as_ps_does() {
        for (seconds, text) in [(1, "00:01"), (3599, "59:59"), (3600, "01:00:00"), (90_061, "1-01:01:01")] {
            assert_eq!(elapsed(seconds), text);
        }
    }
}
