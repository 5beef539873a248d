//! The fact `event`.

use super::Known;
use super::kind::fact_kind;

fact_kind! {
    /// Entries of an event log that are alike.
    Event, Event, named by (source, number) {
        #[doc = "The source."] source: String,
        #[doc = "The event id."] number: u32,
        #[doc = "`application`, `system`, `directory` or another log."] log: Known<String>,
        #[doc = "`error`, `warning` or `information`."] level: Known<String>,
        #[doc = "The category."] category: Known<String>,
        #[doc = "The message, verbatim."] message: Known<String>,
        #[doc = "How many there are."] count: u64,
        #[doc = "Whether a later event says that what it tells of is over."] healed: bool,
    }
}
