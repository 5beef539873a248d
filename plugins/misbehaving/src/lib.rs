//! A plugin that misbehaves in the way that the setting `misbehave` names. Only tests of the host load it.
//!
//! Every way starts with a finding that is in order, so that a test can see that what a plugin said before it failed is dropped whole.

use mailmedic_plugin_sdk::{FactId, Facts, Refused, Results, Stage, Value};

#[cfg(target_family = "wasm")]
mod component;

/// What the plugin itself reports when it is told to fail.
#[derive(Debug, PartialEq)]
pub enum Failure {
    /// It was told to.
    Told,
    /// The host refused a result, and the plugin gave up.
    Refused(Refused),
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Failure::Told => f.write_str("the plugin was told to fail"),
            Failure::Refused(refused) => refused.fmt(f),
        }
    }
}

impl From<Refused> for Failure {
    fn from(refused: Refused) -> Failure {
        Failure::Refused(refused)
    }
}

/// Findings in a flood; far more than any plugin has to say.
const FLOOD: u32 = 1_000_000;

/// Does what the setting `misbehave` says: one of the arms below. Anything else, or no setting at all, is the way of a good plugin.
///
/// # Errors
///
/// [`Failure`], for `error`, and where the host refuses a result on which the plugin depends.
pub fn examine(facts: &impl Facts, results: &mut impl Results) -> Result<(), Failure> {
    let settings = facts.settings("misbehave");
    let Some(setting) = settings.first() else {
        return Ok(results.unknown("behaves", &["setting misbehave"])?);
    };
    let id = setting.id;
    results.present("behaves", &[id])?;
    match setting.value.as_str() {
        "trap" => trap(),
        "loop" => endless(),
        "loop-calls" => loop {
            std::hint::black_box(facts.queues(Stage::RemoteDelivery));
        },
        "memory" => hog(),
        "recursion" => _ = std::hint::black_box(recurse(u64::from(id))),
        "error" => return Err(Failure::Told),
        "long-error" => return Err(Refused { name: "x".repeat(8 << 20), refusal: mailmedic_plugin_sdk::Refusal::TooLarge }.into()),
        // Refusals are ignored on purpose: the host must not rely on a plugin that stops by itself.
        "flood" => (0..FLOOD).for_each(|_| _ = results.present("behaves", &[id])),
        "flood-unknown" => (0..FLOOD).for_each(|_| _ = results.unknown("flawed", &["setting misbehave"])),
        "flood-derived" => (0..FLOOD).for_each(|turn| _ = results.derive("misbehaviour.count", id, Value::Number(f64::from(turn)), &[id])),
        "undeclared" => _ = results.present("never-declared", &[id]),
        "undeclared-derived" => _ = results.derive("never.declared", id, Value::Flag(true), &[id]),
        "wrong-type" => _ = results.derive("misbehaviour.count", id, Value::Text("not a number".to_owned()), &[id]),
        "not-a-number" => _ = results.derive("misbehaviour.count", id, Value::Number(f64::NAN), &[id]),
        "no-such-fact" => _ = results.present("flawed", &[FactId::MAX]),
        "too-large-text" => _ = results.derive("misbehaviour.text", id, Value::Text("x".repeat(8 << 20)), &[id]),
        "too-large-name" => _ = results.present(&"x".repeat(8 << 20), &[id]),
        "too-many-reasons" => _ = results.present("flawed", &vec![id; 1 << 20]),
        "contradiction" => {
            results.present("flawed", &[id])?;
            results.absent("flawed", &[id])?;
        }
        _ => well(id, results)?,
    }
    Ok(())
}

fn well(id: FactId, results: &mut impl Results) -> Result<(), Refused> {
    results.derive("misbehaviour.count", id, Value::Number(0.0), &[id])?;
    results.derive("misbehaviour.text", id, Value::Text("none".to_owned()), &[id])?;
    results.absent("flawed", &[id])
}

#[expect(clippy::panic, reason = "this is the misbehaviour")]
fn trap() {
    panic!("the plugin was told to trap");
}

fn endless() {
    let mut turn = 0_u64;
    loop {
        // black_box keeps the compiler from seeing that nothing comes of it.
        turn = std::hint::black_box(turn.wrapping_add(1));
    }
}

fn hog() {
    let mut hoard: Vec<Vec<u8>> = Vec::new();
    loop {
        hoard.push(vec![1; 1 << 20]);
        std::hint::black_box(&hoard);
    }
}

#[expect(unconditional_recursion, reason = "this is the misbehaviour")]
fn recurse(depth: u64) -> u64 {
    let frame = std::hint::black_box([depth; 64]);
    let below = recurse(std::hint::black_box(depth + 1));
    std::hint::black_box(frame);
    below + 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use mailmedic_plugin_sdk::mock::{Case, Said};

    fn run(way: &str) -> (Result<(), Failure>, Said) {
        let mut case = Case::default();
        case.setting("misbehave", way);
        let mut said = Said::default();
        (examine(&case, &mut said), said)
    }

    #[test]
    fn a_good_plugin_says_what_is_declared() {
        let (result, said) = run("well");
        assert_eq!(result, Ok(()));
        assert_eq!(said.findings(), ["behaves"]);
        assert!(said.is_absent("flawed"));
        assert_eq!(said.number("misbehaviour.count"), Some(0.0));
    }

    #[test]
    fn without_the_setting_nothing_is_judged() {
        let mut said = Said::default();
        assert_eq!(examine(&Case::default(), &mut said), Ok(()));
        assert_eq!(said.missing("behaves"), ["setting misbehave"]);
    }

    #[test]
    fn an_error_comes_after_a_finding() {
        let (result, said) = run("error");
        assert_eq!(result, Err(Failure::Told));
        assert!(said.is_present("behaves"));
    }

    #[test]
    fn a_flood_does_not_stop_by_itself() {
        assert_eq!(run("flood").1.present.len(), FLOOD as usize + 1);
    }
}
