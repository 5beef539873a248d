//! The fact `connector`.

use super::Known;
use super::kind::fact_kind;

fact_kind! {
    /// A connector.
    Connector, Connector, named by (name) {
        #[doc = "Its name."] name: String,
        #[doc = "Its address spaces, `SMTP:*;1`."] address_spaces: Known<Vec<String>>,
        #[doc = "The smart host that it sends to; absent when it uses the DNS."] smart_host: Known<String>,
        #[doc = "`up` or `down`."] state: Known<String>,
        #[doc = "Its restrictions, as text."] restrictions: Known<Vec<String>>,
    }
}
