//! Where a bundle is to be kept, and in which form; its name tells.

use super::SaveError;
use crate::system;
use std::io;
use std::path::{Path, PathBuf};

/// In which form a bundle is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A folder.
    Folder,
    /// A zip archive.
    Zip,
    /// A tar archive.
    Tar,
    /// A tar archive, compressed by gzip.
    TarGz,
    /// A tar archive, compressed by zstd.
    TarZst,
}

/// Endings of names and what they stand for; `None` for what is not written.
const ENDINGS: &[(&str, Option<Form>)] = &[
    (".zip", Some(Form::Zip)),
    (".tar.gz", Some(Form::TarGz)),
    (".tgz", Some(Form::TarGz)),
    (".tar.zst", Some(Form::TarZst)),
    (".tzst", Some(Form::TarZst)),
    (".tar", Some(Form::Tar)),
    (".7z", None),
    (".rar", None),
    (".cab", None),
    (".xz", None),
    (".txz", None),
    (".bz2", None),
    (".tbz2", None),
    (".gz", None),
    (".zst", None),
    (".json", None),
    (".txt", None),
];

/// Where a bundle is to be kept. It was free when this was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The name as given.
    pub path: PathBuf,
    /// The form that the name stands for.
    pub form: Form,
}

impl Target {
    /// Looks at the name under which a bundle is to be kept, so that a run is not made in vain.
    ///
    /// # Errors
    ///
    /// [`SaveError`] when the name is taken, stands for a form that is not written, or lies in a folder that is not there.
    pub fn new(path: &Path) -> Result<Target, SaveError> {
        let name = path.file_name().map(|name| name.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
        let form = match ENDINGS.iter().find(|(ending, _)| name.ends_with(ending)) {
            Some((ending, None)) => return Err(SaveError::Form { path: path.to_owned(), ending }),
            Some((_, Some(form))) => *form,
            None => Form::Folder,
        };
        let target = Target { path: path.to_owned(), form };
        if name.is_empty() || system::look(path, false).is_ok() {
            return Err(SaveError::Exists(path.to_owned()));
        }
        match system::look(target.folder(), true) {
            Ok(system::Entry::Folder) => Ok(target),
            Ok(_) => Err(SaveError::NoFolder(target.folder().to_owned())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Err(SaveError::NoFolder(target.folder().to_owned())),
            Err(error) => Err(SaveError::Write { path: target.path, error }),
        }
    }

    /// Returns the folder in which it is to stand.
    pub fn folder(&self) -> &Path {
        self.path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
    }
}
