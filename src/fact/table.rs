//! The rows of one kind of fact, found by name.

use super::{Fact, FactKind, FactName, Source, Timestamp};
use std::collections::{BTreeMap, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};

/// All facts of one kind, in the order of the evidence, indexed by the first part of their name.
#[derive(Debug)]
pub struct Table<K> {
    rows: Vec<Fact<K>>,
    index: BTreeMap<String, Vec<usize>>,
    /// Rows by the hash of all parts of their names, as they were when the row was added.
    whole: HashMap<u64, Vec<usize>>,
}

impl<K> Default for Table<K> {
    fn default() -> Self {
        Table { rows: Vec::new(), index: BTreeMap::new(), whole: HashMap::new() }
    }
}

impl<K: FactKind> Table<K> {
    /// Adds a fact and returns its row.
    pub fn push(&mut self, what: K, at: Option<Timestamp>, source: Source) -> usize {
        self.push_read_at(what, at, vec![source])
    }

    /// Adds a fact that was read at several places, and returns its row.
    pub(crate) fn push_read_at(&mut self, what: K, at: Option<Timestamp>, sources: Vec<Source>) -> usize {
        let row = self.rows.len();
        let parts = what.parts();
        self.whole.entry(hash(&parts)).or_default().push(row);
        if let Some(first) = parts.into_iter().next() {
            self.index.entry(first.to_lowercase()).or_default().push(row);
        }
        self.rows.push(Fact { what, at, sources });
        row
    }

    /// Returns the rows that were added under the name of this fact, in order, and perhaps others.
    pub fn alike(&self, what: &K) -> impl Iterator<Item = usize> + '_ {
        self.whole.get(&hash(&what.parts())).into_iter().flatten().copied()
    }

    /// Adds further places where the fact of a row was read.
    pub fn also_at(&mut self, row: usize, sources: impl IntoIterator<Item = Source>) {
        if let Some(fact) = self.rows.get_mut(row) {
            for source in sources {
                if !fact.sources.contains(&source) {
                    fact.sources.push(source);
                }
            }
        }
    }

    /// Returns how many rows there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Returns whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Returns a row.
    pub fn get(&self, row: usize) -> Option<&Fact<K>> {
        self.rows.get(row)
    }

    /// Returns a row to be changed; the parts of its name must stay as they are.
    pub(crate) fn get_mut(&mut self, row: usize) -> Option<&mut Fact<K>> {
        self.rows.get_mut(row)
    }

    /// Returns all rows in order.
    pub fn iter(&self) -> impl Iterator<Item = &Fact<K>> {
        self.rows.iter()
    }

    /// Changes rows in place; the parts of their names must stay as they are.
    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Fact<K>> {
        self.rows.iter_mut()
    }

    /// Returns the rows whose names a pattern covers, in order.
    pub fn named<'a>(&'a self, name: &'a FactName) -> Box<dyn Iterator<Item = usize> + 'a> {
        if name.rest().is_empty() || name.rest() == "*" {
            return Box::new(0..self.rows.len());
        }
        if !name.rest().contains('*') {
            // The first part may be the whole rest (names hold spaces) or all but its last word (then that is the type).
            let whole = name.rest().to_lowercase();
            let head = whole.rsplit_once(' ').map(|(head, _)| head.to_owned());
            let mut rows: Vec<usize> = self.index.get(&whole).into_iter().flatten().copied().collect();
            rows.extend(head.and_then(|head| self.index.get(&head)).into_iter().flatten());
            rows.retain(|row| self.covers(name, *row));
            rows.sort_unstable();
            return Box::new(rows.into_iter());
        }
        let mut rows: Vec<usize> = self.beginning_as(name).filter(|row| self.covers(name, *row)).collect();
        rows.sort_unstable();
        Box::new(rows.into_iter())
    }

    /// Returns whether there is a row that a name covers; every rule asks this of every fact that it needs.
    pub fn any_named(&self, name: &FactName) -> bool {
        if name.rest().contains('*') && name.rest() != "*" {
            self.beginning_as(name).any(|row| self.covers(name, row))
        } else {
            self.named(name).next().is_some()
        }
    }

    /// Returns the rows whose names begin as a pattern does before its first `*`, in no order.
    fn beginning_as<'a>(&'a self, name: &FactName) -> impl Iterator<Item = usize> + 'a {
        let fixed = name.rest().split('*').next().unwrap_or_default().to_lowercase();
        let range = self.index.range(fixed.clone()..).take_while(move |(key, _)| key.starts_with(&fixed));
        range.flat_map(|(_, rows)| rows.iter().copied())
    }

    fn covers(&self, name: &FactName, row: usize) -> bool {
        self.rows.get(row).is_some_and(|fact| name.matches(&fact.what.parts()))
    }
}

fn hash(parts: &[String]) -> u64 {
    let mut hasher = DefaultHasher::new();
    parts.hash(&mut hasher);
    hasher.finish()
}
