//! Some thousand literals looked for at once, ready in a fraction of a millisecond.
//!
//! A run often looks at a few dozen texts only, and then an automaton over all literals takes longer to build than everything else
//! together. Here literals are sorted by their first four bytes; a text is walked once, and where four of its bytes begin a literal,
//! those that begin so are compared.

use crate::knowledge::Str;
use std::collections::BTreeSet;

/// How many bits of a hash of four bytes choose a place in the filter.
const BITS: u32 = 16;

/// Literals and what finds them.
#[derive(Debug, Default)]
pub(super) struct Literals {
    texts: Vec<Str>,
    /// The first four bytes of a literal with its number, sorted.
    starts: Vec<(u32, u32)>,
    /// A bit for each hash of four bytes with which some literal begins: nearly all places of a text end here.
    filter: Vec<u64>,
    /// Literals of fewer than four bytes.
    short: Vec<u32>,
}

impl Literals {
    /// Takes the literals; their numbers are their places in the list.
    pub fn new(texts: Vec<Str>) -> Literals {
        let mut literals = Literals { texts, filter: vec![0; 1 << (BITS - 6)], ..Literals::default() };
        for (number, text) in (0_u32..).zip(&literals.texts) {
            match start(Str::as_bytes(text)) {
                Some(start) => {
                    literals.starts.push((start, number));
                    let place = place(start);
                    if let Some(bits) = literals.filter.get_mut(place >> 6) {
                        *bits |= 1 << (place & 63);
                    }
                }
                None => literals.short.push(number),
            }
        }
        literals.starts.sort_unstable();
        literals
    }

    /// Returns the numbers of all literals that stand in a text.
    pub fn in_text(&self, text: &str) -> BTreeSet<u32> {
        let stands = |number: &u32| self.text(*number).is_some_and(|literal| text.contains(literal));
        let mut found: BTreeSet<u32> = self.short.iter().copied().filter(stands).collect();
        let bytes = text.as_bytes();
        for at in 0..bytes.len() {
            let rest = bytes.get(at..).unwrap_or_default();
            let Some(start) = start(rest) else { break };
            let place = place(start);
            if self.filter.get(place >> 6).is_none_or(|bits| bits & (1 << (place & 63)) == 0) {
                continue;
            }
            let first = self.starts.partition_point(|(other, _)| *other < start);
            let alike = self.starts.iter().skip(first).take_while(|(other, _)| *other == start);
            found.extend(
                alike
                    .map(|(_, number)| *number)
                    .filter(|number| self.texts.get(*number as usize).is_some_and(|literal| rest.starts_with(Str::as_bytes(literal)))),
            );
        }
        found
    }

    fn text(&self, number: u32) -> Option<&str> {
        self.texts.get(number as usize).map(Str::as_str)
    }
}

/// Returns the first four bytes as one number.
fn start(bytes: &[u8]) -> Option<u32> {
    bytes.first_chunk().map(|four| u32::from_le_bytes(*four))
}

/// Returns the bit of the filter (multiplicative hashing by the golden ratio, Knuth).
fn place(start: u32) -> usize {
    (start.wrapping_mul(0x9E37_79B1) >> (32 - BITS)) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_literal_that_stands_in_a_text_is_found() {
        let texts = ["connection refused", "connection", "refused", "nect", "ed", "", "verbindung abgelehnt", "接続"];
        let literals = Literals::new(texts.iter().map(|text| (*text).into()).collect());
        let found: Vec<&str> = literals.in_text("connection refused").iter().map(|number| texts[*number as usize]).collect();
        assert_eq!(found, ["connection refused", "connection", "refused", "nect", "ed", ""]);
        assert_eq!(literals.in_text("").len(), 1);
        assert!(literals.in_text("x接続できません").contains(&7));
    }

    proptest! {
        #[test]
        fn nothing_else_is_found(texts in prop::collection::vec("[ab]{0,7}", 0..20), text in "[abc]{0,40}") {
            let found = Literals::new(texts.iter().map(|text| text.as_str().into()).collect()).in_text(&text);
            let expected: BTreeSet<u32> = (0..).zip(&texts).filter(|(_, literal)| text.contains(literal.as_str())).map(|(number, _)| number).collect();
            prop_assert_eq!(found, expected);
        }
    }
}
