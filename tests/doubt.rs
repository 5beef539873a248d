//! Doubtful evidence: it is said, it is weighed, and what only looks like it is not said.

use crate::support::{self, diagnose, diagnose_paths, folder};
use mailmedic::diagnosis::{Diagnosis, StageStatus, Verdict};
use std::fmt::Write as _;
use std::time::{Duration, Instant};

const LEGACY: &str = "[scenario]\nplatform = \"exchange-2003\"\ntaken_at = 2004-03-01T09:00:00Z\n";
const POSTFIX: &str = "[scenario]\nplatform = \"postfix\"\n";

fn warned(diagnosis: &Diagnosis) -> Vec<&str> {
    diagnosis.warnings.iter().map(|warning| &*warning.text.en).collect()
}

/// Each kind of doubt: the platform, the evidence that must be doubted and the words of the warning, and evidence that must not.
const CASES: &[(&str, &str, &str, &str)] = &[
    (
        LEGACY,
        "[[service]]\nname = \"smtpsvc\"\nstate = \"running\"\n[[event]]\nsource = \"Service Control Manager\"\nid = 7036\n\
         at = 2004-03-01T08:59:30Z\nmessage = \"The Simple Mail Transfer Protocol (SMTP) service entered the stopped state.\"\n",
        "the last event about it says stopped",
        "[[service]]\nname = \"smtpsvc\"\nstate = \"running\"\n[[event]]\nsource = \"Service Control Manager\"\nid = 7036\n\
         at = 2004-03-01T08:59:30Z\nmessage = \"The Simple Mail Transfer Protocol (SMTP) service entered the stopped state.\"\n\
         [[event]]\nsource = \"Service Control Manager\"\nid = 7036\nat = 2004-03-01T08:59:40Z\n\
         message = \"The Simple Mail Transfer Protocol (SMTP) service entered the running state.\"\n",
    ),
    (
        LEGACY,
        "[[service]]\nname = \"smtpsvc\"\nstate = \"running\"\n[[service]]\nname = \"SMTP\"\nstate = \"stopped\"\n",
        "one of the two is wrong or old",
        "[[service]]\nname = \"smtpsvc\"\nstate = \"running\"\n[[service]]\nname = \"resvc\"\nstate = \"stopped\"\n",
    ),
    (
        LEGACY,
        "[[queue]]\nname = \"example.net\"\nmessages = 0\n[[queue]]\nname = \"example.net\"\nmessages = 900\n",
        "`queue example.net` is given twice and unlike (0 / 900)",
        "[[queue]]\nname = \"example.net\"\nmessages = 0\n[[queue]]\nname = \"example.org\"\nmessages = 900\n",
    ),
    (
        LEGACY,
        "[[dns]]\nname = \"example.net\"\ntype = \"MX\"\nresult = \"nxdomain\"\n[[dns]]\nname = \"example.net\"\ntype = \"MX\"\nresult = \"servfail\"\n",
        "given twice and unlike (nxdomain / servfail)",
        "[[dns]]\nname = \"example.net\"\ntype = \"MX\"\nresult = \"nxdomain\"\nserver = \"192.0.2.1\"\n\
         [[dns]]\nname = \"example.net\"\ntype = \"MX\"\nresult = \"servfail\"\nserver = \"192.0.2.2\"\n",
    ),
    (
        LEGACY,
        "[[smtp]]\nhost = \"mx.example.net\"\nresult = \"ok\"\n[[smtp]]\nhost = \"mx.example.net\"\nresult = \"timeout\"\n",
        "given twice and unlike (ok / timeout)",
        "[[smtp]]\nhost = \"mx.example.net\"\nresult = \"ok\"\n[[smtp]]\nhost = \"mx.example.net\"\nport = 587\nresult = \"timeout\"\n",
    ),
    (
        LEGACY,
        "[[setting]]\nkey = \"smtpsvc/1/DsUseCat\"\nvalue = \"1\"\n[[setting]]\nkey = \"smtpsvc/1/DsUseCat\"\nvalue = \"0\"\n",
        "given twice and unlike (1 / 0)",
        "[[setting]]\nkey = \"smtpsvc/1/DsUseCat\"\nvalue = \"1\"\n[[setting]]\nkey = \"smtpsvc/2/DsUseCat\"\nvalue = \"0\"\n",
    ),
    (
        LEGACY,
        "[[setting]]\nkey = \"smtpsvc/1/DsUseCat\"\nvalue = \"maybe\"\n",
        "none of the values",
        "[[setting]]\nkey = \"smtpsvc/1/DsUseCat\"\nvalue = \"yes\"\n",
    ),
    (
        LEGACY,
        "[[queue]]\nname = \"example.net\"\nmessages = 2000\ngrowing = false\n[[queue.sample]]\nat = 2004-03-01T08:00:00Z\nmessages = 10\n\
         [[queue.sample]]\nat = 2004-03-01T08:55:00Z\nmessages = 2000\n",
        "its series shows the opposite",
        "[[queue]]\nname = \"example.net\"\nmessages = 12\ngrowing = false\n[[queue.sample]]\nat = 2004-03-01T08:00:00Z\nmessages = 10\n\
         [[queue.sample]]\nat = 2004-03-01T08:55:00Z\nmessages = 12\n",
    ),
    (
        LEGACY,
        "[[queue]]\nname = \"example.net\"\nmessages = 3\n[[queue.sample]]\nat = 2004-03-01T08:55:00Z\nmessages = 2000\n",
        "at the end of its series",
        "[[queue]]\nname = \"example.net\"\nmessages = 1900\n[[queue.sample]]\nat = 2004-03-01T08:55:00Z\nmessages = 2000\n",
    ),
    (
        LEGACY,
        "[[queue]]\nname = \"Messages awaiting directory lookup\"\nkind = \"remote-delivery\"\nmessages = 3\n",
        "its name is that of awaiting-directory-lookup",
        "[[queue]]\nname = \"Messages awaiting directory lookup\"\nkind = \"awaiting-directory-lookup\"\nmessages = 3\n",
    ),
    (
        LEGACY,
        "[[queue]]\nname = \"example.net\"\nmessages = 0\nlast_error = \"The remote server did not respond to a connection attempt.\"\n",
        "is empty",
        "[[queue]]\nname = \"example.net\"\nmessages = 0\noldest_minutes = 0\ngrowing = false\n",
    ),
    (
        LEGACY,
        "[[queue]]\nname = \"Submission\"\nkind = \"pre-submission\"\nmessages = 2\n[[counter]]\nname = \"SMTP: Submission Queue Length\"\nvalue = 4000\n",
        "the queue is said to hold 2 messages",
        "[[queue]]\nname = \"Messages pending submission\"\nmessages = 2\n[[counter]]\nname = \"SMTP: Submission Queue Length\"\nvalue = 4\n",
    ),
    (
        LEGACY,
        "[[event]]\nsource = \"MSExchangeTransport\"\nid = 4000\nat = 2009-03-01T08:59:30Z\n",
        "the evidence was taken at 2004-03-01T09:00:00Z",
        // Clocks and zones differ.
        "[[event]]\nsource = \"MSExchangeTransport\"\nid = 4000\nat = 2004-03-01T18:59:30Z\n",
    ),
    (
        "[scenario]\nplatform = \"exchange-2003\"\ncomplete = [\"connector\"]\n",
        "[[connector]]\nname = \"Internet\"\n[[setting]]\nkey = \"connector.count\"\nvalue = \"2\"\n",
        "the listing is not complete",
        "[[connector]]\nname = \"Internet\"\n[[setting]]\nkey = \"connector.count\"\nvalue = \"1\"\n",
    ),
    (
        POSTFIX,
        "[[queue]]\nname = \"Messages awaiting directory lookup\"\nmessages = 3\n",
        "queue `Messages awaiting directory lookup` belongs to",
        "[[queue]]\nname = \"deferred\"\nmessages = 3\n",
    ),
    (
        LEGACY,
        "[[setting]]\nkey = \"relayhost\"\nvalue = \"relay.example.com\"\n",
        "setting `relayhost` belongs to postfix",
        "[[setting]]\nkey = \"some.private.key\"\nvalue = \"relay.example.com\"\n",
    ),
    (
        "[scenario]\nplatform = \"exchange-2019\"\n",
        "[[service]]\nname = \"resvc\"\nstate = \"stopped\"\n",
        "service `resvc` belongs to",
        "[[service]]\nname = \"resvc\"\nstate = \"missing\"\n",
    ),
    (
        POSTFIX,
        "[[event]]\nsource = \"MSExchangeDSAccess\"\nid = 2104\n",
        "event source `MSExchangeDSAccess` belongs to",
        "[[event]]\nsource = \"Something of the firewall\"\nid = 2104\n",
    ),
    (
        LEGACY,
        "[[log]]\nformat = \"postfix\"\nlines = [\"Mar 01 09:00:27 mail postfix/qmgr[1]: DC95C602BA: removed\"]\n",
        "this log belongs to postfix",
        "[[queue]]\nname = \"example.net\"\nmessages = 1\n",
    ),
    (
        "[scenario]\nplatform = \"exim\"\n",
        "[[log]]\nformat = \"exim\"\nlines = [\"Mar 01 09:00:27 mail postfix/smtp[121]: strange\"]\n",
        "none of these lines is one of a `exim` log",
        "[[log]]\nformat = \"exim\"\nlines = [\"2026-03-02 09:00:00 1xVmAo-0003vi-1P Completed\"]\n",
    ),
    (POSTFIX, "[[queue]]\nname = \"limbo\"\nmessages = 3\n", "is called `limbo`", "[[queue]]\nname = \"hold\"\nmessages = 3\n"),
    (
        LEGACY,
        "[[queue]]\nname = \"Wartezone 7 (Sonderposten)\"\nmessages = 3\n",
        "is called `Wartezone 7 (Sonderposten)`",
        // A connector's queue is named after it; servers and domains are no phrases.
        "[[connector]]\nname = \"Wartezone\"\n[[queue]]\nname = \"Wartezone 7 (Sonderposten)\"\nmessages = 3\n[[queue]]\nname = \"MAIL02\"\n\
         messages = 3\n[[queue]]\nname = \"example.net (SMTP connector)\"\nmessages = 3\n",
    ),
    (LEGACY, "[[queue]]\nname = \"example.net\"\nmessages = -5\n", "cannot hold -5", "[[queue]]\nname = \"example.net\"\nmessages = 5\n"),
    (
        LEGACY,
        "[[queue]]\nname = \"example.net\"\nmessages = 9223372036854775807\n",
        "messages = 9223372036854775807 cannot be",
        "[[queue]]\nname = \"example.net\"\nmessages = 900000000\n",
    ),
    (
        LEGACY,
        "[[queue]]\nname = \"example.net\"\noldest_minutes = -30\n",
        "oldest_minutes = -30 cannot be",
        "[[queue]]\nname = \"example.net\"\noldest_minutes = 43200\n",
    ),
    (
        LEGACY,
        "[[queue]]\nname = \"example.net\"\noldest_minutes = 999999999999\n",
        "oldest = ",
        "[[queue]]\nname = \"example.net\"\noldest_minutes = 0.5\n",
    ),
    (
        LEGACY,
        "[[resource]]\nname = \"disk\"\nused_percent = 101\n",
        "used_percent = 101 cannot be",
        "[[resource]]\nname = \"disk\"\nused_percent = 100\n[[resource]]\nname = \"cpu\"\nused_percent = 104\n",
    ),
    (
        LEGACY,
        "[[counter]]\nname = \"x\"\nvalue = 1e300\n",
        "counter x: value = 100000000000000000000000… cannot be",
        "[[counter]]\nname = \"x\"\nvalue = 64e9\n",
    ),
    (
        LEGACY,
        "[[event]]\nsource = \"x\"\nid = 1\ncount = 999999999999\n",
        "count = 999999999999 cannot be",
        "[[event]]\nsource = \"x\"\nid = 1\ncount = 99999\n",
    ),
    (LEGACY, "[[ndr]]\ncode = \"9.9.9\"\ntext = \"x\"\n", "code = 9.9.9 cannot be", "[[ndr]]\ncode = \"5.1.1\"\ntext = \"x\"\n"),
    (LEGACY, "[[ndr]]\nreply = 999\ntext = \"x\"\n", "reply = 999 cannot be", "[[ndr]]\nreply = 550\ntext = \"x\"\n"),
    (
        LEGACY,
        "[[dns]]\nname = \"example.net\"\ntype = \"MX\"\nresult = \"answer\"\nanswers = [\"not an mx at all\"]\n",
        "is no MX record",
        "[[dns]]\nname = \"example.net\"\ntype = \"MX\"\nresult = \"answer\"\nanswers = [\"10 mx.example.net\", \"0 .\"]\n",
    ),
];

#[test]
fn doubts_are_said_and_near_misses_are_not() {
    for (head, doubtful, words, sound) in CASES {
        let diagnosis = diagnose(&format!("{head}{doubtful}"));
        let hits = warned(&diagnosis).iter().filter(|warning| warning.contains(words)).count();
        assert_eq!(hits, 1, "{doubtful}\n{:?}", warned(&diagnosis));
        let text = &diagnosis.warnings[0].text;
        assert!(!text.ja.is_ascii(), "no Japanese: {text:?}");
        let diagnosis = diagnose(&format!("{head}{sound}"));
        assert_eq!(warned(&diagnosis), Vec::<&str>::new(), "{sound}");
    }
}

#[test]
fn what_could_hide_trouble_is_not_healthy() {
    let ready = "[[queue]]\nname = \"example.net\"\nstate = \"ready\"\nmessages = 3\n";
    for doubtful in [CASES[0].1, "[[queue]]\nname = \"example.org\"\nmessages = 9223372036854775807\n"] {
        let diagnosis = diagnose(&format!("{LEGACY}{doubtful}{ready}"));
        assert_eq!(diagnosis.verdict, Verdict::Incomplete, "{doubtful}\n{}", support::said(&diagnosis));
    }
    assert_eq!(diagnose(&format!("{LEGACY}{ready}")).verdict, Verdict::Healthy);
}

#[test]
fn an_unknown_queue_that_fills_is_a_symptom() {
    let queue = |messages: u32| format!("{POSTFIX}[[queue]]\nname = \"limbo\"\nmessages = {messages}\n");
    let (full, small) = (diagnose(&queue(700)), diagnose(&queue(3)));
    assert_ne!(full.verdict, Verdict::Healthy, "{}", support::said(&full));
    let rules: Vec<&str> = full.causes.iter().flat_map(|cause| &cause.evidence).map(|item| item.rule.as_str()).collect();
    assert!(full.causes[0].id == "other" && rules.contains(&"knowledge/strange-queue"), "{rules:?}");
    assert_eq!(small.verdict, Verdict::Healthy, "{}", support::said(&small));
    // A queue of another platform stands in its stage all the same.
    let foreign = diagnose(&format!("{POSTFIX}[[queue]]\nname = \"x\"\nkind = \"x400\"\nmessages = 900\n"));
    assert_ne!(foreign.verdict, Verdict::Healthy);
    let x400 = foreign.stages.iter().find(|stage| stage.stage.id() == "x400").map(|stage| (stage.messages, stage.status));
    assert!(matches!(x400, Some((Some(900), StageStatus::Ok | StageStatus::Failing))), "{x400:?}");
}

#[test]
fn the_error_of_an_empty_queue_is_past() {
    let queue = |messages: u32| {
        let error = "The remote server did not respond to a connection attempt.";
        format!(
            "{LEGACY}[[queue]]\nname = \"example.net\"\nstate = \"active\"\nmessages = {messages}\noldest_minutes = 300\nlast_error = \"{error}\"\n"
        )
    };
    assert_eq!(diagnose(&queue(0)).verdict, Verdict::Healthy);
    assert_eq!(diagnose(&queue(40)).verdict, Verdict::Trouble);
}

#[test]
fn warnings_of_a_kind_are_bounded() {
    let mut text = LEGACY.to_owned();
    for number in 0..50 {
        write!(text, "[[queue]]\nname = \"d{number}.example\"\nmessages = -1\n").unwrap();
    }
    let diagnosis = diagnose(&text);
    let warned = warned(&diagnosis);
    assert_eq!((warned.len(), warned[20]), (21, "and 30 more: values that cannot be"));
}

#[test]
fn ten_thousand_queues_take_seconds() {
    let mut text = "[scenario]\nplatform = \"exchange-2016\"\n".to_owned();
    for number in 0..10_000 {
        let error = format!("451 4.4.0 DNS query failed for d{number}.example");
        write!(
            text,
            "[[queue]]\nname = \"d{number}.example\"\nstate = \"retry\"\nmessages = {}\nlast_error = \"{error}\"\n",
            number % 500 + 1
        )
        .unwrap();
    }
    let begun = Instant::now();
    let diagnosis = diagnose(&text);
    assert!(begun.elapsed() < Duration::from_secs(60), "{:?}", begun.elapsed());
    assert_eq!(diagnosis.verdict, Verdict::Trouble, "{}", support::said(&diagnosis));
    assert!(warned(&diagnosis).is_empty(), "{:?}", warned(&diagnosis));
}

/// A log of Postfix with a line in Japanese.
const LOG: &str = "Mar  1 09:00:27 mail postfix/smtp[121]: DC95C602BA: to=<bob@example.net>, relay=none, delay=1, delays=0/0/0/0, dsn=4.4.1, \
    status=deferred (connect to mx.example.net[192.0.2.8]:25: Connection timed out)\nMar  1 09:01:27 mail postfix/smtpd[1]: warning: 配信ログの警告\n";

fn of_bytes(name: &str, bytes: &[u8]) -> Diagnosis {
    let folder = folder();
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    diagnose_paths(&[path])
}

#[test]
fn other_encodings_are_read_and_named() {
    let scenario = "[scenario]\ntitle = \"配信の遅延\"\nplatform = \"exchange-2003\"\n[[queue]]\nname = \"ディレクトリ参照待ちのメッセージ\"\nmessages = 900\ngrowing = true\n";
    let plain = of_bytes("a.toml", scenario.as_bytes());
    assert!(warned(&plain).is_empty(), "{:?}", warned(&plain));
    let sjis = of_bytes("a.toml", &encoding_rs::SHIFT_JIS.encode(scenario).0);
    assert_eq!(warned(&sjis), ["2 lines are not UTF-8: read as Shift_JIS"]);
    assert_eq!(sjis.case.title.as_deref(), Some("配信の遅延"));
    support::same_ranking(&plain, &sjis).unwrap();
    let log = of_bytes("mail.log", &encoding_rs::SHIFT_JIS.encode(LOG).0);
    assert_eq!(warned(&log), ["1 line is not UTF-8: read as Shift_JIS"]);
    let western = LOG.replace("配信ログの警告", "Grüße aus Köln");
    let log = of_bytes("mail.log", &encoding_rs::WINDOWS_1252.encode(&western).0);
    assert_eq!(warned(&log), ["1 line is not UTF-8: read as Windows-1252"]);
    let mut broken = LOG.as_bytes().to_vec();
    broken.remove(broken.len() - 2);
    let log = of_bytes("mail.log", &broken);
    assert_eq!(warned(&log), ["1 line is not UTF-8: broken UTF-8, some characters are lost"]);
}

#[test]
fn holes_and_torn_ends_of_logs_are_named() {
    let whole = of_bytes("mail.log", LOG.as_bytes());
    assert!(warned(&whole).is_empty(), "{:?}", warned(&whole));
    let holed = [LOG.as_bytes(), &[0; 100_000], LOG.as_bytes()].concat();
    let holed = of_bytes("mail.log", &holed);
    assert_eq!(warned(&holed), ["NUL bytes skipped, as a power cut leaves them: 100000; what stood there is lost"]);
    assert_eq!(holed.causes[0].id, whole.causes[0].id);
    let line = LOG.lines().next().unwrap();
    let torn = format!("{LOG}{}", line.strip_suffix("ction timed out)").unwrap());
    assert_eq!(warned(&of_bytes("mail.log", torn.as_bytes())), ["1 line not understood: the last line, which is cut off"]);
    // A line without its ending is whole when its brackets are.
    assert!(warned(&of_bytes("mail.log", format!("{LOG}{line}").as_bytes())).is_empty());
}
