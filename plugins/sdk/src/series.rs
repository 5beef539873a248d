//! What the length of a queue does over time.

use crate::Sample;

/// Points that a long series is thinned to; the comparison of all pairs below is quadratic.
const POINTS: usize = 60;
/// How clearly later samples must lie above earlier ones (Kendall's tau) before a queue counts as growing.
const CLEAR: f64 = 0.6;

/// The shape of a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trend {
    /// No message at any time.
    Empty,
    /// It becomes longer throughout: more comes in than goes out.
    Growing,
    /// It becomes shorter throughout: the fault is over, or somebody removes messages.
    Draining,
    /// It is never empty and never changes: nothing leaves, and nothing comes in.
    Stuck,
    /// It mostly rests near its lowest length and drains by itself after each rise.
    Peaking,
    /// It fills and drains again and again without resting.
    Flapping,
    /// None of these: it moves a little, or rose just now.
    Steady,
}

impl Trend {
    /// Returns the word for the derived fact `queue.trend`.
    pub fn word(self) -> &'static str {
        match self {
            Trend::Empty => "empty",
            Trend::Growing => "growing",
            Trend::Draining => "draining",
            Trend::Stuck => "stuck",
            Trend::Peaking => "peaking",
            Trend::Flapping => "flapping",
            Trend::Steady => "steady",
        }
    }
}

/// Returns the shape of a series, oldest sample first; `None` when there are fewer than two samples.
///
/// A change of less than three messages or a tenth of the greatest length is taken for noise. Two samples can only grow, drain, or
/// be steady; to call a queue stuck takes three equal ones.
///
/// ```
/// use mailmedic_plugin_sdk::{Sample, series::{Trend, trend}};
/// let samples = [0, 40, 90, 80, 170].map(|messages| Sample { at: 0, messages });
/// assert_eq!(trend(&samples), Some(Trend::Growing));
/// ```
pub fn trend(samples: &[Sample]) -> Option<Trend> {
    if samples.len() < 2 {
        return None;
    }
    let points = thin(samples);
    let highest = points.iter().copied().fold(f64::MIN, f64::max);
    let lowest = points.iter().copied().fold(f64::MAX, f64::min);
    let (first, last) = (*points.first()?, *points.last()?);
    if highest == 0.0 {
        return Some(Trend::Empty);
    }
    if highest == lowest {
        return Some(if points.len() >= 3 { Trend::Stuck } else { Trend::Steady });
    }
    let noise = (highest * 0.1).max(2.0);
    let slope = tau(&points);
    if slope >= CLEAR && last - first > noise {
        return Some(Trend::Growing);
    }
    if slope <= -CLEAR && first - last > noise {
        return Some(Trend::Draining);
    }
    let range = highest - lowest;
    let turns = turns(&points, noise.max(range * 0.3));
    let rests_low = points.iter().filter(|point| **point <= lowest + range * 0.25).count() * 2 > points.len();
    if turns >= 1 && range > noise && rests_low && last <= lowest + range * 0.35 {
        return Some(Trend::Peaking);
    }
    Some(if turns >= 3 { Trend::Flapping } else { Trend::Steady })
}

/// How a backlog began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Onset {
    /// The queue rested for a good part of the time, then rose and did not come back: something happened.
    Sudden,
    /// It was there from the beginning of the series, or soon after.
    Lasting,
}

impl Onset {
    /// Returns the word for the derived fact `backlog.onset`.
    pub fn word(self) -> &'static str {
        match self {
            Onset::Sudden => "sudden",
            Onset::Lasting => "lasting",
        }
    }
}

/// Returns how the backlog at the end of a series began; `None` with fewer than four samples, or when there is no backlog at the end.
///
/// A queue rests while it holds at most a tenth of the greatest length; a third of the series has to rest before the rise.
///
/// ```
/// use mailmedic_plugin_sdk::{Sample, series::{Onset, onset}};
/// let samples = [0, 2, 1, 80, 170, 260].map(|messages| Sample { at: 0, messages });
/// assert_eq!(onset(&samples), Some(Onset::Sudden));
/// ```
pub fn onset(samples: &[Sample]) -> Option<Onset> {
    if samples.len() < 4 {
        return None;
    }
    let points = thin(samples);
    let highest = points.iter().copied().fold(0.0, f64::max);
    // Less than ten messages are no backlog that begins; the end of the series has to be one.
    if highest < 10.0 || points.last().is_none_or(|last| *last < highest * 0.5) {
        return None;
    }
    let rests = |point: &f64| *point <= highest * 0.1;
    let rested = points.iter().rposition(rests).map_or(0, |at| at + 1);
    // A queue that came and went before it stayed did not rest.
    let calm = points.iter().take(rested).all(|point| *point <= highest * 0.3);
    Some(if calm && rested * 3 >= points.len() { Onset::Sudden } else { Onset::Lasting })
}

/// Returns by how many messages an hour the length changed from the first to the last sample; `None` without two different times.
pub fn messages_per_hour(samples: &[Sample]) -> Option<f64> {
    let (first, last) = (samples.first()?, samples.last()?);
    let hours = (last.at - first.at) as f64 / 3600.0;
    (hours > 0.0).then(|| (last.messages as f64 - first.messages as f64) / hours)
}

/// Averages neighbours until few enough points are left.
fn thin(samples: &[Sample]) -> Vec<f64> {
    let width = samples.len().div_ceil(POINTS);
    samples.chunks(width.max(1)).map(|part| part.iter().map(|sample| sample.messages as f64).sum::<f64>() / part.len() as f64).collect()
}

/// Kendall's tau against time: 1 when each point lies above all earlier ones, -1 when below.
fn tau(points: &[f64]) -> f64 {
    let (mut sum, mut pairs) = (0.0, 0.0);
    for (at, later) in points.iter().enumerate() {
        for earlier in points.iter().take(at) {
            pairs += 1.0;
            if later > earlier {
                sum += 1.0;
            } else if later < earlier {
                sum -= 1.0;
            }
        }
    }
    sum / f64::max(pairs, 1.0)
}

/// Counts the changes of direction that are at least `swing` deep.
fn turns(points: &[f64], swing: f64) -> u32 {
    let mut points = points.iter().copied();
    let Some(first) = points.next() else { return 0 };
    let (mut low, mut high, mut rising, mut turns) = (first, first, None, 0);
    for point in points {
        low = low.min(point);
        high = high.max(point);
        if rising != Some(true) && point - low >= swing {
            turns += u32::from(rising.is_some());
            (rising, high) = (Some(true), point);
        } else if rising != Some(false) && high - point >= swing {
            turns += u32::from(rising.is_some());
            (rising, low) = (Some(false), point);
        }
    }
    turns
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(lengths: &[u64]) -> Option<Trend> {
        let samples: Vec<Sample> = (0..).zip(lengths).map(|(step, messages)| Sample { at: step * 300, messages: *messages }).collect();
        trend(&samples)
    }

    #[test]
    fn too_few_samples_have_no_trend() {
        assert_eq!(of(&[]), None);
        assert_eq!(of(&[5]), None);
    }

    #[test]
    fn growth_may_have_dips_but_not_be_noise() {
        assert_eq!(of(&[10, 60, 50, 120, 200]), Some(Trend::Growing));
        assert_eq!(of(&[10, 40]), Some(Trend::Growing));
        assert_eq!(of(&[100, 103, 105, 108]), Some(Trend::Steady));
    }

    #[test]
    fn a_long_night_of_growth_is_growth() {
        let lengths: Vec<u64> = (0..5_000).map(|step| step * 3 + (step % 7) * 20).collect();
        assert_eq!(of(&lengths), Some(Trend::Growing));
    }

    #[test]
    fn draining_is_the_mirror() {
        assert_eq!(of(&[200, 120, 130, 50, 0]), Some(Trend::Draining));
    }

    #[test]
    fn stuck_needs_messages_and_three_equal_samples() {
        assert_eq!(of(&[7, 7, 7]), Some(Trend::Stuck));
        assert_eq!(of(&[7, 7]), Some(Trend::Steady));
        assert_eq!(of(&[0, 0, 0]), Some(Trend::Empty));
    }

    #[test]
    fn peaks_drain_by_themselves() {
        assert_eq!(of(&[0, 0, 300, 40, 0, 0, 1, 0, 250, 10, 0, 0]), Some(Trend::Peaking));
        assert_ne!(of(&[0, 0, 300, 310, 305, 320]), Some(Trend::Peaking));
    }

    #[test]
    fn a_backlog_begins_suddenly_or_was_there() {
        let of = |lengths: &[u64]| {
            let samples: Vec<Sample> = (0..).zip(lengths).map(|(step, messages)| Sample { at: step * 300, messages: *messages }).collect();
            onset(&samples)
        };
        assert_eq!(of(&[0, 1, 0, 300, 310, 305]), Some(Onset::Sudden));
        assert_eq!(of(&[40, 90, 160, 240, 300]), Some(Onset::Lasting));
        assert_eq!(of(&[0, 200, 0, 0, 300, 300]), Some(Onset::Lasting), "it came and went before");
        assert_eq!(of(&[0, 300, 200, 0]), None, "it is over");
        assert_eq!(of(&[0, 0, 0, 4]), None, "a few messages");
        assert_eq!(of(&[0, 0, 300]), None);
        assert_eq!(of(&[0, 0, 0, 0]), None);
        assert_eq!(of(&[]), None);
    }

    #[test]
    fn flapping_never_rests() {
        assert_eq!(of(&[0, 100, 5, 110, 0, 95, 90, 100, 2, 100]), Some(Trend::Flapping));
    }

    #[test]
    fn the_rate_needs_time_to_pass() {
        let samples = [Sample { at: 0, messages: 10 }, Sample { at: 1800, messages: 60 }];
        assert_eq!(messages_per_hour(&samples), Some(100.0));
        assert_eq!(messages_per_hour(&samples[..1]), None);
    }
}
