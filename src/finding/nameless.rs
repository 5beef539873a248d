//! What a finding says: its text, and that of one that is absent or has no fact behind it.

use super::Holds;
use crate::fact::Kind;
use crate::knowledge::Text;

/// Returns what is to be said of a finding in its state, with the placeholders that its facts fill.
///
/// `absent` is the author's statement for an absent finding; without one the text is said not to be the case. `factless` says that no fact stands
/// behind the finding, and `kind` which kind of facts it looks at.
pub fn statement(holds: &Holds, text: &Text, absent: Option<&Text>, factless: bool, kind: Option<Kind>) -> Text {
    match (holds, absent) {
        (Holds::Absent, Some(absent)) => absent.clone(),
        (Holds::Absent, None) => {
            let plain = nameless(text, kind);
            Text::new(format!("Not the case: {}", plain.en), format!("該当しない: {}", plain.ja))
        }
        _ if factless => nameless(text, kind),
        _ => text.clone(),
    }
}

/// Puts plain nouns into the placeholders of a text, since there is no fact to name: `"{name}" is in retry` becomes `a queue is in retry`.
///
/// `kind` is the kind of facts that the finding looks at. A value that only ends a sentence (`…: {value}`) is left out.
fn nameless(text: &Text, kind: Option<Kind>) -> Text {
    Text::new(filled(&text.en, kind, |(en, _)| en), filled(&text.ja, kind, |(_, ja)| ja))
}

type Noun = (&'static str, &'static str);

fn filled(text: &str, kind: Option<Kind>, choose: fn(Noun) -> &'static str) -> String {
    const QUOTES: &[(&str, &str)] = &[("\"", "\""), ("「", "」"), ("'", "'"), ("“", "”")];
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('{') {
        let Some((name, after)) = behind.split_once('}') else { break };
        let ending = before.trim_end().strip_suffix([':', ':']).filter(|_| after.trim().is_empty());
        if let Some(sentence) = ending {
            out.push_str(sentence);
            return out;
        }
        let quoted = QUOTES.iter().find_map(|(open, close)| Some((before.strip_suffix(open)?, after.strip_prefix(close)?)));
        let (before, after) = quoted.unwrap_or((before, after));
        out.push_str(before);
        match noun(name, kind) {
            Some(noun) => out.push_str(choose(noun)),
            None => {
                out.push('{');
                out.push_str(name);
                out.push('}');
            }
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

/// Returns what stands for a value of facts of a kind; `None` leaves the placeholder to the report.
fn noun(placeholder: &str, kind: Option<Kind>) -> Option<Noun> {
    Some(match (placeholder, kind?) {
        ("name" | "queue", Kind::Queue) => ("a queue", "キュー"),
        ("name" | "key", Kind::Service) => ("a service", "サービス"),
        ("name" | "key", Kind::Setting) => ("a setting", "設定"),
        ("name", Kind::Connector) => ("a connector", "コネクタ"),
        ("name" | "destination", Kind::Dns) => ("a name", "名前"),
        ("name" | "host", Kind::Smtp | Kind::Listener | Kind::Certificate) => ("a host", "ホスト"),
        ("name", Kind::Resource) => ("a resource", "リソース"),
        ("name", Kind::Counter) => ("a counter", "カウンター"),
        ("name", Kind::DiagnosticLevel) => ("a category", "カテゴリ"),
        ("destination", Kind::Queue | Kind::Outcome) => ("a destination", "宛先"),
        ("recipient", Kind::Ndr | Kind::Outcome) => ("a recipient", "受信者"),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_absent_finding_says_what_its_author_wrote() {
        let text = Text::new("\"{name}\" is in retry", "「{name}」が再試行状態にある");
        let absent = Text::new("No queue is in retry", "再試行状態のキューはない");
        assert_eq!(statement(&Holds::Absent, &text, Some(&absent), true, Some(Kind::Queue)), absent);
        assert_eq!(statement(&Holds::Absent, &text, None, true, Some(Kind::Queue)).en, "Not the case: a queue is in retry");
        assert_eq!(statement(&Holds::Present, &text, Some(&absent), false, Some(Kind::Queue)), text);
    }

    #[test]
    fn nouns_stand_for_names_and_a_value_at_the_end_is_left_out() {
        let text = Text::new("The messages wait in \"{name}\": {value}", "メッセージが「{name}」で待機している: {value}");
        let plain = nameless(&text, Some(Kind::Queue));
        assert_eq!((plain.en.as_str(), plain.ja.as_str()), ("The messages wait in a queue", "メッセージがキューで待機している"));
        assert_eq!(nameless(&Text::new("{key} is {value} here", "x"), None).en, "{key} is {value} here");
    }
}
