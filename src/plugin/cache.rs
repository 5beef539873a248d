//! Compiled components, kept between runs: keyed by content, wasmtime's version and settings.

use crate::system;
use std::path::Path;
use wasmtime::{Cache, CacheConfig};

/// Opens the cache in a folder that only the user can write; `None` where that cannot be had, then components are compiled anew.
pub(super) fn open(folder: &Path) -> Option<Cache> {
    system::private_folder(folder).ok()?;
    let mut config = CacheConfig::new();
    config.with_directory(folder);
    Cache::new(config).ok()
}
