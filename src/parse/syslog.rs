//! The header of a syslog line: RFC 3164 without a year, and RFC 3339.

pub mod calendar;
pub mod said;

use super::flow::When;
use calendar::{month, number, seconds, stamp};
use memchr::memchr;

/// One line of a syslog, taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry<'a> {
    /// When it was written.
    pub at: When,
    /// The host that wrote it.
    pub host: &'a str,
    /// The program as it names itself, `postfix/smtpd`.
    pub program: &'a str,
    /// What it says; empty when the line ends before that.
    pub text: &'a str,
}

/// Counts the years that logs and queue listings leave out.
///
/// Without a year, a time is Unix time as if the first of the evidence were of the year 2000. Within a log, a month that goes back by more than
/// half a year begins the next year (2001, …); a line of December that comes late, after the turn of the year, stays in its own year. A
/// further file begins in the year that brings it nearest to the last line before it, which may be 1999: rotated logs come in any order.
#[derive(Debug, Clone, Copy, Default)]
pub struct Clock {
    /// The month of the last line, 0 before the first.
    month: i64,
    /// How many seconds the clock on the wall is ahead of UTC: logs without a zone are written by it.
    pub zone: i64,
    years: i64,
    begun: bool,
    turned: bool,
}

impl Clock {
    /// Returns the clock for a further file.
    pub fn follow(self) -> Clock {
        Clock { begun: false, turned: false, ..self }
    }

    /// Returns the year that brings a month nearest to the last line.
    fn nearest(&self, month: i64) -> i64 {
        match month - self.month {
            _ if self.month == 0 => 2000,
            7.. => 2000 + self.years - 1,
            ..=-7 => 2000 + self.years + 1,
            _ => 2000 + self.years,
        }
    }

    /// Returns the year in which a month of the log lies, and goes on from there.
    fn year(&mut self, month: i64) -> i64 {
        if !self.begun {
            self.years = self.nearest(month) - 2000;
            self.begun = true;
        } else if month - self.month < -6 {
            self.years += 1;
            self.turned = true;
        } else if self.turned && month - self.month > 9 {
            return 2000 + self.years - 1;
        }
        self.month = month;
        2000 + self.years
    }

    /// Returns a time of a file in which times follow no order, `None` when it is none: `Nov`, `24`, `08:45:48`.
    pub fn unordered(&mut self, name: &str, day: &str, time: &str) -> Option<When> {
        let month = month(name.as_bytes())?;
        let mut parts = time.split(':').map(|part| number(part.as_bytes()));
        let (hour, minute, second) = (parts.next()??, parts.next()??, parts.next()??);
        if parts.next().is_some() {
            return None;
        }
        let seconds = seconds(self.nearest(month), month, number(day.as_bytes())?, hour, minute, second)? - self.zone;
        if self.month == 0 {
            self.month = month;
        }
        Some(When { seconds, yearless: true })
    }

    /// Takes the header off a line; `None` when the line has no such header.
    pub fn entry<'a>(&mut self, line: &'a str) -> Option<Entry<'a>> {
        let line = without_priority(line);
        let (at, rest) = match line.as_bytes().first()? {
            b'0'..=b'9' => dated(line)?,
            b'A'..=b'Z' => self.yearless(line)?,
            _ => return None,
        };
        let (host, rest) = rest.split_at(memchr(b' ', rest.as_bytes())?);
        let rest = rest.trim_ascii_start();
        let end = rest.bytes().position(|byte| matches!(byte, b'[' | b':' | b' '))?;
        let (program, rest) = rest.split_at(end);
        if host.is_empty() || program.is_empty() {
            return None;
        }
        Some(Entry { at, host, program, text: text(rest)? })
    }

    /// `Nov 24 08:41:59 `, with a day of one or two digits, padded with a blank, a zero or nothing.
    fn yearless<'a>(&mut self, line: &'a str) -> Option<(When, &'a str)> {
        let bytes = line.as_bytes();
        let name = month(bytes.get(..3)?)?;
        if bytes.get(3) != Some(&b' ') {
            return None;
        }
        let rest = line.get(4..)?.trim_ascii_start();
        let length = rest.bytes().take_while(u8::is_ascii_digit).count();
        let day = number(rest.as_bytes().get(..length)?)?;
        let time = rest.as_bytes().get(length..length + 10)?;
        let [b' ', h1, h2, b':', m1, m2, b':', s1, s2, end] = *time else { return None };
        let (hour, minute, second) = (number(&[h1, h2])?, number(&[m1, m2])?, number(&[s1, s2])?);
        if length > 2 || !(1..=31).contains(&day) || !matches!(end, b' ' | b'.') {
            return None;
        }
        let rest = rest.get(length + 9..)?;
        let rest = rest.get(memchr(b' ', rest.as_bytes())? + 1..)?;
        Some((When { seconds: seconds(self.year(name), name, day, hour, minute, second)? - self.zone, yearless: true }, rest))
    }
}

/// `2026-11-24T08:41:59.123456+01:00 `.
fn dated(line: &str) -> Option<(When, &str)> {
    let (seconds, length) = stamp(line.as_bytes(), b'T')?;
    let rest = line.get(length..)?.strip_prefix(' ')?;
    Some((When { seconds, yearless: false }, rest))
}

/// Drops `<22>`, the facility and severity, where a line has it.
fn without_priority(line: &str) -> &str {
    let Some(rest) = line.strip_prefix('<') else { return line };
    match memchr(b'>', rest.as_bytes()) {
        Some(end @ 1..=3) if rest.as_bytes().iter().take(end).all(u8::is_ascii_digit) => rest.get(end + 1..).unwrap_or(line),
        _ => line,
    }
}

/// What follows the program's name: `[123]: text`, `: text`, or nothing where the line was cut.
fn text(rest: &str) -> Option<&str> {
    let rest = match rest.strip_prefix('[') {
        Some(inner) => match memchr(b']', inner.as_bytes()) {
            Some(end) if inner.as_bytes().iter().take(end).all(u8::is_ascii_digit) => inner.get(end + 1..)?,
            Some(_) => return None,
            None => return Some(""),
        },
        None => rest,
    };
    let text = rest.strip_prefix(':')?;
    let text = text.strip_prefix(' ').unwrap_or(text);
    // Solaris puts a message number in front: `[ID 197553 mail.info] `.
    match text.strip_prefix("[ID ").and_then(|inner| inner.split_once("] ")) {
        Some((id, behind)) if id.len() < 40 => Some(behind),
        _ => Some(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(line: &str) -> Option<Entry<'_>> {
        Clock::default().entry(line)
    }

    #[test]
    fn headers_of_both_kinds_are_taken_off() {
        let day = 86_400;
        let base = 946_684_800; // 2000-01-01T00:00:00Z
        let cases = [
            ("Jan  2 00:00:01 mx postfix/smtp[7]: x y", base + day + 1, true, "postfix/smtp", "x y"),
            ("Jan 2 00:00:01 mx postfix/smtp[7]: x y", base + day + 1, true, "postfix/smtp", "x y"),
            ("<22>Jan 02 00:00:01 mx postfix/smtp[7]: x y", base + day + 1, true, "postfix/smtp", "x y"),
            ("Mar  1 00:00:00 mx kernel: [1.2] oom", base + 60 * day, true, "kernel", "[1.2] oom"),
            ("2026-11-24T08:41:59.123456+01:00 mx dovecot: hi", 1_795_506_119, false, "dovecot", "hi"),
            ("2026-11-24T07:41:59Z mx a-b/c[1]: [ID 1 mail.info] hi", 1_795_506_119, false, "a-b/c", "hi"),
            ("Jan  1 00:00:00 mx postfix/smtp[7", base, true, "postfix/smtp", ""),
        ];
        for (line, seconds, yearless, program, text) in cases {
            let found = entry(line).unwrap_or_else(|| panic!("{line}"));
            assert_eq!(found, Entry { at: When { seconds, yearless }, host: "mx", program, text }, "{line}");
        }
    }

    #[test]
    fn what_is_no_header_is_refused() {
        let cases = [
            "",
            "Jan",
            "Jan 1 00:00:00",
            "Jan 1 00:00:00 ",
            "Jan 1 00:00:00 mx",
            "Foo 1 00:00:00 mx a: b",
            "Jan: 1 00:00:00 mx a: b",
            "Jan 1 0:00:00 mx a: b",
            "Jan 99 00:00:00 mx a: b",
            "Jan 1 00:00:00 mx a[b]: c",
            "2026-13-01T00:00:00Z mx a: b",
            "<999999>x",
            "9999-12-31T99:99:99Z mx a: b",
            "\0\0\0",
            "Jan 1 00:00:00 ü ü",
            "Ünd 1 00:00:00 mx a: b",
            "2026-11-24T07:41:59.",
            "<",
        ];
        for line in cases {
            assert_eq!(entry(line), None, "{line:?}");
        }
    }

    #[test]
    fn a_month_that_goes_back_far_begins_a_year() {
        let mut clock = Clock::default();
        let mut at = |line: &str| clock.entry(line).map(|entry| entry.at.seconds).unwrap();
        let december = at("Dec 31 23:59:59 mx a: b");
        let january = at("Jan  1 00:00:00 mx a: b");
        assert_eq!(january - december, 1);
        assert_eq!(at("Dec 31 23:59:58 mx a: b"), december - 1, "a line that comes late");
        assert_eq!(at("Jan  1 00:00:01 mx a: b"), january + 1);
    }

    #[test]
    fn rotated_logs_agree_on_the_year_in_any_order() {
        let (old, new) = (["Dec 31 23:59:59 mx a: b", "Jan  1 00:00:01 mx a: b"], ["Jan  1 00:00:02 mx a: b", "Jan  1 00:00:03 mx a: b"]);
        for files in [[old, new], [new, old]] {
            let mut clock = Clock::default();
            let mut times = Vec::new();
            for file in files {
                clock = clock.follow();
                times.extend(file.map(|line| clock.entry(line).map(|entry| entry.at.seconds).unwrap()));
            }
            times.sort_unstable();
            assert_eq!(times[3] - times[0], 4);
            let queued = clock.unordered("Dec", "31", "23:59:58").unwrap();
            assert_eq!(times[0] - queued.seconds, 1);
        }
    }
}
