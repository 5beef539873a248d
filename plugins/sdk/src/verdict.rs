//! Whether something fails everywhere, or in one place only.
//!
//! Both answers need more than failures: a place where the same thing works, or the certainty that one would be seen. Where neither is
//! there, the answer is unknown.

use crate::spread::{Attempt, Group, share};

/// Unrelated places that must fail alike where successes would not be seen: a list of what waits shows dead domains on any day.
const PLACES: usize = 3;
/// Part of the failing messages that one place must have to count as the one that fails.
const DOMINANT: f64 = 0.8;
/// Below this share of all messages, a place that fails is an ordinary day.
const ORDINARY: f64 = 0.02;
/// Deliveries that were under way when something broke may still end well within so many seconds.
const UNDER_WAY: i64 = 60;

/// The answer to a question about many attempts.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// Yes, for these.
    Present(Group),
    /// No, because of these.
    Absent(Group),
    /// The facts do not say.
    Unknown,
}

/// Says whether attempts of one kind fail at all places.
///
/// `fails` picks the failures in question, `proves` the attempts that show the opposite. `sees_success` says that successes would be
/// among the attempts if there were any. Proofs that all ended before three unrelated places began to fail do not count: something broke.
pub fn everywhere<W>(
    attempts: &[Attempt<W>],
    fails: &dyn Fn(&W) -> bool,
    proves: &dyn Fn(&Attempt<W>) -> bool,
    sees_success: bool,
) -> Verdict {
    let failing = |attempt: &Attempt<W>| attempt.failed.as_ref().is_some_and(fails);
    let failures = Group::of(attempts, &failing);
    let proofs = Group::sample(attempts, proves);
    if proofs.is_empty() {
        let enough = failures.sites.len() >= if sees_success { 2 } else { PLACES };
        return if enough { Verdict::Present(failures) } else { Verdict::Unknown };
    }
    let mut last_proof = Some(i64::MIN);
    for proof in attempts {
        if proves(proof) {
            // A proof without a time holds for all times.
            last_proof = last_proof.zip(proof.last).map(|(one, other)| one.max(other));
        }
    }
    if let Some(last_proof) = last_proof {
        let began = |attempt: &Attempt<W>| attempt.first.is_some_and(|first| first > last_proof - UNDER_WAY);
        let since = Group::of(attempts, &|attempt| failing(attempt) && began(attempt));
        if since.sites.len() >= PLACES {
            return Verdict::Present(since);
        }
    }
    Verdict::Absent(proofs)
}

/// Says whether attempts of one kind fail at one place, while other places prove that it is not general.
///
/// With failures at several places, the one with four fifths of their messages counts. A place with less than a fiftieth of all messages
/// is an ordinary day.
pub fn one_place<W>(
    attempts: &[Attempt<W>],
    fails: &dyn Fn(&W) -> bool,
    proves: &dyn Fn(&Attempt<W>) -> bool,
    one_destination: bool,
) -> Verdict {
    let failing = |attempt: &Attempt<W>| attempt.failed.as_ref().is_some_and(fails);
    let failures = Group::of(attempts, &failing);
    let Some((site, own)) = failures.sites.iter().max_by_key(|(_, messages)| **messages).map(|(site, own)| (site.as_str(), *own)) else {
        let proofs = Group::sample(attempts, proves);
        return if proofs.is_empty() { Verdict::Unknown } else { Verdict::Absent(proofs) };
    };
    let proofs = Group::sample(attempts, &|attempt| proves(attempt) && attempt.site() != site);
    if proofs.is_empty() {
        // Several places, and nothing works elsewhere: whatever it is, it is not one place.
        return if failures.sites.len() > 1 { Verdict::Absent(failures) } else { Verdict::Unknown };
    }
    let group = Group::of(attempts, &|attempt| failing(attempt) && attempt.site() == site);
    let works_here = attempts.iter().any(|attempt| proves(attempt) && attempt.site() == site);
    let mut all = 0;
    for attempt in attempts {
        all += attempt.messages;
    }
    let dominant = failures.sites.len() == 1 || share(own, failures.messages) >= DOMINANT;
    let ordinary = own > 0 && share(own, all) < ORDINARY;
    let kind_fits = (group.destinations.len() == 1) == one_destination;
    if dominant && !ordinary && !works_here && kind_fits { Verdict::Present(group) } else { Verdict::Absent(proofs) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attempt(id: u32, destination: &str, failed: Option<u8>, messages: u64, first: i64, last: i64) -> Attempt<u8> {
        Attempt::new(id, destination.to_owned(), None, failed).of(String::new(), messages).between(first, last)
    }

    fn every(attempts: &[Attempt<u8>], sees_success: bool) -> Verdict {
        everywhere(attempts, &|_| true, &|attempt| attempt.failed.is_none(), sees_success)
    }

    #[test]
    fn two_places_suffice_only_where_successes_would_be_seen() {
        let two = [attempt(1, "a.example", Some(1), 5, 0, 9), attempt(2, "b.example", Some(1), 5, 0, 9)];
        assert!(matches!(every(&two, true), Verdict::Present(_)));
        assert_eq!(every(&two, false), Verdict::Unknown);
    }

    #[test]
    fn what_worked_before_the_break_proves_nothing() {
        let mut attempts = vec![attempt(1, "ok.example", None, 900, 0, 10_000)];
        attempts.extend((2..5).map(|id| attempt(id, &format!("d{id}.example"), Some(1), 5, 10_010, 20_000)));
        assert!(matches!(every(&attempts, true), Verdict::Present(group) if group.sites.len() == 3));
        attempts[0].last = Some(19_000);
        assert!(matches!(every(&attempts, true), Verdict::Absent(_)));
    }

    #[test]
    fn dead_domains_that_always_failed_are_not_a_break() {
        let mut attempts = vec![attempt(1, "ok.example", None, 900, 0, 10_000)];
        attempts.extend((2..9).map(|id| attempt(id, &format!("d{id}.example"), Some(1), 5, 100, 20_000)));
        assert!(matches!(every(&attempts, true), Verdict::Absent(_)));
    }

    #[test]
    fn one_place_needs_a_place_that_works() {
        let attempts = [attempt(1, "a.example", Some(1), 50, 0, 9), attempt(2, "b.example", None, 50, 0, 9)];
        let one = |attempts: &[Attempt<u8>]| one_place(attempts, &|_| true, &|attempt| attempt.failed.is_none(), true);
        assert!(matches!(one(&attempts), Verdict::Present(_)));
        assert_eq!(one(&attempts[..1]), Verdict::Unknown);
        assert!(matches!(one(&attempts[1..]), Verdict::Absent(_)));
    }

    #[test]
    fn a_small_share_is_an_ordinary_day() {
        let attempts = [attempt(1, "a.example", Some(1), 5, 0, 9), attempt(2, "b.example", None, 5_000, 0, 9)];
        assert!(matches!(one_place(&attempts, &|_| true, &|attempt| attempt.failed.is_none(), true), Verdict::Absent(_)));
    }
}
