//! The screen: its width, its colours, how text is broken into lines, and what evidence may not do to it.

use std::borrow::Cow;
use std::fmt::Write;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// The widest line that is written, in columns: longer ones are hard to read.
const WIDEST: usize = 100;
/// The narrowest screen that is written for, in columns.
const NARROWEST: usize = 20;
/// The width where nothing is known of the screen.
const USUAL: usize = 80;
/// The columns that wrapped text gets at least, however deep it is indented.
const LEAST: usize = 12;

/// When to use colours.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ColorChoice {
    /// On a terminal, unless `NO_COLOR` is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// How to write for a screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// Whether colours are used.
    pub colour: bool,
    /// The width in columns.
    pub width: usize,
}

impl Default for Style {
    fn default() -> Self {
        Style { colour: false, width: USUAL }
    }
}

/// What a piece of text is, which decides its colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ink {
    /// Trouble.
    Bad,
    /// All is well.
    Good,
    /// Something to look at.
    Warn,
    /// A heading.
    Bold,
    /// A line to be copied.
    Command,
    /// What only some readers want: ids, sources.
    Dim,
}

impl Ink {
    fn code(self) -> &'static str {
        match self {
            Ink::Bad => "1;31",
            Ink::Good => "1;32",
            Ink::Warn => "1;33",
            Ink::Bold => "1",
            Ink::Command => "36",
            Ink::Dim => "2",
        }
    }
}

impl Style {
    /// Decides on colours: a choice holds whatever the environment says; without one, a terminal gets colours unless `NO_COLOR` is set.
    pub fn choose(choice: ColorChoice, is_terminal: bool, no_color: bool, width: usize) -> Style {
        let colour = match choice {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => is_terminal && !no_color,
        };
        Style { colour, width: width.clamp(NARROWEST, WIDEST) }
    }

    /// Returns a text in a colour, or as it is where no colours are used.
    pub fn paint(&self, ink: Ink, text: &str) -> String {
        if !self.colour || text.is_empty() {
            return text.to_owned();
        }
        format!("\x1b[{}m{text}\x1b[0m", ink.code())
    }

    /// Breaks a text into lines and appends them: the first after `first`, the others after `rest`, each line painted on its own.
    ///
    /// `first` and `rest` are written as they are and must hold no escape sequence; the text must be clean.
    pub fn block(&self, out: &mut String, first: &str, rest: &str, text: &str, ink: Option<Ink>) {
        let lines = wrap(text, self.width.saturating_sub(columns(first)), self.width.saturating_sub(columns(rest)));
        for (position, line) in lines.iter().enumerate() {
            let before = if position == 0 { first } else { rest };
            let painted = ink.map_or(Cow::Borrowed(line.as_str()), |ink| Cow::Owned(self.paint(ink, line)));
            push_line(out, before, &painted);
        }
    }
}

/// Appends a line; blanks at its end are left out.
fn push_line(out: &mut String, before: &str, text: &str) {
    let start = out.len();
    out.push_str(before);
    out.push_str(text);
    let end = out.trim_end_matches(' ').len().max(start);
    out.truncate(end);
    out.push('\n');
}

/// Returns the width to write for: of the terminal, else what `COLUMNS` says, else 80; at most 100.
pub fn width(terminal: Option<usize>, columns: Option<&str>) -> usize {
    let said = columns.and_then(|columns| columns.trim().parse().ok()).filter(|columns| *columns > 0);
    terminal.filter(|columns| *columns > 0).or(said).unwrap_or(USUAL).clamp(NARROWEST, WIDEST)
}

/// Returns the width of the terminal that standard output is, `None` when it is none.
pub fn terminal_width() -> Option<usize> {
    terminal_size::terminal_size().map(|(terminal_size::Width(columns), _)| usize::from(columns))
}

/// Makes harmless what stands in evidence: what could move the cursor, colour the screen or turn the text around is shown as an escape.
///
/// Shown so are the C0 and C1 controls (`\x1b`; also line ends and tabs, so that a text stays on its line), DEL, marks and overrides of
/// writing direction, line and paragraph separators, and characters without width that hide something.
pub fn clean(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            _ if !is_harmful(char) => out.push(char),
            // Writing into a `String` cannot fail.
            _ if u32::from(char) < 0x100 => drop(write!(out, "\\x{:02x}", u32::from(char))),
            _ => drop(write!(out, "\\u{{{:x}}}", u32::from(char))),
        }
    }
    out
}

/// Returns whether a character could change the screen: see [`clean`].
pub(crate) fn is_harmful(char: char) -> bool {
    char.is_control()
        || matches!(char,
            '\u{ad}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180e}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e0fff}')
}

/// Returns how many columns a text takes, counting characters of ambiguous width as two, as East Asian terminals do.
pub fn columns(text: &str) -> usize {
    text.width_cjk()
}

fn char_columns(char: char) -> usize {
    char.width_cjk().unwrap_or(0)
}

/// Characters that must not begin a line (kinsoku).
fn not_first(char: char) -> bool {
    matches!(
        char,
        '。' | '、'
            | '」'
            | '』'
            | '）'
            | '】'
            | '〉'
            | '》'
            | '］'
            | '｝'
            | '，'
            | '．'
            | '：'
            | '；'
            | '！'
            | '？'
            | '・'
            | 'ー'
            | '々'
            | 'ぁ'
            | 'ぃ'
            | 'ぅ'
            | 'ぇ'
            | 'ぉ'
            | 'っ'
            | 'ゃ'
            | 'ゅ'
            | 'ょ'
            | 'ァ'
            | 'ィ'
            | 'ゥ'
            | 'ェ'
            | 'ォ'
            | 'ッ'
            | 'ャ'
            | 'ュ'
            | 'ョ'
            | ')'
            | ']'
            | '}'
            | ','
            | '.'
            | ';'
            | ':'
            | '!'
            | '?'
            | '%'
    )
}

/// Characters that must not end a line (kinsoku).
fn not_last(char: char) -> bool {
    matches!(char, '「' | '『' | '（' | '【' | '〈' | '《' | '［' | '｛' | '(' | '[' | '{')
}

/// A character of a writing that may be broken anywhere.
fn breaks_anywhere(char: char) -> bool {
    matches!(u32::from(char), 0x2e80..=0x9fff | 0xac00..=0xd7af | 0xf900..=0xfaff | 0xff00..=0xff60 | 0x20000..=0x3ffff)
}

/// Breaks a text into lines of at most so many columns, the first line and the others each with their own bound.
///
/// It is broken at blanks, in Japanese between any two characters that kinsoku allows, and within a word that is longer than a line.
pub fn wrap(text: &str, first: usize, rest: usize) -> Vec<String> {
    let (first, rest) = (first.max(LEAST), rest.max(LEAST));
    let mut lines = Vec::new();
    let (mut line, mut used, mut most) = (String::new(), 0, first);
    for piece in pieces(text) {
        let mut piece = piece;
        loop {
            let blank = usize::from(piece.blank && !line.is_empty());
            if used + blank + columns(piece.text) <= most {
                if blank > 0 {
                    line.push(' ');
                }
                line.push_str(piece.text);
                used += blank + columns(piece.text);
                break;
            }
            if !line.is_empty() {
                lines.push(std::mem::take(&mut line));
            } else {
                let cut = fitting(piece.text, most);
                let (head, tail) = piece.text.split_at(cut);
                lines.push(head.to_owned());
                piece = Piece { text: tail, blank: false };
            }
            (used, most) = (0, rest);
        }
    }
    if !line.is_empty() || lines.is_empty() {
        lines.push(line);
    }
    lines
}

/// Part of a text that stays whole where it can, and whether a blank stands before it.
struct Piece<'a> {
    text: &'a str,
    blank: bool,
}

fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    for word in text.split([' ', '\n']).filter(|word| !word.is_empty()) {
        let mut start = 0;
        let mut before: Option<char> = None;
        for (at, char) in word.char_indices() {
            if let Some(before) = before
                && (breaks_anywhere(before) || breaks_anywhere(char))
                && !not_first(char)
                && !not_last(before)
            {
                pieces.push(Piece { text: word.get(start..at).unwrap_or_default(), blank: start == 0 });
                start = at;
            }
            before = Some(char);
        }
        pieces.push(Piece { text: word.get(start..).unwrap_or_default(), blank: start == 0 });
    }
    pieces
}

/// The longest beginning that fits, in bytes; at least one character.
fn fitting(text: &str, most: usize) -> usize {
    let mut used = 0;
    for (at, char) in text.char_indices() {
        used += char_columns(char);
        if used > most && at > 0 {
            return at;
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_holds_and_auto_asks_the_environment() {
        assert!(Style::choose(ColorChoice::Auto, true, false, 80).colour);
        assert!(!Style::choose(ColorChoice::Auto, true, true, 80).colour);
        assert!(!Style::choose(ColorChoice::Auto, false, false, 80).colour);
        assert!(Style::choose(ColorChoice::Always, false, true, 80).colour);
        assert!(!Style::choose(ColorChoice::Never, true, false, 80).colour);
        assert_eq!(Style::choose(ColorChoice::Never, true, false, 400).width, 100);
    }

    #[test]
    fn the_terminal_goes_before_columns() {
        assert_eq!(width(Some(90), Some("40")), 90);
        assert_eq!(width(None, Some("40")), 40);
        assert_eq!(width(None, Some("wide")), 80);
        assert_eq!(width(None, Some("500")), 100);
        assert_eq!(width(Some(0), None), 80);
    }

    #[test]
    fn evidence_cannot_touch_the_screen() {
        assert_eq!(clean("\x1b[31mred\x1b[0m"), "\\x1b[31mred\\x1b[0m");
        assert_eq!(clean("a\r\nb\tc\u{7f}\u{9b}2J"), "a\\r\\nb\\tc\\x7f\\x9b2J");
        assert_eq!(clean("\u{202e}gpj.exe\u{2066}\u{200b}"), "\\u{202e}gpj.exe\\u{2066}\\u{200b}");
        assert_eq!(clean("メール é 🙂"), "メール é 🙂");
    }

    #[test]
    fn words_stay_whole_where_they_can() {
        assert_eq!(wrap("one two three four", 12, 12), ["one two", "three four"]);
        assert_eq!(wrap("", 12, 12), [""]);
        assert_eq!(wrap("abcdefghijklmnopqrstuvwxyz", 12, 12), ["abcdefghijkl", "mnopqrstuvwx", "yz"]);
    }

    #[test]
    fn no_japanese_line_begins_with_a_full_stop_or_ends_with_an_opening_bracket() {
        let text = "キューのメールを「配信済み」に分類します。次に、状態を確認します。";
        for width in 12..40 {
            for line in wrap(text, width, width) {
                assert!(columns(&line) <= width, "{line}");
                assert!(!line.starts_with(['。', '、', '」']) && !line.ends_with('「'), "{line}");
            }
        }
    }
}
