//! The queues of a stage with what their lengths do over time: the start of most plugins.

use crate::series::{Onset, Trend, messages_per_hour, onset, trend};
use crate::{FactId, Facts, Queue, Refused, Results, Stage, Value};

/// Queues whose shape is reported. The host takes so many derived facts of a plugin and no more, and a
/// listing can have ten thousand queues.
const REPORTED: usize = 200;
/// Facts named as the reason of one finding; more would not be read.
const REASONS: usize = 5;

/// A queue and the shape of its series.
#[derive(Debug, Clone, PartialEq)]
pub struct Backlog {
    /// The queue.
    pub queue: Queue,
    /// What its length does; `None` without a series.
    pub trend: Option<Trend>,
    /// How its backlog began; `None` without one in the series.
    pub onset: Option<Onset>,
    /// Its change in messages an hour; `None` without two samples of different times.
    pub growth: Option<f64>,
}

impl Backlog {
    /// Reads the queues of a stage.
    pub fn read(facts: &impl Facts, stage: Stage) -> Vec<Backlog> {
        let mut backlogs = Vec::new();
        for queue in facts.queues(stage) {
            let samples = facts.samples(queue.id);
            backlogs.push(Backlog { queue, trend: trend(&samples), onset: onset(&samples), growth: messages_per_hour(&samples) });
        }
        backlogs
    }

    /// Reports `queue.trend` and `queue.growth` of each queue with a series; the plugin has to declare both.
    ///
    /// # Errors
    ///
    /// [`Refused`], when the host does not take a result.
    pub fn report(backlogs: &[Backlog], results: &mut impl Results) -> Result<(), Refused> {
        let shaped = backlogs.iter().filter_map(|backlog| Some((backlog, backlog.trend?)));
        for (backlog, trend) in shaped.take(REPORTED) {
            let id = backlog.queue.id;
            results.derive("queue.trend", id, Value::Text(trend.word().to_owned()), &[id])?;
            if let Some(rate) = backlog.growth {
                results.derive("queue.growth", id, Value::Number(rate), &[id])?;
            }
        }
        Ok(())
    }

    /// Says whether it holds messages, as far as somebody counted.
    pub fn waits(&self) -> bool {
        self.queue.length().is_some_and(|length| length > 0.0)
    }

    /// Says whether its series shows a backlog that does not go away: it grows, stands still with messages in it, or rose and stayed.
    pub fn piles_up(&self) -> bool {
        matches!(self.trend, Some(Trend::Growing | Trend::Stuck)) || self.onset == Some(Onset::Sudden)
    }

    /// Says whether a person or a schedule holds it.
    pub fn is_held(&self) -> bool {
        matches!(self.queue.state.get(), Some("frozen" | "suspended" | "scheduled"))
    }

    /// Says whether it shows that messages leave: it is known to be empty, or it drains, or it comes back to rest after each rise.
    pub fn moves(&self) -> bool {
        matches!(self.trend, Some(Trend::Empty | Trend::Draining | Trend::Peaking | Trend::Flapping))
            || self.trend.is_none() && self.queue.length() == Some(0.0)
    }
}

/// Returns the facts of the backlogs that a filter lets through, as many as a finding names.
pub fn ids(backlogs: &[Backlog], filter: &dyn Fn(&Backlog) -> bool) -> Vec<FactId> {
    backlogs.iter().filter(|backlog| filter(backlog)).map(|backlog| backlog.queue.id).take(REASONS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mock::{Case, Said};

    #[test]
    fn ten_thousand_queues_report_so_many_shapes_and_no_more() {
        let mut case = Case::default();
        for number in 0..10_000_u32 {
            let queue = case.queue(Stage::X400, &format!("q{number}"), f64::from(number), None);
            case.series(queue, &[0, 5, 9]);
        }
        let mut said = Said::default();
        let backlogs = Backlog::read(&case, Stage::X400);
        Backlog::report(&backlogs, &mut said).unwrap();
        assert_eq!((backlogs.len(), said.derived.len()), (10_000, 2 * REPORTED));
        assert_eq!(ids(&backlogs, &|_| true).len(), REASONS);
    }

    #[test]
    fn absurd_lengths_are_no_backlog() {
        let mut case = Case::default();
        case.queue(Stage::X400, "less than none", -7.0, None);
        case.queue(Stage::X400, "no number", f64::NAN, None);
        let backlogs = Backlog::read(&case, Stage::X400);
        assert!(backlogs.iter().all(|backlog| !backlog.waits() && !backlog.piles_up() && !backlog.moves()));
    }
}
