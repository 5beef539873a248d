//! Checks the built-in packs and embeds them: the entries as one blob, all else as another, which takes about as long to read, components beside them.

#![allow(clippy::disallowed_methods, reason = "a build script opens files and reads what cargo tells it")]

#[path = "src"]
#[allow(dead_code, unused_imports, reason = "the build script uses a part of what the library does")]
mod library {
    #[path = "pack/content.rs"]
    pub mod content;
    pub mod knowledge;
}

use library::content::{self, Pack, SourceFile};
use library::knowledge;
use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let root = env::var("CARGO_MANIFEST_DIR")?;
    let out = env::var("OUT_DIR")?;
    let (root, out) = (Path::new(&root), Path::new(&out));
    for folder in ["knowledge", "rules", "plugins/built"] {
        println!("cargo::rerun-if-changed={folder}");
    }
    let mut packs = vec![base(root)?];
    for topic in names(&root.join("rules"))? {
        let mut files = Vec::new();
        gather(&root.join("rules").join(&topic), "", &mut files)?;
        packs.push(read(&format!("rules/{topic}/"), &files)?);
    }
    fs::write(out.join("components.rs"), components(root, &packs)?)?;
    let entries: Vec<Vec<knowledge::Entry>> = packs.iter_mut().map(|pack| std::mem::take(&mut pack.knowledge.entries)).collect();
    fs::write(out.join("entries.bin"), postcard::to_stdvec(&entries)?)?;
    fs::write(out.join("packs.bin"), postcard::to_stdvec(&packs)?)?;
    Ok(())
}

/// The pack of the knowledge and of the plugins.
fn base(root: &Path) -> Result<Pack, Failure> {
    let mut files = vec![(
        "pack.toml".to_owned(),
        format!(
            "id = \"mailmedic\"\nversion = \"{}\"\ntitle = {{ en = \"mailmedic\", ja = \"mailmedic\" }}\n",
            env::var("CARGO_PKG_VERSION")?
        ),
    )];
    gather(&root.join("knowledge"), "knowledge", &mut files)?;
    for plugin in names(&root.join("plugins"))? {
        let manifest = root.join("plugins").join(&plugin).join("plugin.toml");
        // The plugin that misbehaves is for the tests of the host alone.
        if manifest.exists() && plugin != "misbehaving" {
            println!("cargo::rerun-if-changed={}", manifest.display());
            files.push((format!("plugins/{plugin}/plugin.toml"), fs::read_to_string(manifest)?));
        }
    }
    read("", &files)
}

fn read(at: &str, files: &[SourceFile]) -> Result<Pack, Failure> {
    content::read(files).map_err(|errors| {
        let all: Vec<String> = errors.iter().map(|error| format!("{at}{error}")).collect();
        all.join("\n").into()
    })
}

fn components(root: &Path, packs: &[Pack]) -> Result<String, Failure> {
    let mut source = String::from("/// The components of the built-in plugins.\nstatic COMPONENTS: &[(&str, &[u8])] = &[\n");
    for manifest in packs.iter().flat_map(|pack| &pack.plugins) {
        let path = root.join("plugins/built").join(format!("{}.wasm", manifest.id));
        if !path.exists() {
            return Err(format!("{} is missing; `cargo run --release --example build-plugins` builds it", path.display()).into());
        }
        writeln!(source, "    ({:?}, include_bytes!({:?})),", manifest.id, path.display().to_string())?;
    }
    source.push_str("];\n");
    Ok(source)
}

fn names(folder: &Path) -> Result<Vec<String>, Failure> {
    let mut names = Vec::new();
    if folder.exists() {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            if entry.path().is_dir() {
                names.push(entry.file_name().to_string_lossy().into_owned());
            }
        }
    }
    names.sort();
    Ok(names)
}

fn gather(folder: &Path, name: &str, files: &mut Vec<SourceFile>) -> Result<(), Failure> {
    let mut entries: Vec<_> = fs::read_dir(folder)?.collect::<Result<_, _>>()?;
    entries.sort_by_key(|entry| entry.file_name());
    for entry in entries {
        let file = entry.file_name().to_string_lossy().into_owned();
        let name = if name.is_empty() { file } else { format!("{name}/{file}") };
        if entry.path().is_dir() {
            gather(&entry.path(), &name, files)?;
        } else if name.ends_with(".toml") || name.ends_with(".rhai") {
            files.push((name, fs::read_to_string(entry.path())?));
        }
    }
    Ok(())
}
