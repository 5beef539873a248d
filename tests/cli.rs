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
    for name in ["diagnosis", "facts", "scenario", "pack", "remedies"] {
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
    assert!(text.contains(".TH") && text.contains("diagnose") && text.contains("overwritten"), "{text}");
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
fn remedies_are_listed_with_and_without_a_case() {
    let all = out(&run(&["remedy", "list"]));
    let exim = out(&run(&["remedy", "list", "--platform", "exim"]));
    assert!(all.contains("- start-mta-stacks: ") && !exim.contains("- start-mta-stacks: "), "{exim}");
    assert!(all.lines().count() > exim.lines().count());
    assert_eq!(status(&run(&["remedy", "list", "--platform", "exchange-5.5"])), 2);
    assert_eq!(status(&run(&["remedy", "list", "--platform", "exim", &scenario()])), 2);
    let document = |args: &[&str]| -> serde_json::Value {
        let output = run(args);
        assert_eq!(status(&output), 0, "{}", err(&output));
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let known = document(&["remedy", "list", "--format", "json"]);
    assert_eq!(known["format"], "mailmedic.remedies/1");
    assert_eq!(known["remedies"].as_array().unwrap().len(), packs().knowledge.remedies.len());
    assert!(known["case"].is_null() && known["remedies"][0]["probability"].is_null());
    let of_case = document(&["remedy", "list", "--format", "json", &scenario()]);
    let remedies = of_case["remedies"].as_array().unwrap();
    assert!(!remedies.is_empty() && of_case["verdict"] == "trouble");
    for remedy in remedies {
        assert!(remedy["probability"].as_f64().is_some_and(|p| (0.05..=1.0).contains(&p)), "{remedy}");
        assert!(!remedy["causes"].as_array().unwrap().is_empty() && remedy["cost_minutes"].as_f64().is_some_and(|cost| cost > 0.0));
    }
    // Probability over cost, where nothing waits for a root.
    let worth: Vec<f64> = remedies
        .iter()
        .filter(|remedy| remedy["after"].as_array().unwrap().is_empty() && remedy["causes"].as_array().unwrap().len() == 1)
        .map(|remedy| remedy["probability"].as_f64().unwrap() / remedy["cost_minutes"].as_f64().unwrap())
        .collect();
    assert!(worth.windows(2).all(|pair| pair[0] >= pair[1] - 1e-4), "{worth:?}");
}

#[test]
fn what_is_to_be_done_next_is_the_first_of_the_plan() {
    let diagnosis: serde_json::Value = serde_json::from_slice(&run(&["diagnose", "--format", "json", &scenario()]).stdout).unwrap();
    let plan: serde_json::Value = serde_json::from_slice(&run(&["remedy", "plan", "--format", "json", &scenario()]).stdout).unwrap();
    let next = diagnosis["next"].as_array().unwrap().iter().find(|next| next["kind"] == "remedy").expect("a repair");
    assert_eq!(next["id"], plan["remedies"][0]["id"]);
    assert_eq!(next["gain"], plan["remedies"][0]["saves_minutes"]);
    let text = out(&run(&["remedy", "plan", &scenario()]));
    for action in plan["remedies"][0]["plan"]["steps"].as_array().unwrap() {
        if let Some(command) = action["command"].as_str() {
            assert!(text.lines().any(|line| line.trim() == command), "{command}\n{text}");
        }
    }
}

#[test]
fn scripts_are_written_beside_each_other_and_never_over_anything() {
    let folder = tempfile::tempdir().unwrap();
    let plan = folder.path().join("plan");
    let plan = plan.display().to_string();
    let output = run(&["remedy", "plan", "--out", &plan, &scenario()]);
    assert_eq!(status(&output), 0, "{}", err(&output));
    let read = |name: &str| std::fs::read_to_string(format!("{plan}/{name}")).unwrap();
    let (fix, undo) = (read("fix.sh"), read("undo.sh"));
    assert_eq!(out(&run(&["remedy", "plan", "--script", "sh", &scenario()])), format!("{fix}\n{undo}"));
    std::fs::remove_file(format!("{plan}/fix.sh")).unwrap();
    let again = run(&["remedy", "plan", "--out", &plan, &scenario()]);
    assert_eq!(status(&again), 2);
    assert!(err(&again).contains("undo.sh is there already"), "{}", err(&again));
    assert!(!std::path::Path::new(&format!("{plan}/fix.sh")).exists(), "one script without the other");
    assert_eq!(read("undo.sh"), undo);
    for (shell, name) in [("cmd", "fix.cmd"), ("ps1", "undo.ps1")] {
        assert_eq!(status(&run(&["remedy", "plan", "--script", shell, "--out", &plan, &scenario()])), 0);
        assert!(std::path::Path::new(&format!("{plan}/{name}")).exists());
    }
    assert_eq!(status(&run(&["remedy", "plan", "--script", "sh", "--format", "json", &scenario()])), 2);
}

#[test]
fn sh_can_read_the_scripts_whatever_stands_in_the_evidence() {
    let folder = tempfile::tempdir().unwrap();
    let hostile = folder.path().join("hostile.toml");
    let evil = r#"x'; touch pwned; "$(touch pwned)" `touch pwned` \\ #"#;
    let text = format!(
        "[scenario]\nplatform = \"postfix\"\nserver = {evil:?}\n\
         [[ndr]]\nrecipient = {:?}\ncode = \"5.1.1\"\ntext = {:?}\n",
        format!("{evil}@example.net"),
        format!("550 5.1.1 <{evil}@example.net>: Recipient address rejected: User unknown in virtual mailbox table"),
    );
    std::fs::write(&hostile, text).unwrap();
    for path in [scenario(), hostile.display().to_string()] {
        for lang in ["en", "ja"] {
            let output = run(&["remedy", "plan", "--script", "sh", "--lang", lang, &path]);
            assert_eq!(status(&output), 0, "{}", err(&output));
            let script = folder.path().join("script.sh");
            std::fs::write(&script, &output.stdout).unwrap();
            assert!(out(&output).lines().count() > 10, "{}", out(&output));
            let Ok(read) = std::process::Command::new("sh").arg("-n").arg(&script).output() else {
                return crate::support::skipped("syntax of scripts", "there is no sh");
            };
            assert!(read.status.success(), "{}\n{}", err(&read), out(&output));
            // Nothing of the evidence stands outside comments, unless it is a plain word.
            for line in out(&output).lines().filter(|line| !line.starts_with('#')) {
                assert!(!line.contains("pwned"), "{line}");
            }
        }
    }
}

#[test]
fn a_script_needs_a_shell() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("case.toml");
    std::fs::write(&path, "[[ndr]]\nrecipient = \"a@example.net\"\ncode = \"5.1.1\"\ntext = \"550 5.1.1 User unknown\"\n").unwrap();
    let path = path.display().to_string();
    let output = run(&["remedy", "plan", "--script", "auto", &path]);
    assert_eq!(status(&output), 2);
    assert!(err(&output).contains("--script sh"), "{}", err(&output));
    assert_eq!(status(&run(&["remedy", "plan", "--script", "ps1", &path])), 0);
}

#[test]
fn simple_cases() {
    trycmd::TestCases::new().default_bin_path(env!("CARGO_BIN_EXE_mailmedic")).case("tests/cmd/*.toml").run();
}
