//! `mailmedic collect`: the raw evidence of this machine as a bundle, to be diagnosed elsewhere.

use super::session::Session;
use super::{CliError, Shared, live};
use crate::evidence::Problem;
use crate::evidence::bundle::{Entry, Manifest, Missing, ProbeStatus, Saved, Target};
use crate::evidence::redaction::Redactor;
use crate::knowledge::{Lang, Text};
use crate::report::clean;
use clap::Args;
use serde_json::json;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

/// What `collect` takes.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Where the bundle goes: a folder, or by its ending a .zip, .tar, .tar.gz or .tar.zst archive; nothing is overwritten
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Replace local parts of addresses, host names and public IP addresses by stand-ins; look through the result before you share it
    #[arg(long)]
    redact: bool,
}

/// Runs the command.
///
/// # Errors
///
/// A usage error when the bundle cannot stand where it should, and what writing it gave.
pub fn run(arguments: &Arguments, shared: &Shared) -> Result<ExitCode, CliError> {
    let target = Target::new(&arguments.out)?;
    let session = Session::open(shared)?;
    let mut captured = live::capture(shared, &session.packs.knowledge)?;
    let mut redactor = if arguments.redact { Redactor::new().ok() } else { None };
    if arguments.redact && redactor.is_none() {
        return Err(CliError::Usage { what: "this mailmedic cannot redact".to_owned(), help: "leave --redact out".to_owned() });
    }
    let problems = captured.draft.materialise(&mut captured.opened.manifest);
    let saved = captured.draft.save(&captured.opened.manifest, &target, redactor.as_mut())?;
    let name = target.path.display().to_string();
    if session.json {
        let mut text = serde_json::to_string_pretty(&document(&name, &saved, &problems, session.lang)).unwrap_or_default();
        text.push('\n');
        Session::write(&text)?;
    } else {
        Session::write(&summary(&name, &saved, &problems, session.lang))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Returns what could not be seen: the name, and why. What is not installed or not there hides nothing.
fn unseen(manifest: &Manifest, problems: &[Problem]) -> Vec<(String, Text)> {
    let entries = manifest.entries.iter().filter_map(|entry| {
        let why = entry.missing.filter(|why| !matches!(why, Missing::NoProgram | Missing::NotThere))?;
        Some((entry.name(), reason(entry, why)))
    });
    let probes = manifest.probes.iter().filter_map(|run| match run.status {
        ProbeStatus::TimedOut => Some((run.name.clone(), Text::new("did not end in time", "時間内に終わりませんでした"))),
        ProbeStatus::NotRun => Some((run.name.clone(), Text::new("the run was ended before", "実行前に終了しました"))),
        _ => None,
    });
    let problems = problems.iter().map(|problem| (problem.name.clone(), problem.what.clone()));
    let mut all: Vec<(String, Text)> = entries.chain(probes).collect();
    // What could not be copied stands among the entries already.
    all.extend(problems.filter(|(name, _)| !manifest.entries.iter().any(|entry| entry.missing.is_some() && entry.name() == *name)));
    all
}

fn reason(entry: &Entry, why: Missing) -> Text {
    let (en, ja) = match why {
        Missing::Denied => ("access denied", "アクセスが拒否されました"),
        Missing::TimedOut => ("did not end in time", "時間内に終わりませんでした"),
        Missing::TooLarge => ("is too large", "大きすぎます"),
        Missing::Ended => ("the run was ended before", "実行前に終了しました"),
        Missing::NoProgram | Missing::NotThere => ("is not there", "存在しません"),
        Missing::NotApplicable => ("does not apply", "該当しません"),
        Missing::Failed => ("failed", "失敗しました"),
    };
    match entry.says.as_deref().and_then(|says| says.lines().next()) {
        Some(says) => Text::new(format!("{en}: {says}"), format!("{ja}: {says}")),
        None => Text::new(en, ja),
    }
}

/// Returns what was saved and what could not be seen, for people.
fn summary(name: &str, saved: &Saved, problems: &[Problem], lang: Lang) -> String {
    let mut out = String::new();
    let (files, bytes) = (saved.files, saved.bytes);
    let redacted = saved.manifest.redacted;
    // Writing into a string cannot fail.
    let _ = match lang {
        Lang::En => writeln!(out, "{}: {files} files of evidence, {bytes} bytes", clean(name)),
        Lang::Ja => writeln!(out, "{}: 証拠ファイル {files} 個、{bytes} バイト", clean(name)),
    };
    let note = if redacted {
        Text::new(
            "Names and addresses were replaced where mailmedic recognises them. Look through the files before you share them.",
            "mailmedic が認識できた名前とアドレスを置き換えました。共有する前にファイルの内容を確認してください。",
        )
    } else {
        Text::new(
            "It holds addresses, host names and settings of this server: send it only to whom you trust, or collect with --redact.",
            "このサーバーのアドレス、ホスト名、設定が含まれています。信頼できる相手にだけ送るか、--redact を付けて収集してください。",
        )
    };
    let _ = writeln!(out, "{}", note.get(lang));
    let unseen = unseen(&saved.manifest, problems);
    if !unseen.is_empty() {
        let title = Text::new("What could not be seen", "取得できなかったもの");
        let _ = writeln!(out, "{} ({}):", title.get(lang), unseen.len());
        for (name, why) in &unseen {
            let _ = writeln!(out, "- {}: {}", clean(name), clean(why.get(lang)));
        }
    }
    let next = Text::new("Diagnose it with", "次のコマンドで診断できます");
    let _ = writeln!(out, "{}: mailmedic diagnose {}", next.get(lang), clean(name));
    out
}

/// Returns the same as a document.
fn document(name: &str, saved: &Saved, problems: &[Problem], lang: Lang) -> serde_json::Value {
    let unseen: Vec<_> =
        unseen(&saved.manifest, problems).into_iter().map(|(name, why)| json!({"name": name, "reason": why.get(lang)})).collect();
    let probes: Vec<_> = saved.manifest.probes.iter().map(|run| json!(run)).collect();
    json!({
        "format": "mailmedic.collected/1",
        "bundle": name,
        "host": saved.manifest.host,
        "platform": saved.manifest.platform,
        "taken_at": saved.manifest.taken_at,
        "redacted": saved.manifest.redacted,
        "files": saved.files,
        "bytes": saved.bytes,
        "probes": probes,
        "unseen": unseen,
    })
}
