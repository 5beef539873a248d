//! What the plugin says about local delivery, each case beside the one that only looks like it.
#![allow(clippy::expect_used, reason = "a test may panic")]

use mailmedic_plugin_sdk::Stage;
use mailmedic_plugin_sdk::mock::{Case, Said};

const DIED: &str = "Command died with status 127: {path}";
const FULL: &str = "mailbox is full";

fn run(case: &Case) -> Said {
    let mut said = Said::default();
    mailmedic_local_delivery::examine(case, &mut said).expect("nothing is refused here");
    assert_eq!(said.repeated(), Vec::<&str>::new(), "each finding is judged once");
    said
}

fn logged() -> Case {
    Case { listed: vec!["outcome * local-delivery".to_owned()], ..Case::default() }
}

fn outcome(case: &mut Case, status: &str, text: &str, messages: u64) -> u32 {
    case.outcome(Stage::LocalDelivery, "example.com", None, status, text, messages)
}

#[test]
fn with_nothing_known_nothing_is_judged() {
    let said = run(&Case::default());
    assert_eq!((said.present.len(), said.absent.len(), said.derived.len()), (0, 0, 0));
}

#[test]
fn where_nothing_is_delivered_every_mailbox_is_concerned() {
    let mut case = logged();
    let failed = outcome(&mut case, "bounced", DIED, 4);
    let said = run(&case);
    assert_eq!(said.findings(), ["every-local-delivery-fails"]);
    assert_eq!(said.because("every-local-delivery-fails"), [failed]);
    assert_eq!(said.text("failing.scope"), Some("everything"));
}

#[test]
fn where_others_are_delivered_some_mailboxes_are() {
    let mut case = logged();
    outcome(&mut case, "deferred", FULL, 4);
    outcome(&mut case, "sent", "delivered to mailbox", 40);
    let said = run(&case);
    assert_eq!(said.findings(), ["some-mailboxes-fail"]);
    assert!(said.is_absent("every-local-delivery-fails"));
}

#[test]
fn one_full_mailbox_in_a_thousand_deliveries_is_an_ordinary_day() {
    let mut case = logged();
    outcome(&mut case, "deferred", FULL, 4);
    outcome(&mut case, "sent", "delivered to mailbox", 4_000);
    assert_eq!(run(&case).findings(), Vec::<&str>::new());
}

#[test]
fn a_list_of_what_waits_does_not_show_what_was_delivered() {
    let mut case = Case::default();
    outcome(&mut case, "deferred", FULL, 4);
    assert_eq!(run(&case).missing("every-local-delivery-fails"), ["outcome * local-delivery"]);
}

#[test]
fn unknown_users_are_the_senders_fault() {
    let mut case = logged();
    outcome(&mut case, "bounced", "unknown user: {user}", 400);
    assert!(run(&case).is_absent("every-local-delivery-fails"));
}

#[test]
fn what_broke_after_good_deliveries_is_broken() {
    let mut case = logged();
    outcome(&mut case, "sent", "delivered to mailbox", 4_000);
    outcome(&mut case, "bounced", DIED, 40);
    let failed = &mut case.outcomes[1].1;
    (failed.first, failed.last) = (1_700_004_000, 1_700_009_000);
    assert_eq!(run(&case).findings(), ["every-local-delivery-fails"]);
    case.outcomes[1].1.healed = true;
    assert_eq!(run(&case).findings(), Vec::<&str>::new());
}

#[test]
fn a_message_that_goes_round_three_times_loops_and_twice_does_not() {
    let mut case = Case::default();
    for turn in 0..2 {
        case.hop("<m1>", turn * 60, "a.example", "b.example");
        case.hop("<m1>", turn * 60 + 30, "b.example", "a.example");
    }
    assert!(run(&case).is_absent("messages-loop"), "a content filter hands each message back once");
    case.hop("<m1>", 200, "a.example", "b.example");
    let said = run(&case);
    assert_eq!(said.findings(), ["messages-loop"]);
    assert_eq!(said.text("loop.path"), Some("a.example → b.example → a.example"));
}

#[test]
fn many_messages_on_the_same_way_are_no_loop() {
    let mut case = Case::default();
    (0..50).for_each(|n| _ = case.hop(&format!("<m{n}>"), n, "a.example", "b.example"));
    assert!(run(&case).is_absent("messages-loop"));
}

#[test]
fn a_queue_that_grows_beside_a_running_store_is_slow() {
    let mut case = Case::default();
    let queue = case.queue(Stage::LocalDelivery, "example.com", 900.0, None);
    case.series(queue, &[10, 200, 500, 900]);
    assert_eq!(run(&case).missing("grows-while-store-runs"), ["service msexchangeis", "counter *"]);
    case.service("MSExchangeIS", "running");
    assert_eq!(run(&case).findings(), ["grows-while-store-runs"]);
    case.services[0].state = "stopped".to_owned();
    assert_eq!(run(&case).findings(), ["waits-for-stopped-store"]);
}

#[test]
fn a_queue_that_grows_with_an_error_is_refused_and_not_slow() {
    let mut case = Case::default();
    let queue = case.queue(Stage::LocalDelivery, "example.com", 900.0, Some("The store is unavailable"));
    case.series(queue, &[10, 200, 500, 900]);
    case.service("MSExchangeIS", "running");
    assert!(run(&case).is_absent("grows-while-store-runs"));
}

#[test]
fn a_counter_over_its_limit_is_a_witness_of_slowness() {
    let mut case = Case::default();
    let queue = case.queue(Stage::LocalDelivery, "example.com", 900.0, None);
    case.series(queue, &[10, 200, 500, 900]);
    case.counter("MSExchangeIS: RPC Averaged Latency", 20.0);
    assert!(!run(&case).is_present("grows-while-store-runs"));
    let counter = case.counter("MSExchangeIS: RPC Averaged Latency", 400.0);
    assert_eq!(run(&case).because("grows-while-store-runs"), [queue, counter]);
}

#[test]
fn one_database_that_fails_beside_others_is_that_database() {
    let mut case = Case::default();
    case.queue(Stage::LocalDelivery, "DB1", 10.0, Some("Mailbox database is offline"));
    assert_eq!(run(&case).missing("one-database-fails"), ["queue * local-delivery"], "one alone does not say");
    case.queue(Stage::LocalDelivery, "DB2", 0.0, None);
    assert_eq!(run(&case).findings(), ["one-database-fails"]);
    case.queues.remove(1);
    case.queue(Stage::LocalDelivery, "DB3", 5.0, Some("Mailbox database is offline"));
    assert_eq!(run(&case).findings(), ["every-database-fails"]);
}

#[test]
fn peaks_that_drain_are_peaks() {
    let mut case = Case::default();
    let queue = case.queue(Stage::LocalDelivery, "example.com", 0.0, None);
    case.series(queue, &[0, 0, 400, 50, 0, 0, 0, 300, 20, 0, 0]);
    assert_eq!(run(&case).findings(), ["peaks-and-drains"]);
}

#[test]
fn a_store_that_answers_busy_is_busy() {
    let mut case = logged();
    outcome(&mut case, "deferred", "432 4.3.2 STOREDRV.Deliver; dynamic mailbox database throttling limit exceeded", 30);
    outcome(&mut case, "sent", "delivered", 100);
    assert_eq!(run(&case).findings(), ["some-mailboxes-fail", "store-is-busy"]);
}

#[test]
fn ten_thousand_mailboxes_and_hops_take_no_time() {
    let mut case = logged();
    (0..10_000).for_each(|n| _ = case.outcome(Stage::LocalDelivery, &format!("u{n}"), None, "deferred", FULL, 1));
    (0..10_000).for_each(|n| _ = case.hop(&format!("<m{}>", n / 4), n, "a.example", &format!("b{}.example", n % 4)));
    let start = std::time::Instant::now();
    assert!(run(&case).is_present("every-local-delivery-fails"));
    assert!(start.elapsed().as_secs() < 5, "{:?}", start.elapsed());
}

#[test]
fn the_host_takes_what_is_said_of_thousands_of_queues() {
    let mut case = Case::default();
    case.service("MSExchangeIS", "running");
    for number in 0..3_000 {
        let queue = case.queue(Stage::LocalDelivery, &format!("q{number}"), 90.0, None);
        case.series(queue, &[10, 30, 60, 90]);
    }
    let said = run(&case);
    assert!(said.is_present("grows-while-store-runs"));
    assert!(said.derived.len() < 1_000, "{}", said.derived.len());
    assert!(said.present.iter().chain(&said.absent).all(|(_, because)| because.len() <= 50));
}

#[test]
fn everything_declared_can_be_said() {
    let declared = include_str!("../plugin.toml");
    let source = concat!(include_str!("../src/lib.rs"), include_str!("../src/loops.rs"));
    for line in declared.lines().filter_map(|line| line.strip_prefix("id = ").or(line.strip_prefix("name = "))) {
        assert!(line == "\"local-delivery\"" || source.contains(line), "{line} is declared and never said");
    }
}
