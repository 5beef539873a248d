//! The part of a log that is wanted, found by bisection over the times of its lines.

use super::most;
use crate::system;
use std::io;
use std::path::{Path, PathBuf};

/// How much is read at one place to find a line with a time, in bytes.
const PEEK: u64 = 64 << 10;
/// When the part in question is smaller than this, it is not cut further, in bytes.
const FINE: u64 = 16 << 10;

/// A log as it was when it was opened.
#[derive(Debug)]
pub struct Window {
    path: PathBuf,
    now: i64,
    /// Its size at that moment: what is written later is not read.
    pub size: u64,
    /// Its number, by which it is found when it is rotated before it is read.
    pub inode: u64,
    /// The time of its first line.
    pub first: Option<i64>,
    /// The time of its last line.
    pub last: Option<i64>,
}

impl Window {
    /// Looks at a log.
    ///
    /// # Errors
    ///
    /// What the operating system says.
    pub fn open(path: &Path, now: i64) -> io::Result<Window> {
        let head = system::read_part(path, 0, PEEK)?;
        let status = system::status(path, true)?;
        let size = status.size;
        let tail = system::read_part(path, size.saturating_sub(PEEK), PEEK)?;
        let first = lines(&head).find_map(|(_, line)| time(line, now));
        let last = lines(&tail).filter_map(|(_, line)| time(line, now)).last();
        Ok(Window { path: path.to_owned(), now, size, inode: status.inode, first, last })
    }

    /// Returns the byte from which it is to be read: the first line of `since`, or of the earlier `long_since` while that is not too much.
    pub fn start(&self, since: i64, long_since: i64) -> u64 {
        let near = self.position(since);
        let far = if long_since < since { self.position(long_since) } else { near };
        self.line(most(near, self.size, far.min(near)))
    }

    /// Returns the beginning of the first line that is not before a time. Where nothing tells the time, that of the whole.
    fn position(&self, since: i64) -> u64 {
        if self.first.is_none_or(|first| first >= since) {
            return 0;
        }
        let (mut low, mut high) = (0, self.size);
        while high - low > FINE {
            let middle = low + (high - low) / 2;
            match self.at(middle) {
                Some((_, time)) if time < since => low = middle,
                _ => high = middle,
            }
        }
        let part = system::read_part(&self.path, low, high - low + PEEK).unwrap_or_default();
        let skip = if low == 0 { 0 } else { 1 };
        let found = lines(&part).skip(skip).find(|(_, line)| time(line, self.now).is_some_and(|time| time >= since));
        found.map_or(self.size, |(at, _)| low + at as u64)
    }

    /// Returns the first line behind a byte that has a time.
    fn at(&self, from: u64) -> Option<(u64, i64)> {
        let part = system::read_part(&self.path, from, PEEK).ok()?;
        lines(&part).skip(1).find_map(|(at, line)| Some((from + at as u64, time(line, self.now)?)))
    }

    /// Returns the beginning of the next line, where a byte may lie within one.
    fn line(&self, from: u64) -> u64 {
        if from == 0 {
            return 0;
        }
        let part = system::read_part(&self.path, from - 1, PEEK).unwrap_or_default();
        part.iter().position(|byte| *byte == b'\n').map_or(from, |end| from + end as u64)
    }
}

/// Returns lines with where they begin.
fn lines(bytes: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let mut at = 0;
    bytes.split(|byte| *byte == b'\n').map(move |line| {
        let begun = at;
        at += line.len() + 1;
        (begun, line)
    })
}

/// Returns the time at the beginning of a line: RFC 3339, `2026-11-24 08:42:01`, or RFC 3164 without a year. What names no zone is of this machine's.
fn time(line: &[u8], now: i64) -> Option<i64> {
    let start = line.get(..line.len().min(40))?;
    let text =
        std::str::from_utf8(start).or_else(|error| std::str::from_utf8(start.get(..error.valid_up_to()).unwrap_or_default())).ok()?;
    let text = text.strip_prefix('<').and_then(|rest| rest.split_once('>')).map_or(text, |(_, rest)| rest);
    system::log_time(text, now)
}

#[cfg(test)]
mod tests {
    use super::{FINE, Window};
    use std::io::Write;

    /// A log of a line each second, with a line of another kind between them now and then.
    fn log(lines: i64, end: i64, old_style: bool) -> tempfile::NamedTempFile {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        for at in end - lines + 1..=end {
            let time = jiff::Timestamp::from_second(at).unwrap();
            let local = jiff::tz::TimeZone::system().to_datetime(time);
            let stamp = if old_style { local.strftime("%b %e %H:%M:%S").to_string() } else { time.to_string() };
            writeln!(file, "{stamp} mx postfix/smtp[1]: line {at}").unwrap();
            if at % 7 == 0 {
                writeln!(file, "  Traceback").unwrap();
            }
        }
        file
    }

    fn first_line(file: &tempfile::NamedTempFile, from: u64) -> String {
        let text = std::str::from_utf8(&crate::system::read_part(file.path(), from, 200).unwrap()).unwrap().to_owned();
        text.lines().next().unwrap_or_default().to_owned()
    }

    #[test]
    fn the_first_line_of_a_time_is_found() {
        let end = 1_795_509_948;
        for old_style in [true, false] {
            let file = log(20_000, end, old_style);
            let window = Window::open(file.path(), end).unwrap();
            assert!(window.size > 8 * FINE);
            assert_eq!((window.first, window.last), (Some(end - 19_999), Some(end)));
            for back in [0, 1, 5, 777, 10_000, 19_998] {
                let from = window.start(end - back, end - back);
                assert!(first_line(&file, from).ends_with(&format!("line {}", end - back)), "{back}: {}", first_line(&file, from));
            }
            assert_eq!(window.start(end - 30_000, end - 30_000), 0);
            assert_eq!(window.start(end + 1, end + 1), window.size);
            // Old messages move it back.
            assert!(first_line(&file, window.start(end - 5, end - 500)).ends_with(&format!("line {}", end - 500)));
        }
    }

    #[test]
    fn what_has_no_times_is_taken_whole() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(&[0xff; 200_000]).unwrap();
        assert_eq!(Window::open(file.path(), 0).unwrap().start(5, 5), 0);
        let empty = tempfile::NamedTempFile::new().unwrap();
        let window = Window::open(empty.path(), 0).unwrap();
        assert_eq!((window.size, window.first, window.start(5, 5)), (0, None, 0));
    }
}
