//! Packed evidence: zip and tar archives, and files that gzip or zstd compressed; recognised by content, unpacked within limits.
//!
//! A compressed file is read as a stream. An archive is unpacked into a temporary folder that only this user can read, under numbers instead
//! of the names that it gives, so that no name can lead anywhere.

mod extract;
mod limit;
mod tar;
mod zip;

pub use extract::{Budget, Unpacked, unpack};
pub use limit::Meter;

use crate::knowledge::Text;
use std::io::{self, BufReader, Cursor, Read};
use std::rc::Rc;

/// How much of a file is looked at to recognise it: one block of a tar archive.
const HEAD: u64 = 512;
/// The largest window of zstd that is allowed, as a power of two: 128 MiB of memory, what `zstd --ultra -22` needs.
const WINDOW: u32 = 27;

/// What a file holds, by its first bytes.
pub enum Content {
    /// Something that is not packed.
    Plain(Box<dyn Read>),
    /// A compressed file, unpacked as it is read; the meter tells afterwards whether it could be read to its end.
    Compressed(Box<dyn Read>, Rc<Meter>),
    /// A zip archive.
    Zip,
    /// A tar archive, compressed or not.
    Tar(Box<dyn Read>, Rc<Meter>),
}

impl Content {
    /// Looks at the first bytes of what is read.
    ///
    /// # Errors
    ///
    /// What reading gave.
    pub fn of(content: impl Read + 'static) -> io::Result<Content> {
        let meter = Rc::new(Meter::default());
        let (head, content) = look(limit::counted(content, &meter))?;
        let unpacked: Box<dyn Read> = if head.starts_with(b"\x1f\x8b") {
            Box::new(flate2::bufread::MultiGzDecoder::new(BufReader::new(content)))
        } else if head.starts_with(b"\x28\xb5\x2f\xfd") {
            let mut decoder = zstd::Decoder::new(content)?;
            decoder.window_log_max(WINDOW)?;
            Box::new(decoder)
        } else if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") {
            return Ok(Content::Zip);
        } else if tar::begins(&head) {
            return Ok(Content::Tar(content, meter));
        } else {
            return Ok(Content::Plain(content));
        };
        // From here on an error ends the file and is said by the meter, so that what stands before it is read.
        let (head, unpacked) = look(limit::guarded(unpacked, &meter))?;
        Ok(if tar::begins(&head) { Content::Tar(unpacked, meter) } else { Content::Compressed(unpacked, meter) })
    }
}

/// Returns the first bytes of what is read, and a reader that begins with them.
fn look(mut content: impl Read + 'static) -> io::Result<(Vec<u8>, Box<dyn Read>)> {
    let mut head = Vec::new();
    content.by_ref().take(HEAD).read_to_end(&mut head)?;
    let whole = Cursor::new(head.clone()).chain(content);
    Ok((head, Box::new(whole)))
}

/// Says of an archive that it stands too deep in others.
pub fn too_deep() -> Text {
    Text::new(
        "is an archive in an archive in an archive, and was not read: unpack the outer one first",
        "アーカイブが三重になっているため読んでいません。外側のアーカイブを先に展開してください",
    )
}
