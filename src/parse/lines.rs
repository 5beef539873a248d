//! Lines of a file of any size, read as a stream with bounded memory.

use super::encoding::{self, Odd};
use super::{Line, Look, Reason};
use crate::evidence::{Item, Problem};
use crate::fact::FileId;
use std::io::{self, Read};

/// The longest line that is kept whole, in bytes; of a longer one the start is kept.
pub const LONGEST: usize = 64 * 1024;
/// How many lines a format may look ahead.
pub const AHEAD: usize = 48;
const CHUNK: usize = 256 * 1024;

/// A file as a stream of lines, with a window that formats may look into.
pub struct Lines<R> {
    content: R,
    buffer: Vec<u8>,
    start: usize,
    ended: bool,
    number: u64,
    end: usize,
    skipping: bool,
    text: String,
    cut: bool,
    odd: Odd,
}

impl<R: Read> Lines<R> {
    /// Reads lines from `content`.
    pub fn new(content: R) -> Self {
        Lines {
            content,
            buffer: Vec::with_capacity(2 * CHUNK),
            start: 0,
            ended: false,
            number: 0,
            end: 0,
            skipping: false,
            text: String::new(),
            cut: false,
            odd: Odd::default(),
        }
    }

    /// Returns what was odd in the bytes that were read so far.
    pub fn odd(&self) -> &Odd {
        &self.odd
    }

    /// Returns whether the line that is ready is the last of the file and has no line ending.
    pub fn is_open(&self) -> bool {
        self.ended && !self.cut && self.end >= self.buffer.len()
    }

    /// Looks at the first bytes and refuses what is no text.
    ///
    /// # Errors
    ///
    /// [`Problem`] with what the file seems to be and what to do.
    pub fn refuse_binary(&mut self, item: &Item) -> Result<(), Problem> {
        self.more().map_err(|error| Problem::unreadable(item, &error))?;
        let head = self.buffer.get(..self.buffer.len().min(8192)).unwrap_or_default();
        if let Some((encoding, _)) = encoding_rs::Encoding::for_bom(head) {
            if encoding == encoding_rs::UTF_8 {
                self.start = 3;
                return Ok(());
            }
            return self.decode(encoding).map_err(|error| Problem::unreadable(item, &error));
        }
        match binary(head) {
            Some(what) => Err(Problem::no_text(item, what)),
            None => Ok(()),
        }
    }

    /// Decodes a whole file of another encoding (UTF-16 with a byte order mark), up to 64 MiB.
    fn decode(&mut self, encoding: &'static encoding_rs::Encoding) -> io::Result<()> {
        let mut rest = Vec::new();
        self.content.by_ref().take(64 << 20).read_to_end(&mut rest)?;
        self.buffer.append(&mut rest);
        let (text, _, _) = encoding.decode(&self.buffer);
        self.buffer = text.into_owned().into_bytes();
        self.start = 0;
        self.ended = true;
        Ok(())
    }

    fn more(&mut self) -> io::Result<()> {
        if self.start > 0 {
            self.buffer.drain(..self.start);
            self.end = self.end.saturating_sub(self.start);
            self.start = 0;
        }
        let old = self.buffer.len();
        self.buffer.resize(old + CHUNK, 0);
        let mut filled = old;
        while filled < old + CHUNK {
            match self.content.read(self.buffer.get_mut(filled..).unwrap_or_default()) {
                Ok(0) => {
                    self.ended = true;
                    break;
                }
                Ok(read) => filled += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.buffer.truncate(filled);
                    self.ended = true;
                    return Err(error);
                }
            }
        }
        self.buffer.truncate(filled);
        Ok(())
    }

    /// Makes the next line ready; returns whether there is one.
    ///
    /// # Errors
    ///
    /// What reading the file gave.
    pub fn fill(&mut self) -> io::Result<bool> {
        loop {
            self.skip_nuls();
            let rest = self.buffer.get(self.start..).unwrap_or_default();
            if let Some(length) = memchr::memchr(b'\n', rest) {
                self.end = self.start + length;
                if self.skipping {
                    self.skipping = false;
                    self.start = self.end + 1;
                    continue;
                }
                break;
            }
            if self.skipping {
                self.start = self.buffer.len();
            } else if rest.len() > LONGEST {
                self.end = self.start + LONGEST;
                self.ready(true);
                self.skipping = true;
                return Ok(true);
            }
            if self.ended {
                self.end = self.buffer.len();
                if self.start >= self.end {
                    return Ok(false);
                }
                break;
            }
            self.more()?;
        }
        let long = self.end - self.start > LONGEST;
        if long {
            self.end = self.start + LONGEST;
            self.skipping = true;
        }
        self.ready(long);
        Ok(true)
    }

    /// Skips NUL bytes before a line, however many: a block of them is no line that is too long.
    fn skip_nuls(&mut self) {
        let rest = self.buffer.get(self.start..).unwrap_or_default();
        if rest.first() == Some(&0) && !self.skipping {
            let nuls = rest.iter().take_while(|byte| **byte == 0).count();
            self.start += nuls;
            self.odd.skipped(nuls as u64, self.number + 1);
        }
    }

    fn ready(&mut self, cut: bool) {
        self.number += 1;
        self.cut = cut;
        let bytes = self.buffer.get(self.start..self.end).unwrap_or_default();
        let bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
        self.text.clear();
        match std::str::from_utf8(bytes) {
            Ok(text) => self.text.push_str(text),
            // A line that was cut may end within a character.
            Err(error) if cut && error.error_len().is_none() => self.text.push_str(&String::from_utf8_lossy(bytes)),
            Err(_) => {
                let (text, guess) = encoding::decode(bytes);
                self.odd.guessed(guess, self.number);
                self.text.push_str(&text);
            }
        }
        if memchr::memchr(0, self.text.as_bytes()).is_some() {
            let before = self.text.len();
            self.text.retain(|c| c != '\0');
            self.odd.skipped((before - self.text.len()) as u64, self.number);
        }
    }

    /// Returns the line that [`Lines::fill`] made ready.
    pub fn line(&self, file: FileId) -> Option<Line<'_>> {
        let raw = self.buffer.get(self.start..self.end).unwrap_or_default();
        let raw = raw.strip_suffix(b"\r").unwrap_or(raw);
        Some(Line { text: &self.text, raw, number: self.number, file, cut: self.cut })
    }

    /// Returns the line and what follows it in the window.
    pub fn look<'a>(&'a self, at_start: bool, file_name: &'a str) -> Look<'a> {
        let mut lines = vec![self.text.as_str()];
        let rest = self.buffer.get(self.end..).unwrap_or_default();
        let rest = rest.strip_prefix(b"\n").unwrap_or(rest);
        let rest = rest.get(..rest.len().min(CHUNK / 4)).unwrap_or_default();
        // Of a line in another encoding the beginning suffices to look at.
        let readable = |line: &'a [u8]| match std::str::from_utf8(line) {
            Ok(text) => text,
            Err(error) => std::str::from_utf8(line.get(..error.valid_up_to()).unwrap_or_default()).unwrap_or_default(),
        };
        let ahead = rest.split(|byte| *byte == b'\n').map(|line| readable(line.strip_suffix(b"\r").unwrap_or(line)));
        lines.extend(ahead.take(AHEAD - 1));
        Look { lines, at_start, file_name }
    }

    /// Goes on behind the line that is ready.
    pub fn next(&mut self) {
        self.start = if self.skipping { self.end } else { (self.end + 1).min(self.buffer.len()) };
    }
}

/// Returns what a file that is no text seems to be.
fn binary(head: &[u8]) -> Option<Reason> {
    const MAGIC: &[(&[u8], Reason)] = &[
        (b"\x1f\x8b", Reason::new("compressed by gzip: unpack it first", "gzip で圧縮されたファイル (先に展開してください)")),
        (b"\x28\xb5\x2f\xfd", Reason::new("compressed by zstd: unpack it first", "zstd で圧縮されたファイル (先に展開してください)")),
        (b"\xfd7zXZ", Reason::new("compressed by xz: unpack it first", "xz で圧縮されたファイル (先に展開してください)")),
        (b"BZh", Reason::new("compressed by bzip2: unpack it first", "bzip2 で圧縮されたファイル (先に展開してください)")),
        (b"PK\x03\x04", Reason::new("a zip archive: unpack it first", "zip アーカイブ (先に展開してください)")),
        (
            b"ElfFile\0",
            Reason::new(
                "a Windows event log (EVTX): export it as text first",
                "Windows イベント ログ (EVTX) (先にテキストとしてエクスポートしてください)",
            ),
        ),
    ];
    if let Some((_, what)) = MAGIC.iter().find(|(magic, _)| head.starts_with(magic)) {
        return Some(*what);
    }
    // A block of NUL bytes in a text is what a power cut leaves; such a text is read without it.
    let head = &without_blocks(head);
    let odd = head.iter().filter(|byte| **byte < 9 || (**byte > 13 && **byte < 27)).count();
    (odd * 20 > head.len() || head.get(..512.min(head.len())).is_some_and(|start| start.iter().filter(|byte| **byte == 0).count() > 8))
        .then_some(Reason::new("binary", "バイナリ ファイル"))
}

/// Returns bytes without runs of at least so many NUL bytes that no text in UTF-16 has; all of them when nothing else is there.
fn without_blocks(head: &[u8]) -> Vec<u8> {
    const BLOCK: usize = 16;
    let mut out: Vec<u8> = Vec::with_capacity(head.len());
    for part in head.chunk_by(|one, other| (*one == 0) == (*other == 0)) {
        if part.first() != Some(&0) || part.len() < BLOCK {
            out.extend_from_slice(part);
        }
    }
    if out.is_empty() { head.to_vec() } else { out }
}
