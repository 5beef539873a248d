//! Names of facts in words: what a person is to look at, and what was looked at.

use super::build::{is_domain, longest_queue, only_smart_host, said_value};
use crate::fact::{AnyFact, FactName, Facts, Kind, Stage};
use crate::knowledge::{Entry, Knowledge, Pattern, Text};

/// How many things one sentence names.
const MOST: usize = 3;

/// Says names of facts in the words of a case and its platform.
pub struct Names<'a> {
    /// The case.
    pub facts: &'a Facts,
    /// What is known of services, settings and queues.
    pub knowledge: &'a Knowledge,
}

impl Names<'_> {
    /// Returns what a name stands for, as a noun: `the service Microsoft Exchange Information Store`, `the listing of the queues`.
    pub fn noun(&self, name: &FactName) -> Text {
        let one = self.object(name);
        let of = |en: &str, ja: &str, all_en: &str, all_ja: &str| match &one {
            Some(one) => Text::new(format!("{en} {}", one.en), format!("{ja} {}", one.ja)),
            None => Text::new(all_en, all_ja),
        };
        match name.kind() {
            Kind::Queue => of("the queue", "キュー", "the listing of the queues", "キューの一覧"),
            Kind::Outcome => of("deliveries to", "配信の記録:", "the mail log", "メール ログ"),
            Kind::Log if name.rest().eq_ignore_ascii_case("tracking") => Text::new("the message tracking log", "メッセージ追跡ログ"),
            Kind::Log => Text::new("the mail log", "メール ログ"),
            Kind::Event => of("the event", "イベント", "the event log", "イベント ログ"),
            Kind::Setting => of("the setting", "設定", "the settings", "設定"),
            Kind::Dns => of("the DNS answer for", "DNS の応答:", "the answers of the DNS", "DNS の応答"),
            Kind::Smtp => of("an SMTP session with", "SMTP セッション:", "an SMTP session", "SMTP セッション"),
            Kind::Service => of("the service", "サービス", "the services", "サービスの状態"),
            Kind::DiagnosticLevel => of("the diagnostic level of", "診断ログのレベル:", "the diagnostic levels", "診断ログのレベル"),
            Kind::Connector => of("the connector", "コネクタ", "the list of the connectors", "コネクタの一覧"),
            Kind::Resource => self.resource(name),
            Kind::Counter => {
                of("the performance counter", "パフォーマンス カウンター", "the performance counters", "パフォーマンス カウンター")
            }
            Kind::Ndr => Text::new("a non-delivery report", "配信不能レポート"),
            Kind::Answer => Text::new("what the users see", "利用者から見た状況"),
            Kind::Listener => Text::new("the listening sockets", "待ち受けているソケット"),
            Kind::Certificate => of("the certificate of", "証明書:", "the certificates", "証明書"),
            Kind::Change => Text::new("what was changed lately", "最近の変更"),
            Kind::Derived => Text::new("what the plugins conclude", "プラグインの判断"),
        }
    }

    /// Returns what a name is about, where it names one thing: in the knowledge's words for a service or setting.
    fn object(&self, name: &FactName) -> Option<Text> {
        let rest = name.rest();
        let plain = |text: &str| Text::new(text, text);
        let known = || !rest.is_empty() && !rest.starts_with('*');
        match name.kind() {
            Kind::Service => {
                let own = self.facts.services.iter().map(|fact| fact.what.name.as_str());
                let wanted = self.knowledge.service(rest).map(|entry| &entry.id);
                let given = own.into_iter().find(|own| self.knowledge.service(own).map(|entry| &entry.id) == wanted && wanted.is_some());
                known().then(|| match given {
                    Some(given) => plain(given),
                    None => self.knowledge.service(rest).map_or_else(|| plain(rest), service_names),
                })
            }
            Kind::Setting => known().then(|| match self.knowledge.setting(rest).and_then(|(entry, _)| entry.title.as_ref()) {
                Some(title) => Text::new(format!("{rest} ({})", title.en), format!("{rest} ({})", title.ja)),
                None => plain(rest),
            }),
            Kind::DiagnosticLevel => known().then(|| {
                let category = self.knowledge.categories.iter().find(|category| category.id.eq_ignore_ascii_case(rest));
                category.map_or_else(|| plain(rest), |category| Text::new(category.id.as_str(), category.title.ja.clone()))
            }),
            Kind::Event => known().then(|| plain(rest.trim_end_matches(" *"))),
            Kind::Dns | Kind::Queue | Kind::Outcome | Kind::Smtp => {
                // A stage, a direction or a port is no name.
                known().then(|| plain(rest.trim_end_matches(" *")))
            }
            _ => known().then(|| plain(rest)),
        }
    }

    fn resource(&self, name: &FactName) -> Text {
        match name.rest().split(' ').next().unwrap_or_default() {
            "disk" => Text::new("the free space of the disks", "ディスクの空き容量"),
            "memory" => Text::new("the memory", "メモリ"),
            "cpu" => Text::new("the load of the processors", "CPU の使用率"),
            _ => Text::new("the disks, the memory and the processors", "ディスク、メモリ、CPU"),
        }
    }

    /// Returns the key under which steps that a person carries out in one go are one.
    pub fn errand(&self, name: &FactName) -> String {
        match name.kind() {
            Kind::Log if name.rest().eq_ignore_ascii_case("tracking") => "tracking".to_owned(),
            Kind::Log | Kind::Outcome => "mail-log".to_owned(),
            Kind::Smtp if is_inbound(name) => "smtp inbound".to_owned(),
            Kind::Setting => {
                self.knowledge.setting(name.rest()).map_or_else(|| name.to_string(), |(entry, _)| format!("setting {}", entry.id))
            }
            Kind::Answer | Kind::DiagnosticLevel => name.to_string(),
            kind => kind.id().to_owned(),
        }
    }

    /// Says how to learn what names stand for that are learnt in one go.
    pub fn step(&self, names: &[FactName]) -> Text {
        let Some(first) = names.first() else { return Text::default() };
        let platform = self.facts.case.platform;
        let mut objects: Vec<Text> = Vec::new();
        for object in
            names.iter().filter_map(|name| if name.kind() == Kind::Resource { Some(self.resource(name)) } else { self.object(name) })
        {
            if !objects.contains(&object) {
                objects.push(object);
            }
        }
        let whole = names.iter().any(|name| name.rest().is_empty() || name.rest() == "*");
        objects.truncate(MOST);
        let named = |en: &str, ja: &str, all_en: &str, all_ja: &str| {
            if objects.is_empty() || whole {
                return Text::new(all_en, all_ja);
            }
            let english: Vec<&str> = objects.iter().map(|one| &*one.en).collect();
            let japanese: Vec<&str> = objects.iter().map(|one| &*one.ja).collect();
            let joined = match english.split_last() {
                Some((last, others)) if !others.is_empty() => format!("{} and {last}", others.join(", ")),
                _ => english.concat(),
            };
            Text::new(format!("{en}{joined}"), format!("{}{ja}", japanese.join("、")))
        };
        match first.kind() {
            Kind::Queue => {
                Text::new("List all queues with their states and numbers of messages", "全キューの状態とメッセージ数の一覧を採る")
            }
            Kind::Log if first.rest().eq_ignore_ascii_case("tracking") => {
                Text::new("Follow one of the messages in the message tracking log", "メッセージ追跡ログで該当するメッセージを 1 通たどる")
            }
            Kind::Outcome | Kind::Log if platform.is_some_and(|platform| platform.is("exchange")) => {
                Text::new("Read the log of the SMTP sessions for how deliveries ended", "SMTP のログで配信の結果を確認する")
            }
            Kind::Outcome | Kind::Log => Text::new("Read the mail log for how deliveries ended", "メール ログで配信の結果を確認する"),
            Kind::Event => named(
                "Look in the event log for ",
                " のイベントをイベント ログで探す",
                "Look in the event log for errors of the mail services",
                "イベント ログでメール関連サービスのエラーを探す",
            ),
            Kind::Setting => named(
                "Look at the setting ",
                " の設定を確認する",
                "Look at the settings of the mail service",
                "メール サービスの設定を確認する",
            ),
            Kind::Dns => self.ask_dns(names),
            Kind::Smtp if is_inbound(first) => self.session_inbound(),
            Kind::Smtp => self.session_outbound(names),
            Kind::Service => named(
                "See whether this service runs: ",
                " が実行中か確認する",
                "See which of the mail services run",
                "メール関連サービスの状態を確認する",
            ),
            Kind::DiagnosticLevel => named(
                "Look at the diagnostic level of ",
                " の診断ログのレベルを確認する",
                "Look at the diagnostic levels",
                "診断ログのレベルを確認する",
            ),
            Kind::Connector => {
                Text::new("List the connectors with their states and address spaces", "コネクタの状態とアドレス スペースを確認する")
            }
            Kind::Resource => {
                named("Look at ", "を確認する", "Look at the disks, the memory and the processors", "ディスク、メモリ、CPU を確認する")
            }
            Kind::Counter => named(
                "Read the performance counter ",
                " のパフォーマンス カウンターを読む",
                "Read the performance counters of the mail service and the disks",
                "メール サービスとディスクのパフォーマンス カウンターを読む",
            ),
            Kind::Ndr => Text::new("Get a non-delivery report that a sender received", "送信者が受け取った配信不能レポートを入手する"),
            Kind::Answer => self.question(first),
            Kind::Listener => {
                Text::new("See what listens on port 25 of this server", "このサーバーのポート 25 で待ち受けているものを確認する")
            }
            Kind::Certificate => named(
                "Look at the certificate of ",
                " の証明書を確認する",
                "Look at the certificate that this server presents",
                "このサーバーが提示する証明書を確認する",
            ),
            Kind::Change => {
                Text::new("See what was changed lately: packages and configuration", "最近の変更 (パッケージと構成) を確認する")
            }
            Kind::Derived => self.noun(first),
        }
    }

    /// The name is in the step where it is known: asked for, or that of the longest queue in retry.
    fn ask_dns(&self, names: &[FactName]) -> Text {
        let asked: Vec<&str> =
            names.iter().map(FactName::rest).filter(|rest| !rest.is_empty() && !rest.starts_with('*')).take(MOST).collect();
        if !asked.is_empty() {
            return Text::new(format!("Ask the DNS for {}", asked.join(", ")), format!("{} を DNS に問い合わせる", asked.join("、")));
        }
        let mx = names.iter().all(|name| name.rest().ends_with(" MX"));
        let domain = self.domain_in_retry();
        match (domain, mx) {
            (Some(domain), _) => Text::new(
                format!("Ask the DNS for the MX of {domain} and the addresses of its hosts"),
                format!("{domain} の MX とそのホストのアドレスを DNS に問い合わせる"),
            ),
            (None, true) => {
                Text::new("Ask the DNS for the MX of the domains that mail is for", "宛先のドメインの MX を DNS に問い合わせる")
            }
            (None, false) => Text::new(
                "Ask the DNS for the names that mail is for, and for one name outside",
                "宛先の名前と外部の名前を 1 つ、DNS に問い合わせる",
            ),
        }
    }

    fn session_inbound(&self) -> Text {
        let own = self.facts.case.server.as_ref().filter(|server| !server.is_empty());
        let (en, ja) = own.map_or(("this server", "このサーバー"), |own| (own.as_str(), own.as_str()));
        Text::new(
            format!("From another host, try an SMTP session with {en} on port 25"),
            format!("別のホストから {ja} のポート 25 に SMTP で接続してみる"),
        )
    }

    fn session_outbound(&self, names: &[FactName]) -> Text {
        let asked = names.iter().map(FactName::rest).find(|rest| !rest.is_empty() && !rest.starts_with('*'));
        let host = asked.map(str::to_owned).or_else(|| only_smart_host(self.facts));
        match (host, self.domain_in_retry()) {
            (Some(host), _) => Text::new(
                format!("Try an SMTP session with {host} on port 25 from this server"),
                format!("このサーバーから {host} のポート 25 に SMTP で接続してみる"),
            ),
            (None, Some(domain)) => Text::new(
                format!("Try an SMTP session on port 25 with the mail host of {domain} from this server"),
                format!("このサーバーから {domain} のメール ホストのポート 25 に SMTP で接続してみる"),
            ),
            (None, None) => Text::new(
                "Try an SMTP session on port 25 with the next host that mail goes to",
                "次の配送先ホストのポート 25 に SMTP で接続してみる",
            ),
        }
    }

    fn domain_in_retry(&self) -> Option<String> {
        longest_queue(self.facts, Some(Stage::RemoteDelivery)).filter(|name| is_domain(name))
    }

    fn question(&self, name: &FactName) -> Text {
        let found = self.knowledge.questions.iter().find(|question| question.id.eq_ignore_ascii_case(name.rest()));
        match found {
            Some(question) => question.text.clone(),
            None => Text::new("Ask what the users notice, and since when", "利用者に、何がいつから起きているかを尋ねる"),
        }
    }
}

/// Says a fact in a sentence, where its kind has one: `example.net MX: answered`.
pub fn sentence(fact: &dyn AnyFact) -> Option<Text> {
    let text = |field: &str| fact.text(field).filter(|text| !text.is_empty());
    let both = |en: String, ja: String| Some(Text::new(en, ja));
    match fact.kind() {
        Kind::Dns => {
            let (name, record, result) = (text("name")?, text("record").unwrap_or_default(), text("result")?);
            let who = text("server").map_or(String::new(), |server| format!(" ({server})"));
            both(
                format!("The DNS for {name} {record}{who}: {}", said_value(&result).en),
                format!("DNS の {name} {record}{who}: {}", said_value(&result).ja),
            )
        }
        Kind::Smtp => {
            let (host, port, result) = (text("host")?, text("port").unwrap_or_else(|| "25".to_owned()), text("result")?);
            both(format!("{host} port {port}: {}", said_value(&result).en), format!("{host} のポート {port}: {}", said_value(&result).ja))
        }
        Kind::Service => {
            let (name, state) = (text("name")?, text("state")?);
            both(format!("The service {name} is {}", said_value(&state).en), format!("サービス {name}: {}", said_value(&state).ja))
        }
        Kind::Connector => {
            let name = text("name")?;
            match text("state") {
                Some(state) => both(
                    format!("The connector \"{name}\" is {}", said_value(&state).en),
                    format!("コネクタ「{name}」: {}", said_value(&state).ja),
                ),
                None => both(format!("The connector \"{name}\" is there"), format!("コネクタ「{name}」がある")),
            }
        }
        Kind::Queue => {
            let name = text("name")?;
            match text("state") {
                Some(state) => both(
                    format!("The queue \"{name}\" is {}", said_value(&state).en),
                    format!("キュー「{name}」: {}", said_value(&state).ja),
                ),
                None => both(format!("The queue \"{name}\" is there"), format!("キュー「{name}」がある")),
            }
        }
        Kind::Event => {
            let (source, number) = (text("source")?, text("number").unwrap_or_default());
            both(format!("{source} {number} was logged"), format!("{source} {number} が記録されている"))
        }
        _ => None,
    }
}

/// The display names of a service, in English and Japanese: the longest of each.
fn service_names(entry: &Entry) -> Text {
    let Pattern::Service { names, .. } = &entry.pattern else { return Text::new(entry.id.as_str(), entry.id.as_str()) };
    let longest = |ascii: bool| names.iter().filter(|name| name.is_ascii() == ascii).max_by_key(|name| name.chars().count());
    let en = longest(true).map_or(entry.id.as_str(), String::as_str);
    Text::new(en, longest(false).map_or(en, String::as_str))
}

fn is_inbound(name: &FactName) -> bool {
    name.rest().ends_with("inbound")
}
