//! Turns findings into probabilities of causes, and says what to find out next.
//!
//! The model is a two-layer noisy-OR belief network (QMR-DT; Heckerman, Breese, Rommelse 1995) in which causes can
//! also lead to causes. This module is pure: no file, no clock, no randomness, no text for people. The same network
//! gives the same numbers whatever the order of its causes and findings.
//!
//! How the posterior is reached:
//! 1. `group`: of the findings that show one mechanism, one counts.
//! 2. `select`: the causes worth a search are those that a present finding supports, and what leads to them.
//! 3. `component`: what shares no evidence is independent and is searched by itself; the probabilities multiply.
//! 4. `search`: a small component is enumerated in full; a larger one around its most probable sets.
//! 5. `rest`: every other cause is summed out in closed form.
//!
//! # Examples
//!
//! ```
//! use mailmedic::infer::{CauseNode, FindingNode, Limits, Network, State, infer, rank};
//!
//! let cause = |id: &str| CauseNode { id: id.into(), prior: 0.002, benign: false, leads_to: vec![] };
//! let net = Network {
//!     causes: vec![cause("dns.no-mx"), cause("remote.host-down")],
//!     findings: vec![FindingNode {
//!         id: "last-error/no-mx".into(),
//!         state: State::Present,
//!         causes: vec![(0, 0.8)], // usually seen when only this cause is there
//!         leak: 0.00005,          // never seen otherwise
//!         group: "queue example.net".into(),
//!         freshness: 1.0,
//!     }],
//! };
//! let posterior = infer(&net, &Limits::default());
//! assert!(posterior.probability[0] > 0.95);
//! assert!((posterior.probability[1] - 0.002).abs() < 1e-9);
//! assert_eq!(rank(&net, &posterior)[0].cause, 0);
//! ```

mod component;
mod cost;
mod graph;
mod group;
mod kept;
mod model;
mod network;
mod next;
mod posterior;
mod rank;
mod rest;
mod search;
mod select;
mod solved;
mod trouble;
mod weight;

pub use self::network::{CauseNode, FindingNode, Limits, Network, State};
pub use self::next::{Candidate, Gain, Repair, expected_cost, next_steps};
pub use self::posterior::{Posterior, infer};
pub use self::rank::{Ranked, rank};
