//! The way in which a delivery failed, as far as it says how far the attempt came.

use mailmedic_plugin_sdk::spread::Counts;

/// The step at which a delivery failed, in the order of an attempt: look up, connect, talk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Way {
    /// The lookup itself failed: nothing is known of the name.
    LookupFailed,
    /// The lookup worked: there is no such name, or no host for it.
    NoSuchName,
    /// No answer to the connection attempt.
    TimedOut,
    /// The port is closed.
    Refused,
    /// There is no way to the host.
    Unreachable,
    /// The host took the connection and then cut it or fell silent.
    Dropped,
    /// TLS could not be agreed on, or a certificate was not accepted.
    Tls,
    /// The host refuses this server for its address, name or reputation.
    Distrusted,
    /// The host wants less at a time.
    Throttled,
    /// The host does not know the recipient.
    RecipientUnknown,
    /// Another answer of the host.
    Answered,
    /// Nothing that says how far it came.
    Unclear,
}

impl Way {
    /// Returns the word for the derived fact `failing.way`.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Way::LookupFailed => "lookup-failed",
            Way::NoSuchName => "no-such-name",
            Way::TimedOut => "timed-out",
            Way::Refused => "refused",
            Way::Unreachable => "unreachable",
            Way::Dropped => "dropped",
            Way::Tls => "tls",
            Way::Distrusted => "distrusted",
            Way::Throttled => "throttled",
            Way::RecipientUnknown => "recipient-unknown",
            Way::Answered => "answered",
            Way::Unclear => "unclear",
        }
    }

    /// Says whether the attempt proves that names can be looked up.
    pub(crate) fn proves_lookup(self) -> bool {
        !matches!(self, Way::LookupFailed | Way::Unclear)
    }

    /// Says whether the attempt proves that port 25 of a remote host can be reached.
    pub(crate) fn proves_connection(self) -> bool {
        matches!(self, Way::Tls | Way::Distrusted | Way::Throttled | Way::RecipientUnknown | Way::Answered)
    }

    /// Says whether the attempt proves that a session can be held once TLS is out of the way.
    pub(crate) fn proves_session(self) -> bool {
        matches!(self, Way::Distrusted | Way::Throttled | Way::RecipientUnknown | Way::Answered)
    }

    /// Says whether no session began.
    pub(crate) fn is_connection(self) -> bool {
        matches!(self, Way::TimedOut | Way::Refused | Way::Unreachable | Way::Dropped)
    }

    /// Reads the way from an error or reply as Exchange, Postfix or Exim logs it.
    ///
    /// The order matters: Exchange wraps its own failure to connect into a reply (`451 4.4.0 … "421 4.2.1 Unable to connect"`), and a
    /// remote's reply may speak of names that *it* could not look up.
    pub(crate) fn of(text: &str, code: Option<&str>) -> Way {
        let text = &text.to_ascii_lowercase();
        let has = |literals: &[&str]| any(text, literals);
        let said = has(&["said:", "smtp error from remote", "refused to talk to me"]);
        if !said && let Some(way) = local(&has) {
            return way;
        }
        if has(&["starttls", "tls ", "tls:", "certificate", "handshake"]) {
            return Way::Tls;
        }
        if has(&["greylist", "graylist"]) {
            return Way::Answered;
        }
        if has(&["blocked using", "block list", "blocklist", "blacklist", "spamhaus", "dnsbl", "reputation", "reverse dns", "ptr record"]) {
            return Way::Distrusted;
        }
        if has(&["too many", "throttl", "rate limit", "too busy", "too fast", "try again later", "4.7.28", "unusual rate"]) {
            return Way::Throttled;
        }
        if has(&["user unknown", "unknown user", "no such user", "unknown recipient", "recipient not found", "5.1.1", "5.1.10"])
            || code == Some("5.1.1")
        {
            return Way::RecipientUnknown;
        }
        // A code of class 5, or a temporary one that is not about network or queue, is the remote's own.
        let answered = said || code.is_some_and(|code| code.starts_with("5.") || code.starts_with("4.") && !code.starts_with("4.4."));
        if answered { Way::Answered } else { Way::Unclear }
    }
}

/// Says whether one of some literals stands in a text.
#[inline(never)]
fn any(text: &str, literals: &[&str]) -> bool {
    literals.iter().any(|literal| text.contains(literal))
}

/// The ways of errors and replies that were read before: a log has thousands of outcomes and some dozen wordings.
#[derive(Default)]
pub(crate) struct Ways {
    ways: Vec<Way>,
    /// Where the way of a code and text stands.
    known: Counts,
}

impl Ways {
    /// Reads the way, as [`Way::of`] does.
    pub(crate) fn of(&mut self, text: &str, code: Option<&str>) -> Way {
        let key = [code.unwrap_or_default(), " ", text].concat();
        if let Some(way) = self.known.get(&key).and_then(|at| self.ways.get(*at as usize)) {
            return *way;
        }
        let way = Way::of(text, code);
        self.known.insert(key, self.ways.len() as u64);
        self.ways.push(way);
        way
    }
}

/// Reads what this server found out before the other side answered.
fn local(has: &dyn Fn(&[&str]) -> bool) -> Option<Way> {
    if has(&["certificate not verified", "cannot start tls", "tls is required", "tls handshake", "certificate validation"]) {
        return Some(Way::Tls);
    }
    if has(&[
        "try again",
        "lookup did not complete",
        "address lookups failed temporarily",
        "name server reply",
        "servfail",
        "serverfailure",
    ]) && has(&["host", "domain", "dns", "name s", "lookup"])
        || has(&["errortimeout", "errorretry"])
    {
        return Some(Way::LookupFailed);
    }
    if has(&["nonexistentdomain", "nonexistent domain", "infodomainnonexistent", "infonorecords", "host not found", "unrouteable address"])
        || has(&["no mx", "non-existent domain", "name or service not known"])
    {
        return Some(Way::NoSuchName);
    }
    if has(&["dns query failed", "dns problem", "in dns"]) {
        return Some(Way::LookupFailed);
    }
    if has(&["connection refused", "10061", "actively refused"]) {
        return Some(Way::Refused);
    }
    if has(&["no route to host", "network is unreachable", "host is down", "10051", "10065"]) {
        return Some(Way::Unreachable);
    }
    if has(&["lost connection", "connection reset", "10054", "dropped", "closed connection", "closed the connection", "disconnected"])
        || has(&["timed out while", "timeout after", "sockete"])
    {
        return Some(Way::Dropped);
    }
    let connecting = has(&["timed out", "10060", "did not respond to a connection", "unable to connect", "failed to connect"]);
    if connecting && !has(&["after data", "after end of data"]) {
        return Some(Way::TimedOut);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::Way;

    #[test]
    fn texts_of_three_systems_are_read_alike() {
        let cases = [
            ("connect to {host}[{ip}]:25: Connection timed out", Way::TimedOut),
            ("The remote server did not respond to a connection attempt.", Way::TimedOut),
            (r#"451 4.4.0 Primary target IP address responded with: "421 4.2.1 Unable to connect." Attempted failover"#, Way::TimedOut),
            ("connect to {host}[{ip}]:25: Connection refused", Way::Refused),
            ("Failed to connect. Winsock error code: 10061, Win32 error code: 10061", Way::Refused),
            ("connect to {host}[{ip}]:25: No route to host", Way::Unreachable),
            ("lost connection with {host}[{ip}] while receiving the initial server greeting", Way::Dropped),
            ("conversation with {host}[{ip}] timed out while receiving the initial server greeting", Way::Dropped),
            ("The connection was dropped by the remote host.", Way::Dropped),
            ("Host or domain name not found. Name service error for name={domain} type=MX: Host not found, try again", Way::LookupFailed),
            ("host lookup did not complete", Way::LookupFailed),
            ("451 4.4.0 DNS query failed", Way::LookupFailed),
            ("Host or domain name not found. Name service error for name={domain} type=A: Host not found", Way::NoSuchName),
            ("451 4.4.0 DNS query failed. The error was: SMTPSEND.DNS.NonExistentDomain; nonexistent domain", Way::NoSuchName),
            ("Server certificate not verified", Way::Tls),
            ("Cannot start TLS: handshake failure", Way::Tls),
            ("host {host} said: 450 4.2.0 Recipient address rejected: Greylisted, try again later", Way::Answered),
            ("host {host} said: 554 5.7.1 Client host [{ip}] blocked using bl.example", Way::Distrusted),
            ("host {host} refused to talk to me: 421 4.3.2 Service busy, too many connections", Way::Throttled),
            ("host {host} said: 550 5.1.1 <{rcpt}>: User unknown", Way::RecipientUnknown),
            ("host {host} said: 450 4.7.1 Client host rejected: cannot find your hostname", Way::Answered),
            ("it just did not work", Way::Unclear),
        ];
        for (text, way) in cases {
            assert_eq!(Way::of(text, None), way, "{text}");
        }
    }

    #[test]
    fn a_remote_that_speaks_of_a_refused_connection_has_answered() {
        assert_eq!(Way::of("host {host} said: 451 4.3.0 connection refused by policy server", None), Way::Answered);
    }

    #[test]
    fn a_bare_code_helps_where_words_do_not() {
        assert_eq!(Way::of("delivery failed", Some("5.1.1")), Way::RecipientUnknown);
        assert_eq!(Way::of("delivery failed", Some("5.7.1")), Way::Answered);
        assert_eq!(Way::of("delivery failed", Some("4.4.1")), Way::Unclear);
    }
}
