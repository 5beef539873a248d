//! The report of made-up cases, whole and in both languages.

use super::*;
use crate::diagnosis::Warned;
use crate::knowledge::Text;
use crate::report::sample;

const PLAIN: Style = Style { colour: false, width: 80 };

#[test]
fn trouble_in_english() {
    insta::assert_snapshot!(diagnosis(&sample::trouble(), Lang::En, &PLAIN, false), @r#"
    Trouble (98 %): the DNS server that this server asks does not answer
    Postfix on mx1.example.com, evidence of 2026-11-24 08:42:00 UTC

      Submission 0 (14 rejected) → Local delivery (310 sent) →
      [!] Remote 850 (FAILING, oldest 5 h, 12 sent, 1,850 deferred, 3 bounced)

    1. The DNS server that this server asks does not answer (98 %)
       dns.server-unreachable, seed Q4.2, OUT3
       Queries to the configured DNS server run into a time-out or are refused by
       the network, so no destination can be looked up.
       Possible reasons: The DNS server is down, port 53 is blocked, or its address
       in the configuration is old or wrong.
       Concerns: example.net, 192.0.2.53
       Leads to: the queue is so long that new mail is slowed down
       Examined: most of what bears on it (60 %)

       What speaks for it
       + 850 messages wait with "Host or domain name not found. Name service error
         for name=example.net type=MX: Host not found, try again" (strong)
         mail.log:812, 815, 901, +2 more [knowledge/last_errors/dns-try-again, seed
         Q4.2]
       + The query for example.net MX got no answer from 192.0.2.53 (moderate)
         dig.txt:4 [dns/no-answer, seed Q4.2]
       + An event says the same (already counted)
         dig.txt:9 [knowledge/events/dns, seed Q4.2]

       What speaks against it
       - Mail to example.org was delivered at 08:12 (weak)
         mail.log:700 [dns/other-destinations-work, seed Q4.2]

       What to do: Give the server a DNS server that answers
       restore-resolver, with caution, 10 min of work, then wait 5 min
       1. Ask the DNS server by hand
            dig @192.0.2.53 example.net MX
       2. When it does not answer, start it, or put another one into
          /etc/resolv.conf
       3. Have the queue tried again
            sh -c 'postqueue -f && postqueue -p | tail -1'
       Check: The queue shrinks
            postqueue -p
       Undo: Put the old line back into /etc/resolv.conf
       Or: Repair the DNS server (repair-dns-server, interrupts mail)

    2. The queue is so long that new mail is slowed down (71 %)
       load.back-pressure
       Follows from: the DNS server that this server asks does not answer. Repair
       that first.
       The mail system protects itself.
       Examined: part of what bears on it (30 %)

       What speaks for it
       + The queue grew by 400 in an hour (moderate)
         [plugin/remote-delivery/growing, seed Q4.2]

    Less likely
    3. Connections to port 25 are dropped on the way (8 %) remote.port25-blocked

    What mail flow needs
    - OUT3 NOT MET: OUT3 must be so
      The resolver is silent [mail.log:12]
        - OUT3a NOT MET: OUT3a must be so
          The resolver is silent [mail.log:12]
        - OUT3c not known: OUT3c must be so
          To learn it: Read the setting
            postconf relayhost

    What to find out next
    1. Ask another DNS server for example.net MX (probe, saves about 12 min, seed
       T6)
    2. Was the network changed lately? (question)
    3. Log the session with mx.example.net (raise a diagnostic level, seed S4, T5)
       - Log each command
            postconf -e 'debug_peer_list=mx.example.net'
       Undo: Set it back
            postconf -e 'debug_peer_list='

    Not examined
    - smtp mx.example.net: timed out

    Warnings (1)
    - mail.log:1: the year is not in the log and was taken from the queue
    "#);
}

#[test]
fn trouble_in_japanese() {
    insta::assert_snapshot!(diagnosis(&sample::trouble(), Lang::Ja, &PLAIN, false), @r#"
    障害あり (98 %): このサーバーが問い合わせる DNS サーバーが応答しない
    mx1.example.com の Postfix、2026-11-24 08:42:00 UTC 時点の証拠

      発信前 0 (拒否 14) → ローカル配信 (配信 310) →
      [!] リモート配信 850 (障害、最古 5 時間、配信 12、保留 1,850、返送 3)

    1. このサーバーが問い合わせる DNS サーバーが応答しない (98 %)
       dns.server-unreachable、シード Q4.2, OUT3
       設定された DNS サーバーへの問い合わせがタイムアウトするかネットワークに拒否さ
       れ、配送先を検索できません。
       理由: DNS サーバーの停止、ポート 53 の遮断、または設定されたアドレスの誤りや
       古さが原因です。
       対象: example.net、192.0.2.53
       これが引き起こすもの: キューが長く、新しいメールの受け付けが抑制されている
       調査範囲: 関係する事実の大半 (60 %)

       裏付ける証拠
       + 850 通のメッセージが「Host or domain name not found. Name service error for
         name=example.net type=MX: Host not found, try again」で待機している (強)
         mail.log:812, 815, 901, ほか 2 か所 [knowledge/last_errors/dns-try-again、
         シード Q4.2]
       + 192.0.2.53 が example.net MX の問い合わせに応答しない (中)
         dig.txt:4 [dns/no-answer、シード Q4.2]
       + イベントも同じ内容を示す (計上済み)
         dig.txt:9 [knowledge/events/dns、シード Q4.2]

       反する証拠
       - example.org 宛のメールは 08:12 に配信された (弱)
         mail.log:700 [dns/other-destinations-work、シード Q4.2]

       対処: 応答する DNS サーバーを設定する
       restore-resolver、要注意、作業 10 分、その後 5 分待機
       1. DNS サーバーに手動で問い合わせます
            dig @192.0.2.53 example.net MX
       2. 応答がなければ起動するか、/etc/resolv.conf に別のサーバーを設定します
       3. キューを再試行させます
            sh -c 'postqueue -f && postqueue -p | tail -1'
       確認: キューが減ります
            postqueue -p
       元に戻す: /etc/resolv.conf の元の行を戻します
       または: DNS サーバーを修復する (repair-dns-server、メールが一時止まる)

    2. キューが長く、新しいメールの受け付けが抑制されている (71 %)
       load.back-pressure
       次の原因の結果です: このサーバーが問い合わせる DNS サーバーが応答しない。先に
       そちらを直します。
       メール システムが自らを保護しています。
       調査範囲: 関係する事実の一部 (30 %)

       裏付ける証拠
       + キューが 1 時間で 400 増えた (中)
         [plugin/remote-delivery/growing、シード Q4.2]

    可能性の低い原因
    3. ポート 25 への接続が途中で破棄されている (8 %) remote.port25-blocked

    メールの流れの要件
    - OUT3 満たさない: OUT3 が必要
      リゾルバーが応答しない [mail.log:12]
        - OUT3a 満たさない: OUT3a が必要
          リゾルバーが応答しない [mail.log:12]
        - OUT3c 不明: OUT3c が必要
          確認方法: 設定を読みます
            postconf relayhost

    次に調べること
    1. 別の DNS サーバーに example.net MX を問い合わせる (測定、約 12 分短縮、シード
       T6)
    2. 最近ネットワークを変更しましたか? (質問)
    3. mx.example.net とのセッションを記録する (診断ログの引き上げ、シード S4, T5)
       - 各コマンドを記録します
            postconf -e 'debug_peer_list=mx.example.net'
       元に戻す: 元に戻します
            postconf -e 'debug_peer_list='

    調べられなかったもの
    - smtp mx.example.net: timed out

    警告 (1)
    - mail.log:1: ログに年がないため、キューから補いました
    "#);
}

#[test]
fn a_healthy_case_is_short() {
    insta::assert_snapshot!(diagnosis(&sample::healthy(), Lang::En, &PLAIN, false), @r#"
    Healthy: nothing was found that keeps mail from flowing
    Postfix on mx1.example.com, evidence of 2026-11-24 08:42:00 UTC
    The probability of trouble is 2 %.
    Looked at: mail.log, queue.json, dig.txt

      Submission 0 (14 rejected) → Local delivery (310 sent) →
      Remote 850 (oldest 5 h, 12 sent, 1,850 deferred, 3 bounced)
    "#);
}

#[test]
fn an_incomplete_case_says_how_to_get_the_rest() {
    insta::assert_snapshot!(diagnosis(&sample::incomplete(), Lang::En, &PLAIN, false), @r#"
    Incomplete: what was not examined could hide trouble
    Postfix on mx1.example.com, evidence of 2026-11-24 08:42:00 UTC
    The probability of trouble is 10 %.
    Looked at: main.cf.txt

    Not examined
    - queue: postqueue: permission denied

    No queue listing, mail log, event or SMTP session was given. One of these is
    needed:
    - the queue and the log, each saved to a file and named to mailmedic diagnose:
        postqueue -j > queue.json
        journalctl -u 'postfix*' -S -24h > mail.log
    "#);
}

#[test]
fn requirements_are_listed_in_full_on_request() {
    let case = sample::trouble();
    assert!(!diagnosis(&case, Lang::En, &PLAIN, false).contains("IN4"));
    assert!(diagnosis(&case, Lang::En, &PLAIN, true).contains("- IN4 met: IN4 must be so\n"));
    // What nobody knows and nothing cites is no matter of the case.
    let mut open = case.clone();
    open.requirements.iter_mut().for_each(|item| item.state = crate::diagnosis::Fulfilment::Unknown);
    let text = diagnosis(&open, Lang::En, &PLAIN, false);
    assert!(text.contains("- OUT3 not known") && !text.contains("IN4"), "{text}");
    open.requirements.iter_mut().for_each(|item| item.bears = false);
    assert!(!diagnosis(&open, Lang::En, &PLAIN, false).contains("What mail flow needs"));
}

#[test]
fn every_line_keeps_to_the_width_but_commands() {
    for case in [sample::trouble(), sample::hostile(), sample::healthy(), sample::incomplete()] {
        for (width, lang) in [40, 80, 100].into_iter().flat_map(|width| [(width, Lang::En), (width, Lang::Ja)]) {
            let report = diagnosis(&case, lang, &Style { colour: false, width }, false);
            for line in report.lines().filter(|line| !is_command(line)) {
                assert!(columns(line) <= width, "{width}: {line}");
                assert_eq!(line, line.trim_end(), "blanks at the end");
            }
        }
    }
}

fn is_command(line: &str) -> bool {
    ["        dig", "        sh ", "        postconf", "        postqueue", "    postqueue", "    journalctl", "    exim", "    cp "]
        .iter()
        .any(|start| line.starts_with(start))
}

#[test]
fn hostile_evidence_stays_text() {
    for lang in [Lang::En, Lang::Ja] {
        let report = diagnosis(&sample::hostile(), lang, &PLAIN, false);
        let harmful = |char: char| (char.is_control() && char != '\n') || matches!(char, '\u{202e}' | '\u{200b}');
        assert!(!report.chars().any(harmful), "{report:?}");
        assert!(report.contains(r"\x1b[2J"));
    }
}

#[test]
fn colours_are_there_only_when_asked_for_and_change_no_text() {
    let case = sample::trouble();
    let coloured = diagnosis(&case, Lang::En, &Style { colour: true, width: 80 }, false);
    let plain = diagnosis(&case, Lang::En, &PLAIN, false);
    assert!(coloured.starts_with("\x1b[1;31mTrouble (98 %)") && !plain.contains('\x1b'));
    let mut stripped = String::new();
    for (position, part) in coloured.split('\x1b').enumerate() {
        stripped.push_str(if position == 0 { part } else { part.split_once('m').map_or("", |(_, text)| text) });
    }
    assert_eq!(stripped, plain);
}

#[test]
fn without_a_likely_cause_the_best_three_are_shown() {
    let mut case = sample::trouble();
    for (cause, probability) in case.causes.iter_mut().zip([0.4, 0.3, 0.2]) {
        cause.probability = probability;
        cause.consequence_of.clear();
    }
    let fourth = RankedCause { probability: 0.06, id: "time.skew".to_owned(), ..case.causes[2].clone() };
    case.causes.push(fourth);
    let report = diagnosis(&case, Lang::En, &PLAIN, false);
    assert!(report.starts_with("Trouble (98 %): something is wrong, and the evidence does not yet say what\n"), "{report}");
    assert!(report.contains("Best guesses\n") && report.contains("Less likely\n4. "), "{report}");
    case.causes[0].id = "other".to_owned();
    case.causes[0].probability = 0.8;
    assert!(
        diagnosis(&case, Lang::En, &PLAIN, false)
            .starts_with("Trouble (98 %): something is wrong, and none of the known causes explains it\n")
    );
}

#[test]
fn many_warnings_are_collapsed() {
    let mut case = sample::trouble();
    case.warnings = (0..40)
        .map(|number| Warned { text: Text::new(format!("warning {number}"), format!("警告 {number}")), sources: Vec::new() })
        .collect();
    let report = diagnosis(&case, Lang::En, &PLAIN, false);
    assert!(report.contains("Warnings (40)\n- warning 0\n") && report.ends_with("- warning 4\n  and 35 more\n"), "{report}");
}

#[test]
fn several_likely_causes_are_counted_in_the_headline_without_consequences() {
    let mut case = sample::trouble();
    case.causes[2].probability = 0.9;
    assert!(
        diagnosis(&case, Lang::En, &PLAIN, false)
            .starts_with("Trouble (98 %): the DNS server that this server asks does not answer, and 1 more\n")
    );
}

#[test]
fn what_is_benign_is_no_trouble() {
    let mut case = sample::healthy();
    let mut benign = sample::trouble().causes.remove(1);
    benign.id = "deferred.scheduled".to_owned();
    benign.title = sample::text("Messages wait for their delivery time", "配信時刻を待っている");
    benign.consequence_of.clear();
    case.causes.push(benign);
    let report = diagnosis(&case, Lang::En, &PLAIN, false);
    assert!(report.starts_with("Healthy, nothing to fix: messages wait for their delivery time\n"), "{report}");
    assert!(!report.contains("No remedy"));
}
