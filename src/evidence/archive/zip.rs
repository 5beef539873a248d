//! Zip archives: by the list of contents at their end, or, where that is missing because the archive is cut off, file by file from the start.
//!
//! # Source
//!
//! PKWARE, APPNOTE.TXT 6.3.10: 4.3.7 local file header, 4.3.9 data descriptor, 4.3.12 central directory, 4.3.14 to 4.3.16 its end.

use super::extract::{Go, Refusal, Sink};
use super::limit::{self, Meter, Stop};
use crate::system;
use crate::system::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::Path;
use std::rc::Rc;

const LOCAL: &[u8] = b"PK\x03\x04";
const CENTRAL: &[u8] = b"PK\x01\x02";
const END: &[u8] = b"PK\x05\x06";
const END_64: &[u8] = b"PK\x06\x06";
const LOCATOR: &[u8] = b"PK\x06\x07";
/// The flag of a file that is encrypted, and the one of an archive whose headers are.
const ENCRYPTED: u16 = 1 | 1 << 13;
/// The flag of a file whose sizes stand behind it.
const SIZES_BEHIND: u16 = 1 << 3;
/// The size and offset that stand for one in the long form.
const LONG: u32 = u32::MAX;

/// What an archive says of one file.
struct Entry {
    name: Vec<u8>,
    flags: u16,
    method: u16,
    crc: u32,
    packed: u64,
    /// The kind of file and its rights, where a Unix system wrote it; else 0.
    mode: u32,
    /// Where its local header is.
    at: u64,
}

/// Hands the files of a zip archive to the sink, until it ends or the sink has enough.
///
/// # Errors
///
/// What reading gave, or writing what was unpacked.
pub fn read(path: &Path, meter: &Rc<Meter>, sink: &mut Sink<'_>) -> io::Result<()> {
    let mut file = system::open_at(path, 0)?;
    match find_end(&mut file)? {
        Some((at, base)) => by_contents(path, at, base, meter, sink),
        None => {
            meter.torn("its list of contents is missing");
            from_start(&mut BufReader::new(system::open_at(path, 0)?), sink)
        }
    }
}

/// Finds the list of contents: where it begins, and what is to be added to all its offsets because something stands before the archive.
fn find_end(file: &mut File) -> io::Result<Option<(u64, u64)>> {
    let length = file.seek(SeekFrom::End(0))?;
    let tail_at = length.saturating_sub(22 + 0xFFFF);
    file.seek(SeekFrom::Start(tail_at))?;
    let mut tail = Vec::new();
    file.by_ref().take(length - tail_at).read_to_end(&mut tail)?;
    let places = (0..tail.len().saturating_sub(21)).rev();
    for place in places.filter(|place| tail.get(*place..).is_some_and(|rest| rest.starts_with(END))) {
        let Some(record) = tail.get(place..place + 22) else { continue };
        let (mut end_at, mut size, mut offset) = (tail_at + place as u64, u64::from(u32_at(record, 12)), u64::from(u32_at(record, 16)));
        if (size == u64::from(LONG) || offset == u64::from(LONG) || u16_at(record, 10) == u16::MAX)
            && let Some(long) = long_end(file, end_at)?
        {
            (end_at, size, offset) = long;
        }
        let Some(base) = end_at.checked_sub(size).and_then(|at| at.checked_sub(offset)) else { continue };
        let mut first = [0; 4];
        file.seek(SeekFrom::Start(base + offset))?;
        if size == 0 || (file.read_exact(&mut first).is_ok() && first == CENTRAL) {
            return Ok(Some((base + offset, base)));
        }
    }
    Ok(None)
}

/// Reads the long form of the end: where it stands, and size and offset of the list of contents.
fn long_end(file: &mut File, end_at: u64) -> io::Result<Option<(u64, u64, u64)>> {
    let Some(locator_at) = end_at.checked_sub(20) else { return Ok(None) };
    let (mut locator, mut record) = ([0; 20], [0; 56]);
    file.seek(SeekFrom::Start(locator_at))?;
    if file.read_exact(&mut locator).is_err() || !locator.starts_with(LOCATOR) {
        return Ok(None);
    }
    let at = u64_at(&locator, 8);
    // An offset beyond the largest file cannot be sought.
    if at >= end_at {
        return Ok(None);
    }
    file.seek(SeekFrom::Start(at))?;
    if file.read_exact(&mut record).is_err() || !record.starts_with(END_64) {
        return Ok(None);
    }
    Ok(Some((at, u64_at(&record, 40), u64_at(&record, 48))))
}

/// Reads the files that the list of contents names, one after the other.
fn by_contents(path: &Path, at: u64, base: u64, meter: &Rc<Meter>, sink: &mut Sink<'_>) -> io::Result<()> {
    let mut contents = BufReader::new(system::open_at(path, at)?);
    loop {
        let mut fixed = [0; 46];
        let read = read_some(&mut contents, &mut fixed)?;
        if !fixed.starts_with(CENTRAL) || read < fixed.len() {
            if !fixed.starts_with(END) && !fixed.starts_with(END_64) {
                meter.torn("its list of contents is damaged");
            }
            return Ok(());
        }
        let name = take(&mut contents, u16_at(&fixed, 28).into())?;
        let extra = take(&mut contents, u16_at(&fixed, 30).into())?;
        take(&mut contents, u16_at(&fixed, 32).into())?;
        let mut entry = Entry {
            name,
            flags: u16_at(&fixed, 8),
            method: u16_at(&fixed, 10),
            crc: u32_at(&fixed, 16),
            packed: u32_at(&fixed, 20).into(),
            mode: if u16_at(&fixed, 4) >> 8 == 3 { u32_at(&fixed, 38) >> 16 } else { 0 },
            at: u32_at(&fixed, 42).into(),
        };
        take_long(&extra, u32_at(&fixed, 24) == LONG, &mut entry);
        let go = match entry.at.checked_add(base).map(|at| local(path, at)) {
            Some(Ok(Some(mut data))) => one(&entry, &mut data, sink)?,
            Some(Err(error)) if error.kind() != io::ErrorKind::InvalidInput => return Err(error),
            _ => sink.refuse(&entry.name, Refusal::Damaged),
        };
        if go == Go::Stop {
            return Ok(());
        }
    }
}

/// Takes the long form of sizes and offset from the extra fields: only those stand there that do not fit in the short form.
fn take_long(extra: &[u8], size_is_long: bool, entry: &mut Entry) {
    let mut rest = extra;
    while let Some(head) = rest.get(..4) {
        let (id, length) = (u16_at(head, 0), usize::from(u16_at(head, 2)));
        let Some(field) = rest.get(4..4 + length) else { return };
        if id == 1 {
            let mut at = if size_is_long { 8 } else { 0 };
            if entry.packed == u64::from(LONG) && field.len() >= at + 8 {
                entry.packed = u64_at(field, at);
                at += 8;
            }
            if entry.at == u64::from(LONG) && field.len() >= at + 8 {
                entry.at = u64_at(field, at);
            }
            return;
        }
        rest = rest.get(4 + length..).unwrap_or_default();
    }
}

/// Returns the bytes that follow a local header, `None` when there is no such header.
fn local(path: &Path, at: u64) -> io::Result<Option<BufReader<File>>> {
    let mut file = system::open_at(path, at)?;
    let mut fixed = [0; 30];
    if read_some(&mut file, &mut fixed)? < fixed.len() || !fixed.starts_with(LOCAL) {
        return Ok(None);
    }
    let skip = i64::from(u16_at(&fixed, 26)) + i64::from(u16_at(&fixed, 28));
    file.seek(SeekFrom::Current(skip))?;
    Ok(Some(BufReader::new(file)))
}

/// Reads an archive without a list of contents, from its start.
fn from_start(content: &mut BufReader<File>, sink: &mut Sink<'_>) -> io::Result<()> {
    while find(content, LOCAL)? {
        let mut fixed = [0; 26];
        if read_some(content, &mut fixed)? < fixed.len() {
            return Ok(());
        }
        let name = take(content, u16_at(&fixed, 22).into())?;
        let extra = take(content, u16_at(&fixed, 24).into())?;
        let mut entry = Entry {
            name,
            flags: u16_at(&fixed, 2),
            method: u16_at(&fixed, 4),
            crc: u32_at(&fixed, 10),
            packed: u32_at(&fixed, 14).into(),
            mode: 0,
            at: 0,
        };
        take_long(&extra, u32_at(&fixed, 18) == LONG, &mut entry);
        if entry.flags & SIZES_BEHIND != 0 {
            // Where it ends only its content tells; the search for the next header finds the way on.
            entry.packed = u64::MAX;
        }
        if one(&entry, content, sink)? == Go::Stop {
            return Ok(());
        }
    }
    Ok(())
}

/// Unpacks one file.
fn one(entry: &Entry, data: &mut impl BufRead, sink: &mut Sink<'_>) -> io::Result<Go> {
    match entry.mode & 0o170_000 {
        0o120_000 => return Ok(sink.refuse(&entry.name, Refusal::Link)),
        0o040_000 => return Ok(Go::On),
        0 | 0o100_000 => {}
        _ => return Ok(sink.refuse(&entry.name, Refusal::Device)),
    }
    if entry.name.ends_with(b"/") {
        return Ok(Go::On);
    }
    if entry.flags & ENCRYPTED != 0 {
        return Ok(sink.refuse(&entry.name, Refusal::Encrypted));
    }
    let meter = Rc::new(Meter::default());
    let behind = entry.packed == u64::MAX;
    let packed = limit::counted(data.take(entry.packed), &meter);
    // A buffer of one byte takes nothing from what follows the file, where only the content tells its end.
    let mut packed = BufReader::with_capacity(if behind { 1 } else { 64 << 10 }, packed);
    let unpacked: Box<dyn Read + '_> = match entry.method {
        0 if behind => return Ok(sink.refuse(&entry.name, Refusal::Method)),
        0 => Box::new(&mut packed),
        8 => Box::new(flate2::bufread::DeflateDecoder::new(&mut packed)),
        93 => Box::new(zstd::Decoder::with_buffer(&mut packed)?.single_frame()),
        _ => return Ok(sink.refuse(&entry.name, Refusal::Method)),
    };
    let mut unpacked = flate2::CrcReader::new(limit::guarded(unpacked, &meter));
    // The meter of the archive is another: a file that is damaged ends nothing but itself.
    let go = sink.take(&entry.name, &mut unpacked, &Meter::default())?;
    let sum = unpacked.crc().sum();
    match meter.stopped() {
        Some(Stop::Bomb) => sink.mark(&entry.name, Refusal::Bomb),
        Some(Stop::Torn(_)) => sink.mark(&entry.name, Refusal::Damaged),
        None if go == Go::On && !behind && sum != entry.crc => sink.mark(&entry.name, Refusal::Damaged),
        None => {}
    }
    Ok(go)
}

/// Goes on behind the next place where `word` stands; returns whether there is one.
fn find(content: &mut impl BufRead, word: &[u8]) -> io::Result<bool> {
    let mut matched = 0;
    loop {
        let buffer = content.fill_buf()?;
        if buffer.is_empty() {
            return Ok(false);
        }
        let mut used = 0;
        for byte in buffer {
            used += 1;
            matched = match word.get(matched) {
                Some(wanted) if wanted == byte => matched + 1,
                // The first letter stands nowhere else in the word.
                _ => usize::from(word.first() == Some(byte)),
            };
            if matched == word.len() {
                break;
            }
        }
        content.consume(used);
        if matched == word.len() {
            return Ok(true);
        }
    }
}

/// Reads as many bytes as there are, at most the buffer full.
fn read_some(content: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut bytes = Vec::with_capacity(buffer.len());
    content.by_ref().take(buffer.len() as u64).read_to_end(&mut bytes)?;
    if let Some(start) = buffer.get_mut(..bytes.len()) {
        start.copy_from_slice(&bytes);
    }
    Ok(bytes.len())
}

fn take(content: &mut impl Read, length: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    content.by_ref().take(length).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn bytes_at<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    bytes.get(at..at + N).and_then(|part| part.try_into().ok()).unwrap_or([0; N])
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes(bytes_at(bytes, at))
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes_at(bytes, at))
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(bytes_at(bytes, at))
}
