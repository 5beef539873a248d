//! The report that a person reads at night: what is wrong in one line, where, why we think so, what to do, what is not known.
//!
//! Everything that comes from evidence or knowledge passes through [`clean`]: nothing in it can move the cursor or colour the screen.

use super::command;
use super::screen::{Ink, Style, clean, columns, wrap};
use super::words::{self, Phrase, count, duration, percent};
use crate::diagnosis::{Diagnosis, Evidence, Next, PlannedAction, PlannedRemedy, RankedCause, StageState, StageStatus, Verdict};
use crate::fact::{Platform, Source};
use crate::knowledge::Lang;

/// At and above this probability a cause is shown in full.
const LIKELY: f64 = 0.5;
/// How many causes are shown in full when none is likely.
const GUESSES: usize = 3;
/// How many findings are shown for a cause, and how many against it.
const SHOWN_FOR: usize = 5;
const SHOWN_AGAINST: usize = 3;
/// How many sources of a finding are named.
const SOURCES: usize = 3;
/// How many steps to find out more are shown.
const SHOWN_NEXT: usize = 5;
/// How many warnings, files and things not examined are shown.
const SHOWN_WARNINGS: usize = 5;
const SHOWN_FILES: usize = 8;
const SHOWN_NOT_EXAMINED: usize = 8;
/// The reserved cause that is none of the known ones.
const OTHER: &str = "other";
/// The cause that explains what is seen while nothing is wrong (`contract/causes.md`).
const BENIGN: &str = "deferred.scheduled";

/// Returns the report of a diagnosis, ready for a screen.
pub fn diagnosis(diagnosis: &Diagnosis, lang: Lang, style: &Style) -> String {
    let mut page = Page { out: String::new(), diagnosis, lang, style };
    page.headline();
    page.case();
    page.stages();
    if diagnosis.verdict == Verdict::Incomplete {
        page.not_examined();
        page.how_to_get();
    }
    page.causes();
    page.next();
    if diagnosis.verdict != Verdict::Incomplete {
        page.not_examined();
    }
    page.warnings();
    page.out
}

/// Returns up to `most` places as people read them, `mail.log:812, 815, queue.json:3, +3 more`; `files` are the names that they refer to.
///
/// A place in the same file as the one before it stands without the file's name.
pub fn places(sources: &[Source], files: &[String], most: usize, lang: Lang) -> String {
    let name = |source: &Source| files.get(source.file.0 as usize).map_or("", String::as_str);
    let mut shown: Vec<String> = Vec::new();
    let mut before = None;
    for source in sources.iter().take(most) {
        let place = source.place.to_string();
        let text = if before == Some(source.file) && !place.is_empty() {
            place.trim_start_matches([':', ' ']).to_owned()
        } else {
            clean(&format!("{}{place}", name(source)))
        };
        shown.push(text);
        before = Some(source.file);
    }
    if sources.len() > most {
        shown.push(Phrase::MoreSources.with(lang, &[&count((sources.len() - most) as u64)]));
    }
    shown.join(", ")
}

fn is_benign(cause: &RankedCause) -> bool {
    cause.id == BENIGN || cause.id.strip_prefix(BENIGN).is_some_and(|finer| finer.starts_with('.'))
}

struct Page<'a> {
    out: String,
    diagnosis: &'a Diagnosis,
    lang: Lang,
    style: &'a Style,
}

impl Page<'_> {
    fn say(&self, phrase: Phrase) -> &'static str {
        phrase.get(self.lang)
    }

    fn fill(&self, phrase: Phrase, values: &[&str]) -> String {
        phrase.with(self.lang, values)
    }

    fn list<T: AsRef<str>>(&self, items: &[T]) -> String {
        words::list(items, self.lang)
    }

    fn block(&mut self, first: &str, rest: &str, text: &str, ink: Option<Ink>) {
        self.style.block(&mut self.out, first, rest, text, ink);
    }

    /// A paragraph at an indent; nothing for an empty text.
    fn paragraph(&mut self, indent: usize, text: &str, ink: Option<Ink>) {
        if !text.trim().is_empty() {
            let indent = " ".repeat(indent);
            self.block(&indent, &indent, text, ink);
        }
    }

    fn heading(&mut self, text: &str, ink: Ink) {
        self.out.push('\n');
        self.block("", "", text, Some(ink));
    }

    fn headline(&mut self) {
        let diagnosis = self.diagnosis;
        let chance = percent(diagnosis.trouble_probability);
        let (text, ink) = match diagnosis.verdict {
            Verdict::Trouble => (self.trouble(&chance), Ink::Bad),
            Verdict::Incomplete => (self.say(Phrase::Incomplete).to_owned(), Ink::Warn),
            Verdict::Healthy => match diagnosis.causes.iter().find(|cause| cause.probability >= LIKELY && is_benign(cause)) {
                Some(benign) => {
                    let title = words::lower_first(&clean(benign.title.get(self.lang)));
                    (self.fill(Phrase::HealthyBenign, &[&title]), Ink::Good)
                }
                None => (self.say(Phrase::Healthy).to_owned(), Ink::Good),
            },
        };
        self.block("", "", &text, Some(ink));
    }

    fn trouble(&self, chance: &str) -> String {
        let likely = |cause: &&RankedCause| cause.probability >= LIKELY && !is_benign(cause);
        let Some(first) = self.diagnosis.causes.iter().find(likely) else {
            return self.fill(Phrase::TroubleUnsure, &[chance]);
        };
        let further = self.diagnosis.causes.iter().filter(likely).filter(|cause| cause.consequence_of.is_empty() && cause.id != first.id).count();
        let text = if first.id == OTHER {
            self.fill(Phrase::TroubleOther, &[chance])
        } else {
            self.fill(Phrase::Trouble, &[chance, &words::lower_first(&clean(first.title.get(self.lang)))])
        };
        if further == 0 { text } else { self.fill(Phrase::AndMore, &[&text, &further.to_string()]) }
    }

    fn case(&mut self) {
        let case = &self.diagnosis.case;
        let server = case.server.as_deref().map(clean);
        let mut parts = Vec::new();
        match (case.platform.map(words::platform), server) {
            (Some(platform), Some(server)) => parts.push(self.fill(Phrase::Case, &[platform, &server])),
            (Some(platform), None) => parts.push(platform.to_owned()),
            (None, Some(server)) => parts.push(self.fill(Phrase::Server, &[&server])),
            (None, None) => {}
        }
        if let Some(time) = self.diagnosis.taken_at {
            parts.push(self.fill(Phrase::TakenAt, &[&words::time(time)]));
        }
        self.paragraph(0, &self.list(&parts), Some(Ink::Dim));
        if let Some(title) = &case.title {
            self.paragraph(0, &clean(title), Some(Ink::Dim));
        }
        if self.diagnosis.verdict == Verdict::Trouble {
            return;
        }
        let chance = self.fill(Phrase::TroubleChance, &[&percent(self.diagnosis.trouble_probability)]);
        self.paragraph(0, &chance, None);
        let files = &self.diagnosis.files;
        if !files.is_empty() {
            let mut names: Vec<String> = files.iter().take(SHOWN_FILES).map(|name| clean(name)).collect();
            if files.len() > SHOWN_FILES {
                names.push(self.fill(Phrase::More, &[&count((files.len() - SHOWN_FILES) as u64)]));
            }
            let text = self.fill(Phrase::LookedAt, &[&self.list(&names)]);
            self.paragraph(0, &text, None);
        }
    }

    /// The way of a message through the stages, in lines that break between stages.
    fn stages(&mut self) {
        let is_known = |stage: &&StageState| stage.status != StageStatus::Unknown || stage.messages.is_some() || stage.deliveries.is_some();
        let items: Vec<(String, Option<Ink>)> = self.diagnosis.stages.iter().filter(is_known).map(|stage| self.stage(stage)).collect();
        if items.is_empty() {
            return;
        }
        const ARROW: &str = " → ";
        let room = self.style.width.saturating_sub(2);
        let (mut lines, mut line, mut used) = (Vec::new(), String::new(), 0);
        for (position, (item, ink)) in items.iter().enumerate() {
            // An arrow stands at the end of a line that goes on, so room is kept for it.
            let arrow = if position + 1 < items.len() { columns(ARROW) } else { 0 };
            if used > 0 && used + columns(item) + arrow > room {
                lines.push(std::mem::take(&mut line));
                used = 0;
            }
            let pieces = wrap(item, room.saturating_sub(arrow), room.saturating_sub(arrow));
            let last = pieces.len().saturating_sub(1);
            for (number, piece) in pieces.iter().enumerate() {
                line.push_str(&ink.map_or(piece.clone(), |ink| self.style.paint(ink, piece)));
                used += columns(piece);
                if number < last {
                    lines.push(std::mem::take(&mut line));
                    used = 0;
                }
            }
            if arrow > 0 {
                line.push_str(ARROW);
                used += arrow;
            }
        }
        lines.push(line);
        self.out.push('\n');
        for line in lines {
            self.out.push_str("  ");
            self.out.push_str(line.trim_end());
            self.out.push('\n');
        }
    }

    fn stage(&self, stage: &StageState) -> (String, Option<Ink>) {
        let mut text = clean(stage.title.get(self.lang));
        if let Some(messages) = stage.messages {
            text = format!("{text} {}", count(messages));
        }
        let mut notes = Vec::new();
        if stage.status == StageStatus::Failing {
            notes.push(self.say(Phrase::Failing).to_owned());
        }
        if let Some(oldest) = stage.oldest_seconds.filter(|_| stage.messages != Some(0)) {
            notes.push(self.fill(Phrase::Oldest, &[&duration(oldest, self.lang)]));
        }
        if let Some(ended) = stage.deliveries {
            let counts =
                [(Phrase::Sent, ended.sent), (Phrase::Deferred, ended.deferred), (Phrase::Bounced, ended.bounced), (Phrase::Rejected, ended.rejected)];
            notes.extend(counts.into_iter().filter(|(_, number)| *number > 0).map(|(phrase, number)| self.fill(phrase, &[&count(number)])));
        }
        if notes.is_empty() && stage.messages.is_none() && stage.status == StageStatus::Ok {
            notes.push(self.say(Phrase::Working).to_owned());
        }
        if !notes.is_empty() {
            text = format!("{text} ({})", self.list(&notes));
        }
        if stage.status == StageStatus::Failing { (format!("[!] {text}"), Some(Ink::Bad)) } else { (text, None) }
    }

    fn causes(&mut self) {
        let diagnosis = self.diagnosis;
        let likely = diagnosis.causes.iter().filter(|cause| cause.probability >= LIKELY).count();
        // A healthy case lists what is left of suspicion in one line each.
        let full = match diagnosis.verdict {
            _ if likely > 0 => likely,
            Verdict::Healthy => 0,
            Verdict::Trouble | Verdict::Incomplete => GUESSES.min(diagnosis.causes.len()),
        };
        if likely == 0 && full > 0 {
            self.heading(self.say(Phrase::BestGuesses), Ink::Bold);
        }
        // Likely causes come first in the ranking, but a cause may stand before a more probable one that it leads to.
        let is_full = |position: usize, cause: &RankedCause| if likely > 0 { cause.probability >= LIKELY } else { position < full };
        let mut rest = Vec::new();
        for (position, cause) in diagnosis.causes.iter().enumerate() {
            if is_full(position, cause) {
                self.cause(position + 1, cause);
            } else {
                rest.push((position + 1, cause));
            }
        }
        if rest.is_empty() {
            return;
        }
        self.heading(self.say(Phrase::LessLikely), Ink::Bold);
        for (rank, cause) in rest {
            let text = format!("{} ({}) {}", clean(cause.title.get(self.lang)), percent(cause.probability), clean(&cause.id));
            self.numbered(rank, &text, None);
        }
    }

    fn numbered(&mut self, number: usize, text: &str, ink: Option<Ink>) {
        let first = format!("{number}. ");
        let rest = " ".repeat(first.len());
        self.block(&first, &rest, text, ink);
    }

    fn cause(&mut self, rank: usize, cause: &RankedCause) {
        let lang = self.lang;
        self.out.push('\n');
        let title = format!("{} ({})", clean(cause.title.get(lang)), percent(cause.probability));
        self.numbered(rank, &title, Some(if is_benign(cause) { Ink::Good } else { Ink::Bold }));
        let mut id = clean(&cause.id);
        if !cause.seed.is_empty() {
            id = self.list(&[id, self.seed(&cause.seed)]);
        }
        self.paragraph(3, &id, Some(Ink::Dim));
        let follows = !cause.consequence_of.is_empty();
        if follows {
            let roots = self.fill(Phrase::ConsequenceOf, &[&self.titles(&cause.consequence_of)]);
            self.paragraph(3, &roots, Some(Ink::Warn));
        }
        self.paragraph(3, &clean(cause.what.get(lang)), None);
        if !follows {
            let why = clean(cause.why.get(lang));
            let why = if why.is_empty() { why } else { self.fill(Phrase::Reasons, &[&why]) };
            self.paragraph(3, &why, None);
        }
        if !cause.subjects.is_empty() {
            let text = format!("{}: {}", self.say(Phrase::About), clean(&self.list(&cause.subjects)));
            self.paragraph(3, &text, None);
        }
        let effects: Vec<String> =
            self.diagnosis.causes.iter().filter(|other| other.consequence_of.contains(&cause.id)).map(|other| other.id.clone()).collect();
        if !effects.is_empty() {
            let text = self.fill(Phrase::LeadsTo, &[&self.titles(&effects)]);
            self.paragraph(3, &text, None);
        }
        let coverage = self.coverage(cause.coverage);
        self.paragraph(3, &coverage, None);
        self.evidence(cause, true, Phrase::For, SHOWN_FOR);
        self.evidence(cause, false, Phrase::Against, SHOWN_AGAINST);
        self.remedies(cause, follows);
    }

    fn seed(&self, seed: &[String]) -> String {
        self.fill(Phrase::Seed, &[&clean(&seed.join(", "))])
    }

    /// The titles of causes of the ranking, their ids where they are not in it.
    fn titles(&self, ids: &[String]) -> String {
        let title = |id: &String| {
            let found = self.diagnosis.causes.iter().find(|cause| cause.id == *id);
            found.map_or_else(|| clean(id), |cause| words::lower_first(&clean(cause.title.get(self.lang))))
        };
        ids.iter().map(title).collect::<Vec<_>>().join("; ")
    }

    fn coverage(&self, share: f64) -> String {
        let phrase = match share {
            _ if share >= 0.8 => Phrase::KnownNearlyAll,
            _ if share >= 0.5 => Phrase::KnownMost,
            _ if share >= 0.2 => Phrase::KnownPart,
            _ => Phrase::KnownLittle,
        };
        self.fill(phrase, &[&percent(share)])
    }

    fn evidence(&mut self, cause: &RankedCause, supports: bool, heading: Phrase, most: usize) {
        let items: Vec<&Evidence> = cause.evidence.iter().filter(|item| item.supports == supports).collect();
        if items.is_empty() {
            return;
        }
        self.out.push('\n');
        self.paragraph(3, self.say(heading), Some(Ink::Bold));
        for item in items.iter().take(most) {
            let strength = match item.weight.abs() {
                // What shows the same mechanism as a stronger finding counts nothing by itself.
                weight if weight < 0.000_05 => Phrase::SameAgain,
                weight if weight < 1.0 => Phrase::Weak,
                weight if weight < 3.0 => Phrase::Moderate,
                _ => Phrase::Strong,
            };
            let text = format!("{} ({})", clean(item.text.get(self.lang)), self.say(strength));
            self.block(if supports { "   + " } else { "   - " }, "     ", &text, None);
            let mut origin = places(&item.sources, &self.diagnosis.files, SOURCES, self.lang);
            if !origin.is_empty() {
                origin.push_str("  ");
            }
            let mut rule = vec![clean(&item.rule)];
            rule.extend((!item.seed.is_empty()).then(|| self.seed(&item.seed)));
            origin.push_str(&format!("[{}]", self.list(&rule)));
            self.paragraph(5, &origin, Some(Ink::Dim));
        }
        if items.len() > most {
            let text = self.fill(Phrase::MoreEvidence, &[&count((items.len() - most) as u64)]);
            self.paragraph(5, &text, Some(Ink::Dim));
        }
    }

    fn remedies(&mut self, cause: &RankedCause, only_titles: bool) {
        let mut others = cause.remedies.iter();
        if !only_titles {
            if let Some(best) = others.next() {
                self.remedy(best);
            } else if !is_benign(cause) && cause.id != OTHER {
                self.out.push('\n');
                self.paragraph(3, self.say(Phrase::NoRemedy), None);
            }
        } else if !cause.remedies.is_empty() {
            self.out.push('\n');
        }
        for remedy in others {
            let notes = [clean(&remedy.id), self.say(words::risk(remedy.risk)).to_owned()];
            let text = format!("{} ({})", clean(remedy.title.get(self.lang)), self.list(&notes));
            let text = self.fill(Phrase::Or, &[&text]);
            self.block("   ", "     ", &text, None);
        }
    }

    fn remedy(&mut self, remedy: &PlannedRemedy) {
        let lang = self.lang;
        self.out.push('\n');
        let title = self.fill(Phrase::Do, &[&clean(remedy.title.get(lang))]);
        self.block("   ", "     ", &title, Some(Ink::Bold));
        let mut facts = vec![clean(&remedy.id), self.say(words::risk(remedy.risk)).to_owned()];
        if remedy.minutes > 0.0 {
            facts.push(self.fill(Phrase::Work, &[&words::minutes(remedy.minutes, lang)]));
        }
        if remedy.wait_minutes > 0.0 {
            facts.push(self.fill(Phrase::Wait, &[&words::minutes(remedy.wait_minutes, lang)]));
        }
        facts.extend(self.shell(remedy));
        self.paragraph(3, &self.list(&facts), Some(Ink::Dim));
        for (position, step) in remedy.steps.iter().enumerate() {
            self.action(&format!("   {}. ", position + 1), step);
        }
        self.labelled(Phrase::Check, &remedy.verify);
        self.labelled(Phrase::Undo, &remedy.undo);
    }

    /// The shell that the commands are for, where it is not plain.
    fn shell(&self, remedy: &PlannedRemedy) -> Option<String> {
        let platform = self.diagnosis.case.platform.filter(|platform| platform.is("exchange"))?;
        let mut actions = remedy.steps.iter().chain(&remedy.verify).chain(&remedy.undo);
        let phrase = if platform.is("exchange-legacy") { Phrase::ShellCmd } else { Phrase::ShellPower };
        actions.any(|action| !action.run.is_empty()).then(|| self.say(phrase).to_owned())
    }

    fn labelled(&mut self, label: Phrase, actions: &[PlannedAction]) {
        for action in actions {
            self.action(&format!("   {}: ", self.say(label)), action);
        }
    }

    /// An action, and its command on a line of its own: never broken, so that it can be copied.
    fn action(&mut self, first: &str, action: &PlannedAction) {
        let text = clean(action.text.get(self.lang));
        self.block(first, "      ", &text, None);
        if !action.run.is_empty() {
            self.command(8, &command_line(&action.run, self.diagnosis.case.platform));
        }
    }

    fn command(&mut self, indent: usize, line: &str) {
        self.out.push_str(&" ".repeat(indent));
        self.out.push_str(&self.style.paint(Ink::Command, line));
        self.out.push('\n');
    }

    fn next(&mut self) {
        let next: Vec<&Next> = self.diagnosis.next.iter().take(SHOWN_NEXT).collect();
        if next.is_empty() {
            return;
        }
        self.heading(self.say(Phrase::Next), Ink::Bold);
        for (position, next) in next.into_iter().enumerate() {
            let kind = match next.kind {
                "probe" => self.say(Phrase::Probe),
                "look" => self.say(Phrase::Look),
                "question" => self.say(Phrase::Question),
                "raise-level" => self.say(Phrase::RaiseLevel),
                "remedy" => self.say(Phrase::Remedy),
                other => other,
            };
            let mut notes = vec![kind.to_owned()];
            // Less than half a minute is nothing to promise.
            if next.gain >= 0.5 {
                notes.push(self.fill(Phrase::Saves, &[&words::minutes(next.gain.max(1.0), self.lang)]));
            }
            if !next.seed.is_empty() {
                notes.push(self.seed(&next.seed));
            }
            let text = format!("{} ({})", clean(next.text.get(self.lang)), self.list(&notes));
            self.numbered(position + 1, &text, None);
        }
    }

    fn not_examined(&mut self) {
        let all = &self.diagnosis.not_examined;
        if all.is_empty() {
            return;
        }
        self.heading(self.say(Phrase::NotExamined), Ink::Bold);
        for (what, reason) in all.iter().take(SHOWN_NOT_EXAMINED) {
            self.block("- ", "  ", &format!("{}: {}", clean(what), clean(reason)), None);
        }
        self.more(all.len(), SHOWN_NOT_EXAMINED);
    }

    fn more(&mut self, all: usize, shown: usize) {
        if all > shown {
            let text = self.fill(Phrase::More, &[&count((all - shown) as u64)]);
            self.paragraph(2, &text, Some(Ink::Dim));
        }
    }

    /// Where no stage is known, nothing was given that could show trouble: says what is needed and how to get it.
    fn how_to_get(&mut self) {
        let is_blind = self.diagnosis.stages.iter().all(|stage| stage.status == StageStatus::Unknown);
        self.heading(self.say(if is_blind { Phrase::NothingGiven } else { Phrase::HowToGet }), Ink::Bold);
        let platform = self.diagnosis.case.platform;
        let unix = platform.is_none_or(|platform| platform.is("unix"));
        if unix {
            self.block("- ", "  ", self.say(Phrase::GivePostfix), None);
        }
        if platform != Some(Platform::Exim) && unix {
            self.command(4, "postqueue -j > queue.json");
            self.command(4, "journalctl -u 'postfix*' -S -24h > mail.log");
        }
        if platform != Some(Platform::Postfix) && unix {
            self.command(4, "exim -bp > queue.txt");
            self.command(4, "cp /var/log/exim4/mainlog .");
        }
        if platform.is_none_or(|platform| platform.is("exchange")) {
            self.block("- ", "  ", self.say(Phrase::GiveExchange), None);
        }
    }

    fn warnings(&mut self) {
        let all = &self.diagnosis.warnings;
        if all.is_empty() {
            return;
        }
        let heading = format!("{} ({})", self.say(Phrase::Warnings), count(all.len() as u64));
        self.heading(&heading, Ink::Warn);
        for warning in all.iter().take(SHOWN_WARNINGS) {
            let place = places(&warning.sources, &self.diagnosis.files, 1, self.lang);
            let text = if place.is_empty() { clean(&warning.text) } else { format!("{place}: {}", clean(&warning.text)) };
            self.block("- ", "  ", &text, None);
        }
        self.more(all.len(), SHOWN_WARNINGS);
    }
}

fn command_line(run: &[String], platform: Option<Platform>) -> String {
    clean(&command::line(run, platform))
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;
    use crate::diagnosis::Warned;

    const PLAIN: Style = Style { colour: false, width: 80 };

    #[test]
    fn trouble_in_english() {
        insta::assert_snapshot!(diagnosis(&sample::trouble(), Lang::En, &PLAIN), @r#"
        Trouble (98 %): the DNS server that this server asks does not answer
        Postfix on mx1.example.com, evidence of 2026-11-24 08:42:00 UTC

          Submission 0 (14 rejected) → Local delivery (310 sent) →
          [!] Remote 850 (FAILING, oldest 5 h, 12 sent, 1,850 deferred, 3 bounced)

        1. The DNS server that this server asks does not answer (98 %)
           dns.server-unreachable, seed Q4.2, OUT3
           Queries to the configured DNS server run into a time-out or are refused by
           the network, so no destination can be looked up.
           Possible reasons: The DNS server is down, port 53 is blocked, or its address
           in the configuration is old or wrong.
           Concerns: example.net, 192.0.2.53
           Leads to: the queue is so long that new mail is slowed down
           Examined: most of what bears on it (60 %)

           What speaks for it
           + 850 messages wait with "Host or domain name not found. Name service error
             for name=example.net type=MX: Host not found, try again" (strong)
             mail.log:812, 815, 901, +2 more [knowledge/last_errors/dns-try-again, seed
             Q4.2]
           + The query for example.net MX got no answer from 192.0.2.53 (moderate)
             dig.txt:4 [dns/no-answer, seed Q4.2]
           + An event says the same (already counted)
             dig.txt:9 [knowledge/events/dns, seed Q4.2]

           What speaks against it
           - Mail to example.org was delivered at 08:12 (weak)
             mail.log:700 [dns/other-destinations-work, seed Q4.2]

           What to do: Give the server a DNS server that answers
           restore-resolver, with caution, 10 min of work, then wait 5 min
           1. Ask the DNS server by hand
                dig @192.0.2.53 example.net MX
           2. When it does not answer, start it, or put another one into
              /etc/resolv.conf
           3. Have the queue tried again
                sh -c 'postqueue -f && postqueue -p | tail -1'
           Check: The queue shrinks
                postqueue -p
           Undo: Put the old line back into /etc/resolv.conf
           Or: Repair the DNS server (repair-dns-server, interrupts mail)

        2. The queue is so long that new mail is slowed down (71 %)
           load.back-pressure
           Follows from: the DNS server that this server asks does not answer. Repair
           that first.
           The mail system protects itself.
           Examined: part of what bears on it (30 %)

           What speaks for it
           + The queue grew by 400 in an hour (moderate)
             [plugin/remote-delivery/growing, seed Q4.2]

        Less likely
        3. Connections to port 25 are dropped on the way (8 %) remote.port25-blocked

        What to find out next
        1. Ask another DNS server for example.net MX (probe, saves about 12 min, seed
           T6)
        2. Was the network changed lately? (question)

        Not examined
        - smtp mx.example.net: timed out

        Warnings (1)
        - mail.log:1: the year is not in the log and was taken from the queue
        "#);
    }

    #[test]
    fn trouble_in_japanese() {
        insta::assert_snapshot!(diagnosis(&sample::trouble(), Lang::Ja, &PLAIN), @r#"
        障害あり (98 %): このサーバーが問い合わせる DNS サーバーが応答しない
        mx1.example.com の Postfix、2026-11-24 08:42:00 UTC 時点の証拠

          発信前 0 (拒否 14) → ローカル配信 (配信 310) →
          [!] リモート配信 850 (障害、最古 5 時間、配信 12、保留 1,850、返送 3)

        1. このサーバーが問い合わせる DNS サーバーが応答しない (98 %)
           dns.server-unreachable、シード Q4.2, OUT3
           設定された DNS サーバーへの問い合わせがタイムアウトするかネットワークに拒否さ
           れ、配送先を検索できません。
           考えられる理由: DNS サーバーの停止、ポート 53 の遮断、または設定されたアドレ
           スの誤りや古さが原因です。
           対象: example.net、192.0.2.53
           これが引き起こすもの: キューが長く、新しいメールの受け付けが抑制されている
           調査範囲: 関係する事実の大半 (60 %)

           裏付ける証拠
           + 850 通のメッセージが「Host or domain name not found. Name service error for
             name=example.net type=MX: Host not found, try again」で待機している (強)
             mail.log:812, 815, 901, ほか 2 か所 [knowledge/last_errors/dns-try-again、
             シード Q4.2]
           + 192.0.2.53 が example.net MX の問い合わせに応答しない (中)
             dig.txt:4 [dns/no-answer、シード Q4.2]
           + イベントも同じ内容を示す (計上済み)
             dig.txt:9 [knowledge/events/dns、シード Q4.2]

           反する証拠
           - example.org 宛のメールは 08:12 に配信された (弱)
             mail.log:700 [dns/other-destinations-work、シード Q4.2]

           対処: 応答する DNS サーバーを設定する
           restore-resolver、要注意、作業 10 分、その後 5 分待機
           1. DNS サーバーに手動で問い合わせます
                dig @192.0.2.53 example.net MX
           2. 応答がなければ起動するか、/etc/resolv.conf に別のサーバーを設定します
           3. キューを再試行させます
                sh -c 'postqueue -f && postqueue -p | tail -1'
           確認: キューが減ります
                postqueue -p
           元に戻す: /etc/resolv.conf の元の行を戻します
           または: DNS サーバーを修復する (repair-dns-server、メールが一時止まる)

        2. キューが長く、新しいメールの受け付けが抑制されている (71 %)
           load.back-pressure
           次の原因の結果です: このサーバーが問い合わせる DNS サーバーが応答しない。先に
           そちらを直します。
           メール システムが自らを保護しています。
           調査範囲: 関係する事実の一部 (30 %)

           裏付ける証拠
           + キューが 1 時間で 400 増えた (中)
             [plugin/remote-delivery/growing、シード Q4.2]

        可能性の低い原因
        3. ポート 25 への接続が途中で破棄されている (8 %) remote.port25-blocked

        次に調べること
        1. 別の DNS サーバーに example.net MX を問い合わせる (測定、約 12 分短縮、シード
           T6)
        2. 最近ネットワークを変更しましたか? (質問)

        調べられなかったもの
        - smtp mx.example.net: timed out

        警告 (1)
        - mail.log:1: the year is not in the log and was taken from the queue
        "#);
    }

    #[test]
    fn a_healthy_case_is_short() {
        insta::assert_snapshot!(diagnosis(&sample::healthy(), Lang::En, &PLAIN), @r#"
        Healthy: nothing was found that keeps mail from flowing
        Postfix on mx1.example.com, evidence of 2026-11-24 08:42:00 UTC
        The probability of trouble is 2 %.
        Looked at: mail.log, queue.json, dig.txt

          Submission 0 (14 rejected) → Local delivery (310 sent) →
          Remote 850 (oldest 5 h, 12 sent, 1,850 deferred, 3 bounced)
        "#);
    }

    #[test]
    fn an_incomplete_case_says_how_to_get_the_rest() {
        insta::assert_snapshot!(diagnosis(&sample::incomplete(), Lang::En, &PLAIN), @r#"
        Incomplete: what was not examined could hide trouble
        Postfix on mx1.example.com, evidence of 2026-11-24 08:42:00 UTC
        The probability of trouble is 10 %.
        Looked at: main.cf.txt

        Not examined
        - queue: postqueue: permission denied

        No queue listing, mail log, event or SMTP session was given. One of these is
        needed:
        - the queue and the log, each saved to a file and named to mailmedic diagnose:
            postqueue -j > queue.json
            journalctl -u 'postfix*' -S -24h > mail.log
        "#);
    }

    #[test]
    fn every_line_keeps_to_the_width_but_commands() {
        for case in [sample::trouble(), sample::hostile(), sample::healthy(), sample::incomplete()] {
            for (width, lang) in [40, 80, 100].into_iter().flat_map(|width| [(width, Lang::En), (width, Lang::Ja)]) {
                let report = diagnosis(&case, lang, &Style { colour: false, width });
                for line in report.lines().filter(|line| !is_command(line)) {
                    assert!(columns(line) <= width, "{width}: {line}");
                    assert_eq!(line, line.trim_end(), "blanks at the end");
                }
            }
        }
    }

    fn is_command(line: &str) -> bool {
        ["        dig", "        sh ", "        postqueue", "    postqueue", "    journalctl", "    exim", "    cp "].iter().any(|start| line.starts_with(start))
    }

    #[test]
    fn hostile_evidence_stays_text() {
        for lang in [Lang::En, Lang::Ja] {
            let report = diagnosis(&sample::hostile(), lang, &PLAIN);
            let harmful = |char: char| (char.is_control() && char != '\n') || matches!(char, '\u{202e}' | '\u{200b}');
            assert!(!report.chars().any(harmful), "{report:?}");
            assert!(report.contains(r"\x1b[2J"));
        }
    }

    #[test]
    fn colours_are_there_only_when_asked_for_and_change_no_text() {
        let case = sample::trouble();
        let coloured = diagnosis(&case, Lang::En, &Style { colour: true, width: 80 });
        let plain = diagnosis(&case, Lang::En, &PLAIN);
        assert!(coloured.starts_with("\x1b[1;31mTrouble (98 %)") && !plain.contains('\x1b'));
        let mut stripped = String::new();
        for (position, part) in coloured.split('\x1b').enumerate() {
            stripped.push_str(if position == 0 { part } else { part.split_once('m').map_or("", |(_, text)| text) });
        }
        assert_eq!(stripped, plain);
    }

    #[test]
    fn without_a_likely_cause_the_best_three_are_shown() {
        let mut case = sample::trouble();
        for (cause, probability) in case.causes.iter_mut().zip([0.4, 0.3, 0.2]) {
            cause.probability = probability;
            cause.consequence_of.clear();
        }
        let fourth = RankedCause { probability: 0.06, id: "time.skew".to_owned(), ..case.causes[2].clone() };
        case.causes.push(fourth);
        let report = diagnosis(&case, Lang::En, &PLAIN);
        assert!(report.starts_with("Trouble (98 %): something is wrong, and the evidence does not yet say what\n"), "{report}");
        assert!(report.contains("Best guesses\n") && report.contains("Less likely\n4. "), "{report}");
        case.causes[0].id = "other".to_owned();
        case.causes[0].probability = 0.8;
        assert!(diagnosis(&case, Lang::En, &PLAIN).starts_with("Trouble (98 %): something is wrong, and none of the known causes explains it\n"));
    }

    #[test]
    fn many_warnings_are_collapsed() {
        let mut case = sample::trouble();
        case.warnings = (0..40).map(|number| Warned { text: format!("warning {number}"), sources: Vec::new() }).collect();
        let report = diagnosis(&case, Lang::En, &PLAIN);
        assert!(report.contains("Warnings (40)\n- warning 0\n") && report.ends_with("- warning 4\n  and 35 more\n"), "{report}");
    }

    #[test]
    fn several_likely_causes_are_counted_in_the_headline_without_consequences() {
        let mut case = sample::trouble();
        case.causes[2].probability = 0.9;
        assert!(diagnosis(&case, Lang::En, &PLAIN).starts_with("Trouble (98 %): the DNS server that this server asks does not answer, and 1 more\n"));
    }

    #[test]
    fn what_is_benign_is_no_trouble() {
        let mut case = sample::healthy();
        let mut benign = sample::trouble().causes.remove(1);
        benign.id = "deferred.scheduled".to_owned();
        benign.title = sample::text("Messages wait for their delivery time", "配信時刻を待っている");
        benign.consequence_of.clear();
        case.causes.push(benign);
        let report = diagnosis(&case, Lang::En, &PLAIN);
        assert!(report.starts_with("Healthy, nothing to fix: messages wait for their delivery time\n"), "{report}");
        assert!(!report.contains("No remedy"));
    }
}
