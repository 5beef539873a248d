//! What the plugin says about remote delivery, each case beside the one that only looks like it.
#![allow(clippy::expect_used, reason = "a test may panic")]

use mailmedic_plugin_sdk::mock::{Case, Said};
use mailmedic_plugin_sdk::{Connector, KnownText, Stage};

const TIMED_OUT: &str = "connect to {host}[{ip}]:25: Connection timed out";
const REFUSED: &str = "connect to {host}[{ip}]:25: Connection refused";
const TRY_AGAIN: &str = "Host or domain name not found. Name service error for name={domain} type=MX: Host not found, try again";

fn run(case: &Case) -> Said {
    let mut said = Said::default();
    mailmedic_remote_delivery::examine(case, &mut said).expect("nothing is refused here");
    assert_eq!(said.repeated(), Vec::<&str>::new(), "each finding is judged once");
    said
}

/// A case whose log was read in full.
fn logged() -> Case {
    Case { listed: vec!["outcome * remote-delivery".to_owned()], ..Case::default() }
}

fn deferred(case: &mut Case, destination: &str, text: &str) -> u32 {
    case.outcome(Stage::RemoteDelivery, destination, None, "deferred", text, 10)
}

fn sent(case: &mut Case, destination: &str, messages: u64) -> u32 {
    case.outcome(Stage::RemoteDelivery, destination, Some(&format!("mx.{destination}[192.0.2.1]:25")), "sent", "250 ok", messages)
}

#[test]
fn unrelated_destinations_that_all_time_out_are_the_way_out() {
    let mut case = logged();
    let first = deferred(&mut case, "partner.example", TIMED_OUT);
    deferred(&mut case, "customer.test", TIMED_OUT);
    let said = run(&case);
    assert_eq!(said.findings(), ["every-destination-times-out"]);
    assert!(said.because("every-destination-times-out").contains(&first));
    assert_eq!(said.text("failing.scope"), Some("everything"));
    assert_eq!(said.text("failing.hosts"), Some("customer.test, partner.example"));
}

#[test]
fn two_mx_hosts_of_one_organisation_are_one_destination() {
    let mut case = logged();
    for host in ["mx1.partner.example[198.51.100.11]:25", "mx2.partner.example[198.51.100.12]:25"] {
        case.outcome(Stage::RemoteDelivery, "partner.example", Some(host), "deferred", TIMED_OUT, 5);
    }
    let said = run(&case);
    assert_eq!(said.findings(), Vec::<&str>::new());
    assert_eq!(said.missing("every-destination-times-out"), ["outcome * remote-delivery", "smtp *"]);
    assert_eq!(said.text("failing.scope"), None, "one of one says nothing about the scope");
}

#[test]
fn a_delivery_elsewhere_makes_it_that_destination() {
    let mut case = logged();
    deferred(&mut case, "partner.example", TIMED_OUT);
    sent(&mut case, "customer.test", 90);
    let said = run(&case);
    assert_eq!(said.findings(), ["one-destination-is-silent"]);
    assert!(said.is_absent("every-destination-times-out"));
    assert_eq!(said.text("failing.scope"), Some("one-destination"));
}

#[test]
fn a_refusal_by_a_remote_proves_the_way_out_as_well_as_a_delivery() {
    let mut case = logged();
    deferred(&mut case, "partner.example", TIMED_OUT);
    deferred(&mut case, "customer.test", "host {host} said: 450 4.2.0 Greylisted");
    let said = run(&case);
    assert_eq!(said.findings(), ["one-destination-is-silent"]);
    assert!(said.is_absent("every-destination-times-out"));
}

#[test]
fn a_probe_that_connects_clears_port_25() {
    let mut case = logged();
    deferred(&mut case, "partner.example", TIMED_OUT);
    deferred(&mut case, "customer.test", TIMED_OUT);
    case.session("mx.other.invalid", 25, "ok");
    assert!(run(&case).is_absent("every-destination-times-out"));
}

#[test]
fn a_list_of_what_waits_shows_dead_domains_on_any_day() {
    let mut case = Case::default();
    deferred(&mut case, "dead.example", TIMED_OUT);
    deferred(&mut case, "gone.test", TIMED_OUT);
    assert_eq!(run(&case).findings(), Vec::<&str>::new());
    deferred(&mut case, "third.invalid", TIMED_OUT);
    assert_eq!(run(&case).findings(), ["every-destination-times-out"]);
}

#[test]
fn one_dead_domain_in_a_thousand_deliveries_is_an_ordinary_day() {
    let mut case = logged();
    deferred(&mut case, "dead.example", TIMED_OUT);
    (0..100).for_each(|n| _ = sent(&mut case, &format!("d{n}.test"), 10));
    let said = run(&case);
    assert_eq!(said.findings(), Vec::<&str>::new());
    assert!(said.number("failing.share").is_some_and(|share| share < 0.02));
}

#[test]
fn what_healed_is_over() {
    let mut case = logged();
    deferred(&mut case, "partner.example", TIMED_OUT);
    deferred(&mut case, "customer.test", TIMED_OUT);
    case.outcomes.iter_mut().for_each(|(_, outcome)| outcome.healed = true);
    let said = run(&case);
    assert_eq!(said.findings(), Vec::<&str>::new());
    assert!(said.is_absent("every-destination-times-out"));
}

#[test]
fn deliveries_before_the_break_do_not_speak_against_it() {
    let mut case = logged();
    (0..50).for_each(|n| _ = sent(&mut case, &format!("d{n}.test"), 10));
    for name in ["a.example", "b.invalid", "c.test"] {
        deferred(&mut case, name, TIMED_OUT);
    }
    for (_, outcome) in case.outcomes.iter_mut().filter(|(_, outcome)| outcome.status == "deferred") {
        (outcome.first, outcome.last) = (1_700_003_700, 1_700_009_000);
    }
    assert_eq!(run(&case).findings(), ["every-destination-times-out"]);
}

#[test]
fn everything_behind_a_configured_relay_is_the_relay() {
    let mut case = logged();
    case.setting("relayhost", "[relay.isp.example]");
    for name in ["a.example", "b.test", "c.invalid"] {
        case.outcome(Stage::RemoteDelivery, name, Some("relay.isp.example[198.51.100.31]:25"), "deferred", REFUSED, 4);
    }
    let said = run(&case);
    assert_eq!(said.findings(), ["relay-does-not-answer"]);
    assert_eq!(said.text("relay.host"), Some("[relay.isp.example]"));
}

#[test]
fn a_relay_that_rejects_one_message_answers() {
    let mut case = logged();
    case.setting("relayhost", "[relay.isp.example]");
    let hop = Some("relay.isp.example[198.51.100.31]:25");
    case.outcome(Stage::RemoteDelivery, "a.example", hop, "deferred", REFUSED, 4);
    case.outcome(Stage::RemoteDelivery, "b.test", hop, "bounced", "host {host} said: 550 5.7.1 no", 1);
    assert!(run(&case).is_absent("relay-does-not-answer"));
}

#[test]
fn with_a_relay_a_failed_lookup_is_that_of_the_relay() {
    let mut case = logged();
    case.setting("relayhost", "relay.isp.example");
    deferred(&mut case, "a.example", TRY_AGAIN);
    deferred(&mut case, "b.test", TRY_AGAIN);
    assert_eq!(run(&case).findings(), ["relay-name-fails"]);
    case.answer("relay.isp.example", "A", "answer");
    assert!(run(&case).is_absent("relay-name-fails"));
}

#[test]
fn without_a_relay_failed_lookups_of_unrelated_domains_are_the_dns_server() {
    let mut case = logged();
    deferred(&mut case, "a.example", TRY_AGAIN);
    deferred(&mut case, "b.test", TRY_AGAIN);
    let said = run(&case);
    assert_eq!(said.findings(), ["every-lookup-fails"]);
    assert_eq!(said.missing("relay-name-fails"), ["setting relayhost", "connector *"]);
}

#[test]
fn one_domain_that_cannot_be_looked_up_is_that_domain() {
    let mut case = logged();
    deferred(&mut case, "a.example", TRY_AGAIN);
    deferred(&mut case, "b.test", TIMED_OUT);
    let said = run(&case);
    assert!(said.is_present("one-domain-lookup-fails"), "the time-out proves that b.test was looked up");
    assert!(said.is_absent("every-lookup-fails"));
}

#[test]
fn queues_with_last_errors_count_as_outcomes_do() {
    let mut case = Case::default();
    for name in ["a.example", "b.test", "c.invalid"] {
        case.queue(Stage::RemoteDelivery, name, 30.0, Some("The remote server did not respond to a connection attempt."));
    }
    assert_eq!(run(&case).findings(), ["every-destination-times-out"]);
}

#[test]
fn a_connector_queue_is_that_of_its_smart_host() {
    let mut case = Case::default();
    let id = case.id();
    case.connectors.push(Connector {
        id,
        name: "Internet".to_owned(),
        address_spaces: vec!["SMTP:*;1".to_owned()],
        smart_host: Some("relay.example.net".to_owned()),
        state: KnownText::Value("up".to_owned()),
        restrictions: Vec::new(),
    });
    case.queue(Stage::RemoteDelivery, "Internet", 120.0, Some("The remote server did not respond to a connection attempt."));
    assert_eq!(run(&case).findings(), ["relay-does-not-answer"]);
    case.connectors[0].address_spaces = vec!["SMTP:partner.example;1".to_owned()];
    assert_eq!(run(&case).findings(), Vec::<&str>::new());
}

#[test]
fn another_port_is_a_setting_of_this_server() {
    let mut case = logged();
    for name in ["a.example", "b.test"] {
        deferred(&mut case, name, "connect to {host}[{ip}]:26: Connection refused");
    }
    assert_eq!(run(&case).findings(), ["connects-to-another-port", "every-destination-refuses"]);
    let mut case = logged();
    case.setting("relayhost", "[relay.isp.example]:587");
    case.outcome(Stage::RemoteDelivery, "a.example", Some("relay.isp.example[198.51.100.31]:587"), "sent", "250 ok", 3);
    assert!(!run(&case).is_present("connects-to-another-port"), "a relay may listen on another port");
}

#[test]
fn a_content_filter_on_this_host_is_not_the_way_out() {
    let mut case = logged();
    for name in ["a.example", "b.test"] {
        deferred(&mut case, name, TIMED_OUT);
        case.outcome(Stage::RemoteDelivery, name, Some("127.0.0.1[127.0.0.1]:10024"), "sent", "250 queued", 10);
    }
    assert_eq!(run(&case).findings(), ["every-destination-times-out"], "a hand-over to the filter is no delivery");
    let mut case = logged();
    case.outcome(Stage::RemoteDelivery, "a.example", Some("127.0.0.1[127.0.0.1]:10024"), "deferred", REFUSED, 10);
    assert_eq!(run(&case).findings(), Vec::<&str>::new(), "nor is its failure one of a destination");
}

#[test]
fn several_destinations_behind_one_host_are_that_host() {
    let mut case = logged();
    for name in ["a.example", "b.test", "c.invalid"] {
        case.outcome(Stage::RemoteDelivery, name, Some("mx.hoster.example[198.51.100.9]:25"), "deferred", TIMED_OUT, 10);
    }
    sent(&mut case, "other.test", 50);
    let said = run(&case);
    assert_eq!(said.findings(), ["one-next-hop-fails"]);
    assert_eq!(said.text("failing.scope"), Some("one-next-hop"));
}

#[test]
fn many_that_distrust_are_about_us_and_one_is_about_them() {
    let listed = "host {host} said: 554 5.7.1 Client host [{ip}] blocked using bl.example";
    let mut case = logged();
    sent(&mut case, "other.test", 20);
    deferred(&mut case, "a.example", listed);
    assert!(run(&case).is_absent("many-destinations-distrust"));
    deferred(&mut case, "b.test", listed);
    deferred(&mut case, "c.invalid", listed);
    assert!(run(&case).is_present("many-destinations-distrust"));
}

#[test]
fn a_queue_that_grows_without_a_failure_is_not_tried() {
    let mut case = logged();
    let queue = case.queue(Stage::RemoteDelivery, "active", 900.0, None);
    case.series(queue, &[0, 200, 500, 900]);
    let said = run(&case);
    assert_eq!(said.findings(), ["grows-although-nothing-fails"]);
    assert_eq!(said.text("queue.trend"), Some("growing"));
    assert_eq!(said.number("queue.growth"), Some(3600.0));
    deferred(&mut case, "a.example", TIMED_OUT);
    assert!(run(&case).is_absent("grows-although-nothing-fails"));
    case.outcomes.clear();
    case.queues[0].state = KnownText::Value("frozen".to_owned());
    assert!(run(&case).is_absent("grows-although-nothing-fails"), "a held queue is another finding");
}

#[test]
fn with_nothing_known_nothing_is_judged() {
    let said = run(&Case::default());
    assert_eq!((said.present.len(), said.absent.len(), said.derived.len()), (0, 0, 0));
}

#[test]
fn ten_thousand_destinations_take_no_time() {
    let mut case = logged();
    (0..10_000).for_each(|n| _ = sent(&mut case, &format!("d{n}.example"), 3));
    (0..10_000).for_each(|n| _ = deferred(&mut case, &format!("e{n}.example"), TIMED_OUT));
    let start = std::time::Instant::now();
    let said = run(&case);
    assert!(said.is_absent("every-destination-times-out"));
    assert!(start.elapsed().as_secs() < 5, "{:?}", start.elapsed());
}

#[test]
fn the_host_takes_what_is_said_of_thousands_of_queues() {
    let mut case = Case::default();
    for number in 0..3_000 {
        let queue = case.queue(Stage::RemoteDelivery, &format!("q{number}"), 90.0, None);
        case.series(queue, &[10, 30, 60, 90]);
    }
    let said = run(&case);
    assert!(said.is_present("grows-although-nothing-fails"));
    assert!(said.derived.len() < 1_000, "{}", said.derived.len());
    assert!(said.present.iter().chain(&said.absent).all(|(_, because)| because.len() <= 50));
}

#[test]
fn everything_declared_can_be_said() {
    let declared = include_str!("../plugin.toml");
    let source = concat!(include_str!("../src/lib.rs"), include_str!("../src/evidence.rs"));
    for line in declared.lines().filter_map(|line| line.strip_prefix("id = ").or(line.strip_prefix("name = "))) {
        assert!(line == "\"remote-delivery\"" || source.contains(line), "{line} is declared and never said");
    }
}
