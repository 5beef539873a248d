//! Writing a bundle: first into a folder that only this user can read, then, where it is to be kept, to its place in one step.

use super::{Entry, Form, MANIFEST, Manifest, Missing, Target, names, pack};
use crate::evidence::Problem;
use crate::evidence::archive::Content;
use crate::evidence::redaction::Redactor;
use crate::knowledge::Text;
use crate::system;
use crate::system::File;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufReader, BufWriter, Read, Write};
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
    #[error("`{0}` is there already, and nothing is overwritten")]
    Exists(PathBuf),
    /// The folder in which it is to stand is not there.
    #[error("the folder `{0}` is not there")]
    NoFolder(PathBuf),
    /// The name stands for a form that is not written.
    #[error("`{path}`: a bundle is not written as {ending}")]
    Form {
        /// The name as given.
        path: PathBuf,
        /// The ending of the name.
        ending: &'static str,
    },
    /// It could not be written.
    #[error("`{path}` cannot be written: {error}")]
    Write {
        /// What was written.
        path: PathBuf,
        /// What the operating system says.
        error: io::Error,
    },
}

impl SaveError {
    /// Returns what to do about it.
    pub fn help(&self) -> &'static str {
        match self {
            SaveError::Exists(_) => "choose another name, or move away what is there",
            SaveError::NoFolder(_) => "create the folder first, or choose another",
            SaveError::Form { .. } => {
                "end the name in .zip, .tar, .tar.gz, .tgz or .tar.zst for an archive; a name without an ending becomes a folder"
            }
            SaveError::Write { .. } => "choose a folder that you can write and that has room",
        }
    }
}

/// A bundle that was saved.
#[derive(Debug)]
pub struct Saved {
    /// Its manifest.
    pub manifest: Manifest,
    /// How many files of evidence it holds.
    pub files: usize,
    /// How many bytes they have together, unpacked.
    pub bytes: u64,
}

/// A file on its way into a bundle.
#[derive(Debug)]
pub(super) struct Sealed {
    /// Its name in the bundle.
    pub name: String,
    /// Where it is now.
    pub path: PathBuf,
    /// Its size in bytes.
    pub size: u64,
}

impl Draft {
    /// Begins a bundle in a temporary folder, where there is room for it.
    ///
    /// # Errors
    ///
    /// What the operating system says.
    pub fn new() -> io::Result<Draft> {
        Ok(Draft { folder: system::temporary_folder()? })
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
        system::create_private(&path)
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

    /// Copies the parts of files of this machine that a manifest names into the bundle, so that what is diagnosed now is what is kept, also
    /// where a log rotates meanwhile. What cannot be copied stays a reference, and a problem says so.
    pub fn materialise(&self, manifest: &mut Manifest) -> Vec<Problem> {
        let mut taken: BTreeSet<String> = manifest.entries.iter().filter_map(|entry| entry.file.clone()).collect();
        let mut problems = Vec::new();
        for entry in &mut manifest.entries {
            let Some(range) = entry.range.clone() else { continue };
            let end = range.path.file_name().map_or_else(|| "part".to_owned(), |name| name.to_string_lossy().into_owned());
            let name = names::safe(&format!("{}/{end}", entry.probe), &mut taken);
            let copied = system::open_again(&range.path, range.inode, range.from)
                .and_then(|from| Ok((from, self.create(&name)?)))
                .and_then(|(from, mut to)| io::copy(&mut from.take(range.to.saturating_sub(range.from)), &mut to));
            match copied {
                Ok(bytes) => {
                    (entry.file, entry.range, entry.bytes) = (Some(name), None, Some(bytes));
                }
                Err(error) => {
                    // Half a copy would only take room.
                    let _ = self.path(&name).and_then(|path| system::remove(&path));
                    let what =
                        Text::new(format!("could not be copied into the bundle: {error}"), format!("バンドルにコピーできません: {error}"));
                    problems.push(Problem { name: entry.name(), what, failed: false });
                }
            }
        }
        problems
    }

    /// Saves the bundle where it is to be kept, with the size and hash of each file; with a redactor, names and addresses are replaced.
    ///
    /// It appears there whole or not at all, and only this user can read it. Parts of files that were not copied before are named as missing.
    ///
    /// # Errors
    ///
    /// [`SaveError`] when it cannot be written, or the name was taken meanwhile.
    pub fn save(&self, manifest: &Manifest, target: &Target, redactor: Option<&mut Redactor>) -> Result<Saved, SaveError> {
        let failed = |error: io::Error| match error.kind() {
            io::ErrorKind::AlreadyExists => SaveError::Exists(target.path.clone()),
            _ => SaveError::Write { path: target.path.clone(), error },
        };
        let spool = match redactor {
            Some(_) => Some(system::folder_in(target.folder()).map_err(failed)?),
            None => None,
        };
        let mut manifest = manifest.clone();
        let redaction = redactor.zip(spool.as_ref().map(TempDir::path));
        let files = self.seal(&mut manifest, redaction).map_err(failed)?;
        write(&manifest, &files, target).map_err(failed)?;
        let bytes = files.iter().map(|file| file.size).sum();
        Ok(Saved { manifest, files: files.len(), bytes })
    }

    /// Gives each file its lasting name, its size and its hash.
    fn seal(&self, manifest: &mut Manifest, mut redaction: Option<(&mut Redactor, &Path)>) -> io::Result<Vec<Sealed>> {
        if let Some((redactor, _)) = &mut redaction {
            redactor.learn_host(&manifest.host);
            for entry in &manifest.entries {
                if let Some(file) = &entry.file {
                    redactor.learn(&mut BufReader::new(unpacked(&self.path(file)?)?))?;
                }
            }
            redact_manifest(manifest, redactor);
        }
        let mut taken = BTreeSet::from([MANIFEST.to_owned()]);
        let mut files: Vec<Sealed> = Vec::new();
        let mut same: BTreeMap<String, usize> = BTreeMap::new();
        for entry in &mut manifest.entries {
            if entry.range.take().is_some() && entry.file.is_none() {
                (entry.bytes, entry.missing) = (None, Some(Missing::Failed));
                entry.says.get_or_insert_with(|| "it could not be copied".to_owned());
            }
            let Some(from) = entry.file.clone() else { continue };
            let at = match same.get(&from) {
                Some(at) => *at,
                None => {
                    let mut path = self.path(&from)?;
                    let mut name = from.clone();
                    if let Some((redactor, spool)) = &mut redaction {
                        name = redactor.text(&name);
                        let redacted = spool.join(files.len().to_string());
                        let mut out = BufWriter::new(system::create_private(&redacted)?);
                        redactor.copy(&mut BufReader::new(unpacked(&path)?), &mut out)?;
                        out.flush()?;
                        path = redacted;
                    }
                    files.push(Sealed { name: names::safe(&name, &mut taken), path, size: 0 });
                    same.insert(from, files.len() - 1);
                    files.len() - 1
                }
            };
            let Some(file) = files.get_mut(at) else { continue };
            let (size, hash) = digest(system::open(&file.path)?)?;
            file.size = size;
            (entry.file, entry.bytes, entry.sha256) = (Some(file.name.clone()), Some(size), Some(hash));
        }
        Ok(files)
    }
}

/// Opens a file for redaction: a log that was compressed when it was rotated is unpacked.
fn unpacked(path: &Path) -> io::Result<Box<dyn Read>> {
    Ok(match Content::of(system::open_at(path, 0)?)? {
        Content::Plain(content) | Content::Compressed(content, _) | Content::Tar(content, _) => content,
        Content::Zip => Box::new(system::open_at(path, 0)?),
    })
}

/// Redacts what a manifest itself says.
fn redact_manifest(manifest: &mut Manifest, redactor: &mut Redactor) {
    manifest.host = redactor.text(&manifest.host);
    manifest.redacted = true;
    for entry in &mut manifest.entries {
        let Entry { command, path, target, says, .. } = entry;
        let texts = command.iter_mut().chain(path).chain(target).chain(says);
        texts.for_each(|text| *text = redactor.text(text));
    }
}

/// Returns the size of what is read, and its SHA-256 in hexadecimal.
///
/// # Errors
///
/// What reading gave.
pub fn digest(mut content: impl Read) -> io::Result<(u64, String)> {
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 64 << 10];
    let mut size = 0;
    loop {
        let read = match content.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        hash.update(buffer.get(..read).unwrap_or_default());
        size += read as u64;
    }
    Ok((size, hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()))
}

/// Writes a bundle beside its place, and then gives it its name.
fn write(manifest: &Manifest, files: &[Sealed], target: &Target) -> io::Result<()> {
    let text = serde_json::to_vec_pretty(manifest)?;
    if target.form == Form::Folder {
        let folder = system::folder_in(target.folder())?;
        pack::folder(&text, files, folder.path())?;
        system::rename_new(folder.path(), &target.path)?;
        // It has its name now; there is nothing left to remove.
        let _ = folder.keep();
        return Ok(());
    }
    let time = crate::fact::Timestamp::parse(&manifest.taken_at).map_or(0, |time| time.0);
    let mut file = system::file_in(target.folder())?;
    match target.form {
        Form::Zip => pack::zip(&text, files, file.as_file_mut())?,
        Form::TarGz => {
            let mut out = flate2::write::GzEncoder::new(BufWriter::new(file.as_file_mut()), flate2::Compression::default());
            pack::tar(&text, files, time, &mut out)?;
            out.finish()?.flush()?;
        }
        Form::TarZst => {
            let mut out = zstd::Encoder::new(BufWriter::new(file.as_file_mut()), 3)?;
            // Without it the end of a file that was cut off could not be told from its real end.
            out.include_checksum(true)?;
            pack::tar(&text, files, time, &mut out)?;
            out.finish()?.flush()?;
        }
        Form::Tar | Form::Folder => {
            let mut out = BufWriter::new(file.as_file_mut());
            pack::tar(&text, files, time, &mut out)?;
            out.flush()?;
        }
    }
    file.as_file().sync_all()?;
    file.persist_noclobber(&target.path).map_err(|error| error.error)?;
    Ok(())
}
