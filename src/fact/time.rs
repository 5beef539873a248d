//! Points in time of the evidence.

use std::fmt;

/// A point in time: Unix time in whole seconds, UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// Returns the seconds from `earlier` to this, 0 when `earlier` is later.
    pub fn since(self, earlier: Timestamp) -> u64 {
        u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0)
    }

    /// Returns this time `seconds` later; negative is earlier.
    pub fn plus(self, seconds: i64) -> Timestamp {
        Timestamp(self.0.saturating_add(seconds))
    }

    /// Parses RFC 3339 (`2026-11-24T08:42:01+00:00`, `…Z`, with or without fractions).
    ///
    /// A time without a zone is UTC. Returns `None` when it is not such a time.
    pub fn parse(text: &str) -> Option<Timestamp> {
        let text = text.trim();
        if let Ok(time) = text.parse::<jiff::Timestamp>() {
            return Some(Timestamp(time.as_second()));
        }
        let civil: jiff::civil::DateTime = text.parse().ok()?;
        Timestamp::from_civil(civil)
    }

    /// Returns the time that a calendar date and time of day name in UTC.
    pub fn from_civil(civil: jiff::civil::DateTime) -> Option<Timestamp> {
        let time = jiff::tz::TimeZone::UTC.to_timestamp(civil).ok()?;
        Some(Timestamp(time.as_second()))
    }

    /// Returns the calendar year in UTC, `None` outside what a calendar holds.
    pub fn year(self) -> Option<i16> {
        let time = jiff::Timestamp::from_second(self.0).ok()?;
        Some(jiff::tz::TimeZone::UTC.to_datetime(time).year())
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_second(self.0) {
            Ok(time) => write!(f, "{time}"),
            Err(_) => write!(f, "@{}", self.0),
        }
    }
}
