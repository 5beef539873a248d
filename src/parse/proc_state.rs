//! Memory and processors as the kernel of Linux tells them: `/proc/meminfo`, `/proc/stat`, `/proc/loadavg`.

use super::{Format, Harvest, Line, Look, Reader, Sure, Took};
use crate::fact::{Facts, Known, Resource, Source};
use std::collections::BTreeMap;

/// Memory and processors as the kernel of Linux tells them.
pub struct ProcState;

impl Format for ProcState {
    fn id(&self) -> &'static str {
        "proc-state"
    }

    fn begins(&self, look: &Look<'_>) -> Option<Sure> {
        let first = look.first();
        let memory = first.starts_with("MemTotal:") && first.ends_with(" kB");
        (memory || times(first).is_some() || load(first).is_some()).then_some(Sure::Likely)
    }

    fn reader(&self) -> Box<dyn Reader> {
        Box::new(State::default())
    }
}

/// Returns the time that all processors spent so far: busy and in all, in ticks.
///
/// What runs with low priority gives way, and so does mailmedic itself: it counts as idle.
///
/// # Source
///
/// proc(5), `/proc/stat`: user, nice, system, idle, iowait, irq, softirq, steal.
fn times(line: &str) -> Option<(u64, u64)> {
    let fields: Option<Vec<u64>> = line.strip_prefix("cpu ")?.split_whitespace().take(8).map(|field| field.parse().ok()).collect();
    let fields = fields.filter(|fields| fields.len() >= 4)?;
    let at = |place: usize| fields.get(place).copied().unwrap_or(0);
    let busy = [0, 2, 5, 6, 7].into_iter().fold(0_u64, |sum, place| sum.saturating_add(at(place)));
    Some((busy, fields.iter().fold(0_u64, |sum, field| sum.saturating_add(*field))))
}

/// Returns the load of the last minute.
fn load(line: &str) -> Option<f64> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let [one, five, fifteen, running, last] = *words.as_slice() else { return None };
    let number = |word: &str| word.contains('.').then(|| word.parse::<f64>().ok()).flatten().filter(|load| (0.0..1e6).contains(load));
    let fits = number(five).is_some() && number(fifteen).is_some() && running.contains('/') && last.parse::<u64>().is_ok();
    number(one).filter(|_| fits)
}

#[derive(Default)]
struct State {
    memory: BTreeMap<String, u64>,
    /// The first and the last sample of the times of all processors.
    samples: Vec<(u64, u64)>,
    processors: u64,
    load: Option<f64>,
    source: Option<Source>,
}

impl Reader for State {
    fn line(&mut self, line: Line<'_>, _into: &mut Harvest) -> Took {
        let text = line.text;
        let took = if let Some(sample) = times(text) {
            self.samples.push(sample);
            Took::Record
        } else if text.strip_prefix("cpu").and_then(|rest| rest.split(' ').next()?.parse::<u32>().ok()).is_some() {
            self.processors += 1;
            Took::Part
        } else if let Some(load) = load(text) {
            self.load = Some(load);
            Took::Record
        } else if let Some((name, value)) = text.split_once(':').filter(|(name, _)| !name.contains(' ')) {
            let Some(kilobytes) = value.split_whitespace().next().and_then(|word| word.parse().ok()) else { return Took::No };
            self.memory.insert(name.to_owned(), kilobytes);
            Took::Part
        } else {
            return Took::No;
        };
        self.source.get_or_insert(line.source());
        took
    }

    fn end(self: Box<Self>, into: &mut Harvest) {
        let Some(source) = self.source else { return };
        let mut add = |name: &str, used: f64, free: Known<u64>| {
            let what = Resource { name: name.to_owned(), target: Known::Absent, used_percent: Known::Value(used), free_bytes: free };
            into.add(|facts: &mut Facts| &mut facts.resources, what, None, source);
        };
        if let (Some(total), Some(free)) = (self.memory.get("MemTotal"), self.memory.get("MemAvailable"))
            && *total > 0
        {
            let used = total.saturating_sub(*free);
            add("memory", (used * 100 / total) as f64, Known::Value(free.saturating_mul(1024)));
        }
        if let (Some(first), Some(last)) = (self.samples.first(), self.samples.last()) {
            let (busy, all) = (last.0.saturating_sub(first.0), last.1.saturating_sub(first.1));
            if all > 0 {
                let now = busy as f64 * 100.0 / all as f64;
                // A moment says little: over the last minute there must have been enough to do as well.
                let minute = self.load.map(|load| load * 100.0 / self.processors.max(1) as f64);
                add("cpu", minute.map_or(now, |minute| now.min(minute)).min(100.0).round(), Known::Absent);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::host_state::support::{facts, read_text};

    #[test]
    fn memory_is_what_is_not_available() {
        let rows =
            facts(&read_text("MemTotal:        1000 kB\nMemFree:          50 kB\nMemAvailable:     400 kB\nHugePages_Total:       0\n"));
        assert_eq!(rows, ["resource memory ? used=60 free=409600"]);
        assert!(facts(&read_text("MemTotal:        0 kB\nMemAvailable:     400 kB\n")).is_empty());
    }

    #[test]
    fn processors_are_busy_when_the_last_minute_was_too() {
        let sample = |load: &str| {
            format!(
                "cpu  100 50 100 1000 5 0 0 0 0 0\ncpu  190 90 190 1010 5 0 0 0 0 0\ncpu0 1 2 3 4\ncpu1 1 2 3 4\n{load} 1.00 1.00 1/200 4711\n"
            )
        };
        assert_eq!(facts(&read_text(&sample("8.00"))), ["resource cpu ? used=78 free=?"]);
        assert_eq!(facts(&read_text(&sample("0.50"))), ["resource cpu ? used=25 free=?"]);
        assert!(facts(&read_text("cpu  1 1 1 1 1 1 1 1\n")).is_empty(), "one sample is none");
    }
}
