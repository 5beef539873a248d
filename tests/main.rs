//! The integration tests, linked once.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::iter_over_hash_type,
    reason = "a test that cannot go on fails with the place; it writes files, starts the program and says what it skips"
)]

mod captures;
mod cli;
mod contract;
mod conventions;
mod doubt;
mod evidence;
mod inference;
mod investigation;
mod knowledge;
mod live;
mod ordinary;
mod plugins;
mod robust;
mod rules;
mod seed;
mod support;
