//! What no remedy may propose: what loses mail, what the queues do not bear, and commands into which evidence could write.

use super::{Action, Remedy};

/// Programs and cmdlets that delete what may be mail. Other files than mail are removed by a person, in words.
const DELETES: &[&str] = &[
    "del",
    "erase",
    "rd",
    "remove-item",
    "remove-mailbox",
    "remove-mailboxdatabase",
    "remove-message",
    "remove-storemailbox",
    "rm",
    "rmdir",
    "shred",
    "unlink",
];
/// Programs that take a whole command as one text.
const SHELLS: &[&str] = &["sh", "bash", "dash", "ksh", "zsh", "cmd", "xargs", "eval"];

/// Returns why a remedy may not be proposed, one text for each objection; nothing for a remedy that may.
///
/// Refused are commands that delete mail, in steps, checks and undo alike; words that ask a person to delete from the queue of delivery
/// status notifications or to freeze an X.400 queue (seed Q7 and X); shells; and placeholders where a value could become a command.
pub fn objections(remedy: &Remedy) -> Vec<String> {
    let mut found = Vec::new();
    for action in remedy.steps.iter().chain(&remedy.checks).chain(&remedy.undo) {
        found.extend(deletes(action).map(|what| format!("`{}` proposes `{what}`, which loses mail", remedy.id)));
        found.extend(misplaced(action).map(|what| format!("`{}`: {what}", remedy.id)));
        found.extend(harms(action, remedy).map(|what| format!("`{}` {what}", remedy.id)));
    }
    found
}

/// The bare name of a program, in lower case: `C:\Windows\net.exe` is `net`.
fn name(word: &str) -> String {
    let name = word.rsplit(['/', '\\']).next().unwrap_or(word).to_ascii_lowercase();
    name.strip_suffix(".exe").unwrap_or(&name).to_owned()
}

/// The script of a command of PowerShell: what stands behind `-Command`, which PowerShell itself joins with blanks.
fn script(run: &[String]) -> Option<String> {
    let (program, rest) = run.split_first()?;
    let at = rest.iter().position(|word| word.eq_ignore_ascii_case("-command"))?;
    matches!(name(program).as_str(), "powershell" | "pwsh").then(|| rest.get(at + 1..).unwrap_or_default().join(" "))
}

/// What of a command deletes mail.
fn deletes(action: &Action) -> Option<String> {
    let (program, rest) = action.run.split_first()?;
    let program = name(program);
    let whole = || Some(action.run.join(" "));
    if let Some(script) = script(&action.run) {
        let mut words = script.split(|char: char| !char.is_ascii_alphanumeric() && char != '-').map(str::to_ascii_lowercase);
        let is_lossy = |word: &String| DELETES.contains(&word.as_str()) || word == "-deletecontent";
        return words.find(is_lossy);
    }
    if DELETES.contains(&program.as_str()) {
        return whole();
    }
    let options = |flag: char| rest.iter().any(|word| word.strip_prefix('-').is_some_and(|flags| flags.contains(flag)));
    match program.as_str() {
        "postsuper" if options('d') => whole(),
        // -Mg returns a message to its sender at once; -Mrm removes it without a word.
        "exim" | "exim4" if rest.iter().any(|word| matches!(word.as_str(), "-Mrm" | "-Mg")) => whole(),
        "find" if rest.iter().any(|word| word == "-delete" || word == "-exec") => whole(),
        "eseutil" if rest.iter().any(|word| word.eq_ignore_ascii_case("/p") || word.eq_ignore_ascii_case("-p")) => whole(),
        _ => None,
    }
}

/// Why a value could become more than a word of its command.
fn misplaced(action: &Action) -> Option<String> {
    let program = action.run.first()?;
    if SHELLS.contains(&name(program).as_str()) {
        return Some(format!("`{program}` takes a command as one text; write the program and its arguments"));
    }
    if !placeholders(program).is_empty() {
        return Some("a placeholder cannot be a program".into());
    }
    let script = script(&action.run)?;
    let (start, end) = *placeholders(&script).first()?;
    let what = script.get(start..end).unwrap_or_default();
    Some(format!("`{what}` stands in a script of PowerShell, where a value would be read as part of it; let a person put it in"))
}

/// The places of placeholders: lower-case words in braces. A block of a script is not one.
fn placeholders(text: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    for (start, _) in text.match_indices('{') {
        let inner = text.get(start + 1..).and_then(|rest| rest.split_once('}')).map_or("", |(inner, _)| inner);
        if !inner.is_empty() && inner.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_') {
            found.push((start, start + inner.len() + 2));
        }
    }
    found
}

/// What words ask of a person that the queue does not bear.
fn harms(action: &Action, remedy: &Remedy) -> Option<&'static str> {
    let of = |first: &str| remedy.seed.iter().any(|seed| seed.split('.').next() == Some(first));
    // What somebody is told not to do is not proposed.
    const NOT: &[&str] = &["never", "do not", "must not", "may not", "not available", "cannot"];
    let text = action.text.en.to_lowercase();
    if NOT.iter().any(|word| text.contains(word)) {
        return None;
    }
    let script = script(&action.run).unwrap_or_default().to_ascii_lowercase();
    let has = |word: &str| text.split(|char: char| !char.is_alphanumeric()).any(|own| own == word);
    let x400 = of("X") || text.contains("x.400");
    if x400 && (has("freeze") || script.contains("suspend-")) {
        return Some("freezes an X.400 queue, which is never proposed");
    }
    let dsn = of("Q7") || text.contains("dsn") || text.contains("notification");
    if dsn && (has("delete") || has("purge")) {
        return Some("deletes from the queue of delivery status notifications, which is never proposed (seed Q7)");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::load;

    /// Loads one remedy with one step and returns what the loader says against it.
    fn said(seed: &str, step: &str) -> String {
        let text = |en: &str| format!("{{ en = \"{en}\", ja = \"訳\" }}");
        let remedy = format!(
            "[[remedy]]\nid = \"r\"\ntitle = {}\nrisk = \"safe\"\nminutes = 1\nseed = [\"{seed}\"]\nsources = [\"experience\"]\n\
             step = [{{ {step} }}]\ncheck = [{{ text = {t} }}]\nundo = [{{ text = {t} }}]\n",
            text("Do it"),
            t = text("Look"),
        );
        match load(&[("remedies/x.toml".to_owned(), remedy)]) {
            Ok(_) => String::new(),
            Err(errors) => errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"),
        }
    }

    fn run(words: &str) -> String {
        said("Q1", &format!("run = [{words}], text = {{ en = \"Run it\", ja = \"訳\" }}"))
    }

    fn words(seed: &str, text: &str) -> String {
        said(seed, &format!("text = {{ en = \"{text}\", ja = \"訳\" }}"))
    }

    #[test]
    fn what_loses_mail_is_refused() {
        for command in [
            r#""postsuper", "-d", "ALL""#,
            r#""/usr/sbin/postsuper", "-vd", "3F2A""#,
            r#""exim", "-Mrm", "1abc""#,
            r#""exim4", "-Mg", "1abc""#,
            r#""powershell", "-Command", "Get-Message | Remove-Message -WithNDR $false""#,
            r#""powershell.exe", "-Command", "Search-Mailbox", "-DeleteContent""#,
            r#""rm", "-r", "/var/spool/postfix/deferred""#,
            r#"'C:\tools\DEL.EXE', "*.eml""#,
            r#""find", "/var/spool", "-delete""#,
            r#""eseutil", "/p", "mail.que""#,
        ] {
            assert!(run(command).contains("which loses mail"), "{command}: {}", run(command));
        }
        for command in [
            r#""postsuper", "-r", "ALL""#,
            r#""postsuper", "-h", "3F2A""#,
            r#""exim", "-Mf", "1abc""#,
            r#""powershell", "-Command", "Remove-AcceptedDomain -Identity 'x'""#,
            r#""find", "/var/spool", "-name", "x""#,
        ] {
            assert_eq!(run(command), "", "{command}");
        }
    }

    #[test]
    fn what_the_queues_do_not_bear_is_refused() {
        assert!(words("Q7", "Delete the oldest messages").contains("seed Q7"));
        assert!(words("Q7.R", "Purge the queue").contains("seed Q7"));
        assert!(words("Q2", "Delete the DSN messages").contains("seed Q7"));
        assert!(words("X", "Freeze the queue").contains("X.400"));
        assert!(words("Q1", "Freeze the X.400 queue").contains("X.400"));
        assert_eq!(words("X", "Unfreeze the queue"), "");
        assert_eq!(words("X", "Never freeze the queue"), "");
        assert_eq!(words("Q7", "Do not delete from the queue"), "");
        assert_eq!(words("Q2", "Freeze the message, so that the others pass"), "");
    }

    #[test]
    fn a_value_stays_a_word() {
        assert_eq!(run(r#""powershell", "-Command", "Get-Service | Where-Object {$_.Status -eq 'Stopped'}""#), "");
        assert_eq!(run(r#""dig", "@{server}", "{destination}""#), "");
        for command in [
            r#""powershell", "-Command", "Retry-Queue -Identity {queue}""#,
            r#""powershell", "-NoProfile", "-Command", "Retry-Queue -Identity '{queue}'""#,
            r#""powershell", "-Command", "Retry-Queue", "-Identity", "{queue}""#,
            r#""powershell", "-Command", "Get-Queue -Filter 'Identity' {queue} ''""#,
            r#""powershell", "-Command", 'Get-Queue "{queue}"'"#,
            r#""powershell", "-Command", "Write-Host 'the queue {queue}'""#,
        ] {
            assert!(run(command).contains("in a script of PowerShell"), "{command}: {}", run(command));
        }
        assert!(run(r#""{host}", "x""#).contains("cannot be a program"));
        assert!(run(r#""sh", "-c", "postqueue -f""#).contains("as one text"));
        assert!(run(r#"'C:\WINDOWS\system32\cmd.exe', "/c", "dir""#).contains("as one text"));
    }
}
