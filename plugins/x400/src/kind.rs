//! What an X.400 queue is for, by its name.

/// Whose mail a queue holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// An Exchange 5.5 server, or one of a mixed site, over RPC.
    Exchange55,
    /// A gateway connector: Lotus Notes, GroupWise, or a client that speaks MAPI.
    Gateway,
    /// The store and the SMTP service of this server.
    LocalServer,
    /// Messages to be routed again, of whatever link.
    Reroute,
    /// An X.400 system, or a connector whose name says nothing.
    X400,
}

impl Kind {
    /// Reads the kind from the name that the platform displays.
    pub(crate) fn of(name: &str) -> Kind {
        const GATEWAY: [&str; 9] = ["mts-in", "mts-out", "readyin", "readyout", "badmail", "notes", "groupwise", "gwise", "ccmail"];
        let name = name.to_ascii_lowercase();
        let has = |literals: &[&str]| literals.iter().any(|literal| name.contains(literal));
        if has(&["pendingreroute"]) {
            Kind::Reroute
        } else if has(&GATEWAY) {
            Kind::Gateway
        } else if has(&["microsoft mta"]) {
            Kind::Exchange55
        } else if has(&["smtp (", "store (", "storage group", "mailbox store"]) {
            Kind::LocalServer
        } else {
            Kind::X400
        }
    }

    /// Returns the word for the derived fact `waiting.clients`.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Kind::Exchange55 => "exchange-5.5",
            Kind::Gateway => "gateway",
            Kind::LocalServer => "local-server",
            Kind::Reroute => "reroute",
            Kind::X400 => "x400",
        }
    }
}
