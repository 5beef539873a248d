//! The host in its network: addresses, routes, packet filter, sockets, and how it resolves names.

use super::{Collector, Probe};

/// The host in its network.
pub struct Host;

impl Probe for Host {
    fn name(&self) -> &'static str {
        "host"
    }

    fn run(&self, collector: &mut Collector<'_>) {
        let places = collector.places();
        // A daemon in a chroot asks the servers of the file there.
        let jail = format!("{}/etc/resolv.conf", places.queue);
        for file in ["/etc/resolv.conf", jail.as_str(), "/etc/hosts", "/etc/nsswitch.conf"] {
            if collector.machine.is_there(file) {
                collector.file(file);
            }
        }
        collector.command("ip-addr.txt", &["ip", "-br", "addr"]);
        collector.command("ip-route.txt", &["ip", "route"]);
        collector.command("ip-6-route.txt", &["ip", "-6", "route"]);
        if collector.machine.privileged {
            collector.command("nft.txt", &["nft", "list", "ruleset"]);
        }
    }
}

/// The sockets: what listens, and what is connected.
pub struct Sockets;

impl Probe for Sockets {
    fn name(&self) -> &'static str {
        "sockets"
    }

    fn seed(&self) -> &'static [&'static str] {
        &["IN2"]
    }

    fn run(&self, collector: &mut Collector<'_>) {
        collector.command("ss-ltn.txt", &["ss", "-ltnp"]);
        collector.command("ss-tn.txt", &["ss", "-tn"]);
    }
}
