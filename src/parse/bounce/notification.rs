//! Notifications in JSON: Amazon SES, alone or wrapped by SNS.

use super::text::codes;
use super::{Failure, Report};
use crate::fact::{Side, Timestamp};
use serde_json::Value;

/// Returns whether a line holds a key that such notifications have.
pub(super) fn is_key(line: &str) -> bool {
    ["\"notificationType\"", "\"bouncedRecipients\"", "\"bounceType\"", "\\\"notificationType\\\"", "\\\"bouncedRecipients\\\""]
        .iter()
        .any(|key| line.contains(key))
}

/// Reads notifications; `None` when the text is none.
pub(super) fn read(text: &str) -> Option<Report> {
    let mut report = Report::default();
    let mut any = false;
    // Behind the notification, a mail of SNS goes on with how to unsubscribe.
    let values = serde_json::Deserializer::from_str(text.trim_start()).into_iter::<Value>();
    for value in values.take(1_000).map_while(Result::ok) {
        any |= one(&value, &mut report, 0);
    }
    any.then_some(report)
}

fn one(value: &Value, report: &mut Report, depth: usize) -> bool {
    if let Some(inner) = value.get("Message").and_then(Value::as_str).filter(|_| depth < 2)
        && let Ok(inner) = serde_json::from_str::<Value>(inner)
    {
        return one(&inner, report, depth + 1);
    }
    let known = value.get("notificationType").is_some() || value.get("eventType").is_some() || value.get("bounce").is_some();
    let Some(bounce) = value.get("bounce") else { return known };
    let text = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
    if report.at.is_none() {
        report.at = text(bounce, "timestamp").and_then(|time| Timestamp::parse(&time));
    }
    let reporter = text(bounce, "reportingMTA").map(|host| host.rsplit(';').next().unwrap_or_default().trim().to_owned());
    let kind = ["bounceType", "bounceSubType"].iter().filter_map(|key| text(bounce, key)).collect::<Vec<_>>().join(" ");
    for recipient in bounce.get("bouncedRecipients").and_then(Value::as_array).into_iter().flatten() {
        let diagnostic = text(recipient, "diagnosticCode").unwrap_or_default();
        let (own, said) = diagnostic.split_once(';').map_or(("", diagnostic.as_str()), |(kind, said)| (kind.trim(), said.trim()));
        let (reply, code) = codes(said);
        report.failures.push(Failure {
            recipient: text(recipient, "emailAddress"),
            code: text(recipient, "status").or(code),
            reply,
            text: if said.is_empty() { format!("Bounce: {kind}") } else { said.to_owned() },
            host: reporter.clone(),
            delayed: text(recipient, "action").as_deref() == Some("delayed"),
            side: Some(if own.eq_ignore_ascii_case("smtp") { Side::Remote } else { Side::Unknown }),
        });
    }
    true
}
