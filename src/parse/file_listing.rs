//! The files that settings name, and the configuration itself, as the probe `files` lists them: what is missing, what is older than its source.

use super::{Format, Harvest, Line, Look, Reader, Sure, Took};
use crate::fact::{Change, Facts, Kind, Known, Setting, Source, Timestamp, Value};
use std::collections::BTreeMap;

/// The first line of such a listing.
pub const HEADER: &str = "mode owner group size modified for path";
/// How many files are named in one setting.
const MOST: usize = 32;

/// Files that settings name.
pub struct FileListing;

impl Format for FileListing {
    fn id(&self) -> &'static str {
        "file-listing"
    }

    fn begins(&self, look: &Look<'_>) -> Option<Sure> {
        (look.first().trim_end() == HEADER).then_some(Sure::Certain)
    }

    fn reader(&self) -> Box<dyn Reader> {
        Box::new(Listing::default())
    }
}

#[derive(Default)]
struct Listing {
    header: Option<Source>,
    /// When each file was last written, by its path.
    times: BTreeMap<String, Timestamp>,
    /// The index of a lookup table and its source.
    pairs: Vec<(String, String)>,
    missing: Vec<String>,
    unreadable: Vec<String>,
}

impl Reader for Listing {
    fn line(&mut self, line: Line<'_>, into: &mut Harvest) -> Took {
        if line.text.trim_end() == HEADER {
            self.header.get_or_insert(line.source());
            return Took::Part;
        }
        let mut words = line.text.splitn(7, ' ');
        let fields = (words.next(), words.next(), words.next(), words.next(), words.next(), words.next(), words.next());
        let (Some(mode), Some(_), Some(_), Some(_), Some(modified), Some(purpose), Some(path)) = fields else { return Took::No };
        if !path.starts_with('/') {
            return Took::No;
        }
        let (purpose, setting) = purpose.split_once('=').unwrap_or((purpose, ""));
        let named = if setting.is_empty() { path.to_owned() } else { format!("{path} ({setting})") };
        match mode {
            "missing" => {
                if purpose != "configuration" && purpose != "source" {
                    self.missing.push(named);
                }
                return Took::Record;
            }
            // Nothing is known of it.
            "denied" => return Took::Record,
            _ => {}
        }
        if purpose == "unreadable" {
            self.unreadable.push(named);
        }
        let Some(time) = Timestamp::parse(modified) else { return Took::Record };
        self.times.insert(path.to_owned(), time);
        if let Some(source) = purpose.strip_prefix("index:") {
            self.pairs.push((path.to_owned(), source.to_owned()));
        }
        if purpose == "configuration" || purpose == "certificate" {
            let what = Change { what: path.to_owned(), kind: purpose.to_owned(), when: Some(time), detail: Known::Absent };
            into.add(|facts: &mut Facts| &mut facts.changes, what, None, line.source());
        }
        Took::Record
    }

    fn end(self: Box<Self>, into: &mut Harvest) {
        let Some(source) = self.header else { return };
        let newer = |index: &str, source: &str| matches!((self.times.get(index), self.times.get(source)), (Some(index), Some(source)) if source > index);
        let stale: Vec<String> = self.pairs.iter().filter(|(index, source)| newer(index, source)).map(|(index, _)| index.clone()).collect();
        for (key, mut files) in
            [("host.files.missing", self.missing), ("host.files.stale", stale), ("host.files.unreadable", self.unreadable)]
        {
            files.truncate(MOST);
            let what = Setting { key: key.to_owned(), value: Known::Value(Value::Text(files.join(", "))) };
            into.add(|facts: &mut Facts| &mut facts.settings, what, None, source);
        }
        into.listed(Kind::Setting, "host.files.*", source);
    }
}

#[cfg(test)]
mod tests {
    use super::super::host_state::support::{facts, read_text};
    use super::HEADER;

    #[test]
    fn what_is_missing_or_old_is_told() {
        let rows = facts(&read_text(&format!(
            "{HEADER}\n\
             -rw-r--r-- root root 679 2026-11-20T10:00:00Z configuration /etc/postfix/main.cf\n\
             -rw-r--r-- root root 9 2026-11-20T10:00:00Z file=transport_maps /etc/postfix/transport\n\
             -rw-r--r-- root root 9 2026-11-20T09:00:00Z index:/etc/postfix/transport=transport_maps /etc/postfix/transport.db\n\
             missing - - - - index:/etc/postfix/virtual=virtual_alias_maps /etc/postfix/virtual.db\n\
             denied - - - - file=x /etc/postfix/secret dir/x\n\
             -rw------- root root 9 2026-11-20T09:00:00Z unreadable=tls_privatekey /etc/exim4/key\n"
        )));
        assert_eq!(
            rows,
            [
                "setting host.files.missing=/etc/postfix/virtual.db (virtual_alias_maps)",
                "setting host.files.stale=/etc/postfix/transport.db",
                "setting host.files.unreadable=/etc/exim4/key (tls_privatekey)",
                "change configuration /etc/postfix/main.cf 2026-11-20T10:00:00Z ?",
            ]
        );
    }
}
