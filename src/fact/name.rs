//! Names of facts: `KIND [NAME [TYPE]]`, as rules, scenarios and plugins write them.

use super::Kind;
use std::fmt;

/// The name of a fact, or a pattern of names: `queue example.net`, `dns * MX`, `setting smtpsvc/*/DsUseCat`.
///
/// `*` stands for one part of a name, and as the last part for all that follow.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FactName {
    kind: Kind,
    rest: String,
}

/// A text that names no fact.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{word}` is no kind of fact; did you mean `{nearest}`?")]
pub struct UnknownKind {
    /// The word that stands where the kind should.
    pub word: String,
    /// The kind that is spelt most like it.
    pub nearest: &'static str,
}

impl FactName {
    /// Parses a name.
    ///
    /// # Errors
    ///
    /// [`UnknownKind`] when the first word is not the name of a kind.
    pub fn parse(text: &str) -> Result<FactName, UnknownKind> {
        let text = text.trim();
        let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
        let kind = Kind::from_id(word).ok_or_else(|| UnknownKind {
            word: word.to_owned(),
            nearest: crate::words::nearest(word, Kind::ALL.iter().map(|kind| kind.id())).unwrap_or("queue"),
        })?;
        Ok(FactName { kind, rest: rest.trim().to_owned() })
    }

    /// Builds the name of a fact of `kind` from the parts of its name.
    pub fn of(kind: Kind, parts: &[String]) -> FactName {
        FactName { kind, rest: parts.join(" ").trim().to_owned() }
    }

    /// Returns the kind of fact.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Returns what follows the kind, empty for all facts of the kind.
    pub fn rest(&self) -> &str {
        &self.rest
    }

    /// Returns whether this pattern covers a fact of the same kind whose name has these parts.
    pub fn matches(&self, parts: &[String]) -> bool {
        if self.rest.is_empty() || self.rest == "*" {
            return true;
        }
        let name = parts.join(" ");
        if self.rest.eq_ignore_ascii_case(&name) {
            return true;
        }
        // Names may hold spaces ("Messages awaiting directory lookup"): the last word of a pattern is tried as the type.
        match (parts, self.rest.rsplit_once(' ')) {
            ([first, second, ..], Some((head, tail))) => {
                (path_matches(head, first) && path_matches(tail, second)) || path_matches(&self.rest, first)
            }
            ([first, ..], _) => path_matches(&self.rest, first),
            ([], _) => false,
        }
    }

    /// Returns whether whatever `other` covers is covered by this pattern too.
    pub fn covers(&self, other: &FactName) -> bool {
        if self.kind != other.kind {
            return false;
        }
        if self.rest.is_empty() || self.rest == "*" {
            return true;
        }
        let (own, theirs) = (split(&self.rest), split(&other.rest));
        let open = own.last() == Some(&"*");
        for (position, part) in own.iter().enumerate() {
            match theirs.get(position) {
                Some(their) if *part == "*" || part.eq_ignore_ascii_case(their) => {}
                None if open && position + 1 == own.len() => {}
                _ => return false,
            }
        }
        open || own.len() >= theirs.len()
    }
}

/// Returns whether a path pattern (`smtpsvc/*/DsUseCat`) matches a path, whatever the case of its letters.
pub fn path_matches(pattern: &str, path: &str) -> bool {
    if pattern == "*" || pattern.eq_ignore_ascii_case(path) {
        return true;
    }
    if !pattern.contains('*') {
        return false;
    }
    let parts = |path: &'_ str| -> Vec<String> { path.split(['/', '.']).map(str::to_owned).collect() };
    let (own, theirs) = (parts(pattern), parts(path));
    let open = own.last().is_some_and(|last| last == "*");
    if own.len() > theirs.len() || (!open && own.len() != theirs.len()) {
        return false;
    }
    own.iter().zip(&theirs).all(|(part, their)| part == "*" || part.eq_ignore_ascii_case(their))
}

fn split(path: &str) -> Vec<&str> {
    path.split(['/', '.', ' ']).collect()
}

impl fmt::Display for FactName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.rest.is_empty() { f.write_str(self.kind.id()) } else { write!(f, "{} {}", self.kind.id(), self.rest) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn star_is_one_part_and_at_the_end_all_that_follow() {
        assert!(path_matches("smtpsvc/*/DsUseCat", "smtpsvc/1/dsusecat"));
        assert!(!path_matches("smtpsvc/*/DsUseCat", "smtpsvc/DsUseCat"));
        assert!(path_matches("smtpsvc/*", "smtpsvc/1/DsUseCat"));
        assert!(!path_matches("smtpsvc/*", "other/1"));
        let name = FactName::parse("dns * MX").unwrap();
        assert!(name.matches(&["example.net".into(), "MX".into()]));
        assert!(!name.matches(&["example.net".into(), "A".into()]));
    }

    #[test]
    fn a_name_with_spaces_matches_itself() {
        let name = FactName::parse("queue Messages awaiting directory lookup").unwrap();
        assert!(name.matches(&["Messages awaiting directory lookup".into(), "directory-lookup".into()]));
    }

    #[test]
    fn a_listing_covers_what_it_lists() {
        let listed = FactName::parse("setting smtpsvc/*").unwrap();
        assert!(listed.covers(&FactName::parse("setting smtpsvc/*/DsUseCat").unwrap()));
        assert!(!listed.covers(&FactName::parse("setting relayhost").unwrap()));
        assert!(FactName::parse("queue").unwrap().covers(&FactName::parse("queue * x400").unwrap()));
    }

    #[test]
    fn a_misspelt_kind_gets_the_nearest() {
        assert_eq!(FactName::parse("queu x").unwrap_err().nearest, "queue");
    }
}
