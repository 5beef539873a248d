//! Reading a bundle, as far as it holds: a newer one, one that was cut off, one that was changed.

use super::save::digest;
use super::{Entry, FORMAT, MANIFEST, Manifest, VERSION};
use crate::evidence::{Item, Problem, walk};
use crate::knowledge::Text;
use crate::system;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The largest manifest that is read.
const MOST: u64 = 16 << 20;
/// How many names one warning lists.
const NAMED: usize = 10;

/// A bundle that was opened.
#[derive(Debug)]
pub struct Opened {
    /// Its manifest.
    pub manifest: Manifest,
    /// What is wrong with it.
    pub problems: Vec<Problem>,
    /// Files that the manifest does not name; they are evidence of their own.
    pub others: Vec<Item>,
    place: Place,
}

/// Where the files of a bundle are.
#[derive(Debug, Clone)]
enum Place {
    /// In the folder of this run, so that it may name parts of files of this machine. A bundle from elsewhere may not: it could name any
    /// file that whoever opens it can read.
    Live(PathBuf),
    /// Listed by their names in the bundle.
    Listed(BTreeMap<String, Item>),
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

/// What files without a folder of this run turn out to be.
#[derive(Debug)]
pub enum Found {
    /// A bundle.
    Bundle(Box<Opened>),
    /// A bundle whose manifest cannot be read, for this reason: its files, without the manifest, are ordinary evidence.
    Torn(Problem),
    /// Ordinary evidence.
    Other,
}

impl Opened {
    /// Returns the bundle that this run writes into `folder`.
    pub fn live(manifest: Manifest, folder: PathBuf) -> Opened {
        Opened { manifest, problems: Vec::new(), others: Vec::new(), place: Place::Live(folder) }
    }

    /// Returns a part of a bundle: the entries of `manifest`, in the same place.
    pub fn part(&self, manifest: Manifest) -> Opened {
        Opened { manifest, problems: Vec::new(), others: Vec::new(), place: self.place.clone() }
    }

    /// Returns the pieces that hold something, in the order in which they are read.
    pub fn pieces(&self) -> Vec<Piece> {
        let pieces = self.manifest.entries.iter().filter_map(|entry| {
            let name = entry.name();
            match &self.place {
                Place::Live(folder) => {
                    if let Some(range) = &entry.range {
                        let size = range.to.saturating_sub(range.from);
                        let item = Item { name, path: range.path.clone(), size };
                        return Some(Piece { item, from: range.from, inode: range.inode });
                    }
                    let path = folder.join(entry.file.as_deref()?);
                    let size = match system::look(&path, false) {
                        Ok(system::Entry::File { size }) => size,
                        // Reading it says what is wrong.
                        _ => 1,
                    };
                    Some(Piece { item: Item { name, path, size }, from: 0, inode: None })
                }
                Place::Listed(files) => {
                    let file = files.get(entry.file.as_deref()?)?;
                    Some(Piece { item: Item { name, path: file.path.clone(), size: file.size }, from: 0, inode: None })
                }
            }
        });
        pieces.filter(|piece| piece.item.size > 0).collect()
    }
}

/// Opens a folder as a bundle. Links in it are not followed, so nothing outside of it is read.
pub fn open(folder: &Path) -> Found {
    if !matches!(system::look(&folder.join(MANIFEST), false), Ok(system::Entry::File { .. })) {
        return Found::Other;
    }
    let (mut items, mut problems) = (Vec::new(), Vec::new());
    walk(folder, &mut items, &mut problems);
    let name = folder.display().to_string();
    let inside = |item: Item| Some((item.name.strip_prefix(&name)?.trim_start_matches('/').to_owned(), item));
    match open_files(&name, items.into_iter().filter_map(inside).collect()) {
        Found::Bundle(mut opened) => {
            opened.problems.append(&mut problems);
            Found::Bundle(opened)
        }
        found => found,
    }
}

/// Opens files as a bundle, given by their names in it; `name` is the bundle as a whole. The manifest may stand in one folder below.
pub fn open_files(name: &str, mut files: BTreeMap<String, Item>) -> Found {
    if !files.contains_key(MANIFEST) {
        let below = format!("/{MANIFEST}");
        let mut folders = files.keys().filter_map(|name| name.strip_suffix(&below)).filter(|folder| !folder.contains('/'));
        let (Some(folder), None) = (folders.next(), folders.next()) else { return Found::Other };
        let folder = format!("{folder}/");
        let inside = |(name, item): (String, Item)| (name.strip_prefix(&folder).unwrap_or(&name).to_owned(), item);
        files = files.into_iter().map(inside).collect();
    }
    let Some(manifest) = files.remove(MANIFEST) else { return Found::Other };
    let (manifest, problems) = match read_manifest(&manifest) {
        Ok(read) => read,
        Err(found) => return found,
    };
    let mut opened = Opened { manifest, problems, others: Vec::new(), place: Place::Listed(BTreeMap::new()) };
    compare(name, &mut opened, &mut files);
    opened.place = Place::Listed(files);
    Found::Bundle(Box::new(opened))
}

/// What every version of the manifest has; more of it may have changed in a newer one.
#[derive(Deserialize)]
struct Loose {
    format: String,
    #[serde(default)]
    mailmedic: String,
    #[serde(default)]
    host: String,
    #[serde(default)]
    platform: Option<String>,
    #[serde(default)]
    taken_at: String,
    #[serde(default)]
    probes: Vec<serde_json::Value>,
    #[serde(default)]
    entries: Vec<serde_json::Value>,
}

/// Reads a manifest, entry by entry where it is not as this version writes it.
fn read_manifest(item: &Item) -> Result<(Manifest, Vec<Problem>), Found> {
    let torn = |en: String, ja: String| {
        let what = Text::new(
            format!("the manifest cannot be read ({en}); the files of the bundle are read as evidence of their own"),
            format!("マニフェストを読み取れません ({ja})。バンドルの各ファイルを個別の証拠として読みます"),
        );
        Found::Torn(Problem { name: item.name.clone(), what, failed: true })
    };
    let text = system::read_text(&item.path, MOST).map_err(|error| torn(error.to_string(), error.to_string()))?;
    // Other programs have manifests too.
    let mark = format!("\"{FORMAT}");
    let head: String = text.chars().take(4096).collect();
    if !head.contains(&mark) {
        return Err(if text.is_empty() { torn("it is empty".to_owned(), "空です".to_owned()) } else { Found::Other });
    }
    let mut problems = Vec::new();
    let mut say = |en: String, ja: String, failed| problems.push(Problem { name: item.name.clone(), what: Text::new(en, ja), failed });
    let manifest = match serde_json::from_str::<Manifest>(&text) {
        Ok(manifest) => manifest,
        Err(error) => {
            let loose: Loose = serde_json::from_str(&text).map_err(|_| torn(error.to_string(), error.to_string()))?;
            let all = loose.entries.len();
            let entries: Vec<Entry> = loose.entries.into_iter().filter_map(|entry| serde_json::from_value(entry).ok()).collect();
            let lost = all - entries.len();
            if lost > 0 {
                say(
                    format!("{lost} of {all} entries of the manifest were not understood; their files are read as evidence of their own"),
                    format!("マニフェストの {all} 項目のうち {lost} 項目を理解できません。それらのファイルは個別の証拠として読みます"),
                    true,
                );
            }
            Manifest {
                format: loose.format,
                mailmedic: loose.mailmedic,
                host: loose.host,
                platform: loose.platform,
                taken_at: loose.taken_at,
                probes: loose.probes.into_iter().filter_map(|run| serde_json::from_value(run).ok()).collect(),
                entries,
                ..Manifest::default()
            }
        }
    };
    let version = manifest.format.strip_prefix(FORMAT).and_then(|version| version.parse::<u32>().ok());
    if version.is_none_or(|version| version > VERSION) {
        let by = if manifest.mailmedic.is_empty() { String::new() } else { format!(" (mailmedic {})", manifest.mailmedic) };
        say(
            format!(
                "the bundle has the newer format {}{by}; this mailmedic knows up to {FORMAT}{VERSION} and reads what it can: use a newer one",
                manifest.format
            ),
            format!(
                "バンドルの形式 {}{by} は新しい形式です。この mailmedic が対応しているのは {FORMAT}{VERSION} までで、読める部分だけを読みます。新しい版を使ってください",
                manifest.format
            ),
            false,
        );
    }
    Ok((manifest, problems))
}

/// Compares a bundle's files with its manifest and says what was cut off or changed.
fn compare(name: &str, opened: &mut Opened, files: &mut BTreeMap<String, Item>) {
    let (mut missing, mut shorter, mut changed, mut elsewhere) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    let mut named = BTreeSet::new();
    for entry in &opened.manifest.entries {
        let Some(file) = entry.file.as_ref() else {
            if let Some(range) = &entry.range {
                elsewhere.insert(range.path.display().to_string());
            }
            continue;
        };
        if !named.insert(file.clone()) {
            continue;
        }
        let Some(item) = files.get(file) else {
            missing.insert(file.clone());
            continue;
        };
        let found = system::open(&item.path).and_then(digest);
        // What cannot be read is named when it is read.
        let Ok((size, hash)) = found else { continue };
        if entry.bytes.is_some_and(|bytes| size < bytes) {
            shorter.insert(file.clone());
        } else if entry.sha256.as_ref().is_some_and(|sha256| *sha256 != hash) || entry.bytes.is_some_and(|bytes| size != bytes) {
            changed.insert(file.clone());
        }
    }
    let extra: BTreeSet<String> = files.keys().filter(|file| !named.contains(*file)).cloned().collect();
    opened.others = extra.iter().filter_map(|file| files.remove(file)).collect();
    let mut say = |names: &BTreeSet<String>, en: &str, ja: &str, failed: bool| {
        if names.is_empty() {
            return;
        }
        let mut list: Vec<&str> = names.iter().take(NAMED).map(String::as_str).collect();
        if names.len() > NAMED {
            list.push("…");
        }
        let (count, list) = (names.len(), list.join(", "));
        let what = Text::new(format!("{count} {en}: {list}"), format!("{ja} ({count} 件): {list}"));
        opened.problems.push(Problem { name: name.to_owned(), what, failed });
    };
    say(&missing, "of the files that the manifest names are missing", "マニフェストにあるファイルがありません", true);
    say(
        &shorter,
        "of the files are shorter than the manifest says, so they were cut off",
        "ファイルがマニフェストの記録より短く、途中で切れています",
        true,
    );
    say(
        &changed,
        "of the files were changed after the bundle was written (their hash differs)",
        "バンドルの作成後に変更されたファイルがあります (ハッシュが一致しません)",
        false,
    );
    say(
        &extra,
        "files are not in the manifest and were read as evidence of their own",
        "マニフェストにないファイルを個別の証拠として読みました",
        false,
    );
    say(&elsewhere, "pieces lie outside the bundle and were not read", "バンドルの外を指す項目は読んでいません", true);
}
