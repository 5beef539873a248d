//! What the plugin says about the queue before processing, each case beside the one that only looks like it.
#![allow(clippy::expect_used, reason = "a test may panic")]

use mailmedic_plugin_sdk::mock::{Case, Said};
use mailmedic_plugin_sdk::{HostResource, KnownNumber, Stage};

/// A growth with a dip, which no comparison of neighbours would call one.
const GROWTH: [u64; 6] = [40, 160, 140, 300, 420, 600];
const PEAKS: [u64; 10] = [0, 2, 300, 40, 0, 1, 260, 20, 0, 0];

fn run(case: &Case) -> Said {
    let mut said = Said::default();
    mailmedic_pre_submission::examine(case, &mut said).expect("nothing is refused here");
    assert_eq!(said.repeated(), Vec::<&str>::new(), "each finding is judged once");
    said
}

fn with(lengths: &[u64]) -> (Case, u32) {
    let mut case = Case::default();
    let queue = case.queue(Stage::Submission, "Messages pending submission", lengths.last().copied().unwrap_or(0) as f64, None);
    case.series(queue, lengths);
    (case, queue)
}

fn resource(case: &mut Case, kind: &str, used: f64) -> u32 {
    let id = case.id();
    case.resources.push(HostResource { id, kind: kind.to_owned(), target: String::new(), used_percent: KnownNumber::Value(used) });
    id
}

#[test]
fn with_nothing_known_nothing_is_judged() {
    let said = run(&Case::default());
    assert_eq!((said.present.len(), said.absent.len(), said.derived.len()), (0, 0, 0));
}

#[test]
fn one_look_at_a_long_queue_says_neither() {
    let mut case = Case::default();
    case.queue(Stage::Submission, "Submission", 5_000.0, None);
    let said = run(&case);
    assert_eq!(said.findings(), Vec::<&str>::new());
    assert_eq!(said.missing("keeps-growing"), ["queue * submission"]);
}

#[test]
fn a_growth_with_dips_is_lasting_and_two_peaks_are_not() {
    let (case, queue) = with(&GROWTH);
    let said = run(&case);
    assert_eq!(said.findings(), ["keeps-growing"]);
    assert_eq!(said.because("keeps-growing"), [queue]);
    assert!(said.is_absent("peaks-recur"));
    let said = run(&with(&PEAKS).0);
    assert_eq!(said.findings(), ["peaks-recur"]);
    assert_eq!(said.number("queue.peaks"), Some(2.0));
    assert!(said.is_absent("keeps-growing"));
}

#[test]
fn one_peak_or_a_handful_of_messages_is_an_ordinary_day() {
    let said = run(&with(&[0, 0, 300, 40, 0, 0, 0, 0, 0]).0);
    assert_eq!(said.findings(), Vec::<&str>::new());
    assert_eq!(said.missing("peaks-recur"), ["queue * submission"], "whether more follow, nobody knows");
    assert_eq!(run(&with(&[0, 0, 8, 1, 0, 0, 9, 0, 0]).0).findings(), Vec::<&str>::new());
    assert_eq!(run(&with(&[1, 3, 6, 9, 12]).0).findings(), Vec::<&str>::new());
}

#[test]
fn a_queue_that_drains_is_over_it() {
    let said = run(&with(&[600, 420, 440, 200, 20]).0);
    assert_eq!(said.findings(), Vec::<&str>::new());
    assert!(said.is_absent("keeps-growing"));
}

#[test]
fn what_is_short_explains_the_growth() {
    for (kind, finding, word) in [
        ("cpu", "grows-with-busy-processor", "processor"),
        ("memory", "grows-with-short-memory", "memory"),
        ("disk", "grows-with-full-disk", "full-disk"),
    ] {
        let (mut case, queue) = with(&GROWTH);
        let short = resource(&mut case, kind, 99.0);
        let said = run(&case);
        assert_eq!(said.findings(), [finding]);
        assert_eq!(said.because(finding), [queue, short]);
        assert_eq!(said.text("growth.explained-by"), Some(word));
        case.resources[0].used_percent = KnownNumber::Value(50.0);
        assert_eq!(run(&case).findings(), ["keeps-growing"], "{kind} to spare");
    }
}

#[test]
fn a_disk_that_is_slow_shows_in_counters_and_back_pressure_in_events() {
    let (mut case, queue) = with(&GROWTH);
    case.counter("PhysicalDisk: Avg. Disk sec/Write", 0.2);
    assert_eq!(run(&case).because("grows-with-slow-disk"), [queue], "the counter is a finding of its own");
    let (mut case, _) = with(&GROWTH);
    case.event("MSExchangeTransport", 15006, "rejecting");
    assert_eq!(run(&case).findings(), ["grows-with-full-disk"]);
    case.events[0].number = 15005;
    assert_eq!(run(&case).findings(), ["keeps-growing"], "15005 says that the pressure has gone");
}

#[test]
fn a_shortage_without_growth_explains_nothing() {
    let (mut case, _) = with(&[3, 2, 4, 3, 2]);
    resource(&mut case, "cpu", 99.0);
    let said = run(&case);
    assert_eq!(said.findings(), Vec::<&str>::new());
    assert!(said.is_absent("keeps-growing") && !said.is_absent("grows-with-busy-processor"), "nor is the shortage ruled out");
}

#[test]
fn growth_on_an_idle_machine_is_no_overload() {
    let (mut case, _) = with(&GROWTH);
    resource(&mut case, "cpu", 12.0);
    assert_eq!(run(&case).findings(), ["keeps-growing"], "a processor that waits for its disk is idle too");
    resource(&mut case, "memory", 40.0);
    case.counter("PhysicalDisk: Avg. Disk sec/Write", 0.002);
    assert_eq!(run(&case).findings(), ["grows-while-idle"]);
}

#[test]
fn a_queue_that_does_not_move_stands_still() {
    assert_eq!(run(&with(&[12; 8]).0).findings(), ["stands-still"]);
    assert_eq!(run(&with(&[12, 12, 12, 12, 13, 12, 12, 12]).0).findings(), Vec::<&str>::new());
    assert_eq!(run(&with(&[12, 12, 12]).0).findings(), Vec::<&str>::new(), "a short look");
    assert_eq!(run(&with(&[2; 8]).0).findings(), Vec::<&str>::new(), "two messages are no queue");
}

#[test]
fn rates_speak_where_there_is_no_series() {
    let mut case = Case::default();
    let queue = case.queue(Stage::Submission, "Submission", 900.0, None);
    case.counter("MSExchangeTransport Queues: Messages Submitted Per Second", 40.0);
    assert!(!run(&case).is_present("arrivals-exceed-service"), "one rate alone compares with nothing");
    case.counter("MSExchangeTransport Queues: Messages Completed Delivery Per Second", 10.0);
    let said = run(&case);
    assert_eq!(said.because("arrivals-exceed-service"), [queue]);
    assert_eq!(said.number("rate.load"), Some(4.0));
    case.counters[1].value = KnownNumber::Value(39.0);
    assert!(run(&case).is_absent("arrivals-exceed-service"));
    case.counters[1].value = KnownNumber::Value(0.0);
    assert!(run(&case).is_present("arrivals-exceed-service"), "nothing is served at all");
}

#[test]
fn no_rate_is_derived_that_is_no_number() {
    let mut case = Case::default();
    case.queue(Stage::Submission, "Submission", 900.0, None);
    case.counter("MSExchangeTransport Queues: Messages Submitted Per Second", f64::MAX);
    case.counter("MSExchangeTransport Queues: Messages Completed Delivery Per Second", f64::MIN_POSITIVE);
    let said = run(&case);
    assert!(said.is_present("arrivals-exceed-service"));
    assert_eq!(said.number("rate.load"), None);
}

#[test]
fn negative_numbers_are_no_measurement() {
    let (mut case, _) = with(&GROWTH);
    resource(&mut case, "cpu", -5.0);
    resource(&mut case, "memory", -1.0);
    case.counter("Memory: Available MBytes", -3.0);
    case.counter("SMTP Server: Messages Received/sec", -9.0);
    case.counter("SMTP Server: Messages Sent/sec", f64::NAN);
    assert_eq!(run(&case).findings(), ["keeps-growing"]);
}

#[test]
fn odd_series_do_no_harm() {
    for lengths in [&[][..], &[1], &[u64::MAX, 0, u64::MAX, 0], &[0, 0, 0]] {
        let said = run(&with(lengths).0);
        assert!(!said.is_present("keeps-growing"), "{lengths:?}");
    }
}

#[test]
fn ten_thousand_queues_take_no_time_and_are_not_all_named() {
    let mut case = Case::default();
    for number in 0..10_000 {
        let queue = case.queue(Stage::Submission, &format!("q{number}"), 600.0, None);
        case.series(queue, &GROWTH);
    }
    let start = std::time::Instant::now();
    let said = run(&case);
    assert_eq!(said.because("keeps-growing").len(), 5);
    assert!(said.derived.len() < 100, "{}", said.derived.len());
    assert!(start.elapsed().as_secs() < 5, "{:?}", start.elapsed());
}

#[test]
fn everything_declared_can_be_said() {
    let declared = include_str!("../plugin.toml");
    let source = concat!(include_str!("../src/lib.rs"), include_str!("../src/load.rs"));
    for line in declared.lines().filter_map(|line| line.strip_prefix("id = ").or(line.strip_prefix("name = "))) {
        assert!(line == "\"pre-submission\"" || source.contains(line), "{line} is declared and never said");
    }
}
