//! A live run: probes of the machine, then of the network, into a bundle.

mod files;
mod mail;
mod network;
mod targets;

use crate::evidence::bundle::{Draft, FORMAT, Manifest, Opened, VERSION};
use crate::evidence::gather_live;
use crate::fact::Timestamp;
use crate::knowledge::Knowledge;
use crate::probe::{self, Limits, Machine, Watch};
use crate::system;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

/// How a live run is made.
#[derive(Debug, Clone)]
pub struct Options {
    /// How long the whole of the probing may take.
    pub timeout: Duration,
    /// How long one probe may take.
    pub each: Duration,
    /// How many probes run at once.
    pub at_once: usize,
    /// The folder that stands for `/`.
    pub root: PathBuf,
    /// Where programs are looked for; `None` for `PATH` and the usual places.
    pub programs: Option<Vec<PathBuf>>,
    /// Whether the network is asked too.
    pub network: bool,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            timeout: Duration::from_secs(20),
            each: Duration::from_secs(10),
            at_once: 4,
            root: PathBuf::from("/"),
            programs: None,
            network: true,
        }
    }
}

/// What a live run captured.
#[derive(Debug)]
pub struct Captured {
    /// The bundle; its folder goes with it.
    pub draft: Arc<Draft>,
    /// The bundle, opened.
    pub opened: Opened,
}

/// Returns the name of the machine.
///
/// # Source
///
/// proc(5): `/proc/sys/kernel/hostname`.
fn host(machine: &Machine) -> Option<String> {
    let name = system::read_text(&machine.path("/proc/sys/kernel/hostname"), 1024).ok()?;
    Some(name.trim().to_owned())
}

/// Why nothing could be captured.
#[derive(Debug, thiserror::Error)]
pub enum LiveError {
    /// There is nothing to look at.
    #[error("no mail system is installed on this machine: neither Postfix nor Exim was found")]
    NoMailSystem,
    /// There is no place for what is captured.
    #[error("what is captured cannot be put down: {0}")]
    NoPlace(#[from] io::Error),
}

/// Captures this machine and returns the bundle; `stop` ends it early with what is known so far. The knowledge tells what settings mean, for
/// what to ask the network.
///
/// # Errors
///
/// That no mail system is there, or what the operating system says when not even a temporary folder can be made.
pub fn capture(options: &Options, knowledge: &Knowledge, stop: &Arc<AtomicBool>, watch: &dyn Watch) -> Result<Captured, LiveError> {
    let begun = Instant::now();
    let taken_at = Timestamp(system::now()).to_string();
    system::give_way();
    let draft = Arc::new(Draft::new()?);
    let machine = Arc::new(Machine::find(options.root.clone(), options.programs.clone(), Arc::clone(&draft), Arc::clone(stop)));
    if machine.installed.is_empty() {
        return Err(LiveError::NoMailSystem);
    }
    let limits = Limits { deadline: begun + options.timeout, each: options.each, at_once: options.at_once };
    let (probes, entries) = probe::run(probe::local(), &machine, limits, watch);
    let mut manifest = Manifest {
        format: format!("{FORMAT}{VERSION}"),
        mailmedic: env!("CARGO_PKG_VERSION").to_owned(),
        host: String::new(),
        platform: None,
        taken_at,
        clock_offset_seconds: None,
        utc_offset_seconds: Some(i64::from(system::utc_offset())),
        booted_at: system::booted(&machine.path("/proc")).map(|time| Timestamp(time).to_string()),
        privileged: machine.privileged,
        redacted: false,
        probes,
        entries,
    };
    manifest.host = host(&machine).unwrap_or_default();
    manifest.platform = machine.platform().map(|platform| platform.id().to_owned());
    let mut opened = Opened::live(manifest, draft.folder().to_owned());
    look_at_files(&mut opened, knowledge, &machine, limits, watch);
    if options.network {
        network::capture(&mut opened, knowledge, &machine, limits, watch);
    }
    Ok(Captured { draft, opened })
}

/// Looks at the files that the captured settings name.
fn look_at_files(opened: &mut Opened, knowledge: &Knowledge, machine: &Arc<Machine>, limits: Limits, watch: &dyn Watch) {
    let entries = opened.manifest.entries.iter().filter(|entry| entry.probe == "settings").cloned().collect();
    let manifest = Manifest { entries, probes: Vec::new(), ..opened.manifest.clone() };
    let settings = opened.part(manifest);
    let harvest = gather_live(&settings, knowledge);
    let (runs, entries) = probe::run(vec![Box::new(files::plan(&harvest.facts, machine))], machine, limits, watch);
    opened.manifest.probes.extend(runs);
    opened.manifest.entries.extend(entries);
}
