//! The lines of the report that say since when the trouble is there, and what was changed shortly before.

use super::{Page, clean, words};
use crate::diagnosis::{Changed, Onset};
use crate::report::words::{Phrase, count, percent};

impl Page<'_> {
    /// Since when, whom it touches, what was changed; nothing where the first sign has no time.
    pub(super) fn onset(&mut self) {
        let Some(onset) = &self.diagnosis.onset else { return };
        let mut parts = vec![self.since(onset)];
        if onset.messages > 0 {
            parts.push(self.touches(onset));
        }
        self.out.push('\n');
        self.paragraph(2, &words::sentences(&parts, self.lang), None);
        let mut changes: Vec<String> = onset.changes.iter().map(|change| self.changed(change)).collect();
        if onset.further > 0 {
            changes.push(self.fill(Phrase::FurtherChanges, &[&count(onset.further as u64)]));
        }
        if !changes.is_empty() {
            let text = self.fill(Phrase::ChangedBefore, &[&self.list(&changes)]);
            self.paragraph(2, &text, None);
        }
    }

    fn since(&self, onset: &Onset) -> String {
        let (at, last) = (words::time(onset.at), words::time(onset.last));
        match (onset.healed, onset.at_latest) {
            (true, _) => self.fill(Phrase::SeenBetween, &[&at, &last]),
            (false, true) => self.fill(Phrase::SinceAtLatest, &[&at]),
            (false, false) => self.fill(Phrase::Since, &[&at]),
        }
    }

    fn touches(&self, onset: &Onset) -> String {
        let (messages, share, destinations) = (count(onset.messages), percent(onset.share), count(onset.destinations as u64));
        if onset.senders > 1 {
            return self.fill(Phrase::TouchesSenders, &[&messages, &share, &destinations, &count(onset.senders)]);
        }
        self.fill(Phrase::Touches, &[&messages, &share, &destinations])
    }

    fn changed(&self, change: &Changed) -> String {
        let (what, at) = (clean(&change.what), words::time(change.at));
        match (change.kind.as_str(), &change.detail) {
            ("reboot", _) => self.fill(Phrase::ChangedReboot, &[&at]),
            ("package", Some(detail)) => self.fill(Phrase::ChangedPackage, &[&what, &clean(detail), &at]),
            _ => self.fill(Phrase::ChangedFile, &[&what, &at]),
        }
    }
}
