//! The fact `log`.

use super::kind::fact_kind;
use super::{Known, Timestamp};

fact_kind! {
    /// Lines of a mail log that are no delivery and say the same: warnings, fatal errors, other programs.
    LogText, Log, named by (program) {
        #[doc = "The program and its process, `postfix/smtpd`."] program: String,
        #[doc = "The first of them, verbatim."] text: String,
        #[doc = "The text with names, addresses and numbers replaced by placeholders."] template: String,
        #[doc = "`warning`, `error`, `fatal` or `panic`, where the line says so."] level: Known<String>,
        #[doc = "How many lines."] count: u64,
        #[doc = "When it was last said."] last: Option<Timestamp>,
    }
}
