//! Every fault of the lab, live: a real Postfix or Exim in network namespaces, with the fault switched on, is diagnosed from inside.
//!
//! There is one lab per machine and its faults exclude each other, so this is a test binary of its own that runs them one after the
//! other. Where the lab cannot run (no root, no namespaces, packages missing) the tests are ignored, and the reason is printed.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test that cannot go on fails with the place; it runs the lab and says what it skips"
)]

use libtest_mimic::{Arguments, Failed, Trial};
use serde::Deserialize;
use serde_json::Value;
use std::path::Path;
use std::process::{Command, Output};

/// The exit status with which the lab says that it cannot run something here.
const CANNOT: i32 = 77;
/// How often each healthy state is diagnosed.
const HEALTHY_RUNS: usize = 10;

/// Faults that do not come out right live yet, and what comes first instead. They are run all the same where ignored tests are asked for.
const MISSED: &[(&str, &str)] = &[
    ("dns-mx-missing", "remote.unreachable: nothing tells that the A record is older than the host's move"),
    ("remote-drops-in-data", "remote.busy stands before remote.connection-dropped"),
    ("mail-loop", "the bounce that shows it lies in a mailbox, which no probe reads"),
    ("inbound-blocked", "the own packet filter drops what comes from outside, which no probe tries"),
    ("open-relay-abused", "inbound.open-relay, which leads to it, stands first"),
];

/// A fault as `lab faults --json` lists it.
#[derive(Debug, Clone, Deserialize)]
struct Fault {
    fault: String,
    cause: String,
}

fn main() {
    let mut arguments = Arguments::from_args();
    arguments.test_threads = Some(1);
    let lab = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/lab/lab");
    let why_not = if lab.is_file() { cannot(&lab) } else { Some(format!("{} is not there", lab.display())) };
    let Some(faults) = faults(&lab) else {
        println!("SKIPPED: the faults of the lab: {}", why_not.unwrap_or_else(|| "it lists no faults".to_owned()));
        return;
    };
    if let Some(why) = &why_not {
        println!("SKIPPED: the faults of the lab: {why}");
    }
    let asked = !arguments.list && why_not.is_none();
    if asked {
        assert!(call(&lab, &["up"]).status.success(), "the lab does not start");
    }
    let trials = faults
        .into_iter()
        .map(|fault| {
            let lab = lab.clone();
            let name = format!("live::{}", fault.fault);
            let missed = MISSED.iter().find(|(missed, _)| *missed == fault.fault);
            if let Some((_, instead)) = missed.filter(|_| why_not.is_none()) {
                println!("KNOWN MISS: {}: {instead}", fault.fault);
            }
            let missed = missed.is_some();
            Trial::test(name, move || live(&lab, &fault).map_err(Failed::from)).with_ignored_flag(missed || why_not.is_some())
        })
        .collect();
    let conclusion = libtest_mimic::run(&arguments, trials);
    if asked {
        call(&lab, &["down"]);
    }
    conclusion.exit();
}

/// Returns why the lab cannot run here, `None` when it can.
fn cannot(lab: &Path) -> Option<String> {
    let check = call(lab, &["check"]);
    (!check.status.success()).then(|| String::from_utf8_lossy(&check.stdout).trim().replace('\n', "; "))
}

fn faults(lab: &Path) -> Option<Vec<Fault>> {
    serde_json::from_slice(&call(lab, &["faults", "--json"]).stdout).ok()
}

fn call(lab: &Path, arguments: &[&str]) -> Output {
    Command::new(lab).args(arguments).output().unwrap_or_else(|error| panic!("{}: {error}", lab.display()))
}

/// Makes a fault, diagnoses live, and judges the first cause.
fn live(lab: &Path, fault: &Fault) -> Result<(), String> {
    for step in [vec!["fault", &fault.fault], vec!["send"], vec!["wait"]] {
        let output = call(lab, &step);
        if output.status.code() == Some(CANNOT) {
            println!("SKIPPED: {}: {}", fault.fault, String::from_utf8_lossy(&output.stdout).trim());
            return Ok(());
        }
        if !output.status.success() {
            return Err(format!("lab {}: {}", step.join(" "), String::from_utf8_lossy(&output.stderr)));
        }
    }
    let runs = if fault.cause == "-" { HEALTHY_RUNS } else { 1 };
    (0..runs).try_for_each(|_| judge(fault, &saved_and_replayed(lab)?))
}

/// Diagnoses live and keeps the bundle; the bundle must give the same document, apart from how long probes took.
fn saved_and_replayed(lab: &Path) -> Result<Value, String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let bundle = folder.path().join("bundle.tar.zst").display().to_string();
    let mut live = diagnose(call(lab, &["exec", "--", &program(), "diagnose", "--format", "json", "--lang", "en", "--save", &bundle]))?;
    let mut again = diagnose(
        Command::new(program())
            .args(["diagnose", "--format", "json", "--lang", "en", &bundle])
            .output()
            .map_err(|error| error.to_string())?,
    )?;
    for document in [&mut live, &mut again] {
        for probe in document["probes"].as_array_mut().into_iter().flatten() {
            probe["millis"] = Value::Null;
        }
    }
    let differs = live.as_object().into_iter().flatten().filter(|(key, value)| again.get(key) != Some(value));
    let differs: Vec<String> = differs.map(|(key, value)| format!("{key}: live {value}, replayed {}", again[key])).collect();
    if differs.is_empty() { Ok(live) } else { Err(format!("the bundle gives another diagnosis: {}", differs.join("; "))) }
}

fn program() -> String {
    env!("CARGO_BIN_EXE_mailmedic").to_owned()
}

/// Reads the document of a diagnosis.
fn diagnose(output: Output) -> Result<Value, String> {
    serde_json::from_slice(&output.stdout)
        .map_err(|error| format!("no document ({error}), status {:?}: {}", output.status.code(), String::from_utf8_lossy(&output.stderr)))
}

/// Says what is wrong with a diagnosis of a fault.
fn judge(fault: &Fault, document: &Value) -> Result<(), String> {
    let verdict = document["verdict"].as_str().unwrap_or_default();
    let causes: Vec<String> = document["causes"]
        .as_array()
        .into_iter()
        .flatten()
        .take(4)
        .map(|cause| format!("{} {}", cause["id"].as_str().unwrap_or("?"), cause["probability"]))
        .collect();
    let first = document["causes"][0]["id"].as_str().unwrap_or("none");
    let right = if fault.cause == "-" { verdict == "healthy" } else { first == fault.cause };
    if right {
        return Ok(());
    }
    let missing: Vec<String> = document["not_examined"].as_array().into_iter().flatten().map(Value::to_string).collect();
    Err(format!("wanted {}, verdict {verdict}, causes {causes:?}, not examined {missing:?}", fault.cause))
}
