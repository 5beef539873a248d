//! What the plugin says about deferred messages, each case beside the one that only looks like it.
#![allow(clippy::expect_used, reason = "a test may panic")]

use mailmedic_plugin_sdk::mock::{Case, Said};
use mailmedic_plugin_sdk::{Bounce, KnownNumber, Stage};

const QUEUE: &str = "Messages queued for deferred delivery";
const DAY: f64 = 86_400.0;

fn run(case: &Case) -> Said {
    let mut said = Said::default();
    mailmedic_deferred_delivery::examine(case, &mut said).expect("nothing is refused here");
    assert_eq!(said.repeated(), Vec::<&str>::new(), "each finding is judged once");
    said
}

fn with(messages: f64) -> (Case, u32) {
    let mut case = Case::default();
    let queue = case.queue(Stage::DeferredDelivery, QUEUE, messages, None);
    (case, queue)
}

#[test]
fn with_nothing_known_nothing_is_judged() {
    let said = run(&Case::default());
    assert_eq!((said.present.len(), said.absent.len(), said.derived.len()), (0, 0, 0));
}

#[test]
fn waiting_alone_is_what_the_queue_is_for() {
    let said = run(&with(3.0).0);
    assert_eq!((said.present.len(), said.absent.len()), (0, 0));
    let said = run(&with(0.0).0);
    assert_eq!((said.present.len(), said.unknown.len()), (0, 0), "an empty queue answers every question");
}

#[test]
fn a_queue_that_shrinks_by_itself_keeps_its_schedule() {
    let (mut case, queue) = with(2.0);
    case.series(queue, &[40, 31, 22, 9, 2]);
    assert_eq!(run(&case).because("leave-when-due"), [queue]);
    case.series(queue, &[40, 40, 40, 40, 40]);
    assert_eq!(run(&case).missing("leave-when-due"), ["queue * deferred-delivery"], "their time may come later");
    case.series(queue, &[10, 80, 120, 300, 420]);
    assert!(run(&case).is_absent("leave-when-due"));
}

#[test]
fn a_queue_that_only_grows_holds_what_comes_round() {
    let (mut case, queue) = with(800.0);
    case.series(queue, &[100, 300, 260, 500, 800]);
    assert_eq!(run(&case).because("only-grows"), [queue]);
    case.series(queue, &[1, 3, 5, 9, 14]);
    assert!(run(&case).is_absent("only-grows"), "a busy morning");
}

#[test]
fn a_week_is_longer_than_a_schedule() {
    let (mut case, queue) = with(4.0);
    case.queues[0].oldest = KnownNumber::Value(12.0 * DAY);
    assert_eq!(run(&case).because("older-than-any-schedule"), [queue]);
    case.queues[0].oldest = KnownNumber::Value(2.0 * DAY);
    let said = run(&case);
    assert!(said.is_absent("older-than-any-schedule"));
    assert_eq!(said.findings(), Vec::<&str>::new());
}

#[test]
fn an_account_without_master_account_sid_is_named() {
    let (mut case, queue) = with(4.0);
    let event = case.event("MSExchangeIS", 9548, "");
    let said = run(&case);
    assert_eq!(said.findings(), ["waits-for-account"]);
    assert_eq!(said.because("waits-for-account"), [event, queue]);
    assert_eq!(said.text("deferred.reason"), Some("no-master-account-sid"));
    case.queues[0].messages = KnownNumber::Value(0.0);
    assert!(run(&case).is_absent("waits-for-account"), "nothing waits for it");
}

#[test]
fn events_that_mean_many_things_need_their_words() {
    let (mut case, _) = with(4.0);
    case.event("MSExchangeIS Mailbox Store", 1025, "An error occurred on database");
    assert_eq!(run(&case).findings(), Vec::<&str>::new());
    case.events[0].message = "An error occurred: the message properties are corrupt".to_owned();
    assert_eq!(run(&case).findings(), ["waits-unreadable"]);
    case.events[0].number = 1148;
    assert_eq!(run(&case).findings(), Vec::<&str>::new());
    case.events[0].message = "Mailbox of /o=Example/cn=eve is being moved".to_owned();
    assert_eq!(run(&case).findings(), ["waits-for-moved-mailbox"]);
}

#[test]
fn a_last_error_says_it_itself() {
    let mut case = Case::default();
    let queue = case.queue(Stage::DeferredDelivery, QUEUE, 4.0, Some("The mailbox is being moved"));
    assert_eq!(run(&case).because("waits-for-moved-mailbox"), [queue], "named once");
}

#[test]
fn a_report_names_the_recipient() {
    let (mut case, queue) = with(4.0);
    let id = case.id();
    let bounce = |code: &str| Bounce {
        id,
        recipient: "eve@example.com".to_owned(),
        code: Some(code.to_owned()),
        reply: "The e-mail account is gone".to_owned(),
        host: None,
    };
    case.bounces.push(bounce("5.1.1"));
    assert_eq!(run(&case).because("waits-for-invalid-recipient"), [id, queue]);
    case.bounces[0] = bounce("4.4.7");
    assert!(!run(&case).is_present("waits-for-invalid-recipient"));
}

#[test]
fn only_a_complete_log_rules_out() {
    let (mut case, _) = with(4.0);
    assert_eq!(run(&case).missing("waits-for-account"), ["event MSExchangeIS *"]);
    case.listed.push("event *".to_owned());
    assert!(run(&case).is_absent("waits-for-account"));
}

#[test]
fn odd_numbers_do_no_harm() {
    for messages in [-1.0, f64::NAN, f64::INFINITY] {
        let (mut case, queue) = with(messages);
        case.queues[0].oldest = KnownNumber::Value(-DAY);
        case.series(queue, &[u64::MAX, 0]);
        run(&case);
    }
}

#[test]
fn ten_thousand_queues_and_reports_take_no_time() {
    let mut case = Case::default();
    for number in 0..10_000 {
        case.queue(Stage::DeferredDelivery, &format!("{QUEUE} {number}"), 40.0, Some("corrupt"));
        let id = case.id();
        let recipient = format!("u{number}@example.com");
        case.bounces.push(Bounce { id, recipient, code: Some("5.1.1".to_owned()), reply: String::new(), host: None });
    }
    let start = std::time::Instant::now();
    let said = run(&case);
    assert_eq!(said.findings(), ["waits-for-invalid-recipient", "waits-unreadable"]);
    assert!(said.present.iter().all(|(_, because)| because.len() <= 10));
    assert!(start.elapsed().as_secs() < 5, "{:?}", start.elapsed());
}

#[test]
fn everything_declared_can_be_said() {
    let declared = include_str!("../plugin.toml");
    let source = concat!(include_str!("../src/lib.rs"), include_str!("../src/witness.rs"));
    for line in declared.lines().filter_map(|line| line.strip_prefix("id = ").or(line.strip_prefix("name = "))) {
        assert!(line == "\"deferred-delivery\"" || source.contains(line), "{line} is declared and never said");
    }
}
