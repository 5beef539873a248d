//! Sockets: `ss -ltn`, `netstat -ltn`, with or without the programs; Windows' `netstat -an` too.

use super::{Format, Harvest, Line, Look, Reader, Sure, Took};
use crate::fact::{Facts, Kind, Known, Listener, Source};

/// Sockets, as `ss` and `netstat` print them.
pub struct Sockets;

impl Format for Sockets {
    fn id(&self) -> &'static str {
        "sockets"
    }

    fn begins(&self, look: &Look<'_>) -> Option<Sure> {
        let first = look.first();
        if is_header(first) {
            return Some(Sure::Certain);
        }
        Row::parse(first).map(|_| Sure::Likely)
    }

    fn reader(&self) -> Box<dyn Reader> {
        Box::new(Table::default())
    }
}

fn is_header(line: &str) -> bool {
    line.contains("Recv-Q Send-Q")
        || line.starts_with("Active Internet connections")
        || line.trim() == "Active Connections"
        || (line.contains("Local Address") && (line.contains("Foreign Address") || line.contains("Peer Address")))
}

/// One TCP socket.
struct Row<'a> {
    listening: bool,
    local: &'a str,
    process: Option<&'a str>,
}

impl<'a> Row<'a> {
    fn parse(line: &'a str) -> Option<Row<'a>> {
        let words: Vec<&str> = line.split_whitespace().collect();
        let first = *words.first()?;
        let number = |at: usize| words.get(at).is_some_and(|word| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit()));
        let tcp = matches!(first.to_ascii_lowercase().as_str(), "tcp" | "tcp4" | "tcp6" | "tcp46");
        if tcp && number(1) && number(2) {
            // netstat: Proto Recv-Q Send-Q Local Foreign State PID/Program
            let state = words.get(5)?;
            let process = words.get(6).and_then(|word| word.split_once('/')).map(|(_, name)| name.trim_end_matches(':'));
            return port_of(words.get(3)?).then_some(Row { listening: *state == "LISTEN", local: words.get(3)?, process });
        }
        if tcp && words.get(1).is_some_and(|word| port_of(word)) {
            // Windows: Proto Local Foreign State PID
            return Some(Row { listening: words.get(3).is_some_and(|state| *state == "LISTENING"), local: words.get(1)?, process: None });
        }
        // ss: [Netid] State Recv-Q Send-Q Local Peer [Process]
        let at = usize::from(tcp);
        let state = *words.get(at)?;
        let fits = !state.is_empty() && state.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'-' || byte.is_ascii_digit());
        if !fits || !number(at + 1) || !number(at + 2) || !port_of(words.get(at + 3)?) {
            return None;
        }
        let process = words.get(at + 5).and_then(|word| word.split('"').nth(1));
        Some(Row { listening: state == "LISTEN", local: words.get(at + 3)?, process })
    }
}

/// Returns whether a word is an address with a port.
fn port_of(word: &str) -> bool {
    word.rsplit_once(':').is_some_and(|(address, port)| {
        !port.is_empty()
            && port.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"*-_".contains(&byte))
            && (address.contains(['.', ':', '*', '[']) || address == "localhost")
    })
}

/// Names that `ss` and `netstat` without `-n` print for the ports of mail.
///
/// # Source
///
/// `/etc/services`.
const NAMES: &[(&str, u16)] = &[
    ("smtp", 25),
    ("domain", 53),
    ("ssh", 22),
    ("http", 80),
    ("pop3", 110),
    ("imap2", 143),
    ("imap", 143),
    ("https", 443),
    ("urd", 465),
    ("ssmtp", 465),
    ("smtps", 465),
    ("submissions", 465),
    ("submission", 587),
    ("imaps", 993),
    ("pop3s", 995),
    ("ldap", 389),
    ("mysql", 3306),
];

fn port(text: &str) -> Option<u16> {
    text.parse().ok().or_else(|| NAMES.iter().find(|(name, _)| *name == text).map(|(_, port)| *port))
}

#[derive(Default)]
struct Table {
    header: Option<Source>,
    rows: u64,
    listeners: u64,
}

impl Reader for Table {
    fn line(&mut self, line: Line<'_>, into: &mut Harvest) -> Took {
        if is_header(line.text) {
            self.header.get_or_insert(line.source());
            return Took::Part;
        }
        if line.text.trim().is_empty() {
            return Took::Part;
        }
        if line.text.starts_with("udp") || line.text.contains("UNCONN") || line.text.trim_start().starts_with("UDP ") {
            return Took::Part;
        }
        if line.text.starts_with("(Not all processes") || line.text.starts_with(" will not be shown") {
            return Took::Part;
        }
        let Some(row) = Row::parse(line.text) else { return Took::No };
        self.rows += 1;
        if !row.listening {
            return Took::Part;
        }
        self.listeners += 1;
        let Some((address, name)) = row.local.rsplit_once(':') else { return Took::Part };
        let Some(port) = port(name) else { return Took::Part };
        let address = address.trim_matches(['[', ']']).split('%').next().unwrap_or_default();
        let address = if address.is_empty() { "*" } else { address };
        let process = row.process.map_or_else(Known::default, |name| Known::Value(name.to_owned()));
        into.add(|facts: &mut Facts| &mut facts.listeners, Listener { address: address.to_owned(), port, process }, None, line.source());
        Took::Record
    }

    fn end(self: Box<Self>, into: &mut Harvest) {
        let Some(header) = self.header else { return };
        // Without any row, `ss -ltn` (nothing listens) and `ss -tn` (nothing is connected) look alike; only the name of the file tells.
        let named = into.facts.file(header.file).rsplit('/').next().unwrap_or_default();
        let nothing =
            self.rows == 0 && (named.contains("-ltn") || named.contains("-lnt") || named.contains("-tln") || named.contains("listen"));
        if self.listeners > 0 || nothing {
            into.listed(Kind::Listener, "", header);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::host_state::support::{facts, read_text};

    #[test]
    fn every_shape_of_listing() {
        let cases = [
            (
                "State Recv-Q Send-Q Local Address:Port Peer Address:Port Process\nLISTEN 0 100 0.0.0.0:25 0.0.0.0:* users:((\"master\",pid=9,fd=13))\n",
                "listener 0.0.0.0 25 master",
            ),
            ("Netid State Recv-Q Send-Q Local Address:Port Peer Address:Port\ntcp LISTEN 0 100 [::]:smtp [::]:*\n", "listener :: 25 ?"),
            (
                "Active Internet connections (only servers)\nProto Recv-Q Send-Q Local Address Foreign Address State PID/Program name\n\
              tcp6 0 0 :::587 :::* LISTEN 1234/master\n",
                "listener :: 587 master",
            ),
            (
                "Active Connections\n\n  Proto  Local Address  Foreign Address  State\n  TCP    0.0.0.0:25   0.0.0.0:0   LISTENING\n",
                "listener 0.0.0.0 25 ?",
            ),
            ("LISTEN 0 128 127.0.0.53%lo:53 0.0.0.0:*\n", "listener 127.0.0.53 53 ?"),
        ];
        for (text, row) in cases {
            let rows = facts(&read_text(text));
            assert!(rows.contains(&row.to_owned()), "{row}: {rows:?}");
        }
    }

    #[test]
    fn connections_are_no_complete_listing_of_listeners() {
        let harvest = read_text("State Recv-Q Send-Q Local Address:Port Peer Address:Port\nESTAB 0 0 192.0.2.1:25 192.0.2.9:40000\n");
        assert!(harvest.facts.listeners.is_empty() && harvest.facts.listed.is_empty());
        let harvest = read_text(
            "State Recv-Q Send-Q Local Address:Port Peer Address:Port\nLISTEN 0 9 0.0.0.0:99999999 0.0.0.0:*\nLISTEN 0 9 *:22 *:*\n",
        );
        assert_eq!((harvest.facts.listeners.len(), harvest.facts.listed.len()), (1, 1));
    }
}
