//! The files of a bundle as a folder, a zip or a tar archive; the manifest stands first, so that an archive that is cut off still has it.

use super::MANIFEST;
use super::save::Sealed;
use crate::system;
use crate::system::File;
use std::io::{self, BufWriter, Read, Seek, Write};
use std::path::Path;
use zip::CompressionMethod;
use zip::write::SimpleFileOptions;

/// From this size on a file of a zip archive needs the long form of sizes.
const LARGE: u64 = 0xF000_0000;

/// Writes a bundle into a folder that is there and empty.
///
/// # Errors
///
/// What the operating system says.
pub fn folder(manifest: &[u8], files: &[Sealed], into: &Path) -> io::Result<()> {
    system::create_private(&into.join(MANIFEST))?.write_all(manifest)?;
    for file in files {
        io::copy(&mut open(file)?, &mut system::create_private(&into.join(&file.name))?)?;
    }
    Ok(())
}

/// Writes a bundle as a tar archive; `time` is the one of all its files, in seconds since 1970.
///
/// # Errors
///
/// What the operating system says.
pub fn tar(manifest: &[u8], files: &[Sealed], time: i64, out: impl Write) -> io::Result<()> {
    let mut archive = tar::Builder::new(out);
    let mut add = |name: &str, size: u64, content: &mut dyn Read| {
        let mut header = tar::Header::new_gnu();
        header.set_size(size);
        header.set_mode(0o600);
        header.set_mtime(u64::try_from(time).unwrap_or(0));
        header.set_entry_type(tar::EntryType::Regular);
        archive.append_data(&mut header, name, content)
    };
    add(MANIFEST, manifest.len() as u64, &mut &*manifest)?;
    for file in files {
        add(&file.name, file.size, &mut open(file)?)?;
    }
    archive.finish()
}

/// Writes a bundle as a zip archive.
///
/// # Errors
///
/// What the operating system says.
pub fn zip(manifest: &[u8], files: &[Sealed], out: &mut File) -> io::Result<()> {
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated).unix_permissions(0o600);
    let mut buffered = BufWriter::new(out);
    let mut archive = zip::ZipWriter::new(&mut buffered);
    archive.start_file(MANIFEST, options)?;
    archive.write_all(manifest)?;
    for file in files {
        archive.start_file(&file.name, options.large_file(file.size > LARGE))?;
        io::copy(&mut open(file)?, &mut archive)?;
    }
    archive.finish()?;
    buffered.seek(io::SeekFrom::End(0))?;
    buffered.flush()
}

/// Opens a file of exactly the size that the manifest says: no more of it goes in, should it still grow.
fn open(file: &Sealed) -> io::Result<impl Read> {
    Ok(system::open(&file.path)?.take(file.size))
}
