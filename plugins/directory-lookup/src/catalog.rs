//! The table of domain controllers in event 2080 of DSAccess and ADAccess: which of them serve as a global catalog.

use mailmedic_plugin_sdk::{Event, FactId, Facts, Refused, Results, Value};

/// Sources under which Exchange 2000/2003 and 2007 to 2010 log the topology; since 2013 the second has another spelling.
pub(crate) const SOURCES: [&str; 3] = ["MSExchangeDSAccess", "MSExchange ADAccess", "MSExchangeADAccess"];

/// Bit of the reachability column that stands for the global catalog's port, 3268.
const CATALOG_PORT: u32 = 1;

/// One domain controller, as far as a lookup of recipients depends on it.
#[derive(Debug, PartialEq)]
struct Controller {
    enabled: bool,
    reachable: bool,
    catalog: bool,
    /// Whether Exchange may read the security descriptors there.
    right: bool,
}

impl Controller {
    fn is_usable(&self) -> bool {
        self.enabled && self.reachable && self.catalog && self.right
    }
}

/// Reads the rows of the table: name, roles, then numbers. Since 2007 a column "enabled" stands before the others.
///
/// Rows are found by their roles (`CDG`, `CD-`, `-DG` …), because captures lose line ends and tabs.
fn controllers(message: &str) -> Vec<Controller> {
    let words: Vec<&str> = message.split_ascii_whitespace().collect();
    let mut found = Vec::new();
    for (at, word) in words.iter().enumerate() {
        let roles = word.len() == 3 && word.bytes().all(|byte| b"CDG-".contains(&byte));
        if !roles || at == 0 {
            continue;
        }
        let mut numbers: Vec<u32> = Vec::new();
        for word in words.iter().skip(at + 1) {
            match word.parse() {
                Ok(number) => numbers.push(number),
                Err(_) => break,
            }
        }
        // Columns: reachability, synchronized, GC capable, PDC, SACL right, critical data, Netlogon, OS version.
        let (enabled, columns) = match numbers.as_slice() {
            [enabled, columns @ ..] if columns.len() >= 8 => (*enabled != 0, columns),
            columns => (true, columns),
        };
        if let [reachability, _, catalog, _, right, ..] = columns {
            let reachable = reachability & CATALOG_PORT != 0;
            found.push(Controller { enabled, reachable, catalog: *catalog != 0, right: *right != 0 });
        }
    }
    found
}

/// Judges the latest table.
pub(crate) fn examine(facts: &impl Facts, results: &mut impl Results) -> Result<(), Refused> {
    const FINDINGS: [&str; 3] = ["no-catalog-in-topology", "catalogs-unreachable", "catalogs-without-right"];
    let mut latest: Option<(Event, Vec<Controller>)> = None;
    for source in SOURCES {
        for event in facts.events(source, &[2080]) {
            let table = controllers(&event.message);
            if !table.is_empty() && latest.as_ref().is_none_or(|(other, _)| other.last <= event.last) {
                latest = Some((event, table));
            }
        }
    }
    let Some((event, table)) = latest else {
        return FINDINGS.iter().try_for_each(|finding| results.unknown(finding, &["event MSExchangeDSAccess 2080"]));
    };
    let because: &[FactId] = &[event.id];
    let usable = table.iter().filter(|controller| controller.is_usable()).count();
    results.derive("catalog.usable", event.id, Value::Number(usable as f64), because)?;
    let any = |test: fn(&Controller) -> bool| table.iter().any(test);
    let fault = if usable > 0 {
        None
    } else if !any(|controller| controller.catalog) {
        Some("no-catalog-in-topology")
    } else if !any(|controller| controller.catalog && controller.reachable) {
        Some("catalogs-unreachable")
    } else if any(|controller| controller.catalog && controller.reachable && !controller.right) {
        Some("catalogs-without-right")
    } else {
        None
    };
    for finding in FINDINGS {
        if Some(finding) == fault { results.present(finding, because)? } else { results.absent(finding, because)? }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_read_with_and_without_the_column_enabled() {
        let old = "In-site: dc1.example.com CDG 7 7 1 0 1 1 7 1 Out-of-site: dc2.example.com CD- 6 6 0 0 1 1 6 1";
        let new = "In-site:\r\ndc1.example.com\tCDG 1 7 7 1 0 1 1 7 1\r\ndc2.example.com\tCD- 1 6 6 0 0 1 1 6 1";
        for text in [old, new] {
            let table = controllers(text);
            assert_eq!(table.len(), 2, "{text}");
            assert!(table[0].is_usable());
            assert_eq!(table[1], Controller { enabled: true, reachable: false, catalog: false, right: true });
        }
    }

    #[test]
    fn what_is_no_table_has_no_rows() {
        assert_eq!(controllers("DSAccess has discovered: CDG is a word here"), []);
        assert_eq!(controllers(""), []);
    }
}
