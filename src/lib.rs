//! A rule-driven expert system that finds out why mail does not flow.
//!
//! The data path, from left to right; nothing points backwards:
//!
//! ```text
//! evidence ──► facts ──► findings ──► diagnosis ──► report
//!  system       fact      plugin       infer         report
//!  evidence     parse     finding      diagnosis     cli
//!                         rule         remedy
//! ```
//!
//! [`evidence::gather`] reads files into facts, [`diagnosis::build`] judges and weighs them, [`report`] puts the result into words.
//! What the project knows comes from [`pack::Packs`]: rules, plugins and [`knowledge`].

pub mod cli;
pub mod diagnosis;
pub mod evidence;
pub mod fact;
pub mod finding;
pub mod infer;
pub mod knowledge;
pub mod live;
pub mod pack;
pub mod parse;
pub mod plugin;
pub mod probe;
pub mod remedy;
pub mod report;
pub mod rule;
pub mod system;
pub mod words;
