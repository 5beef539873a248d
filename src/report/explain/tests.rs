//! The pages of one small knowledge.

use super::super::screen::columns;
use super::*;

const FILES: [(&str, &str); 6] = [
    (
        "causes/dns.toml",
        r#"
        [[cause]]
        id = "dns.server-unreachable"
        prior = { default = "uncommon", postfix = "occasional" }
        seed = ["Q4.2"]
        leads_to = { "load.back-pressure" = "often" }
        remedies = ["restore-resolver"]
        title = { en = "The DNS server does not answer", ja = "DNS サーバーが応答しない" }
        what = { en = "Queries run into a time-out.", ja = "問い合わせがタイムアウトします。" }
        why = { en = "It is down, or port 53 is blocked.", ja = "停止、またはポート 53 の遮断が原因です。" }
        recognise = { en = "Many destinations fail at once.", ja = "多数の配送先が同時に失敗します。" }
        sources = ["RFC 5321 §5.1"]
        [[cause]]
        id = "load.back-pressure"
        prior = "rare"
        title = { en = "New mail is slowed down", ja = "新しいメールが抑制されている" }
        what = { en = "The system protects itself.", ja = "システムが自らを保護しています。" }
        why = { en = "A long queue.", ja = "長いキューが原因です。" }
        recognise = { en = "Event 15004.", ja = "イベント 15004。" }
        sources = ["seed"]
    "#,
    ),
    (
        "remedies/dns.toml",
        r#"
        [[remedy]]
        id = "restore-resolver"
        title = { en = "Use a DNS server that answers", ja = "応答する DNS サーバーを使う" }
        risk = "caution"
        minutes = 10
        wait_minutes = 5
        sources = ["experience"]
        step = [{ platforms = ["unix"], run = ["dig", "@{server}", "a b"], text = { en = "Ask it", ja = "問い合わせます" } }]
        check = [{ text = { en = "It answers", ja = "応答があります" } }]
        undo = [{ text = { en = "Put the old one back", ja = "元に戻します" } }]
    "#,
    ),
    (
        "events/x.toml",
        r#"
        [[entry]]
        id = "transport-4006"
        source = "MSExchangeTransport"
        number = [4006, 4007]
        any = ["unable to bind"]
        causes = { "dns.server-unreachable" = "usually" }
        seen_without = "never"
        text = { en = "The transport could not resolve {host}", ja = "トランスポートが {host} を解決できない" }
        sources = ["KB 1"]
    "#,
    ),
    (
        "codes/x.toml",
        r#"
        [[entry]]
        id = "5.7.1"
        title = { en = "Delivery not authorised", ja = "配信が許可されていない" }
        sources = ["RFC 3463"]
    "#,
    ),
    (
        "settings/x.toml",
        r#"
        [[entry]]
        id = "dsusecat"
        key = "smtpsvc/*/DsUseCat"
        type = "integer"
        default = "1"
        when = { equals = "0" }
        title = { en = "Categorizer switch", ja = "カテゴライザーのスイッチ" }
        sources = ["facts"]
    "#,
    ),
    (
        "queues.toml",
        r#"
        [[queue]]
        id = "remote-delivery"
        stage = "remote-delivery"
        title = { en = "Remote delivery", ja = "リモート配信" }
        names = ["SMTP Delivery"]
        name_patterns = ["*.*"]
        never = ["delete"]
        holds = { en = "Messages for other hosts.", ja = "他のホスト宛のメッセージ。" }
    "#,
    ),
];

fn knowledge() -> Knowledge {
    let files: Vec<(String, String)> = FILES.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
    crate::knowledge::load(&files).unwrap()
}

fn only<'a>(knowledge: &'a Knowledge, id: &str) -> Topic<'a> {
    let found = find(knowledge, id);
    assert_eq!(found.len(), 1, "{id}: {found:?}");
    found[0]
}

#[test]
fn ids_of_every_kind_are_found() {
    let knowledge = knowledge();
    let topic = |id: &str| json(only(&knowledge, id), &knowledge, Lang::En)["topic"].as_str().unwrap().to_owned();
    assert_eq!(topic("dns.server-unreachable"), "cause");
    assert_eq!(topic("DNS.server-unreachable.port-53-blocked"), "cause");
    assert_eq!(topic("restore-resolver"), "remedy");
    assert_eq!(topic("smtp delivery"), "queue");
    assert_eq!(topic("MSExchangeTransport/4006"), "events");
    assert_eq!(topic("4007"), "events");
    assert_eq!(topic("knowledge/events/transport-4006"), "events");
    assert_eq!(topic("5.7.1"), "codes");
    assert_eq!(topic("smtpsvc/1/DsUseCat"), "settings");
    assert!(find(&knowledge, "dns.server-unreachble").is_empty());
    let packs = Packs { knowledge, ..Packs::default() };
    assert_eq!(suggest(&packs, "dns.server-unreachble"), ["dns.server-unreachable"]);
}

#[test]
fn the_page_of_a_cause() {
    let knowledge = knowledge();
    insta::assert_snapshot!(text(only(&knowledge, "dns.server-unreachable"), &knowledge, Lang::En, &Style::default()), @r#"
    The DNS server does not answer
    cause: dns.server-unreachable

    Queries run into a time-out.

    Why it happens
      It is down, or port 53 is blocked.

    How to recognise it
      Many destinations fail at once.

    Remedies
      - restore-resolver: Use a DNS server that answers (with caution)

    Leads to
      - load.back-pressure: New mail is slowed down (often)

    Shown by
      - knowledge/events/transport-4006: The transport could not resolve {host}
        (usually)

    How common: postfix occasional, elsewhere uncommon
    Platforms: all
    Seed: Q4.2
    Sources: RFC 5321 §5.1
    Defined in: causes/dns.toml:2
    "#);
}

#[test]
fn the_page_of_a_remedy_in_japanese() {
    let knowledge = knowledge();
    insta::assert_snapshot!(text(only(&knowledge, "restore-resolver"), &knowledge, Lang::Ja, &Style::default()), @r#"
    応答する DNS サーバーを使う
    対処: restore-resolver

    要注意、作業 10 分、その後 5 分待機

    手順
      - 問い合わせます [unix]
          dig '@{server}' 'a b'

    確認
      - 応答があります

    元に戻す
      - 元に戻します

    対象の原因
      - dns.server-unreachable: DNS サーバーが応答しない

    出典: experience
    定義場所: remedies/dns.toml:2
    "#);
}

#[test]
fn the_page_of_a_setting() {
    let knowledge = knowledge();
    insta::assert_snapshot!(text(only(&knowledge, "smtpsvc/1/DsUseCat"), &knowledge, Lang::En, &Style::default()), @r#"
    Categorizer switch
    setting: knowledge/settings/dsusecat

    Looks for
      - smtpsvc/*/DsUseCat
      - Type: integer
      - Default: 1
      - A finding when: it is 0

    Platforms: all
    Sources: facts
    Defined in: settings/x.toml:2
    "#);
}

#[test]
fn pages_keep_to_the_width() {
    let knowledge = knowledge();
    for id in ["dns.server-unreachable", "restore-resolver", "4006", "5.7.1", "smtp delivery", "smtpsvc/1/DsUseCat"] {
        for (width, lang) in [40, 80, 100].into_iter().flat_map(|width| [(width, Lang::En), (width, Lang::Ja)]) {
            for line in text(only(&knowledge, id), &knowledge, lang, &Style { colour: false, width }).lines() {
                assert!(columns(line) <= width, "{width}: {line}");
            }
        }
    }
}
