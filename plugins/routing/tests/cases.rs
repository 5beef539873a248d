//! What the plugin says about routing, each case beside the one that only looks like it.
#![allow(clippy::expect_used, reason = "a test may panic")]

use mailmedic_plugin_sdk::mock::{Case, Said};
use mailmedic_plugin_sdk::{FactId, KnownNumber, KnownText, Stage};

const HOPS: &str = "host {host} said: 554 5.4.0 Error: too many hops";

fn run(case: &Case) -> Said {
    let mut said = Said::default();
    mailmedic_routing::examine(case, &mut said).expect("nothing is refused here");
    assert_eq!(said.repeated(), Vec::<&str>::new(), "each finding is judged once");
    said
}

fn waiting(case: &mut Case, lengths: &[u64]) -> FactId {
    let last = lengths.last().copied().unwrap_or_default();
    let queue = case.queue(Stage::Routing, "Messages waiting to be routed", last as f64, None);
    case.series(queue, lengths);
    queue
}

#[test]
fn with_nothing_known_nothing_is_judged() {
    let said = run(&Case::default());
    assert_eq!((said.present.len(), said.absent.len(), said.unknown.len(), said.derived.len()), (0, 0, 0, 0));
}

#[test]
fn a_backlog_begins_suddenly_or_lasts() {
    let mut case = Case::default();
    let queue = waiting(&mut case, &[0, 1, 0, 120, 240, 400]);
    let said = run(&case);
    assert_eq!(said.because("backs-up-suddenly"), [queue]);
    assert!(!said.is_absent("backs-up-for-long"), "it backs up, one way or the other");
    assert_eq!(said.text("backlog.onset"), Some("sudden"));
    case.series(queue, &[150, 200, 280, 330, 400]);
    let said = run(&case);
    assert_eq!(said.findings(), ["backs-up-for-long"]);
    assert_eq!(said.text("backlog.onset"), Some("lasting"));
    case.series(queue, &[400, 400, 400]);
    assert_eq!(run(&case).findings(), ["backs-up-for-long"], "nothing leaves");
}

#[test]
fn with_the_engine_stopped_that_is_the_reason() {
    let mut case = Case::default();
    waiting(&mut case, &[0, 1, 0, 120, 240, 400]);
    case.service("RESvc", "stopped");
    assert!(run(&case).is_absent("backs-up-suddenly"));
    case.services[0].state = "running".to_owned();
    assert!(run(&case).is_present("backs-up-suddenly"));
}

#[test]
fn what_drains_or_is_empty_is_no_backlog() {
    let mut case = Case::default();
    let queue = waiting(&mut case, &[0, 0, 300, 40, 0, 0, 1, 0, 250, 10, 0, 0]);
    assert_eq!(run(&case).findings(), ["peaks-and-drains"]);
    case.series(queue, &[]);
    assert!(run(&case).is_absent("backs-up-for-long"), "it is empty");
    case.queues[0].messages = KnownNumber::Value(1.0);
    assert_eq!(run(&case).missing("backs-up-for-long"), ["queue * routing"], "one message at one time says nothing");
}

#[test]
fn link_states_are_stale_where_exchange_fails_and_a_state_does_not_fit() {
    let mut case = Case::default();
    let event = case.event("MSExchangeTransport", 961, "The link state could not be exchanged.");
    assert!(!run(&case).is_present("link-state-is-stale"));
    case.connector("Branch", &["SMTP:branch.example;1"], "gw.branch.example", "up");
    let queue = case.queue(Stage::RemoteDelivery, "gw.branch.example", 90.0, Some("The remote server did not respond"));
    let said = run(&case);
    assert_eq!(said.because("link-state-is-stale"), [event, queue]);
    assert_eq!(said.text("link.mismatch"), Some("Branch up/retry"));
    case.connectors[0].state = KnownText::Value("down".to_owned());
    assert!(run(&case).is_absent("link-state-is-stale"), "the state is right");
    case.connectors[0].state = KnownText::Value("up".to_owned());
    case.queues[0].oldest = KnownNumber::Value(60.0);
    assert!(run(&case).is_absent("link-state-is-stale"), "it could not be known yet");
    case.queues[0].oldest = KnownNumber::Value(6_000.0);
    case.events[0].number = 994;
    assert_eq!(run(&case).missing("link-state-is-stale"), ["event MSExchangeTransport *"], "a leaf group suppresses a state");
}

#[test]
fn a_connector_that_asks_the_dns_is_never_shown_as_down() {
    let mut case = Case::default();
    case.event("MSExchangeTransport", 961, "The link state could not be exchanged.");
    case.connector("Internet", &["SMTP:branch.example;1"], "", "up");
    case.queue(Stage::RemoteDelivery, "branch.example", 90.0, Some("The remote server did not respond"));
    assert!(run(&case).is_absent("link-state-is-stale"));
}

#[test]
fn link_states_are_stale_where_exchange_fails_and_routing_backs_up() {
    let mut case = Case::default();
    case.event("MSExchangeTransport", 929, "No connection to the master.");
    let queue = waiting(&mut case, &[10, 90, 200]);
    assert_eq!(run(&case).because("link-state-is-stale")[1], queue);
}

#[test]
fn a_domain_that_loops_is_told_from_a_recipient_that_does() {
    let mut case = Case::default();
    case.outcome(Stage::RemoteDelivery, "branch.example", Some("gw.branch.example"), "bounced", HOPS, 12);
    assert_eq!(run(&case).missing("whole-domain-loops"), ["outcome * remote-delivery"], "successes would not be seen");
    case.outcome(Stage::RemoteDelivery, "other.example", Some("mx.other.example"), "sent", "ok", 90);
    let said = run(&case);
    assert_eq!(said.findings(), ["whole-domain-loops"]);
    assert_eq!(said.text("loop.destination"), Some("branch.example"));
    case.outcome(Stage::RemoteDelivery, "branch.example", Some("gw.branch.example"), "sent", "ok", 30);
    assert_eq!(run(&case).findings(), ["one-recipient-loops"]);
}

#[test]
fn reports_name_recipients() {
    let mut case = Case::default();
    case.bounce("a@branch.example", Some("5.4.6"), "the message came through too many hosts");
    assert_eq!(run(&case).findings(), Vec::<&str>::new());
    case.bounce("b@branch.example", Some("5.4.6"), "the message came through too many hosts");
    let said = run(&case);
    assert_eq!((said.findings(), said.number("loop.recipients")), (vec!["whole-domain-loops"], Some(2.0)));
    case.bounces.iter_mut().for_each(|bounce| bounce.reply = "RESOLVER.FWD.Loop; forwarding loop detected".to_owned());
    assert!(run(&case).is_absent("whole-domain-loops"), "a forwarding says so itself");
}

#[test]
fn events_of_reports_name_them_too() {
    let mut case = Case::default();
    for name in ["a", "b"] {
        let text = format!(
            "A non-delivery report with a status code of 5.4.6 was generated for recipient rfc822;{name}@branch.example (Message-ID <1@x.example>)."
        );
        case.event("MSExchangeTransport", 3018, &text);
    }
    assert_eq!(run(&case).findings(), ["whole-domain-loops"]);
    case.events[1].message = case.events[1].message.replace("5.4.6", "5.1.1");
    assert_eq!(run(&case).findings(), Vec::<&str>::new());
}

#[test]
fn mail_that_the_next_hop_sends_back_goes_round() {
    let mut case = Case::default();
    case.outcome(Stage::Submission, "branch.example", Some("gw.branch.example"), "rejected", "554 5.4.0 Error: too many hops", 5);
    assert!(!run(&case).is_present("sent-back-by-next-hop"));
    case.outcome(Stage::RemoteDelivery, "branch.example", Some("gw.branch.example[192.0.2.7]:25"), "sent", "ok", 40);
    let said = run(&case);
    assert!(said.is_present("sent-back-by-next-hop"));
    assert_eq!(said.text("loop.path"), Some("gw.branch.example"));
    case.outcomes[1].1.next_hop = Some("mx.other.example".to_owned());
    assert!(run(&case).is_absent("sent-back-by-next-hop"), "another host sends it");
}

#[test]
fn hops_to_and_fro_are_a_loop_and_a_filter_is_none() {
    let mut case = Case::default();
    for turn in 0..2 {
        case.hop("<m1>", turn * 60, "a.example", "b.example");
        case.hop("<m1>", turn * 60 + 30, "b.example", "a.example");
    }
    assert!(run(&case).is_absent("sent-back-by-next-hop"));
    case.hop("<m1>", 200, "a.example", "b.example");
    assert_eq!(run(&case).text("loop.path"), Some("a.example ⇄ b.example"));
}

#[test]
fn a_relay_that_is_this_server_leads_back() {
    let mut case = Case::default();
    case.setting("relayhost", "[mail.example.com]");
    assert!(run(&case).missing("next-hop-is-this-server").contains(&"setting myhostname"));
    case.setting("myhostname", "mail.example.com");
    assert_eq!(run(&case).findings(), ["next-hop-is-this-server"]);
    case.settings[0].value = "[mail.example.com]:10025".to_owned();
    assert_eq!(run(&case).findings(), Vec::<&str>::new(), "a filter on this host");
    case.settings[0].value = "relay.example.net".to_owned();
    assert!(run(&case).is_absent("next-hop-is-this-server"));
    case.setting("host.addresses", "192.0.2.1, 192.0.2.2");
    case.answer("relay.example.net", "A", "answer");
    case.dns[0].answers.push("192.0.2.2".to_owned());
    assert_eq!(run(&case).findings(), ["next-hop-is-this-server"]);
}

#[test]
fn a_smart_host_of_a_connector_is_a_next_hop_too() {
    let mut case = Case::default();
    case.connector("Loop", &["SMTP:*;1"], "MAIL01.example.com", "up");
    case.setting("vs.fqdn", "mail01.example.com");
    assert!(run(&case).is_present("next-hop-is-this-server"));
    case.connectors[0].smart_host = Some("mail02.example.com".to_owned());
    assert!(run(&case).is_absent("next-hop-is-this-server"));
}

#[test]
fn absurd_input_is_survived() {
    let mut case = Case::default();
    let odd = case.queue(Stage::Routing, "", -5.0, None);
    case.samples.insert(odd, Vec::new());
    case.queue(Stage::Routing, "no number", f64::NAN, None);
    case.outcome(Stage::RemoteDelivery, "*", None, "bounced", "too many hops", u64::MAX);
    case.outcome(Stage::RemoteDelivery, "", None, "bounced", "too many hops", 0);
    case.bounce("no address", Some("5.4.6"), "");
    case.event("MSExchangeTransport", 3018, "5.4.6 rfc822;");
    case.setting("relayhost", "[[[:::]");
    case.setting("host.addresses", "");
    assert_eq!(run(&case).findings(), Vec::<&str>::new());
}

#[test]
fn ten_thousand_queues_outcomes_and_hops_take_no_time() {
    let mut case = Case::default();
    for number in 0..10_000_i64 {
        let queue = case.queue(Stage::Routing, &format!("q{number}"), 5.0, None);
        case.series(queue, &[1, 3, 5]);
        case.queue(Stage::RemoteDelivery, &format!("mx.d{number}.example"), 5.0, Some("timed out"));
        case.outcome(Stage::RemoteDelivery, &format!("d{number}.example"), Some("mx"), "bounced", HOPS, 4);
        case.bounce(&format!("u{number}@d1.example"), Some("5.4.6"), "too many hops");
        case.hop("<m1>", number, "a.example", &format!("b{number}.example"));
    }
    (0..200).for_each(|number| _ = case.connector(&format!("c{number}"), &["SMTP:x.example"], "gw.example", "up"));
    let start = std::time::Instant::now();
    assert!(run(&case).is_present("whole-domain-loops"));
    assert!(start.elapsed().as_secs() < 5, "{:?}", start.elapsed());
}

#[test]
fn everything_declared_can_be_said() {
    let declared = include_str!("../plugin.toml");
    let sources = [
        include_str!("../src/lib.rs"),
        include_str!("../src/link.rs"),
        include_str!("../src/loops.rs"),
        include_str!("../src/own.rs"),
        include_str!("../src/round.rs"),
        "\"queue.trend\" \"queue.growth\"",
    ];
    let source = sources.concat();
    for line in declared.lines().filter_map(|line| line.strip_prefix("id = ").or(line.strip_prefix("name = "))) {
        assert!(line == "\"routing\"" || source.contains(line), "{line} is declared and never said");
    }
}
