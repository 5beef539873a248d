//! Questions to the DNS and SMTP dialogues against servers on the loopback that answer in every way, and in none.

mod dns;
mod probes;
mod smtp;

use mailmedic::system::network::Bounds;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

/// Bounds that no test reaches by itself.
fn bounds() -> Bounds {
    Bounds { deadline: Instant::now() + Duration::from_secs(30), at_once: 64, per_host: 64, stop: Arc::new(AtomicBool::new(false)) }
}
