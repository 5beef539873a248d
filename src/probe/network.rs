//! How this machine is connected: its addresses, and whom it asks for names.

use super::{Collector, Probe};

/// The settings of the network.
pub struct Network;

impl Probe for Network {
    fn name(&self) -> &'static str {
        "network"
    }

    fn run(&self, collector: &mut Collector<'_>) {
        collector.file("/etc/resolv.conf");
        if collector.machine.has_postfix() {
            // Where Postfix runs in a chroot, this copy is what its daemons read; it may be older.
            collector.file("/var/spool/postfix/etc/resolv.conf");
        }
        collector.command("ip-addr.txt", &["ip", "-br", "addr"]);
    }
}
