//! Dates and times of logs, without allocation.

/// Returns the month, 1 to 12, of its English short name.
pub fn month(name: &[u8]) -> Option<i64> {
    const NAMES: [&[u8; 3]; 12] = [b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec"];
    let at = NAMES.iter().position(|known| name == *known)?;
    i64::try_from(at + 1).ok()
}

/// Returns the number that one to nine digits write.
pub fn number(digits: &[u8]) -> Option<i64> {
    if digits.is_empty() || digits.len() > 9 {
        return None;
    }
    digits.iter().try_fold(0, |sum, digit| digit.is_ascii_digit().then(|| sum * 10 + i64::from(digit - b'0')))
}

/// Returns Unix time in seconds of a date and time of day in UTC; `None` where there is no such time of day or month.
///
/// A day that the month does not have counts into the next one.
///
/// # Source
///
/// The count of days is that of the proleptic Gregorian calendar, with years that begin in March.
pub fn seconds(year: i64, month: i64, day: i64, hour: i64, minute: i64, second: i64) -> Option<i64> {
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) || hour > 23 || minute > 59 || second > 60 || !(1..=9999).contains(&year) {
        return None;
    }
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5 + day - 1 - 719_468;
    Some(days * 86_400 + hour * 3600 + minute * 60 + second)
}

/// Reads `2026-11-24T08:41:59`, with or without a fraction and a zone (`Z`, `+01:00`, `+0100`), at the start of a text; `between` stands
/// between date and time. Without a zone it is UTC. Returns Unix time in seconds and how many bytes it takes.
pub fn stamp(bytes: &[u8], between: u8) -> Option<(i64, usize)> {
    let fixed: &[u8; 19] = bytes.first_chunk()?;
    let [y1, y2, y3, y4, b'-', o1, o2, b'-', d1, d2, sign, h1, h2, b':', m1, m2, b':', s1, s2] = *fixed else { return None };
    if sign != between {
        return None;
    }
    let (year, month, day) = (number(&[y1, y2, y3, y4])?, number(&[o1, o2])?, number(&[d1, d2])?);
    let time = seconds(year, month, day, number(&[h1, h2])?, number(&[m1, m2])?, number(&[s1, s2])?)?;
    let mut length = 19;
    if matches!(bytes.get(length), Some(b'.' | b',')) {
        length += 1;
        while bytes.get(length).is_some_and(u8::is_ascii_digit) {
            length += 1;
        }
    }
    match zone(bytes.get(length..).unwrap_or_default()) {
        Some((offset, taken)) => Some((time - offset, length + taken)),
        None => Some((time, length)),
    }
}

/// Reads `Z`, `+01:00` or `+0100` at the start of a text; returns seconds east of UTC and how many bytes it takes.
pub fn zone(bytes: &[u8]) -> Option<(i64, usize)> {
    let (sign, digits) = match bytes.first()? {
        b'Z' => return Some((0, 1)),
        b'+' => (1, bytes.get(1..)?),
        b'-' => (-1, bytes.get(1..)?),
        _ => return None,
    };
    let (hour, minute, length) = match *digits {
        [h1, h2, b':', m1, m2, ..] => (number(&[h1, h2])?, number(&[m1, m2])?, 6),
        [h1, h2, m1, m2, ..] => (number(&[h1, h2])?, number(&[m1, m2])?, 5),
        _ => return None,
    };
    Some((sign * (hour * 3600 + minute * 60), length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted() {
        let cases = [(1970, 1, 1, 0), (2000, 3, 1, 11_017), (1999, 12, 31, 10_956), (2024, 2, 29, 19_782), (2100, 3, 1, 47_541)];
        for (year, month, day, days) in cases {
            assert_eq!(seconds(year, month, day, 0, 0, 0), Some(days * 86_400), "{year}-{month}-{day}");
        }
        assert_eq!(seconds(2000, 13, 1, 0, 0, 0), None);
    }

    #[test]
    fn zones_and_fractions_are_read() {
        let utc = stamp(b"2026-11-24T08:00:00Z", b'T').unwrap().0;
        let cases: [(&[u8], u8, usize); 4] = [
            (b"2026-11-24T09:00:00.5+01:00 x", b'T', 27),
            (b"2026-11-24T07:00:00-0100", b'T', 24),
            (b"2026-11-24 08:00:00 x", b' ', 19),
            (b"2026-11-24 08:00:00,123", b' ', 23),
        ];
        for (text, between, length) in cases {
            assert_eq!(stamp(text, between), Some((utc, length)));
        }
        assert_eq!(stamp(b"2026-11-24x08:00:00", b'T'), None);
        assert_eq!(stamp(b"2026-11-24T08:00", b'T'), None);
    }
}
