//! The guest side of a mailmedic queue plugin.
//!
//! A plugin's logic is ordinary Rust: a function from [`Facts`] to [`Results`]. The same function runs as a WASM component, against
//! the host ([`host`]), and natively under `cargo test`, against facts made up for the case ([`mock`]).
//!
//! ```
//! use mailmedic_plugin_sdk::{Facts, Refused, Results, Stage, mock::{Case, Said}};
//!
//! fn examine(facts: &impl Facts, results: &mut impl Results) -> Result<(), Refused> {
//!     match facts.queues(Stage::RemoteDelivery).first() {
//!         Some(queue) => results.present("waiting", &[queue.id]),
//!         None => results.unknown("waiting", &["queue * remote-delivery"]),
//!     }
//! }
//!
//! let mut said = Said::default();
//! examine(&Case::default(), &mut said)?;
//! assert_eq!(said.missing("waiting"), ["queue * remote-delivery"]);
//! # Ok::<(), Refused>(())
//! ```

pub mod backlog;
pub mod bindings;
pub mod host;
pub mod known;
pub mod mock;
pub mod route;
pub mod series;
pub mod spread;
mod traits;
pub mod verdict;

pub use bindings::mailmedic::plugin::facts::{
    Bounce, Connector, Counter, DiagnosticLevel, DnsAnswer, Event, FactId, Hop, HostResource, KnownNumber, KnownText, Outcome, Queue,
    Sample, Service, Session, Setting, Stage,
};
pub use bindings::mailmedic::plugin::results::{Refusal, Value};
pub use traits::{Facts, Refused, Results, all_bounces, all_hops, all_outcomes};

/// Exports a plugin's `examine` function as the component's.
///
/// Takes the path of a function `fn(&impl Facts, &mut impl Results) -> Result<(), E>` with `E: Display`. To be used once, in a module
/// that exists on the WASM target only.
#[macro_export]
macro_rules! plugin {
    ($examine:path) => {
        struct Component;

        impl $crate::bindings::Guest for Component {
            fn examine() -> Result<(), String> {
                $examine(&$crate::host::HostFacts, &mut $crate::host::HostResults).map_err(|error| error.to_string())
            }
        }

        $crate::bindings::export_component!(Component);
    };
}
