//! Stand-ins for host names and domains: what lies in one domain stays in one domain.

use std::collections::{BTreeMap, BTreeSet};

/// Domains that stay: reserved ones, and those of providers and block lists, by whose words and names a fault is told and which name nobody.
#[rustfmt::skip]
const KEPT: &[&str] = &[
    "example", "example.com", "example.net", "example.org", "test", "invalid", "localhost", "localdomain", "arpa", "amazonaws.com",
    "amazonses.com", "aol.com", "apple.com", "barracudacentral.org", "bounce.io", "cloudmark.com", "comcast.net", "cloudflare.com",
    "docomo.ne.jp", "exim.org", "ezweb.ne.jp", "free.fr", "gmail.com", "gmx.de", "gmx.net", "google.com", "googlemail.com", "hotmail.com",
    "icloud.com", "laposte.net", "live.com", "mail.ru", "mailgun.org", "manitu.net", "mcafee.com", "me.com", "messagelabs.com",
    "microsoft.com", "mimecast.com", "msn.com", "naver.com", "office.com", "office365.com", "onmicrosoft.com", "orange.fr", "outlook.com",
    "postfix.org", "pphosted.com", "proofpoint.com", "qq.com", "sendgrid.net", "softbank.jp", "sorbs.net", "spamcop.net", "spamhaus.net",
    "spamhaus.org", "surbl.org", "t-online.de", "trendmicro.com", "uceprotect.net", "uribl.com", "verizon.net", "web.de", "yahoo.co.jp",
    "yahoo.com", "yahoodns.net", "yandex.net", "yandex.ru", "abuse.ch", "dnswl.org", "mailspike.net", "senderscore.com", "163.com",
    "126.com", "libero.it", "wp.pl", "o2.pl",
];
/// Last labels with which a name is one also where nothing else says so; two letters are a country.
#[rustfmt::skip]
const TOP: &[&str] = &[
    "com", "net", "org", "info", "biz", "edu", "gov", "mil", "int", "name", "pro", "mobi", "asia", "jobs", "local", "lan", "internal",
    "corp", "home", "intranet", "private", "site", "online", "shop", "store", "cloud", "app", "dev", "tech", "xyz", "club", "top",
    "email", "group", "systems", "solutions", "services", "agency", "digital", "world", "network", "company", "global", "media", "berlin",
    "london", "tokyo", "hamburg", "swiss", "bank", "health", "school", "university", "coop",
];
/// Two letters that are the ending of a file, as long as nothing else says that they are a country.
#[rustfmt::skip]
const ENDINGS: &[&str] = &[
    "cf", "db", "gz", "sh", "py", "so", "id", "ps", "js",
];
/// Labels before a country under which everybody's domains lie.
#[rustfmt::skip]
const SECOND: &[&str] = &[
    "ac", "ad", "co", "com", "ed", "edu", "go", "gob", "gov", "gr", "lg", "ne", "net", "or", "org",
];
/// Labels that name what a host does, with a number at most.
#[rustfmt::skip]
const WORK: &[&str] = &[
    "mail", "mx", "smtp", "relay", "www", "ns", "imap", "pop", "gw", "mta", "out", "outbound", "in", "inbound", "webmail", "exchange",
    "list", "lists", "bounce", "bounces", "spf", "dkim", "localhost", "autodiscover", "mailhost", "mailgw", "dns", "ldap", "server",
    "host", "postfix", "exim", "debian", "ubuntu",
];
/// How many bare names of own hosts are replaced.
const MOST_OWN: usize = 64;

/// Which names occur, and their stand-ins.
#[derive(Debug, Default)]
pub struct Names {
    known: BTreeSet<String>,
    labels: BTreeMap<String, String>,
    own: BTreeMap<String, String>,
    domains: usize,
}

/// Returns whether a word with dots is a name of a host or domain, as far as it alone can tell.
pub fn is_likely(word: &str) -> bool {
    let word = word.to_ascii_lowercase();
    let labels: Vec<&str> = word.split('.').collect();
    let Some(last) = labels.last() else { return false };
    let letters = last.bytes().all(|byte| byte.is_ascii_alphabetic());
    let top = (letters && last.len() == 2 && !ENDINGS.contains(last)) || TOP.contains(last) || last.starts_with("xn--");
    // An underscore within a label is one of a setting; services in DNS begin with it.
    top && labels.len() > 1 && !labels.iter().any(|label| label.trim_start_matches('_').contains('_')) && !is_numbers(&labels)
}

fn is_numbers(labels: &[&str]) -> bool {
    labels.iter().rev().skip(1).all(|label| label.bytes().all(|byte| byte.is_ascii_digit()))
}

fn is_kept(name: &str) -> bool {
    KEPT.iter().any(|kept| name.strip_suffix(kept).is_some_and(|rest| rest.is_empty() || rest.ends_with('.')))
}

impl Names {
    /// Learns a name.
    pub fn learn(&mut self, name: &str) {
        let name = name.to_ascii_lowercase();
        let numeric = name.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        if name.contains('.') && !numeric && !is_kept(&name) {
            self.known.insert(name);
        }
    }

    /// Learns the name of an own host, with or without its domain.
    pub fn learn_own(&mut self, name: &str) {
        self.learn(name);
        let name = name.to_ascii_lowercase();
        let label = name.split('.').next().unwrap_or_default();
        let digits = label.bytes().all(|byte| byte.is_ascii_digit());
        if label.len() < 3 || digits || is_work(label) || self.own.contains_key(label) || self.own.len() >= MOST_OWN {
            return;
        }
        let stand_in =
            if name.contains('.') { self.redact(&name).and_then(|name| name.split('.').next().map(str::to_owned)) } else { None };
        let next = self.own.len() + 1;
        self.own.insert(label.to_owned(), stand_in.unwrap_or_else(|| format!("own{next}")));
    }

    /// Returns the stand-in of a name, `None` when it stays.
    pub fn redact(&mut self, name: &str) -> Option<String> {
        let name = name.to_ascii_lowercase();
        if is_kept(&name) || !self.is_known(&name) {
            return None;
        }
        let labels: Vec<&str> = name.split('.').collect();
        let country = labels.last().is_some_and(|last| last.len() == 2);
        let second = labels.len() > 2 && labels.get(labels.len() - 2).is_some_and(|label| SECOND.contains(label));
        let domain_at = labels.len().checked_sub(if country && second { 3 } else { 2 })?;
        let mut out = Vec::new();
        for (at, label) in labels.iter().enumerate().take(domain_at + 1) {
            let suffix = labels.get(at..).unwrap_or_default().join(".");
            let kept = at < domain_at && (is_work(label) || label.starts_with('_') || label.bytes().all(|byte| byte.is_ascii_digit()));
            out.push(if kept { (*label).to_owned() } else { self.label(suffix, at == domain_at) });
        }
        Some(format!("{}.example", out.join(".")))
    }

    /// Returns whether a name, or one that it lies under, was learnt.
    fn is_known(&self, name: &str) -> bool {
        let mut rest = Some(name);
        while let Some(name) = rest.filter(|name| name.contains('.')) {
            if self.known.contains(name) {
                return true;
            }
            rest = name.split_once('.').map(|(_, rest)| rest);
        }
        false
    }

    fn label(&mut self, suffix: String, domain: bool) -> String {
        let next = self.labels.len() + 1;
        let domains = &mut self.domains;
        let stand_in = self.labels.entry(suffix).or_insert_with(|| {
            if domain {
                *domains += 1;
                format!("domain{domains}")
            } else {
                format!("host{next}")
            }
        });
        stand_in.clone()
    }

    /// Replaces the bare names of own hosts where they stand as whole words.
    pub fn redact_own(&self, line: Vec<u8>) -> Vec<u8> {
        let mut line = line;
        let in_word = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
        for (name, stand_in) in &self.own {
            let mut out = Vec::with_capacity(line.len());
            let mut at = 0;
            while let Some(rest) = line.get(at..).filter(|rest| !rest.is_empty()) {
                let fits = rest.get(..name.len()).is_some_and(|word| word.eq_ignore_ascii_case(name.as_bytes()));
                let whole =
                    !at.checked_sub(1).and_then(|at| line.get(at)).is_some_and(in_word) && !rest.get(name.len()).is_some_and(in_word);
                if fits && whole {
                    out.extend_from_slice(stand_in.as_bytes());
                    at += name.len();
                } else {
                    out.extend(rest.first());
                    at += 1;
                }
            }
            line = out;
        }
        line
    }
}

fn is_work(label: &str) -> bool {
    WORK.contains(&label.trim_end_matches(|c: char| c.is_ascii_digit() || c == '-'))
}
