//! The settings: what was set, and which services the master process is told to run.

use super::{Collector, Probe};

/// The settings of Postfix and Exim.
pub struct Settings;

impl Probe for Settings {
    fn name(&self) -> &'static str {
        "settings"
    }

    fn run(&self, collector: &mut Collector<'_>) {
        if collector.machine.has_postfix() {
            collector.command("postconf-n.txt", &["postconf", "-n"]);
            collector.command("postconf-M.txt", &["postconf", "-M"]);
            collector.command("postfix-version.txt", &["postconf", "mail_version"]);
        }
        if let Some(exim) = collector.machine.exim() {
            collector.command("exim-bV.txt", &[exim, "-bV"]);
            collector.command("exim-bP.txt", &[exim, "-bP"]);
        }
    }
}
