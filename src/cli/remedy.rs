//! `mailmedic remedy`: what can be done, in the order in which it is worth trying, and how.

use super::session::Session;
use super::{CliError, Shared, live};
use crate::diagnosis::{Diagnosis, Inputs, Options, build};
use crate::fact::Platform;
use crate::report::command::Shell;
use crate::report::{self, remedy, words::Phrase};
use crate::{plugin, system};
use clap::{Args, Subcommand, ValueEnum};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// What `remedy` takes.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List remedies: those of a case in the order in which they are worth trying, without evidence all that are known
    List(List),
    /// Print the plan of a case: remedies with their steps, check and undo; as text, JSON, or as a script to review
    Plan(Plan),
}

/// What `remedy list` takes.
#[derive(Debug, Args)]
struct List {
    /// Files and folders, recognised by content
    #[arg(value_name = "EVIDENCE")]
    evidence: Vec<PathBuf>,
    /// List what has steps on this platform, such as `postfix` or `exchange-2016`
    #[arg(long, value_name = "PLATFORM", value_parser = platform, conflicts_with = "evidence")]
    platform: Option<Platform>,
}

/// What `remedy plan` takes.
#[derive(Debug, Args)]
struct Plan {
    /// Files and folders, recognised by content
    #[arg(value_name = "EVIDENCE")]
    evidence: Vec<PathBuf>,
    /// Print scripts to review, the way back behind the plan, for this shell; `auto` is that of the platform
    #[arg(long, value_enum, value_name = "SHELL")]
    script: Option<Script>,
    /// Write the scripts `fix` and `undo` into this folder, as the shell reads them; nothing is overwritten
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// A shell that scripts are written for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Script {
    /// The shell of the platform: cmd for Exchange 2000 and 2003, ps1 for later Exchange, sh for Postfix and Exim
    Auto,
    /// cmd.exe
    Cmd,
    /// PowerShell
    Ps1,
    /// A POSIX shell
    Sh,
}

impl Script {
    fn shell(self, platform: Option<Platform>) -> Shell {
        match self {
            Script::Auto => Shell::of(platform),
            Script::Cmd => Shell::Cmd,
            Script::Ps1 => Shell::PowerShell,
            Script::Sh => Shell::Posix,
        }
    }
}

fn platform(word: &str) -> Result<Platform, String> {
    Platform::from_id(word).ok_or_else(|| {
        let all: Vec<&str> = Platform::ALL.into_iter().map(Platform::id).collect();
        format!("there are {}", all.join(", "))
    })
}

/// Runs the command.
///
/// # Errors
///
/// A usage error for a plan without evidence and for options that exclude each other, an input error when nothing of the evidence was
/// understood, and what writing the result gave.
pub fn run(arguments: &Arguments, shared: &Shared) -> Result<ExitCode, CliError> {
    match &arguments.command {
        Command::List(list) => run_list(list, shared)?,
        Command::Plan(plan) => run_plan(plan, shared)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn run_list(arguments: &List, shared: &Shared) -> Result<(), CliError> {
    let session = Session::open(shared)?;
    if arguments.evidence.is_empty() {
        let (knowledge, platform) = (&session.packs.knowledge, arguments.platform);
        return if session.json {
            write(&remedy::json::list(knowledge, platform, session.lang))
        } else {
            Session::write(&remedy::list(knowledge, platform, session.lang, &session.style))
        };
    }
    let diagnosis = diagnose(&arguments.evidence, shared, &session)?;
    if session.json {
        write(&remedy::json::of(&diagnosis, false, session.lang))
    } else {
        Session::write(&remedy::list_for(&diagnosis, session.lang, &session.style))
    }
}

fn run_plan(arguments: &Plan, shared: &Shared) -> Result<(), CliError> {
    let session = Session::open(shared)?;
    let script = arguments.script.or(arguments.out.is_some().then_some(Script::Auto));
    if session.json && script.is_some() {
        return Err(CliError::Usage {
            what: "a plan is written as JSON or as scripts, not as both".to_owned(),
            help: "leave --format json out, or --script and --out".to_owned(),
        });
    }
    let diagnosis = diagnose(&arguments.evidence, shared, &session)?;
    let Some(script) = script else {
        return if session.json {
            write(&remedy::json::of(&diagnosis, true, session.lang))
        } else {
            Session::write(&remedy::plan(&diagnosis, session.lang, &session.style))
        };
    };
    if script == Script::Auto && diagnosis.case.platform.is_none() {
        return Err(CliError::Usage {
            what: "the evidence does not say which mail system it is about, so the shell of the script is not known".to_owned(),
            help: "name it: --script cmd, --script ps1 or --script sh".to_owned(),
        });
    }
    let shell = script.shell(diagnosis.case.platform);
    let scripts = remedy::script::scripts(&diagnosis, shell, session.lang);
    match &arguments.out {
        Some(folder) => save(folder, &scripts, shell, &session),
        None => Session::write(&format!("{}\n{}", scripts.fix, scripts.undo)),
    }
}

fn diagnose(evidence: &[PathBuf], shared: &Shared, session: &Session) -> Result<Diagnosis, CliError> {
    let harvest = live::gather(evidence, shared, &session.packs.knowledge)?;
    let plugins = plugin::Options { cache: system::cache_folder().map(|folder| folder.join("components")), fuel: None };
    Ok(build(Inputs { harvest, packs: &session.packs }, &Options { plugins, repairs: true, ..Options::default() }))
}

fn write(document: &remedy::json::RemediesDocument) -> Result<(), CliError> {
    let mut bytes = Vec::new();
    report::json::write(document, &mut bytes)?;
    Session::write(&String::from_utf8_lossy(&bytes))
}

/// Writes both scripts, or none where one of them is there.
fn save(folder: &Path, scripts: &remedy::script::Scripts, shell: Shell, session: &Session) -> Result<(), CliError> {
    let extension = remedy::script::extension(shell);
    let files: Vec<(PathBuf, Vec<u8>)> = [("fix", &scripts.fix), ("undo", &scripts.undo)]
        .map(|(name, text)| (folder.join(format!("{name}.{extension}")), remedy::script::bytes(text, shell, session.lang)))
        .into();
    if let Some((path, _)) = files.iter().find(|(path, _)| system::look(path, false).is_ok()) {
        return Err(CliError::Usage {
            what: format!("{} is there already, and nothing is overwritten", report::clean(&path.display().to_string())),
            help: "name another folder with --out, or move the file away".to_owned(),
        });
    }
    let mut said = String::new();
    for (path, bytes) in &files {
        let name = report::clean(&path.display().to_string());
        system::write_new(path, bytes).map_err(|error| CliError::Usage {
            what: format!("{name} cannot be written: {error}"),
            help: "name a folder with --out that you may write into".to_owned(),
        })?;
        said.push_str(&Phrase::ScriptWritten.with(session.lang, &[&name]));
        said.push('\n');
    }
    Session::write(&said)
}
