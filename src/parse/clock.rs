//! Whether the clock of a machine is kept in step: `timedatectl show`, `chronyc tracking`.

use super::{Format, Harvest, Line, Look, Reader, Sure, Took};
use crate::fact::{Facts, Known, Setting, Source, Value};

/// Whether the clock of a machine is kept in step.
pub struct Clock;

impl Format for Clock {
    fn id(&self) -> &'static str {
        "clock"
    }

    fn begins(&self, look: &Look<'_>) -> Option<Sure> {
        let has = |start: &str| look.lines.iter().any(|line| line.starts_with(start));
        let first = look.first();
        let systemd = first.starts_with("Timezone=") && has("NTPSynchronized=");
        let chrony = first.starts_with("Reference ID") && first.contains(" : ") && has("Stratum");
        (systemd || chrony).then_some(Sure::Certain)
    }

    fn reader(&self) -> Box<dyn Reader> {
        Box::new(State::default())
    }
}

#[derive(Default)]
struct State {
    synchronized: Option<(bool, Source)>,
    offset: Option<(f64, Source)>,
}

impl Reader for State {
    fn line(&mut self, line: Line<'_>, _into: &mut Harvest) -> Took {
        let text = line.text.trim();
        if let Some(word) = text.strip_prefix("NTPSynchronized=") {
            self.synchronized = super::flag(word).map(|flag| (flag, line.source()));
            return Took::Record;
        }
        if let Some((name, value)) = text.split_once(" : ") {
            let words: Vec<&str> = value.split_whitespace().collect();
            match (name.trim(), words.as_slice()) {
                // `System time     : 0.000012 seconds fast of NTP time`
                ("System time", [seconds, "seconds", way @ ("fast" | "slow"), ..]) => {
                    let seconds = seconds.parse::<f64>().ok().filter(|seconds| seconds.is_finite());
                    self.offset = seconds.map(|seconds| (if *way == "slow" { -seconds } else { seconds }, line.source()));
                }
                ("Leap status", ["Not", "synchronised"]) => self.synchronized = Some((false, line.source())),
                ("Leap status", [_, ..]) => self.synchronized = Some((true, line.source())),
                _ => {}
            }
            return Took::Record;
        }
        if text.is_empty() || text.split_once('=').is_some_and(|(name, _)| name.bytes().all(|byte| byte.is_ascii_alphanumeric())) {
            return Took::Part;
        }
        Took::No
    }

    fn end(self: Box<Self>, into: &mut Harvest) {
        let mut add = |key: &str, value: Value, source| {
            let what = Setting { key: key.to_owned(), value: Known::Value(value) };
            into.add(|facts: &mut Facts| &mut facts.settings, what, None, source);
        };
        if let Some((flag, source)) = self.synchronized {
            add("host.clock_synchronized", Value::Text(if flag { "yes" } else { "no" }.to_owned()), source);
        }
        // What is measured against nothing is no offset.
        if let (Some((seconds, source)), Some((true, _))) = (self.offset, self.synchronized) {
            add("host.clock_ahead_seconds", Value::Text(format!("{seconds:.3}")), source);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::host_state::support::{facts, read_text};

    #[test]
    fn both_tools_are_read() {
        let systemd = "Timezone=Etc/UTC\nLocalRTC=no\nCanNTP=yes\nNTP=yes\nNTPSynchronized=no\nTimeUSec=Tue 2026-11-24 08:42:01 UTC\n";
        assert_eq!(facts(&read_text(systemd)), ["setting host.clock_synchronized=no"]);
        let chrony = "Reference ID    : C0000201 (192.0.2.1)\nStratum         : 3\nSystem time     : 12.500000000 seconds slow of NTP time\nLeap status     : Normal\n";
        assert_eq!(facts(&read_text(chrony)), ["setting host.clock_synchronized=yes", "setting host.clock_ahead_seconds=-12.500"]);
        let lost = "Reference ID    : 00000000 ()\nStratum         : 0\nSystem time     : 0.000000000 seconds slow of NTP time\nLeap status     : Not synchronised\n";
        assert_eq!(facts(&read_text(lost)), ["setting host.clock_synchronized=no"]);
    }
}
