//! Commands as people copy them: an argument vector becomes one line for the shell of the platform.

use crate::fact::Platform;

/// Returns the line that a person can copy into the shell of the platform.
///
/// Postfix, Exim and an unknown platform: a POSIX shell. Exchange 2000 and 2003: `cmd.exe`. Later Exchange: PowerShell, where a step that
/// is itself `powershell -NoProfile -Command SCRIPT` is the script as it stands, because its cmdlets exist in the Exchange Management
/// Shell alone.
pub fn line(run: &[String], platform: Option<Platform>) -> String {
    let words = |quote: fn(&str) -> String| run.iter().map(|word| quote(word)).collect::<Vec<_>>().join(" ");
    match platform {
        Some(platform) if platform.is("exchange") => match run {
            [program, .., option, script] if is_powershell(program) && option.eq_ignore_ascii_case("-command") => script.clone(),
            _ if platform.is("exchange-legacy") => words(cmd),
            // A quoted word is a text in PowerShell; `&` runs it.
            [program, ..] if powershell(program) != *program => format!("& {}", words(powershell)),
            _ => words(powershell),
        },
        _ => words(posix),
    }
}

fn is_powershell(program: &str) -> bool {
    let name = program.rsplit(['\\', '/']).next().unwrap_or(program).to_ascii_lowercase();
    matches!(name.as_str(), "powershell" | "powershell.exe" | "pwsh" | "pwsh.exe")
}

fn is_plain(word: &str, others: &str) -> bool {
    !word.is_empty() && word.chars().all(|char| char.is_ascii_alphanumeric() || others.contains(char))
}

/// Quotes a word for a POSIX shell.
fn posix(word: &str) -> String {
    if is_plain(word, "_@%+=:,./-") { word.to_owned() } else { format!("'{}'", word.replace('\'', r"'\''")) }
}

/// Quotes a word for PowerShell, which hands it on to a program.
fn powershell(word: &str) -> String {
    if is_plain(word, "_+=:./\\-") { word.to_owned() } else { format!("'{}'", word.replace('\'', "''").replace('"', "\\\"")) }
}

/// Quotes a word for `cmd.exe`: for the program's own reading of quotes, and against what `cmd.exe` would run or replace.
fn cmd(word: &str) -> String {
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
    if !word.contains(['"', '%', '!']) {
        return quoted;
    }
    // Inside, a quote would end the quoting for cmd.exe and what follows would run: each special character gets its caret.
    quoted.chars().flat_map(|char| "()%!^\"<>&|".contains(char).then_some('^').into_iter().chain([char])).collect()
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
        assert_eq!(line(&unix, Some(Platform::Postfix)), r"dig @192.0.2.53 'it'\''s; rm -rf /'");
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
}
