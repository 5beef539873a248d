//! Configuration of Postfix and Exim: `postconf -n`, `main.cf`, `postconf -M`, `master.cf`, `exim -bP`, `exim4.conf`.

use super::{Format, Harvest, Line, Look, Reader, Sure, Took};
use crate::fact::{Facts, Kind, Known, Place, Platform, Setting, Source, Value};
use std::collections::BTreeMap;

/// Configuration of Postfix and Exim.
pub struct Postconf;

/// Parameters that tell `main.cf` from other texts of the shape `name = value`.
///
/// # Source
///
/// `postconf(5)`.
const MAIN_CF: &[&str] = &[
    "alias_database",
    "alias_maps",
    "append_dot_mydomain",
    "biff",
    "bounce_queue_lifetime",
    "body_checks",
    "command_directory",
    "compatibility_level",
    "content_filter",
    "daemon_directory",
    "data_directory",
    "debug_peer_level",
    "default_destination_concurrency_limit",
    "default_process_limit",
    "default_transport",
    "delay_warning_time",
    "header_checks",
    "home_mailbox",
    "html_directory",
    "inet_interfaces",
    "inet_protocols",
    "local_recipient_maps",
    "local_transport",
    "mail_name",
    "mail_owner",
    "mail_version",
    "mailbox_command",
    "mailbox_size_limit",
    "mailbox_transport",
    "maillog_file",
    "mailq_path",
    "manpage_directory",
    "masquerade_domains",
    "maximal_backoff_time",
    "maximal_queue_lifetime",
    "message_size_limit",
    "milter_default_action",
    "minimal_backoff_time",
    "mydestination",
    "mydomain",
    "myhostname",
    "mynetworks",
    "mynetworks_style",
    "myorigin",
    "newaliases_path",
    "non_smtpd_milters",
    "owner_request_special",
    "policyd-spf_time_limit",
    "proxy_interfaces",
    "queue_directory",
    "queue_minfree",
    "queue_run_delay",
    "readme_directory",
    "recipient_canonical_maps",
    "recipient_delimiter",
    "relay_domains",
    "relay_recipient_maps",
    "relayhost",
    "sample_directory",
    "sender_bcc_maps",
    "sender_canonical_maps",
    "sender_dependent_relayhost_maps",
    "sendmail_path",
    "setgid_group",
    "shlib_directory",
    "smtp_bind_address",
    "smtp_connect_timeout",
    "smtp_helo_name",
    "smtp_helo_timeout",
    "smtp_host_lookup",
    "smtp_use_tls",
    "soft_bounce",
    "syslog_facility",
    "tls_random_source",
    "transport_maps",
    "unknown_local_recipient_reject_code",
    "unverified_recipient_reject_code",
];
const MAIN_CF_STARTS: &[&str] = &["smtpd_", "smtp_tls_", "smtp_sasl_", "virtual_alias_", "virtual_mailbox_", "postscreen_", "lmtp_tls_"];

/// Main options that tell `exim -bP` and an Exim configuration from other texts.
///
/// # Source
///
/// The Exim specification, chapter "Main configuration".
const EXIM: &[&str] = &[
    "accept_8bitmime",
    "acl_not_smtp",
    "acl_smtp_connect",
    "acl_smtp_data",
    "acl_smtp_rcpt",
    "admin_groups",
    "auto_thaw",
    "bounce_return_body",
    "check_log_space",
    "check_spool_space",
    "daemon_smtp_ports",
    "delay_warning",
    "deliver_queue_load_max",
    "dns_retry",
    "exim_group",
    "exim_path",
    "exim_user",
    "helo_allow_chars",
    "host_lookup",
    "ignore_bounce_errors_after",
    "keep_environment",
    "local_interfaces",
    "log_file_path",
    "log_selector",
    "never_users",
    "primary_hostname",
    "qualify_domain",
    "qualify_recipient",
    "queue_only",
    "queue_run_max",
    "remote_max_parallel",
    "rfc1413_query_timeout",
    "smtp_accept_max",
    "smtp_accept_queue",
    "smtp_banner",
    "smtp_load_reserve",
    "spool_directory",
    "timeout_frozen_after",
    "tls_advertise_hosts",
    "tls_certificate",
    "trusted_users",
];

const SECTIONS: &[&str] = &["begin acl", "begin routers", "begin transports", "begin retry", "begin rewrite", "begin authenticators"];

/// How few sorted parameters may be a complete `postconf -n`: whoever asks for single ones seldom asks for more, or in this order.
const COMPLETE: usize = 6;
/// How many settings one piece may hold.
const MOST: usize = 5_000;

impl Format for Postconf {
    fn id(&self) -> &'static str {
        "postconf"
    }

    fn begins(&self, look: &Look<'_>) -> Option<Sure> {
        let first = look.first();
        if let Some(command) = super::host_state::command(first) {
            return is_postconf_command(command).then_some(Sure::Certain);
        }
        if service(first).is_some() {
            return Some(Sure::Certain);
        }
        let starts_text = first.trim_start().starts_with('#');
        if starts_text && !look.at_start {
            return None;
        }
        if starts_text && look.lines.iter().any(|line| service(line).is_some()) {
            return Some(Sure::Likely);
        }
        let names: Vec<&str> =
            look.lines.iter().take_while(|line| pass(line)).filter_map(|line| setting(line)).map(|(name, _)| name).collect();
        if !starts_text && setting(first).is_none() && flag(first).is_none() {
            return None;
        }
        if names.first() == Some(&"mail_version") && !starts_text {
            return Some(Sure::Likely);
        }
        let exim = look.lines.iter().filter(|line| option(line).is_some_and(is_exim)).count();
        let sections = look.lines.iter().filter(|line| SECTIONS.contains(&line.trim())).count();
        let postfix = names.iter().filter(|name| is_main_cf(name)).count();
        if names.len() >= 3 && postfix >= 2 && postfix > exim {
            return Some(Sure::Likely);
        }
        (exim >= 3 || (exim >= 1 && sections >= 1)).then_some(Sure::Likely)
    }

    fn reader(&self) -> Box<dyn Reader> {
        Box::new(Piece::default())
    }
}

/// Returns whether a command line prints settings in full: `postconf -n`, `postconf -M`, `postconf`.
fn is_postconf_command(command: &str) -> bool {
    let mut words = command.split_whitespace().skip_while(|word| *word == "sudo");
    let program = words.next().unwrap_or_default();
    matches!(program.rsplit('/').next(), Some("postconf")) || (program.contains("exim") && words.next() == Some("-bP"))
}

/// Returns whether a listing goes on at a line: a setting, a continuation, a comment or nothing.
fn pass(line: &str) -> bool {
    line.trim().is_empty() || line.starts_with([' ', '\t', '#']) || setting(line).is_some() || flag(line).is_some() || own_word(line)
}

/// What Postfix itself says between the settings.
fn own_word(line: &str) -> bool {
    line.starts_with("postconf: ")
}

fn is_main_cf(name: &str) -> bool {
    MAIN_CF.contains(&name) || MAIN_CF_STARTS.iter().any(|start| name.starts_with(start))
}

fn is_exim(name: &str) -> bool {
    EXIM.contains(&name)
}

/// Takes `name = value` apart.
fn setting(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.split_once('=')?;
    let name = name.trim_end();
    let fits = name.len() <= 100
        && name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_' || c.is_ascii_digit())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte));
    fits.then_some((name, value.trim()))
}

/// Returns the name of an Exim option that stands alone, `no_allow_mx_to_ip`, and whether it is on.
fn flag(line: &str) -> Option<(&str, bool)> {
    let name = line.trim_end();
    let fits = name.len() > 3 && name.len() <= 60 && name.starts_with(|c: char| c.is_ascii_lowercase());
    let fits = fits && name.contains('_') && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    fits.then(|| name.strip_prefix("no_").map_or((name, true), |name| (name, false)))
}

fn option(line: &str) -> Option<&str> {
    setting(line).map(|(name, _)| name).or_else(|| flag(line).map(|(name, _)| name))
}

/// Takes a line of `master.cf` apart: service, type, and the rest with its fields one space apart.
fn service(line: &str) -> Option<(&str, &str, String)> {
    if line.starts_with([' ', '\t', '#']) {
        return None;
    }
    let fields: Vec<&str> = line.split_whitespace().collect();
    let [name, kind, private, unprivileged, chroot, wakeup, most, command, ..] = fields.as_slice() else { return None };
    let yes_no = |field: &&str| matches!(*field, "y" | "n" | "-");
    let number = |field: &str| field == "-" || field.trim_end_matches('?').bytes().all(|byte| byte.is_ascii_digit());
    let fits = matches!(*kind, "inet" | "unix" | "fifo" | "pass" | "unix-dgram")
        && [private, unprivileged, chroot].into_iter().all(yes_no)
        && number(wakeup)
        && number(most)
        && command.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/');
    fits.then(|| (*name, *kind, fields.get(2..).unwrap_or_default().join(" ")))
}

/// One listing.
#[derive(Default)]
struct Piece {
    settings: Vec<(String, String, Source)>,
    services: Vec<(String, String, Source)>,
    of: Of,
    /// Whether the listing is all of its kind for sure: the command stands before it.
    whole: bool,
    comments: bool,
    /// An Exim configuration file: what follows the first section is not used.
    file: bool,
    begun: bool,
    at_line: u64,
}

/// What the last line was, so that a continuation finds its place.
#[derive(Default, Clone, Copy, PartialEq)]
enum Of {
    #[default]
    Nothing,
    Setting,
    Service,
}

impl Reader for Piece {
    fn line(&mut self, line: Line<'_>, into: &mut Harvest) -> Took {
        let first = !std::mem::replace(&mut self.begun, true);
        if first {
            self.at_line = line.number;
        }
        let text = line.text;
        if let Some(command) = super::host_state::command(text) {
            if !first {
                return Took::No;
            }
            let words: Vec<&str> = command.split_whitespace().skip(1).collect();
            self.whole = words.iter().all(|word| matches!(*word, "-n" | "-M" | "-bP"));
            return Took::Part;
        }
        if self.file {
            return Took::Part;
        }
        if text.trim().is_empty() {
            return Took::Part;
        }
        if text.trim_start().starts_with('#') {
            self.comments = true;
            return Took::Part;
        }
        if SECTIONS.contains(&text.trim()) {
            self.file = true;
            return Took::Part;
        }
        if own_word(text) {
            return if super::host_state::tool_log(line, into) { Took::Record } else { Took::Part };
        }
        if text.starts_with([' ', '\t']) {
            return self.continuation(text.trim());
        }
        if self.settings.len() + self.services.len() >= MOST {
            return Took::Part;
        }
        if let Some((name, kind, rest)) = service(text) {
            self.services.push((format!("master.{name}/{kind}"), rest, line.source()));
            self.of = Of::Service;
            return Took::Record;
        }
        if let Some((name, value)) = setting(text) {
            self.settings.push((name.to_owned(), value.to_owned(), line.source()));
            self.of = Of::Setting;
            return Took::Record;
        }
        if text.starts_with("domainlist")
            || text.starts_with("hostlist")
            || text.starts_with("addresslist")
            || text.starts_with("localpartlist")
        {
            let (name, value) = text.split_once('=').unwrap_or((text, ""));
            self.settings.push((name.trim().to_owned(), value.trim().to_owned(), line.source()));
            self.of = Of::Setting;
            return Took::Record;
        }
        if let Some((name, on)) = flag(text) {
            self.settings.push((name.to_owned(), on.to_string(), line.source()));
            self.of = Of::Setting;
            return Took::Record;
        }
        self.of = Of::Nothing;
        Took::No
    }

    fn end(self: Box<Self>, into: &mut Harvest) {
        let piece = *self;
        if !piece.services.is_empty() {
            piece.master(into);
        }
        let exim = piece.settings.iter().filter(|(name, ..)| is_exim(name)).count();
        let postfix = piece.settings.iter().filter(|(name, ..)| is_main_cf(name)).count();
        if exim > postfix {
            piece.exim(into);
        } else if postfix > 0 {
            piece.main_cf(into);
        }
    }
}

impl Piece {
    /// A line that begins with white space goes on with the value before it.
    fn continuation(&mut self, text: &str) -> Took {
        let last = match self.of {
            Of::Setting => self.settings.last_mut(),
            Of::Service => self.services.last_mut(),
            Of::Nothing => None,
        };
        let Some((_, value, _)) = last else { return Took::No };
        if value.len() + text.len() < super::lines::LONGEST {
            if !value.is_empty() {
                value.push(' ');
            }
            value.push_str(text);
        }
        Took::Part
    }

    fn master(&self, into: &mut Harvest) {
        for (key, value, source) in &self.services {
            add(into, key, value, *source);
        }
        // A part of the file never has all of what Postfix cannot do without.
        let has = |name: &str| self.services.iter().any(|(key, ..)| key == name);
        if let Some((.., source)) = self.services.first()
            && has("master.qmgr/unix")
            && has("master.cleanup/unix")
            && has("master.bounce/unix")
        {
            into.listed(Kind::Setting, "master.*", *source);
        }
        into.facts.case.platform.get_or_insert(Platform::Postfix);
    }

    fn source(&self) -> Option<Source> {
        self.settings.first().map(|(.., source)| Source { file: source.file, place: Place::Line(self.at_line) })
    }

    fn sorted(&self) -> bool {
        self.settings.windows(2).all(|pair| matches!(pair, [(before, ..), (after, ..)] if before <= after))
    }

    fn main_cf(&self, into: &mut Harvest) {
        into.facts.case.platform.get_or_insert(Platform::Postfix);
        // Of a parameter that stands twice in main.cf, the later one counts.
        let mut values: BTreeMap<&str, &str> = BTreeMap::new();
        for (name, value, _) in &self.settings {
            values.insert(name, value);
        }
        for (name, value, source) in &self.settings {
            if values.get(name.as_str()) == Some(&value.as_str()) {
                add(into, name, value, *source);
            }
        }
        let enough = values.len() >= COMPLETE || (values.len() >= 3 && values.contains_key("compatibility_level"));
        let whole = self.whole || (enough && (self.sorted() || (self.comments && self.at_line == 1)));
        if let Some(source) = self.source().filter(|_| whole) {
            into.listed(Kind::Setting, "*", source);
        }
        let case = &mut into.facts.case;
        let host = expand(&values, "$myhostname").filter(|host| is_domain(host));
        if case.server.is_none() {
            case.server.clone_from(&host);
        }
        let mut own = Vec::new();
        let named = ["$mydomain", "$mydestination", "$virtual_mailbox_domains", "$virtual_alias_domains", "$myhostname"];
        for parameter in named {
            for word in expand(&values, parameter).unwrap_or_default().split([',', ' ', '\t']) {
                own.push(word.to_ascii_lowercase());
            }
        }
        domains(into, own);
    }

    fn exim(&self, into: &mut Harvest) {
        into.facts.case.platform.get_or_insert(Platform::Exim);
        let value = |wanted: &str| self.settings.iter().find(|(name, ..)| name == wanted).map(|(_, value, _)| value.to_ascii_lowercase());
        let mut own: Vec<String> = value("qualify_domain").into_iter().collect();
        let lists = self.settings.iter().filter(|(name, ..)| name == "domainlist local_domains");
        own.extend(lists.flat_map(|(_, list, _)| list.split(':').map(|word| word.trim().to_ascii_lowercase()).collect::<Vec<_>>()));
        if let Some(host) = value("primary_hostname").filter(|host| is_domain(host)) {
            into.facts.case.server.get_or_insert(host);
        }
        domains(into, own);
        // A configuration file may be one of several: only what Exim itself prints is used further.
        if self.file || self.comments || self.settings.iter().any(|(name, ..)| name.contains(' ')) {
            return;
        }
        for (name, value, source) in &self.settings {
            add(into, &format!("exim.{name}"), value, *source);
        }
        if let Some(source) = self.source().filter(|_| self.whole || (self.settings.len() > 100 && self.sorted_options())) {
            into.listed(Kind::Setting, "exim.*", source);
        }
    }

    /// `exim -bP` is sorted by the names of the options, whether `no_` stands before them or not; a few are out of order.
    fn sorted_options(&self) -> bool {
        let late = self.settings.windows(2).filter(|pair| matches!(pair, [(before, ..), (after, ..)] if before > after)).count();
        late * 20 < self.settings.len()
    }
}

fn add(into: &mut Harvest, key: &str, value: &str, source: Source) {
    let what = Setting { key: key.to_owned(), value: Known::Value(Value::Text(value.to_owned())) };
    into.add(|facts: &mut Facts| &mut facts.settings, what, None, source);
}

/// Adds names to the organisation's own domains, those that are no domain left out.
fn domains(into: &mut Harvest, names: Vec<String>) {
    for name in names {
        if is_domain(&name) && !name.starts_with("localhost.") && !into.facts.case.domains.contains(&name) {
            into.facts.case.domains.push(name);
        }
    }
}

fn is_domain(name: &str) -> bool {
    name.contains('.')
        && !name.starts_with('.')
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte))
        && name.bytes().any(|byte| byte.is_ascii_alphabetic())
        && name != "localdomain"
}

/// Replaces `$name`, `${name}` and `$(name)` by values of the same listing, `None` when one is not known.
///
/// `mydomain` that is not set is `myhostname` without its first part, as `postconf(5)` says.
fn expand(values: &BTreeMap<&str, &str>, text: &str) -> Option<String> {
    expand_within(values, text, 0)
}

fn expand_within(values: &BTreeMap<&str, &str>, text: &str, depth: usize) -> Option<String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(rest.get(..at)?);
        rest = rest.get(at + 1..)?.trim_start_matches(['{', '(']);
        let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len());
        let name = rest.get(..end)?;
        rest = rest.get(end..)?.trim_start_matches(['}', ')']);
        if depth >= 8 {
            return None;
        }
        let value = match values.get(name) {
            Some(value) => expand_within(values, value, depth + 1),
            None if name == "mydomain" => {
                expand_within(values, values.get("myhostname")?, depth + 1)?.split_once('.').map(|(_, domain)| domain.to_owned())
            }
            None => None,
        };
        // What cannot be expanded takes no other name of the list with it.
        out.push_str(value.as_deref().unwrap_or("?"));
        if out.len() > super::lines::LONGEST {
            return None;
        }
    }
    out.push_str(rest);
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::super::host_state::support::{facts, read_text};
    use crate::fact::{FactName, Need};

    #[test]
    fn postconf_n_gives_settings_domains_and_a_complete_listing() {
        let text = "alias_maps = hash:/etc/aliases\ncompatibility_level = 3.6\nmydestination = $myhostname, shop.example,\n    localhost\n\
            mydomain = shop.example\nmyhostname = mx.$mydomain\nrelayhost =\n";
        let harvest = read_text(text);
        let rows = facts(&harvest);
        assert!(rows.contains(&"setting mydestination=$myhostname, shop.example, localhost".to_owned()), "{rows:?}");
        assert!(rows.contains(&"setting relayhost=".to_owned()));
        assert_eq!(harvest.facts.case.server.as_deref(), Some("mx.shop.example"));
        assert_eq!(harvest.facts.case.domains, ["shop.example", "mx.shop.example"]);
        assert_eq!(harvest.facts.need(&FactName::parse("setting content_filter").unwrap()), Need::Absent);
    }

    #[test]
    fn a_few_parameters_are_no_complete_listing() {
        let harvest = read_text("relayhost = [relay.isp.example]\nmyhostname = a.example\nmynetworks = 127.0.0.0/8\n");
        assert_eq!(harvest.facts.settings.len(), 3);
        assert!(harvest.facts.listed.is_empty());
    }

    #[test]
    fn other_texts_of_the_same_shape_are_left_alone() {
        for text in ["name = value\nother = thing\nthird = 3\n", "[server]\nport = 25\nhost = x\nuser = y\n", "relayhost = x\n"] {
            assert!(read_text(text).facts.settings.is_empty(), "{text}");
        }
        assert_eq!(read_text("mail_version = 3.7.11\n").facts.settings.len(), 1);
    }

    #[test]
    fn services_are_settings() {
        let text = "smtp inet n - y - - smtpd\n  -o content_filter=\ncleanup unix n - y - 0 cleanup\nqmgr unix n - n 300 1 qmgr\n\
            bounce unix - - y - 0 bounce\n";
        let harvest = read_text(text);
        assert!(facts(&harvest).contains(&"setting master.smtp/inet=n - y - - smtpd -o content_filter=".to_owned()));
        assert_eq!(harvest.facts.need(&FactName::parse("setting master.relay/unix").unwrap()), Need::Absent);
    }

    #[test]
    fn exim_options_have_a_prefix() {
        let harvest = read_text(
            "accept_8bitmime\nadmin_groups =\nprimary_hostname = mx.shop.example\nno_queue_only\nqualify_domain = shop.example\n",
        );
        let rows = facts(&harvest);
        assert!(rows.contains(&"setting exim.queue_only=false".to_owned()), "{rows:?}");
        assert_eq!(harvest.facts.case.server.as_deref(), Some("mx.shop.example"));
    }

    #[test]
    fn loops_and_rubbish_end() {
        read_text("myhostname = $mydomain\nmydomain = $myhostname\nmydestination = $mydestination ${ $\u{0}\nrelayhost = $\n");
    }
}
