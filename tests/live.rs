//! Live runs on a scratch machine: a folder in place of `/`, shell scripts in place of programs. Whatever cannot be seen is named.

use crate::support::packs;
use mailmedic::evidence::bundle::{Entry, Missing, ProbeStatus};
use mailmedic::evidence::gather_live;
use mailmedic::fact::{AnyFact, Facts, Kind};
use mailmedic::live::{Captured, Options, capture};
use mailmedic::parse::Harvest;
use mailmedic::probe::Watch;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Who does not care how the run goes on.
struct Nobody;

impl Watch for Nobody {
    fn begins(&self, _name: &str) {}
    fn ends(&self, _name: &str, _status: ProbeStatus) {}
}

/// A scratch machine.
struct Host {
    root: TempDir,
    timeout: Duration,
    each: Duration,
}

const SETTINGS: &str = "compatibility_level = 3.6\nmydestination = lab.example\nmyhostname = mail.lab.example\nmynetworks = 127.0.0.0/8\nqueue_directory = /var/spool/postfix\nrelayhost =\n";

impl Host {
    /// A machine without any program.
    fn bare() -> Host {
        let host = Host { root: tempfile::tempdir().unwrap(), timeout: Duration::from_secs(20), each: Duration::from_secs(10) };
        std::fs::create_dir_all(host.path("/bin")).unwrap();
        host.file("/proc/sys/kernel/hostname", "mail\n");
        host.file("/proc/stat", "cpu  1 1 1 1 1 1 1 1\ncpu0 1 1 1 1 1 1 1 1\nbtime 1795500000\n");
        host.file("/proc/loadavg", "0.10 0.10 0.10 1/100 99\n");
        host.file("/proc/meminfo", "MemTotal:       1000 kB\nMemAvailable:    900 kB\n");
        host.file("/proc/uptime", "1000.00 900.00\n");
        host.process(1, "init", 0, "/sbin/init");
        host
    }

    /// A healthy machine with Postfix.
    fn postfix() -> Host {
        let host = Host::bare();
        host.program("postconf", &format!("case \"$*\" in\n-n) cat <<'X'\n{SETTINGS}X\n;;\nmail_version) echo mail_version = 3.7.11;;\n-M) ;;\n*) echo queue_directory = /var/spool/postfix;;\nesac"));
        host.program("postqueue", "exit 0");
        host.program("ss", "echo 'State  Recv-Q Send-Q Local Address:Port Peer Address:PortProcess'; [ $1 = -tn ] || echo 'LISTEN 0 100 0.0.0.0:25 0.0.0.0:*'");
        for queue in ["maildrop", "incoming", "active", "deferred", "hold", "corrupt"] {
            std::fs::create_dir_all(host.path(&format!("/var/spool/postfix/{queue}"))).unwrap();
        }
        host.process(100, "master", 1, "/usr/lib/postfix/sbin/master -w");
        host.file("/var/log/mail.log", &line(60, "postfix/qmgr[1]: 4AB0C1DEF2: removed"));
        host
    }

    fn path(&self, path: &str) -> PathBuf {
        self.root.path().join(path.trim_start_matches('/'))
    }

    fn file(&self, path: &str, text: &str) {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn program(&self, name: &str, script: &str) {
        let path = format!("/bin/{name}");
        self.file(&path, &format!("#!/bin/sh\n{script}\n"));
        std::fs::set_permissions(self.path(&path), PermissionsExt::from_mode(0o755)).unwrap();
    }

    fn process(&self, pid: u32, name: &str, parent: u32, line: &str) {
        self.file(&format!("/proc/{pid}/stat"), &format!("{pid} ({name}) S {parent} 0 0 0 0 0 0 0 0 0 0 0 0 0 20 0 1 0 100 0 0\n"));
        self.file(&format!("/proc/{pid}/cmdline"), &line.replace(' ', "\0"));
    }

    fn capture(&self) -> Captured {
        self.capture_until(&Arc::new(AtomicBool::new(false)))
    }

    fn capture_until(&self, stop: &Arc<AtomicBool>) -> Captured {
        let options = Options {
            timeout: self.timeout,
            each: self.each,
            root: self.root.path().to_owned(),
            network: false,
            programs: Some(vec![self.path("/bin")]),
            ..Options::default()
        };
        capture(&options, &packs().knowledge, stop, &Nobody).unwrap()
    }

    fn harvest(&self) -> Harvest {
        gather_live(&self.capture().opened, &packs().knowledge)
    }
}

/// A line of a log, so many seconds ago.
fn line(ago: i64, text: &str) -> String {
    let time = jiff::Timestamp::now() - jiff::SignedDuration::from_secs(ago);
    format!("{time} mail {text}\n")
}

/// Returns the entry of a command or a path.
fn entry<'a>(captured: &'a Captured, name: &str) -> &'a Entry {
    let entries = &captured.opened.manifest.entries;
    entries
        .iter()
        .find(|entry| entry.name() == name)
        .unwrap_or_else(|| panic!("{name}: {:?}", entries.iter().map(Entry::name).collect::<Vec<_>>()))
}

fn status(captured: &Captured, probe: &str) -> ProbeStatus {
    captured.opened.manifest.probes.iter().find(|run| run.name == probe).unwrap().status
}

fn not_examined(harvest: &Harvest) -> Vec<String> {
    harvest.facts.not_examined.iter().map(|tried| format!("{}: {}", tried.what, tried.reason)).collect()
}

fn values(facts: &Facts, kind: Kind, fields: &[&str]) -> Vec<String> {
    let row = |fact: &dyn AnyFact| fields.iter().map(|field| fact.text(field).unwrap_or_default()).collect::<Vec<_>>().join(" ");
    let ids = facts.named(&mailmedic::fact::FactName::of(kind, &[]));
    ids.iter().filter_map(|id| facts.get(*id)).map(row).collect()
}

#[test]
fn a_healthy_machine_is_seen_in_full() {
    let host = Host::postfix();
    let captured = host.capture();
    for probe in ["settings", "queue", "log", "service", "sockets", "files"] {
        assert_eq!(status(&captured, probe), ProbeStatus::Ok, "{probe}");
    }
    let harvest = gather_live(&captured.opened, &packs().knowledge);
    assert!(not_examined(&harvest).is_empty(), "{:?}", not_examined(&harvest));
    assert_eq!(harvest.facts.case.platform.map(|platform| platform.id()), Some("postfix"));
    assert_eq!(values(&harvest.facts, Kind::Service, &["name", "state"]), ["postfix running"]);
    assert!(values(&harvest.facts, Kind::Resource, &["name", "used_percent"]).contains(&"memory 10".to_owned()));
    assert!(values(&harvest.facts, Kind::Change, &["kind"]).contains(&"reboot".to_owned()));
    assert!(harvest.facts.listed.iter().any(|listed| listed.what.to_string() == "queue"), "an empty listing of postqueue is complete");
}

#[test]
fn a_listing_that_is_denied_is_unknown_with_its_reason() {
    let host = Host::postfix();
    host.program("postqueue", "echo 'postqueue: fatal: User nobody(65534) is not allowed to view the mail queue' >&2; exit 69");
    let captured = host.capture();
    assert_eq!(entry(&captured, "postqueue -j").missing, Some(Missing::Denied));
    let harvest = gather_live(&captured.opened, &packs().knowledge);
    let tried = not_examined(&harvest);
    assert!(matches!(tried.as_slice(), [one] if one.starts_with("queue: ") && one.contains("not allowed to view")), "{tried:?}");
    assert!(!harvest.facts.listed.iter().any(|listed| listed.what.to_string() == "queue"));
}

#[test]
fn a_program_that_is_missing_hides_nothing_else() {
    let host = Host::postfix();
    for name in ["ss", "postqueue"] {
        std::fs::remove_file(host.path(&format!("/bin/{name}"))).unwrap();
    }
    let captured = host.capture();
    assert_eq!(entry(&captured, "ss -ltnp").missing, Some(Missing::NoProgram));
    assert_eq!(entry(&captured, "df -kPT /var/spool/postfix /var/log").missing, Some(Missing::NoProgram));
    assert_eq!(status(&captured, "settings"), ProbeStatus::Ok);
}

#[test]
fn a_program_that_hangs_is_ended_with_all_that_it_started_and_named() {
    let mut host = Host::postfix();
    (host.timeout, host.each) = (Duration::from_secs(3), Duration::from_millis(700));
    host.program("postqueue", "trap '' TERM INT HUP; echo '{\"queue_name\": \"deferred\", \"queue_id\": \"4AB\", \"arrival_time\": 1, \"sender\": \"a@x.example\", \"recipients\": [{\"address\": \"b@y.example\", \"delay_reason\": \"x\"}]}'; sleep 60 & sleep 60");
    let begun = Instant::now();
    let captured = host.capture();
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    let listing = entry(&captured, "postqueue -j");
    assert_eq!((listing.missing, listing.status), (Some(Missing::TimedOut), None));
    let harvest = gather_live(&captured.opened, &packs().knowledge);
    assert!(not_examined(&harvest).iter().any(|tried| tried.contains("postqueue -j: did not end in time")), "{:?}", not_examined(&harvest));
    // What it had said by then is used.
    assert!(values(&harvest.facts, Kind::Queue, &["name", "messages"]).contains(&"deferred 1".to_owned()));
}

#[test]
fn half_an_answer_counts_and_is_no_complete_listing() {
    let host = Host::postfix();
    host.program("postqueue", "printf '%s\\n%s' '{\"queue_name\": \"hold\", \"queue_id\": \"4AB\", \"arrival_time\": 1, \"sender\": \"a@x.example\", \"recipients\": [{\"address\": \"b@y.example\"}]}' '{\"queue_name\": \"hold\", \"que'");
    let harvest = host.harvest();
    assert!(values(&harvest.facts, Kind::Queue, &["name", "messages"]).contains(&"hold 1".to_owned()));
    assert!(!harvest.facts.listed.iter().any(|listed| listed.what.to_string() == "queue"));
}

#[test]
fn a_pipe_in_place_of_a_log_does_not_hold_the_run_up() {
    let host = Host::postfix();
    std::fs::remove_file(host.path("/var/log/mail.log")).unwrap();
    for path in ["/var/log/mail.log", "/etc/resolv.conf", "/proc/meminfo"] {
        std::fs::create_dir_all(host.path(path).parent().unwrap()).unwrap();
        let _ = std::fs::remove_file(host.path(path));
        assert!(Command::new("mkfifo").arg(host.path(path)).status().unwrap().success());
    }
    let begun = Instant::now();
    let captured = host.capture();
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    assert_eq!(entry(&captured, "/etc/resolv.conf").missing, Some(Missing::Failed));
    assert_eq!(entry(&captured, "mail log").missing, Some(Missing::NotThere));
}

#[test]
fn only_the_last_day_of_a_log_is_read_with_the_rotated_part() {
    let host = Host::postfix();
    let sent = |ago, id: &str| {
        line(
            ago,
            &format!(
                "postfix/smtp[1]: 4AB0C1DE{id}: to=<a@{id}.example>, relay=mx[192.0.2.1]:25, delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (250 ok)"
            ),
        )
    };
    host.file("/var/log/mail.log", &[sent(7200, "B1"), sent(60, "B2")].concat());
    host.file("/var/log/mail.log.1", &[sent(200_000, "A1"), sent(80_000, "A2")].concat());
    let names = values(&host.harvest().facts, Kind::Outcome, &["destination"]);
    assert_eq!(names, ["a2.example", "b1.example", "b2.example"]);
    // A message that has waited for longer is explained by what was logged then.
    host.file("/var/spool/postfix/hold/4AB", "x");
    let old = Command::new("touch").args(["-d", "2 days ago"]).arg(host.path("/var/spool/postfix/hold/4AB")).status().unwrap();
    assert!(old.success());
    host.file("/var/log/mail.log.1", &[sent(400_000, "A0"), sent(170_000, "A1"), sent(80_000, "A2")].concat());
    let names = values(&host.harvest().facts, Kind::Outcome, &["destination"]);
    assert_eq!(names, ["a1.example", "a2.example", "b1.example", "b2.example"]);
}

#[test]
fn a_log_that_is_rotated_between_capture_and_reading_is_found_again() {
    let host = Host::postfix();
    host.file(
        "/var/log/mail.log",
        &line(
            60,
            "postfix/smtp[1]: 4AB0C1DEB1: to=<a@b1.example>, relay=mx[192.0.2.1]:25, delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (250 ok)",
        ),
    );
    let captured = host.capture();
    std::fs::rename(host.path("/var/log/mail.log"), host.path("/var/log/mail.log.1")).unwrap();
    host.file("/var/log/mail.log", "");
    let harvest = gather_live(&captured.opened, &packs().knowledge);
    assert_eq!(values(&harvest.facts, Kind::Outcome, &["destination"]), ["b1.example"]);
}

#[test]
fn without_a_log_the_journal_is_asked() {
    let host = Host::postfix();
    std::fs::remove_file(host.path("/var/log/mail.log")).unwrap();
    let micros = jiff::Timestamp::now().as_microsecond();
    host.program("journalctl", &format!("echo '{{\"__REALTIME_TIMESTAMP\":\"{micros}\",\"_HOSTNAME\":\"mail\",\"SYSLOG_IDENTIFIER\":\"postfix/smtp\",\"MESSAGE\":\"4AB0C1DEB1: to=<a@j.example>, relay=mx[192.0.2.1]:25, delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (250 ok)\"}}'"));
    assert_eq!(values(&host.harvest().facts, Kind::Outcome, &["destination"]), ["j.example"]);
    host.program("journalctl", "echo 'No journal files were opened due to insufficient permissions.' >&2; exit 1");
    let harvest = host.harvest();
    assert!(
        not_examined(&harvest).iter().any(|tried| tried.starts_with("outcome: ") && tried.contains("insufficient permissions")),
        "{:?}",
        not_examined(&harvest)
    );
}

#[test]
fn queue_folders_tell_what_the_listing_does_not() {
    let host = Host::postfix();
    host.file("/var/spool/postfix/corrupt/4AB", "x");
    host.file("/var/spool/postfix/maildrop/4AC", "x");
    let harvest = host.harvest();
    let queues = values(&harvest.facts, Kind::Queue, &["name", "messages"]);
    assert_eq!(queues, ["corrupt 1"], "what came in since the listing is no queue that it forgot");
    host.program("postqueue", "exit 1");
    let queues = values(&host.harvest().facts, Kind::Queue, &["name", "messages"]);
    assert_eq!(queues, ["corrupt 1", "maildrop 1"]);
}

#[test]
fn a_mail_system_without_processes_is_stopped_and_containers_do_not_count() {
    let host = Host::postfix();
    std::fs::remove_dir_all(host.path("/proc/100")).unwrap();
    assert_eq!(values(&host.harvest().facts, Kind::Service, &["name", "state"]), ["postfix stopped"]);
    let link = |place: &str, target: &str| {
        std::fs::create_dir_all(host.path(place).parent().unwrap()).unwrap();
        std::os::unix::fs::symlink(target, host.path(place)).unwrap();
    };
    host.process(200, "master", 1, "/usr/lib/postfix/sbin/master -w");
    for kind in ["net", "pid"] {
        link(&format!("/proc/self/ns/{kind}"), "net:[1]");
        link(&format!("/proc/200/ns/{kind}"), "net:[2]");
    }
    assert_eq!(values(&host.harvest().facts, Kind::Service, &["name", "state"]), ["postfix stopped"]);
    // Where processes are hidden, nothing follows from seeing none.
    std::fs::remove_dir_all(host.path("/proc/1")).unwrap();
    assert!(host.harvest().facts.services.is_empty());
}

#[test]
fn of_two_mail_systems_the_one_that_runs_is_diagnosed() {
    let host = Host::postfix();
    host.program("exim4", "exit 0");
    assert_eq!(host.capture().opened.manifest.platform.as_deref(), Some("postfix"));
    std::fs::remove_dir_all(host.path("/proc/100")).unwrap();
    host.process(300, "exim4", 1, "/usr/sbin/exim4 -bd -q30m");
    assert_eq!(host.capture().opened.manifest.platform.as_deref(), Some("exim"));
    // Neither runs: the one that `sendmail` hands mail to.
    std::fs::remove_dir_all(host.path("/proc/300")).unwrap();
    assert_eq!(host.capture().opened.manifest.platform.as_deref(), Some("postfix"));
    std::fs::create_dir_all(host.path("/usr/sbin")).unwrap();
    std::os::unix::fs::symlink("exim4", host.path("/usr/sbin/sendmail")).unwrap();
    assert_eq!(host.capture().opened.manifest.platform.as_deref(), Some("exim"));
}

#[test]
fn files_that_settings_name_are_looked_at_and_keys_are_not_copied() {
    let host = Host::postfix();
    let certificate = std::fs::read_to_string(crate::support::project("src/parse/pem/sample.pem")).unwrap();
    let secret = "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n";
    host.file("/etc/tls.pem", &format!("{secret}{certificate}"));
    host.file("/etc/postfix/transport", "x y\n");
    let more = "smtpd_tls_cert_file = /etc/tls.pem\nsmtpd_tls_key_file = /etc/tls.pem\ntransport_maps = hash:/etc/postfix/transport\n";
    host.program("postconf", &format!("[ \"$*\" = -n ] && cat <<'X'\n{SETTINGS}{more}X\nexit 0"));
    let captured = host.capture();
    let copied = entry(&captured, "/etc/tls.pem").file.clone().unwrap();
    let text = std::fs::read_to_string(captured.draft.folder().join(copied)).unwrap();
    assert!(text.contains("BEGIN CERTIFICATE") && !text.contains("KEY") && !text.contains("c2VjcmV0"), "{text}");
    let harvest = gather_live(&captured.opened, &packs().knowledge);
    let missing = harvest.facts.settings.iter().find(|fact| fact.what.key == "host.files.missing").and_then(|fact| fact.text("value"));
    assert_eq!(missing.as_deref(), Some("/etc/postfix/transport.db (transport_maps)"));
    assert_eq!(values(&harvest.facts, Kind::Certificate, &["host", "subject"]), ["localhost CN=mail.shop.example"]);
}

#[test]
fn a_run_that_is_to_end_ends_at_once_with_what_it_has() {
    let host = Host::postfix();
    host.program("postqueue", "sleep 60");
    let stop = Arc::new(AtomicBool::new(false));
    let setter = Arc::clone(&stop);
    let thread = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(800));
        setter.store(true, Ordering::Relaxed);
    });
    let begun = Instant::now();
    let captured = host.capture_until(&stop);
    thread.join().unwrap();
    assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
    assert_eq!(status(&captured, "settings"), ProbeStatus::Ok);
    assert_eq!(status(&captured, "queue"), ProbeStatus::TimedOut);
}

#[test]
fn a_queue_of_very_many_files_is_listed_in_part_and_that_is_said() {
    let host = Host::postfix();
    let folder = host.path("/var/spool/postfix/deferred/A");
    std::fs::create_dir_all(&folder).unwrap();
    for number in 0..50_100 {
        std::fs::File::create(folder.join(format!("{number:X}"))).unwrap();
    }
    let captured = host.capture();
    let listing = entry(&captured, "queue files");
    assert_eq!(listing.missing, Some(Missing::TooLarge));
    assert!(listing.file.is_some());
    let harvest = gather_live(&captured.opened, &packs().knowledge);
    assert!(not_examined(&harvest).is_empty(), "the listing of the mail system itself is whole");
}

#[test]
fn nothing_of_the_machine_is_changed() {
    let host = Host::postfix();
    let state = |path: &Path| {
        let listed = Command::new("find").arg(path).args(["-printf", "%p %s %m %T@ %i\n"]).output().unwrap();
        let mut lines: Vec<String> = String::from_utf8(listed.stdout).unwrap().lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    let before = state(host.root.path());
    drop(host.capture());
    assert_eq!(state(host.root.path()), before);
}
