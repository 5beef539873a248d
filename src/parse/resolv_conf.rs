//! `/etc/resolv.conf`: which DNS servers this host asks.

use super::{Format, Harvest, Line, Look, Reader, Sure, Took};
use crate::fact::{Facts, Kind, Known, Setting, Source, Value};

/// `/etc/resolv.conf`.
pub struct ResolvConf;

const KEYWORDS: [&str; 4] = ["nameserver", "search", "domain", "options"];

impl Format for ResolvConf {
    fn id(&self) -> &'static str {
        "resolv-conf"
    }

    fn begins(&self, look: &Look<'_>) -> Option<Sure> {
        let first = look.first();
        let server =
            |line: &str| entry(line).is_some_and(|(word, value)| word == "nameserver" && value.parse::<std::net::IpAddr>().is_ok());
        let mut own = look.lines.iter().take_while(|line| line.trim().is_empty() || line.starts_with(['#', ';']) || entry(line).is_some());
        let starts = entry(first).is_some() || (look.at_start && first.starts_with(['#', ';']));
        (starts && own.any(|line| server(line))).then_some(Sure::Likely)
    }

    fn reader(&self) -> Box<dyn Reader> {
        Box::new(File::default())
    }
}

/// Takes a line apart: keyword and value.
fn entry(line: &str) -> Option<(&str, &str)> {
    let (word, value) = line.split_once([' ', '\t'])?;
    let value = value.split(['#', ';']).next().unwrap_or_default().trim();
    // A scope behind an address (`fe80::1%eth0`) is no part of it.
    let value = if word == "nameserver" { value.split('%').next().unwrap_or_default() } else { value };
    (KEYWORDS.contains(&word) && !value.is_empty()).then_some((word, value))
}

#[derive(Default)]
struct File {
    values: Vec<(&'static str, Vec<String>, Source)>,
}

impl Reader for File {
    fn line(&mut self, line: Line<'_>, _into: &mut Harvest) -> Took {
        if line.text.trim().is_empty() || line.text.starts_with(['#', ';']) {
            return Took::Part;
        }
        let Some((word, value)) = entry(line.text) else {
            return if line.text.starts_with("sortlist") { Took::Part } else { Took::No };
        };
        let Some(word) = KEYWORDS.into_iter().find(|keyword| *keyword == word) else { return Took::No };
        match self.values.iter_mut().find(|(keyword, ..)| *keyword == word) {
            // Of `search` and `domain` the last one counts, the others add up.
            Some((_, values, _)) if word == "search" || word == "domain" => *values = vec![value.to_owned()],
            Some((_, values, _)) if values.len() < 32 => values.push(value.to_owned()),
            Some(_) => {}
            None => self.values.push((word, vec![value.to_owned()], line.source())),
        }
        Took::Record
    }

    fn end(self: Box<Self>, into: &mut Harvest) {
        for (word, values, source) in &self.values {
            let what = Setting { key: format!("resolv.{word}"), value: Known::Value(Value::Text(values.join(" "))) };
            into.add(|facts: &mut Facts| &mut facts.settings, what, None, *source);
        }
        if let Some((.., source)) = self.values.first() {
            into.listed(Kind::Setting, "resolv.*", *source);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::host_state::support::{facts, read_text};

    #[test]
    fn servers_stand_in_order() {
        let harvest = read_text("# made by hand\nsearch shop.example\nnameserver 192.0.2.53\nnameserver 2001:db8::53\noptions timeout:2\n");
        let rows = facts(&harvest);
        assert!(rows.contains(&"setting resolv.nameserver=192.0.2.53 2001:db8::53".to_owned()), "{rows:?}");
        assert_eq!(harvest.facts.listed.len(), 1);
        assert!(read_text("options are many\nsearch the web\n").facts.settings.is_empty());
    }
}
