//! The figures that mailmedic has to reach: `cargo bench --bench figures`, or with words of the names of those wanted behind `--`.
//!
//! Each is printed with its bar, as `name: figure (bar …) ok` or `MISSED`; what needs a program that is not installed is skipped, plainly.
//! Everything that is read is generated, the same each time. Where two programs are compared they take turns in one run, so a busy machine
//! slows both down. The exit status is 1 when a figure was missed.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a program of its own, whose output is lines on a terminal"
)]

mod inputs;
mod inside;
mod network;
mod process;

use process::{Run, Work};
use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;

type Failure = Box<dyn Error>;

/// How many messages the queue listing holds.
const MESSAGES: u64 = 1_000_000;
/// How many lines the mail log has.
const LINES: u64 = 500_000;
/// How many plugins the small diagnosis must need at least, or it measures too little.
const PLUGINS: usize = 3;
/// The most memory that reading the queue listing may take, in MiB.
const MEMORY: f64 = 100.0;

fn main() -> ExitCode {
    let mut words = std::env::args().skip(1).skip_while(|word| word != network::SERVE).skip(1);
    if let Some(wait) = words.next() {
        let wait = Duration::from_millis(wait.parse().unwrap_or_default());
        return network::serve(wait).map_or(ExitCode::FAILURE, ExitCode::from);
    }
    let wanted: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let mut report = Report { wanted, missed: false };
    match all(&mut report) {
        Ok(()) if report.missed => ExitCode::FAILURE,
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("figures: {error}");
            ExitCode::from(2)
        }
    }
}

fn all(report: &mut Report) -> Result<(), Failure> {
    let work = Work::new()?;
    diagnose(report, &work)?;
    inside(report)?;
    network::figure(report, &work)?;
    queue(report, &work)?;
    log(report, &work)
}

/// What was reached, and whether anything was not.
struct Report {
    wanted: Vec<String>,
    missed: bool,
}

impl Report {
    /// Returns whether a figure is to be taken.
    fn wants(&self, name: &str) -> bool {
        self.wanted.is_empty() || self.wanted.iter().any(|word| name.contains(word.as_str()))
    }

    /// Prints a figure that is at most its bar.
    fn at_most(&mut self, name: &str, figure: f64, bar: f64, unit: &str) {
        self.line(name, figure, "at most", bar, unit, figure <= bar);
    }

    /// Prints a figure that is at least its bar.
    fn at_least(&mut self, name: &str, figure: f64, bar: f64, unit: &str) {
        self.line(name, figure, "at least", bar, unit, figure >= bar);
    }

    fn line(&mut self, name: &str, figure: f64, how: &str, bar: f64, unit: &str, reached: bool) {
        self.missed |= !reached;
        println!("{name}: {figure:.2} {unit} (bar {how} {bar} {unit}) {}", if reached { "ok" } else { "MISSED" });
    }

    fn skip(name: &str, program: &str) {
        println!("{name}: skipped, {program} is not installed");
    }
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

/// The whole process of a small diagnosis that needs all plugins.
fn diagnose(report: &mut Report, work: &Work) -> Result<(), Failure> {
    const WARM: &str = "diagnose, warm cache";
    const COLD: &str = "diagnose, cold cache";
    if !report.wants(WARM) && !report.wants(COLD) {
        return Ok(());
    }
    let scenario = work.file("scenario.toml", inputs::scenario)?;
    let run = |cache: &str| work.mailmedic(&["diagnose", &scenario], cache);
    let (mut cold, mut warm) = (Vec::new(), Vec::new());
    for number in 0..5 {
        cold.push(run(&format!("cold{number}"))?);
    }
    for _ in 0..41 {
        warm.push(run("cold0")?);
    }
    let compiled = work.compiled("cold0")?;
    if compiled < PLUGINS {
        return Err(format!("{compiled} plugins were compiled for the diagnosis that is measured, not {PLUGINS} or more").into());
    }
    report.at_most(WARM, milliseconds(median(&warm)), 25.0, "ms");
    report.at_most(COLD, milliseconds(median(&cold)), 400.0, "ms");
    Ok(())
}

/// What is measured inside this process.
fn inside(report: &mut Report) -> Result<(), Failure> {
    const POSTERIOR: &str = "posterior, 40 candidates and 60 findings";
    const RULES: &str = "200 rules over 10,000 facts";
    if report.wants(POSTERIOR) {
        report.at_most(POSTERIOR, milliseconds(inside::posterior()), 5.0, "ms");
    }
    if report.wants(RULES) {
        report.at_most(RULES, milliseconds(inside::rules()?), 50.0, "ms");
    }
    Ok(())
}

/// A queue listing of a million messages, against `jq`.
fn queue(report: &mut Report, work: &Work) -> Result<(), Failure> {
    const SPEED: &str = "1,000,000 queued messages, time of `jq -c .queue_name`";
    const ROOM: &str = "1,000,000 queued messages, memory";
    if !report.wants(SPEED) && !report.wants(ROOM) {
        return Ok(());
    }
    let listing = work.file("postqueue-j.txt", |out| inputs::listing(out, MESSAGES))?;
    let (mut own, mut others) = (Vec::new(), Vec::new());
    for _ in 0..3 {
        own.push(work.mailmedic(&["diagnose", &listing], "cold0")?);
        others.extend(work.program("jq", &["-c", ".queue_name", &listing])?);
    }
    if others.is_empty() {
        println!("1,000,000 queued messages: {:.2} s", median(&own).as_secs_f64());
        Report::skip(SPEED, "jq");
    } else {
        report.at_most(SPEED, median(&own).as_secs_f64() / median(&others).as_secs_f64(), 1.0, "times");
    }
    match own.iter().filter_map(|run| run.peak_kib).max() {
        Some(peak) => report.at_most(ROOM, peak as f64 / 1024.0, MEMORY, "MiB"),
        None => println!("{ROOM}: skipped, this system does not tell the peak of a process"),
    }
    Ok(())
}

/// A mail log of half a million lines, against `pflogsumm`.
fn log(report: &mut Report, work: &Work) -> Result<(), Failure> {
    const SPEED: &str = "500,000 lines of mail log, speed of `pflogsumm`";
    if !report.wants(SPEED) {
        return Ok(());
    }
    let log = work.file("mail.log", |out| inputs::log(out, LINES))?;
    let (mut own, mut others) = (Vec::new(), Vec::new());
    for _ in 0..3 {
        own.push(work.mailmedic(&["diagnose", &log], "cold0")?);
        others.extend(work.program("pflogsumm", &[&log])?);
    }
    if others.is_empty() {
        println!("500,000 lines of mail log: {:.2} s", median(&own).as_secs_f64());
        Report::skip(SPEED, "pflogsumm");
    } else {
        report.at_least(SPEED, median(&others).as_secs_f64() / median(&own).as_secs_f64(), 10.0, "times");
    }
    Ok(())
}

fn median(runs: &[Run]) -> Duration {
    let mut times: Vec<Duration> = runs.iter().map(|run| run.time).collect();
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}
