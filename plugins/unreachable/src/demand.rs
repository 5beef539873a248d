//! The destinations that messages without a route are for.

use mailmedic_plugin_sdk::known::{contains_any, parts, trimmed};
use mailmedic_plugin_sdk::{FactId, Facts, Stage, all_bounces, all_outcomes};

/// How a message says that routing has no connector for its destination.
const NO_ROUTE: [&str; 8] = [
    "matching connector cannot be found",
    "matching send connector cannot be found",
    "noconnectorforaddresstype",
    "unable to route for address type",
    "no route for",
    "no route to the destination",
    "final destination is unreachable",
    "final destination is currently unreachable",
];
/// A route inside the organisation goes from site to site, not by the address space of a connector.
const INSIDE: [&str; 4] = ["mailbox database", "mailbox server", "mailbox store", "routing group"];
/// Destinations that are looked at; each is compared with the spaces of all connectors.
const LOOKED_AT: usize = 500;

/// A destination that has no route.
pub(crate) struct Demand {
    /// The fact that says so.
    pub(crate) id: FactId,
    /// The type of its address, in lower case.
    pub(crate) kind: String,
    /// The domain, or the address where it has none.
    pub(crate) destination: String,
}

/// Reads the destinations from what happened to messages and from reports about them.
pub(crate) fn read(facts: &impl Facts) -> Vec<Demand> {
    let mut found: Vec<Demand> = Vec::new();
    let mut add = |id: FactId, text: &str| {
        let Some((kind, destination)) = address(text) else { return };
        if found.len() < LOOKED_AT && found.iter().all(|known| known.destination != destination) {
            found.push(Demand { id, kind, destination });
        }
    };
    for stage in [Stage::Unreachable, Stage::Routing, Stage::RemoteDelivery, Stage::Submission] {
        for outcome in all_outcomes(facts, stage) {
            let told = stage == Stage::Unreachable || contains_any(&outcome.template, &NO_ROUTE);
            // What this server refuses at its door is about the sender's way, not about a route from here.
            let own = outcome.status != "sent" && outcome.status != "rejected" && !outcome.healed;
            if own && told && !contains_any(&outcome.template, &INSIDE) {
                add(outcome.id, &outcome.destination);
            }
        }
    }
    for bounce in all_bounces(facts) {
        if contains_any(&bounce.reply, &NO_ROUTE) && !contains_any(&bounce.reply, &INSIDE) {
            add(bounce.id, &bounce.recipient);
        }
    }
    found
}

/// Returns the type and the domain of an address or domain; `None` when it names nothing.
fn address(text: &str) -> Option<(String, String)> {
    let text = trimmed(text, "<>").to_ascii_lowercase();
    if let Some((kind, rest)) = text.split_once(':')
        && !kind.is_empty()
        && kind != "smtp"
        && kind.bytes().all(|byte| byte.is_ascii_alphanumeric())
    {
        return Some((kind.to_owned(), rest.trim().to_owned()));
    }
    let domain = trimmed(parts(&text, "@:").last().unwrap_or(&""), ".");
    // `*` stands for destinations too many to be kept apart, a placeholder for none.
    let names = !domain.is_empty() && !domain.bytes().any(|byte| b"*{ ".contains(&byte));
    names.then(|| ("smtp".to_owned(), domain.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::address;

    #[test]
    fn addresses_of_every_type_are_read() {
        let of = |kind: &str, name: &str| Some((kind.to_owned(), name.to_owned()));
        assert_eq!(address("bob@Partner.Example"), of("smtp", "partner.example"));
        assert_eq!(address("SMTP:bob@partner.example"), of("smtp", "partner.example"));
        assert_eq!(address("partner.example."), of("smtp", "partner.example"));
        assert_eq!(address("NOTES:Bob/Partner"), of("notes", "bob/partner"));
        assert_eq!(address("*"), None);
        assert_eq!(address("{domain}"), None);
        assert_eq!(address(" "), None);
    }
}
