//! The fact `counter`.

use super::Known;
use super::kind::fact_kind;

fact_kind! {
    /// A performance counter.
    Counter, Counter, named by (name) {
        #[doc = "Its name."] name: String,
        #[doc = "Its value."] value: Known<f64>,
    }
}
