//! The time at which evidence was taken, as `date -Is` and `date` print it.

use super::syslog::calendar::{month, number, seconds, stamp};
use super::{Format, Harvest, Line, Look, Reader, Sure, Took};
use crate::fact::Timestamp;
use crate::knowledge::Text;

/// The time at which evidence was taken, as `date -Is` and `date` print it.
pub struct Date;

impl Format for Date {
    fn id(&self) -> &'static str {
        "date"
    }

    /// A time alone in a file is such an output; anywhere else it is part of something.
    fn begins(&self, look: &Look<'_>) -> Option<Sure> {
        let alone = look.at_start && look.lines.iter().skip(1).all(|line| line.trim().is_empty());
        (alone && time(look.first()).is_some()).then_some(Sure::Certain)
    }

    fn reader(&self) -> Box<dyn Reader> {
        Box::new(DateReader)
    }
}

#[derive(Debug)]
struct DateReader;

impl Reader for DateReader {
    fn line(&mut self, line: Line<'_>, into: &mut Harvest) -> Took {
        match time(line.text) {
            Some((seconds, sure)) => {
                into.observed.push(Timestamp(seconds));
                if !sure {
                    let text = Text::new(
                        "this time names a zone that mailmedic does not know; it is taken for UTC",
                        "この時刻のタイム ゾーンは不明なため、UTC とみなします",
                    );
                    into.warn(text, line.source());
                }
                Took::Record
            }
            None if line.text.trim().is_empty() => Took::Part,
            None => Took::No,
        }
    }

    fn end(self: Box<Self>, _into: &mut Harvest) {}
}

/// Reads a time; returns Unix time in seconds and whether its zone is known.
fn time(line: &str) -> Option<(i64, bool)> {
    let line = line.trim();
    for between in [b'T', b' '] {
        if let Some((seconds, length)) = stamp(line.as_bytes(), between) {
            let rest = line.get(length..)?.trim_start();
            return match super::syslog::calendar::zone(rest.as_bytes()) {
                _ if rest.is_empty() => Some((seconds, true)),
                Some((offset, taken)) if taken == rest.len() => Some((seconds - offset, true)),
                _ => None,
            };
        }
    }
    spoken(line)
}

/// `Tue Nov 24 08:45:49 UTC 2026`, and with the day before the month or with AM and PM, as other locales print it.
fn spoken(line: &str) -> Option<(i64, bool)> {
    let words: Vec<&str> = line.split_ascii_whitespace().take(9).collect();
    let (date, rest) = words.split_at_checked(3)?;
    let [weekday, first, second] = *date else { return None };
    if !matches!(weekday.trim_end_matches(','), "Mon" | "Tue" | "Wed" | "Thu" | "Fri" | "Sat" | "Sun") {
        return None;
    }
    let (month, day) = match month(first.as_bytes()) {
        Some(month) => (month, second),
        None => (month(second.as_bytes())?, first),
    };
    let (mut year, mut clock, mut half, mut zone) = (None, None, 0, None);
    for word in rest {
        match *word {
            "AM" => half = -12,
            "PM" => half = 12,
            word if word.contains(':') => clock = Some(word),
            word if word.len() == 4 && word.bytes().all(|byte| byte.is_ascii_digit()) => year = number(word.as_bytes()),
            word => zone = Some(word),
        }
    }
    let mut parts = clock?.split(':').map(|part| number(part.as_bytes()));
    let (hour, minute, second) = (parts.next()??, parts.next()??, parts.next()??);
    let hour = match (half, hour) {
        (-12, 12) => 0,
        (12, 1..=11) => hour + 12,
        _ => hour,
    };
    let local = seconds(year?, month, number(day.as_bytes())?, hour, minute, second)?;
    let east = zone.map_or(Some(0), east);
    Some((local - east.unwrap_or(0), east.is_some()))
}

/// Returns how many seconds a zone lies east of UTC, `None` for one that is not known or has several meanings.
fn east(zone: &str) -> Option<i64> {
    const HALF_HOURS: &[(&str, i64)] = &[
        ("UTC", 0),
        ("GMT", 0),
        ("WET", 0),
        ("Z", 0),
        ("BST", 2),
        ("WEST", 2),
        ("CET", 2),
        ("CEST", 4),
        ("EET", 4),
        ("EEST", 6),
        ("MSK", 6),
        ("JST", 18),
        ("KST", 18),
        ("AEST", 20),
        ("AEDT", 22),
        ("NZST", 24),
        ("NZDT", 26),
        ("EST", -10),
        ("EDT", -8),
        ("CDT", -10),
        ("MST", -14),
        ("MDT", -12),
        ("PST", -16),
        ("PDT", -14),
    ];
    if let Some((seconds, length)) = super::syslog::calendar::zone(zone.as_bytes())
        && length == zone.len()
    {
        return Some(seconds);
    }
    // What has no name of its own is written as an offset in hours: `+03`.
    if let [sign @ (b'+' | b'-'), tens, ones] = *zone.as_bytes() {
        return number(&[tens, ones]).map(|hours| if sign == b'-' { -hours * 3600 } else { hours * 3600 });
    }
    HALF_HOURS.iter().find(|(name, _)| *name == zone).map(|(_, halves)| halves * 1800)
}

#[cfg(test)]
mod tests {
    use super::super::read;
    use super::*;
    use crate::evidence::Item;

    #[test]
    fn times_are_read() {
        let at = Some(1_795_506_119);
        let cases = [
            ("2026-11-24T07:41:59+00:00", at, true),
            ("2026-11-24T08:41:59,123456+01:00", at, true),
            ("2026-11-24 08:41:59 +0100", at, true),
            ("Tue Nov 24 07:41:59 UTC 2026", at, true),
            ("Tue Nov 24 08:41:59 CET 2026", at, true),
            ("Tue 24 Nov 2026 07:41:59 AM UTC", at, true),
            ("Tue Nov 24 04:41:59 PM JST 2026", at, true),
            ("Tue Nov 24 10:41:59 +03 2026", at, true),
            ("Tue Nov 24 07:41:59 XYZ 2026", at, false),
            ("Tue Nov 24 07:41:59 2026", at, true),
        ];
        for (line, seconds, sure) in cases {
            assert_eq!(time(line), seconds.map(|seconds| (seconds, sure)), "{line}");
        }
        for line in
            ["", "Tue", "Tue Nov 24", "2026-11-24", "2026-11-24T07:41:59 x", "Tue Nov 99 07:41:59 UTC 2026", "Foo Nov 24 07:41:59 UTC 2026"]
        {
            assert_eq!(time(line), None, "{line}");
        }
    }

    #[test]
    fn only_a_time_that_stands_alone_counts() {
        let observed = |text: &str| {
            let mut into = Harvest::default();
            let file = into.add_file("d");
            read(&Item { name: "d".into(), path: "d".into(), size: 0 }, file, text.as_bytes(), &mut into).unwrap();
            into.observed.len()
        };
        assert_eq!(observed("\n2026-11-24T07:41:59+00:00\n\n"), 1);
        assert_eq!(observed("2026-11-24T07:41:59+00:00\nsomething else\n"), 0);
        assert_eq!(observed("something else\n2026-11-24T07:41:59+00:00\n"), 0);
    }
}
