//! Made-up cases for the tests of this module.

use crate::diagnosis::{
    Checked, Deliveries, Diagnosis, Evidence, Fulfilment, Next, PlannedAction, PlannedPrecondition, PlannedRemedy, ProposedRepair,
    RankedCause, StageState, StageStatus, Verdict, Warned,
};
use crate::fact::{Case, FactName, FileId, Known, Listed, Place, Platform, Queue, Source, Stage, Timestamp, Why};
use crate::knowledge::{Risk, Text};
use crate::parse::{FileReport, Harvest, Reason, Unread, Warning};

pub(in crate::report) fn text(en: &str, ja: &str) -> Text {
    Text::new(en, ja)
}

fn strings(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

fn line(file: u32, line: u64) -> Source {
    Source { file: FileId(file), place: Place::Line(line) }
}

fn action(run: &[&str], en: &str, ja: &str) -> PlannedAction {
    PlannedAction { run: strings(run), text: text(en, ja) }
}

fn evidence(supports: bool, en: &str, ja: &str, rule: &str, weight: f64, sources: Vec<Source>) -> Evidence {
    Evidence { supports, explained: false, text: text(en, ja), rule: rule.to_owned(), weight, seed: strings(&["Q4.2"]), sources }
}

fn stage(stage: Stage, title: Text, status: StageStatus) -> StageState {
    StageState { stage, title, status, queues: None, messages: None, oldest_seconds: None, deliveries: None }
}

/// A Postfix whose DNS server is dead.
pub(in crate::report) fn trouble() -> Diagnosis {
    let dns = RankedCause {
        id: "dns.server-unreachable".to_owned(),
        title: text("The DNS server that this server asks does not answer", "このサーバーが問い合わせる DNS サーバーが応答しない"),
        what: text(
            "Queries to the configured DNS server run into a time-out or are refused by the network, so no destination can be looked up.",
            "設定された DNS サーバーへの問い合わせがタイムアウトするかネットワークに拒否され、配送先を検索できません。",
        ),
        why: text(
            "The DNS server is down, port 53 is blocked, or its address in the configuration is old or wrong.",
            "DNS サーバーの停止、ポート 53 の遮断、または設定されたアドレスの誤りや古さが原因です。",
        ),
        probability: 0.981_23,
        coverage: 0.6,
        seed: strings(&["Q4.2", "OUT3"]),
        consequence_of: Vec::new(),
        subjects: strings(&["example.net", "192.0.2.53"]),
        evidence: vec![
            evidence(
                true,
                "850 messages wait with \"Host or domain name not found. Name service error for name=example.net type=MX: Host not found, try again\"",
                "850 通のメッセージが「Host or domain name not found. Name service error for name=example.net type=MX: Host not found, try again」で待機している",
                "knowledge/last_errors/dns-try-again",
                5.2,
                vec![line(0, 812), line(0, 815), line(0, 901), line(0, 902), line(1, 3)],
            ),
            evidence(
                true,
                "The query for example.net MX got no answer from 192.0.2.53",
                "192.0.2.53 が example.net MX の問い合わせに応答しない",
                "dns/no-answer",
                1.4,
                vec![line(2, 4)],
            ),
            evidence(true, "An event says the same", "イベントも同じ内容を示す", "knowledge/events/dns", 0.0, vec![line(2, 9)]),
            evidence(
                false,
                "Mail to example.org was delivered at 08:12",
                "example.org 宛のメールは 08:12 に配信された",
                "dns/other-destinations-work",
                -0.7,
                vec![line(0, 700)],
            ),
        ],
        remedies: vec![
            PlannedRemedy {
                id: "restore-resolver".to_owned(),
                title: text("Give the server a DNS server that answers", "応答する DNS サーバーを設定する"),
                risk: Risk::Caution,
                minutes: 10.0,
                wait_minutes: 5.0,
                preconditions: Vec::new(),
                steps: vec![
                    action(
                        &["dig", "@192.0.2.53", "example.net", "MX"],
                        "Ask the DNS server by hand",
                        "DNS サーバーに手動で問い合わせます",
                    ),
                    action(
                        &[],
                        "When it does not answer, start it, or put another one into /etc/resolv.conf",
                        "応答がなければ起動するか、/etc/resolv.conf に別のサーバーを設定します",
                    ),
                    action(&["sh", "-c", "postqueue -f && postqueue -p | tail -1"], "Have the queue tried again", "キューを再試行させます"),
                ],
                verify: vec![action(&["postqueue", "-p"], "The queue shrinks", "キューが減ります")],
                undo: vec![action(&[], "Put the old line back into /etc/resolv.conf", "/etc/resolv.conf の元の行を戻します")],
            },
            PlannedRemedy {
                id: "repair-dns-server".to_owned(),
                title: text("Repair the DNS server", "DNS サーバーを修復する"),
                risk: Risk::Disruptive,
                minutes: 60.0,
                wait_minutes: 0.0,
                preconditions: Vec::new(),
                steps: vec![action(&[], "Read its log", "ログを確認します")],
                verify: Vec::new(),
                undo: Vec::new(),
            },
        ],
    };
    let pressure = RankedCause {
        id: "load.back-pressure".to_owned(),
        title: text("The queue is so long that new mail is slowed down", "キューが長く、新しいメールの受け付けが抑制されている"),
        what: text("The mail system protects itself.", "メール システムが自らを保護しています。"),
        why: Text::default(),
        probability: 0.71,
        coverage: 0.3,
        seed: Vec::new(),
        consequence_of: strings(&["dns.server-unreachable"]),
        subjects: Vec::new(),
        evidence: vec![evidence(
            true,
            "The queue grew by 400 in an hour",
            "キューが 1 時間で 400 増えた",
            "plugin/remote-delivery/growing",
            2.0,
            Vec::new(),
        )],
        remedies: Vec::new(),
    };
    let blocked = RankedCause {
        id: "remote.port25-blocked".to_owned(),
        title: text("Connections to port 25 are dropped on the way", "ポート 25 への接続が途中で破棄されている"),
        probability: 0.08,
        coverage: 0.1,
        seed: strings(&["Q4.3"]),
        evidence: Vec::new(),
        remedies: Vec::new(),
        consequence_of: Vec::new(),
        subjects: Vec::new(),
        ..dns.clone()
    };
    let repair = |(remedy, saves): (&PlannedRemedy, f64)| ProposedRepair {
        remedy: remedy.clone(),
        causes: strings(&["dns.server-unreachable"]),
        probability: dns.probability,
        minutes: remedy.minutes + remedy.wait_minutes,
        saves,
        worth_trying: true,
        after: Vec::new(),
    };
    let repairs = dns.remedies.iter().zip([220.0, 90.0]).map(repair).collect();
    Diagnosis {
        repairs,
        case: Case { platform: Some(Platform::Postfix), server: Some("mx1.example.com".to_owned()), ..Case::default() },
        taken_at: Timestamp::parse("2026-11-24T08:42:00Z"),
        verdict: Verdict::Trouble,
        trouble_probability: 0.984,
        causes: vec![dns, pressure, blocked],
        onset: None,
        stages: vec![
            StageState {
                queues: Some(2),
                messages: Some(0),
                deliveries: Some(Deliveries { rejected: 14, ..Deliveries::default() }),
                ..stage(Stage::Submission, text("Submission", "発信前"), StageStatus::Ok)
            },
            stage(Stage::Routing, text("Routing", "ルーティング"), StageStatus::Unknown),
            StageState {
                deliveries: Some(Deliveries { sent: 310, ..Deliveries::default() }),
                ..stage(Stage::LocalDelivery, text("Local delivery", "ローカル配信"), StageStatus::Ok)
            },
            StageState {
                queues: Some(1),
                messages: Some(850),
                oldest_seconds: Some(18_000),
                deliveries: Some(Deliveries { sent: 12, deferred: 1850, bounced: 3, rejected: 0 }),
                ..stage(Stage::RemoteDelivery, text("Remote", "リモート配信"), StageStatus::Failing)
            },
        ],
        next: vec![
            Next {
                kind: "probe",
                id: "dns example.net MX".to_owned(),
                text: text("Ask another DNS server for example.net MX", "別の DNS サーバーに example.net MX を問い合わせる"),
                gain: 12.4,
                seed: strings(&["T6"]),
                steps: Vec::new(),
                undo: Vec::new(),
            },
            Next {
                kind: "question",
                id: "recently-changed".to_owned(),
                text: text("Was the network changed lately?", "最近ネットワークを変更しましたか?"),
                gain: 0.41,
                seed: Vec::new(),
                steps: Vec::new(),
                undo: Vec::new(),
            },
            Next {
                kind: "raise-level",
                id: "diagnostic-level:debug_peer_list".to_owned(),
                text: text("Log the session with mx.example.net", "mx.example.net とのセッションを記録する"),
                gain: 0.2,
                seed: strings(&["S4", "T5"]),
                steps: vec![PlannedAction {
                    run: strings(&["postconf", "-e", "debug_peer_list=mx.example.net"]),
                    text: text("Log each command", "各コマンドを記録します"),
                }],
                undo: vec![PlannedAction {
                    run: strings(&["postconf", "-e", "debug_peer_list="]),
                    text: text("Set it back", "元に戻します"),
                }],
            },
        ],
        requirements: vec![
            checked("IN4", Fulfilment::Met, false),
            checked("OUT3", Fulfilment::NotMet, true),
            Checked { part_of: Some("OUT3".to_owned()), ..checked("OUT3a", Fulfilment::NotMet, true) },
            Checked { part_of: Some("OUT3".to_owned()), ..checked("OUT3c", Fulfilment::Unknown, false) },
        ],
        not_examined: vec![("smtp mx.example.net".to_owned(), "timed out".to_owned())],
        probes: Vec::new(),
        warnings: vec![Warned {
            text: Text::new("the year is not in the log and was taken from the queue", "ログに年がないため、キューから補いました"),
            sources: vec![line(0, 1)],
        }],
        files: strings(&["mail.log", "queue.json", "dig.txt"]),
    }
}

fn checked(id: &str, state: Fulfilment, bears: bool) -> Checked {
    let known = state != Fulfilment::Unknown;
    Checked {
        id: id.to_owned(),
        part_of: None,
        title: text(&format!("{id} must be so"), &format!("{id} が必要")),
        state,
        likely: false,
        because: if known { vec![text("The resolver is silent", "リゾルバーが応答しない")] } else { Vec::new() },
        sources: if known { vec![line(0, 12)] } else { Vec::new() },
        learn: vec![PlannedAction { run: strings(&["postconf", "relayhost"]), text: text("Read the setting", "設定を読みます") }],
        bears,
    }
}

/// The same, with evidence that wants to take over the terminal.
pub(in crate::report) fn hostile() -> Diagnosis {
    const EVIL: &str = "\x1b[2J\x1b]0;pwned\x07\r\n\u{9b}31m\u{202e}\u{200b}\x7f";
    let mut diagnosis = trouble();
    diagnosis.case.server = Some(EVIL.to_owned());
    diagnosis.files = vec![format!("{EVIL}.log"); 3];
    diagnosis.not_examined.push((EVIL.to_owned(), EVIL.to_owned()));
    diagnosis.warnings.push(Warned { text: Text::new(EVIL, EVIL), sources: vec![line(1, 1)] });
    for next in &mut diagnosis.next {
        next.text = text(EVIL, EVIL);
        next.id = EVIL.to_owned();
        next.seed = strings(&[EVIL]);
        for action in next.steps.iter_mut().chain(&mut next.undo) {
            action.text = text(EVIL, EVIL);
            action.run = strings(&["dig", EVIL]);
        }
    }
    for checked in &mut diagnosis.requirements {
        checked.title = text(EVIL, EVIL);
        for statement in &mut checked.because {
            *statement = text(EVIL, EVIL);
        }
    }
    for stage in &mut diagnosis.stages {
        stage.title = text(EVIL, EVIL);
    }
    for cause in &mut diagnosis.causes {
        for field in [&mut cause.title, &mut cause.what, &mut cause.why] {
            *field = text(EVIL, EVIL);
        }
        cause.id = EVIL.to_owned();
        for list in [&mut cause.seed, &mut cause.consequence_of, &mut cause.subjects] {
            *list = strings(&[EVIL]);
        }
        for item in &mut cause.evidence {
            item.text = text(EVIL, EVIL);
            item.rule = EVIL.to_owned();
        }
    }
    let remedies = diagnosis.causes.iter_mut().flat_map(|cause| &mut cause.remedies);
    for remedy in remedies.chain(diagnosis.repairs.iter_mut().map(|repair| &mut repair.remedy)) {
        remedy.title = text(EVIL, EVIL);
        remedy.id = EVIL.to_owned();
        remedy.preconditions =
            vec![PlannedPrecondition { text: text(EVIL, EVIL), facts: strings(&[EVIL]), named: vec![text(EVIL, EVIL)], known: false }];
        for action in remedy.steps.iter_mut().chain(&mut remedy.verify).chain(&mut remedy.undo) {
            action.text = text(EVIL, EVIL);
            action.run = strings(&["dig", EVIL]);
        }
    }
    for repair in &mut diagnosis.repairs {
        repair.causes = strings(&[EVIL]);
    }
    diagnosis
}

/// A case in which nothing is wrong.
pub(in crate::report) fn healthy() -> Diagnosis {
    let mut diagnosis = trouble();
    diagnosis.verdict = Verdict::Healthy;
    diagnosis.trouble_probability = 0.021;
    diagnosis.causes.clear();
    diagnosis.repairs.clear();
    diagnosis.next.clear();
    diagnosis.requirements.clear();
    diagnosis.not_examined.clear();
    diagnosis.warnings.clear();
    for stage in &mut diagnosis.stages {
        if stage.status == StageStatus::Failing {
            stage.status = StageStatus::Ok;
        }
    }
    diagnosis
}

/// A case in which nothing was given that could show trouble.
pub(in crate::report) fn incomplete() -> Diagnosis {
    let mut diagnosis = healthy();
    diagnosis.verdict = Verdict::Incomplete;
    diagnosis.trouble_probability = 0.1;
    diagnosis.stages.clear();
    diagnosis.files = strings(&["main.cf.txt"]);
    diagnosis.not_examined = vec![("queue".to_owned(), "postqueue: permission denied".to_owned())];
    diagnosis
}

/// A harvest of one queue.
pub(in crate::report) fn harvest() -> Harvest {
    let mut harvest = Harvest::default();
    let file = harvest.add_file("queues.csv");
    let queue = Queue {
        name: "example.net".to_owned(),
        kind: Known::from("remote-delivery"),
        stage: Known::Value(Stage::RemoteDelivery),
        state: Known::from("retry\x1b[31m"),
        messages: Known::Value(120),
        last_error: Known::Absent,
        next_retry: Known::Unknown(Why::Denied("MAIL01".into())),
        ..Queue::default()
    };
    harvest.add(|facts| &mut facts.queues, queue, Timestamp::parse("2004-03-01T09:00:00Z"), line(0, 4));
    let what = FactName::parse("queue").unwrap();
    harvest.facts.listed.push(Listed { what, source: Source { file, place: Place::Whole } });
    harvest.reports.push(FileReport {
        file,
        formats: vec!["exchange-queue-csv"],
        records: 9,
        facts: 1,
        unread: vec![Unread {
            reason: Reason::new("of no known format", "既知の形式ではありません"),
            count: 2,
            places: vec![Place::Line(7), Place::Line(9)],
        }],
    });
    harvest.warnings.push(Warning {
        text: Text::new("two columns have no heading \x07", "2 つの列に見出しがありません \x07"),
        sources: vec![line(0, 1)],
        incomplete: false,
    });
    harvest
}
