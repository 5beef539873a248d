//! The section of the report on what mail flow needs.

use super::{Page, SOURCES, places};
use crate::diagnosis::{Checked, Fulfilment};
use crate::report::screen::{Ink, clean};
use crate::report::words::Phrase;

impl Page<'_> {
    /// All requirements where they are asked for; else those that are not met, and those that are not known and bear on the first cause.
    pub(super) fn requirements(&mut self, asked: bool) {
        let diagnosis = self.diagnosis;
        let shown: Vec<&Checked> = diagnosis.requirements.iter().filter(|item| asked || self.matters(item)).collect();
        if shown.is_empty() {
            return;
        }
        self.heading(self.say(Phrase::Requirements), Ink::Bold);
        for item in shown {
            self.requirement(item);
        }
    }

    /// One way among several matters only where the whole is in question.
    fn matters(&self, item: &Checked) -> bool {
        let open = |item: &Checked| item.state == Fulfilment::NotMet || item.state == Fulfilment::Unknown && item.bears;
        let whole = item.part_of.as_ref().and_then(|id| self.diagnosis.requirements.iter().find(|other| other.id == *id));
        whole.map_or_else(|| open(item), open)
    }

    fn requirement(&mut self, item: &Checked) {
        let (phrase, ink) = match item.state {
            Fulfilment::Met => (Phrase::Met, Ink::Good),
            Fulfilment::NotMet if item.likely => (Phrase::LikelyNotMet, Ink::Bad),
            Fulfilment::NotMet => (Phrase::NotMet, Ink::Bad),
            Fulfilment::Unknown => (Phrase::NotKnown, Ink::Warn),
        };
        let (first, rest) = if item.part_of.is_some() { ("    - ", "      ") } else { ("- ", "  ") };
        let title = format!("{} {}: {}", clean(&item.id), self.say(phrase), clean(item.title.get(self.lang)));
        self.block(first, rest, &title, Some(ink));
        let indent = rest.len();
        let because: Vec<String> = item.because.iter().map(|text| clean(text.get(self.lang))).collect();
        let mut text = because.join("; ");
        let origin = places(&item.sources, &self.names, SOURCES, self.lang);
        if !origin.is_empty() {
            text = format!("{text} [{origin}]");
        }
        self.paragraph(indent, &text, Some(Ink::Dim));
        if item.state == Fulfilment::Unknown || item.likely {
            for action in &item.learn {
                self.action(&format!("{rest}{}: ", self.say(Phrase::ToLearn)), action);
            }
        }
    }
}
