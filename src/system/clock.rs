//! The clock of this machine: the one thing that no evidence can tell a live run.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use std::path::Path;
use std::time::Duration;

/// Returns the seconds since 1970 in UTC.
pub fn now() -> i64 {
    jiff::Timestamp::now().as_second()
}

/// Returns when the machine was started, in seconds since 1970; `None` where the kernel does not say in `proc`, the folder `/proc`.
///
/// # Source
///
/// proc(5): the line `btime` of `/proc/stat`.
pub fn booted(proc: &Path) -> Option<i64> {
    let text = super::read_text(&proc.join("stat"), 1 << 20).ok()?;
    text.lines().find_map(|line| line.strip_prefix("btime "))?.trim().parse().ok()
}

/// Returns a time span in whole milliseconds.
pub fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

/// Returns by how many seconds the clock on the wall of this machine is ahead of UTC.
pub fn utc_offset() -> i32 {
    TimeZone::system().to_offset(jiff::Timestamp::now()).seconds()
}

/// Writes a time as `2026-11-24T08:42:01Z`.
pub fn time(seconds: i64) -> String {
    jiff::Timestamp::from_second(seconds).unwrap_or(jiff::Timestamp::UNIX_EPOCH).to_string()
}

/// Writes a time as `2026-11-24 08:42` in UTC.
pub fn minute(seconds: i64) -> String {
    let time = jiff::Timestamp::from_second(seconds).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    TimeZone::UTC.to_datetime(time).strftime("%Y-%m-%d %H:%M").to_string()
}

/// Reads the time at the beginning of a line of a log, in seconds since 1970: `2026-11-24T08:42:01+00:00`, `2026-11-24 08:42:01`, `Nov 24 08:42:01`.
///
/// What names no zone is of this machine's; what names no year is at most a day after `now`, and at most a year before.
pub fn log_time(line: &str, now: i64) -> Option<i64> {
    let here = TimeZone::system();
    let local = |civil: DateTime| here.to_timestamp(civil).ok().map(jiff::Timestamp::as_second);
    let line = line.strip_prefix('[').unwrap_or(line);
    if line.starts_with(|c: char| c.is_ascii_digit()) {
        let word = line.split_whitespace().next()?.trim_end_matches(']');
        if let Ok(time) = word.parse::<jiff::Timestamp>() {
            return Some(time.as_second());
        }
        if let Some(civil) = word.parse::<DateTime>().ok().filter(|_| word.contains('T')) {
            return local(civil);
        }
        let civil: DateTime = line.get(..19)?.parse().ok()?;
        let zone =
            line.get(19..).and_then(|rest| rest.trim_start_matches(|c: char| c == '.' || c.is_ascii_digit()).split_whitespace().next());
        let zone = zone.filter(|word| word.len() == 5 && word.starts_with(['+', '-']));
        return match zone.and_then(|zone| jiff::fmt::strtime::parse("%z", zone).ok()?.offset()) {
            Some(offset) => offset.to_timestamp(civil).ok().map(jiff::Timestamp::as_second),
            None => local(civil),
        };
    }
    let mut words = line.split_whitespace();
    let (month, day, clock) = (words.next()?, words.next()?, words.next()?);
    let year = here.to_datetime(jiff::Timestamp::from_second(now).ok()?).year();
    let at = |year: i16| {
        let clock = clock.split('.').next().unwrap_or_default();
        let text = format!("{year} {month} {day} {clock}");
        local(jiff::fmt::strtime::parse("%Y %b %d %H:%M:%S", &text).ok()?.to_datetime().ok()?)
    };
    at(year).filter(|time| *time <= now + 86_400).or_else(|| at(year - 1))
}

#[cfg(test)]
mod tests {
    use super::{log_time, minute};

    #[test]
    fn times_of_logs_are_read() {
        let now = 1_795_509_948; // 2026-11-24T08:45:48Z
        assert_eq!(minute(now), "2026-11-24 08:45");
        assert_eq!(log_time("2026-11-24T08:45:48+00:00 mx a: b", now), Some(now));
        assert_eq!(log_time("2026-11-24T09:45:48.123456+01:00 mx a: b", now), Some(now));
        assert_eq!(log_time("2026-11-24 09:45:48.123 +0100 [7] x", now), Some(now));
        let local = log_time("2026-11-24 08:45:48 x", now);
        assert!(local.is_some());
        assert_eq!(log_time("Nov 24 08:45:48 mx a: b", now), local);
        assert_eq!(log_time("Dec 31 08:45:48 mx a: b", now).map(|time| time < now), Some(true));
        for line in [
            "",
            "Nov",
            "Nov 24",
            "Foo 24 08:45:48 mx",
            "Nov 44 08:45:48 mx",
            "2026",
            "2026-13-01T00:00:00Z x",
            "  Traceback",
            "Nov 2\u{e4}",
        ] {
            assert_eq!(log_time(line, now), None, "{line:?}");
        }
    }
}
