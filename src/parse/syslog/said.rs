//! Lines of logs that are no delivery, folded by what they say.

use crate::fact::{Known, LogText, Source, Timestamp};
use crate::parse::Harvest;
use crate::parse::flow::{ByHash, When, hash};
use crate::parse::template::template;
use std::collections::BTreeMap;

/// How many different texts are kept apart; what is beyond is counted by program.
const MOST: usize = 2_000;
/// How many programs are counted beyond that.
const MOST_PROGRAMS: usize = 200;
/// How many bytes of a text are kept.
const LONGEST: usize = 2048;
/// How many places are kept of each.
const EXAMPLES: usize = 5;

/// What one kind of line said.
#[derive(Debug)]
struct Text {
    program: String,
    text: String,
    template: String,
    count: u64,
    last: Option<When>,
    sources: Vec<Source>,
}

/// Folds lines while they stream; [`Said::settle`] makes facts of them.
#[derive(Debug, Default)]
pub struct Said {
    texts: Vec<Text>,
    index: ByHash<usize>,
    beyond: BTreeMap<String, usize>,
}

impl Said {
    /// Takes a line in.
    pub fn line(&mut self, program: &str, text: &str, at: Option<When>, source: Source) {
        let text = text.get(..text.floor_char_boundary(LONGEST)).unwrap_or_default();
        let template = template(text);
        let key = hash((program, template.as_str()));
        let row = match self.index.get(&key) {
            Some(row) => *row,
            None if self.index.len() < MOST => {
                let row = self.open(program, text, template);
                self.index.insert(key, row);
                row
            }
            None => self.beyond(program, text),
        };
        let Some(entry) = self.texts.get_mut(row) else { return };
        entry.count += 1;
        entry.last = entry.last.max(at);
        if entry.sources.len() < EXAMPLES {
            entry.sources.push(source);
        }
    }

    fn open(&mut self, program: &str, text: &str, template: String) -> usize {
        self.texts.push(Text { program: program.to_owned(), text: text.to_owned(), template, count: 0, last: None, sources: Vec::new() });
        self.texts.len() - 1
    }

    fn beyond(&mut self, program: &str, text: &str) -> usize {
        let program = if self.beyond.len() < MOST_PROGRAMS { program } else { "*" };
        if let Some(row) = self.beyond.get(program) {
            return *row;
        }
        let row = self.open(program, text, "*".to_owned());
        self.beyond.insert(program.to_owned(), row);
        row
    }

    /// Turns what was folded into facts, in the order of the evidence.
    pub fn settle(self, into: &mut Harvest) {
        for text in self.texts {
            let Some(first) = text.sources.first().copied() else { continue };
            let last = text.last.filter(|last| !last.yearless).map(|last| Timestamp(last.seconds));
            let yearless = text.last.filter(|last| last.yearless);
            let what = LogText {
                level: level(&text.text).map_or(Known::default(), Known::from),
                program: text.program,
                text: text.text,
                template: text.template,
                count: text.count,
                last,
            };
            let row = into.add(|facts| &mut facts.logs, what, last, first);
            into.facts.logs.also_at(row, text.sources);
            if let Some(when) = yearless {
                into.yearless.push((row, when));
            }
        }
    }
}

/// Returns the level that a line of Postfix or Exim states at its start.
fn level(text: &str) -> Option<&'static str> {
    const LEVELS: [(&str, &str); 7] = [
        ("warning:", "warning"),
        ("Warning:", "warning"),
        ("error:", "error"),
        ("Error:", "error"),
        ("fatal:", "fatal"),
        ("Fatal:", "fatal"),
        ("panic:", "panic"),
    ];
    LEVELS.iter().find(|(start, _)| text.starts_with(start)).map(|(_, level)| *level)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fact::{FileId, Place};

    fn source(line: u64) -> Source {
        Source { file: FileId(0), place: Place::Line(line) }
    }

    #[test]
    fn lines_that_say_the_same_become_one_fact() {
        let mut said = Said::default();
        let at = |seconds| Some(When { seconds, yearless: false });
        for line in 1..=9 {
            said.line("postfix/smtpd", &format!("warning: host{line}.example[192.0.2.{line}]: no"), at(line as i64), source(line));
        }
        said.line("postfix/smtp", "fatal: no", None, source(10));
        let mut into = Harvest::default();
        said.settle(&mut into);
        let facts: Vec<_> = into.facts.logs.iter().collect();
        assert_eq!(facts.len(), 2);
        assert_eq!((facts[0].what.count, facts[0].sources.len(), facts[0].at), (9, 5, Some(Timestamp(9))));
        assert_eq!(facts[0].what.level.value().map(String::as_str), Some("warning"));
        assert_eq!(facts[1].what.level.value().map(String::as_str), Some("fatal"));
    }

    #[test]
    fn a_flood_of_different_lines_stays_bounded() {
        let mut said = Said::default();
        for line in 0..5_000u64 {
            let word: String = line.to_string().bytes().map(|digit| char::from(b'a' + (digit - b'0'))).collect();
            said.line(&format!("p{}", line % 500), &word, None, source(line));
        }
        let mut into = Harvest::default();
        said.settle(&mut into);
        assert!(into.facts.logs.len() <= MOST + MOST_PROGRAMS + 1, "{}", into.facts.logs.len());
        assert_eq!(into.facts.logs.iter().map(|fact| fact.what.count).sum::<u64>(), 5_000);
    }
}
