//! What the plugin says about failed submission, each case beside the one that only looks like it.
#![allow(clippy::expect_used, reason = "a test may panic")]

use mailmedic_plugin_sdk::mock::{Case, Said};
use mailmedic_plugin_sdk::{HostResource, KnownNumber, Stage};

const QUEUE: &str = "Failed message retry queue";

fn run(case: &Case) -> Said {
    let mut said = Said::default();
    mailmedic_failed_retry::examine(case, &mut said).expect("nothing is refused here");
    assert_eq!(said.repeated(), Vec::<&str>::new(), "each finding is judged once");
    said
}

/// A queue with so many messages, the oldest so many minutes old.
fn with(messages: f64, minutes: Option<f64>) -> (Case, u32) {
    let mut case = Case::default();
    let queue = case.queue(Stage::FailedRetry, QUEUE, messages, None);
    if let Some(minutes) = minutes {
        case.queues[0].oldest = KnownNumber::Value(minutes * 60.0);
    }
    (case, queue)
}

fn memory(case: &mut Case, used: f64) -> u32 {
    let id = case.id();
    case.resources.push(HostResource { id, kind: "memory".to_owned(), target: String::new(), used_percent: KnownNumber::Value(used) });
    id
}

#[test]
fn with_nothing_known_nothing_is_judged() {
    let said = run(&Case::default());
    assert_eq!((said.present.len(), said.absent.len(), said.derived.len()), (0, 0, 0));
}

#[test]
fn an_empty_queue_is_well() {
    let said = run(&with(0.0, None).0);
    assert_eq!(said.findings(), Vec::<&str>::new());
    assert!(said.is_absent("few-fail-again") && said.is_absent("many-fail"));
}

#[test]
fn before_the_hour_is_over_nothing_has_failed_again() {
    let said = run(&with(1.0, Some(20.0)).0);
    assert_eq!(said.findings(), Vec::<&str>::new());
    assert!(said.is_absent("few-fail-again"));
    assert_eq!(said.number("retry.due-minutes"), Some(40.0));
    assert_eq!(run(&with(1.0, Some(62.0)).0).findings(), Vec::<&str>::new(), "processing takes its time");
}

#[test]
fn after_the_hour_the_number_tells() {
    for (messages, finding) in [(1.0, "few-fail-again"), (3.0, "few-fail-again"), (8.0, "several-fail-again"), (40.0, "many-fail")] {
        let (case, queue) = with(messages, Some(200.0));
        let said = run(&case);
        assert_eq!(said.findings(), [finding], "{messages}");
        assert_eq!(said.because(finding), [queue]);
    }
}

#[test]
fn without_an_age_few_messages_say_nothing() {
    let said = run(&with(2.0, None).0);
    assert_eq!(said.missing("few-fail-again"), ["queue * failed-retry"]);
    assert!(said.is_absent("many-fail"));
}

#[test]
fn a_queue_that_grows_is_no_single_message() {
    let (mut case, queue) = with(9.0, Some(30.0));
    case.series(queue, &[1, 3, 6, 9]);
    assert_eq!(run(&case).findings(), ["many-fail"]);
    case.series(queue, &[9, 9, 9, 9]);
    assert_eq!(run(&case).findings(), Vec::<&str>::new());
}

#[test]
fn resources_that_are_short_meet_all_messages() {
    let (mut case, queue) = with(40.0, Some(200.0));
    assert_eq!(run(&case).missing("fails-while-resources-are-short").len(), 3);
    let short = memory(&mut case, 99.0);
    let said = run(&case);
    assert_eq!(said.findings(), ["fails-while-resources-are-short"]);
    assert_eq!(said.because("fails-while-resources-are-short"), [queue, short]);
    case.resources[0].used_percent = KnownNumber::Value(40.0);
    let said = run(&case);
    assert!(said.is_absent("fails-while-resources-are-short") && said.is_present("many-fail"));
}

#[test]
fn pools_that_are_used_up_show_in_an_event_and_in_a_counter() {
    let (mut case, queue) = with(2.0, Some(20.0));
    case.event("Srv", 2019, "nonpaged pool");
    assert_eq!(run(&case).because("fails-while-resources-are-short"), [queue]);
    case.events[0].number = 2013;
    assert_eq!(run(&case).findings(), Vec::<&str>::new());
    case.counter("Memory: Available MBytes", 9.0);
    assert_eq!(run(&case).text("resources.short-of"), Some("memory"));
}

#[test]
fn a_hook_that_fails_counts_where_messages_failed() {
    let (mut case, queue) = with(2.0, Some(20.0));
    let event = case.event("MSExchangeTransport", 348, "A message could not be virus scanned");
    assert_eq!(run(&case).because("hook-fails-beside-queue"), [event, queue]);
    case.queues[0].messages = KnownNumber::Value(0.0);
    let said = run(&case);
    assert!(
        !said.is_present("hook-fails-beside-queue") && !said.is_absent("hook-fails-beside-queue"),
        "nothing failed, nothing is ruled out"
    );
    case.events[0].level = "information".to_owned();
    case.queues[0].messages = KnownNumber::Value(2.0);
    assert!(!run(&case).is_present("hook-fails-beside-queue"));
}

#[test]
fn what_is_set_aside_is_never_tried_again() {
    let mut case = Case::default();
    let queue = case.queue(Stage::FailedRetry, "MAIL01\\Poison", 2.0, None);
    case.queues[0].oldest = KnownNumber::Value(90_000.0);
    let said = run(&case);
    assert_eq!(said.findings(), Vec::<&str>::new(), "no retry is missed, and two are an accident");
    assert!(said.is_absent("set-aside-in-numbers"));
    case.queues[0].messages = KnownNumber::Value(30.0);
    assert_eq!(run(&case).because("set-aside-in-numbers"), [queue]);
    case.queues[0].messages = KnownNumber::Value(4.0);
    case.series(queue, &[0, 1, 2, 4]);
    assert_eq!(run(&case).findings(), ["set-aside-in-numbers"], "they become more");
}

#[test]
fn a_strange_frame_names_the_agent() {
    const OWN: &str = "System.NullReferenceException: Object reference not set\n   at Microsoft.Exchange.Data.Mime.MimePart.Load(Stream s)\n   \
                       at System.IO.Stream.Read(Byte[] buffer)";
    let mut case = Case::default();
    let event = case.event("MSExchangeTransport", 10003, OWN);
    assert!(run(&case).is_absent("crash-names-an-agent"), "Exchange's own code");
    case.events[0].message = format!("{OWN}\n   at Contoso.Disclaimer.Agent.OnSubmitted(Object source)\n   at Microsoft.Exchange.A.B()");
    let said = run(&case);
    assert_eq!(said.because("crash-names-an-agent"), [event]);
    assert_eq!(said.text("crash.module"), Some("Contoso.Disclaimer"));
    case.events[0].message = "The process failed at mail01.example.com (10.0.0.1) while it was working".to_owned();
    assert!(!run(&case).is_present("crash-names-an-agent"), "a host is no method");
}

#[test]
fn odd_numbers_do_no_harm() {
    for messages in [-1.0, f64::NAN, f64::INFINITY] {
        run(&with(messages, Some(f64::NAN)).0);
    }
    let (mut case, queue) = with(2.0, Some(-5.0));
    case.series(queue, &[]);
    memory(&mut case, -7.0);
    case.counter("Memory: Available MBytes", -1.0);
    assert_eq!(run(&case).findings(), Vec::<&str>::new());
}

#[test]
fn ten_thousand_queues_and_a_long_stack_take_no_time() {
    let mut case = Case::default();
    for number in 0..10_000 {
        case.queue(Stage::FailedRetry, &format!("{QUEUE} {number}"), 40.0, None);
        case.queue(Stage::FailedRetry, &format!("corrupt {number}"), 40.0, None);
    }
    case.event("MSExchangeTransport", 10003, &" at Microsoft.A.B.C(x)\n".repeat(10_000));
    let start = std::time::Instant::now();
    let said = run(&case);
    assert!(said.is_present("many-fail") && said.is_present("set-aside-in-numbers"));
    assert!(said.present.iter().all(|(_, because)| because.len() <= 10) && said.derived.len() < 100);
    assert!(start.elapsed().as_secs() < 5, "{:?}", start.elapsed());
}

#[test]
fn everything_declared_can_be_said() {
    let declared = include_str!("../plugin.toml");
    let source = concat!(include_str!("../src/lib.rs"), include_str!("../src/crash.rs"), include_str!("../src/shortage.rs"));
    for line in declared.lines().filter_map(|line| line.strip_prefix("id = ").or(line.strip_prefix("name = "))) {
        assert!(line == "\"failed-retry\"" || source.contains(line), "{line} is declared and never said");
    }
}
