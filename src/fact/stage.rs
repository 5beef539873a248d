//! The stages of a mail system, in the order in which a message passes them.

/// A stage of the mail system, whatever the platform calls its queue.
///
/// # Source
///
/// `contract/plugin.wit`; the nine queues of Exchange 2000/2003 and the MTA's (seed Q1 to Q9, X).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// Mail comes in and waits for its first look.
    #[default]
    Submission,
    /// Recipients are looked up and resolved.
    DirectoryLookup,
    /// The next hop is decided.
    Routing,
    /// Delivery into mailboxes of this system.
    LocalDelivery,
    /// Delivery to another host.
    RemoteDelivery,
    /// No way to the destination is known.
    Unreachable,
    /// Delivery status notifications wait.
    Dsn,
    /// Submission failed and is tried again.
    FailedRetry,
    /// Delivery is put off on purpose.
    DeferredDelivery,
    /// The message transfer agent.
    X400,
}

impl Stage {
    /// All stages, in order.
    pub const ALL: [Stage; 10] = [
        Stage::Submission,
        Stage::DirectoryLookup,
        Stage::Routing,
        Stage::LocalDelivery,
        Stage::RemoteDelivery,
        Stage::Unreachable,
        Stage::Dsn,
        Stage::FailedRetry,
        Stage::DeferredDelivery,
        Stage::X400,
    ];

    /// Returns the id that contracts use.
    pub fn id(self) -> &'static str {
        match self {
            Stage::Submission => "submission",
            Stage::DirectoryLookup => "directory-lookup",
            Stage::Routing => "routing",
            Stage::LocalDelivery => "local-delivery",
            Stage::RemoteDelivery => "remote-delivery",
            Stage::Unreachable => "unreachable",
            Stage::Dsn => "dsn",
            Stage::FailedRetry => "failed-retry",
            Stage::DeferredDelivery => "deferred-delivery",
            Stage::X400 => "x400",
        }
    }

    /// Returns the stage with this id.
    pub fn from_id(id: &str) -> Option<Stage> {
        Stage::ALL.into_iter().find(|stage| stage.id() == id)
    }
}
