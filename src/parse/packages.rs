//! Histories of packages: `dpkg.log`, `pacman.log`, `rpm -qa --last`.

use super::syslog::calendar::{month, number, seconds, stamp};
use super::{Format, Harvest, Line, Look, Reader, Sure, Took};
use crate::fact::{Change, Facts, Known, Timestamp};

/// Histories of packages.
pub struct Packages;

/// How many changes one history brings in: an upgrade of a whole system is larger, and no longer tells anything.
const MOST: usize = 2_000;

impl Format for Packages {
    fn id(&self) -> &'static str {
        "packages"
    }

    fn begins(&self, look: &Look<'_>) -> Option<Sure> {
        (dpkg(look.first()).is_some() || pacman(look.first()).is_some() || rpm(look.first()).is_some()).then_some(Sure::Certain)
    }

    fn reader(&self) -> Box<dyn Reader> {
        Box::new(History::default())
    }
}

/// One line of a history: when, and where it says what was changed, the package and how.
type Row<'a> = (i64, bool, Option<(&'a str, String)>);

/// `2026-11-20 10:00:00 upgrade postfix:amd64 3.7.10-0 3.7.11-0`; other lines of dpkg say what it does meanwhile.
///
/// # Source
///
/// dpkg(1), `--log`: times are those of the machine.
fn dpkg(line: &str) -> Option<Row<'_>> {
    let (at, length) = stamp(line.as_bytes(), b' ')?;
    let words: Vec<&str> = line.get(length..)?.split_whitespace().collect();
    let package = |name: &'_ str| name.split(':').next().unwrap_or_default().len();
    match *words.as_slice() {
        [what @ ("install" | "upgrade" | "remove" | "purge"), name, old, new] => {
            let how = match what {
                "install" => format!("installed {new}"),
                "upgrade" => format!("upgraded {old} to {new}"),
                _ => format!("removed {old}"),
            };
            Some((at, true, Some((name.get(..package(name))?, how))))
        }
        ["startup" | "status" | "configure" | "trigproc" | "triggers" | "conffile", ..] => Some((at, true, None)),
        _ => None,
    }
}

/// `[2026-11-20T10:00:00+0000] [ALPM] upgraded postfix (3.8-1 -> 3.9-1)`.
fn pacman(line: &str) -> Option<Row<'_>> {
    let (time, rest) = line.strip_prefix('[')?.split_once("] [")?;
    let (at, length) = stamp(time.as_bytes(), b'T').or_else(|| stamp(format!("{time}:00").as_bytes(), b' '))?;
    if length < time.len() {
        return None;
    }
    let (source, text) = rest.split_once("] ")?;
    let changed = || {
        let (what, rest) = text.split_once(' ')?;
        let (name, versions) = rest.split_once(" (")?;
        let versions = versions.trim_end_matches(')').replace(" -> ", " to ");
        matches!(what, "upgraded" | "installed" | "removed" | "downgraded" | "reinstalled").then(|| (name, format!("{what} {versions}")))
    };
    Some((at, false, changed().filter(|_| source == "ALPM")))
}

/// `postfix-3.5.25-1.el9.x86_64      Tue 19 Nov 2024 10:11:12 AM UTC`, in the language C `Tue Nov 19 10:11:12 2024`.
fn rpm(line: &str) -> Option<Row<'_>> {
    let (name, rest) = line.split_once(' ')?;
    let words: Vec<&str> = rest.split_whitespace().collect();
    if name.matches('-').count() < 2 || !matches!(*words.first()?, "Mon" | "Tue" | "Wed" | "Thu" | "Fri" | "Sat" | "Sun") {
        return None;
    }
    let name_of_month = words.iter().find_map(|word| month(word.as_bytes()))?;
    let clock = words.iter().find(|word| word.matches(':').count() == 2)?;
    let year = words.iter().find(|word| word.len() == 4 && number(word.as_bytes()).is_some())?;
    let day = words.iter().find(|word| word.len() <= 2 && number(word.as_bytes()).is_some())?;
    let mut parts = clock.split(':').map(|part| number(part.as_bytes()));
    let (hour, minute, second) = (parts.next()??, parts.next()??, parts.next()??);
    let hour = match (words.contains(&"PM"), words.contains(&"AM")) {
        (true, _) if hour < 12 => hour + 12,
        (_, true) if hour == 12 => 0,
        _ => hour,
    };
    let at = seconds(number(year.as_bytes())?, name_of_month, number(day.as_bytes())?, hour, minute, second)?;
    let parts: Vec<&str> = name.rsplitn(3, '-').collect();
    let [release, version, package] = *parts.as_slice() else { return None };
    let release = release.rsplit_once('.').map_or(release, |(release, _)| release);
    Some((at, true, Some((package, format!("installed {version}-{release}")))))
}

#[derive(Default)]
struct History {
    taken: usize,
}

impl Reader for History {
    fn line(&mut self, line: Line<'_>, into: &mut Harvest) -> Took {
        let Some((at, local, changed)) = dpkg(line.text).or_else(|| pacman(line.text)).or_else(|| rpm(line.text)) else {
            // What maintainers' scripts and hooks say between them.
            return if self.taken > 0 && line.text.starts_with('[') { Took::Part } else { Took::No };
        };
        let Some((package, how)) = changed.filter(|_| self.taken < MOST) else { return Took::Part };
        self.taken += 1;
        let when = Timestamp(if local { at - into.zone() } else { at });
        let what = Change { what: package.to_owned(), kind: "package".to_owned(), when: Some(when), detail: Known::Value(how) };
        into.add(|facts: &mut Facts| &mut facts.changes, what, None, line.source());
        Took::Record
    }

    fn end(self: Box<Self>, _into: &mut Harvest) {}
}

#[cfg(test)]
mod tests {
    use super::super::host_state::support::{facts, read_text};

    #[test]
    fn packages_that_were_changed_are_told() {
        let cases = [
            (
                "2026-11-20 10:00:00 startup archives unpack\n2026-11-20 10:00:01 upgrade postfix:amd64 3.7.10-0 3.7.11-0\n2026-11-20 10:00:02 status half-configured postfix:amd64 3.7.11-0\n",
                "change package postfix 2026-11-20T10:00:01Z upgraded 3.7.10-0 to 3.7.11-0",
            ),
            (
                "[2026-11-20T11:00:01+0100] [PACMAN] Running 'pacman -Syu'\n[2026-11-20T11:00:01+0100] [ALPM] upgraded exim (4.97-1 -> 4.98-1)\n",
                "change package exim 2026-11-20T10:00:01Z upgraded 4.97-1 to 4.98-1",
            ),
            (
                "postfix-3.5.25-1.el9.x86_64                    Tue Nov 19 10:11:12 2024\n",
                "change package postfix 2024-11-19T10:11:12Z installed 3.5.25-1.el9",
            ),
            (
                "lib-nss-3.101.0-7.el9.x86_64      Tue 19 Nov 2024 10:11:12 PM UTC\n",
                "change package lib-nss 2024-11-19T22:11:12Z installed 3.101.0-7.el9",
            ),
        ];
        for (text, row) in cases {
            assert_eq!(facts(&read_text(text)), [row]);
        }
    }

    #[test]
    fn other_lines_are_none() {
        for text in [
            "2026-11-20 10:00:00 mx a: b\n",
            "[2026] [x] y\n",
            "a b\n",
            "a-b-c Tue\n",
            "[2026-11-20T11:00:01+0100\n",
            "a-b-c.d Tue Nov 99 99:99:99 2024\n",
        ] {
            assert!(read_text(text).facts.changes.is_empty(), "{text}");
        }
    }
}
