//! The fact `service`.

use super::Known;
use super::kind::fact_kind;

fact_kind! {
    /// A service or daemon.
    Service, Service, named by (name) {
        #[doc = "Its name."] name: String,
        #[doc = "`running`, `stopped`, `paused`, `starting` or `missing`."] state: Known<String>,
    }
}
