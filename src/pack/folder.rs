//! A pack in a folder of its own.

use super::{Pack, PluginSource, SourceFile, read};
use crate::knowledge::LoadError;
use crate::system;
use std::path::{Path, PathBuf};

/// The largest file of a pack, in bytes.
const LARGEST: u64 = 16 << 20;
/// How deep the folders of a pack may stand in each other.
const DEEPEST: usize = 6;

/// What is wrong with a pack.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// A file or folder that cannot be read.
    #[error("{path}: cannot be read: {error}")]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// What the operating system says.
        error: std::io::Error,
    },
    /// Files with errors.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Wrong(Vec<LoadError>),
}

/// Opens the pack in a folder.
///
/// # Errors
///
/// [`FolderError`] with every place that is wrong.
pub fn open(folder: &Path) -> Result<(Pack, Vec<PluginSource>), FolderError> {
    let mut files = Vec::new();
    gather(folder, "", 0, &mut files)?;
    let mut pack = read(&files).map_err(|errors| {
        FolderError::Wrong(
            errors.into_iter().map(|error| LoadError { file: folder.join(&error.file).display().to_string(), ..error }).collect(),
        )
    })?;
    let mut components = Vec::new();
    for manifest in std::mem::take(&mut pack.plugins) {
        let path = folder.join("plugins").join(&manifest.id).join("plugin.wasm");
        let bytes = system::read_bytes(&path, LARGEST).map_err(|error| FolderError::Unreadable { path, error })?;
        components.push(PluginSource { manifest, component: bytes.into() });
    }
    Ok((pack, components))
}

fn gather(folder: &Path, name: &str, depth: usize, files: &mut Vec<SourceFile>) -> Result<(), FolderError> {
    let unreadable = |path: &Path, error| FolderError::Unreadable { path: path.to_owned(), error };
    for entry in system::list(folder).map_err(|error| unreadable(folder, error))? {
        let path = folder.join(&entry);
        let name = if name.is_empty() { entry.display().to_string() } else { format!("{name}/{}", entry.display()) };
        match system::look(&path, false).map_err(|error| unreadable(&path, error))? {
            system::Entry::Folder if depth < DEEPEST => gather(&path, &name, depth + 1, files)?,
            system::Entry::File { .. } if name.ends_with(".toml") || name.ends_with(".rhai") => {
                let text = system::read_text(&path, LARGEST).map_err(|error| unreadable(&path, error))?;
                files.push((name, text));
            }
            _ => {}
        }
    }
    Ok(())
}
