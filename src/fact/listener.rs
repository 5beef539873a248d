//! The fact `listener`.

use super::Known;
use super::kind::fact_kind;

fact_kind! {
    /// A listening TCP socket.
    Listener, Listener, named by (address, port) {
        #[doc = "The local address, `0.0.0.0`."] address: String,
        #[doc = "The port."] port: u16,
        #[doc = "The program."] process: Known<String>,
    }
}
