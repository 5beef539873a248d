//! Redaction: local parts of addresses, host names and public IP addresses are replaced, each by the same stand-in wherever it occurs, so that
//! the diagnosis stays the same. `docs/bundles.md` says what it does not catch.

mod ip;
mod names;

use names::Names;
use regex::bytes::{Captures, Regex};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufRead, Read, Write};

/// The longest piece of a line that is looked at as a whole, in bytes.
const LONGEST: u64 = 1 << 20;

/// Local parts that name no person; the mail system's own are told apart by them.
const ROLES: &[&str] = &[
    "abuse",
    "admin",
    "administrator",
    "contact",
    "double-bounce",
    "hostmaster",
    "info",
    "mailer-daemon",
    "majordomo",
    "no-reply",
    "nobody",
    "noreply",
    "office",
    "postfix",
    "postmaster",
    "root",
    "sales",
    "security",
    "support",
    "user",
    "unknown",
    "webmaster",
    "www-data",
];

/// Replaces names and addresses. First [`Redactor::learn`] reads all that is to be redacted, then [`Redactor::copy`] writes it anew.
#[derive(Debug)]
pub struct Redactor {
    names: Names,
    nets: ip::Nets,
    locals: BTreeMap<String, String>,
    patterns: Patterns,
}

#[derive(Debug)]
struct Patterns {
    address: Regex,
    name: Regex,
    ipv4: Regex,
    ipv6: Regex,
    own_name: Regex,
    user: Regex,
    quoted: Regex,
    secret: Regex,
}

impl Patterns {
    fn new() -> Result<Patterns, regex::Error> {
        // All of them match bytes: evidence in any encoding goes through.
        Ok(Patterns {
            address: Regex::new(r"(?-u)([A-Za-z0-9.!+_=~%&*$\x80-\xff-]+)@([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*)")?,
            name: Regex::new(r"(?-u)[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?(?:\.[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?)+")?,
            ipv4: Regex::new(r"(?-u)[0-9]{1,3}(?:\.[0-9]{1,3}){3}")?,
            ipv6: Regex::new(r"(?-u)((?i:ipv6:)?)([0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7})")?,
            own_name: Regex::new(
                r"(?-u)^(?:(?:myhostname|mydomain|myorigin|primary_hostname)\s*=\s*|[A-Z][a-z]{2} [ 0-9][0-9] [0-9:]{8} |[0-9]{4}-[0-9]{2}-[0-9]{2}T\S+ )([A-Za-z0-9-]+)(?:\s|$)",
            )?,
            user: Regex::new(r"(?-u)\b(sasl_username=|user=<?|orig_to=<|login=<?|A=[a-z0-9_]+:)([^\s<>,;()@]+)")?,
            quoted: Regex::new(r#"(?-u)(["'<])([A-Za-z0-9._+-]{3,64})(["'>])"#)?,
            secret: Regex::new(
                r"(?-u)((?:static|inline):|^\s*\S*(?i:(?:mysql|pgsql|redis|oracle|ibase)_servers|bind_pw|password|passwd|secrets?)\s*[=:]\s*)(\S.*)",
            )?,
        })
    }
}

impl Redactor {
    /// Returns one that knows nothing yet.
    ///
    /// # Errors
    ///
    /// Never with the patterns that are built in.
    pub fn new() -> Result<Redactor, regex::Error> {
        Ok(Redactor { names: Names::default(), nets: ip::Nets::default(), locals: BTreeMap::new(), patterns: Patterns::new()? })
    }

    /// Learns the name of the machine.
    pub fn learn_host(&mut self, host: &str) {
        self.names.learn_own(host);
    }

    /// Learns which names occur.
    ///
    /// # Errors
    ///
    /// What reading gave.
    pub fn learn(&mut self, content: &mut dyn BufRead) -> io::Result<()> {
        let Redactor { names, locals, patterns, .. } = self;
        let mut seen = BTreeSet::new();
        lines(content, |line| {
            for found in patterns.address.captures_iter(line) {
                let (_, local) = split_key(found.get(1).map_or(&[], |local| local.as_bytes()));
                seen.insert(String::from_utf8_lossy(local).to_lowercase());
                names.learn(&String::from_utf8_lossy(found.get(2).map_or(&[], |domain| domain.as_bytes())));
            }
            for found in patterns.name.find_iter(line) {
                let name = String::from_utf8_lossy(found.as_bytes());
                if !is_path(line, found.start()) && names::is_likely(&name) {
                    names.learn(&name);
                }
            }
            if let Some(host) = patterns.own_name.captures(line).and_then(|found| found.get(1)) {
                names.learn_own(&String::from_utf8_lossy(host.as_bytes()));
            }
            Ok(())
        })?;
        for local in seen {
            stand_in(locals, &local);
        }
        Ok(())
    }

    /// Copies a text with names and addresses replaced.
    ///
    /// # Errors
    ///
    /// What reading or writing gave.
    pub fn copy(&mut self, content: &mut dyn BufRead, out: &mut dyn Write) -> io::Result<()> {
        lines(content, |line| out.write_all(&self.line(line)))
    }

    /// Returns a text with names and addresses replaced.
    pub fn text(&mut self, text: &str) -> String {
        String::from_utf8_lossy(&self.line(text.as_bytes())).into_owned()
    }

    fn line(&mut self, line: &[u8]) -> Vec<u8> {
        let Redactor { names, nets, locals, patterns } = self;
        let line = patterns.secret.replace_all(line, |found: &Captures<'_>| part(found, 1, b"redacted"));
        let line = patterns.address.replace_all(&line, |found: &Captures<'_>| {
            let (key, local) = split_key(found.get(1).map_or(&[], |local| local.as_bytes()));
            let domain = found.get(2).map_or(&[][..], |domain| domain.as_bytes());
            let local = stand_in(locals, &String::from_utf8_lossy(local).to_lowercase());
            [key, local.as_bytes(), b"@", domain].concat()
        });
        let line = replace(&patterns.ipv6, &line, |found, before, after| {
            let text = String::from_utf8_lossy(found);
            let (mark, address) = text.split_at(if text.to_ascii_lowercase().starts_with("ipv6:") { 5 } else { 0 });
            let apart = !before.is_some_and(|byte| byte.is_ascii_alphanumeric()) && !after.first().is_some_and(u8::is_ascii_alphanumeric);
            apart.then(|| nets.v6(address)).flatten().map(|stand_in| format!("{mark}{stand_in}"))
        });
        let line = replace(&patterns.ipv4, &line, |found, before, after| {
            let apart = !before.is_some_and(|byte| byte.is_ascii_digit() || byte == b'.');
            // An address that a name goes on from is a question to a block list or for a PTR record: its parts stand the other way round.
            let reversed = matches!(after, [b'.', next, ..] if next.is_ascii_alphabetic());
            let number = matches!(after, [b'.', next, ..] | [next, ..] if next.is_ascii_digit());
            (apart && !number).then(|| nets.v4(&String::from_utf8_lossy(found), reversed)).flatten()
        });
        let line = replace(&patterns.name, &line, |found, _, _| names.redact(&String::from_utf8_lossy(found)));
        let line = names.redact_own(line);
        let line = patterns.user.replace_all(&line, |found: &Captures<'_>| {
            let user = String::from_utf8_lossy(found.get(2).map_or(&[], |user| user.as_bytes())).to_lowercase();
            // What an `@` follows was an address and has been replaced.
            let done = locals.values().any(|stand_in| *stand_in == user);
            let user = if done { user } else { stand_in(locals, &user) };
            part(found, 1, user.as_bytes())
        });
        let line = patterns.quoted.replace_all(&line, |found: &Captures<'_>| {
            let word = found.get(2).map_or(&[][..], |word| word.as_bytes());
            let known = locals.get(&String::from_utf8_lossy(word).to_lowercase());
            let word = known.map_or(word, |stand_in| stand_in.as_bytes());
            [found.get(1).map_or(&[][..], |mark| mark.as_bytes()), word, found.get(3).map_or(&[][..], |mark| mark.as_bytes())].concat()
        });
        line.into_owned()
    }
}

/// Returns one group of what was found, and `with` behind it.
fn part(found: &Captures<'_>, group: usize, with: &[u8]) -> Vec<u8> {
    [found.get(group).map_or(&[][..], |group| group.as_bytes()), with].concat()
}

/// Replaces what a pattern finds where `with`, which sees what stands before and behind it, gives something.
fn replace(pattern: &Regex, line: &[u8], mut with: impl FnMut(&[u8], Option<u8>, &[u8]) -> Option<String>) -> Vec<u8> {
    let mut out = Vec::with_capacity(line.len());
    let mut done = 0;
    for found in pattern.find_iter(line) {
        let before = found.start().checked_sub(1).and_then(|at| line.get(at)).copied();
        let after = line.get(found.end()..).unwrap_or_default();
        out.extend_from_slice(line.get(done..found.start()).unwrap_or_default());
        match with(found.as_bytes(), before, after) {
            Some(text) => out.extend_from_slice(text.as_bytes()),
            None => out.extend_from_slice(found.as_bytes()),
        }
        done = found.end();
    }
    out.extend_from_slice(line.get(done..).unwrap_or_default());
    out
}

/// Parts `user=bob` as logs write it; in `bounce+bob=example.net` the sign belongs to the local part.
fn split_key(local: &[u8]) -> (&[u8], &[u8]) {
    let key = local.iter().position(|byte| *byte == b'=').filter(|at| {
        local.get(..*at).is_some_and(|key| !key.is_empty() && key.iter().all(|byte| byte.is_ascii_lowercase() || *byte == b'_'))
    });
    local.split_at(key.map_or(0, |at| at + 1))
}

/// Returns the stand-in of a local part in lower case; roles stay what they are.
fn stand_in(locals: &mut BTreeMap<String, String>, local: &str) -> String {
    if ROLES.contains(&local) {
        return local.to_owned();
    }
    let next = locals.len() + 1;
    locals.entry(local.to_owned()).or_insert_with(|| format!("user{next}")).clone()
}

/// Returns whether what begins here is a part of a path, and not the host of a URL.
fn is_path(line: &[u8], at: usize) -> bool {
    let before = line.get(..at).unwrap_or_default();
    before.ends_with(b"/") && !before.ends_with(b"//")
}

/// Hands over line by line, with their endings; of a line that is too long, piece by piece.
fn lines(content: &mut dyn BufRead, mut take: impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
    let mut line = Vec::new();
    loop {
        line.clear();
        if content.take(LONGEST).read_until(b'\n', &mut line)? == 0 {
            return Ok(());
        }
        take(&line)?;
    }
}
