//! The fact `ndr`.

use super::Known;
use super::kind::fact_kind;

fact_kind! {
    /// A non-delivery report, one recipient of it.
    Ndr, Ndr, named by (recipient) {
        #[doc = "The recipient."] recipient: Known<String>,
        #[doc = "Enhanced status code, `5.1.1`."] code: Known<String>,
        #[doc = "SMTP reply code, 550."] reply: Known<u16>,
        #[doc = "What the report says, verbatim."] text: Known<String>,
        #[doc = "The host that gave the reason."] host: Known<String>,
        #[doc = "`failed`, `delayed`, `delivered`, `relayed` or `expanded`."] action: Known<String>,
        #[doc = "Whose words the text is: `remote`, `own` or `unknown`."] side: String,
    }
}
