//! Unpacking an archive into a temporary folder, within limits; what is refused is named.

use super::limit::Meter;
use super::{Content, tar, zip};
use crate::evidence::{Item, Problem, order};
use crate::knowledge::Text;
use crate::parse::decode_name;
use crate::system;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read, Write};
use std::path::Path;
use std::rc::Rc;
use tempfile::TempDir;

/// How many bytes all archives of one run may unpack to.
const MOST_BYTES: u64 = 4 << 30;
/// How many files all archives of one run may hold.
const MOST_FILES: usize = 20_000;
/// How many entries of one archive are looked at, those that are refused included.
const MOST_ENTRIES: u64 = 200_000;
/// How many names one warning lists.
const NAMED: usize = 5;
/// The longest name that is kept, in characters.
const LONGEST: usize = 1024;

/// What may still be unpacked in this run.
#[derive(Debug, Clone)]
pub struct Budget {
    bytes: u64,
    files: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Budget { bytes: MOST_BYTES, files: MOST_FILES }
    }
}

/// An archive that was unpacked; its files are removed when this is dropped.
#[derive(Debug)]
pub struct Unpacked {
    /// The files by their names in the archive, with `/` between folders.
    pub files: BTreeMap<String, Item>,
    _folder: TempDir,
}

impl Unpacked {
    /// Returns the files in the order in which they are read: rotated logs with the oldest first.
    pub fn in_order(&self) -> Vec<Item> {
        let mut names: Vec<&String> = self.files.keys().collect();
        names.sort_by_cached_key(|name| order::key(name));
        names.into_iter().filter_map(|name| self.files.get(name)).cloned().collect()
    }
}

/// Why an entry of an archive was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Refusal {
    /// Its name leads out of the archive.
    Outside,
    /// It is a link.
    Link,
    /// It is a device or a pipe.
    Device,
    /// It is encrypted.
    Encrypted,
    /// It is packed by a method that is not known.
    Method,
    /// It is cut off, or its checksum differs; what could be unpacked is read.
    Damaged,
    /// It grows too much; what was unpacked until then is read.
    Bomb,
    /// Another entry has its name; the last is read.
    Twice,
}

impl Refusal {
    fn text(self, count: u64, names: &str) -> Text {
        let (en, ja) = match self {
            Refusal::Outside => {
                ("lead out of the archive by their names and were not read", "名前がアーカイブの外を指しているため読んでいません")
            }
            Refusal::Link => ("are links and were not followed", "リンクのため、たどっていません"),
            Refusal::Device => ("are devices or pipes and were not read", "デバイスまたはパイプのため読んでいません"),
            Refusal::Encrypted => {
                ("are encrypted: unpack them with the password first", "暗号化されています。先にパスワードを使って展開してください")
            }
            Refusal::Method => (
                "are of a kind or packed by a method that is not read: unpack them first",
                "対応していない種類または圧縮方式です。先に展開してください",
            ),
            Refusal::Damaged => (
                "are cut off or damaged; what could be unpacked was read",
                "途中で切れているか破損しています。展開できた部分だけを読みました",
            ),
            Refusal::Bomb => (
                "grow hundreds of times when they are unpacked, as logs do not; the rest of them was not read",
                "展開すると数百倍になり、ログではあり得ません。残りは読んでいません",
            ),
            Refusal::Twice => ("are there twice; the last of each was read", "同じ名前が複数あります。最後のものを読みました"),
        };
        Text::new(format!("{count} of its entries {en}: {names}"), format!("{count} 個のエントリ: {ja}: {names}"))
    }

    /// Returns whether something was not read that could matter.
    fn hides(self) -> bool {
        matches!(self, Refusal::Encrypted | Refusal::Method | Refusal::Damaged | Refusal::Bomb)
    }
}

/// Whether an archive is read on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Go {
    /// It is.
    On,
    /// A limit is reached.
    Stop,
}

/// Where the entries of an archive go.
pub struct Sink<'a> {
    archive: &'a Item,
    folder: &'a Path,
    budget: &'a mut Budget,
    files: BTreeMap<String, Item>,
    entries: u64,
    refused: BTreeMap<Refusal, (u64, BTreeSet<String>)>,
    limit: Option<Text>,
}

impl Sink<'_> {
    /// Notes that an entry is not read, or not wholly.
    pub fn refuse(&mut self, name: &[u8], why: Refusal) -> Go {
        let go = self.count();
        self.note(&shown(name), why);
        go
    }

    /// Notes what is wrong with an entry that was taken.
    pub fn mark(&mut self, name: &[u8], why: Refusal) {
        self.note(&shown(name), why);
    }

    fn note(&mut self, name: &str, why: Refusal) {
        let (count, names) = self.refused.entry(why).or_default();
        *count += 1;
        if names.len() < NAMED {
            names.insert(name.to_owned());
        }
    }

    fn count(&mut self) -> Go {
        self.entries += 1;
        if self.entries <= MOST_ENTRIES {
            return Go::On;
        }
        self.limit = Some(Text::new(
            format!("holds more than {MOST_ENTRIES} entries; those after them were not read"),
            format!("エントリが {MOST_ENTRIES} 個を超えています。それより後は読んでいません"),
        ));
        Go::Stop
    }

    /// Unpacks a file.
    ///
    /// # Errors
    ///
    /// What the operating system says where it cannot be written.
    pub fn take(&mut self, name: &[u8], content: &mut dyn Read, meter: &Meter) -> io::Result<Go> {
        let Some(name) = inside(name) else { return Ok(self.refuse(name, Refusal::Outside)) };
        if self.count() == Go::Stop {
            return Ok(Go::Stop);
        }
        if self.budget.files == 0 {
            self.limit = Some(Text::new(
                format!("holds more than {MOST_FILES} files; `{name}` and those after it were not read"),
                format!("ファイルが {MOST_FILES} 個を超えています。`{name}` 以降は読んでいません"),
            ));
            return Ok(Go::Stop);
        }
        self.budget.files -= 1;
        let path = self.folder.join(self.entries.to_string());
        let mut out = system::create_private(&path)?;
        let size = io::copy(&mut content.take(self.budget.bytes), &mut out)?;
        out.flush()?;
        self.budget.bytes -= size;
        let whole = format!("{}/{name}", self.archive.name);
        if self.files.insert(name.clone(), Item { name: whole, path, size }).is_some() {
            self.note(&name, Refusal::Twice);
        }
        if self.budget.bytes == 0 {
            self.limit = Some(Text::new(
                format!("unpacks to more than {} GiB; the rest of `{name}` and what follows were not read", MOST_BYTES >> 30),
                format!("展開すると {} GiB を超えます。`{name}` の残りとそれ以降は読んでいません", MOST_BYTES >> 30),
            ));
            return Ok(Go::Stop);
        }
        Ok(if meter.stopped().is_some() { Go::Stop } else { Go::On })
    }
}

/// Returns the name of an entry with `/` between folders, `None` when it leads out of the archive or is none.
fn inside(name: &[u8]) -> Option<String> {
    if name.contains(&0) {
        return None;
    }
    let name = decode_name(name).replace('\\', "/");
    let drive = name.as_bytes().get(1) == Some(&b':') && name.starts_with(|c: char| c.is_ascii_alphabetic());
    if name.starts_with('/') || drive || name.chars().count() > LONGEST {
        return None;
    }
    let parts: Vec<&str> = name.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    (!parts.is_empty() && !parts.contains(&"..")).then(|| parts.join("/"))
}

/// Returns the name of an entry as a warning shows it.
fn shown(name: &[u8]) -> String {
    let text: String = decode_name(name).chars().take(120).collect();
    text.replace('\0', "\u{2400}")
}

/// Unpacks a zip or tar archive; whatever is refused, cut off or over a limit becomes a problem, and the rest is there.
///
/// # Errors
///
/// [`Problem`] when there is no place for what is unpacked.
pub fn unpack(archive: &Item, content: Content, budget: &mut Budget, problems: &mut Vec<Problem>) -> Result<Unpacked, Problem> {
    let folder = system::temporary_folder().map_err(|error| Problem::unreadable(archive, &error))?;
    let mut sink =
        Sink { archive, folder: folder.path(), budget, files: BTreeMap::new(), entries: 0, refused: BTreeMap::new(), limit: None };
    let (done, meter) = match content {
        Content::Tar(mut content, meter) => (tar::read(&mut content, &meter, &mut sink), meter),
        _ => {
            let meter = Rc::new(Meter::default());
            (zip::read(&archive.path, &meter, &mut sink), meter)
        }
    };
    let Sink { files, refused, limit, .. } = sink;
    let mut say = |what: Text, failed: bool| problems.push(Problem { name: archive.name.clone(), what, failed });
    for (why, (count, names)) in refused {
        let more = if count > names.len() as u64 { ", …" } else { "" };
        let names: Vec<String> = names.into_iter().collect();
        say(why.text(count, &format!("{}{more}", names.join(", "))), why.hides());
    }
    if let Err(error) = done {
        let text = Text::new(format!("could not be unpacked wholly: {error}"), format!("最後まで展開できません: {error}"));
        say(text, true);
    }
    if let Some(text) = limit.or_else(|| meter.complaint()) {
        say(text, true);
    }
    Ok(Unpacked { files, _folder: folder })
}
