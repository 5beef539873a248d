//! The fact `change`.

use super::kind::fact_kind;
use super::{Known, Timestamp};

fact_kind! {
    /// Something that was changed on the machine: a package, a configuration file, a certificate, a restart.
    Change, Change, named by (kind, what) {
        #[doc = "What was changed: the name of a package, the path of a file, the machine."] what: String,
        #[doc = "`package`, `configuration`, `certificate` or `reboot`."] kind: String,
        #[doc = "When; it is no time at which something was observed."] when: Option<Timestamp>,
        #[doc = "How: `upgraded 3.7.10 to 3.7.11`."] detail: Known<String>,
    }
}
