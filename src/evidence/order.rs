//! The order in which files of one folder are read: by name, and of a log that was rotated the oldest part first.

/// Endings of compressed files.
const PACKED: &[&str] = &[".gz", ".zst", ".xz", ".bz2"];

/// What files are sorted by: the name of the log, what kind of part it is, how old, and the whole name.
pub type Key = (String, u8, u64, String);

/// Returns what a file is sorted by: `mail.log.2.gz` stands before `mail.log.1`, that before `mail.log`; of dated parts the older is first.
pub fn key(name: &str) -> Key {
    let plain = PACKED.iter().find_map(|ending| name.strip_suffix(ending)).unwrap_or(name);
    let digits = plain.len() - plain.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    let (stem, number) = plain.split_at(plain.len() - digits);
    let (before, mark) = stem.split_at(stem.len() - stem.chars().last().map_or(0, char::len_utf8));
    let part = match (mark, digits, number.parse::<u64>()) {
        (".", 1..=4, Ok(number)) => Some((before, 1, u64::MAX - number)),
        ("-" | "." | "_", 8, Ok(date)) => Some((before, 0, date)),
        _ => None,
    };
    let (stem, kind, age) = part.filter(|(stem, ..)| !stem.is_empty() && !stem.ends_with('/')).unwrap_or((plain, 2, 0));
    (stem.to_owned(), kind, age, name.to_owned())
}
