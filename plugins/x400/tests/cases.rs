//! What the plugin says about X.400 queues, each case beside the one that only looks like it.
#![allow(clippy::expect_used, reason = "a test may panic")]

use mailmedic_plugin_sdk::mock::{Case, Said};
use mailmedic_plugin_sdk::{FactId, KnownNumber, KnownText, Stage};

const NO_RPC: &str = "An RPC communications error occurred. Unable to bind over RPC. Comms error 1722, Bind error 0, Remote Server Name MAIL02, Protocol String ncacn_ip_tcp:192.0.2.22";

fn run(case: &Case) -> Said {
    let mut said = Said::default();
    mailmedic_x400::examine(case, &mut said).expect("nothing is refused here");
    assert_eq!(said.repeated(), Vec::<&str>::new(), "each finding is judged once");
    said
}

fn queue(case: &mut Case, name: &str, state: &str, messages: f64) -> FactId {
    let id = case.queue(Stage::X400, name, messages, None);
    let added = case.queues.last_mut().expect("one was just added");
    added.state = KnownText::Value(state.to_owned());
    id
}

#[test]
fn with_nothing_known_nothing_is_judged() {
    let said = run(&Case::default());
    assert_eq!((said.present.len(), said.absent.len(), said.derived.len()), (0, 0, 0));
}

#[test]
fn one_queue_in_retry_beside_others_that_move_is_that_neighbour() {
    let mut case = Case::default();
    let failing = queue(&mut case, "Microsoft MTA (MAIL02)", "retry", 40.0);
    assert_eq!(run(&case).missing("one-neighbour-fails"), ["queue * x400"], "one alone does not say");
    queue(&mut case, "X400 to Partner", "ready", 0.0);
    assert_eq!(run(&case).missing("one-neighbour-fails"), ["queue * x400"], "it may have had nothing to send");
    case.queues[1].state = KnownText::Value("active".to_owned());
    let said = run(&case);
    assert_eq!(said.findings(), ["one-neighbour-fails"]);
    assert_eq!(said.because("one-neighbour-fails"), [failing]);
    assert_eq!((said.text("failing.scope"), said.text("waiting.clients")), (Some("one-next-hop"), Some("exchange-5.5")));
    case.service("MSExchangeMTA", "stopped");
    assert!(run(&case).is_absent("one-neighbour-fails"));
}

#[test]
fn where_none_moves_it_is_the_agent() {
    let mut case = Case::default();
    queue(&mut case, "Microsoft MTA (MAIL02)", "retry", 40.0);
    queue(&mut case, "X400 to Partner", "retry", 12.0);
    let said = run(&case);
    assert_eq!(said.findings(), ["every-neighbour-fails"]);
    assert_eq!((said.text("failing.scope"), said.number("waiting.messages")), (Some("everything"), Some(52.0)));
    case.service("MSExchangeMTA", "running");
    assert_eq!(run(&case).findings(), ["every-neighbour-fails-beside-running-mta"]);
    case.services[0].state = "stopped".to_owned();
    assert_eq!(run(&case).findings(), Vec::<&str>::new(), "a rule says that already");
    case.services.clear();
    queue(&mut case, "X400 to Other", "active", 3.0);
    assert_eq!(run(&case).findings(), Vec::<&str>::new(), "one moves, two do not");
}

#[test]
fn a_queue_that_nobody_holds_and_that_grows_fails_without_an_error() {
    let mut case = Case::default();
    let growing = queue(&mut case, "X400 to Partner", "ready", 90.0);
    case.series(growing, &[5, 30, 60, 90]);
    let other = queue(&mut case, "Microsoft MTA (MAIL02)", "ready", 4.0);
    case.series(other, &[60, 40, 20, 4]);
    assert_eq!(run(&case).findings(), ["one-queue-grows"]);
    assert!(run(&case).is_absent("one-neighbour-fails"), "it is not tried in vain");
    case.queues[0].state = KnownText::Value("frozen".to_owned());
    assert_eq!(run(&case).findings(), Vec::<&str>::new(), "somebody froze it");
}

#[test]
fn a_queue_that_stands_still_with_an_open_association_has_a_bad_head() {
    let mut case = Case::default();
    let stuck = queue(&mut case, "X400 to Partner", "active", 44.0);
    assert_eq!(run(&case).missing("head-of-queue-blocks"), ["queue * x400"]);
    case.series(stuck, &[44, 44, 44, 44]);
    assert_eq!(run(&case).findings(), ["head-of-queue-blocks"]);
    case.queues[0].state = KnownText::Value("retry".to_owned());
    assert!(run(&case).is_absent("head-of-queue-blocks"), "there is no association");
    case.queues[0].state = KnownText::Value("active".to_owned());
    case.series(stuck, &[90, 70, 50, 44]);
    assert!(run(&case).is_absent("head-of-queue-blocks"), "it moves");
}

#[test]
fn an_event_counts_for_the_queue_of_the_server_that_it_names() {
    let mut case = Case::default();
    let waiting = queue(&mut case, "Microsoft MTA (MAIL02)", "retry", 40.0);
    let event = case.event("MSExchangeMTA", 9318, NO_RPC);
    let said = run(&case);
    assert_eq!(said.findings(), ["event-names-the-neighbour"]);
    assert_eq!(said.because("event-names-the-neighbour"), [event, waiting]);
    assert_eq!(said.text("association.failure"), Some("unreachable"));
    case.queues[0].name = "Microsoft MTA (MAIL03)".to_owned();
    assert!(run(&case).is_absent("event-names-the-neighbour"));
    case.queues[0].name = "Microsoft MTA (MAIL02)".to_owned();
    case.service("MSExchangeMTA", "stopped");
    assert!(!run(&case).is_present("event-names-the-neighbour"), "nothing moves while the agent is stopped");
    case.services.clear();
    case.events.clear();
    assert_eq!(run(&case).missing("event-names-the-neighbour"), ["event MSExchangeMTA *"]);
}

#[test]
fn the_limit_of_associations_needs_its_words_and_messages_that_wait() {
    let mut case = Case::default();
    queue(&mut case, "X400 to Partner", "active", 90.0);
    let event =
        case.event("MSExchangeMTA", 57, "The limit on the number of associations allowed to and from entity Partner has been reached.");
    assert_eq!(run(&case).because("associations-exhausted")[0], event);
    case.queues[0].messages = KnownNumber::Value(0.0);
    assert!(run(&case).is_absent("associations-exhausted"), "nothing waits");
    case.queues[0].messages = KnownNumber::Value(90.0);
    case.events[0].message = "Something else happened.".to_owned();
    assert!(run(&case).is_absent("associations-exhausted"));
}

#[test]
fn an_error_of_the_database_is_why_the_agent_does_not_run() {
    let mut case = Case::default();
    let event = case.event("MSExchangeMTA", 2110, "An error occurred in the file DB000001.DAT.");
    assert_eq!(run(&case).missing("database-stops-mta"), ["service msexchangemta"]);
    let service = case.service("MSExchangeMTA", "stopped");
    assert_eq!(run(&case).because("database-stops-mta"), [event, service]);
    case.services[0].state = "running".to_owned();
    assert!(run(&case).is_absent("database-stops-mta"));
    case.services[0].state = "stopped".to_owned();
    case.events[0].level = "information".to_owned();
    assert!(!run(&case).is_present("database-stops-mta"), "a message of a healthy start");
}

#[test]
fn the_queue_of_what_is_routed_again_is_empty_but_for_moments() {
    let mut case = Case::default();
    let reroute = queue(&mut case, "PendingRerouteQ", "ready", 30.0);
    assert_eq!(run(&case).missing("reroute-queue-fills"), ["queue PendingRerouteQ"]);
    case.queues[0].oldest = KnownNumber::Value(7_200.0);
    let said = run(&case);
    assert_eq!(said.because("reroute-queue-fills"), [reroute]);
    assert!(!said.is_present("one-neighbour-fails"), "it belongs to no neighbour");
    case.queues[0].messages = KnownNumber::Value(0.0);
    assert!(run(&case).is_absent("reroute-queue-fills"));
}

#[test]
fn a_gateway_alone_waits_for_its_service() {
    let mut case = Case::default();
    let out = queue(&mut case, "MTS-OUT (Connector for Lotus Notes)", "ready", 60.0);
    case.queues[0].oldest = KnownNumber::Value(9_000.0);
    assert_eq!(run(&case).missing("only-gateway-waits"), ["queue * x400"]);
    queue(&mut case, "X400 to Partner", "ready", 0.0);
    let said = run(&case);
    assert_eq!(said.findings(), ["only-gateway-waits"]);
    assert_eq!(said.because("only-gateway-waits"), [out]);
    assert_eq!(said.text("waiting.clients"), Some("gateway"));
    case.queues[1].state = KnownText::Value("retry".to_owned());
    case.queues[1].messages = KnownNumber::Value(80.0);
    assert!(run(&case).is_absent("only-gateway-waits"), "others wait too");
}

#[test]
fn absurd_input_is_survived() {
    let mut case = Case::default();
    queue(&mut case, "", "", -5.0);
    let odd = queue(&mut case, "（X.400）", "retry", f64::NAN);
    case.samples.insert(odd, Vec::new());
    queue(&mut case, "one", "retry", 1.0);
    case.event("MSExchangeMTA", 9318, "");
    let said = run(&case);
    assert_eq!(said.number("waiting.messages"), Some(1.0));
    assert_eq!(said.text("failing.scope"), Some("one-next-hop"));
}

#[test]
fn ten_thousand_queues_and_events_take_no_time() {
    let mut case = Case::default();
    for number in 0..10_000_u32 {
        let id = queue(&mut case, &format!("Microsoft MTA (SRV{number})"), "retry", 5.0);
        case.series(id, &[1, 3, 5]);
        case.event("MSExchangeMTA", 9318, &format!("Remote Server Name OTHER{number}"));
    }
    let start = std::time::Instant::now();
    assert!(run(&case).is_present("every-neighbour-fails"));
    assert!(start.elapsed().as_secs() < 5, "{:?}", start.elapsed());
}

#[test]
fn everything_declared_can_be_said() {
    let declared = include_str!("../plugin.toml");
    let sources = [include_str!("../src/lib.rs"), include_str!("../src/events.rs"), "\"queue.trend\" \"queue.growth\""].concat();
    for line in declared.lines().filter_map(|line| line.strip_prefix("id = ").or(line.strip_prefix("name = "))) {
        assert!(line == "\"x400\"" || sources.contains(line), "{line} is declared and never said");
    }
}
