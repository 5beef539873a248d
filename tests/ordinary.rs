//! What an ordinary day is, and what is over: shares, healing, names, and what is said of what is absent.

use crate::support::{diagnose, findings, folder, harvest, mailmedic, out, packs, ranking};
use mailmedic::finding::{Finding, Holds};
use mailmedic::knowledge::{Folder, Pattern};
use mailmedic::pack::{RuleMeta, RuleSource};
use std::collections::BTreeMap;

fn head(platform: &str, more: &str) -> String {
    format!("[scenario]\nid = \"x\"\ntitle = \"x\"\nplatform = \"{platform}\"\ntaken_at = 2009-02-03T07:30:00Z\n{more}\n")
}

/// Runs one rule on a case.
fn judged(needs: &[&str], script: &str, case: &str) -> Finding {
    let meta = RuleMeta {
        title: "a rule of a test".to_owned(),
        causes: BTreeMap::from([("service.smtp-stopped".to_owned(), mailmedic::knowledge::Frequency::Often)]),
        needs: needs.iter().map(|need| (*need).to_owned()).collect(),
        ..RuleMeta::default()
    };
    let rule = RuleSource {
        id: "test/rule".to_owned(),
        file: "rule.rhai".to_owned(),
        meta,
        text: None,
        absent: None,
        script: format!("fn examine(facts) {{ {script} }}"),
    };
    let (all, errors) = findings(harvest(case).facts, packs(), &[rule]);
    assert!(errors.is_empty(), "{errors:?}");
    all.into_iter().find(|finding| finding.id == "test/rule").unwrap()
}

#[test]
fn a_rule_needs_a_service_by_any_of_its_names() {
    let case = |name: &str| head("exchange-2007", &format!("[[service]]\nname = \"{name}\"\nstate = \"stopped\""));
    let needs = ["service msexchangetransport"];
    let script = "present(facts.services(\"msexchangetransport\"))";
    assert_eq!(judged(&needs, script, &case("Microsoft Exchange Transport")).holds, Holds::Present);
    assert!(matches!(judged(&needs, script, &case("Print Spooler")).holds, Holds::Unknown(_)));
}

fn pressure(ending: &str) -> String {
    let event = |number: u32, time: &str, message: &str| {
        format!(
            "[[event]]\nlog = \"application\"\nsource = \"MSExchangeTransport\"\nid = {number}\nlevel = \"warning\"\nat = 2009-02-03T{time}:00Z\nmessage = \"{message}\"\n"
        )
    };
    head("exchange-2007", &(event(15004, "03:00", "The resource pressure increased from Normal to Medium.") + ending))
}

fn ending(number: u32, at: &str, message: &str) -> String {
    format!("[[event]]\nlog = \"application\"\nsource = \"MSExchange Transport\"\nid = {number}\n{at}\nmessage = \"{message}\"\n")
}

#[test]
fn an_event_is_over_when_its_ending_is_later_and_says_so() {
    let healed = |ending: &str| harvest(&pressure(ending)).facts.events.get(0).unwrap().what.healed;
    let normal = "The resource pressure decreased from Medium to Normal.";
    assert!(healed(&ending(15005, "at = 2009-02-03T03:25:00Z", normal)));
    assert!(!healed(""));
    assert!(!healed(&ending(15005, "at = 2009-02-03T02:25:00Z", normal)));
    assert!(!healed(&ending(15005, "", normal)));
    assert!(!healed(&ending(15005, "at = 2009-02-03T03:25:00Z", "The resource pressure decreased from High to Medium.")));
    assert!(!healed(&ending(15003, "at = 2009-02-03T03:25:00Z", normal)));
}

#[test]
fn rules_see_when_and_whether_it_is_over() {
    let case = pressure(&ending(15005, "at = 2009-02-03T03:25:00Z", "The resource pressure decreased from Medium to Normal."));
    let script = "let e = facts.events(\"MSExchangeTransport\", 15004)[0]; if e.healed && facts.now - e.at == 16200 { present(e) } else { absent() }";
    assert_eq!(judged(&["event"], script, &case).holds, Holds::Present);
    let unknown = "if facts.events(\"MSExchange Transport\", 15005)[0].at == () { present(facts.events(\"MSExchange Transport\", 15005)[0]) } else { absent() }";
    assert_eq!(judged(&["event"], unknown, &pressure(&ending(15005, "", "x"))).holds, Holds::Present);
}

#[test]
fn endings_are_events_with_expressions_that_compile() {
    let mut endings = 0;
    for entry in packs().knowledge.folder(Folder::Events) {
        let Pattern::Event { over_with: Some(ending), numbers, .. } = &entry.pattern else { continue };
        endings += 1;
        assert!(!ending.numbers.iter().any(|number| numbers.contains(number)), "{} ends itself", entry.rule_id());
        assert!(!ending.numbers.is_empty() && !ending.sources.is_empty(), "{}", entry.rule_id());
        assert!(ending.words.regex.as_ref().is_none_or(|regex| regex::Regex::new(regex).is_ok()), "{}", entry.rule_id());
    }
    assert!(endings > 10, "{endings}");
}

fn queues(complaint: &str, messages: u32, minutes: u32, names: &[&str], beside: &str) -> String {
    let waiting: String = names
        .iter()
        .map(|name| {
            format!("[[queue]]\nname = \"{name}\"\nkind = \"remote-delivery\"\nstate = \"retry\"\nmessages = {messages}\noldest_minutes = {minutes}\nlast_error = \"451 4.4.0 DNS query failed. The error was: DNS query failed with error ErrorRetry\"\n")
        })
        .collect();
    head("exchange-2010", &format!("complaint = \"{complaint}\"\n{waiting}{beside}"))
}

const FLOWS: &str = "[[queue]]\nname = \"example.edu\"\nkind = \"remote-delivery\"\nstate = \"ready\"\nmessages = 1\n";

#[test]
fn a_small_young_queue_beside_flowing_ones_is_an_ordinary_day() {
    let trouble = |case: &str| diagnose(case).trouble_probability >= 0.5;
    let one = ["town.example"];
    assert!(!trouble(&queues("Look.", 2, 6, &one, FLOWS)));
    assert!(trouble(&queues("Look.", 2, 6, &one, "")), "nothing flows beside it");
    assert!(trouble(&queues("Look.", 2, 300, &one, FLOWS)), "the sender is warned by now");
    assert!(trouble(&queues("Look.", 50, 6, &one, FLOWS)), "many wait");
    assert!(trouble(&queues("Mail to bob@town.example is late.", 2, 6, &one, FLOWS)), "it is complained of");
    assert!(trouble(&queues("Mail to one partner is late.", 2, 6, &one, FLOWS)), "one is complained of, and one fails");
    assert!(!trouble(&queues("Mail to one partner is late.", 2, 6, &["town.example", "village.example"], FLOWS)), "one of two");
    assert!(trouble(&queues("Look.", 2, 6, &["town.example", "village.example", "city.example"], FLOWS)), "three alike");
    let relay = "[[connector]]\nname = \"Internet\"\nsmart_host = \"town.example\"\n";
    assert!(trouble(&queues("Look.", 2, 6, &one, &format!("{FLOWS}{relay}"))), "all mail goes through it");
}

#[test]
fn a_report_on_an_own_recipient_is_the_own_systems_word() {
    let first = |recipient: &str, text: &str| {
        let case = head("exchange-2010", &format!("domain = \"example.com\"\n[[ndr]]\nrecipient = \"{recipient}\"\ntext = \"{text}\""));
        ranking(&diagnose(&case)).first().map(|(id, _)| id.clone()).unwrap_or_default()
    };
    assert_eq!(first("bob@example.com", "mailbox is full"), "local.mailbox-full");
    assert_eq!(first("bob@example.net", "mailbox is full"), "remote.mailbox-full");
    assert_eq!(first("bob@example.com", "host mx.example.org said: 452 4.2.2 mailbox is full"), "remote.mailbox-full");
}

#[test]
fn settings_of_other_platforms_are_not_asked_for() {
    let case = queues("No mail goes out.", 150, 300, &["town.example", "village.example"], "");
    let knowledge = &packs().knowledge;
    let diagnosis = diagnose(&case);
    assert!(!diagnosis.next.is_empty());
    for next in &diagnosis.next {
        if let Some(key) = next.id.strip_prefix("setting ")
            && let Some((entry, _)) = knowledge.setting(key)
        {
            let here = mailmedic::fact::Platform::admitted(diagnosis.case.platform, &entry.platforms);
            assert!(here, "{} is asked for, a setting of {:?}", next.id, entry.platforms);
        }
    }
}

#[test]
fn what_is_absent_has_no_name() {
    let facts = harvest(&queues("No mail goes out.", 1, 3, &["town.example"], FLOWS)).facts;
    let (all, _) = findings(facts, packs(), &packs().rules);
    let absent: Vec<&str> = all
        .iter()
        .filter(|finding| finding.holds == Holds::Absent && finding.because.is_empty() && !finding.id.starts_with("knowledge/"))
        .filter_map(|finding| finding.text.as_ref())
        .map(|text| &*text.en)
        .collect();
    assert!(absent.len() >= 5, "{absent:?}");
    for text in absent {
        assert!(!text.contains('{') && !text.starts_with("Not the case"), "{text}");
    }
}

#[test]
fn a_big_old_queue_is_trouble_though_nobody_knows_which() {
    for error in ["", "last_error = \"An SMTP protocol error occurred.\"\n"] {
        let case = head(
            "exchange-2003",
            &format!(
                "[[queue]]\nname = \"example.net\"\nkind = \"remote-delivery\"\nstate = \"retry\"\nmessages = 120\noldest_minutes = 300\n{error}"
            ),
        );
        let diagnosis = diagnose(&case);
        assert_eq!(diagnosis.verdict, mailmedic::diagnosis::Verdict::Trouble, "{}", diagnosis.trouble_probability);
        assert!(diagnosis.causes.iter().any(|cause| cause.id == "other"));
    }
}

#[test]
fn what_is_likely_and_has_no_name_is_said_plainly() {
    let case = head(
        "exchange-2003",
        "[[queue]]\nname = \"example.net\"\nkind = \"remote-delivery\"\nstate = \"retry\"\nmessages = 20\noldest_minutes = 90\nlast_error = \"An SMTP protocol error occurred.\"\n",
    );
    let chance = diagnose(&case).trouble_probability;
    assert!((0.5..0.9).contains(&chance), "{chance}");
    let place = folder();
    let file = place.path().join("case.toml");
    std::fs::write(&file, case).unwrap();
    let file = file.display().to_string();
    let run = |more: &[&str]| out(&mailmedic(&[&["diagnose", &file], more].concat()).output().unwrap());
    assert!(run(&["--format", "json"]).contains("\"verdict\": \"healthy\""));
    assert!(run(&["--lang", "en"]).starts_with("No cause is probable enough to name; something may be wrong ("));
}
