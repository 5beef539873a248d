//! What inference takes: causes, findings, and the bounds of the search.

/// Holds the causes that are possible on a platform and the findings about one case.
///
/// Causes and findings refer to causes by their index in [`Network::causes`]; an index that does not exist is ignored.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Network {
    /// Every cause that could be there.
    pub causes: Vec<CauseNode>,
    /// Every finding that bears on a cause, also those that are unknown.
    pub findings: Vec<FindingNode>,
}

/// Describes one thing that can be wrong (or, if benign, that explains what is seen).
#[derive(Debug, Clone, PartialEq)]
pub struct CauseNode {
    /// Names the cause; unique in the network. Decides ties and the order of sums.
    pub id: String,
    /// Gives the probability that the cause is there before anything was looked at, without what leads to it.
    pub prior: f64,
    /// Says that nothing needs repair when this cause is there.
    pub benign: bool,
    /// Lists what this cause leads to: index of the other cause, and how often (0 to 1) it follows.
    ///
    /// Where edges form a circle, the weakest that closes it is ignored.
    pub leads_to: Vec<(usize, f64)>,
}

/// Says what is known of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// It was seen.
    Present,
    /// It was looked for, and it is not there.
    Absent,
    /// Nobody could say; it counts neither for nor against.
    Unknown,
}

/// Describes what one rule or plugin saw.
#[derive(Debug, Clone, PartialEq)]
pub struct FindingNode {
    /// Names the finding.
    pub id: String,
    /// Says whether it was seen.
    pub state: State,
    /// Lists the causes that produce it, each with its sensitivity: how often it is seen when only that cause is there.
    pub causes: Vec<(usize, f64)>,
    /// Gives how often it is seen when none of its causes is there.
    pub leak: f64,
    /// Names the mechanism it shows. Of one group a single finding counts.
    pub group: String,
    /// Weighs the finding by its age: its likelihood ratio is raised to this power. 1 counts in full, 0 not at all.
    pub freshness: f64,
}

/// Bounds the search for the sets of causes that explain the findings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How many causes are searched, at most 60; further candidates are dropped and counted.
    pub candidates: usize,
    /// In how many causes a set may differ from the best one.
    pub neighbourhood: usize,
    /// Up to how many causes a component is enumerated in full, at most 16.
    pub exact: usize,
    /// How many sets of one component are weighed at most, apart from the first neighbourhood.
    pub sets: usize,
}

impl Default for Limits {
    /// Gives the bounds of `design.md` §5: 40 candidates, three causes of difference.
    fn default() -> Self {
        Self { candidates: 40, neighbourhood: 3, exact: 12, sets: 8_000 }
    }
}
