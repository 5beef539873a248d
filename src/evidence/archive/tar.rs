//! Tar archives, header by header: nothing is taken at its word, and no header is kept.

use super::extract::{Go, Refusal, Sink};
use super::limit::Meter;
use std::io::{self, Read};
use tar::{EntryType, Header};

/// The size of a block.
const BLOCK: usize = 512;
/// The longest name and the longest extended header that is read.
const LONG: u64 = 64 << 10;

/// Returns whether a block is the header of a tar archive: its checksum says so, in old archives too that have no magic word.
pub fn begins(block: &[u8]) -> bool {
    header(block).is_some_and(|header| header.path_bytes().first().is_some_and(|byte| *byte != 0))
}

/// Returns a block as a header, `None` when its checksum does not fit.
///
/// # Source
///
/// POSIX.1-2017, pax, "ustar Interchange Format": the sum of all bytes, those of the checksum itself counted as spaces.
fn header(block: &[u8]) -> Option<Header> {
    let mut header = Header::new_old();
    header.as_mut_bytes().copy_from_slice(block.get(..BLOCK)?);
    let sum: u32 = block.iter().take(BLOCK).map(|byte| u32::from(*byte)).sum();
    let own: u32 = block.get(148..156)?.iter().map(|byte| u32::from(*byte)).sum();
    (header.cksum().ok()? == sum - own + 8 * 32).then_some(header)
}

/// How much is read behind the end mark.
const PADDING: u64 = 4 << 20;

/// What an extended header says about the entry that follows.
#[derive(Default)]
struct Extended {
    name: Option<Vec<u8>>,
    size: Option<u64>,
}

/// Hands the files of a tar archive to the sink, until it ends, is damaged, or the sink has enough.
///
/// # Errors
///
/// What reading gave, or writing what was unpacked.
pub fn read(content: &mut dyn Read, meter: &Meter, sink: &mut Sink<'_>) -> io::Result<()> {
    let mut extended = Extended::default();
    loop {
        let mut block = Vec::with_capacity(BLOCK);
        Read::take(&mut *content, BLOCK as u64).read_to_end(&mut block)?;
        if block.len() < BLOCK {
            meter.torn("it has no end mark");
            return Ok(());
        }
        if block.iter().all(|byte| *byte == 0) {
            // What follows is padding; only at its end a compressed archive shows that it is whole.
            io::copy(&mut Read::take(content, PADDING), &mut io::sink())?;
            return Ok(());
        }
        let Some((header, size)) = header(&block).and_then(|header| header.entry_size().ok().map(|size| (header, size))) else {
            meter.torn("a header is damaged");
            return Ok(());
        };
        let kind = header.entry_type();
        let size = if is_extension(kind) { size } else { extended.size.unwrap_or(size) };
        let Some(padded) = size.checked_next_multiple_of(BLOCK as u64) else {
            meter.torn("a header is damaged");
            return Ok(());
        };
        let mut data = Read::take(&mut *content, padded);
        if is_extension(kind) {
            let mut text = Vec::new();
            data.by_ref().take(size.min(LONG)).read_to_end(&mut text)?;
            match kind {
                EntryType::GNULongName => extended.name = Some(until_nul(&text).to_vec()),
                EntryType::XHeader => take_pax(&text, &mut extended),
                // The target of a link, and what holds for all entries, change nothing here.
                _ => {}
            }
        } else {
            let Extended { name, .. } = std::mem::take(&mut extended);
            let name = name.unwrap_or_else(|| header.path_bytes().into_owned());
            let mut file = data.by_ref().take(size);
            let go = match kind {
                _ if name.ends_with(b"/") => Go::On,
                EntryType::Regular | EntryType::Continuous => sink.take(&name, &mut file, meter)?,
                EntryType::Directory => Go::On,
                EntryType::Link | EntryType::Symlink => sink.refuse(&name, Refusal::Link),
                EntryType::Char | EntryType::Block | EntryType::Fifo => sink.refuse(&name, Refusal::Device),
                _ => sink.refuse(&name, Refusal::Method),
            };
            if go == Go::Stop {
                return Ok(());
            }
        }
        io::copy(&mut data, &mut io::sink())?;
        if data.limit() > 0 {
            meter.torn("it ends in the middle of a file");
            return Ok(());
        }
    }
}

fn is_extension(kind: EntryType) -> bool {
    matches!(kind, EntryType::GNULongName | EntryType::GNULongLink | EntryType::XHeader | EntryType::XGlobalHeader)
}

fn until_nul(text: &[u8]) -> &[u8] {
    text.split(|byte| *byte == 0).next().unwrap_or_default()
}

/// Takes name and size from a pax header: records of `<length> <key>=<value>\n`.
fn take_pax(text: &[u8], extended: &mut Extended) {
    let mut rest = text;
    while let Some(space) = rest.iter().position(|byte| *byte == b' ') {
        let length = std::str::from_utf8(rest.get(..space).unwrap_or_default()).ok().and_then(|text| text.parse::<usize>().ok());
        let Some(record) = length.filter(|length| *length > space + 1).and_then(|length| rest.get(space + 1..length - 1)) else { return };
        if let Some(path) = record.strip_prefix(b"path=") {
            extended.name = Some(path.to_vec());
        } else if let Some(size) = record.strip_prefix(b"size=") {
            extended.size = std::str::from_utf8(size).ok().and_then(|size| size.parse().ok());
        }
        rest = rest.get(space + 1 + record.len() + 1..).unwrap_or_default();
    }
}
