//! The report that a person reads at night: what is wrong in one line, where, why we think so, what to do, what is not known.
//!
//! Everything that comes from evidence or knowledge passes through [`clean`]: nothing in it can move the cursor or colour the screen.

mod onset;

use super::command;
use super::screen::{Ink, Style, clean, columns, wrap};
use super::words::{self, Phrase, count, duration, percent};
use crate::diagnosis::{
    Diagnosis, Evidence, Next, PlannedAction, PlannedPrecondition, PlannedRemedy, RankedCause, StageState, StageStatus, Verdict,
};
use crate::fact::{Platform, Source};
use crate::knowledge::Lang;

/// At and above this probability a cause is shown in full.
const LIKELY: f64 = 0.5;
/// How many causes are shown in full when none is likely.
const GUESSES: usize = 3;
/// How many findings are shown for a cause, and how many against it.
const SHOWN_FOR: usize = 5;
const SHOWN_AGAINST: usize = 3;
/// What speaks against a cause with less than this weight, in nats, is not worth a line.
const NOTABLE: f64 = 0.1;
/// How many sources of a finding are named.
const SOURCES: usize = 3;
/// How many steps to find out more are shown.
const SHOWN_NEXT: usize = 6;
/// How many facts of the seed a step names.
const SHOWN_SEED: usize = 5;
/// How many warnings, files and things not examined are shown.
const SHOWN_WARNINGS: usize = 5;
const SHOWN_FILES: usize = 8;
const SHOWN_NOT_EXAMINED: usize = 8;
/// The reserved cause that is none of the known ones.
const OTHER: &str = "other";
/// The cause that explains what is seen while nothing is wrong (`contract/causes.md`).
const BENIGN: &str = "deferred.scheduled";

/// Returns the report of a diagnosis, ready for a screen; with `requirements` what mail flow needs is listed in full.
pub fn diagnosis(diagnosis: &Diagnosis, lang: Lang, style: &Style, requirements: bool) -> String {
    let mut page = Page::new(diagnosis, lang, style);
    page.headline();
    page.case();
    page.stages();
    page.onset();
    if diagnosis.verdict == Verdict::Incomplete {
        page.not_examined();
        page.how_to_get();
    }
    page.causes();
    page.requirements(requirements);
    page.next();
    if diagnosis.verdict != Verdict::Incomplete {
        page.not_examined();
    }
    page.warnings();
    page.out
}

/// Returns the line that says what a diagnosis comes to.
pub(super) fn headline(diagnosis: &Diagnosis, lang: Lang, style: &Style) -> String {
    let mut page = Page::new(diagnosis, lang, style);
    page.headline();
    page.out
}

/// Returns how a remedy is done: what must be known before, steps, check, way back.
pub(super) fn how(diagnosis: &Diagnosis, remedy: &PlannedRemedy, lang: Lang, style: &Style) -> String {
    let mut page = Page::new(diagnosis, lang, style);
    page.how(remedy);
    page.out
}

/// Returns what is to know of a remedy before its steps: its id, how much it disturbs, how long it takes.
pub(super) fn remedy_facts(remedy: &PlannedRemedy, lang: Lang) -> Vec<String> {
    let mut facts = vec![clean(&remedy.id), words::risk(remedy.risk).get(lang).to_owned()];
    if remedy.minutes > 0.0 {
        facts.push(Phrase::Work.with(lang, &[&words::minutes(remedy.minutes, lang)]));
    }
    if remedy.wait_minutes > 0.0 {
        facts.push(Phrase::Wait.with(lang, &[&words::minutes(remedy.wait_minutes, lang)]));
    }
    facts
}

/// Returns a precondition in words, with the facts that show it, and whether the evidence tells of them.
pub(super) fn before_text(before: &PlannedPrecondition, lang: Lang) -> String {
    let text = clean(before.text.get(lang));
    let facts = clean(&words::list(&before.named.iter().map(|text| text.get(lang)).collect::<Vec<_>>(), lang));
    if before.facts.is_empty() {
        return text;
    }
    let phrase = if before.known { Phrase::BeforeKnown } else { Phrase::BeforeOpen };
    phrase.with(lang, &[&text, &facts])
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
    /// The folder that all files lie in, empty where they have none in common.
    folder: &'a str,
    /// The files as they are named from there.
    names: Vec<String>,
    lang: Lang,
    style: &'a Style,
}

/// Returns the folder that several files have in common, with the stroke at its end; empty for a single file.
fn common_folder(files: &[String]) -> &str {
    let Some((first, others)) = files.split_first().filter(|(_, others)| !others.is_empty()) else { return "" };
    let shared = |other: &String| first.bytes().zip(other.bytes()).take_while(|(one, two)| one == two).count();
    let length = others.iter().map(shared).min().unwrap_or(0);
    // A stroke is no part of a longer character, and neither is what comes before it.
    let end = first.bytes().take(length).enumerate().filter(|(_, byte)| matches!(byte, b'/' | b'\\')).map(|(at, _)| at + 1).max();
    end.and_then(|end| first.get(..end)).unwrap_or_default()
}

impl<'a> Page<'a> {
    fn new(diagnosis: &'a Diagnosis, lang: Lang, style: &'a Style) -> Page<'a> {
        let folder = common_folder(&diagnosis.files);
        let names = diagnosis.files.iter().map(|file| file.strip_prefix(folder).unwrap_or(file).to_owned()).collect();
        Page { out: String::new(), diagnosis, folder, names, lang, style }
    }
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
            // Below the bar of trouble, and yet more likely than not: to call that healthy would mislead.
            Verdict::Healthy if diagnosis.trouble_probability >= LIKELY => (self.fill(Phrase::Unclear, &[&chance]), Ink::Warn),
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
        let further =
            self.diagnosis.causes.iter().filter(likely).filter(|cause| cause.consequence_of.is_empty() && cause.id != first.id).count();
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
        if !self.folder.is_empty() {
            let text = self.fill(Phrase::FilesBelow, &[&clean(self.folder)]);
            self.paragraph(0, &text, Some(Ink::Dim));
        }
        if self.diagnosis.verdict == Verdict::Trouble {
            return;
        }
        let chance = self.fill(Phrase::TroubleChance, &[&percent(self.diagnosis.trouble_probability)]);
        self.paragraph(0, &chance, None);
        let files = &self.names;
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
            let counts = [
                (Phrase::Sent, ended.sent),
                (Phrase::Deferred, ended.deferred),
                (Phrase::Bounced, ended.bounced),
                (Phrase::Rejected, ended.rejected),
            ];
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
        // What others explain is complete in the document; a person would take it for a reason against the cause.
        let shown = |item: &&Evidence| item.supports == supports && (supports || !item.explained && item.weight.abs() >= NOTABLE);
        let items: Vec<&Evidence> = cause.evidence.iter().filter(shown).collect();
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
            let mut origin = places(&item.sources, &self.names, SOURCES, self.lang);
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
        self.out.push('\n');
        let title = self.fill(Phrase::Do, &[&clean(remedy.title.get(self.lang))]);
        self.block("   ", "     ", &title, Some(Ink::Bold));
        let mut facts = remedy_facts(remedy, self.lang);
        facts.extend(self.shell(remedy));
        self.paragraph(3, &self.list(&facts), Some(Ink::Dim));
        self.how(remedy);
    }

    /// What must be known before, the steps, the check and the way back.
    fn how(&mut self, remedy: &PlannedRemedy) {
        for before in &remedy.preconditions {
            let text = format!("{}: {}", self.say(Phrase::Before), before_text(before, self.lang));
            self.block("   ", "      ", &text, None);
        }
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
                "lower-level" => self.say(Phrase::LowerLevel),
                "remedy" => self.say(Phrase::Remedy),
                other => other,
            };
            let mut notes = vec![kind.to_owned()];
            // Less than half a minute is nothing to promise.
            if next.gain >= 0.5 {
                notes.push(self.fill(Phrase::Saves, &[&words::minutes(next.gain.max(1.0), self.lang)]));
            }
            // A quick repair of a less likely cause may come first: it is said what it is for.
            if next.kind == "remedy"
                && let Some(cause) = self.diagnosis.causes.iter().find(|cause| cause.remedies.iter().any(|remedy| remedy.id == next.id))
                && self.diagnosis.causes.first().is_some_and(|first| first.id != cause.id)
            {
                notes.push(self.fill(Phrase::RepairOf, &[&clean(cause.title.get(self.lang))]));
            }
            if !next.seed.is_empty() {
                let mut seed = next.seed.clone();
                let more = seed.len().saturating_sub(SHOWN_SEED);
                seed.truncate(SHOWN_SEED);
                seed.extend((more > 0).then(|| self.fill(Phrase::More, &[&count(more as u64)])));
                notes.push(self.seed(&seed));
            }
            let text = format!("{} ({})", clean(next.text.get(self.lang)), self.list(&notes));
            self.numbered(position + 1, &text, None);
            for step in &next.steps {
                self.action("   - ", step);
            }
            self.labelled(Phrase::Undo, &next.undo);
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
            let place = places(&warning.sources, &self.names, 1, self.lang);
            let said = clean(warning.text.get(self.lang));
            let text = if place.is_empty() { said } else { format!("{place}: {said}") };
            self.block("- ", "  ", &text, None);
        }
        self.more(all.len(), SHOWN_WARNINGS);
    }
}

fn command_line(run: &[String], platform: Option<Platform>) -> String {
    clean(&command::line(run, platform))
}

mod requirements;

#[cfg(test)]
mod tests;
