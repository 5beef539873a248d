//! The packs that are built in: read and checked when the program was built, embedded.

use super::{Pack, Packs, PluginSource};
use crate::knowledge::{Entry, Str};
use serde::de::DeserializeOwned;
use std::thread;

/// What the build script wrote: the packs without the entries of their knowledge, and those entries.
static BLOBS: [&[u8]; 2] =
    [include_bytes!(concat!(env!("OUT_DIR"), "/packs.bin")), include_bytes!(concat!(env!("OUT_DIR"), "/entries.bin"))];

include!(concat!(env!("OUT_DIR"), "/components.rs"));

/// Returns the built-in packs.
pub fn packs() -> Packs {
    Str::embed(&BLOBS);
    let [packs, entries] = BLOBS;
    // Reading them takes some ten milliseconds of processor time: two processors share it.
    let (read, entries) = thread::scope(|scope| {
        let other = thread::Builder::new().spawn_scoped(scope, || decode::<Vec<Entry>>(entries));
        let read = decode::<Pack>(packs);
        let apart = other.ok().and_then(|other| other.join().ok());
        (read, apart.unwrap_or_else(|| decode(entries)))
    });
    let mut packs = Packs::default();
    for (mut pack, entries) in read.into_iter().zip(entries) {
        pack.knowledge.entries.extend(entries);
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

/// Reads a list that the same code wrote when the program was built: it cannot be of another shape.
fn decode<T: DeserializeOwned>(blob: &'static [u8]) -> Vec<T> {
    postcard::from_bytes(blob).unwrap_or_default()
}
