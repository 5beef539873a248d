//! Conditions over the values of settings.

use crate::fact::Value;
use crate::knowledge::Condition;

/// Returns whether all conditions hold for a value.
pub fn holds(conditions: &[Condition], value: &Value) -> bool {
    !conditions.is_empty() && conditions.iter().all(|condition| one(condition, value))
}

fn one(condition: &Condition, value: &Value) -> bool {
    let text = value.to_string();
    let text = text.trim();
    let number = || text.parse::<f64>().ok();
    match condition {
        Condition::Equals(wanted) => same(text, wanted),
        Condition::NotEquals(wanted) => !same(text, wanted),
        Condition::LessThan(bar) => number().is_some_and(|number| number < *bar),
        Condition::MoreThan(bar) => number().is_some_and(|number| number > *bar),
        Condition::Contains(part) => text.to_lowercase().contains(&part.to_lowercase()),
        Condition::Empty(empty) => text.is_empty() == *empty,
    }
}

/// `yes`, `true`, `1` and `on` are one, so are their opposites: platforms write flags in every way.
fn same(value: &str, wanted: &str) -> bool {
    match (crate::parse::flag(value), crate::parse::flag(wanted)) {
        (Some(value), Some(wanted)) => value == wanted,
        _ => value.eq_ignore_ascii_case(wanted),
    }
}
