//! The fact `diagnostic_level`.

use super::Known;
use super::kind::fact_kind;

fact_kind! {
    /// The diagnostic level of a category.
    DiagnosticLevel, DiagnosticLevel, named by (category) {
        #[doc = "The category."] category: String,
        #[doc = "`none`, `minimum`, `medium`, `maximum`; since Exchange 2007 `lowest`, `low`, `medium`, `high`, `expert`."] level: Known<String>,
    }
}
