//! Sets of causes that share evidence, and the weight of a set.
//!
//! The weight of a set is its probability together with all evidence, relative to the empty set. It is a product of odds,
//! one per cause, and of factors that depend on a product over the causes in the set:
//! a present finding, a cause that others lead to, a consequence that is summed out.

use super::model::Model;
use super::rest::{Rest, unseen};
use super::select::Selection;

/// Says how the product of a factor becomes its value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Shape {
    /// A present finding: how often it is not seen without causes, and the power of its likelihood.
    Present { stay: f64, power: f64 },
    /// A searched cause that searched causes lead to: the probability that it stays away by itself.
    Led { stay: f64 },
    /// A cause that is not searched and that searched causes lead to: its absent findings, and how it stays away.
    Unseen { likelihood: f64, stay: f64 },
    /// Nothing; evidence that was taken away.
    Nothing,
}

impl Shape {
    /// Returns the value for a product; `on` says whether the cause that is led to is in the set.
    pub(super) fn value(self, product: f64, on: bool) -> f64 {
        match self {
            Shape::Present { stay, power } => {
                let ratio = (1.0 - stay * product) / (1.0 - stay);
                if power == 1.0 { ratio } else { ratio.powf(power) }
            }
            // The odds of the cause hold its prior, and those of its roots hold that it stays away; this corrects both.
            Shape::Led { stay } if on => (1.0 - stay * product) / ((1.0 - stay) * product),
            Shape::Led { .. } | Shape::Nothing => 1.0,
            Shape::Unseen { likelihood, stay } => unseen(likelihood, stay * product) / unseen(likelihood, stay),
        }
    }
}

/// Says where a factor comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// A finding, by its index in the caller's network.
    Finding(usize),
    /// A cause, by its canonical index.
    Cause(usize),
}

/// Holds one factor.
#[derive(Debug, Clone)]
pub(super) struct Factor {
    pub(super) shape: Shape,
    pub(super) origin: Origin,
    /// The searched cause that is led to, by its place in the component.
    gate: Option<usize>,
    /// Place of each cause in the component, with what it multiplies into the product.
    pub(super) causes: Vec<(usize, f64)>,
}

impl Factor {
    /// Returns the value for a set.
    pub(super) fn value(&self, set: u64) -> f64 {
        let inside = self.causes.iter().filter(|(cause, _)| has(set, *cause));
        self.shape.value(inside.map(|(_, q)| q).product(), self.gate.is_some_and(|gate| has(set, gate)))
    }
}

/// Says which factor a cause changes, and by what.
#[derive(Debug, Clone, Copy)]
struct Touch {
    factor: usize,
    multiplier: f64,
    gate: bool,
}

/// Holds searched causes that share evidence, directly or through others; at most 60, as sets are bits of a `u64`.
#[derive(Debug, Clone)]
pub(super) struct Component {
    /// Canonical indices, ascending.
    pub(super) causes: Vec<usize>,
    /// Odds of each cause by itself, with its absent findings.
    pub(super) odds: Vec<f64>,
    pub(super) factors: Vec<Factor>,
    /// Per cause: what it changes.
    touches: Vec<Vec<Touch>>,
}

/// Says whether a set holds the cause at a place.
pub(super) fn has(set: u64, cause: usize) -> bool {
    set >> cause & 1 == 1
}

/// Splits the searched causes into components; what shares no factor is independent.
pub(super) fn split(model: &Model, selection: &Selection, rest: &Rest) -> Vec<Component> {
    let searched = |cause: usize| selection.searched[cause];
    let graph = &model.graph;
    let mut factors: Vec<Factor> = Vec::new();
    for evidence in &model.present {
        let causes: Vec<_> = evidence.causes.iter().filter(|(c, _)| searched(*c)).map(|&(c, s)| (c, 1.0 - s)).collect();
        // A candidate that there was no room for still explains its findings a little.
        let others = evidence.causes.iter().filter(|(c, _)| !searched(*c)).map(|&(c, s)| 1.0 - rest.mean[c] * s);
        let stay = (1.0 - evidence.leak) * others.product::<f64>();
        let shape = Shape::Present { stay, power: evidence.power };
        factors.push(Factor { shape, origin: Origin::Finding(evidence.finding), gate: None, causes });
    }
    for cause in 0..model.prior.len() {
        let parents = graph.parents[cause].iter().filter(|(p, _)| searched(*p));
        let causes: Vec<_> = parents.map(|&(p, e)| (p, 1.0 - e)).collect();
        let (stay, likelihood) = (rest.stay[cause], rest.likelihood[cause]);
        let (shape, gate) = match searched(cause) {
            true => (Shape::Led { stay }, Some(cause)),
            false => (Shape::Unseen { likelihood, stay }, None),
        };
        if searched(cause) || likelihood < 1.0 {
            factors.push(Factor { shape, origin: Origin::Cause(cause), gate, causes });
        }
    }
    factors.retain(|factor| !factor.causes.is_empty());
    let mut label: Vec<usize> = (0..model.prior.len()).collect();
    for factor in &factors {
        let members = || factor.causes.iter().map(|(c, _)| *c).chain(factor.gate);
        let lowest = members().map(|c| label[c]).min().unwrap_or_default();
        let old: Vec<usize> = members().map(|c| label[c]).collect();
        for l in label.iter_mut().filter(|l| old.contains(l)) {
            *l = lowest;
        }
    }
    let mut labels: Vec<usize> = (0..label.len()).filter(|&c| searched(c)).map(|c| label[c]).collect();
    labels.sort_unstable();
    labels.dedup();
    labels
        .into_iter()
        .map(|wanted| {
            let causes: Vec<usize> = (0..label.len()).filter(|&c| searched(c) && label[c] == wanted).collect();
            let own = factors.iter().filter(|f| label[f.causes[0].0] == wanted).cloned().collect();
            Component::new(model, rest, causes, own)
        })
        .collect()
}

impl Component {
    /// Gathers the causes of one component; the factors still name them by canonical index.
    fn new(model: &Model, rest: &Rest, causes: Vec<usize>, mut factors: Vec<Factor>) -> Self {
        let place = |cause: usize| causes.binary_search(&cause).unwrap_or_default();
        let mut touches = vec![Vec::new(); causes.len()];
        let mut odds: Vec<f64> = causes.iter().map(|&c| (1.0 - rest.stay[c]) / rest.stay[c] * model.against[c].exp()).collect();
        for (index, factor) in factors.iter_mut().enumerate() {
            factor.gate = factor.gate.map(place);
            for (cause, multiplier) in &mut factor.causes {
                *cause = place(*cause);
                touches[*cause].push(Touch { factor: index, multiplier: *multiplier, gate: false });
                if factor.gate.is_some() {
                    odds[*cause] *= *multiplier;
                }
            }
            if let Some(gate) = factor.gate {
                touches[gate].push(Touch { factor: index, multiplier: 1.0, gate: true });
            }
        }
        Self { causes, odds, factors, touches }
    }
}

/// Stands at one set of a component and knows the value of each factor there.
#[derive(Debug, Clone)]
pub(super) struct Cursor<'a> {
    component: &'a Component,
    pub(super) set: u64,
    products: Vec<f64>,
    values: Vec<f64>,
}

impl<'a> Cursor<'a> {
    /// Stands at a set.
    pub(super) fn new(component: &'a Component, set: u64) -> Self {
        let product = |factor: &Factor| factor.causes.iter().filter(|(c, _)| has(set, *c)).map(|(_, q)| q).product();
        Self {
            component,
            set,
            products: component.factors.iter().map(product).collect(),
            values: component.factors.iter().map(|factor| factor.value(set)).collect(),
        }
    }

    /// Returns the logarithm of the weight of the set, relative to the empty one.
    pub(super) fn log_weight(&self) -> f64 {
        let odds = self.component.odds.iter().enumerate().filter(|(c, _)| has(self.set, *c)).map(|(_, odds)| odds.ln());
        odds.sum::<f64>() + self.values.iter().map(|value| value.ln()).sum::<f64>()
    }

    /// Returns by what the weight would be multiplied if a cause came in, or went if it is there.
    pub(super) fn ratio(&self, cause: usize) -> f64 {
        let inside = has(self.set, cause);
        let mut ratio = if inside { 1.0 / self.component.odds[cause] } else { self.component.odds[cause] };
        for touch in &self.component.touches[cause] {
            ratio *= self.touched(touch, inside).1 / self.values[touch.factor];
        }
        ratio
    }

    /// Brings a cause in, or takes it out if it is there.
    pub(super) fn flip(&mut self, cause: usize) {
        let inside = has(self.set, cause);
        for touch in &self.component.touches[cause] {
            let (product, value) = self.touched(touch, inside);
            self.products[touch.factor] = product;
            self.values[touch.factor] = value;
        }
        self.set ^= 1 << cause;
    }

    /// Returns product and value of a factor after the cause of `touch` came or went.
    fn touched(&self, touch: &Touch, inside: bool) -> (f64, f64) {
        let factor = &self.component.factors[touch.factor];
        let product = match inside {
            true => self.products[touch.factor] / touch.multiplier,
            false => self.products[touch.factor] * touch.multiplier,
        };
        let on = if touch.gate { !inside } else { factor.gate.is_some_and(|gate| has(self.set, gate)) };
        (product, factor.shape.value(product, on))
    }
}
