//! A next hop that is this server itself.

use mailmedic_plugin_sdk::known::parts;
use mailmedic_plugin_sdk::route::routes;
use mailmedic_plugin_sdk::spread::host_name;
use mailmedic_plugin_sdk::{FactId, Facts, Refused, Results, Value};

/// Settings that name a host for all mail, or for a connector's.
const RELAYS: [&str; 6] =
    ["relayhost", "smtpsvc/*/SmartHost", "vs.*.smart_host", "vs.smart_host", "connector.*.smart_host", "exim.dc_smarthost"];
/// Settings that name this server.
const NAMES: [&str; 5] = ["myhostname", "exim.primary_hostname", "vs.fqdn", "vs.*.fqdn", "smtpsvc/*/FullyQualifiedDomainName"];
/// Addresses that every host is for itself.
const LOOPBACK: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

/// Returns the relays and smart hosts that are configured, as they are written, each with the fact that says so.
pub(crate) fn next_hops(facts: &impl Facts) -> Vec<(String, FactId)> {
    let mut hops: Vec<(String, FactId)> = Vec::new();
    for setting in RELAYS.iter().flat_map(|key| facts.settings(key)) {
        // Postfix separates several by commas or spaces, Debian's Exim by semicolons.
        for host in parts(&setting.value, ", ;\t") {
            hops.push((host.to_owned(), setting.id));
        }
    }
    for route in routes(facts) {
        for host in route.smart_hosts {
            hops.push((host, route.id));
        }
    }
    hops
}

/// Says whether mail is handed to this server by itself. Another port than 25 leads to another program, such as a filter or a tunnel.
pub(crate) fn examine(facts: &impl Facts, results: &mut impl Results) -> Result<(), Refused> {
    const FINDING: &str = "next-hop-is-this-server";
    let hops = next_hops(facts);
    let Some((_, first)) = hops.first() else { return Ok(()) };
    let names: Vec<String> = NAMES.iter().flat_map(|key| facts.settings(key)).map(|setting| host_name(&setting.value)).collect();
    let addresses: Vec<String> = facts.settings("host.addresses").iter().flat_map(|setting| addresses(&setting.value)).collect();
    for (host, id) in &hops {
        let Some(name) = smtp_host(host) else { continue };
        let own = LOOPBACK.contains(&name.as_str()) || names.contains(&name) || addresses.contains(&name);
        let resolved = || {
            let answers = facts.dns(&name).into_iter().filter(|answer| matches!(answer.kind.as_str(), "A" | "AAAA"));
            answers.flat_map(|answer| answer.answers).any(|address| addresses.contains(&address))
        };
        if !name.is_empty() && (own || resolved()) {
            let named = results.derive("next.hop", *id, Value::Text(name), &[*id])?;
            return results.present(FINDING, &[named, *id]);
        }
    }
    if names.is_empty() && addresses.is_empty() {
        return results.unknown(FINDING, &["setting myhostname", "setting vs.fqdn", "setting host.addresses"]);
    }
    results.absent(FINDING, &[*first])
}

/// Returns the name of a host that is written without a port, or with 25; `None` with another port. Exim writes `host::port`.
fn smtp_host(host: &str) -> Option<String> {
    let name = host_name(host);
    let (exim, port) = name.rsplit_once("::").filter(|(before, _)| !before.is_empty() && !before.contains(':')).unwrap_or((&name, "25"));
    let behind = if host.trim().starts_with('[') { host.split_once(']').map_or("", |(_, rest)| rest) } else { host };
    let port = match behind.rsplit_once(':') {
        Some((before, port)) if !before.contains(':') => port,
        // No colon, one of Exim's, or an IPv6 address.
        _ => port,
    };
    matches!(port, "25" | "smtp").then(|| exim.to_owned())
}

fn addresses(value: &str) -> Vec<String> {
    let mut addresses = Vec::new();
    for part in parts(value, ", \"[];") {
        addresses.push(part.split('/').next().unwrap_or(part).to_ascii_lowercase());
    }
    addresses
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_port_25_is_this_program() {
        for host in ["Mail.example.com", "[mail.example.com]", "[mail.example.com]:25", "mail.example.com:smtp", "mail.example.com::25"] {
            assert_eq!(smtp_host(host).as_deref(), Some("mail.example.com"), "{host}");
        }
        assert_eq!(smtp_host("2001:db8:0:1:2:3:4:5").as_deref(), Some("2001:db8:0:1:2:3:4:5"));
        assert_eq!(smtp_host("[::1]").as_deref(), Some("::1"));
        for host in ["[127.0.0.1]:10024", "mail.example.com:587", "[::1]:10025", "mail.example.com::587"] {
            assert_eq!(smtp_host(host), None, "{host}");
        }
    }

    #[test]
    fn addresses_are_read_from_lists() {
        assert_eq!(addresses("192.0.2.1, 2001:DB8::1"), ["192.0.2.1", "2001:db8::1"]);
        assert_eq!(addresses("[\"192.0.2.1/24\"]"), ["192.0.2.1"]);
        assert_eq!(addresses(""), Vec::<String>::new());
    }
}
