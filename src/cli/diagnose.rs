//! `mailmedic diagnose`: the main job.

use super::session::Session;
use super::{CliError, Shared, live};
use crate::diagnosis::{Inputs, Options, Verdict, build};
use crate::evidence::bundle::Target;
use crate::evidence::gather_live;
use crate::live::Captured;
use crate::parse::Harvest;
use crate::report;
use crate::{plugin, system};
use clap::Args;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

/// What `diagnose` takes.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Files, folders and bundles, recognised by content: a scenario, a queue listing, a mail log, settings, DNS answers, SMTP sessions,
    /// bounces. None: this machine, live
    #[arg(value_name = "EVIDENCE")]
    evidence: Vec<PathBuf>,
    /// End with status 1 when the verdict is trouble
    #[arg(long)]
    exit_code: bool,
    /// Take this probability (0 to 1) instead of 0.5 as the bar for trouble; implies --exit-code
    #[arg(long, value_name = "P", value_parser = probability)]
    fail_on: Option<f64>,
    /// List what inbound and outbound mail need (IN1 to OUT3c), and whether it is met; else only what bears on the case is listed
    #[arg(long)]
    requirements: bool,
    /// Keep what was captured as a bundle: a folder, or by its ending a .zip, .tar, .tar.gz or .tar.zst archive
    #[arg(long, value_name = "BUNDLE", conflicts_with = "evidence")]
    save: Option<PathBuf>,
}

fn probability(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(number) if (0.0..=1.0).contains(&number) => Ok(number),
        _ => Err("a probability is a number from 0 to 1, such as 0.8".to_owned()),
    }
}

/// Runs the command.
///
/// # Errors
///
/// A usage error when there is nothing to look at on this machine, an input error when nothing of the evidence was understood, and what
/// writing the result gave.
pub fn run(arguments: &Arguments, shared: &Shared) -> Result<ExitCode, CliError> {
    // Whether it can be kept there is asked before anything is looked at.
    let target = arguments.save.as_deref().map(Target::new).transpose()?;
    let session = Session::open(shared)?;
    let harvest = match &target {
        Some(target) => {
            let mut captured = live::capture(shared, &session.packs.knowledge)?;
            save(&mut captured, target, shared);
            gather_live(&captured.opened, &session.packs.knowledge)
        }
        None => live::gather(&arguments.evidence, shared, &session.packs.knowledge)?,
    };
    if shared.verbose > 0 && !shared.quiet {
        Session::complain(&taken_for(&harvest));
    }
    let options = Options {
        bar: arguments.fail_on.unwrap_or(0.5),
        plugins: plugin::Options { cache: system::cache_folder().map(|folder| folder.join("components")), fuel: None },
        ..Options::default()
    };
    let diagnosis = build(Inputs { harvest, packs: &session.packs }, &options);
    if session.json {
        let mut bytes = Vec::new();
        report::json::write(&report::json::diagnosis(&diagnosis, session.lang), &mut bytes)?;
        Session::write(&String::from_utf8_lossy(&bytes))?;
    } else {
        Session::write(&report::text::diagnosis(&diagnosis, session.lang, &session.style, arguments.requirements))?;
    }
    let judge = arguments.exit_code || arguments.fail_on.is_some();
    Ok(match diagnosis.verdict {
        Verdict::Trouble if judge => ExitCode::from(1),
        Verdict::Incomplete => ExitCode::from(3),
        _ => ExitCode::SUCCESS,
    })
}

/// Keeps what was captured. Where that fails the diagnosis goes on without: it is what was asked for.
fn save(captured: &mut Captured, target: &Target, shared: &Shared) {
    for problem in captured.draft.materialise(&mut captured.opened.manifest) {
        Session::complain(&format!("{}\n", report::clean(&problem.to_string())));
    }
    match captured.draft.save(&captured.opened.manifest, target, None) {
        Ok(saved) if !shared.quiet => Session::complain(&format!(
            "saved {} files, {} bytes, to {}\n",
            saved.files,
            saved.bytes,
            report::clean(&target.path.display().to_string())
        )),
        Ok(_) => {}
        Err(error) => Session::complain(&format!("not saved: {}; {}\n", report::clean(&error.to_string()), error.help())),
    }
}

/// Says what each file was taken for.
fn taken_for(harvest: &Harvest) -> String {
    let mut text = String::new();
    for report in &harvest.reports {
        let formats = if report.formats.is_empty() { "nothing that is known".to_owned() } else { report.formats.join(", ") };
        // Writing into a string cannot fail.
        let _ = writeln!(text, "{}: {formats}, {} records", report::clean(harvest.facts.file(report.file)), report.records);
    }
    text
}
