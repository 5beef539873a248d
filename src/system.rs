//! The only door to the outside: files, commands, the environment and the clock. Nothing else in the library touches them.

mod clock;
mod command;
mod files;
pub mod network;
mod private;

pub use clock::{booted, log_time, millis, minute, now, time, utc_offset};
pub use command::{Ran, find as find_program, give_way, run, run_small};
pub use files::{Status, each_name, link, open_again, read_part, status};
pub use private::{create_private, file_in, folder_in, rename_new, temporary_folder};

pub use std::fs::File;

use std::ffi::OsString;
use std::fs;
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// What stands at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry {
    /// A regular file.
    File {
        /// Its size in bytes.
        size: u64,
    },
    /// A folder.
    Folder,
    /// Something that is not opened: what it is, in words.
    Other(&'static str),
}

/// Returns what stands at a path, without opening it; a link is followed only where `follow` says so.
///
/// # Errors
///
/// What the operating system says.
pub fn look(path: &Path, follow: bool) -> io::Result<Entry> {
    let meta = if follow { fs::metadata(path)? } else { fs::symlink_metadata(path)? };
    let kind = meta.file_type();
    Ok(if kind.is_file() {
        Entry::File { size: meta.len() }
    } else if kind.is_dir() {
        Entry::Folder
    } else if kind.is_symlink() {
        Entry::Other("a link inside a folder")
    } else {
        Entry::Other("a pipe, socket or device")
    })
}

/// Lists a folder: the names in it, sorted.
///
/// # Errors
///
/// What the operating system says.
pub fn list(path: &Path) -> io::Result<Vec<PathBuf>> {
    let mut names = fs::read_dir(path)?.map(|entry| entry.map(|entry| PathBuf::from(entry.file_name()))).collect::<io::Result<Vec<_>>>()?;
    names.sort();
    Ok(names)
}

/// Opens a regular file for reading.
///
/// # Errors
///
/// What the operating system says, or that it is no regular file any more.
pub fn open(path: &Path) -> io::Result<impl Read> {
    files::open_regular(path)
}

/// Reads a whole text file of at most `most` bytes.
///
/// # Errors
///
/// What the operating system says, that it is larger, or that it is no UTF-8.
pub fn read_text(path: &Path, most: u64) -> io::Result<String> {
    let mut text = String::new();
    open(path)?.take(most + 1).read_to_string(&mut text)?;
    if text.len() as u64 > most {
        return Err(io::Error::new(io::ErrorKind::InvalidData, format!("it is larger than {most} bytes")));
    }
    Ok(text)
}

/// Reads a whole file of at most `most` bytes.
///
/// # Errors
///
/// What the operating system says, or that it is larger.
pub fn read_bytes(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open(path)?.take(most + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        return Err(io::Error::new(io::ErrorKind::InvalidData, format!("it is larger than {most} bytes")));
    }
    Ok(bytes)
}

/// Writes a file that is not there yet, with the folders above it.
///
/// # Errors
///
/// What the operating system says, also that the file is there already.
pub fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    create_new(path)?.write_all(bytes)
}

/// Opens a regular file for reading from a byte on.
///
/// # Errors
///
/// What the operating system says, or that it is no regular file.
pub fn open_at(path: &Path, from: u64) -> io::Result<fs::File> {
    let mut file = files::open_regular(path)?;
    file.seek(io::SeekFrom::Start(from))?;
    Ok(file)
}

/// Creates a file that is not there yet, with the folders above it.
///
/// # Errors
///
/// What the operating system says, also that the file is there already.
pub fn create_new(path: &Path) -> io::Result<fs::File> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder)?;
    }
    fs::File::create_new(path)
}

/// Removes a file.
///
/// # Errors
///
/// What the operating system says.
pub fn remove(path: &Path) -> io::Result<()> {
    fs::remove_file(path)
}

/// Returns whether this process runs as root.
pub fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// Writes a file that only this user can read, in place of what stands there: who reads it meanwhile sees the one or the other, whole.
///
/// # Errors
///
/// What the operating system says.
pub fn replace_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    static WRITTEN: AtomicU32 = AtomicU32::new(0);
    // Other processes and threads may be about to write the same file.
    let unique = format!("{}-{}.new", std::process::id(), WRITTEN.fetch_add(1, Ordering::Relaxed));
    let new = path.with_extension(unique);
    let mut options = fs::File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(&new).and_then(|mut file| file.write_all(bytes)).and_then(|()| fs::rename(&new, path));
    if written.is_err() {
        // What is left of it helps nobody; that it cannot be removed either changes nothing.
        let _ = fs::remove_file(&new);
    }
    written
}

/// Removes the files of a folder that were written longest ago, until no more than `most` are left; what cannot be removed stays.
pub fn keep_newest(folder: &Path, most: usize) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    let mut files: Vec<_> = entries
        .filter_map(|entry| entry.ok())
        .filter_map(|entry| Some((entry.metadata().ok().filter(|meta| meta.is_file())?.modified().ok()?, entry.path())))
        .collect();
    files.sort();
    let surplus = files.len().saturating_sub(most);
    for (_, file) in files.into_iter().take(surplus) {
        let _ = fs::remove_file(file);
    }
}

/// Returns whether this process may use only so many addresses (`ulimit -v`), or has few of them anyway.
///
/// # Source
///
/// `/proc/self/limits` of Linux, proc(5); other systems know no such limit, or do not tell.
pub fn addresses_are_limited() -> bool {
    let limits = read_text(Path::new("/proc/self/limits"), 1 << 16).unwrap_or_default();
    let limit = limits.lines().find_map(|line| line.strip_prefix("Max address space")).and_then(|rest| rest.split_whitespace().next());
    cfg!(target_pointer_width = "32") || limit.is_some_and(|limit| limit != "unlimited")
}

/// Returns a variable of the environment, `None` when it is not set or empty.
pub fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

/// Makes sure that a folder exists that only this user can write.
///
/// # Errors
///
/// What the operating system says, or that others can write it.
#[cfg(unix)]
pub fn private_folder(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt, MetadataExt};
    fs::DirBuilder::new().recursive(true).mode(0o700).create(path)?;
    let meta = fs::symlink_metadata(path)?;
    // The owner of one's own entry in /proc is the user that this program runs as; elsewhere the mode alone is looked at.
    let stranger = fs::metadata("/proc/self").is_ok_and(|own| own.uid() != meta.uid());
    if !meta.is_dir() || meta.mode() & 0o022 != 0 || stranger {
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, "others can write this folder"));
    }
    Ok(())
}

/// Makes sure that a folder exists; on Windows it inherits the access rights of the user's own folder.
///
/// # Errors
///
/// What the operating system says.
#[cfg(not(unix))]
pub fn private_folder(path: &Path) -> io::Result<()> {
    fs::create_dir_all(path)
}

/// Returns the folder for what can be made anew, `None` where the environment names none.
pub fn cache_folder() -> Option<PathBuf> {
    let base = variable("XDG_CACHE_HOME").or_else(|| variable("LOCALAPPDATA")).map(PathBuf::from);
    base.or_else(|| variable("HOME").map(|home| PathBuf::from(home).join(".cache"))).map(|base| base.join("mailmedic"))
}
