//! The fact `certificate`.

use super::kind::fact_kind;
use super::{Known, Timestamp};

fact_kind! {
    /// A certificate that a host presented or a setting names.
    Certificate, Certificate, named by (host) {
        #[doc = "The host that presented it."] host: String,
        #[doc = "Its subject."] subject: Known<String>,
        #[doc = "Its issuer."] issuer: Known<String>,
        #[doc = "From when it is valid."] not_before: Known<Timestamp>,
        #[doc = "Until when it is valid."] not_after: Known<Timestamp>,
        #[doc = "The names that it is for."] names: Known<Vec<String>>,
        #[doc = "What the verification said: `ok` or the reason."] verification: Known<String>,
    }
}
