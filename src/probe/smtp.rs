//! SMTP dialogues with next hops and with the host's own listeners, as transcripts; never a message.

use super::{Collector, Probe};
use crate::evidence::bundle::Missing;
use crate::system;
use crate::system::network::{self, Bounds, Dialogue, Patience, Roots, Said, Talked};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

/// How many dialogues are held at once: in all, and with one address. Servers count the connections of one client.
const AT_ONCE: usize = 192;
const PER_HOST: usize = 2;
/// How many dialogues that were not held are named one by one.
const NAMED: usize = 20;
/// How many transcripts stand in one file.
const PER_FILE: usize = 500;

/// Talks SMTP.
pub struct Smtp {
    /// The stem of the files of the evidence, `outbound`.
    pub file: &'static str,
    /// What is said to whom, what matters most first.
    pub dialogues: Vec<Dialogue>,
    /// Hosts that cannot be talked to, and why: nothing failed there.
    pub not_applicable: Vec<(String, String)>,
    /// What was left out, and why.
    pub left_out: Vec<(String, String)>,
    /// Files of roots that the mail system trusts besides those of the system.
    pub roots: Vec<String>,
}

impl Probe for Smtp {
    fn name(&self) -> &'static str {
        "smtp"
    }

    fn seed(&self) -> &'static [&'static str] {
        &["Q4.3", "T6"]
    }

    fn run(&self, collector: &mut Collector<'_>) {
        for (target, says) in &self.not_applicable {
            collector.lacks(target, Missing::NotApplicable, Some(says.clone()));
        }
        for (target, says) in &self.left_out {
            collector.lacks(target, Missing::Ended, Some(says.clone()));
        }
        if self.dialogues.is_empty() {
            return;
        }
        let bounds =
            Bounds { deadline: collector.until(), at_once: AT_ONCE, per_host: PER_HOST, stop: Arc::clone(&collector.machine.stop) };
        let roots = Roots::read(&collector.machine.root, &self.roots);
        let places: BTreeMap<String, usize> = self.dialogues.iter().enumerate().map(|(place, one)| (key(one), place)).collect();
        let mut texts: BTreeMap<usize, String> = BTreeMap::new();
        let begun = network::talk(self.dialogues.clone(), &bounds, Patience::default(), &mut |dialogue, talked| {
            if let Some(place) = places.get(&key(&dialogue)) {
                texts.insert(*place, transcript(&dialogue, &talked, &roots));
            }
        });
        if let Err(error) = begun {
            collector.lacks("smtp", Missing::Failed, Some(error.to_string()));
            return;
        }
        let all: Vec<&String> = texts.values().collect();
        for (number, chunk) in all.chunks(PER_FILE).enumerate() {
            let name = if number == 0 { format!("{}.txt", self.file) } else { format!("{}-{}.txt", self.file, number + 1) };
            let text: String = chunk.iter().map(|text| text.as_str()).collect();
            collector.text(&name, &format!("smtp {}", self.file), text.as_bytes());
        }
        let open: Vec<&Dialogue> =
            self.dialogues.iter().enumerate().filter(|(place, _)| !texts.contains_key(place)).map(|(_, dialogue)| dialogue).collect();
        for dialogue in open.iter().take(NAMED) {
            collector.lacks(&format!("{}:{}", dialogue.host, dialogue.address.port()), Missing::Ended, None);
        }
        if open.len() > NAMED {
            collector.lacks(&format!("{} more hosts", open.len() - NAMED), Missing::Ended, None);
        }
    }
}

fn key(dialogue: &Dialogue) -> String {
    format!("{} {}", dialogue.host, dialogue.address)
}

/// Writes a dialogue in the form that swaks made known, and a certificate as `openssl` shows it.
fn transcript(dialogue: &Dialogue, talked: &Talked, roots: &Roots) -> String {
    let mut out = String::new();
    let (mut server, mut client) = ("<- ", "->");
    for said in &talked.said {
        // Writing into a string cannot fail.
        let _ = match said {
            Said::Trying => {
                (server, client) = ("<- ", "->");
                writeln!(out, "=== Connecting to {} [{}]:{}", dialogue.host, dialogue.address.ip(), dialogue.address.port())
            }
            Said::Connected(millis) => writeln!(out, "=== Connected to {} in {millis} ms", dialogue.host),
            Said::Server(line) => {
                let refused = line.starts_with(['4', '5']);
                let mark = match (refused, client) {
                    (true, "->") => "<**",
                    (true, _) => "<~*",
                    _ => server,
                };
                writeln!(out, "{mark} {line}")
            }
            Said::Client(line) => writeln!(out, " {client} {line}"),
            Said::Secure => {
                (server, client) = ("<~ ", "~>");
                writeln!(out, "=== TLS started")
            }
            Said::Note(note) => writeln!(out, "=== {note}"),
            Said::Failed(reason) => writeln!(out, "*** {reason}"),
        };
    }
    if let Some(presented) = &talked.presented {
        let verification = roots.judge(&presented.chain, &dialogue.host, system::now());
        out.push_str(&network::describe(presented, &verification));
    }
    out
}
