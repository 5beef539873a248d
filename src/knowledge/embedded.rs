//! Texts that stand in the program itself: the built-in knowledge has tens of thousands, and a run reads a few dozen of them.

use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Borrow;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;
use std::sync::OnceLock;

/// Where embedded texts stand: what a decoder borrows from one of these lives as long as the program.
static EMBEDDED: OnceLock<&'static [&'static [u8]]> = OnceLock::new();

/// A text of the knowledge: where it is embedded it is neither copied nor checked before somebody reads it.
///
/// Copying and checking all of them took a quarter of the time of a small diagnosis (docs/decisions/0014).
#[derive(Clone)]
pub struct Str(Held);

#[derive(Clone)]
enum Held {
    /// Part of an embedded blob.
    Embedded(&'static [u8]),
    /// Read from a file, or made.
    Own(Box<str>),
}

impl Str {
    /// Says where embedded texts stand, before the first of them is decoded; only the first call counts.
    pub fn embed(blobs: &'static [&'static [u8]]) {
        EMBEDDED.get_or_init(|| blobs);
    }

    /// Returns the bytes of the text, which nobody need check to compare them.
    pub fn as_bytes(&self) -> &[u8] {
        match &self.0 {
            Held::Embedded(bytes) => bytes,
            Held::Own(text) => text.as_bytes(),
        }
    }

    /// Returns the text.
    pub fn as_str(&self) -> &str {
        match &self.0 {
            // The build script wrote it from a text, so it is one.
            Held::Embedded(bytes) => str::from_utf8(bytes).unwrap_or_default(),
            Held::Own(text) => text,
        }
    }
}

/// Finds bytes in the embedded blobs by where they stand in memory.
fn embedded(bytes: &[u8]) -> Option<&'static [u8]> {
    EMBEDDED.get()?.iter().find_map(|blob| {
        let at = bytes.as_ptr().addr().checked_sub(blob.as_ptr().addr())?;
        blob.get(at..at.checked_add(bytes.len())?)
    })
}

impl Serialize for Str {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self)
    }
}

impl<'de> Deserialize<'de> for Str {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // In postcard a text and its bytes are written alike, and bytes are handed over unchecked.
        if deserializer.is_human_readable() { deserializer.deserialize_str(Read) } else { deserializer.deserialize_bytes(Read) }
    }
}

struct Read;

impl<'de> Visitor<'de> for Read {
    type Value = Str;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a text")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Str, E> {
        Ok(text.into())
    }

    fn visit_string<E: Error>(self, text: String) -> Result<Str, E> {
        Ok(text.into())
    }

    fn visit_borrowed_bytes<E: Error>(self, bytes: &'de [u8]) -> Result<Str, E> {
        embedded(bytes).map_or_else(|| self.visit_bytes(bytes), |bytes| Ok(Str(Held::Embedded(bytes))))
    }

    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Str, E> {
        str::from_utf8(bytes).map(Str::from).map_err(E::custom)
    }
}

impl Deref for Str {
    type Target = str;

    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl Borrow<str> for Str {
    fn borrow(&self) -> &str {
        self
    }
}

impl AsRef<str> for Str {
    fn as_ref(&self) -> &str {
        self
    }
}

impl From<&str> for Str {
    fn from(text: &str) -> Self {
        Str(Held::Own(text.into()))
    }
}

impl From<String> for Str {
    fn from(text: String) -> Self {
        Str(Held::Own(text.into()))
    }
}

impl Default for Str {
    fn default() -> Self {
        Str(Held::Embedded(&[]))
    }
}

impl PartialEq for Str {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl Eq for Str {}

impl Hash for Str {
    fn hash<H: Hasher>(&self, state: &mut H) {
        // As a text is hashed, without the check that it is one.
        state.write(self.as_bytes());
        state.write_u8(0xff);
    }
}

impl PartialEq<str> for Str {
    fn eq(&self, other: &str) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl PartialEq<&str> for Str {
    fn eq(&self, other: &&str) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl fmt::Debug for Str {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(formatter)
    }
}

impl fmt::Display for Str {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::hash::BuildHasher;

    #[test]
    fn what_is_not_embedded_is_copied() {
        let blob = postcard::to_stdvec(&Str::from("接続できない")).unwrap();
        let read: Str = postcard::from_bytes(&blob).unwrap();
        drop(blob);
        assert_eq!(read, "接続できない");
    }

    #[test]
    fn it_is_hashed_as_the_text_that_it_is() {
        let hash = foldhash::fast::FixedState::default();
        assert_eq!(hash.hash_one(Str::from("relay")), hash.hash_one("relay"));
    }

    #[test]
    fn bytes_that_are_no_text_are_an_error() {
        assert!(postcard::from_bytes::<Str>(&[2, 0xff, 0xfe]).is_err());
    }
}
