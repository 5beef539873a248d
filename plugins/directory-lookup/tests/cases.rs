//! What the plugin says about directory lookup, each case beside the one that only looks like it.
#![allow(clippy::expect_used, reason = "a test may panic")]

use mailmedic_plugin_sdk::Stage;
use mailmedic_plugin_sdk::mock::{Case, Said};

const LOOKUP: &str = "451 4.3.0 <{rcpt}>: Temporary lookup failure";

fn run(case: &Case) -> Said {
    let mut said = Said::default();
    mailmedic_directory_lookup::examine(case, &mut said).expect("nothing is refused here");
    assert_eq!(said.repeated(), Vec::<&str>::new(), "each finding is judged once");
    said
}

fn topology(rows: &str) -> Case {
    let mut case = Case::default();
    case.event("MSExchangeDSAccess", 2080, &format!("DSAccess has discovered the following servers: In-site: {rows} Out-of-site:"));
    case
}

#[test]
fn with_nothing_known_nothing_is_judged() {
    let said = run(&Case::default());
    assert_eq!((said.present.len(), said.absent.len(), said.derived.len()), (0, 0, 0));
}

#[test]
fn the_key_of_a_virtual_server_wins_over_that_of_the_service() {
    let mut case = Case::default();
    case.setting("smtpsvc/DsUseCat", "0");
    assert_eq!(run(&case).findings(), ["categorizer-off"], "inherited");
    let own = case.setting("smtpsvc/1/DsUseCat", "1");
    assert!(run(&case).is_absent("categorizer-off"), "overridden");
    case.settings.iter_mut().find(|setting| setting.id == own).expect("just made").value = "0x0".to_owned();
    assert_eq!(run(&case).because("categorizer-off"), [own]);
}

#[test]
fn the_routing_source_switches_off_whatever_the_others_say() {
    let mut case = Case::default();
    case.setting("smtpsvc/1/DsUseCat", "1");
    case.setting("smtpsvc/1/RoutingSources/SmtpDsUseCat", "0");
    assert_eq!(run(&case).findings(), ["categorizer-off"]);
}

#[test]
fn a_missing_key_means_on_where_all_keys_were_listed() {
    let mut case = Case::default();
    assert_eq!(run(&case).missing("categorizer-off"), ["setting smtpsvc/*/DsUseCat"]);
    case.listed.push("setting smtpsvc/*".to_owned());
    assert!(run(&case).is_absent("categorizer-off"));
}

#[test]
fn one_usable_catalog_is_enough() {
    let said = run(&topology("dc1.example.com CDG 7 7 1 0 1 1 7 1 dc2.example.com CDG 0 0 1 0 0 0 0 0"));
    assert!(said.is_absent("catalogs-unreachable") && said.is_absent("catalogs-without-right"));
    assert_eq!(said.number("catalog.usable"), Some(1.0));
}

#[test]
fn catalogs_that_answer_and_give_no_right_are_not_unreachable() {
    assert_eq!(run(&topology("dc1.example.com CDG 7 7 1 0 0 1 7 1")).findings(), ["catalogs-without-right"]);
    assert_eq!(run(&topology("dc1.example.com CDG 6 6 1 0 1 1 7 1")).findings(), ["catalogs-unreachable"]);
    assert_eq!(run(&topology("dc1.example.com CD- 6 6 0 0 1 1 7 1")).findings(), ["no-catalog-in-topology"]);
}

#[test]
fn the_latest_table_counts() {
    let mut case = topology("dc1.example.com CDG 6 6 1 0 1 1 7 1");
    case.event("MSExchangeDSAccess", 2080, "In-site: dc1.example.com CDG 7 7 1 0 1 1 7 1");
    case.events[1].last = Some(1_700_009_999);
    assert!(run(&case).is_absent("catalogs-unreachable"));
}

#[test]
fn silent_catalogs_alone_are_not_a_silent_directory() {
    let mut case = Case::default();
    case.event("MSExchangeDSAccess", 2103, "All Global Catalog Servers in use are not responding");
    let said = run(&case);
    assert_eq!(said.findings(), ["only-catalogs-are-silent"]);
    assert!(said.is_absent("whole-directory-is-silent"));
    case.event("MSExchangeDSAccess", 2102, "All Domain Controller Servers in use are not responding");
    assert_eq!(run(&case).findings(), ["whole-directory-is-silent"]);
}

#[test]
fn two_errors_together_name_the_journal_recipient_and_one_does_not() {
    let mut case = Case::default();
    case.event("MSExchangeTransport", 6004, "retryable error");
    assert!(run(&case).is_absent("journal-recipient-gone"));
    case.event("MSExchangeTransport", 9035, "journal recipient");
    assert_eq!(run(&case).findings(), ["journal-recipient-gone"]);
}

#[test]
fn with_the_store_stopped_the_same_errors_follow_from_that() {
    let mut case = Case::default();
    case.event("MSExchangeTransport", 9003, "temporarily unable");
    case.event("MSExchangeTransport", 9004, "hard error");
    case.service("MSExchangeIS", "running");
    assert_eq!(run(&case).findings(), ["journal-recipient-gone"]);
    case.services[0].state = "stopped".to_owned();
    assert_eq!(run(&case).findings(), ["store-stopped-behind-categorizer"]);
}

#[test]
fn a_failed_lookup_is_the_service_where_a_table_is_on_the_network() {
    let mut case = Case::default();
    let outcome = case.outcome(Stage::DirectoryLookup, "example.com", None, "deferred", LOOKUP, 5);
    assert_eq!(run(&case).missing("network-table-fails"), ["setting virtual_alias_maps"]);
    case.setting("virtual_alias_maps", "hash:/etc/postfix/ldap/virtual");
    assert_eq!(run(&case).findings(), ["table-file-fails"], "a folder called ldap is a file all the same");
    case.setting("virtual_mailbox_maps", "proxy:ldap:/etc/postfix/users.cf");
    let said = run(&case);
    assert_eq!(said.findings(), ["network-table-fails"]);
    assert_eq!(said.text("lookup.table"), Some("ldap"));
    assert!(said.because("network-table-fails").contains(&outcome));
}

#[test]
fn exim_says_itself_which_lookup_it_was() {
    let mut case = Case::default();
    let text = "lookup of \"{name}\" gave DEFER: MYSQL connection failed";
    case.outcome(Stage::DirectoryLookup, "example.com", None, "deferred", text, 5);
    assert_eq!(run(&case).findings(), ["network-table-fails"]);
}

#[test]
fn a_lookup_of_a_host_is_none_of_a_recipient() {
    let mut case = Case::default();
    case.setting("virtual_alias_maps", "tcp:127.0.0.1:5000");
    case.outcome(Stage::RemoteDelivery, "a.example", None, "deferred", "host lookup error, gave DEFER", 5);
    assert!(run(&case).is_absent("network-table-fails"));
}

#[test]
fn a_queue_that_grows_without_errors_is_overload_and_with_errors_is_not() {
    let mut case = Case::default();
    let queue = case.queue(Stage::DirectoryLookup, "Messages awaiting directory lookup", 900.0, None);
    case.series(queue, &[10, 200, 500, 900]);
    assert_eq!(run(&case).findings(), ["grows-while-lookups-succeed"]);
    case.event("MSExchangeDSAccess", 2103, "All Global Catalog Servers in use are not responding");
    assert_eq!(run(&case).findings(), ["only-catalogs-are-silent"]);
}

#[test]
fn peaks_that_drain_are_not_lasting_overload() {
    let mut case = Case::default();
    let queue = case.queue(Stage::DirectoryLookup, "Messages awaiting directory lookup", 0.0, None);
    case.series(queue, &[0, 0, 400, 50, 0, 0, 0, 300, 20, 0, 0]);
    let said = run(&case);
    assert_eq!(said.findings(), ["peaks-and-drains"]);
    assert!(said.is_absent("grows-while-lookups-succeed"));
}

#[test]
fn messages_without_a_categorization_in_progress_stand_still() {
    let mut case = Case::default();
    case.queue(Stage::DirectoryLookup, "Messages awaiting directory lookup", 60.0, None);
    let counter = case.counter("SMTP Server: Cat: Categorizations in progress", 4.0);
    assert!(run(&case).is_absent("categorizer-stands-still"));
    case.counters[0].value = mailmedic_plugin_sdk::KnownNumber::Value(0.0);
    assert!(run(&case).because("categorizer-stands-still").contains(&counter));
    case.queues[0].messages = mailmedic_plugin_sdk::KnownNumber::Value(0.0);
    assert!(run(&case).is_absent("categorizer-stands-still"), "an idle categorizer with nothing to do");
}

#[test]
fn slow_searches_are_slow_and_silent_servers_are_not() {
    let mut case = Case::default();
    case.counter("MSExchangeDSAccess Processes: LDAP Search Time", 40.0);
    assert!(run(&case).is_absent("lookups-are-slow"));
    case.counters[0].value = mailmedic_plugin_sdk::KnownNumber::Value(350.0);
    assert_eq!(run(&case).findings(), ["lookups-are-slow"]);
    case.event("MSExchangeDSAccess", 2103, "All Global Catalog Servers in use are not responding");
    assert!(!run(&case).is_present("lookups-are-slow"));
}

#[test]
fn one_message_that_cannot_be_converted_is_that_message() {
    let mut case = Case::default();
    case.outcome(Stage::DirectoryLookup, "example.com", None, "bounced", "Content conversion failed", 1);
    assert_eq!(run(&case).findings(), ["conversion-fails-for-one"]);
    case.outcome(Stage::DirectoryLookup, "example.net", None, "bounced", "Content conversion failed", 9);
    assert_eq!(run(&case).findings(), ["conversion-fails-for-many"]);
}

#[test]
fn ten_thousand_outcomes_take_no_time() {
    let mut case = Case::default();
    case.setting("virtual_alias_maps", "mysql:/etc/postfix/aliases.cf");
    (0..10_000).for_each(|n| _ = case.outcome(Stage::DirectoryLookup, &format!("d{n}.example"), None, "deferred", LOOKUP, 1));
    let start = std::time::Instant::now();
    assert_eq!(run(&case).findings(), ["network-table-fails"]);
    assert!(start.elapsed().as_secs() < 5, "{:?}", start.elapsed());
}

#[test]
fn the_host_takes_what_is_said_of_thousands_of_queues() {
    let mut case = Case::default();
    for number in 0..3_000 {
        let queue = case.queue(Stage::DirectoryLookup, &format!("q{number}"), 90.0, None);
        case.series(queue, &[10, 30, 60, 90]);
    }
    let said = run(&case);
    assert!(said.is_present("grows-while-lookups-succeed"));
    assert!(said.derived.len() < 1_000, "{}", said.derived.len());
    assert!(said.present.iter().chain(&said.absent).all(|(_, because)| because.len() <= 50));
}

#[test]
fn everything_declared_can_be_said() {
    let declared = include_str!("../plugin.toml");
    let source = concat!(
        include_str!("../src/lib.rs"),
        include_str!("../src/catalog.rs"),
        include_str!("../src/metabase.rs"),
        include_str!("../src/tables.rs")
    );
    for line in declared.lines().filter_map(|line| line.strip_prefix("id = ").or(line.strip_prefix("name = "))) {
        assert!(line == "\"directory-lookup\"" || source.contains(line), "{line} is declared and never said");
    }
}
