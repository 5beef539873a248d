//! The command line: one file per subcommand, errors with what to do, exit statuses.

mod collect;
mod completions;
mod diagnose;
mod error;
mod explain;
mod facts;
mod live;
mod man;
mod remedy;
mod schema;
mod session;

pub use error::CliError;

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;
use std::process::ExitCode;

/// Finds out why mail does not flow: evidence in, ranked causes and remedies out.
#[derive(Debug, Parser)]
#[command(name = "mailmedic", version, about, propagate_version = true, max_term_width = 100)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    shared: Shared,
}

/// What every command takes.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Options of every command")]
pub struct Shared {
    /// Write the result as text for people or as JSON
    #[arg(long, global = true, value_enum, default_value_t = Format::Text, value_name = "FORMAT")]
    format: Format,
    /// Language of texts; the locale decides when it is not given
    #[arg(long, global = true, value_enum, value_name = "LANG")]
    lang: Option<Language>,
    /// Use the rules, plugins and knowledge of this pack as well (repeatable)
    #[arg(long, global = true, value_name = "DIR")]
    pack: Vec<PathBuf>,
    /// Colour the text; automatic on a terminal, unless NO_COLOR is set
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto, value_name = "WHEN")]
    color: Color,
    /// Print the result alone
    #[arg(long, short, global = true)]
    quiet: bool,
    /// Print more on standard error: what each file was taken for
    #[arg(long, short, global = true, action = clap::ArgAction::Count)]
    verbose: u8,
    /// Limit of the whole of the probing, in seconds
    #[arg(long, global = true, value_name = "SECONDS")]
    timeout: Option<u64>,
}

/// How a result is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// A language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Language {
    /// English.
    En,
    /// Japanese.
    Ja,
}

/// When colours are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Find out what is wrong: ranked causes with their evidence, and what to do
    Diagnose(diagnose::Arguments),
    /// Save the raw evidence of this machine as a bundle, to be diagnosed elsewhere
    Collect(collect::Arguments),
    /// Show the typed facts that rules see, and where each was read
    Facts(facts::Arguments),
    /// Explain a cause, rule, queue, remedy, event, setting or status code
    Explain(explain::Arguments),
    /// Say what can be done about a case, in order, and how
    Remedy(remedy::Arguments),
    /// Print the JSON Schema of a document
    Schema(schema::Arguments),
    /// Print completions for a shell
    Completions(completions::Arguments),
    /// Print the manual page
    Man,
}

/// Parses the command line, runs the command and returns the exit status of the contract.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are results, everything else a usage error; clap prints each where it belongs.
            let _ = error.print();
            return if error.use_stderr() { ExitCode::from(2) } else { ExitCode::SUCCESS };
        }
    };
    let done = match &cli.command {
        Command::Diagnose(arguments) => diagnose::run(arguments, &cli.shared),
        Command::Collect(arguments) => collect::run(arguments, &cli.shared),
        Command::Facts(arguments) => facts::run(arguments, &cli.shared),
        Command::Explain(arguments) => explain::run(arguments, &cli.shared),
        Command::Remedy(arguments) => remedy::run(arguments, &cli.shared),
        Command::Schema(arguments) => schema::run(arguments),
        Command::Completions(arguments) => completions::run(arguments),
        Command::Man => man::run(),
    };
    match done {
        Ok(code) => code,
        Err(error) => error.exit(&cli.shared),
    }
}

/// Says that a defect of mailmedic ended the program, and how to report it; returns exit status 4.
pub fn internal_error() -> ExitCode {
    session::Session::complain(
        "This is a defect of mailmedic, not of your mail system. Please report it with the message above, the version\n\
         (`mailmedic --version`) and, where you may share it, the evidence that was read.\n",
    );
    ExitCode::from(4)
}
