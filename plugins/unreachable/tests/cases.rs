//! What the plugin says about missing routes, each case beside the one that only looks like it.
#![allow(clippy::expect_used, reason = "a test may panic")]

use mailmedic_plugin_sdk::mock::{Case, Said};
use mailmedic_plugin_sdk::{KnownNumber, Stage};

const LACK: &str = "A matching connector cannot be found to route the external recipient";

fn run(case: &Case) -> Said {
    let mut said = Said::default();
    mailmedic_unreachable::examine(case, &mut said).expect("nothing is refused here");
    assert_eq!(said.repeated(), Vec::<&str>::new(), "each finding is judged once");
    said
}

/// Eighty messages have no reachable destination, and all connectors are known.
fn stuck() -> Case {
    let mut case = Case { listed: vec!["connector *".to_owned()], ..Case::default() };
    case.queue(Stage::Unreachable, "Final destination currently unreachable", 80.0, None);
    case
}

#[test]
fn with_nothing_known_nothing_is_judged() {
    let said = run(&Case::default());
    assert_eq!((said.present.len(), said.absent.len(), said.unknown.len(), said.derived.len()), (0, 0, 0, 0));
}

#[test]
fn an_empty_queue_lacks_no_route() {
    let mut case = stuck();
    case.queues[0].messages = KnownNumber::Value(0.0);
    case.connector("Partner", &["SMTP:partner.example;1"], "", "down");
    let said = run(&case);
    assert_eq!(said.findings(), Vec::<&str>::new());
    assert!(said.is_absent("down-without-alternate"));
    case.queues[0].messages = KnownNumber::Value(3.0);
    assert_eq!(run(&case).missing("down-without-alternate"), ["queue * unreachable"], "a few may only pass through");
    case.queues[0].messages = KnownNumber::Unknown("access denied".to_owned());
    assert_eq!(run(&case).missing("down-without-alternate"), ["queue * unreachable"]);
}

#[test]
fn a_connector_that_is_down_matters_where_no_other_serves_its_destinations() {
    let mut case = stuck();
    let down = case.connector("Partner", &["SMTP:*.partner.example;1"], "gw.partner.example", "down");
    case.connector("Notes", &["NOTES:*"], "", "up");
    let said = run(&case);
    assert_eq!(said.findings(), ["down-without-alternate"]);
    assert_eq!(said.text("route.failing"), Some("Partner"));
    assert!(said.because("down-without-alternate").contains(&down));
}

#[test]
fn an_alternate_that_is_up_is_not_used() {
    let mut case = stuck();
    case.connector("Partner", &["SMTP:partner.example;1"], "", "down");
    case.connector("Internet", &["SMTP:partner.example;50", "SMTP:*;1"], "", "up");
    let said = run(&case);
    assert_eq!(said.findings(), ["route-is-not-used"]);
    assert_eq!(said.text("route.alternate"), Some("Internet"));
    assert!(said.is_absent("down-without-alternate") && !said.is_absent("route-is-restricted"));
    case.connectors[1].restrictions.push("accepts messages from the group Sales only".to_owned());
    assert_eq!(run(&case).findings(), ["route-is-restricted"]);
}

#[test]
fn a_wider_address_space_is_no_alternate() {
    let mut case = stuck();
    case.connector("Partner", &["SMTP:partner.example;1"], "", "down");
    case.connector("Internet", &["SMTP:*;1"], "", "up");
    assert_eq!(run(&case).findings(), ["down-without-alternate"], "routing takes the closest space, up or down");
}

#[test]
fn without_a_listing_of_connectors_there_may_be_an_alternate() {
    let mut case = stuck();
    case.listed.clear();
    case.connector("Partner", &["SMTP:partner.example;1"], "", "down");
    let said = run(&case);
    assert_eq!(said.findings(), Vec::<&str>::new());
    assert_eq!(said.missing("down-without-alternate"), ["connector *", "outcome * unreachable"]);
}

#[test]
fn an_alternate_in_unknown_state_leaves_it_open() {
    let mut case = stuck();
    case.connector("Partner", &["SMTP:partner.example;1"], "", "down");
    case.connector("Other", &["SMTP:partner.example;50"], "", "");
    assert_eq!(run(&case).findings(), Vec::<&str>::new());
}

#[test]
fn a_queue_in_retry_for_some_time_is_a_route_that_is_down() {
    let mut case = stuck();
    case.connector("Partner", &["SMTP:partner.example;1"], "gw.partner.example", "");
    let retry = case.queue(Stage::RemoteDelivery, "gw.partner.example", 30.0, Some("The remote server did not respond"));
    case.queues[1].oldest = KnownNumber::Value(7_200.0);
    let said = run(&case);
    assert_eq!(said.findings(), ["down-without-alternate"]);
    assert!(said.because("down-without-alternate").contains(&retry));
    case.queues[1].oldest = KnownNumber::Value(120.0);
    assert_eq!(run(&case).findings(), Vec::<&str>::new(), "two minutes are not some time");
    case.queues[1].oldest = KnownNumber::Value(7_200.0);
    case.queues[1].name = "mx.other.example".to_owned();
    assert_eq!(run(&case).findings(), Vec::<&str>::new(), "it is the queue of another route");
}

#[test]
fn what_no_connector_serves_has_no_route_whatever_else_is_down() {
    let mut case = stuck();
    case.connector("Partner", &["SMTP:partner.example;1"], "", "down");
    case.outcome(Stage::Unreachable, "example.net", None, "deferred", LACK, 60);
    let said = run(&case);
    assert_eq!(said.findings(), ["no-connector-covers"]);
    assert_eq!(said.text("route.uncovered"), Some("example.net"));
    assert!(said.is_absent("down-without-alternate"));
    case.connectors[0].address_spaces.push("SMTP:*;10".to_owned());
    assert_eq!(run(&case).findings(), ["down-without-alternate"]);
}

#[test]
fn a_report_names_a_destination_too() {
    let mut case = Case { listed: vec!["connector *".to_owned()], ..Case::default() };
    case.connector("Partner", &["SMTP:partner.example;1"], "", "up");
    case.bounce("bob@example.net", Some("5.4.4"), LACK);
    assert_eq!(run(&case).findings(), ["no-connector-covers"]);
    case.bounces[0].recipient = "bob@partner.example".to_owned();
    assert_eq!(run(&case).findings(), ["route-is-not-used"]);
    case.bounces[0].reply = "There is currently no route to the mailbox database.".to_owned();
    assert_eq!(run(&case).findings(), Vec::<&str>::new(), "that is a route inside the organisation");
}

#[test]
fn connectors_without_address_spaces_could_serve_anything() {
    let mut case = stuck();
    case.connector("Partner", &["SMTP:partner.example;1"], "", "down");
    case.connector("Unread", &[], "", "up");
    assert_eq!(run(&case).findings(), Vec::<&str>::new());
}

#[test]
fn the_queue_grows_while_the_route_that_was_given_up_stands_still() {
    let mut case = Case::default();
    let queue = case.queue(Stage::Unreachable, "Unreachable", 300.0, None);
    let retry = case.queue(Stage::RemoteDelivery, "Partner", 40.0, Some("The remote server did not respond"));
    case.series(queue, &[0, 90, 200, 300]);
    assert_eq!(run(&case).missing("grows-while-retry-stands"), ["queue * remote-delivery"]);
    case.series(retry, &[40, 40, 40, 40]);
    let said = run(&case);
    assert_eq!(said.because("grows-while-retry-stands"), [queue, retry]);
    assert_eq!(said.text("queue.trend"), Some("growing"));
    case.series(retry, &[5, 20, 30, 40]);
    assert!(run(&case).is_absent("grows-while-retry-stands"), "mail still goes to that queue");
}

#[test]
fn three_unrelated_domains_without_a_route_are_the_servers_fault() {
    let mut case = Case::default();
    for domain in ["a.example", "b.test", "c.invalid"] {
        case.outcome(Stage::RemoteDelivery, domain, None, "bounced", "Unrouteable address", 4);
    }
    assert_eq!(run(&case).findings(), ["every-domain-unrouteable"]);
    case.outcome(Stage::RemoteDelivery, "d.example", Some("mx.d.example"), "sent", "ok", 90);
    assert!(run(&case).is_absent("every-domain-unrouteable"), "others have a route");
    case.outcomes.truncate(2);
    assert_eq!(run(&case).missing("every-domain-unrouteable"), ["outcome * remote-delivery"]);
}

#[test]
fn absurd_input_is_survived() {
    let mut case = stuck();
    case.queue(Stage::Unreachable, "", -5.0, None);
    let odd = case.queue(Stage::Unreachable, "one", 1.0, None);
    case.samples.insert(odd, Vec::new());
    case.connector("", &["", ";;;", "SMTP:", ":*", "SMTP:*;-1"], "", "sideways");
    case.outcome(Stage::Unreachable, "", None, "", "", 0);
    case.outcome(Stage::Unreachable, "*", None, "deferred", "{domain}", u64::MAX);
    assert!(!run(&case).is_present("no-connector-covers"));
}

#[test]
fn ten_thousand_queues_destinations_and_connectors_take_no_time() {
    let mut case = stuck();
    for number in 0..10_000 {
        case.queue(Stage::RemoteDelivery, &format!("mx.d{number}.example"), 5.0, Some("timed out"));
        case.outcome(Stage::Unreachable, &format!("d{number}.example"), None, "deferred", LACK, 1);
    }
    for number in 0..500 {
        case.connector(&format!("c{number}"), &[&format!("SMTP:e{number}.example;1")], "", "down");
    }
    let start = std::time::Instant::now();
    assert!(run(&case).is_present("no-connector-covers"));
    assert!(start.elapsed().as_secs() < 5, "{:?}", start.elapsed());
}

#[test]
fn everything_declared_can_be_said() {
    let declared = include_str!("../plugin.toml");
    let sources = [include_str!("../src/lib.rs"), include_str!("../src/cover.rs"), include_str!("../src/unrouteable.rs")];
    let source = [sources.concat(), "\"queue.trend\" \"queue.growth\"".to_owned()].concat();
    for line in declared.lines().filter_map(|line| line.strip_prefix("id = ").or(line.strip_prefix("name = "))) {
        assert!(line == "\"unreachable\"" || source.contains(line), "{line} is declared and never said");
    }
}
