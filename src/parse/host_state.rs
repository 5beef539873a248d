//! State of a host: processes, addresses, routes, packet filter, folders. Known by their shape; only what bears on mail is used.

use super::template::template;
use super::{Format, Harvest, Line, Look, Reader, Sure, Took};
use crate::fact::{Facts, Known, LogText, Platform, Service, Setting, Source, Value};

/// State of a host.
pub struct HostState;

impl Format for HostState {
    fn id(&self) -> &'static str {
        "host-state"
    }

    fn begins(&self, look: &Look<'_>) -> Option<Sure> {
        let first = look.first();
        if tool_level(first).is_some()
            || first.starts_with("table inet ")
            || first.starts_with("table ip ")
            || first.starts_with("Exim version ")
        {
            return Some(Sure::Likely);
        }
        (command(first).is_some() || Shape::of(first).is_some()).then_some(Sure::Maybe)
    }

    fn reader(&self) -> Box<dyn Reader> {
        Box::new(State::default())
    }
}

/// Returns the command of a line that begins with a shell's prompt: `root@mail:~# postconf -n`, `$ mailq`, `C:\> nslookup`.
pub(super) fn command(line: &str) -> Option<&str> {
    let end = line.find(['$', '#', '>', '%'])?;
    let prompt = line.get(..end)?;
    let fits = prompt.is_empty() || prompt.contains('@') || prompt.contains(":\\") || prompt.starts_with('[') || prompt.starts_with("PS ");
    let rest = line.get(end + 1..)?;
    let command = rest.trim();
    let program = command.strip_prefix("sudo ").unwrap_or(command).split_whitespace().next()?.rsplit(['/', '\\']).next()?;
    (fits && prompt.len() < 100 && !prompt.starts_with('<') && rest.len() < 400 && COMMANDS.contains(&program)).then_some(command)
}

/// Commands whose output people paste with the line that they typed.
const COMMANDS: &[&str] = &[
    "postconf",
    "postqueue",
    "mailq",
    "postfix",
    "exim",
    "exim4",
    "exinext",
    "dig",
    "host",
    "nslookup",
    "df",
    "ss",
    "netstat",
    "telnet",
    "nc",
    "swaks",
    "openssl",
    "ps",
    "ip",
    "ifconfig",
    "nft",
    "iptables",
    "ls",
    "find",
    "cat",
    "tail",
    "grep",
    "journalctl",
    "systemctl",
    "date",
];

/// Returns how bad a line of one of Postfix's tools is: `postconf: warning: …`, `postfix/postfix-script: fatal: …`.
fn tool_level(line: &str) -> Option<(&str, &str)> {
    let (program, rest) = line.split_once(": ")?;
    let tool = program.starts_with("post") || program == "sendmail" || program == "newaliases";
    let named = tool && program.len() < 40 && !program.contains(' ');
    let level = rest.split(": ").next()?;
    (named && matches!(level, "warning" | "error" | "fatal" | "panic")).then_some((program, level))
}

/// Takes a line of one of Postfix's tools as a line of a log; returns whether it is one.
pub(super) fn tool_log(line: Line<'_>, into: &mut Harvest) -> bool {
    let Some((program, level)) = tool_level(line.text) else { return false };
    let text = line.text.get(program.len() + 2..).unwrap_or_default();
    let what =
        LogText { program: program.to_owned(), text: text.to_owned(), template: template(text), level: level.into(), count: 1, last: None };
    into.add(|facts: &mut Facts| &mut facts.logs, what, None, line.source());
    true
}

/// Outputs that are known by one line.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Shape {
    Process,
    Address,
    Route,
    Filter,
    Folder,
    File,
    Host,
    Alias,
    Version,
    Retry,
}

impl Shape {
    fn of(line: &str) -> Option<Shape> {
        let words: Vec<&str> = line.split_whitespace().take(12).collect();
        let first = *words.first()?;
        let second = words.get(1).copied().unwrap_or_default();
        let digits = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit());
        if (words.contains(&"PID") && (words.contains(&"COMMAND") || words.contains(&"CMD")))
            || (digits(first) && digits(second) && words.len() > 4)
        {
            return Some(Shape::Process);
        }
        if matches!(second, "UP" | "DOWN" | "UNKNOWN") && words.get(2).is_none_or(|word| word.contains('/')) {
            return Some(Shape::Address);
        }
        if matches!(first, "inet" | "inet6") && second.contains(['.', ':']) {
            return Some(Shape::Address);
        }
        let hop = words.iter().any(|word| matches!(*word, "dev" | "via"));
        if hop && (first == "default" || address(first).is_some() || matches!(first, "unreachable" | "blackhole" | "broadcast" | "local")) {
            return Some(Shape::Route);
        }
        if first == "table" && line.trim_end().ends_with('{') {
            return Some(Shape::Filter);
        }
        let mode = first.len() >= 10 && first.bytes().all(|byte| b"-dlbcpsrwxStT.+@".contains(&byte)) && first.contains(['r', '-']);
        if (first == "total" && digits(second) && words.len() == 2) || (mode && words.len() >= 8 && digits(second)) {
            return Some(Shape::Folder);
        }
        if first.starts_with('/') && words.get(2) == Some(&"bytes") && digits(second) {
            return Some(Shape::File);
        }
        if first.parse::<std::net::IpAddr>().is_ok() && words.len() >= 2 && second.starts_with(|c: char| c.is_ascii_alphanumeric()) {
            return Some(Shape::Host);
        }
        if let Some(name) = first.strip_suffix(':').filter(|_| words.len() == 2) {
            let known = matches!(
                name.to_ascii_lowercase().as_str(),
                "postmaster" | "mailer-daemon" | "root" | "abuse" | "hostmaster" | "webmaster"
            );
            return known.then_some(Shape::Alias);
        }
        // Exim's hints about when it tries again (`exinext`, `exim_dumpdb`).
        if (first.starts_with("T:") || first.starts_with("R:")) && words.len() >= 3 && words.get(2).is_some_and(|word| digits(word)) {
            return Some(Shape::Retry);
        }
        if (first == "exit" && second == "status" && words.len() == 3) || line.starts_with("Exim version ") {
            return Some(Shape::Version);
        }
        None
    }
}

/// Returns the address of `192.0.2.1/24` or `192.0.2.1`.
fn address(word: &str) -> Option<std::net::IpAddr> {
    word.split('/').next()?.split('%').next()?.parse().ok()
}

/// How many addresses of a host are kept, and how many rules of a packet filter.
const MOST: usize = 64;

#[derive(Default)]
struct State {
    shape: Option<Shape>,
    addresses: Vec<String>,
    rules: Vec<String>,
    source: Option<Source>,
    depth: usize,
}

impl Reader for State {
    fn line(&mut self, line: Line<'_>, into: &mut Harvest) -> Took {
        let text = line.text;
        if text.trim().is_empty() || (self.shape.is_none() && command(text).is_some()) {
            return Took::Part;
        }
        if self.shape == Some(Shape::Filter) && self.depth > 0 {
            return self.filter(text);
        }
        if tool_log(line, into) {
            return Took::Record;
        }
        let Some(shape) = Shape::of(text).or_else(|| self.goes_on(text)) else { return Took::No };
        if self.shape.is_some_and(|before| before != shape) {
            return Took::No;
        }
        self.shape = Some(shape);
        match shape {
            Shape::Address => self.address(line),
            Shape::Process => process(line, into),
            Shape::Filter => {
                self.source.get_or_insert(line.source());
                self.depth = 1;
                Took::Record
            }
            Shape::Version if text.starts_with("Exim version ") => {
                into.facts.case.platform.get_or_insert(Platform::Exim);
                Took::Record
            }
            _ => Took::Part,
        }
    }

    fn end(self: Box<Self>, into: &mut Harvest) {
        let Some(source) = self.source else { return };
        for (key, values, between) in [("host.addresses", &self.addresses, " "), ("host.nft", &self.rules, "\n")] {
            if !values.is_empty() {
                let what = Setting { key: key.to_owned(), value: Known::Value(Value::Text(values.join(between))) };
                into.add(|facts: &mut Facts| &mut facts.settings, what, None, source);
            }
        }
    }
}

impl State {
    /// Lines that only mean something behind a first one.
    fn goes_on(&self, text: &str) -> Option<Shape> {
        let alias = || {
            text.split_once(':').is_some_and(|(name, target)| !name.is_empty() && !name.contains([' ', '=']) && !target.trim().is_empty())
        };
        match self.shape? {
            Shape::Alias if alias() || text.starts_with(['#', ' ', '\t']) => Some(Shape::Alias),
            Shape::Host if text.starts_with('#') => Some(Shape::Host),
            Shape::Retry if text.starts_with(|c: char| c.is_ascii_digit()) => Some(Shape::Retry),
            Shape::Version
                if text.contains(": ") || text.contains(" is ") || text.starts_with('(') || text.starts_with("Copyright") || pid(text) =>
            {
                Some(Shape::Version)
            }
            _ => None,
        }
    }

    fn address(&mut self, line: Line<'_>) -> Took {
        self.source.get_or_insert(line.source());
        let words = line.text.split_whitespace().filter(|word| word.contains('/')).filter_map(address);
        for address in words.filter(|address| !address.is_loopback()) {
            let link_local = matches!(address, std::net::IpAddr::V6(address) if address.segments()[0] & 0xffc0 == 0xfe80);
            if !link_local && self.addresses.len() < MOST {
                self.addresses.push(address.to_string());
            }
        }
        Took::Record
    }

    /// Rules that drop or reject what goes to port 25.
    fn filter(&mut self, text: &str) -> Took {
        self.depth = (self.depth + text.matches('{').count()).saturating_sub(text.matches('}').count());
        let stops = text.contains(" drop") || text.contains(" reject");
        let port = text.contains("dport 25") || text.contains("dport smtp") || (text.contains("dport {") && text.contains(" 25"));
        if stops && port && self.rules.len() < MOST {
            self.rules.push(text.trim().to_owned());
        }
        Took::Part
    }
}

/// A process of a mail system that is there shows that the service runs.
///
/// # Source
///
/// `master(8)` of Postfix; the daemon options `-bd` and `-bdf` of exim(8).
fn process(line: Line<'_>, into: &mut Harvest) -> Took {
    let words: Vec<&str> = line.text.split_whitespace().collect();
    let runs = |name: &str| words.iter().any(|word| word.starts_with('/') && word.ends_with(name));
    let service = if runs("/master") && line.text.contains("/postfix/") {
        "postfix"
    } else if (runs("/exim4") || runs("/exim")) && words.iter().any(|word| word.starts_with("-bd")) {
        "exim"
    } else {
        return Took::Part;
    };
    let what = Service { name: service.to_owned(), state: "running".into() };
    into.add(|facts: &mut Facts| &mut facts.services, what, None, line.source());
    Took::Record
}

/// Returns whether a line holds nothing but a number (the process of `master`).
fn pid(text: &str) -> bool {
    text.trim().bytes().all(|byte| byte.is_ascii_digit())
}

/// What the tests of the parsers share.
#[cfg(test)]
pub(super) mod support {
    use super::super::{Harvest, read};
    use crate::evidence::Item;
    use crate::fact::{AnyFact, FactId, FactName, Kind};

    /// Reads a text as a file of the evidence.
    pub fn read_text(text: &str) -> Harvest {
        read_named("evidence.txt", text)
    }

    /// Reads a text as a file with this name.
    pub fn read_named(name: &str, text: &str) -> Harvest {
        let mut harvest = Harvest::default();
        let item = Item { name: name.to_owned(), path: name.into(), size: text.len() as u64 };
        let file = harvest.add_file(name);
        read(&item, file, text.as_bytes(), &mut harvest).unwrap();
        harvest
    }

    /// Returns every fact as one line, `?` for what is not known.
    pub fn facts(harvest: &Harvest) -> Vec<String> {
        let ids = Kind::ALL.iter().flat_map(|kind| harvest.facts.named(&FactName::of(*kind, &[])));
        ids.filter_map(|id| harvest.facts.get(id).map(|fact| row(id, fact))).collect()
    }

    fn row(id: FactId, fact: &dyn AnyFact) -> String {
        let field = |name: &str| fact.text(name).unwrap_or_else(|| "?".to_owned());
        match id.kind() {
            Kind::Setting => format!("setting {}={}", field("key"), field("value")),
            Kind::Resource => {
                format!("resource {} {} used={} free={}", field("name"), field("target"), field("used_percent"), field("free_bytes"))
            }
            Kind::Listener => format!("listener {} {} {}", field("address"), field("port"), field("process")),
            Kind::Dns => {
                let answers = field("answers");
                format!("dns {} {} {} {answers} @{} {}", field("name"), field("record"), field("result"), field("server"), field("millis"))
            }
            Kind::Smtp => {
                let (host, port, refusal) = (field("host"), field("port"), field("refusal"));
                format!("smtp {} {host}:{port} {} refusal={refusal} rcpt={}", field("direction"), field("result"), field("recipient"))
            }
            Kind::Certificate => {
                format!("certificate {} {} until={} {}", field("host"), field("subject"), field("not_after"), field("verification"))
            }
            Kind::Ndr => {
                let (recipient, code, reply, text) = (field("recipient"), field("code"), field("reply"), field("text"));
                format!("ndr {recipient} {code} {reply} {} {} @{} | {text}", field("action"), field("side"), field("host"))
            }
            Kind::Change => format!("change {} {} {} {}", field("kind"), field("what"), field("when"), field("detail")),
            Kind::Log => format!("log {} {} {}", field("program"), field("level"), field("text")),
            kind => kind.id().to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::support::{facts, read_text};

    #[test]
    fn addresses_and_rules_for_port_25_are_kept() {
        let rows = facts(&read_text("lo UNKNOWN 127.0.0.1/8 ::1/128\neth0@if3 UP 192.0.2.10/24 fe80::1/64 2001:db8::5/64\n"));
        assert_eq!(rows, ["setting host.addresses=192.0.2.10 2001:db8::5"]);
        let rows = facts(&read_text("table inet filter {\n\tchain output {\n\t\ttcp dport 25 drop\n\t\ttcp dport 80 drop\n\t}\n}\n"));
        assert_eq!(rows, ["setting host.nft=tcp dport 25 drop"]);
    }

    #[test]
    fn words_of_the_tools_are_logs() {
        let rows = facts(&read_text("postfix/postfix-script: fatal: the Postfix mail system is not running\n"));
        assert_eq!(rows, ["log postfix/postfix-script fatal fatal: the Postfix mail system is not running"]);
    }

    #[test]
    fn known_outputs_are_not_called_unknown() {
        let texts = [
            "  PID  PPID USER COMMAND\n 1 0 root S /sbin/init\n",
            "default via 192.0.2.1 dev eth0\n192.0.2.0/24 dev eth0 proto kernel\n",
            "total 12\ndrwxrwsr-x 2 root mail 4096 Nov 24 08:43 .\n",
            "127.0.0.1 localhost\n",
            "postmaster: root\nsomebody: else\n",
            "/var/spool/postfix/maildrop/A1 582 bytes 2026-11-24 08:48\n",
        ];
        for text in texts {
            let harvest = read_text(text);
            assert!(harvest.reports[0].unread.is_empty() && harvest.facts.is_empty(), "{text}");
        }
    }
}
