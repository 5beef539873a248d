//! Scenarios that put the example of an entry where the entry looks for it: one for each way in which such a text reaches a mail server.

use super::quoted;
use mailmedic::fact::Platform;
use mailmedic::knowledge::{Entry, Folder, Pattern, Place};
use mailmedic::parse::template::{enhanced_code, reply_code};

/// Words that no entry knows.
pub const NOTHING: &str = "nothing of the kind";

/// The head of a scenario for a platform.
fn head(platform: Platform) -> String {
    format!("[scenario]\nplatform = {}\nserver = \"mail.example.com\"\ndomain = \"example.com\"\n", quoted(platform.id()))
}

/// The platform on which an entry and at least one of its causes can be.
pub fn platform(entry: &Entry, causes: &dyn Fn(&str, Platform) -> bool) -> Option<Platform> {
    let named = |platform: &Platform| {
        entry.declared.as_ref().is_none_or(|declared| declared.causes.iter().any(|(cause, _)| causes(cause, *platform)))
    };
    let order = [Platform::Postfix, Platform::Exim, Platform::Exchange2003, Platform::Exchange2016];
    let all = order.into_iter().chain(Platform::ALL);
    all.filter(|platform| Platform::admitted(Some(*platform), &entry.platforms)).find(named)
}

/// The example of an entry as text: what stands in quotes, or the number or flag itself.
fn plain(example: &str) -> String {
    let value: toml::Table = toml::from_str(&format!("v = {example}")).unwrap_or_else(|error| panic!("{example}: {error}"));
    match value.get("v") {
        Some(toml::Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
        None => unreachable!("it was just parsed"),
    }
}

/// Scenarios for an example on a platform, the likeliest first. `near` says that it is a near miss: one that none of the vehicles may turn into
/// the finding.
pub fn scenarios(entry: &Entry, platform: Platform, near: bool) -> Vec<String> {
    let head = head(platform);
    let example = if near { &entry.near_miss } else { &entry.example };
    let with = |sections: &str| format!("{head}{sections}");
    match &entry.pattern {
        Pattern::Text { places, stages, .. } => {
            let text = plain(
                example.as_ref().unwrap_or_else(|| panic!("{} has no {}", entry.rule_id(), if near { "near_miss" } else { "example" })),
            );
            let mut all = Vec::new();
            for place in places {
                all.extend(match place {
                    Place::Delivery => deliveries(&text, platform, stages),
                    Place::Rejection => rejections(&text, platform),
                    Place::Log => logs(&text, platform),
                    Place::Event => vec![event("Application", 1, &text)],
                    Place::Person => vec![
                        format!("complaint = {}\n", quoted(&text)),
                        format!("[[answer]]\nquestion = \"recently-changed\"\nvalue = {}\n", quoted(&text)),
                    ],
                });
            }
            all.iter().map(|sections| with(sections)).collect()
        }
        Pattern::Event { sources, numbers, words, .. } => {
            let (source, number) = (sources.first().map_or("", String::as_str), numbers.first().copied().unwrap_or(0));
            let message = example.as_ref().map(|example| {
                let value: toml::Table = toml::from_str(&format!("v = {example}")).unwrap_or_else(|error| panic!("{example}: {error}"));
                value["v"].get("message").and_then(toml::Value::as_str).unwrap_or_default().to_owned()
            });
            match (message, near) {
                (Some(message), _) => vec![with(&event(source, number, &message))],
                (None, false) => {
                    assert!(
                        words.any.is_empty() && words.all.is_empty() && words.regex.is_none(),
                        "{} looks for words and has no example",
                        entry.rule_id()
                    );
                    vec![with(&event(source, number, "The event was logged."))]
                }
                // Without an example of its own the near miss is the same number of another source.
                (None, true) => vec![with(&event("Print Spooler of Another Maker", number, "The event was logged."))],
            }
        }
        Pattern::Code => {
            let code = if near { "4.9.9" } else { entry.code() };
            let section = match (near, entry.code().parse::<u16>()) {
                (false, Ok(reply)) => format!("[[ndr]]\nreply = {reply}\ntext = {}\n", quoted(NOTHING)),
                _ => format!("[[ndr]]\ncode = {}\ntext = {}\n", quoted(code), quoted(NOTHING)),
            };
            vec![with(&section)]
        }
        Pattern::Setting { keys, .. } => {
            let value = plain(example.as_ref().unwrap_or_else(|| panic!("{} has no example", entry.rule_id())));
            keys.iter()
                .map(|key| with(&format!("[[setting]]\nkey = {}\nvalue = {}\n", quoted(&key.replace('*', "1")), quoted(&value))))
                .collect()
        }
        Pattern::Threshold { kind, name, .. } => {
            let value = plain(example.as_ref().unwrap_or_else(|| panic!("{} has no example", entry.rule_id())));
            let section = match kind.as_str() {
                "counter" => format!("[[counter]]\nname = {}\nvalue = {value}\n", quoted(name)),
                // The scenario format knows no inodes; `df -i` does.
                _ if name == "inodes" => {
                    return vec![format!(
                        "Filesystem Inodes IUsed IFree IUse% Mounted on\n/dev/sda1 100 {value} {} {value}% /var\n",
                        100 - value.parse::<i64>().unwrap_or(0)
                    )];
                }
                _ => format!("[[resource]]\nname = {}\ntarget = \"X\"\nused_percent = {value}\n", quoted(name)),
            };
            vec![with(&section)]
        }
        Pattern::Service { names, when, .. } => {
            let state = if near { "running".to_owned() } else { when.first().cloned().unwrap_or_default() };
            let state = example.as_ref().map_or(state, |example| plain(example));
            names.iter().map(|name| with(&format!("[[service]]\nname = {}\nstate = {}\n", quoted(name), quoted(&state)))).collect()
        }
    }
}

fn event(source: &str, number: u32, message: &str) -> String {
    format!("[[event]]\nsource = {}\nid = {number}\nlevel = \"error\"\nmessage = {}\n", quoted(source), quoted(message))
}

fn log(format: &str, lines: &[String]) -> String {
    let lines: Vec<String> = lines.iter().map(|line| quoted(line)).collect();
    format!("[[log]]\nformat = {}\nlines = [{}]\n", quoted(format), lines.join(", "))
}

/// Why a delivery ended as it did: a report, a queue's last error, a session, a log.
fn deliveries(text: &str, platform: Platform, stages: &[String]) -> Vec<String> {
    let mut all = vec![format!("[[ndr]]\ntext = {}\n", quoted(text))];
    if !platform.is("unix") {
        let kinds = ["remote-delivery", "local-delivery", "awaiting-directory-lookup", "waiting-to-be-routed", "dsn-pending"];
        for kind in kinds.into_iter().filter(|kind| stages.is_empty() || stages.iter().any(|stage| kind.contains(stage.as_str()))) {
            all.push(format!("[[queue]]\nname = \"example.net\"\nkind = \"{kind}\"\nlast_error = {}\n", quoted(text)));
        }
    }
    if reply_code(text).is_some() {
        let lines = [
            "S: 220 mx.example.net ESMTP".to_string(),
            "C: EHLO mail.example.com".into(),
            "S: 250 mx.example.net".into(),
            "C: MAIL FROM:<a@example.com>".into(),
            format!("S: {text}"),
        ];
        let lines: Vec<String> = lines.iter().map(|line| quoted(line)).collect();
        all.push(format!("[[smtp]]\nhost = \"mx.example.net\"\nresult = \"ok\"\ntranscript = [{}]\n", lines.join(", ")));
    }
    if platform.is("postfix") {
        let code = text.split([' ', '-']).find_map(enhanced_code).unwrap_or("4.0.0");
        for (daemon, relay, said) in [
            ("smtp", "mx.example.net[192.0.2.25]:25", true),
            ("lmtp", "mail.example.com[private/lmtp]", true),
            ("smtp", "none", false),
            ("local", "local", false),
            ("pipe", "dovecot", false),
            ("lmtp", "none", false),
        ] {
            let host = relay.split(':').next().unwrap_or_default();
            let said = if said { format!("host {host} said: {text} (in reply to RCPT TO command)") } else { text.to_owned() };
            all.push(log("postfix", &[format!(
                "2026-03-02T09:00:00+00:00 mail postfix/{daemon}[100]: 4ABCDEF0001: to=<bob@example.net>, relay={relay}, delay=1, delays=0/0/0/1, dsn={code}, status=deferred ({said})"
            )]));
        }
    }
    if platform.is("exim") {
        for fields in ["R=dnslookup T=remote_smtp defer (-1)", "R=local_user T=local_delivery defer (-1)", "R=dnslookup defer (-1)"] {
            all.push(log("exim", &[format!("2026-03-02 09:00:00 1xVmAo-0003vi-1P == bob@example.net {fields}: {text}")]));
        }
        // An example that carries the fields of its line itself.
        all.push(log("exim", &[format!("2026-03-02 09:00:00 1xVmAo-0003vi-1P == bob@example.net R=r {text}")]));
        let said = format!("SMTP error from remote mail server after RCPT TO:<bob@example.net>: {text}");
        all.push(log(
            "exim",
            &[format!(
                "2026-03-02 09:00:00 1xVmAo-0003vi-1P ** bob@example.net R=dnslookup T=remote_smtp H=mx.example.net [192.0.2.25]: {said}"
            )],
        ));
    }
    all
}

/// What this server answered at its own door.
fn rejections(text: &str, platform: Platform) -> Vec<String> {
    let mut all = Vec::new();
    if platform.is("postfix") {
        all.push(log("postfix", &[format!(
            "2026-03-02T09:00:00+00:00 mail postfix/smtpd[100]: NOQUEUE: reject: RCPT from unknown[192.0.2.9]: {text}; from=<alice@example.net> to=<bob@example.com> proto=ESMTP helo=<x>"
        )]));
    }
    if platform.is("exim") {
        all.push(log(
            "exim",
            &[format!("2026-03-02 09:00:00 H=x.example.net [192.0.2.9] F=<alice@example.net> rejected RCPT <bob@example.com>: {text}")],
        ));
    }
    let lines = [
        "S: 220 mail.example.com ESMTP".into(),
        "C: EHLO x.example.net".into(),
        "S: 250 mail.example.com".into(),
        "C: MAIL FROM:<alice@example.net>".into(),
        format!("S: {text}"),
    ];
    let lines: Vec<String> = lines.iter().map(|line: &String| quoted(line)).collect();
    all.push(format!(
        "[[smtp]]\nhost = \"mail.example.com\"\ndirection = \"inbound\"\nresult = \"ok\"\ntranscript = [{}]\n",
        lines.join(", ")
    ));
    all
}

/// Lines of a mail log that are no delivery.
fn logs(text: &str, platform: Platform) -> Vec<String> {
    let mut all = Vec::new();
    if platform.is("exim") {
        all.push(log("exim", &[format!("2026-03-02 09:00:00 {text}")]));
        all.push(log("exim", &[format!("2026-03-02 09:00:00 1xVmAo-0003vi-1P {text}")]));
    } else {
        for program in [
            "postfix/smtpd[100]: ",
            "postfix/smtp[100]: ",
            "postfix/master[100]: ",
            "postfix/local[100]: ",
            "postfix/smtpd[100]: 4ABCDEF0001: ",
            "",
        ] {
            all.push(log("postfix", &[format!("2026-03-02T09:00:00+00:00 mail {program}{text}")]));
        }
    }
    all
}

/// The folder of an entry, for the names of tests.
pub fn folder(entry: &Entry) -> &'static str {
    Folder::id(entry.folder)
}
