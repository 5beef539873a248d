//! Remedies for a case: the steps of its platform, with the values of the case filled in. Nothing is done here.

use crate::diagnosis::{PlannedAction, PlannedPrecondition, PlannedRemedy};
use crate::fact::{FactName, Facts, Need, Platform};
use crate::knowledge::{Action, Cause, Knowledge, Precondition, Remedy, Text};
use std::collections::{BTreeMap, BTreeSet};

/// The names of the values that commands and texts may have filled in.
const VALUES: [&str; 6] = ["destination", "server", "queue", "domain", "recipient", "host"];

/// Returns the remedies of a cause that have steps for the platform, the best first.
///
/// Values fill the placeholders of commands and texts. What is not known, and what could be taken for an option of a command,
/// stays a placeholder in angle brackets for a person to fill in: values come from evidence that strangers can write into.
pub fn plan(cause: &Cause, knowledge: &Knowledge, facts: &Facts, values: &BTreeMap<&'static str, String>) -> Vec<PlannedRemedy> {
    let platform = facts.case.platform;
    cause
        .remedies
        .iter()
        .filter_map(|id| knowledge.remedies.get(id))
        .filter_map(|remedy| {
            let steps = actions(&remedy.steps, platform, values);
            (!steps.is_empty()).then(|| PlannedRemedy {
                id: remedy.id.clone(),
                title: fill_text(&remedy.title, values),
                risk: remedy.risk,
                minutes: remedy.minutes,
                wait_minutes: remedy.wait_minutes,
                preconditions: preconditions(&remedy.preconditions, facts, values),
                steps,
                verify: actions(&remedy.checks, platform, values),
                undo: actions(&remedy.undo, platform, values),
            })
        })
        .collect()
}

/// Returns the platforms on which a remedy has steps, in the order of the contract.
pub fn platforms(remedy: &Remedy) -> BTreeSet<Platform> {
    let has = |platform: &Platform| remedy.steps.iter().any(|step| Platform::admitted(Some(*platform), &step.platforms));
    Platform::ALL.into_iter().filter(has).collect()
}

/// Returns the names of the values that a command still lacks, and a person has to fill in.
pub fn open_values(run: &[String]) -> Vec<&'static str> {
    VALUES.into_iter().filter(|name| run.iter().any(|word| word.contains(&format!("<{name}>")))).collect()
}

fn preconditions(all: &[Precondition], facts: &Facts, values: &BTreeMap<&'static str, String>) -> Vec<PlannedPrecondition> {
    // Unknown is not absent: a listing that does not have it tells as much as the fact itself.
    let tells = |name: &String| FactName::parse(name).is_ok_and(|name| !matches!(facts.need(&name), Need::Unknown(_)));
    all.iter()
        .filter(|precondition| Platform::admitted(facts.case.platform, &precondition.platforms))
        .map(|precondition| PlannedPrecondition {
            text: fill_text(&precondition.text, values),
            facts: precondition.facts.clone(),
            known: precondition.facts.iter().all(tells),
        })
        .collect()
}

/// Returns the actions for the platform, with values filled in as [`plan`] does.
pub fn actions(actions: &[Action], platform: Option<Platform>, values: &BTreeMap<&'static str, String>) -> Vec<PlannedAction> {
    // Without a platform only what holds on every one of them is said, unless nothing does.
    let general = |action: &&Action| action.platforms.is_empty();
    let fits = |action: &&Action| match platform {
        Some(_) => Platform::admitted(platform, &action.platforms),
        None => !actions.iter().any(|action| general(&action)) || general(action),
    };
    actions
        .iter()
        .filter(fits)
        .map(|action| PlannedAction {
            run: action.run.iter().map(|word| fill(word, values, true)).collect(),
            text: fill_text(&action.text, values),
        })
        .collect()
}

/// Returns a text with values filled in; what is not known stands in angle brackets.
pub fn fill_text(text: &Text, values: &BTreeMap<&'static str, String>) -> Text {
    Text::new(fill(&text.en, values, false), fill(&text.ja, values, false))
}

fn fill(text: &str, values: &BTreeMap<&'static str, String>, command: bool) -> String {
    let mut out = text.to_owned();
    for name in VALUES {
        let placeholder = format!("{{{name}}}");
        if !out.contains(&placeholder) {
            continue;
        }
        let value = values.get(name).filter(|value| !command || plain(value));
        out = out.replace(&placeholder, &value.cloned().unwrap_or_else(|| format!("<{name}>")));
    }
    out
}

/// Returns whether a value is a plain name or address that no command takes for anything else: not for an option (`-f`, `+trace`,
/// `@server`), not for more than one word, and in no code page for a quote.
fn plain(value: &str) -> bool {
    value.starts_with(|first: char| first.is_ascii_alphanumeric())
        && value.len() <= 255
        && value.chars().all(|c| c.is_ascii_alphanumeric() || "@._-+=:".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn evidence_cannot_become_an_option_or_a_command() {
        for hostile in [
            "-oQ/tmp@x.example",
            "+trace",
            "@192.0.2.1",
            "x; rm -rf /",
            "x'; Remove-Item *; '",
            "x\u{2019}y",
            "x\u{2bc}y",
            "x\ny",
            "%COMSPEC%",
            "a b",
            "",
        ] {
            for name in VALUES {
                let values = BTreeMap::from([(name, hostile.to_owned())]);
                assert_eq!(fill(&format!("{{{name}}}"), &values, true), format!("<{name}>"), "{hostile}");
            }
        }
        let values = BTreeMap::from([("host", "mx.example.net".to_owned())]);
        assert_eq!(fill("{host}", &values, true), "mx.example.net");
    }

    #[test]
    fn a_command_says_which_values_it_lacks() {
        let run: Vec<String> = ["dig", "@<server>", "example.net", "<host>"].map(str::to_owned).into();
        assert_eq!(open_values(&run), ["server", "host"]);
        assert!(open_values(&["dig".to_owned(), "<other>".to_owned()]).is_empty());
    }
}
