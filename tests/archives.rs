//! Archives of evidence: every form gives what the folder gives, and what is broken, hostile or endless is named within bounds.

use crate::robust::{GOOD, alone, beside_good, noise};
use crate::support::{diagnose_paths, folder, packs, project, same_ranking};
use mailmedic::evidence::gather;
use mailmedic::parse::Harvest;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use zip::write::SimpleFileOptions;

fn read(path: &Path) -> Harvest {
    gather(&[path.to_owned()], &packs().knowledge)
}

fn warnings(path: &Path) -> String {
    read(path).warnings.iter().map(|warning| format!("{}\n", warning.text.en)).collect()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    out.write_all(bytes).unwrap();
    out.finish().unwrap()
}

/// A tar archive with names, kinds and sizes that no ordinary program writes.
fn tar(entries: &[(&str, u8, &[u8])]) -> Vec<u8> {
    let mut out = Vec::new();
    for (name, kind, content) in entries {
        let mut header = tar::Header::new_gnu();
        header.as_mut_bytes()[..name.len()].copy_from_slice(name.as_bytes());
        header.set_entry_type(tar::EntryType::new(*kind));
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        if kind == &b'2' || kind == &b'1' {
            header.set_link_name_literal("/etc/passwd").unwrap();
        }
        header.set_cksum();
        out.extend_from_slice(header.as_bytes());
        out.extend_from_slice(content);
        out.resize(out.len().next_multiple_of(512), 0);
    }
    out.resize(out.len() + 1024, 0);
    out
}

fn zip(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut out = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, content) in entries {
        out.start_file(*name, SimpleFileOptions::default()).unwrap();
        out.write_all(content).unwrap();
    }
    out.finish().unwrap().into_inner()
}

fn put(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, bytes).unwrap();
    path
}

/// Packs what a test made, with the program that everybody has.
fn pack(folder: &Path, arguments: &[&str]) {
    assert!(Command::new("tar").current_dir(folder).args(arguments).status().unwrap().success(), "{arguments:?}");
}

#[test]
fn an_archive_of_any_evidence_is_read_as_its_folder() {
    let place = folder();
    let case = project("tests/bundles/relayhost-wants-auth");
    let parent = case.parent().unwrap().display().to_string();
    let at = |name: &str| place.path().join(name);
    for (name, flags) in [("a.tar", "cf"), ("a.tgz", "czf")] {
        pack(place.path(), &[flags, name, "-C", &parent, "relayhost-wants-auth"]);
    }
    std::fs::write(at("a.tar.zst"), zstd::encode_all(&*std::fs::read(at("a.tar")).unwrap(), 3).unwrap()).unwrap();
    let mut items: Vec<(String, Vec<u8>)> = Vec::new();
    for path in crate::support::files(&case, "") {
        items.push((path.strip_prefix(&case).unwrap().display().to_string(), std::fs::read(&path).unwrap()));
    }
    let entries: Vec<(&str, &[u8])> = items.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
    std::fs::write(at("a.zip"), zip(&entries)).unwrap();
    // One archive in another, and a name that says nothing.
    std::fs::write(at("nested.zip"), zip(&[("mail/inner.tgz", &std::fs::read(at("a.tgz")).unwrap())])).unwrap();
    std::fs::copy(at("a.tar.zst"), at("evidence")).unwrap();
    let wanted = diagnose_paths(&[case]);
    for name in ["a.tar", "a.tgz", "a.tar.zst", "a.zip", "nested.zip", "evidence"] {
        let found = diagnose_paths(&[at(name)]);
        same_ranking(&wanted, &found).unwrap_or_else(|error| panic!("{name}: {error}"));
    }
    let files = read(&at("a.zip")).facts.files.join("\n");
    assert!(files.contains("a.zip/mail.log"), "{files}");
    assert!(
        read(&at("nested.zip")).facts.files.iter().any(|file| file.ends_with("nested.zip/mail/inner.tgz/relayhost-wants-auth/mail.log"))
    );
}

#[test]
fn rotated_logs_are_read_oldest_first() {
    let place = folder();
    let zst = zstd::encode_all(GOOD.as_bytes(), 3).unwrap();
    let names = ["mail.log", "mail.log.1", "mail.log.10.gz", "mail.log.2.gz", "mainlog-20260102.zst", "mainlog-20260101", "mainlog"];
    for name in names {
        let bytes = if name.ends_with("gz") {
            gzip(GOOD.as_bytes())
        } else if name.ends_with("zst") {
            zst.clone()
        } else {
            GOOD.into()
        };
        put(place.path(), name, &bytes);
    }
    let wanted = ["mail.log.10.gz", "mail.log.2.gz", "mail.log.1", "mail.log", "mainlog-20260101", "mainlog-20260102.zst", "mainlog"];
    let order = |harvest: &Harvest| -> Vec<String> {
        assert!(harvest.reports.iter().all(|report| report.formats == ["postfix-log"]), "{:?}", harvest.reports);
        harvest.facts.files.iter().map(|file| file.rsplit('/').next().unwrap().to_owned()).collect()
    };
    assert_eq!(order(&read(place.path())), wanted);
    let packed = folder();
    pack(place.path(), &[&["czf", &packed.path().join("logs.tgz").display().to_string()][..], &names].concat());
    assert_eq!(order(&read(&packed.path().join("logs.tgz"))), wanted);
}

#[test]
fn names_that_leave_the_archive_are_refused_and_named() {
    let place = folder();
    let bad = ["../../etc/cron.d/x", "/etc/passwd", "C:/Windows/x", "a/../../x", "..\\x", "\\\\host\\share"];
    let mut entries: Vec<(&str, u8, &[u8])> = bad.iter().map(|name| (*name, b'0', &b"x"[..])).collect();
    entries.push(("ok/mail.log", b'0', GOOD.as_bytes()));
    let tar = put(place.path(), "a.tar", &tar(&entries));
    let mut entries: Vec<(&str, &[u8])> = bad.iter().map(|name| (*name, &b"x"[..])).collect();
    entries.push(("nul\0name", b"x"));
    entries.push(("ok/mail.log", GOOD.as_bytes()));
    let zip = put(place.path(), "a.zip", &zip(&entries));
    for (path, count) in [(tar, 6), (zip, 7)] {
        let warnings = warnings(&path);
        assert!(warnings.contains(&format!("{count} of its entries lead out of the archive")), "{warnings}");
        assert!(warnings.contains("/etc/passwd") && warnings.contains("a/../../x"), "{warnings}");
        assert_eq!(diagnose_paths(&[path]).causes[0].id, "remote.greylisting", "the rest is read");
    }
    beside_good(place.path());
}

#[test]
fn links_and_devices_are_not_followed() {
    let place = folder();
    let entries: [(&str, u8, &[u8]); 6] = [
        ("sym", b'2', b""),
        ("hard", b'1', b""),
        ("null", b'3', b""),
        ("disk", b'4', b""),
        ("pipe", b'6', b""),
        ("mail.log", b'0', GOOD.as_bytes()),
    ];
    let path = put(place.path(), "a.tar", &tar(&entries));
    let text = warnings(&path);
    assert!(text.contains("2 of its entries are links") && text.contains("3 of its entries are devices"), "{text}");
    let mut out = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    out.add_symlink("sym", "/etc/passwd", SimpleFileOptions::default()).unwrap();
    let path = put(place.path(), "a.zip", &out.finish().unwrap().into_inner());
    assert!(warnings(&path).contains("links and were not followed: sym"), "{}", warnings(&path));
}

#[test]
fn an_encrypted_zip_says_so_and_the_rest_is_read() {
    let place = folder();
    let mut bytes = zip(&[("secret.log", b"x"), ("mail.log", GOOD.as_bytes())]);
    // The flag in the local header and in the list of contents.
    bytes[6] |= 1;
    let central = bytes.windows(4).position(|word| word == b"PK\x01\x02").unwrap();
    bytes[central + 8] |= 1;
    let path = put(place.path(), "a.zip", &bytes);
    let text = warnings(&path);
    assert!(text.contains("encrypted") && text.contains("secret.log") && text.contains("password"), "{text}");
    assert_eq!(diagnose_paths(&[path]).causes[0].id, "remote.greylisting");
}

#[test]
fn a_broken_entry_leaves_the_others() {
    let place = folder();
    let junk = noise(3000, 5);
    let whole = zip(&[("a.log", GOOD.as_bytes()), ("b.bin", &junk), ("mail.log", GOOD.as_bytes())]);
    let mut bytes = whole.clone();
    let middle = bytes.windows(5).position(|word| word == b"b.bin").unwrap() + 500;
    bytes[middle..middle + 200].fill(0xAA);
    let path = put(place.path(), "broken.zip", &bytes);
    let text = warnings(&path);
    assert!(text.contains("cut off or damaged") && text.contains("b.bin"), "{text}");
    let files = read(&path).facts.files.len();
    assert_eq!(files, 3);
    // Without its list of contents it is read from the start.
    let central = whole.windows(4).position(|word| word == b"PK\x01\x02").unwrap();
    let path = put(place.path(), "cut.zip", &whole[..central]);
    assert!(warnings(&path).contains("list of contents is missing"), "{}", warnings(&path));
    assert_eq!(diagnose_paths(&[path]).causes[0].id, "remote.greylisting");
}

#[test]
fn compressed_logs_that_are_cut_off_are_read_to_there() {
    let place = folder();
    let log: String =
        (0..2000).map(|number| GOOD.replace("0001", &format!("{number:04}")).replace("bob", &format!("b{:x}", number * 7919))).collect();
    let gz = gzip(log.as_bytes());
    let zst = zstd::encode_all(log.as_bytes(), 1).unwrap();
    for (name, bytes) in [("mail.log.1.gz", &gz), ("mail.log.2.zst", &zst)] {
        let path = put(place.path(), name, &bytes[..bytes.len() * 3 / 4]);
        let text = warnings(&path);
        assert!(text.contains("cut off or damaged") && text.contains(name), "{text}");
        assert_eq!(diagnose_paths(&[path]).causes[0].id, "remote.greylisting");
    }
    assert!(alone(&put(place.path(), "twice.gz", &gzip(&gz))).contains("gzip"));
}

#[test]
fn bombs_are_stopped() {
    let place = folder();
    let line = GOOD.repeat(1000);
    let repeated = |out: &mut dyn Write, times: usize| (0..times).for_each(|_| out.write_all(line.as_bytes()).unwrap());
    // Some 400 MB of one line: both programs pack it several hundred times.
    let mut out =
        flate2::write::GzEncoder::new(BufWriter::new(File::create(place.path().join("bomb.gz")).unwrap()), flate2::Compression::best());
    repeated(&mut &mut out, 1000);
    out.finish().unwrap().flush().unwrap();
    let mut out = zstd::Encoder::new(BufWriter::new(File::create(place.path().join("bomb.zst")).unwrap()), 3).unwrap();
    repeated(&mut &mut out, 1000);
    out.finish().unwrap().flush().unwrap();
    let mut out = zip::ZipWriter::new(File::create(place.path().join("bomb.zip")).unwrap());
    out.start_file("zeros.log", SimpleFileOptions::default()).unwrap();
    std::io::copy(&mut std::io::Read::take(std::io::repeat(b'0'), 300 << 20), &mut out).unwrap();
    out.finish().unwrap();
    let text = alone(&place.path().join("bomb.zst")).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains("grows more than"), "{text}");
    let warnings = beside_good(place.path());
    assert!(
        warnings.contains("bomb.zst: grows more than") && warnings.contains("bomb.zip") && warnings.contains("zeros.log"),
        "{warnings}"
    );
}

#[test]
fn archives_in_archives_in_archives_are_not_read() {
    let place = folder();
    let mut bytes = GOOD.as_bytes().to_vec();
    for depth in 0..4 {
        bytes = tar(&[("inner", b'0', &bytes)]);
        let text = warnings(&put(place.path(), "a.tar", &bytes));
        assert_eq!(text.contains("archive in an archive in an archive"), depth >= 2, "{depth}: {text}");
    }
}

#[test]
fn a_quarter_of_a_million_entries_end_in_time_and_memory() {
    let place = folder();
    let mut out =
        flate2::write::GzEncoder::new(BufWriter::new(File::create(place.path().join("links.tgz")).unwrap()), flate2::Compression::fast());
    let link = &tar(&[("link", b'2', b"")])[..512];
    let file = &tar(&[("file", b'0', b"")])[..512];
    (0..250_000).for_each(|_| out.write_all(link).unwrap());
    out.finish().unwrap().flush().unwrap();
    let mut out =
        flate2::write::GzEncoder::new(BufWriter::new(File::create(place.path().join("files.tgz")).unwrap()), flate2::Compression::fast());
    (0..250_000).for_each(|_| out.write_all(file).unwrap());
    out.finish().unwrap().flush().unwrap();
    // A zip archive whose list of contents names one file over and over.
    let mut bytes = zip(&[("x.log", GOOD.as_bytes())]);
    let (central, end) = (bytes.windows(4).position(|word| word == b"PK\x01\x02").unwrap(), bytes.len() - 22);
    let (entry, mut tail) = (bytes[central..end].to_vec(), bytes[end..].to_vec());
    bytes.truncate(central);
    (0..250_000).for_each(|_| bytes.extend_from_slice(&entry));
    let size = u32::try_from(bytes.len() - central).unwrap();
    tail[12..16].copy_from_slice(&size.to_le_bytes());
    bytes.extend_from_slice(&tail);
    put(place.path(), "same.zip", &bytes);
    let warnings = beside_good(place.path());
    assert!(warnings.contains("links.tgz: holds more than 200000 entries"), "{warnings}");
    assert!(warnings.contains("files.tgz: holds more than 20000 files"), "{warnings}");
    assert!(warnings.contains("same.zip: "), "{warnings}");
}
