//! Files and folders that only this user can read, and putting them in their place in one step: evidence holds addresses.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use tempfile::{NamedTempFile, TempDir};

/// A place for temporary files with less room than this, in bytes, is passed over where another has more.
const ROOM: u64 = 256 << 20;
/// The prefix of temporary files and folders.
const PREFIX: &str = ".mailmedic-";

/// Creates a file that is not there yet and that only this user can read, with the folders above it.
///
/// # Errors
///
/// What the operating system says, also that the file is there already.
pub fn create_private(path: &Path) -> io::Result<File> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(path)
}

/// Makes a temporary folder that only this user can read and that goes when it is dropped, in the first of the usual places that has room;
/// where all are nearly full, in the one with the most.
///
/// # Errors
///
/// What the operating system says of the last place.
pub fn temporary_folder() -> io::Result<TempDir> {
    let mut places: Vec<PathBuf> = vec![std::env::temp_dir(), "/var/tmp".into(), "/dev/shm".into()];
    // The sort is stable: of places with room enough the first stays first.
    places.sort_by_key(|place| std::cmp::Reverse(room(place).min(ROOM)));
    let mut last = io::Error::from(io::ErrorKind::NotFound);
    for place in places {
        match folder_in(&place) {
            Ok(folder) => return Ok(folder),
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// Returns how many bytes this user can still write at a place, 0 where that cannot be told.
fn room(place: &Path) -> u64 {
    rustix::fs::statvfs(place).map_or(0, |room| room.f_bavail.saturating_mul(room.f_frsize))
}

/// Makes a temporary folder in `place` that only this user can read.
///
/// # Errors
///
/// What the operating system says.
pub fn folder_in(place: &Path) -> io::Result<TempDir> {
    tempfile::Builder::new().prefix(PREFIX).permissions(fs::Permissions::from_mode(0o700)).tempdir_in(place)
}

/// Makes a temporary file in `place` that only this user can read.
///
/// # Errors
///
/// What the operating system says.
pub fn file_in(place: &Path) -> io::Result<NamedTempFile> {
    tempfile::Builder::new().prefix(PREFIX).permissions(fs::Permissions::from_mode(0o600)).tempfile_in(place)
}

/// Gives a file or folder its name, and never takes the place of another.
///
/// # Errors
///
/// What the operating system says; [`io::ErrorKind::AlreadyExists`] when something has the name.
pub fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
    match rustix::fs::renameat_with(rustix::fs::CWD, from, rustix::fs::CWD, to, rustix::fs::RenameFlags::NOREPLACE) {
        Ok(()) => Ok(()),
        // Some file systems cannot rename without replacing; then looking first has to do.
        Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS | rustix::io::Errno::NOTSUP) => {
            if fs::symlink_metadata(to).is_ok() {
                return Err(io::ErrorKind::AlreadyExists.into());
            }
            fs::rename(from, to)
        }
        Err(error) => Err(error.into()),
    }
}
