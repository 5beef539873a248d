//! What stands in the file system, without opening it: sizes, owners, times.

use std::ffi::OsStr;
use std::fs;
use std::io::{self, Read};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// What is known of a file without opening it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Status {
    /// Type and permissions, as stat(2) gives them.
    pub mode: u32,
    /// The owner's number.
    pub uid: u32,
    /// The group's number.
    pub gid: u32,
    /// The size in bytes.
    pub size: u64,
    /// When it was last written, in seconds since 1970.
    pub modified: i64,
    /// The number that tells it from other files of its file system.
    pub inode: u64,
}

impl Status {
    /// Returns whether it is a regular file.
    pub fn is_file(&self) -> bool {
        self.mode & 0o170_000 == 0o100_000
    }

    /// Returns whether it is a folder.
    pub fn is_folder(&self) -> bool {
        self.mode & 0o170_000 == 0o040_000
    }

    /// Returns type and permissions as `ls -l` writes them, `-rw-r-----`.
    pub fn letters(&self) -> String {
        let kind = match self.mode & 0o170_000 {
            0o040_000 => 'd',
            0o120_000 => 'l',
            0o010_000 => 'p',
            0o140_000 => 's',
            0o020_000 => 'c',
            0o060_000 => 'b',
            _ => '-',
        };
        let mut text = String::from(kind);
        for (at, special, letters) in [(6, 0o4000, "sS"), (3, 0o2000, "sS"), (0, 0o1000, "tT")] {
            let bits = self.mode >> at;
            text.push(if bits & 4 == 0 { '-' } else { 'r' });
            text.push(if bits & 2 == 0 { '-' } else { 'w' });
            let mut special = (self.mode & special != 0).then(|| letters.chars()).into_iter().flatten();
            let (with, without) = (special.next(), special.next());
            text.push(if bits & 1 == 0 { without.unwrap_or('-') } else { with.unwrap_or('x') });
        }
        text
    }
}

/// Returns what is known of a file; a link is followed only where `follow` says so.
///
/// # Errors
///
/// What the operating system says.
pub fn status(path: &Path, follow: bool) -> io::Result<Status> {
    let meta = if follow { fs::metadata(path)? } else { fs::symlink_metadata(path)? };
    Ok(Status { mode: meta.mode(), uid: meta.uid(), gid: meta.gid(), size: meta.len(), modified: meta.mtime(), inode: meta.ino() })
}

/// Hands the names in a folder to `take`, in the order of the folder, until it returns `false`: nothing is gathered, however many there are.
///
/// # Errors
///
/// What the operating system says.
pub fn each_name(path: &Path, mut take: impl FnMut(&OsStr) -> bool) -> io::Result<()> {
    for entry in fs::read_dir(path)? {
        if !take(&entry?.file_name()) {
            break;
        }
    }
    Ok(())
}

/// Returns where a link leads.
///
/// # Errors
///
/// What the operating system says.
pub fn link(path: &Path) -> io::Result<PathBuf> {
    fs::read_link(path)
}

/// Opens a regular file for reading. A pipe without a writer does not hold it up.
///
/// # Errors
///
/// What the operating system says, or that it is no regular file.
pub(super) fn open_regular(path: &Path) -> io::Result<fs::File> {
    let flags = i32::try_from(rustix::fs::OFlags::NONBLOCK.bits()).unwrap_or(0);
    let file = fs::OpenOptions::new().read(true).custom_flags(flags).open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no regular file"));
    }
    Ok(file)
}

/// Opens the file with the number `inode` for reading from a byte on: the one at `path`, or where that is another one by now, as a log is
/// that was rotated, one beside it whose name begins with the same.
///
/// # Errors
///
/// What the operating system says, or that it is no regular file.
pub fn open_again(path: &Path, inode: Option<u64>, from: u64) -> io::Result<fs::File> {
    let wanted = inode.filter(|inode| status(path, true).map_or(true, |now| now.inode != *inode));
    let (Some(inode), Some(folder), Some(name)) = (wanted, path.parent(), path.file_name()) else { return super::open_at(path, from) };
    let mut moved = None;
    each_name(folder, |other| {
        let fits = other.as_encoded_bytes().starts_with(name.as_encoded_bytes());
        let place = folder.join(other);
        if fits && status(&place, false).is_ok_and(|other| other.inode == inode && other.is_file()) {
            moved = Some(place);
        }
        moved.is_none()
    })?;
    super::open_at(moved.as_deref().unwrap_or(path), from)
}

/// Reads at most `most` bytes of a regular file from a byte on.
///
/// # Errors
///
/// What the operating system says, or that it is no regular file.
pub fn read_part(path: &Path, from: u64, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    super::open_at(path, from)?.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::{Status, open_again, status};
    use std::io::Read;

    #[test]
    fn a_log_that_was_rotated_is_found_again() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("mail.log");
        std::fs::File::create(&log).and_then(|mut file| std::io::Write::write_all(&mut file, b"one\ntwo\n")).unwrap();
        let inode = status(&log, true).unwrap().inode;
        std::fs::rename(&log, folder.path().join("mail.log.1")).unwrap();
        std::fs::File::create(&log).unwrap();
        let mut text = String::new();
        open_again(&log, Some(inode), 4).unwrap().read_to_string(&mut text).unwrap();
        assert_eq!(text, "two\n");
    }

    #[test]
    fn permissions_are_written_as_ls_does() {
        let letters = |mode| Status { mode, uid: 0, gid: 0, size: 0, modified: 0, inode: 0 }.letters();
        for (mode, text) in [
            (0o100_640, "-rw-r-----"),
            (0o040_755, "drwxr-xr-x"),
            (0o043_730, "drwx-ws--T"),
            (0o104_755, "-rwsr-xr-x"),
            (0o102_711, "-rwx--s--x"),
            (0o120_777, "lrwxrwxrwx"),
            (0o140_666, "srw-rw-rw-"),
            (0o104_644, "-rwSr--r--"),
        ] {
            assert_eq!(letters(mode), text, "{mode:o}");
        }
    }
}
