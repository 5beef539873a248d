//! Reading a bundle, as far as it holds.

use super::{FORMAT, MANIFEST, Manifest, VERSION};
use crate::evidence::Item;
use crate::knowledge::Text;
use crate::system;
use std::path::{Component, Path, PathBuf};

/// The largest manifest that is read.
const MOST: u64 = 64 << 20;

/// A bundle that was opened.
#[derive(Debug)]
pub struct Opened {
    /// Its manifest.
    pub manifest: Manifest,
    /// The folder in which its files are.
    pub folder: PathBuf,
    /// Whether it was made by this run, so that it may name parts of files of this machine. A bundle from elsewhere may not: it could
    /// name any file that whoever opens it can read.
    pub live: bool,
    /// What is wrong with it.
    pub warnings: Vec<Text>,
}

/// One piece of evidence of a bundle.
#[derive(Debug)]
pub struct Piece {
    /// The name under which people know it, where it is, and how many bytes are to be read.
    pub item: Item,
    /// The first byte that is to be read.
    pub from: u64,
    /// The number of the file, where it may have been renamed since.
    pub inode: Option<u64>,
}

impl Opened {
    /// Returns the pieces that hold something, in the order in which they are read.
    pub fn pieces(&self) -> Vec<Piece> {
        let pieces = self.manifest.entries.iter().filter_map(|entry| {
            let name = entry.name();
            if let Some(range) = entry.range.as_ref().filter(|_| self.live) {
                return Some(Piece {
                    item: Item { name, path: range.path.clone(), size: range.to.saturating_sub(range.from) },
                    from: range.from,
                    inode: range.inode,
                });
            }
            let path = self.folder.join(inside(entry.file.as_deref()?)?);
            let size = match system::look(&path, false) {
                Ok(system::Entry::File { size }) => size,
                // Reading it says what is wrong.
                _ => 1,
            };
            Some(Piece { item: Item { name, path, size }, from: 0, inode: None })
        });
        pieces.filter(|piece| piece.item.size > 0).collect()
    }
}

/// Returns the way to a file of a bundle, `None` when it leads elsewhere.
fn inside(name: &str) -> Option<&Path> {
    let path = Path::new(name);
    path.components().all(|part| matches!(part, Component::Normal(_))).then_some(path)
}

/// Opens a folder as a bundle; `None` when it has no manifest, and so is an ordinary folder.
pub fn open(folder: &Path) -> Option<Opened> {
    let text = system::read_text(&folder.join(MANIFEST), MOST).ok()?;
    let value: serde_json::Value = serde_json::from_str(&text).ok()?;
    let version: u32 = value.get("format")?.as_str()?.strip_prefix(FORMAT)?.parse().ok()?;
    let mut warnings = Vec::new();
    if version > VERSION {
        warnings.push(Text::new(
            format!("the bundle has format {version}; this mailmedic knows up to {VERSION} and reads what it can: use a newer one"),
            format!("バンドルの形式は {version} です。この mailmedic が対応しているのは {VERSION} までで、読める部分だけを読みます。新しい版を使ってください"),
        ));
    }
    let manifest = serde_json::from_value(value).ok()?;
    Some(Opened { manifest, folder: folder.to_owned(), live: false, warnings })
}
