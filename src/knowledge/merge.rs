//! Several packs' knowledge as one.

use super::Knowledge;

impl Knowledge {
    /// Adds another pack's knowledge; what has the same id replaces what was there.
    pub fn merge(&mut self, other: Knowledge) {
        let Knowledge { numbers, causes, remedies, entries, queues, stages, categories, questions, steps, requirements } = other;
        self.numbers.sensitivity.extend(numbers.sensitivity);
        self.numbers.leak.extend(numbers.leak);
        self.numbers.prior.extend(numbers.prior);
        self.numbers.half_life_hours.extend(numbers.half_life_hours);
        if numbers.cost.question > 0.0 {
            self.numbers.cost = numbers.cost;
        }
        if numbers.escalate.minutes > 0.0 {
            self.numbers.escalate = numbers.escalate;
        }
        self.causes.extend(causes);
        self.remedies.extend(remedies);
        replace(&mut self.entries, entries, |entry| (entry.folder, entry.id.clone()));
        replace(&mut self.queues, queues, |queue| queue.id.clone());
        replace(&mut self.stages, stages, |stage| stage.id.clone());
        replace(&mut self.categories, categories, |category| category.id.clone());
        replace(&mut self.questions, questions, |question| question.id.clone());
        replace(&mut self.steps, steps, |step| step.id.clone());
        replace(&mut self.requirements, requirements, |requirement| (requirement.id.clone(), requirement.platforms.clone()));
        self.steps.sort_by_key(|step| step.order);
    }
}

fn replace<T, K: Ord>(old: &mut Vec<T>, new: Vec<T>, key: impl Fn(&T) -> K) {
    if new.is_empty() {
        return;
    }
    if old.is_empty() {
        *old = new;
        return;
    }
    let named: std::collections::BTreeSet<K> = new.iter().map(&key).collect();
    old.retain(|item| !named.contains(&key(item)));
    old.extend(new);
}
