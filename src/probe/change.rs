//! What was changed lately: packages, and when configuration files were written.

use super::log::Window;
use super::{Collector, Probe};
use crate::system;

/// How far back histories of packages are read, in seconds.
const SPAN: i64 = 30 * 86_400;
/// Histories that are files.
///
/// # Source
///
/// dpkg(1), pacman.conf(5): their logs.
const HISTORIES: &[&str] = &["/var/log/dpkg.log", "/var/log/pacman.log"];

/// What was changed lately.
pub struct Change;

impl Probe for Change {
    fn name(&self) -> &'static str {
        "change"
    }

    fn run(&self, collector: &mut Collector<'_>) {
        let now = system::now();
        for history in HISTORIES {
            for path in [format!("{history}.1"), (*history).to_owned()] {
                if !collector.machine.is_file(&path) {
                    continue;
                }
                match Window::open(&collector.machine.path(&path), now) {
                    Ok(window) if window.last.is_some_and(|last| last >= now - SPAN) => {
                        collector.range(&path, window.start(now - SPAN, now - SPAN), window.size, window.inode);
                    }
                    Ok(_) => {}
                    Err(error) => collector.refused(&path, &error),
                }
            }
        }
        if collector.machine.is_there("/var/lib/rpm") || collector.machine.is_there("/usr/lib/sysimage/rpm") {
            collector.command("rpm.txt", &["rpm", "-qa", "--last"]);
        }
    }
}
