//! Remedies for a case: the steps of its platform, with the values of the case filled in. Nothing is done here.

use crate::diagnosis::{Names, PlannedAction, PlannedPrecondition, PlannedRemedy};
use crate::fact::{FactName, Facts, Kind, Need, Platform};
use crate::knowledge::{Action, Cause, Knowledge, Pattern, Precondition, Remedy, Text};
use std::collections::{BTreeMap, BTreeSet};

/// The names of the values that commands and texts may have filled in.
const VALUES: [&str; 6] = ["destination", "server", "queue", "domain", "recipient", "host"];

/// Returns the remedies of a cause that have steps for the platform, the best first.
///
/// Values fill the placeholders of commands and texts. What is not known, and what could be taken for an option of a command,
/// stays a placeholder in angle brackets in a command, for a person to fill in: values come from evidence that strangers can write into.
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
                preconditions: preconditions(&remedy.preconditions, facts, knowledge, values),
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

fn preconditions(
    all: &[Precondition],
    facts: &Facts,
    knowledge: &Knowledge,
    values: &BTreeMap<&'static str, String>,
) -> Vec<PlannedPrecondition> {
    let tells = |name: &String| FactName::parse(name).is_ok_and(|name| is_told(&name, facts, knowledge));
    let names = Names { facts, knowledge };
    all.iter()
        .filter(|precondition| Platform::admitted(facts.case.platform, &precondition.platforms))
        .map(|precondition| PlannedPrecondition {
            text: fill_text(&precondition.text, values),
            facts: precondition.facts.clone(),
            named: precondition.facts.iter().filter_map(|name| FactName::parse(name).ok()).map(|name| names.noun(&name)).collect(),
            known: precondition.facts.iter().all(tells),
        })
        .collect()
}

/// Whether the evidence tells of what a name stands for, by any name that the knowledge gives a service and by any key of a setting.
///
/// Unknown is not absent: a listing that does not have it tells as much as the fact itself.
fn is_told(name: &FactName, facts: &Facts, knowledge: &Knowledge) -> bool {
    let told = |name: &FactName| !matches!(facts.need(name), Need::Unknown(_));
    match name.kind() {
        Kind::Service => {
            let wanted = knowledge.service(name.rest()).map(|entry| &entry.id);
            let is = |own: &str| wanted.is_some() && knowledge.service(own).map(|entry| &entry.id) == wanted;
            told(name) || facts.services.iter().any(|fact| is(&fact.what.name))
        }
        Kind::Setting => {
            let keys = match knowledge.setting(name.rest()).map(|(entry, _)| &entry.pattern) {
                Some(Pattern::Setting { keys, .. }) => keys.as_slice(),
                _ => &[],
            };
            told(name) || keys.iter().any(|key| told(&FactName::of(Kind::Setting, std::slice::from_ref(key))))
        }
        _ => told(name),
    }
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
            run: action.run.iter().map(|word| fill(word, values)).collect(),
            text: fill_text(&action.text, values),
        })
        .collect()
}

/// Returns a text with values filled in; what is not known is named by its kind: `the queue`.
pub fn fill_text(text: &Text, values: &BTreeMap<&'static str, String>) -> Text {
    Text::new(fill_words(&text.en, values, true), fill_words(&text.ja, values, false))
}

fn fill(text: &str, values: &BTreeMap<&'static str, String>) -> String {
    let mut out = text.to_owned();
    for name in VALUES {
        let placeholder = format!("{{{name}}}");
        if out.contains(&placeholder) {
            let value = values.get(name).filter(|value| plain(value));
            out = out.replace(&placeholder, &value.cloned().unwrap_or_else(|| format!("<{name}>")));
        }
    }
    out
}

fn fill_words(text: &str, values: &BTreeMap<&'static str, String>, english: bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('{') {
        out.push_str(before);
        let known = behind.split_once('}').and_then(|(word, after)| Some((VALUES.into_iter().find(|name| *name == word)?, after)));
        let Some((name, after)) = known else {
            out.push('{');
            rest = behind;
            continue;
        };
        rest = after;
        match values.get(name) {
            Some(value) => out.push_str(value),
            // Within a command or an address a person has to see that something is to be put in.
            None if COMMANDS.iter().any(|command| out.ends_with(command)) => out.push_str(&format!("<{name}>")),
            None => {
                let noun = noun(name, english);
                let begins = out.is_empty();
                let named = noun.strip_prefix("the ").is_some_and(|kind| out.trim_end().ends_with(kind));
                match noun.chars().next() {
                    // `the queue {queue}` has said it.
                    _ if named => out.truncate(out.trim_end().len()),
                    _ if !english => {
                        out.truncate(out.trim_end_matches(' ').len());
                        out.push_str(noun);
                        rest = rest.trim_start_matches(' ');
                    }
                    Some(first) if begins => out.extend(first.to_uppercase().chain(noun.chars().skip(1))),
                    _ => out.push_str(noun),
                }
            }
        }
    }
    out.push_str(rest);
    out
}

/// What in a text comes right before a value that is typed as it stands.
const COMMANDS: [&str; 6] = ["@", "telnet ", "Test-NetConnection ", "ping ", "nslookup ", "dig "];

fn noun(value: &str, english: bool) -> &'static str {
    let (en, ja) = match value {
        "queue" => ("the queue", "該当のキュー"),
        "host" => ("the host", "相手のホスト"),
        "destination" => ("the destination", "該当のドメイン"),
        "server" => ("the server", "該当のサーバー"),
        "domain" => ("the domain", "該当のドメイン"),
        _ => ("the recipient", "該当の受信者"),
    };
    if english { en } else { ja }
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
                assert_eq!(fill(&format!("{{{name}}}"), &values), format!("<{name}>"), "{hostile}");
            }
        }
        let values = BTreeMap::from([("host", "mx.example.net".to_owned())]);
        assert_eq!(fill("{host}", &values), "mx.example.net");
    }

    #[test]
    fn a_text_says_in_words_what_is_not_known() {
        let text = |text: &str| fill_words(text, &BTreeMap::new(), true);
        assert_eq!(text("Select {queue} and wait"), "Select the queue and wait");
        assert_eq!(text("{queue} shrinks"), "The queue shrinks");
        assert_eq!(text("Read the error of the queue {queue}"), "Read the error of the queue");
        assert_eq!(text("Run telnet {host} 25"), "Run telnet <host> 25");
        assert_eq!(text("Run { $_.Name } for {recipient}"), "Run { $_.Name } for the recipient");
        assert_eq!(fill_words("{queue} を選ぶ", &BTreeMap::new(), false), "該当のキューを選ぶ");
    }

    #[test]
    fn a_command_says_which_values_it_lacks() {
        let run: Vec<String> = ["dig", "@<server>", "example.net", "<host>"].map(str::to_owned).into();
        assert_eq!(open_values(&run), ["server", "host"]);
        assert!(open_values(&["dig".to_owned(), "<other>".to_owned()]).is_empty());
    }
}
