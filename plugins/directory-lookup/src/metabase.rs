//! The keys that switch the categorizer on and off (seed Q2.8).

use mailmedic_plugin_sdk::{FactId, Facts, Refused, Results, Setting};

/// Where the switch can stand. The host may hand out all places for one of them; each stays its own fact.
const PLACES: [&str; 3] = ["smtpsvc/*/DsUseCat", "smtpsvc/DsUseCat", "smtpsvc/*/RoutingSources/SmtpDsUseCat"];

/// What the keys of one virtual server say.
#[derive(Default)]
struct Switch {
    name: String,
    own: Option<(bool, FactId)>,
    routing: Option<(bool, FactId)>,
}

/// Says whether the categorizer is off for any virtual server. The key of a virtual server wins over that of the service, which it
/// inherits; the routing sources switch it off whatever the others say. A missing key is normal, and means on.
pub(crate) fn examine(facts: &impl Facts, results: &mut impl Results) -> Result<(), Refused> {
    const FINDING: &str = "categorizer-off";
    let mut settings: Vec<Setting> = Vec::new();
    for setting in PLACES.iter().flat_map(|place| facts.settings(place)) {
        if settings.iter().all(|known| known.id != setting.id) {
            settings.push(setting);
        }
    }
    let mut service = None;
    let mut servers: Vec<Switch> = Vec::new();
    for setting in &settings {
        let key = setting.key.to_ascii_lowercase();
        let parts: Vec<&str> = key.split('/').skip_while(|part| *part != "smtpsvc").skip(1).collect();
        let value = Some((is_on(&setting.value), setting.id));
        match parts.as_slice() {
            ["dsusecat"] => service = value,
            [name, "dsusecat"] => server(&mut servers, name).own = value,
            [name, "routingsources", ..] => server(&mut servers, name).routing = value,
            _ => {}
        }
    }
    if servers.is_empty() {
        servers.push(Switch::default());
    }
    for switch in &servers {
        for (on, id) in [switch.routing, switch.own.or(service)].into_iter().flatten() {
            if !on {
                return results.present(FINDING, &[id]);
            }
        }
    }
    if settings.is_empty() && !facts.listed("setting smtpsvc/*").is_known() {
        return results.unknown(FINDING, &["setting smtpsvc/*/DsUseCat"]);
    }
    let because: Vec<FactId> = settings.iter().map(|setting| setting.id).take(5).collect();
    results.absent(FINDING, &because)
}

fn server<'a>(servers: &'a mut Vec<Switch>, name: &str) -> &'a mut Switch {
    let at = servers.iter().position(|server| server.name == name).unwrap_or(servers.len());
    if at == servers.len() {
        servers.push(Switch { name: name.to_owned(), ..Switch::default() });
    }
    // `at` is below the length: either it was found there, or it was just pushed.
    #[expect(clippy::indexing_slicing, reason = "see above")]
    &mut servers[at]
}

fn is_on(value: &str) -> bool {
    !matches!(value.trim().to_ascii_lowercase().as_str(), "0" | "0x0" | "0x00000000" | "false")
}
