//! How the mail system of this machine reaches others, as far as its settings tell.

use crate::fact::{Facts, Known};
use crate::system::network::Security;
use std::net::IpAddr;

/// Top-level labels that no public DNS has: a domain below them is not asked for as the world would ask.
///
/// # Source
///
/// RFC 6761, RFC 6762, RFC 8375, ICANN's resolution on `.internal` (2024); the rest is custom.
const PRIVATE: &[&str] =
    &["local", "localdomain", "localhost", "internal", "lan", "home", "arpa", "corp", "intranet", "private", "invalid"];

/// The way out, and who this host is.
#[derive(Debug, Clone)]
pub struct Mail {
    /// The name with which the mail system introduces itself.
    pub helo: String,
    /// The name of this host.
    pub host: Option<String>,
    /// The organisation's own domains that the world may ask for.
    pub domains: Vec<String>,
    /// The addresses of this host.
    pub addresses: Vec<IpAddr>,
    /// The DNS servers that it asks, the first one first.
    pub servers: Vec<IpAddr>,
    /// The relays that all outgoing mail goes to, in order; none where it goes to the destinations themselves.
    pub relays: Vec<Hop>,
    /// Whether this host has to log in there.
    pub logs_in: bool,
    /// The port where none is said.
    pub port: u16,
    /// Whether TLS is used.
    pub security: Security,
    /// The addresses that it calls from, where they are set.
    pub from: Vec<IpAddr>,
    /// Whether it may use IPv4, and IPv6.
    pub protocols: (bool, bool),
    /// Whether it takes mail from elsewhere.
    pub takes_mail: bool,
    /// Files of roots that it trusts.
    pub roots: Vec<String>,
    /// Whether it looks TLSA records up.
    pub dane: bool,
}

/// A place that mail is handed to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hop {
    /// A domain, a host or an address.
    pub name: String,
    /// The port, `None` for the usual one.
    pub port: Option<u16>,
    /// Whether the MX of the name says which hosts it means.
    pub by_mx: bool,
}

impl Hop {
    /// Reads `[mail.isp.example]:587`, `isp.example`, `192.0.2.1`, `mail.isp.example::587`; `None` where nothing is named.
    ///
    /// # Source
    ///
    /// postconf(5) `relayhost`: without brackets the name is a domain with MX. Exim writes the port behind two colons.
    pub fn parse(text: &str) -> Option<Hop> {
        let text = text.trim().trim_end_matches('.');
        let (bracketed, rest) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((inner, rest)) => (Some(inner), rest),
            None => (None, text),
        };
        let number = |port: &str| match port {
            "smtp" => Some(25),
            "submission" => Some(587),
            "smtps" | "submissions" => Some(465),
            _ => port.parse().ok(),
        };
        let (name, port) = match bracketed {
            Some(name) => (name, number(rest.trim_start_matches(':'))),
            None if rest.parse::<IpAddr>().is_ok() => (rest, None),
            None => match rest.rsplit_once(':') {
                // What is no port makes the whole something else, a table such as `hash:/etc/postfix/relays`.
                Some((name, port)) => (name.trim_end_matches(':'), Some(number(port)?)),
                None => (rest, None),
            },
        };
        let name = name.strip_prefix("ipv6:").or_else(|| name.strip_prefix("IPv6:")).unwrap_or(name).to_ascii_lowercase();
        let literal = name.parse::<IpAddr>().is_ok();
        let plain = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_:".contains(&byte));
        (literal || plain).then(|| Hop { by_mx: bracketed.is_none() && !literal, name, port })
    }

    /// Returns the address, where it is one.
    pub fn address(&self) -> Option<IpAddr> {
        self.name.parse().ok()
    }
}

/// Returns the value of a setting, `None` where it is not set or empty.
pub fn setting(facts: &Facts, key: &str) -> Option<String> {
    let values = facts.settings.iter().filter(|fact| fact.what.key == key);
    let value = values.filter_map(|fact| fact.what.value.value()).map(ToString::to_string).next()?;
    Some(value.trim().to_owned()).filter(|value| !value.is_empty())
}

impl Mail {
    /// Reads the settings.
    pub fn of(facts: &Facts) -> Mail {
        let own = |text: String| expand(facts, &text);
        let host = setting(facts, "myhostname").or_else(|| setting(facts, "exim.primary_hostname")).or_else(|| facts.case.server.clone());
        let host = host.map(|host| host.to_ascii_lowercase());
        let loopback_only = setting(facts, "inet_interfaces")
            .is_some_and(|value| matches!(value.as_str(), "loopback-only" | "localhost" | "127.0.0.1"))
            || setting(facts, "exim.dc_local_interfaces").is_some_and(|value| value.starts_with("127.0.0.1"));
        let said = setting(facts, "relayhost").map(own).or_else(|| setting(facts, "exim.dc_smarthost")).unwrap_or_default();
        let relays = said.split([',', ';', ' ', '\t']).filter_map(Hop::parse).collect();
        let protocols = setting(facts, "inet_protocols").unwrap_or_else(|| "all".to_owned());
        let addresses = every(facts, "host.addresses");
        let global =
            addresses.iter().any(|address| matches!(address, IpAddr::V6(v6) if !v6.is_loopback() && (v6.segments()[0] & 0xffc0) != 0xfe80));
        let level = setting(facts, "smtp_tls_security_level").unwrap_or_default();
        let from = ["smtp_bind_address", "smtp_bind_address6"].into_iter().filter_map(|key| setting(facts, key)?.parse().ok()).collect();
        let domains = facts.case.domains.iter().filter(|domain| Some(*domain) != host.as_ref() && is_public(domain));
        Mail {
            helo: setting(facts, "smtp_helo_name")
                .map(own)
                .filter(|name| is_name(name))
                .or_else(|| host.clone().filter(|host| is_name(host)))
                .unwrap_or_else(|| "localhost".to_owned()),
            domains: if loopback_only { Vec::new() } else { domains.take(5).cloned().collect() },
            servers: every(facts, "resolv.nameserver"),
            relays,
            logs_in: setting(facts, "smtp_sasl_auth_enable").is_some_and(|value| matches!(value.as_str(), "yes" | "true")),
            port: setting(facts, "smtp_tcp_port").and_then(|port| if port == "smtp" { Some(25) } else { port.parse().ok() }).unwrap_or(25),
            security: security(facts, &level),
            from,
            protocols: (protocols != "ipv6", global && (protocols.contains("all") || protocols.contains("ipv6"))),
            takes_mail: !loopback_only,
            roots: ["smtp_tls_CAfile"].into_iter().filter_map(|key| setting(facts, key)).collect(),
            dane: level.starts_with("dane"),
            host,
            addresses,
        }
    }

    /// Returns whether an address can be reached by a protocol that the mail system uses.
    pub fn uses(&self, address: IpAddr) -> bool {
        if address.is_loopback() {
            return true;
        }
        if address.is_ipv4() { self.protocols.0 } else { self.protocols.1 }
    }

    /// Returns the address that it calls an address from, where one is set.
    pub fn from(&self, to: IpAddr) -> Option<IpAddr> {
        // From an address that is no loopback the loopback cannot be reached everywhere, and the mail system sets none for it.
        self.from.iter().copied().find(|from| from.is_ipv4() == to.is_ipv4() && !to.is_loopback())
    }
}

/// The level of TLS: Postfix's setting, its older spellings, and Exim's way, which is to use it where it is offered.
///
/// # Source
///
/// postconf(5) `smtp_tls_security_level`, `smtp_use_tls`, `smtp_enforce_tls`, `smtp_tls_policy_maps`.
fn security(facts: &Facts, level: &str) -> Security {
    let yes = |key: &str| setting(facts, key).is_some_and(|value| matches!(value.as_str(), "yes" | "true"));
    match level {
        "none" => Security::None,
        "may" | "dane" => Security::May,
        "" if yes("smtp_enforce_tls") => Security::Must,
        "" if yes("smtp_use_tls") || setting(facts, "smtp_tls_policy_maps").is_some() => Security::May,
        "" if facts.case.platform == Some(crate::fact::Platform::Exim) => Security::May,
        "" => Security::None,
        _ => Security::Must,
    }
}

/// All addresses that the settings of one key hold, each once.
fn every(facts: &Facts, key: &str) -> Vec<IpAddr> {
    let mut all: Vec<IpAddr> = Vec::new();
    for fact in facts.settings.iter().filter(|fact| fact.what.key == key) {
        let Known::Value(value) = &fact.what.value else { continue };
        for word in value.to_string().split([' ', ',']) {
            if let Ok(address) = word.parse()
                && !all.contains(&address)
            {
                all.push(address);
            }
        }
    }
    all
}

/// Replaces `$name` and `${name}` by the settings of that name; `$mydomain` that is not set is the host's name without its first label.
fn expand(facts: &Facts, text: &str) -> String {
    let mut out = text.to_owned();
    let host = setting(facts, "myhostname").or_else(|| facts.case.server.clone()).unwrap_or_default();
    let domain =
        setting(facts, "mydomain").unwrap_or_else(|| host.split_once('.').map(|(_, domain)| domain.to_owned()).unwrap_or_default());
    for (name, value) in [("myhostname", host), ("mydomain", domain)] {
        for spelling in [format!("${{{name}}}"), format!("$({name})"), format!("${name}")] {
            out = out.replace(&spelling, &value);
        }
    }
    out
}

/// Returns whether the public DNS may know a domain.
pub fn is_public(domain: &str) -> bool {
    domain.rsplit_once('.').is_some_and(|(_, top)| !PRIVATE.contains(&top.to_ascii_lowercase().as_str()))
}

/// Returns whether a text can stand behind EHLO.
fn is_name(text: &str) -> bool {
    !text.is_empty() && text.len() <= 255 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_[]:".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hops_are_read_as_the_mail_systems_write_them() {
        let hop = |name: &str, port, by_mx| Some(Hop { name: name.to_owned(), port, by_mx });
        let cases = [
            ("[mail.isp.example]:587", hop("mail.isp.example", Some(587), false)),
            ("[192.0.2.7]", hop("192.0.2.7", None, false)),
            ("[2001:db8::1]:26", hop("2001:db8::1", Some(26), false)),
            ("isp.example", hop("isp.example", None, true)),
            ("Isp.Example:submission", hop("isp.example", Some(587), true)),
            ("mail.isp.example::2525", hop("mail.isp.example", Some(2525), true)),
            ("192.0.2.7", hop("192.0.2.7", None, false)),
            ("[ipv6:2001:db8::1]", hop("2001:db8::1", None, false)),
            ("", None),
            ("hash:/etc/postfix/x y", None),
        ];
        for (text, expected) in cases {
            assert_eq!(Hop::parse(text), expected, "{text}");
        }
    }

    #[test]
    fn private_domains_are_not_asked_for() {
        assert!(is_public("shop.example") && !is_public("srv.local") && !is_public("mail.home.arpa") && !is_public("host"));
    }
}
