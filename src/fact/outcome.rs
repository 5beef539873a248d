//! The fact `outcome`.

use super::kind::fact_kind;
use super::{Known, Stage, Timestamp};

fact_kind! {
    /// Delivery attempts or sessions that ended alike: thousands of log lines or queued messages make one.
    Outcome, Outcome, named by (destination, stage) {
        #[doc = "The stage of the mail system."] stage: Stage,
        #[doc = "The domain of the recipients; `*` where there were too many to keep apart."] destination: String,
        #[doc = "The host that was or would be asked, with its port where it is not 25; at the door of this server, the client."] next_hop: Known<String>,
        #[doc = "The daemon or transport that tried."] transport: Known<String>,
        #[doc = "`sent`, `deferred`, `bounced`, `rejected` or `expired`."] status: String,
        #[doc = "Enhanced status code, `4.4.1`."] code: Known<String>,
        #[doc = "SMTP reply code, 450."] reply: Known<u16>,
        #[doc = "The reply or error of the first of them, verbatim."] text: String,
        #[doc = "The reply or error with names, addresses and numbers replaced by placeholders."] template: String,
        #[doc = "Whose words the text is: `remote`, `own` or `unknown`."] side: String,
        #[doc = "How many messages."] messages: u64,
        #[doc = "Share of all messages of the stage in this evidence, 0 to 1."] share: f64,
        #[doc = "When it first happened."] first: Option<Timestamp>,
        #[doc = "When it last happened."] last: Option<Timestamp>,
        #[doc = "Whether a later delivery or session to the same destination succeeded."] healed: bool,
        #[doc = "How many of these messages are still in a queue, 0 where no queue listing is at hand."] queued: u64,
        #[doc = "How many different senders these messages have."] senders: Known<u64>,
        #[doc = "The recipient of the first of them."] recipient: Known<String>,
        #[doc = "The sender of the first of them; empty for a bounce."] sender: Known<String>,
    }
}

/// Whose words a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// A remote server's.
    Remote,
    /// This mail system's.
    Own,
    /// It cannot be told.
    Unknown,
}

impl Side {
    /// Returns the word that entries of the knowledge use.
    pub fn id(self) -> &'static str {
        match self {
            Side::Remote => "remote",
            Side::Own => "own",
            Side::Unknown => "unknown",
        }
    }
}
