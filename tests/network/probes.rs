//! From facts to what is asked, and from what was asked to facts.

use mailmedic::evidence::bundle::{Draft, Manifest, Missing, Opened};
use mailmedic::evidence::{gather, gather_live};
use mailmedic::fact::Facts;
use mailmedic::live::targets::Targets;
use mailmedic::probe::dns::Dns;
use mailmedic::probe::smtp::Smtp;
use mailmedic::probe::{Collector, Machine, Probe};
use mailmedic::system::network::{Dialogue, Question, Security, Transport};
use std::fs;
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use crate::support::packs;

/// Reads files of evidence.
fn facts(files: &[(&str, String)]) -> Facts {
    let folder = tempfile::TempDir::new().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    gather(&[folder.path().to_owned()], &packs().knowledge).facts
}

fn queued(domain: &str, reason: &str) -> String {
    format!(
        "{{\"queue_name\": \"deferred\", \"queue_id\": \"{domain}\", \"arrival_time\": 1700000000, \"message_size\": 9, \"sender\": \"a@shop.example\", \
         \"recipients\": [{{\"address\": \"bob@{domain}\", \"delay_reason\": \"{reason}\"}}]}}\n"
    )
}

const SETTINGS: &str = "compatibility_level = 3.6\nmydestination = $myhostname, shop.example, localhost\nmyhostname = mail.shop.example\n";

fn server(settings: &str, queue: String, dns: &str) -> Facts {
    facts(&[
        ("postconf-n", format!("{SETTINGS}{settings}")),
        ("queue", queue),
        ("resolv.conf", "nameserver 192.0.2.53\nnameserver 192.0.2.54\n".to_owned()),
        ("ip", "lo UNKNOWN 127.0.0.1/8 ::1/128\neth0 UP 192.0.2.10/24 fe80::1/64\n".to_owned()),
        ("dns", dns.to_owned()),
    ])
}

fn answer(name: &str, kind: &str, data: &str) -> String {
    let answers = if data.is_empty() {
        String::new()
    } else {
        format!(r#","answers":[{{"name":"{name}","type":"{kind}","ttl":5,"data":"{data}"}}]"#)
    };
    format!(
        r#"{{"format":"mailmedic.dns/1","name":"{name}","type":"{kind}","server":"192.0.2.53","transport":"udp","outcome":"reply","millis":1,"sent":1,"at":"2026-11-24T00:00:00Z","code":"NOERROR"{answers}}}"#
    ) + "\n"
}

fn asked(questions: &[Question], name: &str) -> Vec<String> {
    questions.iter().filter(|one| one.name == name).map(|one| format!("{} {} {}", one.kind, one.server.ip(), one.transport.id())).collect()
}

fn called(dialogues: &[Dialogue]) -> Vec<String> {
    dialogues.iter().map(|one| format!("{} {} {}", one.host, one.address, one.recipient.as_deref().unwrap_or("-"))).collect()
}

const TIMED_OUT: &str = "connect to mx.partner.example[198.51.100.1]:25: Connection timed out";

#[test]
fn a_stuck_destination_is_looked_up_at_every_server_and_called() {
    let local = server("", queued("partner.example", TIMED_OUT), "");
    let targets = Targets::of(&local);
    let first = targets.first_questions();
    assert_eq!(asked(&first, "partner.example"), ["MX 192.0.2.53 udp", "MX 192.0.2.54 udp", "MX 192.0.2.53 tcp", "MX 192.0.2.54 tcp"]);
    assert_eq!(asked(&first, "shop.example"), ["MX 192.0.2.53 udp", "MX 192.0.2.54 udp", "A 192.0.2.53 udp", "TXT 192.0.2.53 udp"]);
    assert_eq!(asked(&first, "10.2.0.192.in-addr.arpa"), ["PTR 192.0.2.53 udp"]);
    assert_eq!(
        called(&targets.own_calls()),
        ["127.0.0.1 127.0.0.1:25 postmaster@shop.example", "192.0.2.10 192.0.2.10:25 postmaster@shop.example"]
    );
    let dns = server("", String::new(), &answer("partner.example", "MX", "10 mx.partner.example."));
    let second = targets.second_questions(&dns);
    assert_eq!(asked(&second, "mx.partner.example").len(), 4, "{second:?}");
    let both = [answer("partner.example", "MX", "10 mx.partner.example."), answer("mx.partner.example", "A", "198.51.100.1")].concat();
    let calls = targets.calls(&server("", String::new(), &both));
    assert_eq!(called(&calls.dialogues), ["mx.partner.example 198.51.100.1:25 bob@partner.example"]);
}

#[test]
fn without_an_address_port_25_is_not_applicable() {
    let targets = Targets::of(&server("", queued("partner.example", TIMED_OUT), ""));
    let dns = [answer("partner.example", "MX", "10 mx.partner.example."), answer("mx.partner.example", "A", "")].concat();
    let calls = targets.calls(&server("", String::new(), &dns));
    assert!(calls.dialogues.is_empty());
    assert_eq!(calls.not_applicable, [("mx.partner.example:25".to_owned(), "the name has no address".to_owned())]);
}

#[test]
fn a_relay_is_called_in_place_of_the_destinations() {
    let relay = "relayhost = [relay.isp.example]:587\nsmtp_bind_address = 192.0.2.10\nsmtp_tls_security_level = encrypt\n";
    let targets =
        Targets::of(&server(relay, queued("partner.example", "connect to relay.isp.example[198.51.100.9]:587: Connection refused"), ""));
    let first = targets.first_questions();
    assert!(asked(&first, "partner.example").is_empty());
    assert_eq!(asked(&first, "relay.isp.example").len(), 6, "{first:?}");
    let calls = targets.calls(&server(relay, String::new(), &answer("relay.isp.example", "A", "198.51.100.9")));
    assert_eq!(called(&calls.dialogues), ["relay.isp.example 198.51.100.9:587 bob@partner.example"]);
    let call = &calls.dialogues[0];
    assert_eq!((call.security, call.from), (Security::Must, Some("192.0.2.10".parse().unwrap())));
    // A relay at which this host logs in refuses whoever does not.
    let targets = Targets::of(&server(&format!("{relay}smtp_sasl_auth_enable = yes\n"), queued("partner.example", TIMED_OUT), ""));
    let calls = targets.calls(&server(relay, String::new(), &answer("relay.isp.example", "A", "198.51.100.9")));
    assert!(calls.dialogues.iter().all(|call| call.recipient.is_none()) && !calls.dialogues.is_empty());
}

#[test]
fn nobody_is_called_when_nothing_is_stuck() {
    let targets = Targets::of(&server("", String::new(), ""));
    assert!(targets.calls(&server("", String::new(), "")).dialogues.is_empty());
    assert!(targets.first_questions().iter().all(|question| !question.name.contains("partner")));
}

#[test]
fn a_silent_server_is_not_asked_a_second_time() {
    let targets = Targets::of(&server("", queued("partner.example", TIMED_OUT), ""));
    let silent = r#"{"format":"mailmedic.dns/1","name":"partner.example","type":"MX","server":"192.0.2.54","transport":"udp","outcome":"timeout","millis":5000,"sent":2,"at":""}"#;
    let dns = server("", String::new(), &format!("{}{silent}\n", answer("partner.example", "MX", "10 mx.partner.example.")));
    let second = targets.second_questions(&dns);
    assert!(!second.is_empty() && second.iter().all(|question| question.server.ip().to_string() == "192.0.2.53"), "{second:?}");
}

#[test]
fn of_a_hundred_thousand_destinations_those_with_most_messages_are_looked_at() {
    let mut queue = String::new();
    for number in 0..1500 {
        queue.push_str(&queued(&format!("d{number}.example"), TIMED_OUT));
    }
    for message in 0..3 {
        queue.push_str(&queued("many.example", TIMED_OUT).replace("\"queue_id\": \"many", &format!("\"queue_id\": \"m{message}")));
    }
    let targets = Targets::of(&server("", queue, ""));
    assert_eq!((targets.destinations.len(), targets.destinations[0].domain.as_str()), (1000, "many.example"));
    assert_eq!(targets.left_out.last().map(|(what, _)| what.as_str()), Some("481 more destinations"));
}

/// A machine that probes can capture on.
fn machine() -> Machine {
    let draft = Arc::new(Draft::new().unwrap());
    Machine::find(PathBuf::from("/nonexistent"), Some(Vec::new()), draft, Arc::new(AtomicBool::new(false)))
}

/// Runs a probe and reads what it captured.
fn capture(probe: &dyn Probe, wait: Duration) -> (Facts, Manifest) {
    let machine = machine();
    let mut entries = Vec::new();
    let mut sink = |entry| entries.push(entry);
    probe.run(&mut Collector::new(&machine, probe.name(), Instant::now() + wait, &mut sink));
    let manifest = Manifest { entries, ..Manifest::default() };
    let opened = Opened::live(manifest.clone(), machine.draft.folder().to_owned());
    (gather_live(&opened, &packs().knowledge).facts, manifest)
}

#[test]
fn answers_become_facts_and_what_was_not_asked_is_named() {
    let free = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let silent = UdpSocket::bind("127.0.0.1:0").unwrap();
    let question =
        |name: &str, server: SocketAddr| Question { name: name.to_owned(), kind: "MX".to_owned(), server, transport: Transport::Udp };
    let questions = vec![question("a.example", free), question("b.example", silent.local_addr().unwrap())];
    let (facts, manifest) = capture(&Dns { file: "answers.jsonl", questions }, Duration::from_millis(400));
    let dns: Vec<_> = facts.dns.iter().map(|fact| (fact.what.name.as_str(), fact.what.result.as_str())).collect();
    assert_eq!(dns, [("a.example", "unreachable")]);
    assert!(manifest.entries.iter().any(|entry| entry.target.as_deref() == Some("b.example MX") && entry.missing == Some(Missing::Ended)));
    assert!(facts.not_examined.iter().any(|one| one.what == "dns b.example MX"), "{:?}", facts.not_examined);
}

#[test]
fn sessions_become_facts_and_what_does_not_apply_is_no_failure() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let call = |host: &str, address: SocketAddr| Dialogue {
        host: host.to_owned(),
        address,
        from: None,
        helo: "mail.shop.example".to_owned(),
        security: Security::May,
        recipient: None,
    };
    let probe = Smtp {
        file: "next-hops",
        dialogues: vec![call("mx.closed.example", free), call("mx.silent.example", silent.local_addr().unwrap())],
        not_applicable: vec![("mx.nowhere.example:25".to_owned(), "the name has no address".to_owned())],
        left_out: vec![("7 more destinations".to_owned(), "too many".to_owned())],
        roots: Vec::new(),
    };
    let (facts, _) = capture(&probe, Duration::from_secs(10));
    let sessions: Vec<_> = facts.sessions.iter().map(|fact| (fact.what.host.as_str(), fact.what.result.as_str())).collect();
    assert_eq!(sessions, [("mx.closed.example", "refused"), ("mx.silent.example", "banner-timeout")]);
    let open: Vec<_> = facts.not_examined.iter().map(|one| one.what.as_str()).collect();
    assert_eq!(open, ["smtp 7 more destinations"]);
}
