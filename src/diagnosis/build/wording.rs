//! Texts of findings with the values of their facts put in.

use crate::fact::{AnyFact, Facts, Kind};
use crate::finding::Finding;
use crate::knowledge::Text;
use crate::words::count;

/// The longest value that is put into a text, in characters.
const LONGEST: usize = 300;

/// Returns the text of a finding with the values of its facts put in.
pub fn finding_text(finding: &Finding, facts: &Facts) -> Text {
    let raw = finding.text.clone().unwrap_or_else(|| Text::new(finding.id.as_str(), finding.id.as_str()));
    let all: Vec<&dyn AnyFact> = finding.because.iter().filter_map(|id| facts.get(*id)).collect();
    Text::new(one_is_singular(&fill(&raw.en, &all, true)), fill(&raw.ja, &all, false))
}

/// Puts values of facts into the placeholders of a text, English or Japanese: of the first fact that has the field.
fn fill(text: &str, facts: &[&dyn AnyFact], english: bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('{') {
        let Some((name, after)) = behind.split_once('}') else { break };
        rest = after;
        match (facts.iter().find_map(|fact| value(name, *fact, english)), name) {
            (Some(value), _) => {
                out.push_str(before);
                out.push_str(&value);
            }
            // `{messages} messages wait` and 「{messages} 通」: without the number the noun alone is left.
            (None, "messages") if english => {
                let begins = out.is_empty() && before.is_empty();
                out.push_str(before);
                rest = rest.trim_start();
                if begins && let Some(first) = rest.chars().next() {
                    out.extend(first.to_uppercase());
                    rest = rest.get(first.len_utf8()..).unwrap_or_default();
                }
            }
            (None, "messages") => {
                out.push_str(before.trim_end());
                out.push_str("メッセージ");
                rest = rest.trim_start().trim_start_matches('通').trim_start_matches("の配信状態通知");
            }
            (None, _) => {
                out.push_str(before);
                out.push_str(unnamed(name, english));
            }
        }
    }
    out.push_str(rest);
    out
}

/// Returns what stands for a value that no fact has.
fn unnamed(placeholder: &str, english: bool) -> &'static str {
    let (en, ja) = match placeholder {
        "destination" => ("the destination", "宛先"),
        "next_hop" | "host" => ("the host", "ホスト"),
        "recipient" => ("the recipient", "受信者"),
        "sender" | "client" => ("somebody", "送信元"),
        "queue" => ("the queue", "キュー"),
        "server" => ("the server", "サーバー"),
        "share" => ("a part", "一部"),
        "key" | "name" => ("the setting", "設定"),
        "code" | "reply" => ("the reply", "応答"),
        _ => ("not known", "不明"),
    };
    if english { en } else { ja }
}

/// Returns the value of a placeholder: a field of the fact, or another name that texts use for it.
fn value(name: &str, fact: &dyn AnyFact, english: bool) -> Option<String> {
    let field = match (name, fact.kind()) {
        ("queue", Kind::Queue) | ("key", Kind::Counter | Kind::Service) => "name",
        ("id", Kind::Event) => "number",
        ("reply", Kind::Outcome | Kind::Ndr | Kind::Log) => "text",
        ("reply" | "text", Kind::Smtp) => "refusal",
        ("reply" | "text", Kind::Queue) => "last_error",
        ("text", Kind::Event) => "message",
        ("text", Kind::Answer) => "value",
        ("destination", Kind::Queue | Kind::Dns) => "name",
        ("destination", Kind::Smtp) => "host",
        ("next_hop", Kind::Smtp) => "host",
        ("host", Kind::Outcome) => "next_hop",
        ("value", Kind::Resource) => "used_percent",
        ("messages", Kind::Event | Kind::Log) => "count",
        (other, _) => other,
    };
    if name == "destination" && fact.kind() == Kind::Ndr {
        return fact.text("recipient").map(|recipient| crate::parse::template::domain(&recipient));
    }
    let value = fact.text(field).filter(|value| !value.is_empty())?;
    match name {
        "share" => value.parse::<f64>().ok().map(|share| format!("{:.0} %", share * 100.0)),
        "messages" => Some(value.parse::<u64>().map_or(value, count)),
        "state" | "result" => {
            let said = said_value(&value);
            Some(if english { said.en } else { said.ja }.to_string())
        }
        _ => {
            let short: String = value.chars().take(LONGEST).collect();
            Some(if short.len() < value.len() { format!("{short}…") } else { short })
        }
    }
}

/// Returns the state of a thing, or the result of an attempt, as it is said in a sentence; what is not known here stays as it is.
pub fn said_value(word: &str) -> Text {
    let (en, ja) = match word {
        "running" => ("running", "実行中"),
        "stopped" => ("stopped", "停止"),
        "paused" => ("paused", "一時停止"),
        "starting" => ("starting", "開始中"),
        "missing" => ("not installed", "未インストール"),
        "active" => ("active", "アクティブ"),
        "ready" => ("ready", "準備完了"),
        "retry" => ("in retry", "再試行"),
        "connecting" => ("connecting", "接続中"),
        "frozen" => ("frozen", "凍結"),
        "scheduled" => ("scheduled", "スケジュール済み"),
        "suspended" => ("suspended", "中断"),
        "up" => ("up", "稼働"),
        "down" => ("down", "停止"),
        "answer" => ("answered", "応答あり"),
        "nxdomain" => ("NXDOMAIN", "NXDOMAIN"),
        "no-data" => ("no such record", "該当レコードなし"),
        "servfail" => ("SERVFAIL", "SERVFAIL"),
        "bogus" => ("not valid (DNSSEC)", "DNSSEC 検証失敗"),
        "ok" => ("answers", "応答あり"),
        "refused" => ("refused", "拒否"),
        "timeout" => ("timed out", "タイムアウト"),
        "unreachable" => ("unreachable", "到達不能"),
        "reset" => ("reset", "リセット"),
        "banner-timeout" => ("no banner", "バナーなし"),
        "closed" => ("closed", "切断"),
        "tls-failed" => ("TLS failed", "TLS 失敗"),
        other => (other, other),
    };
    Text::new(en, ja)
}

/// Says `1 message waits` where a text was written for many.
fn one_is_singular(text: &str) -> String {
    const NOUNS: [(&str, &str); 4] = [
        ("messages", "message"),
        ("delivery status notifications", "delivery status notification"),
        ("notifications", "notification"),
        ("queue files", "queue file"),
    ];
    const VERBS: [(&str, &str); 6] =
        [("wait", "waits"), ("have", "has"), ("are", "is"), ("were", "was"), ("become", "becomes"), ("leave", "leaves")];
    let Some(at) = text.find("1 ") else { return text.to_owned() };
    let (before, behind) = text.split_at(at);
    if before.ends_with(|last: char| last.is_alphanumeric() || ".,:-".contains(last)) {
        return text.to_owned();
    }
    let behind = behind.get(2..).unwrap_or_default();
    let Some((noun, rest)) = NOUNS.iter().find_map(|(many, one)| Some((one, behind.strip_prefix(many)?))) else { return text.to_owned() };
    if !rest.is_empty() && !rest.starts_with([' ', ')', ',']) {
        return text.to_owned();
    }
    let verb = VERBS.iter().find_map(|(many, one)| Some((one, rest.strip_prefix(' ')?.strip_prefix(many)?)));
    match verb.filter(|(_, rest)| !rest.starts_with(|next: char| next.is_alphanumeric())) {
        Some((verb, rest)) => format!("{before}1 {noun} {verb}{rest}"),
        None => format!("{before}1 {noun}{rest}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_message_waits() {
        let one = one_is_singular;
        assert_eq!(one("1 messages wait in \"a\""), "1 message waits in \"a\"");
        assert_eq!(
            one("The store runs, and 1 delivery status notifications wait"),
            "The store runs, and 1 delivery status notification waits"
        );
        assert_eq!(one("A queue fills: x (1 messages)"), "A queue fills: x (1 message)");
        assert_eq!(one("21 messages wait"), "21 messages wait");
        assert_eq!(one("10.0.0.1 messages wait"), "10.0.0.1 messages wait");
    }

    #[test]
    fn a_number_that_is_not_known_leaves_its_noun() {
        assert_eq!(fill("{messages} messages wait", &[], true), "Messages wait");
        assert_eq!(fill("It runs, and {messages} messages wait", &[], true), "It runs, and messages wait");
        assert_eq!(fill("キューに {messages} 通が滞留している", &[], false), "キューにメッセージが滞留している");
        assert_eq!(fill("キューに {messages} 通の配信状態通知が滞留している", &[], false), "キューにメッセージが滞留している");
        assert_eq!(fill("{host} answers", &[], true), "the host answers");
    }
}
