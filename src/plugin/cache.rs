//! Compiled components, kept between runs: keyed by content, wasmtime's version and settings.
//!
//! One file each, uncompressed, because to unpack them took longer than all else that loading does (docs/decisions/0018): a head of two
//! hashes and a length, the component, and what it was compiled to.

use crate::system;
use foldhash::fast::FixedState;
use std::hash::{BuildHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use wasmtime::Engine;
use wasmtime::component::Component;

/// How many files are kept: those of a few versions with a few packs.
const MOST_FILES: usize = 64;
/// The largest file that is read, in bytes.
const LARGEST: u64 = 64 << 20;
/// The length of the head: a hash of the settings, a hash of all that follows it, the length of the component.
const HEAD: usize = 24;

/// A folder of compiled components that only the user can write.
pub(super) struct Cache {
    folder: PathBuf,
    /// A hash of wasmtime's version and of what an engine compiles for.
    settings: u64,
}

impl Cache {
    /// Opens the cache in a folder that only the user can write; `None` where that cannot be had, then components are compiled anew.
    pub fn open(folder: &Path, engine: &Engine) -> Option<Cache> {
        system::private_folder(folder).ok()?;
        let mut hasher = FixedState::default().build_hasher();
        engine.precompile_compatibility_hash().hash(&mut hasher);
        env!("CARGO_PKG_VERSION").hash(&mut hasher);
        Some(Cache { folder: folder.to_path_buf(), settings: hasher.finish() })
    }

    /// Returns what a component was compiled to by an engine of the same settings; `None` where no file is there, or one that does not fit.
    pub fn load(&self, engine: &Engine, component: &[u8]) -> Option<Component> {
        let file = system::read_bytes(&self.file(component), LARGEST).ok()?;
        let (head, rest) = file.split_at_checked(HEAD)?;
        let number = |at: usize| head.get(at..at + 8)?.try_into().ok().map(u64::from_le_bytes);
        let length = usize::try_from(number(16)?).ok()?;
        let (content, compiled) = rest.split_at_checked(length)?;
        // The same name may be another's, and a file may be cut off or damaged.
        let fits = number(0)? == self.settings && content == component && number(8)? == checksum(rest, length);
        if fits { trusted(engine, compiled) } else { None }
    }

    /// Keeps what a component was compiled to. Where that fails it is compiled anew the next time.
    pub fn keep(&self, component: &[u8], compiled: &Component) {
        let Ok(compiled) = compiled.serialize() else { return };
        let mut rest = component.to_vec();
        rest.extend(compiled);
        let length = component.len();
        let mut file = Vec::with_capacity(HEAD + rest.len());
        for number in [self.settings, checksum(&rest, length), length as u64] {
            file.extend(number.to_le_bytes());
        }
        file.append(&mut rest);
        if system::replace_private(&self.file(component), &file).is_ok() {
            system::keep_newest(&self.folder, MOST_FILES);
        }
    }

    fn file(&self, component: &[u8]) -> PathBuf {
        self.folder.join(format!("{:016x}{:016x}", hash(component), self.settings))
    }
}

/// Loads what an engine compiled before.
#[expect(unsafe_code, reason = "wasmtime offers no other way to load what it has compiled; docs/decisions/0018")]
fn trusted(engine: &Engine, compiled: &[u8]) -> Option<Component> {
    // SAFETY: the bytes must be what `Component::serialize` gave. `Cache::keep` alone writes such files, into a folder that belongs to
    // this user and that nobody else can write (`system::private_folder`, looked at in each run): who could put another file there
    // could as well put another program in place of this one. Damage by accident is kept out by the hash over the whole file, files of
    // another version or of other settings by the hash of the settings, and wasmtime itself compares both once more.
    unsafe { Component::deserialize(engine, compiled) }.ok()
}

fn checksum(rest: &[u8], length: usize) -> u64 {
    hash(rest) ^ (length as u64).rotate_left(32)
}

fn hash(bytes: &[u8]) -> u64 {
    let mut hasher = FixedState::default().build_hasher();
    hasher.write(bytes);
    hasher.finish()
}
