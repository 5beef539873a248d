//! A plan as a script to review: for `cmd.exe`, PowerShell or a POSIX shell, with the way back as a second one.
//!
//! Whatever comes from evidence stands in comments and in quoted words alone: no line of a script is made of it. Text is written
//! through [`clean`], so that it cannot end its line.

use super::{after, facts, purpose, worth_trying};
use crate::diagnosis::{Diagnosis, PlannedAction, ProposedRepair};
use crate::knowledge::{Lang, Risk};
use crate::remedy;
use crate::report::command::{self, Shell};
use crate::report::screen::{Style, clean};
use crate::report::text::before_text;
use crate::report::words::{self, Phrase};

/// The columns of comments.
const WIDTH: usize = 100;

/// A plan as two scripts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scripts {
    /// What is to be done.
    pub fix: String,
    /// How to take it back.
    pub undo: String,
}

/// Returns the ending of the file names of a shell's scripts.
pub fn extension(shell: Shell) -> &'static str {
    match shell {
        Shell::Cmd => "cmd",
        Shell::PowerShell => "ps1",
        Shell::Posix => "sh",
    }
}

/// Returns the scripts of the remedies that are worth trying.
///
/// In the first, the commands of safe remedies stand as they are; all others, and those that lack a value, are switched off until the reader
/// switches them on. In the second all are switched off, because undoing what was never done can stop mail.
pub fn scripts(diagnosis: &Diagnosis, shell: Shell, lang: Lang) -> Scripts {
    let repairs: Vec<&ProposedRepair> = worth_trying(diagnosis).collect();
    Scripts { fix: fix(diagnosis, &repairs, shell, lang), undo: undo(diagnosis, &repairs, shell, lang) }
}

/// Returns the bytes of a script as its shell reads them from a file.
///
/// `cmd.exe` reads the code page of its system: Shift_JIS for Japanese, ASCII else; what has no place in it becomes `?`. Windows PowerShell
/// takes a file for UTF-8 by its byte order mark alone.
pub fn bytes(script: &str, shell: Shell, lang: Lang) -> Vec<u8> {
    let lines = || script.replace('\n', "\r\n");
    match (shell, lang) {
        (Shell::Posix, _) => script.as_bytes().to_vec(),
        (Shell::PowerShell, _) => format!("\u{feff}{}", lines()).into_bytes(),
        (Shell::Cmd, Lang::En) => lines().chars().map(|char| u8::try_from(char).ok().filter(u8::is_ascii).unwrap_or(b'?')).collect(),
        (Shell::Cmd, Lang::Ja) => {
            let mut out = Vec::new();
            for char in lines().chars() {
                let mut text = [0; 4];
                let (encoded, _, lost) = encoding_rs::SHIFT_JIS.encode(char.encode_utf8(&mut text));
                out.extend_from_slice(if lost { b"?" } else { &encoded });
            }
            out
        }
    }
}

fn fix(diagnosis: &Diagnosis, repairs: &[&ProposedRepair], shell: Shell, lang: Lang) -> String {
    let mut page = Page::new(shell, lang);
    page.say(&Phrase::ScriptTitle.with(lang, &[&about(diagnosis, lang)]));
    let extension = extension(shell);
    if repairs.is_empty() {
        page.say(Phrase::ScriptNothing.get(lang));
        return page.out;
    }
    page.say(&Phrase::ScriptLive.with(lang, &[page.off()]));
    page.say(Phrase::ScriptPauses.get(lang));
    page.say(&Phrase::ScriptUndoBeside.with(lang, &[&format!("undo.{extension}")]));
    page.say(&Phrase::ScriptRun.with(lang, &[&page.how_to_run("fix")]));
    page.prepare();
    for (position, repair) in repairs.iter().enumerate() {
        page.repair(diagnosis, position + 1, repair, position + 1 < repairs.len());
    }
    page.out
}

fn undo(diagnosis: &Diagnosis, repairs: &[&ProposedRepair], shell: Shell, lang: Lang) -> String {
    let mut page = Page::new(shell, lang);
    page.say(&Phrase::ScriptUndoTitle.with(lang, &[&about(diagnosis, lang)]));
    if repairs.is_empty() {
        page.say(Phrase::ScriptNothing.get(lang));
        return page.out;
    }
    page.say(&Phrase::ScriptUndoOff.with(lang, &[page.off()]));
    page.say(&Phrase::ScriptRun.with(lang, &[&page.how_to_run("undo")]));
    page.prepare();
    page.live = false;
    for (position, repair) in repairs.iter().enumerate().rev() {
        page.title(position + 1, repair);
        for action in &repair.remedy.undo {
            page.action(&format!("{}: ", Phrase::Undo.get(lang)), action);
        }
    }
    page.out
}

/// What a script is for: the server, where it is known.
fn about(diagnosis: &Diagnosis, lang: Lang) -> String {
    diagnosis.case.server.as_ref().map_or_else(|| Phrase::ScriptThisCase.get(lang).to_owned(), |name| clean(name))
}

struct Page {
    out: String,
    shell: Shell,
    lang: Lang,
    /// Whether commands stand as they are.
    live: bool,
    /// Whether steps interrupt mail.
    disruptive: bool,
}

impl Page {
    fn new(shell: Shell, lang: Lang) -> Page {
        let out = if shell == Shell::Posix { "#!/bin/sh\n".to_owned() } else { String::new() };
        Page { out, shell, lang, live: true, disruptive: false }
    }

    /// What stands before a command that is switched off.
    fn off(&self) -> &'static str {
        if self.shell == Shell::Cmd { "rem" } else { "#" }
    }

    fn how_to_run(&self, name: &str) -> String {
        match self.shell {
            Shell::Cmd => format!("{name}.cmd"),
            Shell::PowerShell => format!(".\\{name}.ps1"),
            Shell::Posix => format!("sh {name}.sh"),
        }
    }

    /// What lines further down need.
    fn prepare(&mut self) {
        let prompt = Phrase::ScriptGoOn.get(self.lang);
        match self.shell {
            // `pause` is there, and shows each line by itself.
            Shell::Cmd => {}
            Shell::PowerShell => {
                self.out.push_str(&format!("function Wait-Reader {{ [void](Read-Host {}) }}\n", command::powershell_text(prompt)));
            }
            // The terminal, so that a script that comes through a pipe does not answer itself.
            Shell::Posix => {
                let prompt = command::posix(prompt);
                self.out.push_str(&format!("pause() {{ printf '%s: ' {prompt}; read -r _ </dev/tty || exit 1; }}\nset -v\n"));
            }
        }
    }

    /// A comment; the text is clean.
    fn say(&mut self, text: &str) {
        if self.shell != Shell::Cmd {
            Style { colour: false, width: WIDTH }.block(&mut self.out, "# ", "#   ", text, None);
        } else if text.contains('%') {
            // `rem` reads variables too, and a doubled sign must not be broken over two lines.
            self.out.push_str(&format!("rem # {}\n", text.replace('%', "%%")));
        } else {
            // With a first word that is none of its signs, cmd.exe passes over all that follows.
            Style { colour: false, width: WIDTH }.block(&mut self.out, "rem # ", "rem #   ", text, None);
        }
    }

    fn repair(&mut self, diagnosis: &Diagnosis, number: usize, repair: &ProposedRepair, more: bool) {
        let (lang, remedy) = (self.lang, &repair.remedy);
        self.live = remedy.risk == Risk::Safe;
        self.disruptive = remedy.risk == Risk::Disruptive;
        self.title(number, repair);
        self.say(&facts(repair, lang));
        self.say(&purpose(diagnosis, repair, lang));
        if let Some(roots) = after(diagnosis, repair, lang) {
            self.say(&roots);
        }
        for before in &remedy.preconditions {
            let text = format!("{}: {}", Phrase::Before.get(lang), before_text(before, lang));
            self.say(&text);
            if !before.known {
                self.pause(&text);
            }
        }
        for (position, step) in remedy.steps.iter().enumerate() {
            self.action(&format!("{number}.{} ", position + 1), step);
        }
        self.disruptive = false;
        if remedy.wait_minutes > 0.0 {
            let text = Phrase::ScriptWait.with(lang, &[&words::minutes(remedy.wait_minutes, lang)]);
            self.say(&text);
            self.pause(&text);
        }
        for check in &remedy.verify {
            self.action(&format!("{}: ", Phrase::Check.get(lang)), check);
        }
        if more {
            let text = Phrase::ScriptHelped.get(lang);
            self.say(text);
            self.pause(text);
        }
    }

    fn title(&mut self, number: usize, repair: &ProposedRepair) {
        self.out.push('\n');
        self.say(&format!("==== {number}. {} ====", clean(repair.remedy.title.get(self.lang))));
    }

    /// A step, check or way back: its text as a comment, then its command, or a pause for what a person does.
    fn action(&mut self, label: &str, action: &PlannedAction) {
        let mark = if self.disruptive { format!("[{}] ", Phrase::Disruptive.get(self.lang)) } else { String::new() };
        let text = format!("{label}{mark}{}", clean(action.text.get(self.lang)));
        self.say(&text);
        if action.run.is_empty() {
            return self.pause(&text);
        }
        let missing = remedy::open_values(&action.run);
        if !missing.is_empty() {
            let names: Vec<String> = missing.iter().map(|name| format!("<{name}>")).collect();
            self.say(&Phrase::ScriptFill.with(self.lang, &[&words::list(&names, self.lang)]));
        }
        let live = self.live && missing.is_empty();
        self.show(&text, live);
        let line = match self.shell {
            // A batch file that starts another one without `call` does not come back.
            Shell::Cmd if action.run.first().is_some_and(|program| is_batch(program)) => {
                format!("call {}", command::batch_line(&action.run))
            }
            Shell::Cmd => command::batch_line(&action.run),
            shell => command::line_for(&action.run, shell),
        };
        self.line(&clean(&line), live);
    }

    fn pause(&mut self, text: &str) {
        self.show(text, self.live);
        self.line(if self.shell == Shell::PowerShell { "Wait-Reader" } else { "pause" }, self.live);
    }

    /// PowerShell shows no comment while it runs.
    fn show(&mut self, text: &str, live: bool) {
        if self.shell == Shell::PowerShell && live {
            self.line(&format!("Write-Host {}", command::powershell_text(text)), live);
        }
    }

    fn line(&mut self, line: &str, live: bool) {
        let off = match self.shell {
            _ if live => "",
            Shell::Cmd => "rem ",
            Shell::PowerShell | Shell::Posix => "#",
        };
        self.out.push_str(off);
        self.out.push_str(line);
        self.out.push('\n');
    }
}

fn is_batch(program: &str) -> bool {
    let program = program.to_ascii_lowercase();
    program.ends_with(".cmd") || program.ends_with(".bat")
}
