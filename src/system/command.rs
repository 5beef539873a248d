//! Commands of this machine: without a shell, in a clean environment, with a limit of time and of output.

use std::fs::File;
use std::io::{self, Read, Seek};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Where programs are looked for beyond `PATH`: an ordinary user seldom has the folders of a mail system in it.
const FOLDERS: &[&str] =
    &["/usr/sbin", "/usr/bin", "/sbin", "/bin", "/usr/local/sbin", "/usr/local/bin", "/usr/exim/bin", "/opt/postfix/sbin"];
/// A command that wrote this many bytes is ended: no listing of a mail system is larger.
const MOST_OUTPUT: u64 = 2 << 30;
/// How long a killed command may take to end before it is left behind.
const GRACE: Duration = Duration::from_millis(200);

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ran {
    /// It ended by itself, with this exit status; `None` when a signal ended it.
    Ended(Option<i32>),
    /// It did not end in time and was killed; what it wrote until then is there.
    TimedOut,
    /// It wrote too much and was killed.
    TooLarge,
}

/// Returns where a program is, looked for in `folders`, or else in `PATH` and the usual places; `None` when it is nowhere.
pub fn find(program: &str, folders: Option<&[PathBuf]>) -> Option<PathBuf> {
    let path = super::variable("PATH").unwrap_or_default();
    let usual = || std::env::split_paths(&path).chain(FOLDERS.iter().map(PathBuf::from)).collect::<Vec<_>>();
    let folders = folders.map_or_else(usual, <[PathBuf]>::to_vec);
    folders.iter().map(|folder| folder.join(program)).find(|file| is_program(file))
}

fn is_program(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(file).is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

/// Runs a program until it ends or `until` has come, and writes what it says into two files.
///
/// Its environment holds nothing but `PATH`, the language C and UTC left as the machine has it, so that what it prints is what parsers know.
/// It has no input, and stands in a process group of its own, so that all it started ends with it.
///
/// # Errors
///
/// What the operating system says when it cannot be started.
#[expect(clippy::disallowed_methods, reason = "this is the one place that runs commands")]
pub fn run(program: &Path, arguments: &[String], out: File, err: File, until: Instant) -> io::Result<Ran> {
    let size = out.try_clone()?;
    let mut child = std::process::Command::new(program)
        .args(arguments)
        .env_clear()
        .env("PATH", FOLDERS.join(":"))
        .env("LC_ALL", "C")
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(out)
        .stderr(err)
        .process_group(0)
        .spawn()?;
    let mut pause = Duration::from_millis(1);
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Ran::Ended(status.code()));
        }
        if Instant::now() >= until {
            end(&mut child);
            return Ok(Ran::TimedOut);
        }
        if size.metadata().is_ok_and(|meta| meta.len() > MOST_OUTPUT) {
            end(&mut child);
            return Ok(Ran::TooLarge);
        }
        sleep(pause.min(until.saturating_duration_since(Instant::now())));
        pause = (pause * 2).min(Duration::from_millis(20));
    }
}

/// Runs a program that prints little, and returns what it printed; `None` when it did not end well or in time.
///
/// # Errors
///
/// What the operating system says.
pub fn run_small(program: &Path, arguments: &[String], until: Instant) -> io::Result<Option<String>> {
    const MOST: u64 = 1 << 20;
    let (mut out, err) = (tempfile::tempfile()?, tempfile::tempfile()?);
    let ran = run(program, arguments, out.try_clone()?, err, until)?;
    if ran != Ran::Ended(Some(0)) {
        return Ok(None);
    }
    out.rewind()?;
    let mut bytes = Vec::new();
    out.take(MOST).read_to_end(&mut bytes)?;
    Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
}

/// Kills a command with all that it started. One that hangs in the kernel is left behind: nothing can end it.
fn end(child: &mut Child) {
    if let Some(group) = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw) {
        // It may have ended in this moment.
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
    let until = Instant::now() + GRACE;
    while Instant::now() < until && matches!(child.try_wait(), Ok(None)) {
        sleep(Duration::from_millis(5));
    }
}

/// Makes this process and all that it starts give way to others.
pub fn give_way() {
    // Where the system refuses, it runs as it is.
    let _ = rustix::process::nice(10);
}
