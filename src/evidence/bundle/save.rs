//! Writing a bundle: first into a folder that only this user can read, then, where it is to be kept, to its place in one step.

use crate::system;
use std::fs::File;
use std::io;
use std::path::{Component, Path, PathBuf};
use tempfile::TempDir;

/// A bundle that is being written. Its folder is removed when this is dropped.
#[derive(Debug)]
pub struct Draft {
    folder: TempDir,
}

/// Why a bundle was not saved.
#[derive(Debug, thiserror::Error)]
pub enum SaveError {
    /// Something is there already.
    #[error("{0} is there already")]
    Exists(PathBuf),
    /// It could not be written.
    #[error("{path} cannot be written: {error}")]
    Write {
        /// What was written.
        path: PathBuf,
        /// What the operating system says.
        error: io::Error,
    },
}

impl Draft {
    /// Begins a bundle in a temporary folder.
    ///
    /// # Errors
    ///
    /// What the operating system says.
    pub fn new() -> io::Result<Draft> {
        Ok(Draft { folder: tempfile::Builder::new().prefix("mailmedic-").tempdir()? })
    }

    /// Returns the folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Creates a file of the bundle, with the folders above it. Its name is relative and leads nowhere else.
    ///
    /// # Errors
    ///
    /// What the operating system says, or that the name leads out of the bundle or is taken.
    pub fn create(&self, name: &str) -> io::Result<File> {
        let path = self.path(name)?;
        system::create_new(&path)
    }

    /// Returns where a file of the bundle is.
    ///
    /// # Errors
    ///
    /// That the name leads out of the bundle.
    pub fn path(&self, name: &str) -> io::Result<PathBuf> {
        let inside = !name.is_empty() && Path::new(name).components().all(|part| matches!(part, Component::Normal(_)));
        if inside {
            Ok(self.folder.path().join(name))
        } else {
            Err(io::Error::new(io::ErrorKind::InvalidInput, "its name leads elsewhere"))
        }
    }
}
