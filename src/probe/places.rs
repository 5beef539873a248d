//! Where the mail system keeps its queues, logs and mailboxes: asked of it once, before other probes look there.

use super::Collector;

/// Where things are; the stock places where the mail system does not say.
#[derive(Debug, Clone, Default)]
pub struct Places {
    /// Postfix's queue folder.
    pub queue: String,
    /// Postfix's configuration folder.
    pub config: String,
    /// The file that Postfix itself writes its log to, where it does.
    pub maillog: Option<String>,
    /// Where Postfix delivers into mailboxes: the spool of system accounts and the base of virtual ones.
    pub mailboxes: Vec<String>,
    /// Exim's spool folder.
    pub spool: String,
    /// Exim's `log_file_path`, a list of patterns.
    pub exim_logs: Option<String>,
    /// Exim's configuration file.
    pub exim_config: Option<String>,
}

impl Places {
    /// Asks the mail systems that are installed.
    ///
    /// # Source
    ///
    /// postconf(1), postconf(5); exim(8), option `-bP`.
    pub fn ask(collector: &Collector<'_>) -> Places {
        let mut places = Places { queue: "/var/spool/postfix".into(), config: "/etc/postfix".into(), ..Places::default() };
        let mut mailboxes = vec!["/var/mail".to_owned()];
        if collector.machine.has_postfix() {
            // Names that this Postfix does not have yet are complained of, and the others are answered.
            let names = ["queue_directory", "config_directory", "maillog_file", "mail_spool_directory", "virtual_mailbox_base"];
            let words: Vec<&str> = ["postconf"].into_iter().chain(names).collect();
            let said = collector.ask(&words).unwrap_or_default();
            let value =
                |name: &str| values(&said).find(|(key, value)| *key == name && value.starts_with('/')).map(|(_, value)| value.to_owned());
            places.queue = value("queue_directory").unwrap_or(places.queue);
            places.config = value("config_directory").unwrap_or(places.config);
            places.maillog = value("maillog_file");
            mailboxes.extend([value("mail_spool_directory"), value("virtual_mailbox_base")].into_iter().flatten());
        }
        if let Some(exim) = collector.machine.exim() {
            let said = collector.ask(&[exim, "-bP", "spool_directory", "log_file_path", "configure_file"]).unwrap_or_default();
            let value =
                |name: &str| values(&said).find(|(key, value)| *key == name && !value.is_empty()).map(|(_, value)| value.to_owned());
            let stock = if exim == "exim4" { "/var/spool/exim4" } else { "/var/spool/exim" };
            places.spool = value("spool_directory").unwrap_or_else(|| stock.to_owned());
            places.exim_logs = value("log_file_path");
            // The name of the file is printed alone.
            places.exim_config = said.lines().map(str::trim).find(|line| line.starts_with('/')).map(str::to_owned);
        }
        for folder in mailboxes {
            let folder = folder.trim_end_matches('/').to_owned();
            if !folder.is_empty() && !places.mailboxes.contains(&folder) {
                places.mailboxes.push(folder);
            }
        }
        places
    }
}

/// Returns the pairs of `name = value` lines.
fn values(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.lines().filter_map(|line| line.split_once('=')).map(|(name, value)| (name.trim(), value.trim()))
}
