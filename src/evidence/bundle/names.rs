//! Names of files in a bundle that every system can write: Windows refuses characters, endings and whole names.

use std::collections::BTreeSet;

/// The longest part of a name, in bytes; with the folder in which the bundle is, a path stays well under the 260 of Windows.
const LONGEST: usize = 100;
/// Names of devices, with any extension.
///
/// # Source
///
/// Microsoft Learn, "Naming Files, Paths, and Namespaces".
const DEVICES: &[&str] = &["con", "prn", "aux", "nul"];

/// Returns `name` with what some system refuses replaced by `_`; unique among `taken`, also where upper and lower case are one.
pub fn safe(name: &str, taken: &mut BTreeSet<String>) -> String {
    let parts: Vec<String> = name.split('/').filter(|part| !part.is_empty()).map(part).collect();
    let name = if parts.is_empty() { "_".to_owned() } else { parts.join("/") };
    let (stem, ending) = match name.rsplit_once('.') {
        Some((stem, ending)) if !stem.is_empty() && !stem.ends_with('/') && !ending.contains('/') => (stem, format!(".{ending}")),
        _ => (name.as_str(), String::new()),
    };
    let mut unique = name.clone();
    let mut number = 2_u64;
    while !taken.insert(unique.to_lowercase()) {
        unique = format!("{stem}-{number}{ending}");
        number += 1;
    }
    unique
}

fn part(part: &str) -> String {
    let harmless = |c: char| if c.is_control() || r#"<>:"\|?*"#.contains(c) { '_' } else { c };
    let mut name: String = part.chars().map(harmless).collect();
    if name.len() > LONGEST {
        let end = (0..=LONGEST).rev().find(|at| name.is_char_boundary(*at)).unwrap_or(0);
        name.truncate(end);
    }
    if name.ends_with(['.', ' ']) {
        name.pop();
        name.push('_');
    }
    let stem = name.split('.').next().unwrap_or_default().to_ascii_lowercase();
    let numbered = (stem.starts_with("com") || stem.starts_with("lpt")) && stem.len() == 4 && stem.ends_with(|c: char| c.is_ascii_digit());
    if numbered || DEVICES.contains(&stem.as_str()) {
        name.insert(0, '_');
    }
    name
}
