//! Commands as people copy them: an argument vector becomes one line for the shell of the platform.

use crate::fact::Platform;
use std::borrow::Cow;

/// A shell that commands are written for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shell {
    /// `cmd.exe`, at the prompt.
    Cmd,
    /// PowerShell, the Exchange Management Shell.
    PowerShell,
    /// A POSIX shell.
    Posix,
}

impl Shell {
    /// Returns the shell of a platform: Exchange 2000 and 2003 have `cmd.exe`, later Exchange PowerShell, all else and an unknown platform a
    /// POSIX shell.
    pub fn of(platform: Option<Platform>) -> Shell {
        match platform {
            Some(platform) if platform.is("exchange-legacy") => Shell::Cmd,
            Some(platform) if platform.is("exchange") => Shell::PowerShell,
            _ => Shell::Posix,
        }
    }
}

/// Returns the line that a person can copy into the shell of the platform.
pub fn line(run: &[String], platform: Option<Platform>) -> String {
    match Shell::of(platform) {
        // A script is for a shell of its own, whatever the prompt: quoted for this one it would be hard to read.
        Shell::Cmd => script_of(run).unwrap_or_else(|| words(run, cmd)),
        shell => line_for(run, shell),
    }
}

/// Returns the line for a shell; in `cmd.exe`, for a person who types it.
///
/// In PowerShell a step that is itself `powershell -NoProfile -Command SCRIPT` is the script as it stands, because its cmdlets exist in the Exchange
/// Management Shell alone.
pub fn line_for(run: &[String], shell: Shell) -> String {
    match shell {
        Shell::Cmd => words(run, cmd),
        Shell::Posix => words(run, posix),
        Shell::PowerShell => match (script_of(run), run.split_first()) {
            (Some(script), _) => script,
            // `sc` is an alias of Set-Content there.
            (None, Some((program, rest))) if program.eq_ignore_ascii_case("sc") => format!("sc.exe {}", words(rest, powershell)),
            // A quoted word is a text in PowerShell; `&` runs it.
            (None, Some((program, _))) if powershell(program) != *program => format!("& {}", words(run, powershell)),
            _ => words(run, powershell),
        },
    }
}

/// Returns the line for a script of `cmd.exe`, in which `%` begins a variable even in quotes.
pub fn batch_line(run: &[String]) -> String {
    words(run, batch)
}

fn words(run: &[String], quote: fn(&str) -> String) -> String {
    run.iter().map(|word| quote(word)).collect::<Vec<_>>().join(" ")
}

/// The script of `powershell -Command SCRIPT…`, other options before it or not; PowerShell itself joins several words with blanks.
fn script_of(run: &[String]) -> Option<String> {
    let (program, rest) = run.split_first()?;
    let at = rest.iter().position(|word| word.eq_ignore_ascii_case("-command"))?;
    is_powershell(program).then(|| rest.get(at + 1..).unwrap_or_default().join(" "))
}

fn is_powershell(program: &str) -> bool {
    let name = program.rsplit(['\\', '/']).next().unwrap_or(program).to_ascii_lowercase();
    matches!(name.as_str(), "powershell" | "powershell.exe" | "pwsh" | "pwsh.exe")
}

fn is_plain(word: &str, others: &str) -> bool {
    !word.is_empty() && word.chars().all(|char| char.is_ascii_alphanumeric() || others.contains(char))
}

/// Quotes a word for a POSIX shell; a NUL, which no argument can hold, is left out.
pub fn posix(word: &str) -> String {
    let word: Cow<'_, str> = if word.contains('\0') { Cow::Owned(word.replace('\0', "")) } else { Cow::Borrowed(word) };
    // Only a NUL cannot be quoted, and there is none.
    shlex::try_quote(&word).map_or_else(|_| "''".to_owned(), Cow::into_owned)
}

/// Quotes a word for PowerShell, which hands it on to a program.
fn powershell(word: &str) -> String {
    if is_plain(word, "_+=:./\\-") { word.to_owned() } else { powershell_text(&word.replace('"', "\\\"")) }
}

/// Writes a text in single quotes for PowerShell, to which typographic quotes end a text as well.
pub fn powershell_text(text: &str) -> String {
    let mut quoted = String::from("'");
    for char in text.chars() {
        if matches!(char, '\'' | '\u{2018}'..='\u{201b}') {
            quoted.push(char);
        }
        quoted.push(char);
    }
    quoted.push('\'');
    quoted
}

/// Quotes a word for `cmd.exe`: for the program's own reading of quotes, and against what `cmd.exe` would run or replace.
fn cmd(word: &str) -> String {
    let quoted = argument(word);
    if !word.contains(['"', '%', '!']) { quoted } else { careted(&quoted, "()%!^\"<>&|") }
}

/// Quotes a word for a script of `cmd.exe`: a doubled `%` stands for one, in quotes or not.
fn batch(word: &str) -> String {
    let quoted = argument(word);
    let quoted = if word.contains('"') { careted(&quoted, "()!^\"<>&|") } else { quoted };
    quoted.replace('%', "%%")
}

/// Puts a caret before each special character: inside, a quote would end the quoting for `cmd.exe` and what follows would run.
fn careted(quoted: &str, special: &str) -> String {
    quoted.chars().flat_map(|char| special.contains(char).then_some('^').into_iter().chain([char])).collect()
}

/// Quotes a word as programs of Windows read their command line.
fn argument(word: &str) -> String {
    if is_plain(word, "_@+=:,./\\-") {
        return word.to_owned();
    }
    let mut quoted = String::from("\"");
    let mut slashes = 0;
    for char in word.chars() {
        match char {
            '\\' => slashes += 1,
            // Backslashes before a quote count twice for the program that reads it.
            '"' => {
                quoted.push_str(&"\\".repeat(slashes * 2 + 1));
                slashes = 0;
            }
            _ => {
                quoted.push_str(&"\\".repeat(slashes));
                slashes = 0;
            }
        }
        if char != '\\' {
            quoted.push(char);
        }
    }
    quoted.push_str(&"\\".repeat(slashes * 2));
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn each_platform_gets_its_shell() {
        let unix = run(&["dig", "@192.0.2.53", "it's; rm -rf /"]);
        assert_eq!(line(&unix, Some(Platform::Postfix)), r#"dig @192.0.2.53 "it's; rm -rf /""#);
        let windows = run(&["reg", "query", r"HKLM\SYSTEM\Current Set\"]);
        assert_eq!(line(&windows, Some(Platform::Exchange2003)), r#"reg query "HKLM\SYSTEM\Current Set\\""#);
        assert_eq!(line(&windows, Some(Platform::Exchange2016)), r"reg query 'HKLM\SYSTEM\Current Set\'");
        let script = run(&["powershell", "-Command", r#"Get-EventLogLevel "A\B""#]);
        assert_eq!(line(&script, Some(Platform::Exchange2010)), r#"Get-EventLogLevel "A\B""#);
        let script = run(&["powershell", "-NoProfile", "-Command", "Get-Queue"]);
        assert_eq!(line(&script, Some(Platform::Exchange2019)), "Get-Queue");
    }

    #[test]
    fn evidence_in_a_command_stays_a_word() {
        let hostile = run(&["nslookup", "\"&calc&\"", "%TEMP%"]);
        assert_eq!(line(&hostile, Some(Platform::Exchange2003)), r#"nslookup ^"\^"^&calc^&\^"^" ^"^%TEMP^%^""#);
        assert_eq!(line(&run(&["ping", "$(calc)"]), Some(Platform::Exchange2019)), "ping '$(calc)'");
        assert_eq!(line(&run(&["ping", "$(reboot)", ""]), None), "ping '$(reboot)' ''");
    }

    #[test]
    fn scripts_of_cmd_double_the_percent_sign() {
        assert_eq!(
            batch_line(&run(&["typeperf", r"\Processor(_Total)\% Processor Time", "-sc", "1"])),
            r#"typeperf "\Processor(_Total)\%% Processor Time" -sc 1"#
        );
        assert_eq!(batch_line(&run(&["x", "%COMSPEC%", "a&b", "\"&calc&\""])), r#"x "%%COMSPEC%%" "a&b" ^"\^"^&calc^&\^"^""#);
        assert_eq!(batch_line(&run(&["x", "\" %PATH% & calc"])), r#"x ^"\^" %%PATH%% ^& calc^""#);
        let script = run(&["powershell", "-Command", "Get-Queue | Format-List"]);
        assert_eq!(batch_line(&script), r#"powershell -Command "Get-Queue | Format-List""#);
    }

    #[test]
    fn powershell_knows_more_quotes_than_one() {
        let hostile = run(&["ping", "x\u{2019}; calc; \u{2018}", "it's"]);
        assert_eq!(line_for(&hostile, Shell::PowerShell), "ping 'x\u{2019}\u{2019}; calc; \u{2018}\u{2018}' 'it''s'");
        assert_eq!(line_for(&run(&["sc", "query", "smtpsvc"]), Shell::PowerShell), "sc.exe query smtpsvc");
        assert_eq!(
            line_for(&run(&["powershell", "-Command", "Restart-Service", "MSExchangeIS"]), Shell::PowerShell),
            "Restart-Service MSExchangeIS"
        );
        assert_eq!(line_for(&run(&["a b\\c.exe"]), Shell::PowerShell), "& 'a b\\c.exe'");
    }

    proptest::proptest! {
        /// What `sh` hands to a program is the argument, whatever stands in it.
        #[test]
        #[allow(clippy::disallowed_methods, reason = "the shell itself says what it understands")]
        fn sh_gives_every_argument_back(words in proptest::collection::vec("[^\\x00]{0,12}|[-'\"$`!\\\\ \n;&|<>*?#~=%(){}^]{0,8}", 1..4)) {
            let script = format!("printf '%s\\0' {}", super::words(&words, posix));
            let out = std::process::Command::new("sh").arg("-c").arg(&script).output();
            if let Ok(out) = out {
                let wanted: String = words.iter().map(|word| format!("{word}\0")).collect();
                proptest::prop_assert_eq!(String::from_utf8_lossy(&out.stdout), wanted, "{}", script);
            }
        }
    }
}
