//! What belongs to another mail system than the one that the case is declared to be of.

use super::Doubts;
use crate::fact::{FactId, Facts, Kind, Place, Platform, Source};
use crate::knowledge::{Entry, Folder, Knowledge, Pattern, Text, glob};
use crate::parse::{Harvest, Reason};
use std::collections::{BTreeMap, BTreeSet};

const LABEL: Reason = Reason::new("things of another mail system", "別のメール システムのもの");

/// Warns of queues, services, settings, events and logs that the declared platform does not have.
pub fn look(harvest: &mut Harvest, knowledge: &Knowledge, doubts: &mut Doubts) {
    let Some(platform) = harvest.facts.case.platform else { return };
    let strange = queues(&harvest.facts, platform, knowledge, doubts);
    harvest.facts.strange_queues.extend(strange);
    services(&harvest.facts, platform, knowledge, doubts);
    settings(&harvest.facts, platform, knowledge, doubts);
    events(&harvest.facts, platform, knowledge, doubts);
    logs(harvest, platform, doubts);
}

/// `what` is a thing in both languages.
fn say(what: &Text, of: &[String], platform: Platform, sources: &[Source], incomplete: bool, doubts: &mut Doubts) {
    let (of, platform) = (of.join(", "), platform.id());
    let text = Text::new(
        format!("{} belongs to {of}, and the case is of {platform}: is it from another server, or is the platform wrong?", what.en),
        format!(
            "{}は {of} のものですが、このケースは {platform} です。別のサーバーのものか、プラットフォームの指定が誤っている可能性があります",
            what.ja
        ),
    );
    doubts.add(LABEL, text, sources, incomplete);
}

/// Returns the platforms of all these lists when none of them admits the platform, `None` when one does or there is none.
fn strangers<'a>(lists: impl Iterator<Item = &'a [String]>, platform: Platform) -> Option<Vec<String>> {
    let mut all = BTreeSet::new();
    for list in lists {
        if Platform::admitted(Some(platform), list) {
            return None;
        }
        all.extend(list.iter().cloned());
    }
    (!all.is_empty()).then(|| all.into_iter().collect())
}

fn queues(facts: &Facts, platform: Platform, knowledge: &Knowledge, doubts: &mut Doubts) -> Vec<FactId> {
    let mut strange = Vec::new();
    for (row, fact) in facts.queues.iter().enumerate() {
        let queue = &fact.what;
        let kinds = knowledge.queues.iter().filter(|kind| match queue.kind.value() {
            Some(declared) => kind.id == *declared,
            None => kind.named(&queue.name).is_some(),
        });
        if let Some(of) = strangers(kinds.map(|kind| kind.platforms.as_slice()), platform) {
            say(
                &Text::new(format!("queue `{}`", queue.name), format!("キュー `{}` ", queue.name)),
                &of,
                platform,
                &fact.sources,
                super::weighs(queue),
                doubts,
            );
            strange.push(FactId::new(Kind::Queue, row));
        }
    }
    strange
}

fn services(facts: &Facts, platform: Platform, knowledge: &Knowledge, doubts: &mut Doubts) {
    for fact in facts.services.iter() {
        let service = &fact.what;
        let plain = service.name.trim_end_matches(".service");
        let named = |entry: &&Entry| matches!(&entry.pattern, Pattern::Service { names, .. } if names.iter().any(|name| name.eq_ignore_ascii_case(plain)));
        // A service that is missing belongs to nothing here.
        if service.state.value().is_some_and(|state| state == "missing") {
            continue;
        }
        let entries = knowledge.folder(Folder::Services).filter(named);
        if let Some(of) = strangers(entries.map(|entry| entry.platforms.as_slice()), platform) {
            say(
                &Text::new(format!("service `{}`", service.name), format!("サービス `{}` ", service.name)),
                &of,
                platform,
                &fact.sources,
                false,
                doubts,
            );
        }
    }
}

fn settings(facts: &Facts, platform: Platform, knowledge: &Knowledge, doubts: &mut Doubts) {
    for fact in facts.settings.iter() {
        let key = &fact.what.key;
        let named = |entry: &&Entry| matches!(&entry.pattern, Pattern::Setting { keys, .. } if keys.iter().any(|known| glob(known, key)));
        let entries = knowledge.folder(Folder::Settings).filter(named);
        if let Some(of) = strangers(entries.map(|entry| entry.platforms.as_slice()), platform) {
            say(&Text::new(format!("setting `{key}`"), format!("設定 `{key}` ")), &of, platform, &fact.sources, false, doubts);
        }
    }
}

/// Sources of events are looked up once each, however many events there are.
fn events(facts: &Facts, platform: Platform, knowledge: &Knowledge, doubts: &mut Doubts) {
    let mut first: BTreeMap<&str, &[Source]> = BTreeMap::new();
    for fact in facts.events.iter() {
        first.entry(&fact.what.source).or_insert(&fact.sources);
    }
    for (source, places) in first {
        let named = |entry: &&Entry| matches!(&entry.pattern, Pattern::Event { sources, .. } if sources.iter().any(|name| name.eq_ignore_ascii_case(source)));
        let entries = knowledge.folder(Folder::Events).filter(named);
        if let Some(of) = strangers(entries.map(|entry| entry.platforms.as_slice()), platform) {
            say(
                &Text::new(format!("event source `{source}`"), format!("イベント ソース `{source}` ")),
                &of,
                platform,
                places,
                false,
                doubts,
            );
        }
    }
}

fn logs(harvest: &Harvest, platform: Platform, doubts: &mut Doubts) {
    const LOGS: &[(&str, Platform)] = &[("postfix-log", Platform::Postfix), ("exim-log", Platform::Exim)];
    let mut say_log = |of: Platform, source: Source| {
        if of != platform {
            say(&Text::new("this log", "このログ"), &[of.id().to_owned()], platform, &[source], false, doubts);
        }
    };
    for report in &harvest.reports {
        for (_, of) in LOGS.iter().filter(|(format, _)| report.formats.contains(format)) {
            say_log(*of, Source { file: report.file, place: Place::Whole });
        }
    }
    for (format, source) in &harvest.quoted {
        if let Some(of @ (Platform::Postfix | Platform::Exim)) = Platform::from_id(format) {
            say_log(of, *source);
        }
    }
}
