//! The commands beside `diagnose`, through the binary.

use crate::support::{err, mailmedic, out, packs, project, run, status};

fn scenario() -> String {
    project("tests/scenarios/plugins/remote-delivery-every-destination.toml").display().to_string()
}

#[test]
fn facts_are_shown_with_the_names_that_rules_use() {
    let output = run(&["facts", "--format", "json", &scenario()]);
    assert_eq!(status(&output), 0);
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let keys: Vec<&str> = document.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys, ["format", "facts", "listed", "files", "warnings"]);
    assert_eq!(document["format"], "mailmedic.facts/1");
    let facts = document["facts"].as_array().unwrap();
    let outcome = facts.iter().find(|fact| fact["kind"] == "outcome").expect("an outcome");
    let keys: Vec<&str> = outcome.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys, ["kind", "id", "at", "value", "unknown", "sources"]);
    assert!(outcome["id"].as_str().is_some_and(|id| id.starts_with("outcome ")), "{outcome}");
    assert_eq!(outcome["value"]["stage"], "remote-delivery");
    assert!(outcome["sources"][0]["line"].is_number() || outcome["sources"][0]["lines"].is_string(), "{outcome}");
    let files = document["files"].as_array().unwrap();
    let keys: Vec<&str> = files[0].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys, ["file", "format", "records", "facts", "unread"]);
    let text = out(&run(&["facts", &scenario()]));
    assert!(text.contains("outcome") && text.contains("remote-delivery"), "{text}");
}

#[test]
fn every_id_that_a_diagnosis_names_can_be_explained() {
    let output = run(&["diagnose", "--format", "json", &scenario()]);
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let mut ids: Vec<String> = Vec::new();
    for cause in document["causes"].as_array().unwrap() {
        ids.push(cause["id"].as_str().unwrap().to_owned());
        ids.extend(cause["evidence"].as_array().unwrap().iter().map(|item| item["rule"].as_str().unwrap().to_owned()));
        ids.extend(cause["remedies"].as_array().unwrap().iter().map(|remedy| remedy["id"].as_str().unwrap().to_owned()));
    }
    let unknown: Vec<String> = ids.into_iter().filter(|id| status(&run(&["explain", id])) != 0).collect();
    assert_eq!(unknown, Vec::<String>::new(), "these ids stand in a diagnosis and `explain` does not know them");
}

#[test]
fn explain_knows_every_kind_of_id() {
    let knowledge = &packs().knowledge;
    let (cause, remedy) = (knowledge.causes.keys().next().unwrap(), knowledge.remedies.keys().next().unwrap());
    for id in [cause.as_str(), remedy, "5.7.1", "MSExchangeTransport/4006", "remote-delivery", "smtpsvc/*/DsUseCat"] {
        for lang in ["en", "ja"] {
            let output = run(&["explain", "--lang", lang, id]);
            assert_eq!(status(&output), 0, "{id}: {}", err(&output));
            assert!(!output.stdout.is_empty());
        }
        let output = run(&["explain", "--format", "json", id]);
        assert!(serde_json::from_slice::<serde_json::Value>(&output.stdout).is_ok(), "{id}");
    }
}

#[test]
fn an_unknown_id_gets_the_nearest() {
    for (id, nearest) in [("dns.server-unreachabl", "dns.server-unreachable"), ("remote.greylistin", "remote.greylisting")] {
        let output = run(&["explain", id]);
        assert_eq!(status(&output), 2);
        assert!(output.stdout.is_empty() && err(&output).contains(nearest), "{}", err(&output));
    }
    assert_eq!(status(&run(&["explain", ""])), 2);
}

#[test]
fn schemas_completions_and_manual_are_printed() {
    for name in ["diagnosis", "facts", "scenario", "pack"] {
        let output = run(&["schema", name]);
        assert_eq!(status(&output), 0);
        let schema: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert!(schema["properties"].is_object(), "{name}");
    }
    assert_eq!(status(&run(&["schema", "nothing"])), 2);
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let output = run(&["completions", shell]);
        assert_eq!(status(&output), 0);
        assert!(out(&output).contains("diagnose"), "{shell}");
    }
    let manual = run(&["man"]);
    assert_eq!(status(&manual), 0);
    let text = out(&manual);
    assert!(text.contains(".TH") && text.contains("diagnose"), "{text}");
}

#[test]
fn the_language_follows_the_option_and_the_locale() {
    let japanese = |text: &str| text.chars().any(|c| ('\u{3040}'..='\u{30ff}').contains(&c));
    let path = scenario();
    assert!(japanese(&out(&run(&["diagnose", "--lang", "ja", &path]))));
    assert!(!japanese(&out(&run(&["diagnose", "--lang", "en", &path]))));
    let locale = |name: &str, value: &str| out(&mailmedic(&["diagnose", &path]).env(name, value).output().unwrap());
    assert!(japanese(&locale("LC_ALL", "ja_JP.UTF-8")));
    assert!(japanese(&locale("LANG", "ja_JP.UTF-8")));
    assert!(!japanese(&locale("LANG", "de_DE.UTF-8")));
}

#[test]
fn a_reader_that_has_seen_enough_is_no_error() {
    use std::process::Stdio;
    let mut child = mailmedic(&["facts", "--format", "json", &scenario()]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert!(err(&output).is_empty(), "{}", err(&output));
    assert!(output.status.success(), "{output:?}");
}

#[test]
fn simple_cases() {
    trycmd::TestCases::new().default_bin_path(env!("CARGO_BIN_EXE_mailmedic")).case("tests/cmd/*.toml").run();
}
