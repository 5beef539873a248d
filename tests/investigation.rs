//! The order of an investigation (S2, S3, S4 and the levels of Q1.R to Q3.R), and what mail flow needs (IN1 to OUT3c).

use crate::support::{diagnose, out, project, run, status};
use mailmedic::diagnosis::{Diagnosis, Fulfilment, Next};

/// A queue in retry on Exchange 2003, with what else is known.
fn retry(more: &str) -> Diagnosis {
    diagnose(&format!("[scenario]\nplatform = \"exchange-2003\"\ndomain = \"example.com\"\n{more}"))
}

const QUEUE: &str =
    "[[queue]]\nname = \"example.net\"\nkind = \"remote-delivery\"\nstate = \"retry\"\nmessages = 40\noldest_minutes = 200\n";
const SMTP_ERROR: &str = "last_error = \"An SMTP protocol error occurred.\"\n";
const LOOKED: &str = "complete = [\"event\"]\n";

fn level(category: &str, level: &str) -> String {
    format!("[[diagnostic_level]]\ncategory = '{category}'\nlevel = \"{level}\"\n")
}

fn steps(diagnosis: &Diagnosis) -> Vec<&str> {
    diagnosis
        .next
        .iter()
        .map(|next| next.id.as_str())
        .filter(|id| ["read-", "look-", "diagnostic-", "protocol-"].iter().any(|start| id.starts_with(start)))
        .collect()
}

fn step<'a>(diagnosis: &'a Diagnosis, id: &str) -> &'a Next {
    diagnosis.next.iter().find(|next| next.id == id).unwrap_or_else(|| panic!("{id} is not in {:?}", steps(diagnosis)))
}

#[test]
fn a_queue_in_retry_is_read_before_the_event_log() {
    let diagnosis = retry(QUEUE);
    assert_eq!(steps(&diagnosis), ["read-last-error", "look-in-event-log"]);
    assert_eq!(step(&diagnosis, "read-last-error").seed, ["S2", "Q4.1"]);
    assert!(step(&diagnosis, "read-last-error").steps[0].text.en.contains("example.net"));
}

#[test]
fn an_smtp_error_leads_to_the_event_log() {
    let diagnosis = retry(&format!("{QUEUE}{SMTP_ERROR}"));
    assert_eq!(steps(&diagnosis), ["look-in-event-log"]);
    assert_eq!(step(&diagnosis, "look-in-event-log").seed, ["S3", "T4"]);
}

#[test]
fn an_event_log_that_says_nothing_leads_to_a_raised_level_with_its_way_back() {
    for told in [String::new(), level("SMTP Protocol", "none"), level("SMTP Protocol", "minimum")] {
        let diagnosis = retry(&format!("{LOOKED}{QUEUE}{SMTP_ERROR}{told}"));
        assert_eq!(steps(&diagnosis), ["diagnostic-level:SMTP Protocol"], "{told}");
        let next = step(&diagnosis, "diagnostic-level:SMTP Protocol");
        assert_eq!((next.kind, next.seed.as_slice()), ("raise-level", ["S4".to_owned(), "T5".to_owned()].as_slice()));
        assert!(!next.steps.is_empty() && !next.undo.is_empty());
    }
}

#[test]
fn the_order_is_kept_where_all_three_are_open() {
    // The log was looked at for one queue; another one has not been read yet.
    let other = QUEUE.replace("example.net", "example.org");
    let diagnosis = retry(&format!("{QUEUE}{SMTP_ERROR}{other}{}", level("SMTP Protocol", "none")));
    assert_eq!(steps(&diagnosis), ["read-last-error", "look-in-event-log", "diagnostic-level:SMTP Protocol"]);
    let gains: Vec<f64> =
        ["read-last-error", "look-in-event-log", "diagnostic-level:SMTP Protocol"].map(|id| step(&diagnosis, id).gain).into();
    assert!(gains.is_sorted_by(|left, right| left >= right), "{gains:?}");
}

#[test]
fn a_raised_level_is_read_and_put_back() {
    let diagnosis = retry(&format!("{LOOKED}{QUEUE}{SMTP_ERROR}{}", level("SMTP Protocol", "maximum")));
    let next = step(&diagnosis, "diagnostic-level:SMTP Protocol");
    assert_eq!(next.kind, "lower-level");
    assert!(next.steps.is_empty() && next.undo[0].text.en.contains("back") || next.undo[0].text.en.contains("noted"), "{next:?}");
    // Nobody is told to raise it again, not even by a remedy.
    assert!(diagnosis.causes.iter().flat_map(|cause| &cause.remedies).all(|remedy| remedy.id != "raise-smtp-protocol-log"));
}

#[test]
fn nothing_is_raised_where_the_evidence_decides() {
    let decided = "[[queue]]\nname = \"example.net\"\nkind = \"remote-delivery\"\nstate = \"retry\"\nmessages = 40\n\
        last_error = \"450 4.2.0 <bob@example.net>: Recipient address rejected: Greylisted for 5 minutes\"\n";
    let diagnosis = retry(&format!("{LOOKED}{decided}{}", level("SMTP Protocol", "none")));
    assert!(diagnosis.causes.first().is_some_and(|cause| cause.probability >= 0.9), "{:?}", crate::support::said(&diagnosis));
    assert_eq!(steps(&diagnosis), Vec::<&str>::new());
    assert!(diagnosis.causes[0].remedies.iter().all(|remedy| !remedy.id.starts_with("raise-")));
}

#[test]
fn each_stage_has_its_own_level() {
    for (platform, name, kind, source, category, seed) in [
        ("exchange-2003", "Messages awaiting directory lookup", "awaiting-directory-lookup", "MSExchangeTransport", "Categorizer", "Q2.R"),
        ("exchange-2000", "Messages waiting to be routed", "waiting-to-be-routed", "MSExchangeTransport", "Routing Engine/Service", "Q3.R"),
        ("exchange-2003", "Local delivery", "local-delivery", "MSExchangeIS", "Exchange Store Driver", "Q1.R"),
        ("exchange-2010", "Submission", "awaiting-directory-lookup", "MSExchangeTransport", r"MSExchangeTransport\Categorizer", "Q2.R"),
        (
            "exchange-2016",
            "Mailbox database",
            "local-delivery",
            "MSExchangeTransport",
            r"MSExchangeStoreDriver\MSExchangeStoreDriver",
            "Q1.R",
        ),
    ] {
        let case = |head: &str, more: &str| {
            diagnose(&format!(
                "[scenario]\nplatform = \"{platform}\"\n{head}[[queue]]\nname = \"{name}\"\nkind = \"{kind}\"\nstate = \"active\"\nmessages = 450\ngrowing = true\n{more}"
            ))
        };
        let id = format!("diagnostic-level:{category}");
        let silent = case(LOOKED, "");
        let next = step(&silent, &id);
        assert!(next.seed.iter().any(|other| other == seed) && !next.undo.is_empty(), "{platform} {category}");
        // An event that does not say what is wrong is no better than none.
        let vague = case("", &format!("[[event]]\nsource = \"{source}\"\nid = 65000\nlevel = \"information\"\n"));
        step(&vague, &id);
        // Where nobody looked into the event log, that comes first and alone.
        assert!(!steps(&case("", "")).contains(&id.as_str()) && steps(&case("", ""))[0].starts_with("look-in-event-log"), "{category}");
    }
}

#[test]
fn postfix_and_exim_have_a_log_in_place_of_events() {
    let case = |platform: &str, more: &str| {
        diagnose(&format!(
            "[scenario]\nplatform = \"{platform}\"\n{more}[[queue]]\nname = \"deferred\"\nkind = \"deferred\"\nstate = \"retry\"\nmessages = 900\noldest_minutes = 900\n[[ndr]]\nrecipient = \"bob@example.net\"\ntext = \"451 something we never heard of\"\n"
        ))
    };
    for (platform, wanted) in [("postfix", "look-in-mail-log"), ("exim", "look-in-mail-log")] {
        let diagnosis = case(platform, "");
        assert!(steps(&diagnosis).contains(&wanted), "{platform}: {:?}", steps(&diagnosis));
        assert!(!steps(&diagnosis).iter().any(|id| id.starts_with("diagnostic-level")), "{platform}: {:?}", steps(&diagnosis));
    }
    for (platform, wanted) in [("postfix", "diagnostic-level:debug_peer_list"), ("exim", "diagnostic-level:log_selector")] {
        let diagnosis = case(platform, "complete = [\"outcome\"]\n");
        assert!(!step(&diagnosis, wanted).undo.is_empty(), "{platform}");
    }
    let raised = diagnose(
        "[scenario]\nplatform = \"postfix\"\n[[setting]]\nkey = \"debug_peer_list\"\nvalue = \"192.0.2.9\"\n[[queue]]\nname = \"deferred\"\nmessages = 0\n",
    );
    assert_eq!(step(&raised, "diagnostic-level:debug_peer_list").kind, "lower-level");
}

fn state(diagnosis: &Diagnosis, id: &str) -> Fulfilment {
    let all = &diagnosis.requirements;
    let found = all.iter().find(|item| item.id == id);
    found.unwrap_or_else(|| panic!("{id} is not in {:?}", all.iter().map(|item| &item.id).collect::<Vec<_>>())).state
}

#[test]
fn every_requirement_can_be_met_not_met_and_not_known() {
    use Fulfilment::{Met, NotMet, Unknown};
    const OUTSIDE: &str = "[[dns]]\nname = \"example.net\"\ntype = \"MX\"\nresult = \"answer\"\nanswers = [\"10 mx.example.net\"]\n";
    let setting = |key: &str, value: &str| format!("[[setting]]\nkey = '{key}'\nvalue = '{value}'\n");
    let connector =
        |space: &str, host: &str| format!("[[connector]]\nname = \"Internet\"\naddress_spaces = [\"{space}\"]\nsmart_host = \"{host}\"\n");
    let mx =
        |result: &str, host: &str| format!("[[dns]]\nname = \"example.com\"\ntype = \"MX\"\nresult = \"{result}\"\nanswers = [{host}]\n");
    let inbound = |result: &str, lines: &str| {
        format!(
            "[[smtp]]\nhost = \"mail.example.com\"\nport = 25\ndirection = \"inbound\"\nresult = \"{result}\"\ntranscript = [{lines}]\n"
        )
    };
    let refused = r#""S: 220 mail.example.com", "C: EHLO mx.example.net", "S: 250 ok", "C: MAIL FROM:<a@example.net>", "S: 250 ok", "C: RCPT TO:<bob@example.com>", "S: 550 5.7.1 Unable to relay for bob@example.com""#;
    let taken = r#""S: 220 mail.example.com", "C: EHLO mx.example.net", "S: 250 ok", "C: MAIL FROM:<a@example.net>", "S: 250 ok", "C: RCPT TO:<bob@example.com>", "S: 250 ok""#;
    let whole = "complete = [\"connector\", \"setting vs.smart_host\"]\n";
    for (id, head, more, wanted) in [
        ("IN1", "", setting("recipientpolicy.domains", "example.com"), Met),
        ("IN1", "", inbound("ok", refused), NotMet),
        ("IN2", "", inbound("ok", taken), Met),
        ("IN2", "", setting("vs.listen_port", "25") + setting("vs.anonymous", "true").as_str(), Met),
        ("IN2", "", setting("vs.anonymous", "false"), NotMet),
        ("IN2", "", inbound("refused", ""), NotMet),
        ("IN2", "", setting("vs.listen_port", "25"), Unknown),
        ("IN3", "", mx("answer", "\"10 mail.example.com\"") + setting("vs.fqdn", "mail.example.com").as_str(), Met),
        ("IN3", "", mx("nxdomain", ""), NotMet),
        ("IN4", "", inbound("timeout", ""), NotMet),
        ("OUT1", "", setting("vs.outbound_port", "25"), Met),
        ("OUT1", "", setting("vs.outbound_port", "2525"), NotMet),
        ("OUT2", "", connector("SMTP:*;1", ""), Met),
        ("OUT2", whole, connector("SMTP:partner.example;1", "") + setting("vs.smart_host", "").as_str(), NotMet),
        ("OUT3", "", OUTSIDE.to_owned(), Met),
        ("OUT3a", "", OUTSIDE.to_owned(), Met),
        ("OUT3", "", setting("vs.smart_host", "relay.example.net"), Met),
        ("OUT3b", "", setting("vs.external_dns", "192.0.2.53"), Met),
        ("OUT3b", "", setting("vs.external_dns", ""), NotMet),
        ("OUT3c", "", setting("vs.smart_host", "relay.example.net"), Met),
        ("OUT3c", whole, setting("vs.smart_host", ""), NotMet),
        ("OUT3", whole, setting("vs.smart_host", ""), Unknown),
    ] {
        let text =
            format!("[scenario]\nplatform = \"exchange-2003\"\nserver = \"mail.example.com\"\ndomain = \"example.com\"\n{head}{more}");
        assert_eq!(state(&diagnose(&text), id), wanted, "{id} {head}{more}");
    }
    let nothing = retry("");
    for item in &nothing.requirements {
        assert_eq!(item.state, Unknown, "{}", item.id);
        assert!(!item.learn.is_empty() && item.because.is_empty(), "{}", item.id);
    }
    assert_eq!(nothing.requirements.len(), 10);
}

#[test]
fn external_names_need_one_way_out_of_three() {
    // The internal DNS server knows the own names alone, no other is given, and there is no smart host.
    let name = |name: &str, result: &str| format!("[[dns]]\nname = \"{name}\"\ntype = \"A\"\nresult = \"{result}\"\nanswers = []\n");
    let diagnosis = retry(&format!(
        "complete = [\"connector\", \"setting\"]\n{}{}{}",
        name("mail.example.com", "answer").replace("[]", "[\"192.0.2.1\"]"),
        name("example.net", "timeout"),
        name("example.org", "timeout"),
    ));
    for id in ["OUT3", "OUT3a", "OUT3b", "OUT3c"] {
        assert_eq!(state(&diagnosis, id), Fulfilment::NotMet, "{id}");
    }
    let whole = diagnosis.requirements.iter().find(|item| item.id == "OUT3").unwrap();
    assert!(!whole.because.is_empty() && !whole.sources.is_empty());
    let way = diagnosis.requirements.iter().find(|item| item.id == "OUT3b").unwrap();
    assert_eq!(way.part_of.as_deref(), Some("OUT3"));
}

#[test]
fn requirements_are_listed_on_request_and_where_they_bear() {
    let healthy = project("tests/scenarios/healthy/ex2013-quiet.toml").display().to_string();
    let plain = out(&run(&["diagnose", "--lang", "en", &healthy]));
    assert!(!plain.contains("What mail flow needs"), "{plain}");
    for (lang, words) in [("en", ["What mail flow needs", "IN1 ", "OUT3c"]), ("ja", ["メールの流れの要件", "IN1 ", "OUT3c"])] {
        let output = run(&["diagnose", "--requirements", "--lang", lang, &healthy]);
        assert_eq!(status(&output), 0);
        for word in words {
            assert!(out(&output).contains(word), "{lang} {word}: {}", out(&output));
        }
    }
    let port = project("tests/scenarios/outbound/ex2000-virtual-server-port.toml").display().to_string();
    let text = out(&run(&["diagnose", "--lang", "en", &port]));
    assert!(text.contains("OUT1 NOT MET") && text.contains("vs.outbound_port") && !text.contains("IN1 "), "{text}");
}
