//! What captures evidence on a live machine and from the network. A probe parses nothing: what it saw is kept as it is.

mod collector;
pub mod dns;
mod machine;
mod run;

mod change;
mod files;
mod host;
mod log;
mod places;
mod queue;
mod resources;
mod service;
mod settings;
pub mod smtp;
mod time;

pub use collector::Collector;
pub use files::{Files, Named};
pub use machine::{Machine, MailSystem};
pub use places::Places;
pub use run::{Limits, Watch, run};

/// One thing that is looked at on a live machine.
///
/// It changes nothing, captures through the [`Collector`] alone, and ends by itself in the time that the collector gives.
pub trait Probe: Send + Sync {
    /// Returns its name, `queue`: a word of the report and the folder of the bundle.
    fn name(&self) -> &'static str;

    /// Returns the ids of the seed that ask for it.
    fn seed(&self) -> &'static [&'static str] {
        &[]
    }

    /// Captures. What it could not see it hands in as missing.
    fn run(&self, collector: &mut Collector<'_>);
}

/// Returns the probes of the machine itself, in the order in which their evidence is read.
pub fn local() -> Vec<Box<dyn Probe>> {
    vec![
        Box::new(settings::Settings),
        Box::new(queue::Queue),
        Box::new(log::MailLog),
        Box::new(service::Service),
        Box::new(host::Sockets),
        Box::new(host::Host),
        Box::new(resources::Resources),
        Box::new(time::Time),
        Box::new(change::Change),
    ]
}
