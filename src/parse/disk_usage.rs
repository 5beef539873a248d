//! Space and inodes: `df -P`, `df -h`, `df -i`, with or without the type of the file system.

use super::{Format, Harvest, Line, Look, Reader, Sure, Took};
use crate::fact::{Facts, Known, Resource, Source};

/// Space and inodes, as `df` prints them.
pub struct DiskUsage;

/// File systems that are always full, because they are images.
const IMAGES: &[&str] = &["squashfs", "iso9660", "erofs", "cramfs"];

impl Format for DiskUsage {
    fn id(&self) -> &'static str {
        "disk-usage"
    }

    fn begins(&self, look: &Look<'_>) -> Option<Sure> {
        Header::parse(look.first()).map(|_| Sure::Certain)
    }

    fn reader(&self) -> Box<dyn Reader> {
        Box::new(Table { header: None, device: None })
    }
}

/// What the columns hold.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Header {
    /// Inodes instead of space.
    inodes: bool,
    /// Bytes in one unit, `None` where each number has its own letter.
    unit: Option<u64>,
    /// Whether a column holds the type.
    kind: bool,
}

impl Header {
    fn parse(line: &str) -> Option<Header> {
        let words: Vec<&str> = line.split_whitespace().collect();
        let english = words.first().is_some_and(|word| word.eq_ignore_ascii_case("Filesystem")) && line.contains("Mounted on");
        let japanese = line.contains("マウント位置") && line.contains('%');
        if !(english || japanese) {
            return None;
        }
        let inodes = words.iter().any(|word| matches!(*word, "Inodes" | "IFree" | "Iノード" | "IUse%"))
            && !words.iter().any(|word| word.contains("blocks"));
        let unit = words.iter().find_map(|word| word.strip_suffix("-blocks").or_else(|| word.strip_suffix("-ブロック")));
        let unit = unit.and_then(|unit| match unit.parse::<u64>() {
            Ok(bytes) => Some(bytes),
            Err(_) => size(unit),
        });
        let kind = words.iter().any(|word| matches!(*word, "Type" | "タイプ" | "Typ"));
        Some(Header { inodes, unit, kind })
    }
}

struct Table {
    header: Option<Header>,
    /// A long name of a device that stands on a line of its own.
    device: Option<String>,
}

impl Reader for Table {
    fn line(&mut self, line: Line<'_>, into: &mut Harvest) -> Took {
        if let Some(header) = Header::parse(line.text) {
            self.header = Some(header);
            self.device = None;
            return Took::Part;
        }
        let Some(header) = self.header else { return Took::No };
        let mut words: Vec<&str> = line.text.split_whitespace().collect();
        if words.is_empty() || line.text.starts_with("df: ") {
            return Took::Part;
        }
        let device = self.device.take();
        if let Some(device) = &device {
            words.insert(0, device);
        }
        match row(&words, header, line.source(), into) {
            Some(took) => took,
            None if words.len() == 1 && words.iter().all(|word| word.contains('/') || word.contains(':')) => {
                self.device = words.first().map(|word| (*word).to_owned());
                Took::Part
            }
            None => Took::No,
        }
    }

    fn end(self: Box<Self>, _into: &mut Harvest) {}
}

/// Reads one row; `None` when it is none.
fn row(words: &[&str], header: Header, source: Source, into: &mut Harvest) -> Option<Took> {
    let at = words.iter().position(|word| percent(word).is_some())?;
    // Before the percentage: the device, perhaps the type, then size, used, free.
    let first = 1 + usize::from(header.kind);
    if at < first + 3 || words.get(at - 3..at)?.iter().any(|word| !word.starts_with(|c: char| c.is_ascii_digit() || c == '-')) {
        return None;
    }
    let device = words.first()?;
    let mut behind = at + 1;
    // macOS and BSD print inodes in the same row.
    let more = words
        .get(at + 1..at + 4)
        .filter(|more| more.iter().take(2).all(|word| number(word)) && more.get(2).is_some_and(|word| percent(word).is_some()));
    if more.is_some() {
        behind = at + 4;
    }
    let target = words.get(behind..)?.join(" ");
    if !(target.starts_with('/') || target.get(1..2) == Some(":")) {
        return Some(Took::Part);
    }
    let image = header.kind && words.get(1).is_some_and(|kind| IMAGES.contains(kind));
    if image || device.starts_with("/dev/loop") || device.starts_with("/dev/sr") || target.starts_with("/snap/") {
        return Some(Took::Part);
    }
    let name = if header.inodes { "inodes" } else { "disk" };
    let free = if header.inodes { None } else { words.get(at - 1).and_then(|word| bytes(word, header.unit)) };
    add(into, name, &target, words.get(at)?, free, source);
    if let Some(used) = more.and_then(|more| more.get(2)) {
        add(into, "inodes", &target, used, None, source);
    }
    Some(Took::Record)
}

fn add(into: &mut Harvest, name: &str, target: &str, used: &str, free: Option<u64>, source: Source) {
    let Some(Some(used)) = percent(used) else { return };
    let what = Resource {
        name: name.to_owned(),
        target: target.into(),
        used_percent: Known::Value(used),
        free_bytes: free.map_or_else(Known::default, Known::Value),
    };
    into.add(|facts: &mut Facts| &mut facts.resources, what, None, source);
}

fn number(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit())
}

/// Returns a percentage; `Some(None)` for the `-` of a file system that has none.
fn percent(word: &str) -> Option<Option<f64>> {
    if word == "-" {
        return Some(None);
    }
    let digits = word.strip_suffix('%')?;
    (number(digits) && digits.len() < 5).then(|| digits.parse().ok())
}

/// Returns bytes: a count of units, or a number with its letter.
fn bytes(word: &str, unit: Option<u64>) -> Option<u64> {
    match unit {
        Some(unit) => word.parse::<u64>().ok()?.checked_mul(unit),
        None => size(word),
    }
}

/// Reads `1.5G`, `512M`, `0`; letters are powers of 1024.
fn size(word: &str) -> Option<u64> {
    let word = word.trim_end_matches('B').trim_end_matches('i');
    let (digits, power) = match word.chars().last()? {
        'K' | 'k' => (word.get(..word.len() - 1)?, 1),
        'M' => (word.get(..word.len() - 1)?, 2),
        'G' => (word.get(..word.len() - 1)?, 3),
        'T' => (word.get(..word.len() - 1)?, 4),
        'P' => (word.get(..word.len() - 1)?, 5),
        _ => (word, 0),
    };
    let value: f64 = digits.replace(',', ".").parse().ok()?;
    let value = value * 1024f64.powi(power);
    (0.0..1e18).contains(&value).then_some(value as u64)
}

#[cfg(test)]
mod tests {
    use super::super::host_state::support::{facts, read_text};

    #[test]
    fn every_shape_of_df() {
        let cases = [
            (
                "Filesystem     Type 1024-blocks     Used Available Capacity Mounted on\n/dev/sda1 ext4 1000 990 10 99% /var/spool\n",
                "resource disk /var/spool used=99 free=10240",
            ),
            (
                "Filesystem      Size  Used Avail Use% Mounted on\n/dev/mapper/vg-long--name--of--volume\n      10G  9.5G  512M  95% /var mail\n",
                "resource disk /var mail used=95 free=536870912",
            ),
            ("Filesystem Inodes IUsed IFree IUse% Mounted on\n/dev/sda1 100 100 0 100% /\n", "resource inodes / used=100 free=?"),
            (
                "Filesystem 512-blocks Used Available Capacity iused ifree %iused Mounted on\n/dev/disk1 100 50 50 50% 10 90 10% /\n",
                "resource disk / used=50 free=25600",
            ),
        ];
        for (text, row) in cases {
            let rows = facts(&read_text(text));
            assert!(rows.contains(&row.to_owned()), "{row}: {rows:?}");
        }
    }

    #[test]
    fn images_and_rubbish_say_nothing() {
        let text = "Filesystem Size Used Avail Use% Mounted on\n/dev/loop3 64M 64M 0 100% /snap/core/1\ntotal 1 1 1 100% -\n/dev/x 1 1 1 99999% /\nudev - - - - /dev\n";
        assert!(facts(&read_text(text)).is_empty());
    }
}
