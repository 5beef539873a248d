use super::script::{Scripts, bytes, scripts};
use super::*;
use crate::diagnosis::PlannedAction;
use crate::knowledge::{Risk, Text};
use crate::report::command::Shell;
use crate::report::sample;
use crate::report::screen::is_harmful;

const SHELLS: [Shell; 3] = [Shell::Cmd, Shell::PowerShell, Shell::Posix];

#[test]
fn the_list_of_a_case_says_what_each_remedy_costs_and_saves() {
    insta::assert_snapshot!(list_for(&sample::trouble(), Lang::En, &Style::default()), @r##"
    Trouble (98 %): the DNS server that this server asks does not answer

    Remedies, in the order in which they are worth trying
    1. Give the server a DNS server that answers
       restore-resolver, with caution, 10 min of work, then wait 5 min, saves about
       3 h 40 min
       For: the DNS server that this server asks does not answer (98 %)
    2. Repair the DNS server
       repair-dns-server, interrupts mail, 1 h of work, saves about 1 h 30 min
       For: the DNS server that this server asks does not answer (98 %)
    "##);
}

#[test]
fn the_plan_in_japanese() {
    let mut diagnosis = sample::trouble();
    diagnosis.repairs.truncate(1);
    insta::assert_snapshot!(plan(&diagnosis, Lang::Ja, &Style::default()), @r##"
    障害あり (98 %): このサーバーが問い合わせる DNS サーバーが応答しない

    対処 (試す価値の高い順)

    1. 応答する DNS サーバーを設定する
       restore-resolver、要注意、作業 10 分、その後 5 分待機、約 3 時間 40 分短縮
       対象の原因: このサーバーが問い合わせる DNS サーバーが応答しない (98 %)
       1. DNS サーバーに手動で問い合わせます
            dig @192.0.2.53 example.net MX
       2. 応答がなければ起動するか、/etc/resolv.conf に別のサーバーを設定します
       3. キューを再試行させます
            sh -c 'postqueue -f && postqueue -p | tail -1'
       確認: キューが減ります
            postqueue -p
       元に戻す: /etc/resolv.conf の元の行を戻します
    "##);
}

#[test]
fn nothing_to_repair_and_nothing_worth_trying_are_said() {
    assert!(plan(&sample::healthy(), Lang::En, &Style::default()).contains(Phrase::RemediesNone.get(Lang::En)));
    let mut diagnosis = sample::trouble();
    diagnosis.repairs.iter_mut().for_each(|repair| repair.worth_trying = false);
    let wide = Style { colour: false, width: 200 };
    assert!(plan(&diagnosis, Lang::En, &wide).contains(Phrase::RemediesNotWorth.get(Lang::En)));
    assert!(json::of(&diagnosis, true, Lang::En).remedies.is_empty());
    assert_eq!(json::of(&diagnosis, false, Lang::En).remedies.len(), 2);
    for shell in SHELLS {
        let Scripts { fix, undo } = scripts(&diagnosis, shell, Lang::En);
        assert!(commands(&fix, shell).is_empty() && commands(&undo, shell).is_empty());
    }
}

#[test]
fn platforms_are_said_in_few_words() {
    let of = |all: &[Platform]| on(&all.iter().copied().collect(), Lang::En);
    assert_eq!(of(&Platform::ALL), "all");
    assert_eq!(of(&[Platform::Postfix, Platform::Exim, Platform::Exchange2000]), "unix, exchange-2000");
    assert_eq!(of(&[Platform::Exchange2003, Platform::Exchange2000]), "exchange-legacy");
}

/// The lines of a script that a shell would run.
fn commands(script: &str, shell: Shell) -> Vec<String> {
    let off = if shell == Shell::Cmd { "rem" } else { "#" };
    script.lines().filter(|line| !line.trim().is_empty() && !line.starts_with(off)).map(str::to_owned).collect()
}

#[test]
fn a_script_for_a_shell_of_unix() {
    let mut diagnosis = sample::trouble();
    diagnosis.repairs[0].remedy.risk = Risk::Safe;
    let Scripts { fix, undo } = scripts(&diagnosis, Shell::Posix, Lang::En);
    insta::assert_snapshot!(fix, @r##"
    #!/bin/sh
    # Remedies of mailmedic for mx1.example.com: a script to be read before it is run
    # Commands of remedies that are safe stand as they are. All others are switched off: read them, and
    #   take # away to switch one on
    # The script waits where a person has something to do or to look at
    # The other script, undo.sh, has the way back of each remedy
    # To run it: sh fix.sh
    pause() { printf '%s: ' 'Enter goes on, Ctrl+C stops'; read -r _ </dev/tty || exit 1; }
    set -v

    # ==== 1. Give the server a DNS server that answers ====
    # restore-resolver, safe, 10 min of work, then wait 5 min, saves about 3 h 40 min
    # For: the DNS server that this server asks does not answer (98 %)
    # 1.1 Ask the DNS server by hand
    dig @192.0.2.53 example.net MX
    # 1.2 When it does not answer, start it, or put another one into /etc/resolv.conf
    pause
    # 1.3 Have the queue tried again
    sh -c 'postqueue -f && postqueue -p | tail -1'
    # Wait 5 min, then check
    pause
    # Check: The queue shrinks
    postqueue -p
    # If mail flows again, stop here (Ctrl+C)
    pause

    # ==== 2. Repair the DNS server ====
    # repair-dns-server, interrupts mail, 1 h of work, saves about 1 h 30 min
    # For: the DNS server that this server asks does not answer (98 %)
    # 2.1 [interrupts mail] Read its log
    #pause
    "##);
    insta::assert_snapshot!(undo, @r##"
    #!/bin/sh
    # The way back of the remedies of mailmedic for mx1.example.com, the last one first
    # Every command is switched off: undoing what was not done can stop mail. Take # away for those that
    #   were done
    # To run it: sh undo.sh
    pause() { printf '%s: ' 'Enter goes on, Ctrl+C stops'; read -r _ </dev/tty || exit 1; }
    set -v

    # ==== 2. Repair the DNS server ====

    # ==== 1. Give the server a DNS server that answers ====
    # Undo: Put the old line back into /etc/resolv.conf
    #pause
    "##);
}

#[test]
fn a_script_for_cmd_and_one_for_powershell() {
    let mut diagnosis = sample::trouble();
    diagnosis.repairs.truncate(1);
    diagnosis.repairs[0].remedy.risk = Risk::Safe;
    let run = ["typeperf", r"\Processor(_Total)\% Processor Time", "-sc", "1"].map(str::to_owned).into();
    let text = Text::new("100 % & more > all", "全体の 100 %");
    diagnosis.repairs[0].remedy.steps = vec![PlannedAction { run, text }];
    insta::assert_snapshot!(scripts(&diagnosis, Shell::Cmd, Lang::En).fix, @r##"
    rem # Remedies of mailmedic for mx1.example.com: a script to be read before it is run
    rem # Commands of remedies that are safe stand as they are. All others are switched off: read them,
    rem #   and take rem away to switch one on
    rem # The script waits where a person has something to do or to look at
    rem # The other script, undo.cmd, has the way back of each remedy
    rem # To run it: fix.cmd

    rem # ==== 1. Give the server a DNS server that answers ====
    rem # restore-resolver, safe, 10 min of work, then wait 5 min, saves about 3 h 40 min
    rem # For: the DNS server that this server asks does not answer (98 %%)
    rem # 1.1 100 %% & more > all
    typeperf "\Processor(_Total)\%% Processor Time" -sc 1
    rem # Wait 5 min, then check
    pause
    rem # Check: The queue shrinks
    postqueue -p
    "##);
    insta::assert_snapshot!(scripts(&diagnosis, Shell::PowerShell, Lang::Ja).fix, @r##"
    # mx1.example.com に対する mailmedic の対処。実行前に内容を確認するスクリプトです
    # 安全な対処のコマンドはそのまま実行されます。ほかはすべて無効です。内容を確認し、# を取り除いて有効
    #   にします
    # 人による作業や確認が必要なところで、スクリプトは待機します
    # 各対処を元に戻す手順は、もう 1 つのスクリプト undo.ps1 にあります
    # 実行方法: .\fix.ps1
    function Wait-Reader { [void](Read-Host 'Enter で続行、Ctrl+C で終了') }

    # ==== 1. 応答する DNS サーバーを設定する ====
    # restore-resolver、安全、作業 10 分、その後 5 分待機、約 3 時間 40 分短縮
    # 対象の原因: このサーバーが問い合わせる DNS サーバーが応答しない (98 %)
    # 1.1 全体の 100 %
    Write-Host '1.1 全体の 100 %'
    typeperf '\Processor(_Total)\% Processor Time' -sc 1
    # 5 分待ってから確認します
    Write-Host '5 分待ってから確認します'
    Wait-Reader
    # 確認: キューが減ります
    Write-Host '確認: キューが減ります'
    postqueue -p
    "##);
}

#[test]
fn only_commands_of_safe_remedies_that_lack_nothing_stand_as_they_are() {
    for shell in SHELLS {
        let mut diagnosis = sample::trouble();
        let live = |diagnosis: &Diagnosis| commands(&scripts(diagnosis, shell, Lang::En).fix, shell);
        let is_dig = |line: &String| line.starts_with("dig");
        assert!(!live(&diagnosis).iter().any(is_dig), "{shell:?}: the remedy asks for caution");
        diagnosis.repairs[0].remedy.risk = Risk::Safe;
        assert!(live(&diagnosis).iter().any(is_dig));
        diagnosis.repairs[0].remedy.steps[0].run[1] = "@<server>".to_owned();
        assert!(!live(&diagnosis).iter().any(is_dig), "{shell:?}: a value is missing");
        diagnosis.repairs[0].remedy.risk = Risk::Disruptive;
        assert!(scripts(&diagnosis, shell, Lang::En).fix.contains("[interrupts mail]"));
    }
}

#[test]
fn nothing_in_the_way_back_is_switched_on() {
    for shell in SHELLS {
        let mut diagnosis = sample::trouble();
        for repair in &mut diagnosis.repairs {
            repair.remedy.risk = Risk::Safe;
            let run = vec!["net".to_owned(), "stop".to_owned(), "smtpsvc".to_owned()];
            repair.remedy.undo = vec![PlannedAction { run, text: Text::default() }];
        }
        let undo = scripts(&diagnosis, shell, Lang::En).undo;
        assert_eq!(undo.matches("net stop smtpsvc").count(), 2);
        assert!(!commands(&undo, shell).iter().any(|line| line.contains("net stop")), "{undo}");
    }
}

/// Texts that would run something, were they not comments or words.
const HOSTILE: [&str; 12] = [
    "& calc",
    "| calc",
    "x\n calc",
    "x\r\ncalc",
    "%COMSPEC% %~ %",
    "^",
    "x' ; calc ; '",
    "x\u{2019}; calc; \u{2018}",
    "$(calc) `calc`",
    "\" & calc & \"",
    "#> calc <#",
    "!calc! \u{2028}calc \u{85}calc",
];

#[test]
fn evidence_becomes_no_line_of_a_script() {
    for shell in SHELLS {
        // What stands in a script in which all texts are plain.
        let with = |evil: &str| {
            let mut diagnosis = sample::trouble();
            let evil = Text::new(evil, evil);
            diagnosis.case.server = Some(evil.en.to_string());
            diagnosis.causes.iter_mut().for_each(|cause| cause.title = evil.clone());
            for repair in &mut diagnosis.repairs {
                let remedy = &mut repair.remedy;
                remedy.risk = Risk::Safe;
                remedy.title = evil.clone();
                for action in remedy.steps.iter_mut().chain(&mut remedy.verify).chain(&mut remedy.undo) {
                    action.text = evil.clone();
                }
            }
            let Scripts { fix, undo } = scripts(&diagnosis, shell, Lang::En);
            (fix, undo)
        };
        let plain = commands(&with("plain").0, shell);
        for evil in HOSTILE {
            let (fix, undo) = with(evil);
            // PowerShell shows texts: they stand in quotes, which are looked at below.
            let shown = |line: &String| line.starts_with("Write-Host ");
            let ran: Vec<String> = commands(&fix, shell).into_iter().filter(|line| !shown(line)).collect();
            let wanted: Vec<String> = plain.iter().filter(|line| !shown(line)).cloned().collect();
            assert_eq!(ran, wanted, "{shell:?}: {evil:?}");
            assert!(!fix.chars().chain(undo.chars()).any(|char| char != '\n' && is_harmful(char)));
            for line in fix.lines().filter(|line| line.starts_with("rem")) {
                // An odd sign would begin a variable, and the first word must not be one of cmd.exe's own.
                assert!(line.split("%%").all(|part| !part.contains('%')), "{line}");
                assert!(line.starts_with("rem # ") || !line.starts_with("rem &") && !line.starts_with("rem |"), "{line}");
            }
            for line in commands(&fix, shell).iter().filter(|line| shown(line)) {
                let inner = line.strip_prefix("Write-Host '").and_then(|line| line.strip_suffix('\'')).expect("one text in quotes");
                let single = |char: char| matches!(char, '\'' | '\u{2018}'..='\u{201b}');
                let mut chars = inner.chars();
                while let Some(char) = chars.next() {
                    assert!(!single(char) || chars.next() == Some(char), "{line}");
                }
            }
        }
    }
}

#[test]
fn files_are_as_their_shell_reads_them() {
    assert_eq!(bytes("# a\nb\n", Shell::Posix, Lang::Ja), b"# a\nb\n");
    assert_eq!(bytes("a\nb\n", Shell::PowerShell, Lang::En), b"\xef\xbb\xbfa\r\nb\r\n");
    assert_eq!(bytes("é\n", Shell::Cmd, Lang::En), b"?\r\n");
    assert_eq!(bytes("メ\u{1f4e7}\n", Shell::Cmd, Lang::Ja), b"\x83\x81?\r\n");
}

#[test]
fn the_document_has_what_its_schema_names() {
    let schema = json::schema();
    assert_eq!(schema["title"], "mailmedic.remedies/1");
    for plan in [false, true] {
        let document = serde_json::to_value(json::of(&sample::trouble(), plan, Lang::En)).unwrap();
        for key in document.as_object().unwrap().keys() {
            assert!(schema["properties"].get(key).is_some(), "{key}");
        }
        let remedy = &document["remedies"][0];
        assert_eq!(remedy["id"], "restore-resolver");
        assert_eq!(remedy["saves_minutes"], 220.0);
        assert_eq!(remedy["plan"].is_object(), plan);
        if plan {
            assert_eq!(remedy["plan"]["steps"][0]["run"][1], "@192.0.2.53");
            assert_eq!(remedy["plan"]["steps"][0]["command"], "dig @192.0.2.53 example.net MX");
            assert!(remedy["plan"]["steps"][1]["command"].is_null());
        }
    }
}
