//! What the plugin says about notifications, each case beside the one that only looks like it.
#![allow(clippy::expect_used, reason = "a test may panic")]

use mailmedic_plugin_sdk::Stage;
use mailmedic_plugin_sdk::mock::{Case, Said};

const DSN: &str = "DSN messages pending submission";

fn run(case: &Case) -> Said {
    let mut said = Said::default();
    mailmedic_dsn::examine(case, &mut said).expect("nothing is refused here");
    assert_eq!(said.repeated(), Vec::<&str>::new(), "each finding is judged once");
    said
}

fn with(messages: f64) -> (Case, u32) {
    let mut case = Case::default();
    let queue = case.queue(Stage::Dsn, DSN, messages, None);
    (case, queue)
}

#[test]
fn with_nothing_known_nothing_is_judged() {
    let said = run(&Case::default());
    assert_eq!((said.present.len(), said.absent.len(), said.derived.len()), (0, 0, 0));
}

#[test]
fn a_few_notifications_pass_through() {
    let (mut case, _) = with(3.0);
    case.queue(Stage::LocalDelivery, "local", 400.0, Some("The store is unavailable"));
    let said = run(&case);
    assert_eq!(said.findings(), Vec::<&str>::new());
    assert!(said.is_absent("local-delivery-waits-too"));
}

#[test]
fn what_local_delivery_does_tells_the_store_from_the_conversion() {
    let (mut case, queue) = with(120.0);
    assert_eq!(run(&case).missing("only-notifications-wait"), ["queue * local-delivery"]);
    case.queue(Stage::LocalDelivery, "local", 2.0, None);
    let said = run(&case);
    assert_eq!(said.findings(), ["only-notifications-wait"]);
    assert_eq!(said.because("only-notifications-wait"), [queue]);
    case.queue(Stage::LocalDelivery, "db2", 90.0, Some("The store is unavailable"));
    let said = run(&case);
    assert_eq!(said.findings(), ["local-delivery-waits-too"]);
    assert!(said.is_absent("only-notifications-wait"));
}

#[test]
fn a_stopped_store_needs_no_comparison() {
    let (mut case, _) = with(9_000.0);
    case.queue(Stage::LocalDelivery, "local", 2.0, None);
    case.service("MSExchangeIS", "stopped");
    assert_eq!(run(&case).findings(), Vec::<&str>::new());
}

#[test]
fn thousands_are_a_flood() {
    let (mut case, queue) = with(9_000.0);
    let store = case.service("MSExchangeIS", "running");
    let said = run(&case);
    assert_eq!(said.because("flood-of-notifications"), [queue, store]);
    let (case, _) = with(120.0);
    assert!(run(&case).is_absent("flood-of-notifications"));
}

#[test]
fn a_hundred_more_each_hour_are_a_flood() {
    let (mut case, queue) = with(200.0);
    case.series(queue, &[20, 80, 140, 200]);
    let said = run(&case);
    assert_eq!(said.findings(), ["flood-of-notifications"]);
    assert_eq!(said.number("queue.growth"), Some(720.0));
    case.series(queue, &[600, 500, 300, 200]);
    assert_eq!(run(&case).findings(), Vec::<&str>::new(), "they drain");
}

#[test]
fn a_converter_that_fails_counts_where_notifications_wait() {
    let (mut case, queue) = with(4.0);
    assert_eq!(run(&case).missing("conversion-fails-behind-notifications"), ["event MSExchangeIS *"]);
    let event = case.event("MSExchangeIS", 12002, "Error 8000FFFF occurred while processing message");
    assert_eq!(run(&case).because("conversion-fails-behind-notifications"), [event, queue]);
    let (mut none, _) = with(0.0);
    none.event("MSExchangeIS", 12002, "");
    assert!(run(&none).is_absent("conversion-fails-behind-notifications"));
    case.events[0].number = 1221;
    assert!(!run(&case).is_present("conversion-fails-behind-notifications"), "another event");
}

#[test]
fn a_last_error_of_the_converter_counts_too() {
    let mut case = Case::default();
    let queue = case.queue(Stage::Dsn, DSN, 4.0, Some("IMAIL returned an error"));
    assert_eq!(run(&case).because("conversion-fails-behind-notifications"), [queue]);
}

fn answers(domains: u32, unknown: u64) -> Case {
    let mut case = Case::default();
    case.outcome(Stage::LocalDelivery, "example.com", None, "bounced", "unknown user: \"{user}\"", unknown);
    case.outcome(Stage::LocalDelivery, "example.com", None, "sent", "delivered to mailbox", 200);
    for number in 0..domains {
        case.outcome(Stage::RemoteDelivery, &format!("forged{number}.test"), None, "deferred", "Connection refused", 1);
    }
    case
}

#[test]
fn answers_to_many_strangers_are_backscatter() {
    let said = run(&answers(40, 60));
    assert_eq!(said.findings(), ["answers-to-strangers"]);
    assert_eq!(said.number("bounced.strangers"), Some(40.0));
    assert!(run(&answers(3, 60)).is_absent("answers-to-strangers"), "three dead domains are an ordinary day");
    assert!(run(&answers(40, 2)).is_absent("answers-to-strangers"), "two mistyped addresses are");
    let mut refused = answers(40, 60);
    refused.outcomes[0].1.status = "rejected".to_owned();
    assert!(run(&refused).is_absent("answers-to-strangers"), "what is refused at the door is never answered");
}

#[test]
fn hosts_of_one_organisation_are_no_strangers() {
    let mut case = answers(0, 60);
    (0..40).for_each(|number| _ = case.outcome(Stage::RemoteDelivery, &format!("h{number}.one.test"), None, "deferred", "x", 1));
    assert!(run(&case).is_absent("answers-to-strangers"));
}

#[test]
fn a_hundred_small_queues_that_nobody_takes() {
    let mut case = Case::default();
    (0..150).for_each(|number| _ = case.queue(Stage::RemoteDelivery, &format!("forged{number}.test"), 2.0, Some("refused")));
    assert_eq!(run(&case).findings(), ["many-small-remote-queues"]);
    case.queues.truncate(40);
    assert!(run(&case).is_absent("many-small-remote-queues"));
    let mut busy = Case::default();
    (0..150).for_each(|number| _ = busy.queue(Stage::RemoteDelivery, &format!("forged{number}.test"), 2.0, None));
    assert!(run(&busy).is_absent("many-small-remote-queues"), "they are being delivered");
}

#[test]
fn odd_numbers_do_no_harm() {
    let (mut case, queue) = with(-4.0);
    assert_eq!(run(&case).findings(), Vec::<&str>::new());
    case.queues[0].messages = mailmedic_plugin_sdk::KnownNumber::Value(f64::NAN);
    case.series(queue, &[u64::MAX, 0, u64::MAX]);
    run(&case);
    let mut case = answers(0, u64::MAX);
    case.outcome(Stage::LocalDelivery, "", None, "bounced", "user unknown", u64::MAX);
    assert!(run(&case).missing("answers-to-strangers").len() == 2, "nothing went elsewhere");
}

#[test]
fn ten_thousand_queues_and_outcomes_take_no_time() {
    let mut case = answers(10_000, 60);
    (0..10_000).for_each(|number| _ = case.queue(Stage::RemoteDelivery, &format!("forged{number}.test"), 1.0, Some("refused")));
    (0..10_000).for_each(|number| _ = case.queue(Stage::Dsn, &format!("{DSN} {number}"), 100.0, None));
    let start = std::time::Instant::now();
    let said = run(&case);
    assert!(said.is_present("answers-to-strangers") && said.is_present("many-small-remote-queues"));
    assert!(said.present.iter().all(|(_, because)| because.len() <= 10));
    assert!(start.elapsed().as_secs() < 5, "{:?}", start.elapsed());
}

#[test]
fn everything_declared_can_be_said() {
    let declared = include_str!("../plugin.toml");
    let source = concat!(include_str!("../src/lib.rs"), include_str!("../src/flood.rs"));
    for line in declared.lines().filter_map(|line| line.strip_prefix("id = ").or(line.strip_prefix("name = "))) {
        assert!(line == "\"dsn\"" || source.contains(line), "{line} is declared and never said");
    }
}
