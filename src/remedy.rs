//! Remedies for a case: the steps of its platform, with the values of the case filled in. Nothing is done here.

use crate::diagnosis::{PlannedAction, PlannedRemedy};
use crate::fact::Platform;
use crate::knowledge::{Action, Cause, Knowledge, Text};
use std::collections::BTreeMap;

/// Returns the remedies of a cause that have steps for the platform, the best first.
///
/// Values fill the placeholders of commands and texts. What is not known, and what could be taken for an option of a command,
/// stays a placeholder in angle brackets for a person to fill in: values come from evidence that strangers can write into.
pub fn plan(
    cause: &Cause,
    knowledge: &Knowledge,
    platform: Option<Platform>,
    values: &BTreeMap<&'static str, String>,
) -> Vec<PlannedRemedy> {
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
                steps,
                verify: actions(&remedy.checks, platform, values),
                undo: actions(&remedy.undo, platform, values),
            })
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
    for name in ["destination", "server", "queue", "domain", "recipient", "host"] {
        let placeholder = format!("{{{name}}}");
        if !out.contains(&placeholder) {
            continue;
        }
        let value = values.get(name).filter(|value| !command || plain(value));
        out = out.replace(&placeholder, &value.cloned().unwrap_or_else(|| format!("<{name}>")));
    }
    out
}

/// Returns whether a value is a plain name or address that no command takes for anything else.
fn plain(value: &str) -> bool {
    !value.starts_with('-') && value.len() <= 255 && value.chars().all(|c| c.is_alphanumeric() || "@._-+=:".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn evidence_cannot_become_an_option_or_a_command() {
        let values = BTreeMap::from([("recipient", "-oQ/tmp@x.example".to_owned()), ("host", "mx.example.net".to_owned())]);
        assert_eq!(fill("{recipient}", &values, true), "<recipient>");
        assert_eq!(fill("{host}", &values, true), "mx.example.net");
        let hostile = BTreeMap::from([("host", "x; rm -rf /".to_owned())]);
        assert_eq!(fill("{host}", &hostile, true), "<host>");
    }
}
