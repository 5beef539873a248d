//! The diagnosis document and the exit statuses, as `contract/cli.md` has them.

use crate::support::{err, folder, mailmedic, out, project, quoted, run, status};
use serde_json::Value;
use std::path::PathBuf;

/// A folder with one scenario; its path as text.
fn scenario(text: &str) -> (tempfile::TempDir, String) {
    let folder = folder();
    let path = folder.path().join("case.toml");
    std::fs::write(&path, text).unwrap();
    let path = path.display().to_string();
    (folder, path)
}

const TROUBLE: &str = "[scenario]\nid = \"a-case\"\nplatform = \"postfix\"\nserver = \"mail.example.com\"\ntaken_at = 2026-03-02T09:10:00Z\n\
    [[queue]]\nname = \"deferred\"\nkind = \"deferred\"\nmessages = 3\n\
    [[ndr]]\nrecipient = \"bob@example.net\"\ntext = \"450 4.2.0 <bob@example.net>: Recipient address rejected: Greylisted for 5 minutes\"\n\
    [[not_examined]]\nwhat = \"dns example.net MX\"\nreason = \"access denied\"\n";
const HEALTHY: &str =
    "[scenario]\nplatform = \"postfix\"\ncomplete = [\"queue\"]\n[[queue]]\nname = \"deferred\"\nkind = \"deferred\"\nmessages = 0\n";
const INCOMPLETE: &str = "[scenario]\nplatform = \"postfix\"\n[[service]]\nname = \"postfix\"\nstate = \"running\"\n";

fn document(path: &str) -> Value {
    let output = run(&["diagnose", "--format", "json", path]);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {} {}", out(&output), err(&output)))
}

/// Asserts that an object has these keys in this order; `more` may stand between them, as additions are free.
fn keys(value: &Value, wanted: &[&str], more: &[&str], at: &str) {
    let have: Vec<&str> = value.as_object().unwrap_or_else(|| panic!("{at} is no object: {value}")).keys().map(String::as_str).collect();
    let known: Vec<&str> = have.iter().copied().filter(|key| wanted.contains(key)).collect();
    assert_eq!(known, wanted, "{at}");
    let strange: Vec<&str> = have.into_iter().filter(|key| !wanted.contains(key) && !more.contains(key)).collect();
    assert_eq!(strange, Vec::<&str>::new(), "{at} has keys that the contract does not have");
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key].as_array().unwrap_or_else(|| panic!("{key} is no list: {value}"))
}

#[test]
fn the_document_has_the_keys_of_the_contract_in_order() {
    let mut seen = [0usize; 6];
    let mut paths: Vec<PathBuf> = crate::support::files(&project("tests/scenarios"), ".toml");
    let (_folder, path) = scenario(TROUBLE);
    paths.push(path.into());
    for path in paths {
        let document = document(&path.display().to_string());
        let top = ["format", "case", "verdict", "trouble_probability", "causes", "stages", "next", "probes", "warnings"];
        keys(&document, &top, &["not_examined", "onset", "requirements"], "the document");
        assert_eq!(document["format"], "mailmedic.diagnosis/1");
        keys(&document["case"], &["id", "platform", "server", "taken_at"], &[], "case");
        for (number, cause) in list(&document, "causes").iter().enumerate() {
            seen[0] += 1;
            let wanted = ["rank", "id", "title", "probability", "coverage", "seed", "consequence_of", "subjects", "evidence", "remedies"];
            keys(cause, &wanted, &[], "a cause");
            assert_eq!(cause["rank"], number + 1);
            assert!(cause["probability"].as_f64().is_some_and(|p| (0.05..=1.0).contains(&p)), "{cause}");
            assert!(cause["coverage"].as_f64().is_some_and(|p| (0.0..=1.0).contains(&p)), "{cause}");
            for item in list(cause, "evidence") {
                seen[1] += 1;
                keys(item, &["says", "text", "rule", "weight", "seed", "sources"], &[], "evidence");
                assert!(matches!(item["says"].as_str(), Some("for" | "against")));
                assert!(item["weight"].is_number() && item["rule"].as_str().is_some_and(|rule| rule.contains('/')), "{item}");
                for source in list(item, "sources") {
                    assert!(source["file"].is_string(), "{source}");
                    assert!(
                        source.as_object().unwrap().keys().all(|key| ["file", "line", "lines", "record", "range"].contains(&key.as_str())),
                        "{source}"
                    );
                }
            }
            for remedy in list(cause, "remedies") {
                seen[2] += 1;
                keys(remedy, &["id", "title", "risk", "steps", "verify", "undo"], &[], "a remedy");
                assert!(!list(remedy, "steps").is_empty() && list(remedy, "steps").iter().all(Value::is_string));
            }
        }
        for stage in list(&document, "stages") {
            seen[3] += 1;
            keys(stage, &["stage", "status", "queues", "messages", "oldest_seconds", "deliveries"], &[], "a stage");
            assert!(matches!(stage["status"].as_str(), Some("ok" | "failing" | "unknown")));
            if !stage["deliveries"].is_null() {
                keys(&stage["deliveries"], &["sent", "deferred", "bounced", "rejected"], &[], "deliveries");
            }
        }
        for next in list(&document, "next") {
            seen[4] += 1;
            keys(next, &["kind", "id", "text", "gain", "seed"], &["steps", "undo"], "a next step");
        }
        for requirement in list(&document, "requirements") {
            seen[5] += 1;
            keys(requirement, &["id", "part_of", "title", "state", "because", "sources", "learn"], &["likely"], "a requirement");
        }
        for warning in list(&document, "warnings") {
            keys(warning, &["text", "sources"], &[], "a warning");
        }
    }
    assert!(seen.iter().all(|count| *count > 0), "something was never seen: {seen:?}");
}

#[test]
fn what_is_not_known_of_the_case_is_null() {
    let (_folder, path) = scenario("[[queue]]\nname = \"deferred\"\nmessages = 0\n");
    let document = document(&path);
    for key in ["id", "platform", "server", "taken_at"] {
        assert!(document["case"][key].is_null(), "{key}: {}", document["case"]);
    }
}

/// Checks a value against a JSON Schema, as far as schemas of this program go.
fn valid(value: &Value, schema: &Value, root: &Value, at: &str) -> Result<(), String> {
    if let Some(reference) = schema["$ref"].as_str() {
        let target = root.pointer(reference.trim_start_matches('#')).ok_or_else(|| format!("{reference} is not there"))?;
        valid(value, target, root, at)?;
    }
    if let Some(any) = schema["anyOf"].as_array().or_else(|| schema["oneOf"].as_array())
        && !any.iter().any(|schema| valid(value, schema, root, at).is_ok())
    {
        return Err(format!("{at}: {value} fits none of {any:?}"));
    }
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_i64() || number.is_u64() => "integer",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let is = |wanted: &Value| wanted == kind || (wanted == "number" && kind == "integer");
    match &schema["type"] {
        Value::Null => {}
        Value::Array(kinds) if kinds.iter().any(is) => {}
        wanted if is(wanted) => {}
        wanted => return Err(format!("{at}: {value} is {kind}, not {wanted}")),
    }
    if let Some(words) = schema["enum"].as_array()
        && !words.contains(value)
    {
        return Err(format!("{at}: {value} is none of {words:?}"));
    }
    if let (Some(number), Some(most)) = (value.as_f64(), schema["maximum"].as_f64())
        && number > most
    {
        return Err(format!("{at}: {number} is more than {most}"));
    }
    if let (Some(number), Some(least)) = (value.as_f64(), schema["minimum"].as_f64())
        && number < least
    {
        return Err(format!("{at}: {number} is less than {least}"));
    }
    for required in schema["required"].as_array().into_iter().flatten() {
        if value.get(required.as_str().unwrap_or_default()).is_none() {
            return Err(format!("{at} lacks {required}"));
        }
    }
    for (key, item) in value.as_object().into_iter().flatten() {
        match schema["properties"].get(key) {
            Some(schema) => valid(item, schema, root, &format!("{at}.{key}"))?,
            None if schema["additionalProperties"] == false => return Err(format!("{at}.{key} is not in the schema")),
            None => {
                if schema["additionalProperties"].is_object() {
                    valid(item, &schema["additionalProperties"], root, &format!("{at}.{key}"))?;
                }
            }
        }
    }
    if schema["items"].is_object() {
        for (number, item) in value.as_array().into_iter().flatten().enumerate() {
            valid(item, &schema["items"], root, &format!("{at}[{number}]"))?;
        }
    }
    Ok(())
}

fn schema(name: &str) -> Value {
    let output = run(&["schema", name]);
    assert_eq!(status(&output), 0);
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn documents_fit_their_schemas() {
    let (diagnosis, facts, scenarios) = (schema("diagnosis"), schema("facts"), schema("scenario"));
    let (_folder, path) = scenario(TROUBLE);
    let mut paths: Vec<String> =
        crate::support::files(&project("tests/scenarios"), ".toml").iter().map(|path| path.display().to_string()).collect();
    paths.push(path);
    for path in paths {
        valid(&document(&path), &diagnosis, &diagnosis, "diagnosis").unwrap_or_else(|error| panic!("{path}: {error}"));
        let output = run(&["facts", "--format", "json", &path]);
        valid(&serde_json::from_slice(&output.stdout).unwrap(), &facts, &facts, "facts").unwrap_or_else(|error| panic!("{path}: {error}"));
        let text = std::fs::read_to_string(&path).unwrap();
        // Dates are a type of their own in TOML and texts in JSON.
        let table: toml::Table = toml::from_str(&text).unwrap();
        valid(&json(&toml::Value::Table(table)), &scenarios, &scenarios, "scenario").unwrap_or_else(|error| panic!("{path}: {error}"));
    }
    // The checker itself sees what is wrong.
    let (_folder, path) = scenario(TROUBLE);
    let mut wrong = document(&path).as_object().cloned().unwrap_or_default();
    wrong.insert("verdict".into(), "perhaps".into());
    assert!(valid(&Value::Object(wrong), &diagnosis, &diagnosis, "diagnosis").is_err());
}

fn json(value: &toml::Value) -> Value {
    match value {
        toml::Value::Table(table) => table.iter().map(|(key, value)| (key.clone(), json(value))).collect::<serde_json::Map<_, _>>().into(),
        toml::Value::Array(items) => items.iter().map(json).collect::<Vec<_>>().into(),
        toml::Value::Datetime(time) => time.to_string().into(),
        toml::Value::String(text) => text.as_str().into(),
        toml::Value::Integer(number) => (*number).into(),
        toml::Value::Float(number) => (*number).into(),
        toml::Value::Boolean(flag) => (*flag).into(),
    }
}

#[test]
fn the_same_evidence_gives_the_same_bytes() {
    let mut evidence: Vec<PathBuf> = crate::support::files(&project("tests/scenarios"), ".toml");
    evidence.extend(crate::support::shared("samples/lab-captures/local-delivery-broken"));
    for path in evidence {
        let path = path.display().to_string();
        for arguments in
            [["diagnose", "--format", "json", &path], ["facts", "--format", "json", &path], ["diagnose", "--lang", "ja", &path]]
        {
            let (first, second) = (run(&arguments), run(&arguments));
            assert_eq!(first.stdout, second.stdout, "{arguments:?}");
        }
    }
}

#[test]
fn exit_statuses_are_those_of_the_contract() {
    let (_trouble, trouble) = scenario(TROUBLE);
    let (_healthy, healthy) = scenario(HEALTHY);
    let (_incomplete, incomplete) = scenario(INCOMPLETE);
    for (arguments, wanted) in [
        (vec![trouble.as_str()], 0),
        (vec!["--exit-code", &trouble], 1),
        (vec!["--fail-on", "0.5", &trouble], 1),
        (vec![&healthy], 0),
        (vec!["--exit-code", &healthy], 0),
        (vec!["--fail-on", "0.01", &healthy], 0),
        (vec![&incomplete], 3),
        (vec!["--exit-code", &incomplete], 3),
        (vec!["/nowhere/at/all"], 2),
        (vec!["--fail-on", "2", &trouble], 2),
        (vec!["--fail-on", "much", &trouble], 2),
        (vec!["--no-such-option"], 2),
        (vec!["--pack", "/nowhere/at/all", &trouble], 2),
    ] {
        let all: Vec<&str> = std::iter::once("diagnose").chain(arguments.iter().copied()).collect();
        let output = run(&all);
        assert_eq!(status(&output), wanted, "{arguments:?}: {}{}", out(&output), err(&output));
        if wanted == 2 {
            assert!(output.stdout.is_empty() && !output.stderr.is_empty(), "{arguments:?}");
        }
    }
    assert_eq!(document(&trouble)["verdict"], "trouble");
    assert_eq!(document(&healthy)["verdict"], "healthy");
    assert_eq!(document(&incomplete)["verdict"], "incomplete");
}

#[test]
fn fail_on_replaces_the_bar() {
    // A weak symptom: something between the two bars.
    let (_folder, path) = scenario(
        "[scenario]\nplatform = \"postfix\"\n[[ndr]]\ntext = \"an error that nobody has ever written down\"\n[[queue]]\nname = \"deferred\"\nkind = \"deferred\"\nmessages = 1\n",
    );
    let first = document(&path)["causes"][0]["probability"].as_f64().expect("a weak cause");
    assert!(first < 0.9, "{first}");
    let (below, above) = (format!("{}", first - 0.01), format!("{}", first + 0.01));
    assert_eq!(status(&run(&["diagnose", "--exit-code", &path])), i32::from(first >= 0.5));
    assert_eq!(status(&run(&["diagnose", "--fail-on", &below, &path])), 1);
    assert_eq!(status(&run(&["diagnose", "--fail-on", &above, &path])), 0);
}

#[test]
fn facts_needs_evidence() {
    assert_eq!(status(&run(&["facts"])), 2);
}

#[test]
fn errors_of_scenarios_name_the_place_and_the_nearest_word() {
    for (text, place, word) in [
        ("[scenario]\nplatfrom = \"postfix\"\n", ":2:1", "platform"),
        ("[scenario]\nplatform = \"postfx\"\n", ":2:12", "postfix"),
        ("[scenario]\nid = \"x\"\n\n[[queeu]]\nname = \"x\"\n", ":4:3", "queue"),
        ("[scenario]\n[[queue]]\nname = \"x\"\nmesages = 3\n", ":4:1", "messages"),
        ("[scenario]\n[[queue]]\nname = \"x\"\nstate = \"rety\"\n", ":4:9", "retry"),
        ("[scenario]\n[[dns]]\nname = \"x\"\ntype = \"MXX\"\nresult = \"answer\"\n", ":4:8", "MX"),
        ("[scenario]\ncomplete = [\"queue\", \"seting x\"]\n", ":2:22", "setting"),
        ("[scenario]\n[[queue]]\nname = \n", ":3:", ""),
        ("[scenario]\n[[queue]]\nmessages = \"many\"\nname = \"x\"\n", ":3:12", ""),
    ] {
        let (_folder, path) = scenario(text);
        let output = run(&["diagnose", &path]);
        assert_eq!(status(&output), 2, "{text}");
        // Long lines are wrapped by the frame around the message.
        let said: String = err(&output).replace(['\n', '│', ' '], "");
        assert!(said.contains(&format!("case.toml{place}")), "{text}: {}", err(&output));
        let word = format!("`{word}`");
        assert!(word.len() == 2 || said.contains(&word), "{text}: {}", err(&output));
    }
}

#[test]
fn one_wrong_scenario_leaves_the_others() {
    let folder = folder();
    std::fs::write(folder.path().join("a.toml"), "[scenario]\nplatfrom = \"postfix\"\n").unwrap();
    std::fs::write(folder.path().join("b.toml"), TROUBLE).unwrap();
    let document = document(&folder.path().display().to_string());
    assert_eq!(document["causes"][0]["id"], "remote.greylisting");
    let warnings = document["warnings"].to_string();
    assert!(warnings.contains("a.toml:2:1") && warnings.contains("platform"), "{warnings}");
}

/// Texts that would move the cursor, colour the screen or turn the direction of writing, were they printed as they stand.
const HARMFUL: &str = "\u{1b}[31mred\u{1b}[0m \u{7} \u{8} \r \u{9b}2J \u{202e}turned\u{202c} \u{200b} end";

#[test]
fn nothing_in_evidence_reaches_the_screen() {
    let harmful = quoted(HARMFUL);
    let text = format!(
        "[scenario]\nid = {harmful}\ntitle = {harmful}\nplatform = \"postfix\"\nserver = {harmful}\ndomain = {harmful}\n\
         [[queue]]\nname = {harmful}\nmessages = 3\nlast_error = {greylisted}\n[[ndr]]\nrecipient = {harmful}\ntext = {greylisted}\n\
         [[setting]]\nkey = {harmful}\nvalue = {harmful}\n[[not_examined]]\nwhat = {harmful}\nreason = {harmful}\n\
         [[event]]\nsource = {harmful}\nid = 1\nmessage = {harmful}\n[[answer]]\nquestion = {harmful}\nvalue = {harmful}\n",
        greylisted = quoted(&format!("450 4.2.0 <bob@example.net>: Greylisted {HARMFUL}")),
    );
    let (_folder, path) = scenario(&text);
    let bad = |c: char| (c.is_control() && c != '\n') || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    for arguments in [
        vec!["diagnose", &path],
        vec!["diagnose", "--lang", "ja", &path],
        vec!["diagnose", "--format", "json", &path],
        vec!["facts", &path],
        vec!["facts", "--format", "json", &path],
        vec!["-v", "diagnose", &path],
        vec!["explain", HARMFUL],
    ] {
        let output = run(&arguments);
        for text in [out(&output), err(&output)] {
            let found: Vec<char> = text.chars().filter(|c| bad(*c)).collect();
            assert!(found.is_empty(), "{arguments:?} printed {found:?}:\n{text:?}");
        }
    }
    // Names of files and errors of scenarios are evidence too.
    let folder = folder();
    let name = folder.path().join("a\u{1b}[31m\u{7}.toml");
    std::fs::write(&name, "[scenario]\n\"\\u001b[31m\" = 1\n").unwrap();
    let output = run(&["diagnose", &name.display().to_string()]);
    assert!(!err(&output).chars().any(bad), "{:?}", err(&output));
}

#[test]
fn colour_is_for_terminals() {
    let (_folder, path) = scenario(TROUBLE);
    let coloured = |output: &str| output.contains('\u{1b}');
    assert!(!coloured(&out(&run(&["diagnose", &path]))));
    assert!(coloured(&out(&run(&["diagnose", "--color", "always", &path]))));
    assert!(!coloured(&out(&run(&["diagnose", "--color", "never", &path]))));
    let output = mailmedic(&["diagnose", &path]).env("NO_COLOR", "1").output().unwrap();
    assert!(!coloured(&out(&output)));
}

#[test]
fn lines_keep_to_the_width() {
    let path = project("tests/scenarios/plugins/remote-delivery-every-destination.toml").display().to_string();
    for (columns, lang) in [("60", "en"), ("80", "ja"), ("120", "en")] {
        let output = mailmedic(&["diagnose", "--lang", lang, &path]).env("COLUMNS", columns).output().unwrap();
        let most: usize = columns.parse().unwrap();
        for line in out(&output).lines() {
            let width = unicode_width::UnicodeWidthStr::width(line);
            // A word that has no blank in it, such as a path, is not cut.
            let longest = line.split_whitespace().map(unicode_width::UnicodeWidthStr::width).max().unwrap_or(0);
            assert!(width <= most || longest + 8 > most, "{columns} {lang}: {width}: {line}");
        }
    }
}
