//! The settings: what was set, and which services the master process is told to run.

use super::{Collector, Probe};

/// The settings of Postfix and Exim.
pub struct Settings;

impl Probe for Settings {
    fn name(&self) -> &'static str {
        "settings"
    }

    fn run(&self, collector: &mut Collector<'_>) {
        let places = collector.places();
        if collector.machine.has_postfix() {
            collector.command("postconf-n.txt", &["postconf", "-n"]);
            collector.command("postconf-M.txt", &["postconf", "-M"]);
            collector.command("postfix-version.txt", &["postconf", "mail_version"]);
            // Where they are is seldom set, and matters for disks.
            collector.command("postconf-places.txt", &["postconf", "queue_directory", "mail_spool_directory", "data_directory"]);
        }
        if let Some(exim) = collector.machine.exim() {
            collector.command("exim-bV.txt", &[exim, "-bV"]);
            collector.command("exim-bP.txt", &[exim, "-bP"]);
            if let Some(file) = &places.exim_config {
                collector.file(file);
            }
        }
        let aliases = if collector.machine.has_postfix() { format!("{}/aliases", places.config) } else { "/etc/aliases".to_owned() };
        for file in [aliases.as_str(), "/etc/aliases"] {
            if collector.machine.is_there(file) {
                collector.file(file);
                break;
            }
        }
    }
}
