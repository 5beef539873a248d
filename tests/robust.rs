//! Bad input: whatever is handed in, the program names it, diagnoses the rest, and ends in bounded time and memory.

use crate::support::{err, folder, mailmedic, out, run, status};
use serde_json::Value;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// The most memory that a diagnosis may take.
const MOST_KIB: u64 = 256 * 1024;

/// A log line of a delivery that greylisting puts off: the good evidence beside the bad.
pub(crate) const GOOD: &str = "Mar  2 09:00:00 mail postfix/smtp[100]: 4ABCDEF0001: to=<bob@example.net>, relay=mx.example.net[192.0.2.25]:25, delay=1, \
    delays=0/0/0/1, dsn=4.2.0, status=deferred (host mx.example.net[192.0.2.25] said: 450 4.2.0 <bob@example.net>: Recipient address rejected: Greylisted for 5 minutes (in reply to RCPT TO command))\n";

/// Runs the program with a limit of time and returns output and peak of memory in KiB.
pub(crate) fn bounded(arguments: &[&str], most: Duration) -> (std::process::Output, u64) {
    let mut child = mailmedic(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let (begun, mut peak) = (Instant::now(), 0);
    let status_file = format!("/proc/{}/status", child.id());
    // The pipes are emptied beside, or a long result would stand still.
    let mut stdout = child.stdout.take().unwrap();
    let mut stderr = child.stderr.take().unwrap();
    let read = |pipe: &mut dyn std::io::Read| {
        let mut bytes = Vec::new();
        let _ = pipe.read_to_end(&mut bytes);
        bytes
    };
    std::thread::scope(|scope| {
        let out = scope.spawn(move || read(&mut stdout));
        let err = scope.spawn(move || read(&mut stderr));
        let ended = loop {
            if let Some(ended) = child.try_wait().unwrap() {
                break ended;
            }
            if let Ok(text) = std::fs::read_to_string(&status_file) {
                let kib = text.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok());
                peak = peak.max(kib.unwrap_or(0));
            }
            if begun.elapsed() > most {
                let _ = child.kill();
                panic!("{arguments:?} did not end within {most:?}");
            }
            std::thread::sleep(Duration::from_millis(5));
        };
        (std::process::Output { status: ended, stdout: out.join().unwrap(), stderr: err.join().unwrap() }, peak)
    })
}

/// Diagnoses a folder in which good evidence stands beside bad, and returns the warnings.
pub(crate) fn beside_good(folder: &Path) -> String {
    std::fs::write(folder.join("zz-good.log"), GOOD).unwrap();
    let (output, peak) = bounded(&["diagnose", "--format", "json", &folder.display().to_string()], Duration::from_secs(120));
    assert!(matches!(status(&output), 0 | 3), "{}", err(&output));
    assert!(peak < MOST_KIB, "{peak} KiB");
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(document["causes"][0]["id"], "remote.greylisting", "{}", document["causes"]);
    document["warnings"].to_string()
}

/// Diagnoses one bad file or folder alone: a message that names it, no crash.
pub(crate) fn alone(path: &Path) -> String {
    let (output, peak) = bounded(&["diagnose", &path.display().to_string()], Duration::from_secs(120));
    assert!(matches!(status(&output), 0 | 2 | 3), "{}: {}", path.display(), err(&output));
    assert!(peak < MOST_KIB, "{peak} KiB");
    let text = format!("{}{}", out(&output), err(&output));
    assert!(!text.contains("defect of mailmedic") && !text.contains("panicked"), "{text}");
    text
}

/// Bytes that look like nothing, the same each time.
pub(crate) fn noise(length: usize, seed: u64) -> Vec<u8> {
    let mut state = seed | 1;
    (0..length)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 32) as u8
        })
        .collect()
}

#[test]
fn empty_files_are_one_warning_together() {
    let folder = folder();
    for name in ["a.log", "b.json", "c.toml"] {
        std::fs::write(folder.path().join(name), "").unwrap();
    }
    let warnings = beside_good(folder.path());
    assert_eq!(warnings.matches("without a byte").count(), 1, "{warnings}");
    assert!(["a.log", "b.json", "c.toml"].iter().all(|name| warnings.contains(name)), "{warnings}");
    let text = alone(&folder.path().join("a.log"));
    assert!(text.contains("a.log"), "{text}");
    assert_eq!(status(&run(&["diagnose", &folder.path().join("a.log").display().to_string()])), 2);
}

#[test]
fn what_is_no_text_is_named() {
    let folder = folder();
    let png = [b"\x89PNG\r\n\x1a\n".as_slice(), &noise(4096, 1)].concat();
    let gzip = [b"\x1f\x8b\x08\x00".as_slice(), &noise(4096, 2)].concat();
    let zip = [b"PK\x03\x04".as_slice(), &noise(4096, 3)].concat();
    for (name, bytes) in [
        ("a.png", png),
        ("b.log.gz", gzip),
        ("c.zip", zip),
        ("d.bin", noise(100_000, 4)),
        ("e.evtx", [b"ElfFile\0".as_slice(), &[0; 4096]].concat()),
        ("f.nul", vec![0; 4096]),
    ] {
        std::fs::write(folder.path().join(name), bytes).unwrap();
        alone(&folder.path().join(name));
    }
    let warnings = beside_good(folder.path());
    for name in ["a.png", "b.log.gz", "c.zip", "d.bin", "e.evtx", "f.nul"] {
        assert!(warnings.contains(name), "{name}: {warnings}");
    }
}

#[test]
fn what_is_not_what_it_claims_is_named() {
    let folder = folder();
    let json = "{\"queue_name\": \"deferred\", \"queue_id\": \"4A\", \"arrival_time\": 1, \"message_size\": \n";
    for (name, text) in [
        ("a.toml", "this is = = no toml\n[[[\n"),
        ("b.json", "<html><body>not found</body></html>\n"),
        ("c.log", "once upon a time\nthere was no log\n"),
        ("d.json", json),
        ("e.eml", "From: nobody\n\nhello\n"),
        ("f.toml", "[scenario]\nplatform = \"postfix\"\n[[queue]]\nname = \"x"),
    ] {
        std::fs::write(folder.path().join(name), text).unwrap();
        alone(&folder.path().join(name));
    }
    let warnings = beside_good(folder.path());
    for name in ["b.json", "c.log", "f.toml"] {
        assert!(warnings.contains(name), "{name}: {warnings}");
    }
}

#[test]
fn files_that_are_cut_off_anywhere_do_no_harm() {
    let folder = folder();
    let evidence = [
        GOOD.as_bytes().to_vec(),
        b"{\"queue_name\": \"deferred\", \"queue_id\": \"4A\", \"arrival_time\": 1772440000, \"message_size\": 12, \"sender\": \"a@b.example\", \"recipients\": [{\"address\": \"b@c.example\", \"delay_reason\": \"x\"}]}\n".to_vec(),
        b"[scenario]\nplatform = \"postfix\"\n[[queue]]\nname = \"deferred\"\nmessages = 3\n".to_vec(),
        b"; <<>> DiG 9.18 <<>> example.net MX\n;; ->>HEADER<<- opcode: QUERY, status: NXDOMAIN, id: 1\n;; QUESTION SECTION:\n;example.net. IN MX\n".to_vec(),
        b"Filesystem 1K-blocks Used Available Use% Mounted on\n/dev/sda1 100 99 1 99% /var\n".to_vec(),
        b"2026-03-02 09:00:00 1xVmAo-0003vi-1P == bob@example.net R=dnslookup T=remote_smtp defer (110): Connection timed out\n".to_vec(),
    ];
    let mut paths = Vec::new();
    for (number, bytes) in evidence.iter().enumerate() {
        for at in (0..bytes.len()).step_by(7) {
            let path = folder.path().join(format!("{number}-{at}"));
            std::fs::write(&path, &bytes[..at]).unwrap();
            paths.push(path);
        }
    }
    let output = run(&["diagnose", &folder.path().display().to_string()]);
    assert!(matches!(status(&output), 0 | 3), "{}", err(&output));
}

#[test]
fn random_bytes_in_good_evidence_do_no_harm() {
    let folder = folder();
    for seed in 0..60u64 {
        let mut bytes = GOOD.repeat(3).into_bytes();
        for (place, byte) in noise(40, seed + 7).chunks(2).map(|pair| (usize::from(pair[0]) * 5, pair[1])) {
            let length = bytes.len();
            bytes[place % length] = byte;
        }
        std::fs::write(folder.path().join(format!("{seed}.log")), bytes).unwrap();
    }
    let output = run(&["diagnose", &folder.path().display().to_string()]);
    assert!(matches!(status(&output), 0 | 3), "{}", err(&output));
}

#[test]
fn folders_in_folders_are_walked_to_a_depth() {
    let folder = folder();
    let mut deep = folder.path().to_owned();
    for _ in 0..40 {
        deep.push("d");
    }
    std::fs::create_dir_all(&deep).unwrap();
    std::fs::write(deep.join("deep.log"), GOOD).unwrap();
    let warnings = beside_good(folder.path());
    assert!(warnings.contains("deeper than"), "{warnings}");
    let empty = support_empty();
    assert!(!alone(empty.path()).is_empty());
}

fn support_empty() -> tempfile::TempDir {
    folder()
}

#[cfg(unix)]
#[test]
fn pipes_and_devices_are_not_opened() {
    let folder = folder();
    let pipe = folder.path().join("a-pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let socket = folder.path().join("a-socket");
    let _socket = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    for path in [pipe.as_path(), &socket, Path::new("/dev/zero"), Path::new("/dev/null"), Path::new("/dev/urandom")] {
        let text = alone(path).replace(['\n', '│', ' '], "");
        assert!(text.contains("pipe,socketordevice"), "{}: {text}", path.display());
    }
    let warnings = beside_good(folder.path());
    assert!(warnings.contains("a-pipe") && warnings.contains("a-socket"), "{warnings}");
}

#[cfg(unix)]
#[test]
fn links_that_leave_the_folder_are_not_followed() {
    use std::os::unix::fs::symlink;
    let (folder, outside) = (folder(), crate::support::folder());
    let secret = GOOD.replace("example.net", "secret.example");
    std::fs::write(outside.path().join("secret.log"), secret).unwrap();
    symlink(outside.path().join("secret.log"), folder.path().join("a-link.log")).unwrap();
    symlink(outside.path(), folder.path().join("b-folder")).unwrap();
    symlink(folder.path(), folder.path().join("c-circle")).unwrap();
    symlink("/nowhere", folder.path().join("d-nowhere")).unwrap();
    let warnings = beside_good(folder.path());
    for name in ["a-link.log", "b-folder", "c-circle", "d-nowhere"] {
        assert!(warnings.contains(name), "{name}: {warnings}");
    }
    let facts = out(&run(&["facts", "--format", "json", &folder.path().display().to_string()]));
    assert!(!facts.contains("secret.example"), "what lies outside was read");
}

#[cfg(unix)]
#[test]
fn what_may_not_be_read_is_named() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    if std::fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0) {
        return crate::support::skipped("unreadable files", "root reads everything");
    }
    let folder = folder();
    std::fs::write(folder.path().join("a.log"), GOOD).unwrap();
    std::fs::create_dir(folder.path().join("b")).unwrap();
    std::fs::set_permissions(folder.path().join("a.log"), std::fs::Permissions::from_mode(0o0)).unwrap();
    std::fs::set_permissions(folder.path().join("b"), std::fs::Permissions::from_mode(0o0)).unwrap();
    let warnings = beside_good(folder.path());
    assert!(warnings.contains("a.log: cannot be read") && warnings.contains("/b: cannot be listed"), "{warnings}");
    std::fs::set_permissions(folder.path().join("b"), std::fs::Permissions::from_mode(0o700)).unwrap();
}

#[test]
fn a_file_that_is_not_there_is_named_and_the_others_are_read() {
    let folder = folder();
    let good = folder.path().join("good.log");
    std::fs::write(&good, GOOD).unwrap();
    let output = run(&["diagnose", "--format", "json", "/nowhere/mail.log", &good.display().to_string()]);
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(document["causes"][0]["id"], "remote.greylisting");
    assert!(document["warnings"].to_string().contains("/nowhere/mail.log: cannot be read"), "{}", document["warnings"]);
}

#[test]
fn a_gibibyte_of_zeros_takes_little_memory() {
    let folder = folder();
    let sparse = File::create(folder.path().join("a-sparse.log")).unwrap();
    sparse.set_len(1 << 30).unwrap();
    let warnings = beside_good(folder.path());
    assert!(warnings.contains("a-sparse.log"), "{warnings}");
    // Zeros behind a good beginning.
    let path = folder.path().join("b-hole.log");
    std::fs::write(&path, GOOD.repeat(5)).unwrap();
    File::options().write(true).open(&path).unwrap().set_len(1 << 30).unwrap();
    alone(&path);
}

#[test]
fn lines_of_a_hundred_megabytes_take_little_memory() {
    let folder = folder();
    for (name, start, fill) in [
        ("a.log", "Mar  2 09:00:00 mail postfix/smtp[100]: ", "x"),
        ("b.json", "{\"queue_name\": \"deferred\", \"queue_id\": \"", "9"),
        ("c.toml", "[scenario]\nid = \"", "y"),
        ("d.eml", "Subject: ", "z"),
    ] {
        let path = folder.path().join(name);
        let mut file = BufWriter::new(File::create(&path).unwrap());
        file.write_all(start.as_bytes()).unwrap();
        let block = fill.repeat(1 << 20);
        for _ in 0..100 {
            file.write_all(block.as_bytes()).unwrap();
        }
        file.write_all(b"\n").unwrap();
        file.write_all(GOOD.as_bytes()).unwrap();
        drop(file);
        alone(&path);
    }
}

#[test]
fn a_log_of_two_hundred_megabytes_takes_little_memory() {
    let folder = folder();
    let path = folder.path().join("mail.log");
    let mut file = BufWriter::new(File::create(&path).unwrap());
    let (mut written, mut number) = (0usize, 0u64);
    while written < 200 << 20 {
        // Ten thousand destinations, and replies that all differ in their numbers.
        let line = GOOD
            .replace("example.net", &format!("d{}.example", number % 10_000))
            .replace("4ABCDEF0001", &format!("{:X}", 0x4AB0_0000 + number))
            .replace("for 5 minutes", &format!("for {number} seconds"));
        file.write_all(line.as_bytes()).unwrap();
        written += line.len();
        number += 1;
    }
    file.flush().unwrap();
    drop(file);
    let (output, peak) = bounded(&["diagnose", "--format", "json", &path.display().to_string()], Duration::from_secs(120));
    assert!(peak < MOST_KIB, "{peak} KiB");
    let document: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", err(&output)));
    assert_eq!(document["causes"][0]["id"], "remote.greylisting");
}

#[test]
fn many_files_are_read_up_to_a_bound() {
    let folder = folder();
    for number in 0..3_000 {
        std::fs::write(folder.path().join(format!("{number}.txt")), "nothing\n").unwrap();
    }
    beside_good(folder.path());
}
