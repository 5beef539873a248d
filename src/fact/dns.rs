//! The fact `dns`.

use super::Known;
use super::kind::fact_kind;

fact_kind! {
    /// What a DNS server answered.
    DnsAnswer, Dns, named by (name, record) {
        #[doc = "The name that was asked for."] name: String,
        #[doc = "The type of record: `MX`, `A`, `AAAA`, `PTR`, `TXT`, `CNAME`, `NS`, `SOA`, `TLSA`."] record: String,
        #[doc = "`answer`, `nxdomain`, `no-data`, `servfail`, `refused`, `timeout`, `unreachable`, `broken` or `bogus`."] result: String,
        #[doc = "The records, as text."] answers: Known<Vec<String>>,
        #[doc = "The server that was asked."] server: Known<String>,
        #[doc = "How long the answer took, in milliseconds."] millis: Known<u64>,
        #[doc = "How it was asked: `udp` or `tcp`."] transport: Known<String>,
        #[doc = "Whether the server cut the answer off, so that it has to be asked for over TCP."] truncated: Known<bool>,
    }
}
