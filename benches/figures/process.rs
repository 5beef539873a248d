//! Whole processes: how long they take and how much memory they have at most.

use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// How often a process that runs for long is asked for its memory.
const ASK: Duration = Duration::from_millis(20);

/// A folder for what is generated, gone when it is dropped.
pub struct Work {
    folder: TempDir,
}

/// One run of a program.
pub struct Run {
    /// From its start to its end.
    pub time: Duration,
    /// The most memory that it held, in KiB, `None` where the system does not tell.
    pub peak_kib: Option<u64>,
    /// What it wrote to standard output.
    pub output: Vec<u8>,
}

impl Work {
    pub fn new() -> io::Result<Work> {
        Ok(Work { folder: TempDir::new()? })
    }

    /// Writes a file and returns its path.
    pub fn file(&self, name: &str, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<String> {
        let path = self.folder.path().join(name);
        let mut out = BufWriter::with_capacity(1 << 20, File::create(&path)?);
        write(&mut out)?;
        out.flush()?;
        Ok(path.display().to_string())
    }

    /// Runs mailmedic with a folder of that name for its cache.
    pub fn mailmedic(&self, arguments: &[&str], cache: &str) -> io::Result<Run> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mailmedic"));
        command.args(arguments).env("XDG_CACHE_HOME", self.folder.path().join(cache)).env("LC_ALL", "C");
        let run = measure(&mut command)?;
        if run.output.is_empty() {
            return Err(io::Error::other(format!("mailmedic {} said nothing", arguments.join(" "))));
        }
        Ok(run)
    }

    /// Runs mailmedic as the last words of another command, with a search path for programs.
    pub fn within(&self, command: &[&str], arguments: &[&str], path: &str, cache: &str) -> io::Result<Run> {
        let (program, words) = command.split_first().ok_or_else(|| io::Error::other("no command"))?;
        let mut command = Command::new(program);
        command.args(words).arg(env!("CARGO_BIN_EXE_mailmedic")).args(arguments);
        measure(command.env("PATH", path).env("XDG_CACHE_HOME", self.folder.path().join(cache)).env("LC_ALL", "C"))
    }

    /// Returns how many compiled components that folder for the cache holds: one file each.
    pub fn compiled(&self, cache: &str) -> io::Result<usize> {
        let mut folders = vec![self.folder.path().join(cache)];
        let mut count = 0;
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder)? {
                let path = entry?.path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    count += 1;
                }
            }
        }
        Ok(count)
    }

    /// Runs another program, `None` where it is not installed.
    pub fn program(&self, name: &str, arguments: &[&str]) -> io::Result<Option<Run>> {
        match measure(Command::new(name).args(arguments).current_dir(self.folder.path())) {
            Ok(run) => Ok(Some(run)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }
}

fn measure(command: &mut Command) -> io::Result<Run> {
    let begun = Instant::now();
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
    let reader = child.stdout.take().map(|mut out| {
        thread::spawn(move || {
            let mut output = Vec::new();
            out.read_to_end(&mut output).map(|_| output)
        })
    });
    let (status, peak_kib) = wait(&mut child)?;
    let time = begun.elapsed();
    if !matches!(status, Some(0 | 1 | 3)) {
        return Err(io::Error::other(format!("{command:?} ended with {status:?}")));
    }
    let output = match reader.map(thread::JoinHandle::join) {
        Some(Ok(output)) => output?,
        _ => Vec::new(),
    };
    Ok(Run { time, peak_kib, output })
}

/// Waits for the end; a process of some milliseconds is waited for without a break, or the breaks would be what is measured.
fn wait(child: &mut Child) -> io::Result<(Option<i32>, Option<u64>)> {
    let begun = Instant::now();
    let status = Path::new("/proc").join(child.id().to_string()).join("status");
    let mut peak = None;
    loop {
        if let Some(ended) = child.try_wait()? {
            return Ok((ended.code(), peak));
        }
        if begun.elapsed() > Duration::from_millis(100) {
            peak = peak.max(fs::read_to_string(&status).ok().as_deref().and_then(high_water));
            thread::sleep(ASK);
        } else {
            thread::sleep(Duration::from_micros(200));
        }
    }
}

/// The kernel's high-water mark of the resident memory, in KiB (proc(5), `VmHWM`).
fn high_water(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.parse().ok()
}
