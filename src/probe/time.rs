//! Whether the clock of this machine is kept in step.

use super::{Collector, Probe};

/// Whether the clock of this machine is kept in step.
pub struct Time;

impl Probe for Time {
    fn name(&self) -> &'static str {
        "time"
    }

    fn run(&self, collector: &mut Collector<'_>) {
        if collector.has_program("chronyc") {
            collector.command("chrony.txt", &["chronyc", "-n", "tracking"]);
        }
        if collector.has_program("timedatectl") {
            collector.command("timedatectl.txt", &["timedatectl", "show"]);
        }
    }
}
