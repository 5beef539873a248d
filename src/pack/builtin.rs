//! The packs that are built in: read and checked when the program was built, embedded as one blob.

use super::{Pack, Packs, PluginSource};

/// The packs, as the build script wrote them.
static BLOB: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/packs.bin"));

include!(concat!(env!("OUT_DIR"), "/components.rs"));

/// Returns the built-in packs.
pub fn packs() -> Packs {
    // The blob was written by the same code at build time: it cannot be of another shape.
    let read: Vec<Pack> = postcard::from_bytes(BLOB).unwrap_or_default();
    let mut packs = Packs::default();
    for mut pack in read {
        let components = std::mem::take(&mut pack.plugins)
            .into_iter()
            .filter_map(|manifest| {
                let (_, bytes) = COMPONENTS.iter().find(|(id, _)| *id == manifest.id)?;
                Some(PluginSource { manifest, component: std::borrow::Cow::Borrowed(bytes) })
            })
            .collect();
        packs.add(pack, components);
    }
    packs
}
