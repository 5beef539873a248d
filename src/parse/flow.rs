//! Folding: millions of log lines and queued messages become a few hundred outcomes while they stream.

use super::template::{domain, template};
use crate::fact::{Side, Source, Stage};
use foldhash::{fast, quality};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::{BuildHasher, Hash};

/// How many outcomes are kept apart; what is beyond is folded without its destination.
const MOST_OUTCOMES: usize = 20_000;
/// How many examples an outcome keeps.
const EXAMPLES: usize = 5;
/// How many messages that are under way are followed.
const MOST_LIVE: usize = 1_000_000;
/// How many queued messages are remembered, so that two listings of one queue count them once.
const MOST_LISTED: usize = 1_200_000;
/// How many senders of an outcome are told apart.
const MOST_SENDERS: usize = 64;

/// How many destinations and mailboxes are followed to see whether they healed.
const MOST_DELIVERED: usize = 1_000_000;
/// How many outcomes of mail refused at the door are kept apart: every client that is refused is one, and deliveries must find room.
const MOST_REFUSED: usize = 4_000;
/// How many bytes of a text are kept: longer than any reply that people read, and bounded whatever a remote host says.
const LONGEST: usize = 2048;

/// A time as a log writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct When {
    /// Unix time in seconds; without a year, seconds within a count of years that begins with 0 ([`super::settle()`] finds the year).
    pub seconds: i64,
    /// Whether the log leaves the year out.
    pub yearless: bool,
}

/// One attempt to deliver a message to one recipient, or one message refused at the door.
#[derive(Debug, Clone)]
pub struct Attempt<'a> {
    /// The stage, `None` where only the destination can tell.
    pub stage: Option<Stage>,
    /// The daemon or transport, empty when unknown.
    pub transport: &'a str,
    /// The recipient's address, empty when unknown.
    pub recipient: &'a str,
    /// The sender's address where the line has it.
    pub sender: Option<&'a str>,
    /// The host that was asked, with its port where it is not 25; at the door the client; empty when none.
    pub next_hop: &'a str,
    /// `sent`, `deferred`, `bounced`, `rejected` or `expired`.
    pub status: &'static str,
    /// Enhanced status code, empty when none.
    pub code: &'a str,
    /// SMTP reply code.
    pub reply: Option<u16>,
    /// The reason or reply, verbatim.
    pub text: &'a str,
    /// Whose words it is.
    pub side: Side,
    /// What tells this message from others of the same log (a hash of its queue id), 0 when nothing does.
    pub message: u64,
    /// When.
    pub at: Option<When>,
    /// Where it stands.
    pub source: Source,
}

/// A message that a queue listing shows, one recipient of it.
#[derive(Debug, Clone)]
pub struct Queued<'a> {
    /// The queue's name: `deferred`, `active`, `incoming`, `hold`, `maildrop`, `corrupt`.
    pub queue: &'static str,
    /// The recipient's address.
    pub recipient: &'a str,
    /// The sender's address.
    pub sender: &'a str,
    /// Why it waits, empty when the listing does not say.
    pub text: &'a str,
    /// What tells this message from others.
    pub message: u64,
    /// When it came in.
    pub arrival: Option<When>,
    /// How long it has waited, in seconds, where the listing says that and not when it came in.
    pub age: Option<u64>,
    /// Where it stands.
    pub source: Source,
}

/// Attempts that ended alike.
#[derive(Debug, Clone)]
pub struct Folded {
    /// The stage.
    pub stage: Option<Stage>,
    /// The transport.
    pub transport: String,
    /// The domain of the recipients, `*` where they were not kept apart.
    pub destination: String,
    /// The next hop.
    pub next_hop: String,
    /// How they ended.
    pub status: &'static str,
    /// Enhanced status code.
    pub code: String,
    /// Reply code.
    pub reply: Option<u16>,
    /// The first text, verbatim.
    pub text: String,
    /// The text with names replaced.
    pub template: String,
    /// Whose words.
    pub side: Side,
    /// How many messages.
    pub messages: u64,
    /// First and last time.
    pub times: Option<(When, When)>,
    /// Examples.
    pub sources: Vec<Source>,
    /// The first recipient.
    pub recipient: String,
    /// The first sender that was known.
    pub sender: Option<String>,
    senders: Senders,
    last: (Option<When>, u64),
    last_recipient: u64,
}

impl Folded {
    /// Returns how many senders were told apart, 0 when none is known.
    pub fn senders(&self) -> u64 {
        self.senders.0.len() as u64
    }
}

/// Queued messages that wait in the same queue for the same destination and reason.
#[derive(Debug, Clone)]
pub struct Waiting {
    /// The queue.
    pub queue: &'static str,
    /// The domain of the recipients.
    pub destination: String,
    /// The first reason, verbatim.
    pub text: String,
    /// The reason with names replaced.
    pub template: String,
    /// How many messages.
    pub messages: u64,
    /// When the oldest came in.
    pub oldest: Option<When>,
    /// How long the oldest has waited, in seconds, where the listing says that and not when it came in.
    pub oldest_age: Option<u64>,
    /// Examples.
    pub sources: Vec<Source>,
    /// The first recipient.
    pub recipient: String,
    /// The first sender.
    pub sender: String,
    senders: Senders,
    last_message: u64,
}

impl Waiting {
    /// Returns how many senders were told apart.
    pub fn senders(&self) -> u64 {
        self.senders.0.len() as u64
    }
}

/// Senders that were told apart, up to [`MOST_SENDERS`] of them: a short list is smaller than a set, and there are thousands of lists.
#[derive(Debug, Clone, Default)]
struct Senders(Vec<u32>);

impl Senders {
    fn insert(&mut self, sender: &str) {
        if self.0.len() >= MOST_SENDERS {
            return;
        }
        // Half of a hash tells 64 senders apart.
        let number = hash(sender) as u32;
        if !self.0.contains(&number) {
            self.0.push(number);
        }
    }
}

/// A map whose keys are hashes of [`hash()`] already.
pub type ByHash<V> = HashMap<u64, V, fast::FixedState>;

/// The state of the folding.
#[derive(Debug, Default)]
pub struct Flow {
    folded: Vec<Folded>,
    index: ByHash<u32>,
    live: ByHash<Vec<u32>>,
    totals: BTreeMap<Option<Stage>, u64>,
    delivered: ByHash<(Option<When>, u64)>,
    waiting: Vec<Waiting>,
    waiting_index: ByHash<u32>,
    listed: HashSet<u64, fast::FixedState>,
    sequence: u64,
    refused: usize,
}

/// Returns the start of a text that is kept.
fn clip(text: &str) -> &str {
    if text.len() <= LONGEST { text } else { text.get(..text.floor_char_boundary(LONGEST)).unwrap_or_default() }
}

/// Returns a number that tells a text (a queue id) from others.
pub fn hash(value: impl Hash) -> u64 {
    // The same in each run: which of two texts with one number stands for both must not depend on chance.
    quality::FixedState::default().hash_one(value)
}

impl Flow {
    /// Takes one attempt in.
    pub fn attempt(&mut self, attempt: &Attempt<'_>) {
        self.sequence += 1;
        let sent = attempt.status == "sent";
        let attempt =
            &Attempt { text: clip(attempt.text), recipient: clip(attempt.recipient), next_hop: clip(attempt.next_hop), ..*attempt };
        let destination = domain(attempt.recipient);
        let template = if sent { String::new() } else { template(attempt.text) };
        let next_hop = if sent { "" } else { attempt.next_hop };
        let key = hash((attempt.stage, attempt.transport, destination.as_str(), next_hop, attempt.status, template.as_str()));
        let row = match self.index.get(&key) {
            Some(row) => *row,
            None => self.open(key, attempt, destination.clone(), template, next_hop),
        };
        self.count(row, attempt);
        if sent {
            let heals = self.healing_key(attempt.stage, &destination, attempt.recipient);
            let now = (attempt.at, self.sequence);
            let full = self.delivered.len() >= MOST_DELIVERED;
            match self.delivered.get_mut(&heals) {
                Some(last) => *last = (*last).max(now),
                None if full => {}
                None => _ = self.delivered.insert(heals, now),
            }
        }
    }

    fn open(&mut self, key: u64, attempt: &Attempt<'_>, mut destination: String, template: String, mut next_hop: &str) -> u32 {
        let mut key = key;
        let refused = attempt.status == "rejected";
        if self.folded.len() >= MOST_OUTCOMES || (refused && self.refused >= MOST_REFUSED) {
            destination = "*".to_owned();
            next_hop = "";
            key = hash((attempt.stage, attempt.transport, "*", attempt.status, template.as_str()));
            if let Some(row) = self.index.get(&key) {
                return *row;
            }
            if self.folded.len() >= 2 * MOST_OUTCOMES {
                return 0;
            }
        }
        self.refused += usize::from(refused);
        let row = u32::try_from(self.folded.len()).unwrap_or(u32::MAX);
        self.folded.push(Folded {
            stage: attempt.stage,
            transport: attempt.transport.to_owned(),
            destination,
            next_hop: next_hop.to_owned(),
            status: attempt.status,
            code: attempt.code.to_owned(),
            reply: attempt.reply,
            text: attempt.text.to_owned(),
            template,
            side: attempt.side,
            messages: 0,
            times: None,
            sources: Vec::new(),
            recipient: attempt.recipient.to_owned(),
            sender: None,
            senders: Senders::default(),
            last: (None, 0),
            last_recipient: 0,
        });
        self.index.insert(key, row);
        row
    }

    fn count(&mut self, row: u32, attempt: &Attempt<'_>) {
        let (mut new_here, mut new_in_stage) = (true, true);
        if attempt.message != 0 {
            if self.live.len() >= MOST_LIVE {
                self.live.clear();
            }
            let rows = self.live.entry(attempt.message).or_default();
            new_here = !rows.contains(&row);
            new_in_stage = !rows.iter().any(|other| self.folded.get(*other as usize).is_some_and(|other| other.stage == attempt.stage));
            if new_here {
                rows.push(row);
            }
        }
        if new_in_stage {
            *self.totals.entry(attempt.stage).or_default() += 1;
        }
        let sequence = self.sequence;
        let Some(folded) = self.folded.get_mut(row as usize) else { return };
        folded.messages += u64::from(new_here);
        if let Some(at) = attempt.at {
            folded.times = Some(folded.times.map_or((at, at), |(first, last)| (first.min(at), last.max(at))));
        }
        if folded.sources.len() < EXAMPLES {
            folded.sources.push(attempt.source);
        }
        if attempt.status != "sent" {
            folded.last = folded.last.max((attempt.at, sequence));
            folded.last_recipient = hash(attempt.recipient.to_ascii_lowercase());
        }
        if let Some(sender) = attempt.sender {
            if folded.sender.is_none() {
                folded.sender = Some(clip(sender).to_owned());
            }
            folded.senders.insert(sender);
        }
    }

    /// Mailboxes fail one by one, other destinations as a whole.
    fn healing_key(&self, stage: Option<Stage>, destination: &str, recipient: &str) -> u64 {
        if stage == Some(Stage::LocalDelivery) { hash(recipient.to_ascii_lowercase()) } else { hash(destination) }
    }

    /// Says that a message has left the system, so that it need not be followed any more.
    pub fn gone(&mut self, message: u64) {
        self.live.remove(&message);
    }

    /// Returns the outcome of the latest attempt for a message that has not left the system, `None` when none is known.
    pub fn under_way(&self, message: u64) -> Option<&Folded> {
        let row = self.live.get(&message)?.last()?;
        self.folded.get(*row as usize)
    }

    /// Takes one queued message in; the same message and recipient of another listing is not counted again.
    pub fn queued(&mut self, queued: &Queued<'_>) {
        if self.listed.len() < MOST_LISTED && !self.listed.insert(hash((queued.message, queued.recipient))) {
            return;
        }
        let queued = &Queued { text: clip(queued.text), recipient: clip(queued.recipient), sender: clip(queued.sender), ..*queued };
        let destination = domain(queued.recipient);
        let template = template(queued.text);
        let mut key = hash((queued.queue, destination.as_str(), template.as_str()));
        if self.waiting.len() >= MOST_OUTCOMES && !self.waiting_index.contains_key(&key) {
            key = hash((queued.queue, "*", template.as_str()));
        }
        let row = match self.waiting_index.get(&key) {
            Some(row) => *row as usize,
            None if self.waiting.len() >= 2 * MOST_OUTCOMES => 0,
            None => {
                let row = self.waiting.len();
                self.waiting_index.insert(key, u32::try_from(row).unwrap_or(u32::MAX));
                self.waiting.push(Waiting {
                    queue: queued.queue,
                    destination: if row < MOST_OUTCOMES { destination } else { "*".to_owned() },
                    text: queued.text.to_owned(),
                    template,
                    messages: 0,
                    oldest: None,
                    oldest_age: None,
                    sources: Vec::new(),
                    recipient: queued.recipient.to_owned(),
                    sender: queued.sender.to_owned(),
                    senders: Senders::default(),
                    last_message: 0,
                });
                row
            }
        };
        let Some(waiting) = self.waiting.get_mut(row) else { return };
        if waiting.messages == 0 || waiting.last_message != queued.message {
            waiting.messages += 1;
            waiting.last_message = queued.message;
        }
        if let Some(arrival) = queued.arrival {
            waiting.oldest = Some(waiting.oldest.map_or(arrival, |oldest| oldest.min(arrival)));
        }
        waiting.oldest_age = waiting.oldest_age.max(queued.age);
        if waiting.sources.len() < EXAMPLES {
            waiting.sources.push(queued.source);
        }
        waiting.senders.insert(queued.sender);
    }

    /// Returns what was folded, in the order of the evidence.
    pub fn outcomes(&self) -> &[Folded] {
        &self.folded
    }

    /// Returns what waits in queues, in the order of the evidence.
    pub fn waiting(&self) -> &[Waiting] {
        &self.waiting
    }

    /// Hands over what was folded and what waits, and lets go of what only folding needs: the facts that they become want the room.
    pub fn take(&mut self) -> (Vec<Folded>, Vec<Waiting>) {
        let Flow { folded, waiting, totals, delivered, .. } = std::mem::take(self);
        *self = Flow { totals, delivered, ..Flow::default() };
        (folded, waiting)
    }

    /// Returns how many messages a stage handled, those counted once that were tried several times.
    pub fn total(&self, stage: Option<Stage>) -> u64 {
        self.totals.get(&stage).copied().unwrap_or(0)
    }

    /// Returns whether a later delivery to the same destination (for a mailbox: to the same recipient) succeeded.
    pub fn healed(&self, folded: &Folded) -> bool {
        let key = if folded.stage == Some(Stage::LocalDelivery) { folded.last_recipient } else { hash(folded.destination.as_str()) };
        folded.status != "sent" && folded.status != "rejected" && self.delivered.get(&key).is_some_and(|delivered| *delivered > folded.last)
    }
}
