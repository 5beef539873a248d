//! Builds the queue plugins into components, or checks that the committed ones are current.
//!
//! `cargo run --release --example build-plugins` builds every crate under `plugins/` that has a `plugin.toml` and writes
//! `plugins/built/<id>.wasm`. With `--check` nothing is built: the hash of the sources that each component carries is compared with the
//! sources as they are, and the exit status is 1 when one is stale or missing.

#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "it starts cargo, reads sources and writes components"
)]

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use sha2::{Digest as _, Sha256};
use wasmparser::{ComponentExternName, Parser, Payload};

/// The custom section that says from which sources a component was built.
const SECTION: &str = "mailmedic-source";
/// All that a plugin may import.
const ALLOWED: [&str; 2] = ["mailmedic:plugin/facts@1.0.0", "mailmedic:plugin/results@1.0.0"];
/// A larger component costs too much time at the first run, when it is compiled.
const LARGEST: usize = 96 * 1024;
const TARGET: &str = "wasm32-unknown-unknown";

/// What can go wrong.
#[derive(Debug, thiserror::Error)]
enum Error {
    /// A file could not be read or written.
    #[error("{path}: {source}")]
    File { path: PathBuf, source: std::io::Error },
    /// `cargo` could not be started.
    #[error("cargo: {0}")]
    Cargo(std::io::Error),
    /// `cargo build` said why on standard error.
    #[error("the plugins do not build; is the target there? rustup target add {TARGET}")]
    Build,
    /// A module could not be made into a component.
    #[error("{plugin}: {reason}")]
    Encode { plugin: String, reason: String },
    /// A component that does not parse.
    #[error("{plugin}: {source}")]
    Parse { plugin: String, source: wasmparser::BinaryReaderError },
    /// A component that the host would refuse.
    #[error("{plugin} imports {import}, which no plugin may")]
    Import { plugin: String, import: String },
    /// A component over the limit.
    #[error("{plugin} has {size} bytes, more than {LARGEST}")]
    TooLarge { plugin: String, size: usize },
    /// What `--check` found.
    #[error("stale: {0}; run `cargo run --release --example build-plugins`")]
    Stale(String),
    /// An argument that there is not.
    #[error("unknown argument {0}; there is only --check")]
    Argument(String),
}

fn main() -> ExitCode {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("plugins");
    // A scratch crate may include this file by its path and name the folder itself.
    let folder = std::env::var_os("MAILMEDIC_PLUGINS").map_or(folder, PathBuf::from);
    let result = match std::env::args().nth(1).as_deref() {
        None => build(&folder),
        Some("--check") => check(&folder),
        Some(other) => Err(Error::Argument(other.to_owned())),
    };
    match result {
        Ok(report) => {
            // Nobody is left to be told when standard output is closed.
            _ = std::io::stdout().write_all(report.as_bytes());
            ExitCode::SUCCESS
        }
        Err(error) => {
            _ = writeln!(std::io::stderr(), "build-plugins: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Builds all plugins and returns one line for each: name, size, hash of its sources.
fn build(folder: &Path) -> Result<String, Error> {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| folder.join("target"), PathBuf::from);
    let modules = target.join(TARGET).join("release");
    let names = plugins(folder)?;
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["build", "--release", "--locked", "--target", TARGET, "--manifest-path"]).arg(folder.join("Cargo.toml"));
    cargo.arg("--target-dir").arg(&target).env("CARGO_ENCODED_RUSTFLAGS", flags(folder));
    names.iter().for_each(|name| _ = cargo.arg("-p").arg(format!("mailmedic-{name}")));
    if !cargo.status().map_err(Error::Cargo)?.success() {
        return Err(Error::Build);
    }

    let mut report = String::new();
    for name in names {
        let module = read(&modules.join(format!("mailmedic_{}.wasm", name.replace('-', "_"))))?;
        let hash = source_hash(folder, &name)?;
        let mut component = encode(&name, &module)?;
        append_section(&mut component, SECTION, hash.as_bytes());
        inspect(&name, &component)?;
        let path = folder.join("built").join(format!("{name}.wasm"));
        std::fs::write(&path, &component).map_err(|source| Error::File { path, source })?;
        report.push_str(&format!("{name:<20} {:>6} bytes  {hash}\n", component.len()));
    }
    Ok(report)
}

/// Compares the hash in each built component with that of the sources.
fn check(folder: &Path) -> Result<String, Error> {
    let mut stale = Vec::new();
    let names = plugins(folder)?;
    for name in &names {
        let built = std::fs::read(folder.join("built").join(format!("{name}.wasm"))).unwrap_or_default();
        if recorded_hash(&built).as_deref() != Some(source_hash(folder, name)?.as_bytes()) {
            stale.push(name.as_str());
        }
    }
    if stale.is_empty() { Ok(format!("{} plugins are current\n", names.len())) } else { Err(Error::Stale(stale.join(", "))) }
}

/// Keeps the paths of this machine out of the components, so that they do not differ from one machine to the next for that.
fn flags(folder: &Path) -> String {
    let home = |variable| std::env::var_os(variable).map(PathBuf::from);
    let cargo = home("CARGO_HOME").or_else(|| Some(home("HOME")?.join(".cargo")));
    let mut flags = vec![format!("--remap-path-prefix={}=plugins", folder.display())];
    flags.extend(cargo.map(|cargo| format!("--remap-path-prefix={}=cargo", cargo.display())));
    // Cargo separates the flags in this variable with the unit separator.
    flags.join("\x1f")
}

/// Returns the names of the folders that hold a `plugin.toml`, sorted.
fn plugins(folder: &Path) -> Result<Vec<String>, Error> {
    let mut names = Vec::new();
    for path in list(folder)? {
        if path.join("plugin.toml").is_file() {
            names.extend(path.file_name().map(|name| name.to_string_lossy().into_owned()));
        }
    }
    Ok(names)
}

/// Returns the SHA-256, in hexadecimal, over all that a plugin's code is made from: its own sources and manifest, the SDK with the WIT,
/// the manifest of the workspace and the lock file. What is read beside the component (`plugin.toml`) and tests do not count.
fn source_hash(folder: &Path, name: &str) -> Result<String, Error> {
    let mut files = vec![folder.join("Cargo.toml"), folder.join("Cargo.lock")];
    for part in [name, "sdk"] {
        files.push(folder.join(part).join("Cargo.toml"));
        walk(&folder.join(part).join("src"), &mut files)?;
    }
    walk(&folder.join("sdk").join("wit"), &mut files)?;
    // Slashes on every system, so that the order and the hash are the same everywhere.
    let named = |path: PathBuf| (path.strip_prefix(folder).unwrap_or(&path).to_string_lossy().replace('\\', "/"), path);
    let mut files: Vec<(String, PathBuf)> = files.into_iter().map(named).collect();
    files.sort();
    let mut hash = Sha256::new();
    for (name, path) in files {
        // A checkout may have turned the line ends; the code is the same.
        let content: Vec<u8> = read(&path)?.into_iter().filter(|byte| *byte != b'\r').collect();
        hash.update(format!("{name}\n{}\n", content.len()));
        hash.update(&content);
    }
    Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), Error> {
    for path in list(folder)? {
        if path.is_dir() {
            walk(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}

fn list(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let failed = |source| Error::File { path: folder.to_owned(), source };
    let entries = std::fs::read_dir(folder).map_err(failed)?;
    let mut paths = entries.map(|entry| Ok(entry.map_err(failed)?.path())).collect::<Result<Vec<PathBuf>, Error>>()?;
    paths.sort();
    Ok(paths)
}

fn read(path: &Path) -> Result<Vec<u8>, Error> {
    std::fs::read(path).map_err(|source| Error::File { path: path.to_owned(), source })
}

fn encode(plugin: &str, module: &[u8]) -> Result<Vec<u8>, Error> {
    let mut encoder = wit_component::ComponentEncoder::default();
    encoder.validate(true);
    let encoded = encoder.module(module).and_then(|encoder| encoder.encode());
    encoded.map_err(|error| Error::Encode { plugin: plugin.to_owned(), reason: format!("{error:#}") })
}

/// Fails when the component imports what no plugin may, or is too large.
fn inspect(plugin: &str, component: &[u8]) -> Result<(), Error> {
    if component.len() > LARGEST {
        return Err(Error::TooLarge { plugin: plugin.to_owned(), size: component.len() });
    }
    let failed = |source| Error::Parse { plugin: plugin.to_owned(), source };
    let mut depth = 0;
    for payload in Parser::new(0).parse_all(component) {
        match payload.map_err(failed)? {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth -= 1,
            // Depth 0 is the component itself; the modules inside import from it.
            Payload::ComponentImportSection(imports) if depth == 0 => {
                for import in imports {
                    let ComponentExternName { name, .. } = import.map_err(failed)?.name;
                    if !ALLOWED.contains(&name) {
                        return Err(Error::Import { plugin: plugin.to_owned(), import: name.to_owned() });
                    }
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// Returns what the section says that a component was built from; `None` when there is no component or no such section.
fn recorded_hash(component: &[u8]) -> Option<Vec<u8>> {
    let mut recorded = None;
    for payload in Parser::new(0).parse_all(component) {
        if let Payload::CustomSection(section) = payload.ok()?
            && section.name() == SECTION
        {
            recorded = Some(section.data().to_vec());
        }
    }
    recorded
}

/// Appends a custom section: id 0, length, length of the name, name, data.
fn append_section(component: &mut Vec<u8>, name: &str, data: &[u8]) {
    let mut content = leb128(name.len());
    content.extend_from_slice(name.as_bytes());
    content.extend_from_slice(data);
    component.push(0);
    component.extend(leb128(content.len()));
    component.extend(content);
}

/// Encodes a length as unsigned LEB128, as the binary format wants it.
fn leb128(mut number: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let low = (number & 0x7f) as u8;
        number >>= 7;
        if number == 0 {
            bytes.push(low);
            return bytes;
        }
        bytes.push(low | 0x80);
    }
}
