//! The machine under diagnosis: where its files and programs are, and which mail system runs there.

use super::Places;
use crate::evidence::bundle::Draft;
use crate::fact::Platform;
use crate::system;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, OnceLock};

/// A mail system that is installed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailSystem {
    /// Postfix.
    Postfix,
    /// Exim; Debian calls its program `exim4`.
    Exim(&'static str),
}

/// The machine under diagnosis, as probes see it.
#[derive(Debug)]
pub struct Machine {
    /// The folder that stands for `/`: another one in tests.
    pub root: PathBuf,
    /// Where programs are looked for; `None` for `PATH` and the usual places.
    pub programs: Option<Vec<PathBuf>>,
    /// The mail systems that are installed.
    pub installed: Vec<MailSystem>,
    /// Whether mailmedic runs as root.
    pub privileged: bool,
    /// Where the mail system keeps things, once it was asked.
    pub places: OnceLock<Places>,
    /// The mail systems that run, once their processes were looked at.
    pub running: OnceLock<Vec<Platform>>,
    /// Where evidence goes.
    pub draft: Arc<Draft>,
    /// Set when the run is to end at once.
    pub stop: Arc<AtomicBool>,
}

impl Machine {
    /// Looks at the machine that `root` is the root of.
    pub fn find(root: PathBuf, programs: Option<Vec<PathBuf>>, draft: Arc<Draft>, stop: Arc<AtomicBool>) -> Machine {
        let there = |program: &str| system::find_program(program, programs.as_deref()).is_some();
        let mut installed = Vec::new();
        if there("postconf") {
            installed.push(MailSystem::Postfix);
        }
        installed.extend(["exim4", "exim"].into_iter().find(|program| there(program)).map(MailSystem::Exim));
        Machine { root, programs, installed, privileged: system::is_root(), places: OnceLock::new(), running: OnceLock::new(), draft, stop }
    }

    /// Returns the platform: the one mail system that is installed; of both the one that runs; where neither or both run, the one that
    /// `sendmail` hands mail to.
    pub fn platform(&self) -> Option<Platform> {
        match (self.has_postfix(), self.exim()) {
            (true, None) => Some(Platform::Postfix),
            (false, Some(_)) => Some(Platform::Exim),
            (true, Some(_)) => match self.running.get().map(Vec::as_slice) {
                Some([only]) => Some(*only),
                _ => Some(self.sendmail().unwrap_or(Platform::Postfix)),
            },
            (false, None) => None,
        }
    }

    /// Returns the mail system that the program `sendmail` belongs to, where it is a link that tells.
    ///
    /// # Source
    ///
    /// Debian links it to `exim4`; where both are installed, `alternatives` links it to `sendmail.postfix` or `sendmail.exim`.
    fn sendmail(&self) -> Option<Platform> {
        let mut path = self.path("/usr/sbin/sendmail");
        for _ in 0..4 {
            let target = system::link(&path).ok()?;
            let name = target.file_name()?.to_string_lossy().into_owned();
            if name.contains("exim") {
                return Some(Platform::Exim);
            }
            if name.contains("postfix") {
                return Some(Platform::Postfix);
            }
            path = if target.is_absolute() { self.path(&target.to_string_lossy()) } else { path.parent()?.join(target) };
        }
        None
    }

    /// Returns whether Postfix is installed.
    pub fn has_postfix(&self) -> bool {
        self.installed.contains(&MailSystem::Postfix)
    }

    /// Returns the name of Exim's program, where Exim is installed.
    pub fn exim(&self) -> Option<&'static str> {
        self.installed.iter().find_map(|system| match system {
            MailSystem::Exim(program) => Some(*program),
            MailSystem::Postfix => None,
        })
    }

    /// Returns whether something stands at a path, as far as that can be seen.
    pub fn is_there(&self, path: &str) -> bool {
        system::status(&self.path(path), true).is_ok()
    }

    /// Returns whether a regular file stands at a path, as far as that can be seen.
    pub fn is_file(&self, path: &str) -> bool {
        system::status(&self.path(path), true).is_ok_and(|status| status.is_file())
    }

    /// Returns where a file of the machine really is.
    pub fn path(&self, path: &str) -> PathBuf {
        self.root.join(Path::new(path).strip_prefix("/").unwrap_or(Path::new(path)))
    }
}
