//! The fact `smtp`.

use super::Known;
use super::kind::fact_kind;

fact_kind! {
    /// One attempt to talk SMTP.
    Session, Smtp, named by (host, direction) {
        #[doc = "The host at the other end; for an inbound session, the host that was called."] host: String,
        #[doc = "Its address."] address: Known<String>,
        #[doc = "The port."] port: u16,
        #[doc = "`outbound` or `inbound`."] direction: String,
        #[doc = "`ok`, `timeout`, `refused`, `unreachable`, `reset`, `banner-timeout`, `closed`, `tls-failed` or `unresolved`."] result: String,
        #[doc = "Lines `S: …` and `C: …`, verbatim."] transcript: Known<Vec<String>>,
        #[doc = "The last reply of the server, verbatim."] last_reply: Known<String>,
        #[doc = "The first reply of the server that refuses something (4xx, 5xx), verbatim."] refusal: Known<String>,
        #[doc = "The recipient that the client named."] recipient: Known<String>,
        #[doc = "The client: its name in EHLO or its address."] client: Known<String>,
    }
}
