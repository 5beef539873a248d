//! The fact `queue`.

use super::kind::fact_kind;
use super::{Known, Stage};

fact_kind! {
    /// A queue at the time of the evidence.
    Queue, Queue, named by (name, stage) {
        #[doc = "The name that the platform displays."] name: String,
        #[doc = "The kind of queue: `remote-delivery`, `awaiting-directory-lookup`, `deferred` …"] kind: Known<String>,
        #[doc = "The stage of the mail system that it belongs to; absent for shadow queues."] stage: Known<Stage>,
        #[doc = "`active`, `ready`, `retry`, `connecting`, `frozen`, `scheduled` or `suspended`."] state: Known<String>,
        #[doc = "How many messages it holds."] messages: Known<u64>,
        #[doc = "Whether it grows."] growing: Known<bool>,
        #[doc = "Age of the oldest message, in seconds."] oldest: Known<u64>,
        #[doc = "Time until the next attempt, in seconds."] next_retry: Known<u64>,
        #[doc = "The last error, verbatim."] last_error: Known<String>,
        #[doc = "The share of the stage's mail that it stands for, 0 to 1; next to none where few messages wait for a short time beside queues that flow."] share: Known<f64>,
        #[doc = "Its length over time, `TIME MESSAGES`, oldest first."] series: Series,
    }
}

/// The length of a queue at one time of a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sample {
    /// When.
    pub at: super::Timestamp,
    /// How many messages.
    pub messages: u64,
}

/// The lengths of a queue over time, oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Series(pub Vec<Sample>);

impl super::Field for Series {
    const TYPE: &'static str = "list";
    fn known(&self) -> Known<super::Value> {
        if self.0.is_empty() {
            return Known::default();
        }
        Known::Value(super::Value::List(self.0.iter().map(|sample| format!("{} {}", sample.at, sample.messages)).collect()))
    }
}
