//! From facts to the records of the interface.

use super::mailmedic::plugin::facts::{KnownNumber, KnownText, Stage as WitStage};
use crate::fact::{Known, Stage, Timestamp, Value};

/// Returns the stage of the interface.
pub(super) fn stage(stage: Stage) -> WitStage {
    match stage {
        Stage::Submission => WitStage::Submission,
        Stage::DirectoryLookup => WitStage::DirectoryLookup,
        Stage::Routing => WitStage::Routing,
        Stage::LocalDelivery => WitStage::LocalDelivery,
        Stage::RemoteDelivery => WitStage::RemoteDelivery,
        Stage::Unreachable => WitStage::Unreachable,
        Stage::Dsn => WitStage::Dsn,
        Stage::FailedRetry => WitStage::FailedRetry,
        Stage::DeferredDelivery => WitStage::DeferredDelivery,
        Stage::X400 => WitStage::X400,
    }
}

/// Returns the stage that a stage of the interface is.
pub(super) fn from_stage(wit: WitStage) -> Stage {
    Stage::ALL.into_iter().find(|own| stage(*own) == wit).unwrap_or_default()
}

/// Returns a known text.
pub(super) fn text(known: &Known<String>) -> KnownText {
    match known {
        Known::Value(text) => KnownText::Value(text.clone()),
        Known::Absent => KnownText::Absent,
        Known::Unknown(why) => KnownText::Unknown(why.to_string()),
        Known::NotApplicable(why) => KnownText::NotApplicable(why.to_string()),
    }
}

/// Returns a known number.
pub(super) fn number(known: &Known<f64>) -> KnownNumber {
    match known {
        Known::Value(number) => KnownNumber::Value(*number),
        Known::Absent => KnownNumber::Absent,
        Known::Unknown(why) => KnownNumber::Unknown(why.to_string()),
        Known::NotApplicable(why) => KnownNumber::NotApplicable(why.to_string()),
    }
}

/// Returns a known count as a number.
pub(super) fn count(known: &Known<u64>) -> KnownNumber {
    number(&known.map(|count| *count as f64))
}

/// Returns the value, `None` in every other state.
pub(super) fn option(known: &Known<String>) -> Option<String> {
    known.value().cloned()
}

/// Returns Unix seconds, 0 when the time is not known.
pub(super) fn seconds(time: Option<Timestamp>) -> i64 {
    time.map_or(0, |time| time.0)
}

/// Returns a value as the text of a setting.
pub(super) fn value(known: &Known<Value>) -> String {
    known
        .value()
        .map(|value| match value {
            Value::Flag(flag) => if *flag { "yes" } else { "no" }.to_owned(),
            other => other.to_string(),
        })
        .unwrap_or_default()
}
