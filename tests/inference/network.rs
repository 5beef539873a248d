//! The brute force, written without a look at `src/infer`, and networks to try it on.

use super::*;

// ---- brute force ----

/// Returns the probability of a set of causes before any finding; edges lead from lower to higher indices only.
pub(super) fn prior_of(net: &Network, set: usize) -> f64 {
    let mut product = 1.0;
    for (c, cause) in net.causes.iter().enumerate() {
        let mut stays_away = 1.0 - cause.prior;
        for (root, node) in net.causes.iter().enumerate() {
            for &(to, strength) in &node.leads_to {
                if to == c && set >> root & 1 == 1 {
                    stays_away *= 1.0 - strength;
                }
            }
        }
        product *= if set >> c & 1 == 1 { 1.0 - stays_away } else { stays_away };
    }
    product
}

/// Returns the probability that a finding is not seen, given a set of causes.
pub(super) fn unseen(finding: &FindingNode, set: usize) -> f64 {
    let mut product = 1.0 - finding.leak;
    for &(cause, sensitivity) in &finding.causes {
        if set >> cause & 1 == 1 {
            product *= 1.0 - sensitivity;
        }
    }
    product
}

/// Returns the likelihood of a finding over that without causes, to the power of its freshness.
pub(super) fn likelihood(finding: &FindingNode, set: usize) -> f64 {
    match finding.state {
        State::Present => ((1.0 - unseen(finding, set)) / finding.leak).powf(finding.freshness),
        State::Absent => (unseen(finding, set) / (1.0 - finding.leak)).powf(finding.freshness),
        State::Unknown => 1.0,
    }
}

/// Returns the probability of each set of causes; every finding is its own group.
pub(super) fn joint(net: &Network) -> Vec<f64> {
    let mut weights: Vec<f64> = (0..1 << net.causes.len())
        .map(|set| prior_of(net, set) * net.findings.iter().map(|f| likelihood(f, set)).product::<f64>())
        .collect();
    let total: f64 = weights.iter().sum();
    weights.iter_mut().for_each(|w| *w /= total);
    weights
}

pub(super) fn marginal(joint: &[f64], cause: usize) -> f64 {
    joint.iter().enumerate().filter(|(set, _)| set >> cause & 1 == 1).map(|(_, p)| p).sum()
}

pub(super) fn log_odds(joint: &[f64], cause: usize) -> f64 {
    let without: f64 = joint.iter().enumerate().filter(|(set, _)| set >> cause & 1 == 0).map(|(_, p)| p).sum();
    (marginal(joint, cause) / without).ln()
}

/// Returns the probability that one of the causes for which `counts` holds is there.
pub(super) fn any(joint: &[f64], causes: usize, counts: impl Fn(usize) -> bool) -> f64 {
    let there = |set: usize| (0..causes).any(|c| set >> c & 1 == 1 && counts(c));
    joint.iter().enumerate().filter(|(set, _)| there(*set)).map(|(_, p)| p).sum()
}

/// Says of each cause whether a present finding names it or something that it leads to.
pub(super) fn supported(net: &Network) -> Vec<bool> {
    let mut supported = vec![false; net.causes.len()];
    for finding in net.findings.iter().filter(|f| f.state == State::Present) {
        finding.causes.iter().for_each(|&(c, _)| supported[c] = true);
    }
    for _ in 0..net.causes.len() {
        for c in 0..net.causes.len() {
            supported[c] |= net.causes[c].leads_to.iter().any(|&(to, _)| supported[to]);
        }
    }
    supported
}

/// Returns the cost of repairing in the order of probability over cost, with the best time to call somebody else.
pub(super) fn repair_cost(joint: &[f64], net: &Network, repairs: &[Repair], escalate: f64) -> f64 {
    let mut order: Vec<&Repair> = repairs.iter().filter(|r| !net.causes[r.cause].benign).collect();
    order.sort_by(|a, b| {
        let value = |r: &Repair| marginal(joint, r.cause) / r.minutes;
        value(b).total_cmp(&value(a)).then(net.causes[a.cause].id.cmp(&net.causes[b.cause].id))
    });
    let broken = |fixed: &[usize]| any(joint, net.causes.len(), |c| !net.causes[c].benign && !fixed.contains(&c));
    let (mut fixed, mut spent, mut best) = (Vec::new(), 0.0, broken(&[]) * escalate);
    for repair in order {
        spent += broken(&fixed) * repair.minutes;
        fixed.push(repair.cause);
        best = f64::min(best, spent + broken(&fixed) * escalate);
    }
    best
}

/// Returns what a candidate saves: the expectation over every combination of states of its findings.
pub(super) fn value_of(net: &Network, candidate: &Candidate, repairs: &[Repair], escalate: f64) -> f64 {
    let now = joint(net);
    let mut after = 0.0;
    for outcome in 0..1usize << candidate.findings.len() {
        let mut told: Vec<f64> = now.clone();
        for (at, &index) in candidate.findings.iter().enumerate() {
            for (set, p) in told.iter_mut().enumerate() {
                let unseen = unseen(&net.findings[index], set);
                *p *= if outcome >> at & 1 == 1 { 1.0 - unseen } else { unseen };
            }
        }
        let probability: f64 = told.iter().sum();
        told.iter_mut().for_each(|p| *p /= probability);
        after += probability * repair_cost(&told, net, repairs, escalate);
    }
    repair_cost(&now, net, repairs, escalate) - after - candidate.minutes
}

// ---- networks ----

/// A small generator (SplitMix64), so that a failing case is a number.
pub(super) struct Dice(pub(super) u64);

impl Dice {
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
    pub(super) fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }
    pub(super) fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }
    pub(super) fn of(&mut self, from: &[f64]) -> f64 {
        from[self.below(from.len())]
    }
    pub(super) fn some_of(&mut self, n: usize, count: usize) -> Vec<usize> {
        let mut all: Vec<usize> = (0..n).collect();
        (0..count.min(n)).map(|_| all.remove(self.below(all.len()))).collect()
    }
}

pub(super) fn cause(id: &str, prior: f64) -> CauseNode {
    CauseNode { id: id.into(), prior, benign: false, leads_to: vec![] }
}

pub(super) fn finding(id: &str, state: State, causes: &[(usize, usize)], seen_without: usize) -> FindingNode {
    FindingNode {
        id: id.into(),
        state,
        causes: causes.iter().map(|&(c, word)| (c, SENSITIVITY[word])).collect(),
        leak: LEAK[seen_without],
        group: id.into(),
        freshness: 1.0,
    }
}

/// Draws a network and a case of it: some causes are there, their findings are drawn from the model, some are unknown.
pub(super) fn draw(dice: &mut Dice, causes: usize, findings: usize, edges: usize, faults: usize) -> Network {
    let mut net = Network { causes: (0..causes).map(|c| cause(&format!("cause-{c:02}"), dice.of(&PRIOR))).collect(), findings: vec![] };
    for _ in 0..edges {
        let from = dice.below(causes - 1);
        let to = from + 1 + dice.below(causes - from - 1);
        if net.causes[from].leads_to.iter().all(|edge| edge.0 != to) {
            let strength = dice.of(&SENSITIVITY[1..]);
            net.causes[from].leads_to.push((to, strength));
        }
    }
    net.causes[dice.below(causes)].benign = true;
    let mut truth = dice.some_of(causes, faults).iter().fold(0usize, |set, c| set | 1 << c);
    for c in 0..causes {
        for &(to, strength) in &net.causes[c].leads_to {
            if truth >> c & 1 == 1 && dice.unit() < strength {
                truth |= 1 << to;
            }
        }
    }
    for f in 0..findings {
        let count = 1 + dice.below(4);
        let named = dice.some_of(causes, count).into_iter().map(|c| (c, dice.of(&SENSITIVITY))).collect();
        let id = format!("finding-{f:02}");
        let mut drawn = FindingNode { group: id.clone(), id, state: State::Unknown, causes: named, leak: dice.of(&LEAK), freshness: 1.0 };
        let seen = dice.unit() >= unseen(&drawn, truth);
        if dice.unit() < 0.85 {
            drawn.state = if seen { State::Present } else { State::Absent };
        }
        net.findings.push(drawn);
    }
    net
}

/// Makes a network in which one retry is shared by every cause, so that no component splits off.
pub(super) fn sample_network(candidates: usize, findings: usize) -> Network {
    let mut dice = Dice(42);
    let mut net = draw(&mut dice, candidates, findings - 1, candidates / 8, 5);
    let shared: Vec<(usize, usize)> = (0..candidates).map(|c| (c, USUALLY)).collect();
    net.findings.push(finding("retry", State::Present, &shared, USUALLY));
    net
}

pub(super) fn neighbourhood_only() -> Limits {
    Limits { exact: 0, ..Limits::default() }
}

/// Returns the greatest error of all marginals and of the probability of trouble.
pub(super) fn error(net: &Network, limits: &Limits) -> f64 {
    let joint = joint(net);
    let posterior = infer(net, limits);
    let n = net.causes.len();
    let supported = supported(net);
    let marginals = (0..n).map(|c| (posterior.probability[c] - marginal(&joint, c)).abs()).fold(0.0, f64::max);
    let trouble = posterior.trouble - any(&joint, n, |c| !net.causes[c].benign && supported[c]);
    let trouble_of_any = posterior.trouble_of_any - any(&joint, n, |c| !net.causes[c].benign);
    // Benign roots that nobody searched are taken at their average.
    assert!(trouble_of_any.abs() < 0.06, "{trouble_of_any}");
    marginals.max(trouble.abs())
}

pub(super) fn assert_same(left: &Posterior, right: &Posterior) {
    for (l, r) in left.probability.iter().zip(&right.probability) {
        assert!((l - r).abs() < 1e-9, "{l} {r}");
    }
    assert!((left.trouble - right.trouble).abs() < 1e-9);
}

pub(super) fn ranked(net: &Network, posterior: &Posterior) -> Vec<String> {
    rank(net, posterior).iter().map(|r| net.causes[r.cause].id.clone()).collect()
}
