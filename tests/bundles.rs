//! Bundles and archives: what was saved is diagnosed to the same bytes, and what is broken or hostile is named and does no harm.

use crate::support::{diagnose_harvest, err, folder, out, packs, run, said, status};
use mailmedic::evidence::bundle::{Draft, Entry, Manifest, Range, SaveError, Target};
use mailmedic::evidence::{gather, gather_live};
use mailmedic::fact::Timestamp;
use mailmedic::knowledge::Lang;
use mailmedic::live::{self, Captured, Options};
use mailmedic::parse::Harvest;
use mailmedic::probe::Watch;
use mailmedic::{report, system};
use proptest::prelude::{ProptestConfig, any, proptest};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

/// The forms in which a bundle is kept.
const FORMS: [&str; 6] = ["b", "b.zip", "b.tar", "b.tar.gz", "b.tgz", "b.tar.zst"];

/// A log before the part that is read.
const BEFORE: &str = "2026-03-01T03:00:00+00:00 mx1 postfix/smtp[9]: 4OLD: to=<old@partner.example>, relay=none, delay=1, delays=0/0/1/0, dsn=4.4.3, status=deferred (Host or domain name not found. Name service error for name=partner.example type=MX: Host not found, try again)\n";
const REPLY: &str = "host mx.partner.example[192.0.2.25] said: 450 4.2.0 <bob@partner.example>: Recipient address rejected: Greylisted for 5 minutes (in reply to RCPT TO command)";

/// The part of a log that is read, from some minutes ago: a live run looks at the present.
fn part() -> String {
    let time = Timestamp(system::now() - 600);
    format!(
        "{time} mx1 postfix/smtp[100]: 4ABC1: to=<bob@partner.example>, relay=mx.partner.example[192.0.2.25]:25, delay=601, delays=0/0/601/0, dsn=4.2.0, status=deferred ({REPLY})\n"
    )
}

/// The queue at that time.
fn queue() -> String {
    let arrival = system::now() - 1200;
    format!(
        r#"{{"queue_name": "deferred", "queue_id": "4ABC1", "arrival_time": {arrival}, "message_size": 900, "forced_expire": false, "sender": "eve@own.example", "recipients": [{{"address": "bob@partner.example", "delay_reason": "{REPLY}"}}]}}"#
    )
}

struct Silent;

impl Watch for Silent {
    fn begins(&self, _: &str) {}
    fn ends(&self, _: &str, _: mailmedic::evidence::bundle::ProbeStatus) {}
}

fn script(path: &Path, text: &str) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, format!("#!/bin/sh\n{text}\n")).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

/// A machine in a scratch folder with a Postfix of shell scripts; its log is handed in from the second line on.
fn captured(root: &Path) -> Captured {
    let part = part();
    script(
        &root.join("bin/postconf"),
        "case $1 in -n) printf 'mydomain = own.example\\nmyhostname = mx1.own.example\\nrelayhost =\\n';; mail_version) echo 'mail_version = 3.7.11';; esac",
    );
    script(&root.join("bin/postqueue"), &format!("echo '{}'", queue()));
    for (path, text) in [("proc/sys/kernel/hostname", "mx1\n".to_owned()), ("var/log/mine.log", format!("{BEFORE}{part}"))] {
        std::fs::create_dir_all(root.join(path).parent().unwrap()).unwrap();
        std::fs::write(root.join(path), text).unwrap();
    }
    let options = Options {
        root: root.to_owned(),
        programs: Some(vec![root.join("bin")]),
        timeout: Duration::from_secs(60),
        network: false,
        ..Options::default()
    };
    let mut captured = live::capture(&options, &packs().knowledge, &Arc::new(AtomicBool::new(false)), &Silent).unwrap();
    // A log as a probe hands it in: a part of a file that is read in place.
    captured.opened.manifest.entries.push(Entry {
        probe: "log".to_owned(),
        path: Some("/var/log/mine.log".to_owned()),
        range: Some(Range {
            path: root.join("var/log/mine.log"),
            from: BEFORE.len() as u64,
            to: (BEFORE.len() + part.len()) as u64,
            inode: None,
        }),
        ..Entry::default()
    });
    captured
}

fn bytes(harvest: Harvest) -> String {
    let diagnosis = diagnose_harvest(harvest, packs());
    let mut out = Vec::new();
    report::json::write(&report::json::diagnosis(&diagnosis, Lang::En), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// What is warned of, one per line.
fn warnings(path: &Path) -> String {
    let harvest = gather(&[path.to_owned()], &packs().knowledge);
    harvest.warnings.iter().map(|warning| format!("{}\n", warning.text.en)).collect()
}

/// Saves a bundle as `name` in a folder.
fn save(captured: &mut Captured, at: &Path) -> Manifest {
    assert!(captured.draft.materialise(&mut captured.opened.manifest).is_empty());
    captured.draft.save(&captured.opened.manifest, &Target::new(at).unwrap(), None).unwrap().manifest
}

#[test]
fn a_saved_run_gives_the_same_bytes_in_every_form() {
    let (root, place) = (folder(), folder());
    let mut captured = captured(root.path());
    let live = bytes(gather_live(&captured.opened, &packs().knowledge));
    assert!(live.contains("remote.greylisting") && !live.contains("4OLD"), "{live}");
    for form in FORMS {
        let at = place.path().join(form);
        let manifest = save(&mut captured, &at);
        assert!(manifest.entries.iter().all(|entry| entry.range.is_none()), "a saved bundle names no file of the machine");
        assert!(manifest.entries.iter().filter(|entry| entry.file.is_some()).all(|entry| entry.sha256.is_some() && entry.bytes.is_some()));
        assert_eq!(bytes(gather(&[at], &packs().knowledge)), live, "{form}");
    }
    // The machine has gone: what is in the bundle is all that is needed.
    drop(root);
    for form in FORMS {
        assert_eq!(bytes(gather(&[place.path().join(form)], &packs().knowledge)), live, "{form}");
    }
}

#[test]
fn a_log_that_rotates_after_the_capture_is_kept_as_it_was_diagnosed() {
    let (root, place) = (folder(), folder());
    let mut captured = captured(root.path());
    captured.draft.materialise(&mut captured.opened.manifest);
    std::fs::write(root.path().join("var/log/mine.log"), "").unwrap();
    let live = bytes(gather_live(&captured.opened, &packs().knowledge));
    let at = place.path().join("b.zip");
    save(&mut captured, &at);
    assert_eq!(bytes(gather(&[at], &packs().knowledge)), live);
}

#[test]
fn what_cannot_be_copied_is_named_as_missing() {
    let (root, place) = (folder(), folder());
    let mut captured = captured(root.path());
    std::fs::remove_file(root.path().join("var/log/mine.log")).unwrap();
    let problems = captured.draft.materialise(&mut captured.opened.manifest);
    assert_eq!(problems.len(), 1, "{problems:?}");
    let at = place.path().join("b.tar");
    let saved = captured.draft.save(&captured.opened.manifest, &Target::new(&at).unwrap(), None).unwrap();
    let log = saved.manifest.entries.last().unwrap();
    assert!(log.missing.is_some() && log.range.is_none() && log.file.is_none(), "{log:?}");
    assert!(bytes(gather(&[at], &packs().knowledge)).contains("/var/log/mine.log"));
}

#[test]
fn only_the_user_can_read_a_bundle_and_its_temporary_folder() {
    let (root, place) = (folder(), folder());
    let mut captured = captured(root.path());
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(captured.draft.folder()), 0o700);
    for form in FORMS {
        let at = place.path().join(form);
        save(&mut captured, &at);
        assert_eq!(mode(&at), if form == "b" { 0o700 } else { 0o600 }, "{form}");
    }
    assert_eq!(mode(&place.path().join("b/manifest.json")), 0o600);
    assert_eq!(mode(&place.path().join("b/log")), 0o700);
    assert_eq!(mode(&place.path().join("b/log/mine.log")), 0o600);
}

#[test]
fn nothing_is_overwritten_and_nothing_half_is_left() {
    let (root, place) = (folder(), folder());
    let mut captured = captured(root.path());
    let at = place.path().join("b.zip");
    let target = Target::new(&at).unwrap();
    captured.draft.materialise(&mut captured.opened.manifest);
    // Somebody takes the name while the run goes on.
    std::fs::write(&at, "mine").unwrap();
    assert!(matches!(captured.draft.save(&captured.opened.manifest, &target, None), Err(SaveError::Exists(_))));
    let empty = place.path().join("b");
    let target = Target::new(&empty).unwrap();
    std::fs::create_dir(&empty).unwrap();
    assert!(matches!(captured.draft.save(&captured.opened.manifest, &target, None), Err(SaveError::Exists(_))));
    assert_eq!(std::fs::read_to_string(&at).unwrap(), "mine");
    let left: Vec<_> = std::fs::read_dir(place.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.len(), 2, "{left:?}");
    for (name, wanted) in [("b.zip", "overwritten"), ("none/b.zip", "not there"), ("b.7z", ".7z"), ("b.gz", ".gz")] {
        let error = Target::new(&place.path().join(name)).unwrap_err();
        assert!(error.to_string().contains(wanted) && !error.help().is_empty(), "{error}");
    }
}

#[test]
fn names_in_a_bundle_are_safe_everywhere() {
    let place = folder();
    let draft = Draft::new().unwrap();
    let mut manifest = Manifest { format: "mailmedic.bundle/1".to_owned(), ..Manifest::default() };
    let long = format!("smtp/{}.txt", "x".repeat(200));
    for name in ["smtp/mx1.example.net:25.txt", "smtp/CON.txt", "smtp/A.txt", "smtp/a.txt", "smtp/end.", "manifest.json", &long] {
        draft.create(name).unwrap();
        manifest.entries.push(Entry { probe: "smtp".to_owned(), file: Some(name.to_owned()), ..Entry::default() });
    }
    assert!(draft.create("../x").is_err() && draft.create("/x").is_err() && draft.create("").is_err());
    let saved = draft.save(&manifest, &Target::new(&place.path().join("b")).unwrap(), None).unwrap();
    let names: Vec<&str> = saved.manifest.entries.iter().filter_map(|entry| entry.file.as_deref()).collect();
    let shortened = format!("smtp/{}", "x".repeat(100));
    let wanted = ["smtp/mx1.example.net_25.txt", "smtp/_CON.txt", "smtp/A.txt", "smtp/a-2.txt", "smtp/end_", "manifest-2.json", &shortened];
    assert_eq!(names, wanted);
    assert_eq!(warnings(&place.path().join("b")), "");
}

/// A saved bundle as a folder, and its manifest as a value that a test changes.
fn saved(change: impl FnOnce(&mut serde_json::Value, &Path)) -> (tempfile::TempDir, PathBuf) {
    let (root, place) = (folder(), folder());
    let mut captured = captured(root.path());
    let at = place.path().join("b");
    save(&mut captured, &at);
    let path = at.join("manifest.json");
    let mut manifest = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    change(&mut manifest, &at);
    std::fs::write(&path, manifest.to_string()).unwrap();
    (place, at)
}

#[test]
fn a_changed_bundle_says_what_changed() {
    let (_place, at) = saved(|_, at| {
        std::fs::write(at.join("settings/postconf-n.txt"), "myhostname = evil.own.example\nrelayhost = x\n".repeat(8)).unwrap();
        std::fs::write(at.join("bounce.txt"), part()).unwrap();
        std::fs::remove_file(at.join("queue/postqueue-j.txt")).unwrap();
        std::fs::write(at.join("log/mine.log"), &part()[..100]).unwrap();
    });
    let warnings = warnings(&at);
    for (file, wanted) in [
        ("settings/postconf-n.txt", "were changed"),
        ("bounce.txt", "not in the manifest"),
        ("queue/postqueue-j.txt", "are missing"),
        ("log/mine.log", "cut off"),
    ] {
        assert!(warnings.lines().any(|line| line.contains(file) && line.contains(wanted)), "{file}: {warnings}");
    }
    let harvest = gather(&[at], &packs().knowledge);
    assert!(harvest.facts.files.iter().any(|file| file.ends_with("bounce.txt")), "what was added is read");
}

#[test]
fn a_newer_bundle_is_read_as_far_as_it_can_be() {
    let (_place, at) = saved(|manifest, _| {
        manifest["format"] = "mailmedic.bundle/7".into();
        manifest["mailmedic"] = "9.0".into();
        manifest["clock_offset_seconds"] = serde_json::json!({"ntp": 3});
        manifest["entries"].as_array_mut().unwrap().push(serde_json::json!({"probe": 3, "telepathy": true}));
    });
    let warnings = warnings(&at);
    assert!(warnings.contains("mailmedic.bundle/7") && warnings.contains("9.0") && warnings.contains("1 of "), "{warnings}");
    let diagnosis = diagnose_harvest(gather(&[at], &packs().knowledge), packs());
    assert_eq!(diagnosis.causes[0].id, "remote.greylisting", "{}", said(&diagnosis));
}

#[test]
fn a_torn_manifest_leaves_ordinary_evidence() {
    let (_place, at) = saved(|_, _| {});
    let path = at.join("manifest.json");
    let text = std::fs::read_to_string(&path).unwrap();
    for torn in [&text[..text.len() / 2], ""] {
        std::fs::write(&path, torn).unwrap();
        let warnings = warnings(&at);
        assert!(warnings.contains("the manifest cannot be read"), "{warnings}");
        let diagnosis = diagnose_harvest(gather(std::slice::from_ref(&at), &packs().knowledge), packs());
        assert_eq!(diagnosis.causes[0].id, "remote.greylisting", "{}", said(&diagnosis));
    }
    std::fs::remove_file(&path).unwrap();
    assert!(!warnings(&at).contains("manifest"), "without one it is a folder like any other");
}

#[test]
fn a_bundle_from_elsewhere_reaches_nothing_outside() {
    let secret = folder();
    std::fs::write(secret.path().join("secret.txt"), part().replace("4ABC1", "4SECRET")).unwrap();
    let (_place, at) = saved(|manifest, at| {
        let entries = manifest["entries"].as_array_mut().unwrap();
        let path = secret.path().join("secret.txt").display().to_string();
        entries.push(serde_json::json!({"probe": "log", "file": path, "taken_at": "", "millis": 0}));
        let up = format!("../../{}", path.rsplit_once("/tmp/").map_or(path.as_str(), |(_, rest)| rest));
        entries.push(serde_json::json!({"probe": "log", "file": up, "taken_at": "", "millis": 0}));
        entries.push(serde_json::json!({"probe": "log", "file": "link/secret.txt", "taken_at": "", "millis": 0}));
        entries.push(serde_json::json!({"probe": "log", "range": {"path": path, "from": 0, "to": 1000}, "taken_at": "", "millis": 0}));
        std::os::unix::fs::symlink(secret.path(), at.join("link")).unwrap();
    });
    let harvest = gather(std::slice::from_ref(&at), &packs().knowledge);
    assert!(!format!("{:?}", harvest.facts).contains("4SECRET"));
    let warnings = warnings(&at);
    assert!(warnings.contains("are missing") && warnings.contains("outside the bundle") && warnings.contains("secret.txt"), "{warnings}");
}

#[test]
fn a_bundle_that_was_packed_by_hand_is_one_too() {
    let (place, at) = saved(|_, _| {});
    let folder = bytes(gather(&[at], &packs().knowledge));
    let packed = place.path().join("by-hand.tar.gz");
    let done = std::process::Command::new("tar").arg("czf").arg(&packed).arg("-C").arg(place.path()).arg("b").status().unwrap();
    assert!(done.success());
    assert_eq!(bytes(gather(&[packed], &packs().knowledge)), folder);
}

#[test]
fn a_bundle_that_is_cut_off_anywhere_is_read_as_far_as_it_holds() {
    let (root, place) = (folder(), folder());
    let mut captured = captured(root.path());
    for form in &FORMS[1..] {
        let at = place.path().join(form);
        save(&mut captured, &at);
        let whole = std::fs::read(&at).unwrap();
        let mut read = 0;
        for length in (0..whole.len()).step_by(whole.len() / 24 + 1) {
            let cut = place.path().join(format!("cut-{form}"));
            std::fs::write(&cut, &whole[..length]).unwrap();
            let harvest = gather(std::slice::from_ref(&cut), &packs().knowledge);
            // Less than a header is no archive yet, and of the end mark of a plain tar the first half suffices.
            let plain = form.ends_with(".tar");
            if !plain || (512..whole.len() - 512).contains(&length) {
                let says = if length > 0 { "cut off" } else { "without a byte" };
                let found = harvest.warnings.iter().any(|warning| warning.text.en.contains(says));
                assert!(found, "{form} {length}: nothing says that it is cut off: {:?}", harvest.warnings);
            }
            read += usize::from(!harvest.facts.settings.is_empty());
        }
        // So little is one block of zstd, of which nothing can be unpacked before it is whole.
        assert!(read > 0 || form.ends_with("zst"), "{form}: what stands before the cut is read");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn bytes_that_change_anywhere_do_no_harm(form in 1_usize..6, at in any::<proptest::sample::Index>(), byte in any::<u8>(), cut in any::<proptest::sample::Index>()) {
        static WHOLE: std::sync::OnceLock<Vec<Vec<u8>>> = std::sync::OnceLock::new();
        let whole = WHOLE.get_or_init(|| {
            let (root, place) = (folder(), folder());
            let mut captured = captured(root.path());
            FORMS[1..].iter().map(|form| { let at = place.path().join(form); save(&mut captured, &at); std::fs::read(at).unwrap() }).collect()
        });
        let mut bytes = whole[form - 1].clone();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        let end = cut.index(bytes.len() * 4).min(bytes.len());
        let place = folder();
        let path = place.path().join("x");
        std::fs::write(&path, &bytes[..end]).unwrap();
        gather(&[path], &packs().knowledge);
    }
}

#[test]
fn collect_says_where_a_bundle_cannot_stand_before_it_looks_at_anything() {
    let place = folder();
    let at = place.path().join("there.zip").display().to_string();
    std::fs::write(&at, "").unwrap();
    for arguments in [vec!["collect", "--out", &at], vec!["diagnose", "--save", &at]] {
        let output = run(&arguments);
        assert_eq!(status(&output), 2);
        assert!(out(&output).is_empty() && err(&output).contains("nothing is overwritten") && err(&output).contains("choose another name"));
    }
    assert_eq!(status(&run(&["diagnose", "--save", "x.zip", &at])), 2, "evidence that is handed in is not saved");
    assert_eq!(status(&run(&["collect"])), 2);
}
