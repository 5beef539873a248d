//! Fixed phrases of reports, in every language, and how numbers are written.

use crate::fact::{Platform, Timestamp};
use crate::knowledge::{Frequency, Lang, Risk};

/// Defines the phrases: each with its English and its Japanese text, `{0}`, `{1}` … standing for values.
macro_rules! phrases {
    ($($name:ident: $en:literal, $ja:literal;)*) => {
        /// A fixed phrase of a report.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Phrase {
            $(#[doc = $en] $name,)*
        }

        impl Phrase {
            /// All phrases.
            pub const ALL: &'static [Phrase] = &[$(Phrase::$name),*];

            /// Returns the phrase in a language, with its placeholders.
            pub fn get(self, lang: Lang) -> &'static str {
                match (self, lang) {
                    $((Phrase::$name, Lang::En) => $en, (Phrase::$name, Lang::Ja) => $ja,)*
                }
            }
        }
    };
}

phrases! {
    // The verdict.
    Trouble: "Trouble ({0}): {1}", "障害あり ({0}): {1}";
    TroubleOther: "Trouble ({0}): something is wrong, and none of the known causes explains it", "障害あり ({0}): 異常がありますが、既知の原因では説明できません";
    TroubleUnsure: "Trouble ({0}): something is wrong, and the evidence does not yet say what", "障害あり ({0}): 異常がありますが、証拠からはまだ原因を絞れません";
    AndMore: "{0}, and {1} more", "{0} (ほか {1} 件)";
    Healthy: "Healthy: nothing was found that keeps mail from flowing", "正常: メールの流れを妨げるものは見つかりませんでした";
    Unclear: "No cause is probable enough to name; something may be wrong ({0})", "原因を特定できるほどの根拠はありませんが、異常の可能性があります ({0})";
    HealthyBenign: "Healthy, nothing to fix: {0}", "正常 (対処は不要): {0}";
    TroubleChance: "The probability of trouble is {0}.", "障害がある確率は {0} です。";
    Incomplete: "Incomplete: what was not examined could hide trouble", "判定不能: 調べられなかった部分に障害が隠れている可能性があります";
    Case: "{0} on {1}", "{1} の {0}";
    Server: "Server {0}", "サーバー {0}";
    TakenAt: "evidence of {0}", "{0} 時点の証拠";
    // Since when.
    Since: "It shows since {0}", "{0} から現れています";
    SinceAtLatest: "It shows since {0} or longer: the evidence goes back no further", "{0} 以前から現れています (それより前の証拠はありません)";
    SeenBetween: "It was seen from {0} to {1}; mail went through since", "{0} から {1} まで見られ、その後は配信できています";
    Touches: "Affected: {0} messages ({1} of the mail of this stage), destinations: {2}", "影響: {0} 通 (この段階のメールの {1})、宛先 {2} 件";
    TouchesSenders: "Affected: {0} messages ({1} of the mail of this stage), destinations: {2}, senders: {3} or more", "影響: {0} 通 (この段階のメールの {1})、宛先 {2} 件、送信者 {3} 人以上";
    ChangedBefore: "Changed shortly before: {0}", "直前の変更: {0}";
    ChangedPackage: "package {0} ({1}) at {2}", "パッケージ {0} ({1})、{2}";
    ChangedFile: "{0} at {1}", "{0}、{1}";
    ChangedReboot: "the machine was started at {0}", "コンピューターの起動、{0}";
    FurtherChanges: "{0} more", "ほか {0} 件";
    // Stages.
    Oldest: "oldest {0}", "最古 {0}";
    Working: "ok", "正常";
    Failing: "FAILING", "障害";
    Sent: "{0} sent", "配信 {0}";
    Deferred: "{0} deferred", "保留 {0}";
    Bounced: "{0} bounced", "返送 {0}";
    Rejected: "{0} rejected", "拒否 {0}";
    // Causes.
    BestGuesses: "Best guesses", "可能性のある原因";
    LessLikely: "Less likely", "可能性の低い原因";
    Seed: "seed {0}", "シード {0}";
    ConsequenceOf: "Follows from: {0}. Repair that first.", "次の原因の結果です: {0}。先にそちらを直します。";
    LeadsTo: "Leads to: {0}", "これが引き起こすもの: {0}";
    About: "Concerns", "対象";
    KnownNearlyAll: "Examined: nearly everything that bears on it ({0})", "調査範囲: 関係する事実のほぼすべて ({0})";
    KnownMost: "Examined: most of what bears on it ({0})", "調査範囲: 関係する事実の大半 ({0})";
    KnownPart: "Examined: part of what bears on it ({0})", "調査範囲: 関係する事実の一部 ({0})";
    KnownLittle: "Examined: little of what bears on it ({0})", "調査範囲: 関係する事実のごく一部 ({0})";
    For: "What speaks for it", "裏付ける証拠";
    Against: "What speaks against it", "反する証拠";
    Strong: "strong", "強";
    Moderate: "moderate", "中";
    Weak: "weak", "弱";
    SameAgain: "already counted", "計上済み";
    Reasons: "Possible reasons: {0}", "理由: {0}";
    MoreEvidence: "and {0} more (--format json has them all)", "ほか {0} 件 (全件は --format json)";
    MoreSources: "+{0} more", "ほか {0} か所";
    More: "and {0} more", "ほか {0} 件";
    // Remedies.
    Do: "What to do: {0}", "対処: {0}";
    Safe: "safe", "安全";
    Caution: "with caution", "要注意";
    Disruptive: "interrupts mail", "メールが一時止まる";
    Work: "{0} of work", "作業 {0}";
    Wait: "then wait {0}", "その後 {0}待機";
    ShellPower: "commands for the Exchange Management Shell", "コマンドは Exchange 管理シェル用";
    ShellCmd: "commands for cmd.exe", "コマンドは cmd.exe 用";
    Check: "Check", "確認";
    Undo: "Undo", "元に戻す";
    Or: "Or: {0}", "または: {0}";
    Before: "Before", "前提";
    BeforeKnown: "{0} (the evidence tells of it: {1})", "{0} (証拠で確認できます: {1})";
    BeforeOpen: "{0} (find out first: {1})", "{0} (先に確認します: {1})";
    NoRemedy: "No remedy is known for this platform", "このプラットフォーム向けの対処は登録されていません";
    // Lists and plans of remedies.
    RemediesKnown: "Remedies ({0}); mailmedic explain ID has the steps of each", "対処 ({0} 件)。手順は mailmedic explain ID で確認できます";
    RemediesInOrder: "Remedies, in the order in which they are worth trying", "対処 (試す価値の高い順)";
    RemediesNone: "Nothing that could be repaired was found", "直すべきものは見つかりませんでした";
    RemediesNotWorth: "No remedy is worth trying before somebody else is asked; mailmedic remedy list names what there is", "他者に相談する前に試す価値のある対処はありません。候補は mailmedic remedy list で確認できます";
    RepairFor: "For: {0}", "対象の原因: {0}";
    // Scripts of a plan.
    ScriptTitle: "Remedies of mailmedic for {0}: a script to be read before it is run", "{0} に対する mailmedic の対処。実行前に内容を確認するスクリプトです";
    ScriptThisCase: "this case", "この事例";
    ScriptLive: "Commands of remedies that are safe stand as they are. All others are switched off: read them, and take {0} away to switch one on", "安全な対処のコマンドはそのまま実行されます。ほかはすべて無効です。内容を確認し、{0} を取り除いて有効にします";
    ScriptPauses: "The script waits where a person has something to do or to look at", "人による作業や確認が必要なところで、スクリプトは待機します";
    ScriptUndoBeside: "The other script, {0}, has the way back of each remedy", "各対処を元に戻す手順は、もう 1 つのスクリプト {0} にあります";
    ScriptRun: "To run it: {0}", "実行方法: {0}";
    ScriptUndoTitle: "The way back of the remedies of mailmedic for {0}, the last one first", "{0} に対する mailmedic の対処を元に戻すスクリプト (最後の対処から順)";
    ScriptUndoOff: "Every command is switched off: undoing what was not done can stop mail. Take {0} away for those that were done", "コマンドはすべて無効です。行っていない対処を元に戻すと、メールが止まることがあります。行ったものだけ {0} を取り除きます";
    ScriptFill: "Fill in {0} before this command is run", "このコマンドの実行前に {0} を埋めます";
    ScriptHelped: "If mail flows again, stop here (Ctrl+C)", "メールが流れるようになったら、ここで終了します (Ctrl+C)";
    ScriptWait: "Wait {0}, then check", "{0}待ってから確認します";
    ScriptGoOn: "Enter goes on, Ctrl+C stops", "Enter で続行、Ctrl+C で終了";
    ScriptNothing: "There is no remedy that is worth trying", "試す価値のある対処はありません";
    ScriptWritten: "written: {0}", "書き込み済み: {0}";
    // What comes after.
    Next: "What to find out next", "次に調べること";
    Saves: "saves about {0}", "約 {0}短縮";
    Probe: "probe", "測定";
    Look: "look", "目視";
    Question: "question", "質問";
    RaiseLevel: "raise a diagnostic level", "診断ログの引き上げ";
    LowerLevel: "put a diagnostic level back", "診断ログのレベルを戻す";
    Remedy: "repair", "修復";
    Requirements: "What mail flow needs", "メールの流れの要件";
    Met: "met", "満たす";
    NotMet: "NOT MET", "満たさない";
    NotKnown: "not known", "不明";
    WayOf: "one way for {0}", "{0} の方法の 1 つ";
    ToLearn: "To learn it", "確認方法";
    NotExamined: "Not examined", "調べられなかったもの";
    NothingGiven: "No queue listing, mail log, event or SMTP session was given. One of these is needed:", "キューの一覧、メール ログ、イベント、SMTP セッションのいずれも渡されていません。次のどれかが必要です。";
    HowToGet: "How to get more evidence:", "証拠を追加する方法:";
    GivePostfix: "the queue and the log, each saved to a file and named to mailmedic diagnose:", "キューとログをそれぞれファイルに保存し、mailmedic diagnose に渡します。";
    GiveExchange: "a scenario file with the queues and events of the server; mailmedic schema scenario shows the form:", "サーバーのキューとイベントを書いたシナリオ ファイル。形式は mailmedic schema scenario で確認できます。";
    LookedAt: "Looked at: {0}", "調べたもの: {0}";
    Warnings: "Warnings", "警告";
    // Facts.
    FactCount: "facts: {0}", "事実: {0}";
    Absent: "absent", "なし";
    Unknown: "unknown", "不明";
    NotApplicable: "not applicable", "該当せず";
    ListedInFull: "Listed in full (what is not there is absent)", "全件の一覧があるもの (一覧にないものは「なし」と言える)";
    Files: "Files", "ファイル";
    NotRecognised: "not recognised", "形式不明";
    Records: "records: {0}", "レコード: {0}";
    NotUnderstood: "{0} not understood: {1}", "解釈できないもの {0} 件: {1}";
    NoFacts: "There are no facts.", "事実はありません。";
    // How often, in the words of authors.
    Never: "never", "まずない";
    Rarely: "rarely", "まれ";
    Sometimes: "sometimes", "ときどき";
    Often: "often", "しばしば";
    Usually: "usually", "たいてい";
    Always: "always", "ほぼ常に";
    RareWord: "rare", "まれ";
    UncommonWord: "uncommon", "少ない";
    OccasionalWord: "occasional", "ときにある";
    CommonWord: "common", "よくある";
    VeryCommonWord: "very common", "非常によくある";
    // Explanations.
    KindCause: "cause", "原因";
    KindRemedy: "remedy", "対処";
    KindQueue: "queue", "キュー";
    KindReply: "reply of a server", "サーバーの応答";
    KindError: "error of a delivery", "配信エラー";
    KindLog: "line of a mail log", "メール ログの行";
    KindEvent: "event", "イベント";
    KindCode: "status code", "状態コード";
    KindSetting: "setting", "設定";
    KindThreshold: "threshold", "しきい値";
    KindService: "service", "サービス";
    KindPhrase: "words of people", "利用者の言葉";
    KindStage: "stage", "段階";
    KindRule: "rule", "ルール";
    KindPlugin: "plugin", "プラグイン";
    MayFind: "May find", "検出し得る所見";
    Derives: "May conclude", "導き得る事実";
    KindCategory: "diagnostic category", "診断カテゴリ";
    Why: "Why it happens", "起きる理由";
    Recognise: "How to recognise it", "見分け方";
    Prior: "How common", "頻度";
    Elsewhere: "elsewhere", "その他";
    Platforms: "Platforms", "プラットフォーム";
    AllPlatforms: "all", "すべて";
    Effects: "Leads to", "引き起こすもの";
    Roots: "Can come from", "引き起こしうる原因";
    Remedies: "Remedies", "対処";
    Findings: "Shown by", "示すもの";
    Shows: "Speaks for", "裏付ける原因";
    SeenWithout: "Seen without them", "これらの原因なしで見られる頻度";
    Symptom: "A symptom: something is wrong, but it does not say what", "症状: 異常を示しますが、原因は示しません";
    Benign: "Nothing is wrong; it only explains what is seen", "異常ではなく、見えているものの説明です";
    Looks: "Looks for", "照合するもの";
    Without: "without", "含まない";
    OverWith: "over when {0} follows", "{0} が後に記録されれば終息";
    Group: "Counted together as", "まとめて数える群";
    Sources: "Sources", "出典";
    DefinedAt: "Defined in", "定義場所";
    SeedFacts: "Seed", "シード";
    Names: "Names", "名前";
    NeverDo: "Never do", "してはならない操作";
    Stage: "Stage", "段階";
    Queues: "Queues", "キュー";
    Type: "Type", "型";
    Default: "Default", "既定値";
    When: "A finding when", "所見となる条件";
    IsWhen: "it is {0}", "{0} である";
    IsNotWhen: "it is not {0}", "{0} でない";
    LessWhen: "it is below {0}", "{0} 未満";
    MoreWhen: "it is above {0}", "{0} を超える";
    ContainsWhen: "it contains {0}", "{0} を含む";
    EmptyWhen: "it is empty", "空である";
    FilledWhen: "it is not empty", "空でない";
    Steps: "Steps", "手順";
    Service: "Service", "サービス";
    Registry: "Registry value", "レジストリ値";
    Transports: "Transports", "トランスポート";
    Answers: "An answer helps to tell", "回答で見分けられる原因";
    UsedFor: "Used for", "対象の原因";
}

impl Phrase {
    /// Returns the phrase in a language with values in place of `{0}`, `{1}` …; placeholders within values stay as they are.
    pub fn with(self, lang: Lang, values: &[&str]) -> String {
        let mut out = String::new();
        let mut rest = self.get(lang);
        while let Some((before, after)) = rest.split_once('{') {
            out.push_str(before);
            let (number, tail) = after.split_once('}').unwrap_or((after, ""));
            out.push_str(number.parse::<usize>().ok().and_then(|number| values.get(number)).copied().unwrap_or_default());
            rest = tail;
        }
        out.push_str(rest);
        out
    }
}

/// Returns items as one list, with the comma of the language.
pub fn list<T: AsRef<str>>(items: &[T], lang: Lang) -> String {
    let items: Vec<&str> = items.iter().map(AsRef::as_ref).collect();
    items.join(if lang == Lang::Ja { "、" } else { ", " })
}

/// Returns a point in time as people write it, in UTC: `2026-11-24 08:42:00 UTC`.
pub fn time(time: Timestamp) -> String {
    time.to_string().replacen('T', " ", 1).replacen('Z', " UTC", 1)
}

/// Joins sentences without a full stop at their end.
pub fn sentences(parts: &[String], lang: Lang) -> String {
    let (between, end) = match lang {
        Lang::En => (". ", "."),
        Lang::Ja => ("。", "。"),
    };
    parts.join(between) + end
}

/// Returns the phrase for how often something is seen.
pub fn frequency(word: Frequency) -> Phrase {
    match word {
        Frequency::Never => Phrase::Never,
        Frequency::Rarely => Phrase::Rarely,
        Frequency::Sometimes => Phrase::Sometimes,
        Frequency::Often => Phrase::Often,
        Frequency::Usually => Phrase::Usually,
        Frequency::Always => Phrase::Always,
    }
}

/// Returns the word for how common a cause is; a word that is not known here stays as it is.
pub fn prior(word: &str, lang: Lang) -> &str {
    match word {
        "rare" => Phrase::RareWord.get(lang),
        "uncommon" => Phrase::UncommonWord.get(lang),
        "occasional" => Phrase::OccasionalWord.get(lang),
        "common" => Phrase::CommonWord.get(lang),
        "very-common" => Phrase::VeryCommonWord.get(lang),
        _ => word,
    }
}

/// Returns the phrase for a risk.
pub fn risk(risk: Risk) -> Phrase {
    match risk {
        Risk::Safe => Phrase::Safe,
        Risk::Caution => Phrase::Caution,
        Risk::Disruptive => Phrase::Disruptive,
    }
}

/// Returns the name of a mail system as its maker writes it.
pub fn platform(platform: Platform) -> &'static str {
    match platform {
        Platform::Exchange2000 => "Exchange 2000",
        Platform::Exchange2003 => "Exchange 2003",
        Platform::Exchange2007 => "Exchange 2007",
        Platform::Exchange2010 => "Exchange 2010",
        Platform::Exchange2013 => "Exchange 2013",
        Platform::Exchange2016 => "Exchange 2016",
        Platform::Exchange2019 => "Exchange 2019",
        Platform::ExchangeSe => "Exchange SE",
        Platform::Postfix => "Postfix",
        Platform::Exim => "Exim",
    }
}

/// Returns a probability (0 to 1) in percent: `98 %`. What is not quite certain is never written as certain.
pub fn percent(probability: f64) -> String {
    if probability > 0.99 && probability < 1.0 {
        return "> 99 %".to_owned();
    }
    if probability > 0.0 && probability < 0.01 {
        return "< 1 %".to_owned();
    }
    format!("{:.0} %", probability * 100.0)
}

/// Returns a count with its thousands apart: `12,345`.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Returns a span of time in its two largest units: `2 d 3 h`, `5 時間`.
pub fn duration(seconds: u64, lang: Lang) -> String {
    const UNITS: [(u64, &str, &str); 4] = [(86_400, "d", "日"), (3_600, "h", "時間"), (60, "min", "分"), (1, "s", "秒")];
    let mut rest = seconds;
    let mut parts = Vec::new();
    for (size, en, ja) in UNITS {
        let number = rest / size;
        rest %= size;
        // A second unit only right below the first.
        if number > 0 && parts.len() < 2 {
            parts.push(format!("{number} {}", if lang == Lang::En { en } else { ja }));
        } else if !parts.is_empty() {
            break;
        }
    }
    if parts.is_empty() { format!("0 {}", if lang == Lang::En { "s" } else { "秒" }) } else { parts.join(" ") }
}

/// Returns a span of time given in minutes, rounded to what it is good for.
pub fn minutes(minutes: f64, lang: Lang) -> String {
    // A float becomes the nearest whole number in range, and none of a not-a-number.
    let seconds = if minutes < 1.0 { (minutes * 60.0).round() } else { minutes.round() * 60.0 };
    duration(seconds.clamp(0.0, 1e12) as u64, lang)
}

/// Makes the beginning of a title small, so that it goes on within a sentence; names keep their capitals.
pub fn lower_first(title: &str) -> String {
    const COMMON: [&str; 12] =
        ["The", "A", "An", "No", "This", "Mail", "Messages", "Connections", "Deliveries", "Recipients", "None", "Too"];
    let word = title.split(' ').next().unwrap_or_default();
    if COMMON.contains(&word) {
        format!("{}{}", word.to_lowercase(), title.get(word.len()..).unwrap_or_default())
    } else {
        title.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn placeholders(text: &str) -> BTreeSet<&str> {
        text.split('{').skip(1).filter_map(|part| part.split('}').next()).collect()
    }

    #[test]
    fn every_phrase_is_there_in_both_languages_with_the_same_placeholders() {
        for phrase in Phrase::ALL {
            let (en, ja) = (phrase.get(Lang::En), phrase.get(Lang::Ja));
            assert!(!en.is_empty() && !ja.is_empty(), "{phrase:?}");
            assert_eq!(placeholders(en), placeholders(ja), "{phrase:?}");
            assert!(en.is_ascii(), "{phrase:?}");
            assert!(!ja.is_ascii(), "{phrase:?} is not translated");
        }
    }

    #[test]
    fn values_are_put_in_once() {
        assert_eq!(Phrase::Trouble.with(Lang::En, &["98 %", "{0} {x"]), "Trouble (98 %): {0} {x");
    }

    #[test]
    fn numbers_are_written_for_people() {
        assert_eq!(count(1_234_567), "1,234,567");
        assert_eq!(count(12), "12");
        assert_eq!(percent(0.984), "98 %");
        assert_eq!(percent(0.9999), "> 99 %");
        assert_eq!(percent(0.002), "< 1 %");
        assert_eq!(duration(18_000, Lang::En), "5 h");
        assert_eq!(duration(183_700, Lang::Ja), "2 日 3 時間");
        assert_eq!(duration(86_461, Lang::En), "1 d");
        assert_eq!(time(Timestamp(0)), "1970-01-01 00:00:00 UTC");
        assert_eq!(minutes(0.41, Lang::En), "25 s");
        assert_eq!(minutes(f64::NAN, Lang::En), "0 s");
        assert_eq!(lower_first("The DNS server"), "the DNS server");
        assert_eq!(lower_first("DsUseCat is 0"), "DsUseCat is 0");
    }
}
