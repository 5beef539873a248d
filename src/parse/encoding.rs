//! What is not UTF-8: in which encoding a line is written, guessed from its bytes.

use super::{Harvest, Reason, Warning};
use crate::fact::{FileId, Place, Source};
use crate::knowledge::Text;
use encoding_rs::{SHIFT_JIS, WINDOWS_1252};

/// How many places of a file one warning names.
const MOST_PLACES: usize = 5;

/// How bytes that are not UTF-8 were read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guess {
    /// As UTF-8 that is broken in places.
    Broken,
    /// As Shift_JIS.
    ShiftJis,
    /// As Windows-1252, which has a character for every byte.
    Windows1252,
}

/// Decodes a line that is not UTF-8.
///
/// UTF-8 with more whole characters than broken ones is UTF-8. Shift_JIS decodes many a line of Western text too, so it must show Japanese: kana,
/// or two characters side by side. All else is Windows-1252.
pub fn decode(bytes: &[u8]) -> (String, Guess) {
    let utf8 = String::from_utf8_lossy(bytes);
    let broken = utf8.chars().filter(|c| *c == char::REPLACEMENT_CHARACTER).count();
    let whole = utf8.chars().filter(|c| !c.is_ascii()).count().saturating_sub(broken);
    if whole > broken {
        return (utf8.into_owned(), Guess::Broken);
    }
    match SHIFT_JIS.decode_without_bom_handling_and_without_replacement(bytes) {
        Some(text) if is_japanese(&text) => (text.into_owned(), Guess::ShiftJis),
        _ => (WINDOWS_1252.decode_without_bom_handling(bytes).0.into_owned(), Guess::Windows1252),
    }
}

fn is_japanese(text: &str) -> bool {
    let kana = |c: char| ('\u{3041}'..='\u{30fe}').contains(&c);
    let wide = |c: char| ('\u{3000}'..='\u{9fff}').contains(&c) || ('\u{ff01}'..='\u{ff5e}').contains(&c);
    let private = |c: char| ('\u{e000}'..='\u{f8ff}').contains(&c);
    let mut before = false;
    let mut japanese = false;
    for c in text.chars() {
        if private(c) {
            return false;
        }
        japanese |= kana(c) || (before && wide(c));
        before = wide(c);
    }
    japanese
}

/// What was odd in the bytes of a file, for its warnings.
#[derive(Debug, Default)]
pub struct Odd {
    guesses: Vec<(Guess, u64, Vec<u64>)>,
    nuls: u64,
    first_nul: Option<u64>,
}

impl Odd {
    /// Counts a line that was not UTF-8.
    pub fn guessed(&mut self, guess: Guess, line: u64) {
        let at = self.guesses.iter().position(|(other, ..)| *other == guess).unwrap_or(self.guesses.len());
        if at == self.guesses.len() {
            self.guesses.push((guess, 0, Vec::new()));
        }
        if let Some((_, count, places)) = self.guesses.get_mut(at) {
            *count += 1;
            if places.len() < MOST_PLACES {
                places.push(line);
            }
        }
    }

    /// Counts NUL bytes that were skipped.
    pub fn skipped(&mut self, nuls: u64, line: u64) {
        if nuls > 0 {
            self.nuls += nuls;
            self.first_nul.get_or_insert(line);
        }
    }

    /// Gives the warnings about a file.
    pub fn warn(&self, file: FileId, into: &mut Harvest) {
        for (guess, count, places) in &self.guesses {
            let Reason { en, ja } = match guess {
                Guess::Broken => Reason::new("broken UTF-8, some characters are lost", "UTF-8 が壊れており、一部の文字が失われています"),
                Guess::ShiftJis => Reason::new("read as Shift_JIS", "Shift_JIS として読み取りました"),
                Guess::Windows1252 => Reason::new("read as Windows-1252", "Windows-1252 として読み取りました"),
            };
            let lines = if *count == 1 { "1 line is".to_owned() } else { format!("{count} lines are") };
            let text = Text::new(format!("{lines} not UTF-8: {en}"), format!("UTF-8 ではない行が {count} 行あります: {ja}"));
            let sources = places.iter().map(|line| Source { file, place: Place::Line(*line) }).collect();
            into.warnings.push(Warning { text, sources, incomplete: false });
        }
        if let Some(line) = self.first_nul {
            let text = Text::new(
                format!("NUL bytes skipped, as a power cut leaves them: {}; what stood there is lost", self.nuls),
                format!("NUL バイトを {} 個スキップしました。停電などで書き込みが失われた跡とみられます", self.nuls),
            );
            into.warn(text, Source { file, place: Place::Line(line) });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_are_told_apart() {
        let sjis = |text: &str| SHIFT_JIS.encode(text).0.into_owned();
        let western = |text: &str| WINDOWS_1252.encode(text).0.into_owned();
        for text in ["ディレクトリ参照待ちのメッセージ", "配信", "name = \"配信待ち\""] {
            assert_eq!(decode(&sjis(text)), (text.to_owned(), Guess::ShiftJis));
        }
        for text in ["Grüße aus Köln", "an été in the café", "don’t", "“Hello”", "Größe", "Übung"] {
            assert_eq!(decode(&western(text)), (text.to_owned(), Guess::Windows1252));
        }
        let (text, guess) = decode(b"Gr\xc3\xbc\xc3\x9fe aus K\xc3");
        assert_eq!((text.as_str(), guess), ("Grüße aus K\u{fffd}", Guess::Broken));
    }
}
